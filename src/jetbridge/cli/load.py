"""`module:app` in, the application out, with errors that say what to type.

What is named may be an App, or an application of Starlette or FastAPI with `Actions` mounted in it.
"""

import importlib
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple, cast

import click
from starlette.types import ASGIApp

from jetbridge.errors import DefinitionError
from jetbridge.server.app import App

__all__ = ["TARGET", "Located", "complete_target", "cut", "load", "load_app", "locate", "split_target", "start"]

_MAKES_APP: Final = re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?(?:App|FastAPI|Starlette)\(", re.MULTILINE)
_PASSED_BY: Final = frozenset({"node_modules", "tests", "build", "dist"})
_LEADING: Final = (str(Path(__file__).parents[1]), str(importlib.__file__), "<frozen importlib")
_DEPTH: Final = 3  # directories below this one in which an app is looked for


class Located(NamedTuple):
    """An application of ours, the path at which it answers in the one that was named, and that one."""

    app: App
    path: str
    named: ASGIApp


def complete_target(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The apps that the sources below this directory seem to make, for a shell; nothing is imported."""
    del context, parameter  # click passes them by name
    return [target for target in sorted(_targets_below(Path.cwd())) if target.startswith(incomplete)]


TARGET = click.argument("target", metavar="MODULE:APP", envvar="JETBRIDGE_APP", shell_complete=complete_target)


def _targets_below(root: Path, package: str = "", depth: int = 0) -> list[str]:
    found: list[str] = []
    for entry in sorted(root.iterdir()):
        if entry.suffix == ".py" and entry.stem.isidentifier():
            module = package.rstrip(".") if entry.stem == "__init__" else package + entry.stem
            text = entry.read_text("utf-8", "replace")
            found += [f"{module}:{name}" for name in _MAKES_APP.findall(text) if module]
        elif depth < _DEPTH and entry.name.isidentifier() and entry.name not in _PASSED_BY and entry.is_dir():
            found += _targets_below(entry, f"{package}{entry.name}.", depth + 1)
    return found


def split_target(target: str) -> tuple[str, str]:
    """Module and attribute of `module:app`; the attribute defaults to `app`."""
    module, _, attribute = target.partition(":")
    if not module or module.endswith(".py") or "/" in module or "\\" in module:
        dotted = ".".join(Path(module.replace("\\", "/")).with_suffix("").parts) if module else "examples.users.app"
        raise click.BadParameter(f"write it as a dotted module: {dotted}:{attribute or 'app'}, not {target!r}")
    return module, attribute or "app"


def load_app(target: str) -> App:
    """Import the application named by `module:app`, or the one mounted in it. Raises what `load` does."""
    return load(target).app


def load(target: str) -> Located:
    """As `locate`, for a command that ends. Raises ClickException for whatever the application's own code raises."""
    try:
        return locate(target)
    except click.ClickException:
        raise
    except DefinitionError as error:
        raise click.ClickException(str(error))
    except SyntaxError as error:
        shown = (error.text or "").strip()
        raise click.ClickException(
            f"{_shown(error.filename)}:{error.lineno}: {error.msg}: {shown}\nCorrect that line, then run this again"
        )
    except (Exception, SystemExit) as error:
        raise click.ClickException(_told(split_target(target)[0], error))


def locate(target: str) -> Located:
    """Import the application named by `module:app`, with the working directory on the path."""
    module_name, attribute = split_target(target)
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise click.ClickException(_no_module(module_name, error.name, attribute)) from None
        raise  # a module that it imports is missing: the traceback says where
    named = getattr(module, attribute, None)
    found_at = _within(named, "/")
    if found_at is None:
        found = "not there" if named is None else f"of type {type(named).__name__}"
        if hasattr(named, "routes"):
            found += ' without actions: app.mount("/actions", jetbridge.integrations.starlette.Actions(__name__))'
        raise click.ClickException(f"{module_name}:{attribute} is {found}; {_apps_of(module)}")
    app, path = found_at
    return Located(app, path, cast("ASGIApp", named))


def _within(app: Any, path: str) -> tuple[App, str] | None:
    """The first application of ours in `app`: itself, or below one of its routes that mount something."""
    if isinstance(app, App):
        return app, path
    for route in getattr(app, "routes", None) or ():
        inner = getattr(route, "app", None)
        if inner is not None and not hasattr(route, "endpoint"):
            found_at = _within(inner, f"{path.rstrip('/')}{getattr(route, 'path', '')}/")
            if found_at is not None:
                return found_at
    return None


def cut(error: BaseException) -> BaseException:
    """`error` without what led to the application's own first line, for what it says is wrong there."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_LEADING):
        trace = trace.tb_next
    tells_its_place = isinstance(error, DefinitionError | SyntaxError | click.ClickException)
    return error.with_traceback(trace) if trace is not None or tells_its_place else error


def _told(module: str, error: BaseException) -> str:
    """What the code of an application raised while it was imported, and what to do."""
    text = "".join(traceback.format_exception(cut(error))).rstrip()
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    what = f"install what has {missing!r} in this environment" if missing else "correct that"
    return f"{module} cannot be imported; {what}, then run this again.\n\n{text}"


def _shown(file: str | None) -> str:
    path = Path(file or "?")
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def start(app: App, *, serving: bool = False) -> None:
    """Start `app`; `serving` as a server would, so that what is wrong is said before one runs."""
    try:
        app.start(serving=serving)
    except DefinitionError as error:
        raise click.ClickException(str(error))


def _no_module(wanted: str, missing: str, attribute: str) -> str:
    parent, _, last = wanted.rpartition(".")
    if "-" in wanted:
        return f"there is no module {wanted!r}; modules have underscores: {wanted.replace('-', '_')}:{attribute}"
    if missing == wanted and parent in sys.modules and hasattr(sys.modules[parent], last):
        return f"there is no module {wanted!r}; write a colon before the app: {parent}:{last}"
    return f"there is no module {missing!r} here ({Path.cwd()}); run this where your package is"


def _apps_of(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, App)]
    own = Path.cwd() / f"{module.__name__}.py"
    if own.is_file() and not own.samefile(getattr(module, "__file__", None) or Path.cwd()):
        return f"{module.__name__} is another module, of Python's own or a library's: give {own.name} another name"
    if not names:
        return f"{module.__name__} makes no jetbridge.App; write app = App(__name__) there, or name another module"
    return "write " + " or ".join(f"{module.__name__}:{name}" for name in names)
