"""Rows of a database as a source, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from helpers_site import MAIN, configured, opened
from helpers_store import store_of, utc_now
from syndicate import Article, ConfigError, ExternalError
from syndicate.model import IngestReport
from syndicate.sources.source import RawRecord
from syndicate.sources.sql import SqlSource, database_url

TABLE = """CREATE TABLE news (id INTEGER PRIMARY KEY, headline TEXT, body TEXT,
    day {moment}, score NUMERIC(5, 2))"""
ROWS = """INSERT INTO news VALUES
    (1, 'The lamp is lit', '<p>At last.</p>', '2026-04-01 08:30:00', 7.25),
    (2, '50% off: ropes & sails', '<p>All week.</p>', '2026-04-02 08:30:00', NULL)"""
QUERY = "SELECT id, headline AS title, body AS content, day AS date, score FROM news ORDER BY id"


@pytest.fixture
def sqlite_news(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "news.db") as connection:
        connection.execute(TABLE.format(moment="TEXT"))
        connection.execute(ROWS)
    connection.close()
    return f"sqlite:///{tmp_path / 'news.db'}"


@pytest.fixture
def postgres_news(postgres: str) -> Iterator[str]:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text(TABLE.format(moment="TIMESTAMPTZ")))
        connection.exec_driver_sql(ROWS.replace("%", "%%"))
    yield postgres
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE news"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def news(request: pytest.FixtureRequest) -> str:
    """The URL of a database with two rows, on each of the two in turn."""
    return str(request.getfixturevalue("sqlite_news" if request.param == "sqlite" else "postgres_news"))


def source(url: str, query: str = QUERY) -> SqlSource:
    return SqlSource("s", database_url(url, Path("/nowhere")), query)


def rows(url: str, query: str = QUERY) -> list[RawRecord]:
    found = list(source(url, query).read())
    assert all(isinstance(each, RawRecord) for each in found)
    return [each for each in found if isinstance(each, RawRecord)]


def ingest(folder: Path, url: str, query: str = QUERY, more: str = "") -> IngestReport:
    table = f'\n[[source]]\nname = "news"\nkind = "sql"\ndatabase = "{url}"\nquery = """{query}"""\n{more}\n'
    configured(folder, table, MAIN)
    with opened(folder) as newsroom:
        (part,) = newsroom.ingest().parts
    assert isinstance(part, IngestReport)
    return part


def articles(folder: Path) -> dict[str, Article]:
    with opened(folder) as newsroom:
        found = store_of(newsroom).articles(now=utc_now())
    return {each.article.title: each.article for each in found}


def test_columns_are_fields(news: str, tmp_path: Path) -> None:
    report = ingest(tmp_path, news)
    assert (report.new, report.problems) == (2, ())
    found = articles(tmp_path)["The lamp is lit"]
    assert (found.content_html, found.score) == ("<p>At last.</p>", 7.25)
    assert found.published
    assert found.published.astimezone(UTC).date() == datetime(2026, 4, 1).date()
    assert ingest(tmp_path, news).unchanged == 2


def test_an_id_stays_when_all_else_changes(news: str, tmp_path: Path) -> None:
    ingest(tmp_path, news)
    before = articles(tmp_path)["The lamp is lit"].id
    changed = QUERY.replace("headline AS title", "upper(headline) AS title")
    assert ingest(tmp_path, news, changed).changed == 2
    assert articles(tmp_path)["THE LAMP IS LIT"].id == before


def test_missing_rows_are_withdrawn_only_if_the_query_is_complete(news: str, tmp_path: Path) -> None:
    ingest(tmp_path, news)
    one = QUERY.replace("ORDER", "WHERE id = 1 ORDER")
    assert ingest(tmp_path, news, one).withdrawn == 0
    assert ingest(tmp_path, news, one, "complete = true").withdrawn == 1


def test_a_query_goes_as_it_is_written(news: str) -> None:
    query = "SELECT ':name %s %(x)s ?' AS title, '12:30' AS summary FROM news WHERE headline LIKE '50%'"
    (row,) = rows(news, query)
    assert row.fields == {"title": ":name %s %(x)s ?", "summary": "12:30"}


def test_many_rows(news: str) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
    found = rows(news, f"{numbers} SELECT i AS id, 'title' AS title FROM n")
    assert len(found) == 5000
    assert found[-1].where.id == "5000"


@pytest.mark.parametrize(
    "query",
    ["INSERT INTO news (id) VALUES (9)", "DELETE FROM news", "DROP TABLE news", "UPDATE news SET score = 1"],
)
def test_nothing_is_written(news: str, query: str) -> None:
    with pytest.raises(ExternalError) as raised:
        rows(news, query)
    assert "must only read" in (raised.value.hint or "")
    assert len(rows(news)) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [("SELECT nothing FROM news", "nothing"), ("SELECT * FROM nowhere", "nowhere"), ("SELEKT 1", "SELEKT")],
)
def test_a_wrong_query_is_reported(news: str, query: str, words: str) -> None:
    with pytest.raises(ExternalError) as raised:
        rows(news, query)
    assert words in raised.value.message
    assert raised.value.where.field == "source.query"


def test_a_row_that_is_wrong_costs_itself(news: str, tmp_path: Path) -> None:
    query = QUERY.replace("day AS date", "CASE id WHEN 1 THEN 'soon' ELSE CAST(day AS TEXT) END AS date")
    report = ingest(tmp_path, news, query)
    assert (report.new, report.refused) == (1, 1)
    assert report.problems[0].id == "1"


def test_a_statement_that_gives_no_rows(sqlite_news: str) -> None:
    with pytest.raises(ConfigError, match="no rows"):
        rows(sqlite_news, "PRAGMA foreign_keys = ON")


# Where the database is


def test_a_file_is_relative_to_the_config_and_is_not_made(tmp_path: Path, sqlite_news: str) -> None:
    assert ingest(tmp_path, "sqlite:///news.db").new == 2
    report = ingest(tmp_path, "sqlite:///none.db")
    assert report.external_failure
    assert "no such database" in report.problems[0].message
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "news.db").write_text("words " * 1000, encoding="utf-8")
    with pytest.raises(ExternalError, match="not a database"):
        rows(f"sqlite:///{tmp_path / 'news.db'}")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExternalError) as raised:
        rows("postgresql+psycopg://reader:hush@127.0.0.1:1/news?connect_timeout=2")
    assert "cannot be reached" in raised.value.message
    assert "hush" not in str(raised.value)


def test_secrets_come_from_the_environment(postgres_news: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWS_PASSWORD", "p@ss/w:rd%")
    monkeypatch.setenv("NEWS_URL", postgres_news)
    url = database_url("postgresql+psycopg://reader:${NEWS_PASSWORD}@db.example/news", Path())
    assert url.password == "p@ss/w:rd%"
    assert database_url("${NEWS_URL}", Path()) == make_url(postgres_news)
    assert len(rows("${NEWS_URL}")) == 2
    with pytest.raises(ConfigError, match="NOT_SET is not set"):
        database_url("postgresql+psycopg://reader:${NOT_SET}@db.example/news", Path())


@pytest.mark.parametrize(
    "url", ["", "news", "postgresql://reader:hush@host:port/x", "nodb://host/x", "oracle://host/x"]
)
def test_urls_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        database_url(url, Path())
    assert raised.value.where.field == "source.database"
    assert "hush" not in str(raised.value)
