"""Attributes as an author writes them in, React props out: names, values, and what is refused with what to write.

Both printers need React's own names (`className`, `readOnly`): the HTML printer to know their rules, and the client
because its development build warns about any other spelling.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from jetbridge.errors import DefinitionError
from jetbridge.wire.model import BigInt, ClientReference, ServerReference, Undefined

__all__ = [
    "ATOMS",
    "PENDING",
    "AttributeValue",
    "Key",
    "check_value",
    "key_text",
    "keyword_name",
    "literal_name",
    "plain_atom",
]

PENDING: Final = "pending"
"""The one attribute of our own: what an element shows while its form waits."""

AttributeValue: TypeAlias = (
    str | float | Undefined | Mapping[str, Any] | Sequence[str] | Callable[..., Any] | ServerReference | None
)
"""What an attribute may be given: text, a number, a bool, None, `style=` a mapping, `action=` an action."""

Key: TypeAlias = str | int | object
"""What `key=` may be given: anything whose text tells siblings apart."""

ATOMS: Final = frozenset({str, int, float, bool, type(None), Undefined, BigInt})
"""The exact types that mean the same as a child and as an attribute in both printers."""

# React's camel-case props; from `possibleStandardNames` of react-dom 19.3.1 (development).
_CAMEL: Final = """
accentHeight acceptCharset accessKey alignmentBaseline allowFullScreen allowReorder arabicForm attributeName
attributeType autoCapitalize autoComplete autoCorrect autoFocus autoPlay autoReverse autoSave baseFrequency
baseProfile baselineShift calcMode capHeight cellPadding cellSpacing charSet classID className clipPath clipPathUnits
clipRule colSpan colorInterpolation colorInterpolationFilters colorProfile colorRendering contentEditable
contentScriptType contentStyleType contextMenu controlsList crossOrigin dangerouslySetInnerHTML dateTime
defaultChecked defaultValue diffuseConstant disablePictureInPicture disableRemotePlayback dominantBaseline edgeMode
enableBackground encType enterKeyHint externalResourcesRequired fetchPriority fillOpacity fillRule filterRes
filterUnits floodColor floodOpacity fontFamily fontSize fontSizeAdjust fontStretch fontStyle fontVariant fontWeight
formAction formEncType formMethod formNoValidate formTarget frameBorder glyphName glyphOrientationHorizontal
glyphOrientationVertical glyphRef gradientTransform gradientUnits horizAdvX horizOriginX hrefLang htmlFor httpEquiv
imageRendering imageSizes imageSrcSet innerHTML inputMode itemID itemProp itemRef itemScope itemType kernelMatrix
kernelUnitLength keyParams keyPoints keySplines keyTimes keyType lengthAdjust letterSpacing lightingColor
limitingConeAngle marginHeight marginWidth markerEnd markerHeight markerMid markerStart markerUnits markerWidth
maskContentUnits maskType maskUnits maxLength mediaGroup minLength noModule noValidate numOctaves overlinePosition
overlineThickness paintOrder pathLength patternContentUnits patternTransform patternUnits playsInline pointerEvents
pointsAtX pointsAtY pointsAtZ popoverTarget popoverTargetAction preserveAlpha preserveAspectRatio primitiveUnits
radioGroup readOnly refX refY referrerPolicy renderingIntent repeatCount repeatDur requiredExtensions requiredFeatures
rowSpan shapeRendering specularConstant specularExponent spellCheck spreadMethod srcDoc srcLang srcSet startOffset
stdDeviation stitchTiles stopColor stopOpacity strikethroughPosition strikethroughThickness strokeDasharray
strokeDashoffset strokeLinecap strokeLinejoin strokeMiterlimit strokeOpacity strokeWidth
suppressContentEditableWarning suppressHydrationWarning surfaceScale systemLanguage tabIndex tableValues targetX
targetY textAnchor textDecoration textLength textRendering transformOrigin underlinePosition underlineThickness
unicodeBidi unicodeRange unitsPerEm useMap vAlphabetic vHanging vIdeographic vMathematical vectorEffect vertAdvY
vertOriginX vertOriginY viewBox viewTarget wordSpacing writingMode xChannelSelector xHeight xlinkActuate xlinkArcrole
xlinkHref xlinkRole xlinkShow xlinkTitle xlinkType xmlBase xmlLang xmlSpace xmlnsXlink yChannelSelector zoomAndPan
"""
_REACT_NAMES: Final = {name.lower(): name for name in _CAMEL.split()} | {"class": "className", "for": "htmlFor"}
_PUNCTUATION: Final = str.maketrans("", "", "-_:")

# XML's Name without the ranges nobody writes: what React's own check takes, and what HTML's parser reads back.
_NAME: Final = re.compile(r"[^\W\d][\w:.\-]*|[:_][\w:.\-]*")
_CAMEL_HUMP: Final = re.compile(r"-([a-z])")

KEYWORDS: Final[dict[str, str]] = {}
"""React's prop for each keyword seen so far; a cache."""
_KNOWN_LITERALS: dict[str, str] = {}
_MOST_KNOWN: Final = 4096  # an author may make names from data; the caches must not grow with it


