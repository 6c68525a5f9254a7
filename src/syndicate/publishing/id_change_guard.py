"""The id guard: finds articles that come back under new ids, which feed readers would show again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from ..model import EntryRef, FeedQuery, FeedState, Problem, StoredArticle
from ..text.article_label import article_label
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
        pairs = _find_pairs(
            [_fingerprint(stored) for stored in self._store.load(sorted(published_ids))],
            [_fingerprint(added[each]) for each in added_ids if each in added],
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
        former: list[_Fingerprint] = []
        new: list[_Fingerprint] = []
        for start in range(0, len(ids), _BATCH):
            # Only the fingerprints of the whole store are in memory.
            for stored in self._store.load(ids[start : start + _BATCH]):
                (former if stored.first_sequence <= sequence else new).append(_fingerprint(stored))
        return _find_pairs(former, new, self._configured_sources)


class _Fingerprint(NamedTuple):
    """What an article may keep when its site moves or its links change.

    Attributes:
        title: or the first words of an untitled article, with normalized spaces and case; None if it has no
            words.
        path: the path and query of its link; None for the site's home page.
        text_hash: None if the article has no text.
        names: its link, and the id in its record.
    """

    id: str
    title: str | None
    date: datetime | None
    path: str | None
    text_hash: int | None
    source: str
    names: frozenset[str | None]


def _fingerprint(stored: StoredArticle) -> _Fingerprint:
    article = stored.article
    parts = urlsplit(article.link or "")
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    date = article.published or article.updated
    text = article.content_html or article.summary
    return _Fingerprint(
        article.id,
        " ".join(article_label(article).casefold().split()) or None,
        date and date.astimezone(UTC),
        path or None,
        hash(text) if text else None,
        stored.source,
        frozenset((stored.claimed_id or article.id, article.link)),
    )


_Key = Callable[[_Fingerprint], tuple[object, ...]]
# At least two properties must agree, the most reliable ones first. One is not enough: a column has the same
# title every week, and articles of several sites may have the same path.
_RELIABLE_KEYS: tuple[_Key, ...] = (
    lambda each: (each.path, each.title, each.date),
    lambda each: (each.title, each.date),
    lambda each: (each.path, each.date),
)
# These also agree by chance, such as in a column that links to the same page every week. They count only if
# no other article has the same values.
_UNRELIABLE_KEYS: tuple[_Key, ...] = (
    lambda each: (each.path, each.title),
    lambda each: (each.title, each.text_hash) if each.date is None else (None,),
)


def _find_pairs(
    former: Iterable[_Fingerprint], new: Iterable[_Fingerprint], configured_sources: Collection[str]
) -> list[tuple[str, str]]:
    """Return the former and the new id of articles that are the same. Each article is in at most one pair.

    The former article is from the same source, or from a source that is no longer in the config: a renamed
    source has the same articles. An article of another configured source is never the former one, even if
    all values agree: anybody can copy titles and dates.
    """
    former_by_id = {each.id: each for each in former}
    new_by_id = {each.id: each for each in new if each.id not in former_by_id}
    former_ids: dict[str, str] = {}
    former_by_source = _group_by_source(former_by_id.values())
    for source, articles in _group_by_source(new_by_id.values()).items():
        former_ids |= _match(former_by_source.get(source, ()), articles)
    matched = set(former_ids.values())
    retired = [
        each
        for each in former_by_id.values()
        if each.source not in configured_sources and each.id not in matched
    ]
    unmatched = [each for each in new_by_id.values() if each.id not in former_ids]
    former_ids |= {
        new_id: former_id
        for new_id, former_id in _match(retired, unmatched).items()
        if not _is_id_conflict(former_by_id[former_id], new_by_id[new_id])
    }
    return [(former_ids[new_id], new_id) for new_id in new_by_id if new_id in former_ids]


def _group_by_source(fingerprints: Iterable[_Fingerprint]) -> dict[str, list[_Fingerprint]]:
    groups: dict[str, list[_Fingerprint]] = defaultdict(list)
    for each in fingerprints:
        groups[each.source].append(each)
    return groups


def _match(former: Iterable[_Fingerprint], new: Iterable[_Fingerprint]) -> dict[str, str]:
    """Return the former id for each new id whose article agrees with a former one."""
    former_by_id = {each.id: each for each in former}
    new_by_id = {each.id: each for each in new}
    former_ids: dict[str, str] = {}
    for keys, unique_only in ((_RELIABLE_KEYS, False), (_UNRELIABLE_KEYS, True)):
        for key in keys:
            former_groups = _group_ids(former_by_id.values(), key)
            for value, new_group in _group_ids(new_by_id.values(), key).items():
                former_group = former_groups.get(value, [])
                if not unique_only or len(former_group) == len(new_group) == 1:
                    # Several articles with equal values may be paired in any order.
                    former_ids |= dict(zip(new_group, former_group, strict=False))
            for new_id, former_id in former_ids.items():
                new_by_id.pop(new_id, None)
                former_by_id.pop(former_id, None)
    return former_ids


def _is_id_conflict(one: _Fingerprint, other: _Fingerprint) -> bool:
    """Whether two sources have an article with the same id or link: then these are two articles."""
    return one.source != other.source and not one.names.isdisjoint(other.names - {None})


def _group_ids(fingerprints: Iterable[_Fingerprint], key: _Key) -> dict[tuple[object, ...], list[str]]:
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for each in fingerprints:
        value = key(each)
        if all(part is not None for part in value):
            groups[value].append(each.id)
    return groups
