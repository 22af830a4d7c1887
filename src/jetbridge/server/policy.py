"""Policies: a callable on the request in, a refusal or nothing out.

Asked before the body is read. A policy that gives nothing has not allowed anything.
"""

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from jetbridge.actions.invoke import outcome_of
from jetbridge.actions.outcome import Outcome
from jetbridge.context import Context, enter
from jetbridge.errors import ActionError, ControlFlow, Redirect, forbidden

__all__ = ["Policy", "check_policy", "login_redirect", "public", "require", "safe_path"]

Policy = Callable[[Any], Any]


def public(request: Any) -> bool:  # noqa: ARG001  # a policy takes it
    """The policy that allows every request: everyone may call this, and someone has thought about it."""
    return True


async def require(allow: Policy | None, context: Context) -> None:
    """Ask `allow` (sync or async) about the running request; raises what it returned or raised where it says no.

    Anything false is 403; None is false, so a policy without a `return` shuts the door instead of opening it.
    """
    if allow is None or allow is public:
        return
    with enter(context):
        verdict = allow(context.request)
        if inspect.isawaitable(verdict):
            verdict = await verdict
    if isinstance(verdict, ControlFlow | ActionError):
        raise verdict
    if not verdict:
        raise forbidden()


async def check_policy(allow: Policy | None, context: Context, guarded: str) -> Outcome | None:
    """What `allow` says to the request: None where it may go on, else what the visitor is told.

    `guarded` names what it guards, for the log.
    """
    if allow is None or allow is public:
        return None
    try:
        await require(allow, context)
    except (Exception, ControlFlow, BaseExceptionGroup, SystemExit) as error:
        return outcome_of(error, f"the policy of {guarded}")
    return None


def login_redirect(login: str | None, address: str) -> Redirect | None:
    """The way to the login page, which leads back to `address` afterwards; None where there is none, or it is this."""
    if login is None or address.partition("?")[0] == login.partition("?")[0]:
        return None
    return Redirect(f"{login}{'&' if '?' in login else '?'}next={quote(address, safe='/')}")


def safe_path(target: str | None, default: str) -> str:
    """`target` if it is a path of this site, else `default`. Browsers take a backslash for a slash."""
    if target is None or not target.startswith("/") or target[1:2] == "/" or "\\" in target:
        return default
    return default if any(ord(char) < 0x20 or ord(char) == 0x7F for char in target) else target
