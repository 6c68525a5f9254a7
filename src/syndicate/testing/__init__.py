"""Fakes and conformance suites, for our own tests and for those of anybody who writes an adapter.

The fakes need nothing but the base install:

- `FixedClock` stands still until it is told otherwise.
- `ListSource` gives the records that it was given.
- `MemoryTransport` keeps what is sent, and answers as a script says.

`StoreSuite` holds every promise of `Store` as a test. It runs under pytest and asks for a
fixture `store` that gives an empty store; a class of yours inherits the tests and brings the fixture::

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self, tmp_path):
            store = MyStore(tmp_path / "kept")
            yield store
            store.close()

A store of some of the ports only takes the suite of that port, such as `DeliveryStoreSuite`. For readable
failures, `conftest.py` should call `pytest.register_assert_rewrite("syndicate.testing")` before importing it.
"""

from .articles import ArticleStoreSuite
from .claims import ClaimSuite
from .deliveries import DeliveryStoreSuite
from .editions import EditionStoreSuite
from .fakes import (
    ACCEPT,
    DEFER,
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    LOSE_REPLY,
    REFUSE,
    UNKNOWN,
    FixedClock,
    ListSource,
    MemoryTransport,
    Reply,
    Sent,
)
from .feeds import FeedStoreSuite
from .runs import RunStoreSuite
from .samples import NOW, an_article, an_incoming, draft_of, somebody
from .subscribers import SubscriberStoreSuite
from .suite import StoreSuite

__all__ = [
    "ACCEPT",
    "DEFER",
    "DROP_AFTER_COMMIT",
    "DROP_BEFORE_COMMIT",
    "LOSE_REPLY",
    "NOW",
    "REFUSE",
    "UNKNOWN",
    "ArticleStoreSuite",
    "ClaimSuite",
    "DeliveryStoreSuite",
    "EditionStoreSuite",
    "FeedStoreSuite",
    "FixedClock",
    "ListSource",
    "MemoryTransport",
    "Reply",
    "RunStoreSuite",
    "Sent",
    "StoreSuite",
    "SubscriberStoreSuite",
    "an_article",
    "an_incoming",
    "draft_of",
    "somebody",
]
