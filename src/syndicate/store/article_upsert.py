"""Storing a batch of articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, delete, update

from ..model import Article, IdConflict, IncomingArticle, UpsertResult, jsonable
from ..model.article_identity import record_key
from ..model.selection import visible_from
from .article_index import MAX_INDEXED, ArticleIndex, link_key_of
from .bulk_rows import among, insert_rows, update_rows
from .change_sequence import next_sequence
from .checksums import checksum
from .id_conflicts import replace_id, update_visibility
from .schema import NEVER, article, article_facet, revision

# The sequence number of a row that has none yet: later than all others.
_UNNUMBERED = 2**62
_FACETS = ("tag", "author", "section", "language")
_IDENTITY_COLUMNS = ("link_key", "id_standing", "link_standing")
_CHANGED_COLUMNS = (
    *_IDENTITY_COLUMNS,
    *("revision", "sequence", "visible_at", "expires_at", "withdrawn_at", "checksum", "document"),
)
_NEW_COLUMNS = (
    *("id", "source", "key", "claimed_id", "first_sequence", "ingested_at"),
    *_CHANGED_COLUMNS,
)


class Upsert:
    """Stores one batch; see `ArticleStore.put`.

    The rows are collected first, and then written with a few statements.

    Args:
        seen: keys of records that were stored before in the same read of the source.
        former_ids: ids of articles whose records have new ids, by the new id.
    """

    def __init__(
        self,
        connection: Connection,
        source: str,
        retired: Collection[str],
        batch: Sequence[IncomingArticle],
        now: datetime,
        seen: set[str],
        former_ids: Mapping[str, str],
    ) -> None:
        self._connection = connection
        self._source = source
        self._batch = batch
        self._now = now
        self._seen = seen
        self._former_ids = former_ids
        self._index = ArticleIndex(connection, source, {source, *retired}, batch, former_ids.values())
        self._unchanged = 0
        # Rows to write; those with a new revision have its article. They have no sequence number yet.
        self._added: list[tuple[dict[str, Any], Article]] = []
        self._changed: list[tuple[dict[str, Any], Article]] = []
        self._reidentified: list[dict[str, Any]] = []
        # Source and key of an article are unique: they are changed one by one, in the order of records.
        self._moved: list[dict[str, Any]] = []
        self._rejected: list[tuple[IncomingArticle, str]] = []
        self._stored: list[tuple[IncomingArticle, str]] = []
        # What other sources may have too.
        self._claimed_ids: set[str] = set()
        self._link_keys: set[str] = set()

    def run(self) -> UpsertResult:
        """Store the articles, and then hide or show those that have an id or a link in common."""
        for incoming in self._batch:
            self._store(incoming)
        self._write()
        conflicts = tuple(self._find_conflicts())
        return UpsertResult(
            new=len(self._added),
            changed=len(self._changed),
            unchanged=self._unchanged,
            rejected=tuple(self._rejected),
            conflicts=conflicts,
        )

    def _store(self, incoming: IncomingArticle) -> None:
        key = record_key(incoming.key)
        row = self._index.match(incoming)
        if row is None and (former_id := self._former_ids.get(incoming.article.id)):
            row = self._index.row(former_id)
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
        changed = {**row, **columns}
        if row["source"] != self._source or row["key"] != columns["key"]:
            self._moved.append(changed)
        document = _document(incoming.article, row["id"])
        new_checksum = checksum(document)
        if row["checksum"] == new_checksum and row["withdrawn_at"] is None:
            self._unchanged += 1
            if any(row[name] != columns[name] for name in _IDENTITY_COLUMNS):
                self._reidentified.append(changed)
            return changed
        is_hidden = row["visible_at"] == NEVER
        changed |= {
            "revision": row["revision"] + 1,
            "visible_at": NEVER if is_hidden else visible_from(incoming.article, row["ingested_at"]),
            "expires_at": incoming.article.expires,
            "withdrawn_at": None,
            "checksum": new_checksum,
            "document": document,
        }
        self._changed.append((changed, incoming.article))
        return changed

    def _add(self, incoming: IncomingArticle, columns: dict[str, Any]) -> dict[str, Any]:
        article_id, holder = self._index.new_id(self._connection, incoming)
        number = 1
        if holder:
            # A feed that contains the former article must not take this one for the same revision.
            number = holder["revision"] + 1
            moved = replace_id(self._connection, holder["id"])
            self._index.remove(holder)
            self._index.add(moved)
        document = _document(incoming.article, article_id)
        row = columns | {
            "id": article_id,
            "claimed_id": incoming.article.id,
            "revision": number,
            "first_sequence": _UNNUMBERED,
            "ingested_at": self._now,
            "visible_at": visible_from(incoming.article, self._now),
            "expires_at": incoming.article.expires,
            "withdrawn_at": None,
            "checksum": checksum(document),
            "document": document,
        }
        self._added.append((row, incoming.article))
        return row

    def _write(self) -> None:
        connection, changed, added = self._connection, self._changed, self._added
        if changed or added:
            sequence = next_sequence(connection, len(changed) + len(added))
            for number, (row, _) in enumerate([*changed, *added], sequence):
                row["sequence"] = number
                if row["first_sequence"] == _UNNUMBERED:
                    row["first_sequence"] = number
                row["document"] = to_json(row["document"]).decode()
        for row in self._moved:
            connection.execute(
                update(article).where(article.c.id == row["id"]).values(source=row["source"], key=row["key"])
            )
        update_rows(
            connection,
            article,
            ["id"],
            _IDENTITY_COLUMNS,
            _values(self._reidentified, *_IDENTITY_COLUMNS, "id"),
        )
        rows = [row for row, _ in changed]
        update_rows(connection, article, ["id"], _CHANGED_COLUMNS, _values(rows, *_CHANGED_COLUMNS, "id"))
        insert_rows(connection, article, _NEW_COLUMNS, _values([row for row, _ in added], *_NEW_COLUMNS))
        insert_rows(
            connection,
            revision,
            ("article_id", "number", "sequence", "document", "created_at"),
            [
                (*each, self._now)
                for each in _values(
                    [row for row, _ in [*changed, *added]], "id", "revision", "sequence", "document"
                )
            ],
        )
        ids = [row["id"] for row, _ in changed]
        if ids:
            connection.execute(
                delete(article_facet).where(among(connection, article_facet.c.article_id, ids))
            )
        insert_facets(
            connection, [(row["id"], value, row["visible_at"]) for row, value in [*changed, *added]]
        )

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


def insert_facets(connection: Connection, articles: Sequence[tuple[str, Article, datetime]]) -> None:
    """Store the facet values of articles that have none.

    Args:
        articles: the id of each, its value, and when it becomes visible.
    """
    rows = [
        (article_id, facet, text, visible_at)
        for article_id, value, visible_at in articles
        for facet in _FACETS
        for text in value.facet(facet)
        if len(text) <= MAX_INDEXED
    ]
    insert_rows(connection, article_facet, ("article_id", "facet", "value", "visible_at"), rows)


def _values(rows: Sequence[Mapping[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return list(map(itemgetter(*names), rows))


def _document(value: Article, article_id: str) -> dict[str, Any]:
    return jsonable(value.model_copy(update={"ingested": None, "id": article_id}))
