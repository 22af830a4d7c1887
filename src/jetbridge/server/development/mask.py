"""Masking: values of a running program in, the text that may be shown of them out.

Hidden are values under names that speak of secrets, pydantic's secrets, and wherever they turn up the values that
such names had, the app's own secrets, and what stands in the environment. In texts, what stands under such a name
there: `password=…`, `"token": "…"`, credentials of a URL or a header.
"""

import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MemberDescriptorType, SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import quote

from pydantic import BaseModel, SecretBytes, SecretStr
from starlette.requests import HTTPConnection

from jetbridge.server.development.origin import is_own
from jetbridge.wire.model import FormData

__all__ = ["HIDDEN", "Mask", "is_secret"]

HIDDEN: Final = "•••"

_WORDS: Final = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|credential|authorization|cookie|csrf|api_?key"
    r"|sess(?:ion)?_?id|(?:^|_)(?:keys?|auth|jwt|otp|pin|cvc|cvv|csc|ssn|sid|dsn|bearer|pass|pw|creds?)(?:_|\d|$)"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A port is no password, and a short name alone, as in ssh://git@host, no secret. All are bounded, or a long text would
# take as long as its length squared.
_IN_URL: Final = re.compile(r"(?<=://)(?:([^\s/:@'\"]{0,99}:)(?!\d{1,5}[/?#])[^\s'\"]{1,299}|[^\s/:@'\"]{16,299})@")
_IN_TEXT: Final = re.compile(  # repr, JSON, a query, a DSN
    r"""\b(\w{1,99})(=|['"]: )('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?![\[({])[^\s,;&)}\]'"]+)"""
)
_IN_HEADER: Final = re.compile(
    r"\b((?:set-)?cookie: ?)[^\s'\"][^\n'\"]*|\b((?:bearer|basic) )(?=[^\s'\"]{0,99}[\d=])[\w.~+/=-]{8,}", re.IGNORECASE
)
_HARMLESS: Final = re.compile(
    r"(?:PATH|HOME|SHELL|USER|LOGNAME|HOSTNAME|NAME|TERM|TERM_PROGRAM|COLORTERM|LANG|LANGUAGE|LC_\w+|TZ"
    r"|TMPDIR|TEMP|TMP|EDITOR|VISUAL|PAGER|DISPLAY|OS|VIRTUAL_ENV\w*|CONDA_\w+|PYTHON\w*|PYTEST_\w+|XDG_\w+"
    r"|JETBRIDGE_ENV|JETBRIDGE_EDITOR|\w+_(?:PATH|DIR|HOME|HOST|PORT))"
)
_SHORTEST: Final = 4  # characters of a value that is hidden wherever it stands; "x" stands everywhere
_SHORTEST_UNNAMED: Final = 8  # of one in the environment whose name does not speak of secrets
_ITEMS, _DEPTH, _CHARS, _READ = 20, 4, 400, 20_000
_MOST_LOOKED_AT: Final = 3_000  # values in which secrets are looked for; a local may hold a whole table


def is_secret(name: str) -> bool:
    """Whether what has this name is not to be shown."""
    return _WORDS.search(_CAMEL.sub("_", name).lower().replace("-", "_")) is not None


def of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    """The values in the environment that may be secrets: all but short ones, places on the disk and well-known ones."""
    for name, value in environment.items():
        if name in ("PWD", "OLDPWD"):  # a directory here, whatever `pwd` means elsewhere
            continue
        is_harmless = len(value) < _SHORTEST_UNNAMED or _HARMLESS.fullmatch(name) is not None or _is_place(value)
        if is_secret(name) or not is_harmless:
            yield value


def _is_place(value: str) -> bool:
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except (OSError, ValueError):
        return False


