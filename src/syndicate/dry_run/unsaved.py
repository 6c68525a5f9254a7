"""What the files say now, over what the store has: read and checked, and not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from ..config import SourceSettings
from ..context import AppContext
from ..errors import SyndicateError
from ..ingest.ingest import describe_duplicate, describe_undated
from ..ingest.open_source import UncommittedState, open_source, record_mapping
from ..model import (
    Article,
    EntryRef,
    Facet,
    FeedQuery,
    IncomingArticle,
    Newsletter,
    Problem,
    Selector,
    StoredArticle,
)
from ..model.selection import newest_first, select, visible_from
from ..publishing.feed_store import FeedStore
from ..sources import Files, RawRecord, Unchanged, to_article

Stamps = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source gave.

    Attributes:
        whole: whether every record could be recognised, so that what is missing is no more.
    """

    records: tuple[IncomingArticle, ...]
    problems: tuple[Problem, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class UnsavedArticles:
    """The articles of files as an ingest would keep them.

    Attributes:
        articles: of any date.
        hidden: ids of articles in the store that these stand for, or whose record is gone.
        problems: what could not be read, or had to be mended.
    """

    articles: tuple[Article, ...]
    hidden: frozenset[str]
    problems: tuple[Problem, ...]


class UnsavedReader:
    """Reads sources without keeping anything; one whose files stay the same is read once."""

    def __init__(self, desk: AppContext) -> None:
        self._desk = desk
        self._known: dict[str, tuple[Stamps, Reading]] = {}

    def read(self, sources: Sequence[SourceSettings]) -> UnsavedArticles:
        """Everything that some sources say at this moment; of a sitemap, a few pages.

        Raises:
            StoreError: the database failed.
        """
        articles: list[Article] = []
        hidden: set[str] = set()
        problems: list[Problem] = []
        for settings in sources:
            try:
                reading = self._reading(settings)
            except SyndicateError as error:
                # What came from it before stays, as after an ingest.
                problems.append(Problem.of(error))
                continue
            problems += reading.problems
            self._take(settings, reading, articles, hidden, problems)
        return UnsavedArticles(tuple(articles), frozenset(hidden), tuple(dict.fromkeys(problems)))

    def _reading(self, settings: SourceSettings) -> Reading:
        files = settings.watched_files(self._desk.base)
        if files is None:
            return _read(self._desk, settings)
        stamps = (settings, self._desk.settings.site, *_stamps(files))
        known = self._known.get(settings.name)
        if known is None or known[0] != stamps:
            known = self._known[settings.name] = stamps, _read(self._desk, settings)
        return known[1]

    def _take(
        self,
        settings: SourceSettings,
        reading: Reading,
        articles: list[Article],
        hidden: set[str],
        problems: list[Problem],
    ) -> None:
        store = self._desk.store
        retired = store.sources() - self._desk.source_names
        ids = store.recognise(settings.name, reading.records, retired=retired)
        there = {each.article.id: each.article for each in store.load([each for each in ids if each])}
        now = self._desk.clock.now()
        for incoming, found in zip(reading.records, ids, strict=True):
            if found is None:
                problems.append(describe_duplicate(incoming, "another record of this source"))
                continue
            if found in hidden:
                continue
            before = there.get(found)
            ingested = before.ingested if before else now
            articles.append(incoming.article.model_copy(update={"id": found, "ingested": ingested}))
            hidden.add(found)
        if reading.whole and reading.records:
            hidden |= store.ids(settings.name)


def _stamps(files: Files) -> Iterator[tuple[str, int, int]]:
    for found in files.paths():
        if isinstance(found, Problem):
            continue
        path, _ = found
        try:
            about = path.stat()
        except OSError:
            continue
        yield str(path), about.st_mtime_ns, about.st_size


def _read(desk: AppContext, settings: SourceSettings) -> Reading:
    site = desk.settings.site
    mapping = record_mapping(settings, site)
    records: list[IncomingArticle] = []
    problems: list[Problem] = []
    wrong = unchanged = False
    source = open_source(
        settings,
        site=site,
        base=desk.base,
        # Its state is never committed: the next ingest reads what was read here.
        state=UncommittedState(desk.store),
        now=desk.clock.now(),
        is_sample=True,
    )
    for item in source.read():
        if isinstance(item, Problem):
            problems.append(item)
            wrong |= item.severity == "error"
        if not isinstance(item, RawRecord):
            unchanged |= isinstance(item, Unchanged)
            continue
        incoming, told = to_article(item, mapping)
        problems += told
        if incoming:
            records.append(incoming)
        else:
            # The article stays as it was until its record is mended.
            wrong |= any(problem.severity == "error" for problem in told)
    problems += describe_undated([each for each in records if each.article.dated is None], "warning")
    # Records that were not read again are there.
    whole = source.complete and not (wrong or unchanged)
    return Reading(tuple(records), tuple(problems), whole)


def unseen(desk: AppContext, drafts: UnsavedArticles, newsletter: Newsletter) -> list[StoredArticle]:
    """What no edition of a newsletter has had, newest first."""
    name = newsletter.name
    now = desk.clock.now()
    kept = desk.store.articles(now=now, where=newsletter.where, without=newsletter.without, unseen_by=name)
    mine = _chosen(desk, drafts, newsletter)
    seen = desk.store.consumed(name, [each.id for each in mine])
    return _merged(kept, drafts, [each for each in mine if each.id not in seen])


def newest(desk: AppContext, drafts: UnsavedArticles, newsletter: Newsletter) -> list[StoredArticle]:
    """What is there for a newsletter, whichever edition had it, newest first; as much as one may need."""
    kept = desk.store.articles(
        now=desk.clock.now(),
        where=newsletter.where,
        without=newsletter.without,
        limit=newsletter.limit + len(drafts.hidden) + len(newsletter.excluded),
    )
    return _merged(kept, drafts, _chosen(desk, drafts, newsletter))


class StoreAfterIngest:
    """The articles as they would be after an ingest; see `publishing.feed_store.ArticleView`."""

    def __init__(self, store: FeedStore, drafts: UnsavedArticles, *, now: datetime) -> None:
        self._store = store
        self._now = now
        self._drafts = {each.id: each for each in drafts.articles}
        self._hidden = drafts.hidden
        self._keys = [
            EntryRef(each.id, 0, visible_from(each, each.ingested or now))
            for each in newest_first(drafts.articles)
        ]
        self._filed: dict[tuple[Facet, str], list[EntryRef]] = defaultdict(list)
        for key in self._keys:
            article = self._drafts[key.id]
            for facet in get_args(Facet):
                for word in article.facet(facet):
                    self._filed[facet, word].append(key)

    def newest_entries(self, asks: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        """What each of some feeds would show, newest first."""
        wider = [
            ask if ask.limit is None else ask._replace(limit=ask.limit + len(self._hidden)) for ask in asks
        ]
        found = self._store.newest_entries(wider, now=now)
        return [self._merged(keys, ask, now) for keys, ask in zip(found, asks, strict=True)]

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        """Articles by their ids, as they would be."""
        mine = [
            StoredArticle(self._drafts[each], revision=0, sequence=0, first_sequence=0)
            for each in ids
            if each in self._drafts
        ]
        return [*mine, *self._store.load([each for each in ids if each not in self._drafts])]

    def archive_count(self, feed: str) -> int:
        """How many archive documents a feed has."""
        return self._store.archive_count(feed)

    def archive_documents(self, feed: str) -> dict[int, list[EntryRef]]:
        """The archive documents, without articles that an ingest would withdraw."""
        return {
            number: [
                key._replace(revision=0) if key.id in self._drafts else key
                for key in keys
                if key.id in self._drafts or key.id not in self._hidden
            ]
            for number, keys in self._store.archive_documents(feed).items()
        }

    def withdrawals(self, query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        """Withdrawn articles, and those that an ingest would withdraw."""
        gone = dict(self._store.withdrawals(query, since=since))
        limit = None if query.limit is None else query.limit + len(self._hidden)
        [keys] = self._store.newest_entries([query._replace(limit=limit)], now=self._now)
        for key in keys:
            if key.id in self._hidden and (since is None or key.visible_at >= since):
                gone.setdefault(key.id, self._now)
        left = [pair for pair in gone.items() if pair[0] not in self._drafts]
        return sorted(left, key=lambda pair: (-pair[1].timestamp(), pair[0]))[: query.limit]

    def has_withdrawals(self) -> bool:
        """Whether any article is withdrawn, or would be."""
        return self._store.has_withdrawals() or any(each not in self._drafts for each in self._hidden)

    def _merged(self, keys: Sequence[EntryRef], ask: FeedQuery, now: datetime) -> list[EntryRef]:
        archived: set[str] = set()
        if ask.unarchived is not None:
            pages = self._store.archive_documents(ask.unarchived).values()
            archived = {key.id for page in pages for key in page}
        fresh = [
            key
            for key in self._candidates(ask)
            if key.visible_at <= now and key.id not in archived and _is_wanted(ask, self._drafts[key.id])
        ]
        kept = [key for key in keys if key.id not in self._hidden]
        merged = sorted([*kept, *fresh], key=lambda key: (-key.visible_at.timestamp(), key.id))
        return merged[: ask.limit]

    def _candidates(self, ask: FeedQuery) -> Iterable[EntryRef]:
        if not ask.where:
            return self._keys
        facet, words = next(iter(ask.where.items()))
        return {key.id: key for word in words for key in self._filed.get((facet, word), ())}.values()


def _is_wanted(ask: FeedQuery, article: Article) -> bool:
    return all(set(words) & set(article.facet(facet)) for facet, words in ask.where.items()) and not any(
        set(words) & set(article.facet(facet)) for facet, words in ask.without.items()
    )


def _chosen(desk: AppContext, drafts: UnsavedArticles, selector: Selector) -> Sequence[Article]:
    now = desk.clock.now()
    return select(selector, drafts.articles, now=now, limit=len(drafts.articles)).articles


def _merged(
    kept: Sequence[StoredArticle], drafts: UnsavedArticles, fresh: Sequence[Article]
) -> list[StoredArticle]:
    mine = [StoredArticle(article, revision=0, sequence=0, first_sequence=0) for article in fresh]
    by_id = {
        each.article.id: each
        for each in (*(each for each in kept if each.article.id not in drafts.hidden), *mine)
    }
    return [by_id[article.id] for article in newest_first(each.article for each in by_id.values())]
