"""The one table of Flight's letters: which value a tag or row stands for. Every codec here reads it.

React moves letters between versions (`$F` became `$h` in 19.2.2), so this file names the version it is right for.
"""

from typing import Final, NamedTuple

__all__ = [
    "ARRAY_BUFFER",
    "BIGINT",
    "BINARY",
    "BINARY_BY_LETTER",
    "BLOB",
    "BOUND_KEY",
    "BYTES_CHUNK",
    "DATE",
    "ELEMENT",
    "ERROR_VALUE",
    "FORM_DATA",
    "ID_KEY",
    "INFINITY",
    "ITERATOR",
    "LAZY",
    "MAP",
    "MINUS_INFINITY",
    "MINUS_ZERO",
    "NAN",
    "PROMISE",
    "REFUSED_IN_REPLY",
    "ROW_ASYNC_ITERABLE",
    "ROW_ASYNC_ITERATOR",
    "ROW_BYTES",
    "ROW_CLOSE",
    "ROW_DEBUG",
    "ROW_ERROR",
    "ROW_HINT",
    "ROW_IMPORT",
    "ROW_STREAM",
    "ROW_TEXT",
    "SERVER_REFERENCE",
    "SET",
    "SPECIAL",
    "SYMBOL",
    "TEXT_ROW_UNITS",
    "UNDEFINED_TAG",
    "Binary",
]

# Tags: the letter after `$`, the same in both directions except where said.
MAP: Final = "Q"
SET: Final = "W"
FORM_DATA: Final = "K"
BLOB: Final = "B"
DATE: Final = "D"
BIGINT: Final = "n"
PROMISE: Final = "@"
SERVER_REFERENCE: Final = "h"
ITERATOR: Final = "i"
LAZY: Final = "L"  # responses; in replies `$L` is Int32Array
SYMBOL: Final = "S"  # responses; in replies `$S` is Int16Array
ERROR_VALUE: Final = "Z"  # responses only
ELEMENT: Final = "$"  # responses: the first item of an element's array

UNDEFINED_TAG: Final = "$undefined"
NAN: Final = "$NaN"
INFINITY: Final = "$Infinity"
MINUS_INFINITY: Final = "$-Infinity"
MINUS_ZERO: Final = "$-0"
SPECIAL: Final = {NAN: float("nan"), INFINITY: float("inf"), MINUS_INFINITY: float("-inf"), MINUS_ZERO: -0.0}

# What a client may write and a server here refuses: plain data only (decision 7).
REFUSED_IN_REPLY: Final = {
    PROMISE: "a promise",
    "T": "a temporary reference",
    "R": "a stream",
    "r": "a stream of bytes",
    "X": "an async iterable",
    "x": "an async iterator",
}

# Members of the part or row that a server reference stands in.
ID_KEY: Final = "id"
BOUND_KEY: Final = "bound"


class Binary(NamedTuple):
    """A binary constructor of JavaScript: its name, its letter (tag in replies, row in responses), bytes per item."""

    kind: str
    letter: str
    unit: int


BINARY: Final = {
    binary.kind: binary
    for binary in (
        Binary("ArrayBuffer", "A", 1),
        Binary("Int8Array", "O", 1),
        Binary("Uint8Array", "o", 1),
        Binary("Uint8ClampedArray", "U", 1),
        Binary("Int16Array", "S", 2),
        Binary("Uint16Array", "s", 2),
        Binary("Int32Array", "L", 4),
        Binary("Uint32Array", "l", 4),
        Binary("Float32Array", "G", 4),
        Binary("Float64Array", "g", 8),
        Binary("BigInt64Array", "M", 8),
        Binary("BigUint64Array", "m", 8),
        Binary("DataView", "V", 1),
    )
}
BINARY_BY_LETTER: Final = {binary.letter: binary for binary in BINARY.values()}
ARRAY_BUFFER: Final = "ArrayBuffer"

# Rows of a response: the letter after `<id>:`; a model row has none.
ROW_IMPORT: Final = "I"
ROW_ERROR: Final = "E"
ROW_TEXT: Final = "T"
ROW_HINT: Final = "H"
ROW_STREAM: Final = "R"
ROW_BYTES: Final = "r"
BYTES_CHUNK: Final = "b"
ROW_ASYNC_ITERABLE: Final = "X"
ROW_ASYNC_ITERATOR: Final = "x"
ROW_CLOSE: Final = "C"
ROW_DEBUG: Final = frozenset("DNJW")  # development servers only; a production client throws on them

TEXT_ROW_UNITS: Final = 1024  # strings from this length on travel as text rows
