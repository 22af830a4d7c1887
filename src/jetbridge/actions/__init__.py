"""What an action is, what it is called on the wire, and how it runs."""
