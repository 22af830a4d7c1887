"""Settings from the environment: mode, secrets, store, lists of names, the collector.

Read when an `App` is made or started, and nowhere else.
"""

import gc
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

from msgspec import Struct

from jetbridge.errors import DefinitionError
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import Store

__all__ = [
    "Choices",
    "is_development",
    "listed",
    "named_store",
    "refuse_guessable",
    "secrets_of",
    "shares_tasks",
    "store_of",
    "tune_collector",
]

_REDIS: Final = ("redis://", "rediss://", "unix://")
_DISTINCT: Final = 8  # characters; of 32 random hexadecimal digits so many differ, but for one time in ten million
_PLACEHOLDER: Final = re.compile(r"change.?(?:me|this)|insecure|placeholder|your.?secret|secret.?key", re.IGNORECASE)


class Choices(Struct, frozen=True):
    """What was decided where an app was made and is worth a look before it is deployed; for `jetbridge check`.

    `manifests` and `frontend` are whole paths.
    """

    secret: str | Sequence[str] | None
    store: str | Store | None
    strict: bool
    manifests: tuple[Path, ...]
    frontend: Path | None
    wants_node: bool
    allowed_origins: frozenset[str]
    trusts_proxies: bool
    logs_arguments: bool
    csp: object

    def __repr__(self) -> str:  # without the secret, and the password that an address may hold
        return f"Choices(for {self.manifests!r}, {self.frontend!r})"


def is_development() -> bool:
    """Whether JETBRIDGE_ENV is `dev`; everything else is production (decision 21)."""
    return os.environ.get("JETBRIDGE_ENV", "") == "dev"


def tune_collector() -> None:
    """Have Python's cyclic collector look less often, and not at what is there now, where JETBRIDGE_GC is `tuned`.

    What an application imports and makes at its start stays, and a server makes little that it would find.
    """
    if os.environ.get("JETBRIDGE_GC", "") == "tuned":
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)


def shares_tasks() -> bool:
    """Whether JETBRIDGE_TASKS is `shared`: the server lets the task of each request run to its end."""
    return os.environ.get("JETBRIDGE_TASKS", "") == "shared"


def listed(given: Iterable[str], variable: str) -> tuple[str, ...]:
    """What was given, and what the environment's `variable` adds, separated by commas."""
    if isinstance(given, str):
        raise DefinitionError(f"write a list: [{given!r}]")
    more = (text.strip() for text in os.environ.get(variable, "").split(","))
    return (*given, *(text for text in more if text))


def secrets_of(given: str | Sequence[str] | None, *, instead: str | None, development: bool) -> list[str]:
    """The secrets, newest first: those given, else JETBRIDGE_SECRET (separated by commas), else `instead`, else
    development's own.

    Raises DefinitionError in production where there is none, and for one that is too short to be a secret.
    """
    if given is None:
        found = [text.strip() for text in os.environ.get("JETBRIDGE_SECRET", "").split(",") if text.strip()]
    else:
        found = [given] if isinstance(given, str) else list(given)
    if not found and instead is not None:
        return [instead]
    if not found and development:
        # Of each project its own: browsers give the cookies of one port to the others.
        return [blake2b(str(Path.cwd()).encode(), key=_development_secret().encode()[:64], digest_size=32).hexdigest()]
    if not found:
        raise DefinitionError(
            "JETBRIDGE_SECRET is not set. Production needs one, the same for every worker: "
            "`jetbridge secret` prints one. For development run `jetbridge dev`, "
            "which sets JETBRIDGE_ENV=dev"
        )
    if any(len(text) < 32 for text in found):
        raise DefinitionError(
            f"{_place(given)} holds a secret of fewer than 32 characters. `jetbridge secret` prints one"
        )
    return found


def refuse_guessable(given: str | Sequence[str] | None, found: Iterable[str]) -> None:
    """Raise DefinitionError where one of the secrets `found` repeats itself or is a placeholder."""
    for text in found:
        if len(set(text)) < _DISTINCT or text in (text + text)[1:-1] or _PLACEHOLDER.search(text):
            raise DefinitionError(
                f"{_place(given)} holds a secret that can be guessed, and with it anybody can sign in as anybody. "
                "`jetbridge secret` prints one that cannot"
            )


def _place(given: object) -> str:
    return "JETBRIDGE_SECRET" if given is None else "App(secret=…)"


def store_of(given: str | Store | None, package: str) -> Store:
    """The store given, as one or as its address, else that of JETBRIDGE_STORE, else this process's memory.

    Keys of an app begin with its `package`, so that apps may share a Redis. Raises DefinitionError for an address that
    names no store, or one whose package is not installed.
    """
    address = os.environ.get("JETBRIDGE_STORE", "") if given is None else given
    if not isinstance(address, str):
        return address
    if address in ("", "memory"):
        return MemoryStore()
    if not address.startswith(_REDIS):
        raise DefinitionError(
            f"the store {address.partition(':')[0]!r} is unknown: `memory`, `redis://host:6379/0`, `rediss://…` (TLS) "
            "or `unix:///path/to/socket`"
        )
    try:
        from jetbridge.store.redis import RedisStore
    except ModuleNotFoundError as missing:
        raise DefinitionError("a store in Redis needs the package redis: pip install 'jetbridge[redis]'") from missing
    return RedisStore(address, prefix=f"jetbridge:{package}:", named=named_store(given))


def named_store(given: str | Store | None) -> str:
    """Where the store's address is written, for messages."""
    return "JETBRIDGE_STORE" if given is None else "App(store=…)"


def _development_secret() -> str:
    """One that outlives a reload, so that open pages go on working; readable by this user only."""
    path = Path(tempfile.gettempdir()) / f"jetbridge-{os.getuid() if hasattr(os, 'getuid') else 'user'}-dev-secret"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        if not hasattr(os, "getuid") or (path.stat().st_uid == os.getuid() and path.stat().st_mode & 0o077 == 0):
            known = path.read_text("ascii")
            if len(known) >= 32:
                return known
        return secrets.token_urlsafe(32)
    fresh = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(fresh)
    return fresh
