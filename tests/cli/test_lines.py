"""The lines in the terminal."""

import logging

import pytest

from jetbridge.cli.lines import Lines


def record_of(seconds, error=None):
    found = logging.LogRecord("jetbridge", logging.INFO, __file__, 1, "%s done", ("all",), error)
    found.created = seconds
    return found


@pytest.mark.parametrize("seconds", [[10.0, 10.9, 11.0], [11.0, 10.0, 11.5]])
def test_a_line_has_its_own_time_of_day(seconds):
    """Also where several lines come in one second, and where the clock is put back."""
    lines = Lines()
    usual = logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S")

    assert [usual.format(record_of(one)) for one in seconds] == [lines.format(record_of(one)) for one in seconds]


def test_a_traceback_stands_below_its_line():
    """As logging has it."""
    error = ValueError("wrong")

    assert Lines().format(record_of(0.0, (ValueError, error, None))).endswith("  all done\nValueError: wrong")
