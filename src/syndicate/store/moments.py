"""When an article is visible, and what tells its revisions apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..model import Article

# Before the year 1000, which is the first that an article may be dated in.
_LONG_AGO, _EPOCH = datetime(500, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 6, 1, tzinfo=UTC)
"""When a hidden article appears: later than any date that an article may have, in every zone."""


def visible_from(value: Article, first_seen: datetime) -> datetime:
    """When an article appears (UTC), by which articles are sorted as well.

    An undated one appears at once, and has its place behind every dated one, by its first ingest.

    Args:
        value: it.
        first_seen: its first ingest, UTC.
    """
    return value.dated or _LONG_AGO + (first_seen - _EPOCH)


def hash_of(text: str) -> str:
    """A text in 64 characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(document: Mapping[str, Any]) -> str:
    """What tells a revision from another."""
    return hash_of(json.dumps(document, sort_keys=True, ensure_ascii=False))
