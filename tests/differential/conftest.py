"""Node with React, once for the session, and the seed in the report's header."""

import pytest

from tests.differential.cases import SEED
from tests.differential.peer import Peer


def pytest_report_header():
    return f"differential tests: JETBRIDGE_SEED={SEED}"


@pytest.fixture(scope="session")
def react():
    """The production builds of React."""
    with Peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def react_in_development():
    """The development builds, which read the same rows and check more."""
    with Peer("development") as peer:
        yield peer
