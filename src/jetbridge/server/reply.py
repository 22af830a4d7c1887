"""The reply: cookies and headers that application code sets in, header lines of the answer out.

Actions and pages alike may set them; those of an action also go out with the answer to a repeated submit.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, Literal

from starlette.requests import Request

from jetbridge.errors import DefinitionError

__all__ = ["Cookies", "Reply"]

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_OURS: Final = ("jetbridge-", "__host-jetbridge-")
_LARGEST: Final = 4096  # what browsers keep of a cookie (RFC 6265 section 6.1)
# What says how the body is to be read, or has a way of its own.
_FIXED: Final[Mapping[str, str]] = {
    "set-cookie": "use cookies().set()",
    "location": "return redirect(…)",
    **dict.fromkeys(
        ("content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "date"),
        "it belongs to the body that we send; return a Response of Starlette's for another one",
    ),
}


class Reply:
    """What one answer carries besides its body. `copy` is for the answer to a repeat of the same submit."""

    __slots__ = ("cookies", "headers", "sent")

    def __init__(self) -> None:
        self.cookies: dict[tuple[str, str, str], tuple[str | None, str]] = {}  # by name, path and domain: value, line
        self.headers: dict[str, str] = {}
        self.sent = False

    def copy(self) -> "Reply":
        """The same, for another answer."""
        other = Reply()
        other.cookies, other.headers = dict(self.cookies), dict(self.headers)
        return other

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it, for another worker."""
        return {"cookies": [[*key, *kept] for key, kept in self.cookies.items()], "headers": self.headers}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Reply":
        """What `as_data` gave."""
        made = cls()
        made.cookies = {(name, path, domain): (value, line) for name, path, domain, value, line in data["cookies"]}
        made.headers = data["headers"]
        return made

    def set_header(self, name: str, value: str) -> None:
        """Put a header on the answer. Raises DefinitionError for one that is not the application's to say."""
        self.refuse_if_sent(f"set_header({name!r})")
        lower = name.lower()
        if not _TOKEN.fullmatch(name) or any(ord(char) < 0x20 or ord(char) > 0x7E for char in value):
            raise DefinitionError(f"set_header({name!r}): names and values of headers are printable ASCII on one line")
        if lower in _FIXED or lower.startswith(_OURS):
            raise DefinitionError(f"set_header({name!r}): {_FIXED.get(lower, 'this is a header of Jetbridge')}")
        self.headers[lower] = value

    def refuse_if_sent(self, what: str) -> None:
        """Raise DefinitionError where it is too late."""
        if self.sent:
            raise DefinitionError(f"{what}: the head of the answer has been sent; call it before anything is streamed")

    def put_on(self, headers: list[tuple[str, str]]) -> None:
        """Add to an answer's headers, in place of those of the same name; `vary` is added to. Once."""
        if self.headers:
            own = dict(self.headers)
            before = dict(headers)
            if "vary" in own and "vary" in before:
                own["vary"] = f"{before['vary']}, {own['vary']}"
            headers[:] = [(name, value) for name, value in headers if name not in own]
            headers += own.items()

    def lines(self) -> list[str]:
        """The Set-Cookie values."""
        return [line for _, line in self.cookies.values()]


class Cookies(MutableMapping[str, str]):
    """The visitor's cookies, with those that this answer sets: `cookies()["theme"]`, `cookies()["theme"] = "dark"`.

    A visitor can change what a cookie says: `session()` keeps what they must not.
    """

    def __init__(self, request: Request, reply: Reply) -> None:
        self._request = request
        self._reply = reply

    def set(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        http_only: bool = True,
        same_site: Literal["lax", "strict", "none"] = "lax",
    ) -> None:
        """Set a cookie; `max_age` in seconds, without it the cookie ends with the browser.

        Scripts cannot read it unless `http_only` is False; it is `secure` where the request came over https. Raises
        DefinitionError for a name or value that a cookie cannot have, and for the names of ours.
        """
        self._reply.refuse_if_sent(f"cookies().set({name!r})")
        if name.lower().startswith(_OURS):
            raise DefinitionError(f"cookies().set({name!r}): this is a cookie of Jetbridge")
        if not _TOKEN.fullmatch(name) or not (value.isascii() and value.isprintable()):
            raise DefinitionError(f"cookies().set({name!r}): a cookie is printable ASCII; encode the value first")
        if same_site == "none" and secure is False:
            raise DefinitionError(f'cookies().set({name!r}): browsers take same_site="none" with secure=True only')
        attributes: dict[str, Any] = {
            "path": path,
            "domain": domain,
            "max-age": max_age,
            "secure": self._request.url.scheme == "https" or same_site == "none" if secure is None else secure,
            "httponly": http_only,
            "samesite": same_site.capitalize(),
        }
        self._put(name, value, {key: one for key, one in attributes.items() if one not in (None, False)})

    def delete(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Remove a cookie; `path` and `domain` are those it was set with."""
        self._reply.refuse_if_sent(f"cookies().delete({name!r})")
        gone = {"path": path, "domain": domain, "max-age": "0"}
        self._put(name, None, {key: one for key, one in gone.items() if one is not None})

    def _put(self, name: str, value: str | None, attributes: Mapping[str, Any]) -> None:
        written: SimpleCookie = SimpleCookie()
        try:
            written[name] = value or ""
            for key, one in attributes.items():
                written[name][key] = one
            line = written[name].OutputString()
        except CookieError as wrong:
            raise DefinitionError(f"cookies(): {wrong}") from None
        if len(line) > _LARGEST or any(ord(char) < 0x20 or ord(char) > 0x7E for char in line):
            raise DefinitionError(f"cookies().set({name!r}): a cookie is at most {_LARGEST} characters of ASCII")
        key = (name, str(attributes["path"]), str(attributes.get("domain", "")))
        self._reply.cookies[key] = (value, line)

    def _now(self) -> dict[str, str]:
        known = dict(self._request.cookies)
        for (name, _, _), (value, _) in self._reply.cookies.items():
            known.pop(name, None)
            if value is not None:
                known[name] = value
        return {name: value for name, value in known.items() if not name.lower().startswith(_OURS)}

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __setitem__(self, name: str, value: str) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        _ = self[name]
        self.delete(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __repr__(self) -> str:
        return f"<Cookies {sorted(self._now())}>"  # names only: this may end up in a log
