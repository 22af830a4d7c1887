"""For tests of applications: a browser without JavaScript, React's calls, fake requests. Needs jetbridge[testing]."""

from jetbridge.testing.client import Acted, CallResult, Client, Form, Page, UnexpectedError
from jetbridge.testing.requests import fake_request

__all__ = ["Acted", "CallResult", "Client", "Form", "Page", "UnexpectedError", "fake_request"]
