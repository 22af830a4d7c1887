"""The FastAPI application of the example."""
