"""The suite of the whole store: that of every port, and of what is kept besides."""

from __future__ import annotations

from .articles import ArticleStoreSuite
from .claims import ClaimSuite
from .deliveries import DeliveryStoreSuite
from .editions import EditionStoreSuite
from .feeds import FeedStoreSuite
from .runs import RunStoreSuite
from .store import Store
from .subscribers import SubscriberStoreSuite


class StoreSuite(
    ArticleStoreSuite,
    ClaimSuite,
    FeedStoreSuite,
    EditionStoreSuite,
    SubscriberStoreSuite,
    DeliveryStoreSuite,
    RunStoreSuite,
):
    """Every promise of `Store`; see `syndicate.testing` for how to run it."""

    def test_a_secret_is_made_once_and_stays_the_same(self, store: Store) -> None:
        first = store.secret("links")
        assert len(first) >= 32
        assert store.secret("links") == first

    def test_every_secret_is_another_one(self, store: Store) -> None:
        assert store.secret("links") != store.secret("pages")

    def test_nothing_is_recalled_that_was_not_remembered(self, store: Store) -> None:
        assert store.recall("main.rss") is None

    def test_the_last_word_under_a_name_is_recalled(self, store: Store) -> None:
        store.remember("main.rss", "one")
        store.remember("main.atom", "other")
        store.remember("main.rss", "two")
        assert store.recall("main.rss") == "two"
        assert store.recall("main.atom") == "other"

    def test_an_empty_word_is_a_word(self, store: Store) -> None:
        store.remember("main.rss", "")
        assert store.recall("main.rss") == ""

    def test_closing_twice_is_closing(self, store: Store) -> None:
        store.close()
        store.close()
