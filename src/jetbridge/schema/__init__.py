"""Annotations -> description -> checked Python values."""
