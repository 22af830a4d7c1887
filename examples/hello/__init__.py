"""One file: the first example of the README."""
