"""Articles, their revisions, and the sequence of changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from ..model import Article, Facet, jsonable
from ..ports import Incoming, Stored, Tally
from .database import Database, insert_once
from .schema import article, article_facet, counter, edition_article, revision

_FACETS = ("tag", "author", "section", "language")
# What PostgreSQL can index; nothing that a person files things under is longer.
_LONGEST = 400
# SQLite takes some 32,000 parameters a statement.
_BATCH = 500
# A number after every other, for what has none yet.
_UNBORN = 2**62


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(document: Mapping[str, Any]) -> str:
    """What tells a revision from another."""
    return _hash(json.dumps(document, sort_keys=True, ensure_ascii=False))


def _key(text: str) -> str:
    return text if len(text) <= _LONGEST else f"sha256:{_hash(text)}"


def alone(connection: Connection) -> None:
    """Make others who write or consume articles wait until this transaction ends: what is read stays true."""
    insert_once(connection, counter, name="change", value=0)
    connection.execute(select(counter.c.value).where(counter.c.name == "change").with_for_update())


def next_sequence(connection: Connection) -> int:
    """Take the next number of the change sequence, in a transaction that is `alone`."""
    taken: int = connection.execute(
        update(counter)
        .where(counter.c.name == "change")
        .values(value=counter.c.value + 1)
        .returning(counter.c.value)
    ).scalar_one()
    return taken


def stored(row: Any) -> Stored:
    """An article as its row has it."""
    found = Article.trusted(row.document, ingested=row.first_seen)
    return Stored(found, row.revision, row.sequence, row.born)


class Articles:
    """The article tables; see `ports.ArticleStore`."""

    _db: Database

    def put(
        self,
        source: str,
        batch: Sequence[Incoming],
        now: datetime,
        *,
        seen: set[str],
        retired: Collection[str] = (),
    ) -> Tally:
        new = changed = unchanged = 0
        clashes: list[tuple[Incoming, str]] = []
        with self._db.write() as connection:
            alone(connection)
            known = _Known(connection, source, {source, *retired}, batch)
            for incoming in batch:
                key = _key(incoming.key)
                row = known.find(key, incoming)
                if row and (key in seen or known.taken(row, key, seen)):
                    clashes.append((incoming, row["key"]))
                    continue
                seen.add(key)
                document = _document(incoming.article, row["id"] if row else incoming.article.id)
                digest = digest_of(document)
                home = {"source": source, "key": key}
                if row and row["digest"] == digest and row["withdrawn_at"] is None:
                    unchanged += 1
                    if (row["source"], row["key"]) != (source, key):
                        connection.execute(update(article).where(article.c.id == row["id"]).values(**home))
                        known.learn({**row, **home})
                    continue
                number = row["revision"] + 1 if row else 1
                sequence = next_sequence(connection)
                first_seen = row["first_seen"] if row else now
                visible_at = incoming.article.published or incoming.article.updated or first_seen
                values = home | {
                    "id": document["id"],
                    "link_key": _hash(incoming.article.link) if incoming.article.link else None,
                    "revision": number,
                    "sequence": sequence,
                    "visible_at": visible_at,
                    "withdrawn_at": None,
                    "digest": digest,
                    "document": document,
                }
                if row:
                    connection.execute(update(article).where(article.c.id == row["id"]).values(**values))
                    changed += 1
                else:
                    values |= {"born": sequence, "first_seen": now}
                    connection.execute(insert(article).values(**values))
                    new += 1
                known.learn({**(row or {}), **values})
                connection.execute(
                    insert(revision).values(
                        article_id=document["id"],
                        number=number,
                        sequence=sequence,
                        made_at=now,
                        document=document,
                    )
                )
                file(connection, document["id"], incoming.article, visible_at)
        return Tally(new, changed, unchanged, tuple(clashes))

    def withdraw_missing(self, source: str, keys: Iterable[str], now: datetime) -> int:
        kept = {_key(key) for key in keys}
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
        return len(gone)

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        limit: int | None = None,
        unseen_by: str | None = None,
    ) -> list[Stored]:
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
            select(article_facet.c.word)
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
        self, source: str, batch: Sequence[Incoming], *, retired: Collection[str] = ()
    ) -> list[str | None]:
        with self._db.read() as connection:
            known = _Known(connection, source, {source, *retired}, batch)
        found: list[str | None] = []
        seen: set[str] = set()
        for incoming in batch:
            key = _key(incoming.key)
            row = known.find(key, incoming)
            if row and (key in seen or known.taken(row, key, seen)):
                found.append(None)
                continue
            seen.add(key)
            link = incoming.article.link
            values = {"source": source, "key": key, "link_key": _hash(link) if link else None}
            row = {"id": incoming.article.id, "born": _UNBORN, **(row or {}), **values}
            known.learn(row)
            found.append(row["id"])
        return found


def _visible(now: datetime) -> Select[Any]:
    return select(
        article.c.id,
        article.c.revision,
        article.c.sequence,
        article.c.born,
        article.c.first_seen,
        article.c.document,
    ).where(article.c.withdrawn_at.is_(None), article.c.visible_at <= now)


def filed(facet: str, words: Sequence[str]) -> Any:
    """Whether an article is filed under one of some words, in a query that may look at facets itself."""
    return (
        exists()
        .where(
            article_facet.c.article_id == article.c.id,
            article_facet.c.facet == facet,
            article_facet.c.word.in_(words),
        )
        .correlate(article)
    )


def file(connection: Connection, article_id: str, value: Article, visible_at: datetime) -> None:
    """File an article under its words, and under no others."""
    connection.execute(delete(article_facet).where(article_facet.c.article_id == article_id))
    rows = [
        {"article_id": article_id, "facet": facet, "word": word, "visible_at": visible_at}
        for facet in _FACETS
        for word in value.facet(facet)
        if len(word) <= _LONGEST
    ]
    if rows:
        connection.execute(insert(article_facet), rows)


def _document(value: Article, article_id: str) -> dict[str, Any]:
    return jsonable(value.model_copy(update={"ingested": None, "id": article_id}))


class _Known:
    """What the store already has of a batch, found by key, by id, or by link within the sources."""

    def __init__(
        self, connection: Connection, source: str, sources: set[str], batch: Sequence[Incoming]
    ) -> None:
        self.sources = sources
        self._source = source
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by_key: dict[str, dict[str, dict[str, Any]]] = {}
        self._by_link: dict[str, dict[str, dict[str, Any]]] = {}
        columns = (
            article.c.id,
            article.c.source,
            article.c.key,
            article.c.link_key,
            article.c.revision,
            article.c.born,
            article.c.digest,
            article.c.first_seen,
            article.c.withdrawn_at,
        )
        ours = article.c.source.in_(sources)
        for start in range(0, len(batch), _BATCH):
            part = batch[start : start + _BATCH]
            keys = [_key(each.key) for each in part]
            links = [_hash(each.article.link) for each in part if each.article.link]
            ids = [each.article.id for each in part]
            query = select(*columns).where(
                or_(
                    and_(ours, article.c.key.in_(keys)),
                    and_(ours, article.c.link_key.in_(links)),
                    article.c.id.in_(ids),
                )
            )
            for row in connection.execute(query).mappings():
                self.learn(dict(row))

    def learn(self, row: dict[str, Any]) -> None:
        former = self._by_id.get(row["id"])
        self._by_id[row["id"]] = row
        for index, name in ((self._by_key, "key"), (self._by_link, "link_key")):
            # A key or a link that the article has given up is free for another.
            if former and former[name] in index:
                index[former[name]].pop(row["id"], None)
            if row[name] and row["source"] in self.sources:
                index.setdefault(row[name], {})[row["id"]] = row

    def taken(self, row: dict[str, Any], key: str, seen: set[str]) -> bool:
        """Whether an article is another's: of a source that lives, or of a record that was read before."""
        return row["source"] not in self.sources or (row["key"] != key and row["key"] in seen)

    def find(self, key: str, incoming: Incoming) -> dict[str, Any] | None:
        link = incoming.article.link
        return (
            self._first(self._by_key.get(key))
            or self._by_id.get(incoming.article.id)
            or (self._first(self._by_link.get(_hash(link))) if link else None)
        )

    def _first(self, rows: dict[str, dict[str, Any]] | None) -> dict[str, Any] | None:
        # The source's own article comes before that of a retired source, and the oldest before all others.
        if not rows:
            return None
        return min(rows.values(), key=lambda row: (row["source"] != self._source, row["born"]))
