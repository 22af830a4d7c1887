"""The values Flight knows and Python does not: what decoders give, what encoders and printers take.

Plain data only. Nothing here does I/O or knows how a value looks in bytes.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, Generic, Literal, TypeVar, get_args

import msgspec

__all__ = [
    "FRAGMENT",
    "SUSPENSE",
    "UNDEFINED",
    "AsyncItems",
    "BigInt",
    "ClientReference",
    "Element",
    "FormData",
    "Lazy",
    "Map",
    "MapPairs",
    "Promise",
    "RemoteError",
    "ServerReference",
    "SetItems",
    "Symbol",
    "TypedArray",
    "Undefined",
    "Upload",
]

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class Undefined(Enum):
    """JavaScript's `undefined`; falsy."""

    UNDEFINED = "$undefined"  # as on the wire, so that whoever writes it unasked is found out

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined.UNDEFINED
"""JavaScript's `undefined` where it is not the same as None, such as in a list; false in a condition."""


class BigInt(int):
    """A JavaScript BigInt: an int that goes back as what it was."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_as(cls, int, handler)


class Map(dict[K, V], Generic[K, V]):
    """A JavaScript Map: a dict that goes back as what it was."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_as(cls, dict.__class_getitem__(get_args(source) or (Any, Any)), handler)


class MapPairs(list[tuple[K, V]], Generic[K, V]):
    """A JavaScript Map whose keys a dict would merge (1 and true) or cannot hash (objects): its entries in order."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_as(cls, list[tuple[get_args(source) or (Any, Any)]], handler)


class SetItems(list[T], Generic[T]):
    """A JavaScript Set whose items a set would merge or cannot hash: its items in order."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_as(cls, list[get_args(source) or (Any,)], handler)


class TypedArray(bytes):
    """A JavaScript binary value that is not a Uint8Array: its bytes, little-endian, with its constructor's name.

    `kind` is `ArrayBuffer`, `Int16Array`, `DataView` and so on. Plain `bytes` travel as Uint8Array.
    """

    kind: str

    def __new__(cls, data: bytes, kind: str) -> "TypedArray":
        self = super().__new__(cls, data)
        self.kind = kind
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_instance(cls)

    def __repr__(self) -> str:
        return f"TypedArray({bytes(self)!r}, {self.kind!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypedArray):
            return self.kind == other.kind and bytes(self) == bytes(other)
        return bytes.__eq__(self, other)

    __hash__ = bytes.__hash__


_PIECE: Final = 256 * 1024


async def _in_thread(function: Callable[..., T], *args: Any) -> T:
    import anyio.to_thread  # the wire is imported without an event loop; only this needs one

    return await anyio.to_thread.run_sync(function, *args)


class Upload:
    """A file or blob that came with a call or a form: `name`, `type` (the client's word for both), `size` in bytes.

    Large ones lie in a temporary file, which is gone when the request is over: `save` what is to stay. `digest` is the
    SHA-256 of the contents where it was computed while they arrived.
    """

    __slots__ = ("_data", "_file", "_lock", "digest", "name", "size", "type")

    def __init__(
        self,
        data: bytes = b"",
        name: str = "blob",
        type: str = "application/octet-stream",  # noqa: A002
        *,
        file: BinaryIO | None = None,
        size: int | None = None,
        digest: bytes | None = None,
    ) -> None:
        self._data = data
        self._file = file
        self._lock = Lock()
        self.name = name
        self.type = type
        self.size = len(data) if size is None else size
        self.digest = digest

    def read_now(self) -> bytes:
        """All bytes, without awaiting: for code outside an event loop."""
        return self._data if self._file is None else self._read_at(0, self.size)

    async def read(self) -> bytes:
        """All bytes."""
        if self._file is None:
            return self._data
        return await _in_thread(self._read_at, 0, self.size)

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """The bytes in pieces of 256 KiB, so that a large file never is in memory as a whole."""
        for start in range(0, self.size, _PIECE):
            if self._file is None:
                yield self._data[start : start + _PIECE]
            else:
                yield await _in_thread(self._read_at, start, _PIECE)

    async def save(self, path: str | Path) -> None:
        """Write the bytes to `path`, in a thread, replacing what is there."""
        await _in_thread(self._copy_to, Path(path))

    def close(self) -> None:
        """Let go of the temporary file, which deletes it. The server does so when the request is over."""
        if self._file is not None:
            self._file.close()

    def _read_at(self, start: int, length: int) -> bytes:
        file = self._file
        if file is None:
            return self._data[start : start + length]
        with self._lock:  # position and read belong together; two tasks may read one upload
            try:
                file.seek(start)
                return file.read(length)
            except ValueError:
                if not file.closed:
                    raise
        raise ValueError(f"the upload {self.name!r} was read after its request; read or save it in the action")

    def _copy_to(self, path: Path) -> None:
        with path.open("wb") as target:
            for start in range(0, self.size, _PIECE):
                target.write(self._read_at(start, _PIECE))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_instance(cls)

    def __repr__(self) -> str:
        return f"<Upload {self.name!r} {self.type} {self.size} bytes>"


