"""The stored articles that a batch of records may match, by key, id and link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from ..model import Article, IncomingArticle
from ..model.article_identity import Standing, outranks, record_key
from .bulk_rows import among
from .checksums import sha256
from .id_conflicts import make_id
from .schema import article

MAX_INDEXED = 400
"""Characters of a text that PostgreSQL can index."""

_COLUMNS = (
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


def link_key_of(value: Article) -> str | None:
    """Return the hash of an article's link."""
    return sha256(value.link) if value.link else None


class ArticleIndex:
    """Rows of articles that have the key, the id or the link of a record in a batch.

    Args:
        source: the source of the batch.
        sources: this source, and those whose articles it may take over.
        ids: of further articles.
    """

    def __init__(
        self,
        connection: Connection,
        source: str,
        sources: set[str],
        batch: Sequence[IncomingArticle],
        ids: Iterable[str] = (),
    ) -> None:
        self._source = source
        self._sources = sources
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by_column: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
            "key": {},
            "claimed_id": {},
            "link_key": {},
        }
        for condition in (
            and_(
                article.c.source.in_(sources),
                among(connection, article.c.key, [record_key(each.key) for each in batch]),
            ),
            among(
                connection, article.c.link_key, [key for each in batch if (key := link_key_of(each.article))]
            ),
            among(connection, article.c.claimed_id, [each.article.id for each in batch]),
            among(connection, article.c.id, [*(each.article.id for each in batch), *ids]),
        ):
            for row in connection.execute(select(*_COLUMNS).where(condition)).mappings():
                if row["id"] not in self._by_id:
                    self.add(dict(row))

    def row(self, article_id: str) -> dict[str, Any] | None:
        """Return the row of an article that the index has."""
        return self._by_id.get(article_id)

    def add(self, row: dict[str, Any]) -> None:
        """Add or replace a row. A key or a link that an article no longer has is free for another."""
        if former := self._by_id.get(row["id"]):
            self.remove(former)
        self._by_id[row["id"]] = row
        for column, rows in self._by_column.items():
            if row[column]:
                rows.setdefault(row[column], {})[row["id"]] = row

    def remove(self, row: Mapping[str, Any]) -> None:
        """Remove a row."""
        del self._by_id[row["id"]]
        for column, rows in self._by_column.items():
            if row[column]:
                rows[row[column]].pop(row["id"], None)

    def match(self, incoming: IncomingArticle) -> dict[str, Any] | None:
        """Return the article that a record belongs to: by key, then by claimed id, then by link."""
        for column, value, standing in (
            ("key", record_key(incoming.key), "id_standing"),
            ("claimed_id", incoming.article.id, "id_standing"),
            ("link_key", link_key_of(incoming.article), "link_standing"),
        ):
            rows = [row for row in self._rows(column, value) if self._may_match(row, incoming, standing)]
            if rows:
                # The source's own articles come before those of a retired source, then the oldest.
                return min(rows, key=lambda row: (row["source"] != self._source, row["first_sequence"]))
        return None

    def _may_match(self, row: Mapping[str, Any], incoming: IncomingArticle, standing: str) -> bool:
        """Return whether a record may belong to an article with the same key, id or link.

        Args:
            standing: the column with the article's claim to what they have in common.
        """
        if row["source"] == self._source:
            return True
        is_stranger = getattr(incoming, standing) == Standing.STRANGER and row[standing] >= Standing.STATED
        return row["source"] in self._sources and not is_stranger

    def new_id(self, connection: Connection, incoming: IncomingArticle) -> tuple[str, dict[str, Any] | None]:
        """Return the id of a new article, and the row of the article that must give this id up."""
        claimed_id = incoming.article.id
        holder = self._by_id.get(claimed_id)
        if holder is None:
            return claimed_id, None
        if outranks(incoming.id_standing, holder["id_standing"]) and holder["claimed_id"] == claimed_id:
            return claimed_id, holder
        return make_id(connection, self._source, claimed_id), None

    def is_shared(self, column: str, row: Mapping[str, Any]) -> bool:
        """Return whether an article of another source has the same value in a column."""
        return any(each["source"] != row["source"] for each in self._rows(column, row[column]))

    def is_outranked(self, incoming: IncomingArticle) -> bool:
        """Return whether a new article would be hidden."""
        rivals = [
            (row, row["id_standing"], incoming.id_standing)
            for row in self._rows("claimed_id", incoming.article.id)
        ]
        rivals += [
            (row, row["link_standing"], incoming.link_standing)
            for row in self._rows("link_key", link_key_of(incoming.article))
        ]
        return any(
            row["source"] != self._source and row["withdrawn_at"] is None and outranks(rival, standing)
            for row, rival, standing in rivals
        )

    def id_holder(self, article_id: str) -> str | None:
        """Return the source of the article that has another article's claimed id. None if there is none."""
        claimed_id = self._by_id[article_id]["claimed_id"]
        holder = self._by_id.get(claimed_id) if claimed_id != article_id else None
        return holder["source"] if holder else None

    def _rows(self, column: str, value: str | None) -> list[dict[str, Any]]:
        return list(self._by_column[column].get(value, {}).values()) if value else []
