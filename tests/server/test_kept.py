"""Pages that are kept: rendered once for all who may see them, and never another visitor's."""

import asyncio
import re
from functools import partial
from types import SimpleNamespace

import pytest

from jetbridge import (
    App,
    PageCache,
    action,
    cached,
    component,
    cookies,
    flashes,
    h,
    redirect,
    request,
    revalidate_path,
    revalidate_tag,
    session,
)
from jetbridge.errors import DefinitionError
from jetbridge.render.nodes import Slot
from jetbridge.server.document import Document
from jetbridge.server.kept import cut, encode_kept, read_kept
from jetbridge.testing import Client
from jetbridge.wire.protocol import CONTENT_TYPE
from jetbridge.wire.rows import decode_flight

db = SimpleNamespace(rows=["a"], renders=0)


@action
async def add(name: str) -> str:
    """Adds a row, which pages show."""
    db.rows.append(name)
    revalidate_tag("rows")
    return name


@action
async def remove(name: str):
    """Removes a row, and goes back to the page with a message."""
    db.rows.remove(name)
    revalidate_path("/")
    return redirect("/", flash=f"Removed {name}")


@action
async def sign_in(name: str) -> str:
    """Changes nothing but a cookie."""
    session()["name"] = name
    cookies().set("theme", "dark")
    return name


@cached(tags=["rows"])
async def rows() -> list[str]:
    return list(db.rows)


def rendered():
    db.renders += 1
    return h.p(id="renders")[str(db.renders)]


async def home():
    return h.main[
        rendered(),
        h.p[", ".join(flashes())],
        h.ul[[h.li(key=row)[row] for row in await rows()]],
        h.form(action=add)[h.input(name="name"), h.button["Add"]],
        [h.form(action=partial(remove, row), key=row)[h.button["Remove"]] for row in await rows()],
    ]


async def plain_page():
    return h.main[rendered(), h.ul[[h.li(key=row)[row] for row in await rows()]]]


async def public_page():
    return h.main[rendered(), h.form(action=partial(add, "bound"))[h.button["Add"]]]


@component
def greeting():
    return h.p[f"Hello {session().get('name', 'stranger')}"]


async def personal():
    return h.main[rendered(), greeting()]


async def with_request(request):
    return h.main[rendered(), h.p[request.cookies.get("theme", "light")]]


async def by_theme():
    return h.main[rendered(), h.p[request().cookies.get("theme", "light")]]


async def item(number: int, page: int = 1):
    return h.main[rendered(), f"{number} {page}"]


async def gone():
    db.renders += 1
    return redirect("/plain")


def only_ada(request):
    return session().get("name") == "Ada"


@pytest.fixture
def app():
    db.rows, db.renders = ["a"], 0
    app = App(__name__)
    app.page("/", cache=60)(home)
    app.page("/plain", cache=PageCache(60, stale=30, tags=["plain"]))(plain_page)
    app.page("/public", cache=PageCache(60, stale=30, public=True))(public_page)
    app.page("/personal", cache=60)(personal)
    app.page("/request", cache=60)(with_request)
    app.page("/theme", cache=PageCache(60, by=lambda request: request.cookies.get("theme", "")))(by_theme)
    app.page("/items/{number}", cache=60)(item)
    app.page("/gone", cache=60)(gone)
    app.page("/ada", cache=60, allow=only_ada)(plain_page_of_ada)
    return app


async def plain_page_of_ada():
    return h.main[rendered()]


async def test_a_page_is_rendered_once(app):
    """Two visitors get one rendering, each with a token, keys and sealed values of their own, and both can submit."""
    async with Client(app) as one, Client(app) as other:
        pages = [await one.open("/"), await other.open("/"), await one.open("/")]
        fields = [dict(page.form(add).fields) for page in pages]
        bound = [dict(page.form(partial(remove, "a")).fields)["$bound"] for page in pages[:2]]
        added = await pages[0].form(add).submit({"name": "b"})
        forged = await pages[1].form(add).submit({"name": "c", "$token": fields[0]["$token"]})
        stolen = await pages[1].form(partial(remove, "a")).submit({"$bound": bound[0]})

    assert ["1", "1", "1"] == [page.soup.find(id="renders").get_text() for page in pages]
    assert 3 == len({each["$token"] for each in fields})
    assert 3 == len({each["$key"] for each in fields})
    assert bound[0] != bound[1]
    assert (200, "2", 403, 409) == (
        added.status,
        added.soup.find(id="renders").get_text(),
        forged.status,
        stolen.status,
    )


