"""Forms: flat names and texts become nested values of the annotated types, and nothing else."""

import dataclasses
import datetime as dt
import enum
import sys
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from jetbridge.errors import ActionError
from jetbridge.schema.convert import Arguments, convert, converter_of
from jetbridge.schema.describe import describe
from jetbridge.schema.fields import FormReader
from jetbridge.schema.shape import shape_of
from jetbridge.wire.model import FormData, Upload

FILE = Upload(b"x", "a.txt", "text/plain")
NO_FILE = Upload(b"", "", "application/octet-stream")


class Address(BaseModel):
    street: str
    lift: bool = True


class Item(BaseModel):
    qty: int
    tags: list[str] = []


class Order(BaseModel):
    address: Address
    items: list[Item]
    born: dt.date | None = None
    nick: str | None = None


class Node(BaseModel):
    name: str
    below: "list[Node]" = []


class Aliased(BaseModel):
    first: str = Field(alias="first-name")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Login:
    user: str
    password: SecretStr


class Stock(msgspec.Struct):
    count: int
    sold_out: bool
    since: dt.date | None = None


class Card(BaseModel):
    kind: Literal["card"]
    number: str


class Cash(BaseModel):
    kind: Literal["cash"]
    amount: int


class Payment(BaseModel):
    how: Annotated[Card | Cash, Field(discriminator="kind")]


async def order(order: Order): ...
async def two(name: str, count: int = 1, loud: bool = True): ...
async def mixed(form: FormData, name: str): ...
async def everything(form: FormData): ...
async def as_object(form: dict): ...
async def untyped(form): ...
async def upload(avatar: Upload | None, more: list[Upload]): ...
async def others(name: str, **more: str): ...


def taking(annotation):
    """A function with one parameter `v` of this type."""

    async def function(v): ...

    function.__annotations__ = {"v": annotation}
    return function


def submit(function, *entries, **options):
    """What the function gets of a form, or the field errors."""
    try:
        return convert(describe(function), [FormData(entries)], **options).kwargs
    except ActionError as error:
        return error.field_errors


ADDRESS = [("address.street", "Main"), ("address.lift", "on")]


@pytest.mark.parametrize(
    ("function", "entries", "expected"),
    [
        (order, [*ADDRESS, ("items[0].qty", "2")], {
            "order": Order(address=Address(street="Main"), items=[Item(qty=2)])}),
        (order, [("address.street", "Main"), ("items[7].qty", "7"), ("items[2].qty", "2"), ("items[2].tags", "a"),
                 ("items[2].tags", "b"), ("born", "2000-02-03"), ("nick", "")], {
            "order": Order(address=Address(street="Main", lift=False), born=dt.date(2000, 2, 3),
                           items=[Item(qty=2, tags=["a", "b"]), Item(qty=7)])}),
        (two, [("name", "x"), ("count", "3"), ("loud", "on")], {"name": "x", "count": 3, "loud": True}),
        (two, [("name", ""), ("count", "")], {"name": "", "loud": False}),
        (two, [("name", "x"), ("loud", "0"), ("loud", "1")], {"name": "x", "loud": True}),
        (mixed, [("name", "x"), ("y", "z")], {"form": FormData([("name", "x"), ("y", "z")]), "name": "x"}),
        (as_object, [("a", "1"), ("b.c", "2"), ("a", "3")], {"form": {"a": ["1", "3"], "b.c": "2"}}),
        (untyped, [("a", "1"), ("__class__", "2")], {"form": {"a": "1", "__class__": "2"}}),
        (upload, [("avatar", NO_FILE), ("more", FILE), ("more", NO_FILE)], {"avatar": None, "more": [FILE]}),
        (upload, [("avatar", FILE)], {"avatar": FILE, "more": []}),
        (others, [("name", "x"), ("b", "2")], {"name": "x", "b": "2"}),
        (taking(Aliased), [("first-name", "A")], {"v": Aliased(**{"first-name": "A"})}),
        (taking(Level), [("v", "1")], {"v": Level.LOW}),
        (taking(Node), [("name", "a"), ("below[0].name", "b"), ("below[0].below[0].name", "c")], {
            "v": Node(name="a", below=[Node(name="b", below=[Node(name="c")])])}),
        (taking(Stock), [("count", "3"), ("sold_out", "on"), ("since", "")], {"v": Stock(3, True)}),
        (taking(Stock), [("count", "3")], {"v": Stock(3, False)}),
        (taking(Payment), [("how.kind", "cash"), ("how.amount", "3")], {"v": Payment(how=Cash(kind="cash", amount=3))}),
        (taking(list[int]), [("v", "1"), ("v", "2")], {"v": [1, 2]}),
        (taking(list[str]), [("v[]", "1"), ("v[]", "2")], {"v": ["1", "2"]}),
        (order, [*ADDRESS, ("items.0.qty", "2")], {
            "order": Order(address=Address(street="Main"), items=[Item(qty=2)])}),
        (taking(dict[str, int]), [("a", "1")], {"v": {"a": 1}}),
        (taking(list[str] | None), [("v", "")], {"v": None}),
        (taking(list[str] | None), [("v", ""), ("v", "a")], {"v": ["", "a"]}),
        (taking(list[int]), [("v[0]", "1"), ("v[2]", ""), ("v[7]", "3")], {"v": [1, 3]}),
        (taking(Decimal), [("v", "1e999")], {"v": Decimal("1e999")}),
        (taking(str), [("v", "x")], {"v": "x"}),
    ],
)  # fmt: skip
def test_fields_fill_what_is_annotated(function, entries, expected):
    """Names lead into models, repeated names fill lists, an unchecked box is False, an empty optional is None."""
    assert expected == submit(function, *entries)


