"""Actions inside a Starlette or FastAPI application: modules with actions in, an application to mount out.

`app.mount("/actions", Actions(__name__, actions=["shop.actions"]))` answers calls at that address; a GET there gives
the visitor's token. The pages, the front end and all else stay the application's own, and so do its sessions: an action
that takes the `Request` finds `request.session` where the application has Starlette's SessionMiddleware.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jetbridge.server.app import App, directory_of
from jetbridge.server.policy import Policy
from jetbridge.store.model import Store
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits

__all__ = ["Actions"]

_MANIFEST = "actions.json"


class Actions(App):
    """An ASGI application that answers calls of actions, for `app.mount("/actions", …)`.

    `package` is `__name__` of the module that makes it, `actions` are modules to import, by name or as modules.
    `manifest` says which actions the front end may call in production: a path relative to the module's directory, of
    the manifest that the Vite plugin leaves in what it builds (`../dist/.vite/jetbridge.json`) or of the `actions.json`
    that `jetbridge types` writes, which without one is looked for in the directories above. All
    other parameters are those of `App`.
    """

    def __init__(
        self,
        package: str,
        *,
        actions: Sequence[Any] = (),
        manifest: str | Sequence[str] | None = None,
        secret: str | Sequence[str] | None = None,
        allowed_origins: Iterable[str] = (),
        store: str | Store | None = None,
        limits: Limits = DEFAULT_LIMITS,
        allow: Policy | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__(
            package,
            actions=actions,
            manifest=_nearest(directory_of(package)) if manifest is None else manifest,
            secret=secret,
            allowed_origins=allowed_origins,
            store=store,
            limits=limits,
            allow=allow,
            strict=strict,
        )

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncGenerator[None]:  # noqa: ARG002  # as Starlette and FastAPI call it
        """For `FastAPI(lifespan=actions.lifespan)`: mistakes are found at start, and the end waits for what runs.

        An application that is mounted hears of neither by itself. Without this the first call starts it.
        """
        self.start(serving=True)
        yield
        await self._running.shut_down()


def _nearest(directory: Path) -> str:
    """The path of the manifest in `directory` or one above it; of the one that is missing there, if there is none."""
    known = (above / _MANIFEST for above in (directory, *directory.parents))
    return str(next((path for path in known if path.is_file()), directory / _MANIFEST))
