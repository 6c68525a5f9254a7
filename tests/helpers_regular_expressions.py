"""Finds the regular expressions of the package, and texts on which a slow one would be slow."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from time import process_time
from typing import Any

import syndicate

PACKAGE = Path(syndicate.__file__).parent
_USES = {"fullmatch": "fullmatch", "match": "match"} | dict.fromkeys(
    ("search", "sub", "subn", "split", "findall", "finditer"), "search"
)
_ALL = frozenset(("fullmatch", "match", "search"))
_CATEGORIES = {
    constants.CATEGORY_SPACE: " \n",
    constants.CATEGORY_NOT_SPACE: "x",
    constants.CATEGORY_DIGIT: "1",
    constants.CATEGORY_NOT_DIGIT: "x",
    constants.CATEGORY_WORD: "a1",
    constants.CATEGORY_NOT_WORD: " -",
}
_REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
_GROWTH = 4
_SIZES = tuple(6 * _GROWTH**power for power in range(6))


@dataclass(frozen=True)
class UsedPattern:
    """A regular expression of the package.

    Attributes:
        place: the module.
        uses: how it is called: `fullmatch`, `match`, `search` for everything that looks at each position.
    """

    place: str
    pattern: re.Pattern[str]
    uses: frozenset[str]


def patterns() -> list[UsedPattern]:
    """Return every regular expression for text in the package."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    calls = {path: _calls(tree) for path, tree in trees.items()}
    found: list[UsedPattern] = []
    for path, tree in trees.items():
        relative = path.relative_to(PACKAGE)
        if relative.parts[0] in ("testing", "store") or relative.name == "__main__.py":
            continue
        module = ".".join(("syndicate", *relative.with_suffix("").parts)).removesuffix(".__init__")
        for name, value in vars(import_module(module)).items():
            for each in value.values() if isinstance(value, dict) else (value,):
                if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                    # Names with an underscore are used in their own module only.
                    callers = [calls[path]] if name.startswith("_") else calls.values()
                    uses = frozenset().union(*(caller.get(name, ()) for caller in callers))
                    found.append(UsedPattern(module, each, uses or _ALL))
        found += [UsedPattern(module, each, use) for each, use in _inline(tree)]
    return list({(each.pattern.pattern, each.pattern.flags, each.uses): each for each in found}.values())


def _calls(tree: ast.Module) -> dict[str, set[str]]:
    """Return how a module calls the methods of its expressions, by their names."""
    calls: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in _USES:
            continue
        if isinstance(node.value, ast.Name | ast.Attribute):
            name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            calls.setdefault(name, set()).add(_USES[node.attr])
    return calls


def _inline(tree: ast.Module) -> Iterator[tuple[re.Pattern[str], frozenset[str]]]:
    """Yield the constant expressions in calls such as `re.sub("a+", ...)`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _USES
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            names = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
            flags = re.RegexFlag(0)
            for name in names & {"IGNORECASE", "DOTALL", "MULTILINE", "VERBOSE", "ASCII"}:
                flags |= re.RegexFlag[name]
            yield re.compile(node.args[0].value, flags), frozenset({_USES[node.func.attr]})


def slow_text(used: UsedPattern) -> str | None:
    """Return a text on which the work grows faster than the length of the text, or None."""
    for start, repeated, end in _attacks(used.pattern):
        for use in used.uses:
            if _is_slow(getattr(used.pattern, use if use != "search" else "findall"), start, repeated, end):
                return f"{use}: {start!r} + {repeated!r} * n + {end!r}"
    return None


def _attacks(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the beginning, the repeated part and the end of texts that may be slow."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    alphabet = list(dict.fromkeys(_alphabet(parsed)))[:7]
    sample = _sample(parsed)[:60]
    beginnings = [sample[:end] for end in sorted({1, 2, 3, 5, 8, 12, 20, len(sample)}) if end <= len(sample)]
    for text in dict.fromkeys([*alphabet, *map("".join, product(alphabet, repeat=2)), *beginnings]):
        for start in ("", *beginnings[-2:-1]):
            yield start, text, "\0"


def _sample(parsed: Any) -> str:
    """Return a text that the expression matches, or nearly does."""
    parts = []
    for operator, value in parsed:
        if operator in _REPEATS:
            parts.append(_sample(value[2]) * max(value[0], 1))
        elif operator is constants.BRANCH:
            parts.append(_sample(value[1][0]))
        elif operator is constants.SUBPATTERN:
            parts.append(_sample(value[-1]))
        elif operator is constants.ATOMIC_GROUP:
            parts.append(_sample(value))
        else:
            parts.append(next(_alphabet([(operator, value)]), ""))
    return "".join(parts)


def _alphabet(parsed: Any) -> Iterator[str]:
    """Yield characters that the parts of an expression match: of repeated parts first."""
    later: list[Any] = []
    for operator, value in parsed:
        if operator in _REPEATS:
            yield from _alphabet(value[2])
        else:
            later.append((operator, value))
    for operator, value in later:
        if operator is constants.LITERAL:
            yield chr(value)
        elif operator is constants.NOT_LITERAL:
            yield "x" if value != ord("x") else "y"
        elif operator is constants.ANY:
            yield "x"
        elif operator is constants.IN:
            yield from _members(value)
        elif operator is constants.BRANCH:
            for branch in value[1]:
                yield from _alphabet(branch)
        elif operator in (
            constants.SUBPATTERN,
            constants.ASSERT,
            constants.ASSERT_NOT,
            constants.ATOMIC_GROUP,
        ):
            yield from _alphabet(value if operator is constants.ATOMIC_GROUP else value[-1])


def _members(members: Any) -> Iterator[str]:
    if members[0][0] is constants.NEGATE:
        yield "x"
        return
    for operator, value in members:
        if operator is constants.LITERAL:
            yield chr(value)
        elif operator is constants.RANGE:
            yield chr(value[0])
        elif operator is constants.CATEGORY:
            yield from _CATEGORIES.get(value, "")


def _is_slow(call: Callable[[str], object], start: str, repeated: str, end: str) -> bool:
    """Return whether four times the length takes much more than four times the time at each attempt."""
    text = ""
    for size in _SIZES:
        previous, text = text, start + repeated * (size // len(repeated)) + end
        if _seconds(call, text) > 0.003:
            ratios = (_seconds(call, text) / max(_seconds(call, previous), 1e-6) for _ in range(4))
            return all(ratio > _GROWTH * 2.2 for ratio in ratios)
    return False


def _seconds(call: Callable[[str], object], text: str) -> float:
    began = process_time()
    call(text)
    return process_time() - began
