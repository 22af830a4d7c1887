"""Sealing: what the server gave away and wants back unread and unchanged.

One secret gives one key per purpose. The newest secret seals, all of them open, so that rotation loses nothing. The
same data seal to the same text: a page that did not change is the same bytes, and only equality shows.
"""

import hmac
import struct
import time
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import product
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from jetbridge.errors import DefinitionError, WireError
from jetbridge.wire.protocol import REASON_SEALED

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

__all__ = ["KeyRing", "SealError"]

SHORTEST: Final = 32  # characters of a secret
VERSION: Final = b"\x01"  # of what follows it in a sealed text
NONCE: Final = 12
MAC: Final = 16  # bytes: 128 bits
SALT: Final = 8
DAY: Final = 24 * 3600
TOKEN_DAYS: Final = 30  # for how long a page that stays open can call; then its client asks for a new token
NEVER: Final = 0.0
CHECKED: Final = 10_000  # tokens to remember
SHORT: Final = 200  # characters of one, with its visitor, that is worth it
_EXPIRY: Final = struct.Struct(">d")  # seconds since 1970
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class SealError(WireError):
    """A sealed text or token that was changed, is for something else, too old, or from a secret no longer known."""

    def __init__(self, message: str, *, at: str = "$", status: int = 409) -> None:
        super().__init__(message, at=at, status=status, reason=REASON_SEALED)


class KeyRing:
    """The keys of an app, newest first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if isinstance(secrets, str) or not secrets:
            raise DefinitionError("the secrets are a list of texts, newest first")
        for secret in secrets:
            if len(secret) < SHORTEST:
                raise DefinitionError(
                    f"a secret has at least {SHORTEST} characters; `python -c 'import secrets; "
                    "print(secrets.token_urlsafe(32))'` prints a good one"
                )
        self._roots = [secret.encode() for secret in dict.fromkeys(secrets)]  # the same one twice is one
        # Tokens that were right, whose, and the day they were given on: one is sent with many calls.
        self._checked: dict[tuple[str, str], int] = {}

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._roots)}>"

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """A short text of each secret, newest first: names of cookies that another application does not have."""
        return tuple(_encode(_mac(_key(root, "mark"), b""))[:8] for root in self._roots)

    # --- signatures: text that is public and must not be made up

    def mac(self, text: str) -> str:
        """The signature of `text` by the newest key; the same every time."""
        return _encode(_mac(_key(self._roots[0], "mac"), text.encode()))

    def macs(self, text: str) -> tuple[bytes, ...]:
        """The signatures of `text` by every key, as bytes to compare with what came."""
        data = text.encode("utf-8", "surrogatepass")
        return tuple(_encode(_mac(_key(root, "mac"), data)).encode() for root in self._roots)

    def check_mac(self, text: str, mac: str) -> bool:
        """Whether `mac` is the signature of `text` by any key."""
        given = mac.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(signature, given) for signature in self.macs(text))

    # --- tokens: proof that a form or call comes from a page that this visitor was given

    def token(self, visitor: str) -> str:
        """A token for `visitor`; a new text each time, so that a compressed page gives nothing away (BREACH)."""
        salt = struct.pack(">H", int(time.time() // DAY)) + token_bytes(SALT - 2)
        return _encode(salt + _mac(_key(self._roots[0], "token"), salt + visitor.encode()))

    def check_token(self, token: str, visitor: str) -> bool:
        """Whether `token` was given to `visitor`, not more than `TOKEN_DAYS` ago."""
        today = int(time.time()) // DAY
        given_on = self._checked.get((token, visitor))
        if given_on is not None:
            return _is_recent(today - given_on)
        raw = _decode(token) or b""
        salt, given = raw[:SALT], raw[SALT:]
        if len(salt) < SALT:
            return False
        given_on = int.from_bytes(salt[:2], "big")
        if not _is_recent(today - given_on):
            return False
        data = salt + visitor.encode("utf-8", "surrogatepass")
        if not any(hmac.compare_digest(_mac(_key(root, "token"), data), given) for root in self._roots):
            return False
        if len(token) + len(visitor) < SHORT:
            if len(self._checked) >= CHECKED:
                self._checked.clear()
            self._checked[token, visitor] = given_on
        return True

    # --- sealed texts: data that only we read

    def seal(self, data: bytes, *, purpose: str, associated: bytes = b"", expires_at: float | None = None) -> str:
        """`data` encrypted and signed, as text for a URL, a cookie or a field.

        It opens for the same `purpose` and `associated` only, and until `expires_at` (seconds since 1970).
        """
        plain = _EXPIRY.pack(NEVER if expires_at is None else expires_at) + data
        # Bound to all that is sealed: another nonce for other data, the same for the same.
        hashed, cipher = _sealer(self._roots[0], purpose)
        hashed = hashed.copy()
        hashed.update(_framed(associated) + plain)
        nonce = hashed.digest()
        return _encode(VERSION + nonce + cipher.encrypt(nonce, plain, associated))

    def open(
        self, text: str, *, purpose: str, associated: bytes | tuple[bytes, ...] = b"", now: float | None = None
    ) -> bytes:
        """The data that `seal` was given. Raises SealError for anything it did not make, and for what has expired.

        Several `associated` stand for what it may have been sealed with.
        """
        raw = _decode(text)
        if raw is None or raw[:1] != VERSION or len(raw) < 1 + NONCE + 16 + 8:
            raise SealError("this sealed value is damaged", at=purpose)
        from cryptography.exceptions import InvalidTag

        nonce, sealed = raw[1 : 1 + NONCE], raw[1 + NONCE :]
        several = associated if isinstance(associated, tuple) else (associated,)
        for root, one in product(self._roots, several):
            try:
                plain = _sealer(root, purpose)[1].decrypt(nonce, sealed, one)
            except InvalidTag:
                continue
            expires_at = _EXPIRY.unpack(plain[:8])[0]
            if expires_at != NEVER and expires_at <= (time.time() if now is None else now):
                raise SealError("this sealed value has expired", at=purpose)
            return plain[8:]
        raise SealError("this sealed value was not made here, or for something else", at=purpose)


def _is_recent(days: int) -> bool:
    # Tomorrow's too: midnight is not the same moment for all workers' clocks.
    return -1 <= days <= TOKEN_DAYS


@lru_cache(maxsize=256)
def _key(root: bytes, purpose: str) -> bytes:
    """HKDF with SHA-256, without a salt and with one block as its result (RFC 5869 sections 2.2 and 2.3)."""
    extracted = hmac.digest(bytes(32), root, "sha256")
    return hmac.digest(extracted, f"jetbridge 1 {purpose}".encode() + b"\x01", "sha256")


@lru_cache(maxsize=256)
def _sealer(root: bytes, purpose: str) -> "tuple[blake2b, AESGCMSIV]":
    """What gives a nonce of what it hashes (in a copy), and what encrypts with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV  # what is sealed first brings it, not the start

    nonce_of = blake2b(digest_size=NONCE, key=_key(root, f"nonce:{purpose}"))
    return nonce_of, AESGCMSIV(_key(root, f"seal:{purpose}"))


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:MAC]


def _framed(data: bytes) -> bytes:
    """With its length before it, so that what follows cannot be taken for its end."""
    return len(data).to_bytes(8, "big") + data


def _encode(data: bytes) -> str:
    return b2a_base64(data).translate(_URL_SAFE, b"=\n").decode()  # RFC 4648 section 5, without padding


def _decode(text: str) -> bytes | None:
    """The bytes of a text that `_encode` wrote, and of no other: each text has one spelling."""
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, UnicodeEncodeError):
        return None
    return data if _encode(data) == text else None
