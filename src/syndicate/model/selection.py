"""Which articles, in which order, and why the others not. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from . import Article, Selector

Reason = Literal["not yet", "not wanted", "unwanted", "older"]

# Before the year 1000, which is the first that an article may be dated in.
_LONG_AGO, _EPOCH = datetime(500, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
_SPOKEN = {"+": " plus ", "#": " sharp ", "&": " and ", "@": " at ", "%": " percent "}


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, newest first, and why each of the others was left out, by id."""

    articles: tuple[Article, ...]
    left: Mapping[str, Reason]


def visible_from(value: Article, first_seen: datetime) -> datetime:
    """When an article appears (UTC), by which articles are sorted as well.

    An undated one appears at once, and has its place behind every dated one, by its first ingest.

    Args:
        value: it.
        first_seen: its first ingest, UTC.
    """
    return value.dated or _LONG_AGO + (first_seen - _EPOCH)


def newest_first(articles: Iterable[Article]) -> list[Article]:
    """By date, newest first; then undated ones by first ingest, newest first; equal ones by id."""
    by_id = sorted(articles, key=lambda article: article.id)
    return sorted(by_id, key=lambda article: visible_from(article, article.ingested or _EPOCH), reverse=True)


def select(
    selector: Selector,
    articles: Iterable[Article],
    *,
    now: datetime | None = None,
    limit: int | None = None,
) -> Selection:
    """Choose the articles that a feed or a newsletter is about.

    Args:
        selector: the feed or newsletter.
        articles: the candidates, in any order.
        now: leaves out what appears only later; none leaves out nothing.
        limit: how many at the most, the newest; none for the selector's own limit, if it has one.
    """
    left: dict[str, Reason] = {}
    chosen: list[Article] = []
    for article in newest_first(articles):
        if now is not None and article.dated is not None and article.dated > now:
            left[article.id] = "not yet"
        elif not all(set(words) & set(article.facet(facet)) for facet, words in selector.where.items()):
            left[article.id] = "not wanted"
        elif any(set(words) & set(article.facet(facet)) for facet, words in selector.without.items()):
            left[article.id] = "unwanted"
        else:
            chosen.append(article)
    most = limit if limit is not None else getattr(selector, "limit", len(chosen))
    left |= {article.id: "older" for article in chosen[most:]}
    return Selection(tuple(chosen[:most]), left)


def slug(word: str) -> str:
    """A word as it can stand in a file name and a URL: lower case, letters and digits of any script.

    Two words with one slug share one feed of a family (`Boats` and `boats`).
    """
    spoken = "".join(_SPOKEN.get(char, char) for char in unicodedata.normalize("NFKC", word))
    cleaned = re.sub(r"[\W_]+", "-", spoken.casefold()).strip("-")
    # A file name may hold 255 bytes; an ending and a temporary name must still fit.
    return cleaned.encode()[:150].decode(errors="ignore") or "other"
