"""Attacks over HTTP; after each, a database shows what has happened."""
