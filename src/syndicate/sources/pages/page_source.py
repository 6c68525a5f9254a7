"""Source kind `html`: one record per web page, by URL or from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ...errors import Where
from ...model import Problem
from ..file_source import KnownFiles, read_files
from ..files import DataFile, Files
from ..http_cache import ConditionalFetcher, Visit, unchanged_records
from ..settings import FileOrFetchedSettings, SourceEnvironment
from ..source import FileRead, RawRecord, Source, Unchanged, UnchangedFiles

if TYPE_CHECKING:
    from ...http import Fetched

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_HTML_TYPES = ("text/html", "application/xhtml+xml")

PAGE_PACKAGES = ("trafilatura", "bs4", "mf2py")
"""What parsing a page needs."""


class PageSettings(FileOrFetchedSettings):
    """`kind = "html"`: web pages, by URL or from files."""

    required_packages = PAGE_PACKAGES

    kind: Literal["html"]

    def open(self, environment: SourceEnvironment) -> Source:
        return PageSource(
            self.name,
            self.url,
            self.one_record_files(environment.base),
            self.conditional_fetcher(environment),
            bool(self.complete) if self.url else self.complete is not False,
            environment.known_files,
        )


@dataclass(frozen=True, slots=True)
class PageSource:
    """One record per page."""

    name: str
    urls: Sequence[str]
    files: Files
    fetcher: ConditionalFetcher
    complete: bool
    known: KnownFiles | None = None

    def read(self) -> Iterator[RawRecord | Unchanged | Problem | FileRead | UnchangedFiles]:
        """Yield the pages; see `Source`."""
        from .article_page import read_page

        def parse(file: DataFile) -> tuple[RawRecord | Problem]:
            return (read_page(file.data, where=file.where, key=file.key),)

        yield from read_files(self.files, parse, self.known)
        for number, url in enumerate(self.urls):
            if self.fetcher.is_late:
                yield self.fetcher.report_late(f"{len(self.urls) - number} pages were")
                break
            yield from fetch_page(self.fetcher, url)
        if self.urls:
            self.fetcher.save(self.urls)
            self.fetcher.require_any_reached()


def fetch_page(
    fetcher: ConditionalFetcher, url: str, *, lastmod: str | None = None
) -> Iterator[RawRecord | Unchanged | Problem]:
    """Yield the record of a page, or that it has not changed since the last visit.

    Args:
        lastmod: what the sitemap says of the page.
    """
    response = fetcher.fetch(url, lastmod=lastmod)
    if isinstance(response, Problem):
        yield response
    elif isinstance(response, Visit):
        yield from unchanged_records(response, url, fetcher.now)
    else:
        record = _read_response(response, url)
        if isinstance(record, RawRecord):
            fetcher.record_success(url, response, (url,), lastmod=lastmod)
        else:
            fetcher.record_failure(url, lastmod=lastmod)
        yield record


def _read_response(response: Fetched, url: str) -> RawRecord | Problem:
    from .article_page import read_page

    where = Where(file=url)
    media_type = response.headers.get("content-type", "text/html")
    if not media_type.lower().startswith(_HTML_TYPES):
        return Problem.at(
            where,
            f"this is not an HTML page but {media_type!r:.60}",
            hint="remove the URL from the source, or narrow include",
        )
    charset = _CHARSET.search(media_type)
    record = read_page(
        response.body, where=where, key=url, url=response.url, charset=charset[1] if charset else None
    )
    return replace(record, fetched_from=url) if isinstance(record, RawRecord) else record
