"""The migrations create the schema of the code, keep the data, and run safely in several processes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, inspect, text

import syndicate.store
from helpers_processes import CROWD, Crowd
from helpers_store import Opener
from syndicate.errors import StoreError
from syndicate.model import FeedQuery, Locale, PublishedEntry, Tag, jsonable
from syndicate.model.article_identity import Standing
from syndicate.store import SqlStore
from syndicate.store.database import HEAD
from syndicate.store.schema import metadata
from syndicate.testing import NOW, a_subscriber, an_article, an_incoming

VERSIONS = Path(syndicate.store.__file__).parent / "migrations" / "versions"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> Any:
    """The URL of a database that does not exist yet."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server = create_engine(request.getfixturevalue("postgres"))
    with server.begin() as connection:
        connection.execute(text("CREATE SCHEMA fresh"))
    yield server.url.update_query_dict({"options": "-csearch_path=fresh"}).render_as_string(False)
    with server.begin() as connection:
        connection.execute(text("DROP SCHEMA fresh CASCADE"))
    server.dispose()


def test_new_database_has_the_schema_of_the_code(new_url: str) -> None:
    SqlStore(new_url).close()
    engine = create_engine(new_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    assert version == HEAD
    assert tables == set(metadata.tables)


def test_head_is_the_newest_migration() -> None:
    files = sorted(VERSIONS.glob("[0-9]*.py"))
    assert files[-1].name.partition("_")[0] == HEAD
    chain = [
        (
            re.search(r'^revision = "(\w+)"', body, re.MULTILINE),
            re.search(r"^down_revision = (.+)$", body, re.MULTILINE),
        )
        for body in (file.read_text() for file in files)
    ]
    before = "None"
    for file, (revision, down) in zip(files, chain, strict=True):
        assert revision, file
        assert down, file
        assert file.name.startswith(f"{revision[1]}_")
        assert down[1] == before, "versions are compared as text, so they must follow each other"
        before = f'"{revision[1]}"'


def test_opening_a_database_again_changes_nothing(open_store: Opener) -> None:
    open_store().remember("here", "still")
    assert open_store().recall("here") == "still"


def of_version(url: str, version: str, rows: dict[str, list[dict[str, Any]]]) -> Engine:
    """Create a database of an earlier version with rows in every table."""
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", "syndicate.store:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert(), rows[table.name])
        assert {table.name for table in tables.sorted_tables} == {*rows, "alembic_version"}
    return engine


DAY = timedelta(days=1)


def an_article_row(name: str, number: int, at: datetime, **more: Any) -> dict[str, Any]:
    document = jsonable(an_article(name, tags=(Tag(term="boats"), Tag(term=f"tag-{name}")), section="News"))
    return {
        "id": f"urn:{name}",
        "source": "posts",
        "key": f"{name}.md",
        "link_key": None,
        "revision": 1,
        "sequence": number,
        "born": number,
        "first_seen": NOW,
        "visible_at": at,
        "withdrawn_at": None,
        "digest": "d",
        "document": document,
        **more,
    }


