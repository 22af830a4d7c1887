"""Guest books: actions nested in the pages that use them, with the variables they capture."""
