"""What the vectors hold and Jetbridge does not do, each with its reason. The one place; nothing is cut from a vector.

A deviation applies to every vector of its files for which `applies` is true, by what stands in the vector and not by
its name where a rule can tell. `refused` vectors must end in a clear error, `skipped` ones are not run, and what
`differs` means is said where it is checked.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tests.conformance.trees import (
    has_hooks,
    has_prop,
    is_action,
    is_moved_by_parser,
    is_object_as_text,
    separates_by_title,
)
from tests.conformance.values import has_cycle, has_foreign_date, has_lone_surrogate, kinds, nodes

Vector = dict[str, Any]


@dataclass(frozen=True)
class Deviation:
    """One thing that is not done: where it shows, how it ends, and why."""

    title: str
    files: frozenset[str]
    applies: Callable[[Vector], bool]
    outcome: Literal["refused", "skipped", "differs"]
    reason: str


def deviation(file: str, vector: Vector) -> Deviation | None:
    """The deviation that covers this vector of this file, if any does."""
    return next((entry for entry in DEVIATIONS if file in entry.files and entry.applies(vector)), None)


_LATER = {"promise", "rejected", "stream", "byteStream", "asyncIterable", "asyncIterator"}
_NOT_SENDABLE = {"fn", "opaque"}


def _argument(vector: Vector) -> Any:
    """What a reply vector is about: what was sent and what React made of it."""
    return [vector.get("value"), vector.get("decoded"), vector.get("react", {}).get("decoded")]


def _is_missing_module(vector: Vector) -> bool:
    manifest = vector.get("clientManifest", {})
    return any(node["t"] == "clientRef" and node["ref"] not in manifest for node in nodes(vector.get("model")))


def _refers_forward(wire: dict[str, Any]) -> bool:
    """Whether a reference in one part names what stands later in the same part, or what it stands in itself."""
    parts = [["0", wire["text"]]] if "text" in wire else wire.get("formData", [])
    return any(isinstance(text, str) and _part_refers_forward(name, text) for name, text in parts)


def _part_refers_forward(name: str, text: str) -> bool:
    try:
        root = json.loads(text)
    except ValueError:
        return False
    finished: set[tuple[str, ...]] = set()
    there: set[tuple[str, ...]] = set()
    unfinished: list[tuple[str, ...]] = []

    def walk(value: Any, path: tuple[str, ...]) -> None:
        there.add(path)
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            walk(item, (*path, str(key)))
        number, *steps = value[1:].split(":") if isinstance(value, str) and value.startswith("$") else [""]
        if name.isdecimal() and number == f"{int(name):x}" and tuple(steps) not in finished:
            unfinished.append(tuple(steps))
        finished.add(path)

    try:
        walk(root, ())
    except RecursionError:
        return False
    return any(path in there for path in unfinished)


_REPLY = frozenset({"reply", "reply-hostile"})

DEVIATIONS = (
    Deviation(
        "promises and streams from a client",
        _REPLY,
        lambda vector: bool(kinds(_argument(vector)) & _LATER),
        "refused",
        "decision 7: plain data only; a body is read whole, so nothing a caller needs is lost",
    ),
    Deviation(
        "temporary references",
        frozenset({"reply"}),
        lambda vector: bool(vector.get("options", {}).get("temporaryReferences")),
        "refused",
        "decision 7 and section 4, 'not now'",
    ),
    Deviation(
        "cycles from a client",
        _REPLY,
        lambda vector: has_cycle(_argument(vector)),
        "refused",
        "decision 7: cyclic data break every validator",
    ),
    Deviation(
        "references to what comes later",
        frozenset({"reply-hostile"}),
        lambda vector: _refers_forward(vector["wire"]),
        "refused",
        "decision 7: React's client never writes one",
    ),
    Deviation(
        "halves of surrogate pairs from a client",
        _REPLY,
        lambda vector: has_lone_surrogate(_argument(vector)),
        "refused",
        "such a str cannot be written to a file, a socket or a database; replacing it would be silent loss",
    ),
    Deviation(
        "dates outside the years 1 to 9999",
        frozenset({"reply", "reply-hostile", "response", "response-accept"}),
        lambda vector: has_foreign_date(vector),
        "refused",
        "datetime has no such years; nothing near them would keep the meaning",
    ),
    Deviation(
        "cycles from a server",
        frozenset({"response"}),
        lambda vector: has_cycle(vector["model"]),
        "refused",
        "an action's result is data that json, logs and tests can walk; the decoder does read React's cycles",
    ),
    Deviation(
        "what cannot be sent",
        frozenset({"response"}),
        lambda vector: bool(kinds(vector["model"]) & _NOT_SENDABLE),
        "refused",
        "decision 23: the whole result is an error that names the path; React hides it in a row of its own",
    ),
    Deviation(
        "a module missing from the manifest",
        frozenset({"response"}),
        _is_missing_module,
        "skipped",
        "a ClientReference carries its module, so there is no manifest to miss it in",
    ),
    Deviation(
        "React's hooks",
        frozenset({"html", "html-stream", "form", "hydration"}),
        lambda vector: has_hooks(vector["tree"]),
        "skipped",
        "components in Python have no hooks; those in .tsx run in React itself",
    ),
    Deviation(
        "React's hidden form fields",
        frozenset({"form", "hydration"}),
        lambda vector: has_prop(vector["tree"], is_action("serverRef", "rebind")),
        "refused",
        "decision 2: the URL names the action, and `resolve` has written it there before anything is printed",
    ),
    Deviation(
        "client functions as actions",
        frozenset({"html", "html-stream", "form", "hydration"}),
        lambda vector: has_prop(vector["tree"], is_action("fn")),
        "refused",
        "there are no client functions in Python, so nothing to replay once they have loaded",
    ),
    Deviation(
        "objects as attributes",
        frozenset({"html", "html-stream"}),
        lambda vector: has_prop(vector["tree"], is_object_as_text),
        "refused",
        "wire-protocol D3: React writes `[object Object]`, which nobody means",
    ),
    Deviation(
        "a title after a text, before another or before what moves to the head as well",
        frozenset({"html", "html-stream"}),
        lambda vector: separates_by_title(vector["tree"]),
        "differs",
        "wire-protocol D10: React forgets the separator, and its own client then throws the page away",
    ),
    Deviation(
        "streams of HTML",
        frozenset({"html-stream"}),
        lambda vector: len(vector["steps"]) > 1 or any("⟦" in step["html"] for step in vector["steps"]),
        "skipped",
        "a page is printed when it is complete; sending it in pieces is a later issue",
    ),
    Deviation(
        "React's bootstrap scripts",
        frozenset({"html-stream"}),
        lambda vector: any(option.startswith("bootstrap") for option in vector.get("options", ())),
        "skipped",
        "decision 18: our document shell writes our scripts",
    ),
    Deviation(
        "trees that HTML cannot hold",
        frozenset({"hydration"}),
        lambda vector: is_moved_by_parser(vector["tree"]),
        "skipped",
        "a browser's parser moves the child whatever is written; only the author can mend it",
    ),
)
