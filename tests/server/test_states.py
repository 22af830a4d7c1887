"""States of several forms in one page, through both doors: each has its own, and keeps it meanwhile."""

import re
from functools import partial
from typing import Annotated, Any

import pytest
from pydantic import Field

from jetbridge.actions.define import action
from jetbridge.actions.places import Place, belongs_to, is_called
from jetbridge.actions.state import action_state, state_key
from jetbridge.elements.boundaries import ErrorBoundary
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import ActionError
from jetbridge.server.app import App
from jetbridge.testing import Client
from jetbridge.wire.model import Element, FormData
from jetbridge.wire.protocol import (
    CONTENT_TYPE,
    FIELD_BOUND,
    FIELD_FORM,
    FIELD_SHOWN,
    FIELD_TOKEN,
    HEADER_TAGS,
    HEADER_TOKEN,
)
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight

Word = Annotated[str, Field(min_length=3)]


@action
async def subscribe(word: Word, password: str = "") -> str:
    if word == "fail":
        raise RuntimeError("failed")
    return f"thanks {word}"


@action
async def comment(note: Word) -> str:
    return f"noted {note}"


@action
async def rename(number: int, name: Word) -> str:
    return f"{number} is {name}"


@action
async def draft(word: str) -> str:
    raise ActionError(f"no room for {word}")


@action(max_bytes=2000)
async def tiny(word: Word) -> str:
    return word


@component
def box(where: str):
    state = action_state(subscribe)
    return h.section[
        h.form(action=subscribe)[
            h.input(name="word"), h.input(name="password", type="password"), h.button["go"],
            h.button(formAction=draft)["draft"],
        ],
        where, "[", state.error and state.error.message, state.result, "]",
        h.i[action_state(draft).error and action_state(draft).error.message],
    ]  # fmt: skip


@component
def row(number: int):
    bound = partial(rename, number)
    state = action_state(bound)
    return h.form(action=bound)[h.input(name="name"), h.b[number, "[", state.error and state.error.message, "]"]]


@component
def news():
    """Somewhere else in the page, without a form."""
    return h.aside["news[", action_state(subscribe).result, "]"]


@component
def wrapped(children: Any = None):
    return h.div[children]


def by_name():
    def told(name):
        state = action_state(comment, form=name)
        return f"{name}[{state.result or ''}{state.field_errors.get('note', '')}]"

    return [h.form(action=comment, id=name)[h.input(name="note"), told(name)] for name in ("one", "two")]


@pytest.fixture
def app():
    made = App(__name__)

    @made.page("/")
    def home():
        return [
            wrapped()[box(where="top")], box(where="middle"), [box(where=str(n), key=n) for n in (1, 2)], news(),
            [row(number=n) for n in (1, 2)], by_name(),
            h.form(action=tiny)[h.input(name="word")], h.em[action_state(tiny).result],
        ]  # fmt: skip

    @made.page("/bounded")
    def bounded():
        return [
            h.form(action=subscribe)[h.input(name="word"), "first"],
            ErrorBoundary(fallback=lambda _: h.p["fallback"])[h.form(action=subscribe)[h.input(name="word"), "second"]],
        ]

    return made


def words(tree):
    """What a tree shows as text."""
    if isinstance(tree, Element):
        return words(tree.props.get("children"))
    if isinstance(tree, list | tuple):
        return "".join(map(words, tree))
    return "" if tree is None or isinstance(tree, bool) else str(tree)


class Door:
    """Submits forms of a page, as a browser does or as our client does, and gives what the page shows then."""

    def __init__(self, client, page, *, live):
        self.client = client
        self.page = page
        self.live = live
        self.shown = None

    async def submit(self, called, button=None, **fields):
        """Fill in the form that the page calls so, and submit it; what the page shows then, without white space."""
        forms = [self.page.form(index=at) for at in range(len(self.page.soup.find_all("form")))]
        form = next(form for form in forms if (FIELD_FORM, called) in form.fields)
        if self.live:
            return words(await self._call(form, button, fields)).replace(" ", "")
        self.page = await form.submit(fields, button=button)
        return self.page.text.replace(" ", "")

    async def _call(self, form, button, fields):
        ours = {name: value for name, value in form.fields if name.startswith("$")}
        typed = [(name, value) for name, value in form.fields if not name.startswith("$") and name not in fields]
        shown = [(FIELD_SHOWN, self.shown)] if self.shown else []
        data = FormData([*typed, *fields.items(), (FIELD_FORM, ours[FIELD_FORM]), *shown])
        sealed = [ours[FIELD_BOUND]] if FIELD_BOUND in ours and button is None else []
        response = await self.client.http.post(
            form.tag["action"] if button is None else form.tag.find("button", string=button)["formaction"],
            headers={
                "accept": CONTENT_TYPE,
                "origin": self.client.origin,
                HEADER_TAGS: "%2A",
                HEADER_TOKEN: ours[FIELD_TOKEN],
            },
            files=[(name, (None, value.encode())) for name, value in encode_reply([*sealed, data])],
        )
        page = decode_flight(response.content)["page"]
        self.shown = page.get("shown")
        return page["tree"]


