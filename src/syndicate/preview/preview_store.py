"""The store as the preview reads it. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from ..ingest.trial_ingest import TrialStore
from ..model import Edition, EditionKey, Subscriber, Variant, VariantKey
from ..newsletters.next_edition import NextEditionStore
from ..publishing.contents import ArticleView


class PreviewStore(TrialStore, ArticleView, NextEditionStore, Protocol):
    """What the preview reads; `EditionStore` and `SubscriberStore` specify the methods."""

    def sequence(self) -> int:
        """Return the number of the last change of an article."""
        ...

    def edition(self, edition_id: str) -> Edition | None:
        """Return an edition by its id."""
        ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionKey]:
        """Return the last editions, newest first, without their content."""
        ...

    def variants(self, edition_id: str) -> list[VariantKey]:
        """Return the localizations of an edition, by number, without their content."""
        ...

    def variant(self, edition_id: str, number: int) -> Variant | None:
        """Return a localization of an edition by its number."""
        ...

    def pictures(self, edition_id: str) -> dict[str, bytes]:
        """Return the images that are embedded in an edition's messages, by name."""
        ...

    def subscriber(self, email: str) -> Subscriber | None:
        """Return a subscriber by address."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Return the subscribers of a newsletter, by address."""
        ...


OpenStore = Callable[[], AbstractContextManager[PreviewStore]]
"""Opens the store for one operation, as it is at that moment."""
