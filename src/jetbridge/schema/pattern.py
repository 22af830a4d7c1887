"""Patterns: a regular expression of pydantic's or msgspec's in, one for the `pattern` attribute of a browser out.

A browser compiles `^(?:pattern)$` with JavaScript's `v` flag (HTML section 4.10.5.3.6), Python's libraries search
anywhere. What is not sure to mean the same in both is left out: the server checks it all the same.
"""

import re
from typing import Final

__all__ = ["browser_pattern"]

# Escapes that mean the same, or how JavaScript says it. `\d` keeps to ASCII there; `\w` would refuse Müller.
_ESCAPES: Final = {
    "d": r"\d", "D": r"\D", "s": r"\s", "S": r"\S", "t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "v": r"\v",
    "w": r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]", "W": r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]",
    "A": "^", "z": "$", "Z": "$",
}  # fmt: skip
_IN_CLASS: Final = {**_ESCAPES, "w": r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"}
_SETS: Final = frozenset(_IN_CLASS[name] for name in "dDsSw")
_RESERVED: Final = tuple(2 * char for char in "&!#$%*+,.:;<=>?@^`~-|")  # pairs that the v flag keeps for itself
_NOT_IN_CLASS: Final = frozenset("AzZW")
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")  # what JavaScript lets be escaped outside a class
_CLASS_SYNTAX: Final = frozenset("()[]{}/-\\|&!#%,:;<=>@`~")  # and inside one
_QUANTIFIER: Final = re.compile(r"\{\d+(?:,\d*)?\}")
_GROUP: Final = re.compile(r"\?(?::|P?<(?![=!])([A-Za-z_]\w*)>|=|!|<=|<!)")


def browser_pattern(pattern: str) -> str | None:
    """`pattern` as a browser wants it, or None where it has no such thing."""
    translated = _Translation(pattern).run()
    if translated is None:
        return None
    body, alternatives = translated
    if body.startswith("^") and body.endswith("$") and not body.endswith(r"\$") and not alternatives:
        return body[1:-1]
    return f".*(?:{body}).*"


class _Translation:
    """One pass over a pattern, from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.alternatives = False  # outside all groups
        self.out: list[str] = []

    def run(self) -> tuple[str, bool] | None:
        """The translation, and whether it has alternatives at its top; None where something has no equal."""
        while self.at < len(self.pattern):
            if not self._step(self.pattern[self.at]):
                return None
        return None if self.depth else ("".join(self.out), self.alternatives)

    def _step(self, char: str) -> bool:
        match char:
            case "\\":
                return self._escape(_ESCAPES, _SYNTAX)
            case "[":
                return self._class()
            case "(":
                return self._group()
            case ")":
                self.depth -= 1
                return self.depth >= 0 and self._take(char)
            case "{":
                found = _QUANTIFIER.match(self.pattern, self.at)
                return found is not None and self._repeat(found[0])
            case "*" | "+" | "?":
                return self._repeat(char)
            case "]" | "}" | "/":  # plain for Python, an error or an end for JavaScript
                return self._take(char, f"\\{char}")
            case "|":
                self.alternatives = self.alternatives or self.depth == 0
                return self._take(char)
            case _:
                return self._take(char)

    def _take(self, text: str, instead: str | None = None) -> bool:
        self.at += len(text)
        self.out.append(text if instead is None else instead)
        return True

    def _repeat(self, quantifier: str) -> bool:
        """A quantifier, lazy perhaps. A possessive one, and one of nothing, JavaScript does not have."""
        self._take(quantifier)
        if self.pattern.startswith("?", self.at):
            self._take("?")
        repeats_nothing = len(self.out) < 2 or self.out[-2] in {"(", "|", "^"}
        return not self.pattern.startswith(("+", "*", "{"), self.at) and not repeats_nothing

    def _group(self) -> bool:
        self.depth += 1
        self._take("(")
        if not self.pattern.startswith("?", self.at):
            return True
        found = _GROUP.match(self.pattern, self.at)
        if found is None:  # flags, comments, conditions, atomic groups
            return False
        return self._take(found[0], f"?<{found[1]}>" if found[1] else None)

    def _escape(self, known: dict[str, str], syntax: frozenset[str]) -> bool:
        escaped = self.pattern[self.at + 1 : self.at + 2]
        if escaped in known:
            return self._take(f"\\{escaped}", known[escaped])
        if escaped in syntax:
            return self._take(f"\\{escaped}")
        if escaped and not escaped.isalnum() and escaped.isascii():  # `\-`, `\ `, `\_`: the character itself
            return self._take(f"\\{escaped}", escaped)
        return False

    def _class(self) -> bool:
        """`[…]`: ranges, single characters and class escapes; no sets within, which each engine writes its own way."""
        self._take("[")
        if self.pattern.startswith("^", self.at):
            self._take("^")
        start = len(self.out)
        range_ends = start  # where the last range did: what follows cannot begin with a dash
        while not self.pattern.startswith("]", self.at) or len(self.out) == start:
            char = self.pattern[self.at : self.at + 1]
            if char in {"", "["} or self.pattern.startswith(_RESERVED, self.at):
                return False
            if char == "\\":
                if self.pattern[self.at + 1 : self.at + 2] in _NOT_IN_CLASS or not self._escape(
                    _IN_CLASS, _CLASS_SYNTAX
                ):
                    return False
            elif char != "-":
                self._take(char, f"\\{char}" if char in _CLASS_SYNTAX else None)
            elif len(self.out) > range_ends and self._is_range():
                self._take("-")
                range_ends = len(self.out) + 1
            else:
                self._take("-", r"\-")
        return self._take("]")

    def _is_range(self) -> bool:
        """Whether the dash here stands between two characters."""
        after = self.pattern[self.at + 1 : self.at + 2]
        return after not in {"", "]"} and self.out[-1] not in _SETS