TOP, MIDDLE = "wrapped*0/box*0/@subscribe*0", "box*0/@subscribe*0"
FIRST, SECOND = "box:1/@subscribe*0", "box:2/@subscribe*0"


@pytest.mark.parametrize("live", [False, True])
class TestBothDoors:
    async def test_each_form_has_a_state_of_its_own(self, app, live):
        """With nothing bound a component is told of its own form, and who has none is told of all."""
        async with Client(app) as client:
            door = Door(client, await client.open("/"), live=live)
            short = await door.submit(TOP, word="x")
            done = await door.submit(SECOND, word="much")

        assert ["top[Onefieldneedsyourattention]", "middle[]", "1[]", "2[]", "news[]"] == boxes(short)
        assert ["top[Onefieldneedsyourattention]", "middle[]", "1[]", "2[thanksmuch]", "news[thanksmuch]"] == boxes(
            done
        )

    async def test_other_forms_keep_their_state(self, app, live):
        """Of other actions and of rows, through errors and successes, until they are submitted again."""
        async with Client(app) as client:
            door = Door(client, await client.open("/"), live=live)
            await door.submit(TOP, word="x")
            await door.submit(state_key(app.registry, partial(rename, 2)), name="no")
            await door.submit("#one*0", note="n")
            before = await door.submit("#two*0", note="fine")
            after = await door.submit(TOP, word="good")

        assert "1[]2[Onefieldneedsyourattention]one[Useatleast3characters]two[notedfine]" in before
        assert "top[Onefieldneedsyourattention]" in before
        assert "1[]2[Onefieldneedsyourattention]one[Useatleast3characters]two[notedfine]" in after
        assert "top[thanksgood]" in after

    async def test_a_button_of_its_own_leaves_the_form_filled(self, app, live):
        """What was typed stays whichever action the form was submitted to, and its error is that form's."""
        async with Client(app) as client:
            door = Door(client, await client.open("/"), live=live)
            shown = await door.submit(FIRST, button="draft", word="novel", password="hidden")

        assert 1 == shown.count("noroomfornovel")
        assert live or ["", "", "novel", ""] == [
            tag["value"] if tag.has_attr("value") else "" for tag in door.page.soup.select("section [name=word]")
        ]

    async def test_a_secret_stays_where_it_was(self, app, live):
        """What other forms keep has no passwords either."""
        async with Client(app) as client:
            door = Door(client, await client.open("/"), live=live)
            await door.submit(TOP, word="x", password="hunter2")
            await door.submit("#one*0", note="n")
            sealed = door.shown if live else door.page.soup.find("input", attrs={"name": FIELD_SHOWN})["value"]

        kept = app._carrier.keyring.open(sealed, purpose="shown", associated=f"/\0{client._visitor()}".encode())
        assert (True, False) == (b'"word":"x"' in kept, b"hunter2" in kept)


def boxes(text):
    return re.findall(r"(?:top|middle|\b\d|(?<=\D)\d|news)\[[a-z]*\]", text, re.I)[:5]


async def test_a_failure_shows_at_the_form_that_was_submitted(app):
    """Of two forms of one action the second fails inside its boundary, whatever stands around the first."""
    async with Client(app) as client:
        page = await client.open("/bounded")
        second = await page.form(index=1).submit({"word": "fail"})
        first = await page.form(index=0).submit({"word": "fail"})

    assert (500, "first fallback") == (second.status, second.text)
    assert (500, False) == (first.status, "fallback" in first.text)


