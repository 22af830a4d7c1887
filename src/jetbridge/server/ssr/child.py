"""One Node process: rows of pages in, frames with their HTML out. The partner of `js/src/ssr/worker.ts`.

A frame is a letter, the number of its page and the length of what follows, each as four bytes, and that.
"""

import asyncio
import json
import logging
import os
import signal
import struct
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Final

from jetbridge.wire.protocol import (
    FRAME_ABORT,
    FRAME_CANCEL,
    FRAME_DONE,
    FRAME_END,
    FRAME_FAILED,
    FRAME_HTML,
    FRAME_INIT,
    FRAME_LOG,
    FRAME_READY,
    FRAME_ROWS,
    FRAME_START,
)

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

__all__ = ["Child", "ChildLostError", "Rendering"]

_log = logging.getLogger("jetbridge.ssr")
_HEADER: Final = struct.Struct(">cII")
_PATIENCE: Final = 2.0  # seconds in which a process must say that it has stopped a page, or it hangs
_HURRY: Final = 0.3  # seconds after which one that has not is given no more pages
_MOST_SAID: Final = 8192  # bytes of one record
_MOST_TOLD: Final = 100  # different messages in the log, of one process
_STACK: Final = 4000  # kilobytes, of at most half of what the system gives: a page of a thousand levels takes 2000
_NODES_OWN_STACK: Final = 984
_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has no such thing, and ends it as well
_SECRETS: Final = ("JETBRIDGE_SECRET", "JETBRIDGE_STORE")  # which JavaScript has no use for


class ChildLostError(Exception):
    """The process has ended, and what it was rendering will not come."""


class Rendering:
    """One page that a process renders. `feed` it rows and `end` them; read its HTML with `next`."""

    def __init__(self, child: "Child", number: int) -> None:
        self._child = child
        self._number = number
        self._frames: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.is_over = False

    @property
    def mark(self) -> str:
        """What slots begin with in its HTML."""
        return self._child.mark

    def feed(self, rows: bytes) -> None:
        """More rows of the page."""
        self._child.send(FRAME_ROWS, self._number, rows)

    def end(self) -> None:
        """There are no more rows."""
        self._child.send(FRAME_END, self._number)

    def abort(self) -> None:
        """Let the browser do what is not done yet. The end comes soon."""
        self._child.send(FRAME_ABORT, self._number)

    def cancel(self) -> None:
        """Nobody wants it any more. Ends a process that does not take notice."""
        if not self.is_over:
            self.is_over = True
            self._child.cancel(self._number)

    async def next(self) -> bytes | None:
        """The next piece of HTML, whole elements each; None after the last.

        Raises ChildLostError where the process has ended, RuntimeError where React could not render the page.
        """
        if self.is_over:
            return None
        kind, data = await self._frames.get()
        if kind == FRAME_HTML:
            return data
        self.is_over = True
        if kind == FRAME_DONE:
            return None
        if kind == FRAME_FAILED:
            raise RuntimeError(data.decode("utf-8", "replace"))
        raise ChildLostError

    def put(self, kind: str, data: bytes = b"") -> None:
        """A frame has come."""
        self._frames.put_nowait((kind, data))


