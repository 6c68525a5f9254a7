"""Storing a batch of articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from ..model import Article, IdConflict, IncomingArticle, UpsertResult, jsonable
from ..model.selection import visible_from
from .article_index import MAX_INDEXED, ArticleIndex, key_of, link_key_of
from .change_sequence import next_sequence
from .checksums import checksum
from .id_conflicts import replace_id, update_visibility
from .schema import NEVER, article, article_facet, revision

_FACETS = ("tag", "author", "section", "language")


class Upsert:
    """Stores one batch; see `ArticleStore.put`.

    Args:
        seen: keys of records that were stored before in the same read of the source.
    """

    def __init__(
        self,
        connection: Connection,
        source: str,
        retired: Collection[str],
        batch: Sequence[IncomingArticle],
        now: datetime,
        seen: set[str],
    ) -> None:
        self._connection = connection
        self._source = source
        self._batch = batch
        self._now = now
        self._seen = seen
        self._index = ArticleIndex(connection, source, {source, *retired}, batch)
        self._counts = {"new": 0, "changed": 0, "unchanged": 0}
        self._rejected: list[tuple[IncomingArticle, str]] = []
        self._stored: list[tuple[IncomingArticle, str]] = []
        # What other sources may have too.
        self._claimed_ids: set[str] = set()
        self._link_keys: set[str] = set()

    def run(self) -> UpsertResult:
        """Store the articles, and then hide or show those that have an id or a link in common."""
        for incoming in self._batch:
            self._store(incoming)
        conflicts = tuple(self._find_conflicts())
        return UpsertResult(**self._counts, rejected=tuple(self._rejected), conflicts=conflicts)

    def _store(self, incoming: IncomingArticle) -> None:
        key = key_of(incoming.key)
        row = self._index.match(incoming)
        if row and (key in self._seen or row["key"] in self._seen):
            self._rejected.append((incoming, row["key"]))
            return
        self._seen.add(key)
        columns = {
            "source": self._source,
            "key": key,
            "link_key": link_key_of(incoming.article),
            "id_standing": self._id_standing(row, incoming),
            "link_standing": int(incoming.link_standing),
        }
        row = self._change(row, incoming, columns) if row else self._add(incoming, columns)
        self._index.add(row)
        self._stored.append((incoming, row["id"]))
        self._note_shared(row)

    def _id_standing(self, row: Mapping[str, Any] | None, incoming: IncomingArticle) -> int:
        """Return how good the source's claim to the id of an article is."""
        if row is None or row["claimed_id"] == incoming.article.id:
            return int(incoming.id_standing)
        # The record has another id now, so that its standing says nothing about the stored one.
        if row["source"] == self._source:
            return int(row["id_standing"])
        return min(int(row["id_standing"]), int(incoming.id_standing))

    def _change(
        self, row: dict[str, Any], incoming: IncomingArticle, columns: dict[str, Any]
    ) -> dict[str, Any]:
        if row["link_key"] != columns["link_key"] or row["claimed_id"] != incoming.article.id:
            # The index does not have the other articles with the former id and link.
            self._claimed_ids.add(row["claimed_id"])
            self._link_keys |= {row["link_key"]} - {None}
        document = _document(incoming.article, row["id"])
        new_checksum = checksum(document)
        if row["checksum"] == new_checksum and row["withdrawn_at"] is None:
            self._counts["unchanged"] += 1
            if any(row[name] != value for name, value in columns.items()):
                self._update(row["id"], columns)
            return {**row, **columns}
        self._counts["changed"] += 1
        is_hidden = row["visible_at"] == NEVER
        columns |= {
            "revision": row["revision"] + 1,
            "sequence": next_sequence(self._connection),
            "visible_at": NEVER if is_hidden else visible_from(incoming.article, row["ingested_at"]),
            "expires_at": incoming.article.expires,
            "withdrawn_at": None,
            "checksum": new_checksum,
            "document": document,
        }
        self._update(row["id"], columns)
        self._insert_revision({**row, **columns}, incoming.article)
        return {**row, **columns}

    def _add(self, incoming: IncomingArticle, columns: dict[str, Any]) -> dict[str, Any]:
        self._counts["new"] += 1
        article_id, holder = self._index.new_id(self._connection, incoming)
        number = 1
        if holder:
            # A feed that contains the former article must not take this one for the same revision.
            number = holder["revision"] + 1
            moved = replace_id(self._connection, holder["id"])
            self._index.remove(holder)
            self._index.add(moved)
        sequence = next_sequence(self._connection)
        document = _document(incoming.article, article_id)
        row = columns | {
            "id": article_id,
            "claimed_id": incoming.article.id,
            "revision": number,
            "sequence": sequence,
            "first_sequence": sequence,
            "ingested_at": self._now,
            "visible_at": visible_from(incoming.article, self._now),
            "expires_at": incoming.article.expires,
            "withdrawn_at": None,
            "checksum": checksum(document),
            "document": document,
        }
        self._connection.execute(insert(article).values(**row))
        self._insert_revision(row, incoming.article)
        return row

    def _update(self, article_id: str, values: Mapping[str, Any]) -> None:
        self._connection.execute(update(article).where(article.c.id == article_id).values(**values))

    def _insert_revision(self, row: Mapping[str, Any], value: Article) -> None:
        self._connection.execute(
            insert(revision).values(
                article_id=row["id"],
                number=row["revision"],
                sequence=row["sequence"],
                created_at=self._now,
                document=row["document"],
            )
        )
        replace_facets(self._connection, row["id"], value, row["visible_at"])

    def _note_shared(self, row: Mapping[str, Any]) -> None:
        """Note the id and the link of an article if another source has an article with the same."""
        # What hid the article may have changed while it was withdrawn.
        is_hidden = row["visible_at"] == NEVER
        if is_hidden or self._index.is_shared("claimed_id", row):
            self._claimed_ids.add(row["claimed_id"])
        if row["link_key"] and (is_hidden or self._index.is_shared("link_key", row)):
            self._link_keys.add(row["link_key"])

    def _find_conflicts(self) -> Iterator[IdConflict]:
        if not self._claimed_ids and not self._link_keys:
            return
        hidden = update_visibility(self._connection, self._claimed_ids, self._link_keys)
        for incoming, article_id in self._stored:
            if article_id in hidden:
                yield IdConflict(incoming, hidden[article_id], is_hidden=True)
            elif other := self._index.id_holder(article_id):
                yield IdConflict(incoming, other, is_hidden=False)


def replace_facets(connection: Connection, article_id: str, value: Article, visible_at: datetime) -> None:
    """Store the facet values of an article in place of the former ones."""
    connection.execute(delete(article_facet).where(article_facet.c.article_id == article_id))
    rows = [
        {"article_id": article_id, "facet": facet, "value": text, "visible_at": visible_at}
        for facet in _FACETS
        for text in value.facet(facet)
        if len(text) <= MAX_INDEXED
    ]
    if rows:
        connection.execute(insert(article_facet), rows)


def _document(value: Article, article_id: str) -> dict[str, Any]:
    return jsonable(value.model_copy(update={"ingested": None, "id": article_id}))
