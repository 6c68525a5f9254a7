"""Plain text of editions: cleaned, shortened, and the lines above and below a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from wcwidth import grapheme_boundary_before

from ..model import Article, Frozen, Newsletter
from .article_label import article_label, is_titled
from .illegal_characters import clean_text
from .summary import shorten, summarize
from .wrap import display_width, one_line

SUMMARY_COLUMNS = 280
"""Longest summary in an edition; a Chinese or Japanese character has two columns."""

PREHEADER_LENGTH = 140
"""Most characters that mail programs show beside the subject."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EditionHeader:
    """The template variable `edition`; `more` counts articles that the edition does not show."""

    number: int
    date: datetime | None
    more: int


def clean_strings(value: T) -> T:
    """Return a model, tuple or string with every string in it cleaned."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = clean_text(value)
    elif isinstance(value, tuple):
        cleaned = tuple(clean_strings(item) for item in value)
    elif isinstance(value, Frozen):
        changes = {}
        for name in type(value).model_fields:
            old = getattr(value, name)
            new = clean_strings(old)
            if new != old:
                changes[name] = new
        cleaned = value.model_copy(update=changes) if changes else value
    result: T = cleaned
    return result


def truncate(text: str, limit: int) -> str:
    """Return one line of at most `limit` characters, cut at a word and ended with an ellipsis."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    end = text.rfind(" ", limit // 2, limit)
    if end <= 0:
        end = grapheme_boundary_before(text, limit) or limit - 1
    # The cut may separate a direction override from its end.
    return clean_text(text[:end].rstrip(" ,;:—–-") + "…")


def summary_text(value: Article | str, columns: int = SUMMARY_COLUMNS) -> str:
    """Return the summary of an article, or else the beginning of its body, or a text, cut to that width."""
    if columns <= 0:
        return ""
    text = one_line(clean_text(value if isinstance(value, str) else value.summary))
    if not text and isinstance(value, Article):
        text = summarize(value.content_html, columns)
    length = columns + 1
    short = text
    while display_width(short) > columns:
        length = min(_length_within(text, columns), length - 1)
        short = shorten(text, length) if length > 0 else ""
    return clean_text(short)


def _length_within(text: str, columns: int) -> int:
    """Return how many characters of the text fit into the columns."""
    if text.isascii():
        return columns
    used = 0
    for index, char in enumerate(text):
        used += display_width(char)
        if used > columns:
            return index
    return len(text)


def with_visible_title(article: Article, untitled: str) -> Article:
    """Return the article; its first words, its link or `untitled` stand for a title that cannot be seen."""
    if is_titled(article):
        return article
    return article.model_copy(update={"title": article_label(article) or article.link or untitled})


def preheader(subject: str, newsletter: Newsletter, articles: Sequence[Article]) -> str:
    """Return the titles that the subject does not contain, else the beginning of the first article."""
    titles = [title for article in articles if (title := one_line(article.title)) not in subject]
    return truncate(" · ".join(titles) or summary_text(articles[0]) or newsletter.title, PREHEADER_LENGTH)


def author_names(article: Article) -> list[str]:
    """Return the names of the authors. Addresses are never shown: their owners did not agree to it."""
    return [author.name for author in article.authors if author.name and author.name.strip()]


def kicker(article: Article) -> str:
    """Return the label above a title: the section, else the first tag."""
    if article.section:
        return article.section
    return next((tag.label or tag.term for tag in article.tags), "")
