"""The id guard: finds articles that come back under new ids, which feed readers would show again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from ..ingest.article_matching import Fingerprint, find_pairs, fingerprint
from ..model import EntryRef, FeedQuery, FeedState, Problem, StoredArticle
from .feed_store import FeedStore

IdPolicy = Literal["ask", "keep", "accept"]
"""If articles have new ids: do not publish the feed, restore the former ids, or publish the new ids."""

# Up to so many articles of a feed and source may have new ids: these are corrections.
MAX_CORRECTIONS = 3
_BATCH = 500


class IdChange(NamedTuple):
    """A feed that would show articles again, under new ids.

    Attributes:
        previous_sequence: the change sequence before the first of the new articles.
        sources: the sources whose articles have new ids.
    """

    problem: Problem
    previous_sequence: int
    sources: frozenset[str]


class IdGuard:
    """Finds articles of the store that are former articles with new ids.

    Args:
        configured_sources: the names of the sources of the config. A source of the store that is not among
            them may have been renamed.
    """

    def __init__(self, store: FeedStore, configured_sources: Collection[str]) -> None:
        self._store = store
        self._configured_sources = configured_sources

    def check_feed(
        self, state: FeedState | None, refs: Sequence[EntryRef], stopped_sources: Collection[str] = ()
    ) -> IdChange | None:
        """Return a change if a feed would show many articles of one source again, under new ids.

        Args:
            state: the feed as it was last published.
            refs: what it would show now.
            stopped_sources: sources of which not even one article may have a new id.
        """
        if state is None:
            return None
        allowed = 0 if stopped_sources else MAX_CORRECTIONS
        published_ids = {entry.id for entry in state.entries}
        added_ids = [ref.id for ref in refs if ref.id not in published_ids]
        if len(published_ids) <= allowed or len(added_ids) <= allowed:
            return None
        added = {stored.article.id: stored for stored in self._store.load(added_ids)}
        # In the order of the feed, so that the report does not depend on the order in the store.
        pairs = find_pairs(
            [_of(stored) for stored in self._store.load(sorted(published_ids))],
            [_of(added[each]) for each in added_ids if each in added],
            self._configured_sources,
        )
        # Sources are counted one by one: one source does not stop the corrections of another.
        counts = Counter(added[new_id].source for _, new_id in pairs)
        sources = frozenset(
            source for source in counts if counts[source] > MAX_CORRECTIONS or source in stopped_sources
        )
        pairs = [(former_id, new_id) for former_id, new_id in pairs if added[new_id].source in sources]
        if not pairs:
            return None
        former_id, new_id = pairs[0]
        problem = Problem(
            message=f"{state.name} was not published: {len(pairs)} of its articles have new ids, and every "
            f"feed reader would show them again; {former_id} is now {new_id}",
            field="feed.name",
            id=new_id,
            hint="publish --keep-ids gives them their former ids; publish --accept-new-ids publishes them "
            "as new",
        )
        first_sequence = min(added[new_id].first_sequence for _, new_id in pairs)
        return IdChange(problem, first_sequence - 1, sources)

    def check_feeds(self, queries: Sequence[tuple[str, FeedQuery]], now: datetime) -> Iterator[IdChange]:
        """Return the changes of many feeds.

        Args:
            queries: the name of each feed, and what it would show.
            now: UTC.
        """
        for start in range(0, len(queries), _BATCH):
            batch = dict(queries[start : start + _BATCH])
            states = [
                state for state in self._store.feed_states(batch) if len(state.entries) > MAX_CORRECTIONS
            ]
            contents = self._store.newest_entries([batch[state.name] for state in states], now=now)
            for state, refs in zip(states, contents, strict=True):
                if change := self.check_feed(state, refs):
                    yield change

    def ids_changed_since(self, sequence: int, now: datetime) -> list[tuple[str, str]]:
        """Return the former and the new id of each article that came again after a change sequence."""
        everything = FeedQuery({}, {})
        [refs] = self._store.newest_entries([everything], now=now)
        ids = [ref.id for ref in refs]
        ids += [article_id for article_id, _ in self._store.withdrawals(everything, since=None)]
        former: list[Fingerprint] = []
        new: list[Fingerprint] = []
        for start in range(0, len(ids), _BATCH):
            # Only the fingerprints of the whole store are in memory.
            for stored in self._store.load(ids[start : start + _BATCH]):
                (former if stored.first_sequence <= sequence else new).append(_of(stored))
        return find_pairs(former, new, self._configured_sources)


def _of(stored: StoredArticle) -> Fingerprint:
    return fingerprint(stored.article, stored.source, stored.claimed_id)
