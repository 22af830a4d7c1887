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
