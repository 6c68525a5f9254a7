"""Articles of several sources with one id or one link: who has the id, and who is shown.

An article that is hidden stays in the store as it is. Its `visible_at` is a moment that never comes, so that
no query needs to know of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select, update

from ..model import Article
from ..model.identity import identity, outranks
from ..model.selection import visible_from
from .moments import NEVER, digest_of
from .schema import article, article_facet, edition_article, feed_archive, revision
from .sequence import next_sequence

# SQLite takes some 32,000 parameters a statement.
_BATCH = 500
# No key of a record is as long as this one.
_NO_KEY = "-" * 1000


def own_id(connection: Connection, source: str, claim: str) -> str:
    """The id of an article whose own is taken: the same for the same source and id, unless taken as well."""
    number = 0
    while True:
        found = identity("own", source, claim, *([str(number)] if number else []))
        if not connection.execute(select(article.c.id).where(article.c.id == found)).first():
            return found
        number += 1


def give_up_id(connection: Connection, row_id: str) -> dict[str, Any]:
    """Move an article to an id of its own, for the source whose id it has; the row as it is then.

    Its revisions, its place in archives, and the editions that had it move with it.
    """
    row = dict(connection.execute(select(article).where(article.c.id == row_id)).mappings().one())
    key, new_id = row["key"], own_id(connection, row["source"], row["claimed_id"])
    document = {**row["document"], "id": new_id}
    row |= {"id": new_id, "document": document, "checksum": digest_of(document)}
    row["sequence"] = next_sequence(connection)
    connection.execute(article.insert().values({**row, "key": _NO_KEY}))
    numbers = select(revision.c.number, revision.c.document).where(revision.c.article_id == row_id)
    for number, former in connection.execute(numbers).all():
        connection.execute(
            update(revision)
            .where(revision.c.article_id == row_id, revision.c.number == number)
            .values(article_id=new_id, document={**former, "id": new_id})
        )
    for table in (article_facet, feed_archive, edition_article):
        connection.execute(update(table).where(table.c.article_id == row_id).values(article_id=new_id))
    connection.execute(article.delete().where(article.c.id == row_id))
    connection.execute(update(article).where(article.c.id == new_id).values(key=key))
    return row


def review(connection: Connection, claims: Iterable[str], links: Iterable[str]) -> dict[str, str]:
    """Hide each article that another source has a better right to, and show it again where none has.

    Args:
        connection: in a transaction that is `alone`.
        claims, links: ids and hashes of links that articles of several sources may have.

    Returns:
        The ids of those that are hidden, with the source that they are hidden for.
    """
    asked = list(_with(connection, claims, links))
    if not asked:
        return {}
    everybody = list(
        _with(
            connection,
            {row.claimed_id for row in asked},
            {row.link_key for row in asked if row.link_key},
        )
    )
    of_claim: dict[str, list[Any]] = {}
    of_link: dict[str, list[Any]] = {}
    for row in everybody:
        of_claim.setdefault(row.claimed_id, []).append(row)
        if row.link_key:
            of_link.setdefault(row.link_key, []).append(row)
    hidden: dict[str, str] = {}
    for row in asked:
        better = [each for each in of_claim[row.claimed_id] if outranks(each.id_standing, row.id_standing)]
        better += [
            each
            for each in of_link.get(row.link_key or "", ())
            if outranks(each.link_standing, row.link_standing)
        ]
        sources = sorted(
            {each.source for each in better if each.source != row.source and each.withdrawn_at is None}
        )
        if sources:
            hidden[row.id] = sources[0]
        if row.withdrawn_at is None:
            _show(connection, row, hidden=bool(sources))
    return hidden


def release(connection: Connection, ids: Collection[str]) -> None:
    """Show what was hidden for some articles that are withdrawn."""
    if not connection.execute(select(exists().where(article.c.visible_at == NEVER))).scalar():
        return
    wanted = list(ids)
    for start in range(0, len(wanted), _BATCH):
        some = select(article.c.claimed_id, article.c.link_key).where(
            article.c.id.in_(wanted[start : start + _BATCH])
        )
        rows = connection.execute(some).all()
        review(connection, {row.claimed_id for row in rows}, {row.link_key for row in rows if row.link_key})


def _show(connection: Connection, row: Any, *, hidden: bool) -> None:
    moment = NEVER if hidden else _moment(connection, row)
    if moment == row.visible_at:
        return
    connection.execute(
        update(article)
        .where(article.c.id == row.id)
        .values(visible_at=moment, sequence=next_sequence(connection))
    )
    connection.execute(
        update(article_facet).where(article_facet.c.article_id == row.id).values(visible_at=moment)
    )


def _moment(connection: Connection, row: Any) -> datetime:
    if row.visible_at != NEVER:
        return row.visible_at  # type: ignore[no-any-return]
    document = connection.execute(select(article.c.document).where(article.c.id == row.id)).scalar_one()
    return visible_from(Article.from_stored(document), row.ingested_at)


def _with(connection: Connection, claims: Iterable[str], links: Iterable[str]) -> Iterator[Any]:
    """Every article with one of some ids or links, once."""
    seen: set[str] = set()
    for column, values in ((article.c.claimed_id, sorted(claims)), (article.c.link_key, sorted(links))):
        for start in range(0, len(values), _BATCH):
            for row in connection.execute(_rows().where(column.in_(values[start : start + _BATCH]))).all():
                if row.id not in seen:
                    seen.add(row.id)
                    yield row


def _rows() -> Select[Any]:
    return select(
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
