"""The rules of robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from ..errors import FetchError
from .exchange import Response

# RFC 9309, section 2.5: parse at least 500 kibibytes.
MAX_ROBOTS_BYTES = 512_000


class Robots:
    """The rules of each host, fetched once.

    Args:
        name: the product token that rules address us by (RFC 9309, section 2.2.1).
        fetch: follows redirects, and raises `FetchError`.
    """

    def __init__(self, name: str, fetch: Callable[[str], Response]) -> None:
        self._name = name
        self._fetch = fetch
        self._rules: dict[str, Protego | FetchError] = {}

    def allows(self, url: str) -> bool:
        """Return whether the host allows to fetch a URL.

        Raises:
            FetchError: its rules are not available now.
        """
        return self._rules_for(url).can_fetch(url, self._name)

    def delay(self, url: str) -> float:
        """Return the seconds that the host asks for between two requests; 0 if it does not ask."""
        return self._rules_for(url).crawl_delay(self._name) or 0.0

    def _rules_for(self, url: str) -> Protego:
        parts = urlsplit(url)
        robots_url = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        if robots_url not in self._rules:
            self._rules[robots_url] = self._fetch_rules(robots_url, parts.netloc)
        rules = self._rules[robots_url]
        if isinstance(rules, FetchError):
            raise FetchError(rules.message, hint=rules.hint, retry_after=rules.retry_after)
        return rules

    def _fetch_rules(self, robots_url: str, host: str) -> Protego | FetchError:
        try:
            return Protego.parse(self._fetch(robots_url).body.decode("utf-8", "replace"))
        except FetchError as error:
            # RFC 9309, section 2.3.1: without rules everything is allowed; if they are unreachable, nothing.
            if error.is_permanent:
                return Protego.parse("")
            return FetchError(
                f"robots.txt of {host} cannot be read, so nothing is fetched from there: {error.message}",
                hint="the next run tries again",
                retry_after=error.retry_after,
            )
