"""`jetbridge check`: an app in, what can be known of its deployment before it is deployed out.

Each check is a row of `_CHECKS`: a question, and a function from the app to what it found. What would keep the app from
starting or its visitors from using it is an error; what is likely not meant is a warning.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import click

from jetbridge.actions.forms import bundled_id
from jetbridge.cli.frontend import declarations
from jetbridge.cli.load import Located
from jetbridge.elements.client import components_in
from jetbridge.errors import DefinitionError
from jetbridge.server.bundle import BUILT_MANIFEST, Bundle
from jetbridge.server.manifest import read_manifest
from jetbridge.server.settings import named_store, refuse_guessable, secrets_of
from jetbridge.server.ssr.node import find_node
from jetbridge.store.memory import MemoryStore
from jetbridge.store.model import StoreError
from jetbridge.typescript.project import MANIFEST, stale

__all__ = ["Checked", "Finding", "check_app", "describe_checks", "print_checks"]

Level = Literal["error", "warning"]
_MARKS: Final = {"error": "✗", "warning": "!", "ok": "✓"}


class Finding(NamedTuple):
    """What is wrong, how bad that is, and what to type or write."""

    level: Level
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One row of the table with what it found."""

    name: str
    question: str
    findings: list[Finding]

    @property
    def level(self) -> str:
        """The worst of its findings; `ok` where there are none."""
        levels = {finding.level for finding in self.findings}
        return "error" if "error" in levels else "warning" if levels else "ok"


@dataclass(frozen=True, slots=True)
class Deploy:
    """What is to be deployed: the app, how it was named, what the environment said of its mode, how many workers."""

    target: str
    located: Located
    environment: str
    workers: int

    @property
    def app(self) -> Any:
        """The App itself."""
        return self.located.app


def check_app(target: str, located: Located, *, environment: str, workers: int) -> list[Checked]:
    """Everything in `_CHECKS`, in that order. `located` was loaded in production mode."""
    deploy = Deploy(target, located, environment, workers)
    return [Checked(name, question, list(find(deploy))) for name, (question, find) in _CHECKS.items()]


def _mode(deploy: Deploy) -> Iterator[Finding]:
    if deploy.environment == "dev":
        yield Finding(
            "error",
            "JETBRIDGE_ENV is dev here: another server than `jetbridge run` would show tracebacks to visitors",
            "unset JETBRIDGE_ENV",
        )


def _secret(deploy: Deploy) -> Iterator[Finding]:
    try:
        secrets = secrets_of(deploy.app.choices.secret, instead=None, development=False)
        refuse_guessable(deploy.app.choices.secret, secrets)
    except DefinitionError as error:
        yield Finding("error", str(error).partition(". ")[0], "export JETBRIDGE_SECRET=$(jetbridge secret)")
        return
    if len(set(secrets)) < len(secrets):
        yield Finding("warning", "JETBRIDGE_SECRET holds one secret twice", "jetbridge secret --rotate")


def _actions(deploy: Deploy) -> Iterator[Finding]:
    try:
        deploy.app.scan()
    except DefinitionError as error:
        for line in str(error).splitlines():
            yield Finding("error", line, "mend it: the app does not start")


def _policies(deploy: Deploy) -> Iterator[Finding]:
    level: Level = "error" if deploy.app.choices.strict else "warning"
    for action in deploy.app.registry:
        if action.options.allow is None:
            yield Finding(
                level,
                f"{action.file}:{action.line}: everyone may call {action.qualname}()",
                "@action(allow=…), `__allow__ = …` in its module, or allow=public where that is meant",
            )


def _strictness(deploy: Deploy) -> Iterator[Finding]:
    if not deploy.app.choices.strict and len(deploy.app.registry):
        yield Finding("warning", "an action without a policy does not keep the app from starting", "App(strict=True)")


def _bundle(deploy: Deploy) -> Iterator[Finding]:
    known = {bundled_id(action) for action in deploy.app.registry}
    rebuild = f"jetbridge build {deploy.target}"
    for path in deploy.app.choices.manifests:
        try:
            unknown = sorted(read_manifest(path) - known)
        except DefinitionError as error:
            yield Finding("error", str(error), rebuild)
            continue
        for identity in unknown:
            name = identity.partition("-")[0]
            yield Finding("error", f"{path} calls {name}(), which has changed or is gone since it was built", rebuild)
    yield from _components(deploy, rebuild)


