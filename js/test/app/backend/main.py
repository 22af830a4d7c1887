"""An application whose front end the tests build."""

from starlette.applications import Starlette
from starlette.routing import Mount

from jetbridge.integrations.starlette import Actions

from . import actions, notes

app = Starlette(routes=[Mount("/actions", Actions(__name__, actions=[actions, notes]))])
