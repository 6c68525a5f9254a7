"""One publish: feeds, a batch at a time, from what they show to the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import NamedTuple

from ..context import AppContext, Progress
from ..errors import FeedError, PublishError, SyndicateError
from ..feeds import to_opml
from ..model import FORMATS, EntryRef, Feed, FeedState, Format, Problem, PublishedEntry
from . import websub_outbox as hubs
from .contents import Contents, contents_of
from .documents import BuiltDocuments, build_documents, build_page
from .entry_cache import EntryCache
from .feed_target import Target, digest, is_published
from .files import FilePublisher, Putter
from .id_changes import Ids, detect_id_change
from .lint_check import LintCheck, has_error

# What is known of so many feeds is kept at a time; an interrupted publish does at most so many again.
_BATCH = 250
# Whether the list of all feeds has all of them.
_LIST = "list"
_OLD, _NEW = "old", "new"


class _Part(NamedTuple):
    """A feed or one of its archive documents: its last published state, and what it is to show."""

    target: Target
    state: FeedState | None
    keys: Sequence[EntryRef]


class _Write(NamedTuple):
    """Documents of a part on their way to the disk, and the state to keep when they are there."""

    part: _Part
    state: FeedState | None
    futures: Mapping[str, Future[bool]]


class PublishRun:
    """What one publish does, and what it has to report.

    Args:
        desk: the newsroom's.
        publisher: where documents go.
        cache: the serialized entries.
        full: build documents even where they seem to be published already.
        ids: what to do where articles come with new ids.
        stopped: the sources of which no article may come under a new id.
        noted: notes that earlier publishes have reported, and that are reported once.
        progress: called with the name of each feed that is done.

    Attributes:
        problems: what is to be reported, each once.
        written: paths of documents that are other than they were.
        shown: ids of the articles of the feeds that were looked at.
        feeds: how many feeds were looked at.
        documents: how many documents these feeds have.
        grown: how many more than before that is.
        done: names of feeds that are published as they should be.
        again: names of feeds that have to be published again: something failed, or they were stopped.
        before: the change sequence before the first article for which the id guard stopped a feed.
        outside: whether the disk failed.
        notes: notes that are reported once.
    """

    def __init__(
        self,
        desk: AppContext,
        publisher: FilePublisher,
        cache: EntryCache,
        *,
        full: bool,
        ids: Ids,
        stopped: Collection[str],
        noted: Collection[str],
        progress: Progress,
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._now = desk.clock.now()
        self._publisher = publisher
        self._cache = cache
        self._full = full
        self._ids = ids
        self._stopped = stopped
        self._noted = frozenset(noted)
        self._level = desk.settings.site.lint
        self._lint = LintCheck()
        self._progress = progress
        self.problems: dict[Problem, None] = {}
        self.written: list[str] = []
        self.shown: set[str] = set()
        self.feeds = self.documents = self.grown = 0
        self.done: set[str] = set()
        self.again: set[str] = set()
        self.outside = False
        self.before: int | None = None
        self.notes: set[str] = set()

    def report(self, problems: Iterable[Problem]) -> None:
        """Report problems that concern no feed in particular."""
        self.problems.update(dict.fromkeys(problems))

    def publish(self, targets: Sequence[Target]) -> None:
        """Publish feeds. One that cannot be built or written leaves the others alone.

        Raises:
            StoreError: the database failed.
            PublishError: there is no room for temporary files.
        """
        self.feeds += len(targets)
        for start in range(0, len(targets), _BATCH):
            self._publish_batch(targets[start : start + _BATCH])

    def _publish_batch(self, targets: Sequence[Target]) -> None:
        parts = [part for part in self._parts(targets) if not self._is_published(part)]
        added = self._cache.add((part.target.feed, part.keys) for part in parts)
        self.report(added.problems)
        self._note(added.unsupported)
        with self._publisher.writing() as put:
            writes: list[_Write] = []
            for part in parts:
                writes.append(
                    self._write(part, put) if self._has_its_archive(part, writes) else _Write(part, None, {})
                )
        states = [(write.part, self._state_after(write)) for write in writes]
        self._keep([(part, state) for part, state in states if state])
        for target in targets:
            self._progress(target.name)

    @property
    def lacks_list(self) -> bool:
        """Whether the list of all feeds is not there, or lacks a feed."""
        site = self._desk.settings.site
        if not site.opml or not site.base_url:
            return False
        return not self._publisher.has(site.opml) or self._store.recall(_LIST) == _OLD

    def publish_list(self, feeds: Sequence[Feed]) -> None:
        """Write the list of all feeds, if the config asks for one."""
        site = self._desk.settings.site
        if not site.opml or not site.base_url:
            return
        # Until it is written, so that it is tried again.
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

    def _parts(self, targets: Sequence[Target]) -> Iterator[_Part]:
        """What there is to look at: each feed, and its archive documents."""
        states = self._states(targets)
        feeds = [target.feed for target in targets]
        for target, contents in zip(targets, contents_of(self._store, feeds, now=self._now), strict=True):
            state = states.get(target.name)
            if self._ids == "ask" and self._is_stopped(target, state, contents):
                continue
            for number in contents.added:
                self._store.archive(target.feed.name, number, [key.id for key in contents.archive[number]])
            archive = target.with_contents(contents)
            pages = self._states([page for page, _ in archive[:-1]])
            for part, keys in archive:
                yield _Part(part, state if part.page is None else pages.get(part.name), keys)

    def _states(self, targets: Sequence[Target]) -> dict[str, FeedState]:
        return {state.name: state for state in self._store.feed_states([each.name for each in targets])}

    def _is_stopped(self, target: Target, state: FeedState | None, contents: Contents) -> bool:
        """Whether the id guard stops a feed."""
        keys = [*contents.entries, *(key for number in contents.added for key in contents.archive[number])]
        found = detect_id_change(
            self._store, state, keys, configured=self._desk.source_names, stopped=self._stopped
        )
        if found is None:
            return False
        self.before = found.before if self.before is None else min(self.before, found.before)
        self.documents += len(state.documents) if state else 0
        self._fail(target, found.problem)
        return True

    def _is_published(self, part: _Part) -> bool:
        target, state, keys = part
        self.shown.update([key.id for key in keys])
        if (
            self._full
            or not is_published(target, keys, state)
            or not all(self._publisher.whole(target.path(kind)) for kind in target.kinds)
        ):
            return False
        self.documents += len(target.kinds)
        self.done.add(target.feed.name)
        return True

    def _write(self, part: _Part, put: Putter) -> _Write:
        """Hand the documents of a part over to be written; nothing where the old ones have to stay."""
        target = part.target
        try:
            built = self._build(part)
            if built is None:
                return _Write(part, None, {})
            if "html" in target.kinds:
                built.bodies["html"] = build_page(self._store, built)
        except FeedError as error:
            self._fail(target, Problem.of(error))
            return _Write(part, None, {})
        for problem in built.left_out:
            self._fail(target, problem)
        state = FeedState(
            target.name,
            target.state_pattern,
            target.words,
            target.definition,
            tuple(PublishedEntry(entry.article_id, entry.revision) for entry in built.entries),
            {kind: digest(body) for kind, body in built.bodies.items()},
        )
        paths = {target.path(kind): body for kind, body in built.bodies.items()}
        return _Write(part, state, {path: put(path, body) for path, body in paths.items()})

    def _has_its_archive(self, part: _Part, writes: Sequence[_Write]) -> bool:
        """Whether the archive documents that a feed leads to are written: its entries have moved there."""
        if part.target.page is not None or part.target.older is None:
            return True
        name = part.target.feed.name
        pages = [each for each in writes if each.part.target.feed.name == name]
        if all(
            each.state and not any(future.exception() for future in each.futures.values()) for each in pages
        ):
            return True
        self.again.add(name)
        return False

    def _build(self, part: _Part) -> BuiltDocuments | None:
        target, _, keys = part
        entries = self._cache.entries(target.feed, keys)
        if len(entries) < len(keys):
            self.again.add(target.feed.name)
        built = build_documents(target, entries)
        if self._level == "off":
            return built
        # Malformed entries are out by now: in a malformed document the linter finds nothing else.
        found = self._lint.check(target, built.frames, built.entries)
        if self._refuses(target, found.feed):
            return None
        refused = {name for name, findings in found.entries.items() if self._refuses_entry(target, findings)}
        if not refused:
            return built
        accepted = build_documents(target, [entry for entry in built.entries if entry.id not in refused])
        return replace(accepted, left_out=built.left_out)

    def _refuses(self, target: Target, findings: Sequence[tuple[Format, Problem]]) -> bool:
        """Report what the linter found in a feed itself; whether the feed is not published for that."""
        refused = has_error(findings) and self._level == "refuse"
        self._report_findings(target, findings, "; the feed was not published" if refused else "")
        return refused

    def _refuses_entry(self, target: Target, findings: Sequence[tuple[Format, Problem]]) -> bool:
        """Report what the linter found in an entry; whether the entry is left out for that."""
        refused = self._level == "refuse" and has_error(findings)
        self._report_findings(target, findings, "; the entry was left out" if refused else "")
        return refused

    def _report_findings(
        self, target: Target, findings: Sequence[tuple[Format, Problem]], consequence: str
    ) -> None:
        for kind, problem in findings:
            if problem.severity != "error":
                self._note([problem])
                continue
            update = {"file": target.path(kind), "hint": f"{problem.hint}{consequence}"}
            self.problems[problem.model_copy(update=update)] = None
            if consequence:
                self.again.add(target.feed.name)

    def _state_after(self, write: _Write) -> FeedState | None:
        """What is to be kept of a part after its documents were written; none if that is what it was."""
        (target, former, _), state, futures = write
        # The name and the facet values are kept, so that the same feed is published again.
        unmade = FeedState(target.name, target.state_pattern, target.words, "")
        if former:
            unmade = replace(former, words=target.words)
        if state is None:
            self.documents += len(former.documents) if former else 0
            return unmade
        failed = False
        for path, future in futures.items():
            try:
                if future.result():
                    self.written.append(path)
            except PublishError as error:
                failed = self.outside = True
                self._fail(target, Problem.of(error))
        self.documents += len(state.documents)
        self.grown += len(state.documents) - (len(former.documents) if former else 0)
        if failed:
            return unmade
        self.done.add(target.feed.name)
        return state

    def _keep(self, published: Sequence[tuple[_Part, FeedState]]) -> None:
        if not published:
            return
        # Before the states are kept: a publish that is interrupted here finds the same changes again.
        hubs.remember(self._desk, [topic for part, state in published for topic in _topics(part, state)])
        if self._desk.settings.site.opml and any(_is_new_in_list(part) for part, _ in published):
            self._mark_list(_OLD)
        self._store.save_feed_states([state for _, state in published])

    def _note(self, notes: Iterable[Problem]) -> None:
        """Report notes, unless this publish or an earlier one has."""
        for note in notes:
            if note.message not in self.notes and note.message not in self._noted:
                self.problems[note] = None
            self.notes.add(note.message)

    def _fail(self, target: Target, problem: Problem) -> None:
        self.problems[problem] = None
        self.again.add(target.feed.name)


def _is_new_in_list(part: _Part) -> bool:
    """Whether the list of all feeds has to be written again: a new feed, or a title that may be another."""
    return part.target.page is None and (part.state is None or part.state.words != part.target.words)


def _topics(part: _Part, state: FeedState) -> Iterator[str]:
    """The URLs of the documents that changed; archive documents have no subscribers."""
    if part.target.page is not None:
        return
    former: Mapping[str, str] = part.state.documents if part.state else {}
    for kind in FORMATS:
        new = state.documents.get(kind)
        if new and former.get(kind) != new and (url := part.target.feed.url(kind)):
            yield url
