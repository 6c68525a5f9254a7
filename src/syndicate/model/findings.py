"""What a linter says of a feed or a mail: rules, findings, and where they apply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from .base import Frozen
from .report import Problem

if TYPE_CHECKING:
    from lxml import etree


class Rule(Frozen):
    """One thing that a document must or should be.

    `error`: a specification forbids it, or readers lose something. `warning`: it is allowed or usual, and
    hurts somewhere. `source` names the specification and its section, or whoever else demands it.
    """

    id: str
    severity: Literal["error", "warning"]
    sentence: str
    mend: str
    source: str


class Place(Frozen):
    """Where in a document: a line, counted from 1; a path such as `item 3 / guid`; an entry's id; its source.

    In JSON, which keeps no lines, the line is that on which the item starts.
    """

    line: int | None = None
    path: str = ""
    id: str | None = None
    snippet: str = ""

    def __str__(self) -> str:
        parts = [f"line {self.line}"] if self.line is not None else []
        parts += [self.path] if self.path else []
        return ", ".join(parts)


class Finding(Frozen):
    """A rule that a document breaks, and where. `hint` is how to mend it."""

    rule: str
    severity: Literal["error", "warning"]
    message: str
    hint: str
    place: Place = Place()

    def __str__(self) -> str:
        place = str(self.place)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} [{self.rule}] ({self.hint})"


def problems(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """Findings as a report carries them; the path in the document is the field."""
    return tuple(
        Problem(
            message=f"{finding.message} [{finding.rule}]",
            severity=finding.severity,
            line=finding.place.line,
            field=finding.place.path or None,
            id=finding.place.id,
            hint=finding.hint,
        )
        for finding in findings
    )


@dataclass(slots=True)
class _Note:
    rule: str
    detail: str
    line: int | None
    path: str
    id: str | None
    snippet: str


class Notes:
    """Gathers what is found while a document is walked; `at` is the part that the walk is in."""

    def __init__(self, rules: dict[str, Rule]) -> None:
        self._rules = rules
        self._notes: list[_Note] = []
        self.at = ""

    def say(
        self,
        rule: str,
        path: str = "",
        detail: str = "",
        at: etree._Element | int | None = None,
        *,
        snippet: str = "",
        entry: str | None = None,
    ) -> None:
        """A rule is broken at a path below `self.at`, by an element or on a line."""
        line = at if at is None or isinstance(at, int) else cast("int | None", at.sourceline)
        whole = f"{self.at} / {path}" if self.at and path else self.at or path
        self._notes.append(_Note(rule, detail, line, whole, entry, snippet))

    def mark(self) -> int:
        """How many notes there are, for `identify`."""
        return len(self._notes)

    def identify(self, mark: int, entry: str | None, at: etree._Element | int | None = None) -> None:
        """Everything noted since the mark belongs to this entry."""
        line = at if at is None or isinstance(at, int) else cast("int | None", at.sourceline)
        for note in self._notes[mark:]:
            note.id = entry
            note.line = line if note.line is None else note.line

    def findings(self) -> tuple[Finding, ...]:
        """What was found, by line as far as lines are known."""
        self._notes.sort(key=lambda note: note.line or 0)
        return tuple(self._finding(note) for note in self._notes)

    def _finding(self, note: _Note) -> Finding:
        rule = self._rules[note.rule]
        detail = _cut(note.detail)
        return Finding(
            rule=rule.id,
            severity=rule.severity,
            message=f"{rule.sentence}: {detail}" if detail else rule.sentence,
            hint=rule.mend,
            place=Place(line=note.line, path=note.path, id=note.id, snippet=_cut(note.snippet)),
        )


def _cut(text: str) -> str:
    # What is quoted comes from the document, and may be very long.
    return text if len(text) <= 160 else f"{text[:159]}…"
