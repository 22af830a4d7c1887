"""`module:app` in, the application out, with errors that say what to type."""

import importlib
import sys
from pathlib import Path

import click

from jetbridge.server.app import App

__all__ = ["load_app", "split_target"]


def split_target(target: str) -> tuple[str, str]:
    """Module and attribute of `module:app`; the attribute defaults to `app`."""
    module, _, attribute = target.partition(":")
    if not module or module.endswith(".py") or "/" in module:
        raise click.BadParameter(f"write it as a dotted module, such as examples.users.app:app, not {target!r}")
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
            raise click.ClickException(
                f"there is no module {error.name!r} here ({Path.cwd()}); run this where your package is"
            )
        raise
    app = getattr(module, attribute, None)
    if not isinstance(app, App):
        found = "nothing" if app is None else type(app).__name__
        raise click.ClickException(f"{module_name}:{attribute} is {found}; name a jetbridge.App")
    return app
