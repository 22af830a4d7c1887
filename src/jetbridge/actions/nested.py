"""Nested actions: code inside a function in, an action that any worker can run out, and back to a function.

A function defined in another one has its variables. They are sealed into the reference when the page is rendered, and
a worker that never ran the outer function makes the inner one again from its code and those values. All that is known
about how CPython keeps code, docstrings and cells is in this file.
"""

import ast
import dis
import inspect
import sys
import tokenize
from collections.abc import Iterator, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from msgspec import Struct

from jetbridge.actions.directive import Problem, has_directive, near_miss

__all__ = ["CAPTURED", "Capture", "Nested", "capture", "docstring_of", "find_nested", "rebuild"]

HAS_DOCSTRING: Final = 0x4000000  # inspect.CO_HAS_DOCSTRING, Python 3.14


class Captured:
    """The type of `CAPTURED`, which stands for a default that exists when the outer function has run."""

    def __repr__(self) -> str:
        return "CAPTURED"


CAPTURED: Final = Captured()


class Nested(Struct, frozen=True, eq=False):
    """An action inside a function: its code, and a function without values that says what it takes."""

    code: CodeType
    template: Any  # a FunctionType; typed so, an attribute would be taken for a method
    defaults: Mapping[str, Any]  # name of each parameter with a default -> CAPTURED

    @property
    def captures(self) -> bool:
        """Whether it can only run with values of its outer function."""
        return bool(self.variables)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of what it takes from its outer function, defaults included."""
        return (*self.code.co_freevars, *(f"{name}=" for name in self.defaults))


class Capture(Struct, frozen=True):
    """The values of one nested function object; `itself` are the variables that hold the function itself."""

    cells: dict[str, Any]
    itself: tuple[str, ...]
    defaults: tuple[Any, ...]
    keyword_defaults: dict[str, Any]


def docstring_of(code: CodeType) -> str | None:
    """The docstring of a function's code, or None. The place of a docstring in code is known here only."""
    if sys.version_info >= (3, 14) and not code.co_flags & HAS_DOCSTRING:
        return None
    # Before 3.14 the first constant of a function is its docstring, or None where it has none.
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None


def find_nested(outer: FunctionType) -> tuple[list[Nested], list[Problem]]:
    """The nested actions in `outer`, and what looks like a mistake there."""
    found: list[Nested] = []
    problems: list[Problem] = []
    for code in _functions_in(outer.__code__):
        docstring = docstring_of(code)
        place = f"{code.co_filename}:{code.co_firstlineno}"
        if not has_directive(docstring):
            miss = near_miss(docstring)
            if miss is not None:
                problems.append(Problem(place, miss))
            continue
        problem, node = _refusal(code)
        if problem is not None or node is None:
            problems.append(Problem(place, f"{code.co_qualname}: {problem}"))
            continue
        found.append(_nested(code, outer, node))
    return found, problems


def _functions_in(code: CodeType) -> Iterator[CodeType]:
    """Every function's code below `code`, but not lambdas and comprehensions (which have no docstring)."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED and not constant.co_name.startswith("<"):
                yield constant
            yield from _functions_in(constant)


def _refusal(code: CodeType) -> tuple[str | None, ast.AsyncFunctionDef | None]:
    """Why `code` cannot be a nested action; else the statement that defines it."""
    if not code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return "a nested action is an `async def`", None
    node = _statement(code)
    if node is None:
        return "the source of a nested action has to be there when the app starts", None
    if node.decorator_list:
        return (
            "a decorator would be lost: call what it does inside the function, or move the action to the module",
            None,
        )
    changed = sorted(_assigned_in(code) & set(code.co_freevars))
    if changed:
        return f"it assigns to {changed[0]!r} of the outer function, which is gone when the action runs", None
    if len(node.args.defaults) > len(node.args.args):
        return "a positional-only parameter of a nested action has no default: leave out the `/`", None
    return None, node


def _assigned_in(code: CodeType) -> set[str]:
    """The variables of outer functions that `code`, or a function in it, assigns to."""
    stores = {"STORE_DEREF", "DELETE_DEREF"}
    own = {step.argval for step in dis.get_instructions(code) if step.opname in stores}
    inner = (_assigned_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return own.union(*inner)


def _statement(code: CodeType) -> ast.AsyncFunctionDef | None:
    """The `async def` that `code` was compiled from."""
    try:
        with tokenize.open(code.co_filename) as handle:
            tree = ast.parse(handle.read())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first == code.co_firstlineno:
                return node
    return None


def _nested(code: CodeType, outer: FunctionType, node: ast.AsyncFunctionDef) -> Nested:
    template = FunctionType(code, outer.__globals__, code.co_name, None, tuple(CellType() for _ in code.co_freevars))
    template.__qualname__ = code.co_qualname
    template.__module__ = outer.__module__
    # As text, which is evaluated in module scope: the outer function's variables do not exist yet.
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    annotations = {a.arg: ast.unparse(a.annotation) for a in arguments if a is not None and a.annotation is not None}
    if node.returns is not None:
        annotations["return"] = ast.unparse(node.returns)
    template.__annotations__ = annotations
    by_position = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    with_default = [
        *by_position[len(by_position) - len(node.args.defaults) :],
        *(a.arg for a, default in named if default is not None),
    ]
    return Nested(code, template, dict.fromkeys(with_default, CAPTURED))


def capture(function: FunctionType) -> Capture:
    """The values a nested function object has from outside. Raises NameError for a variable that has none yet."""
    cells: dict[str, Any] = {}
    itself: list[str] = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:
            raise NameError(f"the variable {name!r} has no value yet", name=name) from None
        if value is function:
            itself.append(name)
        else:
            cells[name] = value
    return Capture(cells, tuple(itself), function.__defaults__ or (), dict(function.__kwdefaults__ or {}))


def rebuild(nested: Nested, captured: Capture) -> FunctionType:
    """The function object that `captured` was taken from, made again."""
    names = nested.code.co_freevars
    cells = {name: CellType(captured.cells[name]) if name in captured.cells else CellType() for name in names}
    template = nested.template
    function = FunctionType(
        nested.code, template.__globals__, template.__name__, captured.defaults, tuple(cells[name] for name in names)
    )
    function.__kwdefaults__ = captured.keyword_defaults
    function.__qualname__ = template.__qualname__
    function.__module__ = template.__module__
    for name in captured.itself:
        cells[name].cell_contents = function
    return function
