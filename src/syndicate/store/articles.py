"""Articles: what is taken in, what is withdrawn, and what is visible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    exists,
    func,
    select,
    update,
)

from ..model import Article, Facet, IncomingArticle, StoredArticle, UpsertResult
from .claims import release
from .database import Database
from .incoming import Batch, Known, key_of, link_key_of
from .moments import NEVER
from .schema import article, article_facet, counter, edition_article
from .sequence import alone, next_sequence

# A number after every other, for what has none yet.
_UNBORN = 2**62


def stored(row: Any) -> StoredArticle:
    """An article as its row has it."""
    found = Article.from_stored(row.document, ingested=row.ingested_at)
    return StoredArticle(
        found, row.revision, row.sequence, row.first_sequence, row.source, claimed(row.id, row.claimed_id)
    )


def claimed(article_id: str, claim: str) -> str | None:
    """The id that an article's record has, if the article has another for that reason."""
    return claim if claim != article_id else None


class Articles:
    """The article tables; see `ArticleStore`."""

    _db: Database

    def put(
        self,
        source: str,
        batch: Sequence[IncomingArticle],
        now: datetime,
        *,
        seen: set[str],
        retired: Collection[str] = (),
    ) -> UpsertResult:
        with self._db.write() as connection:
            alone(connection)
            return Batch(connection, source, retired, batch, now, seen).run()

    def withdraw_missing(self, source: str, keys: Iterable[str], now: datetime) -> int:
        kept = {key_of(key) for key in keys}
        with self._db.write() as connection:
            alone(connection)
            gone = [
                row.id
                for row in connection.execute(
                    select(article.c.id, article.c.key).where(
                        article.c.source == source, article.c.withdrawn_at.is_(None)
                    )
                )
                if row.key not in kept
            ]
            for article_id in gone:
                connection.execute(
                    update(article)
                    .where(article.c.id == article_id)
                    .values(withdrawn_at=now, sequence=next_sequence(connection))
                )
            release(connection, gone)
        return len(gone)

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        limit: int | None = None,
        unseen_by: str | None = None,
    ) -> list[StoredArticle]:
        query = _visible(now).order_by(article.c.visible_at.desc(), self._db.by_code_point(article.c.id))
        for facet, words in (where or {}).items():
            query = query.where(filed(facet, words))
        for facet, words in (without or {}).items():
            query = query.where(~filed(facet, words))
        if unseen_by is not None:
            consumed = exists().where(
                edition_article.c.newsletter == unseen_by, edition_article.c.article_id == article.c.id
            )
            query = query.where(~consumed)
        if limit is not None:
            query = query.limit(limit)
        with self._db.read() as connection:
            return [stored(row) for row in connection.execute(query)]

    def facets(self, facet: Facet, *, now: datetime) -> list[str]:
        query = (
            select(article_facet.c.value)
            .where(article_facet.c.facet == facet, article_facet.c.visible_at <= now)
            .distinct()
        )
        with self._db.read() as connection:
            return sorted(connection.scalars(query))

    def sources(self) -> set[str]:
        with self._db.read() as connection:
            return set(connection.scalars(select(article.c.source).distinct()))

    def count(self, *, now: datetime) -> int:
        query = _visible(now).with_only_columns(func.count())
        with self._db.read() as connection:
            return int(connection.scalar(query) or 0)

    def sequence(self) -> int:
        with self._db.read() as connection:
            return int(connection.scalar(select(func.max(counter.c.value))) or 0)

    def ids(self, source: str) -> set[str]:
        query = select(article.c.id).where(article.c.source == source, article.c.withdrawn_at.is_(None))
        with self._db.read() as connection:
            return set(connection.scalars(query))

    def recognise(
        self, source: str, batch: Sequence[IncomingArticle], *, retired: Collection[str] = ()
    ) -> list[str | None]:
        with self._db.read() as connection:
            known = Known(connection, source, {source, *retired}, batch)
            found: list[str | None] = []
            seen: set[str] = set()
            for incoming in batch:
                key = key_of(incoming.key)
                row = known.find(key, incoming)
                if row and key not in seen and not known.taken(row, key, seen):
                    shown = row["visible_at"] != NEVER
                elif row:
                    found.append(None)
                    continue
                else:
                    row = {
                        "id": known.id_for(connection, incoming)[0],
                        "claimed_id": incoming.article.id,
                        "first_sequence": _UNBORN,
                        "id_standing": incoming.id_standing,
                        "link_standing": incoming.link_standing,
                        "withdrawn_at": None,
                    }
                    shown = not known.outranked(incoming)
                seen.add(key)
                known.learn({**row, "source": source, "key": key, "link_key": link_key_of(incoming.article)})
                found.append(row["id"] if shown else None)
        return found


def _visible(now: datetime) -> Select[Any]:
    return select(
        article.c.id,
        article.c.revision,
        article.c.sequence,
        article.c.first_sequence,
        article.c.source,
        article.c.claimed_id,
        article.c.ingested_at,
        article.c.document,
    ).where(article.c.withdrawn_at.is_(None), article.c.visible_at <= now)


def filed(facet: str, words: Sequence[str]) -> Any:
    """Whether an article is filed under one of some words, in a query that may look at facets itself."""
    return (
        exists()
        .where(
            article_facet.c.article_id == article.c.id,
            article_facet.c.facet == facet,
            article_facet.c.value.in_(words),
        )
        .correlate(article)
    )
