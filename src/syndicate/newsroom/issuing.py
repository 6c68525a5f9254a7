"""A few feeds at a time, from what they show to the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import NamedTuple

from ..errors import PublishError, SyndicateError
from ..feeds import Document, Gone, Head, entry_of, to_opml
from ..feeds.lint import lint, problems
from ..model import FORMATS, Feed, Problem
from ..ports import Ask, FeedState, Key
from ..publishing import Entries, FilePublisher, Made, Spelt, Wanted, as_it_is, kept, make
from . import hubs
from .desk import Desk, Progress
from .guarding import Ids, flood

# So many feeds are made together: what they lack is loaded at once.
_CHUNK = 20
# Whether the list of all feeds has all of them.
_LIST = "list"
_OLD, _NEW = "old", "new"


class _Part(NamedTuple):
    """A feed, or one of its archive documents: as it was published, and what it is to show."""

    wanted: Wanted
    state: FeedState | None
    keys: Sequence[Key]


class _Sheet(NamedTuple):
    """The documents of a part on their way to the disk, and what is known of it when they are there."""

    wanted: Wanted
    former: FeedState | None
    state: FeedState
    puts: dict[str, Future[bool]]


class Issue:
    """What one publish does and what there is to say of it.

    Args:
        desk: the newsroom's.
        publisher: where documents go.
        entries: where entries come from.
        full: make documents anew even where they seem to be as they should.
        ids: what to do where articles come with new ids.
        few: how many of a feed may.
        said: what earlier publishes have said and is said once.
        progress: told each feed's name when it is done.

    Attributes:
        problems: what is to be told, each once.
        written: paths, in the order in which they were asked for.
        shown: ids of the articles of the feeds that were looked at.
        documents: how many documents these feeds have.
        grown: how many more than before that is.
        done: names of feeds that are as they should be.
        again: names of feeds that could not be made or put, or were stopped.
        doubles: whether two feeds have one name.
        before: the change sequence before the first article for which the flood guard stopped a feed.
        outside: whether the disk failed.
        told: notes that are said once.
    """

    def __init__(
        self,
        desk: Desk,
        publisher: FilePublisher,
        entries: Entries,
        *,
        full: bool,
        ids: Ids,
        few: int,
        said: Collection[str],
        progress: Progress,
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._now = desk.clock.now()
        self._publisher = publisher
        self._entries = entries
        self._full = full
        self._ids = ids
        self._few = few
        self._said = frozenset(said)
        self._lint = desk.settings.site.lint
        self._progress = progress
        self._withdrawn = desk.store.any_withdrawn()
        self.problems: dict[Problem, None] = {}
        self.written: list[str] = []
        self.shown: set[str] = set()
        self.documents = self.grown = 0
        self.done: set[str] = set()
        self.again: set[str] = set()
        self.doubles = self.outside = False
        self.before: int | None = None
        self.told: set[str] = set()

    def without_doubles(self, feeds: Iterable[Wanted]) -> list[Wanted]:
        """One feed a name: two would overwrite each other's files at every publish."""
        by_name: dict[str, Wanted] = {}
        for each in feeds:
            if by_name.setdefault(each.name, each) is not each:
                self.doubles = True
                self._fail(
                    each,
                    Problem(
                        message=f"two feeds would be written to {each.name}; the second was left out",
                        field="feed.name",
                        hint="names are unique, also those that a family makes",
                    ),
                )
        return list(by_name.values())

    def tell(self, notes: Iterable[Problem]) -> None:
        """Say what is said once, unless an earlier publish has said it."""
        for note in notes:
            if note.message not in self.told and note.message not in self._said:
                self.problems[note] = None
            self.told.add(note.message)

    def put(self, feeds: Sequence[Wanted]) -> None:
        """Make what is not as it should be, put it, and keep what is known of it.

        One feed that cannot be made, or cannot be put, leaves the others alone.
        """
        parts = [part for part in self._parts(feeds) if not self._as_it_is(part)]
        sheets: list[_Sheet] = []
        failed: list[FeedState] = []
        with self._publisher.writing() as put:
            for start in range(0, len(parts), _CHUNK):
                chunk = parts[start : start + _CHUNK]
                kept = [self._kept(part) for part in chunk]
                told = self._entries.prepare(
                    [(part.wanted.feed, part.keys, former) for part, former in zip(chunk, kept, strict=True)]
                )
                self.problems |= dict.fromkeys(told)
                for part, former in zip(chunk, kept, strict=True):
                    if made := self._make(part, former):
                        puts = {path: put(path, body) for path, body in made.documents.items()}
                        sheets.append(_Sheet(part.wanted, part.state, made.state, puts))
                    elif part.state is None:
                        failed.append(_unmade(part.wanted))
        for feed in feeds:
            self._progress(feed.name)
        states = [self._arrived(sheet) for sheet in sheets]
        # Before the states are kept: a publish that is cut short here finds the same changes again.
        arrived = [sheet for sheet, state in zip(sheets, states, strict=True) if state is sheet.state]
        hubs.remember(self._desk, [topic for sheet in arrived for topic in _topics(sheet)])
        if self._desk.settings.site.opml and any(map(_listed_anew, sheets)):
            self._store.remember(_LIST, _OLD)
        self._store.keep_feeds([*states, *failed])

    @property
    def lacks_list(self) -> bool:
        """Whether the list of all feeds is not there, or lacks a feed."""
        site = self._desk.settings.site
        if not site.opml or not site.base_url:
            return False
        return not self._publisher.has(site.opml) or self._store.recall(_LIST) == _OLD

    def put_list(self, feeds: Sequence[Feed]) -> None:
        """Put the list of all feeds, if the config asks for one."""
        site = self._desk.settings.site
        if not site.opml or not site.base_url:
            return
        # Until it is there, so that it is tried again.
        self._mark_list(_OLD)
        try:
            body = to_opml(site.title, feeds, owner=site.author, home=site.home)
            if self._publisher.put(site.opml, body):
                self.written.append(site.opml)
            self._mark_list(_NEW)
        except SyndicateError as error:
            self.problems[Problem.of(error)] = None
            self.outside |= isinstance(error, PublishError)

    def _mark_list(self, state: str) -> None:
        if self._store.recall(_LIST) != state:
            self._store.remember(_LIST, state)

    def _parts(self, feeds: Sequence[Wanted]) -> Iterator[_Part]:
        """What there is to look at: each feed, and its archive documents."""
        states = {state.name: state for state in self._store.feed_states([w.name for w in feeds])}
        for wanted, keys in zip(
            feeds, self._store.newest(list(map(ask_of, feeds)), now=self._now), strict=True
        ):
            state = states.get(wanted.name)
            if self._ids == "ask" and (found := flood(self._store, state, keys, self._few)):
                self.before = found.before if self.before is None else min(self.before, found.before)
                self.documents += len(state.documents) if state else 0
                self._fail(wanted, found.problem)
            elif wanted.feed.history == "archive":
                rest, last = self._archive(wanted, keys)
                yield from self._archives(wanted, last)
                yield _Part(replace(wanted, older=last or None, gone=self._gone(wanted, rest)), state, rest)
            else:
                yield _Part(replace(wanted, gone=self._gone(wanted, keys)), state, keys)

    def _archive(self, feed: Wanted, keys: list[Key]) -> tuple[list[Key], int]:
        """Move what no longer fits into archive documents; the rest, and how many documents there are."""
        last, size = self._store.archives(feed.name), feed.feed.limit
        while len(keys) >= 2 * size:
            last += 1
            self._store.archive(feed.name, last, [key.id for key in keys[-size:]])
            keys = keys[:-size]
        return keys, last

    def _archives(self, feed: Wanted, last: int) -> Iterator[_Part]:
        wanted = {
            number: replace(feed, page=number, older=number - 1 or None) for number in range(1, last + 1)
        }
        states = {
            state.name: state for state in self._store.feed_states([each.name for each in wanted.values()])
        }
        for number, keys in self._store.archived(feed.name).items():
            yield _Part(wanted[number], states.get(wanted[number].name), keys)

    def _as_it_is(self, part: _Part) -> bool:
        wanted, state, keys = part
        self.shown.update([key.id for key in keys])
        if (
            self._full
            or not as_it_is(wanted, keys, state)
            or not all(self._publisher.whole(wanted.path(kind)) for kind in wanted.kinds)
        ):
            return False
        self.documents += len(wanted.kinds)
        self.done.add(wanted.feed.name)
        return True

    def _kept(self, part: _Part) -> Mapping[str, Spelt]:
        """The entries that are in the documents as they are, and need not be spelt again."""
        return {} if self._full else kept(part.wanted, part.state, self._publisher.get)

    def _make(self, part: _Part, former: Mapping[str, Spelt]) -> Made | None:
        wanted, _, keys = part
        spelt = self._entries.of(wanted.feed, keys, former)
        if len(spelt) < len(keys):
            self.again.add(wanted.feed.name)
        unlinted = self._entries.unlinted(wanted.feed, spelt)
        try:
            made = make(
                wanted,
                spelt,
                unlinted,
                lambda head: self._page(head, keys),
            )
        except SyndicateError as error:
            self._fail(wanted, Problem.of(error))
            return None
        return made if self._passes(wanted, made) else None

    def _passes(self, wanted: Wanted, made: Made) -> bool:
        """Whether the documents may replace those that are there: each entry is linted once."""
        if self._lint == "off":
            return True
        passes = True
        for kind, body in made.news.items():
            path = wanted.path(kind)
            found = problems(lint(body, url=wanted.feed.url(kind, wanted.page)))
            # A line would be one of the document with the news alone.
            here = [each.model_copy(update={"file": path, "line": None}) for each in found]
            errors = [each for each in here if each.severity == "error"]
            self.tell([each.model_copy(update={"file": None}) for each in here if each not in errors])
            if not errors:
                continue
            stays = self._lint == "refuse" and self._publisher.has(path)
            passes &= not stays
            for each in errors:
                hint = f"{each.hint}; the old document stays" if stays else each.hint
                self._fail(wanted, each.model_copy(update={"hint": hint}))
        return passes

    def _page(self, head: Head, keys: Sequence[Key]) -> bytes:
        from ..publishing.page import feed_page

        found = {each.article.id: each.article for each in self._store.load([key.id for key in keys])}
        # What had to be mended in an article is told where the feed itself is made.
        shown = tuple(entry_of(head.feed, found[key.id], []) for key in keys if key.id in found)
        return feed_page(Document(head, shown), url=head.feed.url("html"))

    def _gone(self, wanted: Wanted, keys: Sequence[Key]) -> tuple[Gone, ...]:
        feed = wanted.feed
        if not self._withdrawn or "atom" not in feed.formats:
            return ()
        # What is older than everything that the feed shows is out of it anyway.
        since = keys[-1].visible_at if len(keys) >= feed.limit else None
        found = self._store.gone(Ask(feed.where, feed.without, feed.limit), since=since)
        return tuple([Gone(article_id, when) for article_id, when in found])

    def _arrived(self, sheet: _Sheet) -> FeedState:
        """Wait for the documents; what is known of the feed then."""
        wanted, former, state, puts = sheet
        whole = True
        for path, future in puts.items():
            try:
                if future.result():
                    self.written.append(path)
            except PublishError as error:
                self.outside = True
                whole = False
                self._fail(wanted, Problem.of(error))
        self.documents += len(puts)
        self.grown += len(puts) - (len(former.documents) if former else 0)
        if not whole:
            return former or _unmade(wanted)
        self.done.add(wanted.feed.name)
        return state

    def _fail(self, wanted: Wanted, problem: Problem) -> None:
        self.problems[problem] = None
        self.again.add(wanted.feed.name)


def _unmade(wanted: Wanted) -> FeedState:
    """A feed that is known by its name, so that it is tried again, and by nothing else."""
    return FeedState(wanted.name, wanted.kept_under, wanted.words, "")


def ask_of(wanted: Wanted) -> Ask:
    """What a feed wants to show."""
    feed = wanted.feed
    if feed.history == "archive":
        return Ask(feed.where, feed.without, unarchived=feed.name)
    return Ask(feed.where, feed.without, feed.limit)


def _listed_anew(sheet: _Sheet) -> bool:
    """Whether the list of all feeds has to be written again: a new feed, or a title that may be another."""
    return sheet.wanted.page is None and (sheet.former is None or sheet.former.words != sheet.wanted.words)


def _topics(sheet: _Sheet) -> Iterator[str]:
    """The addresses of the documents that are other than they were; archive documents have no subscribers."""
    feed, former = sheet.wanted.feed, sheet.former
    if sheet.wanted.page is not None:
        return
    for kind in FORMATS:
        new = sheet.state.documents.get(kind)
        old = former.documents.get(kind) if former else None
        if new and (old is None or old.digest != new.digest) and (url := feed.url(kind)):
            yield url
