"""Patterns: what a browser gets compiles with JavaScript's `v` flag and means the same."""

import json
import re
import subprocess

import pytest

from jetbridge.schema.pattern import browser_pattern
from tests.differential.peer import node

TRANSLATED = [
    ("^[a-z]+$", "[a-z]+"),
    ("[a-z]+", ".*(?:[a-z]+).*"),
    ("^a|b$", ".*(?:^a|b$).*"),
    (r"^\d{5}(-\d{4})?$", r"\d{5}(-\d{4})?"),
    (r"\A\d+\Z", r"\d+"),
    (r"^(?P<year>\d{4})-\d\d$", r"(?<year>\d{4})-\d\d"),
    ("^[]a]+$", r"[\]a]+"),
    ("^[^/]+/[$]$", r"[^\/]+\/[$]"),
    ("^[a-z0-9-]+$", r"[a-z0-9\-]+"),
    ("^[a-z-9]$", r"[a-z\-9]"),
    (r"^\-\_x$", "-_x"),
    ("^a{2,3}?$", "a{2,3}?"),
    (r"^100\$$", r"100\$"),
    ("^[(){}|]$", r"[\(\)\{\}\|]"),
    ("^(?!no).+$", "(?!no).+"),
    ("^}$", r"\}"),
]
TEXTS = ["", "a", "b", "ab", "aa", "abc", "12345", "12345-6789", "2020-01", "]", "a/$", "x-y", "-", "x", "z", "9",
         "-_x", "100$", "(", "|", "no", "yes", "}", "1", "é", "Müller", "a b", "a.b", "_"]  # fmt: skip


@pytest.mark.parametrize(("pattern", "expected"), TRANSLATED)
def test_patterns_are_anchored_as_the_browser_anchors_them(pattern, expected):
    """A browser matches the whole text; what Python searches for may stand anywhere."""
    assert expected == browser_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["(?i)x", "(?x: a )", "(?#c)a", r"a\bb", "^a++$", "(?>a)", "(?P=x)", r"\1", r"[\W]", "[[:alpha:]]", "[a&&b]", "(",
     ")", "[a", "a{,3}", r"\p{L}", "\\", "^*", "(?(1)a)"],
)  # fmt: skip
def test_what_may_mean_something_else_is_left_to_the_server(pattern):
    """No pattern is better than one that is an error, or refuses what the server takes."""
    assert None is browser_pattern(pattern)


def test_javascript_means_the_same():
    """Each translation compiles with the v flag and matches the same texts as Python's search."""
    patterns = [pattern for pattern, _ in TRANSLATED] + [r"^\w+$", r"[\w.]+", r"^\s$", r"^[^\w]$"]
    script = (
        "const [patterns, texts] = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(patterns.map(p => texts.filter(t => new RegExp(`^(?:${p})$`, 'v').test(t)))))"
    )
    given = json.dumps([[browser_pattern(pattern) for pattern in patterns], TEXTS])
    done = subprocess.run([node(), "-e", script, given], capture_output=True, text=True, check=True)

    assert [[text for text in TEXTS if re.search(pattern, text)] for pattern in patterns] == json.loads(done.stdout)
