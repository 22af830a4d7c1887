"""Outcomes: whatever an action does becomes exactly one of them."""

import asyncio
import contextvars
import logging
import threading
from types import SimpleNamespace

import pytest

from jetbridge.actions.invoke import STILL_GOING, Expected, Failed, Moved, Refused, Value, perform
from jetbridge.actions.state import ActionState, Submitted, action_state, input_of, state_of
from jetbridge.context import Context, enter
from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.convert import convert
from jetbridge.wire.model import FormData, Upload

SOURCE = """
"use server"
import asyncio, threading, time
from typing import Annotated
from pydantic import SecretStr
from starlette.requests import Request
from jetbridge.actions.define import action
from jetbridge.context import peek
from jetbridge.errors import ActionError, forbidden, not_found, redirect, unauthorized
from jetbridge.schema.supply import Provide

log = []

def session():
    log.append("open")
    try:
        yield "db"
        log.append("commit")
    except BaseException as error:
        log.append(f"rollback {type(error).__name__}")
        raise

async def asession():
    yield "adb"
    log.append("acommit")

async def user(request: Request, db: Annotated[str, Provide(session)]):
    return f"{request} via {db}"

def signed_in(request: Request):
    return unauthorized("no")

Db = Annotated[str, Provide(session)]

async def value(a: int): return a + 1
async def returns_redirect(): return redirect("/x", flash="f")
async def raises_redirect(): raise redirect("/x")
async def raises_not_found(): raise not_found()
async def returns_forbidden(): return forbidden("no")
async def fails_as_expected(): raise ActionError("no", field_errors={"a": "b"})
async def fails(): raise KeyError("secret")
async def reads_lines(): return (line for line in ["a", "b"])
async def breaks_midway(): return (1 // n for n in [1, 0])
async def swallows():
    try:
        raise redirect("/x")
    except Exception:
        return 1
async def in_a_group():
    async def child(): raise redirect("/group")
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
async def fails_in_a_group():
    async def child(): raise redirect("/group")
    async def other(): raise KeyError
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
        group.create_task(other())
async def knows(me: Annotated[str, Provide(user)], db: Db, request: Request): return me, db, request
async def commits(db: Db): return redirect("/x")
async def rolls_back(db: Db): raise redirect("/x")
async def astyle(db: Annotated[str, Provide(asession)]): return db
async def guarded(me: Annotated[str, Provide(signed_in)]): log.append("entered")
async def stream():
    yield 1
    yield 2
@action
def sync(a: int): return threading.current_thread() is not threading.main_thread(), peek() is not None, a
@action(timeout=0.02)
async def slow(): await asyncio.sleep(5)
@action(timeout=0.02)
def blocks(): time.sleep(0.3)
async def login(user: str, pass_phrase: SecretStr, n: int = 0): ...
"""


async def run(references, action, *values, context=None, seconds=None):
    """The outcome of a call of `action`."""
    reference = references.reference(action)
    call = references.open(references.find(reference.id), [*(reference.bound or ()), *values])
    arguments = convert(call.action.signature, call.values, bound=call.bound, keywords=call.keywords)
    with enter(context or Context(request="request")) as running:
        return await perform(call, arguments, running, seconds)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("value", [1], Value(2)),
        ("knows", [], Value(("request via db", "db", "request"))),
        ("astyle", [], Value("adb")),
        ("sync", [3], Value((True, True, 3))),
        ("raises_not_found", [], Refused(404, "There is nothing here")),
        ("returns_forbidden", [], Refused(403, "no")),
        ("guarded", [], Refused(401, "no")),
        ("slow", [], Refused(504, "This took too long")),
        ("blocks", [], STILL_GOING),
    ],
)
async def test_each_way_to_end_has_its_outcome(app, name, values, expected):
    """Returned values, refusals and time-outs."""
    module, references = app(SOURCE)

    assert expected == await run(references, getattr(module, name), *values)


@pytest.mark.parametrize(
    ("name", "location"),
    [("returns_redirect", "/x"), ("raises_redirect", "/x"), ("swallows", "/x"), ("in_a_group", "/group")],
)
async def test_a_redirect_is_returned_or_raised(app, name, location):
    """`except Exception` does not eat it, and a TaskGroup's wrapping is taken off."""
    module, references = app(SOURCE)
    outcome = await run(references, getattr(module, name))

    assert isinstance(outcome, Moved)
    assert location == outcome.redirect.location


async def test_an_expected_error_keeps_its_fields(app):
    """An ActionError crosses in full."""
    module, references = app(SOURCE)
    outcome = await run(references, module.fails_as_expected)

    assert isinstance(outcome, Expected)
    assert ("no", {"a": "b"}) == (outcome.error.message, outcome.error.field_errors)


