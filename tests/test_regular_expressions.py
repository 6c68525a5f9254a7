"""The work of a search grows with the length of the text, not with its square: texts come from strangers."""

from __future__ import annotations

import re

import pytest

from helpers_regular_expressions import UsedPattern, patterns, slow_text

# The beginnings of expressions that do not get the texts on which they are slow.
_RENDERED = "the output of the MJML renderer: each comment, element, declaration and text is closed"
NEVER_SLOW_IN_USE = {
    "(?P<conditional>": _RENDERED,
    " ?: ?(?=": _RENDERED,
    '( style="': _RENDERED,
    r"(?s)/\*.*?\*/|": _RENDERED,
    r"\*\*/|": "a pattern of the config",
    "(?:&[^&]*+){2000}": "with 2,000 references it matches, so fewer are tried",
}


def test_no_regular_expression_is_slow() -> None:
    found = patterns()
    assert len(found) > 300
    slow = {
        f"{used.place}: {used.pattern.pattern:.60}": text
        for used in found
        if not used.pattern.pattern.startswith(tuple(NEVER_SLOW_IN_USE)) and (text := slow_text(used))
    }
    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"\s*,\s*", "search"),
        (r"(\w+\s?)*!", "match"),
        (r"\[caption[^\]]*\].*?\[/caption\]", "search"),
        (r"[^@]+@[^@]+", "search"),
        (r"\s*([^<]*?)\s*<", "fullmatch"),
    ],
)
def test_slow_expressions_are_found(pattern: str, use: str) -> None:
    assert slow_text(UsedPattern("here", re.compile(pattern), frozenset({use})))


@pytest.mark.parametrize("pattern", [r"(?:(?<!\s)\s+)?,\s*", r"\[[^\[\]]*\]", r"(?<!\w)\w+@"])
def test_linear_expressions_are_not(pattern: str) -> None:
    assert slow_text(UsedPattern("here", re.compile(pattern), frozenset({"search"}))) is None
