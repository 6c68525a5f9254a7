"""Publishing from outside: records in a file, a run of the newsroom, and what lies in the output folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import feedparser

from helpers_site import StillClock, opened, write
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
