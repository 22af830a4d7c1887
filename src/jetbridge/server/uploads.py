"""Multipart bodies that are too large to hold: ASGI messages in, entries with their files on disk out.

Text stays in memory, within the wire's limits; a file goes to a temporary file as it arrives and is hashed on the way.
The temporary files have no name on POSIX, so even a killed process leaves none behind.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import anyio.to_thread

from jetbridge.wire.limits import Limits
from jetbridge.wire.model import Upload
from jetbridge.wire.multipart import MultipartParser, Part, PartData, PartHeader, decode_text

__all__ = ["close_all", "read_uploads"]

_IN_MEMORY = 256 * 1024  # of one file
_WRITE = 1024 * 1024  # bytes written to disk at a time: one hop to a thread for sixteen network reads


async def read_uploads(pieces: AsyncIterator[bytes], content_type: str, *, limit: int, limits: Limits) -> list[Part]:
    """The entries of a multipart body of at most `limit` bytes of files. Close the uploads when the request is over.

    Raises WireError as the parser does, with nothing left open.
    """
    parser = MultipartParser(content_type, replace(limits, file_bytes=limit))
    entries: list[Part] = []
    spool: _Spool | None = None
    text: str | None = None
    header: PartHeader | None = None
    try:
        async for piece in pieces:
            for event in parser.feed(piece):
                if isinstance(event, PartHeader):
                    header, text = event, None
                    spool = _Spool() if event.filename is not None else None
                elif isinstance(event, PartData) and header is not None:
                    if spool is None:
                        text = decode_text(event.data, header)
                    else:
                        await spool.write(event.data)
                elif header is not None:
                    entries.append((header.name, text or "" if spool is None else await spool.finish(header)))
                    spool = None
        parser.close()
    except BaseException:
        for value in (*(value for _, value in entries), spool):
            if isinstance(value, Upload | _Spool):
                value.close()
        raise
    return entries


def close_all(uploads: Iterable[Upload]) -> None:
    """Close them all, which deletes what is on disk."""
    for upload in uploads:
        upload.close()


class _Spool:
    """One file on its way to disk."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY)
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self._size = 0

    async def write(self, data: bytes) -> None:
        self._waiting += data
        self._size += len(data)
        if len(self._waiting) >= _WRITE:
            await anyio.to_thread.run_sync(self._flush)
        else:
            await asyncio.sleep(0)  # others get their turn while a fast client fills memory

    async def finish(self, header: PartHeader) -> Upload:
        await anyio.to_thread.run_sync(self._flush)
        return Upload(
            name=header.filename or "",
            type=header.type or "application/octet-stream",
            file=cast("BinaryIO", self._file),
            size=self._size,
            digest=self._hash.digest(),
        )

    def close(self) -> None:
        self._file.close()

    def _flush(self) -> None:
        self._hash.update(self._waiting)
        self._file.write(self._waiting)
        self._waiting.clear()
