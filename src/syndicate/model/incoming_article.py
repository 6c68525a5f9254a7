"""Articles that are about to be stored, and the result of storing them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import Where
from .article import Article
from .article_identity import Standing


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """An article from a source.

    Attributes:
        article: has the id that its record claims.
        key: identifies the record in the source.
        where: the place of the record, for messages.
        id_standing, link_standing: how good the source's claim to the id and to the link is.
    """

    article: Article
    key: str
    where: Where = field(default_factory=Where)
    id_standing: Standing = Standing.STRANGER
    link_standing: Standing = Standing.STRANGER


@dataclass(frozen=True, slots=True)
class IdConflict:
    """An article whose id or link another source has too.

    Attributes:
        other: the other source.
        is_hidden: only the other source's article is visible. If False, the incoming one gets its own id.
    """

    incoming: IncomingArticle
    other: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """The counts of one batch.

    Attributes:
        rejected: not stored, each with the key of the record of the same source that has its id or link.
        conflicts: stored, but hidden or under an id of their own.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: tuple[tuple[IncomingArticle, str], ...] = ()
    conflicts: tuple[IdConflict, ...] = ()
