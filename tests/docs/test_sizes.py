"""What the documentation says of sizes is so."""

import re
from pathlib import Path

import pytest

from jetbridge.server.assets import client_sizes

PAGE = Path(__file__).parents[2] / "docs/guide/deploying.md"
STATED = dict(re.findall(r"^\| (?:the )?(\w+) \|[^|]*\| ([\d.]+) kB \|$", PAGE.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", ["starter", "client", "reveal"])
def test_sizes_are_those_of_the_build(name):
    """Each size that the guide states is that of the file as it is sent, as far as its digits say."""
    digits = len(STATED[name].partition(".")[2])
    assert pytest.approx(client_sizes()[name]["gzip"] / 1000, abs=0.75 * 10**-digits) == float(STATED[name])
