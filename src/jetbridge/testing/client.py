"""A client in the test's own process: opens pages, submits their forms as without JavaScript, calls as React does.

Everything goes through the application's ASGI door, with the headers a browser sends, and through the real codecs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote, urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag
from starlette.requests import Request
from starlette.types import ASGIApp

from jetbridge.errors import ActionError, JetbridgeError
from jetbridge.server.app import App
from jetbridge.server.visit import Visit
from jetbridge.testing.requests import TEST_SECRET
from jetbridge.wire.model import RemoteError, Upload
from jetbridge.wire.protocol import (
    CLIENT_VERSION,
    CONTAINER,
    CONTENT_TYPE,
    COOKIE_VISITOR,
    FIELD_BOUND,
    HEADER_CLIENT,
    HEADER_KEY,
    HEADER_REASON,
    HEADER_TAGS,
    HEADER_TOKEN,
    QUERY_ACTION,
    ROWS,
)
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight

__all__ = ["Acted", "CallResult", "Client", "Form", "Page", "UnexpectedError"]

Fields = Mapping[str, "str | Upload | Sequence[str | Upload]"]
_SKIPPED = frozenset({"submit", "image", "button", "reset", "file"})


class UnexpectedError(JetbridgeError):
    """A call ended in an error the action did not mean to show.

    `digest` is in the log, `status` is the answer's, `reason` is what the server tells the client of a refusal, and
    `traceback` what it tells in development.
    """

    def __init__(
        self,
        message: str,
        *,
        digest: str | None = None,
        status: int = 500,
        reason: str | None = None,
        traceback: str | None = None,
    ) -> None:
        super().__init__(message)
        self.traceback = traceback
        self.digest = digest
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Acted:
    """A run of an action: its qualified name, what it came to (`value`, `expected`, `moved`, `refused`, `failed`), the
    tags that it touched, and whether it repeated an earlier submit.
    """

    action: str
    outcome: str
    touched: frozenset[str]
    repeated: bool


class Client:
    """A visitor: one cookie jar, one application. `async with Client(app) as client: …`

    `session` is what the app already keeps about them, such as who they have signed in as. `within` is the application
    that `app` is mounted in; paths are then its own.
    """

    def __init__(
        self,
        app: App,
        base_url: str = "http://testserver",
        headers: Mapping[str, str] | None = None,
        *,
        session: Mapping[str, Any] | None = None,
        within: ASGIApp | None = None,
    ) -> None:
        app.start(secret=TEST_SECRET)
        self.app = app
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(within or app),
            base_url=base_url,
            headers=dict(headers or {}),
            follow_redirects=True,
        )
        self.origin = base_url
        self.acted: list[Acted] = []
        self._watch = self._note  # one object, to be found again: a method is a new one each time
        app.watchers = (*app.watchers, self._watch)
        if session is not None:
            self.session = session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        await self.http.aclose()

    def close(self) -> None:
        """Note no more of what the app does."""
        self.app.watchers = tuple(watch for watch in self.app.watchers if watch is not self._watch)

    def _note(self, visit: Visit, answer: ASGIApp, began: float) -> None:
        del answer, began
        if visit.ran is not None:
            name, outcome = visit.ran
            own = {action.tag for action in self.app.registry}  # of forms' states, which nobody revalidates
            touched = frozenset(visit.context.touched - own)
            self.acted.append(Acted(name, type(outcome).__name__.lower(), touched, not visit.is_first))

    @property
    def touched(self) -> frozenset[str]:
        """The tags that the last action of the app has touched: `path:/`, and those of `revalidate_tag`."""
        return self.acted[-1].touched if self.acted else frozenset()

    @property
    def session(self) -> dict[str, Any]:
        """What the app keeps about this visitor now. Assign to it to have them signed in, say."""
        name = self._session_cookie()
        cookie = (b"cookie", f"{name}={self.http.cookies.get(name, '')}".encode())
        scope = {"type": "http", "scheme": self._scheme, "root_path": "", "headers": [cookie], "app": self.app}
        return dict(self.app.sessions.open(Request(scope)))

    @session.setter
    def session(self, data: Mapping[str, Any]) -> None:
        host = urlsplit(self.origin).hostname or ""
        domain = host if "." in host else f"{host}.local"  # as http.cookiejar files what the server sets
        self.http.cookies.set(self._session_cookie(), self.app.sessions.seal(data), domain=domain)

    def _session_cookie(self) -> str:
        return self.app.sessions.names(self._scheme)[0]

    @property
    def _scheme(self) -> str:
        return urlsplit(self.origin).scheme

    async def open(self, path: str) -> "Page":
        """The page at `path`, redirects followed."""
        return Page(self, await self.http.get(path, headers={"accept": "text/html"}))

    def _visitor(self) -> str:
        names = (f"__Host-{COOKIE_VISITOR}", COOKIE_VISITOR)
        return next((value for name in names if (value := self.http.cookies.get(name))), "")

    async def call(
        self, action: Callable[..., Any], *arguments: Any, path: str = "/", key: str | None = None
    ) -> "CallResult":
        """Call `action` (or a partial of one) as React does from a page at `path` that shows nothing.

        Raises ActionError for an expected error, UnexpectedError for any other; so do `async for` over a stream in the
        value and `await` on a promise in it.
        """
        return await self._call(action, arguments, path=path, key=key, headers={})

    async def _call(
        self,
        action: Callable[..., Any],
        arguments: Sequence[Any],
        *,
        path: str,
        key: str | None,
        headers: dict[str, str],
    ) -> "CallResult":
        reference = self.app.references.reference(action)
        body = encode_reply([*(reference.bound or ()), *arguments])
        response = await self.http.post(
            _with_action(path, reference.id),
            headers={
                "accept": CONTENT_TYPE,
                "origin": self.origin,
                "sec-fetch-site": "same-origin",
                HEADER_CLIENT: CLIENT_VERSION,
                **({HEADER_KEY: key} if key else {}),
                **headers,
            },
            **_reply_body(body),
        )
        return _read_call(response)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a call came to: its value, the page that came with it (its tree, tags…), or where to go."""

    value: Any
    page: dict[str, Any] | None
    location: str | None
    status: int


