"""An app's registry in, the files of its front end out: `actions.d.py.ts` beside each module, and one `actions.json`.

The manifest is what a bundler without Python goes by: which modules have actions, under which names, and the id of
each. It holds neither time, host nor absolute path, so the same input gives the same bytes.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from os.path import relpath
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jetbridge.actions.forms import bundled_id
from jetbridge.actions.registry import Action
from jetbridge.typescript.module import HEADER, declaration_path, export_names, write_module

__all__ = ["MANIFEST", "Files", "project_files", "save", "stale"]

MANIFEST: Final = "actions.json"
VERSION: Final = 1  # of the manifest's shape


class Files(Struct, frozen=True):
    """What is written, by path, and what an earlier run wrote that nothing stands for any more.

    `loose` are paths whose contents may lag behind: maps hold line numbers, which say nothing about types.
    """

    texts: Mapping[Path, str]
    left_over: tuple[Path, ...]
    loose: frozenset[Path]


def project_files(
    actions: Iterable[Action], root: Path, *, app: str, url: str, components: Iterable[Path] = ()
) -> Files:
    """All files for `actions`, relative to the directory `root`; `app` is `module:app`, `url` where its actions answer.

    `components` are the files of client components. Modules outside `root`, such as a library's, cannot be imported by
    the front end and are left out.
    """
    texts: dict[Path, str] = {}
    loose: set[Path] = set()
    modules: dict[str, Any] = {}
    for source, found in sorted(_by_module(actions, root).items()):
        exports = export_names(found)
        written = write_module(source, exports)
        target = declaration_path(source)
        texts[target] = written.text
        texts[target.with_name(f"{target.name}.map")] = written.map
        loose.add(target.with_name(f"{target.name}.map"))
        modules[Path(relpath(source, root)).as_posix()] = {
            "types": sha256(written.text.encode()).hexdigest()[:16],
            "actions": {name: bundled_id(action) for name, action in sorted(exports.items())},
        }
    manifest: dict[str, Any] = {"version": VERSION, "app": app, "url": url, "modules": modules}
    if names := sorted({Path(relpath(path, root)).as_posix() for path in components}):
        manifest["components"] = names
    texts[root / MANIFEST] = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Files(texts, _left_over(root, texts), frozenset(loose))


def save(files: Files) -> list[Path]:
    """Write what differs from what is there, and remove what is left over; the paths that changed."""
    changed = [path for path, text in files.texts.items() if _read(path) != text]
    for path in changed:
        path.write_text(files.texts[path], "utf-8")
    for path in files.left_over:
        path.unlink(missing_ok=True)
    return [*changed, *files.left_over]


def stale(files: Files) -> list[Path]:
    """The paths that `save` would change, apart from the loose ones."""
    changed = [path for path, text in files.texts.items() if path not in files.loose and _read(path) != text]
    return [*changed, *files.left_over]


def _by_module(actions: Iterable[Action], root: Path) -> dict[Path, list[Action]]:
    """What a front end can import, in the order in which it is written."""
    found: dict[Path, list[Action]] = {}
    for action in sorted(actions, key=lambda action: (action.file, action.line)):
        file = Path(action.file).resolve()
        ours = file.is_relative_to(root) and not {"site-packages", "dist-packages"} & set(file.relative_to(root).parts)
        if action.nested is None and "." not in action.qualname and ours:
            found.setdefault(file, []).append(action)
    return found


def _left_over(root: Path, texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Declarations of the manifest before this one whose modules have no actions now."""
    try:
        before: dict[str, Any] = json.loads((root / MANIFEST).read_text("utf-8"))["modules"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    targets = [declaration_path(root / module) for module in before]
    return tuple(
        path
        for target in targets
        if target not in texts and (_read(target) or "").startswith(HEADER)
        for path in (target, target.with_name(f"{target.name}.map"))
        if path.exists()
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
