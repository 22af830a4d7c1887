"""The ASGI application: a request in, an answer out. `app` shows the way a request takes."""
