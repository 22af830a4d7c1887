"""Files a browser may keep for ever: our client under `/_jetbridge/`, the application's static files under `/static/`.

A URL carries a hash of what it names, so a changed file has another URL.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from jetbridge.errors import DefinitionError
from jetbridge.server.respond import Answer, plain

__all__ = ["HashedFiles", "client_file", "client_script", "client_sizes", "reveal_script"]

_FOREVER = "public, max-age=31536000, immutable"
_CLIENT = Path(__file__).parent / "client"


@cache
def _manifest() -> dict[str, Any]:
    path = _CLIENT / "manifest.json"
    if not path.exists():
        raise DefinitionError(
            "the browser client is not built: run `make install` in a clone, or install jetbridge from a wheel"
        )
    return json.loads(path.read_text("utf-8"))


def client_script(name: str, *, development: bool) -> str:
    """File name of the browser's `client` or `starter`. Raises DefinitionError where it was never built."""
    return _manifest()["files"][f"{name}-dev" if development else name]


def client_sizes() -> dict[str, dict[str, int]]:
    """What the build has made, in bytes: by name the `raw` size, and that under `gzip`."""
    return _manifest()["sizes"]


@cache
def reveal_script() -> str:
    """The text of the script that stands in documents which come in pieces."""
    return (_CLIENT / _manifest()["files"]["reveal"]).read_text("utf-8")


@cache
def _contents(name: str) -> tuple[bytes, bytes]:
    import gzip  # with what a server needs only now

    data = (_CLIENT / name).read_bytes()
    return data, gzip.compress(data, mtime=0)


def client_file(name: str, *, accept_encoding: str) -> Answer:
    """The answer to `GET /_jetbridge/<name>`; names other than the built ones are 404, whatever lies on the disk."""
    if name not in _manifest()["files"].values():
        return plain("Not found", status=404)
    data, zipped = _contents(name)
    headers = [
        ("content-type", "text/javascript; charset=utf-8"),
        ("cache-control", _FOREVER),
        ("vary", "accept-encoding"),
    ]
    if "gzip" in accept_encoding:
        return Answer(200, zipped, [*headers, ("content-encoding", "gzip")])
    return Answer(200, data, headers)


class HashedFiles(StaticFiles):
    """Starlette's static files, kept for ever by browsers when the URL carries `?v=<hash of the contents>`."""

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise DefinitionError(f"App(static=…): there is no directory {directory}")
        super().__init__(directory=directory)
        self._root = directory
        self._hashes: dict[str, tuple[float, str]] = {}

    def versioned(self, name: str) -> str:
        """`name?v=<hash>`. Raises DefinitionError where there is no such file."""
        path = self._root / name
        if not path.is_file():
            raise DefinitionError(f"asset({name!r}): there is no file {path}")
        changed = path.stat().st_mtime
        known = self._hashes.get(name)
        if known is None or known[0] != changed:
            known = changed, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            self._hashes[name] = known
        return f"{quote(name)}?v={known[1]}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["x-content-type-options"] = "nosniff"
        if response.status_code in (200, 304) and self._is_current(path, scope["query_string"].decode("latin-1")):
            response.headers["cache-control"] = _FOREVER
        return response

    def _is_current(self, path: str, query: str) -> bool:
        """Whether the URL names these very contents: while servers change, a new page may ask an old one."""
        if not query.startswith("v="):
            return False
        try:
            return self.versioned(path).endswith(f"?{query}")
        except DefinitionError:
            return False