class Page:
    """A document as it arrived: `status`, `url`, `text`, and its elements through `soup` (BeautifulSoup)."""

    def __init__(self, client: Client, response: httpx.Response) -> None:
        self.client = client
        self.response = response
        self.status = response.status_code
        self.url = response.url.raw_path.decode()
        self.html = response.text
        self.soup = BeautifulSoup(response.text, "html.parser")

    @property
    def text(self) -> str:
        """What a person reads, with white space folded."""
        container = self.soup.find(id=CONTAINER)
        text = self.html if container is None else container.get_text(" ")
        return " ".join(text.split())

    @property
    def title(self) -> str:
        """The document's title."""
        return self.soup.title.get_text() if self.soup.title is not None else ""

    @property
    def tree(self) -> dict[str, Any]:
        """The page as React gets it: tree, url, tags, time."""
        return decode_flight(self._rows().encode())

    def form(self, action: Callable[..., Any] | None = None, *, index: int = 0) -> "Form":
        """The form of `action`, or the `index`-th of those that fit. Raises LookupError where there is none."""
        forms = [tag for tag in self.soup.find_all("form") if action is None or self._is_of(tag, action)]
        if index >= len(forms):
            raise LookupError(f"the page at {self.url} has {len(forms)} such forms")
        return Form(self, forms[index])

    async def call(self, action: Callable[..., Any], *arguments: Any, key: str | None = None) -> CallResult:
        """Call `action` as a component in this page does; the answer brings the page anew if it shows a change."""
        block = self.soup.find(id=ROWS)
        token = block.get("data-token", "") if isinstance(block, Tag) else ""
        headers = {HEADER_TAGS: ",".join(quote(tag, safe="") for tag in self.tree["tags"])}
        if token:
            headers[HEADER_TOKEN] = str(token)
        return await self.client._call(action, arguments, path=self.url, key=key, headers=headers)  # pyright: ignore[reportPrivateUsage]

    def _is_of(self, form: Tag, action: Callable[..., Any]) -> bool:
        reference = self.client.app.references.reference(action, self.client._visitor)  # pyright: ignore[reportPrivateUsage]
        if f"{QUERY_ACTION}={reference.id}" not in str(form.get("action", "")):
            return False
        bound = form.find("input", attrs={"name": FIELD_BOUND})
        return [bound.get("value")] == list(reference.bound or ()) if isinstance(bound, Tag) else not reference.bound

    def _rows(self) -> str:
        block = self.soup.find(id=ROWS)
        if block is None:
            raise LookupError(f"the page at {self.url} carries no rows")
        return block.get_text()


