"""Calls of an `echo` action of a served app, by React's own client, with the headers that our client sends."""

import pytest

from tests.conftest import serving
from tests.differential.cases import cases
from tests.differential.values import ValueSource

TARGET = "tests.differential.app:app"


@pytest.fixture(scope="module")
def server():
    with serving("run", TARGET) as (url, _):
        yield url


def test_values_come_back_from_an_action(react, server):
    """What a client component sends to an action that returns it comes back as it was, in production over HTTP."""
    assert react.ask("open", url=f"{server}/")["found"]
    for case in cases(0.2):
        source = ValueSource(case)
        value = {"t": "object", "entries": [["v", source.value(source.random.randint(0, 4))]]}
        answer = react.ask("call", value=value, ordered=False, forms=True)

        assert {"status": 200, "difference": None} == answer, (case, value)
