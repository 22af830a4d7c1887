"""The application, and the way of a request through it.

`__call__` begins a visit. A call or form goes through `acting`; what else it is `_KINDS` tell. A page goes through
`showing`: match, call, resolve (`shell`), print (`document`), respond.
"""

import asyncio
import inspect
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starlette.middleware import Middleware
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jetbridge.actions.define import refuse_no_policy
from jetbridge.actions.forms import References
from jetbridge.actions.invoke import unwrapped
from jetbridge.actions.registry import Registry
from jetbridge.actions.sealing import KeyRing
from jetbridge.cache.cache import Cache
from jetbridge.cache.revalidate import Outside
from jetbridge.context import Context, enter
from jetbridge.errors import ControlFlow, DefinitionError
from jetbridge.server.aborts import Aborts
from jetbridge.server.acting import Acting
from jetbridge.server.answers import Answers
from jetbridge.server.arrival import Arrivals
from jetbridge.server.assets import HashedFiles, client_file
from jetbridge.server.body import ClientGone
from jetbridge.server.bundle import BuiltFiles, Bundle
from jetbridge.server.carry import Carrier
from jetbridge.server.crowd import Crowd
from jetbridge.server.guard import STALE, is_stale, origins_of
from jetbridge.server.keeping import Keeping
from jetbridge.server.kept import PageCache, build_of
from jetbridge.server.languages import Languages, Locale
from jetbridge.server.late import Late
from jetbridge.server.log import TakeLine, line_taker, log_visit
from jetbridge.server.manifest import bundled_ids, importable_ids
from jetbridge.server.once import Once
from jetbridge.server.pages import Pages
from jetbridge.server.performing import Performer
from jetbridge.server.policy import Policy
from jetbridge.server.rates import Rates
from jetbridge.server.respond import Answer, empty, moved, plain
from jetbridge.server.routes import catching, has_route, other_slash
from jetbridge.server.running import Running
from jetbridge.server.session import Sessions
from jetbridge.server.settings import (
    Choices,
    is_development,
    listed,
    refuse_guessable,
    secrets_of,
    shares_tasks,
    store_of,
    tune_collector,
)
from jetbridge.server.shell import Shell
from jetbridge.server.showing import Showing
from jetbridge.server.ssr.renderer import Renderer, Ssr
from jetbridge.server.straight import Straight, exchange_of
from jetbridge.server.tracing import tracer_of
from jetbridge.server.visit import Visit
from jetbridge.server.visitors import Visitors
from jetbridge.store.model import Store
from jetbridge.wire.limits import DEFAULT_LIMITS, Limits
from jetbridge.wire.protocol import ASSETS, BUILT, HEADER_ROOT, HEADER_TOKEN, REASON_CLIENT

if TYPE_CHECKING:
    from jetbridge.server.development.workshop import Workshop

__all__ = ["App", "Watcher", "directory_of"]

F = TypeVar("F", bound=Callable[..., Any])
Watcher = Callable[[Visit, ASGIApp, float], None]  # is told of each visit that has been answered, and when it began
_STATIC = "/static"


