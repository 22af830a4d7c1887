"""For tests of applications: a browser without JavaScript, and React's calls. Needs jetbridge[testing]."""

from jetbridge.testing.client import CallResult, Client, Form, Page, UnexpectedError

__all__ = ["CallResult", "Client", "Form", "Page", "UnexpectedError"]
