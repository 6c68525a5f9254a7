"""What the parts need from the world, as protocols. The docstrings are the specification.

`syndicate.testing` holds fakes of these and suites that any implementation can be run against.
"""

from .sources import Memory, RawRecord, Source, Unchanged
from .stores import (
    ArticleStore,
    DeliveryStore,
    Draft,
    EditionStore,
    Incoming,
    RunStore,
    Store,
    Stored,
    SubscriberStore,
    Tally,
)
from .world import Clock, Publisher, Queue, Session, Transport

__all__ = [
    "ArticleStore",
    "Clock",
    "DeliveryStore",
    "Draft",
    "EditionStore",
    "Incoming",
    "Memory",
    "Publisher",
    "Queue",
    "RawRecord",
    "RunStore",
    "Session",
    "Source",
    "Store",
    "Stored",
    "SubscriberStore",
    "Tally",
    "Transport",
    "Unchanged",
]
