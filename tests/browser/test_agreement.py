"""The browser's validation and the server's: what one lets through the other takes, for each type of field."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import EmailStr, Field, HttpUrl, PositiveInt

from jetbridge.elements.inputs import inputs
from jetbridge.errors import ActionError
from jetbridge.render.html import print_html
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import describe
from jetbridge.wire.model import FormData


class Role(enum.Enum):
    ADMIN = 1
    GUEST = 2


WORDS = ["", "a", "ab", "abcdef", "12345", "12345-6789", "Müller", "a b", "x_1", "no"]
NUMBERS = ["", "-10", "-3", "-1", "0", "1", "2", "3", "4", "5", "7", "10", "15", "20", "100"]
PARTS = ["", "-1", "0", "0.005", "0.01", "0.1", "0.15", "0.2", "0.3", "1", "9.99", "10", "99.99", "100", "1000"]
DATES = ["", "1999-12-31", "2000-01-01", "2000-01-02", "2020-06-30", "2020-07-01", "2100-01-01"]
TIMES = ["", "07:59", "08:00", "12:30", "18:00", "18:01"]
MOMENTS = ["", "1999-12-31T23:59", "2000-01-01T00:00", "2020-06-30T12:34"]

CASES: list[tuple[Any, list[str]]] = [
    (str, WORDS),
    (str | None, WORDS),
    (Annotated[str, Field(min_length=1)], WORDS),
    (Annotated[str, Field(min_length=2, max_length=5)], WORDS),
    (Annotated[str, Field(min_length=2)] | None, WORDS),
    (Annotated[str, Field(pattern="^[a-z]+$")], WORDS),
    (Annotated[str, Field(pattern="[0-9]")], WORDS),
    (Annotated[str, Field(pattern=r"^\d{5}(-\d{4})?$")], WORDS),
    (Annotated[str, Field(pattern=r"^\w+$")], WORDS),
    (Annotated[str, Field(pattern="^ab|5$")], WORDS),
    (Annotated[str, Field(max_length=400)], WORDS),
    (EmailStr, ["", "ada@example.com", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com"]),
    (HttpUrl | None, ["", "https://example.com", "http://example.com/a?b", "ftp://example.com", "example.com"]),
    (int, NUMBERS),
    (int | None, [*NUMBERS, "1.5"]),
    (PositiveInt, NUMBERS),
    (Annotated[int, Field(ge=3, lt=15)], NUMBERS),
    (Annotated[int, Field(gt=-3, le=7)], NUMBERS),
    (Annotated[int, Field(ge=1, multiple_of=5)], NUMBERS),
    (Annotated[int, Field(multiple_of=5)], NUMBERS),
    (float, PARTS),
    (Annotated[float, Field(ge=0.1, le=10)], PARTS),
    (Annotated[Decimal, Field(gt=0, max_digits=4, decimal_places=2)], PARTS),
    (Annotated[Decimal, Field(ge=Decimal("0.1"), multiple_of=Decimal("0.1"))], PARTS),
    (dt.date, DATES),
    (Annotated[dt.date, Field(gt=dt.date(2000, 1, 1), lt=dt.date(2020, 7, 1))] | None, DATES),
    (Annotated[dt.time, Field(ge=dt.time(8), le=dt.time(18))], TIMES),
    (Annotated[dt.datetime, Field(ge=dt.datetime(2000, 1, 1))], MOMENTS),
    (Literal["a", "b"], ["", "a", "b"]),
    (Role | None, ["", "1", "2"]),
    (bool | None, ["", "true", "false"]),
]


@pytest.fixture(scope="module")
def blank(contexts):
    page = contexts[True].new_page()
    yield page
    page.close()


def takes(function, text):
    """Whether the server takes a form with this text."""
    try:
        convert(describe(function), [FormData([("v", text)])])
    except ActionError:
        return False
    return True


def lets_through(page, control, text):
    """Whether a person can enter this text and submit the form."""
    page.set_content("<form>" + "".join(map(str, print_html(control).parts)) + "</form>")
    field = page.locator("[name=v]")
    if control.type == "select":
        field.select_option(text)
    elif control.props.get("type") == "number":
        field.press_sequentially(text)
    else:
        field.fill(text)
    # A control may cut off what is too long, or empty what it cannot read.
    return field.evaluate("(field, text) => field.value === text && field.checkValidity()", text)


@pytest.mark.parametrize(("annotation", "texts"), CASES)
def test_both_say_the_same(blank, annotation, texts):
    """No text is refused by one and taken by the other."""

    async def save(v): ...

    save.__annotations__ = {"v": annotation}
    control = inputs(save).v.control()

    assert {text: takes(save, text) for text in texts} == {text: lets_through(blank, control, text) for text in texts}
