"""An exception in, what helps to mend it out: frames with their source and locals, and the components around."""

import linecache
import traceback
from collections.abc import Iterator
from types import FunctionType, ModuleType, TracebackType
from typing import Any, Final, NamedTuple, cast

from msgspec import Struct

from jetbridge.elements.component import Owner, owner_of
from jetbridge.server.development.mask import Mask
from jetbridge.server.development.origin import is_own

__all__ = ["Explained", "Frame", "Line", "Place", "Rendering", "explain"]

_AROUND: Final = 4  # source lines shown before and after the one that failed
_MOST_FRAMES: Final = 60  # of a recursion the beginning and the end tell enough
_MOST_LOCALS: Final = 40
_MOST_ERRORS: Final = 10  # in a chain of causes


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Line(NamedTuple):
    """One line of source, in three parts: the middle one failed."""

    number: int
    before: str
    marked: str
    after: str


class Frame(Struct, frozen=True):
    """One call: `lines` around its place, `locals` as (name, text). `is_own`: of the application, not of a library."""

    function: str
    place: Place
    lines: list[Line]
    locals: list[tuple[str, str]]
    is_own: bool


class Rendering(Struct, frozen=True):
    """One component: where it is defined, and where it was written into a page."""

    name: str
    defined: Place | None
    written: Place | None


class Explained(Struct, frozen=True):
    """One exception, outermost frame first, innermost component first; and what it came from."""

    kind: str
    message: str
    frames: list[Frame]
    components: list[Rendering]
    causes: "list[Explained]"
    traceback: str

    @property
    def title(self) -> str:
        """What it is, and what it says."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def explain(error: BaseException, mask: Mask) -> Explained:
    """All that is known of `error` and its causes, with secrets masked."""
    chain = list(_chain(error))
    for one in chain:
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if is_own(frame.f_code.co_filename):
                for name, value in frame.f_locals.items():
                    mask.learn(name, value)
    text = _traceback(error, chain, mask)
    owner = next((found for one in chain if (found := owner_of(one)) is not None), None)
    first, *others = [_explained(one, mask, text) for one in chain]
    return Explained(first.kind, first.message, first.frames, list(_renderings(owner)), others, text)


def _traceback(error: BaseException, chain: list[BaseException], mask: Mask) -> str:
    """As Python prints it. Its messages are masked as texts are, its lines of code as code."""
    text = "".join(traceback.format_exception(error))
    for line in {line for one in chain for line in _told(one).splitlines()}:
        text = text.replace(line, mask.text(line)) if line.strip() else text
    return mask.source(text)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error`, what is in it if it is a group, and what it came from, as a traceback tells it."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_ERRORS:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", one).exceptions
        waiting.append(one.__cause__ if one.__cause__ is not None or one.__suppress_context__ else one.__context__)


def _explained(error: BaseException, mask: Mask, text: str) -> Explained:
    message = mask.text(_told(error))
    frames = [*_frames(error.__traceback__, mask), *_of_syntax(error, mask)]
    return Explained(type(error).__name__, message, frames, [], [], text)


def _told(error: BaseException) -> str:
    return "\n".join([_message(error), *map(str, getattr(error, "__notes__", []))])


def _message(error: BaseException) -> str:
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # an exception class of the application's
        return "(its text cannot be read)"


def _frames(trace: TracebackType | None, mask: Mask) -> Iterator[Frame]:
    walked = list(traceback.walk_tb(trace))
    summaries = traceback.extract_tb(trace)
    chosen = list(zip(walked, summaries, strict=True))
    if len(chosen) > _MOST_FRAMES:
        chosen = chosen[: _MOST_FRAMES // 2] + chosen[-_MOST_FRAMES // 2 :]
    for (frame, number), summary in chosen:
        own = is_own(frame.f_code.co_filename)
        shown = _locals(frame.f_locals, mask) if own else []
        lines = _lines(summary.filename, number, _marked(summary), mask)
        yield Frame(frame.f_code.co_qualname, Place(summary.filename, number), lines, shown, own)


def _of_syntax(error: BaseException, mask: Mask) -> Iterator[Frame]:
    """The line that cannot be compiled, which is in no frame."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        linecache.checkcache(error.filename)
        start = (error.offset or 1) - 1
        end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else 0
        lines = _lines(error.filename, error.lineno, (start, max(end - 1, start + 1)), mask)
        yield Frame("", Place(error.filename, error.lineno), lines, [], is_own=True)


def _marked(summary: traceback.FrameSummary) -> tuple[int, int] | None:
    """The columns that failed, where they are in one line; Python counts bytes there."""
    line = linecache.getline(summary.filename, summary.lineno or 0)
    if summary.end_lineno != summary.lineno or summary.colno is None or summary.end_colno is None or not line.isascii():
        return None
    return summary.colno, summary.end_colno


def _lines(file: str, number: int, marked: tuple[int, int] | None, mask: Mask) -> list[Line]:
    lines: list[Line] = []
    for at in range(max(1, number - _AROUND), number + _AROUND + 1):
        source = linecache.getline(file, at).rstrip("\n")
        if not source and not linecache.getline(file, at):
            continue
        shown = mask.source(source)
        start, end = marked if at == number and marked is not None and shown == source else (len(shown), len(shown))
        lines.append(Line(at, shown[:start], shown[start:end], shown[end:]))
    return lines


def _locals(found: dict[str, Any], mask: Mask) -> list[tuple[str, str]]:
    shown = [
        (name, value)
        for name, value in found.items()
        if not name.startswith(("__", "@")) and not isinstance(value, ModuleType | FunctionType | type)
    ]
    return [(name, mask.value(name, value)) for name, value in shown[:_MOST_LOCALS]]


def _renderings(owner: Owner | None) -> Iterator[Rendering]:
    while owner is not None:
        element, owner = owner.element, owner.outer
        code = getattr(element.function, "__code__", None)
        defined = None if code is None else Place(code.co_filename, code.co_firstlineno)
        yield Rendering(element.component.name, defined, None if element.place is None else Place(*element.place))
