"""Findings of the linters for feeds and mail: the rules, and where a document breaks them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from .base import Frozen
from .report import Problem

if TYPE_CHECKING:
    from lxml import etree


class Rule(Frozen):
    """A requirement that a document must or should meet.

    Attributes:
        id: the name of the rule.
        severity: `error` if a specification forbids it or readers lose something; `warning` if it is allowed
            or common and causes trouble in some readers.
        message: what is wrong.
        fix: how to correct it.
        source: the specification and its section, or who else demands it.
    """

    id: str
    severity: Literal["error", "warning"]
    message: str
    fix: str
    source: str


class Place(Frozen):
    """A place in a document.

    Attributes:
        line: counted from 1; in JSON, the line on which the item starts.
        path: such as `item 3 / guid`.
        id: of the entry.
        snippet: the text of the document at that place.
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
    """A rule that a document breaks, with the place and the fix."""

    rule: str
    severity: Literal["error", "warning"]
    message: str
    fix: str
    place: Place = Place()

    def __str__(self) -> str:
        place = str(self.place)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} [{self.rule}] ({self.fix})"


def finding_of(rule: Rule, place: Place, detail: str = "") -> Finding:
    """Return the finding that a rule is broken.

    Args:
        rule: the rule.
        place: where.
        detail: what the document says there.
    """
    detail = _shorten(detail)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=f"{rule.message}: {detail}" if detail else rule.message,
        fix=rule.fix,
        place=place,
    )


def problems(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """Return findings as problems of a report; the path in the document becomes the field."""
    return tuple(
        Problem(
            message=f"{finding.message} [{finding.rule}]",
            severity=finding.severity,
            line=finding.place.line,
            field=finding.place.path or None,
            id=finding.place.id,
            hint=finding.fix,
        )
        for finding in findings
    )


@dataclass(slots=True)
class _Draft:
    rule: str
    detail: str
    line: int | None
    path: str
    id: str | None
    snippet: str


class FindingCollector:
    """Collects findings while a document is read.

    Args:
        rules: the rules that findings can name.
        ignored: the ids of rules whose findings are left out.
        most_per_rule: how many findings of one rule are kept; all if None.

    Attributes:
        path: the part of the document that is being read, such as `item 3`.
        counts: the number of findings of each rule, kept or not.
    """

    def __init__(
        self, rules: dict[str, Rule], *, ignored: Collection[str] = (), most_per_rule: int | None = None
    ) -> None:
        self._rules = rules
        self._ignored = frozenset(ignored)
        self._most_per_rule = most_per_rule
        self._drafts: list[_Draft] = []
        self.path = ""
        self.counts: dict[str, int] = {}

    def add(
        self,
        rule: str,
        path: str = "",
        detail: str = "",
        at: etree._Element | int | None = None,
        *,
        snippet: str = "",
        entry: str | None = None,
    ) -> None:
        """Add a finding.

        Args:
            rule: the id of the rule.
            path: below `self.path`.
            detail: what the document says there.
            at: the element or the line.
            snippet: the text of the document.
            entry: the id of the entry.
        """
        if rule in self._ignored:
            return
        count = self.counts[rule] = self.counts.get(rule, 0) + 1
        if self._most_per_rule is not None and count > self._most_per_rule:
            return
        whole = f"{self.path} / {path}" if self.path and path else self.path or path
        self._drafts.append(_Draft(rule, detail, _line(at), whole, entry, snippet))

    def __len__(self) -> int:
        return len(self._drafts)

    def set_entry(self, start: int, entry: str | None, at: etree._Element | int | None = None) -> None:
        """Set the entry, and the line if it is unknown, of all findings from number `start` on."""
        for draft in self._drafts[start:]:
            draft.id = entry
            draft.line = _line(at) if draft.line is None else draft.line

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, sorted by line."""
        self._drafts.sort(key=lambda draft: draft.line or 0)
        return tuple(
            finding_of(
                self._rules[draft.rule],
                Place(line=draft.line, path=draft.path, id=draft.id, snippet=_shorten(draft.snippet)),
                draft.detail,
            )
            for draft in self._drafts
        )


def _line(at: etree._Element | int | None) -> int | None:
    return at if at is None or isinstance(at, int) else cast("int | None", at.sourceline)


def _shorten(text: str) -> str:
    # Text from the document may be very long.
    return text if len(text) <= 160 else f"{text[:159]}…"
