"""The straight way of a call gives what the long way gives: the same requests, to two applications that are alike."""

import json
from datetime import UTC, datetime
from http.cookies import SimpleCookie

import pytest

from jetbridge.wire.model import UNDEFINED
from tests.server.straight import (
    BY_FORM,
    DOORS,
    RESULTS,
    address,
    anything,
    at,
    by_position,
    changes,
    deep,
    defaults,
    ends,
    form_data,
    gives,
    guarded,
    item,
    limited,
    named,
    nothing,
    number,
    one,
    options,
    others,
    people,
    person,
    point,
    says_less,
    several,
    untyped,
)  # fmt: skip

TEXTS = [
    "Ada",
    "",
    "$",
    "$K1",
    "$D2024-02-03T04:05:06.000Z",
    "$$",
    'a \\ " / \n\t é \u2028 😀',
    "__proto__",
    "a b " * 120,
]


@pytest.mark.parametrize(
    ("called", "arguments", "is_straight"),
    [
        *((one, [text], True) for text in TEXTS),
        *((anything, [text], True) for text in TEXTS),
        (one, [], True),
        (one, [1], True),
        (one, [None], True),
        (one, ["Ada", "more"], True),
        (one, ["Ada", UNDEFINED], True),
        (several, ["Ada", 36, ["a", "b"]], True),
        (several, ["Ada", 36], True),
        (several, ["Ada", "36"], True),
        (several, [UNDEFINED, 36], True),
        (several, [{"name": "Ada", "age": 36}], True),
        (nothing, [], True),
        (nothing, [1], True),
        (defaults, [], True),
        (defaults, ["Eve"], True),
        (defaults, [UNDEFINED, 2], True),
        (options, ["Ada"], True),
        (options, ["Ada", {"loud": True, "since": "2024-02-03"}], True),
        (options, ["Ada", {"loud": True, "other": 1}], True),
        (named, [{"name": "Ada"}], True),
        (named, [], True),
        (others, ["Ada", {"a": "b", "c": "d"}], True),
        (others, ["Ada", {"a": 1}], True),
        (by_position, ["Ada", "b", "c"], False),
        (limited, ["Ada", 18], True),
        (limited, ["Ada Lovelace", 17], True),
        (limited, ["Ada Lovelace"], True),
        (person, [{"name": "Ada", "age": 3}], True),
        (person, [{"name": "A", "age": "x", "more": 1}], True),
        (person, [{"__proto__": {"name": "Ada"}}], True),
        (person, [None], True),
        (address, [{"street": "a", "city": "b"}], True),
        (address, [{"city": 1}], True),
        (point, [{"x": 1}], True),
        (point, [{"x": "1"}], True),
        (item, [{"name": "tea", "price": 1}], True),
        (item, [{}], True),
        (people, [[{"name": "Ada"}] * 40], True),
        (people, [[{"name": "Ada"}] * 39 + [{"name": "A"}]], True),
        (at, [datetime(2024, 2, 3, 4, 5, 6, 789000, UTC)], True),
        (at, ["yesterday"], True),
        (number, [2**53], True),
        (number, [2**70], True),
        (number, [1.5], True),
        (number, [float("nan")], True),
        (anything, [{"a": [1, 1.5, None, True, datetime(2024, 2, 3, tzinfo=UTC)]}], True),
        (anything, [{"__proto__": 1}], True),
        (anything, [deep(20)], True),
        (anything, [deep(70)], False),
        (anything, [{"$a": "$b"}], True),
        (anything, [{1, 2}], True),
        (anything, [b"abc"], True),
        (untyped, [{"a": 1}], True),
        (untyped, [], True),
    ],
)
async def test_calls(two, called, arguments, is_straight):
    """Whatever arguments a call has."""
    straight, long = await two.submit("call", called, arguments)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", ["form by React", "urlencoded form"])
