"""Pages by URL or from files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...errors import Where
from ...http import Fetched
from ...model import Problem
from ..files import Files
from ..http_cache import ConditionalFetcher, Visit, as_before
from ..source import RawRecord, Unchanged
from .article_page import read_page

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class PageSource:
    """One record a page.

    Attributes:
        name: what reports and the store call it.
        urls: of pages.
        files: with pages in them.
        visitor: fetches.
        complete: whether what is missing was withdrawn.
    """

    name: str
    urls: Sequence[str]
    files: Files
    visitor: ConditionalFetcher
    complete: bool

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Every page; see `Source`."""
        for found in self.files.read_bytes():
            if isinstance(found, Problem):
                yield found
            else:
                yield read_page(found.data, where=found.where, key=found.key)
        for url in self.urls:
            yield from visit_page(self.visitor, url)
        if self.urls:
            self.visitor.save(self.urls)
            self.visitor.must_have_reached()


def visit_page(
    visitor: ConditionalFetcher, url: str, *, lastmod: str | None = None
) -> Iterator[RawRecord | Unchanged | Problem]:
    """The record of one page by URL, if it changed since the last visit.

    Args:
        visitor: fetches.
        url: of the page.
        lastmod: what the sitemap says of it.
    """
    found = visitor.fetch(url, lastmod=lastmod)
    if isinstance(found, Problem):
        yield found
    elif isinstance(found, Visit):
        yield from as_before(found, url, visitor.now)
    else:
        record = _page(found, url)
        if isinstance(record, RawRecord):
            visitor.done(url, found, (url,), lastmod=lastmod)
        else:
            visitor.failed(url, lastmod=lastmod)
        yield record


def _page(found: Fetched, url: str) -> RawRecord | Problem:
    where = Where(file=url)
    kind = found.headers.get("content-type", "text/html")
    if not kind.lower().startswith(_HTML):
        return Problem.at(
            where, f"not an HTML page but {kind!r:.60}", hint="leave it out of the source, or narrow include"
        )
    charset = _CHARSET.search(kind)
    record = read_page(
        found.body, where=where, key=url, url=found.url, charset=charset[1] if charset else None
    )
    return replace(record, fetched=url) if isinstance(record, RawRecord) else record
