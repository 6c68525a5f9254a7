"""Read-only connections to SQLite files, which create no files.

A connection to a database in WAL mode normally creates the files `-wal` and `-shm`, even with `mode=ro`.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_ATTEMPTS = 5
_PAUSE = 0.05
# Byte 18 of the header is the write version: 2 is WAL (https://www.sqlite.org/fileformat2.html).
_WRITE_VERSION, _WAL = slice(18, 19), b"\2"


def connect_read_only(path: Path, *, wait: float = 5.0) -> sqlite3.Connection:
    """Return a read-only connection to a database that other processes may be writing.

    Use it for one transaction: it may not see later changes.

    Args:
        wait: seconds to wait for another process's lock.

    Raises:
        sqlite3.Error: the database cannot be read.
    """
    attempts = 0
    while True:
        uri = f"{path.absolute().as_uri()}?{_mode(path)}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=wait, check_same_thread=False, isolation_level=None
        )
        try:
            # Only the first statement opens the file.
            connection.execute("PRAGMA schema_version")
        except sqlite3.OperationalError:
            connection.close()
            attempts += 1
            if attempts == _ATTEMPTS:
                raise
            # Another process opened or closed it after `_mode` looked at it.
            time.sleep(_PAUSE)
        except sqlite3.Error:
            connection.close()
            raise
        else:
            return connection


def _mode(path: Path) -> str:
    """Return the URI parameters with which SQLite reads the file and creates no other."""
    if path.with_name(f"{path.name}-wal").exists():
        # A process has it open, or was killed. SQLite reads the `-shm` too, and fails if it is missing.
        return "mode=ro&readonly_shm=1"
    try:
        with path.open("rb") as file:
            in_wal_mode = file.read(20)[_WRITE_VERSION] == _WAL
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from None
    # No process has it open, so the file is complete.
    return "mode=ro&immutable=1" if in_wal_mode else "mode=ro"
