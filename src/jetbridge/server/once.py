"""One wish, one run (decision 15): a submit's key and what would run it in, what came of the first run of it out.

Within a process the runs themselves are shared. With a store that several workers share, the first to claim the key
runs the action and leaves the outcome there; others wait for it. A claim outlives its worker: when one dies in the
middle, nobody can know how far the action came, so its repeats are told that and nothing runs a second time.
"""

import asyncio
import itertools
import logging
import struct
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from secrets import token_hex
from time import monotonic
from typing import Any, Final

from jetbridge.actions.invoke import STILL_GOING
from jetbridge.actions.outcome import Expected, Moved, Outcome, Value
from jetbridge.actions.sealing import KeyRing, SealError
from jetbridge.errors import ActionError
from jetbridge.server.aborts import Run
from jetbridge.server.done import Done, decode_done, encode_done
from jetbridge.server.running import Running
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import Store, StoreError
from jetbridge.wire.rows import decode_flight

__all__ = ["Once", "Wish"]

_log = logging.getLogger("jetbridge.actions")

KEPT_SECONDS: Final = 3600.0  # for how long a repeated submit is known as one
_BEAT_SECONDS: Final = 2.0  # between two signs of life of a run
_DEAD_SECONDS: Final = 10.0  # without one, after which its worker is taken for dead
_AWAY_SECONDS: Final = 50.0  # in all, of a store that is away, in which nobody can give a sign of life
_ATTEMPT_SECONDS: Final = 60.0  # for how long those who wait can learn what became of a run that may be tried again
_LATER_TRIES: Final = 20  # a second apart, to leave an outcome in a store that is away
_LOOK_SECONDS: Final = (0.01, 0.25)  # between two looks at a run elsewhere: at first, and at most
_ENTRIES: Final = 10_000
_BYTES: Final = 64 * 1024 * 1024
_LEAST_BYTES: Final = 2000  # of an outcome in memory, with all that it refers to
_UNTIL: Final = struct.Struct(">d")
# Outcomes that a repeated submit gets again. After a failure or refusal (signed out, too slow) it may try anew, unless
# the first may still be at it.
_FINAL: Final = (Value, Moved, Expected)
_RUNNING: Final = b"run "  # a claim: this, its owner and a number that counts its signs of life
_INTERRUPTED: Final = b"interrupted"
_TOLD: Final = (
    "The server stopped while this was being done, so it is not certain whether it was. Look before you send it again."
)