def _stack() -> list[str]:
    """Room for pages that are nested deeply: React's renderer recurses, and loses elements where its stack ends."""
    if resource is None:
        return []
    soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
    kilobytes = _STACK if soft == resource.RLIM_INFINITY else min(_STACK, soft // 2048)
    return [f"--stack-size={kilobytes}"] if kilobytes > _NODES_OWN_STACK else []


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    return {**kept, "NODE_ENV": "production"}


class Child:
    """A process. `pages` are those that it renders now; `memory` is what it took at the end of the last, in bytes."""

    def __init__(self, process: Process, script: Path) -> None:
        self.script = script
        self.mark = f"jb{token_hex(16)}"
        self.pages: dict[int, Rendering] = {}
        self.memory = 0
        self.is_lost = False
        self.is_retired = False  # gets no more pages, and ends with its last
        self._process = process
        self._numbers = count(1)
        self._told: set[str] = set()
        self._ready = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(cls, node: str, script: Path, *, megabytes: int, patience: float) -> "Child":
        """A process that is ready. Raises ChildLostError for one that ends instead, TimeoutError, OSError."""
        process = await asyncio.create_subprocess_exec(
            node,
            f"--max-old-space-size={megabytes}",
            *_stack(),
            str(script),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_environment(),
            start_new_session=os.name == "posix",  # Ctrl-C in a terminal is the server's, which then ends this one
        )
        child = cls(process, script)
        child.send(FRAME_INIT, 0, child.mark.encode())
        try:
            async with asyncio.timeout(patience):
                await asyncio.shield(child._ready)
        except BaseException:
            await child.close()
            raise
        return child

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def begin(self, *, nonce: str, whole: bool) -> Rendering:
        """A new page for this process."""
        number = next(self._numbers) % 2**32
        rendering = self.pages[number] = Rendering(self, number)
        self.send(FRAME_START, number, json.dumps({"nonce": nonce, "whole": whole}).encode())
        return rendering

    def send(self, kind: str, page: int, data: bytes = b"") -> None:
        """Write a frame; lost with a process that is gone, whose reader says so."""
        stdin = self._process.stdin
        if stdin is not None and not self.is_lost and not stdin.is_closing():
            stdin.write(_HEADER.pack(kind.encode(), page, len(data)) + data)

    def cancel(self, page: int) -> None:
        """Stop a page. A process that does not answer soon is stuck in somebody's loop, and ended."""
        self.send(FRAME_CANCEL, page)
        loop = asyncio.get_running_loop()
        loop.call_later(_HURRY, self._retire_if_stuck, page)
        loop.call_later(_PATIENCE, self._end_if_stuck, page)

    def _retire_if_stuck(self, page: int) -> None:
        self.is_retired |= page in self.pages

    def _end_if_stuck(self, page: int) -> None:
        if page in self.pages and not self.is_lost:
            _log.error("Node does not answer and is ended (process %d): does a component never return?", self.pid)
            self._kill()

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # not by Popen's own, which would reap it before asyncio does
                os.kill(self.pid, _KILL)

    async def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while True:
                kind, page, length = _HEADER.unpack(await stdout.readexactly(_HEADER.size))
                self._take(kind.decode(), page, await stdout.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._lose()

    def _take(self, kind: str, page: int, data: bytes) -> None:
        if kind == FRAME_READY:
            if not self._ready.done():
                self._ready.set_result(None)
        elif kind == FRAME_LOG:
            self._tell("a client component could not be rendered on the server, the browser does it: %s", data)
        elif page in self.pages:
            rendering = self.pages[page]
            if kind != FRAME_HTML:
                del self.pages[page]
            if kind == FRAME_DONE:
                self.memory = int(data)
            rendering.put(kind, data)

    def _tell(self, text: str, data: bytes) -> None:
        """Log what is said the first time; every view of a page may say it again."""
        told = data.decode("utf-8", "replace")
        if told not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(told)
            _log.warning(text, told)

    def _lose(self) -> None:
        self.is_lost = True
        self._kill()
        if not self._ready.done():
            self._ready.set_exception(ChildLostError())
            self._ready.exception()  # seen, should nobody wait for it
        pages, self.pages = self.pages, {}
        for rendering in pages.values():
            rendering.put("")

    async def _hear(self) -> None:
        """What the process writes for people goes into the log. All of it is read, or the process would wait."""
        stderr = self._process.stderr
        assert stderr is not None
        with suppress(ConnectionError):
            while line := await stderr.read(_MOST_SAID):
                _log.warning("%s", line.decode("utf-8", "replace").rstrip())

    async def lost(self) -> None:
        """Returns when the process has ended."""
        await asyncio.shield(self._reading)
        await asyncio.shield(self._hearing)
        await self._process.wait()

    async def close(self) -> None:
        """End the process: by itself, or else by force."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.lost()
        except TimeoutError:
            self._kill()
            await self.lost()
