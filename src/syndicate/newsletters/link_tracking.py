"""Link tracking: parameters of links, and a redirect that counts clicks."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..model import Article, Newsletter, Tracking


class LinkTracker:
    """Changes links by the `tracking` settings of a newsletter; without any, they stay as they are.

    Args:
        number: of the edition.
        home: the page whose host gets parameters if the settings name no hosts.
    """

    def __init__(self, newsletter: Newsletter, number: int, home: str | None) -> None:
        self._tracking: Tracking = newsletter.tracking
        self._values = {"{newsletter}": newsletter.name, "{number}": str(number)}
        hosts = self._tracking.hosts or ((urlsplit(home).hostname or "",) if home else ())
        self._hosts = {_without_www(host) for host in hosts}
        self._parameters = {name: self._fill(value, str) for name, value in self._tracking.parameters.items()}

    def __call__(self, url: str) -> str:
        """Return the link of an article, or in an article, as it is in the edition."""
        url = self.with_parameters(url)
        if self._tracking.redirect and _is_web_page(url):
            url = self._fill(self._tracking.redirect, _quote_all).replace("{url}", _quote_all(url))
        return url

    def with_parameters(self, url: str) -> str:
        """Return a link with its parameters, but without the redirect that counts clicks."""
        if not _is_web_page(url):
            return url
        parts = urlsplit(url)
        if self._parameters and _without_www(parts.hostname or "") in self._hosts:
            existing = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
            added = {name: value for name, value in self._parameters.items() if name not in existing}
            query = "&".join(part for part in (parts.query, urlencode(added)) if part)
            url = urlunsplit(parts._replace(query=query))
        return url

    def change_article(self, article: Article) -> Article:
        """Return the article with its link changed."""
        link = self(article.link) if article.link else None
        return article if link == article.link else article.model_copy(update={"link": link})

    @property
    def pixel(self) -> str:
        """The image that counts opens, as HTML; empty without one."""
        if not self._tracking.pixel:
            return ""
        url = escape(self._fill(self._tracking.pixel, _quote_all))
        return f'<img src="{url}" width="1" height="1" alt="" style="display:block">'

    def _fill(self, pattern: str, encode: Callable[[str], str]) -> str:
        for name, value in self._values.items():
            pattern = pattern.replace(name, encode(value))
        return pattern


def _is_web_page(url: str) -> bool:
    # Schemes are compared without regard to case (RFC 3986, section 3.1).
    return url[:6].lower().startswith(("http:", "https:"))


def _without_www(host: str) -> str:
    return host.lower().removeprefix("www.")


def _quote_all(value: str) -> str:
    return quote(value, safe="")
