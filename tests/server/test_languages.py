"""Languages: what is wrong is told in the language of the app, or of the visitor where the app says so."""

from typing import Annotated

import pytest
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, DefinitionError
from jetbridge.schema.catalogs import CATALOGS, ENGLISH
from jetbridge.server.app import App
from jetbridge.server.languages import accept_language
from jetbridge.testing import Client


def refuse(value: str) -> str:
    if value == "bad":
        raise PydanticCustomError("bad_word", "a bad word")
    return value


@action
async def save(count: Annotated[int, Field(ge=3)], name: Annotated[str, AfterValidator(refuse)] = "x"):
    return count


def make(**options):
    app = App(__name__, **options)

    @app.page("/")
    def home():
        state = action_state(save)
        return h.form(action=save)[h.input(name="count"), [h.p[text] for text in state.field_errors.values()]]

    return app


@pytest.mark.parametrize(
    ("options", "headers", "expected"),
    [
        ({}, {"accept-language": "de"}, "Must be at least 3"),
        ({"locale": "de"}, {}, "Muss mindestens 3 sein"),
        ({"locale": "fr-CA"}, {}, "Doit être au moins 3"),
        ({"locale": "de", "messages": {"de": {"greater_than_equal": "ab {ge}"}}}, {}, "ab 3"),
        ({"locale": "nl", "messages": {"nl": {}}}, {}, "Must be at least 3"),
        ({"locale": "de", "messages": {"de": {"greater_than_equal": "{oops}"}}}, {}, None),
        ({"locale": lambda request: request.headers["x-language"]}, {"x-language": "de"}, "Muss mindestens 3 sein"),
        ({"locale": accept_language("en", "de")}, {"accept-language": "fr, de-AT;q=0.8"}, "Muss mindestens 3 sein"),
    ],
)
async def test_messages_are_translated(options, headers, expected):
    """Both doors say the same sentence, and its code beside it."""
    async with Client(make(**options), headers=headers) as client:
        with pytest.raises(ActionError) as caught:
            await client.call(save, 1)
        page = await (await client.open("/")).form().submit({"count": "1"})

    said = expected or caught.value.field_errors["count"]
    assert [said, said] == [caught.value.field_errors["count"], page.soup.select_one("form p").text]


async def test_codes_of_ones_own_have_messages():
    """A validator's own code is looked up like ours."""
    async with Client(make(messages={"en": {"bad_word": "Be nice"}})) as client:
        with pytest.raises(ActionError) as caught:
            await client.call(save, 3, "bad")

    assert {"name": "Be nice"} == caught.value.field_errors


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("fr", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("en;q=0.3, de;q=0.7", "de"),
        ("de;q=0", "en"),
        ("de;q=x", "en"),
        ("*", "en"),
        ("xx, *;q=0.1", "en"),
        ("DE", "de"),
    ],
)
async def test_browsers_are_asked_where_the_app_says_so(header, expected):
    """The best of the languages offered, by the weights of Accept-Language; the document says which."""
    async with Client(make(locale=accept_language("en", "de")), headers={"accept-language": header}) as client:
        page = await client.open("/")

    assert expected == page.soup.html["lang"]


def test_every_language_says_everything():
    """The catalogs have the same codes, with the same values in them."""
    fields = {
        language: {code: sorted(part for part in text.split() if "{" in part) != [] for code, text in catalog.items()}
        for language, catalog in CATALOGS.items()
    }
    choices = {"enum", "literal_error"}  # English lists them

    assert [ENGLISH.keys()] * len(fields) == [codes.keys() for codes in fields.values()]
    for codes in fields.values():
        assert {c: v for c, v in fields["en"].items() if c not in choices} == {
            c: v for c, v in codes.items() if c not in choices
        }


@pytest.mark.parametrize("make_locale", [lambda: App(__name__, locale="tlh"), lambda: accept_language()])
def test_a_language_without_messages_is_refused(make_locale):
    """A misspelt language would silently be English."""
    with pytest.raises(DefinitionError):
        make_locale()