class FormData:
    """The entries of a submitted form, in order; names repeat where the form's do. Values are str or `Upload`."""

    __slots__ = ("entries",)

    def __init__(self, entries: Iterable[tuple[str, "str | Upload"]] = ()) -> None:
        self.entries = list(entries)

    def get(self, name: str) -> str | None:
        """The last text value under `name`, or None."""
        return next((v for k, v in reversed(self.entries) if k == name and isinstance(v, str)), None)

    def file(self, name: str) -> "Upload | None":
        """The last file under `name`, or None; an empty file input (no name, no bytes) counts as none."""
        files = (v for k, v in reversed(self.entries) if k == name and isinstance(v, Upload))
        return next((file for file in files if file.name != "" or file.size > 0), None)

    def get_all(self, name: str) -> "list[str | Upload]":
        """Every value under `name`, in order."""
        return [v for k, v in self.entries if k == name]

    def names(self) -> list[str]:
        """Each name once, in order of first appearance."""
        return list(dict.fromkeys(k for k, _ in self.entries))

    def __contains__(self, name: object) -> bool:
        return any(k == name for k, _ in self.entries)

    def __iter__(self) -> "Iterator[tuple[str, str | Upload]]":
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FormData) and self.entries == other.entries

    __hash__ = None  # type: ignore[assignment]  # mutable, like dict

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _validate_instance(cls)

    def __repr__(self) -> str:
        return f"FormData({[(k, v if isinstance(v, Upload) else '…') for k, v in self.entries]})"


def _validate_instance(cls: type) -> Any:
    """How pydantic checks a field annotated with `cls`; only pydantic calls it, so pydantic is there."""
    from pydantic_core import core_schema

    return core_schema.is_instance_schema(cls)


def _validate_as(cls: Any, plain: Any, handler: Any) -> Any:
    """How pydantic converts a field annotated with `cls`: as `plain`, then into `cls`."""
    from pydantic_core import core_schema

    return core_schema.no_info_after_validator_function(cls, handler.generate_schema(plain))


class Symbol(msgspec.Struct, frozen=True):
    """`Symbol.for(key)`; React's element types such as Fragment and Suspense are symbols."""

    key: str


FRAGMENT: Final = Symbol("react.fragment")
SUSPENSE: Final = Symbol("react.suspense")


class ServerReference(msgspec.Struct, frozen=True):
    """A function on the server that a client can call: its finished id and the arguments already bound to it.

    The text form is constant, so that neither ids nor bound values leak where a reference becomes
    text (CVE-2025-55183).
    """

    id: str
    bound: tuple[Any, ...] | None = None

    def __repr__(self) -> str:
        return "<server reference>"


class ClientReference(msgspec.Struct, frozen=True):
    """An export of a client module: module id, export name, and the (chunk id, file) pairs that hold it."""

    module: str
    export: str
    chunks: tuple[tuple[str, str], ...] = ()
    is_async: bool = False


class Element(msgspec.Struct):
    """A React element as data. `props` holds the children, as React has it; treat both as immutable.

    `type` is a tag name, a Symbol or a ClientReference once resolved; before, the rows above may put their own there.
    A Struct, because pages are made of thousands: they are made in C, and those that hold only text cost the garbage
    collector nothing.
    """

    type: Any
    props: Mapping[str, Any] = {}
    key: str | None = None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Element)
            and self.type == other.type
            and self.key == other.key
            and dict(self.props) == dict(other.props)
        )

    __hash__ = None  # type: ignore[assignment]  # props are a mapping

    def __repr__(self) -> str:
        return f"Element({self.type!r}, {dict(self.props)!r}, key={self.key!r})"


class RemoteError(Exception):
    """An error that came over the wire: its digest, and its name and message where the server was in development."""

    def __init__(self, digest: str | None = None, *, message: str = "", name: str = "Error") -> None:
        super().__init__(message or f"the server failed (digest {digest})")
        self.digest = digest
        self.message = message
        self.name = name


class Promise(msgspec.Struct):
    """A promise in a response. `value` when fulfilled, `error` when rejected: `await` gives it or raises it."""

    status: Literal["pending", "fulfilled", "rejected"]
    value: Any = None
    error: Exception | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._settled().__await__()

    async def _settled(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Lazy(msgspec.Struct):
    """`React.lazy` in a response: stands where its value will. Pending, its `value` is the awaitable it waits for."""

    status: Literal["pending", "fulfilled", "rejected"]
    value: Any = None
    error: Exception | None = None


class AsyncItems(msgspec.Struct):
    """A stream or async iterable in a response: the items that came, its return value, and the error it ended with.

    `kind` is `stream`, `bytes`, `iterable` or `iterator`. `async for` gives the items and raises the error.
    """

    kind: Literal["stream", "bytes", "iterable", "iterator"]
    items: list[Any]
    returned: Any = UNDEFINED
    error: Exception | None = None

    async def __aiter__(self) -> AsyncGenerator[Any]:
        for item in self.items:
            yield item
        if self.error is not None:
            raise self.error
