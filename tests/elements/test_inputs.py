"""Inputs: the attributes of each control, from the type of its field."""

import dataclasses
import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import msgspec
import pytest
from pydantic import (
    AwareDatetime,
    BaseModel,
    EmailStr,
    Field,
    HttpUrl,
    PositiveInt,
    RootModel,
    SecretStr,
    StringConstraints,
)

from jetbridge.actions.state import ActionState
from jetbridge.elements.h import h
from jetbridge.elements.inputs import inputs
from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.marks import Control, File
from jetbridge.wire.model import FormData, Upload


class Role(enum.Enum):
    SUPER_USER = "super"
    GUEST = "guest"


class Code(RootModel[Annotated[str, Field(min_length=4)]]):
    pass


REQUIRED = {"required": True}

ATTRIBUTES: list[tuple[Any, dict[str, Any]]] = [
    (str, {"type": "text"}),
    (Annotated[str, Field(min_length=1)], {"type": "text", **REQUIRED}),
    (Annotated[str, Field(min_length=1)] | None, {"type": "text"}),
    (Annotated[str, StringConstraints(min_length=3, max_length=9)],
     {"type": "text", **REQUIRED, "minLength": 3, "maxLength": 9}),
    (Annotated[str, Field(pattern=r"^\d{5}$")], {"type": "text", **REQUIRED, "pattern": r"\d{5}"}),
    (Annotated[str, Field(pattern="(?i)^a*$")], {"type": "text"}),
    (Annotated[str, Field(max_length=500)], {"maxLength": 500}),
    (Annotated[str, Control("textarea", rows=5)], {"rows": 5}),
    (Annotated[str, Control(type="tel", autoComplete="tel")], {"type": "tel", "autoComplete": "tel"}),
    (Annotated[str, msgspec.Meta(max_length=9)], {"type": "text", "maxLength": 9}),
    (Code, {"type": "text", **REQUIRED, "minLength": 4}),
    (EmailStr, {"type": "email", **REQUIRED, "pattern": r"[^@]+@[^@]+\.[^@]+", "autoComplete": "email"}),
    (HttpUrl | None, {"type": "url", "pattern": "https?://.+"}),
    (SecretStr, {"type": "password", **REQUIRED, "autoComplete": "current-password"}),
    (Annotated[SecretStr, Field(min_length=8)],
     {"type": "password", **REQUIRED, "minLength": 8, "autoComplete": "new-password"}),
    (int, {"type": "number", **REQUIRED, "step": 1}),
    (int | None, {"type": "number", "step": 1}),
    (PositiveInt, {"type": "number", **REQUIRED, "min": 1, "step": 1}),
    (Annotated[int, Field(ge=3, lt=20, multiple_of=5)], {"type": "number", **REQUIRED, "min": 5, "max": 15, "step": 5}),
    (Annotated[int, Field(gt=-3.5, le=2.5)], {"type": "number", **REQUIRED, "min": -3, "max": 2, "step": 1}),
    (float, {"type": "number", **REQUIRED, "step": "any"}),
    (Annotated[float, Field(ge=0.1, le=0.3, multiple_of=0.1)],
     {"type": "number", **REQUIRED, "min": "0.1", "max": "0.3", "step": "0.1"}),
    (Annotated[Decimal, Field(gt=0, max_digits=6, decimal_places=2)],
     {"type": "number", **REQUIRED, "min": "0.01", "max": "9999.99", "step": "0.01"}),
    (bool, {"type": "checkbox", "defaultChecked": False}),
    (Literal[True], {"type": "checkbox", **REQUIRED, "defaultChecked": False}),
    (bool | None, {}),
    (Literal["a", "b"], {**REQUIRED}),
    (Role | None, {}),
    (list[Role], {"multiple": True}),
    (Annotated[set[Literal["a", "b"]], Field(min_length=1)], {**REQUIRED, "multiple": True}),
    (Annotated[dt.date, Field(gt=dt.date(2020, 1, 1), le=dt.date(2021, 1, 1))],
     {"type": "date", **REQUIRED, "min": "2020-01-02", "max": "2021-01-01"}),
    (Annotated[dt.datetime, Field(ge=dt.datetime(2020, 1, 1, 8))],
     {"type": "datetime-local", **REQUIRED, "min": "2020-01-01T08:00", "step": "any"}),
    (AwareDatetime, {"type": "text", **REQUIRED}),
    (dt.time | None, {"type": "time", "step": "any"}),
    (Annotated[Upload, File(accept=["image/*", ".PDF"])], {"type": "file", **REQUIRED, "accept": "image/*,.pdf"}),
    (list[Annotated[Upload, File(accept=["text/plain"])]],
     {"type": "file", "multiple": True, "accept": "text/plain"}),
    (int | str, {"type": "text"}),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "expected"), ATTRIBUTES)
