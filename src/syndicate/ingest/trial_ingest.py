"""Read sources as an ingest would, and store nothing. `check` and the preview share it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..config import Settings, SourceSettings
from ..errors import SyndicateError
from ..model import Article, IncomingArticle, Problem, StoredArticle
from ..sources import Files, RawRecord, SourceState, Unchanged, to_article
from .ingestor import describe_duplicate, describe_undated
from .source_opening import (
    UncommittedState,
    open_source,
    read_records,
    record_mapping,
    source_environment,
)

FileVersions = tuple[tuple[str, int, int], ...]
"""The path, modification time in nanoseconds and size of each file of a source."""


class TrialStore(SourceState, Protocol):
    """What a trial ingest reads from a store; `ArticleStore` specifies the methods."""

    def sources(self) -> set[str]:
        """Return the names of all sources that articles came from."""
        ...

    def recognise(
        self, source: str, batch: Sequence[IncomingArticle], *, retired: Collection[str] = ()
    ) -> list[str | None]:
        """Return the id that an ingest would give each article, and None for a duplicate."""
        ...

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        """Return articles by id, in any order."""
        ...

    def ids(self, source: str) -> set[str]:
        """Return the ids of a source's articles, without withdrawn ones."""
        ...


@dataclass(frozen=True, slots=True)
class UnsavedArticles:
    """The articles of some sources as an ingest would store them.

    Attributes:
        articles: new, changed and unchanged ones, of any date.
        replaced_ids: ids of stored articles that `articles` replace, or that an ingest would withdraw.
        problems: what could not be read or had to be repaired.
    """

    articles: tuple[Article, ...]
    replaced_ids: frozenset[str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _SourceContents:
    """Everything that one source returned.

    Attributes:
        is_complete: every record was recognised, so that an ingest would withdraw the missing ones.
    """

    records: tuple[IncomingArticle, ...]
    problems: tuple[Problem, ...]
    is_complete: bool


class TrialIngest:
    """Reads sources without storing anything. A source of files is read again only if one of them changed."""

    def __init__(self, settings: Settings, base: Path) -> None:
        self._settings = settings
        self._base = base
        self._cache: dict[str, tuple[FileVersions, _SourceContents]] = {}

    def read(self, sources: Sequence[SourceSettings], store: TrialStore, *, now: datetime) -> UnsavedArticles:
        """Read every record of some sources; of a sitemap, only a few pages.

        If a source cannot be read, its stored articles stay, as after an ingest.

        Args:
            now: UTC; the time of ingest of new articles.

        Raises:
            StoreError: the database failed.
        """
        retired = store.sources() - {each.name for each in self._settings.source}
        articles: dict[str, Article] = {}
        replaced: set[str] = set()
        problems: list[Problem] = []
        for settings in sources:
            try:
                contents = self._contents(settings, store, now)
            except SyndicateError as error:
                problems.append(Problem.of(error))
                continue
            problems += contents.problems
            ids = store.recognise(settings.name, contents.records, retired=retired)
            stored = {each.article.id: each.article for each in store.load([each for each in ids if each])}
            for incoming, article_id in zip(contents.records, ids, strict=True):
                if article_id is None:
                    problems.append(describe_duplicate(incoming, "another record of this source"))
                elif article_id not in articles:
                    ingested = stored[article_id].ingested if article_id in stored else now
                    update = {"id": article_id, "ingested": ingested}
                    articles[article_id] = incoming.article.model_copy(update=update)
            if contents.is_complete and contents.records:
                replaced |= store.ids(settings.name)
        unsaved = tuple(articles.values())
        return UnsavedArticles(unsaved, frozenset(replaced | {*articles}), tuple(dict.fromkeys(problems)))

    def _contents(self, settings: SourceSettings, store: TrialStore, now: datetime) -> _SourceContents:
        files = settings.watched_files(self._base)
        if files is None:
            return self._read(settings, store, now)
        versions = tuple(_file_versions(files))
        cached = self._cache.get(settings.name)
        if cached is None or cached[0] != versions:
            cached = self._cache[settings.name] = versions, self._read(settings, store, now)
        return cached[1]

    def _read(self, settings: SourceSettings, store: TrialStore, now: datetime) -> _SourceContents:
        site = self._settings.site
        mapping = record_mapping(settings, site)
        # Never committed: the next ingest must not skip what was only read here.
        state = UncommittedState(store)
        media = settings.media_metadata(
            source_environment(site=site, base=self._base, state=state, now=now, is_sample=True)
        )
        records: list[IncomingArticle] = []
        problems: list[Problem] = []
        has_errors = has_unchanged = False
        source = open_source(
            settings,
            site=site,
            base=self._base,
            state=state,
            now=now,
            is_sample=True,
        )
        for item in read_records(source):
            if isinstance(item, Problem):
                problems.append(item)
                has_errors |= item.severity == "error"
            elif isinstance(item, Unchanged):
                has_unchanged = True
            elif isinstance(item, RawRecord):
                incoming, found = to_article(item, mapping)
                problems += found
                if incoming and media is not None:
                    incoming, found = media.complete(incoming)
                    problems += found
                if incoming:
                    records.append(incoming)
                else:
                    # An ingest keeps the stored article of a record that it cannot read.
                    has_errors |= any(problem.severity == "error" for problem in found)
        problems += describe_undated([each for each in records if each.article.dated is None], "warning")
        is_complete = source.complete and not (has_errors or has_unchanged)
        return _SourceContents(tuple(records), tuple(problems), is_complete)


def _file_versions(files: Files) -> Iterator[tuple[str, int, int]]:
    for found in files.found_files():
        if not isinstance(found, Problem):
            yield found.path, found.status.st_mtime_ns, found.status.st_size
