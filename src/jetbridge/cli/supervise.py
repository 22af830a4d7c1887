"""`jetbridge dev`: files that change in, one server after another out, all on one socket.

The socket stays open in between, so that a browser waits for the next server and is never refused.
"""

import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_hex
from typing import Any

import click
from msgspec import Struct
from watchfiles import DefaultFilter, watch

from jetbridge.cli.worker import CHANGED, READY, work
from jetbridge.server.bundle import BUILT_MANIFEST

__all__ = ["supervise"]

_RESTARTING = frozenset({".py", ".toml", ".env"})
_SHOWN = frozenset(
    {".css", ".js", ".mjs", ".html", ".jinja", ".jinja2", ".j2", ".md"}
    | {".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".ico", ".woff", ".woff2"}
)
_PATIENCE = 5.0  # seconds a server may take to end, of which two are for running actions
_OURS = Path(__file__).parents[1]


def supervise(
    target: str,
    listening: socket.socket,
    root: Path,
    *,
    say: Callable[[str], None],
    follow: Callable[[], None] | None = None,
) -> None:
    """Serve `target` on `listening` until SIGINT or SIGTERM, anew whenever a file below `root` changes.

    `say` gets a line about each server that is ready; `follow` is called beside each restart. Raises
    click.ClickException where `target` names no app to begin with; whatever is wrong later is told and waits for the
    next change.
    """
    servers = _Servers(target, listening, say)
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a script's `&` has us begin with Ctrl-C ignored
        signal.signal(number, signal.default_int_handler)
    try:
        servers.go("")
        for changes in watch(
            root, watch_filter=_Filter(), stop_event=servers.given_up, yield_on_timeout=True, rust_timeout=1000, step=40
        ):
            names = sorted({Path(path) for _, path in changes})
            if any(map(_is_restarting, names)):
                servers.stop()
                _forget_compiled(names)
                if any(name.is_relative_to(_OURS) for name in names):
                    servers.forget_spare()  # it has loaded what has changed
                servers.go(_named(names, root))
                if follow is not None:
                    threading.Thread(target=follow, daemon=True).start()
            elif names:
                servers.tell(CHANGED)
            elif servers.have_ended():
                say("The server has ended by itself; the next change starts it again")
    except KeyboardInterrupt:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # once is enough
        servers.stop()
        servers.forget_spare()
    if servers.failure is not None:
        raise click.ClickException(servers.failure)


class _Server(Struct):
    process: BaseProcess
    connection: Connection


class _Servers:
    """The server that runs, and a spare one that has loaded all but the application and waits for its turn."""

    def __init__(self, target: str, listening: socket.socket, say: Callable[[str], None]) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._target = target
        self._listening = listening
        self._say = say
        self._lock = threading.Lock()  # of the spare one, which a thread of ours starts
        self._spare: _Server | None = None
        self._running: _Server | None = None
        self._has_run = False
        self.failure: str | None = None  # why the first server has nothing to serve
        self.given_up = threading.Event()

    def go(self, changed: str) -> None:
        """Let the spare server serve, because of `changed`."""
        began = time.monotonic()
        with self._lock:
            server, self._spare = self._spare or self._start(), None
        self._running = server
        with suppress(OSError):  # it has ended; `have_ended` finds out
            server.connection.send(token_hex(8))
        threading.Thread(target=self._hear, args=(server, changed, began), daemon=True).start()

    def _hear(self, server: _Server, changed: str, began: float) -> None:
        with suppress(EOFError, OSError):  # it has ended, or was ended by the next change
            while (told := server.connection.recv())[0] != READY:
                if not self._has_run:
                    self.failure = told[1]
                    self.given_up.set()
                    return
                self._say(told[1])
            self._has_run = True
            self._say(f"{changed} changed, restarted in {time.monotonic() - began:.1f} s" if changed else "")
            with self._lock:  # not before: it would take the processor from the one that was waited for
                if self._spare is None and self._running is server:
                    self._spare = self._start()

    def _start(self) -> _Server:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(self._target, self._listening, theirs))
        process.start()
        theirs.close()
        return _Server(process, ours)

    def tell(self, word: str) -> None:
        """Pass a word on to the running server."""
        if self._running is not None:
            with suppress(OSError):
                self._running.connection.send(word)

    def have_ended(self) -> bool:
        """Whether the server that should run has ended; said once."""
        if self._running is None or self._running.process.is_alive():
            return False
        self._running = None
        return True

    def stop(self) -> None:
        """End the running server. What it does is given time."""
        server, self._running = self._running, None
        if server is not None:
            server.process.terminate()
            server.process.join(_PATIENCE)
            _kill(server)

    def forget_spare(self) -> None:
        """End the spare server."""
        with self._lock:
            server, self._spare = self._spare, None
        if server is not None:
            _kill(server)


def _kill(server: _Server) -> None:
    server.process.kill()
    server.process.join()
    server.connection.close()


def _forget_compiled(names: list[Path]) -> None:
    """Python knows a change by size and second alone (PEP 552): two in one second would leave the first compiled."""
    for name in names:
        if name.suffix == ".py":
            with suppress(OSError, NotImplementedError):  # there is none, or it is not kept
                Path(cache_from_source(name)).unlink()


def _is_restarting(path: Path) -> bool:
    return path.suffix in _RESTARTING or path.name.startswith(".env")


class _Filter(DefaultFilter):
    """Sources and what pages show; a database or a log that is written to is no change of the application."""

    def __call__(self, change: Any, path: str) -> bool:
        wanted = _is_restarting(Path(path)) or Path(path).suffix in _SHOWN or path.endswith(BUILT_MANIFEST)
        return wanted and super().__call__(change, path)


def _named(paths: list[Path], root: Path) -> str:
    first = str(paths[0].relative_to(root)) if paths[0].is_relative_to(root) else str(paths[0])
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"
