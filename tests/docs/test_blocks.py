"""No code block of the documentation escapes the tests."""

import pytest

from tests.docs.pages import PAGES, blocks_of, title_of

TESTED = {
    "python": "tests/docs/test_guide.py, tests/docs/test_readme.py, tests/site/test_projects.py",
    "toml": "tests/site/test_projects.py",
    "ts": "tests/docs/test_typescript.py",
    "tsx": "tests/docs/test_typescript.py",
    "console": "tests/docs/test_console.py",
    "nginx": "tests/docs/test_configurations.py",
    "caddyfile": "tests/docs/test_configurations.py",
    "systemd": "tests/docs/test_configurations.py",
    "dotenv": "tests/docs/test_configurations.py",
    "text": "drawings and listings: nothing to run",
}


@pytest.mark.parametrize("page", PAGES, ids=title_of)
def test_each_block_is_of_a_kind_that_is_tested(page):
    """A block names a language, and some test takes all blocks in it."""
    assert [] == [(block.line, block.language) for block in blocks_of(page) if block.language not in TESTED]
