"""The articles that a feed or a newsletter selects, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from . import Article, Selector

Reason = Literal["future", "expired", "no match", "excluded", "over limit"]

# Before the year 1000, the first year that the date of an article may have.
_BEFORE_EVERY_DATE, _EPOCH = datetime(500, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected articles.

    Attributes:
        articles: newest first.
        rejected: why each other article was not selected, by id.
    """

    articles: tuple[Article, ...]
    rejected: Mapping[str, Reason]


def visible_from(article: Article, first_seen: datetime) -> datetime:
    """Return when an article becomes visible. Articles are sorted by this time.

    An article without a date is visible at once, and sorts after all with a date, by its first ingest.

    Args:
        first_seen: the first ingest, UTC.
    """
    return article.dated or _BEFORE_EVERY_DATE + (first_seen - _EPOCH)


def has_expired(article: Article, now: datetime) -> bool:
    """Return whether an article is not published any more."""
    return article.expires is not None and article.expires <= now


def newest_first(articles: Iterable[Article]) -> list[Article]:
    """Sort articles: by date, newest first; then those without a date by first ingest; equal ones by id."""
    by_id = sorted(articles, key=lambda article: article.id)
    return sorted(by_id, key=lambda article: visible_from(article, article.ingested or _EPOCH), reverse=True)


def select(
    selector: Selector,
    articles: Iterable[Article],
    *,
    now: datetime | None = None,
    limit: int | None = None,
) -> Selection:
    """Select articles for a feed or a newsletter.

    Args:
        selector: the feed or newsletter.
        articles: in any order.
        now: articles with a later date are rejected, and those that have expired; None rejects none.
        limit: the number of articles, the newest; None means the selector's own limit, if it has one.
    """
    rejected: dict[str, Reason] = {}
    matching: list[Article] = []
    for article in newest_first(articles):
        if now is not None and article.dated is not None and article.dated > now:
            rejected[article.id] = "future"
        elif now is not None and has_expired(article, now):
            rejected[article.id] = "expired"
        elif not all(set(values) & set(article.facet(facet)) for facet, values in selector.where.items()):
            rejected[article.id] = "no match"
        elif any(set(values) & set(article.facet(facet)) for facet, values in selector.without.items()):
            rejected[article.id] = "excluded"
        else:
            matching.append(article)
    count = limit if limit is not None else getattr(selector, "limit", len(matching))
    rejected |= {article.id: "over limit" for article in matching[count:]}
    return Selection(tuple(matching[:count]), rejected)
