"""Entries of the cache: what was made, and what it depends on, as bytes for the store and back.

Every revalidation is counted, and stamps its tags with the count. An entry has the count from before its making began,
so it is good as long as no tag of it has a later stamp, in the same life of the store. To revalidate a tag is to stamp
it: nothing is looked for and nothing deleted.
"""

from secrets import token_hex
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, field

__all__ = [
    "COUNTER",
    "Entry",
    "Made",
    "ReadError",
    "Stamp",
    "decode_entry",
    "encode_entry",
    "first_stamp",
    "read_stamp",
    "stamp_key",
]

COUNTER: Final = "cache:count"


class ReadError(ValueError):
    """Bytes that are nothing of ours any more, or not yet: another version of the application wrote them."""


class Stamp(NamedTuple):
    """The count at some moment; see `Store.stamp`."""

    name: str
    number: int


class Made(Struct, frozen=True):
    """What somebody has made: bytes, and the tags that it turned out to depend on."""

    data: bytes
    tags: frozenset[str] = field(default_factory=frozenset[str])


class Entry(Struct, frozen=True):
    """What is in the store: bytes and tags, the count and the store's life before it was made.

    `until` is when it is no longer fresh, in seconds since 1970.
    """

    data: bytes
    tags: tuple[str, ...]
    life: str
    stamp: Stamp
    until: float


class _Head(msgspec.Struct):
    tags: tuple[str, ...]
    life: str
    name: str
    number: int
    until: float


def encode_entry(entry: Entry) -> bytes:
    """A line about it, and its data after that."""
    head = _Head(entry.tags, entry.life, *entry.stamp, entry.until)
    return msgspec.json.encode(head) + b"\n" + entry.data


def decode_entry(raw: bytes) -> Entry:
    """What `encode_entry` was given. Raises ReadError."""
    line, _, data = raw.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.DecodeError as error:
        raise ReadError(str(error)) from None
    return Entry(data, head.tags, head.life, Stamp(head.name, head.number), head.until)


def read_stamp(raw: bytes | None) -> Stamp | None:
    """A stamp as the store has it."""
    if raw is None:
        return None
    name, _, number = raw.partition(b" ")
    return Stamp(name.decode(), int(number))


def first_stamp() -> bytes:
    """For a counter before anything was counted."""
    return f"{token_hex(6)} 0".encode()


def stamp_key(tag: str) -> str:
    """Where the store has the stamp of a tag."""
    return f"cache:tag:{tag}"
