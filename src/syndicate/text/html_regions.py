"""Elements that are replaced before HTML is sanitized, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from .html_tokens import Tag, read_attributes, text_of

_LONGEST_NAME = 200


class Change(NamedTuple):
    """What became of a kind of element: `1 frame became a link`, `2 frames became links`."""

    one: str
    many: str


class Changes:
    """Counts what was changed in one body."""

    def __init__(self) -> None:
        self._counts: Counter[Change] = Counter()
        self._hosts: dict[Change, dict[str, None]] = {}

    def add(self, change: Change, host: str = "", number: int = 1) -> None:
        """Count a change; the host says where the element came from."""
        self._counts[change] += number
        if host:
            self._hosts.setdefault(change, {})[host.removeprefix("www.")] = None

    def describe(self) -> str:
        """Return `2 frames became links (youtube.com, video.example), 1 drawing became text`, or nothing."""
        return ", ".join(
            f"{count} {change.one if count == 1 else change.many}{self._describe_hosts(change)}"
            for change, count in self._counts.items()
        )

    def _describe_hosts(self, change: Change) -> str:
        hosts = [*self._hosts.get(change, ())]
        more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
        return f" ({', '.join(hosts[:3])}{more})" if hosts else ""


@dataclass(frozen=True)
class Region:
    """An element with everything in it.

    Attributes:
        tag: its start tag.
        inner: its content as it is written.
        base: the address that relative addresses in it refer to.
        caption: the words of the caption of its figure.
        is_block: whether it stands between blocks, not in a line of text.
        changes: counts what becomes of it.
        convert_inner: returns the content with the elements in it replaced.
    """

    tag: Tag
    inner: str
    base: str | None
    caption: str
    is_block: bool
    changes: Changes = field(repr=False)
    convert_inner: Callable[[], str] = field(repr=False)

    @cached_property
    def attributes(self) -> dict[str, str]:
        return read_attributes(self.tag.attributes)

    def first(self, names: Iterable[str]) -> str:
        """Return the first attribute of these that has a value."""
        return next((value for name in names if (value := self.attributes.get(name, "").strip())), "")

    def address(self, names: Iterable[str]) -> str:
        """Return the first attribute of these that is the address of a web page, made absolute."""
        for name in names:
            if full := web_address(self.attributes.get(name, ""), self.base):
                return full
        return ""

    @property
    def name(self) -> str:
        """What the author calls it: its title, else the caption of its figure."""
        return shorten_name(self.first(("title", "aria-label", "data-title")) or self.caption)

    def link(self, address: str, name: str) -> str:
        """Return a link, in a paragraph of its own where it stands between blocks."""
        link = make_link(address, name)
        return f"<p>{link}</p>" if self.is_block else link


def make_link(address: str, name: str) -> str:
    """Return a link as HTML."""
    return f'<a href="{escape(address)}">{escape(name, quote=False)}</a>'


def shorten_name(text: str) -> str:
    """Return a name on one line of a bearable length."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…"


def web_address(url: str, base: str | None) -> str:
    """Return an absolute HTTP address, or nothing if it is not one."""
    url = url.strip()
    if not url or url.startswith(("#", "data:", "javascript:", "about:", "blob:")):
        return ""
    try:
        full = urljoin(base, url) if base else f"https:{url}" if url.startswith("//") else url
        parts = urlsplit(full)
        is_page = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return full if is_page else ""


def host_of(address: str) -> str:
    """Return the host of an address that `web_address` made, without `www.`."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def words_of(html: str) -> str:
    """Return the words of a fragment, shortened to a name."""
    return shorten_name(text_of(html))
