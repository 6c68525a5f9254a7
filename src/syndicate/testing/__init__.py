"""Fakes and conformance suites, for the tests of this package and of adapters that others write.

The fakes need only the base installation:

- `FixedClock` shows the time that a test sets.
- `ListSource` returns the records that it was given.
- `MemoryTransport` keeps messages in memory, and answers as a test says.

`StoreSuite` tests everything that the protocols of stores specify. It runs under pytest and needs a fixture
`store` that returns an empty store. Inherit from it, and add the fixture::

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self, tmp_path):
            store = MyStore(tmp_path / "store")
            yield store
            store.close()

A store that implements only one protocol inherits from its suite, such as `DeliveryStoreSuite`. For readable
failures, `conftest.py` should call `pytest.register_assert_rewrite("syndicate.testing")` before importing it.
"""

from .articles import ArticleStoreSuite
from .bounces import BounceStoreSuite, a_bounce
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
from .id_conflicts import ClaimSuite
from .runs import RunStoreSuite
from .samples import NOW, a_new_edition, a_subscriber, an_article, an_incoming
from .send_limits import SendLimitStoreSuite
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
    "BounceStoreSuite",
    "ClaimSuite",
    "DeliveryStoreSuite",
    "EditionStoreSuite",
    "FeedStoreSuite",
    "FixedClock",
    "ListSource",
    "MemoryTransport",
    "Reply",
    "RunStoreSuite",
    "SendLimitStoreSuite",
    "Sent",
    "StoreSuite",
    "SubscriberStoreSuite",
    "a_bounce",
    "a_new_edition",
    "a_subscriber",
    "an_article",
    "an_incoming",
]
