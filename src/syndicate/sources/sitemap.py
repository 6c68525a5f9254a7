"""Source kind `sitemap`: the pages of a sitemap. Only pages that changed are fetched."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from lxml import etree
from pydantic import Field

from ..errors import Where
from ..model import Problem
from ..model.feed import NonEmptyLines
from .dates import read_date
from .http_cache import ConditionalFetcher, Visit
from .pages.page_source import PAGE_PACKAGES, fetch_page
from .settings import FetchedSettings, FetchedUrls, SourceEnvironment
from .source import RawRecord, Source, Unchanged

_MAX_SITEMAPS = 100
_MAX_PAGES = 100_000
# sitemaps.org: one file has up to 50 MB and 50,000 URLs.
_MAX_BYTES = 52_428_800
_RETRY_AFTER = timedelta(days=1)
# A sample only shows whether the pages can be read.
_SAMPLE_PAGES = 3


class SitemapSettings(FetchedSettings):
    """`kind = "sitemap"`: all pages of a site."""

    required_packages = PAGE_PACKAGES
    fetch_keys = FetchedSettings.fetch_keys | {"include", "limit"}

    kind: Literal["sitemap"]
    url: FetchedUrls = Field(min_length=1, description="one address or several")
    include: NonEmptyLines = Field(
        default=(), description="for sitemap: patterns of addresses; all if absent"
    )
    limit: int = Field(default=100, ge=1, description="for sitemap: how many pages a run may fetch")

    def open(self, environment: SourceEnvironment) -> Source:
        is_sample = environment.is_sample
        return SitemapSource(
            self.name,
            self.url,
            self.include,
            min(self.limit, _SAMPLE_PAGES) if is_sample else self.limit,
            self.conditional_fetcher(environment),
            bool(self.complete) and not is_sample,
        )


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page that a sitemap lists. `lastmod` is the text from the sitemap."""

    url: str
    lastmod: str | None


