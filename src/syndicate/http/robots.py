"""What robots.txt lets us fetch (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from ..errors import FetchError
from .exchange import Answer

# RFC 9309, section 2.5: at least 500 kibibytes are to be read.
LARGEST = 512_000


class Robots:
    """The rules of every host that is asked, fetched once.

    Args:
        name: under which the rules know us.
        fetch: gives the answer to a URL, redirects followed, or raises `FetchError`.
    """

    def __init__(self, name: str, fetch: Callable[[str], Answer]) -> None:
        self._name = name
        self._fetch = fetch
        self._rules: dict[str, Protego | FetchError] = {}

    def allows(self, url: str) -> bool:
        """Whether the host lets us fetch a URL.

        Raises:
            FetchError: its rules cannot be known now.
        """
        return self._of(url).can_fetch(url, self._name)

    def delay(self, url: str) -> float:
        """How many seconds the host wants between two requests; 0 if it does not say."""
        return self._of(url).crawl_delay(self._name) or 0.0

    def _of(self, url: str) -> Protego:
        parts = urlsplit(url)
        place = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        if place not in self._rules:
            self._rules[place] = self._read(place, parts.netloc)
        found = self._rules[place]
        if isinstance(found, FetchError):
            raise FetchError(found.message, hint=found.hint, wait=found.wait)
        return found

    def _read(self, place: str, host: str) -> Protego | FetchError:
        try:
            return Protego.parse(self._fetch(place).body.decode("utf-8", "replace"))
        except FetchError as error:
            # RFC 9309, section 2.3.1: without rules all is allowed; while they cannot be known, nothing.
            if error.lasting:
                return Protego.parse("")
            return FetchError(
                f"robots.txt of {host} cannot be read, so nothing is fetched from there: {error.message}",
                hint="it is tried again later",
                wait=error.wait,
            )
