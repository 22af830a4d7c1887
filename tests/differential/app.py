"""An app whose one action gives back what it gets."""

from typing import Any

from jetbridge import App, action, h

app = App(__name__)


@action
async def echo(value: Any) -> Any:
    return value


@app.page("/")
async def home():
    return h.form(action=echo)[h.input(name="a"), h.button["Send"]]