def test_attributes_come_from_the_type(annotation, expected):
    """Type, limits and whether it must be filled: what the server will say, as far as HTML can say it."""

    async def save(v): ...

    save.__annotations__ = {"v": annotation}
    field = inputs(save).v

    assert {**expected, "name": "v", "id": "save-v"} == dict(field)


class Address(BaseModel):
    street: Annotated[str, Field(min_length=1, title="Street and number", description="Without the flat")]
    zip: str = ""


class Item(msgspec.Struct, rename="camel"):
    unit_price: Annotated[int, msgspec.Meta(ge=1)]


class Order(BaseModel):
    address: Address
    lines: list[Address] = []
    tags: list[str] = []
    first: str = Field(default="x", alias="first-name")


@dataclasses.dataclass
class Point:
    x: int
    y: int = 7


class Pair(TypedDict):
    left: int


async def move(point: Point): ...
async def two(point: Point, note: str = "n"): ...
async def everything(form: FormData): ...


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (Address, ["street", "zip"]),
        (Item, ["unitPrice"]),
        (Point, ["x", "y"]),
        (Pair, ["left"]),
        (move, ["x", "y"]),
    ],
)
def test_every_kind_of_record_has_fields(source, names):
    """Models, dataclasses, TypedDicts, Structs, and an action by what it takes; names are those on the wire."""
    assert names == [field.name for field in inputs(source)]


def test_names_lead_into_nested_records_and_lists():
    """`address.street`, `lines[1].street`; plain lists repeat their name. Python's names and the wire's both lead."""
    fields = inputs(Order)

    assert "address.street" == fields.address.street["name"]
    assert "lines[1].street" == fields.lines[1].street["name"]
    assert "tags[3]" == fields.tags[3]["name"]
    assert "first-name" == fields["first-name"]["name"] == fields.first["name"]
    assert ["point.x", "note"] == [inputs(two).point.x["name"], inputs(two).note["name"]]


def test_words_come_from_the_type_or_the_name():
    """A title and a description stand, else the name is made readable."""
    street = inputs(Address).street

    assert ("Street and number", "Without the flat") == (street.label, street.description)
    assert ["Zip", "Unit price"] == [inputs(Address).zip.label, inputs(Item).unitPrice.label]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, ["x", None, 0]),
        ({"first-name": "Ada", "address": {"street": "Main"}, "lines": [{}, {}]}, ["Ada", "Main", 2]),
        (Order.model_construct(first="Bob", address=Address(street="Low"), lines=[]), ["Bob", "Low", 0]),
    ],
)
def test_fields_hold_what_is_given_or_the_default(values, expected):
    """`values` is a dict or an object of the record's class; what it lacks is the default's."""
    fields = inputs(Order, values=values)

    assert expected == [
        fields.first.get("defaultValue"),
        fields.address.street.get("defaultValue"),
        len(fields.lines),
    ]


FAILED: ActionState[Any] = ActionState(
    error=ActionError("Wrong"),
    field_errors={"lines[7].street": "Too short", "first-name": "Taken", "tags[1]": "Bad"},
    input={"lines[7].street": "M", "lines[2].street": "Main", "first-name": "Eve", "tags[0]": "a", "tags[1]": "b"},
    submitted=True,
)


