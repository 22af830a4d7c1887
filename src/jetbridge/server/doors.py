"""The two doors to an action: a browser's form, and React's fetch. Each decodes a body; their answers are in `answers`.

They differ in nothing else: what lies between (guard, conversion, the action itself) is the same for both.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from jetbridge.actions.forms import Target, form_arguments
from jetbridge.actions.posted import read_posted
from jetbridge.errors import WireError
from jetbridge.schema.bulk import WORTH_A_LOOK, decode_checked
from jetbridge.server.body import Body
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import FormData, Upload
from jetbridge.wire.multipart import parse_multipart, parse_urlencoded
from jetbridge.wire.protocol import HEADER_BOUND, HEADER_KEY
from jetbridge.wire.reply import decode_call

__all__ = ["FETCH", "FORM", "Door", "Entries", "Submission", "uploads_in"]

Entries = Sequence[tuple[str, str | Upload]]


class Submission(Struct):
    """What came through a door: positional arguments as plain data, and our own fields beside them.

    `sealed` are bound values as the page carried them. `content`, and the sealed text `before` it, tell two submits
    with one key apart. `leading` is how many of the arguments before a form are values that the client bound. `form` is
    which of the page's forms it was, where that is known, and `shown` what the page shows of others. `rows` is the
    change of a list that is wanted in place of a call.
    """

    arguments: list[Any]
    content: bytes | Entries
    key: str | None
    token: str | None = None
    sealed: str | None = None
    before: str = ""
    leading: int = 0
    form: str = ""
    shown: str | None = None
    rows: str | None = None

    @property
    def fields(self) -> FormData | None:
        """The form that was submitted, where it was one: then the last argument."""
        last = self.arguments[-1] if self.arguments else None
        return last if isinstance(last, FormData) else None

    def values_for(self, target: Target) -> list[Any]:
        """The values of the call by position. A form may hold sealed values for another of its buttons than this."""
        return self.arguments if self.sealed is None or not target.takes_bound else [self.sealed, *self.arguments]


class Door(Struct, frozen=True):
    """One way in: React's, which asks for Flight, or a form's, which wants a document. `name` is for the log.

    `decode` takes headers, body, limits, what the wire id names and the id. What a body is for, where that is known,
    may make it quicker to read.
    """

    name: str
    decode: Callable[[Mapping[bytes, bytes], Body, Limits, Target | None, str], Submission]


def uploads_in(body: Body) -> list[Upload]:
    """The files in a body that was read into entries; they lie on disk and want to be closed."""
    return [] if isinstance(body, bytes) else [value for _, value in body if isinstance(value, Upload)]


def _decode_call(
    raw: Mapping[bytes, bytes], body: Body, limits: Limits, target: Target | None = None, _: str = ""
) -> Submission:
    key = raw.get(_KEY, b"").decode("latin-1")
    leading = _count(raw[_BOUND]) if _BOUND in raw else 0
    content_type = raw.get(b"content-type", b"")
    arguments: list[Any] | None = None
    if isinstance(body, bytes) and not content_type.startswith(b"multipart/form-data"):
        if len(body) >= WORTH_A_LOOK and target is not None and not target.takes_bound:
            arguments = decode_checked(target.action.signature, body, limits)
        if arguments is None:
            arguments = decode_call(body, limits)
        return Submission(arguments, body, key, leading=leading)
    entries = body if isinstance(body, list) else parse_multipart(content_type.decode("latin-1"), body, limits)
    arguments = decode_call(entries, limits)
    made = Submission(arguments, entries, key, leading=leading)
    form = made.fields
    if form is not None and (len(arguments) == 1 or (len(arguments) == 2 and isinstance(arguments[0], str))):
        submitted = form_arguments(form.entries)
        arguments[-1], made.form, made.shown = submitted.fields, submitted.form, submitted.shown
        made.rows = submitted.rows
        made.content = submitted.fields.entries  # as the other door has them
        made.before = "" if len(arguments) == 1 else arguments[0]
    return made


_KEY: Final = HEADER_KEY.encode()
_BOUND: Final = HEADER_BOUND.encode()


def _count(text: bytes) -> int:
    if not (text.isdigit() and len(text) <= 3):
        raise WireError("a number of bound arguments expected", at=f"header {HEADER_BOUND}")
    return int(text)


def _decode_form(
    raw: Mapping[bytes, bytes], body: Body, limits: Limits, target: Target | None = None, wire_id: str = ""
) -> Submission:
    content_type = raw.get(b"content-type", b"").decode("latin-1")
    if isinstance(body, list):
        entries: Entries = body
    elif content_type.startswith("multipart/form-data"):
        entries = parse_multipart(content_type, body, limits)
    elif content_type.startswith("application/x-www-form-urlencoded"):
        entries = parse_urlencoded(body, limits)
    else:
        raise WireError(
            "a form is multipart/form-data or application/x-www-form-urlencoded",
            at="header content-type",
            status=415,
        )
    form = form_arguments(entries)
    content = form.fields.entries
    if form.react and target is not None:
        posted = read_posted(form.react, wire_id, takes_bound=target.takes_bound, limits=limits)
        if posted is not None:
            arguments, before = [*posted.bound, form.fields], "".join(value for _, value in form.react)
            called = form.form if posted.hook is None else posted.hook.text()
            return Submission(
                arguments, content, form.key, form.token, None, before, posted.leading, called, form.shown
            )
    before = form.bound or ""
    return Submission(
        [form.fields], content, form.key, form.token, form.bound, before, 0, form.form, form.shown, form.rows
    )


FORM = Door("form", _decode_form)
FETCH = Door("fetch", _decode_call)
