"""RSS, Atom and JSON feeds, read as a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..model import Problem
from .feed_entries import read_feed
from .files import Files
from .http_cache import ConditionalFetcher, Visit, as_before
from .source import RawRecord, Unchanged

# In place of the link of an entry that was not read again.
_AS_BEFORE = object()
# Ids of these kinds are made to be unique in the world (RFC 4151, RFC 8141).
_WORLDWIDE = ("http://", "https://", "tag:", "urn:")


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Records from feeds, by URL or from files.

    An article that several of the feeds have is taken from the first.

    Attributes:
        name: what reports and the store call it.
        urls: of feeds.
        files: with feeds in them.
        visitor: fetches; needed for URLs.
        complete: whether what is missing was withdrawn; feeds forget what is old, so hardly ever.
    """

    name: str
    urls: Sequence[str]
    files: Files
    visitor: ConditionalFetcher
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Every entry of every feed; see `Source`."""
        taken: dict[str, tuple[str, object]] = {}
        for item, feed in self._all():
            if isinstance(item, Problem) or item.key is None:
                yield item
                continue
            link = item.fields.get("link") if isinstance(item, RawRecord) else _AS_BEFORE
            first, known = taken.setdefault(item.key, (feed, link))
            same = known in (link, _AS_BEFORE) or item.key.startswith(_WORLDWIDE)
            if first == feed or not same:
                yield item
            elif isinstance(item, RawRecord):
                yield Problem.at(item.where, f"taken from {first} already", severity="note")
        if self.urls:
            self.visitor.save(self.urls)
            self.visitor.must_have_reached()

    def _all(self) -> Iterator[tuple[RawRecord | Unchanged | Problem, str]]:
        for found in self.files.read_bytes():
            if isinstance(found, Problem):
                yield found, ""
                continue
            for item in read_feed(found.data, scope=found.key, place=str(found.path), strict=self.complete):
                yield item, str(found.path)
        for url in self.urls:
            for each in self._fetched(url):
                yield each, url

    def _fetched(self, url: str) -> Iterator[RawRecord | Unchanged | Problem]:
        found = self.visitor.fetch(url)
        if isinstance(found, Problem):
            yield found
        elif isinstance(found, Visit):
            yield from as_before(found, url, self.visitor.now)
        else:
            keys: list[str] = []
            readable = True
            kind = found.headers.get("content-type")
            for item in read_feed(
                found.body, scope=url, place=url, url=found.url, media_type=kind, strict=self.complete
            ):
                if isinstance(item, RawRecord):
                    keys.append(item.key or "")
                    yield replace(item, fetched=url)
                    continue
                readable &= item.severity != "error"
                yield item
            if readable:
                # What was broken is read again, and told again, until it is mended.
                self.visitor.done(url, found, filter(None, keys))
