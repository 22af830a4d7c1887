"""The cache: what somebody wants and how to make it in, what is kept of it or was made out; never older than allowed.

The promise: who asks gets nothing older than a revalidation that had finished when they asked, whichever process they
ask. It is kept so:

- The count of revalidations is read before anything is made. Where a tag has a later stamp the thing is made anew; what
  was made meanwhile is given to who waits for it, whose question is older than that, and not kept.
- A tag whose stamp is lost, to make room say, is stamped anew before anything that depends on it is trusted.
- An entry is good in the life of the store in which it was made. One that was started again, or went back to an older
  state of itself, has another.
- A revalidation tries to reach the store even while that is known to be away. If nobody is there, whoever can read
  there again reads later, in another life of it. One that hangs is waited for. Until it has been told, this process
  trusts nothing that is kept.

One makes at a time what several want: in a process by a table of flights, between processes by a lease in the store.
docs/decisions/013 has the reasons.
"""

import asyncio
import atexit
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from hashlib import blake2b
from secrets import token_hex
from typing import Any, Final, NamedTuple

from msgspec import Struct, field

from jetbridge.cache.entries import (
    COUNTER,
    Entry,
    Made,
    ReadError,
    Stamp,
    decode_entry,
    encode_entry,
    first_stamp,
    read_stamp,
    stamp_key,
)
from jetbridge.cache.ways import Awaiting, Blocking, Portal, Way, run_now
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import Store, StoreError

__all__ = ["LONGEST", "Cache", "Found", "Wanted"]

_log = logging.getLogger("jetbridge.cache")

LONGEST: Final = 30 * 24 * 3600.0  # seconds: for how long anything is kept at most
_LEASE_SECONDS: Final = 6.0  # after which a process that gives no sign of life no longer makes what it wanted to
_BEAT_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = (0.005, 0.1)  # between two looks at what another process makes: at first, and at most
_OTHERS: Final = 2  # processes whose making is waited for, before one makes it beside them
_AGAIN_SECONDS: Final = 0.2  # between two attempts to tell a store that was away
_INSIST_SECONDS: Final = 10.0  # for which a revalidation waits for a store that hangs
_LAST_SECONDS: Final = 3.0  # for the last attempt, when the process ends
_HINTS: Final = 10_000


class Wanted(Struct, frozen=True):
    """`key` names it, `tags` are those known beforehand, `make` gives a `Made` (async for who awaits), and `read` makes
    a value of its data, or raises ReadError.

    It is fresh for `ttl` seconds, and for `stale` more it is given while it is made anew. `route` are tags of the page
    that wants it: what was made before one of them was revalidated is too old there.
    """

    key: str
    tags: tuple[str, ...]
    ttl: float
    stale: float
    make: Callable[[], Any]
    read: Callable[[bytes], Any]
    route: tuple[str, ...] = ()


class Found(NamedTuple):
    """A value, and what it depends on."""

    value: Any
    tags: frozenset[str]


class _Seen(Struct):
    """One look at the store: the count, the stamps of tags, what was found good and whether it is fresh, and who makes
    it.
    """

    life: str
    count: Stamp
    stamps: dict[str, int | None]
    found: Found | None = None
    is_fresh: bool = True
    holder: bytes | None = None

    def digest(self, tags: Iterable[str]) -> str:
        """What tells one state of these tags from another."""
        text = f"{self.life} {self.count.name} {[self.stamps[tag] for tag in tags]}"
        return blake2b(text.encode(), digest_size=8).hexdigest()


class _Flight(Struct):
    """One making of one thing, and who waits for it."""

    number: int
    done: "Future[None]" = field(default_factory=Future[None])
    came: Made | None = None
    error: Exception | None = None


