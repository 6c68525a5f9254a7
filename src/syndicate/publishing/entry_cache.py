"""Entries, serialized once per article revision and format, and reused in every feed that shows them.

A site with a feed for each tag shows an article in several feeds. Serializing it again for each of them
would take about half of the time of a full build. The entries of a large site do not fit into memory, so
they are stored in a temporary file.
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
from .feed_store import ArticleView
from .file_publisher import explain_os_error

# How many articles are loaded at a time.
_BATCH = 200


class BuiltEntry(NamedTuple):
    """An article, serialized for the documents of a feed.

    Attributes:
        id: the id in the documents.
        article_id, revision: of the article.
        updated: time of the last change, or of the first ingest if the article has no date (RFC 3339).
        dated: whether the article has a date.
        shape: identifies the set of elements: entries of one shape differ only in validated values. None if
            the entry has elements of other namespaces, whose values are not validated.
    """

    id: str
    article_id: str
    revision: int
    updated: str | None
    dated: bool
    shape: int | None
    bodies: Mapping[Format, bytes]


# An entry in the cache: entry id, revision, `updated`, `dated`, shape, offset in the file, and the size of
# each body in bytes. A plain tuple saves memory: there may be hundreds of thousands.
_Record = tuple[str, int, str | None, bool, int | None, int, tuple[int, ...]]

# What an entry depends on besides the article: whether bodies are full, with their Markdown, and in Atom
# as XHTML; whether the feed is a podcast, its home page (ids that are no URIs are derived from it), and
# the formats.
_Variant = tuple[bool, bool, str, bool, str, tuple[Format, ...]]


@dataclass(frozen=True, slots=True)
class Additions:
    """The problems found while articles were serialized.

    Attributes:
        problems: repairs, and articles that could not be serialized.
        unsupported: notes on fields that a format cannot contain.
    """

    problems: tuple[Problem, ...]
    unsupported: tuple[Problem, ...]


class EntryCache:
    """The serialized entries of one publish. A context manager: leaving it removes the temporary file."""

    def __init__(self, articles: ArticleView) -> None:
        self._articles = articles
        try:
            # Unbuffered: written data can be read at once, with one system call for each entry.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `__exit__`
        except OSError as error:
            raise _temporary_file_error(error) from error
        self._end = 0
        self._records: dict[_Variant, dict[str, _Record]] = {}
        self._shapes: dict[object, int] = {}
        self._noted: set[tuple[Format, int]] = set()

    def __enter__(self) -> EntryCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, feeds: Iterable[tuple[Feed, Sequence[EntryRef]]]) -> Additions:
        """Serialize the entries of some feeds that the cache does not contain yet.

        Raises:
            StoreError: the database failed.
            PublishError: the disk is full.
        """
        missing: dict[_Variant, tuple[Feed, dict[str, None]]] = {}
        for feed, refs in feeds:
            variant = _variant(feed)
            records = self._records.setdefault(variant, {})
            ids = missing.setdefault(variant, (feed, {}))[1]
            ids.update((ref.id, None) for ref in refs if not _is_current(records.get(ref.id), ref))
        problems: list[Problem] = []
        unsupported: dict[Problem, None] = {}
        for feed, missing_ids in missing.values():
            article_ids = list(missing_ids)
            for start in range(0, len(article_ids), _BATCH):
                self._serialize(feed, article_ids[start : start + _BATCH], problems, unsupported)
        return Additions(tuple(problems), tuple(unsupported))

    def entries(self, feed: Feed, refs: Sequence[EntryRef]) -> list[BuiltEntry]:
        """Return the entries of a feed, in the order of `refs`, without those that could not be serialized.

        Raises:
            PublishError: the temporary file cannot be read.
        """
        records = self._records[_variant(feed)]
        entries: list[BuiltEntry] = []
        for ref in refs:
            record = records.get(ref.id)
            if record is None:
                continue
            entry_id, revision, updated, dated, shape, offset, sizes = record
            data = self._read(offset, sum(sizes))
            bodies: dict[Format, bytes] = {}
            start = 0
            for feed_format, size in zip(feed.formats, sizes, strict=True):
                bodies[feed_format] = data[start : start + size]
                start += size
            entries.append(BuiltEntry(entry_id, ref.id, revision, updated, dated, shape, bodies))
        return entries

    def _serialize(
        self, feed: Feed, ids: Sequence[str], problems: list[Problem], unsupported: dict[Problem, None]
    ) -> None:
        records = self._records[_variant(feed)]
        loaded = {stored.article.id: stored for stored in self._articles.load(ids)}
        data: list[bytes] = []
        offset = self._end
        for article_id in ids:
            stored = loaded.get(article_id)
            if stored is None:
                continue
            try:
                entry = entry_of(feed, stored.article, problems)
                bodies = [SERIALIZERS[feed_format].entry(entry) for feed_format in feed.formats]
                shape = self._shapes.setdefault(entry.shape, len(self._shapes))
                for feed_format in feed.formats:
                    if (feed_format, shape) not in self._noted:
                        unsupported.update(dict.fromkeys(unsupported_fields(feed_format, entry)))
                        self._noted.add((feed_format, shape))
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
        remaining = memoryview(data)
        try:
            while remaining:
                remaining = remaining[os.write(self._file.fileno(), remaining) :]
        except OSError as error:
            raise _temporary_file_error(error) from error
        self._end += len(data)

    def _read(self, offset: int, size: int) -> bytes:
        try:
            data = os.pread(self._file.fileno(), size, offset)
        except OSError as error:
            raise _temporary_file_error(error) from error
        if len(data) != size:
            raise PublishError(
                f"the temporary file with the entries has {len(data)} of {size} bytes at {offset}",
                hint="check the disk of TMPDIR; no incomplete feed was written; publish again",
            )
        return data


def _temporary_file_error(error: OSError) -> PublishError:
    cause, hint = explain_os_error(error)
    return PublishError(
        f"entries cannot be stored in a temporary file: {cause}",
        hint=f"{hint}; the environment variable TMPDIR names its folder",
    )


def _variant(feed: Feed) -> _Variant:
    full, podcast = feed.content == "full", feed.podcast is not None
    return full, feed.markdown, feed.atom_content, podcast, feed.home, feed.formats


def _is_current(record: _Record | None, ref: EntryRef) -> bool:
    return record is not None and record[1] == ref.revision
