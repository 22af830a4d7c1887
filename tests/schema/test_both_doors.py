"""Both doors: the same values, as a form and as a call, give the same arguments or errors at the same paths."""

import dataclasses
import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from jetbridge.errors import ActionError
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import describe
from jetbridge.wire.model import FormData, Upload


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    street: Annotated[str, Field(min_length=1)]
    floor: int | None = None


@dataclasses.dataclass
class Line:
    qty: Annotated[int, Field(ge=1, le=9)]
    tags: list[str] = dataclasses.field(default_factory=list)


class Extra(TypedDict):
    note: str


class Card(BaseModel):
    kind: Literal["card"]
    number: int


class Cash(BaseModel):
    kind: Literal["cash"]
    amount: Decimal


class Order(BaseModel):
    name: str
    count: Annotated[int, Field(ge=0)]
    price: Decimal
    weight: float
    gift: bool
    born: dt.date
    at: dt.datetime
    clock: dt.time | None
    id: uuid.UUID
    color: Color
    level: Level
    size: Literal[1, 2, "any"]
    address: Address
    lines: list[Line]
    numbers: list[int]
    extra: Extra
    pay: Annotated[Card | Cash, Field(discriminator="kind")]


class Stock(msgspec.Struct):
    count: Annotated[int, msgspec.Meta(ge=0)]
    gift: bool
    at: dt.datetime | None
    level: Level | None
    name: Annotated[str, msgspec.Meta(min_length=1)]


async def order(order: Order): ...
async def stock(stock: Stock): ...
async def line_and_note(line: Line, note: str, level: Level): ...


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8)
INTEGER = st.integers(-(2**53), 2**53)
WHEN = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda when: when.replace(second=0, microsecond=0, tzinfo=dt.UTC)
)
LINE = st.fixed_dictionaries({"qty": st.integers(-1, 11), "tags": st.lists(TEXT, max_size=3)})
CARD = st.fixed_dictionaries({"kind": st.just("card"), "number": INTEGER})
CASH = st.fixed_dictionaries({"kind": st.just("cash"), "amount": st.decimals("0", "99", places=2).map(str)})
ORDER = st.fixed_dictionaries(
    {
        "name": TEXT,
        "count": INTEGER,
        "price": st.decimals("0", "99", places=2).map(str),
        "weight": st.floats(-1e9, 1e9),
        "gift": st.booleans(),
        "born": st.dates().map(dt.date.isoformat),
        "at": WHEN,
        "clock": st.none() | st.times().map(dt.time.isoformat),
        "id": st.uuids().map(str),
        "color": st.sampled_from(["red", "green", "blue"]),
        "level": st.integers(0, 3),
        "size": st.sampled_from([1, 2, 3, "any", "none"]),
        "address": st.fixed_dictionaries({"street": TEXT, "floor": st.none() | st.integers(0, 9)}),
        "lines": st.lists(LINE, max_size=3),
        "numbers": st.lists(INTEGER, max_size=3),
        "extra": st.fixed_dictionaries({"note": TEXT}),
        "pay": CARD | CASH,
    }
)
STOCK = st.fixed_dictionaries(
    {
        "count": INTEGER,
        "gift": st.booleans(),
        "at": st.none() | WHEN,
        "level": st.none() | st.integers(1, 3),
        "name": TEXT,
    }
)


def entries_of(value, name):
    """A value as a browser's form has it: an unticked box and an empty list are not there, None is empty."""
    match value:
        case dict():
            for key, part in value.items():
                yield from entries_of(part, f"{name}.{key}" if name else key)
        case [dict(), *_]:
            for index, part in enumerate(value):
                yield from entries_of(part, f"{name}[{index}]")
        case list():
            yield from ((name, str(part)) for part in value)
        case bool():
            yield from [(name, "on")] if value else []
        case dt.datetime():
            yield name, value.isoformat()
        case None:
            yield name, ""
        case _:
            yield name, value if isinstance(value, str) else repr(value)


def outcome(function, values):
    """The arguments, or the paths and codes of what is wrong."""
    try:
        return convert(describe(function), values).kwargs
    except ActionError as error:
        return error.field_codes


@given(ORDER)
def test_an_order_is_the_same_through_both_doors(value):
    """Nested models, lists, choices, dates and numbers: the same object, or errors with the same paths and codes."""
    assert outcome(order, [value]) == outcome(order, [FormData(entries_of(value, ""))])