ARTICLES = [
    an_article_row("a", 1, NOW - 2 * DAY),
    an_article_row("b", 2, NOW - DAY),
    an_article_row("gone", 3, NOW, withdrawn_at=NOW),
    an_article_row("soon", 4, NOW + DAY),
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "article": ARTICLES,
    "article_facet": [
        {"article_id": each["id"], "facet": facet, "word": word}
        for each in ARTICLES
        for facet, word in (
            ("tag", "boats"),
            ("tag", f"tag-{each['id'].removeprefix('urn:')}"),
            ("section", "News"),
        )
    ],
    "revision": [
        {"article_id": each["id"], "number": 1, "sequence": each["sequence"], "made_at": NOW, "document": {}}
        for each in ARTICLES
    ],
    "counter": [{"name": "change", "value": 4}],
    "setting": [{"name": "here", "value": "still"}, {"name": "people", "value": "key"}],
    "edition": [
        {
            "id": "weekly-1",
            "newsletter": "weekly",
            "number": 1,
            "slot": None,
            "composed_at": NOW,
            "more": 0,
            "digest": {},
            "message": "{}",
        }
    ],
    "edition_article": [
        {
            "newsletter": "weekly",
            "article_id": "urn:a",
            "edition_id": "weekly-1",
            "revision": 1,
            "position": 0,
            "shown": True,
        }
    ],
    "subscriber": [
        {
            "id": "ann",
            "email": "ann@example.org",
            "email_key": "ann@example.org",
            "domain": "example.org",
            "name": "",
            "state": "confirmed",
        }
    ],
    "subscription": [
        {"subscriber_id": "ann", "newsletter": "weekly", "state": "subscribed", "changed_at": NOW}
    ],
    "suppression": [{"email_key": "bob@example.org", "reason": "left", "detail": "", "made_at": NOW}],
    "delivery": [
        {
            "id": "1",
            "edition_id": "weekly-1",
            "subscriber_id": "ann",
            "email": "ann@example.org",
            "name": "",
            "domain": "example.org",
            "state": "pending",
            "attempts": 0,
            "made_at": NOW,
            "due_at": NOW,
            "fence": 0,
            "doubted": False,
            "detail": "",
        }
    ],
    "schedule": [{"name": "weekly", "spec": "@daily", "cursor": NOW}],
    "run": [{"schedule": "weekly", "slot": NOW, "state": "done", "attempts": 1, "fence": 1, "note": ""}],
}


SUBSCRIBER_TABLES = {"subscriber", "subscription", "suppression"}


def test_database_of_version_0001_is_upgraded_with_its_content(new_url: str) -> None:
    engine = of_version(new_url, "0001", ROWS)
    store = SqlStore(new_url)
    try:
        assert store.recall("here") == "still"
        assert store.sequence() == 4
        assert [each.article.id for each in store.articles(now=NOW)] == ["urn:b", "urn:a"]
        asks = FeedQuery({"tag": ["boats"]}, {}, 5), FeedQuery({"tag": ["boats"], "section": ["News"]}, {})
        for ask in asks:
            for now, ids in ((NOW, ["urn:b", "urn:a"]), (NOW + DAY, ["urn:soon", "urn:b", "urn:a"])):
                assert [[key.id for key in keys] for keys in store.newest_entries([ask], now=now)] == [ids]
        assert [reason for _, reason in store.suppressed()] == ["unsubscribed"]
        assert not store.add_subscriber(a_subscriber("bob"))
        assert store.resubscribe(a_subscriber("bob")), "the suppression was an unsubscription"
        assert store.facets("tag", now=NOW) == ["boats", "tag-a", "tag-b", "tag-gone"]
        assert store.has_withdrawals()
        changed = an_incoming("a", key="a.md", title="Changed", published=NOW)
        assert store.put("posts", [changed], NOW, seen=set()).changed == 1
        assert store.merge_ids([("urn:b", "urn:a")]) == 1
    finally:
        store.close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        names = {name for table in metadata.tables for name in index_names(connection, table)}
        assert not [name for name in names if "undated" in name]
        for table, rows in ROWS.items():
            if table not in {"article", "article_facet", "revision", "counter", *SUBSCRIBER_TABLES}:
                assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == len(rows), table
    engine.dispose()


ROWS_OF_0002: dict[str, list[dict[str, Any]]] = {
    **ROWS,
    "article_facet": [
        row | {"visible_at": article["visible_at"]}
        for row in ROWS["article_facet"]
        for article in ARTICLES
        if article["id"] == row["article_id"]
    ],
    "edition": [
        row | {"digest": {"subject": "One", "html": "<p>One</p>", "text": "One"}} for row in ROWS["edition"]
    ],
    "subscription": [row | {"state": "on"} for row in ROWS["subscription"]],
    "revision": [
        row | {"document": article["document"]}
        for row in ROWS["revision"]
        for article in ARTICLES
        if article["id"] == row["article_id"]
    ],
    "feed": [
        {
            "name": "main",
            "pattern": "main",
            "words": {},
            "definition": "d",
            "shown": [],
            "documents": {},
        }
    ],
    "feed_archive": [{"feed": "main", "article_id": "urn:a", "page": 1, "position": 0}],
}


