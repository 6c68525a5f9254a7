"""What an article is called where a title is needed and it has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urlsplit

from ..model import Article
from .first_words import first_words
from .summary import summarize
from .wrap import visible_text

LABEL_COLUMNS = 64

_ALT = re.compile(r'<img\b[^<>]*?\balt="([^"<>]+)"')


def is_titled(article: Article) -> bool:
    """Return whether the title has visible characters."""
    return bool(article.title) and bool(visible_text(article.title))


def article_label(article: Article) -> str:
    """Return the title; else the first words of the text, the description of an image, or the name of a file.

    Empty if it has none of these.
    """
    if is_titled(article):
        return article.title
    return next((first_words(each, LABEL_COLUMNS) for each in _names(article) if visible_text(each)), "")


def _names(article: Article) -> Iterator[str]:
    yield article.summary
    yield summarize(article.content_html)
    for file in article.attachments:
        yield file.title or ""
    if article.image:
        yield article.image.alt
    yield from map(unescape, _ALT.findall(article.content_html))
    for file in article.attachments:
        yield unquote(urlsplit(file.url).path.rpartition("/")[2])
