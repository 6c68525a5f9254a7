"""Small values for tests: what matters is an argument, the rest is the same every time."""

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
"""A Monday, at noon."""


def an_article(name: str, /, **fields: Any) -> Article:
    """An article whose id is `urn:NAME`, with a link of its own, published an hour before `NOW`."""
    given = {
        "id": f"urn:{name}",
        "title": f"About {name}",
        "link": f"https://example.org/{name}",
        "published": NOW - timedelta(hours=1),
    }
    return Article(**(given | fields))


def an_incoming(name: str, /, key: str | None = None, **fields: Any) -> IncomingArticle:
    """The same on its way into the store; its key is `NAME.md` unless given."""
    return IncomingArticle(an_article(name, **fields), key or f"{name}.md")


def somebody(name: str, /, *newsletters: str, **fields: Any) -> Subscriber:
    """A confirmed subscriber, id NAME and address `NAME@example.org`; of `weekly` unless given."""
    given = {
        "id": name,
        "email": f"{name}@example.org",
        "newsletters": newsletters or ("weekly",),
        "consent": Consent(how="operator", at=NOW - timedelta(days=30)),
    }
    return Subscriber(**(given | fields))


def draft_of(
    newsletter: str,
    number: int,
    shown: Sequence[StoredArticle] = (),
    counted: Sequence[StoredArticle] = (),
    *,
    slot: datetime | None = None,
    edition_id: str | None = None,
) -> NewEdition:
    """An edition with the id `NEWSLETTER-NUMBER` unless given, composed at `NOW`."""
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
