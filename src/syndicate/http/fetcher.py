"""Fetching as a good guest: robots.txt, a pause between requests, redirects looked at one by one."""

from __future__ import annotations

import time
from collections.abc import Mapping
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
from .exchange import Answer, exchange

if TYPE_CHECKING:
    from .robots import Robots

_HOPS = 5
_MOVED = {301, 302, 303, 307, 308}
# Who wants longer pauses than this gets one request a run.
_PATIENCE = 60.0
_LONGEST_WAIT = 86_400.0
_URL: TypeAdapter[str] = TypeAdapter(Url)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a URL.

    Attributes:
        url: where it was in the end, after redirects.
        headers: names in lower case.
        body: bytes, decompressed.
        unchanged: the server says that it is as it was; there is no body.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    unchanged: bool = False


class Fetcher:
    """Fetches for one run; remembers hosts, not pages. Not for several threads.

    Args:
        agent: the User-Agent; what stands before the slash is the name that robots.txt knows us by.
        private: whether hosts on private, loopback and link-local addresses may be asked.
        seconds: how long one URL may take, pauses not counted.
        pause: seconds between two requests to one host.
        robots: whether robots.txt is asked first; needs the extra `sources`.
    """

    def __init__(
        self,
        agent: str,
        *,
        private: bool = False,
        seconds: float = 30.0,
        pause: float = 1.0,
        robots: bool = True,
    ) -> None:
        self._agent = agent
        self._private = private
        self._seconds = seconds
        self._pause = pause
        self._robots: Robots | None = None
        if robots:
            from .robots import LARGEST, Robots

            self._robots = Robots(
                agent.partition("/")[0], lambda url: self._follow(url, {}, LARGEST, polite=False)[1]
            )
        self._last: dict[str, float] = {}
        self._closed: dict[str, float] = {}

    def get(self, url: str, *, largest: int, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch a URL.

        Args:
            url: absolute, http or https.
            largest: bytes that the body may have, before and after decompression.
            headers: more of them, such as `If-None-Match`.

        Raises:
            FetchError: it is refused, out of reach, too large or too slow, or the server says no.
        """
        try:
            found, answer = self._follow(url, headers or {}, largest, polite=True)
        except FetchError as error:
            if error.where.file is None:
                error.where = Where(file=url)
            raise
        if answer.cut:
            raise FetchError(
                f"it has more than {largest / 1e6:g} MB",
                where=Where(file=url),
                hint="is it what you mean? raise max_size of the source if so",
                lasting=True,
            )
        return Fetched(found, answer.headers, answer.body, answer.status == 304)

    def _follow(
        self, url: str, headers: Mapping[str, str], largest: int, *, polite: bool
    ) -> tuple[str, Answer]:
        left = self._seconds
        for _ in range(_HOPS + 1):
            url = _checked(url)
            if polite:
                self._wait_turn(url)
            began = time.monotonic()
            sent = {"User-Agent": self._agent, "Accept": "*/*", **headers}
            answer = exchange(url, headers=sent, private=self._private, seconds=left, largest=largest)
            left -= time.monotonic() - began
            target = answer.headers.get("location")
            if answer.status in _MOVED and target:
                url = _joined(url, target)
                continue
            if answer.status in (200, 203) or (answer.status == 304 and headers):
                return url, answer
            raise self._refusal(url, answer)
        raise FetchError(f"more than {_HOPS} redirects", hint="where does the page live now?", lasting=True)

    def _wait_turn(self, url: str) -> None:
        host = urlsplit(url).netloc
        pause = self._pause
        if self._robots is not None:
            if not self._robots.allows(url):
                raise FetchError(
                    f"robots.txt of {host} does not allow it",
                    hint="leave it out, or have the host allow User-agent: syndicate",
                    lasting=True,
                )
            pause = max(pause, self._robots.delay(url))
        now = time.monotonic()
        if now < self._closed.get(host, now):
            raise FetchError(f"{host} asked to be left alone for a while", hint="it is tried again later")
        wait = self._last.get(host, now - pause) + pause - now
        if wait > _PATIENCE:
            raise FetchError(
                f"{host} wants {pause:g} seconds between requests", hint="it is tried again later"
            )
        if wait > 0:
            time.sleep(wait)
        self._last[host] = time.monotonic()

    def _refusal(self, url: str, answer: Answer) -> FetchError:
        wait = _retry_after(answer.headers.get("retry-after"))
        if answer.status in (429, 503):
            # One page is too busy: so is its host.
            self._closed[urlsplit(url).netloc] = time.monotonic() + (wait or _PATIENCE)
        asked = f"; it asks to wait {wait:.0f} seconds" if wait else ""
        return FetchError(
            f"the server says {answer.status}{asked}",
            where=Where(file=url),
            hint=_HINTS.get(answer.status, "try later" if answer.status >= 500 else "is the URL right?"),
            status=answer.status,
            wait=wait,
            lasting=400 <= answer.status < 500 and answer.status not in (408, 425, 429),
        )


_HINTS = {
    401: "it wants a login, which is not supported",
    403: "does the host refuse programs?",
    404: "is the URL right?",
    410: "it is gone for good; take it out",
    429: "ask less often",
}


def _checked(url: str) -> str:
    try:
        found = _URL.validate_python(url)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise FetchError(f"{reason}: {url!r:.200}", lasting=True) from None
    try:
        parse_url(found)
    except HTTPError as error:
        raise FetchError(f"not a URL: {error}", lasting=True) from None
    if "@" in urlsplit(found).netloc:
        raise FetchError("a URL with a login in it is not fetched", hint="take the login out", lasting=True)
    return found.partition("#")[0]


def _joined(url: str, target: str) -> str:
    try:
        # Header values come as Latin-1; most servers mean UTF-8.
        return urljoin(url, target.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        raise FetchError(f"it is redirected to what is no URL: {target!r:.200}", lasting=True) from None


def _retry_after(value: str | None) -> float | None:
    """Seconds from `Retry-After`: a number, or a date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return min(float(value.strip()[:9]), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), _LONGEST_WAIT)
