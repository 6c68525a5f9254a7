"""The articles that every way of making feeds is given: plain records, the same on every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

HOME = "https://harbour.example/"
_LINK = "<a href='https://harbour.example/x?a=1&amp;b=2'>waiting</a>"
_LINES = 28
_START = datetime(2026, 1, 1, tzinfo=UTC)


def html(number: int) -> str:
    """Three kilobytes that no other article has."""
    return "".join(
        f"<p>The boats lay at the quay, {_LINK} &amp; still, tide {number + line}.</p>\n"
        for line in range(_LINES)
    )


def records(count: int, *, tags: int = 2, authors: int = 1, sections: int = 1) -> Iterator[dict[str, Any]]:
    """Records as a publisher has them.

    Args:
        count: how many.
        tags, authors, sections: how many of each there are in all; an article has two tags.
    """
    for number in range(count):
        who = number % authors
        yield {
            "id": f"{HOME}{number}",
            "title": f"Article {number} & more",
            "link": f"{HOME}{number}",
            "summary": "Boats, and what they wait for.",
            "content_html": html(number),
            "authors": [{"name": f"Author {who}", "email": f"author{who}@harbour.example"}],
            "tags": [f"tag {number % tags}", f"tag {(number * 7 + 3) % tags}"],
            "section": f"section {number % sections}",
            "date": (_START + timedelta(minutes=number)).isoformat(),
        }
