"""Entries, serialized once per article revision and format, and reused in every feed that shows them.

A site with a feed for each tag shows an article in several feeds. Serializing it again for each of them
would take about half of a full build. The entries of a large site do not fit into the memory, so they wait
in a temporary file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import PublishError, SyndicateError
from ..feeds import SERIALIZERS, entry_of
from ..feeds.unsupported_fields import unsupported_fields
from ..model import EntryRef, Feed, Format, Problem
from .contents import ArticleView
from .files import disk_fault

# How many articles are loaded at a time.
_BATCH = 200


class BuiltEntry(NamedTuple):
    """An article as it stands in the documents of a feed.

    Attributes:
        id: of the entry, as the documents have it.
        article_id, revision: of the article.
        updated: when it last changed, or was ingested first if it has no date, as Atom writes it.
        dated: whether it has a date.
        shape: the number of its shape: entries of one shape differ only in validated values. None if it has
            elements of other namespaces, whose values nobody has validated.
        bodies: the entry in each format.
    """

    id: str
    article_id: str
    revision: int
    updated: str | None
    dated: bool
    shape: int | None
    bodies: Mapping[Format, bytes]


# An entry in the cache: its own id, the revision, `updated`, `dated`, the number of the shape, the offset
# in the file, and how many bytes each format takes. A plain tuple, because there may be hundreds of
# thousands.
_Record = tuple[str, int, str | None, bool, int | None, int, tuple[int, ...]]

# What an entry depends on beside the article: whether bodies are full, whether the feed is a podcast, its
# home (ids that are no URIs are made from it), and the formats.
_Variant = tuple[bool, bool, str, tuple[Format, ...]]


@dataclass(frozen=True, slots=True)
class Additions:
    """What is to be reported after some articles were serialized.

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
        try:
            # Unbuffered: what was written can be read at once, and to read an entry takes one system call.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `__exit__`
        except OSError as error:
            raise _temporary_file_fault(error) from error
        self._end = 0
        self._records: dict[_Variant, dict[str, _Record]] = {}
        self._shapes: dict[object, int] = {}
        self._noted: set[tuple[Format, int]] = set()

    def __enter__(self) -> EntryCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, feeds: Iterable[tuple[Feed, Sequence[EntryRef]]]) -> Additions:
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

    def entries(self, feed: Feed, keys: Sequence[EntryRef]) -> list[BuiltEntry]:
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
            entry_id, revision, updated, dated, shape, offset, sizes = record
            data = self._read(offset, sum(sizes))
            bodies: dict[Format, bytes] = {}
            start = 0
            for kind, size in zip(feed.formats, sizes, strict=True):
                bodies[kind] = data[start : start + size]
                start += size
            found.append(BuiltEntry(entry_id, key.id, revision, updated, dated, shape, bodies))
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
                bodies = [SERIALIZERS[kind].entry(entry) for kind in feed.formats]
                shape = self._shapes.setdefault(entry.shape, len(self._shapes))
                for kind in feed.formats:
                    if (kind, shape) not in self._noted:
                        unsupported.update(dict.fromkeys(unsupported_fields(kind, entry)))
                        self._noted.add((kind, shape))
            except SyndicateError as error:
                problems.append(Problem.of(error))
                records.pop(article_id, None)
                continue
            sizes = tuple(map(len, bodies))
            lint_shape = None if entry.has_foreign_elements else shape
            fields = entry.fields
            records[article_id] = (
                entry.id,
                stored.revision,
                fields.updated,
                fields.dated,
                lint_shape,
                offset,
                sizes,
            )
            offset += sum(sizes)
            data += bodies
        self._write(b"".join(data))

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        except OSError as error:
            raise _temporary_file_fault(error) from error
        self._end += len(data)

    def _read(self, offset: int, size: int) -> bytes:
        try:
            data = os.pread(self._file.fileno(), size, offset)
        except OSError as error:
            raise _temporary_file_fault(error) from error
        if len(data) != size:
            raise PublishError(
                f"the temporary file with the entries has {len(data)} of {size} bytes at {offset}",
                hint="is the disk of TMPDIR in order? nothing was written; publish again",
            )
        return data


def _temporary_file_fault(error: OSError) -> PublishError:
    cause, hint = disk_fault(error)
    return PublishError(
        f"entries cannot be kept in a temporary file: {cause}",
        hint=f"{hint}; the environment variable TMPDIR says in which folder it is",
    )


def _variant(feed: Feed) -> _Variant:
    return feed.content == "full", feed.podcast is not None, feed.home, feed.formats


def _is_current(record: _Record | None, key: EntryRef) -> bool:
    return record is not None and record[1] == key.revision
