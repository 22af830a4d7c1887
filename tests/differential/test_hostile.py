"""Hostile bodies of every family against the served `echo` action: each is refused with a place, soon, and never a 500.

The families are the vectors' (reply-hostile, multipart) and the bombs of the advisories.
"""

import re

import httpx
import pytest

from jetbridge.wire.model import Upload
from tests.conformance.deviations import deviation
from tests.conformance.test_reply_hostile import body_of
from tests.conformance.values import load
from tests.conftest import serving
from tests.differential.test_http import TARGET
from tests.wire.test_advisories import CASES

CALL = {"accept": "text/x-component", "sec-fetch-site": "same-origin"}
FORM = {"accept": "text/html", "sec-fetch-site": "same-origin"}
TEXT = "text/plain;charset=UTF-8"
MULTIPART = "multipart/form-data; boundary=XX"
URLENCODED = "application/x-www-form-urlencoded"
PLACE = re.compile(r" - at \S")
FIELD = b'--XX\r\nContent-Disposition: form-data; name="%b"\r\n\r\n'


@pytest.fixture(scope="module")
def post():
    """`post(content_type, body, headers)` calls the echo action; a call that takes more than 20 s fails the test."""
    with (
        serving("run", TARGET) as (url, _),
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        page = client.get("/", headers={"accept": "text/html"})
        address = re.search(r'action="([^"]+)"', page.text)[1].replace("&amp;", "&")

        def send(content_type, body, headers=CALL):
            return client.post(address, content=body, headers={**headers, "content-type": content_type})

        yield send


def is_refused(response):
    """Whether it was a refusal that says where."""
    return 400 <= response.status_code < 500 and PLACE.search(response.text) is not None


def written(body):
    """A reply's body as a client sends it: Content-Type and bytes."""
    if isinstance(body, str):
        return TEXT, body.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    for name, content in body:
        file = isinstance(content, Upload)
        kind = f'; filename="{content.name}"\r\nContent-Type: {content.type}' if file else ""
        parts.append(f'--XX\r\nContent-Disposition: form-data; name="{name}"{kind}\r\n\r\n'.encode())
        parts += [content.read_now() if file else content.encode("utf-8", "surrogatepass"), b"\r\n"]
    return MULTIPART, b"".join([*parts, b"--XX--\r\n"])


def is_named_plainly(body):
    return isinstance(body, str) or all('"' not in name and "\n" not in name for name, _ in body)


HOSTILE = [pytest.param(vector, id=vector["name"]) for vector in load("reply-hostile.json")]


@pytest.mark.parametrize("vector", HOSTILE)
def test_hostile_replies_end_cleanly(post, vector):
    """Each hostile vector is an answer of 200 or a refusal with its place; what must be refused is."""
    body = body_of(vector["wire"])
    if not is_named_plainly(body):
        pytest.skip("a part's name that no body can carry as it is")
    response = post(*written(body))

    must_be = vector["expect"] == "error" or deviation("reply-hostile", vector) is not None
    # Which references exist is asked when one is called, not when it is passed through.
    if must_be and "server ref" not in vector["name"]:
        assert is_refused(response), response.text
    else:
        assert response.status_code == 200 or is_refused(response), response.text


BOMBS = {name: body for name, (_, body, *_) in CASES.items() if not isinstance(body, bytes) and " " in name}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(post, name):
    """What explodes in a decoder is refused over HTTP too, and the server answers the next call."""
    assert is_refused(post(*written(BOMBS[name])))
    assert 200 == post(TEXT, b"[1]").status_code


BAD = [
    pytest.param(TEXT, b"", CALL, id="nothing"),
    pytest.param(TEXT, b"\xff\xfe[]", CALL, id="no UTF-8"),
    pytest.param(TEXT, b"{}", CALL, id="no array"),
    pytest.param(TEXT, b"[1,2,3]", CALL, id="too many arguments"),
    pytest.param(TEXT, b"[" * 100_000, CALL, id="brackets"),
    pytest.param(TEXT, b"[" + b"1," * 400_000 + b"1]", CALL, id="many values"),
    pytest.param(TEXT, b'["' + b"x" * 2_000_000 + b'"]', CALL, id="a large body"),
    pytest.param("application/json", b'{"a":', CALL, id="JSON"),
    pytest.param("multipart/form-data", b"", CALL, id="no boundary"),
    pytest.param(MULTIPART, b"", CALL, id="an empty form"),
    pytest.param(MULTIPART, b"--XX--\r\n", CALL, id="a form of no parts"),
    pytest.param(MULTIPART, FIELD % b"0" + b"[1", CALL, id="a form cut off"),
    pytest.param(MULTIPART, b"\r\n--X" * 100_000, CALL, id="almost delimiters"),
    pytest.param(MULTIPART, (FIELD % b"0" + b"[]\r\n") * 1100 + b"--XX--\r\n", CALL, id="many parts"),
    pytest.param(MULTIPART, FIELD % (b"a" * 5000) + b"1\r\n--XX--\r\n", FORM, id="a long name"),
    pytest.param(MULTIPART, b"--XX\r\n" + b"A: b\r\n" * 50_000, FORM, id="many headers"),
    pytest.param(MULTIPART, FIELD % b"a" + b"\xff\r\n--XX--\r\n", FORM, id="a field that is no UTF-8"),
    pytest.param(MULTIPART, b"--XX\r\nContent-Disposition: attachment\r\n\r\n\r\n--XX--\r\n", FORM, id="no form data"),
    pytest.param(URLENCODED, b"a=%ff", FORM, id="a percent sequence that is no UTF-8"),
    pytest.param(URLENCODED, b"a=1&" * 5000, FORM, id="many fields"),
    pytest.param(URLENCODED, b"a" * 5000 + b"=1", FORM, id="a long field name"),
    pytest.param("text/html", b"<p>", FORM, id="no form at all"),
]


@pytest.mark.parametrize(("content_type", "body", "headers"), BAD)
def test_bad_bodies_are_refused(post, content_type, body, headers):
    """A body that cannot be read, or is too much, is a 4xx at either door, and its value is not echoed."""
    response = post(content_type, body, headers)

    assert 400 <= response.status_code < 500 or "error" in response.text, (response.status_code, response.text[:300])
    assert 500 != response.status_code
    assert "x" * 100 not in response.text


FIELD_NAMES = [
    "__class__", "__class__.__init__.__globals__", "value.__class__", "a[999999999]", "a[-1]", "a[" * 400, "a." * 400,
    "a[0][0][0][0][0][0]", "value[99999999999999999999]", "value[٣]", "", ".", "[]", "]", "$token", "$key", "$",
    "constructor", "$ACTION_ID_x", "$ACTION_REF_1", "$bound",
]  # fmt: skip


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_field_names_are_only_names(post, name):
    """Whatever a field is called, the answer is a page or a refusal."""
    body = FIELD % name.encode() + b"1\r\n--XX--\r\n"

    assert post(MULTIPART, body, FORM).status_code < 500
    assert post(MULTIPART, body.replace(b'name="', b'name="_1_'), CALL).status_code < 500
