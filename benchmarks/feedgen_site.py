"""The big site of `newsroom.py` as bare feedgen would write it, and what the disk alone takes for files.

The articles are in memory as plain objects before the time is taken, so that feedgen is charged with no
database; it writes every feed, RSS and Atom, 50 entries each, and `json.dumps` the third format.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syndicate.model.slug import slug

from . import sample
from .newsroom import ARTICLES, FAMILIES, published
from .peers import FeedMetadata
from .peers.bare_feedgen import generator
from .sample import HOME, Record

LIMIT = 50
SAMPLE = 100
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class FeedgenSite:
    """What the whole site takes, worked out from a sample.

    Attributes:
        seconds: for all feeds in three formats.
        sampled: how many feeds were made; so many of `feeds`.
        by_family: for each family the feeds it has, those that were made, and the seconds that these took.
    """

    seconds: float
    sampled: int
    feeds: int
    entries: int
    by_family: Mapping[str, tuple[int, int, float]]

    def __str__(self) -> str:
        entries = self.entries / self.sampled
        share = f"{self.sampled} of {self.feeds} feeds, {entries:.1f} entries each"
        lines = [f"Bare feedgen and json.dumps, written to files, no fsync: {share}"]
        for family, (all_, made, seconds) in self.by_family.items():
            each = seconds / made
            lines.append(
                f"  {family:8} {made:4} feeds in {seconds:6.2f} s, {each * 1000:6.2f} ms a feed, "
                f"x {all_:4} feeds = {each * all_:6.1f} s"
            )
        lines.append(f"  the whole site: {self.seconds:.1f} s")
        return "\n".join(lines)


def whole_site(articles: int = ARTICLES, feeds: int = SAMPLE, rounds: int = ROUNDS) -> FeedgenSite:
    """Make a sample of the site's feeds with bare feedgen, evenly over the families, and scale it up.

    Args:
        articles: how many the site has.
        feeds: how many to make, at least one a family.
        rounds: the shortest time of so many counts, family by family; each writes new files.
    """
    total = sum(FAMILIES.values())
    chosen = {
        family: [number * size // share for number in range(share)]
        for family, size in FAMILIES.items()
        if (share := max(1, round(feeds * size / total)))
    }
    shown = _newest_of(chosen, articles)
    best = dict.fromkeys(chosen, float("inf"))
    with tempfile.TemporaryDirectory() as temporary:
        for turn in range(rounds):
            folder = Path(temporary) / str(turn)
            for family, numbers in chosen.items():
                (folder / family).mkdir(parents=True)
                gc.collect()
                start = time.perf_counter()
                for number in numbers:
                    _write(folder, family, shown[family, number])
                best[family] = min(best[family], time.perf_counter() - start)
    by_family = {family: (FAMILIES[family], len(chosen[family]), best[family]) for family in chosen}
    return FeedgenSite(
        seconds=sum(seconds / made * all_ for all_, made, seconds in by_family.values()),
        sampled=sum(map(len, chosen.values())),
        feeds=total,
        entries=sum(len(records) for _, records in shown.values()),
        by_family=by_family,
    )


def fsynced(folder: Path, bodies: Sequence[bytes]) -> float:
    """The seconds that it takes to put so many files there for good, and nothing else.

    Each by a temporary file, fsync, rename and an fsync of the folder, as a publish has to.

    Args:
        folder: on the disk in question; the files stay there, as `0`, `1` and so on.
        bodies: what goes into each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    for number, body in enumerate(bodies):
        temporary = folder / f".{number}.tmp"
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / str(number))
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    return time.perf_counter() - start


def _newest_of(
    chosen: Mapping[str, Sequence[int]], articles: int
) -> dict[tuple[str, int], tuple[str, list[Record]]]:
    """For each chosen feed its word and the newest articles of it."""
    found: dict[tuple[str, int], list[int]] = {
        (family, number): [] for family, numbers in chosen.items() for number in numbers
    }
    for article in reversed(range(articles)):
        tags, author, section = sample.filed(article)
        for feed in (*(("tag", tag) for tag in tags), ("author", author), ("section", section)):
            if feed in found and len(found[feed]) < LIMIT:
                found[feed].append(article)
    words = {"tag": "tag {:04}", "author": "Writer {:04}", "section": "section {:03}"}
    records = {
        article: sample.record(article, published(article, articles))
        for article in set().union(*found.values())
    }
    return {
        (family, number): (words[family].format(number), [records[article] for article in numbers])
        for (family, number), numbers in found.items()
    }


def _write(folder: Path, family: str, feed: tuple[str, Sequence[Record]]) -> None:
    word, records = feed
    name = f"{family}/{slug(word)}"
    url = f"{HOME}feeds/{name}"
    head = FeedMetadata(title=f"The Harbour Post: {word}", rss=f"{url}.rss", atom=f"{url}.atom")
    built = generator(head, records)
    (folder / f"{name}.rss").write_bytes(built.rss_str())
    (folder / f"{name}.atom").write_bytes(built.atom_str())
    (folder / f"{name}.json").write_bytes(_json(head, f"{url}.json", records))


def _json(head: FeedMetadata, url: str, records: Sequence[Record]) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": head.home,
        "feed_url": url,
        "description": head.description,
        "language": "en",
        "items": [
            {
                "id": record.id,
                "url": record.link,
                "title": record.title,
                "content_html": record.html,
                "summary": record.summary,
                "date_published": record.published.isoformat(),
                "date_modified": record.updated.isoformat(),
                "authors": [{"name": record.author}],
                "tags": record.tags,
            }
            for record in records
        ],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def main() -> None:
    """Print the figures."""
    print(whole_site())


if __name__ == "__main__":
    main()
