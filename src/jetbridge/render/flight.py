"""The Flight printer: a resolved tree, or a value that holds one, in; the rows that React reads out.

The partner of `render/html`. The encoder is the wire's; all that is added is which half of a `ByPrinter` it takes.
"""

from base64 import b64encode
from typing import Any

from jetbridge.elements.node import HtmlElement
from jetbridge.errors import EncodeError
from jetbridge.render.nodes import ByPrinter, ClientRendered
from jetbridge.wire.flight import FlightBlock, FlightEncoder, NeedsBinaryError

__all__ = ["print_block", "print_flight"]


def print_flight(value: Any) -> bytes:
    """All rows for `value`. Raises EncodeError, with the path, for what cannot be sent."""
    return _print(_Printer(), value)


def print_block(value: Any) -> FlightBlock:
    """The rows for a data block in a page: as text where possible, in base64 if the value holds bytes or files."""
    try:
        return FlightBlock(_print(_Printer(html_safe=True), value).decode(), "")
    except NeedsBinaryError:
        return FlightBlock(b64encode(print_flight(value)).decode(), "base64")


def _print(printer: "_Printer", value: Any) -> bytes:
    rows = printer.encode_root(value)
    if printer.pending:
        raise EncodeError("an awaitable or async iterable is left in what was to be finished")
    return rows


class _Printer(FlightEncoder):
    def _other(self, value: Any, place: Any) -> Any:
        kind = type(value)
        if kind is HtmlElement:
            return self._element(value, place)
        if kind is ByPrinter or kind is ClientRendered:
            return self._value(value.flight if kind is ByPrinter else None, place)
        return super()._other(value, place)
