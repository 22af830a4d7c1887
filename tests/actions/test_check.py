"""Checks: asked with the parsed input before the action, answering in the shape of wrong input."""

import pytest

from jetbridge.actions.invoke import Expected, Failed, Moved, Refused, Value, perform
from jetbridge.context import Context, enter
from jetbridge.errors import DefinitionError
from jetbridge.schema.convert import convert
from jetbridge.wire.model import FormData

SOURCE = """
"use server"
from dataclasses import dataclass
from typing import Annotated
from starlette.requests import Request
from jetbridge.actions.define import action
from jetbridge.errors import ActionError, forbidden, redirect
from jetbridge.schema.supply import Provide

log = []

async def session():
    log.append("open")
    try:
        yield "db"
        log.append("commit")
    except BaseException as error:
        log.append(f"rollback {type(error).__name__}")
        raise

Db = Annotated[str, Provide(session)]

@dataclass
class User:
    email: str
    age: int = 0

async def unique(user: User, db: Db):
    log.append(f"check {user.email} {db}")
    match user.email:
        case "taken": return {"email": "already in use"}
        case "both": return {"email": "a", "age": "b"}
        case "raise": raise ActionError("no", code="mine")
        case "elsewhere": return redirect("/login")
        case "forbidden": raise forbidden("not yours")
        case "odd": return False
        case "empty": return {}

@action(check=unique)
async def create(user: User, db: Db):
    log.append("run")
    return user.age

def owns(number, *, request: Request):
    if number == 2:
        return {"number": f"not {request}'s"}

@action(check=owns)
async def rename(number: int, name: str = "n"): return name

def reads_default(name): return {"name": name} if name == "n" else None

@action(check=reads_default)
def sync(number: int, /, name: str = "n"): return name

async def supplied_to_action(db): log.append(f"check {db}")

@action(check=supplied_to_action)
async def shares(db: Db): log.append("run")

async def returns_error(db: Db): return ActionError("no")
"""


async def run(references, action, *values):
    call = references.open(references.find(references.reference(action).id), values)
    with enter(Context(request="request")) as context:
        return await perform(call, convert(call.action.signature, call.values), context, None)


@pytest.mark.parametrize(
    ("email", "expected", "log"),
    [
        ("ok", Value(0), ["open", "check ok db", "run", "commit"]),
        ("empty", Value(0), ["open", "check empty db", "run", "commit"]),
        ("taken", ("One field needs your attention", {"email": "already in use"}, "invalid"),
         ["open", "check taken db", "rollback ActionError"]),
        ("both", ("Some fields need your attention", {"email": "a", "age": "b"}, "invalid"),
         ["open", "check both db", "rollback ActionError"]),
        ("raise", ("no", {}, "mine"), ["open", "check raise db", "rollback ActionError"]),
        ("elsewhere", "/login", ["open", "check elsewhere db", "rollback Redirect"]),
        ("forbidden", Refused(403, "not yours"), ["open", "check forbidden db", "rollback Refusal"]),
        ("odd", DefinitionError, ["open", "check odd db", "rollback DefinitionError"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("door", [lambda email: {"email": email}, lambda email: FormData([("email", email)])])
async def test_a_check_speaks_before_the_action(app, email, expected, log, door):
    """It shares what is supplied with the action, which runs only if the check has nothing against it."""
    module, references = app(SOURCE)
    match await run(references, module.create, door(email)):
        case Expected(error):
            outcome = (error.message, error.field_errors, error.code)
        case Moved(redirect):
            outcome = redirect.location
        case Failed(error, _):
            outcome = type(error)
        case other:
            outcome = other

    assert (expected, log) == (outcome, module.log)


@pytest.mark.parametrize(
    ("name", "values", "errors"),
    [
        ("rename", [1], {}),
        ("rename", [2], {"number": "not request's"}),
        ("sync", [1], {"name": "n"}),
        ("sync", [1, "m"], {}),
        ("shares", [], {}),
    ],
)
async def test_a_check_takes_what_it_names(app, name, values, errors):
    """Some of the action's arguments, defaults too, what is supplied to the action, and what is supplied to itself."""
    module, references = app(SOURCE)
    outcome = await run(references, getattr(module, name), *values)

    assert errors == (outcome.error.field_errors if isinstance(outcome, Expected) else {})


async def test_an_error_that_is_returned_rolls_back(app):
    """To a transaction it does not matter whether an ActionError was raised."""
    module, references = app(SOURCE)
    outcome = await run(references, module.returns_error)

    assert isinstance(outcome, Expected)
    assert ["open", "rollback ActionError"] == module.log


async def test_a_direct_call_is_not_checked(app):
    """An action stays a plain function."""
    module, _ = app(SOURCE)

    assert "n" == await module.rename(2)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("def check(nobody): ...", "'nobody'"),
        ("def check(**all): ...", "'all'"),
        ("def check(number, /): ...", "'number'"),
        ("check = 3", "takes a function"),
    ],
)
def test_a_check_that_does_not_fit_is_refused_at_start(app, check, message):
    """A misspelt parameter is found when the app starts."""
    source = f"""
from jetbridge.actions.define import action

{check}

@action(check=check)
async def rename(number: int): ...
"""

    with pytest.raises(DefinitionError, match=message):
        app(source)
