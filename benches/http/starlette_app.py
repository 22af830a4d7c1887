"""The same with Starlette: its router, its Request, its forms and responses; checked by hand."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from benches.http.table import create_by_hand

__all__ = ["app"]


async def _home(_: Request) -> Response:
    return PlainTextResponse("home")


async def _call(request: Request) -> Response:
    user = await request.json()
    return JSONResponse({"success": True, "userId": create_by_hand(user.get("name"), user.get("email"))})


async def _form(request: Request) -> Response:
    async with request.form() as form:
        create_by_hand(form.get("name"), form.get("email"))
    return RedirectResponse("/", 303)


app = Starlette(
    routes=[
        Route("/", _home),
        Route("/create", _call, methods=["POST"]),
        Route("/form", _form, methods=["POST"]),
    ]
)
