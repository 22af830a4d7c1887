"""One React prop to one HTML attribute: names, and the rule of each kind (wire-protocol D3, D4).

Tables over branches: a prop is a row in one of the sets below; what is in none is written as it stands.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from jetbridge.errors import EncodeError
from jetbridge.render.text import JS_SPACE, escape, is_truthy, js_text, number_text
from jetbridge.wire.model import Symbol, Undefined

__all__ = ["TEXT_PREFIXES", "attribute", "is_safe_name", "safe_url", "style_text", "text_prefix"]

_RENAMED: Final = {
    "className": "class",
    "htmlFor": "for",
    "tabIndex": "tabindex",
    "httpEquiv": "http-equiv",
    "acceptCharset": "accept-charset",
    "crossOrigin": "crossorigin",
    "xmlnsXlink": "xmlns:xlink",
}
_DASHED = """
accentHeight alignmentBaseline arabicForm baselineShift capHeight clipPath clipRule colorInterpolation
colorInterpolationFilters colorProfile colorRendering dominantBaseline enableBackground fillOpacity fillRule floodColor
floodOpacity fontFamily fontSize fontSizeAdjust fontStretch fontStyle fontVariant fontWeight glyphName
glyphOrientationHorizontal glyphOrientationVertical horizAdvX horizOriginX imageRendering letterSpacing lightingColor
markerEnd markerMid markerStart maskType overlinePosition overlineThickness paintOrder pointerEvents renderingIntent
shapeRendering stopColor stopOpacity strikethroughPosition strikethroughThickness strokeDasharray strokeDashoffset
strokeLinecap strokeLinejoin strokeMiterlimit strokeOpacity strokeWidth textAnchor textDecoration textRendering
transformOrigin underlinePosition underlineThickness unicodeBidi unicodeRange unitsPerEm vAlphabetic vHanging
vIdeographic vMathematical vectorEffect vertAdvY vertOriginX vertOriginY wordSpacing writingMode xHeight
"""
_COLONED = "xlinkHref xlinkActuate xlinkArcrole xlinkRole xlinkShow xlinkTitle xlinkType xmlBase xmlLang xmlSpace"
_BOOLEAN = """
allowFullScreen async autoPlay controls credentialless default defer disabled disablePictureInPicture
disableRemotePlayback formNoValidate hidden inert itemScope loop noModule noValidate open playsInline readOnly required
reversed scoped seamless autoFocus multiple muted
"""
_ENUMERATED = "contentEditable spellCheck draggable value autoReverse externalResourcesRequired focusable preserveAlpha"
_NEVER = """
children key ref dangerouslySetInnerHTML defaultValue defaultChecked innerHTML suppressHydrationWarning
suppressContentEditableWarning
"""
_UNITLESS_TEXT = """
animationIterationCount aspectRatio borderImageOutset borderImageSlice borderImageWidth boxFlex boxFlexGroup
boxOrdinalGroup columnCount columns flex flexGrow flexPositive flexShrink flexNegative flexOrder gridArea gridRow
gridRowEnd gridRowSpan gridRowStart gridColumn gridColumnEnd gridColumnSpan gridColumnStart fontWeight lineClamp
lineHeight opacity order orphans scale tabSize widows zIndex zoom fillOpacity floodOpacity stopOpacity strokeDasharray
strokeDashoffset strokeMiterlimit strokeOpacity strokeWidth MozAnimationIterationCount MozBoxFlex MozBoxFlexGroup
MozLineClamp msAnimationIterationCount msFlex msZoom msFlexGrow msFlexNegative msFlexOrder msFlexPositive msFlexShrink
msGridColumn msGridColumnSpan msGridRow msGridRowSpan WebkitAnimationIterationCount WebkitBoxFlex WebKitBoxFlexGroup
WebkitBoxOrdinalGroup WebkitColumnCount WebkitColumns WebkitFlex WebkitFlexGrow WebkitFlexPositive WebkitFlexShrink
WebkitLineClamp
"""

_HUMP: Final = re.compile("([A-Z])")
_ATTRIBUTE_NAMES: Final = (
    _RENAMED
    | {name: _HUMP.sub(r"-\1", name).lower() for name in _DASHED.split()}
    | {name: _HUMP.sub(r":\1", name).lower() for name in _COLONED.split()}
    | {name: name.lower() for name in ("autoFocus", "multiple", "muted")}
)
_UNITLESS: Final = frozenset(_UNITLESS_TEXT.split())

# ":", "_" and letters, then digits and marks too: XML's Name within the basic plane, as React's own check has it.
_ASCII_NAME: Final = re.compile(r"[:A-Z_a-z][:A-Z_a-z\-.0-9]*")
_NAME_START: Final = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NAME: Final = rf"[{_NAME_START}][{_NAME_START}\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*"  # ten ms to compile, for few

_SCRIPT_URL: Final = re.compile(
    r"[\x00-\x1f ]*" + r"[\r\n\t]*".join("javascript") + r"[\r\n\t]*:", re.IGNORECASE | re.ASCII
)
_BLOCKED_URL: Final = "javascript:throw new Error('React has blocked a javascript: URL as a security precaution.')"


def is_safe_name(name: str) -> bool:
    """Whether `name` can stand as an attribute's name."""
    return _ASCII_NAME.fullmatch(name) is not None or (not name.isascii() and re.fullmatch(_NAME, name) is not None)


def safe_url(url: str) -> str:
    """`url`, or React's harmless replacement if a browser would run it as a script."""
    return _BLOCKED_URL if _SCRIPT_URL.match(url) else url


