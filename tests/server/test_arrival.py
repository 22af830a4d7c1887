"""Proxies and https: whose headers are believed, and what production asks of browsers."""

import logging

import pytest
from starlette.responses import JSONResponse

from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.errors import DefinitionError
from jetbridge.server.app import App
from tests.server.asgi import CALL, FORM, SAME_ORIGIN, ask, chunk, url_of

SECRET = "s" * 40
PROXY, VISITOR, STRANGER = "10.1.2.3", "203.0.113.9", "198.51.100.7"
TOLD = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example",
    "x-forwarded-for": f"{STRANGER}, {VISITOR}, 10.1.9.9",
}


@action
async def note():
    return "noted"


def made(**options):
    app = App(__name__, secret=SECRET, **options)

    @app.route("/seen", methods=["GET"])
    async def seen(request):
        return JSONResponse([request.url.scheme, request.headers["host"], request.client.host])

    @app.page("/")
    def home():
        return h.form(action=note)[h.button["Go"]]

    return app


def seen_by(answer):
    return answer.status, answer.text


@pytest.mark.parametrize(
    ("proxies", "client", "headers", "expected"),
    [
        ([], (PROXY, 5), TOLD, ["http", "testserver", PROXY]),
        ([], ("127.0.0.1", 5), TOLD, ["http", "testserver", "127.0.0.1"]),
        (["10.1.0.0/16"], (STRANGER, 5), TOLD, ["http", "testserver", STRANGER]),
        (["10.1.0.0/16"], (PROXY, 5), TOLD, ["https", "shop.example", VISITOR]),
        (["10.1.2.3"], (PROXY, 5), TOLD, ["https", "shop.example", "10.1.9.9"]),
        (["10.1.0.0/16"], (f"::ffff:{PROXY}", 5), TOLD, ["https", "shop.example", VISITOR]),
        (["*"], (STRANGER, 5), TOLD, ["https", "shop.example", "10.1.9.9"]),
        (["unix"], None, {**TOLD, "x-forwarded-for": VISITOR}, ["https", "shop.example", VISITOR]),
        (["10.1.0.0/16"], (PROXY, 0), TOLD, ["http", "testserver", PROXY]),  # uvicorn has done it
        (["10.1.0.0/16"], (PROXY, 5), {"x-forwarded-proto": "http, https"}, ["https", "testserver", PROXY]),
        (["10.1.0.0/16"], (PROXY, 5), {"x-forwarded-proto": "gopher"}, ["http", "testserver", PROXY]),
        (["10.1.0.0/16"], (PROXY, 5), {}, ["http", "testserver", PROXY]),
    ],
)
async def test_whose_headers_are_believed(proxies, client, headers, expected):
    """Those of proxies that are named, the last value of each, and nobody else's."""
    answer = await ask(made(trusted_proxies=proxies), "GET", "/seen", headers, client=client)

    assert (200, JSONResponse(expected).body.decode()) == seen_by(answer)


async def test_proxies_from_the_environment(monkeypatch):
    """JETBRIDGE_TRUSTED_PROXIES adds to what the app names."""
    monkeypatch.setenv("JETBRIDGE_TRUSTED_PROXIES", " 10.1.0.0/16 , ::1")
    app = made(trusted_proxies=["192.0.2.1"])
    answers = [await ask(app, "GET", "/seen", TOLD, client=(host, 5)) for host in (PROXY, "::1", "192.0.2.1", STRANGER)]

    assert [True, True, True, False] == ["shop.example" in answer.text for answer in answers]


@pytest.mark.parametrize("name", ["proxy.internal", "10.0.0.300", "", "10.0.0.0/99"])
def test_names_that_are_no_proxies(name):
    """A host name is an error at start, not a proxy that is never believed."""
    with pytest.raises(DefinitionError, match="trusted_proxies"):
        App(__name__, trusted_proxies=[name])
    with pytest.raises(DefinitionError, match="write a list"):
        App(__name__, trusted_proxies="10.0.0.1")


@pytest.mark.parametrize("door", [CALL, FORM], ids=["fetch", "form"])
@pytest.mark.parametrize(
    ("client", "origin", "allowed"),
    [
        (PROXY, "https://shop.example", True),
        (PROXY, "http://shop.example", False),
        (PROXY, "http://testserver", False),
        (STRANGER, "https://shop.example", False),
        (STRANGER, "http://testserver", True),
    ],
)
async def test_the_origin_is_compared_with_what_the_proxy_was_asked(door, client, origin, allowed):
    """Scheme and host come from a proxy that is named; a stranger's headers change nothing."""
    app = made(trusted_proxies=[PROXY])
    body = b"[]" if door is CALL else b""
    headers = {**door, **TOLD, "origin": origin}
    answer = await ask(app, "POST", url_of(app, note), headers, [chunk(body)], client=(client, 5))

    assert allowed == (answer.status in (200, 303))


