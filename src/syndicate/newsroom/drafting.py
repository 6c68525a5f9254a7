"""What the files say now, over what the store has: read and checked, and not kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..config import SourceSettings
from ..errors import SyndicateError
from ..feeds import Gone
from ..model import Article, Feed, Newsletter, Problem, Selector
from ..ports import Ask, Incoming, Key, RawRecord, Stored
from ..selection import newest_first, select
from ..sources import to_article
from ..sources.files import Files
from .desk import Desk
from .ingesting import Deferred, open_source, shape_of

Stamps = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source gave.

    Attributes:
        whole: whether every record could be recognised, so that what is missing is no more.
    """

    records: tuple[Incoming, ...]
    problems: tuple[Problem, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Drafts:
    """The articles of files as an ingest would keep them.

    Attributes:
        articles: of any date.
        hidden: ids of articles in the store that these stand for, or whose record is gone.
        problems: what could not be read, or had to be mended.
    """

    articles: tuple[Article, ...]
    hidden: frozenset[str]
    problems: tuple[Problem, ...]


class Drafting:
    """Reads the sources that are files; one whose files stay the same is read once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, tuple[Stamps, Reading]] = {}

    def read(self) -> Drafts:
        """Everything that the files say at this moment.

        Raises:
            StoreError: the database failed.
        """
        articles: list[Article] = []
        hidden: set[str] = set()
        problems: list[Problem] = []
        for settings in self._desk.settings.source:
            if not settings.path or settings.url:
                continue
            try:
                reading = self._reading(settings)
            except SyndicateError as error:
                # What came from it before stays, as after an ingest.
                problems.append(Problem.of(error))
                continue
            problems += reading.problems
            self._take(settings, reading, articles, hidden)
        return Drafts(tuple(articles), frozenset(hidden), tuple(dict.fromkeys(problems)))

    def _reading(self, settings: SourceSettings) -> Reading:
        stamps = (settings, self._desk.settings.site, *_stamps(self._desk, settings))
        known = self._known.get(settings.name)
        if known is None or known[0] != stamps:
            known = self._known[settings.name] = stamps, _read(self._desk, settings)
        return known[1]

    def _take(
        self, settings: SourceSettings, reading: Reading, articles: list[Article], hidden: set[str]
    ) -> None:
        store = self._desk.store
        retired = store.sources() - {each.name for each in self._desk.settings.source}
        ids = store.recognise(settings.name, reading.records, retired=retired)
        there = {each.article.id: each.article for each in store.load([each for each in ids if each])}
        now = self._desk.clock.now()
        for incoming, found in zip(reading.records, ids, strict=True):
            if found is None or found in hidden:
                continue
            before = there.get(found)
            ingested = before.ingested if before else now
            articles.append(incoming.article.model_copy(update={"id": found, "ingested": ingested}))
            hidden.add(found)
        if reading.whole and reading.records:
            hidden |= store.ids(settings.name)


def _stamps(desk: Desk, settings: SourceSettings) -> Iterator[tuple[str, int, int]]:
    for found in Files(desk.base, settings.path).paths():
        if isinstance(found, Problem):
            continue
        path, _ = found
        try:
            about = path.stat()
        except OSError:
            continue
        yield str(path), about.st_mtime_ns, about.st_size


def _read(desk: Desk, settings: SourceSettings) -> Reading:
    shape = shape_of(desk, settings)
    records: list[Incoming] = []
    problems: list[Problem] = []
    wrong = False
    # What it learns is never committed: the next ingest must not take for known what was only looked at.
    source = open_source(desk, settings, Deferred(desk.store))
    for item in source.read():
        if isinstance(item, Problem):
            problems.append(item)
            wrong |= item.severity == "error"
        if not isinstance(item, RawRecord):
            continue
        incoming, told = to_article(item, shape)
        problems += told
        if incoming:
            records.append(incoming)
        else:
            # The article stays as it was until its record is mended.
            wrong |= any(problem.severity == "error" for problem in told)
    return Reading(tuple(records), tuple(problems), source.complete and not wrong)


def unseen(desk: Desk, drafts: Drafts, newsletter: Newsletter) -> list[Stored]:
    """What no edition of a newsletter has had, newest first."""
    name = newsletter.name
    now = desk.clock.now()
    kept = desk.store.articles(now=now, where=newsletter.where, without=newsletter.without, unseen_by=name)
    mine = _chosen(desk, drafts, newsletter)
    seen = desk.store.consumed(name, [each.id for each in mine])
    return _merged(kept, drafts, [each for each in mine if each.id not in seen])


def newest(desk: Desk, drafts: Drafts, newsletter: Newsletter) -> list[Stored]:
    """What is there for a newsletter, whichever edition had it, newest first; as much as one may need."""
    kept = desk.store.articles(
        now=desk.clock.now(),
        where=newsletter.where,
        without=newsletter.without,
        limit=newsletter.limit + len(drafts.hidden) + len(newsletter.excluded),
    )
    return _merged(kept, drafts, _chosen(desk, drafts, newsletter))


@dataclass(frozen=True, slots=True)
class Showing:
    """What a feed shows.

    Attributes:
        articles: newest first.
        older: the archive document with what came before, if there is one.
        gone: what was withdrawn lately.
    """

    articles: Sequence[Article]
    older: int | None
    gone: tuple[Gone, ...]


def of_feed(desk: Desk, drafts: Drafts, feed: Feed) -> Showing:
    """What a feed would show if it were published now."""
    store, now = desk.store, desk.clock.now()
    plain = Ask(feed.where, feed.without, len(drafts.hidden) + feed.limit)
    fresh = _chosen(desk, drafts, feed)
    [newest] = store.newest([plain], now=now)
    if feed.history == "archive":
        archived = {key.id for page in store.archived(feed.name).values() for key in page}
        fresh = [each for each in fresh if each.id not in archived]
        [keys] = store.newest([Ask(feed.where, feed.without, unarchived=feed.name)], now=now)
        shown = newest_first([*_kept(desk, drafts, keys), *fresh])
        full = max(0, len(shown) // feed.limit - 1)
        shown, older = shown[: len(shown) - full * feed.limit], store.archives(feed.name) + full
    else:
        shown = newest_first([*_kept(desk, drafts, newest, feed.limit), *fresh])[: feed.limit]
        older = 0
    since = shown[-1].dated if len(shown) >= feed.limit else None
    gone = dict(store.gone(plain._replace(limit=feed.limit), since=since))
    there = {article.id for article in drafts.articles}
    for key in newest:
        # Its record is gone, and the next ingest withdraws it.
        if key.id in drafts.hidden and (since is None or key.visible_at >= since):
            gone.setdefault(key.id, now)
    latest = sorted(gone.items(), key=lambda pair: (-pair[1].timestamp(), pair[0]))
    left = [Gone(name, when) for name, when in latest if name not in there]
    return Showing(shown, older or None, tuple(left[: feed.limit]) if "atom" in feed.formats else ())


def _kept(desk: Desk, drafts: Drafts, keys: Sequence[Key], most: int | None = None) -> list[Article]:
    """Those of the store that no file stands for."""
    ids = [key.id for key in keys if key.id not in drafts.hidden]
    return [each.article for each in desk.store.load(ids[:most])]


def _chosen(desk: Desk, drafts: Drafts, selector: Selector) -> Sequence[Article]:
    now = desk.clock.now()
    return select(selector, drafts.articles, now=now, limit=len(drafts.articles)).articles


def _merged(kept: Sequence[Stored], drafts: Drafts, fresh: Sequence[Article]) -> list[Stored]:
    mine = [Stored(article, revision=0, sequence=0, born=0) for article in fresh]
    by_id = {
        each.article.id: each
        for each in (*(each for each in kept if each.article.id not in drafts.hidden), *mine)
    }
    return [by_id[article.id] for article in newest_first(each.article for each in by_id.values())]
