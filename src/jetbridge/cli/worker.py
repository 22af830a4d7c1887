"""One run of the server under `jetbridge dev`: a target in, its app served out, or why it cannot be.

It is started ahead of time and waits for its turn, so that a change costs no more than the import of the application.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from typing import Any

import click
import uvicorn
from starlette.types import ASGIApp

from jetbridge.cli.load import cut, locate
from jetbridge.cli.log import LOGGING
from jetbridge.cli.serving import Connection
from jetbridge.server.development.broken import Broken
from jetbridge.server.development.workshop import Workshop

__all__ = ["CHANGED", "FAILED", "READY", "work"]

READY, FAILED, CHANGED = "ready", "failed", "changed"
_GRACE = 2  # seconds that running actions get before a restart


def work(target: str, listening: socket.socket, supervisor: Pipe) -> None:
    """Wait for the name of this run, then serve until SIGTERM. Tells the supervisor once it is READY, or FAILED."""
    with suppress(KeyboardInterrupt, EOFError):  # the terminal's Ctrl-C; the supervisor is gone
        run: str = supervisor.recv()
        with suppress(OSError):
            sys.stdin = open(0, closefd=False)  # noqa: SIM115  # for breakpoint(): a child has none of its own
        try:
            app, workshop = _loaded(target)
        except click.ClickException as error:
            supervisor.send((FAILED, error.format_message()))  # who says it
            app, workshop = _broken(error, digest="")
        _Server(app, workshop, supervisor, run).run(sockets=[listening])


def _loaded(target: str) -> tuple[ASGIApp, Workshop]:
    try:
        located = locate(target)
        located.app.start()
    except click.ClickException:
        raise
    except (Exception, SystemExit) as error:  # also what a module does that ends the program where it is imported
        return _broken(error)
    assert located.app.workshop is not None  # under `jetbridge dev`
    return located.named, located.app.workshop


def _broken(error: BaseException, *, digest: str | None = None) -> tuple[ASGIApp, Workshop]:
    broken = Broken(cut(error), digest)
    return broken, broken.workshop


class _Connection(Connection):
    patience = 0.05  # browsers on this machine need no more, and the next server waits for this one


class _Server(uvicorn.Server):
    """uvicorn's, which also ends what pages listen to, and passes on what the supervisor tells."""

    def __init__(self, app: ASGIApp, workshop: Workshop, supervisor: Pipe, run: str) -> None:
        config = uvicorn.Config(
            app, http=_Connection, log_config=LOGGING, timeout_graceful_shutdown=_GRACE, server_header=False
        )
        super().__init__(config)
        self._workshop = workshop
        self._supervisor = supervisor
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workshop.open(run)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._hear, args=(self._loop,), daemon=True).start()
        self._supervisor.send((READY, ""))

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._workshop.close)

    def _hear(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._supervisor.recv() == CHANGED:
                loop.call_soon_threadsafe(self._workshop.announce)
        except (EOFError, OSError):  # it is gone, however that came
            os.kill(os.getpid(), signal.SIGTERM)
