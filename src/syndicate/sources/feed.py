"""Source kind `feed`: the entries of RSS, Atom and JSON feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from ..model import Problem
from .files import Files
from .http_cache import ConditionalFetcher, Visit, unchanged_records
from .settings import FileOrFetchedSettings, SourceEnvironment
from .source import RawRecord, Source, Unchanged

# Stands for the link of an entry that was not read again.
_UNKNOWN_LINK = object()
# Ids that are globally unique (RFC 4151, RFC 8141).
_GLOBAL_IDS = ("http://", "https://", "tag:", "urn:")


_Item = TypeVar("_Item", bound=RawRecord | Unchanged | Problem)


class FeedSourceSettings(FileOrFetchedSettings):
    """`kind = "feed"`: feeds, by URL or from files."""

    kind: Literal["feed"]

    def open(self, environment: SourceEnvironment) -> Source:
        files = Files(environment.base, self.path)
        fetcher = self.conditional_fetcher(environment)
        return FeedSource(self.name, self.url, files, fetcher, bool(self.complete), self.max_bytes)


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Records from feeds, by URL or from files.

    An article that several of the feeds contain is taken from the first.

    Attributes:
        complete: whether a missing article was withdrawn. Feeds leave out old articles, so hardly ever.
        max_bytes: the size limit of one entry. A file with any number of them may be of any size.
    """

    name: str
    urls: Sequence[str]
    files: Files
    fetcher: ConditionalFetcher
    complete: bool = False
    max_bytes: int = 40_000_000

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Yield the entries of all feeds; see `Source`."""
        first_seen: dict[str, tuple[str, object]] = {}
        for item, feed in self._entries():
            if isinstance(item, Problem) or item.key is None:
                yield item
                continue
            link = item.fields.get("link") if isinstance(item, RawRecord) else _UNKNOWN_LINK
            first_feed, first_link = first_seen.setdefault(item.key, (feed, link))
            is_same = first_link in (link, _UNKNOWN_LINK) or item.key.startswith(_GLOBAL_IDS)
            if first_feed == feed or not is_same:
                yield item
            elif isinstance(item, RawRecord):
                yield Problem.at(item.where, f"already taken from {first_feed}", severity="note")
        if self.urls:
            self.fetcher.save(self.urls)
            self.fetcher.require_any_reached()

    def _entries(self) -> Iterator[tuple[RawRecord | Unchanged | Problem, str]]:
        for found in self.files.paths():
            if isinstance(found, Problem):
                yield found, ""
                continue
            path, key = found
            for item in self._until_late(self._file_entries(path, key), str(path)):
                yield item, str(path)
        for url in self.urls:
            for each in self._until_late(self._fetched_entries(url), url):
                yield each, url

    def _until_late(self, items: Iterator[_Item], place: str) -> Iterator[_Item | Problem]:
        """Yield items until the time of the source is over."""
        while not self.fetcher.is_late:
            try:
                yield next(items)
            except StopIteration:
                return
        yield self.fetcher.report_late(f"the rest of {place} was")

    def _file_entries(self, path: Path, key: str) -> Iterator[RawRecord | Problem]:
        from .feed_entries import read_feed_file

        try:
            yield from read_feed_file(
                lambda: path.open("rb"),
                scope=key,
                place=str(path),
                is_strict=self.complete,
                max_bytes=self.max_bytes,
            )
        except OSError as error:
            yield Problem(
                message=f"the file cannot be read: {error.strerror}",
                file=str(path),
                hint="let this user read it",
            )

    def _fetched_entries(self, url: str) -> Iterator[RawRecord | Unchanged | Problem]:
        from .feed_entries import read_feed

        response = self.fetcher.fetch(url)
        if isinstance(response, Problem):
            yield response
            return
        if isinstance(response, Visit):
            yield from unchanged_records(response, url, self.fetcher.now)
            return
        keys: list[str] = []
        is_readable = True
        for item in read_feed(
            response.body,
            scope=url,
            place=url,
            url=response.url,
            media_type=response.headers.get("content-type"),
            is_strict=self.complete,
            max_bytes=self.max_bytes,
        ):
            if isinstance(item, RawRecord):
                keys.append(item.key or "")
                yield replace(item, fetched_from=url)
            else:
                is_readable &= item.severity != "error"
                yield item
        if is_readable:
            # A broken feed is read and reported again until it is corrected.
            self.fetcher.record_success(url, response, filter(None, keys))
