"""Read-only connections to SQLite files, which create no files.

A connection to a database in WAL mode normally creates the files `-wal` and `-shm`, even with `mode=ro`.
"""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

# How long to try again, and the longest pause between two attempts, in seconds. Pauses are random: a process
# that opens and closes the database at fixed intervals must not be met at the same moment each time.
_PATIENCE, _PAUSE = 3.0, 0.05
# Byte 18 of the header is the write version: 2 is WAL (https://www.sqlite.org/fileformat2.html).
_WRITE_VERSION, _WAL = slice(18, 19), b"\2"


def connect_read_only(path: Path, *, wait: float = 5.0) -> sqlite3.Connection:
    """Return a read-only connection to a database that other processes may be writing.

    A transaction has begun. Use the connection for that transaction alone: it may not see later changes.

    Args:
        wait: seconds to wait for another process's lock.

    Raises:
        sqlite3.Error: the database cannot be read.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        uri = f"{path.absolute().as_uri()}?{_mode(path)}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=wait, check_same_thread=False, isolation_level=None
        )
        try:
            # Only the first statement opens the file. The last process that closes a database removes the
            # files beside it, but not while a transaction reads.
            connection.execute("BEGIN")
            connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if time.monotonic() > end:
                raise
            # Another process opened or closed it after `_mode` looked at it.
            time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - not for security
        except sqlite3.Error:
            connection.close()
            raise
        else:
            return connection


def _mode(path: Path) -> str:
    """Return the URI parameters with which SQLite reads the file and creates no other."""
    log, index = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    try:
        # SQLite reads the index too, and fails if it is missing. An empty log without an index is what a
        # reader leaves that looked for the log just before the last process removed it.
        if log.stat().st_size or index.exists():
            # A process has it open, or was killed.
            return "mode=ro&readonly_shm=1"
    except FileNotFoundError:
        pass
    try:
        with path.open("rb") as file:
            in_wal_mode = file.read(20)[_WRITE_VERSION] == _WAL
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from None
    # No process has it open, so the file is complete.
    return "mode=ro&immutable=1" if in_wal_mode else "mode=ro"
