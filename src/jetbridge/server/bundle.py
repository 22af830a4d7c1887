"""Bundle: what Vite has built for pages with components of their own in, the files to load and the references out.

Such a page needs a client that shares React with the components, so Vite builds both, and the wheel's own client is
left out. `.vite/jetbridge.json` of the build says which file is what; read again when it changes.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from jetbridge.elements.client import ClientComponent
from jetbridge.errors import DefinitionError
from jetbridge.wire.model import ClientReference
from jetbridge.wire.protocol import BUILT

__all__ = ["BUILT_MANIFEST", "BuiltFiles", "Bundle"]

BUILT_MANIFEST: Final = ".vite/jetbridge.json"
_FOLDER: Final = "assets"


class BuiltFiles(StaticFiles):
    """The files of a build, whose names carry a hash of their contents: browsers keep them for ever."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory / _FOLDER, check_dir=False)  # which a first build makes

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["x-content-type-options"] = "nosniff"
        if response.status_code in (200, 304):
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class _Pages(Struct, frozen=True):
    """Names of files in the folder: the client, style sheets, and modules by the path of their source."""

    client: str
    styles: tuple[str, ...]
    components: Mapping[str, str]
    renderer: str | None


class Bundle:
    """The build in `directory`. Methods raise DefinitionError where there is none, or it has no such file."""

    def __init__(self, directory: Path) -> None:
        directory = directory.resolve()
        self.manifest = directory / BUILT_MANIFEST
        self._read: tuple[int, _Pages] | None = None

    def client(self) -> str:
        """The path, below the root of the app, of the module that makes a page live."""
        return f"{BUILT}{self._pages().client}"

    def name(self) -> str | None:
        """What tells this build's client from any other's; None where there is no build."""
        try:
            return self._pages().client
        except DefinitionError:
            return None

    def renderer(self) -> Path | None:
        """What Node runs to render the components on the server. None in a build that an older Vite plugin made."""
        name = self._pages().renderer
        return None if name is None else self.manifest.parents[1] / name

    def styles(self) -> list[str]:
        """The paths, below the root of the app, of the style sheets that the components import."""
        return [f"{BUILT}{name}" for name in self._pages().styles]

    def reference(self, component: ClientComponent) -> ClientReference:
        """What stands for the component in rows. Its file is relative to the client, which lies beside it."""
        components = self._pages().components
        source = component.source.as_posix()
        name = max((name for name in components if source.endswith(f"/{name}")), key=len, default=None)
        if name is None:
            raise DefinitionError(f"{component.source} is not in {self.manifest}: run `jetbridge build` again")
        url = f"./{components[name]}"
        return ClientReference(url, component.export, ((url, url),))

    def _pages(self) -> _Pages:
        try:
            changed = self.manifest.stat().st_mtime_ns
            if self._read is None or self._read[0] != changed:
                self._read = changed, _read_pages(self.manifest)
            return self._read[1]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise DefinitionError(
                f"{self.manifest} is missing or holds no client components: run `jetbridge build` in the front end"
            ) from None


def _read_pages(path: Path) -> _Pages:
    sent: dict[str, Any] = json.loads(path.read_text("utf-8"))["pages"]
    renderer = sent.get("renderer")
    return _Pages(
        str(sent["client"]),
        tuple(map(str, sent["styles"])),
        dict(sent["components"].items()),
        None if renderer is None else str(renderer),
    )
