"""Invoking: an action and its arguments in, an outcome out; never an exception, but for cancellation.

Supplies what the signature asks of the server, runs sync functions in a thread, and sorts what comes back. Direct
calls from Python do not come here: an action stays a plain function.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from secrets import token_hex
from types import NoneType, TracebackType
from typing import Any, Final, cast

import anyio
import anyio.to_thread

from jetbridge.actions.check import judge
from jetbridge.actions.define import is_asynchronous, is_coroutine
from jetbridge.actions.forms import Call
from jetbridge.actions.outcome import Expected, Failed, Moved, Outcome, Refused, Value
from jetbridge.actions.registry import Action
from jetbridge.context import Context
from jetbridge.errors import (
    ActionError,
    ControlFlow,
    DefinitionError,
    ExitError,
    NotFoundOutcome,
    Redirect,
    Refusal,
)
from jetbridge.hints import hint_at
from jetbridge.schema.convert import Arguments
from jetbridge.schema.describe import Parameter, Provider, Signature

__all__ = [
    "RAISED",
    "STILL_GOING",
    "Expected",
    "Failed",
    "Moved",
    "Outcome",
    "Refused",
    "Supply",
    "Value",
    "meant_by",
    "outcome_in",
    "outcome_of",
    "perform",
    "unwrapped",
]

logger = logging.getLogger("jetbridge.actions")

# What an action can raise that is an outcome of it, and no end of its task.
RAISED: Final = (Exception, ControlFlow, BaseExceptionGroup, SystemExit)
TOO_SLOW: Final = Refused(504, "This took too long")
# A thread cannot be stopped, only left alone.
STILL_GOING: Final = Refused(504, "This takes too long, and may still be done. Look before you send it again.")


async def perform(call: Call, arguments: Arguments, context: Context, timeout: float | None) -> Outcome:  # noqa: ASYNC109
    """What `call` comes to with its converted `arguments`, in a `context` that has been entered.

    Touches the action's state in it. `timeout`, in seconds, is the app's, for actions that have none of their own.
    """
    action = call.action
    context.touched.add(action.tag)
    limit = action.options.timeout if action.options.timeout is not None else timeout
    try:
        if limit is None:
            return outcome_in(action, await _supplied(call, arguments, context), context)
        with anyio.move_on_after(limit):
            return outcome_in(action, await _supplied(call, arguments, context), context)
    except RAISED as error:
        return outcome_of(error, action.qualname)
    stopped = action.can_be_stopped
    logger.warning(
        "action %s ran longer than %s s and %s",
        action.qualname,
        limit,
        "was cancelled" if stopped else "goes on in its thread",
    )
    return TOO_SLOW if stopped else STILL_GOING


_PLAIN: Final = frozenset({dict, list, str, int, bool, NoneType})  # what most return


def outcome_in(action: Action, value: Any, context: Context) -> Outcome:
    """The outcome of a run that has returned `value`."""
    if context.dropped is not None:
        context.complain()
    if type(value) not in _PLAIN:
        if isinstance(value, (ControlFlow, ActionError)):
            return outcome_of(value, "")
        if isinstance(value, Iterator):  # it can be read once; the answer, the page and a repeated submit all read it
            value = list(cast("Iterator[Any]", value))
    keep = action.keep
    return Value(value if keep is None else keep(value))


async def _supplied(call: Call, arguments: Arguments, context: Context) -> Any:
    """What the function returns with these arguments and what the server supplies, if its check allows it.

    Raises what any of them raises. An ActionError that is returned is raised too, so that providers roll back.
    """
    function, signature, check = call.function, call.action.signature, call.action.check
    if not signature.supplied and check is None:
        return await _call(function, arguments.args, arguments.kwargs)
    async with Supply(context) as supply:
        more = await supply.values(signature)
        if check is not None:
            wanted = {**check.arguments(function, arguments, more), **await supply.values(check.signature)}
            judge(check, await _call(check.function, (), wanted))
        result = await _call(function, arguments.args, {**arguments.kwargs, **more})
        if isinstance(result, ActionError):
            raise result
        return result


async def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if is_coroutine(function):
        return await function(*args, **kwargs)
    if is_asynchronous(function):
        result = function(*args, **kwargs)
        return await cast("Awaitable[Any]", result) if isinstance(result, Awaitable) else result
    # anyio copies the context variables into the thread, so that request() works there.
    return await anyio.to_thread.run_sync(lambda: function(*args, **kwargs), abandon_on_cancel=True)


# --- outcomes


def outcome_of(error: BaseException, name: str) -> Outcome:
    """The outcome that an exception or control flow stands for; logs what is unexpected, under its digest."""
    meant = meant_by(error)
    if meant is not None:
        # It may be kept for a submit that comes again, but not with the frames that it came through and what they hold.
        inner = unwrapped(error)
        inner.__traceback__ = inner.__context__ = inner.__cause__ = None
        return meant
    if isinstance(error, SystemExit):  # of code that was written for a shell; a task of asyncio would end us
        error = ExitError(error)
    digest = token_hex(6)
    hint_at(error)
    logger.error("action %s failed [%s]", name, digest, exc_info=error)
    return Failed(error, digest)


def meant_by(error: BaseException) -> Expected | Moved | Refused | None:
    """The outcome that somebody meant by raising `error`; None where it is unexpected."""
    inner = unwrapped(error)
    if isinstance(inner, ControlFlow):
        inner.taken()
    match inner:
        case ActionError():
            return Expected(inner)
        case Redirect():
            return Moved(inner)
        case NotFoundOutcome():
            return Refused(404, "There is nothing here")
        case Refusal():
            return Refused(inner.status, inner.message)
        case _:
            return _refused_by_framework(inner)


def _refused_by_framework(error: BaseException) -> Refused | None:
    """What an HTTPException below 500 says, as dependencies of Starlette and FastAPI raise it; told by name."""
    kinds = type(error).__mro__
    if not any(kind.__module__ == "starlette.exceptions" and kind.__name__ == "HTTPException" for kind in kinds):
        return None
    status, detail = getattr(error, "status_code", 500), getattr(error, "detail", "")
    return Refused(status, str(detail)) if 400 <= status < 500 else None


def unwrapped(error: BaseException) -> BaseException:
    """What a TaskGroup wrapped, if nothing unexpected is among it: the first control flow, else the first error."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    leaves = list(_leaves(group))
    if not all(isinstance(leaf, ControlFlow | ActionError) for leaf in leaves):
        return group
    return next((leaf for leaf in leaves if isinstance(leaf, ControlFlow)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", error))
        else:
            yield error


# --- what the server supplies


class Supply:
    """Gives the values of supplied parameters, by name, in a block in which the function runs.

    A generator's provider resumes at its end, or gets its exception; one function is called once for all parameters.
    """

    __slots__ = ("_context", "_known", "_stack")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[Callable[..., Any], Any] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Supply":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, trace)

    async def values(self, signature: Signature) -> dict[str, Any]:
        """What the server supplies to a function of this signature."""
        return await self._values(signature.supplied)

    async def _values(self, parameters: Sequence[Parameter]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for parameter in parameters:
            provider = parameter.provider
            values[parameter.name] = (
                self._request(parameter.name) if provider is None else await self._provide(provider)
            )
        return values

    def _request(self, name: str) -> Any:
        if self._context.request is None:
            raise DefinitionError(f"the parameter {name!r} is the request, and there is none outside requests")
        self._context.personal = self._context.personal or "the request"
        return self._context.request

    async def _provide(self, provider: Provider) -> Any:
        function = provider.function
        if function in self._known:
            return self._known[function]
        value: Any
        kwargs = await self._values(provider.parameters)
        match provider.style:
            case "async generator":
                value = await self._stack.enter_async_context(asynccontextmanager(function)(**kwargs))
            case "generator":
                value = self._stack.enter_context(contextmanager(function)(**kwargs))
            case _:
                given = function(**kwargs)
                value = await cast("Awaitable[Any]", given) if isinstance(given, Awaitable) else given
        if isinstance(value, ControlFlow):
            raise value
        self._known[function] = value
        return value
