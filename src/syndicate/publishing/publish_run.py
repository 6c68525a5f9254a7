"""One publish run: feeds, a batch at a time, from their contents to the files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from ..config import SiteSettings
from ..errors import FeedError, PublishError, SyndicateError
from ..model import FORMATS, EntryRef, FeedState, Format, Problem, PublishedEntry
from .documents import BuiltDocuments, build_documents, build_page
from .entry_cache import EntryCache
from .feed_contents import TargetContents, feed_contents
from .feed_lint import LintCheck, has_error
from .feed_store import FeedStore
from .file_publisher import FilePublisher, Writer
from .id_change_guard import IdGuard
from .opml_list import FeedList
from .site_feeds import FeedTarget
from .websub_outbox import WebSubOutbox

# States are stored after each batch; an interrupted publish repeats at most one batch.
_BATCH = 250


class _Update(NamedTuple):
    """A feed or one of its archive documents: its last published state, and its current contents."""

    target: FeedTarget
    previous: FeedState | None
    refs: Sequence[EntryRef]


class _PendingUpdate(NamedTuple):
    """An update whose documents are being written.

    Attributes:
        state: to store once the documents are written; None if the old documents stay.
        futures: by path.
    """

    update: _Update
    state: FeedState | None
    futures: Mapping[str, Future[bool]]


class PublishRun:
    """Publishes feeds, and collects the values of the report.

    Args:
        cache: serialized entries.
        id_guard: stops feeds whose articles have new ids; None publishes the new ids.
        stopped_sources: sources of which no article may have a new id.
        now: UTC.
        full: build all documents, even if they seem to be published already.
        reported_notes: messages of notes that earlier publishes have reported; they are reported once.
        progress: called with the name of each finished feed.

    Attributes:
        problems: each once, in the order found.
        written_paths: the documents that have changed.
        article_ids: the articles of the feeds that were looked at.
        feed_count: how many feeds were looked at.
        document_count: how many documents these feeds have.
        added_documents: by how much the number of documents grew.
        published_feeds: names of feeds that are published completely.
        failed_feeds: names of feeds to publish again: something failed, or the id guard stopped them.
        sequence_before_id_change: the change sequence before the first article that stopped a feed.
        disk_failed: whether a file could not be written.
        notes: messages of all notes of this run.
    """

    def __init__(
        self,
        store: FeedStore,
        site: SiteSettings,
        files: FilePublisher,
        cache: EntryCache,
        *,
        id_guard: IdGuard | None,
        stopped_sources: Collection[str],
        now: datetime,
        full: bool,
        reported_notes: Collection[str],
        progress: Callable[[str], None],
    ) -> None:
        self._store = store
        self._files = files
        self._cache = cache
        self._feed_list = FeedList(store, site, files)
        self._outbox = WebSubOutbox(store, site)
        self._id_guard = id_guard
        self._stopped_sources = stopped_sources
        self._now = now
        self._full = full
        self._reported_notes = frozenset(reported_notes)
        self._lint_mode = site.lint
        self._lint = LintCheck()
        self._progress = progress
        self.problems: dict[Problem, None] = {}
        self.written_paths: list[str] = []
        self.article_ids: set[str] = set()
        self.feed_count = self.document_count = self.added_documents = 0
        self.published_feeds: set[str] = set()
        self.failed_feeds: set[str] = set()
        self.disk_failed = False
        self.sequence_before_id_change: int | None = None
        self.notes: set[str] = set()

    def report(self, problems: Iterable[Problem]) -> None:
        """Report problems that concern no feed in particular."""
        self.problems.update(dict.fromkeys(problems))

    def publish(self, targets: Sequence[FeedTarget]) -> None:
        """Publish feeds. A feed that cannot be built or written does not affect the others.

        Raises:
            StoreError: the database failed.
            PublishError: there is no space for temporary files.
        """
        self.feed_count += len(targets)
        for start in range(0, len(targets), _BATCH):
            self._publish_batch(targets[start : start + _BATCH])

    @property
    def needs_feed_list(self) -> bool:
        """Whether the list of all feeds has to be written."""
        return self._feed_list.is_outdated

    def publish_feed_list(self, targets: Sequence[FeedTarget]) -> None:
        """Write the list of all feeds, if the config asks for one."""
        try:
            if path := self._feed_list.write([target.feed for target in targets]):
                self.written_paths.append(path)
        except SyndicateError as error:
            self.problems[Problem.of(error)] = None
            self.disk_failed |= isinstance(error, PublishError)

    def _publish_batch(self, targets: Sequence[FeedTarget]) -> None:
        updates = [update for update in self._updates(targets) if not self._is_published(update)]
        added = self._cache.add((update.target.feed, update.refs) for update in updates)
        self.report(added.problems)
        self._report_notes(added.unsupported)
        with self._files.open_writer() as write:
            pending: list[_PendingUpdate] = []
            for update in updates:
                if self._archive_is_written(update, pending):
                    pending.append(self._write_documents(update, write))
                else:
                    pending.append(_PendingUpdate(update, None, {}))
        self._save_states([(each.update, self._state_after(each)) for each in pending])
        for target in targets:
            self._progress(target.name)

    def _updates(self, targets: Sequence[FeedTarget]) -> Iterator[_Update]:
        """Return each feed and its archive documents, without feeds that the id guard stops."""
        states = self._states(targets)
        for target, documents in zip(
            targets, feed_contents(self._store, targets, now=self._now), strict=True
        ):
            state = states.get(target.name)
            *archive, current = documents
            added = [document for document in archive if document.is_new]
            if self._is_stopped(target, state, [current, *added]):
                continue
            for document in added:
                number = document.target.archive_number
                assert number is not None
                ids = [ref.id for ref in document.entries]
                self._store.add_archive_document(target.feed.name, number, ids)
            archive_states = self._states([document.target for document in archive])
            for document in archive:
                yield _Update(document.target, archive_states.get(document.target.name), document.entries)
            yield _Update(current.target, state, current.entries)

    def _states(self, targets: Sequence[FeedTarget]) -> dict[str, FeedState]:
        return {state.name: state for state in self._store.feed_states([each.name for each in targets])}

    def _is_stopped(
        self, target: FeedTarget, state: FeedState | None, documents: Sequence[TargetContents]
    ) -> bool:
        if self._id_guard is None:
            return False
        refs = [ref for document in documents for ref in document.entries]
        change = self._id_guard.check_feed(state, refs, self._stopped_sources)
        if change is None:
            return False
        known = self.sequence_before_id_change
        first = change.previous_sequence if known is None else min(known, change.previous_sequence)
        self.sequence_before_id_change = first
        self.document_count += len(state.documents) if state else 0
        self._report_failure(target, change.problem)
        return True

    def _is_published(self, update: _Update) -> bool:
        """Whether the files show these entries already."""
        target, state, refs = update
        self.article_ids.update([ref.id for ref in refs])
        if (
            self._full
            or state is None
            or [(entry.id, entry.revision) for entry in state.entries]
            != [(ref.id, ref.revision) for ref in refs]
            or set(state.documents) != set(target.formats)
            or state.definition != target.definition
            or not all(self._files.is_complete(target.path(each)) for each in target.formats)
        ):
            return False
        self.document_count += len(target.formats)
        self.published_feeds.add(target.feed.name)
        return True

    def _archive_is_written(self, update: _Update, pending: Sequence[_PendingUpdate]) -> bool:
        """Whether the archive documents of a feed, which contain its older entries, are written."""
        if update.target.archive_number is not None or update.target.previous_archive is None:
            return True
        name = update.target.feed.name
        archive = [each for each in pending if each.update.target.feed.name == name]
        if all(
            each.state and not any(future.exception() for future in each.futures.values()) for each in archive
        ):
            return True
        self.failed_feeds.add(name)
        return False

    def _write_documents(self, update: _Update, write: Writer) -> _PendingUpdate:
        """Build documents and start to write them. If they cannot be built, the old ones stay."""
        target = update.target
        try:
            built = self._build(update)
            if built is None:
                return _PendingUpdate(update, None, {})
            if "html" in target.formats:
                built.bodies["html"] = build_page(self._store, built)
        except FeedError as error:
            self._report_failure(target, Problem.of(error))
            return _PendingUpdate(update, None, {})
        for problem in built.left_out:
            self._report_failure(target, problem)
        state = FeedState(
            target.name,
            target.state_pattern,
            target.facet_values,
            target.definition,
            tuple(PublishedEntry(entry.article_id, entry.revision) for entry in built.entries),
            {document_format: _checksum(body) for document_format, body in built.bodies.items()},
        )
        paths = {target.path(document_format): body for document_format, body in built.bodies.items()}
        return _PendingUpdate(update, state, {path: write(path, body) for path, body in paths.items()})

    def _build(self, update: _Update) -> BuiltDocuments | None:
        """Build and lint documents. None if the linter refuses the feed."""
        target, _, refs = update
        entries = self._cache.entries(target.feed, refs)
        if len(entries) < len(refs):
            self.failed_feeds.add(target.feed.name)
        built = build_documents(target, entries)
        if self._lint_mode == "off":
            return built
        # After malformed entries are left out: in a malformed document the linter finds nothing else.
        result = self._lint.check(target, built.frames, built.entries)
        if self._refuses(target, result.feed, "the feed was not published"):
            return None
        refused = {
            entry_id
            for entry_id, found in result.entries.items()
            if self._refuses(target, found, "the entry was left out")
        }
        if not refused:
            return built
        accepted = build_documents(target, [entry for entry in built.entries if entry.id not in refused])
        return replace(accepted, left_out=built.left_out)

    def _refuses(self, target: FeedTarget, found: Sequence[tuple[Format, Problem]], consequence: str) -> bool:
        """Report the linter's problems with a feed or an entry. Return whether it is not published."""
        is_refused = self._lint_mode == "refuse" and has_error(found)
        for feed_format, problem in found:
            if problem.severity != "error":
                self._report_notes([problem])
                continue
            hint = f"{problem.hint}; {consequence}" if is_refused else str(problem.hint)
            update = {"file": target.path(feed_format), "hint": hint}
            self.problems[problem.model_copy(update=update)] = None
        if is_refused:
            self.failed_feeds.add(target.feed.name)
        return is_refused

    def _state_after(self, pending: _PendingUpdate) -> FeedState:
        """Wait until the documents are written, and return the state to store."""
        (target, previous, _), state, futures = pending
        # Name and facet values are stored even if the feed failed, so that it is published again.
        if previous:
            failed_state = replace(previous, facet_values=target.facet_values)
        else:
            failed_state = FeedState(target.name, target.state_pattern, target.facet_values, "")
        previous_count = len(previous.documents) if previous else 0
        if state is None:
            self.document_count += previous_count
            return failed_state
        failed = False
        for path, future in futures.items():
            try:
                if future.result():
                    self.written_paths.append(path)
            except PublishError as error:
                failed = self.disk_failed = True
                self._report_failure(target, Problem.of(error))
        self.document_count += len(state.documents)
        self.added_documents += len(state.documents) - previous_count
        if failed:
            return failed_state
        self.published_feeds.add(target.feed.name)
        return state

    def _save_states(self, states: Sequence[tuple[_Update, FeedState]]) -> None:
        if not states:
            return
        # Before the states are stored: a publish that is interrupted here finds the same changes again.
        self._outbox.add([topic for update, state in states for topic in _changed_topics(update, state)])
        if any(_changes_feed_list(update) for update, _ in states):
            self._feed_list.mark_outdated()
        self._store.save_feed_states([state for _, state in states])

    def _report_notes(self, notes: Iterable[Problem]) -> None:
        """Report notes, unless this publish or an earlier one has reported them."""
        for note in notes:
            if note.message not in self.notes and note.message not in self._reported_notes:
                self.problems[note] = None
            self.notes.add(note.message)

    def _report_failure(self, target: FeedTarget, problem: Problem) -> None:
        self.problems[problem] = None
        self.failed_feeds.add(target.feed.name)


def _changes_feed_list(update: _Update) -> bool:
    """Whether the feed is new or its title, which a facet value may be part of, may have changed."""
    target, state, _ = update
    return target.archive_number is None and (state is None or state.facet_values != target.facet_values)


def _changed_topics(update: _Update, state: FeedState) -> Iterator[str]:
    """Return the URLs of the changed documents; archive documents have no subscribers."""
    target, previous, _ = update
    if target.archive_number is not None:
        return
    previous_checksums: Mapping[str, str] = previous.documents if previous else {}
    for feed_format in FORMATS:
        checksum = state.documents.get(feed_format)
        if checksum and previous_checksums.get(feed_format) != checksum and (url := target.url(feed_format)):
            yield url


def _checksum(document: bytes) -> str:
    # CRC-32 is five times as fast as a cryptographic hash, and nobody forges documents here.
    return f"{len(document)}-{crc32(document):08x}"
