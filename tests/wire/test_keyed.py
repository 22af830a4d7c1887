"""Maps and Sets keep what JavaScript keeps apart."""

import pytest

from jetbridge.wire.model import Map, MapPairs, SetItems
from jetbridge.wire.reply import decode_reply


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ('[["a",1],["b",2]]', Map({"a": 1, "b": 2})),
        ('[[1,"a"],[2.5,"b"],[null,"c"]]', Map({1: "a", 2.5: "b", None: "c"})),
        ('[[1,"a"],[true,"b"]]', MapPairs([(1, "a"), (True, "b")])),
        ('[[1,"a"],["$n1","b"]]', MapPairs([(1, "a"), (1, "b")])),
        ('[[[],"a"]]', MapPairs([([], "a")])),
        ('[["k",1],["x",0],["k",2]]', Map({"k": 2, "x": 0})),
        ('[["$NaN",1],["$NaN",2],["$-0",1],[0,2]]', None),
    ],
)
def test_maps(entries, expected):
    """A Map where Python merges nothing, otherwise its entries in order."""
    value = decode_reply([("0", '"$Q1"'), ("1", entries)])
    if expected is None:
        assert [2, 2] == list(value.values())
        return

    assert (type(expected), expected) == (type(value), value)
    assert list(map(type, expected)) == list(map(type, value))


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ('["a","b","a"]', {"a", "b"}),
        ('[1,1,"1",true]', SetItems([1, "1", True])),
        ("[[],[]]", SetItems([[], []])),
    ],
)
def test_sets(items, expected):
    """A set where Python merges nothing, otherwise its items in order."""
    value = decode_reply([("0", '"$W1"'), ("1", items)])

    assert (type(expected), expected) == (type(value), value)
