"""The commands: arguments in, a running server or a listing out."""

import errno
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from jetbridge.cli.load import TARGET, load, load_app, split_target, start
from jetbridge.cli.log import LOGGING
from jetbridge.cli.serving import Connection, Server, Workers
from jetbridge.version import __version__
from jetbridge.wire.protocol import ASSETS

__all__ = ["main"]


# Commands that stand elsewhere, and what they need: a server does not wait for it.
_ELSEWHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("build", "types"), "jetbridge.cli.frontend"),
    "new": "jetbridge.cli.new",
    **dict.fromkeys(("actions", "check", "completion", "request"), "jetbridge.cli.questions"),
}


class _Commands(dict[str, click.Command]):
    """Commands by name; one that stands elsewhere is imported when it is looked at."""

    def __getitem__(self, name: str) -> click.Command:
        home = _ELSEWHERE.get(name)
        return super().__getitem__(name) if home is None else getattr(import_module(home), name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401  # this is what it would call


@click.group(
    commands=_Commands({name: click.Command(name) for name in _ELSEWHERE}),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="jetbridge")
def main() -> None:
    """Server Actions for Python: call async Python functions from forms and from React."""


_LAST_PORT = 65535
_OTHER_PORT = frozenset({errno.EADDRINUSE, errno.EACCES})

_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, _LAST_PORT), help="Port.")


@main.command()
@TARGET
@_HOST
@_PORT
@click.option("--reload/--no-reload", default=True, show_default=True, help="Restart when a file changes.")
@click.option("--vite/--no-vite", default=None, help="Start Vite too; without saying, where package.json has it.")
@click.option("--vite-port", type=click.IntRange(1, _LAST_PORT), help="Vite's port; else Vite chooses.")
def dev(target: str, host: str, port: int, reload: bool, vite: bool | None, vite_port: int | None) -> None:
    """Serve for development: tracebacks in the page, restart on change, Vite beside it where there is a front end."""
    from jetbridge.cli.building import Building  # with what only development needs
    from jetbridge.cli.node import has_vite, start_vite, stop

    os.environ["JETBRIDGE_ENV"] = "dev"
    if not reload:
        start(load_app(target), serving=True)
    with ExitStack() as beside:
        building = None
        wants_vite = has_vite(Path.cwd()) if vite is None else vite
        if wants_vite:
            _bound(host, port).close()  # before Vite starts
            signal.signal(signal.SIGTERM, _leave)  # else Vite would outlive us
            building = Building(Path.cwd(), target, click.echo)
        if building is not None and building.describe():  # pages show a build, which no server of Vite's has
            if reload:
                beside.callback(building.close)
                building.start()
        elif building is not None:
            building = None
            server = f"http://{_in_url(_LISTENED.get(host, host))}:{port}"
            beside.callback(stop, start_vite(Path.cwd(), target, server, vite_port))
        if reload:
            _supervise(target, host, port, building.follow if building is not None else None)
        else:
            _serve(target, host, port, mode="development", workers=1, grace=2)


@main.command()
@TARGET
@_HOST
@_PORT
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--grace", default=30, show_default=True, type=click.IntRange(0), help="Seconds running actions get.")
@click.option("--tune-gc/--no-tune-gc", default=True, show_default=True, help="Let Python's collector look less often.")
def run(target: str, host: str, port: int, workers: int, grace: int, tune_gc: bool) -> None:
    """Serve for production. JETBRIDGE_SECRET must be set.

    SIGTERM lets what runs finish. With several workers SIGHUP replaces one after the other, by the code that is there
    by then, and nobody waits.
    """
    os.environ["JETBRIDGE_ENV"] = "production"
    os.environ["JETBRIDGE_GC"] = "tuned" if tune_gc else ""  # for each worker
    located = load(target)
    start(located.app, serving=True)
    # uvicorn cancels no request before `grace` is over; what stands around the app may.
    os.environ["JETBRIDGE_TASKS"] = "shared" if located.named is located.app else ""
    _serve(target, host, port, mode="production", workers=workers, grace=grace)