async def test_what_was_sealed_for_each_visitor_works(app):
    """A form with a bound value in a page that was rendered for somebody else does what it says."""
    async with Client(app) as one, Client(app) as other:
        await one.open("/")
        page = await (await other.open("/")).form(partial(remove, "a")).submit()
        after = await one.open("/")

    assert ("Removed a" in page.text, [], "Removed a" in after.text) == (True, db.rows, False)


@pytest.mark.parametrize("path", ["/", "/plain"])
async def test_flight_of_the_same_rendering(app, path):
    """Our client gets the same page as rows, with a token where there is something to submit."""
    async with Client(app) as client:
        document = await client.open(path)
        response = await client.http.get(path, headers={"accept": CONTENT_TYPE})
        told, tree = decode_flight(response.content), document.tree

    assert 1 == db.renders
    assert (tree["time"], tree["tags"], tree["url"]) == (told["time"], told["tags"], told["url"])
    assert (path == "/") == ("jetbridge-token" in response.headers)


async def test_what_a_call_changes_everyone_sees(app):
    """After a call the caller has the new page in the answer, and another visitor gets it when they ask."""
    async with Client(app) as one, Client(app) as other:
        page = await one.open("/plain")
        await other.open("/plain")
        told = await page.call(add, "b")
        after = await other.open("/plain")

    assert "b" in str(told.page["tree"])
    assert "b" in after.text


async def test_a_cookie_alone_renders_nothing(app):
    """An action that writes a cookie or the session and revalidates nothing brings no page, and leaves what is kept."""
    async with Client(app) as client:
        page = await client.open("/plain")
        told = await page.call(sign_in, "Ada")
        await client.open("/plain")

    assert (None, 1) == (told.page, db.renders)


@pytest.mark.parametrize(
    ("say", "renders"),
    [
        (lambda: revalidate_path("/plain"), 2),
        (lambda: revalidate_path("/", subtree=True), 2),
        (lambda: revalidate_tag("plain"), 2),
        (lambda: revalidate_tag("rows"), 2),
        (lambda: revalidate_path("/"), 1),
        (lambda: revalidate_tag("others"), 1),
    ],
)
async def test_what_revalidates_a_page(app, say, renders):
    """Its path, a subtree it is in, its own tags and those of what it reads; from a script too."""
    async with Client(app) as client:
        await client.open("/plain")
        with app.context():
            say()
        await client.open("/plain")

    assert renders == db.renders


async def test_templates(app):
    """Addresses are kept apart, and all of a template are revalidated in one."""
    async with Client(app) as client:
        texts = [(await client.open(path)).text for path in ("/items/1", "/items/2", "/items/1?page=2", "/items/1")]
        with app.context():
            revalidate_path("/items/{number}")
        await client.open("/items/1")
        await client.open("/items/2")

    assert (["1 1", "2 1", "1 2", "1 1"], 5) == ([text[-3:] for text in texts], db.renders)


# --- whose it is


@pytest.mark.parametrize(("path", "mine", "yours"), [("/personal", "Ada", "stranger"), ("/request", "dark", "light")])
async def test_nobody_gets_the_page_of_another(app, path, mine, yours, caplog):
    """A page that asks for the session, a cookie or the request is rendered for each visitor and kept nowhere; the log
    says so once.
    """
    async with Client(app) as ada, Client(app) as other:
        await ada.call(sign_in, "Ada")
        pages = [await ada.open(path), await other.open(path), await ada.open(path), await other.open(path)]
        both = await asyncio.gather(*(client.open(path) for client in (ada, other) * 5))

    assert [mine, yours] * 7 == [page.text.split()[-1] for page in (*pages, *both)]
    assert {"private, no-store"} == {page.response.headers["cache-control"] for page in pages}
    assert 1 == len([one for one in caplog.records if "so it is rendered for each visitor" in one.getMessage()])


