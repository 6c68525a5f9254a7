"""How an edition is laid out: the lead, groups of articles, what was read most. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..model import Article, Newsletter
from .select import named, place_of


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an edition.

    Attributes:
        kind: `lead` holds one article, `most_read` those with the highest scores, in order.
        title: the section or tag that the articles have in common; empty if none.
        articles: never empty.
    """

    kind: Literal["lead", "articles", "most_read"]
    title: str
    articles: tuple[Article, ...]


def sections(newsletter: Newsletter, articles: Sequence[Article]) -> tuple[Section, ...]:
    """Lay out an edition as its newsletter says; each article stands in one section.

    Laying out what has been laid out changes nothing.

    Args:
        newsletter: says what leads, how articles are grouped, and how many were read most.
        articles: those shown, newest first.
    """
    rest = pinned_first(newsletter, articles)
    found: list[Section] = []
    if rest and newsletter.lead != "none":
        lead = rest.pop(_lead(newsletter, rest))
        found.append(Section("lead", "", (lead,)))
    most = _highest(rest)[: newsletter.most_read]
    found += _groups(newsletter, [article for place, article in enumerate(rest) if place not in most])
    if most:
        found.append(Section("most_read", "", tuple(rest[place] for place in most)))
    return tuple(found)


def flattened(parts: Iterable[Section]) -> tuple[Article, ...]:
    """The articles of all sections, in order."""
    return tuple(article for part in parts for article in part.articles)


def pinned_first(newsletter: Newsletter, articles: Iterable[Article]) -> list[Article]:
    """Pinned articles in the order of their pins, then the others as they were."""
    return sorted(articles, key=lambda article: place_of(newsletter.pinned, article))


def _lead(newsletter: Newsletter, articles: Sequence[Article]) -> int:
    if newsletter.lead == "score" and not named(newsletter.pinned, articles[0]):
        return next(iter(_highest(articles)), 0)
    return 0


def _highest(articles: Iterable[Article]) -> list[int]:
    """The places of those with a score, the highest first; equal ones by id, which stays."""
    scored = [
        (-article.score, article.id, place)
        for place, article in enumerate(articles)
        if article.score is not None
    ]
    return [place for _, _, place in sorted(scored)]


def _groups(newsletter: Newsletter, articles: Sequence[Article]) -> list[Section]:
    wanted = {name.casefold(): name for name in newsletter.groups}
    groups: dict[str, list[Article]] = {name: [] for name in newsletter.groups}
    alone: list[Article] = []
    for article in articles:
        label = _label(newsletter, article, wanted)
        groups.setdefault(label, []).append(article) if label else alone.append(article)
    found = [Section("articles", label, tuple(group)) for label, group in groups.items() if group]
    return [*found, Section("articles", "", tuple(alone))] if alone else found


def _label(newsletter: Newsletter, article: Article, wanted: dict[str, str]) -> str:
    if newsletter.group is None:
        return ""
    if newsletter.group == "section":
        section = article.section or ""
        return wanted.get(section.casefold(), section)
    for tag in article.tags:
        for word in (tag.label, tag.term):
            if word and word.casefold() in wanted:
                return wanted[word.casefold()]
    return next((tag.label or tag.term for tag in article.tags), "")
