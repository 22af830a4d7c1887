"""An application that holds one of everything a browser test needs; `jetbridge dev` and `jetbridge run` serve it."""