@given(STOCK)
def test_a_struct_is_the_same_through_both_doors(value):
    """What msgspec reads, too."""
    assert outcome(stock, [value]) == outcome(stock, [FormData(entries_of(value, ""))])


@given(LINE, TEXT, st.integers(0, 3))
def test_parameters_are_the_same_through_both_doors(line, note, level):
    """Several parameters are values by position, or fields by name."""
    fields = {"line": line, "note": note, "level": level}

    assert outcome(line_and_note, [line, note, level]) == outcome(line_and_note, [FormData(entries_of(fields, ""))])


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (Level, "1", Level.LOW),
        (list[Level], "2", [Level.HIGH]),
        (Literal[1, "any"], "1", 1),
        (Literal[True], "on", True),
        (Literal["a", None], "", None),
        (Literal[1] | Literal[2.5], "2.5", 2.5),
        (bool | None, "", None),
        (dt.datetime, "2026-05-01T12:30", dt.datetime(2026, 5, 1, 12, 30)),
        (str, "a\r\nb", "a\nb"),
    ],
)
def test_a_form_has_texts_only(annotation, text, value):
    """What a browser can only send as text becomes what the annotation says."""

    async def function(v): ...

    function.__annotations__ = {"v": annotation}

    assert {"v": value} == outcome(function, [FormData([("v", text)])])


@pytest.mark.parametrize("field", ["count", "weight"])
def test_a_number_as_text_is_an_error_of_a_call_only(field):
    """JavaScript has numbers; a form has none."""

    async def function(count: int = 0, weight: float = 0): ...

    form = outcome(function, [FormData([(field, "12")])])
    values = ["12"] if field == "count" else [0, "12"]

    assert ({field: 12}, [field]) == (form, list(outcome(function, values)))


class Deep(BaseModel):
    a: str = ""
    items: list[int] = []
    rows: list[Address] = []
    data: dict[str, str] = {}
    below: "Deep | None" = None
    file: Upload | None = None


async def deep(deep: Deep): ...


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        (["__class__"], {}),
        (["constructor", "__proto__", "prototype", "$x", "[", "]", ".", "..", "[0]", "a" * 999], {}),
        (["below.__class__", "below.constructor"], {}),
        (["below.__proto__.a"], {"below.__proto__.a": "extra_forbidden"}),
        (["items[999999999]"], {"items[999999999]": "index_too_large"}),
        (["items[99999999999999999999]"], {"items[99999999999999999999]": "index_too_large"}),
        (["items[-1]"], {"items[-1]": "extra_forbidden"}),
        (["items[x]", "items.x", "items[1e3]"],
         dict.fromkeys(["items[x]", "items.x", "items[1e3]"], "extra_forbidden")),
        (["items[0][0][0]"], {"items[0][0][0]": "extra_forbidden"}),
        (["a" + "[0]" * 300], {"a" + "[0]" * 66 + "[…": "extra_forbidden"}),
        (["a..b", "a.", "a[", "a]b", "items[0"],
         dict.fromkeys(["a..b", "a.", "a[", "a]b", "items[0"], "extra_forbidden")),
        (["a", "a.b"], {"a.b": "extra_forbidden"}),
        (["items[0]", "items[]"], {"items": "sent_twice"}),
        (["rows[3]", "rows[3].street"], {"rows[3]": "sent_twice"}),
        (["below", "below.a"], {"below": "sent_twice"}),
        (["items[].x"], {"items[].x": "extra_forbidden"}),
        (["file.name"], {"file.name": "extra_forbidden"}),
        (["data.__class__"], {}),
        (["below." * 40 + "a"], {("below." * 40 + "a")[:200] + "…": "extra_forbidden"}),
        ([f"items[{number}" for number in range(1000)],
         dict.fromkeys([f"items[{number}" for number in range(100)], "extra_forbidden")),
    ],
)  # fmt: skip
def test_hostile_names(names, wrong):
    """A name that leads nowhere is an error of that name, bounded in number and size; nothing else is touched."""
    result: Any = outcome(deep, [FormData([(name, "1") for name in names])])

    assert wrong == (result if wrong or "deep" not in result else {})


def test_a_gap_makes_no_items():
    """An index orders what was sent: a list has as many items as the form had."""
    found = outcome(deep, [FormData([("items[9999]", "2"), ("items[7]", "1")])])

    assert [1, 2] == found["deep"].items
