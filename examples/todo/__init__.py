"""Things to do: a form per row, each bound to its row by `functools.partial`."""
