"""The words of a digest: tidied, shortened, and what stands above and below a title. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from wcwidth import grapheme_boundary_before

from ..model import Article, Frozen, Newsletter
from .bidi import closed
from .html import escape, repair_characters, summarise
from .wrap import one_line, seen, width

BRIEF = 280
"""How many columns of a summary a digest shows at the most; a Chinese or Japanese letter has two."""

PREHEADER = 140
"""How many characters mail programs show beside the subject at the most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EditionHeader:
    """What templates know of the edition as `edition`: its number, its date, and how many more it counts."""

    number: int
    date: datetime | None
    more: int


# What XML allows but a terminal obeys (C1 controls, DEL) or takes for the end of a line.
_UNRULY = re.compile("[\x7f-\x9f\u2028\u2029]")


def tidy(text: str) -> str:
    """The text without what could act on its surroundings.

    Control characters go (`content.repair_characters`, and those that only terminals know), other line ends
    become spaces, and a direction override that is left open is closed, so that it ends where the text ends.
    """
    text = _UNRULY.sub(lambda match: " " if match[0] in "\x85\u2028\u2029" else "", repair_characters(text))
    return closed(text)


def tidied(value: T) -> T:
    """A model, tuple or string with every string in it tidied."""
    new: Any = value
    if isinstance(value, str):
        new = tidy(value)
    elif isinstance(value, tuple):
        new = tuple(tidied(item) for item in value)
    elif isinstance(value, Frozen):
        changes = {}
        for name in type(value).model_fields:
            old = getattr(value, name)
            mended = tidied(old)
            if mended != old:
                changes[name] = mended
        new = value.model_copy(update=changes) if changes else value
    result: T = new
    return result


def cut(text: str, limit: int) -> str:
    """One line, shortened at a word with an ellipsis if it has more than `limit` characters."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    end = text.rfind(" ", limit // 2, limit)
    if end <= 0:
        end = grapheme_boundary_before(text, limit) or limit - 1
    # Cutting may part a direction override from its end.
    return tidy(text[:end].rstrip(" ,;:—–-") + "…")


def brief(value: Article | str, limit: int = BRIEF) -> str:
    """The summary of an article, or the beginning of its body, or a text, in so many columns."""
    if limit <= 0:
        return ""
    line = one_line(tidy(value if isinstance(value, str) else value.summary))
    if not line and isinstance(value, Article):
        line = summarise(value.content_html, limit)
    room = limit + 1
    short = line
    while width(short) > limit:
        room = min(_filled(line, limit), room - 1)
        short = summarise(escape(line, quote=False), room) if room > 0 else ""
    return tidy(short)


def _filled(text: str, columns: int) -> int:
    """How many characters of a text fill so many columns."""
    if text.isascii():
        return columns
    filled = 0
    for place, char in enumerate(text):
        filled += width(char)
        if filled > columns:
            return place
    return len(text)


def titled(article: Article, untitled: str) -> Article:
    """The article with something to call it, where nobody could see its title."""
    if seen(article.title):
        return article
    return article.model_copy(update={"title": article.link or untitled})


def preheader_of(subject: str, newsletter: Newsletter, articles: Sequence[Article]) -> str:
    """What the subject does not say already: the titles, else the beginning of the first article."""
    fresh = [title for article in articles if (title := one_line(article.title)) not in subject]
    line = " · ".join(fresh) or brief(articles[0]) or newsletter.title
    return cut(line, PREHEADER)


def authors(article: Article) -> list[str]:
    """The names of those who wrote it. Addresses are not shown: nobody asked to be in a mail with theirs."""
    return [author.name for author in article.authors if author.name and author.name.strip()]


def kicker(article: Article) -> str:
    """The label above a title: the section, else the first tag."""
    if article.section:
        return article.section
    return next((tag.label or tag.term for tag in article.tags), "")