class Wish(Run):
    """One run for all who wish the same: a task while it goes on, what it came to afterwards, and no more.

    `until` is when it is forgotten, `size` what it weighs, `came` what it came to and whether that was in this process.
    """

    size: int = _LEAST_BYTES
    is_told: bool = False
    came: tuple[Done, bool] | None = None
    _waiting: Sequence["asyncio.Future[tuple[Done, bool]]"] = ()

    def __init__(self) -> None:
        self.until = monotonic() + KEPT_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether it has come to something."""
        return self.came is not None

    async def outcome(self) -> tuple[Done, bool]:
        """What it comes to, and whether it was run in this process. It goes on when who waits is cancelled."""
        if self.came is not None:
            return self.came
        if self.task.done():  # it failed as no run should, between two that wait for it
            self.task.result()
        waiter = self.task.get_loop().create_future()
        self._waiting = [*self._waiting, waiter]
        return await waiter

    def come(self, done: Done, is_here: bool) -> tuple[Done, bool]:
        """Tell all who wait; gives what they are told."""
        self.came = came = (done, is_here)
        if self._waiting:
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(came)
            self._waiting = ()
        del self.task
        return came

    def fail(self, error: BaseException) -> None:
        """Raise `error` where somebody waits; `is_told` then."""
        for waiter in self._waiting:
            if not waiter.done():
                self.is_told = True
                waiter.cancel() if isinstance(error, asyncio.CancelledError) else waiter.set_exception(error)


class Once:
    """The runs of one application, by key; `store` is where other workers find them."""

    def __init__(self, store: Store, keyring: KeyRing, running: Running) -> None:
        self._store = None if isinstance(store, MemoryStore) else store
        self._keyring = keyring
        self._running = running
        # Two dicts that take turns, so that the oldest go many at a time: to look for the one in memory that nothing
        # has touched for long, for each that comes, is what costs.
        self._young: dict[bytes, Wish | bytes] = {}
        self._old: dict[bytes, Wish | bytes] = {}
        self._size = 0  # of the young

    def find(self, key: bytes, tag: str) -> Wish | None:
        """What was begun for `key` and is not forgotten; `tag` is that of the action's state."""
        one = self._young.get(key) or self._old.get(key)
        if one is None:
            return None
        wish = one if isinstance(one, Wish) else _unsettled(one, tag)
        return wish if wish.until > monotonic() else None

    def begin(self, key: bytes | None, wish: Wish, act: Coroutine[Any, Any, Done], tag: str) -> None:
        """Run `act` in a task of its own, for all that have the same `wish`; `tag` is that of the action's state.

        It goes on when its caller is cancelled. One that failed or was refused is forgotten, so that a later submit
        may try again. None as the key: nothing says which wish it is; else `keep` came before.
        """
        wish.task = self._running.start(self._run_alone(key, wish, act, tag))

    def weigh(self, key: bytes, size: int) -> None:
        """Say that the outcome under `key` was `size` bytes when it was sent, and takes about as many here."""
        wish = self._young.get(key) if size > _LEAST_BYTES else None
        if isinstance(wish, Wish) and size > wish.size:
            self._size += size - wish.size
            wish.size = size
            self._make_room()

    def settle(self, key: bytes, wish: Wish, rows: bytes) -> None:
        """Keep the `rows` alone of a `wish` that came to a plain value, and to no more than that.

        `rows` are those of an object with the value. The many parts of an outcome would lie scattered for an hour; a
        large one stays as it is, for to copy it costs more, and it may be another's too.
        """
        if len(rows) > _LEAST_BYTES:
            self.weigh(key, len(rows))
            return
        record = _UNTIL.pack(wish.until) + rows
        if self._young.get(key) is wish:
            self._young[key] = record
            self._size += len(record) - wish.size
        elif self._old.get(key) is wish:
            self._old[key] = record

    # -- in this process

    async def _run_alone(self, key: bytes | None, wish: Wish, act: Coroutine[Any, Any, Done], tag: str) -> None:
        try:
            await self.run(key, wish, act, tag)
        except Exception:
            if not wish.is_told:  # else it is raised there
                raise

    async def run(self, key: bytes | None, wish: Wish, act: Coroutine[Any, Any, Done], tag: str) -> tuple[Done, bool]:
        """As `begin`, in the running task, which nobody cancels; gives what `Wish.outcome` does."""
        try:
            if self._store is None or key is None:
                done, is_here = await act, True
            else:
                done, is_here = await self._shared(self._store, f"once:{key.hex()}", act, tag)
        except BaseException as error:
            self._forget(key, wish)
            wish.fail(error)
            raise
        if not _is_final(done.outcome):
            self._forget(key, wish)
        return wish.come(done, is_here)

    def keep(self, key: bytes, wish: Wish) -> None:
        """Let `wish` be found by `key`, and forget the oldest that are over where they are too many."""
        if key in self._young:
            self._drop(key)
        self._young[key] = wish
        self._size += wish.size
        self._make_room()

    def _make_room(self) -> None:
        if len(self._young) <= _ENTRIES // 2 and self._size <= _BYTES // 2:
            return
        # None that runs is forgotten; the cap on running actions bounds them.
        running = {key: wish for key, wish in self._old.items() if isinstance(wish, Wish) and not wish.is_over}
        self._old = {**running, **self._young}
        self._young = {}
        self._size = 0

    def _forget(self, key: bytes | None, wish: Wish) -> None:
        if key is None:
            return
        if self._young.get(key) is wish:
            self._drop(key)
        elif self._old.get(key) is wish:
            del self._old[key]

    def _drop(self, key: bytes) -> None:
        one = self._young.pop(key)
        self._size -= one.size if isinstance(one, Wish) else len(one)

    # -- with other workers

    async def _shared(self, store: Store, key: str, act: Coroutine[Any, Any, Done], tag: str) -> tuple[Done, bool]:
        claim = _RUNNING + token_hex(8).encode() + b" "
        try:
            there = await store.claim(key, claim + b"0", KEPT_SECONDS)
        except StoreError:
            return await act, True  # in this process it still runs once; forms that nobody can send help nobody
        if there is not None:
            act.close()
            return await self._elsewhere(store, key, there, tag), False
        ended = asyncio.Event()
        life = asyncio.create_task(_live(store, key, claim, ended))
        try:
            done = await act
        finally:
            ended.set()  # and wait, or a sign of life might overwrite what follows
            await life
        try:
            await self._leave(store, key, claim, done)
        except StoreError:
            self._running.start(self._leave_later(store, key, claim, done))
        return done, True

    async def _leave(self, store: Store, key: str, claim: bytes, done: Done) -> None:
        record = self._keyring.seal(encode_done(done), purpose="once", associated=key.encode()).encode()
        if _is_final(done.outcome):
            await store.put(key, record, KEPT_SECONDS)
        else:
            await store.put(_attempt(key, claim), record, _ATTEMPT_SECONDS)
            await store.delete(key)

    async def _leave_later(self, store: Store, key: str, claim: bytes, done: Done) -> None:
        """Those who wait elsewhere do not have to guess, if only the store is back soon."""
        for _ in range(_LATER_TRIES):
            await asyncio.sleep(_BEAT_SECONDS / 2)
            with suppress(StoreError):
                await self._leave(store, key, claim, done)
                return

    async def _elsewhere(self, store: Store, key: str, first: bytes, tag: str) -> Done:
        """The outcome that is there or will be: of a run of another worker, or one that this process has forgotten."""
        there: bytes | None = first
        seen, seen_at, pause, patience = first, monotonic(), _LOOK_SECONDS[0], _AWAY_SECONDS
        while True:
            if there == _INTERRUPTED:
                return _interrupted(tag)
            if there is not None and not there.startswith(_RUNNING):
                return self._decoded(key, there, tag)
            if there is not None and there != seen:
                seen, seen_at = there, monotonic()
            elif monotonic() - seen_at > _DEAD_SECONDS:
                _log.warning("a worker stopped in the middle of an action; repeats of the submit are told so")
                with suppress(StoreError):
                    await store.replace(key, seen, _INTERRUPTED, KEPT_SECONDS)
                return _interrupted(tag)
            began = monotonic()
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LOOK_SECONDS[1])
            try:
                there, attempt = await store.get_many([key, _attempt(key, first)])
            except StoreError:
                lost = min(monotonic() - began, patience)
                seen_at, patience = seen_at + lost, patience - lost
                continue
            if attempt is not None:
                return self._decoded(key, attempt, tag)

    def _decoded(self, key: str, record: bytes, tag: str) -> Done:
        try:
            return decode_done(self._keyring.open(record.decode(), purpose="once", associated=key.encode()))
        except SealError:  # by a secret that is gone: it was done, and what came of it cannot be read
            return _interrupted(tag)


