"""Rates as their authors write them."""

import pytest

from jetbridge.actions.rate import Rate, rate_of


@pytest.mark.parametrize(
    ("text", "limit", "seconds"),
    [
        ("10/minute", 10, 60),
        ("1/second", 1, 1),
        ("5 / 30 seconds", 5, 30),
        ("100/6 hours", 100, 21600),
        ("1000/day", 1000, 86400),
        ("3/m", 3, 60),
        ("2/H", 2, 3600),
    ],
)
def test_a_rate_is_a_number_in_a_time(text, limit, seconds):
    """So many in one or several seconds, minutes, hours or days."""
    assert Rate(limit, seconds) == rate_of(text, None)


def test_without_one():
    """No rate is none."""
    assert None is rate_of(None, None)
