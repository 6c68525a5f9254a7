"""The articles of feeds as they would be after an ingest, for `check` and the preview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import get_args

from ..ingest.trial_ingest import UnsavedArticles
from ..model import Article, EntryRef, Facet, FeedQuery, StoredArticle
from ..model.selection import has_expired, newest_first, visible_from
from .feed_store import ArticleView


class ViewAfterIngest:
    """An `ArticleView` of the stored articles with unsaved ones in their place. Writes nothing.

    Args:
        store: the view of the store.
        unsaved: the articles that an ingest would store.
        now: UTC; the time of withdrawal of articles that an ingest would withdraw.
    """

    def __init__(self, store: ArticleView, unsaved: UnsavedArticles, *, now: datetime) -> None:
        self._store = store
        self._now = now
        self._replaced_ids = unsaved.replaced_ids
        self._articles = {each.id: each for each in unsaved.articles}
        self._refs = [
            EntryRef(each.id, 0, visible_from(each, each.ingested or now))
            for each in newest_first(unsaved.articles)
        ]
        self._refs_by_value: dict[tuple[Facet, str], list[EntryRef]] = defaultdict(list)
        for ref in self._refs:
            article = self._articles[ref.id]
            for facet in get_args(Facet):
                for value in article.facet(facet):
                    self._refs_by_value[facet, value].append(ref)

    def newest_entries(self, queries: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        """Return the contents of each feed, newest first."""
        stored = self._store.newest_entries([self._widen(query) for query in queries], now=now)
        return [self._merge(refs, query, now) for refs, query in zip(stored, queries, strict=True)]

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        """Return articles by id, in any order."""
        unsaved = [
            StoredArticle(self._articles[each], revision=0, sequence=0, first_sequence=0)
            for each in ids
            if each in self._articles
        ]
        return [*unsaved, *self._store.load([each for each in ids if each not in self._articles])]

    def archive_count(self, feed: str) -> int:
        """Return the number of archive documents of a feed."""
        return self._store.archive_count(feed)

    def archive_documents(self, feed: str, *, now: datetime) -> dict[int, list[EntryRef]]:
        """Return the archive documents, without articles that an ingest would withdraw."""
        return {
            number: [
                ref._replace(revision=0) if ref.id in self._articles else ref
                for ref in refs
                if not self._would_be_withdrawn(ref.id) and not self._would_be_expired(ref.id, now)
            ]
            for number, refs in self._store.archive_documents(feed, now=now).items()
        }

    def withdrawals(self, query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        """Return withdrawn articles and those that an ingest would withdraw, the latest first."""
        withdrawn = dict(self._store.withdrawals(query, since=since))
        [refs] = self._store.newest_entries([self._widen(query)], now=self._now)
        for ref in refs:
            if ref.id in self._replaced_ids and (since is None or ref.visible_at >= since):
                withdrawn.setdefault(ref.id, self._now)
        remaining = [pair for pair in withdrawn.items() if pair[0] not in self._articles]
        return sorted(remaining, key=lambda pair: (-pair[1].timestamp(), pair[0]))[: query.limit]

    def has_withdrawals(self) -> bool:
        """Return whether any article is withdrawn or would be."""
        return self._store.has_withdrawals() or any(map(self._would_be_withdrawn, self._replaced_ids))

    def _would_be_withdrawn(self, article_id: str) -> bool:
        return article_id in self._replaced_ids and article_id not in self._articles

    def _would_be_expired(self, article_id: str, now: datetime) -> bool:
        article = self._articles.get(article_id)
        return article is not None and has_expired(article, now)

    def _widen(self, query: FeedQuery) -> FeedQuery:
        """Return the query with a limit that leaves enough articles when the replaced ones are removed."""
        if query.limit is None:
            return query
        return query._replace(limit=query.limit + len(self._replaced_ids))

    def _merge(self, stored: Sequence[EntryRef], query: FeedQuery, now: datetime) -> list[EntryRef]:
        archived: set[str] = set()
        if query.unarchived is not None:
            documents = self._store.archive_documents(query.unarchived, now=now).values()
            archived = {ref.id for refs in documents for ref in refs}
        unsaved = [
            ref
            for ref in self._candidates(query)
            if ref.visible_at <= now
            and not self._would_be_expired(ref.id, now)
            and ref.id not in archived
            and _matches(query, self._articles[ref.id])
        ]
        unchanged = [ref for ref in stored if ref.id not in self._replaced_ids]
        refs = sorted([*unchanged, *unsaved], key=lambda ref: (-ref.visible_at.timestamp(), ref.id))
        return refs[: query.limit]

    def _candidates(self, query: FeedQuery) -> Iterable[EntryRef]:
        """Return the unsaved articles that have a value of the first facet of the query."""
        if not query.where:
            return self._refs
        facet, values = next(iter(query.where.items()))
        refs = (ref for value in values for ref in self._refs_by_value.get((facet, value), ()))
        return {ref.id: ref for ref in refs}.values()


def _matches(query: FeedQuery, article: Article) -> bool:
    def has_any(facet: Facet, values: Sequence[str]) -> bool:
        return not set(values).isdisjoint(article.facet(facet))

    return all(has_any(*each) for each in query.where.items()) and not any(
        has_any(*each) for each in query.without.items()
    )
