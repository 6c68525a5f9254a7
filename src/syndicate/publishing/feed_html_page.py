"""A feed as a web page, for people who open the address of a feed in a browser."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..feeds import Document, Entry
from ..i18n import ENGLISH, Translator, lang_attributes, translator_for
from ..model import Author, Feed, Format
from ..model.feed import MEDIA_TYPES
from ..resources import templates
from ..text.bidi import language_direction
from ..text.summary import summarize

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
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
    """An entry; without a title, its link is at its date, or is shown as it is."""

    title: str
    link: str | None
    readable_link: str
    theirs: Markup
    ours: Markup
    dated: str
    moment: _Moment | None
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
    language = feed.language or ENGLISH
    translator = translator_for(language)
    ours = lang_attributes(translator.language, language)
    text = _template().render(
        feed=feed,
        url=url,
        language=language,
        dir=language_direction(language),
        home=_readable(feed.home),
        addresses=_addresses(feed),
        # A feed in a language without a catalogue has English messages around its content.
        ours=ours,
        our_lang=Markup(' lang="{}"').format(translator.language) if ours else "",
        theirs=lang_attributes(feed.language, language),
        entries=[_shown(entry, feed, language, translator) for entry in document.entries],
        updated=_moment(document.updated, translator) if document.updated else None,
        _=translator.html,
    )
    return _UNWANTED.sub("\ufffd", text).encode()


def _addresses(feed: Feed) -> list[_Address]:
    found = ((kind, feed.url(kind)) for kind in feed.formats)
    return [_Address(_NAMES[kind], url, MEDIA_TYPES[kind]) for kind, url in found if url]


def _shown(entry: Entry, feed: Feed, language: str, translator: Translator) -> _Shown:
    moment = entry.published or entry.updated
    own = entry.article.language or feed.language
    link, summary = entry.article.link, _summary(entry)
    return _Shown(
        title=entry.title or ("" if summary else entry.fields.title),
        link=link,
        readable_link=_readable(link) if link else "",
        theirs=lang_attributes(own, language),
        ours=lang_attributes(translator.language, own),
        dated="dt-published" if entry.published else "dt-updated",
        moment=_moment(moment, translator) if moment else None,
        authors=tuple(author for author in entry.authors if author.name),
        summary=summary,
    )


def _moment(moment: datetime, translator: Translator) -> _Moment:
    return _Moment(moment.isoformat(timespec="seconds"), _day(moment.date(), translator))


@lru_cache(maxsize=4096)
def _day(day: date, translator: Translator) -> str:
    """Return the date in words. The same article is in many feeds, and Babel takes its time."""
    return translator.day(datetime.combine(day, time(), UTC), UTC)


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