def test_deliveries_from_before_localizations_continue(new_url: str) -> None:
    engine = of_version(new_url, "0002", ROWS_OF_0002)
    store = SqlStore(new_url)
    try:
        [mine] = store.claim("worker", now=NOW, lease=DAY, limit=9)
        assert (mine.id, mine.language, mine.timezone) == ("1", None, None)
        assert store.localizations("weekly-1") == []
        assert store.localization("weekly-1", 1) is None
        kept = store.edition("weekly-1")
        assert kept is not None
        assert kept.message == "{}"
        german = Locale(language="de", timezone="Europe/Berlin")
        store.add_subscriber(a_subscriber("bo", language=german.language, timezone=german.timezone))
        assert store.locales("weekly") == [Locale(), german]
        assert store.enqueue("weekly-1", "weekly", now=NOW) == 1
        [new] = store.claim("worker", now=NOW, lease=DAY, limit=9)
        assert (new.language, new.timezone) == ("de", "Europe/Berlin")
    finally:
        store.close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        for table, rows in ROWS_OF_0002.items():
            if table not in {"subscriber", "subscription", "delivery"}:
                assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == len(rows), table
    engine.dispose()


def test_feed_states_lose_only_their_positions_in_files(new_url: str) -> None:
    state = {
        "name": "main",
        "pattern": "main",
        "words": [],
        "definition": "d",
        "shown": [["urn:a", 2, "2026-01-01T00:00:00+00:00", {"rss": 10}], ["urn:b", 1, None, {"rss": 20}]],
        "documents": {"rss": ["12-ff", 300, 1], "html": ["7-0b", 0, 0]},
    }
    engine = of_version(new_url, "0002", {**ROWS_OF_0002, "feed": [state]})
    store = SqlStore(new_url)
    try:
        [found] = store.feed_states(["main"])
        assert found.entries == (PublishedEntry("urn:a", 2), PublishedEntry("urn:b", 1))
        assert found.documents == {"rss": "12-ff", "html": "7-0b"}
    finally:
        store.close()
    engine.dispose()


def index_names(connection: Connection, table: str) -> list[str]:
    looked = inspect(connection)
    return [
        str(each["name"])
        for each in [
            *looked.get_indexes(table),
            *looked.get_foreign_keys(table),
            looked.get_pk_constraint(table),
        ]
    ]


@pytest.mark.parametrize("version", [f"{int(HEAD) + 1:04}", "9999", "zzzz"])
def test_newer_database_is_not_changed(sqlite_url: str, version: str) -> None:
    SqlStore(sqlite_url).close()
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    engine.dispose()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    with pytest.raises(
        StoreError, match=rf"from a newer syndicate \(schema {version}, known {HEAD}\)"
    ) as caught:
        SqlStore(sqlite_url)
    assert "upgrade syndicate" in str(caught.value.hint)
    assert path.read_bytes() == before


def open_new(number: int, url: str) -> str:
    store = SqlStore(url)
    try:
        return store.secret("links")
    finally:
        store.close()


def test_processes_open_a_new_database_at_the_same_time(new_url: str, crowd: Crowd) -> None:
    secrets = crowd.race(open_new, new_url)
    assert len(secrets) == CROWD
    assert len(set(secrets)) == 1


def test_processes_open_many_new_databases_at_the_same_time(tmp_path: Path, crowd: Crowd) -> None:
    """SQLite does not wait for another process while it enables WAL for a new file."""
    for number in range(25):
        assert len(set(crowd.race(open_new, f"sqlite:///{tmp_path / str(number)}.db"))) == 1


BAD = {"namespace": "http://www.w3.org/1999/xhtml", "prefix": "h", "name": "script", "text": "x"}
GOOD = {"namespace": "urn:x", "prefix": "x", "name": "wind", "text": "11"}


