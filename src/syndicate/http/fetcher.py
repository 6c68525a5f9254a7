"""Polite fetching: robots.txt, a pause between requests, and a check of each redirect."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pydantic import TypeAdapter, ValidationError
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from ..errors import FetchError, Where
from ..model.base import Url
from ..model.validation_messages import describe_error
from .exchange import Response, exchange

if TYPE_CHECKING:
    from .robots import Robots

_MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
# A host that asks for longer pauses gets one request per run.
_MAX_PAUSE = 60.0
_MAX_RETRY_AFTER = 86_400.0
_URL: TypeAdapter[str] = TypeAdapter(Url)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched URL.

    Attributes:
        url: after redirects.
        headers: names in lower case.
        body: decompressed.
        unchanged: whether the server answered 304; there is no body then.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    unchanged: bool = False


class Fetcher:
    """Fetches for one run, with a memory of hosts. Not thread-safe.

    Args:
        agent: the User-Agent. The part before the slash is our name for robots.txt.
        private: whether private, loopback and link-local addresses are allowed.
        private_hosts: hosts, with their ports if URLs name them, that can have such addresses all the same;
            others that they redirect to cannot.
        seconds: the time limit of one URL, without pauses.
        pause: seconds between two requests to one host.
        robots: whether to obey robots.txt; needs the extra `sources`.
    """

    def __init__(
        self,
        agent: str,
        *,
        private: bool = False,
        private_hosts: Collection[str] = (),
        seconds: float = 30.0,
        pause: float = 1.0,
        robots: bool = True,
    ) -> None:
        self._agent = agent
        self._private = private
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._seconds = seconds
        self._pause = pause
        self._robots: Robots | None = None
        if robots:
            from .robots import MAX_ROBOTS_BYTES, Robots

            self._robots = Robots(
                agent.partition("/")[0], lambda url: self._follow(url, {}, MAX_ROBOTS_BYTES, polite=False)[1]
            )
        self._last_requests: dict[str, float] = {}
        self._closed_until: dict[str, float] = {}

    def get(self, url: str, *, max_bytes: int, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch a URL.

        Args:
            url: absolute, http or https.
            max_bytes: the size limit of the body, before and after decompression.
            headers: to send besides, such as `If-None-Match`.

        Raises:
            FetchError: it is refused, unreachable, too large or too slow, or the server answers an error.
        """
        try:
            final_url, response = self._follow(url, headers or {}, max_bytes, polite=True)
        except FetchError as error:
            if error.where.file is None:
                error.where = Where(file=url)
            raise
        if response.is_truncated:
            raise FetchError(
                f"it has more than {max_bytes / 1e6:g} MB",
                where=Where(file=url),
                hint="check the URL, or raise max_size of the source",
                is_permanent=True,
            )
        return Fetched(final_url, response.headers, response.body, response.status == 304)

    def head(self, url: str) -> Fetched:
        """Ask for the headers of a URL only.

        Raises:
            FetchError: as for `get`.
        """
        try:
            final_url, response = self._follow(url, {}, 0, polite=True, method="HEAD")
        except FetchError as error:
            if error.where.file is None:
                error.where = Where(file=url)
            raise
        return Fetched(final_url, response.headers, b"")

    def _follow(
        self, url: str, headers: Mapping[str, str], max_bytes: int, *, polite: bool, method: str = "GET"
    ) -> tuple[str, Response]:
        remaining = self._seconds
        for _ in range(_MAX_REDIRECTS + 1):
            url = _validate(url)
            if polite:
                self._wait_turn(url)
            started = time.monotonic()
            sent = {"User-Agent": self._agent, "Accept": "*/*", **headers}
            private = self._private or urlsplit(url).netloc.lower() in self._private_hosts
            response = exchange(
                url, headers=sent, private=private, seconds=remaining, max_bytes=max_bytes, method=method
            )
            remaining -= time.monotonic() - started
            target = response.headers.get("location")
            if response.status in _REDIRECTS and target:
                url = _redirect_target(url, target)
                continue
            if response.status in (200, 203) or (response.status == 304 and headers):
                return url, response
            raise self._error(url, response)
        raise FetchError(
            f"more than {_MAX_REDIRECTS} redirects", hint="use the URL that they lead to", is_permanent=True
        )

    def _wait_turn(self, url: str) -> None:
        host = urlsplit(url).netloc
        pause = self._pause
        if self._robots is not None:
            if not self._robots.allows(url):
                raise FetchError(
                    f"robots.txt of {host} does not allow it",
                    hint="remove the URL, or ask the host to allow User-agent: syndicate",
                    is_permanent=True,
                )
            pause = max(pause, self._robots.delay(url))
        now = time.monotonic()
        if now < self._closed_until.get(host, now):
            raise FetchError(f"{host} asked to wait", hint="the next run tries again")
        wait = self._last_requests.get(host, now - pause) + pause - now
        if wait > _MAX_PAUSE:
            raise FetchError(
                f"{host} asks for {pause:g} seconds between requests", hint="the next run tries again"
            )
        if wait > 0:
            time.sleep(wait)
        self._last_requests[host] = time.monotonic()

    def _error(self, url: str, response: Response) -> FetchError:
        status = response.status
        wait = _parse_retry_after(response.headers.get("retry-after"))
        if status in (429, 503):
            # These are about the host, not about one page.
            self._closed_until[urlsplit(url).netloc] = time.monotonic() + (wait or _MAX_PAUSE)
        asked = f" and asks to wait {wait:.0f} seconds" if wait else ""
        return FetchError(
            f"the server answered {status}{asked}",
            where=Where(file=url),
            hint=_HINTS.get(status, "try again later" if status >= 500 else "check the URL"),
            status=status,
            retry_after=wait,
            is_permanent=400 <= status < 500 and status not in (408, 425, 429),
        )


_HINTS = {
    401: "the page needs a login, which is not supported",
    403: "the host may refuse programs; ask its owner",
    404: "check the URL",
    410: "the page was removed for good; remove the URL",
    429: "fetch less often",
}


def _validate(url: str) -> str:
    try:
        valid = _URL.validate_python(url)
    except ValidationError as error:
        raise FetchError(f"{describe_error(error.errors()[0])}: {url!r:.200}", is_permanent=True) from None
    try:
        parse_url(valid)
    except HTTPError as error:
        raise FetchError(f"not a URL: {error}", is_permanent=True) from None
    if "@" in urlsplit(valid).netloc:
        raise FetchError(
            "a URL with a login in it is not fetched", hint="remove the login from it", is_permanent=True
        )
    return valid.partition("#")[0]


def _redirect_target(url: str, location: str) -> str:
    try:
        # Header values are decoded as Latin-1, but most servers send UTF-8.
        return urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        raise FetchError(
            f"the redirect leads to an invalid URL: {location!r:.200}", is_permanent=True
        ) from None


def _parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of `Retry-After`: a number, or a date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return min(float(value.strip()[:9]), _MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    moment = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), _MAX_RETRY_AFTER)
