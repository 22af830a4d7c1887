"""`make dist`: what is released, and that it is whole."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from jetbridge.version import __version__

ROOT = Path(__file__).parents[2]
IN_BUNDLES = {"react", "react-dom", "react-server-dom-webpack", "scheduler"}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The three files, by kind."""
    directory, copy = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("copy")
    copy_sources(copy)
    command = ["make", "--silent", "--old-file", ".venv/.dev", "dist", f"DIST={directory}"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=200)
    assert 0 == done.returncode, f"{done.stdout}\n{done.stderr}"
    wheel, sdist, npm = (next(directory.glob(end)) for end in ("*.whl", "*.tar.gz", "*.tgz"))
    return {
        "wheel": (wheel.name, {name: zipfile.ZipFile(wheel).read(name) for name in zipfile.ZipFile(wheel).namelist()}),
        "sdist": (sdist.name, members(sdist)),
        "npm": (npm.name, members(npm)),
    }


def copy_sources(to):
    """What is under version control, and what `make install` brings; other tests use what a build would replace."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.rstrip("\0").split("\0"):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, to / name)
    for name in (".venv", "js/node_modules"):
        (to / name).symlink_to(ROOT / name)


def members(path):
    with tarfile.open(path) as archive:
        files = [one for one in archive.getmembers() if one.isfile()]
        return {one.name.partition("/")[2]: archive.extractfile(one).read() for one in files}


@pytest.mark.timeout(240)
def test_names_and_versions(released):
    """All three have the one version."""
    assert {
        "wheel": f"jetbridge-{__version__}-py3-none-any.whl",
        "sdist": f"jetbridge-{__version__}.tar.gz",
        "npm": f"jetbridge-{__version__}.tgz",
    } == {kind: name for kind, (name, _) in released.items()}
    assert __version__ == json.loads(released["npm"][1]["package.json"])["version"]
    assert f"\nVersion: {__version__}\n".encode() in released["wheel"][1][f"jetbridge-{__version__}.dist-info/METADATA"]


def test_the_wheel_is_whole(released):
    """It has the client that its manifest names, the npm package, the templates, types and licences, and no tests."""
    files = released["wheel"][1]
    manifest = json.loads(files["jetbridge/server/client/manifest.json"])

    assert [] == [name for name in manifest["files"].values() if f"jetbridge/server/client/{name}" not in files]
    assert {
        "jetbridge/py.typed",
        "jetbridge/npm/package.json",
        "jetbridge/npm/vite.js",
        "jetbridge/cli/project/fastapi/package/main.py.in",
        f"jetbridge-{__version__}.dist-info/licenses/LICENSE",
    } <= set(files)
    assert b"pytest11" in files[f"jetbridge-{__version__}.dist-info/entry_points.txt"]
    assert [] == [
        name
        for name in files
        if re.search(r"(^|/)(tests?|node_modules|__pycache__)/(?!test_app.py.in)", name) and "/project/" not in name
    ]


@pytest.mark.parametrize(("kind", "path"), [("wheel", "jetbridge/server/client/LICENSES.txt"), ("npm", "LICENSES.txt")])
def test_licences_of_what_is_inside(released, kind, path):
    """The packages that are in the bundles come with their licence's text."""
    text = released[kind][1][path].decode()
    named = {name for name in IN_BUNDLES if re.search(rf"^{re.escape(name)}\b", text, re.MULTILINE)}

    assert {"react-server-dom-webpack"} <= named
    assert "Permission is hereby granted" in text
    if kind == "wheel":
        assert IN_BUNDLES <= named


def test_the_npm_package_is_whole(released):
    """Each file that it exports is there, with its types."""
    files = released["npm"][1]
    exports = json.loads(files["package.json"])["exports"]
    named = [path.removeprefix("./") for one in exports.values() for path in one.values()]

    assert [] == [path for path in named if path not in files]


def test_the_sdist_has_its_sources(released):
    """A wheel can be built of it: the client's sources and lock file, and what builds them."""
    assert {
        "js/src/client/client.ts",
        "js/package-lock.json",
        "vectors/protocol.json",
        "hatch_build.py",
        "src/jetbridge/__init__.py",
        "LICENSE",
    } <= set(released["sdist"][1])
    assert [] == [name for name in released["sdist"][1] if "node_modules" in name or name.startswith("js/dist")]


def test_the_changelog_can_be_collected():
    """Each fragment has a kind that towncrier knows, and a sentence."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "0.0.0", "--date", "2026-01-01"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name.startswith("+")]
    kinds = {path.suffixes[-2] for path in fragments}

    assert 0 == done.returncode, done.stderr
    assert kinds <= {".added", ".changed", ".fixed", ".removed"}
    assert [] == [path.name for path in fragments if path.read_text("utf-8").strip().split(".")[0] not in done.stdout]
