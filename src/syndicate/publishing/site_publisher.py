"""Publishes the feeds of a site: finds those that changed, writes them, and notifies the hubs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from ..config import FeedSettings, SiteSettings
from ..extensions import fingerprint
from ..model import Frozen, PublishReport
from ..model.base import ZonedDatetime
from ..resources import version
from ..scheduling.system_clock import Clock
from .affected_feeds import affected_feeds
from .entry_cache import EntryCache
from .feed_contents import feed_query
from .feed_store import FeedStore
from .file_publisher import FilePublisher
from .id_change_guard import MAX_CORRECTIONS, IdChange, IdGuard, IdPolicy
from .publish_run import PublishRun
from .site_feeds import ARCHIVE_FOLDER, FeedTarget, SiteFeeds
from .websub_outbox import WebSubOutbox

_STORED_NAME = "last_publish"
# After more changes than this, all feeds are looked at.
_MAX_CHANGES = 2000


class _LastPublish(Frozen):
    """What the store remembers of the last publish.

    Attributes:
        config_digest: of everything in the config that feeds depend on.
        sequence: the change sequence up to which changes are published.
        at: UTC.
        document_count: how many documents all feeds have.
        failed_feeds: names of feeds that could not be built or written, or that the id guard stopped.
        sequence_before_id_change: the change sequence before the first article with a new id; None unless
            the operator still has to decide about new ids.
        reported_notes: messages of notes that were reported.
    """

    config_digest: str
    sequence: int
    at: ZonedDatetime
    document_count: int = 0
    failed_feeds: tuple[str, ...] = ()
    sequence_before_id_change: int | None = None
    reported_notes: tuple[str, ...] = ()


def failed_feeds(store: FeedStore) -> tuple[str, ...]:
    """Return the names of the feeds that the last publish could not build or write, or that it stopped."""
    last = _last_publish(store)
    return last.failed_feeds if last else ()


class SitePublisher:
    """Publishes the feeds of one config into one folder.

    Args:
        site, feeds: `[site]` and all `[[feed]]` tables.
        configured_sources: the names of the sources of the config.
        clock: read when the lock of the folder is held.
    """

    def __init__(
        self,
        store: FeedStore,
        files: FilePublisher,
        *,
        site: SiteSettings,
        feeds: Sequence[FeedSettings],
        configured_sources: Collection[str],
        clock: Clock,
    ) -> None:
        self._store = store
        self._files = files
        self._site = site
        self._feeds = feeds
        self._site_feeds = SiteFeeds(store, site, feeds)
        self._id_guard = IdGuard(store, configured_sources)
        self._clock = clock

    def publish(
        self,
        only: FeedSettings | None = None,
        *,
        full: bool = False,
        ids: IdPolicy = "ask",
        progress: Callable[[str], None],
    ) -> PublishReport:
        """Write the feeds that changed, and notify the hubs.

        Args:
            only: the one table to publish; all if absent.
            full: build every document, even if nothing is known to have changed.
            ids: what to do if many articles of a feed have new ids.
            progress: called with the name of each finished feed.

        Raises:
            StoreError: the database failed.
            PublishError: the output folder cannot be used, or there is no space for temporary files.
        """
        with self._files.lock():
            report = self._publish(only, full=full, ids=ids, progress=progress)
        problems = WebSubOutbox(self._store, self._site).send(self._files.lock)
        return report.model_copy(update={"problems": (*report.problems, *problems)}) if problems else report

    def _publish(
        self, only: FeedSettings | None, *, full: bool, ids: IdPolicy, progress: Callable[[str], None]
    ) -> PublishReport:
        store = self._store
        last = _last_publish(store)
        now = self._clock.now()
        if ids == "keep" and (sequence := self._last_known_sequence(only, last, now)) is not None:
            store.merge_ids(self._id_guard.ids_changed_since(sequence, now))
        current = _LastPublish(config_digest=self._config_digest(), sequence=store.sequence(), at=now)
        candidates = self._affected(only, last, current) if last and not full else None
        every_feed = candidates is None
        if candidates is None:
            candidates = self._site_feeds.all_targets(now=now, only=only)
            self._files.remove_stale_files(now.timestamp())
        # If all feeds are candidates, they decide among themselves which one owns a name.
        published = {} if every_feed and only is None else self._published_patterns(candidates)
        targets, name_conflicts = self._site_feeds.choose_targets(candidates, published)
        check_ids = ids == "ask"
        with EntryCache(store) as cache:
            run = PublishRun(
                store,
                self._site,
                self._files,
                cache,
                id_guard=self._id_guard if check_ids else None,
                stopped_sources=self._stopped_sources(targets, last, current) if check_ids else frozenset(),
                now=now,
                full=full,
                reported_notes=last.reported_notes if last and not full else (),
                progress=progress,
            )
            run.report(name_conflicts)
            run.publish(targets)
        if only is None:
            after: _LastPublish | None = _after_all_feeds(last, current, run, every_feed=every_feed)
        else:
            after = _after_one_feed(last, run)
        written = len(run.written_paths)
        if only is None and (every_feed or run.needs_feed_list):
            all_feeds, _ = self._site_feeds.choose_targets(self._site_feeds.all_targets(now=now))
            run.publish_feed_list(all_feeds)
        # A publish that changes nothing writes nothing, not even its time.
        if after and (written or last is None or after != last.model_copy(update={"at": after.at})):
            store.remember(_STORED_NAME, after.model_dump_json())
        documents = after.document_count if after and only is None else run.document_count
        return PublishReport(
            feeds=run.feed_count,
            articles=len(run.article_ids),
            written=tuple(run.written_paths),
            unchanged=documents - written,
            problems=tuple(run.problems),
            external_failure=run.disk_failed,
        )

    def _affected(
        self, only: FeedSettings | None, last: _LastPublish, current: _LastPublish
    ) -> list[FeedTarget] | None:
        """Return the feeds that something has happened to; None if all feeds have to be looked at."""
        if last.config_digest != current.config_digest or last.at > current.at:
            # If the clock was set back, it is unknown what has become visible since.
            return None
        changes = self._store.article_changes(
            after=last.sequence, since=last.at, now=current.at, limit=_MAX_CHANGES
        )
        if changes is None:
            return None
        to_repeat = set(last.failed_feeds)
        if not changes:
            # Without changes there is time to check that no file was deleted.
            to_repeat |= {
                name.partition(ARCHIVE_FOLDER)[0]
                for name, formats in self._store.feed_documents().items()
                if not all(self._files.exists(f"{name}.{each}") for each in formats)
            }
        return affected_feeds(self._site_feeds, self._feeds if only is None else [only], changes, to_repeat)

    def _published_patterns(self, targets: Sequence[FeedTarget]) -> dict[str, str]:
        states = self._store.feed_states([target.name for target in targets])
        return {state.name: state.pattern for state in states}

    def _last_known_sequence(
        self, only: FeedSettings | None, last: _LastPublish | None, now: datetime
    ) -> int | None:
        """Return the change sequence up to which feed readers may know articles."""
        if last:
            return last.sequence if last.sequence_before_id_change is None else last.sequence_before_id_change
        changes = self._id_changes(self._site_feeds.all_targets(now=now, only=only), now)
        return min((change.previous_sequence for change in changes), default=None)

    def _stopped_sources(
        self, targets: Sequence[FeedTarget], last: _LastPublish | None, current: _LastPublish
    ) -> frozenset[str]:
        """Return the sources with many new ids in some feed. No feed shows any of their new ids.

        Otherwise small feeds would publish ids that are taken back later.
        """
        if (
            last
            and last.sequence_before_id_change is None
            and current.sequence - last.sequence <= MAX_CORRECTIONS
        ):
            return frozenset()
        changes = self._id_changes(targets, current.at)
        return frozenset(source for change in changes for source in change.sources)

    def _id_changes(self, targets: Sequence[FeedTarget], now: datetime) -> Iterator[IdChange]:
        queries = [(target.name, feed_query(target.feed)) for target in targets]
        return self._id_guard.check_feeds(queries, now)

    def _config_digest(self) -> str:
        tables = [table.model_dump_json() for table in (self._site, *self._feeds)]
        return hashlib.sha256(
            f"{version()} {fingerprint()} {self._files.compress} {tables}".encode()
        ).hexdigest()


def _last_publish(store: FeedStore) -> _LastPublish | None:
    stored = store.recall(_STORED_NAME)
    return _LastPublish.model_validate_json(stored) if stored else None


def _reported_notes(last: _LastPublish | None, run: PublishRun) -> tuple[str, ...]:
    return tuple(sorted({*(last.reported_notes if last else ()), *run.notes}))


def _after_one_feed(last: _LastPublish | None, run: PublishRun) -> _LastPublish | None:
    # The sequence stays: other feeds have not seen the changes yet.
    return last and last.model_copy(
        update={
            "document_count": last.document_count + run.added_documents,
            "failed_feeds": tuple(sorted(set(last.failed_feeds) - run.published_feeds | run.failed_feeds)),
            "reported_notes": _reported_notes(last, run),
        }
    )


def _after_all_feeds(
    last: _LastPublish | None, current: _LastPublish, run: PublishRun, *, every_feed: bool
) -> _LastPublish:
    sequence = run.sequence_before_id_change
    if sequence is not None and last is not None:
        # Articles that no feed shows may have come before those that a feed does.
        known = last.sequence_before_id_change
        sequence = last.sequence if known is None else known
    documents = run.document_count
    if last is not None and not every_feed:
        documents = last.document_count + run.added_documents
    return current.model_copy(
        update={
            "document_count": documents,
            "failed_feeds": tuple(sorted(run.failed_feeds)),
            "sequence_before_id_change": sequence,
            "reported_notes": _reported_notes(last, run),
        }
    )
