"""The ways in which the browser tests visit the application."""

import pytest

__all__ = ["BOTH_DOORS", "EVERYWHERE", "PLAIN_ONLY", "SCRIPTED"]

SCRIPTED_DEVELOPMENT = pytest.param(("development", True), id="dev")
SCRIPTED_PRODUCTION = pytest.param(("production", True), id="run")
PLAIN = pytest.param(("production", False), id="no-js")

# React's development build says what is wrong, so what needs scripts is tried there.
BOTH_DOORS = pytest.mark.parametrize("visit", [SCRIPTED_DEVELOPMENT, PLAIN], indirect=True)
EVERYWHERE = pytest.mark.parametrize("visit", [SCRIPTED_DEVELOPMENT, SCRIPTED_PRODUCTION, PLAIN], indirect=True)
SCRIPTED = pytest.mark.parametrize("visit", [SCRIPTED_DEVELOPMENT, SCRIPTED_PRODUCTION], indirect=True)
PLAIN_ONLY = pytest.mark.parametrize("visit", [PLAIN], indirect=True)
