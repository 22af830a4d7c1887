"""The headers of a request: read by name, joined where they are repeated."""

import pytest

from jetbridge.server.visit import Headers

PAIRS = [(b"accept", b"text/html"), (b"cookie", b"a=1"), (b"x-tag", b"one"), (b"cookie", b"b=2"), (b"x-tag", b"t\xe9")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("accept", "text/html"), ("cookie", "a=1; b=2"), ("x-tag", "one, té"), ("origin", None), ("Accept", None)],
)
def test_gives_the_header_of_a_name(name, value):
    """Repeated headers are joined with a comma, cookies with a semicolon; names are in lower case as ASGI has them."""
    headers = Headers(PAIRS)

    assert (value, value is not None) == (headers.get(name), name in headers)


def test_is_a_mapping_of_all_headers():
    """What shows all of them, such as the page about an error, gets each once."""
    expected = {"accept": "text/html", "cookie": "a=1; b=2", "x-tag": "one, té"}

    assert expected == dict(Headers(iter(PAIRS)))
