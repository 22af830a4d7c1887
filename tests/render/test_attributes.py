"""Attributes one by one, where the vectors have no row."""

import pytest

from jetbridge.render.attributes import attribute, is_safe_name, safe_url, style_text
from jetbridge.wire.model import UNDEFINED, Symbol


@pytest.mark.parametrize(
    ("prop", "value", "html"),
    [
        ("size", "0x10", ' size="0x10"'),
        ("size", " 4 ", ' size=" 4 "'),
        ("size", "", ""),
        ("size", "0b1", ' size="0b1"'),
        ("size", "1_0", ""),
        ("size", "٣", ""),
        ("size", "Infinity", ' size="Infinity"'),
        ("size", "1" * 200_000 + "x", ""),
        ("start", "", ' start=""'),
        ("start", "1e3", ' start="1e3"'),
        ("start", ".", ""),
        ("rowSpan", "0x", ""),
        ("title", None, ""),
        ("title", UNDEFINED, ""),
        ("title", Symbol("x"), ""),
        ("title", len, ""),
        ("ONCLICK", "x", ""),
        ("DATA-x", True, ' DATA-x="true"'),
    ],
)
def test_writes_one_attribute(prop, value, html):
    """Numbers are JavaScript's, not Python's; what has no text is not written."""
    assert html == attribute(prop, value)


@pytest.mark.parametrize(
    "url", ["javascript:x", " JavaScript:x", "\x00java\nscript\t:x", "\x1fj\ra\rv\ra\rs\rc\rr\ri\rp\rt\r:"]
)
def test_no_address_runs_a_script(url):
    """Leading control characters, letters' case and newlines inside hide nothing."""
    assert "React has blocked" in safe_url(url)


@pytest.mark.parametrize(
    "url", ["/javascript:x", "x javascript:", "\xa0javascript:x", "java script:x", "java\u017fcript:", ""]
)
def test_other_addresses_stand(url):
    """Only what a browser would run is replaced."""
    assert url == safe_url(url)


@pytest.mark.parametrize("name", ["a", "data-x", "x:y", "_a", ":a", "a.b", "ключ", "a·", "a\u0301"])
def test_safe_names(name):
    """Names that an HTML parser reads back."""
    assert is_safe_name(name)


@pytest.mark.parametrize("name", ["", "1a", "a b", 'a"', "a>", "a=", "a/", "-a", ".a", "a\n", "😀", "\u0301a", "a\x00"])
def test_unsafe_names(name):
    """Anything that could end the attribute or the tag, or that is no XML name, is not written."""
    assert not is_safe_name(name)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"width": 4, "zIndex": 4, "margin": 0}, "width:4px;z-index:4;margin:0"),
        ({"width": 1e21}, "width:1e+21px"),
        ({"color": " red\ufeff"}, "color:red"),
        ({"msTransform": "x", "WebkitX": "y"}, "-ms-transform:x;-webkit-x:y"),
    ],
)
def test_writes_styles(style, text):
    """Numbers get their unit, names their dashes, texts are trimmed as JavaScript trims."""
    assert text == style_text(style)
