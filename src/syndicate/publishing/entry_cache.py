"""Entries, serialized once per article revision and format, and reused in every feed that shows them.

A site with a feed for each tag shows an article in several feeds. Serializing it again for each of them
would take about half of a full build. The entries of a large site do not fit into the memory, so they wait
in a temporary file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import PublishError, SyndicateError
from ..feeds import SPELLERS, entry_of
from ..feeds.drops import drops
from ..model import Feed, Format, Problem
from ..ports import Key
from .contents import ArticleView
from .files import disk_fault

# How many articles are loaded at a time.
_BATCH = 200
# So many bytes of entries stay in memory; with more, all of them go to the disk.
_IN_MEMORY = 16_000_000


class BuiltEntry(NamedTuple):
    """An article as it stands in the documents of a feed.

    Attributes:
        id: of the entry, as the documents have it.
        article_id, revision: of the article.
        updated: when it last changed, as feeds write it; none if it has no date.
        shape: the number of its shape: entries of one shape differ only in validated values. None if it has
            elements of other namespaces, whose values nobody has validated.
        bodies: the entry in each format.
    """

    id: str
    article_id: str
    revision: int
    updated: str | None
    shape: int | None
    bodies: Mapping[Format, bytes]


# An entry in the cache: its own id, the revision, `updated`, the number of the shape, the offset in the
# file, and how many bytes each format takes. A plain tuple, because there may be hundreds of thousands.
_Record = tuple[str, int, str | None, int | None, int, tuple[int, ...]]

# What an entry depends on beside the article: whether bodies are full, whether the feed is a podcast, its
# home (ids that are no URIs are made from it), and the formats.
_Variant = tuple[bool, bool, str, tuple[Format, ...]]


@dataclass(frozen=True, slots=True)
class Additions:
    """What serializing some articles brought to light.

    Attributes:
        problems: what had to be repaired, and articles that could not be serialized.
        unsupported: notes on fields that a format has no place for.
    """

    problems: tuple[Problem, ...]
    unsupported: tuple[Problem, ...]


class EntryCache:
    """The serialized entries of one publish. A context manager: leaving it removes the temporary file."""

    def __init__(self, articles: ArticleView) -> None:
        self._articles = articles
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `__exit__`
        self._end = 0
        self._records: dict[_Variant, dict[str, _Record]] = {}
        self._shapes: dict[object, int] = {}

    def __enter__(self) -> EntryCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, feeds: Iterable[tuple[Feed, Sequence[Key]]]) -> Additions:
        """Serialize what some feeds show and the cache does not have.

        Raises:
            StoreError: the database failed.
            PublishError: the disk is full.
        """
        missing: dict[_Variant, tuple[Feed, dict[str, None]]] = {}
        for feed, keys in feeds:
            variant = _variant(feed)
            records = self._records.setdefault(variant, {})
            ids = missing.setdefault(variant, (feed, {}))[1]
            ids.update((key.id, None) for key in keys if not _is_current(records.get(key.id), key))
        problems: list[Problem] = []
        unsupported: dict[Problem, None] = {}
        for feed, ids in missing.values():
            wanted = list(ids)
            for start in range(0, len(wanted), _BATCH):
                self._serialize(feed, wanted[start : start + _BATCH], problems, unsupported)
        return Additions(tuple(problems), tuple(unsupported))

    def entries(self, feed: Feed, keys: Sequence[Key]) -> list[BuiltEntry]:
        """The entries of a feed, in the order of the keys; what could not be serialized is left out.

        Raises:
            PublishError: the temporary file cannot be read.
        """
        records = self._records[_variant(feed)]
        found: list[BuiltEntry] = []
        for key in keys:
            record = records.get(key.id)
            if record is None:
                continue
            entry_id, revision, updated, shape, offset, sizes = record
            data = self._read(offset, sum(sizes))
            bodies: dict[Format, bytes] = {}
            start = 0
            for kind, size in zip(feed.formats, sizes, strict=True):
                bodies[kind] = data[start : start + size]
                start += size
            found.append(BuiltEntry(entry_id, key.id, revision, updated, shape, bodies))
        return found

    def _serialize(
        self, feed: Feed, ids: Sequence[str], problems: list[Problem], unsupported: dict[Problem, None]
    ) -> None:
        records = self._records[_variant(feed)]
        found = {stored.article.id: stored for stored in self._articles.load(ids)}
        data: list[bytes] = []
        offset = self._end
        for article_id in ids:
            stored = found.get(article_id)
            if stored is None:
                continue
            try:
                entry = entry_of(feed, stored.article, problems)
                bodies = [SPELLERS[kind].entry(entry) for kind in feed.formats]
            except SyndicateError as error:
                problems.append(Problem.of(error))
                records.pop(article_id, None)
                continue
            shape = self._shapes.get(entry.shape)
            if shape is None:
                shape = self._shapes[entry.shape] = len(self._shapes)
                for kind in feed.formats:
                    unsupported.update(dict.fromkeys(drops(kind, [entry])))
            sizes = tuple(map(len, bodies))
            lint_shape = None if entry.form.elements else shape
            records[article_id] = (entry.id, stored.revision, entry.form.updated, lint_shape, offset, sizes)
            offset += sum(sizes)
            data += bodies
        self._write(b"".join(data))

    def _write(self, data: bytes) -> None:
        try:
            self._file.seek(self._end)
            self._file.write(data)
        except OSError as error:
            cause, hint = disk_fault(error)
            raise PublishError(
                f"entries cannot be written to a temporary file: {cause}",
                hint=f"{hint}; TMPDIR says where the file is, now in {tempfile.gettempdir()}",
            ) from error
        self._end += len(data)

    def _read(self, offset: int, size: int) -> bytes:
        try:
            self._file.seek(offset)
            data = self._file.read(size)
        except OSError as error:
            raise PublishError(f"a temporary file cannot be read: {disk_fault(error)[0]}") from error
        if len(data) != size:
            raise PublishError(f"a temporary file has {len(data)} of {size} bytes at {offset}")
        return data


def _variant(feed: Feed) -> _Variant:
    return feed.content == "full", feed.podcast is not None, feed.home, feed.formats


def _is_current(record: _Record | None, key: Key) -> bool:
    return record is not None and record[1] == key.revision
