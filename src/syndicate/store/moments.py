"""When an article is visible, and what tells its revisions apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NEVER = datetime(9999, 6, 1, tzinfo=UTC)
"""When a hidden article appears: later than any date that an article may have, in every zone."""


def hash_of(text: str) -> str:
    """A text in 64 characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(document: Mapping[str, Any]) -> str:
    """What tells a revision from another."""
    return hash_of(json.dumps(document, sort_keys=True, ensure_ascii=False))
