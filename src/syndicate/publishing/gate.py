"""The linter before the door: each entry once a publish, each head with its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ..feeds import SPELLERS, Entry, Head
from ..feeds.lint import RULES, Finding, Place, lint, problems
from ..feeds.lint.vouching import vouched, vouched_head
from ..model import Author, Feed, Format, Problem

_HOME = "https://example.org/"
_NEUTRAL = Feed(title="A feed", home=_HOME, base_url=_HOME, language="en", author=Author(name="Its author"))
# No entry may be newer than its feed.
_LATEST = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)

# What the feeds of a family differ in.
_OWN = {"name", "title", "description", "where"}

Faults = Mapping[Format, tuple[Problem, ...]]


class Gate:
    """Looks at what is new before it goes out."""

    def __init__(self) -> None:
        # Whether an entry of a shape whose values are harmless is in order, by format.
        self._shapes: dict[tuple[Format, tuple[Any, ...]], bool] = {}
        # What the heads had in common that were in order, a family after the other.
        self._family: dict[str, Any] | None = None

    def entry(self, entry: Entry, bodies: Mapping[Format, bytes]) -> Faults:
        """What is wrong with an entry, by format.

        Args:
            entry: it, normalised.
            bodies: its bytes by format.
        """
        safe = vouched(entry)
        faults: dict[Format, tuple[Problem, ...]] = {}
        for kind, body in bodies.items():
            if safe and self._shapes.get((kind, entry.shape)):
                continue
            found = _alone(kind, body)
            if safe:
                self._shapes[kind, entry.shape] = not found
            if found:
                faults[kind] = found
        return faults

    def heads(
        self, head: Head, frames: Mapping[Format, tuple[bytes, bytes, bytes]]
    ) -> list[tuple[Format, Problem]]:
        """What is wrong with documents apart from their entries.

        Args:
            head: what the documents say of the feed.
            frames: what stands before, between and after the entries, by format.
        """
        safe = vouched_head(head)
        family = {name: value for name, value in head.feed if name not in _OWN}
        family |= {"": (bool(head.feed.description), head.updated is None)}
        if safe and family == self._family:
            return []
        found = [
            (kind, problem)
            for kind, frame in frames.items()
            for problem in head_faults(frame, head.feed.url(kind, head.page))
        ]
        self._family = family if safe and not found else None
        return found


def head_faults(frame: tuple[bytes, bytes, bytes], url: str | None) -> tuple[Problem, ...]:
    """What is wrong with a document apart from its entries.

    Args:
        frame: what stands before, between and after its entries.
        url: where it is served, if that is known.
    """
    start, _, end = frame
    # A line would be one of the document without entries.
    return tuple(each.model_copy(update={"line": None}) for each in problems(lint(start + end, url=url)))


def id_faults(feed: Feed, ids: Iterable[str]) -> list[tuple[Format, Problem]]:
    """The entries that have the id of their feed, which neither shows by itself."""
    if "atom" not in feed.formats or feed.atom_id not in set(ids):
        return []
    rule = RULES["atom-id-of-feed"]
    finding = Finding(
        rule=rule.id,
        severity=rule.severity,
        message=f"{rule.sentence}: {feed.atom_id}",
        hint=rule.mend,
        place=Place(path="entry / id", id=feed.atom_id),
    )
    return [("atom", problem) for problem in problems([finding])]


@cache
def _frame(kind: Format) -> tuple[bytes, bytes, bytes]:
    return SPELLERS[kind].frame(Head(_NEUTRAL, _LATEST))


def _alone(kind: Format, body: bytes) -> tuple[Problem, ...]:
    start, _, end = _frame(kind)
    found = problems(lint(start + body + end, url=_NEUTRAL.url(kind)))
    # Neither its line nor its number says anything: it is alone here, and its id is told.
    return tuple(
        each.model_copy(update={"line": None, "field": (each.field or "").replace(" 1", "", 1) or None})
        for each in found
    )
