"""The pages of a sitemap, each read as HTML; only those that changed since they were last read."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from lxml import etree

from ..errors import Where
from ..model import Problem
from .dates import read_date
from .http_cache import ConditionalFetcher, Visit
from .pages.source import visit_page
from .source import RawRecord, Unchanged

_MAPS = 100
_PAGES = 100_000
# sitemaps.org: one file has up to 50 MB and 50,000 URLs.
_LARGEST = 52_428_800
_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a sitemap lists; `lastmod` as it is written there."""

    url: str
    lastmod: str | None


@dataclass(frozen=True, slots=True)
class SitemapSource:
    """Pages of the hosts of some sitemaps, the newest first.

    A page is read if it is new, or if its `lastmod` is another than at its last visit; one without a
    `lastmod`, and one that could not be had, once a day.

    Attributes:
        name: what reports and the store call it.
        urls: of sitemaps, or of indexes of them.
        include: patterns of addresses, `*` for any text; all if there are none.
        limit: how many pages one read may fetch; the others wait for the next.
        visitor: fetches.
        complete: whether a page that is in no sitemap any more was withdrawn.
    """

    name: str
    urls: Sequence[str]
    include: Sequence[str]
    limit: int
    visitor: ConditionalFetcher
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Every page that is due; see `Source`."""
        entries: dict[str, Entry] = {}
        whole = True
        for item in self._listed():
            if isinstance(item, Problem):
                whole &= item.severity != "error"
                yield item
            else:
                entries.setdefault(item.url, item)
        due = [entry for entry in entries.values() if self._due(entry)]
        due.sort(key=lambda entry: _age(entry.lastmod), reverse=True)
        for entry in due[: self.limit]:
            yield from visit_page(self.visitor, entry.url, lastmod=entry.lastmod)
        now_read = {entry.url for entry in due[: self.limit]}
        for url in entries:
            last = self.visitor.last(url)
            if last and url not in now_read:
                yield from map(Unchanged, last.keys)
        if len(due) > self.limit:
            yield Problem(
                message=f"{len(due) - self.limit} more pages are left for the next times",
                severity="note",
                hint="raise limit of the source to read more at a time",
            )
        self.visitor.save([*self.urls, *entries] if whole else None)
        self.visitor.must_have_reached()

    def _due(self, entry: Entry) -> bool:
        last = self.visitor.last(entry.url)
        if last is None or last.at is None:
            return True
        if entry.lastmod != last.lastmod:
            return True
        if entry.lastmod and not last.failed:
            return False
        return datetime.fromisoformat(last.at) + _AGAIN <= self.visitor.now

    def _listed(self) -> Iterator[Entry | Problem]:
        patterns = [re.compile(".*".join(map(re.escape, each.split("*")))) for each in self.include]
        hosts = {_host(url) for url in self.urls}
        foreign = listed = 0
        for item in self._maps():
            if isinstance(item, Problem):
                yield item
            elif _host(item.url) not in hosts:
                foreign += 1
            elif not patterns or any(each.fullmatch(item.url) for each in patterns):
                listed += 1
                yield item
            if listed == _PAGES:
                yield Problem(
                    message=f"there are more than {_PAGES} pages", hint="narrow include of the source"
                )
                return
        if foreign:
            yield Problem(
                message=f"{foreign} addresses are on other hosts than their sitemap, and were left out",
                severity="warning",
                hint="name a sitemap of that host in url",
            )

    def _maps(self) -> Iterator[Entry | Problem]:
        queue = list(self.urls)
        seen = set(queue)
        while queue:
            url = queue.pop(0)
            found = self.visitor.fetch(url, largest=_LARGEST)
            if isinstance(found, Problem):
                yield found
            elif isinstance(found, Visit):
                yield Problem.at(
                    Where(file=url), f"not asked: the server wants to be left alone until {found.wait}"
                )
            else:
                maps, pages, problem = read_sitemap(found.body, url)
                if problem:
                    yield problem
                yield from pages
                for each in maps:
                    if each not in seen and len(seen) < _MAPS:
                        seen.add(each)
                        queue.append(each)


def read_sitemap(data: bytes, place: str) -> tuple[list[str], list[Entry], Problem | None]:
    """The sitemaps and pages that a sitemap lists (sitemaps.org, protocol 0.9), and what is wrong with it.

    Args:
        data: the document, perhaps compressed with gzip; or a plain list of addresses.
        place: for messages.
    """
    where = Where(file=place)
    if data.startswith(b"\x1f\x8b"):
        unpacked = _unpacked(data)
        if unpacked is None:
            return [], [], Problem.at(where, "the sitemap is broken gzip, or larger than 50 MB")
        data = unpacked
    maps: list[str] = []
    pages: list[Entry] = []
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
        pages = [Entry(line, None) for line in lines if line.startswith(("http://", "https://"))]
        return [], pages, None if pages else Problem.at(where, "not a sitemap", hint="is the URL right?")
    try:
        for _, element in etree.iterparse(
            io.BytesIO(data), events=("end",), resolve_entities=False, no_network=True, load_dtd=False
        ):
            kind = _local(element)
            if kind in ("url", "sitemap"):
                values = {_local(each): (each.text or "").strip() for each in element}
                if values.get("loc") and kind == "sitemap":
                    maps.append(values["loc"])
                elif values.get("loc"):
                    pages.append(Entry(values["loc"], values.get("lastmod") or None))
                element.clear()
    except etree.XMLSyntaxError as error:
        return (
            maps,
            pages,
            Problem.at(
                Where(file=place, line=error.lineno or None),
                f"the sitemap is broken XML: {error.msg}",
                hint="what could be read of it was taken",
            ),
        )
    if not maps and not pages:
        return (
            [],
            [],
            Problem.at(where, "the sitemap lists nothing", severity="warning", hint="is the URL right?"),
        )
    return maps, pages, None


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _unpacked(data: bytes) -> bytes | None:
    try:
        packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found = packed.decompress(data, _LARGEST)
    except zlib.error:
        return None
    return found if packed.eof else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _age(lastmod: str | None) -> float:
    try:
        return read_date(lastmod, UTC).timestamp()
    except (ValueError, OverflowError):
        return 0.0
