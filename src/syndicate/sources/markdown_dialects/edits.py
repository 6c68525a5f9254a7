"""Changes to a text: some ranges of characters are replaced."""

from __future__ import annotations

from collections.abc import Iterable

Edit = tuple[int, int, str]
"""The first character, the end, and what takes the place of those between."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits. Of two that overlap, the one that begins first is applied."""
    parts: list[str] = []
    position = 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= position:
            parts += (text[position:start], replacement)
            position = end
    return "".join((*parts, text[position:]))
