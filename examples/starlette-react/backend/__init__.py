"""The Starlette application of the example."""
