"""The sequence number of changes, which all writers of articles share."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from .database import insert_once
from .schema import counter


def lock_articles(connection: Connection) -> None:
    """Block other transactions that change or consume articles until this one ends."""
    insert_once(connection, counter, name="change", value=0)
    connection.execute(select(counter.c.value).where(counter.c.name == "change").with_for_update())


def next_sequence(connection: Connection, count: int = 1) -> int:
    """Return the next sequence number, the first of `count` consecutive ones.

    The transaction must have called `lock_articles`.
    """
    last: int = connection.execute(
        update(counter)
        .where(counter.c.name == "change")
        .values(value=counter.c.value + count)
        .returning(counter.c.value)
    ).scalar_one()
    return last - count + 1