def _unsettled(record: bytes, tag: str) -> Wish:
    """The wish that `Once.settle` was given."""
    wish = Wish()
    wish.until = _UNTIL.unpack_from(record)[0]
    (value,) = decode_flight(record[_UNTIL.size :]).values()
    wish.came = Done(Value(value), frozenset({tag}), None), True
    return wish


def _is_final(outcome: Outcome) -> bool:
    return isinstance(outcome, _FINAL) or outcome == STILL_GOING


def _attempt(key: str, claim: bytes) -> str:
    """Where the run of this claim says what became of it, when that is nothing to repeat."""
    return f"{key}:{claim.removeprefix(_RUNNING).partition(b' ')[0].decode()}"


async def _live(store: Store, key: str, claim: bytes, ended: asyncio.Event) -> None:
    """Count on in the claim, so that those who wait see that somebody is at it."""
    for number in itertools.count():
        with suppress(TimeoutError):
            async with asyncio.timeout(_BEAT_SECONDS):
                await ended.wait()
                return
        with suppress(StoreError):
            after = claim + b"%d" % (number + 1)
            if not await store.replace(key, claim + b"%d" % number, after, KEPT_SECONDS):
                await store.put(key, after, KEPT_SECONDS)  # the store has lost it, or it was taken for dead


def _interrupted(tag: str) -> Done:
    return Done(Expected(ActionError(_TOLD, code="interrupted")), frozenset({tag}), None)
