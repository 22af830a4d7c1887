"""Forms that React's server renderer printed: what their hidden fields say, whoever has written them."""

import json

import pytest

from jetbridge.actions.posted import Hook, Posted, form_state, hook_of, read_posted
from jetbridge.actions.state import ActionState, Submitted
from jetbridge.errors import ActionError, WireError
from jetbridge.wire.limits import DEFAULT_LIMITS

ID = "rename-1.FINGERPR"


def posted(bound, *, number=1, id_=ID, key=None):
    """The fields of one form, as React encodes them."""
    fields = [
        (f"$ACTION_REF_{number}", ""),
        (f"$ACTION_{number}:0", json.dumps({"id": id_, "bound": "$@1"})),
        (f"$ACTION_{number}:1", json.dumps(bound)),
    ]
    return fields if key is None else [*fields, (f"$ACTION_KEY_{number}", key)]


@pytest.mark.parametrize(
    ("fields", "takes_bound", "expected"),
    [
        ([], False, None),
        ([(f"$ACTION_ID_{ID}", "")], False, None),
        (posted([3]), False, Posted([3], 1, None)),
        (posted(["sealed", 3]), True, Posted(["sealed", 3], 1, None)),
        (posted([3, 7], key="k1"), False, Posted([3, 7], 1, Hook("k1", "rename-1", 1))),
        (posted([3], id_=f"{ID}#state", key="k1"), False, Posted([3], 1, Hook("k1", "rename-1#state", 1))),
        ([*posted([1]), *posted([2], number=2)], False, Posted([2], 1, None)),
        ([*posted([1]), ("$ACTION_ID_other-1.x", "")], False, None),
        (posted([1], id_="other-1.FINGERPR"), False, None),
        ([*posted([1])[1:], ("$ACTION_REF_1.x", "5"), ("$ACTION_REF_1.y", "5")], False, Posted([1], 1, None)),
    ],
)
def test_what_is_bound(fields, takes_bound, expected):
    """The last form or button named decides; what belongs to another action than the URL's is left alone."""
    assert expected == read_posted(fields, ID, takes_bound=takes_bound, limits=DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "fields",
    [
        [("$ACTION_REF_1", "")],
        [("$ACTION_REF_1", ""), ("$ACTION_1:0", "[]")],
        [("$ACTION_REF_1", ""), ("$ACTION_1:0", '{"id":"x","bound":[1]}')],
        [("$ACTION_REF_1", ""), ("$ACTION_1:0", '{"id":"x","bound":"$@9"}')],
        [("$ACTION_REF_1", ""), ("$ACTION_1:0", '{"id":"x","bound":"$@1"}'), ("$ACTION_1:1", '{"then":1}')],
        [("$ACTION_REF_1", ""), ("$ACTION_1:0", '{"id":"x","bound":"$@1"}'), ("$ACTION_1:1", "[" * 5000)],
    ],
)
def test_fields_that_react_never_writes(fields):
    """They are refused as any malformed body is."""
    with pytest.raises(WireError) as caught:
        read_posted(fields, ID, takes_bound=False, limits=DEFAULT_LIMITS)

    assert 400 == caught.value.status


@pytest.mark.parametrize(
    "text", ["", "react:", "react:[", "react:[1,2,3]", 'react:["a","b"]', "react:" + "[" * 100_000, "/@save"]
)
def test_names_that_are_no_hooks(text):
    """A client may send any name for a form."""
    assert None is hook_of(text)


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("a", ActionState(result=3, submitted=True), {"state": 3}),
        ("a", ActionState(error=ActionError("no"), submitted=True), None),
        ("a#state", ActionState(result=3, submitted=True), {"result": 3, "error": None, "input": {}}),
        (
            "a#state",
            ActionState(error=ActionError("no", code="c"), input={"x": "1"}, submitted=True),
            {"result": None, "error": {"message": "no", "fieldErrors": {}, "code": "c"}, "input": {"x": "1"}},
        ),
    ],
)
def test_what_the_hook_is_told(name, state, expected):
    """The result or state that the hook itself would have; of an error React's own kind of state says nothing."""
    told = form_state([Submitted("a", Hook("k1", name, 2).text(), state)])

    assert expected == (told and {key: told[key] for key in told if key not in {"key", "name", "bound"}})
