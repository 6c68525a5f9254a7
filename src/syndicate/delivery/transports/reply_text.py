"""What a server or a command answered, as it is stored and shown."""

from __future__ import annotations

from ...text.illegal_characters import repair_characters


def single_line(text: str) -> str:
    """Return a text that every database can store: one line, valid characters, at most 500 of them."""
    return " ".join(repair_characters(text.replace("\0", "")).split())[:500]
