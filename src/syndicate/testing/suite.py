"""The conformance suite of a complete store: those of all protocols, and of secrets and values."""

from __future__ import annotations

from .articles import ArticleStoreSuite
from .bounces import BounceStoreSuite
from .deliveries import DeliveryStoreSuite
from .editions import EditionStoreSuite
from .feeds import FeedStoreSuite
from .id_conflicts import ClaimSuite
from .reading import ReadingStoreSuite
from .runs import RunStoreSuite
from .send_limits import SendLimitStoreSuite
from .store import Store
from .subscribers import SubscriberStoreSuite


class StoreSuite(
    ArticleStoreSuite,
    ClaimSuite,
    ReadingStoreSuite,
    FeedStoreSuite,
    EditionStoreSuite,
    SubscriberStoreSuite,
    DeliveryStoreSuite,
    SendLimitStoreSuite,
    BounceStoreSuite,
    RunStoreSuite,
):
    """Tests of a complete store; see `syndicate.testing` for how to run them."""

    def test_secret_stays_the_same(self, store: Store) -> None:
        first = store.secret("links")
        assert len(first) >= 32
        assert store.secret("links") == first

    def test_secrets_differ(self, store: Store) -> None:
        assert store.secret("links") != store.secret("pages")

    def test_recall_of_an_unknown_name(self, store: Store) -> None:
        assert store.recall("main.rss") is None

    def test_recall_returns_the_last_value_of_a_name(self, store: Store) -> None:
        store.remember("main.rss", "one")
        store.remember("main.atom", "other")
        store.remember("main.rss", "two")
        assert store.recall("main.rss") == "two"
        assert store.recall("main.atom") == "other"

    def test_empty_value_is_remembered(self, store: Store) -> None:
        store.remember("main.rss", "")
        assert store.recall("main.rss") == ""

    def test_close_can_be_called_twice(self, store: Store) -> None:
        store.close()
        store.close()
