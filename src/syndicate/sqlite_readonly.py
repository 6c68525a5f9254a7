"""SQLite files that are only read: neither the file nor anything beside it is made or written.

Reading a database in WAL mode normally makes the files `-wal` and `-shm` beside it, even with `mode=ro`.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_TRIES = 5
_PAUSE = 0.05
# Byte 18 of the header is the write version: 2 is WAL (https://www.sqlite.org/fileformat2.html).
_WRITE_VERSION, _WAL = slice(18, 19), b"\2"


def connect_to_read(path: Path, *, wait: float = 5.0) -> sqlite3.Connection:
    """A connection that cannot write, to a database that other processes may be writing.

    Keep it for one transaction: it sees what others write later only if one of them had the database open.

    Args:
        path: an SQLite file.
        wait: seconds to wait for another process's lock.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    tries = 0
    while True:
        uri = f"{path.absolute().as_uri()}?{_mode(path)}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=wait, check_same_thread=False, isolation_level=None
        )
        try:
            # The file is opened by the first statement only.
            connection.execute("PRAGMA schema_version")
        except sqlite3.OperationalError:
            connection.close()
            tries += 1
            if tries == _TRIES:
                raise
            # Another process has opened or closed it between our look and the statement.
            time.sleep(_PAUSE)
        except sqlite3.Error:
            connection.close()
            raise
        else:
            return connection


def _mode(path: Path) -> str:
    """The parameters with which SQLite reads the file as it is now and makes nothing."""
    if path.with_name(f"{path.name}-wal").exists():
        # Some process has it open, or died. Its `-shm` is read too, and an error if it is lost.
        return "mode=ro&readonly_shm=1"
    try:
        with path.open("rb") as file:
            in_wal_mode = file.read(20)[_WRITE_VERSION] == _WAL
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from None
    # Nobody has it open, so all of it is in the file.
    return "mode=ro&immutable=1" if in_wal_mode else "mode=ro"
