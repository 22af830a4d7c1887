"""The commands for a front end: which application they find, and what they say where it is not there."""

import pytest
from click.testing import CliRunner

from jetbridge.cli.load import locate
from jetbridge.cli.main import main
from jetbridge.cli.node import has_vite, installed

MAIN = """
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from jetbridge.integrations.starlette import Actions

actions = Actions(__name__)
inner = Starlette(routes=[Mount("/actions", actions)])
outer = Starlette(routes=[Route("/", lambda request: None), Mount("/api", inner)])
without = Starlette()


async def add(a: int) -> int:
    "use server"
    return a
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A package `desk_<something new>` in the working directory."""
    name = f"desk_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "main.py").write_text(MAIN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return f"{name}.main"


@pytest.mark.parametrize(("attribute", "path"), [("actions", "/"), ("inner", "/actions/"), ("outer", "/api/actions/")])
def test_actions_are_found_where_they_are_mounted(desk, attribute, path):
    """The path is that of all mounts around them."""
    assert path == locate(f"{desk}:{attribute}").path


def test_types_that_cannot_be_written(desk, tmp_path):
    """A file that cannot be written is named, without a traceback."""
    (tmp_path / "actions.json").mkdir()
    done = CliRunner().invoke(main, ["types", f"{desk}:inner"])

    assert 1 == done.exit_code
    assert done.output.startswith(f"Error: cannot write {tmp_path / 'actions.json'}: ")


def test_types(desk, tmp_path):
    """Written once, then up to date; `--check` writes nothing."""
    run = CliRunner().invoke
    missing = run(main, ["types", f"{desk}:inner", "--check"])
    written = run(main, ["types", f"{desk}:inner"])
    again = run(main, ["types", f"{desk}:inner", "--check"])

    assert (1, True) == (missing.exit_code, "not up to date" in missing.output)
    assert ["main.d.py.ts", "main.d.py.ts.map", "actions.json"] == [
        line.rpartition("/")[2].removeprefix("wrote ") for line in written.output.splitlines()
    ]
    assert "The declarations are up to date.\n" == again.output
    assert '"url": "/actions/"' in (tmp_path / "actions.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["types", "{desk}:without"], 'app.mount("/actions", jetbridge.integrations.starlette.Actions(__name__))'),
        (["build", "{desk}:inner"], "there is no package.json"),
    ],
)
def test_what_is_missing(desk, arguments, message):
    """The message says what to write or where to look."""
    result = CliRunner().invoke(main, [argument.format(desk=desk) for argument in arguments])

    assert (1, True) == (result.exit_code, message in result.output)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"devDependencies": {"vite": "8"}}', True),
        ('{"dependencies": {"react": "19"}}', False),
        ("[]", False),
        ("{", False),
        (None, False),
    ],
)
def test_a_front_end_is_known_by_its_package(tmp_path, text, expected):
    """Whatever the file holds, it is an answer and no error."""
    if text is not None:
        (tmp_path / "package.json").write_text(text)

    assert expected == has_vite(tmp_path)


def test_programs_of_packages(tmp_path):
    """They are looked for upwards, as Node does, and their scripts may be named in two ways."""
    for name, programs in (("a", '"cli.js"'), ("b", '{"b": "bin/b.js"}')):
        home = tmp_path / "node_modules" / name
        home.mkdir(parents=True)
        (home / "package.json").write_text(f'{{"bin": {programs}}}')
    below = tmp_path / "apps" / "one"

    assert tmp_path / "node_modules/a/cli.js" == installed("a", "a", below)
    assert tmp_path / "node_modules/b/bin/b.js" == installed("b", "b", below)