class Cache:
    """What one application keeps in its store, and this process's part in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_shared = not isinstance(store, MemoryStore)
        self._numbers = itertools.count()  # who asked and who began, in their order
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._hints: dict[str, tuple[str, ...]] = {}  # by key: what it depended on when it was last made
        self._owed: dict[str, int] = {}  # tags that the store is still to be told of
        self._hangs = False  # so long that no revalidation waits for it any more
        self._paying: Future[None] | None = None
        self._portal = Portal()
        self.awaiting = Awaiting()
        self.blocking = Blocking(self._portal if self._is_shared else None)

    # -- what is wanted

    async def fetch(self, wanted: Wanted, way: Way) -> Found:
        """What is kept of `wanted`, else what it is made to. Raises what its `make` raises, and never StoreError."""
        asked = next(self._numbers)
        while True:
            flight = _Flight(next(self._numbers))
            try:
                seen = await self._look(wanted, way)
            except StoreError:
                seen = None
            if seen is not None and seen.found is not None:
                if not seen.is_fresh:
                    self._renew(wanted, way)
                return seen.found
            place = (wanted.key, "" if seen is None else seen.digest(wanted.tags))
            running = self._flights.setdefault(place, flight)
            if running is flight:
                return await self._fly(flight, place, wanted, seen, way)
            await way.wait(running.done)
            if running.number > asked:  # it began after the question, so it is new enough, kept or not
                if running.error is not None:
                    raise running.error
                if running.came is not None:
                    return _found(running.came, wanted)

    async def _fly(
        self, flight: _Flight, place: tuple[str, str], wanted: Wanted, seen: _Seen | None, way: Way
    ) -> Found:
        try:
            came = await (
                self._make(wanted, seen, way) if seen is None or not self._is_shared else self._lead(wanted, seen, way)
            )
            if isinstance(came, Found):
                return came
            flight.came = came
            return _found(came, wanted)
        except Exception as error:
            flight.error = error
            raise
        finally:
            del self._flights[place]
            flight.done.set_result(None)

    async def _lead(self, wanted: Wanted, seen: _Seen, way: Way) -> Found | Made:
        """As `_make`, unless another process is at it; then what that one keeps."""
        owner = token_hex(8).encode()
        try:
            lease = await self._claim(owner, wanted, seen, way)
        except StoreError:
            return await self._make(wanted, None, way)
        if isinstance(lease, Found):
            return lease
        return await (self._make(wanted, seen, way) if lease is None else self._make_alone(lease, owner, wanted, way))

    async def _claim(self, owner: bytes, wanted: Wanted, seen: _Seen, way: Way) -> str | Found | None:
        """The lease, once it is ours; or what another process has kept; None where several had it and kept nothing."""
        pause, others = _LOOK_SECONDS[0], set[bytes]()
        while len(others) <= _OTHERS:
            lease = _lease(wanted, seen)
            holder = await way.ask(self._store.claim(lease, owner, _LEASE_SECONDS))
            if holder is None:
                return lease
            others.add(holder)
            while True:
                await way.sleep(pause)
                pause = min(pause * 1.5, _LOOK_SECONDS[1])
                seen = await self._look(wanted, way, lease)
                if seen.found is not None:
                    return seen.found
                if seen.holder != holder or _lease(wanted, seen) != lease:
                    break
        return None

    async def _make_alone(self, lease: str, owner: bytes, wanted: Wanted, way: Way) -> Found | Made:
        end = way.start(self._live(lease, owner))
        try:
            try:
                seen = await self._look(wanted, way)  # who had the lease may have kept it just now
            except StoreError:
                seen = None
            if seen is not None and seen.found is not None:
                return seen.found
            return await self._make(wanted, seen, way)
        finally:
            end()
            with suppress(StoreError):
                await way.ask(self._store.release(lease, owner))

    async def _live(self, lease: str, owner: bytes) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            with suppress(StoreError):
                await self._store.replace(lease, owner, owner, _LEASE_SECONDS)

    async def _make(self, wanted: Wanted, seen: _Seen | None, way: Way) -> Made:
        made: Made = await way.run(wanted.make)
        if seen is not None:
            with suppress(StoreError):
                await self._keep(wanted, seen, made, way)
        return made

    # -- what is kept

    async def _look(self, wanted: Wanted, way: Way, lease: str | None = None) -> _Seen:
        """What the store has of `wanted` now. Raises StoreError where it cannot be asked, or not be trusted yet."""
        if self._owed:
            self._pay_soon()
            raise StoreError("the store is still to be told what was revalidated while it was away")
        tags = tuple(dict.fromkeys((*wanted.tags, *self._hints.get(wanted.key, ()))))
        keys = [wanted.key, COUNTER, *map(stamp_key, tags), *map(stamp_key, wanted.route)]
        life, values = await way.ask(self._store.look(keys if lease is None else [*keys, lease]))
        holder = None if lease is None else values.pop()
        count = await self._count(read_stamp(values[1]), way)
        stamps = _numbers(count, tags, values[2:])
        entry = _entry(values[0])
        if entry is not None and entry.life == life and entry.stamp.name == count.name:
            more = [tag for tag in entry.tags if tag not in stamps]
            if more:
                later, found = await way.ask(self._store.look(list(map(stamp_key, more))))
                stamps |= _numbers(count if later == life else None, more, found)
            made = entry.stamp.number
            on_route = _numbers(count, wanted.route, values[2 + len(tags) :]).values()
            if all(_is_by(stamps[tag], made) for tag in entry.tags) and all((on or 0) <= made for on in on_route):
                with suppress(ReadError):
                    found = Found(wanted.read(entry.data), frozenset(entry.tags))
                    return _Seen(life, count, stamps, found, time.time() < entry.until)
        lacking = [tag for tag in tags if stamps[tag] is None]
        if lacking:
            stamps |= await self._fill(count, lacking, way)
        return _Seen(life, count, stamps, holder=holder)

    async def _count(self, found: Stamp | None, way: Way) -> Stamp:
        if found is None:
            found = read_stamp((await way.ask(self._store.fill({COUNTER: first_stamp()}, LONGEST))).values[0])
        if found is None:
            raise StoreError("the store has no room for a number")
        return found

    async def _fill(self, count: Stamp, tags: Sequence[str], way: Way) -> dict[str, int | None]:
        """Stamp what lost its stamp; the stamps that these tags have then."""
        stamp = b"%s %d" % (count.name.encode(), count.number)
        filled = await way.ask(self._store.fill({stamp_key(tag): stamp for tag in tags}, LONGEST))
        return _numbers(count, tags, filled.values)

    async def _keep(self, wanted: Wanted, seen: _Seen, made: Made, way: Way) -> None:
        """Put it into the store, unless something of it was revalidated since `seen`."""
        tags = tuple(dict.fromkeys((*wanted.tags, *sorted(made.tags))))
        self._hint(wanted.key, tags[len(wanted.tags) :])
        life, values = await way.ask(self._store.look([COUNTER, *map(stamp_key, tags)]))
        count = read_stamp(values[0])
        if count is None or count.name != seen.count.name or life != seen.life:
            return
        stamps = _numbers(count, tags, values[1:])
        lacking = [tag for tag in tags if stamps[tag] is None]
        if lacking:
            stamps |= await self._fill(count, lacking, way)
        if all(_is_by(stamps[tag], seen.count.number) for tag in tags):
            entry = Entry(made.data, tags, life, seen.count, time.time() + wanted.ttl)
            await way.ask(self._store.put(wanted.key, encode_entry(entry), min(wanted.ttl + wanted.stale, LONGEST)))

    def _hint(self, key: str, tags: tuple[str, ...]) -> None:
        self._hints.pop(key, None)
        if tags:
            self._hints[key] = tags
            if len(self._hints) > _HINTS:
                self._hints.pop(next(iter(self._hints)), None)

    # -- what is old

    def _renew(self, wanted: Wanted, way: Way) -> None:
        """Make it anew behind the back of who got the old one, if nobody is at it."""
        place, flight = (wanted.key, "renewed"), _Flight(next(self._numbers))
        if self._flights.setdefault(place, flight) is flight:
            way.go_on(self._renew_now(wanted, way, place))

    async def _renew_now(self, wanted: Wanted, way: Way, place: tuple[str, str]) -> None:
        lease, owner = f"{wanted.key}:renewed", token_hex(8).encode()
        try:
            if self._is_shared and await way.ask(self._store.claim(lease, owner, _LEASE_SECONDS)) is not None:
                return
            end = way.start(self._live(lease, owner)) if self._is_shared else None
            try:
                seen = await self._look(wanted, way)
                if seen.found is None or not seen.is_fresh:
                    await self._make(wanted, seen, way)
            finally:
                if end is not None:
                    end()
                    await way.ask(self._store.release(lease, owner))
        except StoreError:
            pass
        except Exception:
            _log.exception("%s could not be made anew, and is given as it was until it is too old", wanted.key)
        finally:
            del self._flights[place]

    # -- what has changed

    async def revalidate(self, tags: Iterable[str]) -> None:
        """Stamp `tags`: what depends on them is made anew for who asks from now on.

        Never raises StoreError. A store that is away is told as soon as it is back, as long as this process lives. One
        that hangs is waited for, some seconds, for it may go on with what it has.
        """
        told, until = list(tags), time.monotonic() + _INSIST_SECONDS
        try:
            while not self._hangs:
                try:
                    await self._tell(told)
                except StoreError as error:
                    if not error.hangs:
                        break
                    self._hangs = time.monotonic() > until
                else:
                    return
        except BaseException:
            self._owe(told)
            raise
        self._owe(told)

    def revalidate_now(self, tags: Iterable[str]) -> None:
        """`revalidate` for code that blocks."""
        run_now(self.blocking.ask(self.revalidate(tags)))

    async def _tell(self, tags: Iterable[str]) -> None:
        await self._store.stamp(COUNTER, list(map(stamp_key, tags)), LONGEST)

    def _owe(self, tags: Iterable[str]) -> None:
        if not self._owed:
            _log.warning("the store is away: it is told what was revalidated when it is back, and not used before that")
        for tag in tags:
            self._owed[tag] = next(self._numbers)
        self._pay_soon()

    def _pay_soon(self) -> None:
        if self._paying is None:
            atexit.register(self._pay_last)
        if self._paying is None or self._paying.done():
            self._paying = self._portal.start(self._pay())

    async def _pay(self) -> None:
        while self._owed:
            await asyncio.sleep(_AGAIN_SECONDS)
            await self._pay_once()

    async def _pay_once(self) -> None:
        owed = dict(self._owed)
        with suppress(StoreError):
            await self._tell(owed)
            self._hangs = False
            for tag, number in owed.items():
                if self._owed.get(tag) == number:  # and not revalidated once more meanwhile
                    del self._owed[tag]

    def _pay_last(self) -> None:
        """The process ends: a last attempt, for a script that has revalidated and is done."""
        if self._owed:
            with suppress(TimeoutError):
                self._portal.start(self._pay_once()).result(_LAST_SECONDS)
        if self._owed:
            _log.error(
                "the store never learned of %d revalidated tags: what it has of them may be old", len(self._owed)
            )

    async def close(self) -> None:
        """End what goes on behind the back of requests; what the store has not been told, it is told at the exit."""
        await self.awaiting.close()
        await asyncio.to_thread(self._portal.close, self._store.close)


def _lease(wanted: Wanted, seen: _Seen) -> str:
    """What one process has while it makes something of one state of its tags."""
    return f"{wanted.key}:{seen.digest(wanted.tags)}"


def _found(made: Made, wanted: Wanted) -> Found:
    return Found(wanted.read(made.data), made.tags)


def _entry(raw: bytes | None) -> Entry | None:
    with suppress(ReadError):
        return None if raw is None else decode_entry(raw)
    return None


def _numbers(count: Stamp | None, tags: Iterable[str], stamps: Sequence[bytes | None]) -> dict[str, int | None]:
    """The numbers of these stamps, None for those that are missing; 0 in a count that began after one was given."""
    found: dict[str, int | None] = {}
    for tag, raw in zip(tags, stamps, strict=False):  # other stamps may follow
        stamp = None if count is None else read_stamp(raw)
        found[tag] = stamp and (stamp.number if count is not None and stamp.name == count.name else 0)
    return found


def _is_by(stamp: int | None, made: int) -> bool:
    """Whether what was made at this count knows of all that the stamp stands for."""
    return stamp is not None and stamp <= made
