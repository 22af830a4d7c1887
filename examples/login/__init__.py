"""Sign in, sign out, and a page for members only."""
