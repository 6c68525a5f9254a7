"""A big site: 100,000 articles in a store, and 5,000 feeds over them, made through `Newsroom.ingest()`."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syndicate import Newsroom
from syndicate.model.slug import slug

from . import sample
from .sample import END, Record

ARTICLES = 100_000
FEEDS = sample.TAGS + sample.AUTHORS + sample.SECTIONS
FAMILIES = {"tag": sample.TAGS, "author": sample.AUTHORS, "section": sample.SECTIONS}
"""How many feeds each family has, once there are 3,900 articles or more."""

CONFIG = """\
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
description = "News from the waterfront"
language = "en"
base_url = "https://harbour.example/feeds/"

[[source]]
name = "archive"
kind = "python"
function = "benchmarks.newsroom:archive"

[[source]]
name = "late"
kind = "jsonl"
path = "late.jsonl"
complete = false

[[feed]]
name = "tag/{tag}"
each = "tag"

[[feed]]
name = "author/{author}"
each = "author"

[[feed]]
name = "section/{section}"
each = "section"
"""

_CONFIG, _STORE, _LATE, _LABEL = "syndicate.toml", "syndicate.db", "late.jsonl", "filled.json"

# A function that a config names takes no arguments.
_wanted = ARTICLES


class _Still:
    """A clock that stands still, so that a store comes out the same every time."""

    def now(self) -> datetime:
        return END


@dataclass(frozen=True, slots=True)
class NonEmptyLine:
    """A store that is ready.

    Attributes:
        config: its `syndicate.toml`.
        articles: how many it was filled with.
        seconds: what `ingest()` took, when it was filled.
        reused: whether it was there already.
    """

    config: Path
    articles: int
    seconds: float
    reused: bool


@dataclass(frozen=True, slots=True)
class Added:
    """An article that was added, the feeds that it changes, and the seconds that `ingest()` took."""

    id: str
    feeds: tuple[str, ...]
    seconds: float


def fill(folder: Path, articles: int = ARTICLES) -> NonEmptyLine:
    """Fill a store in a folder, unless the very same one is there.

    Args:
        folder: kept between runs; made if it is not there.
        articles: how many; from 3,900 on there are 5,000 feeds.

    Raises:
        ValueError: the folder holds something else.
        RuntimeError: an article was refused.
    """
    global _wanted
    asked = {"articles": articles, "made_by": _made_by()}
    label = _label(folder)
    if label.get("asked") == asked and "seconds" in label:
        return NonEmptyLine(folder / _CONFIG, articles, label["seconds"], reused=True)
    if folder.is_dir() and any(folder.iterdir()) and not label:
        raise ValueError(f"{folder} is not empty, and not a store of this benchmark")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Without the seconds it says that the filling did not come to its end.
    _stick(folder, {"asked": asked})
    (folder / _CONFIG).write_text(CONFIG)
    _wanted = articles
    with Newsroom.open(folder / _CONFIG, clock=_Still()) as newsroom:
        start = time.perf_counter()
        reports = newsroom.ingest("archive")
        seconds = time.perf_counter() - start
    if reports.parts[0].new != articles:
        raise RuntimeError(f"not every article was taken: {reports}")
    _stick(folder, {"asked": asked, "seconds": seconds, "added": 0})
    return NonEmptyLine(folder / _CONFIG, articles, seconds, reused=False)


def borrow(cache: Path, folder: Path) -> Path:
    """Copy a filled store, without anything published, so that what is done to it leaves the cache as it was.

    Returns:
        The config of the copy.
    """
    folder.mkdir(parents=True)
    for name in (_CONFIG, _STORE, _LABEL):
        shutil.copyfile(cache / name, folder / name)
    return folder / _CONFIG


def add_one(folder: Path, newsroom: Newsroom | None = None) -> Added:
    """Add one new article, the newest: it lands in two tags, with one author, in one section.

    Its source gives nothing but this one record, so that nothing else is read again.

    Args:
        folder: a filled store.
        newsroom: its newsroom, if that is open; else it is opened outside the measured time.
    """
    if newsroom is None:
        with Newsroom.open(folder / _CONFIG) as opened:
            return add_one(folder, opened)
    label = _label(folder)
    added = label["added"]
    new = sample.record(label["asked"]["articles"] + added, END + timedelta(minutes=added))
    (folder / _LATE).write_text(json.dumps(_fields(new)) + "\n")
    start = time.perf_counter()
    report = newsroom.ingest("late")
    seconds = time.perf_counter() - start
    if report.parts[0].new != 1:
        raise RuntimeError(f"the article was not taken: {report}")
    _stick(folder, {**label, "added": added + 1})
    return Added(new.id, feeds_of(new), seconds)


def feeds_of(article: Record) -> tuple[str, ...]:
    """The names of the feeds that show an article."""
    tags = [f"tag/{slug(tag)}" for tag in article.tags]
    return (*tags, f"author/{slug(article.author)}", f"section/{slug(article.section)}")


def archive() -> Iterator[dict[str, Any]]:
    """The records of the source `archive`, oldest first, as they would have come."""
    for number in range(_wanted):
        yield _fields(sample.record(number, published(number, _wanted)))


def published(number: int, articles: int) -> datetime:
    """When an article of so many appeared: one a minute, the last one a minute before `END`."""
    return END - timedelta(minutes=articles - number)


def _fields(article: Record) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.link,
        "summary": article.summary,
        "content_html": article.html,
        "authors": [{"name": article.author, "email": article.email}],
        "tags": list(article.tags),
        "section": article.section,
        "published": article.published.isoformat(),
        "updated": article.updated.isoformat(),
    }


def _made_by() -> str:
    """Changes with what a store is made by, so that an older one is not taken for it."""
    package = Path(__file__).parent
    store = package.parent / "src" / "syndicate" / "store"
    files = (package / "sample.py", package / "newsroom.py", *sorted(store.rglob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _label(folder: Path) -> dict[str, Any]:
    label = folder / _LABEL
    return json.loads(label.read_text()) if label.is_file() else {}


def _stick(folder: Path, label: dict[str, Any]) -> None:
    (folder / _LABEL).write_text(json.dumps(label))
