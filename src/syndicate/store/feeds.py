"""The contents of feeds, changes of articles, and the state of published feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from ..model import (
    Article,
    ArticleChange,
    EntryRef,
    Facet,
    FeedQuery,
    FeedState,
    PublishedEntry,
    StoredArticle,
)
from .article_upsert import insert_facets
from .articles import has_facet, is_public, stored_article
from .change_sequence import lock_articles, next_sequence
from .checksums import checksum
from .database import Database
from .id_conflicts import update_visibility
from .schema import NEVER, article, article_facet, edition_article, feed, feed_archive, revision

# SQLite allows about 32,000 parameters in a statement.
_BATCH = 500
_FACETS: tuple[Facet, ...] = ("tag", "author", "section", "language")


class Feeds:
    """The tables of feeds; see `FeedStore`."""

    _db: Database

    def newest_entries(self, queries: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        with self._db.read() as connection:
            return [
                self._entries_of_value(connection, query, now)
                if _has_single_value(query)
                else self._entries(connection, query, now)
                for query in queries
            ]

    def _entries_of_value(self, connection: Connection, query: FeedQuery, now: datetime) -> list[EntryRef]:
        # A site may have thousands of these feeds, so their statement is compiled only once.
        [(facet, [value])] = query.where.items()
        parameters = {"facet": facet, "value": value, "now": now, "limit": query.limit}
        return [EntryRef(*row) for row in connection.execute(self._statement_of_value, parameters).all()]

    @cached_property
    def _statement_of_value(self) -> Select[Any]:
        return (
            select(article.c.id, article.c.revision, article.c.visible_at)
            .join(article_facet, article_facet.c.article_id == article.c.id)
            .where(
                article_facet.c.facet == bindparam("facet"),
                article_facet.c.value == bindparam("value"),
                article_facet.c.visible_at <= bindparam("now"),
                is_public(bindparam("now", type_=article.c.expires_at.type)),
            )
            .order_by(article_facet.c.visible_at.desc(), self._db.by_code_point(article_facet.c.article_id))
            .limit(bindparam("limit"))
        )

    def _entries(self, connection: Connection, query: FeedQuery, now: datetime) -> list[EntryRef]:
        columns = article.c.id, article.c.revision, article.c.visible_at
        # The index returns the articles of one facet value newest first; an article may have several values.
        by_value = [
            [
                EntryRef(*row)
                for row in connection.execute(
                    statement.where(is_public(now), visible_at <= now).limit(query.limit)
                ).all()
            ]
            for statement, visible_at in self._statements(query, *columns)
        ]
        if len(by_value) == 1:
            return by_value[0]
        unique = {ref.id: ref for ref in merge(*by_value, key=_newest_first)}
        return list(islice(unique.values(), query.limit))

    def _statements(self, query: FeedQuery, *columns: Any) -> Iterator[tuple[Select[Any], Any]]:
        """Return a statement for each value of the first facet, with the column that it is sorted by."""
        where = list(query.where.items())
        conditions = [has_facet(facet, values) for facet, values in where[1:]]
        conditions += [~has_facet(facet, values) for facet, values in query.without.items()]
        if query.unarchived is not None:
            is_archived = exists().where(
                feed_archive.c.feed == query.unarchived, feed_archive.c.article_id == article.c.id
            )
            conditions.append(~is_archived)
        if not where:
            visible_at = article.c.visible_at
            order = visible_at.desc(), self._db.by_code_point(article.c.id)
            yield select(*columns).where(*conditions).order_by(*order), visible_at
            return
        facet, values = where[0]
        visible_at = article_facet.c.visible_at
        with_facet = select(*columns).join(article_facet, article_facet.c.article_id == article.c.id)
        order = visible_at.desc(), self._db.by_code_point(article_facet.c.article_id)
        for value in values:
            has_value = article_facet.c.facet == facet, article_facet.c.value == value
            yield with_facet.where(*has_value, *conditions).order_by(*order), visible_at

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        with self._db.read() as connection:
            return [
                stored_article(row)
                for start in range(0, len(ids), _BATCH)
                for row in connection.execute(
                    select(article).where(article.c.id.in_(ids[start : start + _BATCH]))
                ).all()
            ]

    def article_changes(
        self, *, after: int, since: datetime, now: datetime, limit: int
    ) -> list[ArticleChange] | None:
        became_visible = and_(article.c.visible_at > since, article.c.visible_at <= now)
        expired = and_(article.c.expires_at > since, article.c.expires_at <= now)
        changed = or_(article.c.sequence > after, became_visible, expired)
        query = select(article.c.id).where(changed).limit(limit + 1)
        with self._db.read() as connection:
            ids = list(connection.scalars(query))
            if len(ids) > limit:
                return None
            facets: dict[str, set[tuple[Facet, str]]] = {each: set() for each in ids}
            former: dict[str, set[tuple[Facet, str]]] = {each: set() for each in ids}
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                visible = article_facet.c.article_id.in_(batch), article_facet.c.visible_at <= now
                for row in connection.execute(select(article_facet).where(*visible)):
                    facets[row.article_id].add((row.facet, row.value))
                for row in _published_revisions(connection, batch, after):
                    published = Article.from_stored(row.document)
                    former[row.article_id] |= {
                        (facet, value) for facet in _FACETS for value in published.facet(facet)
                    }
        return [ArticleChange(each, frozenset(facets[each]), frozenset(former[each])) for each in ids]

    def withdrawals(self, query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        found: dict[str, datetime] = {}
        with self._db.read() as connection:
            for statement, visible_at in self._statements(query, article.c.id, article.c.withdrawn_at):
                # An article that was withdrawn before it became visible was never published.
                withdrawn = statement.where(article.c.withdrawn_at >= article.c.visible_at)
                if since is not None:
                    withdrawn = withdrawn.where(visible_at >= since)
                found |= {
                    row.id: row.withdrawn_at for row in connection.execute(withdrawn.limit(query.limit))
                }
        return sorted(found.items(), key=lambda pair: (-pair[1].timestamp(), pair[0]))[: query.limit]

    def has_withdrawals(self) -> bool:
        with self._db.read() as connection:
            # The maximum is the last entry of an index.
            return connection.scalar(select(func.max(article.c.withdrawn_at))) is not None

    def feed_states(self, names: Iterable[str]) -> list[FeedState]:
        wanted = list(names)
        with self._db.read() as connection:
            return [
                FeedState(
                    row.name,
                    row.pattern,
                    tuple(row.facet_values),
                    row.definition,
                    tuple([PublishedEntry(*each) for each in row.entries]),
                    row.documents,
                )
                for start in range(0, len(wanted), _BATCH)
                for row in connection.execute(
                    select(feed).where(feed.c.name.in_(wanted[start : start + _BATCH]))
                ).all()
            ]

    def family_facet_values(self, pattern: str) -> set[str]:
        with self._db.read() as connection:
            rows = connection.execute(select(feed.c.facet_values).where(feed.c.pattern == pattern)).all()
        return {value for (values,) in rows for value in values}

    def save_feed_states(self, states: Sequence[FeedState]) -> None:
        rows = [
            {
                "name": state.name,
                "pattern": state.pattern,
                "facet_values": state.facet_values,
                "definition": state.definition,
                "entries": state.entries,
                "documents": state.documents,
            }
            for state in states
        ]
        names = [state.name for state in states]
        with self._db.write() as connection:
            for start in range(0, len(names), _BATCH):
                connection.execute(delete(feed).where(feed.c.name.in_(names[start : start + _BATCH])))
            if rows:
                connection.execute(insert(feed), rows)

    def feed_documents(self) -> dict[str, tuple[str, ...]]:
        with self._db.read() as connection:
            rows = connection.execute(select(feed.c.name, feed.c.documents))
            return {row.name: tuple(row.documents) for row in rows}

    def archive_count(self, feed: str) -> int:
        with self._db.read() as connection:
            return _archive_count(connection, feed)

    def archive_documents(self, feed: str, *, now: datetime) -> dict[int, list[EntryRef]]:
        query = (
            select(feed_archive.c.page, article.c.id, article.c.revision, article.c.visible_at)
            .join(article, article.c.id == feed_archive.c.article_id)
            .where(feed_archive.c.feed == feed, is_public(now), article.c.visible_at < NEVER)
            .order_by(feed_archive.c.page, feed_archive.c.position)
        )
        with self._db.read() as connection:
            # A document stays, and is empty, after all of its articles were withdrawn or have expired.
            documents: dict[int, list[EntryRef]] = {
                number: [] for number in range(1, _archive_count(connection, feed) + 1)
            }
            for row in connection.execute(query):
                documents[row.page].append(EntryRef(row.id, row.revision, row.visible_at))
        return documents

    def add_archive_document(self, feed: str, number: int, ids: Sequence[str]) -> None:
        rows = [
            {"feed": feed, "article_id": article_id, "page": number, "position": position}
            for position, article_id in enumerate(ids)
        ]
        with self._db.write() as connection:
            connection.execute(insert(feed_archive), rows)

    def merge_ids(self, pairs: Sequence[tuple[str, str]]) -> int:
        with self._db.write() as connection:
            lock_articles(connection)
            return sum(_merge(connection, former_id, new_id) for former_id, new_id in pairs)


def _has_single_value(query: FeedQuery) -> bool:
    value_counts = [len(values) for values in query.where.values()]
    return value_counts == [1] and not query.without and query.unarchived is None and query.limit is not None


def _newest_first(ref: EntryRef) -> tuple[float, str]:
    return -ref.visible_at.timestamp(), ref.id


def _archive_count(connection: Connection, feed: str) -> int:
    query = select(func.max(feed_archive.c.page)).where(feed_archive.c.feed == feed)
    return connection.scalar(query) or 0


def _published_revisions(connection: Connection, ids: Sequence[str], after: int) -> Iterable[Any]:
    """Return the revisions of articles that a document may contain: the one at a sequence number, and later.

    Later ones because a feed may have been published alone, or by a publish that was interrupted.
    """
    last = (
        select(revision.c.article_id, func.max(revision.c.number).label("number"))
        .where(revision.c.article_id.in_(ids), revision.c.sequence <= after)
        .group_by(revision.c.article_id)
        .subquery()
    )
    return connection.execute(
        select(revision.c.article_id, revision.c.document)
        .outerjoin(last, last.c.article_id == revision.c.article_id)
        .where(
            revision.c.article_id.in_(ids),
            or_(last.c.number.is_(None), revision.c.number >= last.c.number),
        )
    )


def _merge(connection: Connection, former_id: str, new_id: str) -> bool:
    """Move an article to its former id. Return False if either article is missing."""
    query = select(article).where(article.c.id.in_([former_id, new_id]))
    rows = {row.id: row for row in connection.execute(query)}
    if former_id == new_id or len(rows) < 2:
        return False
    former, new = rows[former_id], rows[new_id]
    sequence = next_sequence(connection)
    for row in connection.execute(select(revision).where(revision.c.article_id == new_id)).all():
        connection.execute(
            insert(revision).values(
                article_id=former_id,
                number=former.revision + row.number,
                sequence=sequence,
                created_at=row.created_at,
                document={**row.document, "id": former_id},
            )
        )
    for table in (feed_archive, edition_article):
        # If both articles are in the same archive document or edition, the row of the former id stays.
        others = table.alias()
        key = [column for column in table.primary_key.columns if column.name != "article_id"]
        has_former_row = exists().where(
            others.c.article_id == former_id, *(others.c[column.name] == column for column in key)
        )
        connection.execute(delete(table).where(table.c.article_id == new_id, has_former_row))
        values: dict[str, Any] = {"article_id": former_id}
        if table is edition_article:
            values["revision"] = edition_article.c.revision + former.revision
        connection.execute(update(table).where(table.c.article_id == new_id).values(values))
    for table in (article_facet, revision):
        connection.execute(delete(table).where(table.c.article_id == new_id))
    connection.execute(delete(article).where(article.c.id == new_id))
    document = {**new.document, "id": former_id}
    id_standing = former.id_standing
    if former.source != new.source:
        id_standing = min(id_standing, new.id_standing)
    connection.execute(
        update(article)
        .where(article.c.id == former_id)
        .values(
            source=new.source,
            key=new.key,
            link_key=new.link_key,
            # The standing towards the former id, which the new record does not contain.
            id_standing=id_standing,
            link_standing=new.link_standing,
            revision=former.revision + new.revision,
            sequence=sequence,
            visible_at=new.visible_at,
            expires_at=new.expires_at,
            withdrawn_at=new.withdrawn_at,
            checksum=checksum(document),
            document=document,
        )
    )
    connection.execute(delete(article_facet).where(article_facet.c.article_id == former_id))
    insert_facets(connection, [(former_id, Article.from_stored(document), new.visible_at)])
    merged = former, new
    update_visibility(
        connection, {row.claimed_id for row in merged}, {row.link_key for row in merged if row.link_key}
    )
    return True