@pytest.mark.parametrize(
    ("called", "fields", "is_straight"),
    [
        *((one, [("name", text)], True) for text in TEXTS),
        (one, [], True),
        (one, [("name", "Ada"), ("name", "Eve")], True),
        (one, [("name", "Ada"), ("more", "x"), ("_ours", "y")], True),
        (several, [("name", "Ada"), ("age", "36"), ("tags", "a"), ("tags", "b")], True),
        (several, [("name", "Ada"), ("age", "x")], True),
        (nothing, [], True),
        (nothing, [("name", "Ada")], True),
        (defaults, [], True),
        (options, [("name", "Ada"), ("loud", "on"), ("since", "2024-02-03")], True),
        (named, [("name", "Ada")], True),
        (others, [("name", "Ada"), ("a", "b")], True),
        (by_position, [("name", "Ada")], False),
        (limited, [("name", "Ada Lovelace"), ("age", "17")], True),
        (person, [("name", "Ada"), ("age", "3")], True),
        (person, [("name", "A"), ("age", "x")], True),
        (address, [("street", "a")], True),
        (point, [("x", "1"), ("y", "2")], True),
        (item, [("name", "tea"), ("price", "1.5")], True),
        (people, [("people[0].name", "Ada"), ("people[1].name", "Eve"), ("people[1].age", "2")], True),
        (people, [("people[0].name", "Ada"), ("people[x].name", "Eve")], True),
        (at, [("at", "2024-02-03T04:05")], True),
        (number, [("number", "1180591620717411303424")], True),
        (anything, [("a", "b"), ("a", "c")], True),
        (untyped, [("value", "b")], True),
        (form_data, [("a", "b"), ("__proto__", "c"), ("a", "$d")], True),
    ],
)
async def test_forms(two, door, called, fields, is_straight):
    """Whatever fields a form has, be it React or the browser that submits it."""
    straight, long = await two.submit(door, called, fields)

    assert long == straight
    assert [is_straight] == two.taken


@pytest.mark.parametrize("door", ["call", "form"])
@pytest.mark.parametrize("what", RESULTS)
async def test_results(two, door, what):
    """Whatever an action returns."""
    given = [what] if door == "call" else [("what", what)]
    straight, long = await two.submit(door, gives, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "how", ["error", "moves", "missing", "stranger", "bug", "leaves", "several", "nothing of these"]
)
async def test_outcomes(two, door, how):
    """However it ends."""
    given = [how] if door == "call" else [("how", how)]
    straight, long = await two.submit(door, ends, given)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
async def test_a_result_that_says_less(two, door):
    """Where it returns more than it says it does, only what it says is told."""
    straight, long = await two.submit(door, says_less, ["x"] if door == "call" else [("what", "x")])

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        ("call", None),
        ("call", "path:/,shown"),
        ("call", "path:/elsewhere,%C3%A9"),
        ("call", "changes"),
        ("form by React", None),
        ("form by React", "changes"),
        ("form", None),
        ("urlencoded form", None),
    ],
)
@pytest.mark.parametrize(
    "what",
    [
        "nothing", "path", "elsewhere", "tag", "other tag", "all", "cookie", "header", "session", "sign in",
        "look at session", "flashes", "after", "after, wrong", "request", "stream",
    ],
)  # fmt: skip
async def test_changes(two, door, what, shown):
    """Whatever else it does, and whatever the page shows."""

    async def scenario(way):
        tags = way.app.registry.of(changes).tag if shown == "changes" else shown
        return await way.submit(door, changes, [what] if door == "call" else [("what", what)], jetbridge_tags=tags)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("how", ["asks", "moves", "stranger", "error", "value", "bug"])
async def test_validators(two, door, how):
    """A validator of the application's is asked once; it may ask for the request, and end the call."""
    straight, long = await two.submit(door, guarded, [{"how": how}] if door == "call" else [("how", how)])

    assert long == straight
    assert [True] == two.taken


@pytest.mark.parametrize("door", BY_FORM)
@pytest.mark.parametrize("last", [(gives, ("what", "a list")), (ends, ("how", "error")), (ends, ("how", "bug"))])
async def test_forms_of_a_page(two, door, last):
    """A page shows what came of each of its forms, until the same one is submitted again."""
    first = [(one, ("name", "Ada")), (gives, ("what", "text")), (one, ("name", "Eve")), (limited, ("name", "too long"))]

    async def scenario(way):
        seen = []
        await way.page(SimpleCookie("jetbridge-visitor=me"))
        for called, field in (*first, last):
            fields = [*way.hidden(called), field]
            seen.append(await way.submit(door, called, fields, key=dict(fields)["$key"]))
        return seen

    straight, long = await two.both(scenario)

    assert long == straight
    assert [True] * 5 == two.taken


@pytest.mark.parametrize(
    ("bound", "more", "mark", "is_straight"),
    [
        ([], [], "", True),
        (["x"], [], "", False),
        ([None], [("$ACTION_KEY_1", "k1")], "", True),
        ([], [("$ACTION_KEY_1", "k1")], "#state", True),
    ],
)
async def test_forms_of_react(two, bound, more, mark, is_straight):
    """A form that React's server renderer has made for a browser without JavaScript, with its fields."""

    async def scenario(way):
        name = way.app.references.reference(one).id + mark
        fields = [("$ACTION_REF_1", ""), ("$ACTION_1:0", json.dumps({"id": name, "bound": "$@1"}))]
        fields += [("$ACTION_1:1", json.dumps(bound)), *more, ("name", "Ada")]
        return await way.submit("form", one, fields)

    straight, long = await two.both(scenario)

    assert long == straight
    assert [is_straight] == two.taken
