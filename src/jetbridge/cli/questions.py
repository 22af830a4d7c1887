"""The commands that ask an app something and end: what can be called, whether it may be deployed, what it answers."""

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from jetbridge.actions.registry import Action, Registry
from jetbridge.cli.actions import describe_action, listed_ids, print_action
from jetbridge.cli.check import check_app, describe_checks, print_checks
from jetbridge.cli.load import TARGET, complete_target, load, load_app, start
from jetbridge.cli.request import Asked, ask, encode_fields, print_answer
from jetbridge.errors import DefinitionError
from jetbridge.typescript.project import MANIFEST
from jetbridge.wire.protocol import QUERY_ACTION

__all__ = ["actions", "check", "completion", "request"]

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@TARGET
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option("--manifest", default=MANIFEST, show_default=True, help="What a front end's bundle may call.")
def actions(target: str, as_json: bool, manifest: str) -> None:
    """List every action: its place, what it takes, who may call it, what it may cost, whether a bundle has it."""
    app = load_app(target)
    try:
        app.scan()
    except DefinitionError as error:
        raise click.ClickException(str(error))
    found = sorted(app.registry, key=lambda action: (action.module, action.line))
    listed = listed_ids(Path(manifest))
    rows = [describe_action(action, app.limits, listed) for action in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo('No actions. Begin a module\'s docstring with "use server", or mark a function with @action.')
    for row in rows:
        click.echo("\n".join(print_action(row)))


@click.command()
@TARGET
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@click.option("--warnings", is_flag=True, help="Fail for warnings too.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    envvar="WEB_CONCURRENCY",
    help="How many processes will serve it, on all machines together.",
)
def check(target: str, as_json: bool, warnings: bool, workers: int) -> None:
    """Say what can be known before a deploy: secret, policies, front end, store, https.

    Run it where the app will run, with the same environment. Exits with 1 where something is an error.
    """
    environment = os.environ.get("JETBRIDGE_ENV", "")
    os.environ["JETBRIDGE_ENV"] = "production"
    checks = check_app(target, load(target), environment=environment, workers=workers)
    about = describe_checks(target, checks)
    click.echo(json.dumps(about, indent=2) if as_json else "\n".join(print_checks(checks)))
    if about["level"] == "error" or (warnings and about["level"] == "warning"):
        sys.exit(1)


@click.command()
@click.argument("words", nargs=-1, metavar="[MODULE:APP] PATH", shell_complete=complete_target)
@click.option("-X", "--method", help="GET without data, POST with.")
@click.option("-d", "--data", multiple=True, metavar="NAME=VALUE", help="A field of a form; @FILE is a whole body.")
@click.option("-H", "--header", multiple=True, metavar="NAME:VALUE", help="A header of the request.")
@click.option("-b", "--cookie", multiple=True, metavar="NAME=VALUE", help="A cookie of the visitor.")
@click.option("--action", "named", metavar="ACTION", help="Submit the data to this action, as a form of ours does.")
@click.option("-L", "--follow", is_flag=True, help="Follow redirects within the app, with the cookies it sets.")
@click.option(
    "--origin", default="http://localhost", show_default=True, help="Where the app is asked: scheme and host."
)
@click.option("--production", is_flag=True, help="As `jetbridge run` answers; JETBRIDGE_SECRET must be set.")
@click.option("--fail", is_flag=True, help="Exit with 1 where the status is 400 or more.")
@click.option("--json", "as_json", is_flag=True, help="Print an object: status, headers, body.")
@click.option("--body", "only_body", is_flag=True, help="Print the body alone.")
def request(
    words: tuple[str, ...],
    method: str | None,
    data: tuple[str, ...],
    header: tuple[str, ...],
    cookie: tuple[str, ...],
    named: str | None,
    follow: bool,
    origin: str,
    production: bool,
    fail: bool,
    as_json: bool,
    only_body: bool,
) -> None:
    """Make one request to the app in this process and print what it answers: for scripts and bug reports.

    MODULE:APP may be left out where JETBRIDGE_APP names it. Without --production the app is in development mode, so an
    error has its traceback. The log goes to stderr.
    """
    target, path = _target_and_path(words)
    os.environ["JETBRIDGE_ENV"] = "production" if production else "dev"
    located = load(target)
    headers = [_pair(text, ":", "--header") for text in header]
    body, kind = _body_of(data)
    if kind is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", kind))
    if named is not None:
        start(located.app)
        reference = located.app.references.reference(_action_called(located.app.registry, named).function)
        path += f"{'&' if '?' in path else '?'}{QUERY_ACTION}={reference.id}"
        method = method or "POST"
        headers += [("sec-fetch-site", "same-origin"), ("origin", origin.rstrip("/"))]
        if kind is None:
            headers.append(("content-type", "application/x-www-form-urlencoded"))
    asked = Asked(method or ("POST" if data else "GET"), path, headers, body, origin.rstrip("/"))
    cookies = dict(_pair(text, "=", "--cookie") for text in cookie)
    answered = asyncio.run(ask(located.named, asked, cookies, follow=follow))
    print_answer(answered, as_json=as_json, only_body=only_body)
    if fail and answered.status >= 400:
        sys.exit(1)


def _target_and_path(words: tuple[str, ...]) -> tuple[str, str]:
    paths = [word for word in words if word.startswith("/")]
    targets = [word for word in words if not word.startswith("/")] or [os.environ.get("JETBRIDGE_APP", "")]
    if len(paths) != 1 or len(targets) != 1:
        raise click.UsageError("write the app and a path that begins with a slash: jetbridge request shop.app:app /")
    if not targets[0]:
        raise click.UsageError(f"name the app: jetbridge request MODULE:APP {paths[0]}, or set JETBRIDGE_APP")
    return targets[0], paths[0]


def _pair(text: str, mark: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise click.BadParameter(f"write NAME{mark}VALUE, not {text!r}", param_hint=option)
    if not text.isascii() or not text.isprintable():
        raise click.BadParameter(f"{text!r} holds what no header can", param_hint=option)
    return name.strip(), value.strip()


def _body_of(data: Iterable[str]) -> tuple[bytes, str | None]:
    """The body, and its content type where that is known."""
    given = list(data)
    files = [text.removeprefix("@") for text in given if text.startswith("@")]
    if files:
        if len(given) > 1:
            raise click.BadParameter("a file is the whole body: give one", param_hint="--data")
        try:
            body = sys.stdin.buffer.read() if files[0] == "-" else Path(files[0]).read_bytes()
        except OSError as error:
            raise click.ClickException(f"cannot read {files[0]}: {error.strerror}")
        return body, "application/json" if files[0].endswith(".json") else None
    fields: list[tuple[str, str]] = []
    for text in given:
        name, found, value = text.partition("=")
        if not found:
            raise click.BadParameter(f"write NAME=VALUE, not {text!r}", param_hint="--data")
        fields.append((name, value))
    return encode_fields(fields), "application/x-www-form-urlencoded" if given else None


def _action_called(registry: Registry, name: str) -> Action:
    """The one that is called so: by name, with its module before it, or by id. Raises ClickException."""
    found = [one for one in registry if name in (one.name, one.qualname, f"{one.module}.{one.qualname}", one.id)]
    if len(found) == 1:
        return found[0]
    all_names = ", ".join(sorted(f"{one.module}.{one.qualname}" for one in (found or registry)))
    what = "several actions are" if found else "no action is"
    raise click.ClickException(f"{what} called {name!r}; write one of: {all_names or '(there are none)'}")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print what makes the shell complete commands, options and apps.

    \b
    bash   jetbridge completion bash >> ~/.bashrc
    zsh    jetbridge completion zsh >> ~/.zshrc
    fish   jetbridge completion fish > ~/.config/fish/completions/jetbridge.fish
    """
    found = get_completion_class(shell)
    assert found is not None  # the choices are click's own
    name = "jetbridge"
    main = click.get_current_context().find_root().command
    click.echo(found(main, {}, name, f"_{name.upper()}_COMPLETE").source())
