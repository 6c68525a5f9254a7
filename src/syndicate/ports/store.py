"""The store as a whole."""

from __future__ import annotations

from typing import Protocol

from .feeds import FeedStore
from .stores import ArticleStore, DeliveryStore, EditionStore, RunStore, SubscriberStore


class Store(ArticleStore, FeedStore, EditionStore, SubscriberStore, DeliveryStore, RunStore, Protocol):
    """Everything that is kept."""

    def secret(self, name: str) -> str:
        """A random key of this store, made at the first call and the same ever after."""
        ...

    def recall(self, name: str) -> str | None:
        """What was last remembered under a name."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Keep a word under a name."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
