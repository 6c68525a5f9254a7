"""What feeds show, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any

from pydantic_core import from_json
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    type_coerce,
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
from .articles import claimed_id_of, has_facet, stored_article
from .checksums import checksum
from .database import Database
from .id_conflicts import update_visibility
from .schema import NEVER, article, article_facet, edition_article, feed, feed_archive, revision
from .sequence import lock_articles, next_sequence
from .upsert import replace_facets

# SQLite takes some 32,000 parameters a statement.
_BATCH = 500


class Feeds:
    """The tables of feeds; see `FeedStore`."""

    _db: Database

    def newest(self, asks: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        with self._db.read() as connection:
            return [
                self._of_word(connection, ask, now) if _plain(ask) else self._keys(connection, ask, now)
                for ask in asks
            ]

    def _of_word(self, connection: Connection, ask: FeedQuery, now: datetime) -> list[EntryRef]:
        """The answer for a feed of one word, of which there may be thousands: its query is made once."""
        [(facet, [word])] = ask.where.items()
        given = {"facet": facet, "value": word, "now": now, "most": ask.limit}
        return [EntryRef(*row) for row in connection.execute(self._one_word, given).all()]

    @cached_property
    def _one_word(self) -> Select[Any]:
        return (
            select(article.c.id, article.c.revision, article.c.visible_at)
            .join(article_facet, article_facet.c.article_id == article.c.id)
            .where(
                article_facet.c.facet == bindparam("facet"),
                article_facet.c.value == bindparam("value"),
                article_facet.c.visible_at <= bindparam("now"),
                article.c.withdrawn_at.is_(None),
            )
            .order_by(article_facet.c.visible_at.desc(), self._db.by_code_point(article_facet.c.article_id))
            .limit(bindparam("most"))
        )

    def _keys(self, connection: Connection, ask: FeedQuery, now: datetime) -> list[EntryRef]:
        # Each word has an index of its own, newest first; what is found under several is found once.
        found = [
            [
                EntryRef(*row)
                for row in connection.execute(
                    query.where(article.c.withdrawn_at.is_(None), dated <= now).limit(ask.limit)
                ).all()
            ]
            for query, dated in self._queries(ask, article.c.id, article.c.revision, article.c.visible_at)
        ]
        if len(found) == 1:
            return found[0]
        unique = {key.id: key for key in merge(*found, key=_order)}
        return list(islice(unique.values(), ask.limit))

    def _queries(self, ask: FeedQuery, *columns: Any) -> Iterator[tuple[Select[Any], Any]]:
        where = list(ask.where.items())
        conditions = [has_facet(facet, words) for facet, words in where[1:]]
        conditions += [~has_facet(facet, words) for facet, words in ask.without.items()]
        if ask.unarchived is not None:
            kept = exists().where(
                feed_archive.c.feed == ask.unarchived, feed_archive.c.article_id == article.c.id
            )
            conditions.append(~kept)
        if not where:
            dated = article.c.visible_at
            order = dated.desc(), self._db.by_code_point(article.c.id)
            yield select(*columns).where(*conditions).order_by(*order), dated
            return
        facet, words = where[0]
        dated = article_facet.c.visible_at
        filed_under = select(*columns).join(article_facet, article_facet.c.article_id == article.c.id)
        order = dated.desc(), self._db.by_code_point(article_facet.c.article_id)
        for word in words:
            chosen = article_facet.c.facet == facet, article_facet.c.value == word
            yield filed_under.where(*chosen, *conditions).order_by(*order), dated

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        with self._db.read() as connection:
            rows = [
                row
                for start in range(0, len(ids), _BATCH)
                for row in connection.execute(self._some, {"ids": ids[start : start + _BATCH]}).all()
            ]
        if not self._db.sqlite:
            return [stored_article(row) for row in rows]
        return [
            StoredArticle(
                Article.from_stored(from_json(document), ingested=_moment(ingested_at)),
                revision,
                sequence,
                first_sequence,
                source,
                claimed_id_of(article_id, claim),
            )
            for document, ingested_at, article_id, claim, source, revision, sequence, first_sequence in rows
        ]

    @cached_property
    def _some(self) -> Select[Any]:
        return select(
            self._as_it_is(article.c.document),
            self._as_it_is(article.c.ingested_at),
            article.c.id,
            article.c.claimed_id,
            article.c.source,
            article.c.revision,
            article.c.sequence,
            article.c.first_sequence,
        ).where(article.c.id.in_(bindparam("ids", expanding=True)))

    def _as_it_is(self, column: Column[Any]) -> ColumnElement[Any]:
        """What the driver gives: SQLAlchemy's own conversions take longer than SQLite's search."""
        return type_coerce(column, String).label(column.name) if self._db.sqlite else column

    def changes(self, *, after: int, since: datetime, now: datetime, most: int) -> list[ArticleChange] | None:
        appeared = and_(article.c.visible_at > since, article.c.visible_at <= now)
        query = select(article.c.id).where(or_(article.c.sequence > after, appeared)).limit(most + 1)
        with self._db.read() as connection:
            ids = list(connection.scalars(query))
            if len(ids) > most:
                return None
            filed_now: dict[str, set[tuple[Facet, str]]] = {each: set() for each in ids}
            former: dict[str, set[tuple[Facet, str]]] = {each: set() for each in ids}
            for start in range(0, len(ids), _BATCH):
                part = ids[start : start + _BATCH]
                visible = article_facet.c.article_id.in_(part), article_facet.c.visible_at <= now
                for row in connection.execute(select(article_facet).where(*visible)):
                    filed_now[row.article_id].add((row.facet, row.value))
                for row in _as_they_were(connection, part, after):
                    was = Article.from_stored(row.document)
                    former[row.article_id] |= {
                        (facet, word) for facet in _FACETS for word in was.facet(facet)
                    }
        return [ArticleChange(each, frozenset(filed_now[each]), frozenset(former[each])) for each in ids]

    def withdrawals(self, feed_query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        found: dict[str, datetime] = {}
        with self._db.read() as connection:
            for query, dated in self._queries(feed_query, article.c.id, article.c.withdrawn_at):
                # What was withdrawn before its time had come was never shown.
                withdrawn = query.where(article.c.withdrawn_at >= article.c.visible_at)
                if since is not None:
                    withdrawn = withdrawn.where(dated >= since)
                found |= {
                    row.id: row.withdrawn_at for row in connection.execute(withdrawn.limit(feed_query.limit))
                }
        return sorted(found.items(), key=lambda pair: (-pair[1].timestamp(), pair[0]))[: feed_query.limit]

    def feed_states(self, names: Iterable[str]) -> list[FeedState]:
        wanted = list(names)
        with self._db.read() as connection:
            return [
                _state(row)
                for start in range(0, len(wanted), _BATCH)
                for row in connection.execute(
                    select(feed).where(feed.c.name.in_(wanted[start : start + _BATCH]))
                ).all()
            ]

    def feed_words(self, pattern: str) -> set[str]:
        with self._db.read() as connection:
            rows = connection.execute(select(feed.c.facet_values).where(feed.c.pattern == pattern)).all()
        return {word for (words,) in rows for word in words}

    def save_feed_states(self, states: Sequence[FeedState]) -> None:
        rows = [
            {
                "name": each.name,
                "pattern": each.pattern,
                "facet_values": each.words,
                "definition": each.definition,
                "entries": each.entries,
                "documents": each.documents,
            }
            for each in states
        ]
        with self._db.write() as connection:
            stale = [each.name for each in states]
            for start in range(0, len(stale), _BATCH):
                connection.execute(delete(feed).where(feed.c.name.in_(stale[start : start + _BATCH])))
            if rows:
                connection.execute(insert(feed), rows)

    def feed_documents(self) -> dict[str, tuple[str, ...]]:
        with self._db.read() as connection:
            rows = connection.execute(select(feed.c.name, feed.c.documents))
            return {row.name: tuple(row.documents) for row in rows}

    def any_withdrawn(self) -> bool:
        with self._db.read() as connection:
            # The highest value is read off the end of an index.
            return connection.scalar(select(func.max(article.c.withdrawn_at))) is not None

    def archive_count(self, feed: str) -> int:
        with self._db.read() as connection:
            return _last_page(connection, feed)

    def archived(self, feed: str) -> dict[int, list[EntryRef]]:
        query = (
            select(feed_archive.c.page, article.c.id, article.c.revision, article.c.visible_at)
            .join(article, article.c.id == feed_archive.c.article_id)
            .where(
                feed_archive.c.feed == feed, article.c.withdrawn_at.is_(None), article.c.visible_at < NEVER
            )
            .order_by(feed_archive.c.page, feed_archive.c.position)
        )
        with self._db.read() as connection:
            # A document of which everything was withdrawn is still there, and empty.
            pages: dict[int, list[EntryRef]] = {
                number: [] for number in range(1, _last_page(connection, feed) + 1)
            }
            for row in connection.execute(query):
                pages[row.page].append(EntryRef(row.id, row.revision, row.visible_at))
        return pages

    def archive(self, feed: str, page: int, ids: Sequence[str]) -> None:
        rows = [
            {"feed": feed, "article_id": each, "page": page, "position": position}
            for position, each in enumerate(ids)
        ]
        with self._db.write() as connection:
            connection.execute(insert(feed_archive), rows)

    def merge_ids(self, pairs: Sequence[tuple[str, str]]) -> int:
        done = 0
        with self._db.write() as connection:
            lock_articles(connection)
            for former, latter in pairs:
                done += _adopt(connection, former, latter)
        return done


def _plain(ask: FeedQuery) -> bool:
    one_word = [len(words) for words in ask.where.values()] == [1]
    return one_word and not ask.without and ask.unarchived is None and ask.limit is not None


def _moment(text: str) -> datetime:
    """A moment as SQLite has it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _order(key: EntryRef) -> tuple[float, str]:
    return -key.visible_at.timestamp(), key.id


