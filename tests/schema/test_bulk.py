"""Records in bulk: what is read and checked in one go is what the usual way gives."""

import json
import typing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, PrivateAttr, RootModel, field_validator, model_validator
from pydantic_core import core_schema
from typing_extensions import TypedDict

from jetbridge.errors import ActionError, WireError
from jetbridge.schema.bulk import decode_checked
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import describe
from jetbridge.wire.limits import Limits
from jetbridge.wire.reply import decode_call
from tests.wire.strategies import date_tags, texts

MORNING = "$D2024-02-29T08:30:00.000Z"


class Tag(TypedDict):
    label: str
    seen: datetime | None


class RowDict(TypedDict):
    id: int
    price: float
    when: datetime
    name: str | None
    tags: list[Tag]


class RowStruct(msgspec.Struct):
    id: Annotated[int, msgspec.Meta(ge=0)]
    price: float
    when: datetime
    name: str | None
    tags: list[Tag] = []


class Strict(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    id: int
    when: datetime


@dataclass
class RowData:
    id: int
    price: float
    when: datetime
    name: str | None = None
    tags: list[Tag] = field(default_factory=list[Tag])


class RowModel(BaseModel):
    id: int
    price: float
    when: datetime
    name: str | None = None
    tags: list[Tag] | None = None


class Frozen(BaseModel, frozen=True):
    when: datetime | None
    id: int
    name: str = "nobody"


MODELS = [RowModel, Frozen]
RECORDS = [RowDict, RowStruct, Strict, RowData, *MODELS]


def signature_of(annotation):
    async def action(rows): ...

    action.__annotations__["rows"] = annotation
    return describe(action)


SIGNATURES = {record: signature_of(list[record]) for record in RECORDS}


def usual(signature, text):
    """What the walk and the validator give, or the kind of refusal."""
    try:
        return convert(signature, decode_call(text)).kwargs["rows"]
    except (WireError, ActionError) as error:
        return type(error)


def padded(value, *, ascii_only=False):
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":")) + " " * 400


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    date_tags,
    st.just([]),
    st.just({"when": MORNING}),
)


def mostly(usual_values):
    return st.one_of(*[usual_values] * 20, odd)


good_tags = date_tags.filter(lambda tag: tag is not None and len(tag) == 26)
seen = mostly(st.one_of(st.none(), good_tags))
rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": mostly(st.integers(-1, 99)),
            "price": mostly(st.integers(0, 9) | st.floats(0, 9)),
            "when": mostly(good_tags),
        },
        optional={
            "name": mostly(texts),
            "tags": mostly(st.lists(st.fixed_dictionaries({"label": mostly(texts), "seen": seen}), max_size=2)),
            "extra": odd,
            'a"when': odd,
        },
    ),
    max_size=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows, st.sampled_from(RECORDS), st.booleans())
def test_what_is_taken_is_what_the_usual_way_gives(value, record, ascii_only):
    """The same values of the same types; and nothing is taken that the usual way refuses."""
    text = padded([value], ascii_only=ascii_only)
    taken = decode_checked(SIGNATURES[record], text, Limits())
    if taken is None:
        return
    expected = usual(SIGNATURES[record], text)

    assert repr(normal(expected)) == repr(normal(taken[0].value))


def normal(value):
    """TypedDicts in one order of keys; the rest as it is."""
    if isinstance(value, dict):
        return {key: normal(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, BaseModel):  # what pydantic keeps, in its order, and what it knows about it
        kept = [getattr(value, name) for name in ("__pydantic_extra__", "__pydantic_private__")]
        fields = [(name, normal(field)) for name, field in value.__dict__.items()]
        return type(value), fields, sorted(value.__pydantic_fields_set__), kept
    if isinstance(value, (msgspec.Struct, RowData)):
        names = getattr(value, "__struct_fields__", None) or value.__dataclass_fields__
        return type(value).__name__, [normal(getattr(value, name)) for name in names]
    return value


GOOD = {"id": 1, "price": 2, "when": MORNING, "name": None, "tags": [{"label": "a", "seen": MORNING}]}


@pytest.mark.parametrize("record", [RowDict, RowStruct, RowData, RowModel])
def test_takes_tables_of_records(record):
    """TypedDicts, Structs and dataclasses with plain fields are read in one go, dates and all."""
    taken = decode_checked(SIGNATURES[record], padded([[GOOD] * 3]), Limits())

    assert taken is not None
    row = taken[0].value[0]
    assert datetime(2024, 2, 29, 8, 30, tzinfo=UTC) == (row["when"] if isinstance(row, dict) else row.when)


def test_takes_a_model_with_what_it_has_by_itself():
    """What was not given is the default, and not among the fields that were set; the order is the class's."""
    value = [{"name": "Ada", "id": 1, "when": MORNING}, {"id": 2, "when": None}]
    taken = decode_checked(SIGNATURES[Frozen], padded([value]), Limits())

    assert taken is not None
    assert [
        {"when": datetime(2024, 2, 29, 8, 30, tzinfo=UTC), "id": 1, "name": "Ada"},
        {"when": None, "id": 2, "name": "nobody"},
    ] == [row.model_dump() for row in taken[0].value]
    assert [{"name", "id", "when"}, {"id", "when"}] == [row.model_fields_set for row in taken[0].value]
    assert ["when", "id", "name"] == list(taken[0].value[0].__dict__)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "1"},
        {"id": 2**53},
        {"id": True},
        {"when": "2024-02-29T08:30:00.000Z"},
        {"when": "$D2024-02-29T08:30:00Z"},
        {"when": "$D2024-02-29T08:30:00.000+00:00"},
        {"when": "$D2024-02-29t08:30:00.000Z"},
        {"when": "$D2024-13-29T08:30:00.000Z"},
        {"name": MORNING},
        {"name": "$$1"},
        {"name": "$undefined"},
        {"extra": {"__proto__": 1}},
        {"extra": [[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]},
        {"tags": [{"label": MORNING, "seen": None}]},
        {"tags": [{"label": "a", "seen": "$n1"}]},
    ],
)
@pytest.mark.parametrize("record", [RowDict, RowStruct, RowData, RowModel])
def test_leaves_what_is_in_doubt(record, change):
    """Tags that are no dates, text where a date stands, numbers out of range: the usual way has the last word."""
    assert None is decode_checked(SIGNATURES[record], padded([[{**GOOD, **change}]]), Limits())


