"""An article with what the store knows about it."""

from __future__ import annotations

from dataclasses import dataclass

from .article import Article


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with its position in the store's history.

    Attributes:
        revision: of this article, counted from 1.
        sequence: number of its last change, counted over the whole store.
        first_sequence: number of its first ingest.
        source: name of its source.
        claimed_id: the id that its record claims, if that id belongs to an article of another source.
    """

    article: Article
    revision: int
    sequence: int
    first_sequence: int
    source: str = ""
    claimed_id: str | None = None
