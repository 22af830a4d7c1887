"""One element tree, resolved once, printed as HTML or as Flight."""
