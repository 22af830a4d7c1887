"""What a start brings in: a server that waits for modules it does not need answers later, each time it is started."""

import json
import subprocess
import sys

import pytest

APP = """
from pydantic import BaseModel
from jetbridge import App, action, h

app = App(__name__, secret="a secret that no stranger could have guessed")


class Person(BaseModel):
    name: str


@app.page("/")
async def home():
    return h.form(action=save)[h.input(name="name"), h.button["Save"]]


@action
async def save(person: Person) -> str:
    return person.name
"""
START = """
import json, sys
import uvicorn.protocols.http.auto, uvicorn.lifespan.on
from jetbridge.cli.load import load, start
from jetbridge.cli.main import main

start(load("shop:app").app, serving=True)
"""

UNNEEDED = """
click.shell_completion cryptography gzip html httpx opentelemetry redis tarfile
jetbridge.cli.building jetbridge.cli.check jetbridge.cli.frontend jetbridge.cli.new jetbridge.cli.node
jetbridge.cli.questions jetbridge.cli.supervise jetbridge.integrations jetbridge.server.development
jetbridge.store.redis jetbridge.testing jetbridge.typescript
"""


@pytest.fixture
def started(tmp_path):
    """Runs code where `jetbridge run` would begin to listen, and gives what it prints as JSON."""
    (tmp_path / "shop.py").write_text(APP)

    def run(code):
        done = subprocess.run(
            [sys.executable, "-c", START + code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return run


def test_brings_in_what_it_needs(started):
    """A started server has loaded nothing for development, other commands or other stores."""
    loaded = started("print(json.dumps(sorted(sys.modules)))")

    assert [] == sorted(set(UNNEEDED.split()).intersection(loaded))


def test_makes_few_dataclasses(started):
    """Of ours only those are dataclasses that users make and may look into: each costs as much as a small module."""
    made = started("""
import dataclasses
ours = [module for name, module in sys.modules.items() if name.startswith("jetbridge.")]
kinds = {kind for module in ours for kind in vars(module).values() if isinstance(kind, type)}
print(json.dumps(sorted(kind.__name__ for kind in kinds
                        if dataclasses.is_dataclass(kind) and kind.__module__.startswith("jetbridge."))))
""")

    assert ["ActionState", "Control", "File", "Limits", "PageCache", "Ssr"] == made
