"""Plain-text files, as a scraper leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..errors import Where
from ..model import Problem
from ..ports import RawRecord
from .files import Files, TextFile
from .scraped import DEFAULT, Rules, parse_page


@dataclass(frozen=True, slots=True)
class TextSource:
    """One record a file; what was dropped from it is told in a note."""

    name: str
    files: Files
    rules: Rules = DEFAULT
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        for found in self.files.read():
            if isinstance(found, Problem):
                yield found
            else:
                yield from self._record(found)

    def _record(self, file: TextFile) -> Iterator[RawRecord | Problem]:
        page = parse_page(file.text, self.rules)
        where = Where(file=str(file.path))
        for line, note in page.notes:
            yield Problem(message=note, severity="note", file=where.file, line=line)
        for dropped in page.dropped:
            yield Problem(
                message=f"dropped {dropped.text!r:.80}: {dropped.rule}",
                severity="note",
                file=where.file,
                line=dropped.line,
            )
        fields = {
            "title": page.title,
            "content_html": page.html,
            "authors": list(page.authors),
            "tags": list(page.tags),
            "section": page.section,
            "published": page.published,
            "updated": page.updated,
        }
        path = PurePosixPath(file.key).with_suffix("")
        own = {"path": str(path), "slug": path.name}
        yield RawRecord(fields, where, file.key, own, {"title": page.title_line})
