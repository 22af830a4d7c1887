"""Reply encoding: Python values in, the body React's encodeReply would send out. The inverse of `decode_reply`.

For the test client and the fuzzers: part for part what React writes, including its ids and its references to values
that appear twice. A cycle becomes a reference, as in React; our own decoder refuses it.
"""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, cast

from jetbridge.errors import EncodeError
from jetbridge.wire import tags
from jetbridge.wire.jsontext import encode_json
from jetbridge.wire.model import (
    UNDEFINED,
    BigInt,
    FormData,
    Map,
    MapPairs,
    ServerReference,
    SetItems,
    TypedArray,
    Upload,
)
from jetbridge.wire.scalars import SAFE_INTEGER, encode_date

__all__ = ["encode_reply"]

Body = list[tuple[str, str | Upload]]


def encode_reply(value: Any, *, prefix: str = "") -> str | Body:
    """The body for `value`: text where that is enough, otherwise the parts of a multipart form in React's order."""
    encoder = _Encoder(prefix)
    root = encoder.model(value, 0, "$")
    if not encoder.parts and not encoder.later and not prefix:
        return root
    return [*encoder.parts, (prefix + "0", root), *encoder.later]


class _Encoder:
    """One reply: the parts so far and what was already written where."""

    __slots__ = ("_next", "_prefix", "_references", "_written", "later", "parts")

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._next = 1
        self._written: dict[int, str] = {}
        self._references: dict[int, str] = {}
        self.parts: Body = []
        self.later: Body = []  # React sends what it awaits, here bound arguments, after the root

    def _number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def model(self, value: Any, number: int, at: str) -> str:
        """The JSON text of part `number`."""
        name = f"${number:x}"
        self._written.setdefault(id(value), name)
        # Text, not bytes: a part is text in the form.
        return encode_json(self._value(value, name, at, is_root=True)).decode()

    def _add(self, number: int, content: str | Upload) -> None:
        self.parts.append((f"{self._prefix}{number}", content))

    def _value(self, value: Any, name: str | None, at: str, *, is_root: bool = False) -> Any:
        """The JSON value for `value`; `name` is the reference under which it can be named again, if it can."""
        scalar = self._scalar(value, at)
        if scalar is not value or value is None or isinstance(value, bool | int | float | str):
            return scalar
        if isinstance(value, ServerReference):
            return self._server_reference(value, at)
        if not is_root:
            known = self._written.get(id(value))
            if known is not None:
                return known
            if name is not None:
                self._written[id(value)] = name
        return self._container(value, name, at)

    def _scalar(self, value: Any, at: str) -> Any:
        match value:
            case str():
                return "$" + value if value.startswith("$") else value
            case bool() | None:
                return value
            case BigInt():
                return f"${tags.BIGINT}{int(value)}"
            case int():
                return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else f"${tags.BIGINT}{value}"
            case float():
                return _encode_float(value)
            case datetime():
                text = encode_date(value)
                if text is None:
                    raise EncodeError("a datetime without a time zone is not an instant", at=at)
                return f"${tags.DATE}{text}"
            case _:
                return tags.UNDEFINED_TAG if value is UNDEFINED else value

    def _container(self, value: Any, name: str | None, at: str) -> Any:
        match value:
            case Map():
                return self._outlined(tags.MAP, [list(entry) for entry in cast("Map[Any, Any]", value).items()], at)
            case MapPairs():
                return self._outlined(tags.MAP, [list(entry) for entry in cast("MapPairs[Any, Any]", value)], at)
            case set() | frozenset() | SetItems():
                return self._outlined(tags.SET, list(cast("set[Any]", value)), at)
            case FormData():
                return self._form_data(value)
            case Upload():
                number = self._number()
                self._add(number, value)
                return f"${tags.BLOB}{number:x}"
            case bytes() | bytearray() | memoryview():
                return self._binary(cast("bytes", value))
            case list() | tuple():
                items = cast("list[Any]", value)
                return [
                    self._value(item, None if name is None else f"{name}:{index}", f"{at}[{index}]")
                    for index, item in enumerate(items)
                ]
            case Mapping():
                return self._object(cast("Mapping[Any, Any]", value), name, at)
            case _:
                raise EncodeError(f"{type(value).__name__} cannot be sent in a reply", at=at)

    def _object(self, value: Mapping[Any, Any], name: str | None, at: str) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise EncodeError("keys of an object are str; use Map for others", at=at)
            # A key with a colon could not be told from a path, so React never refers to what is under it.
            below = None if name is None or ":" in key else f"{name}:{key}"
            members[key] = self._value(item, below, f"{at}.{key}")
        return members

    def _outlined(self, tag: str, items: list[Any], at: str) -> str:
        number = self._number()
        name = f"${number:x}"
        # Entries are arrays made here, so they are written by hand: their ids mean nothing.
        if tag == tags.MAP:
            tree = [
                [self._value(part, f"{name}:{index}:{side}", at) for side, part in enumerate(entry)]
                for index, entry in enumerate(items)
            ]
        else:
            tree = [self._value(item, f"{name}:{index}", at) for index, item in enumerate(items)]
        self._add(number, encode_json(tree).decode())
        return f"${tag}{number:x}"

    def _form_data(self, form: FormData) -> str:
        number = self._number()
        self.parts.extend((f"{self._prefix}_{number}_{key}", content) for key, content in form)
        return f"${tags.FORM_DATA}{number:x}"

    def _binary(self, value: "bytes | bytearray | memoryview[int]") -> str:
        kind = value.kind if isinstance(value, TypedArray) else "Uint8Array"
        number = self._number()
        self._add(number, Upload(bytes(value), "blob", ""))
        return f"${tags.BINARY[kind].letter}{number:x}"

    def _server_reference(self, value: ServerReference, at: str) -> str:
        known = self._references.get(id(value))
        if known is not None:
            return known
        bound: str | None = None
        if value.bound is not None:
            promised = self._number()
            bound = f"${tags.PROMISE}{promised:x}"
            text = self.model(list(value.bound), promised, f"{at}.bound")
            self.later.append((f"{self._prefix}{promised}", text))
        number = self._number()
        meta = {tags.ID_KEY: self._scalar(value.id, at), tags.BOUND_KEY: bound}
        self._add(number, encode_json(meta).decode())
        tag = self._references[id(value)] = f"${tags.SERVER_REFERENCE}{number:x}"
        return tag


def _encode_float(value: float) -> Any:
    if value == 0 and str(value) == "-0.0":
        return tags.MINUS_ZERO
    if isfinite(value):
        # Whole floats as JavaScript writes them; the digits of the others are the same number to every reader.
        return int(value) if value.is_integer() and abs(value) <= SAFE_INTEGER else value
    if value != value:
        return tags.NAN
    return tags.INFINITY if value > 0 else tags.MINUS_INFINITY