@pytest.mark.parametrize("name", ["fails", "fails_in_a_group"])
async def test_an_unexpected_error_is_logged_under_its_digest(app, caplog, name):
    """The digest is all that a visitor sees; the log has the traceback beside it."""
    module, references = app(SOURCE)
    with caplog.at_level(logging.ERROR, "jetbridge.actions"):
        outcome = await run(references, getattr(module, name))

    assert isinstance(outcome, Failed)
    assert outcome.digest in caplog.text
    assert "KeyError" in caplog.text


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("commits", ["open", "commit"]),
        ("rolls_back", ["open", "rollback Redirect"]),
        ("astyle", ["acommit"]),
        ("guarded", []),
    ],
)
async def test_a_provider_learns_how_it_went(app, name, log):
    """A returned redirect commits, a raised one rolls back; a refusing provider keeps the action from running."""
    module, references = app(SOURCE)
    await run(references, getattr(module, name))

    assert log == module.log


async def test_an_async_generator_streams(app):
    """Its values are made while they are sent."""
    module, references = app(SOURCE)
    outcome = await run(references, module.stream)

    assert [1, 2] == [item async for item in outcome.value]


async def test_a_generator_is_read_once(app):
    """The answer, the page's state and a repeated submit all read the result; an error in it is the action's."""
    module, references = app(SOURCE)

    assert Value(["a", "b"]) == await run(references, module.reads_lines)
    assert isinstance((await run(references, module.breaks_midway)).exception, ZeroDivisionError)


async def test_the_apps_timeout_is_for_actions_without_one(app):
    """`timeout=` of the action wins."""
    module, references = app(SOURCE)
    outcome = await run(references, module.slow, seconds=60)

    assert Refused(504, "This took too long") == outcome


async def test_cancelling_is_passed_on(app):
    """A shutdown cancels an action; that is no outcome."""
    module, references = app(SOURCE.replace("timeout=0.02", "timeout=9"))
    task = asyncio.create_task(run(references, module.slow))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_every_outcome_touches_the_actions_state(app):
    """A page that reads action_state(f) is rendered again after each submit of f."""
    module, references = app(SOURCE)
    context = Context()
    await run(references, module.value, 1, context=context)

    assert {references.registry.of(module.value).tag} == context.touched


def test_a_page_reads_the_state_of_its_form(app):
    """Reading makes the page depend on the action; without a submit there is nothing."""
    module, references = app(SOURCE)
    action = references.registry.of(module.value)
    context = Context(app=SimpleNamespace(registry=references.registry))
    with enter(context):
        before = action_state(module.value)
        context.states = [Submitted(action.id, "", ActionState(result=2, submitted=True))]
        after = action_state(module.value)

    assert (ActionState(), 2) == (before, after.result)
    assert {f"state:{action.id}"} == context.depends


def test_action_state_outside_requests_says_so():
    """Not an AttributeError on None."""
    with pytest.raises(DefinitionError, match=r"action_state\(\)"):
        action_state(len)


def test_what_was_typed_is_kept_for_an_error_only(app):
    """After success a form is empty."""
    module, references = app(SOURCE)
    action = references.registry.of(module.value)
    form = FormData([("a", "x")])
    error = ActionError("no", field_errors={"a": "b"})

    assert ActionState(error=error, field_errors={"a": "b"}, input={"a": "x"}, submitted=True) == state_of(
        action, Expected(error), form
    )
    assert ActionState(result=1, submitted=True) == state_of(action, Value(1), form)
    assert ActionState() == state_of(action, Refused(404, ""), form)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("user", True), ("passenger", True), ("tokens", True), ("pinned", True), ("user.email", True), ("tags", True),
     ("password", False), ("newPassword", False), ("user.password", False), ("items[0].passwd", False),
     ("_csrf", False), ("pass_phrase", False), ("card-number", False), ("user._x", False), ("pin", False),
     ("user.secret[0]", False), ("_meta.note", False), ("passwords.first", False), ("items[0].token.value", False)],
)  # fmt: skip
def test_sensitive_fields_are_never_shown_again(app, name, shown):
    """Passwords, secrets by annotation, and names with a leading underscore."""
    module, references = app(SOURCE)
    form = FormData([(name, "typed"), ("file", Upload(b"x"))])

    assert ({name: "typed"} if shown else {}) == input_of(form, references.registry.of(module.login).signature)


def test_an_action_is_called_directly_from_python(app):
    """Without a request, and with everything given by the caller."""
    module, _ = app(SOURCE)

    assert 3 == asyncio.run(module.value(2))
    assert (False, False, 1) == contextvars.copy_context().run(module.sync, 1)
    assert threading.current_thread() is threading.main_thread()
