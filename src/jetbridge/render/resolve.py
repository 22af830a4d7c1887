"""Resolving: a tree as its author wrote it in, a tree of plain elements out, for the printers `html` and `flight`.

Runs components, siblings concurrently; awaits what is awaitable; turns actions into finished references; fills the
fields of a failed submit again. What a browser's HTML and React need differently becomes a `ByPrinter` node here, so
that the two printers stay pure and cannot disagree.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from copy import copy
from secrets import token_hex
from typing import Any, Final, NamedTuple, cast
from urllib.parse import quote

from msgspec import Struct

from jetbridge.actions.forms import Referring
from jetbridge.actions.places import Place, is_called, reading
from jetbridge.actions.state import Submitted, state_key
from jetbridge.elements.boundaries import ErrorBoundary, Suspense
from jetbridge.elements.client import ClientComponent, ClientElement
from jetbridge.elements.component import ComponentElement, Owner, blame
from jetbridge.elements.node import HtmlElement, Lazy, adopt
from jetbridge.elements.provided import Provided
from jetbridge.errors import ControlFlow, DefinitionError, ExitError
from jetbridge.render.nodes import ByPrinter, ClientRendered, Slot
from jetbridge.render.refill import Refill, focus_first, refilled
from jetbridge.render.suspended import Suspensions
from jetbridge.wire.model import FRAGMENT, SUSPENSE, ClientReference, Element, ServerReference
from jetbridge.wire.protocol import (
    BOUNDARY,
    BUTTON,
    CLIENT_MODULE,
    FIELD_BOUND,
    FIELD_FORM,
    FIELD_KEY,
    FIELD_PRESSED,
    FIELD_SHOWN,
    FIELD_TOKEN,
    FORM,
    PENDING,
    QUERY_ACTION,
    SELECT,
)
from jetbridge.wire.protocol import SUSPENSE as LATE_CONTENT

__all__ = ["Failure", "Instead", "Resolved", "resolve"]

ACTION_FORM = ClientReference(CLIENT_MODULE, FORM)
ACTION_BUTTON = ClientReference(CLIENT_MODULE, BUTTON)
ERROR_BOUNDARY = ClientReference(CLIENT_MODULE, BOUNDARY)
CLIENT_PENDING = ClientReference(CLIENT_MODULE, PENDING)
CLIENT_SELECT = ClientReference(CLIENT_MODULE, SELECT)
CLIENT_SUSPENSE = ClientReference(CLIENT_MODULE, LATE_CONTENT)

_log = logging.getLogger("jetbridge.pages")


class Resolved:
    """A finished tree, and what its answer must know about it.

    `submits`: it has a form or button of ours, so it needs token and key; `forms` counts the forms. `loads`: it has
    scripts or style sheets that work only in a document of its own, since React runs no script and a
    Content-Security-Policy names inline ones.
    `tags` are those of the actions whose failure would change it. `shows_failure`: the failure that was given stands
    in it. `runs_components`: it has client components. `refills`: one of its forms holds what was typed. `late` is what
    is still to come, to be closed in every outcome; None where that is nothing. `failed`: the props with the children
    of each form whose submit has just failed.
    """

    __slots__ = (
        "failed",
        "forms",
        "late",
        "loads",
        "refills",
        "runs_components",
        "shows_failure",
        "submits",
        "tags",
        "tree",
    )

    def __init__(self) -> None:
        self.tree: Any = None
        self.submits = False
        self.forms = 0
        self.loads = False
        self.runs_components = False
        self.refills = False
        self.tags: set[str] = set()
        self.shows_failure = False
        self.late: Suspensions | None = None
        self.failed: list[dict[str, Any]] = []


Locate = Callable[[ClientComponent], ClientReference]
Instead = Callable[[BaseException], Any]  # the node for what a content has ended with


class Failure(NamedTuple):
    """The exception with which a submit has failed: the state `key` of its action, and the `form`, which raises it."""

    key: str
    form: str
    error: BaseException


async def resolve(
    tree: Any,
    references: Referring,
    *,
    query: str = "",
    states: Sequence[Submitted] = (),
    failure: Failure | None = None,
    instead: Instead | None = None,
    locate: Locate | None = None,
) -> Resolved:
    """The finished tree of `tree`.

    `query` is that of the page (without `_action`), which its forms are posted to; `states` are what submits of its
    forms came to, that of the one being answered first, and `failure` is its unexpected end. Raises what a component
    raised, the first one where several did.

    With `instead`, contents of Suspense may come after the rest; it gives the node for what one of them ended with
    where no boundary does. Without, everything is awaited. `locate` gives client components their references.
    """
    resolved = Resolved()
    late = None if instead is None else Suspensions()
    before = f"?{query}&" if query else "?"
    walk = _Walk(_Page(references, before, states, failure, resolved, late, instead, locate, Place(), {}))
    try:
        resolved.tree = await walk.run(tree, None)
        if late is not None and late.waiting:
            await late.give_turns(_TURNS)
        if late is not None:
            late.let_go()
            resolved.late = late if late.waiting else None
        for form in resolved.failed:
            focus_first(form.get("children"))
    except BaseException:
        if late is not None:
            await late.close()
        _discard(tree)
        raise
    return resolved


_TURNS: Final = 4  # of the event loop: nested async components that never really wait take one each


class _Page(Struct, frozen=True):
    """What all walks over one page share."""

    references: Referring
    query: str
    states: Sequence[Submitted]
    failure: Failure | None
    resolved: Resolved
    late: Suspensions | None
    instead: Instead | None
    locate: Locate | None
    place: Place
    refills: dict[str, Refill]  # of the failed forms by their `id`, for fields elsewhere that name it


class _Around(NamedTuple):
    """An error boundary, and the next one around it, which gets what its fallback fails with."""

    node: ErrorBoundary
    outer: "_Around | None"


class _Walk:
    """One pass over a tree: places each finished node where it belongs, now or when its awaitable is done."""

    _level = 0  # of elements and components, in the call of `_place` that runs

    def __init__(
        self, page: _Page, boundary: "_Around | None" = None, owner: Owner | None = None, nested: int = 0
    ) -> None:
        self._page = page
        self._references = page.references
        self._resolved = page.resolved
        self._failure = page.failure
        self._boundary = boundary  # the nearest around
        self._waiting: list[_Waiting] = []
        self._owner = owner  # the component whose nodes are being placed
        self._nested = nested  # how many await one another, around what is being placed

    async def run(self, tree: Any, refill: Refill | None) -> Any:
        """The finished tree; a page without anything awaitable never leaves this coroutine."""
        root: list[Any] = [None]
        try:
            self._place(tree, root, 0, refill)
            await self._rest()
        finally:
            self._drop()
        return root[0]

    async def _rest(self) -> None:
        nested = self._nested
        while self._waiting:
            await self._settle(nested)

    def _drop(self) -> None:
        for one in self._waiting:
            one.discard()

    async def _settle(self, nested: int) -> None:
        """Await all that waits now, at once. Where some fail, the others are cancelled and the first is raised."""
        started, self._waiting = self._waiting, []
        try:
            if len(started) == 1 and nested < _LEVELS:
                await started[0].work
                return
            try:
                async with asyncio.TaskGroup() as group:
                    for one in started:
                        group.create_task(_without_exit(one.work))
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None
        except BaseException:
            for one in started:
                one.discard()
            raise

    def _place(self, node: Any, into: Any, at: Any, refill: Refill | None) -> None:
        kind = node.__class__
        if kind is str or node is None or kind is bool or kind is int or kind is float:
            into[at] = node
        elif kind is list or kind is tuple:
            placed: list[Any] = [None] * len(node)
            into[at] = placed
            for index, child in enumerate(node):
                self._place(child, placed, index, refill)
        elif isinstance(node, ComponentElement):
            self._component(node, into, at, refill)
        elif isinstance(node, ErrorBoundary):
            work = self._guarded(node, into, at, refill, self._owner, self._nested + 1)
            self._waiting.append(_Waiting(work, node.children))
        elif isinstance(node, Provided):
            work = self._provided(node, into, at, refill, self._owner, self._nested + 1)
            self._waiting.append(_Waiting(work, node.children))
        elif isinstance(node, Suspense):
            self._suspense(node, into, at, refill)
        elif isinstance(node, ClientElement):
            self._client(node, into, at)
        elif isinstance(node, HtmlElement) and node.static and refill is None and not self._page.states:
            into[at] = node
        elif isinstance(node, Element):
            self._element(node, into, at, refill)
        elif inspect.isawaitable(node):
            self._wait_for(node, into, at, refill, None)
        elif hasattr(node, "__aiter__"):
            self._wait_for(_collected(node), into, at, refill, None)
        else:
            self._place(_adopted(node), into, at, refill)

    # -- components ---------------------------------------------------------------------------------------------------

    def _component(self, node: ComponentElement, into: Any, at: Any, refill: Refill | None) -> None:
        if self._level >= _LEVELS:
            self._wait_for(_given(node), into, at, refill, None)
            return
        self._level += 1
        outer = self._owner
        around = self._page.place if outer is None else outer.place
        self._owner = owner = Owner(node, outer, around.inner(node.component.name, node.key))
        try:
            if self._page.states:
                with reading(owner.place):
                    result = node.call()
            else:
                result = node.call()
            if inspect.isawaitable(result):
                self._wait_for(result, into, at, refill, node.key)
            else:
                self._place(_keyed(result, node.key), into, at, refill)
        except BaseException as error:
            blame(error, owner)
            raise
        finally:
            self._owner = outer
            self._level -= 1

    def _wait_for(self, source: Awaitable[Any], into: Any, at: Any, refill: Refill | None, key: str | None) -> None:
        work = self._awaited(source, into, at, refill, key, self._owner, self._nested + 1)
        self._waiting.append(_Waiting(work, source))

    async def _awaited(
        self,
        source: Awaitable[Any],
        into: Any,
        at: Any,
        refill: Refill | None,
        key: str | None,
        owner: Owner | None,
        nested: int,
    ) -> None:
        try:
            if self._page.states and owner is not None:
                with reading(owner.place):
                    given = await source
            else:
                given = await source
            node = _keyed(given, key)
            self._owner, self._nested = owner, nested  # what ran meanwhile has set its own
            self._place(node, into, at, refill)
        except BaseException as error:
            blame(error, owner)
            raise
        # Awaited here and not in the next round: a fast sibling's children need not wait for a slow one
        if self._waiting:
            await self._settle(nested)

    async def _guarded(
        self, node: ErrorBoundary, into: Any, at: Any, refill: Refill | None, owner: Owner | None, nested: int
    ) -> None:
        try:
            inner = await _Walk(self._page, _Around(node, self._boundary), owner, nested).run(node.children, refill)
        except Exception as error:  # that is what a boundary is for
            self._note(error)
            _discard(node.children)
            self._owner, self._nested = owner, nested
            self._place(_keyed(node.shown_for(error), node.key), into, at, refill)
            return
        props: dict[str, Any] = {"children": inner}
        if not node.chooses:
            props |= await self._spare(node, refill, owner)
        into[at] = ByPrinter(html=inner, flight=Element(ERROR_BOUNDARY, props, node.key))

    async def _spare(self, node: ErrorBoundary, refill: Refill | None, owner: Owner | None) -> dict[str, Any]:
        """The fallback as a prop, for what fails in the browser. One that fails itself does no harm to the page."""
        try:
            return {"fallback": await _Walk(self._page, self._boundary, owner).run(node.fallback, refill)}
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            if self._failure is not None and error is self._failure.error:
                raise
            _discard(node.fallback)
            _log.error("the fallback of an ErrorBoundary fails [%s]", token_hex(6), exc_info=error)
            return {}

    async def _provided(
        self, node: Provided, into: Any, at: Any, refill: Refill | None, owner: Owner | None, nested: int
    ) -> None:
        before = node.variable.set(node.value)  # in the context of this task, in which nothing else runs meanwhile
        try:
            walk = _Walk(self._page, self._boundary, owner, nested)
            into[at] = await walk.run(_keyed(node.children, node.key), refill)
        finally:
            node.variable.reset(before)

    def _note(self, error: Exception) -> None:
        """A boundary shows its fallback because of `error`."""
        if self._failure is not None and error is self._failure.error:  # which is in the log
            self._resolved.shows_failure = True
        else:
            _log.error("an ErrorBoundary shows its fallback [%s]", token_hex(6), exc_info=error)

    def _suspense(self, node: Suspense, into: Any, at: Any, refill: Refill | None) -> None:
        """React gets a component of ours, which keeps what it shows while the page is rendered anew."""
        props: dict[str, Any] = {}
        into[at] = ByPrinter(html=Element(SUSPENSE, props, node.key), flight=Element(CLIENT_SUSPENSE, props, node.key))
        self._place(node.fallback, props, "fallback", refill)
        if self._page.late is None:
            self._place(node.children, props, "children", refill)
            return
        inside = _Walk(self._page, self._boundary, self._owner)
        inside._level = self._level
        content: dict[str, Any] = {}
        try:
            inside._place(node.children, content, "children", refill)
        except BaseException:
            inside._drop()
            raise
        if inside._waiting:
            suspended = self._page.late.start(inside._arrive(content, self._page.late, node.children))
            suspended.work.add_done_callback(lambda _: inside._drop())  # one that is cancelled may never have begun
            props["children"] = suspended
        else:
            props |= content

    def _client(self, node: ClientElement, into: Any, at: Any) -> None:
        """A component that only React can run. Its place in HTML holds its children until the browser has done so."""
        if self._page.locate is None:
            raise DefinitionError(
                f"{node!r} needs a front end that holds it: App(frontend=…) names the directory that Vite builds into"
            )
        self._resolved.runs_components = True
        shared: dict[str, Any] = {}  # one place for the children, which may arrive later, in both printings
        self._place(node.props.get("children"), shared, "children", None)
        children = Element(FRAGMENT, shared)
        props = {name: self._prop(value) for name, value in node.props.items() if name != "children"}
        if "children" in node.props:
            props["children"] = children
        into[at] = ByPrinter(
            html=ClientRendered(fallback=children),
            flight=Element(
                SUSPENSE,
                {"fallback": children, "children": Element(self._page.locate(node.component), props)},
                node.key,
            ),
        )

    def _prop(self, value: Any) -> Any:
        """What a client component gets for a prop: an action as a function to call, a node rendered, data as it is."""
        if isinstance(value, Element | Lazy):
            placed: dict[str, Any] = {}
            self._place(value, placed, "children", None)
            return Element(FRAGMENT, placed)
        if isinstance(value, list | tuple):
            return [self._prop(item) for item in cast("list[Any]", value)]
        if type(value) is dict:
            return {name: self._prop(item) for name, item in cast("dict[Any, Any]", value).items()}
        if inspect.isawaitable(value) or hasattr(value, "__aiter__"):
            _discard(value)
            raise DefinitionError(
                "a prop of a client component is something to wait for: await it in the page, or let the component "
                "call an action that gives it"
            )
        return self._references.reference(value) if callable(value) else value

    async def _arrive(self, content: dict[str, Any], late: Suspensions, source: Any) -> Any:
        """The tree of a content that waits. Once the page is out, an error stands where the content would."""
        boundary, owner = self._boundary, self._owner
        try:
            await self._rest()
            return content["children"]
        except (Exception, ControlFlow, BaseExceptionGroup) as error:
            _discard(source)
            failed = error
        while boundary is not None and isinstance(failed, Exception):
            self._note(failed)
            node, boundary = boundary
            try:
                return await _Walk(self._page, boundary, owner).run(node.shown_for(failed), None)
            except (Exception, ControlFlow, BaseExceptionGroup) as error:  # the fallback's: of the next one around
                failed = error
        if not late.are_let_go or self._page.instead is None:
            raise failed
        return await _Walk(self._page, None, owner).run(self._page.instead(failed), None)

    # -- elements -----------------------------------------------------------------------------------------------------

    def _element(self, node: Element, into: Any, at: Any, refill: Refill | None) -> None:
        if self._level >= _LEVELS:
            self._wait_for(_given(node), into, at, refill, None)
            return
        self._level += 1
        tag = node.type
        props = node.props
        if tag == "form" and callable(props.get("action")):
            self._form(node, into, at)
        elif callable(props.get("formAction")) or (tag in _BUTTONS and "pending" in props):
            self._button(node, into, at, refill)
        elif "pending" in props:
            self._pending(node, into, at, refill)
        else:
            if tag == "style" or (tag == "script" and _runs(props)):
                self._resolved.loads = True
            own = refill if "form" not in props else self._refill_of(props["form"])
            fresh = dict(props) if own is None else refilled(tag, props, own)
            if "children" in props:
                self._place(props["children"], fresh, "children", refill)
            finished = Element(tag, fresh, node.key)
            if tag == "select":  # React does not follow a `defaultValue` that changes, our component does
                into[at] = ByPrinter(html=finished, flight=Element(CLIENT_SELECT, fresh, node.key))
            else:
                into[at] = finished
        self._level -= 1

    def _form(self, node: Element, into: Any, at: Any) -> None:
        """A form whose action is ours: plain HTML that posts to this page, and `ActionForm` for React."""
        props = dict(node.props)
        action = props.pop("action")
        wants_refill = props.pop("refill", True)
        reference = self._references.reference(action)
        key = self._submitted(action)
        form = self._name_of(node, action, key)
        if self._failure is not None and self._failure.form == form:
            raise self._failure.error
        refill = None
        shared: dict[str, Any] = {}  # one place for the children, which may arrive later, in both printings
        found = next((one for one in self._page.states if one.form == form or (not one.form and one.key == key)), None)
        if found is not None and found.state.is_refilled:
            refill = Refill(found.state.input if wants_refill else None, found.state.field_errors)
            if "id" in node.props:
                refill = self._page.refills.setdefault(str(node.props["id"]), refill)
            found.filled = bool(wants_refill)
            self._resolved.refills |= found.filled
            if found is self._page.states[0]:
                self._resolved.failed.append(shared)
        self._place(props.pop("children", None), shared, "children", refill)
        children = Element(FRAGMENT, shared)
        native = {"action": self._url(reference), "encType": "multipart/form-data", "method": "POST"}
        self._resolved.submits = True
        self._resolved.forms += 1
        most = self._references.registry.of(action).options.max_bytes
        tight = most is not None and most < _ROOMY
        hidden = _hidden_fields(reference, form, shown=bool(self._page.states) and not tight)
        client = {**props, "action": reference, "native": native, "called": form, "children": children}
        if tight:
            client["alone"] = True
        into[at] = ByPrinter(
            html=Element("form", {**props, **native, "children": [*hidden, children]}),
            flight=Element(ACTION_FORM, client, node.key),
        )

    def _refill_of(self, id: Any) -> Refill | None:  # noqa: A002
        """That of the form with this `id`, for a field that stands outside of it, before it or after."""
        known = self._page.refills
        if id not in known and isinstance(id, str):
            found = next((one.state for one in self._page.states if is_called(one.form, id)), None)
            if found is not None and found.is_refilled:
                known[id] = Refill(found.input, found.field_errors)
        return known.get(id)

    def _name_of(self, node: Element, action: Any, key: str) -> str:
        """What the form is called: by what is bound to its action, which holds where rows move, or by its place."""
        if ":" in key:
            return key
        around = self._page.place if self._owner is None else self._owner.place
        own = node.props.get("id")
        name = f"@{self._references.registry.of(action).name}" if own is None else f"#{own}"
        return around.inner(name, None if own is not None else node.key).text()

    def _button(self, node: Element, into: Any, at: Any, refill: Refill | None) -> None:
        """A submitter with an action of its own, which posts bound values as its own name and value, or `pending`."""
        props = dict(node.props)
        waits = {"pending": pending} if (pending := props.pop("pending", None)) else {}
        if waits and props.get("type", "submit" if node.type == "button" else "text") != "submit":
            raise DefinitionError(f'h.{node.type}(pending=…): only type="submit" makes a form wait')
        native: dict[str, Any] = {}
        calls: dict[str, Any] = {}
        if callable(action := props.get("formAction")):
            del props["formAction"]
            self._submitted(action)
            reference = self._references.reference(action)
            calls = {"formAction": reference}
            native = {"formAction": self._url(reference), "formEncType": "multipart/form-data", "formMethod": "POST"}
            if reference.bound:
                if "name" in props:
                    raise DefinitionError(
                        f"a {node.type} whose formAction has bound values cannot have a name too: "
                        "bind that value as well, or give the name to another field"
                    )
                native |= {"name": FIELD_PRESSED, "value": reference.bound[0]}
            self._resolved.submits = True
        inside = self._inside(props, refill)
        client = {**props, **waits, **calls, "as": node.type, **inside}
        into[at] = ByPrinter(
            html=Element(node.type, {**props, **native, **inside}),
            flight=Element(ACTION_BUTTON, {**client, "native": native} if native else client, node.key),
        )

    def _pending(self, node: Element, into: Any, at: Any, refill: Refill | None) -> None:
        """An element that is there only while the form around it waits, which HTML alone never does."""
        props = dict(node.props) if refill is None else refilled(node.type, node.props, refill)
        is_pending = props.pop("pending")
        inside = self._inside(props, refill)
        if is_pending:
            into[at] = ByPrinter(
                html=Element(node.type, {**props, "hidden": True, **inside}),
                flight=Element(CLIENT_PENDING, {**props, "as": node.type, **inside}, node.key),
            )
        else:
            into[at] = Element(node.type, {**props, **inside}, node.key)

    def _inside(self, props: dict[str, Any], refill: Refill | None) -> dict[str, Any]:
        """Take the children out of `props`; as props for both printings they are in one place, where they may arrive
        later."""
        if "children" not in props:
            return {}
        shared: dict[str, Any] = {}
        self._place(props.pop("children"), shared, "children", refill)
        return {"children": Element(FRAGMENT, shared)}

    def _submitted(self, action: Any) -> str:
        """The state key of what submits to `action`. Raises what a submit has failed with whose form nobody knows."""
        registry = self._references.registry
        key = state_key(registry, action)
        if self._boundary is not None and self._boundary.node.chooses:
            self._resolved.tags.add(registry.of(action).tag)  # so that a failure comes with what to show
        if self._failure is not None and not self._failure.form and key == self._failure.key:
            raise self._failure.error
        return key

    def _url(self, reference: ServerReference) -> str:
        return f"{self._page.query}{QUERY_ACTION}={quote(reference.id, safe='.-_~')}"


_LEVELS: Final = 50  # that are walked in one go: deeper ones wait for a stack of their own
_ROOMY: Final = 256 * 1024  # bytes of a body in which what other forms show may travel too
_BUTTONS: Final = frozenset({"button", "input"})
_SCRIPTS: Final = frozenset({"", "module", "text/javascript", "application/javascript"})


def _runs(script: Mapping[str, Any]) -> bool:
    """Whether a script does something, and React does not load it itself as it does asynchronous ones."""
    return str(script.get("type") or "").lower() in _SCRIPTS and not (script.get("src") and script.get("async"))


def _hidden_fields(reference: ServerReference, form: str, *, shown: bool) -> list[Element]:
    fields: list[tuple[str, Any]] = [(FIELD_TOKEN, Slot.TOKEN), (FIELD_KEY, Slot.SUBMIT_KEY), (FIELD_FORM, form)]
    if shown:
        fields.append((FIELD_SHOWN, Slot.SHOWN))
    if reference.bound:
        fields.append((FIELD_BOUND, reference.bound[0]))
    return [Element("input", {"type": "hidden", "name": name, "value": value}) for name, value in fields]


def _keyed(result: Any, key: str | None) -> Any:
    """A component's key goes to the outermost element it gave, before that one's own (wire-protocol C4)."""
    if key is None:
        return result
    if isinstance(result, Element | Lazy):
        keyed: Any = copy(result)
        keyed.key = key if keyed.key is None else f"{key},{keyed.key}"
        return keyed
    return Element(FRAGMENT, {"children": result}, key)


async def _without_exit(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except SystemExit as error:
        raise ExitError(error) from error


async def _given(node: Any) -> Any:
    return node


async def _collected(source: Any) -> list[Any]:
    return [node async for node in source]


def _adopted(node: Any) -> Any:
    """What a component, page or awaitable gave, as a child is: generators consumed. Raises DefinitionError."""
    try:
        return adopt(node)[0]
    except DefinitionError as wrong:
        raise DefinitionError(f"a page, component or awaitable gave what is no node: {wrong}") from None


class _Waiting:
    """Work to be awaited, and what it was made from, which must not be left lying when the work is given up."""

    __slots__ = ("source", "work")

    def __init__(self, work: Coroutine[Any, Any, None], source: Any) -> None:
        self.work = work
        self.source = source

    def discard(self) -> None:
        self.work.close()
        _discard(self.source)


def _discard(tree: Any) -> None:
    """Close every coroutine in `tree` that was never started: Python warns of each that is dropped."""
    rest: list[Any] = [tree]
    seen: set[int] = set()
    while rest:
        node = rest.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if inspect.iscoroutine(node):
            if inspect.getcoroutinestate(node) == inspect.CORO_CREATED:
                node.close()
        elif isinstance(node, list | tuple):
            rest += cast("list[Any]", node)
        elif isinstance(node, Element):
            rest += node.props.values()
        elif isinstance(node, ComponentElement):
            rest += [*node.args, *node.kwargs.values()]
        elif isinstance(node, ErrorBoundary | Suspense):
            rest += [node.children, node.fallback]
        elif isinstance(node, Provided):
            rest.append(node.children)
