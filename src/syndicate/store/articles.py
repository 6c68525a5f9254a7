"""Articles: storing, withdrawing and finding them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from ..model import Article, Facet, IncomingArticle, StoredArticle, UpsertResult
from ..model.article_identity import record_key
from .article_index import ArticleIndex, link_key_of
from .article_upsert import Upsert
from .bulk_rows import update_rows
from .change_sequence import lock_articles, next_sequence
from .database import Database
from .id_conflicts import show_rivals
from .schema import NEVER, article, article_facet, counter, edition_article

# Higher than any sequence number: an article that is not stored yet.
_NOT_STORED = 2**62


def stored_article(row: Any) -> StoredArticle:
    """Return the article of a row."""
    return StoredArticle(
        Article.from_stored(row.document, ingested=row.ingested_at),
        row.revision,
        row.sequence,
        row.first_sequence,
        row.source,
        row.claimed_id if row.claimed_id != row.id else None,
    )


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
        former_ids: Mapping[str, str] = MappingProxyType({}),
    ) -> UpsertResult:
        with self._db.write_repeatable() as connection:
            lock_articles(connection)
            return Upsert(connection, source, retired, batch, now, seen, former_ids).run()

    def source_articles(self, source: str) -> Iterator[tuple[str, StoredArticle]]:
        query = (
            _stored()
            .add_columns(article.c.key)
            .where(article.c.source == source, article.c.withdrawn_at.is_(None))
        )
        with self._db.read() as connection:
            for row in connection.execution_options(yield_per=500).execute(query):
                yield row.key, stored_article(row)

    def keys(self, source: str) -> set[str]:
        query = select(article.c.key).where(article.c.source == source, article.c.withdrawn_at.is_(None))
        with self._db.read() as connection:
            return set(connection.scalars(query).all())

    def withdraw_missing(self, source: str, keys: Iterable[str], now: datetime) -> int:
        remaining = {record_key(key) for key in keys}
        query = select(article.c.id, article.c.key).where(
            article.c.source == source, article.c.withdrawn_at.is_(None)
        )
        with self._db.write() as connection:
            lock_articles(connection)
            missing = [row.id for row in connection.execute(query) if row.key not in remaining]
            if missing:
                numbers = enumerate(missing, next_sequence(connection, len(missing)))
                rows = [(now, number, article_id) for number, article_id in numbers]
                update_rows(connection, article, ["id"], ["withdrawn_at", "sequence"], rows)
                show_rivals(connection, missing)
        return len(missing)

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
        for facet, values in (where or {}).items():
            query = query.where(has_facet(facet, values))
        for facet, values in (without or {}).items():
            query = query.where(~has_facet(facet, values))
        if unseen_by is not None:
            consumed = exists().where(
                edition_article.c.newsletter == unseen_by, edition_article.c.article_id == article.c.id
            )
            query = query.where(~consumed)
        if limit is not None:
            query = query.limit(limit)
        with self._db.read() as connection:
            return [stored_article(row) for row in connection.execute(query)]

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
            index = ArticleIndex(connection, source, {source, *retired}, batch)
            ids: list[str | None] = []
            seen: set[str] = set()
            for incoming in batch:
                key = record_key(incoming.key)
                row = index.match(incoming)
                if row and (key in seen or row["key"] in seen):
                    ids.append(None)
                    continue
                if row:
                    is_visible = row["visible_at"] != NEVER
                else:
                    row = {
                        "id": index.new_id(connection, incoming)[0],
                        "claimed_id": incoming.article.id,
                        "first_sequence": _NOT_STORED,
                        "id_standing": incoming.id_standing,
                        "link_standing": incoming.link_standing,
                        "withdrawn_at": None,
                    }
                    is_visible = not index.is_outranked(incoming)
                seen.add(key)
                index.add({**row, "source": source, "key": key, "link_key": link_key_of(incoming.article)})
                ids.append(row["id"] if is_visible else None)
        return ids


def _stored() -> Select[Any]:
    return select(
        article.c.id,
        article.c.revision,
        article.c.sequence,
        article.c.first_sequence,
        article.c.source,
        article.c.claimed_id,
        article.c.ingested_at,
        article.c.document,
    )


def _visible(now: datetime) -> Select[Any]:
    return _stored().where(is_public(now), article.c.visible_at <= now)


def is_public(now: Any) -> ColumnElement[bool]:
    """Return a condition: the article is neither withdrawn nor expired. It may not be visible yet."""
    expires_at = article.c.expires_at
    return and_(article.c.withdrawn_at.is_(None), or_(expires_at.is_(None), expires_at > now))


def has_facet(facet: str, values: Sequence[str]) -> Any:
    """Return a condition: the article has one of these values in a facet."""
    return (
        exists()
        .where(
            article_facet.c.article_id == article.c.id,
            article_facet.c.facet == facet,
            article_facet.c.value.in_(values),
        )
        # The query around it may use the facet table too.
        .correlate(article)
    )
