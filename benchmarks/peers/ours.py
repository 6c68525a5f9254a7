"""This project: `to_rss` and `to_atom`, over articles that are in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import syndicate
from syndicate import Article, Author, Feed, Tag, to_atom, to_rss

from ..sample import Record
from . import FeedMetadata

VERSIONS = {"syndicate": syndicate.__version__}
HEAD = FeedMetadata()
FORMATS = {"rss": to_rss, "atom": to_atom}


def prepare(records: Sequence[Record]) -> list[Article]:
    return [
        Article(
            id=each.id,
            title=each.title,
            link=each.link,
            summary=each.summary,
            content_html=each.html,
            authors=(Author(name=each.author, email=each.email),),
            tags=tuple(Tag(term=tag) for tag in each.tags),
            published=each.published,
            updated=each.updated,
        )
        for each in records
    ]


def make(prepared: Sequence[Article | Mapping[str, Any]], kinds: Sequence[str]) -> list[bytes]:
    feed = Feed(
        name="main",
        title=HEAD.title,
        home=HEAD.home,
        description=HEAD.description,
        language="en",
        base_url="https://harbour.example/feeds/",
        limit=len(prepared),
    )
    return [FORMATS[kind](feed, prepared) for kind in kinds]