_FACETS: tuple[Facet, ...] = ("tag", "author", "section", "language")


def _last_page(connection: Connection, feed: str) -> int:
    query = select(func.max(feed_archive.c.page)).where(feed_archive.c.feed == feed)
    return connection.scalar(query) or 0


def _as_they_were(connection: Connection, ids: Sequence[str], after: int) -> Iterable[Any]:
    """The revisions of some articles from the one at a sequence number on, if they had one.

    A feed that was published by its name, or before a publish that was cut short, may show any of them.
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


def _state(row: Any) -> FeedState:
    return FeedState(
        row.name,
        row.pattern,
        tuple(row.facet_values),
        row.definition,
        tuple([PublishedEntry(*each) for each in row.entries]),
        row.documents,
    )


def _adopt(connection: Connection, former: str, latter: str) -> bool:
    rows = {
        row.id: row for row in connection.execute(select(article).where(article.c.id.in_([former, latter])))
    }
    if former == latter or len(rows) < 2:
        return False
    old, new = rows[former], rows[latter]
    sequence = next_sequence(connection)
    for row in connection.execute(select(revision).where(revision.c.article_id == latter)).all():
        connection.execute(
            insert(revision).values(
                article_id=former,
                number=old.revision + row.number,
                sequence=sequence,
                created_at=row.created_at,
                document={**row.document, "id": former},
            )
        )
    for table in (feed_archive, edition_article):
        # Where both are known the first one's row stands.
        others = table.alias()
        key = [column for column in table.primary_key.columns if column.name != "article_id"]
        twin = exists().where(
            others.c.article_id == former, *(others.c[column.name] == column for column in key)
        )
        connection.execute(delete(table).where(table.c.article_id == latter, twin))
        moved: dict[str, Any] = {"article_id": former}
        if table is edition_article:
            moved["revision"] = edition_article.c.revision + old.revision
        connection.execute(update(table).where(table.c.article_id == latter).values(moved))
    for table in (article_facet, revision):
        connection.execute(delete(table).where(table.c.article_id == latter))
    connection.execute(delete(article).where(article.c.id == latter))
    document = {**new.document, "id": former}
    connection.execute(
        update(article)
        .where(article.c.id == former)
        .values(
            source=new.source,
            key=new.key,
            link_key=new.link_key,
            # Towards the former's id, which the new record does not name.
            id_standing=old.id_standing
            if old.source == new.source
            else min(old.id_standing, new.id_standing),
            link_standing=new.link_standing,
            revision=old.revision + new.revision,
            sequence=sequence,
            visible_at=new.visible_at,
            withdrawn_at=new.withdrawn_at,
            checksum=checksum(document),
            document=document,
        )
    )
    replace_facets(connection, former, Article.from_stored(document), new.visible_at)
    touched = old, new
    update_visibility(
        connection, {row.claimed_id for row in touched}, {row.link_key for row in touched if row.link_key}
    )
    return True
