"""The articles that everything is measured with: plain values, the same at every run, no two alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

HOME = "https://harbour.example/"
# Long past, so that no article is still to appear.
END = datetime(2025, 12, 1, tzinfo=UTC)
BYTES = 3000

TAGS, AUTHORS, SECTIONS = 3900, 1000, 100

_WHO = ("The pilot", "A boy from the island", "The harbour master", "Nobody", "The café", "Her brother")
_DID = ("saw", "waited for", "had forgotten", "would not speak of", "counted", "painted – twice –")
_WHAT = ("the tide", "three boats & a raft", "the lamp", "an oar", "the ferry from Ålesund", "ropes")
_WHERE = ("at the quay", "behind the customs house", "in the fog", "by the oyster beds", "until noon")
_SENTENCES = [f"{' '.join(words)}." for words in product(_WHO, _DID, _WHAT, _WHERE)]


@dataclass(frozen=True, slots=True)
class Record:
    """One article as any generator would be given it; times are UTC, `html` is the body."""

    id: str
    title: str
    link: str
    summary: str
    html: str
    author: str
    email: str
    tags: tuple[str, ...]
    section: str
    published: datetime
    updated: datetime


def record(number: int, published: datetime, edition: int = 0) -> Record:
    """An article by its number; another edition is another text under the same number.

    Tags, authors and sections come round evenly: out of 100,000 articles each of the 3,900 tags has more
    than 50, each of the 1,000 authors 100, each of the 100 sections 1,000.
    """
    tag, author, section = filed(number)
    link = f"{HOME}{published:%Y/%m/%d}/{number}"
    return Record(
        id=link,
        title=f"Article {number} & what came of it ({edition})",
        link=link,
        summary=f"Boats, and what they wait for: number {number} of edition {edition}.",
        html=_html(number, edition),
        author=f"Writer {author:04}",
        # feedparser, which reads it back, takes no ending of more than four letters for an address.
        email=f"writer{author:04}@harbour.example.org",
        tags=(f"tag {tag[0]:04}", f"tag {tag[1]:04}"),
        section=f"section {section:03}",
        published=published,
        updated=published + timedelta(hours=1 + number % 5),
    )


def filed(number: int) -> tuple[tuple[int, int], int, int]:
    """The numbers of an article's two tags, of its author, and of its section."""
    first = number % TAGS
    # A step that grows by one with each round, so that two tags do not always meet.
    second = (first + 1 + number // TAGS % (TAGS - 1)) % TAGS
    return (first, second), number % AUTHORS, number // 7 % SECTIONS


def newest(count: int, edition: int = 0) -> list[Record]:
    """So many articles, minute by minute up to `END`, newest first."""
    minutes = range(1, count + 1)
    return [record(count - each, END - timedelta(minutes=each), edition) for each in minutes]


def save(records: Iterable[Record], path: Path) -> None:
    """Write articles for a process of another language to read; dates as RFC 3339."""
    path.write_text(json.dumps([asdict(each) for each in records], default=datetime.isoformat))


def load(path: Path) -> list[Record]:
    """Articles that were saved: new objects, as out of a database."""
    return [_loaded(each) for each in json.loads(path.read_text())]


def _loaded(values: dict[str, Any]) -> Record:
    dates = {name: datetime.fromisoformat(values[name]) for name in ("published", "updated")}
    return Record(**{**values, **dates, "tags": tuple(values["tags"])})


def _html(number: int, edition: int) -> str:
    chance = Random(f"{edition}/{number}")
    link = f'<a href="{HOME}x?from={number}&amp;to={edition}">more of this</a>'
    parts: list[str] = []
    size = 0
    while size < BYTES:
        three = (each.replace("&", "&amp;") for each in chance.choices(_SENTENCES, k=3))
        parts.append("<p>{} <em>{}</em> {} {}</p>\n".format(*three, link))
        size += len(parts[-1].encode())
    return "".join(parts)
