"""FastAPI's `Depends` in the parameters of an action: what FastAPI would inject in, one provider for all of them out.

FastAPI does the injecting: a route of its own that nobody can reach has an endpoint with these parameters, which hands
their values over and waits until the action has ended. So sub-dependencies, `Security`, headers and cookies, generators
and `dependency_overrides` are what they are in the application, and one dependency is made once for a call.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

from jetbridge.errors import ControlFlow

__all__ = ["depends_in", "inject"]

_HANDLERS = "starlette.exception_handlers"  # would answer an error that is the action's outcome


def depends_in(annotation: Any, default: Any) -> bool:
    """Whether a parameter is written `Annotated[Db, Depends(get_db)]` or `db = Depends(get_db)`.

    Told by name, so that FastAPI is not imported where nobody uses it.
    """
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(_is_depends(mark) for mark in (*marks, default))


def _is_depends(mark: Any) -> bool:
    return any(kind.__module__ == "fastapi.params" and kind.__name__ == "Depends" for kind in type(mark).__mro__)


def inject(parameters: Mapping[str, tuple[Any, Any]]) -> Callable[..., AsyncGenerator[dict[str, Any]]]:
    """A generator for `Provide`: from a request to the values of `parameters`, by name; (annotation, default) each.

    What a dependency raises comes out of it: an HTTPException is the call's outcome. What the action raises is thrown
    into the dependencies that are generators, as FastAPI does it.
    """
    signature = inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=annotation,
                default=default if _is_depends(default) else inspect.Parameter.empty,
            )
            for name, (annotation, default) in parameters.items()
        ]
    )

    async def injected(request: Any) -> AsyncGenerator[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        handed: asyncio.Future[dict[str, Any]] = loop.create_future()
        ended: asyncio.Future[None] = loop.create_future()
        task = asyncio.ensure_future(_route(signature, request, handed, ended))
        try:
            await asyncio.wait({handed, task}, return_when=asyncio.FIRST_COMPLETED)
            if not handed.done():
                await task  # which raises what a dependency did
            yield handed.result()
        except BaseException as error:
            if not task.done():
                _end(ended, error)
                await asyncio.wait({task})
                _ = task.cancelled() or task.exception()  # the action's own, which is raised here
            raise
        ended.set_result(None)
        await task

    return injected


def _end(ended: "asyncio.Future[None]", error: BaseException) -> None:
    """Let the dependencies know. A StopIteration cannot be a future's exception; what ends a task ends this one too."""
    if isinstance(error, Exception | ControlFlow) and not isinstance(error, StopIteration):
        ended.set_exception(error)
    else:
        ended.cancel()


async def _route(
    signature: inspect.Signature,
    request: Any,
    handed: "asyncio.Future[dict[str, Any]]",
    ended: "asyncio.Future[None]",
) -> None:
    from fastapi import HTTPException
    from fastapi.exceptions import RequestValidationError
    from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
    from fastapi.routing import APIRoute
    from starlette.responses import Response

    async def endpoint(**values: Any) -> Response:
        handed.set_result(values)
        await ended
        return Response()

    endpoint.__signature__ = signature  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    scope = {name: value for name, value in request.scope.items() if name != _HANDLERS}
    around = scope.get("app")
    route = APIRoute(
        "/",
        endpoint,
        methods=["POST"],
        response_model=None,
        dependency_overrides_provider=around if hasattr(around, "dependency_overrides") else None,
    )

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        """Nobody is told: the answer is the action's."""

    try:
        await AsyncExitStackMiddleware(route.app)(scope, receive, send)
    except RequestValidationError as error:
        raise HTTPException(422, "; ".join(str(one["msg"]) for one in error.errors()))
