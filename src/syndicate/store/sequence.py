"""The sequence of changes, which everybody who writes articles takes numbers from."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from .database import insert_once
from .schema import counter


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
