"""Node with React, once for the session; and the seed, at the end of the run and with each failure."""

import pytest

from tests.differential.cases import SEED, begun
from tests.differential.peer import Peer


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"differential tests began with JETBRIDGE_SEED={SEED}")


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