def test_a_failed_submit_is_shown_again():
    """What was typed stands, before any value; the control says that it is wrong, and where the reason stands."""
    fields = inputs(Order, FAILED, values={"first-name": "Ada"}, id="o")

    assert {
        "type": "text",
        "name": "first-name",
        "id": "o-first-name",
        "autoComplete": "given-name",
        "defaultValue": "Eve",
        "aria-invalid": "true",
        "aria-describedby": "o-first-name-error",
    } == dict(fields.first)
    assert h.p(id="o-first-name-error", className="error")["Taken"] == fields.first.message
    assert [("Main", None), ("M", "Too short")] == [
        (row.street["defaultValue"], row.street.error) for row in fields.lines
    ]
    assert [("a", None), ("b", "Bad")] == [(row["defaultValue"], row.error) for row in fields.tags]


def test_a_number_that_is_on_no_step_frees_the_steps():
    """A browser counts steps from the value where there is no least one, and would refuse all right numbers."""

    async def save(v: int): ...

    wrong: ActionState[Any] = ActionState(error=ActionError("x"), input={"v": "1.5"}, submitted=True)

    assert ("any", "1.5") == (inputs(save, wrong).v["step"], inputs(save, wrong).v["defaultValue"])


def test_secrets_are_not_shown():
    """Neither what was typed nor a value goes into a password's control."""

    class Login(BaseModel):
        password: str
        pin: SecretStr

    typed: ActionState[Any] = ActionState(error=ActionError("x"), input={"password": "p", "pin": "1"}, submitted=True)
    fields = inputs(Login, typed, values={"password": "q", "pin": SecretStr("2")})

    assert [False, False] == ["defaultValue" in field for field in fields]


def test_choices_are_options_and_buttons():
    """A choice that must be made begins with none; the same values can be radio buttons."""

    async def save(role: Role, plan: Literal["free", "pro"] = "pro", sure: bool | None = None): ...

    fields = inputs(save)

    assert [("", ""), ("super", "Super user"), ("guest", "Guest")] == [
        (option.props["value"], option.props["children"]) for option in fields.role.options
    ]
    assert (["free", "pro"], "pro") == ([o.props["value"] for o in fields.plan.options], fields.plan["defaultValue"])
    assert ["", "true", "false"] == [option.props["value"] for option in fields.sure.options]
    assert [
        {"type": "radio", "name": "plan", "id": "save-plan-0", "value": "free", "defaultChecked": False},
        {"type": "radio", "name": "plan", "id": "save-plan-1", "value": "pro", "defaultChecked": True},
    ] == fields.plan.choices


def test_a_union_of_records_shows_all_fields():
    """The tag offers every member's value; a field of one member only need not be filled."""

    class Card(BaseModel):
        kind: Literal["card"]
        number: int

    class Cash(BaseModel):
        kind: Literal["cash"]

    async def pay(how: Annotated[Card | Cash, Field(discriminator="kind")]): ...

    fields = inputs(pay)

    assert ["", "card", "cash"] == [option.props["value"] for option in fields.kind.options]
    assert (True, None) == (fields.kind.get("required"), fields.number.get("required"))


@pytest.mark.parametrize("source", [everything, 3, int])
def test_what_has_no_fields_is_refused(source):
    """There is nothing to make controls of; the message says what to give."""
    with pytest.raises(DefinitionError):
        inputs(source)


def test_a_field_that_is_not_there_is_named():
    """A misspelt field says which there are."""
    with pytest.raises(AttributeError, match="'streat'; there are street, zip"):
        _ = inputs(Address).streat


@pytest.mark.parametrize("mark", [{"accept": "image/*"}, {"accept": ["jpg"]}, {"max_bytes": 0}])
def test_files_are_described_rightly(mark):
    """What would never match a file is an error where it is written."""
    with pytest.raises(DefinitionError, match="File"):
        File(**mark)
