"""`python -m tests.docs.typed PROGRAM …`: a command of the documentation as a test can run it.

A server answers one request, on a free port of this machine, and ends. What would be installed is looked up.
"""

import re
import runpy
import subprocess
import sys
from importlib.metadata import distribution

from tests.conftest import ROOT, free_port, wait_for_answer

SERVES = ("dev", "run")
ADDRESS = re.compile(r"^--(?:host|port)$")


def main(program: str, *arguments: str) -> None:
    """Run it; SystemExit for what does not do."""
    if program == "pip":
        check_names(arguments)
    elif program == "uvicorn" or arguments[0] in SERVES:
        serve(program, arguments)
    else:
        sys.argv = [program, *arguments]
        runpy.run_module("jetbridge", run_name="__main__")


def serve(program: str, arguments: tuple[str, ...]) -> None:
    """Start the server without the address that it was given, and ask it for its first page."""
    kept = [
        one
        for before, one in zip(("", *arguments), arguments, strict=False)
        if not ADDRESS.match(one) and not ADDRESS.match(before)
    ]
    port = free_port()
    command = [sys.executable, "-m", program, *kept, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/", process)
    finally:
        process.terminate()
        print(process.communicate(timeout=40)[0])


def check_names(arguments: tuple[str, ...]) -> None:
    """What pip is asked for is a package that we are tested with, and an extra that we have."""
    extras = distribution("jetbridge").metadata.get_all("Provides-Extra") or []
    known = (ROOT / "constraints.txt").read_text("utf-8").lower()
    for word in (one for one in arguments if one[0] not in "-." and one not in ("install", "wheel", "dist")):
        name, extra = re.fullmatch(r"([\w/-]+)(?:\[(\w+)\])?", word).groups()
        if extra not in (None, *extras) or not (name.endswith("jetbridge") or f"\n{name}==" in known):
            raise SystemExit(f"{word} is not what we have")


if __name__ == "__main__":
    main(*sys.argv[1:])
