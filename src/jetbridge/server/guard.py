"""Cross-site request forgery: the headers of a request in, allowed or a refusal with its reason out.

Decided before a byte of the body is read. Source of the rules: the Fetch Metadata specification (W3C), RFC 6454 for
Origin, and OWASP's CSRF cheat sheet.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from jetbridge.errors import DefinitionError
from jetbridge.wire.protocol import CLIENT_VERSION, HEADER_CLIENT, REASON_ORIGIN

__all__ = [
    "STALE",
    "Allowed",
    "ForbiddenOrigin",
    "check_origin",
    "is_stale",
    "origins_of",
]

STALE: Final = "This page is older than the server. Load it again."


class Allowed(Struct, frozen=True):
    """The headers do not speak against the request; `vouched` tells whether the browser's own headers spoke for it."""

    vouched: bool


_VOUCHED: Final = Allowed(vouched=True)


class ForbiddenOrigin(Struct, frozen=True):
    """The request comes from elsewhere. `detail` says which header disagreed with what; for developers only."""

    detail: str
    reason: str = REASON_ORIGIN


def check_origin(
    raw: Mapping[bytes, bytes], scheme: str, allowed_origins: frozenset[str] = frozenset()
) -> Allowed | ForbiddenOrigin:
    """Whether a state-changing request comes from our own pages.

    `raw` are its headers by lower-case name, `scheme` and its Host as the client addressed it, `allowed_origins`
    further origins (`https://admin.example.com`) that may call.

    - Sec-Fetch-Site, where sent, decides: `same-origin` passes; anything else needs an Origin that is allowed by name.
      `none` (typed address, bookmark) never is a POST of ours.
    - Else Origin decides, compared exactly; `null` (sandboxed frames, `no-referrer`) is refused.
    - With neither header the caller is no browser: the signed token must vouch (`Allowed(vouched=False)`).
    """
    site = raw.get(b"sec-fetch-site")
    if site == b"same-origin":
        return _VOUCHED
    origin = _text(raw.get(b"origin"))
    if origin is not None and origin in allowed_origins:
        return _VOUCHED
    if site is not None:
        return ForbiddenOrigin(
            f"Sec-Fetch-Site is {_text(site)!r} and Origin is {origin!r}, which is not in allowed_origins"
        )
    if origin is None:
        return Allowed(vouched=False)
    if origin == "null":
        return ForbiddenOrigin("Origin is null: a sandboxed frame, or a page with Referrer-Policy no-referrer")
    host = _text(raw.get(b"host", b""))
    ours = _normal(f"{scheme}://{host}")
    if ours is not None and _normal(origin) == ours:  # neither being readable does not make them equal
        return _VOUCHED
    return ForbiddenOrigin(f"Origin is {origin!r}, the request was made to '{scheme}://{host}'{_hint(raw)}")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _hint(raw: Mapping[bytes, bytes]) -> str:
    """What to do where it was a proxy that changed scheme or host."""
    told = [name for name in ("x-forwarded-proto", "x-forwarded-host") if name.encode() in raw]
    if not told:
        return ""
    return f". A proxy has sent {' and '.join(told)}; is it named in App(trusted_proxies=…)?"


def origins_of(names: Iterable[str]) -> frozenset[str]:
    """Origins as browsers write them: lower case, without the scheme's own port (RFC 6454 section 6.1).

    Raises DefinitionError for what is none, such as an address with a path.
    """
    origins: set[str] = set()
    for name in names:
        normal = _normal(name.rstrip("/"))
        if normal is None or normal[0] not in _PORTS:
            raise DefinitionError(f"allowed_origins: {name!r} is no origin: write https://admin.example.com")
        scheme, host, port = normal
        in_url = f"[{host}]" if ":" in host else host
        origins.add(f"{scheme}://{in_url}" + ("" if port == _PORTS[scheme] else f":{port}"))
    return frozenset(origins)


def is_stale(raw: Mapping[bytes, bytes]) -> bool:
    """Whether our own client asks in a version that this server does not speak (decision 22); others say none."""
    return raw.get(_CLIENT, _SPOKEN) != _SPOKEN


_CLIENT: Final = HEADER_CLIENT.encode()
_SPOKEN: Final = CLIENT_VERSION.encode()


_PORTS = {"http": 80, "https": 443}


def _normal(origin: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port with defaults filled in (RFC 6454 section 4), or None where it is no origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port if port is not None else _PORTS.get(parts.scheme)
