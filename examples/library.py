"""Feeds and a digest from records in memory: no config, no store, no network.

Run it:  python examples/library.py [FOLDER]
"""

# ruff: noqa: T201

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syndicate import (
    Feed,
    Newsletter,
    article_from,
    render_digest,
    select,
    to_atom,
    to_json_feed,
    to_rss,
)

RECORDS: list[Mapping[str, Any]] = [
    {
        "title": "The lamp is lit again",
        "url": "https://harbour.example/lamp/",
        "content_html": "<p>Nineteen years after it went out, the lamp was <b>lit</b> on Friday.</p>",
        "date": "2026-11-20T16:45:00Z",
        "author": "Nora Quill",
        "tags": ["lighthouse"],
    },
    {
        "headline": "Dredging starts on Monday",
        "link": "https://harbour.example/dredging/",
        "text": "Boats on berths 1 to 40 move for two weeks.\n\nThere is no charge.",
        "published": datetime(2026, 11, 13, 12, tzinfo=UTC),
        "tags": "boats, notices",
    },
    {
        "title": "A talk in the net loft",
        "url": "https://harbour.example/talk/",
        "summary": "It has not been announced yet.",
        "date": "2027-01-04T19:00:00Z",
    },
]


def main(folder: Path) -> list[Path]:
    """Write three feed documents and a digest to a folder."""
    articles = [article_from(record) for record in RECORDS]
    feed = Feed(
        name="main",
        title="The Harbour Post",
        home="https://harbour.example/",
        base_url="https://harbour.example/feeds/",
    )
    # Time comes in as an argument: the third article is not due yet.
    selection = select(feed, articles, now=datetime(2026, 11, 22, tzinfo=UTC))
    newsletter = Newsletter(name="weekly", title="Harbour weekly", sender="news@harbour.example")
    digest = render_digest(newsletter, selection.articles, number=1, date=datetime(2026, 11, 22, tzinfo=UTC))
    written = {
        "main.rss": to_rss(feed, selection.articles),
        "main.atom": to_atom(feed, selection.articles),
        "main.json": to_json_feed(feed, selection.articles),
        "digest.html": digest.html.encode(),
        "digest.txt": digest.text.encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in written.items():
        (folder / name).write_bytes(body)
    print(digest.subject)
    for id_, reason in selection.rejected.items():
        print(f"left out: {id_}: {reason}")
    return [folder / name for name in written]


if __name__ == "__main__":
    for path in main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(f"wrote {path}")
