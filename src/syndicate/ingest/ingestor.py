"""Takes the articles of a source into the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..config import SiteSettings
from ..errors import ExternalError, Where
from ..model import FileState, IdConflict, IncomingArticle, IngestReport, Problem, Severity
from ..model.article_identity import record_key
from ..sources import (
    FileRead,
    RawRecord,
    RecordMapping,
    SourceSettings,
    SourceState,
    Unchanged,
    UnchangedFiles,
    to_article,
)
from .article_store import ArticleStore
from .file_tracker import FileTracker
from .id_changes import IdChanges
from .mass_changes import describe_held, is_mass_change, mass_change
from .reading_store import ReadingStore
from .source_opening import (
    UncommittedState,
    conversion_of,
    open_source,
    read_records,
    record_mapping,
    source_environment,
)

if TYPE_CHECKING:
    from ..sources.media_metadata import MediaMetadata

_BATCH_SIZE = 1000


class IngestStore(ArticleStore, ReadingStore, Protocol):
    """What an ingest reads and writes."""


class Ingestor:
    """Takes in the sources of a config.

    Args:
        state: where sources keep their state.
        source_names: of all sources of the config. Others in the store are retired.
        base: the folder of the config.
        now: the time of the ingest, UTC.
        progress: is called with the key of each record that is read.
    """

    def __init__(
        self,
        store: IngestStore,
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

    def ingest(
        self, settings: SourceSettings, *, reread: bool = False, is_confirmed: bool = False
    ) -> IngestReport:
        """Store every article of a source, and withdraw those whose records are missing.

        Args:
            reread: read files, pages and feeds that have not changed too.
            is_confirmed: whether a change of many articles is wanted.

        Raises:
            ConfigError: the settings name something that does not exist.
            StoreError: the database failed.
        """
        store, name = self._store, settings.name
        state = UncommittedState(self._state)
        retired = set(store.sources()) - set(self._source_names)
        stored_keys = store.keys(name)
        conversion = conversion_of(settings, self._site, self._base)
        files = FileTracker(store, name, conversion, stored_keys, self._now, reread=reread)
        id_changes = IdChanges(store, name, stored_keys)
        batch = _Batch(store, name, self._now, retired, files, id_changes)
        media = settings.media_metadata(
            source_environment(site=self._site, base=self._base, state=state, now=self._now)
        )
        read = _SourceRead(record_mapping(settings, self._site), media, batch, files, self._progress)
        external_failure = is_complete = False
        try:
            source = open_source(
                settings,
                site=self._site,
                base=self._base,
                state=state,
                now=self._now,
                known_files=files.known,
                is_reread=reread,
            )
            for item in read_records(source):
                read.add(item)
            is_complete = source.complete
        except ExternalError as error:
            read.problems.append(Problem.of(error))
            external_failure = True
        batch.flush()
        is_whole = read.is_whole and is_complete
        is_empty = not read.seen
        missing = stored_keys - read.given if is_whole and not is_empty else set()
        known = len(stored_keys)
        kept_back, former_ids = id_changes.finish(read.given, is_needed=is_mass_change(len(missing), known))
        missing -= id_changes.moved_keys(kept_back)
        changed = missing | id_changes.keys_of(former_ids)
        if is_mass_change(len(changed), known):
            missing -= id_changes.keys_of(former_ids)
        else:
            # A few are corrections: new articles in place of the old ones.
            former_ids = {}
        held: list[Problem] = []
        if former_ids or (is_whole and not is_empty):
            held = self._hold(name, missing, former_ids, known, is_confirmed=is_confirmed)
        if held:
            batch.refuse([each for each in kept_back if each.article.id in former_ids])
            kept_back = [each for each in kept_back if each.article.id not in former_ids]
            former_ids = {}
        batch.store(kept_back, former_ids)
        problems = [*read.problems, *batch.problems, *_describe_conflicts(batch.conflicts), *held]
        problems += describe_undated(read.undated, "note")
        if is_whole and is_empty:
            problems.append(
                Problem(
                    message=f"source {name} has no records now; its articles stay as they are",
                    severity="warning",
                    hint="check source.path",
                )
            )
        withdrawn = 0
        if missing and not held:
            withdrawn = store.withdraw_missing(name, stored_keys - missing | batch.keys, self._now)
        files.close(is_whole=is_whole and not is_empty and not held)
        if media is not None:
            media.save()
        if not held:
            state.commit()
        return IngestReport(
            source=name,
            seen=read.seen,
            new=batch.new,
            changed=batch.changed,
            unchanged=read.unchanged + batch.unchanged,
            withdrawn=withdrawn,
            held=len(missing) + batch.held if held else 0,
            refused=read.refused + batch.refused,
            problems=tuple(problems),
            external_failure=external_failure,
        )

    def _hold(
        self,
        source: str,
        missing: Collection[str],
        former_ids: Mapping[str, str],
        known: int,
        *,
        is_confirmed: bool,
    ) -> list[Problem]:
        """Hold a change of many articles, unless it is confirmed. Return the problem of a held change."""
        store = self._store
        before = store.held_change(source)
        if is_mass_change(len(missing) + len(former_ids), known):
            change = mass_change(source, missing, former_ids, known, self._now)
            if not is_confirmed and (before is None or before.digest != change.digest):
                store.hold_change(change)
                return [describe_held(change)]
        if before is not None:
            store.release_change(source)
        return []


class _SourceRead:
    """What one read of a source gives.

    Attributes:
        given: the keys of all records that are there, also of those that bring no article now: their articles
            stay as they are.
        is_whole: whether every record that may exist was at least identified.
    """

    def __init__(
        self,
        mapping: RecordMapping,
        media: MediaMetadata | None,
        batch: _Batch,
        files: FileTracker,
        progress: Callable[[str], None],
    ) -> None:
        self._mapping = mapping
        self._media = media
        self._batch = batch
        self._files = files
        self._progress = progress
        self.seen = self.unchanged = self.refused = 0
        self.given: set[str] = set()
        self.is_whole = True
        self.problems: list[Problem] = []
        self.undated: list[IncomingArticle] = []

    def add(self, item: RawRecord | Unchanged | Problem | FileRead | UnchangedFiles) -> None:
        """Add what a source yields."""
        if isinstance(item, RawRecord):
            self._add_record(item)
        elif isinstance(item, FileRead):
            self._files.finish(item.state)
        elif isinstance(item, UnchangedFiles):
            self._add_unchanged_files(item.states)
        elif isinstance(item, Unchanged):
            self.seen += 1
            self.unchanged += 1
            self._keep([record_key(item.key)])
        else:
            self.problems.append(item)
            if item.severity == "error":
                self.refused += 1
                self.is_whole = False
                self._files.read_again()

    def _add_record(self, record: RawRecord) -> None:
        self.seen += 1
        self._progress(record.key or str(self.seen))
        incoming, found = to_article(record, self._mapping)
        self.problems += found
        if incoming is not None and self._media is not None:
            incoming, found = self._media.complete(incoming)
            self.problems += found
            if found or self._media.has_local_file(incoming):
                self._files.read_again()
        if incoming is not None:
            key = record_key(incoming.key)
            self.given.add(key)
            self._files.add_record(key)
            self._batch.add(incoming)
            if incoming.article.dated is None:
                self.undated.append(incoming)
        elif not any(each.severity == "error" for each in found):
            self._files.add_record(None)
        else:
            self.refused += 1
            self._files.read_again()
            if record.key is None:
                self.is_whole = False
            else:
                self.given.add(record_key(record.key))

    def _add_unchanged_files(self, states: Sequence[FileState]) -> None:
        self._files.add_unchanged(states)
        given = self.given
        keys: list[str] = []
        for state in states:
            if not given.isdisjoint(state.keys):
                self._files.forget(state)
            given.update(state.keys)
            keys += state.keys
        self.seen += sum(state.records for state in states)
        self.unchanged += len(keys)
        self._batch.keys.update(keys)

    def _keep(self, keys: Sequence[str]) -> None:
        self.given.update(keys)
        self._batch.keys.update(keys)


class _Batch:
    """Stores articles some at a time, and sums up the results.

    Attributes:
        keys: of all records that the read has brought so far, except those that wait to be stored.
    """

    def __init__(
        self,
        store: ArticleStore,
        source: str,
        now: datetime,
        retired: Collection[str],
        files: FileTracker,
        id_changes: IdChanges,
    ) -> None:
        self._store = store
        self._source = source
        self._now = now
        self._retired = retired
        self._files = files
        self._id_changes = id_changes
        self._waiting: list[IncomingArticle] = []
        self.keys: set[str] = set()
        self.new = self.changed = self.unchanged = self.refused = self.held = 0
        self.problems: list[Problem] = []
        self.conflicts: list[IdConflict] = []

    def add(self, incoming: IncomingArticle) -> None:
        """Store an article with the next ones, unless it may be a stored one under a new id."""
        self._waiting += self._id_changes.add(incoming)
        if len(self._waiting) >= _BATCH_SIZE:
            self.flush()

    def flush(self) -> None:
        """Store the articles that wait, then the states of the files that they came from."""
        rejected = self._put(self._waiting, {})
        self._waiting = []
        self._files.save(rejected, self._id_changes.waiting_keys)

    def store(self, kept_back: Sequence[IncomingArticle], former_ids: Mapping[str, str]) -> None:
        """Store the articles that were kept back.

        Args:
            former_ids: as for `ArticleStore.put`.
        """
        for start in range(0, len(kept_back), _BATCH_SIZE):
            rejected = self._put(kept_back[start : start + _BATCH_SIZE], former_ids)
            later = [record_key(each.key) for each in kept_back[start + _BATCH_SIZE :]]
            self._files.save(rejected, later)
        self._files.save()

    def refuse(self, held: Sequence[IncomingArticle]) -> None:
        """Do not store articles that are held. Their files are read again."""
        self.held += len(held)
        self._files.discard([record_key(each.key) for each in held])

    def _put(self, articles: Sequence[IncomingArticle], former_ids: Mapping[str, str]) -> list[str]:
        """Store articles. Return the keys of those that were rejected."""
        if not articles:
            return []
        self._files.forget_opened()
        result = self._store.put(
            self._source,
            articles,
            self._now,
            seen=self.keys,
            retired=self._retired,
            former_ids=former_ids,
        )
        self.new += result.new
        self.changed += result.changed
        self.unchanged += result.unchanged
        self.refused += len(result.rejected)
        self.problems += [describe_duplicate(incoming, other) for incoming, other in result.rejected]
        self.conflicts += result.conflicts
        return [record_key(incoming.key) for incoming, _ in result.rejected]


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
