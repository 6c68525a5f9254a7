"""A database made by the migrations is the one that the code expects, and is opened safely."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

import syndicate.store
from conftest import CROWD, Crowd, Opener
from syndicate.errors import StoreError
from syndicate.store import SqlStore
from syndicate.store.database import HEAD
from syndicate.store.schema import metadata

VERSIONS = Path(syndicate.store.__file__).parent / "migrations" / "versions"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> Any:
    """A database that nobody has opened before."""
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


def test_a_new_database_is_what_the_schema_says(new_url: str) -> None:
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


def test_opening_again_changes_nothing(open_store: Opener) -> None:
    open_store().remember("here", "still")
    assert open_store().recall("here") == "still"


@pytest.mark.parametrize("version", ["0002", "9999", "zzzz"])
def test_a_newer_database_is_left_alone(sqlite_url: str, version: str) -> None:
    SqlStore(sqlite_url).close()
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    engine.dispose()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    with pytest.raises(StoreError, match=rf"newer syndicate \(schema {version}, known is {HEAD}\)") as caught:
        SqlStore(sqlite_url)
    assert "upgrade syndicate" in str(caught.value.hint)
    assert path.read_bytes() == before


def open_new(number: int, url: str) -> str:
    store = SqlStore(url)
    try:
        return store.secret("links")
    finally:
        store.close()


def test_processes_may_open_a_new_database_at_once(new_url: str, crowd: Crowd) -> None:
    secrets = crowd.race(open_new, new_url)
    assert len(secrets) == CROWD
    assert len(set(secrets)) == 1


def test_many_processes_may_open_many_new_databases(tmp_path: Path, crowd: Crowd) -> None:
    """Turning a new file into a write-ahead log is the one step that SQLite does not wait for by itself."""
    for number in range(25):
        assert len(set(crowd.race(open_new, f"sqlite:///{tmp_path / str(number)}.db"))) == 1
