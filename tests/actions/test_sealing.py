"""Keys: what was sealed opens for the same purpose, unchanged and in time, and for nothing else."""

import time

import pytest

from jetbridge.actions.sealing import DAY, KeyRing, SealError
from jetbridge.errors import DefinitionError

OLD, NEW = "o" * 32, "n" * 32
RING = KeyRing([NEW, OLD])


def test_what_is_sealed_opens_again():
    """The same data seals to the same text, which shows nothing of it."""
    sealed = RING.seal(b"secret data", purpose="bound", associated=b"id")

    assert b"secret data" == RING.open(sealed, purpose="bound", associated=b"id")
    assert sealed == RING.seal(b"secret data", purpose="bound", associated=b"id")
    assert "secret" not in sealed


@pytest.mark.parametrize("options", [{"purpose": "other"}, {"purpose": "bound", "associated": b"x"}])
def test_a_seal_is_for_one_thing(options):
    """Another purpose or other associated data do not open it."""
    sealed = RING.seal(b"x", purpose="bound")
    with pytest.raises(SealError):
        RING.open(sealed, **options)


def test_every_changed_character_is_noticed():
    """No text but the one that was made opens."""
    sealed = RING.seal(b"some data", purpose="p")
    for index in range(len(sealed)):
        changed = sealed[:index] + ("A" if sealed[index] != "A" else "B") + sealed[index + 1 :]
        with pytest.raises(SealError):
            RING.open(changed, purpose="p")


@pytest.mark.parametrize("text", ["", "A", "é", "\ud800", "AQ", "A" * 10_000, " ", "=", "AQ==\n"])
def test_garbage_is_refused(text):
    """Anything at all raises SealError, and a check of it is False."""
    with pytest.raises(SealError):
        RING.open(text, purpose="p")

    assert [False, False] == [RING.check_mac("x", text), RING.check_token(text, "v")]


@pytest.mark.parametrize(("now", "opens"), [(99.0, True), (100.0, False), (101.0, False)])
def test_a_seal_expires(now, opens):
    """Up to its time and not after it."""
    sealed = RING.seal(b"x", purpose="p", expires_at=100.0)
    if opens:
        assert b"x" == RING.open(sealed, purpose="p", now=now)
    else:
        with pytest.raises(SealError, match="expired"):
            RING.open(sealed, purpose="p", now=now)


def test_all_keys_open_and_the_newest_seals():
    """Rotation: what the old secret made is still read, what is made now needs the new one."""
    old, new = KeyRing([OLD]), KeyRing([NEW])

    assert b"x" == RING.open(old.seal(b"x", purpose="p"), purpose="p")
    assert RING.seal(b"x", purpose="p") == new.seal(b"x", purpose="p")
    assert RING.check_mac("id", old.mac("id"))
    assert RING.check_token(old.token("v"), "v")
    assert not old.check_mac("id", RING.mac("id"))
    with pytest.raises(SealError):
        old.open(RING.seal(b"x", purpose="p"), purpose="p")


def test_a_token_is_for_one_visitor():
    """A token differs each time and vouches for one visitor only."""
    token = RING.token("ada")

    assert token != RING.token("ada")
    assert RING.check_token(token, "ada")
    assert not RING.check_token(token, "bob")
    assert not RING.check_token(token, "")


@pytest.mark.parametrize(("hours", "vouches"), [(-1, True), (1, True), (29 * 24, True), (-48, False), (32 * 24, False)])
def test_a_token_under_another_clock(hours, vouches, monkeypatch):
    """One given a minute after midnight is good where it is not midnight yet; none is from days to come."""
    midnight = 20_000 * DAY + 60
    monkeypatch.setattr(time, "time", lambda: midnight)
    token = RING.token("ada")
    monkeypatch.setattr(time, "time", lambda: midnight + hours * 3600)

    assert vouches is RING.check_token(token, "ada")


@pytest.mark.parametrize("secrets", [[], ["short"], "x" * 40])
def test_weak_secrets_are_refused(secrets):
    """No secret, a short one, or a text where a list is wanted."""
    with pytest.raises(DefinitionError):
        KeyRing(secrets)
