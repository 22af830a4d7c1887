"""Forms from types, over both doors: what a page prints, what a submit gives, what the page says then."""

from functools import partial
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, EmailStr, Field, SecretStr

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.auto_form import auto_form
from jetbridge.elements.h import h
from jetbridge.elements.inputs import inputs
from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.marks import Control, File
from jetbridge.server.app import App
from jetbridge.testing import Client
from jetbridge.wire.model import FormData, Upload

PNG = Upload(b"\x89PNG", "me.png", "image/png")
LARGE = Upload(b"x" * 11, "a.png", "image/png")


class Address(BaseModel):
    street: Annotated[str, Field(min_length=1, description="With the number")]


class NewUser(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    email: EmailStr
    address: Address
    colors: list[Literal["red", "green"]] = []
    plan: Annotated[Literal["free", "pro"], Control("radio")] = "free"
    photo: Annotated[Upload, File(max_bytes=10, accept=["image/*"])] | None = None


class Login(BaseModel):
    password: str = ""
    pin: SecretStr | None = None


@action
async def create_user(user: NewUser) -> str:
    return f"{user.name} {user.address.street} {user.colors} {user.plan} {user.photo and user.photo.name}"


@action
async def rename(number: int, name: Annotated[str, Field(min_length=2)]):
    return name


@pytest.fixture
def app():
    made = App(__name__)

    @made.page("/")
    def home():
        return [auto_form(create_user), h.output[action_state(create_user).result]]

    @made.page("/record")
    def record():
        form = auto_form(NewUser, action=create_user, submit="Sign up", className="wide", values={"name": "Ada"})
        return [form, h.output[action_state(create_user).result]]

    @made.page("/rows")
    def rows():
        return [auto_form(partial(rename, number), key=number, submit=f"Rename {number}") for number in (1, 2)]

    @made.page("/own")
    def own():
        fields = inputs(create_user)
        return h.form(action=create_user)[fields.email.label, h.input(**fields.email), fields.email.message]

    return made


FIELDS = {"name": "Ada", "email": "ada@example.com", "address.street": "Main 1"}


@pytest.mark.parametrize(
    ("path", "fields", "result"),
    [
        ("/", {}, "Ada Main 1 [] free None"),
        ("/", {"colors": ["red", "green"], "plan": "pro", "photo": PNG}, "Ada Main 1 ['red', 'green'] pro me.png"),
        ("/record", {}, "Ada Main 1 [] free None"),
    ],
)
async def test_a_form_from_types_submits(app, path, fields, result):
    """Every control posts under the name that its field is read from, and both doors give the same."""
    async with Client(app) as client:
        page = await client.open(path)
        entries = [entry for entry in page.form().fields if entry[0] not in {*FIELDS, *fields}]
        for name, value in {**FIELDS, **fields}.items():
            entries += [(name, one) for one in (value if isinstance(value, list) else [value])]
        call = await page.call(create_user, FormData(entries))
        shown = await page.form().submit({**FIELDS, **fields})

    assert [result, result] == [call.value, shown.soup.output.text]


async def test_errors_stand_with_their_controls(app):
    """The page says in words, and by reference, which control is wrong; what was typed stands."""
    async with Client(app) as client:
        page = await client.open("/")
        page = await page.form().submit({"name": "A", "email": "ada@example.com", "photo": LARGE})
        soup = page.soup

    described = {
        control["name"]: [soup.find(id=one).text for one in control["aria-describedby"].split()]
        for control in soup.select("[aria-describedby]")
    }
    assert 422 == page.status
    assert {
        "name": ["Use at least 2 characters"],
        "address.street": ["With the number", "This field is required"],
        "photo": ["Choose a file of at most 10 bytes"],
    } == described
    assert ("A", "ada@example.com") == (
        soup.select_one("[name=name]")["value"],
        soup.select_one("[name=email]")["value"],
    )
    assert "Some fields need your attention" == soup.select_one("[role=alert] p").text
    assert None is soup.select_one("[role=alert] li")


async def test_every_control_has_a_label(app):
    """A label names each control, a legend each group, and no id stands twice."""
    async with Client(app) as client:
        soup = (await client.open("/")).soup

    labelled = {label["for"] for label in soup.select("label")}
    ids = [element["id"] for element in soup.select("form [id]")]
    assert {control["id"] for control in soup.select("input:not([type=hidden]), select, textarea")} == labelled
    assert len(ids) == len(set(ids))
    assert ["Address", "Colors", "Plan"] == [legend.text for legend in soup.select("legend")]


async def test_each_row_has_its_own_form(app):
    """Bound values tell ids and states apart."""
    async with Client(app) as client:
        page = await client.open("/rows")
        page = await page.form(index=1).submit({"name": "x"})
        controls = page.soup.select("[name=name]")

    assert [None, "true"] == [control.get("aria-invalid") for control in controls]
    assert 2 == len({control["id"] for control in controls})


async def test_the_state_of_an_action_is_looked_up(app):
    """`inputs(action)` on a page knows the last submit."""
    async with Client(app) as client:
        page = await client.open("/own")
        page = await page.form().submit({"email": "nobody"})

    assert "Enter a valid e-mail address" == page.soup.select_one("p.error").text


def test_a_form_needs_an_action():
    """A record alone says nothing of where the form goes."""
    with pytest.raises(DefinitionError, match="action=create_user"):
        auto_form(NewUser)


@action
async def register(user: NewUser, login: Login) -> None: ...


@pytest.mark.parametrize("javascript", [False, True])
async def test_secrets_never_come_back(javascript):
    """Neither in HTML nor in Flight, on neither door; what else was typed comes back by its name, nested names too."""
    app = App(__name__)
    seen = []

    @app.page("/")
    def home():
        seen.append(dict(action_state(register).input))
        return auto_form(register)

    typed = {
        "user.name": "A",
        "user.address.street": "Main 1",
        "login.password": "hunter2",
        "login.pin": "hunter3",
        "login._note": "hunter4",
        "_csrf": "hunter5",
    }
    async with Client(app) as client:
        page = await client.open("/")
        if javascript:
            with pytest.raises(ActionError) as caught:
                await page.call(register, FormData([*typed.items()]))
            assert "user.name" in caught.value.field_errors
        else:
            page = await page.form().submit(typed)
            assert "Main 1" in page.response.text
            assert "hunter" not in page.response.text

    assert {"user.name": "A", "user.address.street": "Main 1"} == {
        name: text for name, text in seen[-1].items() if name in typed
    }


class Line(BaseModel):
    sku: Annotated[str, Field(min_length=2)]
    qty: int = 1
    gift: bool = False


class Order(BaseModel):
    note: str = ""
    lines: Annotated[list[Line], Field(max_length=3)] = []
    tags: list[str] = []
    numbers: list[int] = []


@action
async def order(order: Order) -> str:
    return f"{order.note} {[(line.sku, line.qty, line.gift) for line in order.lines]} {order.tags} {order.numbers}"


@pytest.fixture
def orders():
    made = App(__name__)

    @made.page("/")
    def home():
        return [auto_form(order, values={"lines": [{"sku": "aa"}]}), h.output[action_state(order).result]]

    return made


def names(page):
    return [name for name, _ in page.form().fields if not name.startswith("$")]


async def pressed(page, rows, fields=None):
    button = page.soup.find("button", attrs={"name": "$rows", "value": rows})
    return await page.form().submit({**(fields or {}), "$rows": button["value"]})


async def test_rows_come_and_go_without_a_call(orders):
    """A button adds a row and another takes one out; what was typed stays, and nothing has run."""
    async with Client(orders) as client:
        page = await client.open("/")
        page = await pressed(page, "+lines", {"note": "soon", "lines[0].sku": "cup", "lines[0].gift": "on"})
        first = (page.status, names(page))
        focused = [tag["name"] for tag in page.soup.select("[autofocus]")]
        page = await pressed(page, "+lines", {"lines[1].sku": "x"})
        page = await pressed(page, "+tags")
        page = await pressed(page, "+numbers")
        page = await pressed(page, "-lines[1]", {"lines[2].sku": "pot", "lines[2].qty": "4", "tags[0]": "new"})
        taken = names(page)
        page = await page.form().submit()

    assert (200, ["note", "lines[0].sku", "lines[0].qty", "lines[0].gift", "lines[1].sku", "lines[1].qty"]) == first
    assert ["lines[1].sku"] == focused
    assert {"lines[0].sku", "lines[2].sku", "tags[0]", "numbers[0]"} <= set(taken)
    assert "lines[1].sku" not in taken
    assert "soon [('cup', 1, True), ('pot', 4, False)] ['new'] []" == page.soup.output.text


async def test_errors_stand_at_the_rows_that_are_left(orders):
    """Each error has the number that its row has in the page; a list that is full has no button for more."""
    async with Client(orders) as client:
        page = await client.open("/")
        for rows in ("+lines", "+lines"):
            page = await pressed(page, rows)
        full = page.soup.find("button", attrs={"value": "+lines"})
        page = await pressed(page, "-lines[0]", {"lines[2].sku": "x", "lines[1].sku": "yes", "numbers[4]": "x"})
        page = await page.form().submit()

    wrong = [tag["name"] for tag in page.soup.select("[aria-invalid]")]
    assert (None, 422, ["lines[2].sku", "numbers[4]"]) == (full, page.status, wrong)


@pytest.mark.parametrize(
    "rows", ["", "+", "-", "+nothing", "-lines", "-lines[99]", "+__class__", "-" * 5000, "+a[0].b[1]"]
)
async def test_hostile_rows_change_nothing(orders, rows):
    """A list that is not there, or no list at all: the page as it was typed."""
    async with Client(orders) as client:
        page = await (await client.open("/")).form().submit({"$rows": rows, "note": "kept"})

    assert (200, "kept") == (page.status, dict(page.form().fields)["note"])


async def test_the_enter_key_submits(orders):
    """The first button of the form is none of those that change lists."""
    async with Client(orders) as client:
        page = await client.open("/")

    assert "$rows" != page.soup.select("form button")[0].get("name")
