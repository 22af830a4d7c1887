"""Tests of reading plain JSON in one go: what it takes, what it leaves to the walk."""

from datetime import UTC, datetime

import pytest

from jetbridge.wire.limits import Limits
from jetbridge.wire.plain_json import NOT_PLAIN_JSON, decode_plain, untag_dates

MORNING = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)
TAG = "$D2024-02-29T08:30:00.000Z"


ROW = f'{{"at":"{TAG}"}}'
NINE = ",".join([ROW] * 9)
DIGEST = "3b5d5c3712955042212316173ccf37be"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[0.30000000000000004]", [0.30000000000000004]),
        (f'["a9007199254740993", "{DIGEST}"]', ["a9007199254740993", DIGEST]),
        ('{"price":"US$ 5"}', {"price": "US$ 5"}),
        (f'{{"price":"US$ 5","at":"{TAG}"}}', {"price": "US$ 5", "at": MORNING}),
        (f"[[{NINE}]]", [[{"at": MORNING}] * 9]),
        (f'[{NINE},{{"at":null}}]', [{"at": MORNING}] * 9 + [{"at": None}]),
    ],
)
def test_takes_plain_json(text, value):
    """Fractions and words of many digits are no integers beyond 2^53; dates are read wherever they stand."""
    assert value == decode_plain(text, Limits())


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",
        "[9007199254740993]",
        "[-9007199254740993]",
        "[ 9007199254740993]",
        '{"a":9007199254740993}',
        "[\n9007199254740993.5]",
        '["\\u0024D"]',
        '{"__proto__":1}',
        '["$$D"]',
        f'["{TAG}","$undefined"]',
        '["$D2024-02-30T08:30:00.000Z"]',
        "[" * 40 + "]" * 40,
        "[1",
    ],
)
def test_leaves_the_rest_to_the_walk(text):
    """What may mean another value than the JSON says is left alone."""
    assert NOT_PLAIN_JSON is decode_plain(text, Limits())


@pytest.mark.parametrize(
    ("text", "keys", "data"),
    [
        (f'[{{"at":"{TAG}"}}]', ["at"], b'[{"at":  "2024-02-29T08:30:00.000Z"}]'),
        (f'[{{"at":"{TAG}","to":null}}]', ["at", "to"], b'[{"at":  "2024-02-29T08:30:00.000Z","to":null}]'),
        ("[1]", ["at"], b"[1]"),
        (f'[{{"at":"{TAG}"}}]', ["to"], None),
        (f'[{{"at":"{TAG}"}}]', [], None),
        ('[{"at":"2024-02-29T08:30:00.000Z"}]', ["at"], None),
        (f'[{{"at":"{TAG}"}},{{"at":"x"}}]', ["at"], None),
        (f'[{{"at":"{TAG}","b":"$$"}}]', ["at"], None),
        (f'[{{"at": "{TAG}"}}]', ["at"], None),
        ('[{"at": "2024-02-29T08:30:00.000Z"}]', ["at"], None),
        ('[{"at" :"2024-02-29T08:30:00.000Z"}]', ["at"], None),
        ('[{"at":\n"2024-02-29T08:30:00.000Z"}]', ["at"], None),
        ('[{"at"\t:"2024-02-29T08:30:00.000Z"}]', ["at"], None),
    ],
)
def test_untags_dates_that_stand_under_their_keys(text, keys, data):
    """Every tag is one of those dates and every text under those keys is one, or nothing is said."""
    assert data == untag_dates(text, keys, Limits())