def keyword_name(keyword: str, tag: str) -> str:
    """The React prop for a keyword argument: `class_`, `aria_label`, `data_id`, `max_length`, `hx_get`."""
    known = KEYWORDS.get(keyword)
    if known is None:
        known = _read_keyword(keyword, tag)
        if len(KEYWORDS) < _MOST_KNOWN:
            KEYWORDS[keyword] = known
    return known


def _read_keyword(keyword: str, tag: str) -> str:
    stem = keyword.rstrip("_") or keyword
    if stem.startswith(("aria_", "data_")):
        return _check_name(stem.replace("_", "-"), tag)
    react = _REACT_NAMES.get(stem.translate(_PUNCTUATION).lower())
    # No attribute of HTML has an underscore, so a name of somebody's own, like hx_get, means hx-get.
    return react or _check_name(stem.replace("_", "-"), tag)


def literal_name(name: str, tag: str) -> str:
    """The React prop for a name given as text, `{"hx-get": …}`: as it stands, but for React's own spelling."""
    known = _KNOWN_LITERALS.get(name)
    if known is None:
        prefixed = name.startswith(("aria-", "data-"))
        react = None if prefixed else _REACT_NAMES.get(name.translate(_PUNCTUATION).lower())
        known = react or _check_name(name, tag)
        if len(_KNOWN_LITERALS) < _MOST_KNOWN:
            _KNOWN_LITERALS[name] = known
    return known


def _check_name(name: str, tag: str) -> str:
    if len(name) > 2 and name[:2].lower() == "on":
        raise DefinitionError(
            f"{_call(tag)}({name}=…): an element made in Python has no event handlers. Give the form or button an "
            "action (action=save, formAction=save), or write a client component"
        )
    if name in _ELSEWHERE:
        raise DefinitionError(f"{_call(tag)}({name}=…): {_ELSEWHERE[name]}")
    if not _NAME.fullmatch(name):
        raise DefinitionError(f"{_call(tag)}: {name!r} is not an attribute name that React writes")
    return name


_ELSEWHERE: Final = {
    "children": "children go in square brackets, h.p[…]",
    "key": "give the key as key=…, outside the dict",
    "ref": "refs live in client components",
}


def key_text(key: Any) -> str | None:
    """A key as React has it: text, or none."""
    if key is None or type(key) is str:
        return key
    return str(key)


