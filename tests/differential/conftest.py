"""Node with React, once for the session; and the seed with each failure."""

import pytest

from tests.differential.cases import begun
from tests.differential.peer import Peer


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and begun:
        report.sections.append(("random case", f"JETBRIDGE_SEED={begun[-1]} runs it alone"))
    return report


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
