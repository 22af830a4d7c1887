"""Policies: an action and its request in, None or the outcome that stands in place of the call out.

Asked before the body is read. A policy that gives nothing has not allowed anything.
"""

import inspect

from jetbridge.actions.invoke import outcome_of
from jetbridge.actions.outcome import Outcome
from jetbridge.actions.registry import Action
from jetbridge.context import Context, enter
from jetbridge.errors import ActionError, ControlFlow, forbidden

__all__ = ["check_policy"]


async def check_policy(action: Action, context: Context) -> Outcome | None:
    """What `@action(allow=…)` says to the request: None where it may go on, else a refusal, a redirect or a failure."""
    allow = action.options.allow
    if allow is None:
        return None
    with enter(context):
        try:
            verdict = allow(context.request)
            if inspect.isawaitable(verdict):
                verdict = await verdict
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            return outcome_of(error, f"the policy of {action.qualname}")
    if isinstance(verdict, ControlFlow | ActionError):
        return outcome_of(verdict, "")
    return None if verdict else outcome_of(forbidden(), "")
