"""The linter in a publish: new entries of a feed are linted within that feed before it is written.

Linting every entry would take several times as long as building it. Entries of one shape have the same
elements, and the values of an article were validated when it was ingested. So one entry of each shape
stands for the others of its feed or family. `syndicate check` lints all documents completely.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..feeds import Frame
from ..linters.feeds import RULES, Place, lint, problems
from ..model import Format, Problem
from ..model.findings import Finding, finding_of
from .entry_cache import BuiltEntry
from .site_feeds import FeedTarget

# The position of an entry is wrong: the linted document contains only some of the entries.
_POSITION = re.compile(r"^(item|entry) \d+|^items\[\d+\]")

# The subject of findings about the document without its entries.
_FRAME = "frame"


SELF_LINK_RULE = "self-link-missing"
"""The rule that every feed of a site without `base_url` breaks."""

# Readers ignore such custom elements, and languages that nobody has.
_TOLERATED_RULES = frozenset(
    {
        *("extension-misplaced", "extension-repeated", "extension-unknown-in-rfc"),
        *("date-w3cdtf-invalid", "language-unregistered"),
    }
)

_NO_BASE_URL = Problem(
    message="feeds do not state their own address, because base_url is missing",
    severity="warning",
    field="site.base_url",
    hint='set it to the URL of the output folder: base_url = "https://example.org/feeds/"',
)


@dataclass(frozen=True, slots=True)
class LintResult:
    """The linter's problems with the documents of a target.

    Attributes:
        feed: problems of the documents apart from their entries.
        entries: problems of entries, by the id of the entry.
    """

    feed: list[tuple[Format, Problem]] = field(default_factory=list)
    entries: dict[str, list[tuple[Format, Problem]]] = field(default_factory=dict)

    def add(self, feed_format: Format, found: Iterable[Problem], entry_ids: frozenset[str]) -> None:
        """Add the problems of a document that contains these entries."""
        for problem in found:
            path = _POSITION.sub(lambda match: match[1] or "item", problem.field or "")
            problem = problem.model_copy(update={"line": None, "field": path or None})
            if problem.id in entry_ids:
                self.entries.setdefault(str(problem.id), []).append((feed_format, problem))
            else:
                self.feed.append((feed_format, problem))


def has_error(found: Iterable[tuple[Format, Problem]]) -> bool:
    """Return whether any of the problems is an error."""
    return any(problem.severity == "error" for _, problem in found)


class LintCheck:
    """Lints what one publish writes."""

    def __init__(self) -> None:
        # The subjects without errors, by definition and format.
        self._passed: dict[tuple[str, Format], set[object]] = defaultdict(set)

    def check(
        self, target: FeedTarget, frames: Mapping[Format, Frame], entries: Sequence[BuiltEntry]
    ) -> LintResult:
        """Lint the documents that consist of these frames and entries."""
        result = LintResult()
        feed_id = target.feed.atom_id
        if "atom" in target.feed.formats and any(entry.id == feed_id for entry in entries):
            result.entries[feed_id] = [("atom", _entry_has_feed_id(feed_id))]
            entries = [entry for entry in entries if entry.id != feed_id]
        for feed_format, frame in frames.items():
            passed = self._passed[target.state_pattern, feed_format]
            untested = [entry for entry in entries if _subject(entry) not in passed]
            sample = list({_subject(entry): entry for entry in reversed(untested)}.values())
            if not sample and _FRAME in passed:
                continue
            found = _lint(target, feed_format, frame, sample)
            result.add(feed_format, found, frozenset(entry.id for entry in sample))
            failed = {_subject(entry) for entry in sample if has_error(result.entries.get(entry.id, ()))}
            passed |= {_subject(entry) for entry in sample} - failed
            if not has_error(result.feed):
                passed.add(_FRAME)
            # If one entry of a shape has an error, all others of that shape are linted.
            others = [entry for entry in untested if _subject(entry) in failed and entry not in sample]
            if others:
                ids = frozenset(entry.id for entry in others)
                found = tuple(
                    problem for problem in _lint(target, feed_format, frame, others) if problem.id in ids
                )
                result.add(feed_format, found, ids)
        return result


def _subject(entry: BuiltEntry) -> object:
    """What a result for this entry applies to: all entries of its shape, or only this revision."""
    return (entry.article_id, entry.revision) if entry.shape is None else entry.shape


def _lint(
    target: FeedTarget, feed_format: Format, frame: Frame, entries: Sequence[BuiltEntry]
) -> tuple[Problem, ...]:
    document = frame.document([entry.bodies[feed_format] for entry in entries])
    findings = lint_for_publishing(document, target.url(feed_format))
    if target.feed.base_url is not None:
        return problems(findings)
    others = [each for each in findings if each.rule != SELF_LINK_RULE]
    return problems(others) if len(others) == len(findings) else (*problems(others), _NO_BASE_URL)


def lint_for_publishing(document: bytes, url: str | None) -> tuple[Finding, ...]:
    """Return the findings about a document of a site; errors are those that keep it from being written.

    What readers ignore is a warning: a custom element at the wrong place, a language that is not registered.
    """
    return tuple(
        each.model_copy(update={"severity": "warning"}) if each.rule in _TOLERATED_RULES else each
        for each in lint(document, url=url)
    )


def _entry_has_feed_id(feed_id: str) -> Problem:
    """The problem of an entry with the id of its feed, which the shape of the entry does not show."""
    finding = finding_of(RULES["atom-id-same-as-feed"], Place(path="entry / id", id=feed_id), feed_id)
    return problems([finding])[0]
