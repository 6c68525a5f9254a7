"""Helpers for tests that publish: records in a file, a newsroom, and the files in the output folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import feedparser

from helpers_site import StillClock, environment, opened, write
from syndicate.model import PublishReport
from syndicate.newsroom import IdPolicy

KINDS = ("rss", "atom", "json")

TAGS = """
[[feed]]
name = "tag/{tag}"
each = "tag"
title = "Posts on {tag}"
"""


def write_records(folder: Path, *values: dict[str, object]) -> None:
    """Write the records of the source `posts`."""
    write(folder, {"posts.jsonl": "".join(json.dumps(value) + "\n" for value in values)})


def ingest_and_publish(
    folder: Path,
    clock: StillClock | None = None,
    *,
    full: bool = False,
    feed: str | None = None,
    ids: IdPolicy = "ask",
) -> PublishReport:
    """Ingest and publish."""
    with opened(folder, clock) as newsroom:
        newsroom.ingest()
        return newsroom.publish(feed, full=full, ids=ids)


def published_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in the output folder, by path."""
    root = folder / "public"
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def file_times(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the modification time and the inode of every file in the output folder, by path."""
    root = folder / "public"
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file()
    }


def changed_files(before: dict[str, tuple[int, int]], folder: Path) -> set[str]:
    """Return the paths of new and rewritten files."""
    return {path for path, stamp in file_times(folder).items() if before.get(path) != stamp}


def paths_of(*feeds: str, kinds: tuple[str, ...] = KINDS) -> set[str]:
    """Return the paths of the documents of some feeds."""
    return {f"{feed}.{kind}" for feed in feeds for kind in kinds}


def entry_titles(body: bytes) -> list[str]:
    """Return the titles of the entries, as a feed reader parses them."""
    return [entry.title for entry in feedparser.parse(body).entries]


def entry_ids(body: bytes) -> list[str]:
    """Return the ids of the entries, as a feed reader parses them."""
    return [entry.id for entry in feedparser.parse(body).entries]


def database_bytes(database: Path) -> tuple[bytes, bytes]:
    """Return the bytes of an SQLite database and of its write-ahead log."""
    log = Path(f"{database}-wal")
    return database.read_bytes(), log.read_bytes() if os.path.lexists(log) else b""


_KILLED_PUBLISH = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from helpers_site import opened
from syndicate.publishing.file_publisher import FilePublisher
from syndicate.store import SqlStore
point, passes = sys.argv[1], int(sys.argv[2])

def kill_at(owner, name, before):
    real = getattr(owner, name)
    def call(*arguments, **options):
        global passes
        passes -= 1
        if before and passes < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **options)
        if not before and passes < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, call)

owner, name, is_before = {
    "before a rename": (os, "replace", True),
    "after a rename": (os, "replace", False),
    "before states are saved": (SqlStore, "save_feed_states", True),
    "after states are saved": (SqlStore, "save_feed_states", False),
    "before a value is stored": (SqlStore, "remember", True),
    "after a value is stored": (SqlStore, "remember", False),
    "after an archive document is added": (SqlStore, "add_archive_document", False),
}[point]
with opened(Path()) as newsroom:
    newsroom.ingest()
    kill_at(owner, name, is_before)
    newsroom.publish()
"""


def publish_and_kill(folder: Path, point: str, passes: int) -> None:
    """Ingest and publish in a process that is killed at a point.

    Args:
        passes: how many times the process passes the point before.
    """
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_PUBLISH, point, str(passes), tests],
        cwd=folder,
        env=environment(),
        timeout=300,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
