"""Plain-text files, as a scraper leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..errors import Where
from ..model import Problem
from ..text.characters import needs_repair
from .files import TextFile
from .scraped.parse_page import parse_page
from .scraped.rules import DEFAULT, Rules
from .source import RawRecord


def read_text(file: TextFile, rules: Rules = DEFAULT) -> Iterator[RawRecord | Problem]:
    """One record a file; what was dropped from it is told in notes."""
    page = parse_page(file.text, rules)
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
    lines = {"title": page.title_line}
    yield RawRecord(fields, where, file.key, own, lines, is_repaired=needs_repair(file.text))
