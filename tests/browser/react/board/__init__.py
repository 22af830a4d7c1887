"""Pages with client components that use what React has for actions; `test_react.py` drives them."""
