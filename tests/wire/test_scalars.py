"""Numbers, dates and BigInts: what JavaScript writes, and nothing else that Python would read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from jetbridge.wire.model import BigInt
from jetbridge.wire.scalars import canonical_decimal, canonical_hex, decode_bigint, decode_date, encode_date


@pytest.mark.parametrize("digits", ["", "-", "1_0", " 7", "7 ", "+7", "\u0663", "0x10", "1.0", "9" * 301])
def test_refuses_what_bigint_never_writes(digits):
    """`$n` takes ASCII digits with an optional sign, at most 300 characters."""
    assert None is decode_bigint(digits, limit=300)


@pytest.mark.parametrize("digits", ["0", "-1", "9" * 300])
def test_reads_what_bigint_writes(digits):
    """The digits give a BigInt that goes back as one."""
    assert BigInt(int(digits)) == decode_bigint(digits, limit=300)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-29",
        "2024-02-29T12:00:00Z",
        "2024-02-30T12:00:00.000Z",
        "2024-02-29T24:00:00.000Z",
        "2024-02-29T12:00:00,000Z",
        "2024-02-29T12:00:00.0000",
        "2024-02-29 12:00:00.000Z",
        "2024-W09-4T12:00:00.000Z",
        "+002024-02-29T12:00:00.000Z",
        "2024-02-29T12:00:00.000z",
        "\u0662024-02-29T12:00:00.00Z",
    ],
)
def test_refuses_what_to_iso_string_never_writes(text):
    """`$D` takes one format only, and only days that exist."""
    assert None is decode_date(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2024, 2, 29, 12, 0, 0, 999999, UTC), "2024-02-29T12:00:00.999Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2023-12-31T23:00:00.000Z"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "0000-12-31T22:00:00.000Z"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2))), "+010000-01-01T01:00:00.000Z"),
        (datetime(2024, 1, 1), None),
    ],
)
def test_writes_instants(value, text):
    """An aware datetime is its instant in milliseconds; a naive one is none."""
    assert text == encode_date(value)


@pytest.mark.parametrize("text", ["", "-1", "01", "1_0", "\u0660", " 1", "1.0", "1" * 20])
def test_indices_are_canonical(text):
    """A path or part name is read as JavaScript writes it, not as int() reads it."""
    assert None is canonical_decimal(text)


@pytest.mark.parametrize("text", ["", "A", "01", "0x1", "1_1", "g", "f" * 20])
def test_ids_are_canonical(text):
    """So is an id in a tag."""
    assert None is canonical_hex(text)
