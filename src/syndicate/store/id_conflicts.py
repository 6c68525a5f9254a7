"""Articles of several sources with the same id or link: which one has the id, and which ones are visible.

A hidden article stays in the store. Its `visible_at` is `NEVER`, so that queries for visible articles need no
further condition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from ..model import Article
from ..model.article_identity import identity, outranks
from ..model.selection import visible_from
from .change_sequence import next_sequence
from .checksums import checksum
from .schema import NEVER, article, article_facet, edition_article, feed_archive, revision

# SQLite accepts about 32,000 parameters in a statement.
_BATCH = 500
# Longer than any key of a record.
_TEMPORARY_KEY = "-" * 1000


def make_id(connection: Connection, source: str, claimed_id: str) -> str:
    """Return an id for an article whose claimed id is taken.

    It depends only on the source and the claimed id, unless that id is taken too.
    """
    number = 0
    while True:
        made = identity("own", source, claimed_id, *([str(number)] if number else []))
        if not connection.execute(select(article.c.id).where(article.c.id == made)).first():
            return made
        number += 1


def replace_id(connection: Connection, article_id: str) -> dict[str, Any]:
    """Give an article another id, so that an article of another source can have its id. Return its new row.

    Its revisions, its places in archives and the editions that contained it refer to the new id.
    """
    row = dict(connection.execute(select(article).where(article.c.id == article_id)).mappings().one())
    key, new_id = row["key"], make_id(connection, row["source"], row["claimed_id"])
    document = {**row["document"], "id": new_id}
    row |= {"id": new_id, "document": document, "checksum": checksum(document)}
    row["sequence"] = next_sequence(connection)
    # The old row has the key until it is deleted, and keys are unique.
    connection.execute(article.insert().values({**row, "key": _TEMPORARY_KEY}))
    revisions = select(revision.c.number, revision.c.document).where(revision.c.article_id == article_id)
    for number, former in connection.execute(revisions).all():
        connection.execute(
            update(revision)
            .where(revision.c.article_id == article_id, revision.c.number == number)
            .values(article_id=new_id, document={**former, "id": new_id})
        )
    for table in (article_facet, feed_archive, edition_article):
        connection.execute(update(table).where(table.c.article_id == article_id).values(article_id=new_id))
    connection.execute(article.delete().where(article.c.id == article_id))
    connection.execute(update(article).where(article.c.id == new_id).values(key=key))
    return row


def update_visibility(
    connection: Connection, claimed_ids: Iterable[str], link_keys: Iterable[str]
) -> dict[str, str]:
    """Hide each article that an article of another source outranks, and show it when none does.

    The transaction must have called `lock_articles`.

    Args:
        claimed_ids, link_keys: of the articles to check.

    Returns:
        The ids of the hidden articles, each with the source of an article that outranks it.
    """
    checked = list(_find(connection, claimed_ids, link_keys))
    if not checked:
        return {}
    rivals = list(
        _find(
            connection,
            {row.claimed_id for row in checked},
            {row.link_key for row in checked if row.link_key},
        )
    )
    by_claimed_id: dict[str, list[Any]] = {}
    by_link_key: dict[str, list[Any]] = {}
    for row in rivals:
        by_claimed_id.setdefault(row.claimed_id, []).append(row)
        if row.link_key:
            by_link_key.setdefault(row.link_key, []).append(row)
    hidden: dict[str, str] = {}
    for row in checked:
        superior = [
            *(each for each in by_claimed_id[row.claimed_id] if outranks(each.id_standing, row.id_standing)),
            *(
                each
                for each in by_link_key.get(row.link_key or "", ())
                if outranks(each.link_standing, row.link_standing)
            ),
        ]
        sources = {each.source for each in superior if each.source != row.source and not each.withdrawn_at}
        if sources:
            hidden[row.id] = min(sources)
        if row.withdrawn_at is None:
            _set_visible_at(connection, row, NEVER if sources else _visible_at(connection, row))
    return hidden


def show_rivals(connection: Connection, withdrawn: Collection[str]) -> None:
    """Show the articles that were hidden because of articles that are now withdrawn.

    Args:
        withdrawn: ids.
    """
    if not connection.execute(select(exists().where(article.c.visible_at == NEVER))).scalar():
        return
    ids = list(withdrawn)
    for start in range(0, len(ids), _BATCH):
        query = select(article.c.claimed_id, article.c.link_key).where(
            article.c.id.in_(ids[start : start + _BATCH])
        )
        rows = connection.execute(query).all()
        update_visibility(
            connection, {row.claimed_id for row in rows}, {row.link_key for row in rows if row.link_key}
        )


def _visible_at(connection: Connection, row: Any) -> datetime:
    """Return when an article becomes visible if it is not hidden."""
    if row.visible_at != NEVER:
        return row.visible_at  # type: ignore[no-any-return]
    document = connection.execute(select(article.c.document).where(article.c.id == row.id)).scalar_one()
    return visible_from(Article.from_stored(document), row.ingested_at)


def _set_visible_at(connection: Connection, row: Any, visible_at: datetime) -> None:
    if visible_at == row.visible_at:
        return
    connection.execute(
        update(article)
        .where(article.c.id == row.id)
        .values(visible_at=visible_at, sequence=next_sequence(connection))
    )
    connection.execute(
        update(article_facet).where(article_facet.c.article_id == row.id).values(visible_at=visible_at)
    )


def _find(connection: Connection, claimed_ids: Iterable[str], link_keys: Iterable[str]) -> Iterator[Any]:
    """Return each article with one of these claimed ids or links once."""
    query = select(
        article.c.id,
        article.c.source,
        article.c.claimed_id,
        article.c.link_key,
        article.c.id_standing,
        article.c.link_standing,
        article.c.ingested_at,
        article.c.visible_at,
        article.c.withdrawn_at,
    )
    found: set[str] = set()
    for column, values in (
        (article.c.claimed_id, sorted(claimed_ids)),
        (article.c.link_key, sorted(link_keys)),
    ):
        for start in range(0, len(values), _BATCH):
            for row in connection.execute(query.where(column.in_(values[start : start + _BATCH]))).all():
                if row.id not in found:
                    found.add(row.id)
                    yield row