async def test_first_requests_at_once_are_not_mixed_up(app):
    """Also when nobody knows yet that a page is personal, many that ask for it at once each get their own."""
    async with Client(app) as ada, Client(app) as other:
        await ada.call(sign_in, "Ada")
        pages = await asyncio.gather(*(client.open("/personal") for client in (ada, other) * 10))

    assert ["Ada", "stranger"] * 10 == [page.text.split()[-1] for page in pages]


async def test_pages_by_what_they_depend_on(app):
    """With `by` there is a page for each of its texts, and the page may ask for the request."""
    async with Client(app) as ada, Client(app) as other:
        await ada.call(sign_in, "Ada")
        texts = [(await client.open("/theme")).text for client in (ada, other, ada, other)]

    assert ["1 dark", "2 light", "1 dark", "2 light"] == texts


async def test_a_policy_is_always_asked(app):
    """A page that is kept is given to who may see it, and to nobody else; what the policy asks makes it nobody's."""
    async with Client(app) as ada, Client(app) as other:
        await ada.call(sign_in, "Ada")
        told = [(await client.open("/ada")).status for client in (ada, other, ada, other)]

    assert ([200, 403, 200, 403], 1) == (told, db.renders)


async def test_what_is_no_page_is_not_kept(app):
    """A page that redirects does so each time."""
    async with Client(app) as client:
        await client.open("/gone")
        await client.open("/gone")

    assert 3 == db.renders


async def test_messages_and_states_are_shown_once(app):
    """A visitor for whom a message or the result of a submit waits gets a page of their own, once; others do not."""
    async with Client(app) as one, Client(app) as other:
        await other.open("/")
        shown = await (await one.open("/")).form(partial(remove, "a")).submit()
        others = [await other.open("/"), await one.open("/")]

    assert [True, False, False] == ["Removed a" in page.text for page in (shown, *others)]


# --- caches on the way


async def test_etag(app):
    """A page with nothing of a visitor has an ETag: who has it already is told 304 until it changes."""
    async with Client(app) as client:
        first = await client.open("/plain")
        etag = first.response.headers["etag"]
        asked = {"if-none-match": etag, "accept": "text/html"}
        same = await client.http.get("/plain", headers=asked)
        strong = await client.http.get("/plain", headers={**asked, "if-none-match": etag.removeprefix("W/")})
        rows = await client.http.get("/plain", headers={**asked, "accept": CONTENT_TYPE})
        any_at_all = await client.http.get("/plain", headers={**asked, "if-none-match": "*"})
        await client.call(add, "b")
        other = await client.http.get("/plain", headers=asked)

    assert ("private, no-store", "accept") == tuple(first.response.headers[name] for name in ("cache-control", "vary"))
    assert (304, b"", etag) == (same.status_code, same.content, same.headers["etag"])
    assert [304, 200, 304, 200] == [one.status_code for one in (strong, rows, any_at_all, other)]
    assert etag != other.headers["etag"]


async def test_the_same_content_has_the_same_etag(app):
    """A page that was rendered anew and shows what it showed is the same to who has it."""
    app.page("/still", cache=60)(lambda: h.p["still"])
    async with Client(app) as client:
        first = await client.open("/still")
        with app.context():
            revalidate_path("/still")
        second = await client.open("/still")

    assert first.response.headers["etag"] == second.response.headers["etag"]
    assert first.tree["time"] < second.tree["time"]


async def test_pages_with_forms_have_none(app):
    """A page with a token and keys of a visitor is stored by nobody on the way."""
    async with Client(app) as client:
        page = await client.open("/")

    assert ("private, no-store", False) == (page.response.headers["cache-control"], "etag" in page.response.headers)


