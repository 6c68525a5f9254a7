"""Source kind `text`: one article per plain-text file, as a scraper leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .path_dates import date_in_file_path
from .scraped.debris_rules import NO_RULES, DebrisRules
from .settings import FileSettings, SourceEnvironment
from .source import RawRecord, Source


class TextSettings(FileSettings):
    """`kind = "text"`: plain text of scraped pages."""

    kind: Literal["text"]
    debris: DebrisRules = Field(default=NO_RULES, description="additional rules for lines to drop or keep")

    def open(self, environment: SourceEnvironment) -> Source:
        read = partial(read_text, rules=self.debris)
        return self.file_source(self.one_record_files(environment.base), read, environment)


def read_text(file: TextFile, rules: DebrisRules = NO_RULES) -> Iterator[RawRecord | Problem]:
    """Yield the record of a file, after a note for each line that is not in it."""
    from ..text.illegal_characters import needs_repair
    from .scraped.parse_page import parse_page

    page = parse_page(file.text, rules)
    path = str(file.path)
    for line, note in page.notes:
        yield Problem(message=note, severity="note", file=path, line=line)
    for dropped in page.dropped:
        yield Problem(
            message=f"dropped {dropped.text!r:.80}: {dropped.rule}",
            severity="note",
            file=path,
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
    key = PurePosixPath(file.key).with_suffix("")
    computed = {"path": str(key), "slug": key.name}
    published = date_in_file_path(file.path, file.key)
    yield RawRecord(
        fields,
        Where(file=path),
        file.key,
        computed,
        fallbacks={"published": published} if published else {},
        lines={"title": page.title_line},
        is_repaired=needs_repair(file.text),
    )
