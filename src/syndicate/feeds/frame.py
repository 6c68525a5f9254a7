"""A document without its entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Frame(NamedTuple):
    """The bytes before, between and after the entries of a document."""

    start: bytes
    gap: bytes
    end: bytes

    def document(self, entries: Iterable[bytes]) -> bytes:
        """The document with these entries."""
        return b"".join((self.start, self.gap.join(entries), self.end))