def _components(deploy: Deploy, rebuild: str) -> Iterator[Finding]:
    directory: Path | None = deploy.app.choices.frontend
    if directory is None:
        return
    bundle, manifest = Bundle(directory), directory / BUILT_MANIFEST
    if not manifest.is_file():
        return  # said already
    for component in components_in(deploy.app.registry.modules()):
        try:
            bundle.reference(component)
        except DefinitionError as error:
            yield Finding("error", str(error).partition(": run")[0], rebuild)
            continue
        if component.source.stat().st_mtime > manifest.stat().st_mtime:
            yield Finding("warning", f"{component.source} was changed after the build", rebuild)


def _node(deploy: Deploy) -> Iterator[Finding]:
    if deploy.app.choices.wants_node and find_node() is None:
        yield Finding(
            "warning",
            "Node.js is missing here: client components are rendered in the browser only, and not without JavaScript",
            "pip install 'jetbridge[node]', or App(ssr=None) where that is meant",
        )


def _types(deploy: Deploy) -> Iterator[Finding]:
    if not (Path.cwd() / MANIFEST).is_file():
        return
    try:
        old = stale(declarations(deploy.target, deploy.located))
    except click.ClickException as error:
        yield Finding("error", error.format_message(), "mend it")
        return
    for path in old:
        yield Finding("error", f"{path} is not up to date", f"jetbridge types {deploy.target}")


def _store(deploy: Deploy) -> Iterator[Finding]:
    store = deploy.app.store
    if isinstance(store, MemoryStore):
        if deploy.workers > 1:
            yield Finding(
                "error",
                f"{deploy.workers} workers, and each has a memory of its own: a submit may run twice",
                "export JETBRIDGE_STORE=redis://HOST:6379/0",
            )
        return

    async def ask() -> None:
        try:
            await store.ping()
        finally:
            await store.close()

    try:
        asyncio.run(ask())
    except StoreError as error:
        yield Finding("error", str(error), f"start it, or correct {named_store(deploy.app.choices.store)}")


def _https(deploy: Deploy) -> Iterator[Finding]:
    choices = deploy.app.choices
    for origin in sorted(choices.allowed_origins):
        if origin.startswith("http://") and not _is_here(origin):
            yield Finding(
                "warning", f"{origin} may call actions over plain http", f"https://{origin.removeprefix('http://')}"
            )
    if not choices.trusts_proxies:
        yield Finding(
            "warning",
            "no proxy is trusted: behind one that ends TLS, requests look like plain http and cookies are not Secure",
            "export JETBRIDGE_TRUSTED_PROXIES=ADDRESS (`jetbridge run` speaks no TLS itself)",
        )


def _is_here(origin: str) -> bool:
    host = origin.partition("://")[2].rpartition(":")[0] or origin.partition("://")[2]
    return host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".localhost")


def _exposure(deploy: Deploy) -> Iterator[Finding]:
    choices = deploy.app.choices
    if choices.logs_arguments:
        yield Finding("warning", "the log shows what visitors type", "App(log_arguments=False)")
    if choices.csp is None:
        yield Finding("warning", "pages have no Content-Security-Policy", "App(csp={…}) instead of None")


_CHECKS: Final[dict[str, tuple[str, Callable[[Deploy], Iterator[Finding]]]]] = {
    "mode": ("does the environment say production", _mode),
    "secret": ("is there a secret that nobody guesses", _secret),
    "actions": ("are all actions well defined", _actions),
    "policies": ("does each action say who may call it", _policies),
    "strict": ("would one that does not be refused at start", _strictness),
    "bundle": ("is what the front end calls there", _bundle),
    "node": ("is Node there, where React prints pages", _node),
    "types": ("are its declarations up to date", _types),
    "store": ("does the store answer, and do workers share it", _store),
    "https": ("does the app know when it is reached over https", _https),
    "exposure": ("is nothing shown that should not be", _exposure),
}


def describe_checks(target: str, checks: list[Checked]) -> dict[str, Any]:
    """The checks as data, for scripts: `level` is the worst of all."""
    levels = {check.level for check in checks}
    return {
        "app": target,
        "level": next(level for level in ("error", "warning", "ok") if level in levels),
        "checks": [
            {**asdict(check), "level": check.level, "findings": [one._asdict() for one in check.findings]}
            for check in checks
        ],
    }


def print_checks(checks: list[Checked]) -> Iterator[str]:
    """The checks as lines: each with what it found and what to do about it."""
    for check in checks:
        yield f"{_MARKS[check.level]} {check.name}: {check.question}?"
        for finding in check.findings:
            yield f"    {finding.level}: {finding.text}"
            yield f"      → {finding.hint}"
