"""Bytes into the parts of a body and back, for targets below multipart: one part a record, `name\\x1fcontent`."""

from collections.abc import Sequence

from jetbridge.wire.model import Upload

__all__ = ["decode_parts", "encode_parts"]

_RECORD, _UNIT, _FILE = b"\x1e", b"\x1f", b"\x1d"


def decode_parts(data: bytes) -> list[tuple[str, str | Upload]]:
    """The parts that `data` stands for; every `data` stands for some. A content that begins with \\x1d is a file."""
    parts: list[tuple[str, str | Upload]] = []
    for record in data.split(_RECORD):
        name, _, content = record.partition(_UNIT)
        value = Upload(content[1:]) if content.startswith(_FILE) else content.decode("utf-8", "surrogateescape")
        parts.append((name.decode("utf-8", "replace"), value))
    return parts


def encode_parts(parts: Sequence[tuple[str, str | Upload]]) -> bytes:
    """The inverse, for what the corpus is made of."""
    records = [
        name.encode() + _UNIT + (_FILE + value.read_now() if isinstance(value, Upload) else value.encode())
        for name, value in parts
    ]
    return _RECORD.join(records)
