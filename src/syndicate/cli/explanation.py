"""The way of one record to an article, in lines as wide as the terminal, or of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from ..text.illegal_characters import clean_text

if TYPE_CHECKING:
    from ..model import ExplainedField, Explanation, Problem
    from .console import Output

_WIDTH = 80
_MIN_WIDTH = 40
_NAME_WIDTH = 14
_LONGEST_RAW = 100
_STATES = {
    "new": "new: an ingest would store it",
    "changed": "stored, and an ingest would store this as a new revision",
    "unchanged": "stored as it is here",
    "hidden": "stored but hidden: another record or source has its id or its link",
    "left out": "left out: not public, or a draft",
    "refused": "refused: an error, see above",
}


def print_explanation(out: Output, explanation: Explanation) -> None:
    """Print an explanation: the record, its fields, what was changed in it, the article, the feeds."""
    for title, lines in _sections(explanation):
        rows = list(lines)
        if rows:
            out.print_line(title)
            for name, text in rows:
                for line in _row(name, text, max(out.width or _WIDTH, _MIN_WIDTH)):
                    out.print_line(line)


def _sections(explanation: Explanation) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    yield "Record", _record(explanation)
    yield "Its fields", iter(explanation.raw_fields.items())
    yield "What they became", map(_field, explanation.fields)
    yield "Not used", _unused(explanation.unused_fields)
    yield "Repaired, converted, left out", map(_problem, explanation.problems)
    yield "In the store", iter([("", _STATES[explanation.state])])
    yield (
        "In feeds",
        ((each.feed, f"{'yes' if each.is_shown else 'no'}, {each.reason}") for each in explanation.feeds),
    )


def _record(explanation: Explanation) -> Iterator[tuple[str, str]]:
    yield "source", explanation.source
    if explanation.file:
        line = f", line {explanation.line}" if explanation.line else ""
        yield "file", f"{explanation.file}{line}"
    if explanation.key:
        yield "key", explanation.key


def _field(field: ExplainedField) -> tuple[str, str]:
    origin = f"from {field.own_name}" if field.own_name else field.origin
    value = field.value or "nothing"
    # Long texts are shown among the fields of the record.
    is_shown = field.raw == field.value or len(field.raw) > _LONGEST_RAW
    raw = "" if is_shown or not field.raw else f": {field.raw}"
    return field.name, f"{value} ({origin}{raw})"


def _unused(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    if names:
        yield "", ", ".join(names)


def _problem(problem: Problem) -> tuple[str, str]:
    place = f"{problem.field}: " if problem.field else ""
    hint = f" ({problem.hint})" if problem.hint and problem.severity != "note" else ""
    return problem.severity, f"{place}{problem.message}{hint}"


def _row(name: str, text: str, width: int) -> list[str]:
    """Return a name and a text in columns."""
    label = " ".join(clean_text(name).split())
    head = f"  {label.ljust(_NAME_WIDTH)} " if label else "  "
    rest = " " * (_NAME_WIDTH + 3) if label else "  "
    words = " ".join(clean_text(text).split())
    if len(head) > len(rest):
        return [head.rstrip(), *_wrap(words, width, rest, rest)]
    return _wrap(words, width, head, rest) or [head.rstrip()]


def _wrap(words: str, width: int, head: str, rest: str) -> list[str]:
    # Addresses and paths stay whole, so that they can be copied and searched for.
    return wrap(
        words,
        width,
        initial_indent=head,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
