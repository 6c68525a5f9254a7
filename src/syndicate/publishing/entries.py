"""Entries spelt once a revision and format, and reused in every feed that shows them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from ..errors import SyndicateError
from ..feeds import SPELLERS, Entry, entry_of
from ..feeds.drops import drops
from ..model import Feed, Format, Problem
from ..ports import Key, Stored


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
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as this is
        self._end = 0
        self._places: dict[tuple[str, Variant], _Place] = {}
        self._shapes: dict[tuple[Format, object], Entry] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def of(
        self, feed: Feed, keys: Sequence[Key], kept: Mapping[str, Spelt], problems: list[Problem]
    ) -> list[Spelt]:
        """The entries of a feed, in the order of their keys.

        Args:
            feed: which; decides what is spelt.
            keys: its articles.
            kept: entries that the feed's documents have already, by id; used where the revision is the same.
            problems: gets what had to be mended or left out.
        """
        variant = (feed.content == "full", feed.podcast is not None, feed.formats)
        found: dict[str, Spelt] = {}
        missing: list[str] = []
        for key in keys:
            former = kept.get(key.id)
            if former and former.revision == key.revision:
                found[key.id] = former
            elif (place := self._places.get((key.id, variant))) and place.revision == key.revision:
                found[key.id] = self._read(key.id, place, feed.formats)
            else:
                missing.append(key.id)
        for stored in self._load(missing) if missing else ():
            try:
                found[stored.article.id] = self._spell(feed, stored, variant, problems)
            except SyndicateError as error:
                problems.append(Problem.of(error))
        return [found[key.id] for key in keys if key.id in found]

    def dropped(self) -> list[Problem]:
        """A note on each field that a format could not carry, once."""
        kinds: dict[Format, list[Entry]] = {}
        for (kind, _), entry in self._shapes.items():
            kinds.setdefault(kind, []).append(entry)
        return [problem for kind, entries in kinds.items() for problem in drops(kind, entries)]

    def _spell(self, feed: Feed, stored: Stored, variant: Variant, problems: list[Problem]) -> Spelt:
        entry = entry_of(feed, stored.article, problems)
        bodies = {kind: SPELLERS[kind].entry(entry) for kind in feed.formats}
        for kind in feed.formats:
            self._shapes.setdefault((kind, entry.shape), entry)
        spelt = Spelt(stored.article.id, stored.revision, entry.form.updated, bodies)
        whole = b"".join(bodies.values())
        self._file.write(whole)
        self._places[spelt.id, variant] = _Place(
            spelt.revision, spelt.updated, self._end, tuple([len(body) for body in bodies.values()])
        )
        self._end += len(whole)
        return spelt

    def _read(self, article_id: str, place: _Place, formats: Sequence[Format]) -> Spelt:
        self._file.flush()
        whole = os.pread(self._file.fileno(), sum(place.sizes), place.offset)
        bodies: dict[Format, bytes] = {}
        start = 0
        for kind, size in zip(formats, place.sizes, strict=True):
            bodies[kind] = whole[start : start + size]
            start += size
        return Spelt(article_id, place.revision, place.updated, bodies)