@pytest.mark.parametrize(
    "limits", [Limits(body_bytes=300), Limits(nodes=20), Limits(expanded_nodes=20), Limits(depth=3)], ids=str
)
def test_keeps_to_the_limits(limits):
    """What exceeds a limit is left to the walk, which refuses it by name."""
    assert None is decode_checked(SIGNATURES[RowDict], padded([[GOOD] * 30]), limits)


class Model(BaseModel):
    id: int


class Bounded(BaseModel):
    id: Annotated[int, Field(ge=0)]


class Renamed(BaseModel):
    id: int = Field(alias="ID")


class Made(BaseModel):
    id: int
    names: list[str] = Field(default_factory=list)


class Validated(BaseModel):
    id: int

    @field_validator("id")
    @classmethod
    def double(cls, value):
        return value * 2


class Whole(BaseModel):
    id: int

    @model_validator(mode="after")
    def fill(self):
        return self


class Closed(BaseModel, extra="forbid"):
    id: int


class Shorn(BaseModel, str_strip_whitespace=True):
    id: int


class ShornToo(Shorn):
    pass


class Private(BaseModel):
    id: int
    _kept: int = PrivateAttr(default=1)


class Afterwards(BaseModel):
    id: int

    def model_post_init(self, context):
        self.__dict__["more"] = 1


class Own(BaseModel):
    id: int

    def __init__(self, **given):
        super().__init__(**given)


class Nested(BaseModel):
    id: Model | int


class Root(RootModel[int]):
    pass


class Schema(BaseModel):
    id: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        return core_schema.no_info_after_validator_function(lambda value: value, handler(source))


class Loose(TypedDict):
    id: NotRequired[int]


class Clash(TypedDict):
    when: str
    row: RowDict


class Digits(TypedDict):
    when2: datetime


@dataclass
class Constrained:
    id: Annotated[int, Field(ge=0)]


@dataclass
class Hooked:
    id: int

    def __post_init__(self):
        self.id += 1


class Tree(msgspec.Struct):
    children: "list[Tree]" = []


class Tagged(msgspec.Struct, tag=True):
    id: int


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Any, {}),
        (object, {}),
        (dict, {}),
        (list, []),
        *(
            (model, {"id": 1})
            for model in (Validated, Whole, Closed, Shorn, ShornToo, Private, Afterwards, Own, Schema)
        ),
        (Bounded, {"id": -1}),
        (Renamed, {"ID": 1}),
        (Made, {"id": 1}),
        (Nested, {"id": {"id": 1}}),
        (Root, 1),
        (Loose, {}),
        (Clash, {"when": MORNING, "row": GOOD}),
        (Digits, {"when2": MORNING}),
        (Constrained, {"id": -1}),
        (Hooked, {"id": 1}),
        (Tree, {"children": [{}]}),
        (Tagged, {"type": "Tagged", "id": 1}),
        (datetime, MORNING),
        (list[datetime], [MORNING]),
        (bytes, "YQ=="),
        (dict[str, int], {"a": 1}),
        (int | str, 1),
        (typing.Literal["a"], "a"),
        (Annotated[list[int], Field(min_length=1)], []),
    ],
)
@pytest.mark.parametrize("wrap", [lambda annotation: annotation, lambda annotation: list[annotation]])
def test_leaves_annotations_that_mean_more(annotation, value, wrap):
    """What pydantic and msgspec may read differently is never read in one go."""
    given = value if wrap(annotation) is annotation else [value]

    assert None is decode_checked(signature_of(wrap(annotation)), padded([given]), Limits())


def test_leaves_functions_of_several_parameters():
    """Only one parameter, filled by position, is read in one go."""

    async def two(a: list[int], b: int = 0): ...

    async def named(*, a: list[int]): ...

    assert (None, None) == tuple(decode_checked(describe(one), padded([[]]), Limits()) for one in (two, named))
