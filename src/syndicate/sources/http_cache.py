"""What is kept of fetched URLs from one read to the next, so that servers are asked for little."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..errors import ExternalError, FetchError, Where
from ..http import Fetched, Fetcher
from ..model import Problem
from .source import SourceState, Unchanged


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a URL from the last time.

    Attributes:
        etag, modified: what the server called that version (RFC 9110, sections 8.8.2 and 8.8.3).
        keys: of the records that it gave.
        lastmod: what the sitemap said of it.
        at: when it was (ISO 8601).
        wait: until when the server asked to be left alone (ISO 8601).
        failed: it could not be had, and trying again soon is of no use.
    """

    etag: str | None = None
    modified: str | None = None
    keys: tuple[str, ...] = ()
    lastmod: str | None = None
    at: str | None = None
    wait: str | None = None
    failed: bool = False


class ConditionalFetcher:
    """Fetches for one read of one source, asking only for what has changed since the last.

    Args:
        fetcher: the way out.
        memory: where visits are kept.
        source: the source's name.
        settings: what the records depend on besides the bytes; another text forgets all visits.
        now: the moment of the read.
        largest: bytes that one answer may have.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        memory: SourceState,
        *,
        source: str,
        settings: str,
        now: datetime,
        largest: int,
    ) -> None:
        self.now = now
        self._fetcher = fetcher
        self._memory = memory
        self._name = f"visits:{source}"
        self._settings = settings
        self._largest = largest
        self._visits: dict[str, Visit] = {}
        self._reached = self._lost = False
        self._load()

    def last(self, url: str) -> Visit | None:
        """The last visit, if there was one."""
        return self._visits.get(url)

    def fetch(
        self, url: str, *, lastmod: str | None = None, largest: int | None = None
    ) -> Fetched | Visit | Problem:
        """Fetch a URL if it changed.

        Args:
            url: what to fetch.
            lastmod: what the sitemap says of it.
            largest: bytes, where it may have more than others.

        Returns:
            What came, or the last visit if nothing has changed since, or what went wrong.
        """
        last = self._visits.get(url)
        headers = {}
        if last and last.wait:
            if datetime.fromisoformat(last.wait) > self.now:
                return last
            self._visits[url] = last = replace(last, wait=None)
        if last and last.etag:
            headers["If-None-Match"] = last.etag
        if last and last.modified:
            headers["If-Modified-Since"] = last.modified
        try:
            found = self._fetcher.get(url, largest=largest or self._largest, headers=headers)
        except FetchError as error:
            if error.wait:
                until = self.now + timedelta(seconds=error.wait)
                self._visits[url] = replace(last or Visit(), wait=until.isoformat())
            elif error.lasting:
                self.failed(url, lastmod=lastmod)
            self._lost |= not error.lasting
            return Problem.of(error)
        self._reached = True
        if found.unchanged and last:
            self._visits[url] = replace(last, lastmod=lastmod, at=self.now.isoformat(), failed=False)
            return self._visits[url]
        return found

    def done(self, url: str, found: Fetched, keys: Iterable[str], *, lastmod: str | None = None) -> None:
        """Note that a URL was read, and what records it gave."""
        etag, modified = found.headers.get("etag"), found.headers.get("last-modified")
        self._visits[url] = Visit(etag, modified, tuple(keys), lastmod, self.now.isoformat())

    def failed(self, url: str, *, lastmod: str | None = None) -> None:
        """Note that a URL gives nothing, and that trying again soon is of no use."""
        last = self._visits.get(url, Visit())
        self._visits[url] = Visit(keys=last.keys, lastmod=lastmod, at=self.now.isoformat(), failed=True)

    def save(self, urls: Iterable[str] | None) -> None:
        """Remember the visits to these URLs and forget all others; or, with none given, remember all."""
        wanted = self._visits if urls is None else urls
        kept = {url: _shortened(self._visits[url]) for url in wanted if url in self._visits}
        self._memory.remember(self._name, json.dumps({"settings": self._settings, "urls": kept}))

    def must_have_reached(self) -> None:
        """Tell the world's failures from those of single URLs.

        Raises:
            ExternalError: something was out of reach, and nothing was not.
        """
        if self._lost and not self._reached:
            raise ExternalError(
                "nothing could be fetched", hint="the reasons are told for each URL; try later"
            )

    def _load(self) -> None:
        kept = json.loads(self._memory.recall(self._name) or "{}")
        if kept.get("settings") == self._settings:
            self._visits = {
                url: Visit(**{**visit, "keys": tuple(visit.get("keys", ()))})
                for url, visit in kept["urls"].items()
            }


def as_before(visit: Visit, url: str, now: datetime) -> Iterator[Unchanged | Problem]:
    """The records of a URL that were not read again, and the reason if it is not the usual one."""
    if visit.wait and datetime.fromisoformat(visit.wait) > now:
        yield Problem.at(
            Where(file=url),
            f"not asked: the server wants to be left alone until {visit.wait}",
            severity="note",
        )
    for key in visit.keys:
        yield Unchanged(key)


def _shortened(visit: Visit) -> dict[str, Any]:
    return {name: value for name, value in asdict(visit).items() if value}
