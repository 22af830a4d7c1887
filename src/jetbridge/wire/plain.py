"""Python's own objects as the plain values Flight has: what a dataclass, a model, an Enum or a UUID is on the wire.

Known by what they have, not by import: neither pydantic nor msgspec is loaded for this.
"""

import os
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import PurePath
from typing import Any, Final, cast
from uuid import UUID

import orjson

__all__ = ["AS_TEXT", "NOT_PLAIN", "key_text", "to_plain"]

NOT_PLAIN: Final = object()

AS_TEXT: Final = (
    UUID, Decimal, PurePath, IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network,
)  # fmt: skip
_NEVER_SENT: Final = type(os.environ)  # a Mapping, full of secrets
_AS_LIST = (list, tuple, range, deque, Iterator, KeysView, ValuesView, ItemsView)


def to_plain(value: Any) -> Any:
    """The dict, list, str, int or float that stands for `value`, or NOT_PLAIN if nothing does.

    Members keep their names and values; only the outermost object is taken apart. A sync generator is consumed.
    """
    kind: Any = cast("Any", type(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str.__str__(value)  # a subclass may have its own idea of str()
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if callable(getattr(kind, "model_dump", None)):
        return _plain_model(value)
    if isinstance(value, Mapping):
        if isinstance(value, _NEVER_SENT):
            return NOT_PLAIN
        return dict(cast("Mapping[Any, Any]", value))
    if isinstance(value, _AS_LIST):
        return list(cast("list[Any]", value))
    if isinstance(value, set | frozenset):
        return set(cast("set[Any]", value))
    if isinstance(value, AS_TEXT):
        return str(value)
    if callable(getattr(kind, "unicode_string", None)):  # pydantic's own URLs
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, orjson.Fragment):
        return orjson.loads(orjson.dumps(value))  # its author's own JSON
    if hasattr(kind, "__dataclass_fields__"):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    names = getattr(kind, "__struct_fields__", None)  # msgspec
    if names is None:
        names = [attribute.name for attribute in getattr(kind, "__attrs_attrs__", ())] or None
    return NOT_PLAIN if names is None else {name: getattr(value, name) for name in names}


def key_text(key: Any) -> str | None:
    """The text that stands for a key of an object, such as a UUID or a date; None where it is none of JavaScript's."""
    if isinstance(key, str):
        return str.__str__(key)
    plain = None if isinstance(key, datetime) else to_plain(key)
    return plain if isinstance(plain, str) else None


def _plain_model(value: Any) -> Any:
    # Its own dump, so that excluded fields stay at home and the author's serializers count; values stay Python's.
    return value.model_dump(mode="python", by_alias=False)


def _duration(value: timedelta) -> str:
    # ISO 8601, as pydantic writes it.
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    hours, seconds = divmod(value.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    clock = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M")) if amount)
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"