@dataclass(frozen=True, slots=True)
class SitemapSource:
    """The pages of sitemaps, as far as they are on the hosts of the sitemaps; the newest first.

    A page is fetched if it is new or its `lastmod` differs from the last visit. A page without a `lastmod`,
    and one that could not be fetched, is fetched once a day.

    Attributes:
        urls: of sitemaps, or of indexes of sitemaps.
        include: patterns of addresses, `*` for any text; without patterns, all pages are included.
        limit: how many pages one read may fetch; the others wait for the next read.
        complete: whether a page that no sitemap lists any more was withdrawn.
    """

    name: str
    urls: Sequence[str]
    include: Sequence[str]
    limit: int
    fetcher: ConditionalFetcher
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Yield the pages that are due, and the others as unchanged; see `Source`."""
        entries: dict[str, SitemapEntry] = {}
        has_all_sitemaps = True
        for item in self._included_entries():
            if isinstance(item, Problem):
                has_all_sitemaps &= item.severity != "error"
                yield item
            else:
                entries.setdefault(item.url, item)
        due = [entry for entry in entries.values() if self._is_due(entry)]
        due.sort(key=lambda entry: _timestamp(entry.lastmod), reverse=True)
        fetched_urls: set[str] = set()
        for entry in due[: self.limit]:
            if self.fetcher.is_late:
                count = min(len(due), self.limit) - len(fetched_urls)
                yield self.fetcher.report_late(f"{count} pages were")
                break
            yield from fetch_page(self.fetcher, entry.url, lastmod=entry.lastmod)
            fetched_urls.add(entry.url)
        for url in entries:
            last = self.fetcher.last_visit(url)
            if last and url not in fetched_urls:
                yield from map(Unchanged, last.keys)
        if len(due) > self.limit:
            yield Problem(
                message=f"{len(due) - self.limit} more pages wait for the next runs",
                severity="note",
                hint="raise limit of the source to read more pages per run",
            )
        self.fetcher.save([*self.urls, *entries] if has_all_sitemaps else None)
        self.fetcher.require_any_reached()

    def _is_due(self, entry: SitemapEntry) -> bool:
        last = self.fetcher.last_visit(entry.url)
        if last is None or last.at is None or entry.lastmod != last.lastmod:
            return True
        if entry.lastmod and not last.failed:
            return False
        return datetime.fromisoformat(last.at) + _RETRY_AFTER <= self.fetcher.now

    def _included_entries(self) -> Iterator[SitemapEntry | Problem]:
        patterns = [re.compile(".*".join(map(re.escape, each.split("*")))) for each in self.include]
        hosts = {_host(url) for url in self.urls}
        foreign = included = 0
        for item in self._all_entries():
            if isinstance(item, Problem):
                yield item
            elif _host(item.url) not in hosts:
                foreign += 1
            elif not patterns or any(each.fullmatch(item.url) for each in patterns):
                included += 1
                yield item
            if included == _MAX_PAGES:
                yield Problem(
                    message=f"there are more than {_MAX_PAGES} pages", hint="narrow include of the source"
                )
                return
        if foreign:
            yield Problem(
                message=f"{foreign} pages were left out: they are on other hosts than their sitemap",
                severity="warning",
                hint="name a sitemap of that host in url",
            )

    def _all_entries(self) -> Iterator[SitemapEntry | Problem]:
        queue = list(self.urls)
        seen = set(queue)
        while queue:
            if self.fetcher.is_late:
                yield self.fetcher.report_late(f"{len(queue)} sitemaps were")
                return
            url = queue.pop(0)
            response = self.fetcher.fetch(url, max_bytes=_MAX_BYTES)
            if isinstance(response, Problem):
                yield response
            elif isinstance(response, Visit):
                yield Problem.at(
                    Where(file=url), f"not fetched: the server asked to wait until {response.wait}"
                )
            else:
                sitemaps, pages, problem = read_sitemap(response.body, url)
                if problem:
                    yield problem
                yield from pages
                for each in sitemaps:
                    if each not in seen and len(seen) < _MAX_SITEMAPS:
                        seen.add(each)
                        queue.append(each)


def read_sitemap(data: bytes, place: str) -> tuple[list[str], list[SitemapEntry], Problem | None]:
    """Return the sitemaps and pages that a sitemap lists (sitemaps.org, protocol 0.9), and what is wrong.

    Args:
        data: the document, also gzipped, or a plain list of addresses.
        place: for messages.
    """
    where = Where(file=place)
    if data.startswith(b"\x1f\x8b"):
        unpacked = _gunzip(data)
        if unpacked is None:
            return [], [], Problem.at(where, "the sitemap is broken gzip, or larger than 50 MB")
        data = unpacked
    sitemaps: list[str] = []
    pages: list[SitemapEntry] = []
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
        pages = [SitemapEntry(line, None) for line in lines if line.startswith(("http://", "https://"))]
        problem = None if pages else Problem.at(where, "this is not a sitemap", hint="correct the URL")
        return [], pages, problem
    try:
        for _, element in etree.iterparse(
            io.BytesIO(data), events=("end",), resolve_entities=False, no_network=True, load_dtd=False
        ):
            kind = _local_name(element)
            if kind in ("url", "sitemap"):
                values = {_local_name(each): (each.text or "").strip() for each in element}
                if values.get("loc") and kind == "sitemap":
                    sitemaps.append(values["loc"])
                elif values.get("loc"):
                    pages.append(SitemapEntry(values["loc"], values.get("lastmod") or None))
                element.clear()
    except etree.XMLSyntaxError as error:
        broken = Problem.at(
            Where(file=place, line=error.lineno or None),
            f"the sitemap is broken XML: {error.msg}",
            hint="the addresses before this line were read",
        )
        return sitemaps, pages, broken
    if not sitemaps and not pages:
        empty = Problem.at(where, "the sitemap is empty", severity="warning", hint="correct the URL")
        return [], [], empty
    return sitemaps, pages, None


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _gunzip(data: bytes) -> bytes | None:
    try:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = decompressor.decompress(data, _MAX_BYTES)
    except zlib.error:
        return None
    return unpacked if decompressor.eof else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _timestamp(lastmod: str | None) -> float:
    try:
        return read_date(lastmod, UTC).timestamp()
    except (ValueError, OverflowError):
        return 0.0
