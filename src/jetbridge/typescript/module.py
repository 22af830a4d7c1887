"""One Python module's actions in, the text of its `.d.py.ts` and of the map beside it out."""

import ast
import inspect
import re
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jetbridge.actions.directive import DIRECTIVE
from jetbridge.actions.registry import Action
from jetbridge.elements.node import Element, Node
from jetbridge.errors import DefinitionError
from jetbridge.schema.describe import MISSING, Parameter
from jetbridge.schema.shape import Shape, shape_of
from jetbridge.schema.written import written_annotations
from jetbridge.typescript.declarations import Declarations, as_key, jsdoc
from jetbridge.typescript.sourcemap import Segment, encode_map

__all__ = ["HEADER", "Written", "camel_case", "declaration_path", "export_names", "write_module"]

HEADER: Final = "// Written by `jetbridge types`. Do not edit."

# No variable can be called so (ECMA-262, 12.7.2, in strict mode); an export can.
KEYWORDS: Final = frozenset(
    [
        "arguments",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)


class Written(Struct, frozen=True):
    """A declaration file and its map."""

    text: str
    map: str


def declaration_path(source: Path) -> Path:
    """Where TypeScript's `allowArbitraryExtensions` looks: `actions.d.py.ts` for `actions.py`."""
    return source.with_name(f"{source.stem}.d.py.ts")


def camel_case(name: str) -> str:
    """The name of a function as JavaScript writes it: `create_user` is `createUser`, `_hidden` stays `_hidden`."""
    head, *rest = re.sub(r"(?<=[^_])_+", " ", name).split()
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def export_names(actions: Iterable[Action]) -> dict[str, Action]:
    """The actions of one module by their names in JavaScript. Raises DefinitionError where two have the same."""
    found: dict[str, Action] = {}
    for action in actions:
        name = camel_case(action.name)
        other = found.setdefault(name, action)
        if other is not action:
            raise DefinitionError(
                f"{action.signature.place}: {action.name}() and {other.name}() are both {name} in JavaScript"
            )
    return found


def write_module(source: Path, exports: dict[str, Action]) -> Written:
    """The declarations of the module at `source`."""
    types = Declarations()
    for action in exports.values():
        for parameter in _taken(action):
            types.see(parameter.annotation, "input")
        types.see(_returns(action), "output")
    types.close()
    actions = {name: _declare(name, action, types) for name, action in exports.items()}
    declared = types.declared()
    texts = [line for lines in (*(one.lines for one in declared), *actions.values()) for line in lines]
    uses_react = any("ReactNode" in line for line in texts)
    lines = [HEADER, *(['import type { ReactNode } from "react";'] if uses_react else [])]
    lines.append('import type { ServerAction } from "jetbridge/client";')
    places: list[tuple[int, str, Path, str]] = []
    for declaration in declared:
        lines += ["", *declaration.lines]
        file = _file_of(declaration.source)
        if file is not None:
            places.append((_line_of(declaration.name, lines), declaration.name, file, declaration.source.__name__))
    for name, text in actions.items():
        lines += ["", *text]
        places.append((_line_of(_local(name), lines), _local(name), Path(exports[name].file), exports[name].name))
    target = declaration_path(source)
    lines.append(f"//# sourceMappingURL={target.name}.map")
    return Written("\n".join(lines) + "\n", _map(target, lines, places))


# --- actions


def _taken(action: Action) -> Sequence[Parameter]:
    """What a client passes; what the server supplies is not its business."""
    return [parameter for parameter in action.signature.parameters if parameter.kind in {"wire", "previous"}]


def _returns(action: Action) -> Any:
    returns = action.signature.returns
    if returns is not MISSING:
        return returns
    if written_annotations(action.function).get("return") == Node:  # a name that its module need not know all of
        return Element
    return AsyncIterator[Any] if inspect.isasyncgenfunction(action.function) else returns


def _declare(name: str, action: Action, types: Declarations) -> list[str]:
    result = types.write(_returns(action), "output")
    result = "void" if result == "null" else result
    fields = " | ".join(as_literal(field) for field in _field_names(action)) or "never"
    text = f"ServerAction<[{', '.join(_arguments(action, types))}], {result}, {fields}>"
    lines = jsdoc(_doc(action))
    if name not in KEYWORDS:
        return [*lines, f"export declare const {name}: {text};"]
    return [*lines, f"declare const {_local(name)}: {text};", f"export {{ {_local(name)} as {name} }};"]


def _local(name: str) -> str:
    return f"{name}_" if name in KEYWORDS else name


def as_literal(name: str) -> str:
    """A name as a type of its own."""
    return as_key(name) if as_key(name).startswith('"') else f'"{name}"'


def _arguments(action: Action, types: Declarations) -> list[str]:
    """The members of the tuple of arguments: by position, then one object for what Python takes by name only."""
    ordered: list[tuple[Parameter, str]] = []
    named: list[str] = []
    rest: list[str] = []
    others: list[str] = []
    for parameter in _taken(action):
        text = types.write(parameter.annotation, "input")
        match parameter.passing:
            case "positional" | "either":
                ordered.append((parameter, text))
            case "keyword":
                named.append(f"{as_key(parameter.name)}{'' if parameter.required else '?'}: {text}")
            case "rest":
                rest.append(f"...{parameter.name}: Array<{text}>")
            case "others":
                others.append(text)
    if len(ordered) > 1 and ordered[0][0].kind == "previous":  # useActionState passes the form of a form action there
        ordered[1] = (ordered[1][0], f"{ordered[1][1]} | FormData")
    members = [*named, *(f"[key: string]: {'unknown' if named else text}" for text in others)]
    if not members:
        return [*(_argument(parameter, text, False) for parameter, text in ordered), *rest]
    required = any(parameter.required for parameter in _taken(action) if parameter.passing == "keyword")
    options = f"options{'' if required else '?'}: {{ {'; '.join(members)} }}"
    return [*(_argument(parameter, text, required) for parameter, text in ordered), options]


def _argument(parameter: Parameter, text: str, before_required: bool) -> str:
    """One argument. TypeScript has no optional one before one that is required; undefined stands for it there."""
    if parameter.required:
        return f"{parameter.name}: {text}"
    return f"{parameter.name}: {text} | undefined" if before_required else f"{parameter.name}?: {text}"


def _field_names(action: Action) -> list[str]:
    """The paths that errors of fields are most likely under: of the one object, or of each parameter."""
    wire = action.signature.wire
    shapes: list[Shape] = [shape_of(parameter.annotation) for parameter in wire]
    if len(wire) == 1 and shapes[0].kind == "record":
        return list(shapes[0].fields)
    return [parameter.name for parameter, shape in zip(wire, shapes, strict=True) if shape.kind not in {"form", "any"}]


def _doc(action: Action) -> str:
    """The docstring, without the directive."""
    text = inspect.cleandoc(action.function.__doc__ or "")
    first, _, rest = text.partition("\n")
    return rest.strip() if first.strip() == DIRECTIVE else text


# --- places


def _file_of(documented: Any) -> Path | None:
    module = sys.modules.get(getattr(documented, "__module__", ""))
    file = getattr(module, "__file__", None)
    if not isinstance(documented, type) or not file or {"site-packages", "dist-packages"} & set(Path(file).parts):
        return None
    return Path(file)


def _line_of(name: str, lines: Sequence[str]) -> int:
    """The line that declares `name`, of the last declaration written."""
    declares = re.compile(rf"^(export )?(declare const|interface|type) {re.escape(name)}\b")
    return next(index for index in reversed(range(len(lines))) if declares.match(lines[index]))


def _map(target: Path, lines: Sequence[str], places: Sequence[tuple[int, str, Path, str]]) -> str:
    files = list(dict.fromkeys(file for _, _, file, _ in places))
    known = {file: _definitions(file) for file in files}
    segments: list[Segment] = []
    for line, name, file, python in places:
        at = known[file].get(python)
        if at is not None:
            segments.append(Segment(line, lines[line].index(f" {name}") + 1, files.index(file), *at))
    sources = [Path(relpath(file, target.parent)).as_posix() for file in files]
    return encode_map(f"{target.name}", sources, segments)


def _definitions(file: Path) -> dict[str, tuple[int, int]]:
    """Line and column, from 0, of the name of each function and class at the top of a file."""
    try:
        source = file.read_text("utf-8")
        tree = ast.parse(source)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {}
    lines = source.splitlines()
    found: dict[str, tuple[int, int]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node.lineno - 1, lines[node.lineno - 1].index(node.name, node.col_offset)
    return found
