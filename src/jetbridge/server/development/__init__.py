"""What development adds to an app. Production never imports it."""
