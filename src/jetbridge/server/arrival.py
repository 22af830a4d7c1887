"""How a request arrived: the scope of the server in, the scope as the visitor addressed it out; and https kept to.

A proxy that ends TLS tells in headers what the visitor asked for. Anyone can write those headers, so they are believed
from the proxies that the app names and from nobody else.
"""

import logging
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import Message, Scope, Send

from jetbridge.errors import DefinitionError

__all__ = ["Arrivals", "networks_of"]

_log = logging.getLogger("jetbridge")
_ALL: Final = "*"
_UNIX: Final = "unix"  # a proxy that speaks to a Unix socket has no address
# One year, the least that browsers' lists ask for. Only this host: what its neighbours do is not ours to say.
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_HSTS_LINE: Final = b"%b: %b\r\n" % _HSTS
_SCHEMES: Final = {"http": {"http": "http", "https": "https"}, "websocket": {"http": "ws", "https": "wss"}}

Network = IPv4Network | IPv6Network


def networks_of(names: Iterable[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """The words (`*`, `unix`) and networks among the names of proxies: `10.0.0.7`, `10.0.0.0/8`, `::1`.

    Raises DefinitionError for anything else: a host name is not what a connection comes from.
    """
    words: set[str] = set()
    networks: list[Network] = []
    for name in names:
        if name in (_ALL, _UNIX):
            words.add(name)
            continue
        try:
            networks.append(ip_network(name, strict=False))
        except ValueError:
            raise DefinitionError(
                f"trusted_proxies: {name!r} is no address: write 10.0.0.7, 10.0.0.0/8, `unix` for a Unix socket, or "
                "`*` where nobody but the proxy can reach this server"
            ) from None
    return frozenset(words), tuple(networks)


class Arrivals:
    """Believes proxies, tells browsers to stay with https, and warns once where production is reached without it."""

    def __init__(self, proxies: Iterable[str], *, development: bool) -> None:
        self._words, self._networks = networks_of(proxies)
        self._has_proxies = bool(self._words or self._networks)
        self._development = development
        self._warned = development

    def arrive(self, scope: Scope, send: Send) -> tuple[Scope, Send]:
        """The scope as the visitor addressed it, and a `send` that adds what https asks for."""
        if self._has_proxies and self._is_trusted(scope.get("client")):
            scope = self._as_addressed(scope)
        if scope["scheme"] == "https" and not self._development:
            return scope, _staying(send)
        return scope, send

    def staying(self, scheme: str) -> bytes:
        """What `arrive` lets `send` add to the head of an answer, as a line."""
        return _HSTS_LINE if scheme == "https" and not self._development else b""

    def look(self, scheme: str, host: bytes) -> None:
        """Warn once if a call, made to this `host` (the header), came by plain http; all else may come as it likes."""
        if self._warned or scheme == "https" or _is_local(host):
            return
        self._warned = True
        _log.warning(
            "an action was called over plain http at %s: cookies are not Secure there, and all on the way can read "
            "along. Serve https; behind a proxy that ends it, name the proxy in App(trusted_proxies=…) or "
            "JETBRIDGE_TRUSTED_PROXIES",
            host.decode("latin-1")[:100],
        )

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        if client is None or not client[0]:
            return _UNIX in self._words or _ALL in self._words
        # Port 0 is how uvicorn says that it has already put the visitor in the place of the proxy.
        return client[1] != 0 and self._is_proxy(client[0])

    def _is_proxy(self, host: str) -> bool:
        if _ALL in self._words:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address  # ::ffff:10.0.0.7, where a socket takes both kinds
        return any(mapped in network for network in self._networks)

    def _as_addressed(self, scope: Scope) -> Scope:
        """Scheme, host and client from the X-Forwarded headers: of several values the last, which our proxy wrote."""
        told: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name.startswith(b"x-forwarded-"):
                told[name] = f"{told[name]},{value.decode('latin-1')}" if name in told else value.decode("latin-1")
        if not told:
            return scope
        scope = dict(scope)
        proto = told.get(b"x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        scope["scheme"] = _SCHEMES.get(scope["type"], {}).get(proto, scope["scheme"])
        host = told.get(b"x-forwarded-host", "").rpartition(",")[2].strip()
        if host:
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *others]
        visitor = self._visitor(told.get(b"x-forwarded-for", ""))
        if visitor:
            scope["client"] = (visitor, 0)
        return scope

    def _visitor(self, chain: str) -> str:
        """The last address that is no proxy of ours: what stands before it the visitor may have written."""
        addresses = [one.strip() for one in chain.split(",") if one.strip()]
        if _ALL in self._words:  # nobody knows how many they are
            return addresses[-1] if addresses else ""
        others = (one for one in reversed(addresses) if not self._is_proxy(one))
        return next(others, addresses[0] if addresses else "")


def _staying(send: Send) -> Send:
    async def send_staying(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), _HSTS]}
        await send(message)

    return send_staying


@lru_cache(maxsize=64)  # a few names, asked about with each call
def _is_local(header: bytes) -> bool:
    """Whether the host (with or without a port) is this machine, which browsers take for as safe as https, or a name
    without a dot, which nobody outside reaches.
    """
    host = header.decode("latin-1")
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return "." not in name or name.endswith(".localhost")
