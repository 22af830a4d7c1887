"""References and calls: only what the server gave out can be called, and only with the values it bound."""

import datetime as dt
import decimal
import functools
import json
import threading
import uuid

import pytest

from jetbridge.actions.bound import decode_bound, encode_bound
from jetbridge.actions.forms import References, form_arguments, state_key
from jetbridge.actions.sealing import KeyRing, SealError
from jetbridge.errors import DefinitionError, WireError
from jetbridge.wire.model import UNDEFINED, BigInt, FormData, Map, Upload

SOURCE = '''
"use server"
import dataclasses, enum
from jetbridge.actions.define import action

class Color(enum.Enum):
    RED = "red"

@dataclasses.dataclass
class Point:
    x: int

async def rename(user_id: int, name: str = "x"): ...
async def other(user_id: int, name: str = "x"): ...
async def paint(color: Color, at: Point): ...
async def untyped(a): ...
async def rest(*a: int): ...

def page(count, lock=None):
    async def add(step: int = count):
        """use server"""
        return count + step, lock
    return add

def recursive():
    async def again(n: int):
        """use server"""
        return n and await again(n - 1)
    return again

def counter():
    total = 0
    async def plain():
        """use server"""
        return 7
    return plain
'''


def opened(references, action, *values):
    """The call that a browser makes with the reference of `action`."""
    reference = references.reference(action)
    return references.open(references.find(reference.id), [*(reference.bound or ()), *values])


def test_a_plain_reference_is_the_signed_id(app):
    """Nothing is bound, and the values arrive as they came."""
    module, references = app(SOURCE)
    reference = references.reference(module.rename)
    call = references.open(references.find(reference.id), [1, "x"])

    assert reference.bound is None
    assert reference.id.startswith("rename-")
    assert (module.rename, [1, "x"], 0, {}) == (call.function, call.values, call.bound, call.keywords)
    assert reference == references.reference(functools.partial(module.rename))


def test_bound_values_come_first_and_are_not_readable(app):
    """A partial's values travel sealed; calls of it begin with them."""
    module, references = app(SOURCE)
    reference = references.reference(functools.partial(module.rename, 4711))
    call = references.open(references.find(reference.id), [*reference.bound, "new"])

    assert ([4711, "new"], 1) == (call.values, call.bound)
    assert "4711" not in repr((reference.id, reference.bound))


def test_keywords_are_bound_by_name(app):
    """`partial(f, name=…)` as well."""
    module, references = app(SOURCE)

    assert {"name": "y"} == opened(references, functools.partial(module.rename, name="y")).keywords


def test_models_and_members_are_bound_as_their_data(app):
    """What an annotation makes again may be bound; without one a value must keep its type by itself."""
    module, references = app(SOURCE)
    call = opened(references, functools.partial(module.paint, module.Color.RED, module.Point(3)))

    assert ["red", {"x": 3}] == call.values


@pytest.mark.parametrize("wire_id", ["", ".", "x", "rename", "rename.x", "é.\ud800", "a" * 100_000])
def test_unknown_ids_are_refused(app, wire_id):
    """Whatever comes: a 409 that does not say whether the id or its signature was wrong."""
    _, references = app(SOURCE)
    with pytest.raises(WireError) as caught:
        references.open(references.find(wire_id), [])

    assert 409 == caught.value.status


def test_an_id_without_signature_or_with_anothers_is_refused(app):
    """Knowing an id is not enough to call it."""
    module, references = app(SOURCE)
    one, two = references.reference(module.rename).id, references.reference(module.other).id
    swapped = one.partition(".")[0] + "." + two.partition(".")[2]
    for wire_id in (one.partition(".")[0], swapped, one[:-1], one + "A"):
        with pytest.raises(WireError):
            references.open(references.find(wire_id), [1])


def test_a_bound_reference_cannot_be_called_unbound(app):
    """Nor with a sealed text of another action, a changed one, or one of the caller's own."""
    module, references = app(SOURCE)
    mine = references.reference(functools.partial(module.rename, 1))
    others = references.reference(functools.partial(module.other, 1))
    for values in ([], [2, "x"], ["x"], [others.bound[0]], [mine.bound[0][:-1]], [None], [{"a": 1}]):
        with pytest.raises(SealError):
            references.open(references.find(mine.id), values)


