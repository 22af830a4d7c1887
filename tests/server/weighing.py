"""An application of its own process, for looking at its memory while it takes a large file."""

from jetbridge.actions.define import action
from jetbridge.server.app import App
from jetbridge.wire.model import FormData

__all__ = ["MIB", "app", "weigh"]

MIB = 1024 * 1024

app = App(__name__, secret="of a test that nobody has guessed")


@action(max_bytes=300 * MIB)
async def weigh(form: FormData):
    """The bytes of the file `f`, counted."""
    return sum([len(piece) async for piece in form.file("f")])
