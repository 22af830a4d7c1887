"""The tree defends itself: imports point down, nobody imports the package root, names have one home."""

import ast
import json
from pathlib import Path

from jetbridge.wire import protocol

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "jetbridge"
ROWS = [
    "errors context hints version",
    "wire",
    "schema store",
    "actions cache",
    "elements",
    "render",
    "server",
    "typescript testing integrations",
    "cli",
]
RANK = {part: rank for rank, row in enumerate(ROWS) for part in row.split()}


def parts_imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        for name in names:
            if name == "jetbridge" or name.startswith("jetbridge."):
                yield name.partition(".")[2].partition(".")[0]


def test_imports_point_down():
    """A part imports only parts of lower rows, or itself; never the package root."""
    upward = [
        f"{path.relative_to(SRC)} -> {part or 'jetbridge'}"
        for path in SRC.glob("*/**/*.py")
        for part in parts_imported(path)
        if part != (own := path.relative_to(SRC).parts[0]) and RANK.get(part, 99) >= RANK[own]
    ]

    assert [] == upward


def test_protocol_names_are_written_once():
    """`wire/protocol.py` and `vectors/protocol.json`, which the client is built from, hold the same names."""
    data = json.loads((ROOT / "vectors" / "protocol.json").read_text("utf-8"))

    def texts(value):
        if isinstance(value, dict):
            return {text for inner in value.values() for text in texts(inner)}
        return {value}

    in_python = {getattr(protocol, name) for name in protocol.__all__} - {protocol.CLIENT_VERSION}
    shapes = {text for shape in ("answer", "page", "error", "failure", "form_state") for text in texts(data.pop(shape))}

    assert texts(data) == in_python
    assert {"value", "error", "location", "failure", "page", "tree", "url", "tags", "time"} <= shapes


def test_every_module_says_what_it_is():
    """A file begins with a sentence on what it turns into what."""
    silent = [
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert [] == silent
