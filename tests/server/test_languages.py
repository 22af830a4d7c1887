"""Languages: what is wrong is told in the language of the app, or of the visitor where the app says so."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from jetbridge.actions.define import action
from jetbridge.actions.state import action_state
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, DefinitionError, forbidden, unauthorized
from jetbridge.schema.catalogs import CATALOGS
from jetbridge.schema.sentences import ENGLISH, HERE
from jetbridge.server.app import App
from jetbridge.server.languages import accept_language
from jetbridge.testing import Client, UnexpectedError


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

    assert [CATALOGS["en"].keys()] * len(fields) == [codes.keys() for codes in fields.values()]
    for codes in fields.values():
        assert {c: v for c, v in fields["en"].items() if c not in choices} == {
            c: v for c, v in codes.items() if c not in choices
        }


@pytest.mark.parametrize("make_locale", [lambda: App(__name__, locale="tlh"), lambda: accept_language()])
def test_a_language_without_messages_is_refused(make_locale):
    """A misspelt language would silently be English."""
    with pytest.raises(DefinitionError):
        make_locale()


async def unwell():
    "use server"
    raise RuntimeError("unwell")


async def closed():
    "use server"
    return forbidden()


async def quiet():
    "use server"
    return forbidden("Keep out: {this}")


@action(max_bytes=500)
async def small(text: str):
    return text


@action(rate="1/hour")
async def rarely():
    return None


def speaking(locale):
    app = App(__name__, locale=locale, messages={"nl": {"status_404": "Niet gevonden", "nothing_at": "{oops}"}})

    @app.page("/")
    def home():
        return [
            h.form(action=one)[h.input(name="text"), h.button["go"]] for one in (unwell, closed, quiet, small, rarely)
        ]

    @app.page("/signed-in")
    def signed_in():
        raise unauthorized()

    return app


SAID = [
    ("/none", None, 404, ["Nicht gefunden", "Unter /none gibt es nichts."]),
    ("/signed-in", None, 401, ["Anmeldung nötig", "Melden Sie sich an, um fortzufahren"]),
    ("/", unwell, 500, ["Etwas ist schiefgegangen", "Der Fehler wurde aufgezeichnet."]),
    ("/", closed, 403, ["Nicht erlaubt", "Das dürfen Sie nicht"]),
    ("/", quiet, 403, ["Nicht erlaubt", "Keep out: {this}"]),
    ("/", small, 413, ["Zu groß", "Was gesendet wurde, ist zu groß."]),
]


@pytest.mark.parametrize(("path", "function", "status", "texts"), SAID)
async def test_pages_about_errors_speak_the_language_of_the_request(path, function, status, texts):
    """Titles and sentences of ours; what an author says stays as it was written."""
    async with Client(
        speaking(lambda request: request.headers.get("x-language")), headers={"x-language": "de"}
    ) as client:
        page = await client.open(path)
        if function is not None:
            page = await page.form(function).submit({"text": "x" * 1000})

    assert (status, texts) == (page.status, [text for text in texts if text in page.text])
    assert ("de", page.title) == (page.soup.html["lang"], texts[0])


async def test_calls_are_told_in_the_language_of_the_request():
    """What a call is refused with, and what our client says by itself."""
    async with Client(speaking(accept_language("en", "fr")), headers={"accept-language": "fr"}) as client:
        page = await client.open("/")
        with pytest.raises(ActionError, match="Vous ne pouvez pas faire cela"):
            await client.call(closed)
        with pytest.raises(UnexpectedError, match="trop volumineux"):
            await client.call(small, "x" * 1000)
        await client.call(rarely)
        with pytest.raises(UnexpectedError, match="réessayez"):
            await client.call(rarely)

    assert {code: CATALOGS["fr"][code] for code in HERE} == page.tree["words"]


async def test_english_pages_carry_no_words():
    """Our client has them."""
    async with Client(speaking("en")) as client:
        page = await client.open("/")

    assert "words" not in page.tree


async def test_an_own_catalog_may_lack_or_spoil_what_it_says():
    """English stands in where a language has no sentence, and where its sentence cannot be made."""
    async with Client(speaking("nl")) as client:
        page = await client.open("/none")

    assert ("Niet gevonden", True) == (page.title, "There is nothing at /none." in page.text)


def test_the_client_says_the_same_english():
    """`js/src/client/words.ts` has the sentences under the same codes."""
    source = (Path(__file__).parents[2] / "js/src/client/words.ts").read_text("utf-8")

    assert {code: ENGLISH[code] for code in HERE} == dict(re.findall(r'^  (\w+): "(.*)",$', source, re.M))
