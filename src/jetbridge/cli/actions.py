"""The listing of actions: an action in, what one wants to know of a public endpoint out, as data and as text."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import click

from jetbridge.actions.define import Options
from jetbridge.actions.registry import Action
from jetbridge.server.policy import public
from jetbridge.wire.limits import Limits

__all__ = ["describe_action", "listed_ids", "print_action"]

_NO_LIMITS: Final = frozenset({"allow", "aliases", "mode", "check", "cancel_on_disconnect"})


def describe_action(action: Action, limits: Limits, listed: frozenset[str] | None) -> dict[str, Any]:
    """Id, place, signature, policy and limits of an action; `bundled` is None where there is no manifest."""
    own = {name: getattr(action.options, name) for name in Options.__struct_fields__ if name not in _NO_LIMITS}
    own = {name: value for name, value in own.items() if isinstance(value, str | int | float)}
    return {
        "id": action.id,
        "name": action.name,
        "module": action.module,
        "file": action.file,
        "line": action.line,
        "signature": f"{action.qualname}{_signature(action)}",
        "fingerprint": action.fingerprint,
        "policy": _policy(action.options.allow),
        "limits": {"max_bytes": limits.body_bytes, **own},
        "aliases": list(action.options.aliases),
        "bundled": None if listed is None else action.id in listed,
    }


def _signature(action: Action) -> str:
    try:
        return str(inspect.signature(action.function))
    except (TypeError, ValueError):
        return "(…)"


def _policy(allow: Any) -> str | None:
    if allow is None or allow is public:
        return None if allow is None else "public"
    return f"{getattr(allow, '__module__', '?')}.{getattr(allow, '__qualname__', type(allow).__name__)}"


def listed_ids(path: Path) -> frozenset[str] | None:
    """The ids in a front end's manifest, which `jetbridge types` writes; None where there is none.

    Raises ClickException for a file that is no manifest.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        modules = cast("dict[str, Any]", json.loads(text)["modules"])
        ids = [str(identity) for module in modules.values() for identity in module["actions"].values()]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise click.ClickException(f"{path} is no manifest of actions")
    return frozenset(identity.partition(".")[0] for identity in ids)


def print_action(row: dict[str, Any]) -> Iterator[str]:
    """The lines about one action."""
    yield f"{row['module']}.{row['signature']}"
    yield f"    {row['id']}  {row['file']}:{row['line']}"
    limits = ", ".join(f"{name}={value}" for name, value in row["limits"].items())
    bundled = {None: "", True: "  in a bundle", False: "  in no bundle"}[row["bundled"]]
    yield f"    policy {row['policy'] or 'NONE'}  {limits}{bundled}"
