"""Articles, their revisions, and the sequence of changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from ..model.identity import Standing, outranks
from ..ports import Contest, Incoming, Stored, Tally
from .claims import give_up_id, own_id, release, review
from .database import Database
from .moments import NEVER, digest_of, hash_of, visible_from
from .schema import article, article_facet, counter, edition_article, revision
from .sequence import alone, next_sequence

_FACETS = ("tag", "author", "section", "language")
# What PostgreSQL can index; nothing that a person files things under is longer.
_LONGEST = 400
# SQLite takes some 32,000 parameters a statement.
_BATCH = 500
# A number after every other, for what has none yet.
_UNBORN = 2**62


def _key(text: str) -> str:
    return text if len(text) <= _LONGEST else f"sha256:{hash_of(text)}"


def _link_key(value: Article) -> str | None:
    return hash_of(value.link) if value.link else None


def stored(row: Any) -> Stored:
    """An article as its row has it."""
    found = Article.trusted(row.document, ingested=row.first_seen)
    return Stored(found, row.revision, row.sequence, row.born, row.source, claimed(row.id, row.claim))


def claimed(article_id: str, claim: str) -> str | None:
    """The id that an article's record has, if the article has another for that reason."""
    return claim if claim != article_id else None


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
        with self._db.write() as connection:
            alone(connection)
            return _Put(connection, source, retired, batch, now, seen).run()

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
                if row and key not in seen and not known.taken(row, key, seen):
                    shown = row["visible_at"] != NEVER
                elif row:
                    found.append(None)
                    continue
                else:
                    row = {
                        "id": known.id_for(connection, incoming)[0],
                        "claim": incoming.article.id,
                        "born": _UNBORN,
                        "id_standing": incoming.id_standing,
                        "withdrawn_at": None,
                    }
                    shown = not known.outranked(incoming)
                seen.add(key)
                known.learn({**row, "source": source, "key": key, "link_key": _link_key(incoming.article)})
                found.append(row["id"] if shown else None)
        return found


