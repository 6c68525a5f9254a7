"""Entries spelt once a revision and format, and reused in every feed that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, NamedTuple

from ..errors import SyndicateError
from ..feeds import SPELLERS, entry_of
from ..feeds.drops import drops
from ..model import FORMATS, Feed, Format, Problem
from ..ports import Key, Stored
from .gate import Faults, Gate
from .spill import Spills


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


class Place(NamedTuple):
    """Where an entry waits.

    Attributes:
        revision: of the article.
        updated: when it last changed, as feeds write it.
        packed: the file, the offset, and the size in each format; bytes because there are many of them.
    """

    revision: int
    updated: str | None
    packed: bytes


# What the bytes of an entry depend on beside the article: whether bodies are full, whether the feed is a
# podcast, and the formats.
Variant = tuple[bool, bool, tuple[Format, ...]]

# The file, the offset, and a size for each format.
_PACKED = [Struct(f"<HQ{count}I") for count in range(len(FORMATS) + 1)]


def _variant(feed: Feed) -> Variant:
    return feed.content == "full", feed.podcast is not None, feed.formats


@dataclass(slots=True)
class Batch:
    """What came of spelling some articles.

    Attributes:
        places: where the entries wait, by id; what could not be spelt is not there.
        problems: what had to be mended or left out.
        faults: what the linter says, for entries of which it says anything.
        dropped: notes on what formats could not carry.
    """

    places: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    faults: dict[str, Faults] = field(default_factory=dict)
    dropped: list[Problem] = field(default_factory=list)


class Speller:
    """Spells articles into a spill; a process has one.

    Args:
        load: gives articles by their ids, in any order.
        spills: where entries wait.
        gate: looks at each entry, if it is to be looked at.
    """

    def __init__(
        self, load: Callable[[Sequence[str]], Sequence[Stored]], spills: Spills, gate: Gate | None
    ) -> None:
        self._load = load
        self._spills = spills
        self._gate = gate
        self._shapes: set[tuple[Any, ...]] = set()

    def spell(self, feed: Feed, ids: Sequence[str]) -> Batch:
        """Spell articles as a feed wants them, in the order of their ids."""
        batch = Batch()
        found = {stored.article.id: stored for stored in self._load(ids)}
        for each in ids:
            if each in found:
                try:
                    self._one(feed, found.pop(each), batch)
                except SyndicateError as error:
                    batch.problems.append(Problem.of(error))
        return batch

    def _one(self, feed: Feed, stored: Stored, batch: Batch) -> None:
        entry = entry_of(feed, stored.article, batch.problems, legal=True)
        bodies = {kind: SPELLERS[kind].entry(entry) for kind in feed.formats}
        if self._gate and (faults := self._gate.entry(entry, bodies)):
            batch.faults[stored.article.id] = faults
        shape = (feed.formats, entry.shape)
        if shape not in self._shapes:
            self._shapes.add(shape)
            batch.dropped += [note for kind in feed.formats for note in drops(kind, [entry])]
        offset = self._spills.add(b"".join(bodies.values()))
        packed = _PACKED[len(bodies)].pack(self._spills.own, offset, *map(len, bodies.values()))
        batch.places[stored.article.id] = Place(stored.revision, entry.form.updated, packed)


class Entries:
    """The entries of one publish: which there are, and where they wait."""

    def __init__(self) -> None:
        self._places: dict[Variant, dict[str, Place]] = {}
        self._faults: dict[Variant, dict[str, Faults]] = {}
        self._dropped: dict[Problem, None] = {}

    def missing(
        self, feeds: Iterable[tuple[Feed, Sequence[Key], Mapping[str, Spelt]]]
    ) -> list[tuple[Feed, list[str]]]:
        """The articles that some feeds are going to ask for and that are not spelt, with a feed to spell for.

        Args:
            feeds: each with its articles and with the entries that its documents have already, by id.
        """
        missing: dict[Variant, tuple[Feed, dict[str, None]]] = {}
        for feed, keys, kept in feeds:
            variant = _variant(feed)
            ids = missing.setdefault(variant, (feed, {}))[1]
            places = self._places.setdefault(variant, {})
            for key in keys:
                former = kept.get(key.id) or places.get(key.id)
                if former is None or former.revision != key.revision:
                    ids[key.id] = None
        return [(feed, list(ids)) for feed, ids in missing.values() if ids]

    def add(self, feed: Feed, batch: Batch) -> None:
        """Take in what was spelt for a feed."""
        variant = _variant(feed)
        self._places.setdefault(variant, {}).update(batch.places)
        if batch.faults:
            self._faults.setdefault(variant, {}).update(batch.faults)
        self._dropped |= dict.fromkeys(batch.dropped)

    def of(
        self, feed: Feed, keys: Sequence[Key], kept: Mapping[str, Spelt]
    ) -> list[tuple[str, Place | Spelt]]:
        """The entries of a feed, in the order of its keys; what could not be spelt is left out."""
        places = self._places.get(_variant(feed), {})
        found: list[tuple[str, Place | Spelt]] = []
        for key in keys:
            former = kept.get(key.id)
            if former and former.revision == key.revision:
                found.append((key.id, former))
            elif place := places.get(key.id):
                found.append((key.id, place))
        return found

    def faults(
        self, feed: Feed, entries: Iterable[tuple[str, Place | Spelt]]
    ) -> list[tuple[Format, Problem]]:
        """What the linter has said of those entries that the documents do not have yet."""
        known = self._faults.get(_variant(feed))
        if not known:
            return []
        return [
            (kind, problem)
            for article_id, entry in entries
            if isinstance(entry, Place)
            for kind, found in known.get(article_id, {}).items()
            for problem in found
        ]

    def dropped(self) -> list[Problem]:
        """A note on each field that a format could not carry, once."""
        return sorted(self._dropped, key=lambda note: note.message)


def sizes_of(entry: Place | Spelt, formats: Sequence[Format]) -> dict[Format, int]:
    """How many bytes an entry takes in each format."""
    if isinstance(entry, Spelt):
        return {kind: len(entry.bodies[kind]) for kind in formats}
    return dict(zip(formats, _PACKED[len(formats)].unpack(entry.packed)[2:], strict=True))


def bodies_of(
    entries: Iterable[bytes | Mapping[Format, bytes]], formats: Sequence[Format], spills: Spills
) -> list[list[bytes]]:
    """The bytes of some entries, read from where they wait unless they are there: a list for each format."""
    unpack = _PACKED[len(formats)].unpack
    places: list[tuple[int, int, tuple[int, ...]] | Mapping[Format, bytes]] = []
    # Entries that were spelt one after the other are read in one go.
    runs: list[list[int]] = []
    end = (-1, -1)
    for each in entries:
        if not isinstance(each, bytes):
            places.append(each)
            continue
        number, offset, *sizes = unpack(each)
        if (number, offset) != end:
            runs.append([number, offset, 0])
        size = sum(sizes)
        places.append((len(runs) - 1, runs[-1][2], tuple(sizes)))
        runs[-1][2] += size
        end = (number, offset + size)
    read = [spills.read(*run) for run in runs]
    found: list[list[bytes]] = [[] for _ in formats]
    for place in places:
        if not isinstance(place, tuple):
            for gathered, kind in zip(found, formats, strict=True):
                gathered.append(place[kind])
            continue
        run, start, lengths = place
        for gathered, size in zip(found, lengths, strict=True):
            gathered.append(read[run][start : start + size])
            start += size
    return found
