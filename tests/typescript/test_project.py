"""What `jetbridge types` writes for a package, and when it says that it is stale."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jetbridge.actions.forms import bundled_id
from jetbridge.actions.registry import Registry
from jetbridge.errors import DefinitionError
from jetbridge.typescript.module import camel_case
from jetbridge.typescript.project import project_files, save, stale

ROOT = Path(__file__).parent.parent.parent
SOURCE = '''"""use server"""

from typing import Annotated

from starlette.requests import Request

from jetbridge import Provide, redirect


def someone() -> str:
    return "someone"


async def rename_user(
    id: int, name: str = "", *, loud: bool, request: Request, who: Annotated[str, Provide(someone)] = ""
) -> None:
    """Give somebody another name.

    Ends with */ in its text.
    """


@staticmethod
def not_one() -> None: ...


async def delete(*ids: int) -> int:
    def inner():
        "not an action"
    return 0


async def words():
    yield "a"
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write a package `shopping` and give its files."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source=SOURCE):
        for name in [name for name in sys.modules if name.startswith("shopping")]:
            monkeypatch.delitem(sys.modules, name)
        (tmp_path / "shopping").mkdir(exist_ok=True)
        (tmp_path / "shopping" / "__init__.py").touch()
        (tmp_path / "shopping" / "actions.py").write_text(source)
        registry = Registry("shopping.app")
        registry.add_module("shopping.actions")
        return project_files(registry, tmp_path, app="shopping.app:app", url="/actions/")

    yield write
    sys.modules.pop("shopping.actions", None)


def test_declarations(project, tmp_path):
    """Functions by JavaScript's names with their docstrings; what the server supplies is left out."""
    files = project()

    assert """// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/**
 * Give somebody another name.
 *
 * Ends with *\\/ in its text.
 */
export declare const renameUser: ServerAction<[id: number, name: string | undefined, options: { loud: boolean }], void, "id" | "name" | "loud">;

declare const delete_: ServerAction<[...ids: Array<number>], number, "ids">;
export { delete_ as delete };

export declare const words: ServerAction<[], AsyncIterable<unknown>, never>;
//# sourceMappingURL=actions.d.py.ts.map
""" == files.texts[tmp_path / "shopping/actions.d.py.ts"]  # noqa: E501


def test_manifest(project, tmp_path):
    """The ids are the registry's, and nothing in it depends on the machine or the time."""
    manifest = json.loads(project().texts[tmp_path / "actions.json"])
    found = {action.name: bundled_id(action) for action in _registry("shopping.actions")}

    assert ("shopping.app:app", "/actions/") == (manifest["app"], manifest["url"])
    assert {
        "renameUser": found["rename_user"],
        "delete": found["delete"],
        "words": found["words"],
    } == manifest["modules"]["shopping/actions.py"]["actions"]
    assert str(tmp_path) not in json.dumps(manifest)


def _registry(module):
    registry = Registry("shopping.app")
    registry.add_module(module)
    return registry


def test_stale(project, tmp_path):
    """Files are up to date once they are written, also when lines move, and not when a signature changes."""
    files = project()
    save(files)

    assert [] == stale(project())
    assert dict(files.texts) == dict(project().texts)
    assert [] == stale(project(SOURCE.replace("from typing", "# a line more\nfrom typing")))
    assert ["actions.d.py.ts", "actions.json"] == [
        path.name for path in stale(project(SOURCE.replace("id: int", "id: str")))
    ]


def test_what_is_left_over_goes(project, tmp_path):
    """Declarations of a module that has no actions any more are removed."""
    save(project())
    files = project("")
    names = ["actions.d.py.ts", "actions.d.py.ts.map"]

    assert names == [path.name for path in files.left_over]
    save(files)
    assert [] == [path for path in (tmp_path / "shopping").iterdir() if ".d.py.ts" in path.name]


def test_two_of_one_name_are_refused(project):
    """`add_user` and `addUser` are one name in JavaScript."""
    with pytest.raises(DefinitionError, match="both addUser in JavaScript"):
        project('"use server"\nasync def add_user(): ...\nasync def addUser(): ...\n')


@pytest.mark.parametrize(
    ("python", "javascript"),
    [("create_user", "createUser"), ("x", "x"), ("a__b_2", "aB2"), ("_own", "_own"), ("HTTPGet_it", "HTTPGetIt")],
)
def test_camel_case(python, javascript):
    """Underscores go, the letter after is large, all else stays."""
    assert javascript == camel_case(python)


def test_the_test_application_is_up_to_date():
    """What the tests of the Vite plugin build is what `jetbridge types` writes today."""
    command = [sys.executable, "-m", "jetbridge", "types", "backend.main:app", "--check"]
    done = subprocess.run(command, cwd=ROOT / "js/test/app", capture_output=True, text=True)

    assert (0, "The declarations are up to date.\n") == (done.returncode, done.stdout)