@pytest.mark.parametrize(
    ("function", "entries", "errors"),
    [
        (order, [("items[5].qty", "x"), ("items[9].tags", "a"), ("born", "soon")], {
            "address.street": "This field is required", "items[5].qty": "Enter a whole number",
            "items[9].qty": "This field is required", "born": "Enter a date as YYYY-MM-DD"}),
        (two, [("count", "x"), ("loud", "maybe")], {
            "name": "This field is required", "count": "Enter a whole number", "loud": "Choose yes or no"}),
        (taking(Strict), [("a", "1"), ("b", "2")], {"b": "There is no such field"}),
        (taking(Stock), [("count", "x")], {"count": "Enter a whole number"}),
        (taking(Payment), [("how.kind", "card")], {"how.number": "This field is required"}),
        (taking(int | None), [("v", "x")], {"v": "Enter a whole number"}),
        (taking(list[int]), [("v[0]", ""), ("v[2]", "x"), ("v[7]", "3")], {"v[2]": "Enter a whole number"}),
        (taking(tuple[int, str]), [("v[0]", "1")], {"v[1]": "This field is required"}),
        *[(taking(kind), [("v", text)], {"v": said}) for text in ("1_0", "٣", "1e99999", "1e999999999999999999")
          for kind, said in ((int, "Enter a whole number"), (float, "Enter a number"), (Decimal, "Enter a number"))],
        (taking(Upload), [("v", NO_FILE)], {"v": "This field is required"}),
    ],
)  # fmt: skip
def test_errors_stand_at_the_names_of_the_form(function, entries, errors):
    """All at once, at the index the form used, without the names a validator gives its own steps."""
    assert errors == submit(function, *entries)


@pytest.mark.parametrize(
    "name",
    ["__class__", "__init__", "constructor", "address.__class__", "address.__class__.__init__", "items[0].__dict__",
     "items[999999999]", "items[99999999999999999999].qty", "items[-1].qty", "items[0", "a[999999999]", "address[0]",
     "items." + "9" * 5000, "items.٣.qty", "address..street", ".", "[", "]", "[0]", "items[0]" + "[0]" * 5000,
     "address" + ".street" * 5000,
     "address.street.more", "\ud800", "", "items[٣].qty"],
)  # fmt: skip
def test_hostile_names_lead_nowhere(name):
    """A name is only a key: it reaches no attribute, allocates nothing, and at most puts an error at its own place."""
    result = submit(order, *ADDRESS, (name, "1"))

    if result.keys() == {"order"}:
        expected = Order(address=Address(street="Main"), items=[])
        assert expected == result["order"]
    else:
        assert all(path.startswith(("items", "address")) for path in result)


