"""Values for tests: an argument sets what the test is about, the rest is always the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..model import (
    Article,
    Consent,
    Digest,
    Edition,
    IncomingArticle,
    NewEdition,
    StoredArticle,
    Subscriber,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""A Monday at noon."""


def an_article(name: str, /, **fields: Any) -> Article:
    """Return an article with the id `urn:NAME` and its own link, published an hour before `NOW`."""
    defaults = {
        "id": f"urn:{name}",
        "title": f"About {name}",
        "link": f"https://example.org/{name}",
        "published": NOW - timedelta(hours=1),
    }
    return Article(**(defaults | fields))


def an_incoming(name: str, /, key: str | None = None, **fields: Any) -> IncomingArticle:
    """Return such an article as an incoming one; its key is `NAME.md` by default."""
    return IncomingArticle(an_article(name, **fields), key or f"{name}.md")


def a_subscriber(name: str, /, *newsletters: str, **fields: Any) -> Subscriber:
    """Return a confirmed subscriber: id NAME, address `NAME@example.org`, by default of `weekly`."""
    defaults = {
        "id": name,
        "email": f"{name}@example.org",
        "newsletters": newsletters or ("weekly",),
        "consent": Consent(how="operator", at=NOW - timedelta(days=30)),
    }
    return Subscriber(**(defaults | fields))


def a_new_edition(
    newsletter: str,
    number: int,
    shown: Sequence[StoredArticle] = (),
    counted: Sequence[StoredArticle] = (),
    *,
    slot: datetime | None = None,
    edition_id: str | None = None,
) -> NewEdition:
    """Return a new edition that was composed at `NOW`, by default with the id `NEWSLETTER-NUMBER`."""
    edition = Edition(
        id=edition_id or f"{newsletter}-{number}",
        newsletter=newsletter,
        number=number,
        composed_at=NOW,
        slot=slot,
        digest=Digest(
            subject=f"N° {number}", html="<p>All of it</p>", text="All of it", preheader="It", note="7f"
        ),
        articles=tuple(each.article for each in shown),
        more=len(counted),
        message='{"parts": []}',
    )
    return NewEdition(edition, shown, counted)
