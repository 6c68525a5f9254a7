"""A batch of articles on its way into the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from ..model import Article, IdConflict, IncomingArticle, UpsertResult, jsonable
from ..model.identity import Standing, outranks
from ..model.selection import visible_from
from .claims import give_up_id, own_id, review
from .moments import NEVER, digest_of, hash_of
from .schema import article, article_facet, revision
from .sequence import next_sequence

_FACETS = ("tag", "author", "section", "language")
# What PostgreSQL can index; nothing that a person files things under is longer.
_LONGEST = 400
# SQLite takes some 32,000 parameters a statement.
_BATCH = 500


def key_of(text: str) -> str:
    return text if len(text) <= _LONGEST else f"sha256:{hash_of(text)}"


def link_key_of(value: Article) -> str | None:
    return hash_of(value.link) if value.link else None


class Batch:
    """One batch; see `ArticleStore.put`."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        retired: Collection[str],
        batch: Sequence[IncomingArticle],
        now: datetime,
        seen: set[str],
    ) -> None:
        self.connection = connection
        self.source = source
        self.batch = batch
        self.now = now
        self.seen = seen
        self.known = Known(connection, source, {source, *retired}, batch)
        self.counts = {"new": 0, "changed": 0, "unchanged": 0}
        self._rejected: list[tuple[IncomingArticle, str]] = []
        # What may be another source's as well.
        self.claims: set[str] = set()
        self.links: set[str] = set()
        self.taken: list[tuple[IncomingArticle, str]] = []

    def run(self) -> UpsertResult:
        for incoming in self.batch:
            self._take(incoming)
        return UpsertResult(**self.counts, rejected=tuple(self._rejected), conflicts=tuple(self._conflicts()))

    def _take(self, incoming: IncomingArticle) -> None:
        key = key_of(incoming.key)
        row = self.known.find(key, incoming)
        if row and (key in self.seen or self.known.taken(row, key, self.seen)):
            self._rejected.append((incoming, row["key"]))
            return
        self.seen.add(key)
        about = {
            "source": self.source,
            "key": key,
            "link_key": link_key_of(incoming.article),
            "id_standing": self._id_standing(row, incoming),
            "link_standing": int(incoming.link_standing),
        }
        row = self._change(row, incoming, about) if row else self._add(incoming, about)
        self.known.learn(row)
        self.taken.append((incoming, row["id"]))
        self._contest(row)

    def _id_standing(self, row: Mapping[str, Any] | None, incoming: IncomingArticle) -> int:
        """The standing of the source towards the id that an article claims."""
        if row is None or row["claimed_id"] == incoming.article.id:
            return int(incoming.id_standing)
        # The record has another id by now: how good the right to that one is says nothing about the claim.
        if row["source"] == self.source:
            return int(row["id_standing"])
        return min(int(row["id_standing"]), int(incoming.id_standing))

    def _change(
        self, row: dict[str, Any], incoming: IncomingArticle, about: dict[str, Any]
    ) -> dict[str, Any]:
        # Who else has what the record had before has not been looked up.
        if row["link_key"] != about["link_key"] or row["claimed_id"] != incoming.article.id:
            self.claims.add(row["claimed_id"])
            self.links |= {row["link_key"]} - {None}
        document = _document(incoming.article, row["id"])
        digest = digest_of(document)
        changed = row["checksum"] != digest or row["withdrawn_at"] is not None
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
            "visible_at": NEVER if hidden else visible_from(incoming.article, row["ingested_at"]),
            "withdrawn_at": None,
            "checksum": digest,
            "document": document,
        }
        self._update(row["id"], values)
        self._revise({**row, **values}, incoming.article)
        return {**row, **values}

    def _add(self, incoming: IncomingArticle, about: dict[str, Any]) -> dict[str, Any]:
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
            "claimed_id": incoming.article.id,
            "revision": number,
            "sequence": sequence,
            "first_sequence": sequence,
            "ingested_at": self.now,
            "visible_at": visible_from(incoming.article, self.now),
            "withdrawn_at": None,
            "checksum": digest_of(document),
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
                created_at=self.now,
                document=row["document"],
            )
        )
        file(self.connection, row["id"], value, row["visible_at"])

    def _contest(self, row: Mapping[str, Any]) -> None:
        """Note what an article has, or had, in common with one of another source."""
        # What it was hidden for may have changed or gone while it was withdrawn itself.
        hidden = row["visible_at"] == NEVER
        if hidden or self.known.is_shared("claimed_id", row):
            self.claims.add(row["claimed_id"])
        if row["link_key"] and (hidden or self.known.is_shared("link_key", row)):
            self.links.add(row["link_key"])

    def _conflicts(self) -> Iterator[IdConflict]:
        if not self.claims and not self.links:
            return
        hidden = review(self.connection, self.claims, self.links)
        for incoming, article_id in self.taken:
            if article_id in hidden:
                yield IdConflict(incoming, hidden[article_id], is_hidden=True)
            elif other := self.known.holder_of(article_id):
                yield IdConflict(incoming, other, is_hidden=False)


