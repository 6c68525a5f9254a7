"""The body of an article from anywhere: what readers would lose is converted, and the rest is made safe."""

from __future__ import annotations

from typing import NamedTuple

from .conversion import convert_html
from .nesting import MAX_DEPTH
from .sanitize import sanitize_counted


class ArticleHtml(NamedTuple):
    """A body that is safe.

    Attributes:
        notes: what was changed in it, in words.
    """

    html: str
    notes: tuple[str, ...]


def read_article_html(html: str, base: str | None = None) -> ArticleHtml:
    """Return safe, balanced HTML in which every address is absolute, and what was changed.

    Args:
        html: a fragment from anywhere.
        base: the address of the article, which relative addresses refer to.
    """
    converted = convert_html(html, base)
    clean = sanitize_counted(converted.html, converted.base)
    notes = (converted.note, _describe_flattened(clean.flattened))
    return ArticleHtml(clean.html, tuple(filter(None, notes)))


def _describe_flattened(count: int) -> str:
    if not count:
        return ""
    elements = "1 element" if count == 1 else f"{count} elements"
    return f"{elements} nested more than {MAX_DEPTH} levels deep became plain text"