class App:
    """An ASGI application: pages, the actions they use, and whatever Starlette routes and mounts are added.

    `package` is `__name__` of the module that makes it: its package is where actions are looked for and what
    `static` (a directory) is relative to. `actions` are further modules to import, by name or as modules. `layout`
    takes a page's node and gives what stands around it; `head` gives what stands in every document's head.
    `locale` is the language of what we tell visitors, `en`, `de` or `fr`, or a function of the request; `messages` are
    sentences of the app's own by language and code; `lang` is the document's where it is not that language.
    `middleware` is Starlette's; it sees calls of actions like all requests. `secret` is one or several, newest
    first (else JETBRIDGE_SECRET). `login` is the path of the login page, where visitors go who get 401; `session_days`
    is for how long a session lives after it was last written. `allowed_origins` may call actions besides the app's
    own. `store` is what workers share, an address such as `redis://host:6379/0` or a Store (else JETBRIDGE_STORE, else
    this process's memory). `timeout`, in seconds, ends actions that have none of their own. In one process
    `max_concurrent` actions run at once and `max_queued` wait; who comes then gets 503. `log_arguments` has the log
    show what actions are called with. `csp` overrides single directives of the Content-Security-Policy; None sends
    none. `allow` is the policy of actions and pages that have none of their own, nor in their module (`__allow__`);
    `strict` refuses to start while an action has none at all.
    `manifest` is one or several paths, relative to the module's directory, of what a front end may call besides what
    pages show: `actions.json` of `jetbridge types`, or what the Vite plugin leaves in a build. Development allows
    whatever can be imported. `frontend` is the directory, relative to the module's, that Vite builds the client
    components of pages into; what they import may be called. `ssr` says how Node renders them on the server, None that
    only browsers do.
    `trusted_proxies` are addresses and networks of proxies whose X-Forwarded headers are believed. The environment's
    JETBRIDGE_ALLOWED_ORIGINS and JETBRIDGE_TRUSTED_PROXIES add to what is given here.
    """

    def __init__(
        self,
        package: str,
        *,
        actions: Sequence[Any] = (),
        layout: Callable[..., Any] | None = None,
        static: str | None = None,
        lang: str | None = None,
        locale: Locale = "en",
        messages: Mapping[str, Mapping[str, str]] | None = None,
        head: Callable[[], Any] | None = None,
        middleware: Sequence[Middleware] = (),
        secret: str | Sequence[str] | None = None,
        allowed_origins: Iterable[str] = (),
        store: str | Store | None = None,
        limits: Limits = DEFAULT_LIMITS,
        timeout: float | None = None,
        max_concurrent: int | None = 200,
        max_queued: int = 1000,
        log_arguments: bool = False,
        login: str | None = None,
        session_days: float = 14,
        csp: Mapping[str, str] | None = {},  # never changed
        allow: Policy | None = None,
        strict: bool = False,
        manifest: str | Sequence[str] | None = None,
        frontend: str | None = None,
        ssr: Ssr | None = Ssr(),  # noqa: B008  # never changed
        trusted_proxies: Iterable[str] = (),
    ) -> None:
        refuse_no_policy(allow, "App(allow=…)")
        if timeout is not None and timeout <= 0:
            raise DefinitionError("App(timeout=…) takes a number of seconds above 0")
        if max_queued < 0 or (max_concurrent is not None and max_concurrent < 1):
            raise DefinitionError(
                "App(max_concurrent=…, max_queued=…) take at least 1 and 0; max_concurrent may be None"
            )
        self.package = package
        self.development = is_development()
        self.pages = Pages(allow)
        self.registry = Registry(package, allow)
        self.router = Router()
        self.limits = limits
        self._actions = actions
        self._secret = secret
        self._login = login
        self._strict = strict
        self._session_seconds = round(session_days * 24 * 3600)
        self._layout = layout
        self.languages = Languages(locale, messages or {})
        self._lang = lang
        self._head = head
        self._csp = csp
        self._manifests = [manifest] if isinstance(manifest, str) else list(manifest or ())
        self._allowed_origins = origins_of(listed(allowed_origins, "JETBRIDGE_ALLOWED_ORIGINS"))
        proxies = listed(trusted_proxies, "JETBRIDGE_TRUSTED_PROXIES")
        self._arrivals = Arrivals(proxies, development=self.development)
        self._error_pages: dict[int, Callable[..., Any]] = {}
        self._running = Running()
        self.store = store_of(store, package)
        self.cache = Cache(self.store)
        self._aborts = Aborts(self.store)
        self._crowd = Crowd(max_concurrent, max_queued)
        self._timeout = timeout
        self._log_arguments = log_arguments
        self._straight: Straight | None = None
        self._started = False
        self.watchers: tuple[Watcher, ...] = ()
        self._files = None if static is None else HashedFiles(directory_of(package) / static)
        if self._files is not None:
            self.router.mount(_STATIC, self._files, "static")
        built = None if frontend is None else directory_of(package) / frontend
        self._bundle = None if built is None else Bundle(built)
        self.choices = Choices(
            secret,
            store,
            strict,
            tuple(self._manifest_paths()),
            built,
            built is not None and ssr is not None,
            self._allowed_origins,
            bool(proxies),
            log_arguments,
            csp,
        )
        self._renderer = None if self._bundle is None or ssr is None else Renderer(self._bundle.renderer, ssr)
        if built is not None:
            self.router.mount(BUILT.rstrip("/"), BuiltFiles(built), "built")
        self._stack: ASGIApp = self._http
        for one in reversed(middleware):
            self._stack = one.cls(self._stack, *one.args, **one.kwargs)
        if middleware:
            self._stack = catching(self._stack, self._instead)

    # -- what an application is made of -------------------------------------------------------------------------------

    def page(
        self,
        path: str,
        *,
        title: str | None = None,
        layout: Callable[..., Any] | bool | None = None,
        allow: Policy | None = None,
        cache: float | timedelta | PageCache | None = None,
    ) -> Callable[[F], F]:
        """Make a function (sync or async) the page at `path`, such as `/users/{id}`.

        Its parameters are filled from the path and the query, by annotation. `layout` replaces the app's, False
        leaves it out. `allow` is asked first, with the request; see `action`. `cache` keeps what is rendered, for so
        many seconds or as a PageCache says. The function stays as it is.
        """

        if callable(path):
            raise DefinitionError(f'@app.page needs a path: @app.page("/{getattr(path, "__name__", "path")}")')

        def register(function: F) -> F:
            kept = cache if cache is None or isinstance(cache, PageCache) else PageCache(cache)
            self.pages.add(path, function, title=title, layout=layout, allow=allow, cache=kept)
            return function

        return register

    def error_page(self, status: int) -> Callable[[F], F]:
        """Make a function the page for an error status, such as 404. It may also redirect, or give a response."""

        def register(function: F) -> F:
            try:
                inspect.signature(function).bind()
            except TypeError:
                raise DefinitionError(f"@app.error_page({status}): {function.__name__}() takes no arguments") from None
            self._error_pages[status] = function
            return function

        return register

    def route(self, path: str, *, methods: Sequence[str] | None = None) -> Callable[[F], F]:
        """Make a function that takes a Starlette Request and gives a Response the answer at `path`."""

        def register(function: F) -> F:
            self.router.add_route(path, function, methods=list(methods) if methods is not None else None)
            return function

        return register

    def mount(self, path: str, app: ASGIApp) -> None:
        """Put another ASGI application below `path`."""
        self.router.mount(path, app)

    def asset_path(self, name: str) -> str:
        """The path of a static file, with a hash of its contents. Raises DefinitionError where it does not exist."""
        if self._files is None:
            raise DefinitionError(f"asset({name!r}): App(static=…) names no directory")
        return f"{_STATIC}/{self._files.versioned(name)}"

    def context(self) -> Outside:
        """A context for code outside requests: scripts, background jobs, tests; `with` and `async with`.

        What is revalidated in it counts at once, and once more at its end, where a transaction has committed in it.
        """
        return Outside(Context(app=self))

    # -- starting and stopping ----------------------------------------------------------------------------------------

    def scan(self) -> None:
        """Find the actions: those of the modules given, and of all loaded modules of the package."""
        for module in self._actions:
            self.registry.add_module(module)
        self.registry.scan()

    def start(self, *, secret: str | None = None, serving: bool = False) -> None:
        """Read the secrets and find the actions, once. Raises DefinitionError with what is wrong and what to do.

        `secret` is used where neither the app nor the environment has one; tests give it. `serving` is for servers: it
        refuses a secret that tests may have and strangers would guess.
        """
        if self._started and not serving:
            return
        secrets = secrets_of(self._secret, instead=secret, development=self.development)
        if serving and not self.development:
            refuse_guessable(self._secret, secrets)
        if self._started:
            return
        keyring = KeyRing(secrets)
        self.workshop = _workshop(secrets) if self.development else None
        if self.workshop is not None:
            self.watchers = (*self.watchers, self.workshop.watch)
        self.scan()
        if self._strict:
            self.registry.refuse_unguarded()
        self._refuse_closed_login()
        self.pages.refuse_guarded_public()
        self.references = References(self.registry, keyring, self._bundled())
        self.visitors = Visitors(keyring)
        self.sessions = Sessions(keyring, self._session_seconds)
        carrier = Carrier(keyring, self.store, self.registry)
        shell = Shell(
            self.references,
            self.visitors,
            self.languages,
            self._lang,
            self._head,
            self._layout,
            self._csp,
            self.workshop,
            self._bundle,
            self._renderer,
        )
        self._carrier = carrier
        self._showing = Showing(
            self.pages,
            shell,
            carrier,
            self.visitors,
            self.sessions,
            self._login,
            self._error_pages,
        )
        build = lru_cache(1)(lambda: build_of(self.package, self.registry, keyring.mac("kept pages")))
        self._keeping = Keeping(self._showing, self.cache, build)
        self._acting = Acting(
            self.references,
            self.visitors,
            Answers(self._showing, carrier, self._login, self.workshop),
            Late(self._showing, self.registry, self.limits),
            Performer(Once(self.store, keyring, self._running), self._crowd, self._aborts, self._timeout, tracer_of()),
            Rates(self.store, self.visitors),
            self._running,
            self.limits,
            self._allowed_origins,
            self.development,
            self._log_arguments,
        )
        self._started = True

    def _bundled(self) -> frozenset[str]:
        paths = self._manifest_paths()
        return importable_ids(self.registry) if self.development and paths else bundled_ids(paths)

    def _manifest_paths(self) -> list[Path]:
        paths = [directory_of(self.package) / path for path in self._manifests]
        return paths if self._bundle is None else [*paths, self._bundle.manifest]

    def _refuse_closed_login(self) -> None:
        found = None if self._login is None else self.pages.match(self._login.partition("?")[0])
        if found is not None and self.pages.allow is not None and found[0].policy is None:
            raise DefinitionError(
                f"App(allow=…) also guards {self._login}, where visitors go to sign in: give that page and its action "
                "allow=public (from jetbridge import public)"
            )

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self.start(serving=True)
        except Exception as error:  # else a server takes it for one that knows no lifespan, and goes on
            told = str(error) if isinstance(error, DefinitionError) else "".join(traceback.format_exception(error))
            await send({"type": "lifespan.startup.failed", "message": told})
            raise  # Starlette's TestClient waits for it
        self._aborts.listen()
        if self._renderer is not None:
            await self._renderer.start()
        # Only the outermost application is told of its start, and a middleware may cancel what it wraps.
        if shares_tasks() and self._stack == self._http:
            self._acting.performer.shares_tasks = True
            if not (self.development or self._log_arguments):
                self._straight = Straight(self, self._acting, self._arrivals, self._complete)
        tune_collector()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._running.shut_down()
        if self._renderer is not None:
            await self._renderer.close()
        await self._aborts.close()
        await self.cache.close()
        await self.store.close()
        await send({"type": "lifespan.shutdown.complete"})

    # -- the way of a request -----------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            if not self._started:
                self.start()
            exchange = exchange_of(receive, send)
            scope, send = self._arrivals.arrive(scope, send)
            if self._straight is not None and scope["type"] == "http" and scope["method"] == "POST":
                left = await self._straight.answer(scope, receive, send, exchange)
                if left is None:
                    return
                receive = left
            await self._stack(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.router(scope, receive, send)
            return
        began = perf_counter()
        visit = Visit(scope, receive, self)
        take_line = line_taker(began)
        if take_line is None or self.watchers:
            visit.marks = {}
        if visit.action is not None and visit.method == "POST":
            self._arrivals.look(visit.scheme, visit.headers.raw.get(b"host", b""))
            await self._complete(visit, self._acting.act(visit), send, began, take_line)
        else:
            await self._complete(visit, self._answer(visit), send, began, take_line)

    async def _complete(
        self,
        visit: Visit,
        answering: Coroutine[Any, Any, ASGIApp],
        send: Send,
        began: float,
        take_line: TakeLine | None,
    ) -> None:
        """Send what `answering` gives, and say so in the log."""
        try:
            try:
                answer = await answering
            except ClientGone:
                answer = empty(400)  # nobody reads it, but a middleware may wait for it
            except (Exception, ControlFlow, BaseExceptionGroup) as error:  # the last that can tell the visitor
                answer = await self._showing.instead(visit, unwrapped(error))
            await answer(visit.scope, visit.receive.server, send)
            log_visit(visit, answer, began, take_line)
            for watch in self.watchers:
                watch(visit, answer, began)
        finally:
            ending = self._running.end(visit)
        if ending is not None:
            await asyncio.shield(ending)

    async def _answer(self, visit: Visit) -> ASGIApp:
        for belongs, answer_to in self._KINDS:
            if belongs(self, visit):
                return await answer_to(self, visit)
        return await self._elsewhere(visit)

    async def _instead(self, scope: Scope, receive: Receive, error: BaseException) -> ASGIApp:
        return await self._showing.instead(Visit(scope, receive, self), error)

    async def _show(self, visit: Visit) -> ASGIApp:
        """A page, with what the submit before it came to."""
        if visit.method not in ("GET", "HEAD"):
            return _not_allowed("This page takes GET. A form of an action names it in its URL.", "GET, HEAD")
        if visit.wants_flight and is_stale(visit.headers.raw):
            return plain(visit.said(STALE), status=409, reason=REASON_CLIENT)
        states = await self._carrier.take_states(visit) if visit.method == "GET" else ()
        answer = None if states else await self._keeping.show(visit)
        if answer is None:
            answer = await self._showing.show(visit, states)
        return answer if answer is not None else await self._elsewhere(visit)

    async def _elsewhere(self, visit: Visit) -> ASGIApp:
        """Routes and mounts of the application's own; what they do not have is the 404 page."""
        if has_route(self.router, visit.scope):
            if _follows_link(visit):
                return empty(204)  # it is no page: the client leaves it to the browser, so that it runs once
            return catching(self._within(visit, self.router), lambda _, __, error: self._showing.instead(visit, error))
        if self.pages.match(other_slash(visit.path)) is not None:
            path, question, query = visit.address.partition("?")
            return moved(other_slash(path) + question + query, status=307)
        if visit.path == "/favicon.ico":
            return empty(204)  # browsers ask for it unasked, and an error in the console helps nobody
        told = visit.said("There is nothing at {path}.", path=visit.path)
        return await self._showing.error(visit, 404, told)

    def _within(self, visit: Visit, app: ASGIApp) -> ASGIApp:
        """`app` where request(), session() and the like work."""

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_cookies(message: Message) -> None:
                if message["type"] == "http.response.start":
                    cookies = [(b"set-cookie", cookie.encode("latin-1")) for cookie in self._showing.cookies(visit)]
                    message = {**message, "headers": [*message.get("headers", ()), *cookies]}
                await send(message)

            with enter(visit.context):
                await app(scope, receive, send_cookies)

        return run

    async def _client_file(self, visit: Visit) -> ASGIApp:
        answer = None if self.workshop is None else await self.workshop.answer(visit)
        if answer is not None:
            return answer
        name = visit.path.removeprefix(ASSETS)
        return client_file(name, accept_encoding=visit.headers.get("accept-encoding", ""))

    async def _vouch(self, visit: Visit) -> Answer:
        """The root of actions without pages: the visitor's token, for a front end that has no page of ours."""
        answer = empty(204)
        answer.headers += [(HEADER_TOKEN, self.visitors.token(visit)), ("cache-control", "private, no-store")]
        return self._showing.finish(visit, answer)

    async def _clean(self, visit: Visit) -> Answer:
        """A form's URL that was typed, reloaded after an error, or shared: go to the page it belongs to."""
        if visit.method not in ("GET", "HEAD"):
            return _not_allowed("An action takes POST.", "POST, GET, HEAD")
        return moved(visit.address)

    # A request is of the first kind that says so; what is of none belongs to the application's own routes.
    _KINDS: tuple[tuple[Callable[[Any, Visit], bool], Callable[[Any, Visit], Coroutine[Any, Any, ASGIApp]]], ...] = (
        (lambda _, visit: visit.action is not None, _clean),
        (lambda _, visit: visit.path.startswith(ASSETS), _client_file),
        (lambda app, visit: app._is_page(visit), _show),
        (lambda app, visit: app._is_root_of_actions(visit), _vouch),
    )

    def _is_page(self, visit: Visit) -> bool:
        """A page takes GET; another method at its path may be a route's."""
        if self.pages.match(visit.path) is None:
            return False
        return visit.method in ("GET", "HEAD") or not has_route(self.router, visit.scope)

    def _is_root_of_actions(self, visit: Visit) -> bool:
        is_root = visit.path == "/" and visit.method in ("GET", "HEAD")
        return bool(self._manifests) and is_root and not len(self.pages) and not has_route(self.router, visit.scope)


def _workshop(secrets: Sequence[str]) -> "Workshop":
    from jetbridge.server.development.workshop import Workshop  # never loaded in production

    return Workshop(secrets)


def _follows_link(visit: Visit) -> bool:
    """Whether the client of one of our pages asks for a page to show in its place. Not that of a mounted app."""
    root = quote(visit.root) + "/"
    return visit.wants_flight and visit.method == "GET" and visit.headers.get(HEADER_ROOT) == root


def _not_allowed(text: str, allowed: str) -> Answer:
    answer = plain(text, status=405)
    answer.headers.append(("allow", allowed))
    return answer


def directory_of(package: str) -> Path:
    """The directory of a module that is loaded. Raises DefinitionError for what is no name of one."""
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    if file is None:
        raise DefinitionError(f"App({package!r}): pass __name__, the name of the module that makes the app")
    return Path(file).parent
