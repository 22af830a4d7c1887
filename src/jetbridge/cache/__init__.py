"""What a mutation changes and what a page depends on, as tags."""
