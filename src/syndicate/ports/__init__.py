"""What the parts need from the world, as protocols. The docstrings are the specification.

`syndicate.testing` holds fakes of these and suites that any implementation can be run against.
"""

from .feeds import Ask, Change, FeedState, FeedStore, Key, Shown
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
    Tally,
)
from .world import Clock, Publisher, Queue, Session, Transport

__all__ = [
    "ArticleStore",
    "Ask",
    "Change",
    "Clock",
    "Contest",
    "DeliveryStore",
    "Draft",
    "EditionStore",
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
    "Tally",
    "Transport",
    "Unchanged",
]
