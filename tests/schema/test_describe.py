"""Descriptions of functions: where each parameter comes from, and what is refused when an app starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import pytest
from starlette.requests import Request

from jetbridge.errors import DefinitionError
from jetbridge.schema.describe import MISSING, describe
from jetbridge.schema.supply import Previous, Provide

if TYPE_CHECKING:
    from decimal import Decimal


class User:
    pass


def current_user(request: Request) -> User:
    return User()


def by_name(name: str) -> User:
    return User()


async def everything(a: int, /, b, c: str = "x", *, me: Annotated[User, Provide(current_user)], **more: int): ...


async def asks_for_request(request: Request): ...


async def counts(previous: Previous[int], step: int): ...


async def unknown_type(price: Decimal): ...


async def supplied_before_rest(request: Request, *tags: str): ...


async def previous_last(step: int, previous: Previous[int]): ...


async def unsupplied(user: Annotated[User, Provide(by_name)]): ...


def test_says_how_each_parameter_is_passed():
    """Kinds, names and defaults come from the function, with annotations that were written as text."""
    signature = describe(everything)

    expected = [
        ("a", int, "wire", "positional", MISSING),
        ("b", MISSING, "wire", "either", MISSING),
        ("c", str, "wire", "either", "x"),
        ("me", Annotated[User, Provide(current_user)], "provide", "keyword", MISSING),
        ("more", int, "wire", "others", MISSING),
    ]
    assert expected == [(p.name, p.annotation, p.kind, p.passing, p.default) for p in signature.parameters]


def test_a_provider_has_parameters_of_its_own():
    """What a provider asks for is described with it."""
    provider = describe(everything).parameters[3].provider

    assert provider is not None
    assert ("sync", ["request"]) == (provider.style, [p.kind for p in provider.parameters])


@pytest.mark.parametrize(
    ("function", "kinds"), [(asks_for_request, ["request"]), (counts, ["previous", "wire"])], ids=lambda v: str(v)[:20]
)
def test_tells_where_values_come_from(function, kinds):
    """Request is the server's, Previous is React's state, the rest is the client's."""
    assert kinds == [p.kind for p in describe(function).parameters]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unknown_type, ["name 'Decimal' is not defined", "import them at module level"]),
        (supplied_before_rest, ["'request'", "after `*`"]),
        (previous_last, ["Previous[…] is the first parameter"]),
        (unsupplied, ["'name'", "is not supplied"]),
    ],
    ids=["unknown type", "request before *rest", "previous last", "provider"],
)
def test_refuses_what_no_call_could_fill(function, words):
    """The message has the file, the line, and what to write instead."""
    with pytest.raises(DefinitionError) as caught:
        describe(function)

    assert "test_describe.py:" in str(caught.value)
    assert [] == [word for word in words if word not in str(caught.value)]


def test_a_result_may_be_annotated_for_type_checkers_only():
    """What a function gives is not needed to call it, so names unknown at run time are no mistake there."""

    def page(number: int) -> OnlyForCheckers:  # noqa: F821
        return number

    signature = describe(page)

    assert int is signature.parameters[0].annotation
    assert MISSING is signature.returns
