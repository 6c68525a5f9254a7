"""A feed as a web page, for people who open the address of a feed in a browser."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from html import escape
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..feeds import Document, Entry
from ..model import Author, Feed, Format
from ..model.feed import MEDIA_TYPES
from ..resources import templates
from ..text.bidi import language_direction
from ..text.summary import summarize

_LANGUAGE = "en"
WORDS = MappingProxyType(
    {
        "follow": "Follow this feed",
        "hint": "This is the page of a feed. Copy one of these addresses into a feed reader; any will do.",
        "hint_one": "This is the page of a feed. Copy this address into a feed reader.",
        "no_hint": "This is the page of a feed. A feed reader can follow it.",
        "what": (
            "A feed is a list of what is new. A feed reader looks at it for you, so that new articles come "
            "to you: you give nobody your mail address, and you can stop whenever you like."
        ),
        "articles": "Articles",
        "none": "There is nothing here yet. What is new will appear at this place.",
        "changed": "Last changed on",
        "day": "{day} {month} {year}",
        "months": "January February March April May June July August September October November December",
    }
)
"""All that the page says of its own, in English."""

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
_MONTHS = WORDS["months"].split()
_LONGEST = 280
_HEAD = 10_000
# XML may hold these and HTML may not (HTML, 13.2.3.5): control characters and noncharacters.
_UNWANTED = re.compile(
    "[\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(plane + end) for plane in range(0x1FFFE, 0x110000, 0x10000) for end in (0, 1))
    + "]"
)


class _Address(NamedTuple):
    name: str
    url: str
    media_type: str


class _Moment(NamedTuple):
    iso: str
    day: str


class _Shown(NamedTuple):
    title: str
    link: str | None
    tongue: Markup
    ours: Markup
    dated: str
    iso: str
    day: str
    authors: tuple[Author, ...]
    summary: str


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(templates() / "web")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("feed.html")


def feed_page(document: Document, *, url: str | None = None) -> bytes:
    """The HTML page of a feed: what it is, how to follow it, and what is in it.

    The page loads nothing and runs nothing. It carries microformats (h-feed, h-entry). Authors are shown by
    name, and never by mail address.

    Args:
        document: the normalised feed.
        url: where the page is served.

    Returns:
        UTF-8; the same bytes for the same arguments.
    """
    feed = document.feed
    language = feed.language or _LANGUAGE
    way = language_direction(language)
    text = _template().render(
        feed=feed,
        url=url,
        language=language,
        way=way,
        home=_readable(feed.home),
        addresses=_addresses(feed),
        # What the page says of its own, and what the feed says, may be in two languages.
        ours=_tongue(_LANGUAGE, language, way),
        lang=_tongue(_LANGUAGE, language, language_direction(_LANGUAGE)),
        theirs=_tongue(feed.language, language, way),
        entries=[_shown(entry, feed, language, way) for entry in document.entries],
        changed=_moment(document.updated) if document.updated else None,
        words=WORDS,
    )
    return _UNWANTED.sub("\ufffd", text).encode()


def _addresses(feed: Feed) -> list[_Address]:
    found = ((kind, feed.url(kind)) for kind in feed.formats)
    return [_Address(_NAMES[kind], url, MEDIA_TYPES[kind]) for kind, url in found if url]


def _tongue(language: str | None, around: str, way: str) -> Markup:
    """The attributes of a part in one language inside of one in another."""
    if language is None:
        return Markup(' lang="" dir="auto"')
    own = language_direction(language)
    named = around == language or around.startswith(f"{language}-")
    parts = [] if named else [Markup(' lang="{}"').format(language)]
    if own != way:
        parts.append(Markup(' dir="{}"').format(own))
    return Markup("").join(parts)


def _shown(entry: Entry, feed: Feed, language: str, way: str) -> _Shown:
    moment = entry.published or entry.updated
    iso, day = _moment(moment) if moment else ("", "")
    own = entry.article.language or feed.language
    return _Shown(
        title=entry.title,
        link=entry.article.link,
        tongue=_tongue(own, language, way),
        ours=_tongue(_LANGUAGE, own or "", language_direction(own) if own else "auto"),
        dated="dt-published" if entry.published else "dt-updated",
        iso=iso,
        day=day,
        authors=tuple(author for author in entry.authors if author.name),
        summary=_summary(entry),
    )


def _moment(moment: datetime) -> _Moment:
    day = WORDS["day"].format(day=moment.day, month=_MONTHS[moment.month - 1], year=moment.year)
    return _Moment(moment.isoformat(timespec="seconds"), day)


def _summary(entry: Entry) -> str:
    if not entry.summary:
        return _beginning(entry.html[:_HEAD])
    return entry.summary if len(entry.summary) <= _LONGEST else _beginning(escape(entry.summary[:_HEAD]))


@lru_cache(maxsize=1024)
def _beginning(html: str) -> str:
    """The same article is in many feeds, and finding its beginning takes longer than all the rest."""
    return summarize(html, _LONGEST)


def _readable(url: str) -> str:
    """An address as people write it."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2].removeprefix("www.") + parts.path.rstrip("/")
