"""Add people to a list: the smallest complete Jetbridge app."""
