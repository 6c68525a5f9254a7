"""What the links of a letter carry: parameters, and a detour where clicks are counted. Pure."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..model import Article, Newsletter, Tracking


class Links:
    """Changes links as a newsletter's `tracking` says; without any, they stay as they are.

    Args:
        newsletter: its name and its tracking.
        number: of the edition.
        home: the page whose host gets parameters if no other is named.
    """

    def __init__(self, newsletter: Newsletter, number: int, home: str | None) -> None:
        self._tracking: Tracking = newsletter.tracking
        self._values = {"{newsletter}": newsletter.name, "{number}": str(number)}
        hosts = self._tracking.hosts or ((urlsplit(home).hostname or "",) if home else ())
        self._hosts = {_plain(host) for host in hosts}
        self._parameters = {name: self._said(value, str) for name, value in self._tracking.parameters.items()}

    def __call__(self, url: str) -> str:
        """The link of an article, or in one, as the letter has it."""
        url = self.own(url)
        if self._tracking.redirect and _leads_to_a_page(url):
            url = self._said(self._tracking.redirect, _quoted).replace("{url}", _quoted(url))
        return url

    def own(self, url: str) -> str:
        """The link to a page about the letter, which nobody counts."""
        if not _leads_to_a_page(url):
            return url
        parts = urlsplit(url)
        if self._parameters and _plain(parts.hostname or "") in self._hosts:
            there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
            added = {name: value for name, value in self._parameters.items() if name not in there}
            query = "&".join(part for part in (parts.query, urlencode(added)) if part)
            url = urlunsplit(parts._replace(query=query))
        return url

    def of(self, article: Article) -> Article:
        """The article with its link changed."""
        link = self(article.link) if article.link else None
        return article if link == article.link else article.model_copy(update={"link": link})

    @property
    def pixel(self) -> str:
        """The picture that counts readers, as HTML; empty without one."""
        if not self._tracking.pixel:
            return ""
        url = escape(self._said(self._tracking.pixel, _quoted))
        return f'<img src="{url}" width="1" height="1" alt="" style="display:block">'

    def _said(self, pattern: str, spelt: Callable[[str], str]) -> str:
        for name, value in self._values.items():
            pattern = pattern.replace(name, spelt(value))
        return pattern


def _leads_to_a_page(url: str) -> bool:
    # Schemes are told apart without regard to case (RFC 3986, section 3.1).
    return url[:6].lower().startswith(("http:", "https:"))


def _plain(host: str) -> str:
    return host.lower().removeprefix("www.")


def _quoted(value: str) -> str:
    return quote(value, safe="")
