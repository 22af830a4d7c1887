"""The pytest plugin: `module:app` of the settings in, visitors of it as fixtures out.

pytest loads it wherever Jetbridge is installed, so it imports nothing until a fixture is asked for. The fixtures need
`jetbridge[testing]`.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from jetbridge.context import Context
    from jetbridge.server.app import App
    from jetbridge.testing.client import Client

__all__ = ["fake_request", "jetbridge_app", "new_visitor", "pytest_addoption", "visitor"]

_HOW = 'write jetbridge_app = "shop.app:app" in the settings of pytest, or a fixture jetbridge_app that returns the App'


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting `jetbridge_app`."""
    parser.addini("jetbridge_app", "the Jetbridge application that the fixtures visit, as module:app", default="")


@pytest.fixture
def jetbridge_app(request: pytest.FixtureRequest) -> "App":
    """The application that the other fixtures visit: the setting `jetbridge_app`. Override it for one of your own."""
    from jetbridge.server.app import App

    target = str(request.config.getini("jetbridge_app"))
    if not target:
        raise pytest.UsageError(f"no application to visit: {_HOW}")
    module, _, name = target.partition(":")
    app: Any = getattr(import_module(module), name or "app", None)
    if not isinstance(app, App):
        raise pytest.UsageError(f"jetbridge_app = {target!r} is no jetbridge.App: {_HOW}")
    return app


@pytest.fixture
def new_visitor(jetbridge_app: "App") -> "Generator[Callable[..., Client]]":
    """Makes visitors: `new_visitor(session={"account": 1})`. It takes what `jetbridge.testing.Client` does."""
    from jetbridge.testing.client import Client

    made: list[Client] = []

    def make(**options: Any) -> Client:
        made.append(Client(jetbridge_app, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def visitor(new_visitor: "Callable[..., Client]") -> "Client":
    """Somebody who comes for the first time: a `jetbridge.testing.Client`."""
    return new_visitor()


@pytest.fixture
def fake_request(jetbridge_app: "App") -> "Callable[..., AbstractContextManager[Context]]":
    """A block in which actions are called as functions: `with fake_request("/", session={…}) as context:`."""
    from jetbridge.testing.requests import fake_request

    return partial(fake_request, jetbridge_app)
