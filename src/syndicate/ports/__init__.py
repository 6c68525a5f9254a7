"""What the parts need from the world, as protocols. The docstrings are the specification.

`syndicate.testing` holds fakes of these and suites that any implementation can be run against.
"""

from .feeds import Change, FeedQuery, FeedState, FeedStore, Key, Shown
from .sources import Memory, RawRecord, Source, Unchanged
from .store import Store
from .stores import (
    ArticleStore,
    Contest,
    DeliveryStore,
    Draft,
    EditionStore,
    Incoming,
    RunStore,
    Stored,
    SubscriberStore,
    UpsertResult,
)
from .world import Clock, Publisher, Queue, Session, Transport

__all__ = [
    "ArticleStore",
    "Change",
    "Clock",
    "Contest",
    "DeliveryStore",
    "Draft",
    "EditionStore",
    "FeedQuery",
    "FeedState",
    "FeedStore",
    "Incoming",
    "Key",
    "Memory",
    "Publisher",
    "Queue",
    "RawRecord",
    "RunStore",
    "Session",
    "Shown",
    "Source",
    "Store",
    "Stored",
    "SubscriberStore",
    "Transport",
    "Unchanged",
    "UpsertResult",
]
