"""Ingest: source to store."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from ..config import SourceSettings
from ..errors import WorldError
from ..model import IngestReport, Problem
from ..ports import Incoming, RawRecord, Source
from ..sources import Shape, to_article
from ..sources.files import Files, FileSource
from .desk import Desk, Progress

_BATCH = 200
# The most bytes that a character takes in UTF-8; a file holds one record or many.
_BYTES = 4
_MANY = 50


def open_source(desk: Desk, settings: SourceSettings) -> Source:
    """The source that a table of the config describes.

    Raises:
        ConfigError: it names a function that is not there.
    """
    largest = int(settings.max_size * 1e6) * _BYTES
    one, many = (Files(desk.base, settings.path, size) for size in (largest, largest * _MANY))
    complete = True if settings.complete is None else settings.complete
    # Each kind brings its own parsers; only those in use are loaded.
    match settings.kind:
        case "json":
            from ..sources.structured import read_json

            return FileSource(settings.name, many, read_json, complete)
        case "jsonl":
            from ..sources.structured import read_json_lines

            return FileSource(settings.name, many, read_json_lines, complete)
        case "csv":
            from ..sources.structured import read_csv

            return FileSource(settings.name, many, read_csv, complete)
        case "markdown":
            from ..sources.markdown import read_markdown

            return FileSource(settings.name, one, read_markdown, complete)
        case "text":
            from ..sources.text import read_text

            return FileSource(settings.name, one, partial(read_text, rules=settings.debris), complete)
        case "python":
            from ..sources.python import PythonSource, find_function

            function = find_function(settings.function or "", desk.base)
            return PythonSource(settings.name, function, bool(settings.complete))


def shape_of(desk: Desk, settings: SourceSettings) -> Shape:
    """How the records of a source are to be read."""
    site = desk.settings.site
    return Shape(
        source=settings.name,
        fields=settings.fields,
        link=settings.link,
        home=site.home,
        zone=ZoneInfo(site.timezone),
        language=settings.language,
        largest=int(settings.max_size * 1e6),
        namespaces=site.namespaces,
        elements=settings.elements,
    )


def ingest(desk: Desk, settings: SourceSettings, progress: Progress) -> IngestReport:
    """Take in everything that a source gives, and withdraw what it no longer gives."""
    return _Ingest(desk, settings, progress).run()


class _Ingest:
    def __init__(self, desk: Desk, settings: SourceSettings, progress: Progress) -> None:
        self.desk = desk
        self.settings = settings
        self.progress = progress
        self.now = desk.clock.now()
        configured = {each.name for each in desk.settings.source}
        self.retired = desk.store.sources() - configured
        self.shape = shape_of(desk, settings)
        self.batch: list[Incoming] = []
        self.seen: set[str] = set()
        self.kept: set[str] = set()
        self.problems: list[Problem] = []
        self.counts = dict.fromkeys(("seen", "new", "changed", "unchanged", "withdrawn", "refused"), 0)

    def run(self) -> IngestReport:
        outside = False
        # Whether every record that may be there was at least recognised.
        whole = True
        try:
            source = open_source(self.desk, self.settings)
            for item in source.read():
                whole &= self._take(item)
        except WorldError as error:
            self.problems.append(Problem.of(error))
            outside, whole = True, False
        self._flush()
        if whole and source.complete:
            self._withdraw()
        return IngestReport(
            source=self.settings.name, problems=tuple(self.problems), outside=outside, **self.counts
        )

    def _take(self, item: RawRecord | Problem) -> bool:
        """Take in one item; false if what it stands for could not be recognised."""
        if isinstance(item, Problem):
            self.problems.append(item)
            self.counts["refused"] += item.severity == "error"
            return item.severity != "error"
        self.counts["seen"] += 1
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
        self.counts["refused"] += len(tally.clashes)
        self.problems += [
            Problem.at(
                incoming.where,
                f"left out: it has the id or the link of {other}",
                hint="give each record an id or a link of its own",
            )
            for incoming, other in tally.clashes
        ]
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
