"""What an attacker sends, on both doors, over real HTTP; after each, the database shows what should have happened."""

import asyncio
import importlib
import re
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup

from jetbridge.actions.sealing import KeyRing
from jetbridge.wire.protocol import CONTENT_TYPE, FIELD_BOUND, FIELD_KEY, FIELD_TOKEN
from jetbridge.wire.reply_encode import encode_reply
from tests.conftest import SECRET
from tests.server.sockets import Connection, serving

SAME = {"sec-fetch-site": "same-origin"}
DOORS = pytest.mark.parametrize("door", ["fetch", "form"])


@pytest.fixture
async def bank(monkeypatch):
    monkeypatch.setenv("JETBRIDGE_SECRET", SECRET)
    monkeypatch.delitem(sys.modules, "tests.attacks.bank", raising=False)
    module = importlib.import_module("tests.attacks.bank")
    async with serving(module.app) as server:
        module.url = f"http://127.0.0.1:{server.port}"
        yield module
    module.database.close()


class Visitor:
    """One browser: its cookies, and what stands in the forms of the page it has open."""

    def __init__(self, bank):
        self.bank = bank
        self.http = httpx.AsyncClient(base_url=bank.url)
        self.forms = {}

    async def __aenter__(self):
        page = await self.http.get("/", headers={"accept": "text/html"})
        for form in BeautifulSoup(page.text, "html.parser").find_all("form"):
            hidden = {
                one["name"]: one.get("value", "") for one in form.find_all("input") if one["name"].startswith("$")
            }
            (wire_id,) = parse_qs(urlsplit(form["action"]).query)["_action"]
            self.forms[form["id"]] = (wire_id, hidden)
        return self

    async def __aexit__(self, *_):
        await self.http.aclose()

    async def submit(self, door, name, values, headers=SAME, **changed):
        """Submit the form `name`; `wire_id`, `token` and `bound` replace what the page has, None leaves one out."""
        wire_id, hidden = self.forms[name]
        wire_id = changed.get("wire_id", wire_id)
        token, bound = changed.get("token", hidden[FIELD_TOKEN]), changed.get("bound", hidden.get(FIELD_BOUND))
        if door == "fetch":
            sent = [*([bound] if bound is not None else []), *values.values()]
            body = encode_reply(sent)
            ours = {"accept": CONTENT_TYPE, "content-type": "text/plain", "jetbridge-key": hidden[FIELD_KEY]}
            ours |= {"jetbridge-token": token} if token is not None else {}
            return await self.http.post("/", params={"_action": wire_id}, content=body, headers={**ours, **headers})
        fields = {**hidden, FIELD_TOKEN: token, FIELD_BOUND: bound, **{k: str(v) for k, v in values.items()}}
        return await self.http.post(
            "/",
            params={"_action": wire_id},
            data={name: value for name, value in fields.items() if value is not None},
            headers={"accept": "text/html", **headers},
        )


def changed(text):
    """With its last letter but one changed; all bits of that one count."""
    return text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]


PAYMENT = {"who": "bob", "amount": 5}
AMOUNT = {"amount": 5}


@DOORS
async def test_what_is_meant_to_work(bank, door):
    """The page's own forms do what they say, once each."""
    async with Visitor(bank) as alice:
        answers = [
            await alice.submit(door, "pay", PAYMENT),
            await alice.submit(door, "bound", AMOUNT),
            await alice.submit(door, "tip", AMOUNT),
        ]

    assert [200 if door == "fetch" else 303] * 3 == [answer.status_code for answer in answers]
    assert [("bob", 5), ("alice-account", 5), ("waiter-account", 5)] == bank.payments()


# --- origins


@DOORS
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "OURS"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://sibling.example"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://evil.example", "host": "evil.example:1"}, 403),
        ({"origin": "https://evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}, 403),
        ({"origin": "OURS"}, None),
    ],
)
async def test_origins(bank, door, headers, status):
    """A forged, foreign, null or empty origin changes nothing, whatever token the attacker has got hold of."""
    headers = {name: bank.url if value == "OURS" else value for name, value in headers.items()}
    async with Visitor(bank) as alice:
        answer = await alice.submit(door, "pay", PAYMENT, headers)

    assert (status or (200 if door == "fetch" else 303)) == answer.status_code
    assert ([] if status else [("bob", 5)]) == bank.payments()


@DOORS
async def test_a_missing_origin_needs_the_token(bank, door):
    """With no header of a browser's, only the visitor's own token vouches."""
    async with Visitor(bank) as alice, Visitor(bank) as eve:
        stolen = eve.forms["pay"][1][FIELD_TOKEN]
        own = alice.forms["pay"][1][FIELD_TOKEN]
        refused = [
            await alice.submit(door, "pay", PAYMENT, {}, token=token) for token in (None, "", stolen, changed(own), "x")
        ]
        before = bank.payments()
        taken = await alice.submit(door, "pay", PAYMENT, {})

    assert {403} == {answer.status_code for answer in refused}
    assert [] == before
    assert (200 if door == "fetch" else 303) == taken.status_code
    assert [("bob", 5)] == bank.payments()


