"""A document without its entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Frame(NamedTuple):
    """The bytes before, between and after the entries of a document."""

    start: bytes
    separator: bytes
    end: bytes

    def document(self, entries: Iterable[bytes]) -> bytes:
        """Return the document with these entries."""
        return b"".join((self.start, self.separator.join(entries), self.end))
