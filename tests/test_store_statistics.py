"""PostgreSQL has current statistics after many deliveries were created, before it plans how to claim them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from benchmarks.mailing import NEWSLETTER, add_subscribers
from sqlalchemy import create_engine, select, text

from syndicate.model import Digest, Edition
from syndicate.newsletters.edition_store import NewEdition
from syndicate.store import SqlStore
from syndicate.store.schema import delivery

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(("count", "is_known"), [(1000, True), (10, False)])
def test_rows_of_new_deliveries_are_counted(postgres_url: str, count: int, is_known: bool) -> None:
    store = SqlStore(postgres_url)
    digest = Digest(subject="s", html="h", text="t")
    edition = Edition(id="weekly-1", newsletter=NEWSLETTER, number=1, composed_at=NOW, digest=digest)
    store.add_edition(NewEdition(edition, ()), now=NOW)
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        add_subscribers(connection, count)
    assert store.enqueue("weekly-1", NEWSLETTER, now=NOW) == count
    with engine.connect() as connection:
        query = select(text("reltuples")).select_from(text("pg_class")).where(text("relname = :name"))
        known = {
            name: connection.scalar(query, {"name": name})
            for name in ("subscriber", "subscription", delivery.name)
        }
    engine.dispose()
    store.close()
    assert (set(known.values()) == {count}) == is_known, known
