"""Each example is one idea, a runnable app and a browser test fixture."""
