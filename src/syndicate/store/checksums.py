"""Checksums of articles and their keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sha256(text: str) -> str:
    """Return the hash of a text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def checksum(document: Mapping[str, Any]) -> str:
    """Return the same text for equal documents, whatever the order of their fields."""
    return sha256(json.dumps(document, sort_keys=True, ensure_ascii=False))
