"""Entries spelt once a revision and format, and reused in every feed that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from ..errors import SyndicateError
from ..feeds import SPELLERS, Entry, entry_of
from ..feeds.drops import drops
from ..model import Feed, Format, Problem
from ..ports import Key, Stored
from .spill import Spill


class Spelt(NamedTuple):
    """An entry in the formats of a feed.

    Attributes:
        id, revision: of the article.
        updated: when it last changed, as feeds write it.
        bodies: its bytes by format.
    """

    id: str
    revision: int
    updated: str | None
    bodies: Mapping[Format, bytes]


# What the bytes of an entry depend on beside the article: whether bodies are full, whether the feed is a
# podcast, and the formats.
Variant = tuple[bool, bool, tuple[Format, ...]]


def _variant(feed: Feed) -> Variant:
    return feed.content == "full", feed.podcast is not None, feed.formats


class _Place(NamedTuple):
    revision: int
    updated: str | None
    offset: int
    sizes: tuple[int, ...]


class Entries:
    """The entries of one publish. What has been spelt waits in a file without a name, not in memory.

    Args:
        load: gives articles by their ids, in any order.
    """

    def __init__(self, load: Callable[[Sequence[str]], Sequence[Stored]]) -> None:
        self._load = load
        self._spill = Spill()
        self._unlinted: set[tuple[str, Variant]] = set()
        self._ready: dict[tuple[str, Variant], Spelt] = {}
        self._places: dict[tuple[str, Variant], _Place] = {}
        self._shapes: dict[object, tuple[Entry, tuple[Format, ...]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spill.close()

    def prepare(self, feeds: Iterable[tuple[Feed, Sequence[Key], Mapping[str, Spelt]]]) -> list[Problem]:
        """Spell what some feeds are going to ask for and has not been spelt, all of it at once.

        Args:
            feeds: each with its articles and with the entries that its documents have already, by id.

        Returns:
            What had to be mended or left out.
        """
        self._ready.clear()
        self._unlinted.clear()
        missing: dict[Variant, tuple[Feed, dict[str, None]]] = {}
        for feed, keys, kept in feeds:
            variant = _variant(feed)
            ids = missing.setdefault(variant, (feed, {}))[1]
            for key in keys:
                former = kept.get(key.id)
                place = self._places.get((key.id, variant))
                if (former is None or former.revision != key.revision) and (
                    place is None or place.revision != key.revision
                ):
                    ids[key.id] = None
        problems: list[Problem] = []
        for variant, (feed, ids) in missing.items():
            for stored in self._load(list(ids)) if ids else ():
                try:
                    self._spell(feed, stored, variant, problems)
                except SyndicateError as error:
                    problems.append(Problem.of(error))
        return problems

    def of(self, feed: Feed, keys: Sequence[Key], kept: Mapping[str, Spelt]) -> list[Spelt]:
        """The entries of a feed that `prepare` was asked for, in the order of its keys.

        What could not be spelt is left out.
        """
        variant = _variant(feed)
        found: list[Spelt] = []
        for key in keys:
            former = kept.get(key.id)
            if former and former.revision == key.revision:
                found.append(former)
            elif spelt := self._ready.get((key.id, variant)):
                found.append(spelt)
            elif place := self._places.get((key.id, variant)):
                found.append(self._read(key.id, place, feed.formats))
        return found

    def unlinted(self, feed: Feed, spelt: Iterable[Spelt]) -> set[str]:
        """The ids of those entries that were spelt just now and were not asked for here before."""
        variant = _variant(feed)
        found = {each.id for each in spelt if (each.id, variant) in self._unlinted}
        self._unlinted -= {(each, variant) for each in found}
        return found

    def dropped(self) -> list[Problem]:
        """A note on each field that a format could not carry, once."""
        kinds: dict[Format, list[Entry]] = {}
        for entry, formats in self._shapes.values():
            for kind in formats:
                kinds.setdefault(kind, []).append(entry)
        return [problem for kind, entries in kinds.items() for problem in drops(kind, entries)]

    def _spell(self, feed: Feed, stored: Stored, variant: Variant, problems: list[Problem]) -> None:
        entry = entry_of(feed, stored.article, problems, legal=True)
        bodies = {kind: SPELLERS[kind].entry(entry) for kind in feed.formats}
        self._shapes.setdefault(entry.shape, (entry, feed.formats))
        spelt = Spelt(stored.article.id, stored.revision, entry.form.updated, bodies)
        self._places[spelt.id, variant] = _Place(
            spelt.revision,
            spelt.updated,
            self._spill.add(b"".join(bodies.values())),
            tuple([len(body) for body in bodies.values()]),
        )
        self._ready[spelt.id, variant] = spelt
        self._unlinted.add((spelt.id, variant))

    def _read(self, article_id: str, place: _Place, formats: Sequence[Format]) -> Spelt:
        whole = self._spill.read(place.offset, sum(place.sizes))
        bodies: dict[Format, bytes] = {}
        start = 0
        for kind, size in zip(formats, place.sizes, strict=True):
            bodies[kind] = whole[start : start + size]
            start += size
        return Spelt(article_id, place.revision, place.updated, bodies)
