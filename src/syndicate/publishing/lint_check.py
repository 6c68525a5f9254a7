"""The linter in a publish: what is new in a feed is linted within that feed before it is written.

To lint every entry would take several times as long as to build it. Entries of one shape have the same
elements, and the values of an article were validated when it was ingested. So one entry of each shape
stands for the others of its feed or family. `syndicate check` lints every document whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..feeds import Frame
from ..linters.feeds import RULES, Place, lint, problems
from ..model import Format, Problem
from ..model.findings import finding_of
from .entry_cache import BuiltEntry
from .feed_target import Target

# The number of an entry says nothing in a document that has only some of them.
_NUMBER = re.compile(r"^(item|entry) \d+|^items\[\d+\]")

# Stands for the document without entries.
_FRAME = "frame"


@dataclass(frozen=True, slots=True)
class LintResult:
    """What the linter found in the documents of a target.

    Attributes:
        feed: findings about the documents apart from their entries.
        entries: findings about entries, by the id of the entry.
    """

    feed: list[tuple[Format, Problem]] = field(default_factory=list)
    entries: dict[str, list[tuple[Format, Problem]]] = field(default_factory=dict)

    def add(self, kind: Format, found: Iterable[Problem], ids: frozenset[str]) -> None:
        """Take in what was found in a document that has these entries."""
        for problem in found:
            path = _NUMBER.sub(lambda match: match[1] or "item", problem.field or "")
            problem = problem.model_copy(update={"line": None, "field": path or None})
            if problem.id in ids:
                self.entries.setdefault(str(problem.id), []).append((kind, problem))
            else:
                self.feed.append((kind, problem))


def has_error(findings: Iterable[tuple[Format, Problem]]) -> bool:
    """Whether any of some findings is an error."""
    return any(problem.severity == "error" for _, problem in findings)


class LintCheck:
    """Lints what one publish writes."""

    def __init__(self) -> None:
        # What has no errors, by definition and format: shapes, entries without one, and the frame.
        self._passed: dict[tuple[str, Format], set[object]] = defaultdict(set)

    def check(
        self, target: Target, frames: Mapping[Format, Frame], entries: Sequence[BuiltEntry]
    ) -> LintResult:
        """What is wrong with documents of a target that consist of these parts."""
        result = LintResult()
        if "atom" in target.feed.formats and any(entry.id == target.feed.atom_id for entry in entries):
            result.entries[target.feed.atom_id] = [("atom", _feed_id_in_entry(target.feed.atom_id))]
            entries = [entry for entry in entries if entry.id != target.feed.atom_id]
        for kind, frame in frames.items():
            passed = self._passed[target.state_pattern, kind]
            untested = [entry for entry in entries if _subject(entry) not in passed]
            sample = list({_subject(entry): entry for entry in reversed(untested)}.values())
            if not sample and _FRAME in passed:
                continue
            found = _lint(target, kind, frame, sample)
            result.add(kind, found, frozenset(entry.id for entry in sample))
            failed = {_subject(entry) for entry in sample if has_error(result.entries.get(entry.id, ()))}
            passed |= {_subject(entry) for entry in sample} - failed
            if not has_error(result.feed):
                passed.add(_FRAME)
            # Where one entry of a shape has an error, each of the others is looked at.
            others = [entry for entry in untested if _subject(entry) in failed and entry not in sample]
            if others:
                ids = frozenset(entry.id for entry in others)
                found = tuple(each for each in _lint(target, kind, frame, others) if each.id in ids)
                result.add(kind, found, ids)
        return result


def _subject(entry: BuiltEntry) -> object:
    """What one look at an entry is good for: every entry of its shape, or this revision alone."""
    return (entry.article_id, entry.revision) if entry.shape is None else entry.shape


def _lint(target: Target, kind: Format, frame: Frame, entries: Sequence[BuiltEntry]) -> tuple[Problem, ...]:
    document = frame.document([entry.bodies[kind] for entry in entries])
    return problems(lint(document, url=target.feed.url(kind, target.page)))


def _feed_id_in_entry(feed_id: str) -> Problem:
    """Return the problem of an entry with the id of its feed; the entry alone does not show it."""
    finding = finding_of(RULES["atom-id-same-as-feed"], Place(path="entry / id", id=feed_id), feed_id)
    return problems([finding])[0]
