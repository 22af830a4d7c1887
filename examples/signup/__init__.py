"""Become a member of a club: typed fields, an error beside each, and a photo."""
