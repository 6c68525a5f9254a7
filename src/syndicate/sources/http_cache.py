"""What is known of fetched URLs from one read to the next, so that a server is asked for changes only."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import ExternalError, FetchError, Where
from ..model import Problem
from .source import SourceState, Unchanged

if TYPE_CHECKING:
    from ..http import Fetched, Fetcher


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a URL from its last fetch.

    Attributes:
        etag, modified: the validators of that version (RFC 9110, sections 8.8.2 and 8.8.3).
        digest: of the body, for servers without validators.
        keys: of the records that it gave.
        lastmod: what the sitemap said of it.
        at: the time of the fetch (ISO 8601).
        wait: the time until which the server asked not to be asked (ISO 8601).
        failed: whether it could not be fetched, and another attempt soon is useless.
    """

    etag: str | None = None
    modified: str | None = None
    digest: str | None = None
    keys: tuple[str, ...] = ()
    lastmod: str | None = None
    at: str | None = None
    wait: str | None = None
    failed: bool = False


class ConditionalFetcher:
    """Fetches for one read of one source, and asks only for what has changed since the last read.

    Args:
        state: where visits are stored.
        source: the source's name.
        conversion: identifies what the records depend on besides the bytes. With another one, all visits
            are forgotten, and everything is fetched again.
        now: the time of the read.
        max_bytes: the size limit of one response.
        seconds: the time limit of the read. What was read until then is kept.
        is_reread: whether everything is fetched, also what has not changed.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        state: SourceState,
        *,
        source: str,
        conversion: str,
        now: datetime,
        max_bytes: int,
        seconds: float = 600.0,
        is_reread: bool = False,
    ) -> None:
        self.now = now
        self._ends = time.monotonic() + seconds
        self._fetcher = fetcher
        self._state = state
        self._name = f"visits:{source}"
        self._conversion = conversion
        self._max_bytes = max_bytes
        self._visits: dict[str, Visit] = {}
        self._any_reached = self._any_unreachable = False
        self._load()
        if is_reread:
            self._visits = {url: Visit(keys=each.keys, wait=each.wait) for url, each in self._visits.items()}

    @property
    def is_late(self) -> bool:
        """Whether the time of the read is over."""
        return time.monotonic() > self._ends

    def report_late(self, unread: str) -> Problem:
        """Return the problem of a read whose time is over.

        Args:
            unread: what was not read.
        """
        return Problem(
            message=f"the time of the source is over: {unread} not read; nothing is withdrawn",
            hint="the next run goes on, or raise deadline of the source",
        )

    def last_visit(self, url: str) -> Visit | None:
        """Return the last visit of a URL."""
        return self._visits.get(url)

    def fetch(
        self, url: str, *, lastmod: str | None = None, max_bytes: int | None = None
    ) -> Fetched | Visit | Problem:
        """Fetch a URL if it changed.

        Args:
            lastmod: what the sitemap says of it.
            max_bytes: another size limit than that of the source.

        Returns:
            The response; or the last visit, if nothing has changed since; or what went wrong.
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
            response = self._fetcher.get(url, max_bytes=max_bytes or self._max_bytes, headers=headers)
        except FetchError as error:
            if error.retry_after:
                until = self.now + timedelta(seconds=error.retry_after)
                self._visits[url] = replace(last or Visit(), wait=until.isoformat())
            elif error.is_permanent:
                self.record_failure(url, lastmod=lastmod)
            self._any_unreachable |= not error.is_permanent
            return Problem.of(error)
        self._any_reached = True
        if last and response.unchanged:
            self._visits[url] = replace(last, lastmod=lastmod, at=self.now.isoformat(), failed=False)
            return self._visits[url]
        if last and last.digest and last.digest == _digest(response.body):
            self.record_success(url, response, last.keys, lastmod=lastmod)
            return self._visits[url]
        return response

    def record_success(
        self, url: str, response: Fetched, keys: Iterable[str], *, lastmod: str | None = None
    ) -> None:
        """Note that a URL was read, and the keys of the records that it gave."""
        etag, modified = response.headers.get("etag"), response.headers.get("last-modified")
        self._visits[url] = Visit(
            etag, modified, _digest(response.body), tuple(keys), lastmod, self.now.isoformat()
        )

    def record_failure(self, url: str, *, lastmod: str | None = None) -> None:
        """Note that a URL gives nothing, and that another attempt soon is useless."""
        last = self._visits.get(url, Visit())
        self._visits[url] = Visit(keys=last.keys, lastmod=lastmod, at=self.now.isoformat(), failed=True)

    def save(self, urls: Iterable[str] | None) -> None:
        """Store the visits of these URLs and forget all others. With None, store all."""
        wanted = self._visits if urls is None else urls
        visits = {url: _as_json(self._visits[url]) for url in wanted if url in self._visits}
        self._state.remember(self._name, json.dumps({"settings": self._conversion, "urls": visits}))

    def require_any_reached(self) -> None:
        """Tell an outage from failures of single URLs.

        Raises:
            ExternalError: servers could not be reached, and none could.
        """
        if self._any_unreachable and not self._any_reached:
            raise ExternalError(
                "nothing could be fetched", hint="each URL is reported with its reason; try again later"
            )

    def _load(self) -> None:
        stored = json.loads(self._state.recall(self._name) or "{}")
        if stored.get("settings") == self._conversion:
            self._visits = {
                url: Visit(**{**visit, "keys": tuple(visit.get("keys", ()))})
                for url, visit in stored["urls"].items()
            }


def unchanged_records(visit: Visit, url: str, now: datetime) -> Iterator[Unchanged | Problem]:
    """Yield the records of a URL that was not read again, after a note if the server asked to wait."""
    if visit.wait and datetime.fromisoformat(visit.wait) > now:
        yield Problem.at(
            Where(file=url), f"not fetched: the server asked to wait until {visit.wait}", severity="note"
        )
    for key in visit.keys:
        yield Unchanged(key)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _as_json(visit: Visit) -> dict[str, Any]:
    return {name: value for name, value in asdict(visit).items() if value}
