"""A few feeds at a time, from what they show to the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from ..errors import PublishError, SyndicateError
from ..feeds import Gone, to_opml
from ..model import FORMATS, Feed, Format, Problem
from ..ports import Ask, FeedState, Key, Shown
from ..publishing import Entries, FilePublisher, Order, Place, Sheet, Spelt, Wanted, as_it_is, kept, sizes_of
from ..publishing.gate import id_faults
from . import hubs
from .crew import Crew, Job, batched
from .desk import Desk, Progress
from .guarding import Ids, flood

# So many feeds whose documents have some of it already are made together: those documents are in memory.
_CHUNK = 20
# What is asked for in one go: large enough to be worth a message, small enough to be shared out evenly.
_IDS, _ORDERS = 100, 10
# With fewer documents to make than this, helpers would come too late.
_MANY = 100
# Whether the list of all feeds has all of them.
_LIST = "list"
_OLD, _NEW = "old", "new"


class _Part(NamedTuple):
    """A feed, or one of its archive documents: as it was published, and what it is to show."""

    wanted: Wanted
    state: FeedState | None
    keys: Sequence[Key]


class _Sheet(NamedTuple):
    """A part whose documents are being made, and what is to be kept of it when they are there."""

    part: _Part
    shown: tuple[Shown, ...]


@dataclass(slots=True)
class _Stage:
    """Some feeds whose documents are being made."""

    feeds: Sequence[Wanted]
    sheets: list[_Sheet] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


class Issue:
    """What one publish does and what there is to say of it.

    Args:
        desk: the newsroom's.
        publisher: where documents go.
        entries: which there are already.
        crew: spells and builds.
        full: make documents anew even where they seem to be as they should.
        ids: what to do where articles come with new ids.
        few: how many of a feed may.
        said: what earlier publishes have said and is said once.
        progress: told each feed's name when it is done.

    Attributes:
        problems: what is to be told, each once.
        written: paths, in the order in which they were asked for.
        shown: ids of the articles of the feeds that were looked at.
        feeds: how many were looked at.
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
        crew: Crew,
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
        self._crew = crew
        self._stage: _Stage | None = None
        self._faulty: set[tuple[Format, Problem]] = set()
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
        self.feeds = self.documents = self.grown = 0
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
        self.feeds = len(by_name)
        return list(by_name.values())

    def tell(self, notes: Iterable[Problem]) -> None:
        """Say what is said once, unless an earlier publish has said it."""
        for note in notes:
            if note.message not in self.told and note.message not in self._said:
                self.problems[note] = None
            self.told.add(note.message)

    def put(self, feeds: Sequence[Wanted]) -> None:
        """Make what is not as it should be and put it; `finish` waits for that, as does the next call.

        One feed that cannot be made, or cannot be put, leaves the others alone.
        """
        parts = [part for part in self._parts(feeds) if not self._as_it_is(part)]
        revised = [part for part in parts if not self._full and _revised(part)]
        fresh: list[tuple[_Part, Mapping[str, Spelt]]] = [
            (part, {}) for part in parts if self._full or not _revised(part)
        ]
        if len(fresh) >= _MANY:
            self._crew.grow()
        spells = self._spell(fresh)
        # Helpers have been making documents while this process looked for what comes after them.
        self.finish()
        self._spelt(spells)
        self._stage = self._build(feeds, fresh)
        for chunk in batched(revised, _CHUNK):
            former = [(part, kept(part.wanted, part.state, self._publisher.get)) for part in chunk]
            self._spelt(self._spell(former))
            self._arrive(self._build((), former))

    def finish(self) -> None:
        """Wait for the documents, and keep what is known of their feeds."""
        if self._stage:
            stage, self._stage = self._stage, None
            self._arrive(stage)

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

    def _spell(self, parts: Sequence[tuple[_Part, Mapping[str, Spelt]]]) -> list[tuple[Feed, Job]]:
        missing = self._entries.missing([(part.wanted.feed, part.keys, former) for part, former in parts])
        return [
            (feed, self._crew.ask("spell", feed, some))
            for feed, ids in missing
            for some in batched(ids, _IDS)
        ]

    def _spelt(self, spells: Sequence[tuple[Feed, Job]]) -> None:
        answers = self._crew.answers([job for _, job in spells])
        for (feed, _), batch in zip(spells, answers, strict=True):
            self._entries.add(feed, batch)
            self.problems |= dict.fromkeys(batch.problems)

    def _build(self, feeds: Sequence[Wanted], parts: Iterable[tuple[_Part, Mapping[str, Spelt]]]) -> _Stage:
        stage = _Stage(feeds)
        for some in batched(list(filter(None, [self._order(*part) for part in parts])), _ORDERS):
            stage.sheets += [sheet for sheet, _ in some]
            stage.jobs.append(self._crew.ask("build", [order for _, order in some]))
        return stage

    def _order(self, part: _Part, former: Mapping[str, Spelt]) -> tuple[_Sheet, Order] | None:
        wanted, _, keys = part
        feed = wanted.feed
        entries = self._entries.of(feed, keys, former)
        if len(entries) < len(keys):
            self.again.add(feed.name)
        faults = self._entries.faults(feed, entries)
        if self._lint != "off":
            faults += id_faults(feed, [article_id for article_id, _ in entries])
        if self._stays(wanted, faults):
            if part.state is None:
                self._store.keep_feeds([_unmade(wanted)])
            return None
        dates = {entry.updated for _, entry in entries if entry.updated}
        order = Order(
            wanted,
            [entry.packed if isinstance(entry, Place) else entry.bodies for _, entry in entries],
            max(map(datetime.fromisoformat, dates), default=None),
            tuple([key.id for key in keys]) if "html" in wanted.kinds else (),
            self._lint == "refuse",
        )
        shown = [
            Shown(article_id, entry.revision, entry.updated, sizes_of(entry, feed.formats))
            for article_id, entry in entries
        ]
        return _Sheet(part, tuple(shown)), order

    def _stays(self, wanted: Wanted, faults: Iterable[tuple[Format, Problem]]) -> bool:
        """Tell what the linter says; whether the documents stay as they are for that."""
        refused = False
        for kind, fault in faults:
            path = wanted.path(kind)
            stays = fault.severity == "error" and self._lint == "refuse" and self._publisher.has(path)
            refused |= stays
            if fault.severity != "error":
                self.tell([fault])
            elif stays or (kind, fault) not in self._faulty:
                self._faulty.add((kind, fault))
                hint = f"{fault.hint}; the old document stays" if stays else fault.hint
                self._fail(wanted, fault.model_copy(update={"file": path, "hint": hint}))
        return refused

    def _gone(self, wanted: Wanted, keys: Sequence[Key]) -> tuple[Gone, ...]:
        feed = wanted.feed
        if not self._withdrawn or "atom" not in feed.formats:
            return ()
        # What is older than everything that the feed shows is out of it anyway.
        since = keys[-1].visible_at if len(keys) >= feed.limit else None
        found = self._store.gone(Ask(feed.where, feed.without, feed.limit), since=since)
        return tuple([Gone(article_id, when) for article_id, when in found])

    def _arrive(self, stage: _Stage) -> None:
        """Wait for documents; keep what is known of their feeds then."""
        made = [sheet for answer in self._crew.answers(stage.jobs) for sheet in answer]
        states = [self._arrived(sheet, what) for sheet, what in zip(stage.sheets, made, strict=True)]
        for feed in stage.feeds:
            self._progress(feed.name)
        new = [(sheet.part, state) for sheet, state in zip(stage.sheets, states, strict=True) if state]
        if new:
            # Before the states are kept: a publish that is cut short here finds the same changes again.
            hubs.remember(self._desk, [topic for part, state in new for topic in _topics(part, state)])
            if self._desk.settings.site.opml and any(_listed_anew(part) for part, _ in new):
                self._store.remember(_LIST, _OLD)
            self._store.keep_feeds([state for _, state in new])

    def _arrived(self, sheet: _Sheet, made: Sheet) -> FeedState | None:
        """What is to be kept of a feed; nothing where no document was made."""
        wanted, former, _ = sheet.part
        self._stays(wanted, made.heads)
        for problem in made.problems:
            self._fail(wanted, problem)
        if not made.documents:
            return None if former else _unmade(wanted)
        self.written += made.written
        self.outside |= made.outside
        self.documents += len(made.documents)
        self.grown += len(made.documents) - (len(former.documents) if former else 0)
        name, pattern, words = wanted.name, wanted.kept_under, wanted.words
        if made.outside:
            return former or _unmade(wanted)
        self.done.add(wanted.feed.name)
        return FeedState(name, pattern, words, wanted.definition, sheet.shown, made.documents)

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


def _revised(part: _Part) -> bool:
    """Whether the documents may have entries that need not be spelt again."""
    return part.state is not None and part.state.definition == part.wanted.definition


def _listed_anew(part: _Part) -> bool:
    """Whether the list of all feeds has to be written again: a new feed, or a title that may be another."""
    return part.wanted.page is None and (part.state is None or part.state.words != part.wanted.words)


def _topics(part: _Part, state: FeedState) -> Iterator[str]:
    """The addresses of the documents that are other than they were; archive documents have no subscribers."""
    feed = part.wanted.feed
    if part.wanted.page is not None:
        return
    for kind in FORMATS:
        new = state.documents.get(kind)
        old = part.state.documents.get(kind) if part.state else None
        if new and (old is None or old.digest != new.digest) and (url := feed.url(kind)):
            yield url