def check_value(tag: str, name: str, value: object) -> Any:
    """`value` as the printers read it (exact types, plain containers); refuses what no attribute can be."""
    kind = type(value)
    if kind in ATOMS:
        if name in NEVER_TEXT and kind in _NOT_STYLE:
            return _CHECKS[name](tag, value)
        return value
    if name in _CHECKS:
        return _CHECKS[name](tag, value)
    if name in ACTIONS and (callable(value) or isinstance(value, ServerReference)):
        return value
    if isinstance(value, (str, int, float)):
        return plain_atom(value)
    if name in _LISTS and isinstance(value, (list, tuple)):
        items = cast("Sequence[Any]", value)
        return [check_value(tag, "value", item) for item in items]
    if "-" in tag and isinstance(value, (dict, list, ClientReference)):
        return cast("Any", value)  # a property of a custom element, which HTML never shows
    raise DefinitionError(f"{_call(tag)}({name}={_sketch(value)}): {_advice(name, value)}")


NEVER_TEXT: Final = frozenset({"style", "dangerouslySetInnerHTML", PENDING})
_NOT_STYLE: Final = frozenset({str, int, float, bool, BigInt})
ACTIONS: Final = frozenset({"action", "formAction"})
_LISTS: Final = frozenset({"value", "defaultValue"})


def plain_atom(value: str | float) -> str | float:
    """The plain value of a subclass of str, int or float (StrEnum, IntEnum, Markup, numpy's float64)."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    return float(value)


def _check_style(tag: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise DefinitionError(f'{_call(tag)}(style=…): a mapping is needed, style={{"color": "red"}}')
    given = cast("Mapping[Any, Any]", value)
    style: dict[str, Any] = {}
    for name, part in given.items():
        if type(name) is not str:
            raise DefinitionError(f"{_call(tag)}(style=…): {name!r} is not the name of a CSS property")
        style[_style_name(name)] = check_value(tag, f"style {name}", part)
    return style


def _style_name(name: str) -> str:
    """`background_color` and `background-color` as React's `backgroundColor`; custom properties as they stand."""
    if name.startswith("--"):
        return name
    name = name.replace("_", "-")
    if "-" not in name:
        return name
    # -ms-flex is msFlex for React, -webkit-flex is WebkitFlex.
    return _CAMEL_HUMP.sub(lambda hump: hump[1].upper(), name.removeprefix("-") if name.startswith("-ms-") else name)


def _check_html(tag: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        given = cast("Mapping[Any, Any]", value)
        if set(given) == {"__html"}:
            return {"__html": check_value(tag, "__html", given["__html"])}
    raise DefinitionError(f'{_call(tag)}(dangerouslySetInnerHTML=…): write dangerouslySetInnerHTML={{"__html": text}}')


def _check_pending(tag: str, value: Any) -> str | bool:
    """What a submit button says while its form waits; True for any other element that is there only then."""
    is_button = tag in ("button", "input")
    if isinstance(value, str) and is_button:
        return plain_atom(value)  # pyright: ignore[reportReturnType]  # of a text it is one
    if value is False or (value is True and not is_button):
        return value
    wanted = 'the text it shows meanwhile, pending="Saving…"' if is_button else "pending=True, and is there only then"
    raise DefinitionError(f"{_call(tag)}(pending={_sketch(value)}): while its form waits it takes {wanted}")


_CHECKS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "style": _check_style,
    "dangerouslySetInnerHTML": _check_html,
    PENDING: _check_pending,
}


def _advice(name: str, value: Any) -> str:
    if callable(value):
        return "a function can only be action= or formAction="
    if isinstance(value, (bytes, bytearray)):
        return "bytes are no text, write value.decode()"
    if name in ("action", "formAction") and isinstance(value, Awaitable):
        return "give the function itself, action=save; bind values with functools.partial(save, 3)"
    if isinstance(value, Awaitable):
        return "await it first; only children may be awaitables"
    if name == "className" and isinstance(value, (list, tuple, set)):
        return 'write one text, className=" ".join(names)'
    return f"an attribute is text, a number or a bool, write str({type(value).__name__.lower()}) or a field of it"


def _sketch(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _call(tag: str) -> str:
    return f"h.{tag}" if tag.isidentifier() else f'h["{tag}"]'
