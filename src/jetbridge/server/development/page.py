"""An explained error in, what development shows of it out: elements for the page and for the overlay alike."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from jetbridge.elements.h import h
from jetbridge.server.development.editor import editor_url
from jetbridge.server.development.explain import Explained, Frame, Place, Rendering
from jetbridge.wire.model import Element

__all__ = ["STYLE", "failure_tree"]

STYLE: Final = """
.jb-failure { color-scheme: light dark; box-sizing: border-box; max-width: 70rem; margin: 0 auto; padding: 1.5rem;
  font: 15px/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; text-align: left }
.jb-failure h1 { font-size: 1.3rem; margin: 0 0 .25rem; color: light-dark(#b00020, #ff8a80); white-space: pre-wrap;
  overflow-wrap: anywhere }
.jb-failure h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
.jb-failure p { margin: .25rem 0 }
.jb-failure ol { margin: 0; padding-left: 1.5rem }
.jb-failure code, .jb-failure pre, .jb-failure button, .jb-failure td { font: 13px/1.5 ui-monospace, monospace }
.jb-failure pre { margin: 0; padding: .5rem 0; overflow-x: auto; background: light-dark(#f5f5f5, #1e1e1e) }
.jb-failure pre code { display: block; padding: 0 .75rem; white-space: pre }
.jb-failure pre code[aria-current] { background: light-dark(#ffe3e3, #5a1e1e) }
.jb-failure mark { color: inherit; background: none; text-decoration: underline 2px light-dark(#b00020, #ff8a80) }
.jb-failure form { display: inline }
.jb-failure section, .jb-failure details { margin: 0 0 1rem }
.jb-failure table { border-collapse: collapse; width: 100% }
.jb-failure th { text-align: left; font-weight: 500; padding: 0 1rem 0 0; white-space: nowrap; vertical-align: top }
.jb-failure td { overflow-wrap: anywhere; width: 100% }
.jb-failure button, .jb-failure .jb-place { padding: 0; border: 0; background: none; cursor: pointer;
  color: LinkText; text-decoration: underline; overflow-wrap: anywhere; text-align: left }
"""


def failure_tree(about: Explained, digest: str, request: Mapping[str, str], open_url: str) -> Element:
    """All that helps to mend an error. `request` is shown as it is; places are posted to `open_url`."""

    def place(at: Place) -> Element:
        text = f"{at.file}:{at.line}"
        link = editor_url(at)
        if at.file.startswith("<"):
            return h.code[text]
        if link is not None:
            return h.a(href=link, className="jb-place")[text]
        button = h.button(type="submit", name="place", value=text, title="Open in the editor")
        return h.form(action=open_url, method="post")[button[text]]

    return h.main(className="jb-failure")[
        h.h1[about.title],
        digest and h.p["Digest ", h.code[digest], ", as in the log."],
        _components(about.components, place),
        h.h2["Traceback, innermost call first"],
        _frames(about.frames, place),
        [
            [
                h.h2(key=f"title {at}")[f"From {cause.kind}: {cause.message}"],
                h.div(key=f"frames {at}")[_frames(cause.frames, place)],
            ]
            for at, cause in enumerate(about.causes)
        ],
        h.h2["Request"] if request else None,
        h.table[h.tbody[[h.tr(key=name)[h.th(scope="row")[name], h.td[value]] for name, value in request.items()]]]
        if request
        else None,
        h.details[h.summary["Traceback as text"], h.pre[h.code[about.traceback]]],
    ]


def _components(found: list[Rendering], place: Any) -> Any:
    if not found:
        return None
    items = [
        h.li(key=str(at))[
            h.code[f"{one.name}()"],
            [" written at ", place(one.written)] if one.written is not None else None,
            [", defined at " if one.written is not None else " defined at ", place(one.defined)]
            if one.defined is not None
            else None,
        ]
        for at, one in enumerate(found)
    ]
    return h.section(aria_label="Components")[h.h2["Components, each rendered by the next"], h.ol[items]]


def _frames(frames: list[Frame], place: Any) -> list[Element]:
    """Innermost first: that is where one looks. Frames of libraries are folded, unless there are no others."""
    has_own = any(frame.is_own for frame in frames)
    parts: list[Element] = []
    for own, run in groupby(reversed(frames), key=lambda frame: frame.is_own or not has_own):
        group = list(run)
        shown = [_frame(frame, place, f"{len(parts)}.{at}") for at, frame in enumerate(group)]
        if own:
            parts += shown
        else:
            name = f"{len(group)} calls in libraries" if len(group) > 1 else "1 call in a library"
            parts.append(h.details(key=f"libraries {len(parts)}")[h.summary[name], shown])
    return parts


def _frame(frame: Frame, place: Any, key: str) -> Element:
    lines = [
        h.code(key=str(line.number), aria_current="true" if line.number == frame.place.line else None)[
            f"{line.number:5}  {line.before}", line.marked and h.mark[line.marked], f"{line.after}\n"
        ]
        for line in frame.lines
    ]
    rows = [h.tr(key=name)[h.th(scope="row")[h.code[name]], h.td[text]] for name, text in frame.locals]
    return h.section(key=key)[
        h.p[[h.code[frame.function], " at "] if frame.function else None, place(frame.place)],
        h.pre[lines] if lines else None,
        h.details(open=frame.is_own)[h.summary["Locals"], h.table[h.tbody[rows]]] if rows else None,
    ]
