"""`module:app` in, the application out, with errors that say what to type."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import click

from jetbridge.errors import DefinitionError
from jetbridge.server.app import App

__all__ = ["load_app", "split_target", "start"]


def split_target(target: str) -> tuple[str, str]:
    """Module and attribute of `module:app`; the attribute defaults to `app`."""
    module, _, attribute = target.partition(":")
    if not module or module.endswith(".py") or "/" in module or "\\" in module:
        dotted = ".".join(Path(module.replace("\\", "/")).with_suffix("").parts) if module else "examples.users.app"
        raise click.BadParameter(f"write it as a dotted module: {dotted}:{attribute or 'app'}, not {target!r}")
    return module, attribute or "app"


def load_app(target: str) -> App:
    """Import the application named by `module:app`, with the working directory on the path."""
    module_name, attribute = split_target(target)
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise click.ClickException(_no_module(module_name, error.name))
        raise  # a module that it imports is missing: the traceback says where
    app = getattr(module, attribute, None)
    if not isinstance(app, App):
        found = "not there" if app is None else f"of type {type(app).__name__}"
        raise click.ClickException(f"{module_name}:{attribute} is {found}; {_apps_of(module)}")
    return app


def start(app: App) -> None:
    """Start `app` as a server would, so that what is wrong is said before one runs."""
    try:
        app.start()
    except DefinitionError as error:
        raise click.ClickException(str(error))


def _no_module(wanted: str, missing: str) -> str:
    parent, _, last = wanted.rpartition(".")
    if missing == wanted and parent in sys.modules and hasattr(sys.modules[parent], last):
        return f"there is no module {wanted!r}; write a colon before the app: {parent}:{last}"
    return f"there is no module {missing!r} here ({Path.cwd()}); run this where your package is"


def _apps_of(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, App)]
    if not names:
        return f"{module.__name__} makes no jetbridge.App; write app = App(__name__) there, or name another module"
    return "write " + " or ".join(f"{module.__name__}:{name}" for name in names)
