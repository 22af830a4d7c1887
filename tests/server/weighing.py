"""An application of its own process, for looking at its memory while it takes a large file."""

from jetbridge.actions.define import action
from jetbridge.server.app import App
from jetbridge.wire.model import FormData

__all__ = ["MIB", "app", "weigh"]

MIB = 1024 * 1024

app = App(__name__, secret="s" * 40)


@action(max_bytes=300 * MIB)
async def weigh(form: FormData):
    """The size and digest of the file `f`."""
    file = form.file("f")
    size = 0
    async for piece in file:
        size += len(piece)
    return [size, file.digest.hex()]
