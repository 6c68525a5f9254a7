"""Publishing from outside: records in a file, a run of the newsroom, and what lies in the output folder."""

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
from syndicate.newsroom import Ids

KINDS = ("rss", "atom", "json")

TAGS = """
[[feed]]
name = "tag/{tag}"
each = "tag"
title = "Posts on {tag}"
"""


def records(folder: Path, *values: dict[str, object]) -> None:
    """Write the records that the source `posts` gives."""
    write(folder, {"posts.jsonl": "".join(json.dumps(value) + "\n" for value in values)})


def run(
    folder: Path,
    clock: StillClock | None = None,
    *,
    full: bool = False,
    feed: str | None = None,
    ids: Ids = "ask",
) -> PublishReport:
    """Ingest and publish."""
    with opened(folder, clock) as newsroom:
        newsroom.ingest()
        return newsroom.publish(feed, full=full, ids=ids)


def files(folder: Path) -> dict[str, bytes]:
    """Every document by its path."""
    root = folder / "public"
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """When each document was put, and as which file."""
    root = folder / "public"
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file()
    }


def touched(before: dict[str, tuple[int, int]], folder: Path) -> set[str]:
    """The documents that are others than they were, and those that are new."""
    return {path for path, stamp in stamps(folder).items() if before.get(path) != stamp}


def of(*feeds: str, kinds: tuple[str, ...] = KINDS) -> set[str]:
    """The documents of some feeds."""
    return {f"{feed}.{kind}" for feed in feeds for kind in kinds}


def titles(body: bytes) -> list[str]:
    """What a feed shows, as a reader has it."""
    return [entry.title for entry in feedparser.parse(body).entries]


def ids(body: bytes) -> list[str]:
    """The ids that a reader goes by."""
    return [entry.id for entry in feedparser.parse(body).entries]


def written_to(database: Path) -> tuple[bytes, bytes]:
    """What a database in a file consists of, with what is not yet in its place."""
    log = Path(f"{database}-wal")
    return database.read_bytes(), log.read_bytes() if os.path.lexists(log) else b""


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from helpers_site import opened
from syndicate.publishing.files import FilePublisher
from syndicate.store import SqlStore
point, left = sys.argv[1], int(sys.argv[2])

def dying(owner, name, before):
    real = getattr(owner, name)
    def act(*given, **named):
        global left
        left -= 1
        if before and left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*given, **named)
        if not before and left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, act)

owner, name, when = {
    "before a rename": (os, "replace", True),
    "after a rename": (os, "replace", False),
    "before states are kept": (SqlStore, "save_feed_states", True),
    "after states are kept": (SqlStore, "save_feed_states", False),
    "before it is remembered": (SqlStore, "remember", True),
    "after it is remembered": (SqlStore, "remember", False),
    "in the archive": (SqlStore, "add_archive_document", False),
}[point]
with opened(Path()) as newsroom:
    newsroom.ingest()
    dying(owner, name, when)
    newsroom.publish()
"""


def killed(folder: Path, point: str, left: int) -> None:
    """Ingest, and publish in a process that dies at a point, the first time that comes after so many."""
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, point, str(left), tests],
        cwd=folder,
        env=environment(),
        timeout=300,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
