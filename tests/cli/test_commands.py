"""The commands that end: what they list, and what they say when something is wrong."""

import json
import os
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from jetbridge.cli.main import main

SECRET = "s" * 40


@pytest.fixture
def jetbridge(monkeypatch):
    """Runs a command as a shell would, but in this process: a new one each time would take most of the time."""
    modules = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in [name for name in os.environ if name.startswith("JETBRIDGE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JETBRIDGE_ENV", "")  # put back at the end: the commands set it

    def run(*arguments, **env):
        return CliRunner(env=env).invoke(main, arguments, prog_name="jetbridge", catch_exceptions=False)

    yield run
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_lists_actions(jetbridge, project):
    """`actions` lists what can be called; as JSON each has the keys that scripts read, and needs no secret."""
    listed = jetbridge("actions", "shop.app:app", "--json")
    rows = json.loads(listed.stdout)
    text = jetbridge("actions", "shop.app")

    assert [("slowly", "shop.app"), ("small", "shop.app")] == [(row["name"], row["module"]) for row in rows]
    assert {"id", "name", "module", "file", "line"} <= set(rows[0])
    assert all(row["id"].startswith(row["name"] + "-") for row in rows)
    assert (str(project / "shop" / "app.py"), True) == (rows[0]["file"], rows[0]["line"] > 1)
    assert f"{rows[0]['file']}:{rows[0]['line']}" in text.stdout
    assert ("", 0) == (listed.stderr, listed.exit_code)


def test_what_is_said_of_an_action(jetbridge, project):
    """Signature, policy, limits, and whether a front end's manifest lists it."""
    (project / "shop" / "guarded.py").write_text(
        "from jetbridge import App, action, public\n"
        "def staff(request):\n    return False\n"
        "app = App(__name__)\n"
        "@action(allow=staff, max_bytes=100, timeout=2)\nasync def close(reason: str = 'late') -> int:\n    return 1\n"
        "@action(allow=public)\nasync def open_shop():\n    pass\n"
    )
    bare = json.loads(jetbridge("actions", "shop.guarded", "--json").stdout)
    rows = [row for row in bare if row["module"] == "shop.guarded"]
    manifest = {"version": 1, "modules": {"shop/guarded.py": {"actions": {"close": f"{rows[0]['id']}.fingerpr"}}}}
    (project / "actions.json").write_text(json.dumps(manifest))
    listed = json.loads(jetbridge("actions", "shop.guarded", "--json").stdout)
    text = jetbridge("actions", "shop.guarded").stdout

    assert ["shop.guarded.staff", "public"] == [row["policy"] for row in rows]
    assert {"max_bytes": 100, "timeout": 2} == rows[0]["limits"]
    assert "close(reason: str = 'late') -> int" == rows[0]["signature"]
    assert [None, None] == [row["bundled"] for row in rows]
    assert [True, False] == [row["bundled"] for row in listed if row["module"] == "shop.guarded"]
    assert "policy shop.guarded.staff  max_bytes=100, timeout=2  in a bundle" in text


def test_secrets(jetbridge):
    """Each is a new one and good enough; the steps of a rotation use the old and one new."""
    one, other = (jetbridge("secret").stdout.strip() for _ in range(2))
    steps = jetbridge("secret", "--rotate", JETBRIDGE_SECRET=SECRET).stdout
    values = [line.partition("=")[2] for line in steps.splitlines() if "JETBRIDGE_SECRET=" in line]
    fresh = values[2]

    assert (43, 43, False) == (len(one), len(other), one == other)
    assert [f"{SECRET},{fresh}", f"{fresh},{SECRET}", fresh] == values
    assert 43 == len(fresh)


def test_the_example_is_importable(jetbridge):
    """The example of the repository is found from its root."""
    rows = json.loads(jetbridge("actions", "examples.users.app:app", "--json").stdout)

    assert ["create_user"] == [row["name"] for row in rows]


def test_no_actions(jetbridge, project):
    """An app without actions says how to make one; as JSON it is an empty list."""
    (project / "shop" / "bare.py").write_text("from jetbridge import App\napp = App('bare')\n")
    (project / "bare.py").write_text("from jetbridge import App\napp = App(__name__)\n")

    assert "use server" in jetbridge("actions", "bare").stdout
    assert [] == json.loads(jetbridge("actions", "bare", "--json").stdout)


MISTAKES = {
    "no such module": (["actions", "nowhere.app:app"], "there is no module 'nowhere'"),
    "no such module in the package": (["actions", "shop.nowhere:app"], "there is no module 'shop.nowhere'"),
    "a dot for the colon": (["actions", "shop.app.app"], "shop.app:app"),
    "a file": (["actions", "shop/app.py"], "shop.app:app"),
    "a file with an app": (["run", "shop/app.py:admin"], "shop.app:admin"),
    "no such attribute": (["actions", "shop.app:application"], "write shop.app:app or shop.app:admin"),
    "another attribute": (["actions", "shop.app:not_an_app"], "of type int"),
    "no app": (["run", "shop.empty"], "App(__name__)"),
    "no secret": (["run", "shop.app"], "JETBRIDGE_SECRET is not set"),
    "no target": (["run"], "Missing argument 'MODULE:APP'"),
    "a type that is not there": (["actions", "shop.wrong"], "wrong.py"),
    "the same, served": (["run", "shop.wrong"], "wrong.py"),
    "no such command": (["serve"], "No such command"),
    "port 0": (["run", "shop.app", "--port", "0"], "1<=x<=65535"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(jetbridge, project, mistake):
    """A mistake is said in a line that tells what to type, without a traceback."""
    arguments, told = MISTAKES[mistake]
    env = {} if mistake == "no secret" else {"JETBRIDGE_SECRET": SECRET}
    done = jetbridge(*arguments, **env)

    assert told in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert done.exit_code in (1, 2)


def test_a_short_secret(jetbridge, project):
    """A secret that could be guessed is refused, and not printed."""
    done = jetbridge("run", "shop.app", JETBRIDGE_SECRET="hunter2")

    assert "32 characters" in done.stderr
    assert "hunter2" not in done.stderr
    assert 1 == done.exit_code


def test_a_missing_library(jetbridge, project):
    """What a module of the application imports in vain is shown with the place."""
    with pytest.raises(ModuleNotFoundError, match="no_such_library") as caught:
        jetbridge("actions", "shop.needs")

    assert "needs.py" in str(caught.traceback[-1].path)


@pytest.mark.parametrize("command", ["run", "dev"])
def test_a_port_that_is_taken(jetbridge, project, command):
    """A port that another program has is said before anything starts, with another to try."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = jetbridge(command, "shop.app", "--port", str(port), JETBRIDGE_SECRET=SECRET)

    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert 1 == done.exit_code


def test_an_address_that_is_not_ours(jetbridge, project):
    """Another port does not help where the address is wrong, and is not proposed."""
    done = jetbridge("run", "shop.app", "--host", "192.0.2.1", JETBRIDGE_SECRET=SECRET)

    assert "cannot listen on 192.0.2.1:8000" in done.stderr
    assert "--port" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["dev", "--help"], ["run", "-h"], ["actions", "-h"], ["--version"]]
)
def test_help(jetbridge, arguments):
    """Every command explains itself."""
    assert 0 == jetbridge(*arguments).exit_code


def test_as_a_program(project):
    """`python -m jetbridge` is the command."""
    command = [sys.executable, "-m", "jetbridge", "actions", "shop.app:nothing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert (1, "") == (done.returncode, done.stdout)
    assert "Error: shop.app:nothing is not there; write shop.app:app or shop.app:admin" in done.stderr
