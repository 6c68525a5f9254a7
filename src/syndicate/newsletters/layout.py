"""The layout of an edition: the lead, groups of articles, the most read ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..model import Article, Newsletter
from .article_selection import is_named, pin_position


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an edition.

    Attributes:
        kind: `lead` has one article, `most_read` those with the highest scores, in order.
        title: the section or tag that its articles share; empty if none.
        articles: at least one.
    """

    kind: Literal["lead", "articles", "most_read"]
    title: str
    articles: tuple[Article, ...]


def lay_out(newsletter: Newsletter, articles: Sequence[Article]) -> tuple[Section, ...]:
    """Arrange articles in sections, each article in one; the order of the result has the same layout.

    Args:
        newsletter: says what leads, how articles are grouped, and how many are listed as most read.
        articles: newest first.
    """
    rest = sorted(articles, key=lambda article: pin_position(newsletter.pinned, article))
    sections: list[Section] = []
    if rest and newsletter.lead != "none":
        lead = rest.pop(_lead_index(newsletter, rest))
        sections.append(Section("lead", "", (lead,)))
    most_read = _by_score(rest)[: newsletter.most_read]
    sections += _groups(newsletter, [article for at, article in enumerate(rest) if at not in most_read])
    if most_read:
        sections.append(Section("most_read", "", tuple(rest[at] for at in most_read)))
    return tuple(sections)


def articles_of(sections: Iterable[Section]) -> tuple[Article, ...]:
    """Return the articles of all sections, in order."""
    return tuple(article for section in sections for article in section.articles)


def _lead_index(newsletter: Newsletter, articles: Sequence[Article]) -> int:
    if newsletter.lead == "score" and not is_named(newsletter.pinned, articles[0]):
        return next(iter(_by_score(articles)), 0)
    return 0


def _by_score(articles: Iterable[Article]) -> list[int]:
    """Return the indexes of the articles with a score, highest first, then by id."""
    scored = [
        (-article.score, article.id, at) for at, article in enumerate(articles) if article.score is not None
    ]
    return [at for _, _, at in sorted(scored)]


def _groups(newsletter: Newsletter, articles: Sequence[Article]) -> list[Section]:
    preferred = {name.casefold(): name for name in newsletter.groups}
    groups: dict[str, list[Article]] = {name: [] for name in newsletter.groups}
    ungrouped: list[Article] = []
    for article in articles:
        title = _group_title(newsletter, article, preferred)
        groups.setdefault(title, []).append(article) if title else ungrouped.append(article)
    sections = [Section("articles", title, tuple(group)) for title, group in groups.items() if group]
    return [*sections, Section("articles", "", tuple(ungrouped))] if ungrouped else sections


def _group_title(newsletter: Newsletter, article: Article, preferred: dict[str, str]) -> str:
    if newsletter.group is None:
        return ""
    if newsletter.group == "section":
        section = article.section or ""
        return preferred.get(section.casefold(), section)
    for tag in article.tags:
        for name in (tag.label, tag.term):
            if name and name.casefold() in preferred:
                return preferred[name.casefold()]
    return next((tag.label or tag.term for tag in article.tags), "")