def test_an_old_page_works_after_rotation(app):
    """References that an old secret signed are opened while it is in the ring."""
    module, references = app(SOURCE)
    old = references.reference(functools.partial(module.rename, 1))
    renewed = References(references.registry, KeyRing(["n" * 32, "0123456789abcdef0123456789abcdef"]))
    other = References(references.registry, KeyRing(["n" * 32]))

    assert [1] == renewed.open(renewed.find(old.id), old.bound).values
    with pytest.raises(WireError):
        other.open(other.find(old.id), old.bound)


def test_state_is_told_apart_by_what_is_bound(app):
    """The key of a call is that of the page's partial, in every process and for every secret."""
    module, references = app(SOURCE)
    one, two = functools.partial(module.rename, 1), functools.partial(module.rename, 2)

    assert opened(references, one).state_key == state_key(references.registry, one)
    assert state_key(references.registry, one) != state_key(references.registry, two)
    assert references.registry.of(module.rename).id == state_key(references.registry, module.rename)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda m: functools.partial(m.untyped, threading.Lock()), ["'a' of untyped()", "_thread.lock", "Provide"]),
        (lambda m: functools.partial(m.untyped, m.Color.RED), ["Color"]),
        (lambda m: functools.partial(m.rename, 1, "x", 3), ["no place for 3"]),
        (lambda m: functools.partial(m.rename, age=3), ["takes no bound age="]),
        (lambda m: functools.partial(m.untyped, "x" * 100_000), ["bind an id"]),
        (lambda m: m.page(1, threading.Lock()), ["the variable 'lock' that add()", "Provide"]),
        (lambda m: print, ["not builtin_function"]),
    ],
    ids=["lock", "member", "too many", "keyword", "large", "captured", "no function"],
)
def test_what_cannot_be_sealed_is_named(app, make, words):
    """At render time, with the parameter or variable and what to do."""
    module, references = app(SOURCE)
    with pytest.raises(DefinitionError) as caught:
        references.reference(make(module))

    assert [] == [word for word in words if word not in str(caught.value)]


async def test_a_nested_action_runs_with_its_variables_anywhere(app):
    """A worker that never ran the outer function makes the inner one again, with its defaults."""
    module, references = app(SOURCE)
    call = opened(references, module.page(10))

    assert (20, None) == await call.function()
    assert (15, None) == await call.function(5)
    assert {"10"} - set(repr(references.reference(module.page(10)))) == {"10"}


async def test_a_nested_action_may_call_itself(app):
    """The variable that holds the function itself is made again too."""
    module, references = app(SOURCE)

    assert 0 == await opened(references, module.recursive()).function(3)


async def test_a_nested_action_without_variables_is_plain(app):
    """Nothing is sealed where nothing was captured."""
    module, references = app(SOURCE)

    assert references.reference(module.counter()).bound is None
    assert 7 == await opened(references, module.counter()).function()


NOW = dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**80, 1.5, float("inf"), "", "$x", "\ud800", b"\x00\xff", BigInt(3), NOW,
     NOW.replace(tzinfo=None),
     NOW.date(), NOW.time(),
     dt.timedelta(days=-1, microseconds=3), decimal.Decimal("1.50"), uuid.UUID(int=7), UNDEFINED,
     [], (), {}, set(), frozenset({1, 2}), [1, (2, [3])], {1: "a", (2, "b"): {"c": None}}, Map({"a": 1}), {"l"},
     ["l", []], ["u", "x"]],
    ids=repr,
)  # fmt: skip
def test_bound_values_keep_their_type(value):
    """What is bound comes back as it was, also what Flight has no word for."""
    data = json.loads(json.dumps(encode_bound(value, what="x", exact=True)))
    again = decode_bound(data)

    assert value == again
    assert type(value) is type(again)


def test_a_value_that_contains_itself_is_refused():
    """Not with a RecursionError."""
    value: list = []
    value.append(value)
    with pytest.raises(DefinitionError, match="contains itself"):
        encode_bound(value, what="x", exact=True)


def test_a_form_is_split_into_the_authors_fields_and_ours():
    """Ours are taken as text only, the last of each; files under our names are dropped."""
    upload = Upload(b"x", "f")
    ours = [("$token", "t"), ("$bound", "no"), ("$bound", "b"), ("$key", upload), ("$ACTION_1:0", "x")]
    got = form_arguments([("a", "1"), *ours, ("f", upload)])

    assert (FormData([("a", "1"), ("f", upload)]), "t", None, "b") == (got.fields, got.token, got.key, got.bound)
