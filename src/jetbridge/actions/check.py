"""Checks: what `@action(check=…)` asks of parsed input, before the action; the function in, its part of a call out.

A check takes what the action takes, by the same names, and reports in the shape of wrong input: so ownership and
uniqueness look to the person like any other error of a field.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec import Struct

from jetbridge.errors import ActionError, ControlFlow, DefinitionError
from jetbridge.schema.convert import Arguments
from jetbridge.schema.describe import Signature, describe
from jetbridge.schema.messages import message

__all__ = ["Check", "describe_check", "judge"]


class Check(Struct, frozen=True):
    """A check of one action: `names` are the arguments of the action that it wants, `signature` what is supplied."""

    function: Callable[..., Any]
    signature: Signature
    names: frozenset[str]

    def arguments(self, function: Callable[..., Any], call: Arguments, supplied: Mapping[str, Any]) -> dict[str, Any]:
        """What the check wants of the call of `function`, by name, defaults included."""
        bound = inspect.signature(function).bind(*call.args, **call.kwargs, **supplied)
        bound.apply_defaults()
        return {name: bound.arguments[name] for name in self.names}


def describe_check(function: Callable[..., Any], action: Signature) -> Check:
    """The check of an action. Raises DefinitionError for a parameter that neither it nor the server has."""
    signature = describe(function)
    known = {parameter.name for parameter in action.parameters}
    own = {parameter.name for parameter in signature.supplied}
    for parameter in signature.parameters:
        unknown = parameter.name not in known and parameter.name not in own
        if parameter.passing in {"positional", "rest", "others"} or (unknown and parameter.required):
            raise DefinitionError(
                f"{signature.place}: the check {signature.name}() of {action.name}() takes {parameter.name!r}, which "
                f"{action.name}() does not have; name the parameters as the action does, or let the server supply them"
            )
    names = {parameter.name for parameter in signature.parameters if parameter.name in known} - own
    return Check(function, signature, frozenset(names))


def judge(check: Check, verdict: Any) -> None:
    """Raise what a check's return value says: field errors by path, an error or control flow that it returned.

    None, True and an empty dict say that all is well. DefinitionError for what says neither.
    """
    if isinstance(verdict, ControlFlow | ActionError):
        raise verdict
    if verdict is None or verdict is True:
        return
    if not isinstance(verdict, Mapping):
        raise DefinitionError(
            f"{check.signature.place}: the check {check.signature.name}() gave {type(verdict).__name__}; return a dict "
            "of messages by field, or None, or raise ActionError"
        )
    errors = cast("Mapping[str, str]", verdict)
    if errors:
        text = message("some_fields" if len(errors) > 1 else "one_field").text
        raise ActionError(text, field_errors=errors, code="invalid")