# --- tokens


@DOORS
@pytest.mark.parametrize("days", [31, 400, -2])
async def test_an_expired_token(bank, door, days, monkeypatch):
    """A token is good for thirty days, and not before it was made."""
    async with Visitor(bank) as alice:
        then = time.time() + days * 24 * 3600
        monkeypatch.setattr("jetbridge.actions.sealing.time.time", lambda: then)
        answer = await alice.submit(door, "pay", PAYMENT)

    assert (403, "token") == (answer.status_code, answer.headers["jetbridge-reason"])
    assert [] == bank.payments()


@DOORS
async def test_a_token_from_before_signing_in(bank, door):
    """Who signs in is someone else: what an attacker had the browser open before is void."""
    async with Visitor(bank) as alice:
        reference = bank.app.references.reference(bank.sign_in).id
        await alice.submit("fetch", "pay", {}, wire_id=reference)
        answer = await alice.submit(door, "pay", PAYMENT)

    assert (403, "token") == (answer.status_code, answer.headers["jetbridge-reason"])
    assert [] == bank.payments()


@DOORS
async def test_a_replay(bank, door):
    """The same submit sent again, by an eavesdropper or a nervous finger, pays once."""
    async with Visitor(bank) as alice:
        answers = [await alice.submit(door, "pay", PAYMENT) for _ in range(3)]

    assert [200 if door == "fetch" else 303] * 3 == [answer.status_code for answer in answers]
    assert [("bob", 5)] == bank.payments()


# --- sealed values


@DOORS
@pytest.mark.parametrize("name", ["bound", "tip"])
async def test_sealed_values(bank, door, name):
    """Changed, swapped between actions, left out, made up, or someone else's: refused before the action runs."""
    async with Visitor(bank) as alice, Visitor(bank) as eve:
        own = alice.forms[name][1][FIELD_BOUND]
        forged = KeyRing(["e" * 40]).seal(b'["l",[]]', purpose="bound", associated=b"")
        others = [
            changed(own),
            own[:-1],
            own + "A",
            alice.forms["refund"][1][FIELD_BOUND],
            eve.forms[name][1][FIELD_BOUND],
            forged,
            "",
            "alice-account",
        ]
        answers = [await alice.submit(door, name, AMOUNT, bound=sealed) for sealed in others]
        answers.append(await alice.submit(door, name, AMOUNT, bound=None))

    assert [409] * 9 == [answer.status_code for answer in answers]
    assert {"sealed-values"} == {answer.headers["jetbridge-reason"] for answer in answers}
    assert [] == bank.payments()


@DOORS
@pytest.mark.parametrize("name", ["bound", "tip"])
async def test_sealed_values_expire(bank, door, name, monkeypatch):
    """What is bound in a page can be submitted for thirty days, and the day it was sealed on."""
    async with Visitor(bank) as alice:
        sealed = alice.forms[name][1][FIELD_BOUND]
        now = time.time()
        monkeypatch.setattr("jetbridge.actions.sealing.time.time", lambda: now + 32 * 24 * 3600)
        token = bank.app.visitors.keyring.token(alice.http.cookies["jetbridge-visitor"])
        answer = await alice.submit(door, name, AMOUNT, token=token, bound=sealed)

    assert (409, "sealed-values") == (answer.status_code, answer.headers["jetbridge-reason"])
    assert [] == bank.payments()


async def test_nothing_bound_is_in_the_page_in_plain_text(bank):
    """Neither HTML nor Flight shows what is bound or captured."""
    async with httpx.AsyncClient(base_url=bank.url) as http:
        pages = [(await http.get("/", headers={"accept": kind})).text for kind in ("text/html", CONTENT_TYPE)]

    assert [True, True] == ["$bound" in pages[0], bank.app.references.reference(bank.pay).id in pages[1]]
    assert [] == [word for page in pages for word in ("alice-account", "waiter-account") if word in page]


# --- ids


@DOORS
async def test_ids_that_cannot_be_reached(bank, door):
    """What no page shows is no endpoint: not by its id, not with another's signature, not by any name."""
    async with Visitor(bank) as alice:
        hidden = bank.app.registry.of(bank.not_in_any_page)
        signature = alice.forms["pay"][0].rpartition(".")[2]
        bound_id = alice.forms["bound"][0]
        ids = [
            hidden.id,
            f"{hidden.id}.",
            f"{hidden.id}.{hidden.fingerprint}",
            f"{hidden.id}.{signature}",
            f"{hidden.id}.{hidden.fingerprint}{signature[8:]}",
            "helper",
            "helper-0123456789abcdef0123.AAAA",
            "tests.attacks.bank:helper",
            "../../etc/passwd",
            bound_id[:-23] + bound_id[-22:],
            changed(alice.forms["pay"][0]),
            "x" * 5000,
            "",
        ]
        answers = [await alice.submit(door, "pay", {}, wire_id=one, bound=None) for one in ids]

    assert {(409, "unknown-action")} == {(one.status_code, one.headers["jetbridge-reason"]) for one in answers}
    assert [] == bank.payments()


