"""JSON text to plain Python values and back, as strict as JavaScript's own and never anything but a `MalformedError`.

Reads and writes with orjson, and with the standard library wherever orjson balks: the standard library's verdict is the
one that counts.
"""

import json
import math
import re
from typing import Any

import orjson

__all__ = ["MalformedError", "decode_json", "decode_json_slowly", "encode_json"]


class MalformedError(ValueError):
    """Text that is not the JSON a client writes; the message says how, without quoting it."""


def _refuse_constant(_: str) -> Any:
    raise MalformedError("NaN and Infinity are not JSON")


def _read_integer(digits: str) -> int | float:
    if len(digits) < 1000:  # below int()'s own limit, and its cost
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_read_integer)

# A valid surrogate pair, or a backslash that is escaped itself; what remains of \ud800-\udfff afterwards is alone.
_PAIR = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def decode_json(text: str) -> Any:
    """The value that JSON `text` stands for: dict, list, str, int, float, bool, None. Raises `MalformedError`."""
    try:
        return orjson.loads(text)
    except ValueError:
        # Too large a number, a lone surrogate, depth, or an error: the standard library says which.
        return decode_json_slowly(text)


def decode_json_slowly(text: str, *, lone_surrogates: bool = False) -> Any:
    """`decode_json` by the standard library alone; `lone_surrogates` keeps halves of surrogate pairs."""
    try:
        value = _decoder.decode(text)
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON at character {error.pos}") from None
    if lone_surrogates:
        return value
    if "\\u" in text and _SURROGATE.search(_PAIR.sub("", text)):
        raise MalformedError("half a surrogate pair")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise MalformedError("half a surrogate pair") from None
    return value


def encode_json(value: Any) -> bytes:
    """Compact JSON for plain values: str keys, finite floats. Lone surrogates are escaped, as JSON.stringify does."""
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        pass  # a lone surrogate, or deeper than orjson goes
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Nothing else is, as in JSON.stringify: Node 24 may take a key of one escaped letter for that of a backslash.
        return _HALF.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()
