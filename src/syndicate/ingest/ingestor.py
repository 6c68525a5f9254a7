"""Takes the articles of a source into the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ..config import SiteSettings
from ..errors import ExternalError, Where
from ..model import IdConflict, IncomingArticle, IngestReport, Problem, Severity
from ..sources import SourceSettings, SourceState, Unchanged, to_article
from .article_store import ArticleStore
from .source_opening import (
    UncommittedState,
    open_source,
    read_records,
    record_mapping,
    source_environment,
)

_BATCH_SIZE = 200


class Ingestor:
    """Takes in the sources of a config.

    Args:
        state: where sources keep their state.
        source_names: of all sources of the config. Others in the store are retired.
        base: the folder of the config.
        now: the time of the ingest, UTC.
        progress: is called with the key of each record.
    """

    def __init__(
        self,
        store: ArticleStore,
        state: SourceState,
        *,
        site: SiteSettings,
        source_names: Collection[str],
        base: Path,
        now: datetime,
        progress: Callable[[str], None],
    ) -> None:
        self._store = store
        self._state = state
        self._site = site
        self._source_names = source_names
        self._base = base
        self._now = now
        self._progress = progress

    def ingest(self, settings: SourceSettings) -> IngestReport:
        """Store every article of a source, and withdraw those whose records are missing.

        Raises:
            ConfigError: the settings name something that does not exist.
            StoreError: the database failed.
        """
        state = UncommittedState(self._state)
        retired = set(self._store.sources()) - set(self._source_names)
        batch = _Batch(self._store, settings.name, self._now, retired)
        mapping = record_mapping(settings, self._site)
        media = settings.media_metadata(
            source_environment(site=self._site, base=self._base, state=state, now=self._now)
        )
        problems: list[Problem] = []
        undated: list[IncomingArticle] = []
        seen = unchanged = refused = withdrawn = 0
        # The keys of records that are there, but bring no article now: their articles stay as they are.
        kept_keys: set[str] = set()
        # Whether every record that may exist was at least identified.
        is_whole = True
        external_failure = False
        try:
            source = open_source(settings, site=self._site, base=self._base, state=state, now=self._now)
            for item in read_records(source):
                if isinstance(item, Problem):
                    problems.append(item)
                    if item.severity == "error":
                        refused += 1
                        is_whole = False
                    continue
                seen += 1
                if isinstance(item, Unchanged):
                    unchanged += 1
                    kept_keys.add(item.key)
                    continue
                self._progress(item.key or str(seen))
                incoming, found = to_article(item, mapping)
                problems += found
                if incoming is not None and media is not None:
                    incoming, found = media.complete(incoming)
                    problems += found
                if incoming is not None:
                    batch.add(incoming)
                    if incoming.article.dated is None:
                        undated.append(incoming)
                elif any(each.severity == "error" for each in found):
                    refused += 1
                    if item.key is None:
                        is_whole = False
                    else:
                        kept_keys.add(item.key)
            is_complete = source.complete
        except ExternalError as error:
            problems.append(Problem.of(error))
            external_failure, is_complete = True, False
        batch.flush()
        problems += [*batch.problems, *_describe_conflicts(batch.conflicts)]
        problems += describe_undated(undated, "note")
        if is_whole and is_complete and seen:
            withdrawn = self._store.withdraw_missing(settings.name, batch.keys | kept_keys, self._now)
        elif is_whole and is_complete:
            problems.append(
                Problem(
                    message=f"source {settings.name} has no records now; its articles stay as they are",
                    severity="warning",
                    hint="check source.path",
                )
            )
        if media is not None:
            media.save()
        state.commit()
        return IngestReport(
            source=settings.name,
            seen=seen,
            new=batch.new,
            changed=batch.changed,
            unchanged=unchanged + batch.unchanged,
            withdrawn=withdrawn,
            refused=refused + batch.refused,
            problems=tuple(problems),
            external_failure=external_failure,
        )


class _Batch:
    """Stores articles a few hundred at a time, and sums up the results."""

    def __init__(self, store: ArticleStore, source: str, now: datetime, retired: Collection[str]) -> None:
        self._store = store
        self._source = source
        self._now = now
        self._retired = retired
        self._waiting: list[IncomingArticle] = []
        self.keys: set[str] = set()
        self.new = self.changed = self.unchanged = self.refused = 0
        self.problems: list[Problem] = []
        self.conflicts: list[IdConflict] = []

    def add(self, incoming: IncomingArticle) -> None:
        self._waiting.append(incoming)
        if len(self._waiting) == _BATCH_SIZE:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        result = self._store.put(
            self._source, self._waiting, self._now, seen=self.keys, retired=self._retired
        )
        self.new += result.new
        self.changed += result.changed
        self.unchanged += result.unchanged
        self.refused += len(result.rejected)
        self.problems += [describe_duplicate(incoming, other) for incoming, other in result.rejected]
        self.conflicts += result.conflicts
        self._waiting = []


def describe_duplicate(incoming: IncomingArticle, other: str) -> Problem:
    """Return the problem of a record with the id or the link of another record of its source."""
    return Problem.at(
        incoming.where,
        f"left out: it has the id or the link of {other}",
        hint="give each record an id or a link of its own",
    )


def describe_undated(undated: Sequence[IncomingArticle], severity: Severity) -> Iterator[Problem]:
    """Yield the problem of the articles of a source that have no date, if there are any."""
    if undated:
        first = undated[0]
        articles = "1 article has" if len(undated) == 1 else f"{len(undated)} articles have"
        yield Problem.at(
            Where(file=first.where.file, line=first.where.line, id=first.article.id),
            f"{articles} no date: shown after all others, and without one",
            severity=severity,
            hint='give them one, or name the field that holds it: fields = { published = "day" }',
        )


def _describe_conflicts(conflicts: Iterable[IdConflict]) -> Iterator[Problem]:
    """Yield a warning for each other source that has ids or links of this one."""
    groups: dict[tuple[str, bool], list[IdConflict]] = {}
    for each in conflicts:
        groups.setdefault((each.other, each.is_hidden), []).append(each)
    for (other, is_hidden), group in groups.items():
        first = group[0].incoming
        articles = "1 article" if len(group) == 1 else f"{len(group)} articles"
        yield Problem.at(
            Where(file=first.where.file, line=first.where.line, id=first.article.id),
            f"{articles} with an id or link on the site of source {other}: stored, but not published"
            if is_hidden
            else f"{articles} with an id that source {other} has too: published under another id",
            severity="warning",
            hint="set the key home of a source to the site that its articles belong to",
        )
