"""Actions in applications of other frameworks. Imported by their users, never by us."""
