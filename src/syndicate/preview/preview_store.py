"""The store as the preview reads it. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from ..ingest.trial_ingest import TrialStore
from ..model import Subscriber
from ..newsletters.edition_store import StoredEditions
from ..newsletters.next_edition import NextEditionStore
from ..publishing.feed_store import ArticleView, SiteFeedStore


class PreviewStore(TrialStore, ArticleView, SiteFeedStore, StoredEditions, NextEditionStore, Protocol):
    """What the preview reads. `SubscriberStore` specifies the methods of subscribers."""

    def sequence(self) -> int:
        """Return the number of the last change; 0 in an empty store."""
        ...

    def subscriber(self, email: str) -> Subscriber | None:
        """Return a subscriber by address."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Return the subscribers of a newsletter, by address."""
        ...


OpenStore = Callable[[], AbstractContextManager[PreviewStore]]
"""Opens the store for one operation, as it is at that moment."""
