"""A place in a file in, that place in the developer's editor out.

`JETBRIDGE_EDITOR` says which: a command, with `{file}` and `{line}` where its arguments need them, or a URL such as
`vscode://file{file}:{line}`. Without it VISUAL and EDITOR are asked, for editors that open a window of their own.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from jetbridge.server.development.explain import Place

__all__ = ["EditorError", "editor_url", "is_openable", "open_editor"]

_VARIABLE: Final = "JETBRIDGE_EDITOR"
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_HOW: Final = f'say which editor opens files, for instance {_VARIABLE}="code --goto {{file}}:{{line}}", and start again'

# Editors with a window of their own, and how they take a line. Others need a terminal, and the server has none.
_WINDOWED: Final[dict[str, str]] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "cursor", "windsurf"), "--goto {file}:{line}"),
    **dict.fromkeys(("subl", "zed", "atom", "lapce"), "{file}:{line}"),
    **dict.fromkeys(("pycharm", "charm", "idea", "webstorm", "fleet", "kate", "kwrite"), "--line {line} {file}"),
    **dict.fromkeys(("gvim", "mvim", "gedit", "gnome-text-editor", "xed", "pluma", "mousepad"), "+{line} {file}"),
    "emacsclient": "--no-wait +{line} {file}",
    "emacs": "+{line} {file}",
    "mate": "--line {line} {file}",
    "notepad++": "-n{line} {file}",
}


class EditorError(Exception):
    """No editor can be opened; the text says what to do."""


def editor_url(place: "Place") -> str | None:
    """The URL that opens `place`, where JETBRIDGE_EDITOR is one."""
    template = os.environ.get(_VARIABLE, "")
    if _URL.match(template) is None:
        return None
    return template.replace("{file}", quote(place.file)).replace("{line}", str(place.line))


def is_openable(file: str) -> bool:
    """Whether a file may be opened for a browser: below the working directory, or the source of a loaded module."""
    path = Path(file)
    if not path.is_absolute() or not path.is_file():
        return False
    if path.resolve().is_relative_to(Path.cwd().resolve()):
        return True
    return any(getattr(module, "__file__", None) == file for module in list(sys.modules.values()))


def open_editor(place: "Place") -> None:
    """Start the editor at `place`, without a shell. Raises EditorError."""
    command = _command(place)
    if shutil.which(command[0]) is None:
        raise EditorError(f"there is no program {command[0]!r}; {_HOW}")
    process = subprocess.Popen(  # noqa: S603  # the developer's own command line
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it outlives the server, which restarts at each change
    )
    threading.Thread(target=process.wait, daemon=True).start()


def _command(place: "Place") -> list[str]:
    own = os.environ.get(_VARIABLE, "")
    given = own or os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    words = shlex.split(given)
    if not words:
        raise EditorError(f"there is no editor set; {_HOW}")
    if "{file}" not in given:
        known = _WINDOWED.get(Path(words[0]).stem.lower())
        if known is None and not own:
            raise EditorError(f"{words[0]} needs a terminal, as far as is known; {_HOW}")
        words += (known or "{file}").split()
    return [word.replace("{line}", str(place.line)).replace("{file}", place.file) for word in words]
