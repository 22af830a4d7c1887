"""Server Actions for Python: call async Python functions from HTML forms and from React.

Attributes load on first use, so that `import jetbridge` costs little and pulls in no web framework.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jetbridge.version import __version__ as __version__

if TYPE_CHECKING:
    from jetbridge.actions.define import action as action
    from jetbridge.actions.state import ActionState as ActionState
    from jetbridge.actions.state import action_state as action_state
    from jetbridge.cache.cached import cached as cached
    from jetbridge.cache.memo import memo as memo
    from jetbridge.cache.revalidate import refresh as refresh
    from jetbridge.cache.revalidate import revalidate_path as revalidate_path
    from jetbridge.cache.revalidate import revalidate_tag as revalidate_tag
    from jetbridge.elements.auto_form import auto_form as auto_form
    from jetbridge.elements.boundaries import ErrorBoundary as ErrorBoundary
    from jetbridge.elements.boundaries import Fragment as Fragment
    from jetbridge.elements.boundaries import Suspense as Suspense
    from jetbridge.elements.client import client_component as client_component
    from jetbridge.elements.component import component as component
    from jetbridge.elements.h import h as h
    from jetbridge.elements.inputs import Input as Input
    from jetbridge.elements.inputs import inputs as inputs
    from jetbridge.elements.node import Node as Node
    from jetbridge.elements.provided import ComponentContext as ComponentContext
    from jetbridge.elements.provided import create_context as create_context
    from jetbridge.errors import ActionError as ActionError
    from jetbridge.errors import forbidden as forbidden
    from jetbridge.errors import not_found as not_found
    from jetbridge.errors import redirect as redirect
    from jetbridge.errors import unauthorized as unauthorized
    from jetbridge.schema.marks import Control as Control
    from jetbridge.schema.marks import File as File
    from jetbridge.schema.supply import Previous as Previous
    from jetbridge.schema.supply import Provide as Provide
    from jetbridge.server.app import App as App
    from jetbridge.server.current import after as after
    from jetbridge.server.current import asset as asset
    from jetbridge.server.current import cookies as cookies
    from jetbridge.server.current import flashes as flashes
    from jetbridge.server.current import next_path as next_path
    from jetbridge.server.current import request as request
    from jetbridge.server.current import session as session
    from jetbridge.server.current import set_header as set_header
    from jetbridge.server.current import url as url
    from jetbridge.server.kept import PageCache as PageCache
    from jetbridge.server.languages import accept_language as accept_language
    from jetbridge.server.policy import public as public
    from jetbridge.server.ssr.renderer import Ssr as Ssr
    from jetbridge.wire.model import UNDEFINED as UNDEFINED
    from jetbridge.wire.model import BigInt as BigInt
    from jetbridge.wire.model import FormData as FormData
    from jetbridge.wire.model import Map as Map
    from jetbridge.wire.model import Upload as Upload

_HOME = {
    "ActionError": "jetbridge.errors",
    "ActionState": "jetbridge.actions.state",
    "App": "jetbridge.server.app",
    "BigInt": "jetbridge.wire.model",
    "ComponentContext": "jetbridge.elements.provided",
    "Control": "jetbridge.schema.marks",
    "ErrorBoundary": "jetbridge.elements.boundaries",
    "File": "jetbridge.schema.marks",
    "FormData": "jetbridge.wire.model",
    "Fragment": "jetbridge.elements.boundaries",
    "Map": "jetbridge.wire.model",
    "Node": "jetbridge.elements.node",
    "PageCache": "jetbridge.server.kept",
    "Previous": "jetbridge.schema.supply",
    "Provide": "jetbridge.schema.supply",
    "Ssr": "jetbridge.server.ssr.renderer",
    "Suspense": "jetbridge.elements.boundaries",
    "UNDEFINED": "jetbridge.wire.model",
    "Upload": "jetbridge.wire.model",
    "accept_language": "jetbridge.server.languages",
    "action": "jetbridge.actions.define",
    "action_state": "jetbridge.actions.state",
    "after": "jetbridge.server.current",
    "asset": "jetbridge.server.current",
    "auto_form": "jetbridge.elements.auto_form",
    "cached": "jetbridge.cache.cached",
    "client_component": "jetbridge.elements.client",
    "component": "jetbridge.elements.component",
    "create_context": "jetbridge.elements.provided",
    "cookies": "jetbridge.server.current",
    "flashes": "jetbridge.server.current",
    "forbidden": "jetbridge.errors",
    "h": "jetbridge.elements.h",
    "Input": "jetbridge.elements.inputs",
    "inputs": "jetbridge.elements.inputs",
    "memo": "jetbridge.cache.memo",
    "not_found": "jetbridge.errors",
    "redirect": "jetbridge.errors",
    "next_path": "jetbridge.server.current",
    "public": "jetbridge.server.policy",
    "refresh": "jetbridge.cache.revalidate",
    "request": "jetbridge.server.current",
    "revalidate_path": "jetbridge.cache.revalidate",
    "revalidate_tag": "jetbridge.cache.revalidate",
    "session": "jetbridge.server.current",
    "set_header": "jetbridge.server.current",
    "unauthorized": "jetbridge.errors",
    "url": "jetbridge.server.current",
}  # fmt: skip

__all__ = [
    "UNDEFINED",
    "ActionError",
    "ActionState",
    "App",
    "BigInt",
    "ComponentContext",
    "Control",
    "ErrorBoundary",
    "File",
    "FormData",
    "Fragment",
    "Input",
    "Map",
    "Node",
    "PageCache",
    "Previous",
    "Provide",
    "Ssr",
    "Suspense",
    "Upload",
    "__version__",
    "accept_language",
    "action",
    "action_state",
    "after",
    "asset",
    "auto_form",
    "cached",
    "client_component",
    "component",
    "cookies",
    "create_context",
    "flashes",
    "forbidden",
    "h",
    "inputs",
    "memo",
    "next_path",
    "not_found",
    "public",
    "redirect",
    "refresh",
    "request",
    "revalidate_path",
    "revalidate_tag",
    "session",
    "set_header",
    "unauthorized",
    "url",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'jetbridge' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
