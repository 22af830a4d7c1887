"""Elements while they are built: checks what an author writes, where it is written, and keeps it as data.

`HtmlElement` is the wire's Element with React's props; `Lazy` is the base of nodes that `render/resolve` replaces.
Nothing here runs a component, awaits, or knows how a node looks in HTML or Flight.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from enum import Enum
from types import GeneratorType
from typing import Any, Final, Self, TypeAlias, cast

from jetbridge.elements.props import (
    ACTIONS,
    ATOMS,
    KEYWORDS,
    NEVER_TEXT,
    PENDING,
    AttributeValue,
    Key,
    check_value,
    key_text,
    keyword_name,
    literal_name,
    plain_atom,
)
from jetbridge.errors import ControlFlow, DefinitionError
from jetbridge.wire.model import FRAGMENT, Element, Undefined

__all__ = ["ABSENT", "Element", "HtmlElement", "Lazy", "Node", "adopt"]

Node: TypeAlias = "Element | Lazy | str | float | Undefined | Iterable[Node] | Awaitable[Node] | None"
"""What may stand as a child: an element, text, a number, None or a bool (shown as nothing), an iterable or an
awaitable of these."""


class Lazy:
    """A node that `resolve` turns into others: a component's call, a Suspense, an error boundary."""

    __slots__ = ()


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""The children of an element that was given none."""

_UNUSED: Final[Any] = None  # the field of Element that the property `props` hides
_type_of = cast("Callable[[object], type[Any]]", type)  # what type() gives is unknown to pyright


class HtmlElement(Element):
    """An element of HTML or SVG. Calling it gives attributes, square brackets give children; both give a new element.

    `static` says that nothing in it needs `resolve`: no component, awaitable, action, or field that is filled again.
    Attributes and children are kept apart, so that a cell of a table needs no dict; `props` is both, made when asked.
    """

    attributes: dict[str, Any] | None = None  # shared by all elements made from this one; never changed
    children: Any = ABSENT
    static: bool = True

    @classmethod
    def make(cls, type: Any, *, static: bool = True, key: str | None = None, props: Any = None) -> Self:  # noqa: A002
        """A new element of this kind."""
        made = cls(type, key=key, static=static)
        if props is not None:
            made.props = props
        return made

    @property
    def props(self) -> dict[str, Any]:
        """What React calls props: the attributes, and `children` if there are any."""
        props = dict(self.attributes or {})
        if self.children is not ABSENT:
            props["children"] = self.children
        return props

    @props.setter
    def props(self, props: Mapping[str, Any]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.attributes = {name: value for name, value in props.items() if name != "children"} or None
        self.children = props.get("children", ABSENT)

    def __call__(
        self, props: Mapping[str, AttributeValue] | None = None, /, *, key: Key = None, **attributes: AttributeValue
    ) -> Self:
        """This element with attributes: keywords, or a dict for names Python cannot spell (`{"hx-get": "/x"}`)."""
        tag = self.type
        static = self.static
        if props is None and not attributes:
            text = self.key if key is None else key_text(key)
            return type(self)(tag, _UNUSED, text, self.attributes, self.children, static)
        given: dict[str, Any] = {}
        for keyword, value in attributes.items():
            name = KEYWORDS.get(keyword) or keyword_name(keyword, tag)
            given[name] = value
            if type(value) is not str or name in NEVER_TEXT:
                given[name] = checked = check_value(tag, name, value)
                static = static and name != PENDING and (name not in ACTIONS or type(checked) in ATOMS)
        if props is not None:
            literal = self._check_literal(props)
            given = {**literal, **given}
            static = static and PENDING not in literal and all(type(literal.get(name)) in ATOMS for name in ACTIONS)
        merged = {**self.attributes, **given} if self.attributes else given
        if type(self) is not HtmlElement:
            merged = self._settle(merged)
        return type(self)(
            tag, _UNUSED, self.key if key is None else key_text(key), merged or None, self.children, static
        )

    def __getitem__(self, children: Node) -> Self:
        """This element with children."""
        static = self.static
        kind = _type_of(children)
        if kind is tuple:
            children, is_static = _adopt_list(list(cast("tuple[object, ...]", children)))
            static = static and is_static
        elif kind is not str and kind not in ATOMS:
            children, is_static = adopt(children)
            static = static and is_static
        if self.attributes is not None or self.children is not ABSENT:
            self._check_room()
        return type(self)(self.type, _UNUSED, self.key, self.attributes, children, static)

    def _check_room(self) -> None:
        if self.children is not ABSENT:
            raise DefinitionError(f"{_spelled(self.type)} has children already; give them all at once, [first, second]")
        if self.attributes is not None and self.attributes.get("dangerouslySetInnerHTML") is not None:
            raise DefinitionError(f"{_spelled(self.type)} has dangerouslySetInnerHTML, so it takes no children")

    def _check_literal(self, props: Mapping[str, AttributeValue]) -> dict[str, Any]:
        if not isinstance(cast("object", props), Mapping):
            raise DefinitionError(_positional(self.type, props))
        named = {literal_name(name, self.type): value for name, value in props.items()}
        return {name: check_value(self.type, name, value) for name, value in named.items()}

    def _settle(self, props: dict[str, Any]) -> dict[str, Any]:
        """The last word of a kind of element on its own props."""
        return props


def adopt(children: object) -> tuple[Any, bool]:
    """`children` as the printers read them, and whether all of it is static. Refuses what cannot be a child.

    A tuple (`h.p[a, b]`) and a list become a list, one child stays what it is; iterators are consumed now.
    """
    kind = type(children)
    if kind in ATOMS:
        return children, True
    if kind is tuple or kind is list:
        return _adopt_list(list(cast("Iterable[object]", children)))
    if isinstance(children, HtmlElement):
        return children, children.static
    if isinstance(children, (Element, Lazy)):
        return children, False
    if isinstance(children, (str, int, float)):
        return plain_atom(children), True
    if isinstance(children, Awaitable):
        return cast("Any", children), False
    if kind is GeneratorType or (isinstance(children, Iterable) and not isinstance(children, _NO_CHILDREN)):
        return _adopt_list(list(cast("Iterable[Any]", children)))
    refused = cast("object", children)
    if _is_empty(refused):
        return None, True  # what `state.field_errors and h.ul[…]` gives where there are none
    raise DefinitionError(f"a child cannot be {_article(refused)}: {_advice(refused)}")


def _adopt_list(items: list[object]) -> tuple[list[Any], bool]:
    static = True
    for child in items:
        if type(child) is HtmlElement:
            if not child.static:
                static = False
        elif type(child) not in ATOMS:
            return _adopt_each(items)
    return items, static


def _adopt_each(items: list[object]) -> tuple[list[Any], bool]:
    """Like `_adopt_list`, for children that need more than a look."""
    adopted = [adopt(child) for child in items]
    return [child for child, _ in adopted], all(static for _, static in adopted)


_NO_CHILDREN: Final = (bytes, bytearray, memoryview, Mapping, set, frozenset, type)


def _is_empty(value: Any) -> bool:
    return isinstance(value, (Mapping, set, frozenset)) and not value


def _article(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _advice(value: object) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "decode it first, value.decode()"
    if isinstance(value, Mapping):
        return "attributes go in round brackets, h.div({…})[…]; text is str(…)"
    if isinstance(value, (set, frozenset)):
        return "a set has no order, write sorted(…)"
    if isinstance(value, ControlFlow):
        return "raise it; only a page or an action itself may return it"
    if isinstance(value, AsyncIterable):
        return "collect it first, [item async for item in …]"
    if callable(value):
        return "call it: if it is a component, write name()"
    return "text, numbers, elements, lists and awaitables can; write str(…) or a field of it"


def _positional(tag: Any, given: object) -> str:
    if isinstance(given, str):
        return f"{_spelled(tag)}({given[:20]!r}): children go in square brackets, {_spelled(tag)}[{given[:20]!r}]"
    return f"{_spelled(tag)}(…): attributes are keywords or one dict; children go in square brackets"


def _spelled(tag: Any) -> str:
    if tag == FRAGMENT:
        return "Fragment"
    return f"h.{tag}" if str(tag).isidentifier() else f'h["{tag}"]'
