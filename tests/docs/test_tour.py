"""The tour tells the truth: its files and functions exist, and three real requests pass through them in its order."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from jetbridge import FormData
from jetbridge.errors import ActionError
from jetbridge.testing import Client

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "jetbridge"
TOUR = (ROOT / "docs/tour.md").read_text("utf-8")
STEPS = re.findall(r"^## \d+\. [^`]+`([\w/]+\.py):([\w.]+)`\n\n([a-z, ]+)\n", TOUR, re.MULTILINE)
TAKEN = {"name": "Augusta", "email": "ada@example.com"}


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_SECRET", "s" * 40)
    for name in [name for name in sys.modules if name.startswith("examples.hello")]:
        monkeypatch.delitem(sys.modules, name)
    module = importlib.import_module("examples.hello.app")
    module.users["ada@example.com"] = "Ada"
    return module


async def submit_form(client, _):
    page = await client.open("/")
    return lambda: page.form().submit(TAKEN)


async def call_action(client, app):
    page = await client.open("/")

    async def call():
        with pytest.raises(ActionError):
            await page.call(app.create_user, FormData(TAKEN.items()))

    return call


async def open_page(client, _):
    return lambda: client.open("/")


REQUESTS = {"form": submit_form, "call": call_action, "page": open_page}


async def traced(request):
    """The functions of the package that run while `request` is awaited, in the order in which they are first called."""
    seen = {}

    def note(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(SRC)):
            seen.setdefault((Path(code.co_filename).relative_to(SRC).as_posix(), code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        await request()
    finally:
        sys.setprofile(before)
    return list(seen)


@pytest.mark.parametrize("kind", REQUESTS)
async def test_a_request_takes_the_steps_in_order(app, kind):
    """Each step that names this request is taken, in the order of the tour."""
    async with Client(app.app) as client:
        taken = await traced(await REQUESTS[kind](client, app))
    told = [(path, function) for path, function, kinds in STEPS if kind in kinds.split(", ")]

    assert told == [step for step in taken if step in told]


def test_every_heading_is_a_step():
    """No section of the tour escapes the test above, and steps are numbered from 1."""
    numbers = [int(number) for number in re.findall(r"^## (\d+)\.", TOUR, re.MULTILINE)]

    assert list(range(1, len(STEPS) + 1)) == numbers
    assert set(REQUESTS) == {kind for *_, kinds in STEPS for kind in kinds.split(", ")}


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([\w/]+\.py):([\w.]+)`", TOUR))), ids=":".join)
def test_functions_named_exist(place):
    """`file.py:function` names a function of that file."""
    path, function = place
    value = importlib.import_module("jetbridge." + path.removesuffix(".py").replace("/", "."))
    for name in function.split("."):
        value = getattr(value, name)

    assert callable(value)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+\.py)[`:]", TOUR))))
def test_files_named_exist(path):
    """Every file that the tour names is there."""
    assert (SRC / path).is_file() or (ROOT / path).is_file()