@pytest.mark.parametrize("bound", [False, True])
async def test_a_field_outside_its_form_is_filled_too(bound):
    """What names a form by `form=` belongs to it; after the form in any case, before it where nothing is bound."""
    app = App(__name__)

    @app.page("/")
    def home():
        chosen = partial(rename, 3) if bound else subscribe
        name = "name" if bound else "word"
        return [
            h.input(name=name, form="far"),
            h.form(action=chosen, id="far")[h.button["go"]],
            h.form(action=comment, id="near")[h.input(name=name), h.input(name=name, form="far")],
        ]

    async with Client(app) as client:
        page = await client.open("/")
        page = await page.form(index=0).submit({"name" if bound else "word": ["x", "y"]})
        held = [tag.get("value") for tag in page.soup.select("[name=name], [name=word]")]

    assert (422, [None, None, "x"] if bound else ["x", None, "y"]) == (page.status, held)


async def test_what_others_show_travels_only_where_there_is_room(app):
    """An action that takes few bytes is not refused for what other forms of its page came to."""
    async with Client(app) as client:
        page = await (await client.open("/")).form(subscribe).submit({"word": "x" * 501 + " "})
        page = await page.form(index=1).submit({"word": "x"})
        names = [name for name, _ in page.form(tiny).fields]
        done = await page.form(tiny).submit({"word": "short"})

    assert (False, True) == (FIELD_SHOWN in names, FIELD_SHOWN in dict(page.form(subscribe).fields))
    assert (200, "short") == (done.status, done.soup.em.text)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("", ""),
        ("x" * 5000, "x" * 5000),
        ("/" * 400, "%00"),
        ("box:1", "AQ"),
        ("__class__*0", "\udcff".encode("utf-8", "replace").decode()),
    ],
)
async def test_hostile_names_and_states_are_nothing(app, form, shown):
    """What we have not written ourselves shows nothing, and the submit counts all the same."""
    async with Client(app) as client:
        page = await client.open("/")
        done = await page.form(subscribe).submit({FIELD_FORM: form, FIELD_SHOWN: shown, "word": "good"})

    assert (200, True) == (done.status, "thanks good" in done.text)


async def test_what_a_page_shows_is_one_visitors(app):
    """Another visitor, or another page, opens nothing of it."""
    async with Client(app) as client, Client(app) as other:
        page = await (await client.open("/")).form(index=0).submit({"word": "x"})
        sealed = dict(page.form(subscribe).fields)[FIELD_SHOWN]
        elsewhere = await (await other.open("/")).form(index=1).submit({"word": "y", FIELD_SHOWN: sealed})

    assert 1 == elsewhere.text.count("One field needs your attention")


async def test_long_texts_are_left_out_before_a_page_grows():
    """What other forms keep has a limit for all forms of a page together; a long one makes no room."""
    app = App(__name__)

    @app.page("/")
    def home():
        return [h.form(action=draft, id=str(n))[h.textarea(name="word")] for n in range(40)]

    async with Client(app) as client:
        page = await client.open("/")
        for at, length in ((0, 20), (1, 7000), (2, 30), (3, 60_000)):
            page = await page.form(index=at).submit({"word": chr(97 + at) * length})
        sizes = [len(page.form(index=at).tag.textarea.text) for at in range(4)]

    assert [20, 0, 30, 60_000] == sizes
    assert len(page.html) < 500_000


@pytest.mark.parametrize(
    ("form", "steps", "told"),
    [
        ("", [("box", None)], True),
        ("row:1/@save*0", [], True),
        ("row:1/@save*0", [("row", "1")], True),
        ("row:1/@save*0", [("row", "2")], False),
        ("row:1/@save*0", [("status", None)], True),
        ("row:1/@save*0", [("row", "1"), ("told", None)], True),
        ("row:1/@save*0", [("row", "2"), ("told", None)], False),
        ("head*0/box*0/@save*0", [("foot", None), ("box", None)], False),
        ("row:a%2Fb/@save*0", [("row", "a/b")], True),
        ("save*0/@save*0", [("other", None)], True),
    ],
)
def test_who_is_told_of_a_form(form, steps, told):
    """Who is around it, inside it or without a form of that kind."""
    place = Place()
    for name, key in steps:
        place = place.inner(name, key)

    assert told is belongs_to(form, place)


def test_a_place_that_is_too_deep_has_no_text():
    """Then the action alone says which form it was."""
    place = Place()
    for _ in range(200):
        place = place.inner("card", None)

    assert "" == place.text()


def test_an_id_names_a_form():
    """As it is written in HTML, wherever the form stands."""
    assert [True, True, False] == [is_called(form, "a b") for form in ("box*0/#a%20b*0", "#a%20b*0", "#a*0")]
