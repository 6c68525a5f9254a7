"""The complete store that `StoreSuite` tests."""

from __future__ import annotations

from typing import Protocol

from ..delivery.bounces.bounce_store import BounceStore
from ..delivery.delivery_store import DeliveryStore
from ..delivery.limits.send_limit_store import SendLimitStore
from ..ingest.article_store import ArticleStore
from ..ingest.reading_store import ReadingStore
from ..newsletters.edition_store import EditionStore
from ..publishing.feed_store import FeedStore
from ..scheduling.run_store import RunStore
from ..subscribers.subscriber_store import SubscriberStore


class Store(
    ArticleStore,
    ReadingStore,
    FeedStore,
    EditionStore,
    SubscriberStore,
    DeliveryStore,
    SendLimitStore,
    BounceStore,
    RunStore,
    Protocol,
):
    """All protocols of stores."""

    def close(self) -> None:
        """Close the database."""
        ...