async def test_development_names_the_proxy_that_is_not_believed(monkeypatch):
    """A developer who forgot to name the proxy is told so."""
    monkeypatch.setenv("JETBRIDGE_ENV", "dev")
    app = made()
    answer = await ask(app, "POST", url_of(app, note), {**CALL, **TOLD, "origin": "https://shop.example"})

    assert 403 == answer.status
    assert "x-forwarded-proto and x-forwarded-host; is it named in App(trusted_proxies=…)?" in answer.text


@pytest.mark.parametrize(
    ("names", "variable", "expected"),
    [
        (["https://admin.example.com/"], "", {"https://admin.example.com"}),
        (["HTTPS://Admin.Example.Com:443"], "", {"https://admin.example.com"}),
        (["http://[::1]:8000"], "https://a.example, https://b.example:444", None),
    ],
)
async def test_origins_that_may_call(monkeypatch, names, variable, expected):
    """Those of the app and of JETBRIDGE_ALLOWED_ORIGINS, as browsers write them."""
    monkeypatch.setenv("JETBRIDGE_ALLOWED_ORIGINS", variable)
    app = made(allowed_origins=names)
    for origin in expected or {"http://[::1]:8000", "https://a.example", "https://b.example:444"}:
        headers = {**CALL, "sec-fetch-site": "cross-site", "origin": origin}
        assert 200 == (await ask(app, "POST", url_of(app, note), headers, [chunk(b"[]")])).status


@pytest.mark.parametrize("name", ["admin.example.com", "https://a.example/path", "*", "null", "ftp://a.example", ""])
def test_names_that_are_no_origins(name):
    """What could never match is an error at start."""
    with pytest.raises(DefinitionError, match="allowed_origins"):
        App(__name__, allowed_origins=[name])


# --- https


@pytest.mark.parametrize(
    ("environment", "scheme", "target", "stays"),
    [
        ("", "https", "/", True),
        ("", "https", "/seen", True),
        ("", "https", "/nowhere", True),
        ("", "http", "/", False),
        ("dev", "https", "/", False),
    ],
)
async def test_browsers_are_told_to_stay_with_https(monkeypatch, environment, scheme, target, stays):
    """Every answer over https in production says so, that of a route too; localhost in development does not."""
    monkeypatch.setenv("JETBRIDGE_ENV", environment)
    answer = await ask(made(), "GET", target, scheme=scheme)

    assert ("max-age=31536000" if stays else None) == answer.header("strict-transport-security")


async def test_cookies_behind_a_proxy_that_ends_tls():
    """What the proxy was asked over https has the cookie that no other host can set, and Secure."""
    answer = await ask(made(trusted_proxies=[PROXY]), "GET", "/", TOLD, client=(PROXY, 5))
    cookie = answer.header("set-cookie")

    assert cookie.startswith("__Host-jetbridge-visitor=")
    assert cookie.endswith("; Secure")


@pytest.mark.parametrize(
    ("environment", "scheme", "host", "called", "warned"),
    [
        ("", "http", "shop.example", True, 1),
        ("", "http", "10.0.0.5:8000", True, 1),
        ("", "http", "shop.example", False, 0),  # a health check
        ("", "http", "localhost:8000", True, 0),
        ("", "http", "app.localhost", True, 0),
        ("", "http", "127.0.0.1:8000", True, 0),
        ("", "http", "web:8000", True, 0),
        ("", "http", "[::1]:8000", True, 0),
        ("", "https", "shop.example", True, 0),
        ("dev", "http", "shop.example", True, 0),
    ],
)
async def test_production_over_plain_http_is_in_the_log_once(
    monkeypatch, caplog, environment, scheme, host, called, warned
):
    """An action called over plain http from elsewhere is answered, and the log says once what to do."""
    monkeypatch.setenv("JETBRIDGE_ENV", environment)
    caplog.set_level(logging.WARNING)
    app = made()
    target = url_of(app, note) if called else "/"
    answers = [
        await ask(
            app,
            "POST" if called else "GET",
            target,
            {**CALL, **SAME_ORIGIN, "host": host},
            [chunk(b"[]")],
            scheme=scheme,
        )
        for _ in range(2)
    ]

    assert [200, 200] == [answer.status for answer in answers]
    assert warned == sum("over plain http" in record.getMessage() for record in caplog.records)