class Known:
    """What the store already has of a batch: in the source itself, and in others."""

    def __init__(
        self, connection: Connection, source: str, sources: set[str], batch: Sequence[IncomingArticle]
    ) -> None:
        self.sources = sources
        self._source = source
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
            "key": {},
            "claimed_id": {},
            "link_key": {},
        }
        columns = (
            article.c.id,
            article.c.source,
            article.c.key,
            article.c.claimed_id,
            article.c.link_key,
            article.c.id_standing,
            article.c.link_standing,
            article.c.revision,
            article.c.first_sequence,
            article.c.checksum,
            article.c.ingested_at,
            article.c.visible_at,
            article.c.withdrawn_at,
        )
        ours = article.c.source.in_(sources)
        for start in range(0, len(batch), _BATCH):
            part = batch[start : start + _BATCH]
            keys = [key_of(each.key) for each in part]
            links = [key for each in part if (key := link_key_of(each.article))]
            ids = [each.article.id for each in part]
            query = select(*columns).where(
                or_(
                    and_(ours, article.c.key.in_(keys)),
                    article.c.link_key.in_(links),
                    article.c.claimed_id.in_(ids),
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

    def find(self, key: str, incoming: IncomingArticle) -> dict[str, Any] | None:
        """The article of a record: the source's own, or one of a retired source that it may take over."""
        found = (
            ("key", key),
            ("claimed_id", incoming.article.id),
            ("link_key", link_key_of(incoming.article)),
        )
        for name, value in found:
            standing = "link_standing" if name == "link_key" else "id_standing"
            own = [row for row in self._rows(name, value) if self._is_for(row, incoming, standing)]
            if own:
                # Its own article comes before that of a retired source, and the oldest before all others.
                return min(own, key=lambda row: (row["source"] != self._source, row["first_sequence"]))
        return None

    def _is_for(self, row: Mapping[str, Any], incoming: IncomingArticle, standing: str) -> bool:
        """Whether an article with the same id or link is that of a record.

        Args:
            row: the article.
            incoming: the record.
            standing: which of the standings is the one towards what they have in common.
        """
        if row["source"] == self._source:
            return True
        stranger = getattr(incoming, standing) == Standing.STRANGER and row[standing] >= Standing.STATED
        return row["source"] in self.sources and not stranger

    def id_for(self, connection: Connection, incoming: IncomingArticle) -> tuple[str, dict[str, Any] | None]:
        """The id of a new article, and the one that has to give it up for that."""
        claim = incoming.article.id
        holder = self._by_id.get(claim)
        if holder is None:
            return claim, None
        if outranks(incoming.id_standing, holder["id_standing"]) and holder["claimed_id"] == claim:
            return claim, holder
        return own_id(connection, self._source, claim), None

    def is_shared(self, name: str, row: Mapping[str, Any]) -> bool:
        """Whether another source has an article with the same `claim` or `link_key`."""
        return any(each["source"] != row["source"] for each in self._rows(name, row[name]))

    def outranked(self, incoming: IncomingArticle) -> bool:
        """Whether an article that is new would be hidden."""
        link = link_key_of(incoming.article)
        rivals = [
            (row["id_standing"], incoming.id_standing, row)
            for row in self._rows("claimed_id", incoming.article.id)
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
        if row["claimed_id"] == article_id:
            return None
        holder = self._by_id.get(row["claimed_id"])
        return holder["source"] if holder else None

    def _rows(self, name: str, value: str | None) -> list[dict[str, Any]]:
        return list(self._by[name].get(value, {}).values()) if value else []


def file(connection: Connection, article_id: str, value: Article, visible_at: datetime) -> None:
    """File an article under its words, and under no others."""
    connection.execute(delete(article_facet).where(article_facet.c.article_id == article_id))
    rows = [
        {"article_id": article_id, "facet": facet, "value": word, "visible_at": visible_at}
        for facet in _FACETS
        for word in value.facet(facet)
        if len(word) <= _LONGEST
    ]
    if rows:
        connection.execute(insert(article_facet), rows)


def _document(value: Article, article_id: str) -> dict[str, Any]:
    return jsonable(value.model_copy(update={"ingested": None, "id": article_id}))
