"""Source kind `substack`: the posts of Substack exports. The subscribers in them are not read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import Field

from ...errors import Where
from ...model import Problem
from ...text.illegal_characters import needs_repair
from ..settings import SourceEnvironment
from ..source import RawRecord, Source
from .archive import Export, ExportFile, find_exports
from .settings import ExportSettings, ExportSource, describe_hidden

_LIST = "posts.csv"


class SubstackSettings(ExportSettings):
    """`kind = "substack"`: Substack exports, as ZIP archives or folders."""

    kind: Literal["substack"]
    flavour: Literal["substack"] | None = Field(default=None, description="the same as the kind")

    def open(self, environment: SourceEnvironment) -> Source:
        home = None if self.link else environment.home
        exports = partial(find_exports, self.many_records_files(environment.base), self.max_bytes, _LIST)

        def read_all() -> Iterator[RawRecord | Problem]:
            for export in exports():
                if isinstance(export, Problem):
                    yield export
                else:
                    yield from read_substack(export, home)

        return ExportSource(self.name, read_all, self.is_complete)


def read_substack(export: Export, home: str | None = None) -> Iterator[RawRecord | Problem]:
    """Yield the published posts of an export that everybody may read.

    Args:
        home: the address of the publication; without it posts have no links.
    """
    where = Where(file=str(export.path))
    rows: dict[str, Mapping[str, str]] = {}
    is_export = False
    for file in export.read((_LIST,)):
        if isinstance(file, Problem):
            yield file
        elif file.name.rpartition("/")[2] == _LIST:
            is_export = True
            yield from _read_rows(file, rows)
    if not is_export:
        hint = "give the ZIP archive of Substack's settings, Exports, or its folder"
        yield Problem.at(where, f"this is not a Substack export: there is no {_LIST}", hint=hint)
        return
    hidden: Counter[str] = Counter()
    found: set[str] = set()
    for file in export.read((".html",)):
        if isinstance(file, Problem):
            yield file
            continue
        number = file.name.rpartition("/")[2].removesuffix(".html")
        row = rows.get(number) or rows.get(number.partition(".")[0])
        if row is None:
            continue
        found.add(row["post_id"])
        if state := _hidden_state(row):
            hidden[state] += 1
        else:
            yield _raw_record(file, row, home)
    for number, row in rows.items():
        if number not in found and number == row["post_id"] and not _hidden_state(row):
            yield Problem.at(
                replace(where, id=number), "the export lacks the text of this post", hint="export again"
            )
    yield from describe_hidden(hidden, where)


def _read_rows(file: ExportFile, rows: dict[str, Mapping[str, str]]) -> Iterator[Problem]:
    try:
        reader = csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"), newline=""))
        for row in reader:
            number = row.get("post_id")
            if number:
                values = {name: value for name, value in row.items() if isinstance(value, str)}
                rows[number] = values
                rows.setdefault(number.partition(".")[0], values)
    except (csv.Error, UnicodeDecodeError) as error:
        yield Problem.at(file.where, f"the list of posts is broken: {error}", hint="export again")


def _hidden_state(row: Mapping[str, str]) -> str | None:
    if row.get("is_published", "true").lower() != "true":
        return "drafts"
    audience = row.get("audience") or "everyone"
    return None if audience == "everyone" else f"for {audience.replace('_', ' ')}"


def _raw_record(file: ExportFile, row: Mapping[str, str], home: str | None) -> RawRecord:
    number = row["post_id"]
    slug = number.partition(".")[2] or file.name.rpartition("/")[2].removesuffix(".html").partition(".")[2]
    text = file.data.decode("utf-8-sig", "replace")
    fields: dict[str, Any] = {
        "title": row.get("title"),
        "slug": slug,
        "link": urljoin(home, f"p/{slug}") if home and slug else None,
        "content_html": text,
        "summary": row.get("subtitle"),
        "published": row.get("post_date"),
        "type": row.get("type"),
        "attachments": [{"url": row["podcast_url"]}] if row.get("podcast_url") else None,
    }
    present = {name: value for name, value in fields.items() if value}
    return RawRecord(
        present,
        replace(file.where, id=number),
        number,
        is_repaired=needs_repair(text),
        plain_fields=("title", "summary"),
    )
