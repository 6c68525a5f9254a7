"""Ingest: source to store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .. import __version__
from ..config import SourceSettings
from ..context import AppContext, Progress
from ..errors import ConfigError, Where, WorldError
from ..extensions import fingerprint
from ..model import IdConflict, IncomingArticle, IngestReport, Problem, Severity
from ..sources import RecordMapping, to_article
from ..sources.files import Files, FileSource
from ..sources.source import RawRecord, Source, SourceState, Unchanged

if TYPE_CHECKING:
    from ..sources.http_cache import ConditionalFetcher

# The number of the rules by which bytes become articles and standings. With another number, everything is
# read again, also what a server says has not changed.
READING_RULES = 2

_BATCH = 200
# The most bytes that a character takes in UTF-8; a file holds one record or many.
_BYTES = 4
_MANY = 50
# How many pages of a sitemap are enough to see whether they can be read.
_SAMPLE = 3
# Kinds that read what anybody may have made.
_FOREIGN = {"feed", "html", "sitemap"}
# Settings that say what is fetched and how, and not what is made of it.
_FETCHING = {"url", "private", "delay", "timeout", "include", "limit", "complete"}


class Deferred:
    """A memory that keeps what a source wants remembered until its records are safe; see `SourceState`."""

    def __init__(self, memory: SourceState) -> None:
        self._memory = memory
        self._words: dict[str, str] = {}

    def recall(self, name: str) -> str | None:
        return self._words[name] if name in self._words else self._memory.recall(name)

    def remember(self, name: str, value: str) -> None:
        self._words[name] = value

    def commit(self) -> None:
        """Remember it now."""
        for name, value in self._words.items():
            self._memory.remember(name, value)


def open_source(
    desk: AppContext, settings: SourceSettings, memory: SourceState, *, sample: bool = False
) -> Source:
    """The source that a table of the config describes.

    Args:
        desk: the newsroom's.
        settings: the table.
        memory: where it keeps what it learns.
        sample: a few pages are enough, where there may be many to fetch.

    Raises:
        ConfigError: it names a function that is not there, or a kind that is not installed.
    """
    try:
        return _open(desk, settings, memory, sample)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"a source of kind {settings.kind} needs {error.name}",
            where=Where(field="source.kind"),
            hint="pip install 'syndicate-feeds[sources]'",
        ) from None


def _open(desk: AppContext, settings: SourceSettings, memory: SourceState, sample: bool) -> Source:
    largest = int(settings.max_size * 1e6) * _BYTES
    one, many = (Files(desk.base, settings.path, size) for size in (largest, largest * _MANY))
    whole = True if settings.complete is None else settings.complete
    part = bool(settings.complete)
    # Each kind brings its own parsers; only those in use are loaded.
    match settings.kind:
        case "json":
            from ..sources.structured import read_json

            return FileSource(settings.name, many, read_json, whole)
        case "jsonl":
            from ..sources.structured import read_json_lines

            return FileSource(settings.name, many, read_json_lines, whole)
        case "csv":
            from ..sources.structured import read_csv

            return FileSource(settings.name, many, read_csv, whole)
        case "markdown":
            from ..sources.markdown import read_markdown

            return FileSource(settings.name, one, read_markdown, whole)
        case "text":
            from ..sources.scraped_files import read_text

            return FileSource(settings.name, one, partial(read_text, rules=settings.debris), whole)
        case "html":
            from ..sources.pages import PageSource

            visitor = _visitor(desk, settings, memory, largest)
            return PageSource(settings.name, settings.url, one, visitor, part if settings.url else whole)
        case "feed":
            from ..sources.feed import FeedSource

            return FeedSource(
                settings.name, settings.url, one, _visitor(desk, settings, memory, largest), part
            )
        case "sitemap":
            from ..sources.sitemap import SitemapSource

            limit = min(settings.limit, _SAMPLE) if sample else settings.limit
            visitor = _visitor(desk, settings, memory, largest)
            return SitemapSource(settings.name, settings.url, settings.include, limit, visitor, part)
        case "wordpress":
            from ..sources.wordpress import WordPressSource

            return WordPressSource(settings.name, many, settings.types, whole)
        case "sql":
            from ..sources.sql import SqlSource, database_url

            url = database_url(settings.database or "", desk.base)
            return SqlSource(settings.name, url, settings.query or "", part)
        case "python":
            from ..sources.python import PythonSource, find_function

            return PythonSource(settings.name, find_function(settings.function or "", desk.base), part)


def _visitor(
    desk: AppContext, settings: SourceSettings, memory: SourceState, largest: int
) -> ConditionalFetcher:
    from ..http import Fetcher
    from ..sources.http_cache import ConditionalFetcher

    site = desk.settings.site
    fetcher = Fetcher(
        f"syndicate/{__version__} (+{site.home})",
        private=settings.private,
        seconds=settings.timeout.total_seconds(),
        pause=settings.delay,
    )
    # What decides which articles are made of the same bytes.
    reading = settings.model_dump_json(exclude=_FETCHING)
    text = f"{__version__}\n{READING_RULES}\n{fingerprint()}\n{site.home}\n{site.timezone}\n{reading}"
    return ConditionalFetcher(
        fetcher,
        memory,
        source=settings.name,
        settings=hashlib.sha256(text.encode()).hexdigest(),
        now=desk.clock.now(),
        largest=largest,
    )


def shape_of(desk: AppContext, settings: SourceSettings) -> RecordMapping:
    """How the records of a source are to be read."""
    site = desk.settings.site
    return RecordMapping(
        source=settings.name,
        fields=settings.fields,
        link=settings.link,
        home=site.home,
        zone=ZoneInfo(site.timezone),
        language=settings.language,
        largest=int(settings.max_size * 1e6),
        namespaces=settings.record_namespaces(site),
        elements=settings.elements,
        homes=settings.home,
        own=settings.kind not in _FOREIGN,
    )


def ingest(desk: AppContext, settings: SourceSettings, progress: Progress) -> IngestReport:
    """Take in everything that a source gives, and withdraw what it no longer gives."""
    return _Ingest(desk, settings, progress).run()


class _Ingest:
    def __init__(self, desk: AppContext, settings: SourceSettings, progress: Progress) -> None:
        self.desk = desk
        self.settings = settings
        self.progress = progress
        self.now = desk.clock.now()
        self.retired = desk.store.sources() - desk.source_names
        self.shape = shape_of(desk, settings)
        self.batch: list[IncomingArticle] = []
        self.seen: set[str] = set()
        self.kept: set[str] = set()
        self.problems: list[Problem] = []
        self.conflicts: list[IdConflict] = []
        self.undated: list[IncomingArticle] = []
        self.counts = dict.fromkeys(("seen", "new", "changed", "unchanged", "withdrawn", "refused"), 0)

    def run(self) -> IngestReport:
        outside = False
        # Whether every record that may be there was at least recognised.
        whole = True
        memory = Deferred(self.desk.store)
        try:
            source = open_source(self.desk, self.settings, memory)
            for item in source.read():
                whole &= self._take(item)
        except WorldError as error:
            self.problems.append(Problem.of(error))
            outside, whole = True, False
        self._flush()
        self.problems += [*_told_of(self.conflicts), *told_of_undated(self.undated, "note")]
        if whole and source.complete:
            self._withdraw()
        memory.commit()
        return IngestReport(
            source=self.settings.name, problems=tuple(self.problems), outside=outside, **self.counts
        )

    def _take(self, item: RawRecord | Unchanged | Problem) -> bool:
        """Take in one item; false if what it stands for could not be recognised."""
        if isinstance(item, Problem):
            self.problems.append(item)
            self.counts["refused"] += item.severity == "error"
            return item.severity != "error"
        self.counts["seen"] += 1
        if isinstance(item, Unchanged):
            self.counts["unchanged"] += 1
            self.kept.add(item.key)
            return True
        self.progress(item.key or str(self.counts["seen"]))
        incoming, told = to_article(item, self.shape)
        self.problems += told
        if incoming is None:
            wrong = any(problem.severity == "error" for problem in told)
            self.counts["refused"] += wrong
            if wrong and item.key is not None:
                # The article stays as it was until its record is mended.
                self.kept.add(item.key)
            return item.key is not None or not wrong
        if incoming.article.dated is None:
            self.undated.append(incoming)
        self.batch.append(incoming)
        if len(self.batch) == _BATCH:
            self._flush()
        return True

    def _flush(self) -> None:
        if not self.batch:
            return
        tally = self.desk.store.put(
            self.settings.name, self.batch, self.now, seen=self.seen, retired=self.retired
        )
        self.counts["new"] += tally.new
        self.counts["changed"] += tally.changed
        self.counts["unchanged"] += tally.unchanged
        self.counts["refused"] += len(tally.rejected)
        self.problems += [clash(incoming, other) for incoming, other in tally.rejected]
        self.conflicts += tally.conflicts
        self.batch = []

    def _withdraw(self) -> None:
        if not self.counts["seen"]:
            self.problems.append(
                Problem(
                    message=f"source {self.settings.name} gave no record; what came from it before stays",
                    severity="warning",
                    hint="is source.path right?",
                )
            )
            return
        gone = self.desk.store.withdraw_missing(self.settings.name, self.seen | self.kept, self.now)
        self.counts["withdrawn"] = gone


def clash(incoming: IncomingArticle, other: str) -> Problem:
    """A record with the id or the link of another one of its source."""
    return Problem.at(
        incoming.where,
        f"left out: it has the id or the link of {other}",
        hint="give each record an id or a link of its own",
    )


def told_of_undated(undated: Sequence[IncomingArticle], severity: Severity) -> Iterator[Problem]:
    """What there is to say of the articles of a source that have no date."""
    if undated:
        first = undated[0]
        what = "1 article has" if len(undated) == 1 else f"{len(undated)} articles have"
        yield Problem.at(
            Where(file=first.where.file, line=first.where.line, id=first.article.id),
            f"{what} no date: shown after all others, and without one",
            severity=severity,
            hint='give them one, or say which field holds it: fields = { published = "day" }',
        )


def _told_of(contests: Iterable[IdConflict]) -> Iterator[Problem]:
    """A warning for each other source that has ids or links of this one."""
    several: dict[tuple[str, bool], list[IdConflict]] = {}
    for each in contests:
        several.setdefault((each.other, each.is_hidden), []).append(each)
    for (other, hidden), some in several.items():
        first = some[0].incoming
        what = "1 article" if len(some) == 1 else f"{len(some)} articles"
        yield Problem.at(
            Where(file=first.where.file, line=first.where.line, id=first.article.id),
            f"{what} with an id or a link of source {other}, whose home it names: kept, and not shown"
            if hidden
            else f"{what} with an id that source {other} has as well: shown under an id of its own",
            severity="warning",
            hint="the key home of a source says where its articles are at home",
        )
