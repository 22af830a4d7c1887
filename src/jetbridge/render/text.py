"""Values to the text JavaScript would make of them, and text to HTML: the leaves of the HTML printer."""

import re
from collections.abc import Callable
from math import inf
from typing import Any, Final

from jetbridge.errors import EncodeError
from jetbridge.wire.model import Undefined

__all__ = ["JS_SPACE", "escape", "escape_slowly", "is_truthy", "js_text", "number_text", "probe"]

JS_SPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f"
    "\u3000\ufeff"
)
"""What `String.prototype.trim` takes off; Python's own `strip` has another set."""


_SPECIAL: Final = re.compile("[&<>\"']")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}


def escape_slowly(text: str) -> str:
    """`text` for HTML text and quoted attributes, with React's choice of entities."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda match: _ENTITIES[match[0]], text)


def _compiled_escape() -> Callable[[str], str]:
    """markupsafe's compiled half where that is installed: 3 times faster over a whole page."""
    try:
        from markupsafe._speedups import _escape_inner  # type: ignore[reportPrivateUsage]  # the public one makes objects
    except ImportError:
        return escape_slowly
    inner: Callable[[str], str] = _escape_inner
    same = str(1.5)
    return inner if inner("&<>\"'") == "&amp;&lt;&gt;&#34;&#39;" and inner(same) is same else escape_slowly


probe: Final = _compiled_escape()
"""Gives the very object it is given if that needs no escaping, and something else otherwise. Written in C where it can
be: for thousands of short texts, a call of a Python function is what costs."""


def escape(text: str) -> str:
    """`text` for HTML text and quoted attributes, with React's choice of entities."""
    escaped = probe(text)
    if escaped is text or "&#3" not in escaped:
        return escaped
    # Every & of `text` itself is &amp; by now, so these two can only be quotes.
    return escaped.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def js_text(value: Any, where: str) -> str:
    """`value` as JavaScript turns it into text. Refuses what JavaScript would write as `[object Object]`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return number_text(value)
    raise EncodeError(f"{where} is text, a number or a bool, not {type(value).__name__}")


def number_text(number: float) -> str:
    """A number as `String(number)` writes it: the shortest digits that read back, plain from 1e-6 to 1e21."""
    plain = repr(number)
    if type(number) is int:
        return plain
    if plain.endswith(".0"):
        return plain[:-2] if number else "0"
    if "e" not in plain and "n" not in plain:  # neither an exponent, nor nan, nor inf
        return plain
    if number != number:
        return "NaN"
    if number in (inf, -inf):
        return "Infinity" if number > 0 else "-Infinity"
    mantissa, _, exponent = plain.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.digits times ten to the power of `point`, in the words of ECMAScript's Number::toString.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign = "-" if number < 0 else ""
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits.ljust(point, "0")
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def is_truthy(value: object) -> bool:
    """Whether JavaScript takes `value` for true: empty lists and objects are, NaN is not."""
    if isinstance(value, float):
        return value == value and value != 0.0
    if isinstance(value, (str, int, Undefined)):
        return bool(value)
    return value is not None