# --- bodies


@DOORS
@pytest.mark.parametrize("size", [2001, 1_000_000])
async def test_oversized(bank, door, size):
    """More than the limit is 413, and nothing of it is run."""
    async with Visitor(bank) as alice:
        answer = await alice.submit(door, "pay", {"who": "x" * size, "amount": 5})

    assert 413 == answer.status_code
    assert [] == bank.payments()


MALFORMED = {
    "fetch": [
        b"",
        b"[",
        b"[1",
        b'["$F1"]',
        b'["$@1"]',
        b"\xff\xfe",
        b"[" * 1500,
        b'["$1"]',
        b'["$n9x"]',
        b"{}",
        b"null",
    ],
    "form": [b"%", b"a=%zz&amount=x", b"&&&=", b"\xff\xfe", b"who=a&amount=5&$token=x", b"=" * 1500],
}


@DOORS
async def test_malformed(bank, door):
    """What cannot be read is an answer of the 400s, and nothing is run."""
    async with Visitor(bank) as alice:
        kind = "text/plain" if door == "fetch" else "application/x-www-form-urlencoded"
        accept = CONTENT_TYPE if door == "fetch" else "text/html"
        answers = [
            await alice.http.post(
                "/",
                params={"_action": alice.forms["pay"][0]},
                content=body,
                headers={"accept": accept, "content-type": kind, **SAME},
            )
            for body in MALFORMED[door]
        ]

    # A form that reads well and says nothing is an expected error; on the fetch door those are 200.
    assert [] == [one.status_code for one in answers if not (400 <= one.status_code < 500 or b'"error"' in one.content)]
    assert [] == [one.text for one in answers if "Traceback" in one.text]
    assert [] == bank.payments()


@DOORS
@pytest.mark.parametrize("never_ends", [False, True], ids=["slow", "never-ending"])
async def test_slow_and_never_ending(bank, door, never_ends):
    """A body that dribbles in, or does not end, is given up in time, and its client is told so before it has ended."""
    async with Visitor(bank) as alice:
        wire_id = alice.forms["pay"][0]
    kind = "text/plain" if door == "fetch" else "application/x-www-form-urlencoded"
    headers = {"accept": CONTENT_TYPE if door == "fetch" else "text/html", "content-type": kind, **SAME}
    lines = [f"POST /?_action={wire_id} HTTP/1.1", "host: 127.0.0.1", "transfer-encoding: chunked"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])

    async def send(connection):
        await connection.send(head.encode() + b'7\r\n["bob",\r\n')
        while never_ends:
            await connection.send(b"32\r\n" + b" " * 50 + b"\r\n")
            await asyncio.sleep(0)

    async with Connection(*await asyncio.open_connection("127.0.0.1", urlsplit(bank.url).port)) as connection:
        sending = asyncio.create_task(send(connection))
        answer = await connection.head()
        sending.cancel()
        await asyncio.wait([sending])

    assert (413 if never_ends else 408) == answer.status
    assert [] == bank.payments()


# --- what is told


LEAKS = ("hunter2", "Error", "Traceback", "bank.py", "/work", "site-packages")


@DOORS
@pytest.mark.parametrize("how", ["raises", "exits", "unencodable", "environment"])
async def test_failures_of_an_action_tell_nothing(bank, door, how, caplog):
    """Production answers an unexpected error with its digest: no text of it, no value, no path, no environment."""
    async with Visitor(bank) as alice:
        answer = await alice.submit(door, "fails", {"how": how})
    told = f"{answer.text}{answer.headers}"

    assert 500 == answer.status_code
    assert [] == [word for word in LEAKS if word in told]
    assert re.search(r"failed \[([0-9a-f]{12})\]", caplog.text)[1] in told


@DOORS
async def test_what_cannot_be_encoded_is_in_the_log_by_its_path(bank, door, caplog):
    """The log says where in the result it stands, and never what it is."""
    async with Visitor(bank) as alice:
        await alice.submit(door, "fails", {"how": "unencodable"})

    assert ".deep[0]" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("accept", ["text/html", CONTENT_TYPE])
async def test_failures_of_a_page_tell_nothing(bank, accept):
    """Nor does a page that fails, as HTML or as Flight."""
    async with httpx.AsyncClient(base_url=bank.url) as http:
        answer = await http.get("/broken", headers={"accept": accept})

    assert 500 == answer.status_code
    assert [] == [word for word in LEAKS if word in f"{answer.text}{answer.headers}"]
