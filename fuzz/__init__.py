"""Fuzzing of everything that reads bytes from clients: one module a target, each with its invariant on top.

`make fuzz` runs each under atheris for a while; `corpus/` is what it begins with and what once failed, and the tests
run every target on all of it. `python -m fuzz reply 120` runs one, for two minutes.
"""