class Form:
    """A form in a page, with what a browser would submit as it stands."""

    def __init__(self, page: Page, tag: Tag) -> None:
        self.page = page
        self.tag = tag

    @property
    def fields(self) -> list[tuple[str, "str | Upload"]]:
        """What stands in the controls now, hidden ones included (HTML, section 4.10.22.4)."""
        controls = self._controls("input", "textarea", "select")
        return [entry for control in controls for entry in _entries(control)]

    def _controls(self, *names: str) -> list[Tag]:
        """Controls in the form that can be used, and those elsewhere that name it."""
        own = self.tag.get("id")
        return [
            control
            for control in self.page.soup.find_all(names)
            if (control.get("form") == own if control.has_attr("form") else self.tag in control.parents)
            and not control.has_attr("disabled")
            and not any(around.name == "fieldset" and around.has_attr("disabled") for around in control.parents)
        ]

    async def submit(
        self, fields: Fields | None = None, *, button: str | None = None, urlencoded: bool = False
    ) -> Page:
        """Fill in `fields` (a list for repeated names, an empty one for a box that is unticked) and submit.

        `button` is the text of the one pressed; without it, it is the form's first, as when Enter is.
        """
        given = dict(fields or {})
        entries = [entry for entry in self.fields if entry[0] not in given]
        for name, value in given.items():
            several = [value] if isinstance(value, (str, Upload)) else list(value)
            entries.extend((name, one) for one in several)
        target = str(self.tag.get("action", ""))
        pressed = self._button(button)
        if pressed is not None:
            target = str(pressed.get("formaction", target))
            if pressed.get("name"):
                entries.append((str(pressed["name"]), str(pressed.get("value", ""))))
        client = self.page.client
        response = await client.http.post(
            urljoin(str(self.page.response.url), target),
            headers={"accept": "text/html", "origin": client.origin, "sec-fetch-site": "same-origin"},
            **(_urlencoded_body(entries) if urlencoded else _multipart_body(entries)),
        )
        return Page(client, response)

    def _button(self, text: str | None) -> Tag | None:
        buttons = [tag for tag in self._controls("button", "input") if _submits(tag)]
        if text is None:
            return buttons[0] if buttons else None
        for tag in buttons:
            if text in (tag.get_text().strip(), tag.get("value")):
                return tag
        raise LookupError(f"the form has no button {text!r}")


def _submits(tag: Tag) -> bool:
    kind = str(tag.get("type", "submit" if tag.name == "button" else "text")).lower()
    return kind in ("submit", "image") if tag.name == "input" else kind not in ("button", "reset")


def _entries(control: Tag) -> list[tuple[str, "str | Upload"]]:
    name = str(control.get("name", ""))
    if not name:
        return []
    if control.name == "textarea":
        return [(name, control.get_text().removeprefix("\n"))]  # HTML, section 13.2.6.4.7
    if control.name == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")]
        if not chosen and options and not control.has_attr("multiple"):
            chosen = options[:1]
        return [(name, str(option.get("value", option.get_text()))) for option in chosen]
    kind = str(control.get("type", "text")).lower()
    if kind in _SKIPPED:
        return []
    if kind in ("checkbox", "radio"):
        return [(name, str(control.get("value", "on")))] if control.has_attr("checked") else []
    return [(name, str(control.get("value", "")))]


def _with_action(path: str, identifier: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{QUERY_ACTION}={quote(identifier, safe='')}"


def _reply_body(body: "str | list[tuple[str, str | Upload]]") -> dict[str, Any]:
    if isinstance(body, str):
        return {"content": body.encode()}
    return _multipart_body(body)


def _multipart_body(entries: "Sequence[tuple[str, str | Upload]]") -> dict[str, Any]:
    def part(value: "str | Upload") -> tuple[Any, ...]:
        if isinstance(value, Upload):
            return value.name, value.read_now(), value.type
        return None, value.encode()

    return {"files": [(name, part(value)) for name, value in entries]}


def _urlencoded_body(entries: "Sequence[tuple[str, str | Upload]]") -> dict[str, Any]:
    data: dict[str, list[str]] = {}
    for name, value in entries:
        data.setdefault(name, []).append(value if isinstance(value, str) else value.name)
    return {"data": data}


def _read_call(response: httpx.Response) -> CallResult:
    if not response.headers.get("content-type", "").startswith(CONTENT_TYPE):
        reason = response.headers.get(HEADER_REASON)
        raise UnexpectedError(response.text.strip(), status=response.status_code, reason=reason)
    root = cast("dict[str, Any]", decode_flight(response.content, mean=_meant_by_row))
    error = _error_in(root, response.status_code)
    if error is not None:
        raise error
    return CallResult(root.get("value"), root.get("page"), root.get("location"), response.status_code)


def _error_in(root: Mapping[str, Any], status: int) -> ActionError | UnexpectedError | None:
    """What the root of an answer says went wrong."""
    if "error" in root:
        error = root["error"]
        return ActionError(
            error["message"],
            field_errors=error["fieldErrors"],
            code=error["code"],
            field_codes=error.get("fieldCodes"),
        )
    if "failure" in root:
        failure = root["failure"]
        text = failure.get("message", "the action failed")
        return UnexpectedError(text, digest=failure["digest"], status=status, traceback=failure.get("traceback"))
    return None


def _meant_by_row(error: RemoteError) -> Exception:
    """The same for an error that came while the result was sent: its digest is such a root, or but a digest."""
    digest = error.digest or ""
    root = json.loads(digest) if digest.startswith("{") else {"failure": {"digest": digest}}
    return _error_in(root, 200) or error