@pytest.mark.parametrize("make", [lambda i: f"items[{i}].qty", lambda i: f"field{i}", lambda i: "items[0].tags"])
def test_many_fields_cost_linear_time(make):
    """Ten times the fields take about ten times the steps."""

    def steps(count):
        entries = [(make(i), "1") for i in range(count)]
        calls = 0

        def count_call(*_):
            nonlocal calls
            calls += 1

        sys.setprofile(count_call)
        try:
            submit(order, *ADDRESS, *entries)
        finally:
            sys.setprofile(None)
        return calls

    assert steps(5_000) < 12 * steps(500)


@pytest.mark.parametrize("function", [everything, as_object, untyped, others], ids=lambda f: f.__name__)
def test_our_own_fields_are_never_seen(function):
    """Fields whose name starts with `$` are Jetbridge's or React's."""
    got = submit(function, ("name", "x"), ("$token", "secret"), ("$ACTION_ID_1", ""), ("$bound", "x"))

    assert "$" not in repr(got)
    assert "x" in repr(got) or got["form"].get("name") == "x"


def test_a_form_after_reacts_state_fills_the_parameters():
    """useActionState passes its state before the form: a function that does not declare it never sees it."""
    values = [{"old": "state"}, FormData([("name", "x"), ("loud", "on")])]

    assert Arguments((), {"name": "x", "loud": True}) == convert(describe(two), values)


def test_a_form_as_an_ordinary_argument_stays_in_its_place():
    """`f(3, formData)` passes both where the second parameter takes a form."""

    async def update(user_id: int, form: FormData): ...

    form = FormData([("a", "1")])

    assert {"user_id": 3, "form": form} == convert(describe(update), [3, form]).kwargs


def test_what_a_model_says_of_itself_is_the_message():
    """A check of the whole model belongs to no field, so the person reads it where the form's error stands."""

    class Change(BaseModel):
        new: str
        again: str

        @model_validator(mode="after")
        def same(self):
            if self.new != self.again:
                raise ValueError("The two passwords differ")
            return self

    with pytest.raises(ActionError) as caught:
        convert(describe(taking(Change)), [FormData([("new", "a"), ("again", "b")])])

    assert ("The two passwords differ", {}) == (caught.value.message, caught.value.field_errors)


def test_a_query_string_has_no_unchecked_boxes():
    """What a URL does not mention keeps its default."""

    async def page(deep: bool = True, tags: list[str] = ["a"]): ...  # noqa: B006

    assert {} == submit(page, source="query")
    assert {"deep": False} == submit(page, ("deep", "false"), source="query")


def test_knows_which_fields_are_secret():
    """Fields annotated as secrets are known by name, at any depth."""

    class Account(BaseModel):
        login: Login
        api_key: SecretStr | None = None

    assert {"password", "api_key"} == set(converter_of(describe(taking(Account))).secrets)


@pytest.mark.parametrize("annotation", [Any, dict, dict[str, Any], object])
def test_a_function_that_says_nothing_gets_the_form_as_an_object(annotation):
    """Without field names in the annotation, names stay as they are and repeated ones become lists."""
    assert {"v": {"a": ["1", "2"], "b": "3"}} == submit(taking(annotation), ("a", "1"), ("b", "3"), ("a", "2"))


class Flat(BaseModel):
    name: str
    age: int = 3
    agreed: bool = False
    nick: str | None = None
    tags: list[str] = []
    where: Address | None = None


SENT = st.lists(
    st.tuples(
        st.sampled_from(
            ["name", "age", "agreed", "nick", "tags", "where", "where.street", "tags[1]", "other", "age.x"]
        ),
        st.sampled_from(["", "Ada", "7", "on", "a\r\nb", FILE, NO_FILE]),
    ),
    max_size=6,
)


@given(SENT, st.booleans())
def test_a_flat_form_is_read_as_the_tree_of_all_places_is(entries, checkboxes):
    """What a form with plain names comes to in one go is what every other way comes to."""
    shape = shape_of(Flat)
    quick, deep = FormReader(checkboxes=checkboxes), FormReader(checkboxes=checkboxes)

    assert (deep.read_deep(entries, shape), deep.misplaced, deep.indices) == (
        quick.read(entries, shape),
        quick.misplaced,
        quick.indices,
    )