def _write(name: str, value: Any) -> str:
    return f' {name}="{escape(js_text(value, name))}"'


def _as_text(name: str, value: Any) -> str:
    return "" if isinstance(value, bool) else _write(name, value)


def _as_data(name: str, value: Any) -> str:
    return _write(name, value)


def _as_flag(name: str, value: Any) -> str:
    return f' {name}=""' if is_truthy(value) else ""


def _as_flag_or_text(name: str, value: Any) -> str:
    if value is True or value is False:
        return f' {name}=""' if value else ""
    return _write(name, value)


def _as_positive(name: str, value: Any) -> str:
    return _write(name, value) if _number(value) >= 1 else ""


def _as_number(name: str, value: Any) -> str:
    number = _number(value)
    return _write(name, value) if number == number else ""


def _as_url(name: str, value: Any) -> str:
    return "" if isinstance(value, bool) else f' {name}="{escape(safe_url(js_text(value, name)))}"'


def _as_filled_url(name: str, value: Any) -> str:
    # An empty src or href would load the page itself once more.
    return "" if value == "" else _as_url(name, value)


def _never(name: str, value: Any) -> str:  # noqa: ARG001 - one row of the table
    return ""


def _as_style(name: str, value: Any) -> str:  # noqa: ARG001 - one row of the table
    text = style_text(value)
    return f' style="{escape(text)}"' if text else ""


_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Infinity", re.ASCII)
_RADIX: Final = re.compile(r"0(?:[xX][\da-fA-F]+|[oO][0-7]+|[bB][01]+)")


def _number(value: Any) -> float:
    """`Number(value)` in JavaScript; NaN if it is none."""
    if isinstance(value, (bool, int, float)):
        return value
    text = js_text(value, "a number").strip(JS_SPACE)
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return float(text)
    return int(text, 0) if _RADIX.fullmatch(text) and len(text) < 300 else float("nan")


Rule = Callable[[str, Any], str]

_RULES: Final[dict[str, Rule]] = (
    dict.fromkeys(_BOOLEAN.split(), _as_flag)
    | dict.fromkeys(_ENUMERATED.split(), _as_data)
    | dict.fromkeys(_NEVER.split(), _never)
    | dict.fromkeys(("cols", "rows", "size", "span"), _as_positive)
    | dict.fromkeys(("rowSpan", "start"), _as_number)
    | dict.fromkeys(("capture", "download"), _as_flag_or_text)
    | dict.fromkeys(("action", "formAction", "xlinkHref"), _as_url)
    | dict.fromkeys(("src", "href"), _as_filled_url)
    | {"style": _as_style}
)

_KNOWN: dict[str, tuple[str, Rule]] = {}
TEXT_PREFIXES: Final[dict[str, str]] = {}
"""What stands before the value of an attribute that writes text as it is (` class="`), by prop name; a cache."""
_MOST_KNOWN: Final = 4096  # an application may make names from data; the caches must not grow with it
_WRITES_TEXT: Final = frozenset({_as_text, _as_data, _as_flag_or_text})


def _plan(prop: str) -> tuple[str, Rule]:
    name = _ATTRIBUTE_NAMES.get(prop, prop)
    rule = _RULES.get(prop)
    if rule is None:
        if (len(prop) > 2 and prop[:2].lower() == "on") or not is_safe_name(name):
            rule = _never
        else:
            rule = _as_data if prop[:5].lower() in ("data-", "aria-") else _as_text
    if len(_KNOWN) < _MOST_KNOWN:
        _KNOWN[prop] = (name, rule)
        if rule in _WRITES_TEXT:
            TEXT_PREFIXES[prop] = f' {name}="'
    return name, rule


def text_prefix(prop: str) -> str | None:
    """What stands before the text of `prop`, or None where text is not simply escaped."""
    name, rule = _KNOWN.get(prop) or _plan(prop)
    return f' {name}="' if rule in _WRITES_TEXT else None


def attribute(prop: str, value: Any) -> str:
    """The attribute for a prop, with a leading space; empty where React writes none."""
    if value is None or isinstance(value, (Undefined, Symbol)) or callable(value):
        return ""
    name, rule = _KNOWN.get(prop) or _plan(prop)
    return rule(name, value)


def style_text(style: Any) -> str:
    """A style mapping as CSS text, not escaped yet: `color:red;width:4px`."""
    if isinstance(style, (Undefined, type(None))):
        return ""
    if not isinstance(style, Mapping):
        raise EncodeError(f"style is a mapping, not {type(style).__name__}")
    declarations: list[str] = []
    for name, value in cast("Mapping[str, Any]", style).items():
        if value is None or isinstance(value, (bool, Undefined)) or value == "":
            continue
        if name.startswith("--"):
            declarations.append(f"{name}:{js_text(value, 'style').strip(JS_SPACE)}")
        else:
            declarations.append(f"{_css_name(name)}:{_css_value(name, value)}")
    return ";".join(declarations)


def _css_name(name: str) -> str:
    dashed = _HUMP.sub(r"-\1", name).lower()
    return f"-{dashed}" if dashed.startswith("ms-") else dashed


def _css_value(name: str, value: Any) -> str:
    if type(value) is int or type(value) is float:  # a BigInt is no number for React: it gets no unit
        text = str(value) if type(value) is int else number_text(value)
        return text if value == 0 or name in _UNITLESS else f"{text}px"
    return js_text(value, "style").strip(JS_SPACE)
