"""The `jetbridge` command."""