def without_date(row: dict[str, Any]) -> dict[str, Any]:
    left = {name: value for name, value in row["document"].items() if name != "published"}
    return {**row, "document": {**left, "elements": [BAD, GOOD]}}


ARTICLES_OF_0004 = [*ARTICLES[:1], *map(without_date, ARTICLES[1:2]), *ARTICLES[2:]]
ROWS_OF_0004 = {
    **ROWS_OF_0002,
    "article": ARTICLES_OF_0004,
    "revision": [
        {**row, "document": article["document"]}
        for row in ROWS_OF_0002["revision"]
        for article in ARTICLES_OF_0004
        if article["id"] == row["article_id"]
    ],
    "edition_article": [row | {"article_id": "urn:b"} for row in ROWS["edition_article"]],
    "edition_variant": [
        {"edition_id": "weekly-1", "number": 1, "language": "de", "zones": [], "digest": {}, "message": "{}"}
    ],
    "edition_picture": [{"edition_id": "weekly-1", "name": "a", "data": b"a"}],
}


def test_forbidden_elements_are_removed_in_batches(new_url: str) -> None:
    def changed(document: dict[str, Any], number: int) -> dict[str, Any]:
        if number % 3 == 0:
            return {**document, "elements": [BAD, GOOD]}
        without = {name: value for name, value in document.items() if name != "elements"}
        return {**without, "tags": [{"term": "elements"}]}

    many = [an_article_row(f"n{number:04}", number + 9, NOW) for number in range(1203)]
    articles = [{**row, "document": changed(row["document"], number)} for number, row in enumerate(many)]
    revisions = [
        {
            "article_id": row["id"],
            "number": 1,
            "sequence": row["sequence"],
            "made_at": NOW,
            "document": row["document"],
        }
        for row in articles
    ]
    rows = {
        **ROWS_OF_0004,
        "article": [*ARTICLES_OF_0004, *articles],
        "revision": [*ROWS_OF_0004["revision"], *revisions],
    }
    of_version(new_url, "0004", rows).dispose()
    store = SqlStore(new_url)
    try:
        found = {each.article.id: each.article for each in store.load([row["id"] for row in many])}
    finally:
        store.close()
    expected = [["wind"] if number % 3 == 0 else [] for number in range(1203)]
    assert [[each.name for each in found[row["id"]].elements] for row in many] == expected
    engine = create_engine(new_url)
    with engine.connect() as connection:
        query = text(
            "SELECT document FROM revision WHERE article_id LIKE 'urn:n0%' OR article_id LIKE 'urn:n1%'"
        )
        kept = [str(document) for document in connection.scalars(query)]
    engine.dispose()
    assert len(kept) == 1203
    assert not any(BAD["namespace"] in document for document in kept)


def test_articles_from_before_claimed_ids_claim_their_own_ids(new_url: str) -> None:
    engine = of_version(new_url, "0004", ROWS_OF_0004)
    store = SqlStore(new_url)
    try:
        assert [each.article.id for each in store.articles(now=NOW)] == ["urn:a", "urn:b"], (
            "undated ones last"
        )
        for ask in (FeedQuery({"tag": ["boats"]}, {}, 5), FeedQuery({}, {})):
            [keys] = store.newest_entries([ask], now=NOW - 9 * DAY)
            assert [key.id for key in keys] == ["urn:b"], "and visible at once"
        [undated] = store.load(["urn:b"])
        assert undated.article.ingested == NOW
        assert [each.name for each in undated.article.elements] == ["wind"]
        kept = store.edition("weekly-1")
        assert kept is not None
        assert [[each.name for each in article.elements] for article in kept.articles] == [["wind"]]
        assert undated.claimed_id is None
        owner = replace(an_incoming("b", title="Owner"), id_standing=Standing.CONFIGURED)
        assert store.put("owner", [owner], NOW, seen=set()).new == 1
        assert {each.article.title for each in store.articles(now=NOW)} == {"About a", "Owner"}
        mine = an_incoming("a", title="Mine still")
        assert store.put("posts", [mine], NOW, seen=set()).changed == 1
    finally:
        store.close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
