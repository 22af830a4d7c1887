"""What a run writes into the documentation: versions and the machine, and tables between their marks."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

__all__ = ["machine", "put", "versions"]

_DOCUMENT = Path("docs/performance.md")


def versions(*libraries: str, **others: str) -> str:
    """Python's and theirs, those of `others` as they are given."""
    named = [f"Python {platform.python_version()}"]
    named += [f"{name} {version(name)}" for name in libraries]
    named += [f"{name} {number}" for name, number in others.items()]
    return ", ".join(named)


def machine() -> str:
    """The processor and how busy it was before."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}"


def put(name: str, text: str) -> None:
    """Put `text` between the marks `name` in docs/performance.md, in place of what an earlier run has put there."""
    first, last = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    before, _, rest = _DOCUMENT.read_text().partition(first)
    _, found, after = rest.partition(last)
    if not found:
        raise SystemExit(f"{_DOCUMENT} has no marks {first.strip()} … {last}")
    _DOCUMENT.write_text(f"{before}{first}\n{text.strip()}\n\n{last}{after}")