async def test_public_pages_hold_nothing_of_a_visitor(app):
    """A public page is the same bytes for all, sets no cookie, and its forms work for each of them."""
    async with Client(app) as one, Client(app) as other:
        await one.call(sign_in, "Ada")
        pages = [await one.open("/public"), await other.open("/public")]
        fields = dict(pages[0].form().fields)
        sent = [await page.form().submit() for page in pages]
        headers = pages[1].response.headers

    assert pages[0].html == pages[1].html
    assert ("", "") == (fields["$token"], fields["$key"])
    assert "public, max-age=0, s-maxage=60, stale-while-revalidate=30" == headers["cache-control"]
    assert headers["age"].isdecimal()
    assert "set-cookie" not in headers
    assert (["a", "bound", "bound"], [200, 200]) == (db.rows, [page.status for page in sent])
    assert None is re.search("jetbridge-visitor|Ada", pages[0].html)


async def test_by_what_the_session_says(app):
    """The function in `by=` may ask for the session, as a policy may."""
    app.page("/mine", cache=PageCache(60, by=lambda _: session().get("name", "")))(personal)
    async with Client(app, session={"name": "Ada"}) as ada, Client(app) as other:
        texts = [(await client.open("/mine")).text for client in (ada, other, ada)]

    assert [True, False, True] == ["Hello Ada" in text for text in texts]
    assert (texts[0], 2) == (texts[2], db.renders)


@pytest.mark.parametrize(
    ("define", "match"),
    [
        (lambda app: app.page("/x", cache=0)(home), "above 0"),
        (lambda app: app.page("/x", cache=PageCache(60, public=True, by=str)), "the same for everybody"),
        (lambda app: app.page("/x", cache=PageCache(60, tags=[1])), "a tag is a text"),
        (lambda app: app.page("/x", cache=PageCache(60, tags=1)), "takes texts"),
        (lambda app: app.page("/x", cache=PageCache(60, by="language")), "takes a function of the request"),
        (lambda app: app.page("/x", cache="60")(lambda: "x"), "takes seconds"),
        (lambda app: (app.page("/x", cache=PageCache(1, public=True), allow=only_ada)(home), Client(app)), "policy"),
    ],
)
def test_what_cannot_be_meant(define, match):
    """A declaration that makes no sense is an error that says what to write."""
    with pytest.raises(DefinitionError, match=match):
        define(App(__name__))


async def test_another_build_renders_anew(app):
    """What another build of the application has kept is not this one's: its references may be void."""
    other = App(__name__, store=app.store, secret="another secret of more than 32 characters")
    other.page("/plain", cache=60)(plain_page)
    async with Client(app) as one, Client(other) as two:
        await one.open("/plain")
        await two.open("/plain")

    assert 2 == db.renders


def test_what_is_cut_out():
    """Token, keys, nonce and sealed values are in no part of what is kept, wherever they stood; each visitor has others
    in their places, and bytes that are no text stay as they are.
    """
    parts = ("<script nonce='NONCE'>", Slot.SUBMIT_KEY, "<input value='SEALED'>", Slot.TOKEN, "\ud83d")
    document = Document(parts, "script-src 'nonce-NONCE'", rows=None)
    kept = read_kept(
        encode_kept(cut(document, b"\xff SEALED", {"SEALED": "id"}, "NONCE", needs_token=True, moment=1.5))
    )
    references = SimpleNamespace(reseal=lambda action, text, visitor: f"{action} {text.lower()} {visitor}")
    values = kept.values(references, "me", "<token>")
    nonce = values[3]

    assert f"<script nonce='{nonce}'>key<input value='id sealed me'>&lt;token&gt;\ufffd" == kept.as_html(
        values, lambda: "key"
    )
    assert (f"script-src 'nonce-{nonce}'", b"\xff id sealed me") == (kept.policy(values), kept.as_rows(values))
    assert b"NONCE" not in encode_kept(kept)
