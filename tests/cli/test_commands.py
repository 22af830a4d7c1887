"""The commands that end: what they list, and what they say when something is wrong."""

import json
import socket
import subprocess
import sys

import click
import pytest
from conftest import SECRET, free_port

from jetbridge.cli.load import complete_target
from jetbridge.cli.main import main
from jetbridge.version import __version__


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
    "a directory's name": (["run", "my-shop.app:admin"], "modules have underscores: my_shop.app:admin"),
    "the name of Python's own": (["run", "stat"], "give stat.py another name"),
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


@pytest.mark.parametrize(
    ("secret", "told"), [("hunter2", "32 characters"), ("hunter2" * 6, "can be guessed")], ids=["short", "dull"]
)
@pytest.mark.parametrize("command", [["run", "shop.app"], ["request", "shop.app", "/", "--production"]], ids=" ".join)
def test_a_secret_that_is_none(jetbridge, project, command, secret, told):
    """A secret that could be guessed is refused, and not printed."""
    done = jetbridge(*command, JETBRIDGE_SECRET=secret)

    assert told in done.stderr
    assert "`jetbridge secret`" in done.stderr
    assert "hunter2" not in done.stderr
    assert 1 == done.exit_code


BROKEN = {
    "a missing library": ("import no_such_library\n", ["install what has 'no_such_library'", "broken.py", "line 1"]),
    "a syntax error": ("x = 1\nif x\n    pass\n", ["shop/broken.py:2: expected ':'", "Correct that line"]),
    "an error": ("def f():\n    raise RuntimeError('no database')\n\n\nf()\n", ["RuntimeError: no database", "line 5"]),
    "an exit": ("import sys\nsys.exit('no settings')\n", ["SystemExit: no settings", "line 2"]),
}


@pytest.mark.parametrize("command", ["run", "actions", "check", "types"])
@pytest.mark.parametrize("mistake", BROKEN)
def test_an_app_that_cannot_be_imported(jetbridge, project, mistake, command):
    """What an application's own code raises is told from its own first line on, with what to do."""
    text, told = BROKEN[mistake]
    (project / "shop" / "broken.py").write_text(text)
    done = jetbridge(command, "shop.broken", JETBRIDGE_SECRET=SECRET)

    assert [] == [one for one in told if one not in done.stderr]
    assert "importlib" not in done.stderr
    assert 1 == done.exit_code


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


@pytest.mark.parametrize("arguments", [[], *([name] for name in main.commands)], ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(jetbridge, arguments, option):
    """Every command explains itself, and each of its options."""
    told = jetbridge(*arguments, option)
    command = main.commands[arguments[0]] if arguments else main
    options = [one for one in command.params if isinstance(one, click.Option)]

    assert 0 == told.exit_code
    assert command.help.split("\n")[0].split(".")[0][:40] in told.stdout
    assert [] == [one.name for one in options if not one.help]


def test_version(jetbridge):
    """The version is the package's."""
    assert f"jetbridge, version {__version__}" == jetbridge("--version").stdout.strip()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(jetbridge, shell):
    """Each shell gets the script that its own documentation asks for."""
    done = jetbridge("completion", shell)

    assert 0 == done.exit_code
    assert f"_JETBRIDGE_COMPLETE={shell}_complete" in done.stdout


def test_completes_apps(project):
    """The shell is offered the apps that the sources make, also FastAPI's, and nothing is imported for that."""
    (project / "shop" / "api.py").write_text("import nothing\nserver: FastAPI = fastapi.FastAPI()\n")
    (project / "shop" / "__init__.py").write_text("site = App(__name__)\n")
    offered = complete_target(None, None, "shop")
    narrowed = complete_target(None, None, "shop.app:a")

    assert ["shop.api:server", "shop.app:admin", "shop.app:app", "shop.wrong:app", "shop:site"] == offered
    assert ["shop.app:admin", "shop.app:app"] == narrowed


@pytest.mark.parametrize(("target", "missing"), [("nowhere.app:app", "nowhere"), ("shop.nowhere:app", "shop.nowhere")])
def test_no_such_module_in_development(project, target, missing):
    """A name that was mistyped is told as such, and nothing is to be installed."""
    command = [sys.executable, "-m", "jetbridge", "dev", target, "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert 1 == done.returncode
    assert f"Error: there is no module {missing!r} here" in done.stderr
    assert "pip install" not in done.stdout + done.stderr
    assert "ModuleNotFoundError" not in done.stdout + done.stderr


def test_as_a_program(project):
    """`python -m jetbridge` is the command."""
    command = [sys.executable, "-m", "jetbridge", "actions", "shop.app:nothing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert (1, "") == (done.returncode, done.stdout)
    assert "Error: shop.app:nothing is not there; write shop.app:app or shop.app:admin" in done.stderr
