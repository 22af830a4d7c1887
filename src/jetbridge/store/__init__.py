"""What has to outlive one request: submit keys and results that wait for the next page."""