def _visible(now: datetime) -> Select[Any]:
    return select(
        article.c.id,
        article.c.revision,
        article.c.sequence,
        article.c.born,
        article.c.source,
        article.c.claim,
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


class _Put:
    """One batch on its way into the store."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        retired: Collection[str],
        batch: Sequence[Incoming],
        now: datetime,
        seen: set[str],
    ) -> None:
        self.connection = connection
        self.source = source
        self.batch = batch
        self.now = now
        self.seen = seen
        self.known = _Known(connection, source, {source, *retired}, batch)
        self.counts = {"new": 0, "changed": 0, "unchanged": 0}
        self.clashes: list[tuple[Incoming, str]] = []
        # What may be another source's as well.
        self.claims: set[str] = set()
        self.links: set[str] = set()
        self.taken: list[tuple[Incoming, str]] = []

    def run(self) -> Tally:
        for incoming in self.batch:
            self._take(incoming)
        return Tally(**self.counts, clashes=tuple(self.clashes), contests=tuple(self._contests()))

    def _take(self, incoming: Incoming) -> None:
        key = _key(incoming.key)
        row = self.known.find(key, incoming)
        if row and (key in self.seen or self.known.taken(row, key, self.seen)):
            self.clashes.append((incoming, row["key"]))
            return
        self.seen.add(key)
        about = {
            "source": self.source,
            "key": key,
            "link_key": _link_key(incoming.article),
            "id_standing": int(incoming.id_standing),
            "link_standing": int(incoming.link_standing),
        }
        row = self._change(row, incoming, about) if row else self._add(incoming, about)
        self.known.learn(row)
        self.taken.append((incoming, row["id"]))
        self._contest(row)

    def _change(self, row: dict[str, Any], incoming: Incoming, about: dict[str, Any]) -> dict[str, Any]:
        # Who else has what the record had before has not been looked up.
        if row["link_key"] != about["link_key"] or row["claim"] != incoming.article.id:
            self.claims.add(row["claim"])
            self.links |= {row["link_key"]} - {None}
        document = _document(incoming.article, row["id"])
        digest = digest_of(document)
        changed = row["digest"] != digest or row["withdrawn_at"] is not None
        self.counts["changed" if changed else "unchanged"] += 1
        if not changed:
            if any(row[name] != value for name, value in about.items()):
                self._update(row["id"], about)
            return {**row, **about}
        number, sequence = row["revision"] + 1, next_sequence(self.connection)
        hidden = row["visible_at"] == NEVER
        values = about | {
            "revision": number,
            "sequence": sequence,
            "visible_at": NEVER if hidden else visible_from(incoming.article, row["first_seen"]),
            "withdrawn_at": None,
            "digest": digest,
            "document": document,
        }
        self._update(row["id"], values)
        self._revise({**row, **values}, incoming.article)
        return {**row, **values}

    def _add(self, incoming: Incoming, about: dict[str, Any]) -> dict[str, Any]:
        self.counts["new"] += 1
        article_id, holder = self.known.id_for(self.connection, incoming)
        number = 1
        if holder:
            # A feed that shows the former one must not take this for it.
            number = holder["revision"] + 1
            moved = give_up_id(self.connection, holder["id"])
            self.known.forget(holder)
            self.known.learn(moved)
        sequence = next_sequence(self.connection)
        document = _document(incoming.article, article_id)
        row = about | {
            "id": article_id,
            "claim": incoming.article.id,
            "revision": number,
            "sequence": sequence,
            "born": sequence,
            "first_seen": self.now,
            "visible_at": visible_from(incoming.article, self.now),
            "withdrawn_at": None,
            "digest": digest_of(document),
            "document": document,
        }
        self.connection.execute(insert(article).values(**row))
        self._revise(row, incoming.article)
        return row

    def _update(self, article_id: str, values: Mapping[str, Any]) -> None:
        self.connection.execute(update(article).where(article.c.id == article_id).values(**values))

    def _revise(self, row: Mapping[str, Any], value: Article) -> None:
        self.connection.execute(
            insert(revision).values(
                article_id=row["id"],
                number=row["revision"],
                sequence=row["sequence"],
                made_at=self.now,
                document=row["document"],
            )
        )
        file(self.connection, row["id"], value, row["visible_at"])

    def _contest(self, row: Mapping[str, Any]) -> None:
        """Note what an article has in common with one of another source."""
        if self.known.is_shared("claim", row):
            self.claims.add(row["claim"])
        if self.known.is_shared("link_key", row):
            self.links.add(row["link_key"])

    def _contests(self) -> Iterator[Contest]:
        if not self.claims and not self.links:
            return
        hidden = review(self.connection, self.claims, self.links)
        for incoming, article_id in self.taken:
            if article_id in hidden:
                yield Contest(incoming, hidden[article_id], hidden=True)
            elif other := self.known.holder_of(article_id):
                yield Contest(incoming, other, hidden=False)


class _Known:
    """What the store already has of a batch: in the source itself, and in others."""

    def __init__(
        self, connection: Connection, source: str, sources: set[str], batch: Sequence[Incoming]
    ) -> None:
        self.sources = sources
        self._source = source
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by: dict[str, dict[str, dict[str, dict[str, Any]]]] = {"key": {}, "claim": {}, "link_key": {}}
        columns = (
            article.c.id,
            article.c.source,
            article.c.key,
            article.c.claim,
            article.c.link_key,
            article.c.id_standing,
            article.c.link_standing,
            article.c.revision,
            article.c.born,
            article.c.digest,
            article.c.first_seen,
            article.c.visible_at,
            article.c.withdrawn_at,
        )
        ours = article.c.source.in_(sources)
        for start in range(0, len(batch), _BATCH):
            part = batch[start : start + _BATCH]
            keys = [_key(each.key) for each in part]
            links = [key for each in part if (key := _link_key(each.article))]
            ids = [each.article.id for each in part]
            query = select(*columns).where(
                or_(
                    and_(ours, article.c.key.in_(keys)),
                    article.c.link_key.in_(links),
                    article.c.claim.in_(ids),
                    article.c.id.in_(ids),
                )
            )
            for row in connection.execute(query).mappings():
                self.learn(dict(row))

    def learn(self, row: dict[str, Any]) -> None:
        former = self._by_id.get(row["id"])
        if former:
            # A key or a link that the article has given up is free for another.
            self.forget(former)
        self._by_id[row["id"]] = row
        for name, index in self._by.items():
            if row[name]:
                index.setdefault(row[name], {})[row["id"]] = row

    def forget(self, row: Mapping[str, Any]) -> None:
        del self._by_id[row["id"]]
        for name, index in self._by.items():
            if row[name]:
                index[row[name]].pop(row["id"], None)

    def taken(self, row: dict[str, Any], key: str, seen: set[str]) -> bool:
        """Whether an article is that of a record that was read before."""
        return bool(row["key"] != key and row["key"] in seen)

    def find(self, key: str, incoming: Incoming) -> dict[str, Any] | None:
        """The article of a record: the source's own, or one of a retired source that it may take over."""
        found = (("key", key), ("claim", incoming.article.id), ("link_key", _link_key(incoming.article)))
        for name, value in found:
            own = [row for row in self._rows(name, value) if self._is_for(row, incoming)]
            if own:
                # Its own article comes before that of a retired source, and the oldest before all others.
                return min(own, key=lambda row: (row["source"] != self._source, row["born"]))
        return None

    def _is_for(self, row: Mapping[str, Any], incoming: Incoming) -> bool:
        if row["source"] == self._source:
            return True
        stranger = incoming.id_standing == Standing.STRANGER and row["id_standing"] >= Standing.STATED
        return row["source"] in self.sources and not stranger

    def id_for(self, connection: Connection, incoming: Incoming) -> tuple[str, dict[str, Any] | None]:
        """The id of a new article, and the one that has to give it up for that."""
        claim = incoming.article.id
        holder = self._by_id.get(claim)
        if holder is None:
            return claim, None
        if outranks(incoming.id_standing, holder["id_standing"]) and holder["claim"] == claim:
            return claim, holder
        return own_id(connection, self._source, claim), None

    def is_shared(self, name: str, row: Mapping[str, Any]) -> bool:
        """Whether another source has an article with the same `claim` or `link_key`."""
        return any(each["source"] != row["source"] for each in self._rows(name, row[name]))

    def outranked(self, incoming: Incoming) -> bool:
        """Whether an article that is new would be hidden."""
        link = _link_key(incoming.article)
        rivals = [
            (row["id_standing"], incoming.id_standing, row)
            for row in self._rows("claim", incoming.article.id)
        ]
        rivals += [
            (row["link_standing"], incoming.link_standing, row) for row in self._rows("link_key", link)
        ]
        return any(
            row["source"] != self._source and row["withdrawn_at"] is None and outranks(one, other)
            for one, other, row in rivals
        )

    def holder_of(self, article_id: str) -> str | None:
        """The source that has the id of an article which has one of its own for that."""
        row = self._by_id[article_id]
        if row["claim"] == article_id:
            return None
        holder = self._by_id.get(row["claim"])
        return holder["source"] if holder else None

    def _rows(self, name: str, value: str | None) -> list[dict[str, Any]]:
        return list(self._by[name].get(value, {}).values()) if value else []
