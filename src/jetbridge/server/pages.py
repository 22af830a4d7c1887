"""Pages: a path in, the function that renders it and its parameters out; and back, a function to its address."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from re import Pattern
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import Struct, field
from msgspec.structs import replace
from starlette.convertors import PathConvertor
from starlette.routing import compile_path

from jetbridge.actions.define import module_policy, refuse_no_policy
from jetbridge.actions.invoke import Supply
from jetbridge.context import Context
from jetbridge.errors import DefinitionError
from jetbridge.schema.convert import convert
from jetbridge.schema.describe import MISSING, Parameter, Signature, describe
from jetbridge.server.kept import PageCache
from jetbridge.server.policy import Policy, public, require
from jetbridge.wire.model import FormData

__all__ = ["Page", "Pages"]

PageFunction = Callable[..., Any]


class Page(Struct, frozen=True):
    """One page. `layout` is None where the app's own applies; `template` is the path with `{name}` for parameters.

    `allow` is its own policy.
    """

    function: PageFunction
    template: str
    pattern: Pattern[str]
    names: frozenset[str]
    safe: Mapping[str, str]  # what of a path parameter is not percent-encoded in an address
    signature: Signature
    title: str | None = None
    layout: PageFunction | bool | None = None
    allow: Policy | None = None
    cache: PageCache | None = None

    @property
    def policy(self) -> Policy | None:
        """Its own policy, else its module's. Asked for late: a module may set it below its pages."""
        return self.allow or module_policy(sys.modules.get(self.function.__module__))


class Pages(Struct):
    """Every page of an app; those without parameters are found by their path alone.

    `allow` is the policy of pages that have none, and whose modules have none.
    """

    allow: Policy | None = None
    _fixed: dict[str, Page] = field(default_factory=dict[str, Page])
    _patterns: list[Page] = field(default_factory=list[Page])
    _by_function: dict[PageFunction, Page] = field(default_factory=dict[PageFunction, Page])

    def add(
        self,
        path: str,
        function: PageFunction,
        *,
        title: str | None,
        layout: PageFunction | bool | None,
        allow: Policy | None,
        cache: PageCache | None = None,
    ) -> None:
        """Register `function` at `path`. Raises DefinitionError where the two do not fit, or the path is taken."""
        if not path.startswith("/"):
            raise DefinitionError(f"@app.page({path!r}): a path starts with a slash")
        refuse_no_policy(allow, f"@app.page({path!r}, allow=…)")
        pattern, template, convertors = compile_path(path)
        signature = _read_as_text(describe(function))
        taken = {parameter.name for parameter in signature.parameters}
        missing = convertors.keys() - taken
        if missing:
            raise DefinitionError(f"@app.page({path!r}): {function.__name__}() has no parameter {sorted(missing)[0]!r}")
        safe = {name: "/" for name, convertor in convertors.items() if isinstance(convertor, PathConvertor)}
        page = Page(function, template, pattern, frozenset(convertors), safe, signature, title, layout, allow, cache)
        known = self._fixed if not convertors else {other.template: other for other in self._patterns}
        if path in known:
            raise DefinitionError(
                f"two pages at {path!r}: {known[path].signature.place} and {signature.place}; give one another path"
            )
        if convertors:
            self._patterns.append(page)
        else:
            self._fixed[path] = page
        self._by_function.setdefault(function, page)

    def __len__(self) -> int:
        return len(self._fixed) + len(self._patterns)

    def refuse_guarded_public(self) -> None:
        """Raise DefinitionError for a page that a CDN may give to everybody, and a policy may not."""
        for page in self._by_function.values():
            if page.cache is not None and page.cache.public and (page.policy or self.allow) not in (None, public):
                raise DefinitionError(
                    f"@app.page({page.template!r}, cache=PageCache(public=True)): it is guarded by a policy, and a CDN "
                    "asks none. Give it allow=public, or let it not be public"
                )

    def match(self, path: str) -> tuple[Page, dict[str, str]] | None:
        """The page at `path` and its path parameters as text, or None."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed, {}
        for page in self._patterns:
            found = page.pattern.match(path)
            if found is not None:
                return page, found.groupdict()
        return None

    def url(self, function: PageFunction, parameters: Mapping[str, Any]) -> str:
        """The address of the page `function` with these path and query parameters."""
        page = self._by_function.get(function)
        if page is None:
            raise DefinitionError(f"url(): {getattr(function, '__name__', function)!r} is no page of this app")
        path = page.template
        for name in page.names:
            if name not in parameters:
                raise DefinitionError(f"url({function.__name__}): the path {page.template} needs {name}=")
            path = path.replace("{" + name + "}", quote(str(parameters[name]), safe=page.safe.get(name, "")))
        query = {k: v for k, v in parameters.items() if k not in page.names and v is not None}
        return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _read_as_text(signature: Signature) -> Signature:
    """A parameter without an annotation is text here; an action's would take the whole form.

    One called `request` is what Starlette's endpoints call so.
    """
    return replace(signature, parameters=tuple(_as_text(one) for one in signature.parameters))


def _as_text(parameter: Parameter) -> Parameter:
    if parameter.kind != "wire" or parameter.annotation is not MISSING:
        return parameter
    if parameter.name == "request" and parameter.default is MISSING:
        return replace(parameter, kind="request")
    return replace(parameter, annotation=str)


async def call(page: Page, path: Mapping[str, str], query: str, context: Context, default: Policy | None = None) -> Any:
    """What the page's function gives, if its policy (else `default`) allows it; raises what that says no with.

    Raises ActionError for parameters that its annotations refuse.
    """
    await require(page.policy or default, context)
    context.personal = None  # what the policy has asked is nothing that the page shows
    entries = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in page.names]
    arguments = convert(page.signature, [FormData([*entries, *path.items()])], source="query")
    async with Supply(context) as supply:
        more = await supply.values(page.signature)
        result = page.function(*arguments.args, **arguments.kwargs, **more)
        return await cast("Awaitable[Any]", result) if isinstance(result, Awaitable) else result
