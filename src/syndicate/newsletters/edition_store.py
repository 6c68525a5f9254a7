"""What editions need of a store. The docstrings are the specification that `EditionStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from ..model import Edition, EditionSummary, Localization, LocalizationKey, NewEdition


class StoredEditions(Protocol):
    """Editions with their localizations and images."""

    def edition(self, edition_id: str) -> Edition | None:
        """Return an edition by its id."""
        ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionSummary]:
        """Return the last editions, newest first, without their content."""
        ...

    def localizations(self, edition_id: str) -> list[LocalizationKey]:
        """Return the localizations of an edition, by number, without their content."""
        ...

    def localization(self, edition_id: str, number: int) -> Localization | None:
        """Return a localization of an edition by its number."""
        ...

    def images(self, edition_id: str) -> dict[str, bytes]:
        """Return the images that are embedded in an edition's messages, by name."""
        ...


class EditionStore(StoredEditions, Protocol):
    """Editions, and the articles that they have consumed."""

    def next_number(self, newsletter: str) -> int:
        """Return the number of the next edition, counted from 1."""
        ...

    def add_edition(self, new: NewEdition, *, now: datetime) -> bool:
        """Store an edition with its localizations and images, and consume its articles, in one transaction.

        Return False, with nothing written, if an edition of that number or slot exists, or if another
        edition has consumed one of the articles: another process composed at the same time.

        With the first edition of a newsletter, every article that was stored by `new.sequence` and is
        visible by now counts as seen.
        """
        ...

    def edition_for_slot(self, newsletter: str, slot: datetime) -> Edition | None:
        """Return the edition that was composed for a slot."""
        ...

    def consumed(self, newsletter: str, ids: Iterable[str]) -> set[str]:
        """Return those ids that an edition has contained or the first edition counted as seen."""
        ...
