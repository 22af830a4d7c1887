"""Source maps: places of names in, the JSON out that lets "go to definition" open the Python file.

Format: ECMA-426, version 3. Only declaration maps are written, one segment a name.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

__all__ = ["Segment", "encode_map"]

DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Segment(NamedTuple):
    """A place in the written file, and the one in a source that it stands for; lines and columns from 0."""

    line: int
    column: int
    source: int
    source_line: int
    source_column: int


def encode_map(file: str, sources: Sequence[str], segments: Iterable[Segment]) -> str:
    """The map of `file`; the contents of `sources`, which are paths relative to it, are not in it."""
    lines: list[list[str]] = []
    column = source = source_line = source_column = 0
    for segment in sorted(segments):
        while len(lines) <= segment.line:
            lines.append([])
            column = 0
        lines[-1].append(
            _digits(segment.column - column)
            + _digits(segment.source - source)
            + _digits(segment.source_line - source_line)
            + _digits(segment.source_column - source_column)
        )
        _, column, source, source_line, source_column = segment
    mappings = ";".join(",".join(line) for line in lines)
    whole = {"version": 3, "file": file, "sourceRoot": "", "sources": list(sources), "names": [], "mappings": mappings}
    return json.dumps(whole, ensure_ascii=False) + "\n"


def _digits(number: int) -> str:
    """Base 64 VLQ: five bits a digit, the lowest first, the sign in the lowest bit of all."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    text = ""
    while True:
        rest, bits = rest >> 5, rest & 31
        text += DIGITS[bits | 32 if rest else bits]
        if not rest:
            return text