@main.command()
@click.option("--rotate", is_flag=True, help="Print the steps from the secret in JETBRIDGE_SECRET to a new one.")
def secret(rotate: bool) -> None:
    """Print a new secret for JETBRIDGE_SECRET: 256 random bits.

    JETBRIDGE_SECRET is a list, separated by commas. The first one seals, all of them open. To rotate without losing a
    request, let every worker know the new one before any worker uses it: append it, restart all; put it first, restart
    all; take the old one out once pages and sessions from before are gone (30 days, or session_days if that is more).
    """
    fresh = secrets.token_urlsafe(32)
    if not rotate:
        click.echo(fresh)
        return
    known = [text.strip() for text in os.environ.get("JETBRIDGE_SECRET", "").split(",") if text.strip()]
    if not known:
        raise click.ClickException("JETBRIDGE_SECRET is not set: there is nothing to rotate from")
    old = known[0]
    click.echo(f"""1. Restart every worker with
   JETBRIDGE_SECRET={old},{fresh}
2. When all of them run, restart every worker with
   JETBRIDGE_SECRET={fresh},{old}
3. After 30 days, or session_days if that is more, restart every worker with
   JETBRIDGE_SECRET={fresh}""")


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)


_READY_WITHIN = 60  # seconds for one of several processes, on a machine that is busy with what the others serve
_LISTENED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # how to ask a server that listens everywhere


def _serve(target: str, host: str, port: int, *, mode: str, workers: int, grace: int) -> None:
    module, attribute = split_target(target)
    config = uvicorn.Config(
        f"{module}:{attribute}",
        host=host,
        port=port,
        workers=workers,
        http=Connection,
        log_config=LOGGING,
        access_log=False,  # ours says more, and without it uvicorn does not even make its own
        timeout_graceful_shutdown=grace,
        timeout_worker_healthcheck=_READY_WITHIN,
        server_header=False,
        proxy_headers=False,  # the app believes its own proxies, `server.arrival`; to do it twice is to believe anyone
    )
    listening = _bound(host, port)
    threading.Thread(target=_announce, args=(host, port, mode), daemon=True).start()
    if workers > 1:
        Workers(config, sockets=[listening]).run()
        return
    server = Server(config)
    with suppress(KeyboardInterrupt):  # uvicorn raises it anew, once it has ended in order
        server.run(sockets=[listening])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _supervise(target: str, host: str, port: int, follow: Callable[[], None] | None) -> None:
    split_target(target)
    from jetbridge.cli.supervise import supervise

    said = False

    def say(line: str) -> None:
        nonlocal said
        if not said:
            click.echo(_announced(host, port, "development"))
            said = True
        if line:
            click.echo(f"{time.strftime('%H:%M:%S')}  {line}")

    with _bound(host, port) as listening:
        listening.listen(2048)  # also while no server runs
        supervise(target, listening, Path.cwd(), say=say, follow=follow)


def _bound(host: str, port: int) -> socket.socket:
    """A socket at the address, which refuses connections until somebody listens. Raises click.ClickException."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        hint = f"; try --port {8000 if port == _LAST_PORT else port + 1}" if error.errno in _OTHER_PORT else ""
        raise click.ClickException(f"cannot listen on {host}:{port} ({error.strerror}){hint}") from None
    bound.setblocking(False)
    return bound


def _announce(host: str, port: int, mode: str) -> None:
    """Print the address once the server answers there; one that waits for a mistake to be mended does not yet."""
    asked = _LISTENED.get(host, host)
    # By hand: an HTTP client takes longer to import than to write this line, and a start waits for it.
    request = f"HEAD {ASSETS} HTTP/1.1\r\nHost: {_in_url(asked)}:{port}\r\nConnection: close\r\n\r\n".encode()
    while True:
        try:
            with socket.create_connection((asked, port), timeout=5) as connection:
                connection.sendall(request)
                if connection.recv(1):
                    break
        except OSError:
            pass
        time.sleep(0.1)
    click.echo(_announced(host, port, mode))


def _announced(host: str, port: int, mode: str) -> str:
    return f"Jetbridge ({mode}) at http://{_in_url(host)}:{port} - press Ctrl-C to stop"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