class Mask:
    """What is hidden, learned before anything is shown. `values` are secrets to begin with."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for value in (*values, *of_environment(os.environ)):
            self._hide(value)
        self._pattern: re.Pattern[str] | None = None
        self._left = _MOST_LOOKED_AT

    def learn(self, name: str, value: Any, depth: int = 0) -> None:
        """Look for secrets in what is called `name`. Never raises."""
        self._left -= 1
        if isinstance(value, SecretStr | SecretBytes):
            value = value.get_secret_value()
            self._hide(value if isinstance(value, str) else value.decode("latin-1"))
        elif is_secret(name):
            if isinstance(value, str):
                self._hide(value)
            elif isinstance(value, bytes | bytearray):
                self._hide(value.decode("latin-1"))
        if depth == _DEPTH:
            return
        try:
            members = _members(value) or _attributes(value)
        except Exception:  # whatever a class of the application's does where it is read
            return
        for inner, item in members:
            if self._left <= 0:
                return
            self.learn(inner or name, item, depth + 1)

    def _hide(self, value: str) -> None:
        if len(value) >= _SHORTEST and not value.isspace():
            self._values |= {value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value), quote(value, safe="")}
            self._pattern = None

    def text(self, text: str) -> str:
        """`text` without the values that are hidden, and without what stands under secret names in it."""
        without = _IN_HEADER.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}", self.source(text))
        return _IN_TEXT.sub(
            lambda found: (
                f"{found[1]}{found[2]}{HIDDEN}" if is_secret(found[1]) and not _is_empty(found[3]) else found[0]
            ),
            without,
        )

    def source(self, text: str) -> str:
        """A text in which names stand for code, as in `login(password=given)`: less is hidden in it."""
        if self._pattern is None:
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return _IN_URL.sub(lambda found: f"{found[1] or ''}{HIDDEN}@", self._pattern.sub(HIDDEN, text))

    def value(self, name: str, value: Any, depth: int = 0) -> str:
        """What is shown of `value`, which is called `name`: like `repr`, bounded. Never raises."""
        if is_secret(name) and value is not None and value is not True and value is not False and value != "":
            return HIDDEN
        try:
            return self._described(value, depth)
        except Exception as error:  # whatever a class of the application's does in its __repr__
            return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"

    def _described(self, value: Any, depth: int) -> str:
        kind = type(value).__name__
        if isinstance(value, HTTPConnection):
            return f"<{kind} {value.scope.get('method', '')} {self.text(value.scope.get('path', ''))}>"
        if value is os.environ:
            return f"<environ of {len(value)}>"
        if isinstance(value, str | bytes):
            return _cut(self.text(repr(value[:_READ])))
        members = _members(value) if depth < _DEPTH else None
        if not members:
            return _cut(self.text(repr(value)[:_READ]))
        parts = [self.value(name or "", item, depth + 1) for name, item in members[:_ITEMS]]
        if isinstance(value, Mapping):
            keys = cast("Mapping[Any, Any]", value)
            parts = [f"{self.text(repr(key))}: {part}" for key, part in zip(keys, parts, strict=False)]
        elif not isinstance(value, list | tuple | set | frozenset) or kind not in _AROUND:
            parts = [f"{name}={part}" for (name, _), part in zip(members, parts, strict=False)]
        if len(members) > _ITEMS:
            parts.append(f"… {len(members) - _ITEMS} more")
        before, after = _AROUND.get(kind, (f"{kind}(", ")"))
        return _cut(before + ", ".join(parts) + after)


_AROUND: Final = {
    **dict.fromkeys(("dict", "set"), ("{", "}")),
    "frozenset": ("frozenset({", "})"),
    "list": ("[", "]"),
    "tuple": ("(", ")"),
}


def _members(value: Any) -> list[tuple[str | None, Any]]:
    """What is in a value that holds others, with the name each has, if it has one."""
    if isinstance(value, str | bytes | bytearray | HTTPConnection | type) or value is os.environ:
        return []
    if isinstance(value, FormData):
        return [(name, item) for name, item in value.entries]
    if isinstance(value, Mapping):
        return [(_text(key), item) for key, item in cast("Mapping[Any, Any]", value).items()]
    if isinstance(value, BaseModel):
        return list(value.__dict__.items())
    if dataclasses.is_dataclass(value):
        return [(field.name, getattr(value, field.name, None)) for field in dataclasses.fields(value)]
    kind = cast("Any", type(value))
    fields = getattr(kind, "__struct_fields__", None) or getattr(kind, "_fields", None)
    if isinstance(fields, tuple):
        return [(name, getattr(value, name, None)) for name in cast("tuple[str, ...]", fields)]
    if isinstance(value, SimpleNamespace):
        return list(vars(value).items())
    if isinstance(value, list | tuple | set | frozenset):
        pair = cast("Sequence[Any]", value)
        if isinstance(value, tuple) and len(pair) == 2 and is_secret(_text(pair[0]) or ""):  # an entry or a header
            return [(None, pair[0]), (_text(pair[0]), pair[1])]
        return [(None, item) for item in cast("Iterable[Any]", value)]
    return []


def _attributes(value: Any) -> list[tuple[str | None, Any]]:
    """What an object of a class of the application's keeps in itself, with its names."""
    kind = cast("type[Any]", type(value))
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file is None or not is_own(file):
        return []
    slots = {
        name for base in kind.__mro__ for name, slot in vars(base).items() if isinstance(slot, MemberDescriptorType)
    }
    found = [(name, getattr(value, name)) for name in slots if hasattr(value, name)]
    return [*found, *getattr(value, "__dict__", {}).items()]


def _is_empty(text: str) -> bool:
    return text in ("None", "''", '""', HIDDEN)


def _text(key: Any) -> str | None:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    return key if isinstance(key, str) else None


def _cut(text: str) -> str:
    return text if len(text) <= _CHARS else f"{text[: _CHARS - 40]} … {text[-36:]}"
