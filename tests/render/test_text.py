"""Values as JavaScript's text."""

import math

import pytest

from jetbridge.errors import EncodeError
from jetbridge.render.text import escape, escape_slowly, is_truthy, js_text, number_text
from jetbridge.wire.model import UNDEFINED, BigInt


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (1e16, "10000000000000000"),
        (1.5e16, "15000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.25e21, "-1.25e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (1e-6, "0.000001"),
        (1.5e-5, "0.000015"),
        (-1.5e-6, "-0.0000015"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (5e-324, "5e-324"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_writes_doubles_as_javascript_does(number, text):
    """`String(number)`, digit for digit: ECMAScript's Number::toString."""
    assert text == number_text(number)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (5, "5"), (BigInt(10**30), "1" + "0" * 30), (2.0, "2"), ("x", "x")],
)
def test_writes_values_as_javascript_does(value, text):
    """`String(value)` for what has a text of its own."""
    assert text == js_text(value, "here")


@pytest.mark.parametrize("value", [None, {}, [], b"x", object()])
def test_refuses_objects(value):
    """What JavaScript would write as `[object Object]` is an error that names the place."""
    with pytest.raises(EncodeError, match="here"):
        js_text(value, "here")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;&lt;/a&gt;"),
        ("&#39;&#34;'\"", "&amp;#39;&amp;#34;&#x27;&quot;"),
        ("ěšč 😀 '", "ěšč 😀 &#x27;"),
        ("\ud800<", "\ud800&lt;"),
    ],
)
def test_escapes_with_reacts_entities(text, html):
    """The compiled way and the slow one write the same."""
    assert html == escape_slowly(text)
    assert html == escape(text)


@pytest.mark.parametrize("value", [True, 1, -1, 0.5, "false", "0", [], {}, object(), BigInt(1), math.inf])
def test_takes_for_true_what_javascript_does(value):
    """Empty lists and objects are true in JavaScript."""
    assert is_truthy(value)


@pytest.mark.parametrize("value", [False, 0, 0.0, math.nan, "", None, UNDEFINED, BigInt(0)])
def test_takes_for_false_what_javascript_does(value):
    """NaN, zero, the empty text and nothing at all are false."""
    assert not is_truthy(value)
