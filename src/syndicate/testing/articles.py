"""The conformance suite of `ArticleStore`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from ..model import (
    Article,
    Attachment,
    Author,
    FeedQuery,
    Image,
    IncomingArticle,
    License,
    Tag,
    UpsertResult,
)
from ..model.article_identity import Standing
from .samples import NOW, an_article, an_incoming
from .store import Store

HOUR = timedelta(hours=1)


def put(
    store: Store,
    *batch: IncomingArticle,
    source: str = "posts",
    later: timedelta = timedelta(),
    **more: Any,
) -> UpsertResult:
    """Store a batch that is one read of a source."""
    retired = cast(Collection[str], more.pop("retired", ()))
    return store.put(source, batch, NOW + later, seen=more.pop("seen", set()), retired=retired)


def by_id(store: Store, later: timedelta = timedelta()) -> dict[str, Any]:
    """Return the visible articles by id."""
    return {each.article.id: each for each in store.articles(now=NOW + later)}


def standing_at(name: str, standing: Standing, /, **more: Any) -> IncomingArticle:
    """Return an incoming article whose source has this standing towards its id and its link."""
    return replace(an_incoming(name, **more), id_standing=standing, link_standing=standing)


class ArticleStoreSuite:
    """Tests of what `ArticleStore` specifies."""

    def test_empty_store(self, store: Store) -> None:
        assert store.articles(now=NOW) == []
        assert store.sequence() == 0
        assert store.count(now=NOW) == 0
        assert store.sources() == set()
        assert store.facets("tag", now=NOW) == []

    def test_new_articles_have_revision_1_and_consecutive_sequence_numbers(self, store: Store) -> None:
        assert put(store, an_incoming("b"), an_incoming("a")) == UpsertResult(new=2)
        stored = by_id(store)
        assert [(each.revision, each.sequence, each.first_sequence) for each in stored.values()] == [
            (1, 2, 2),
            (1, 1, 1),
        ]
        assert store.sequence() == 2
        assert store.count(now=NOW) == 2
        assert store.sources() == {"posts"}

    def test_article_is_returned_as_it_was_stored(self, store: Store) -> None:
        article = Article(
            id="tag:example.org,2026:ü",
            title="Ebb & flow <of> “tides” 🌊",
            link="https://example.org/ü?a=1&b=2",
            canonical="https://elsewhere.example/",
            summary="Line one\nline two",
            content_html="<p>Ümläute</p>",
            authors=(Author(name="Ann"), Author(email="bob@example.org", url="https://example.org/bob")),
            tags=(Tag(term="tides", label="Tides", scheme="https://example.org/tags"),),
            section="Harbour",
            language="en-GB",
            published=NOW - HOUR,
            updated=NOW - HOUR / 2,
            image=Image(url="https://example.org/i.png", alt="A boat", width=10, height=20),
            attachments=(Attachment(url="https://example.org/a.mp3", media_type="audio/mpeg", length=7),),
            license=License(name="CC0"),
            rights="Nobody's",
            score=0.1,
        )
        put(store, IncomingArticle(article, "a"))
        [stored] = store.articles(now=NOW)
        assert stored.article == article.model_copy(update={"ingested": NOW})

    def test_unchanged_article_is_not_written(self, store: Store) -> None:
        put(store, an_incoming("a"))
        before = by_id(store)
        assert put(store, an_incoming("a"), later=HOUR) == UpsertResult(unchanged=1)
        assert by_id(store) == before
        assert store.sequence() == 1

    def test_changed_article_has_a_new_revision_and_sequence_number(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"))
        assert put(store, an_incoming("a", title="Again"), later=HOUR) == UpsertResult(changed=1)
        stored = by_id(store)["urn:a"]
        assert (stored.revision, stored.sequence, stored.first_sequence) == (2, 3, 1)
        assert stored.article.title == "Again"
        assert stored.article.ingested == NOW, "the time of the first ingest"

    def test_batch_is_stored_in_one_transaction(self, store: Store) -> None:
        broken = IncomingArticle(cast(Article, None), "broken.md")
        try:
            put(store, an_incoming("a"), broken)
        except AttributeError:
            pass
        else:
            raise AssertionError("the broken record of the suite was stored")
        assert store.articles(now=NOW) == []
        assert store.sequence() == 0

    def test_article_keeps_its_id_when_id_and_link_of_its_record_change(self, store: Store) -> None:
        put(store, an_incoming("a", key="same.md"))
        moved = an_incoming("other", key="same.md", link="https://example.org/elsewhere")
        assert put(store, moved) == UpsertResult(changed=1)
        stored = by_id(store)
        assert list(stored) == ["urn:a"]
        assert stored["urn:a"].article.link == "https://example.org/elsewhere"

    def test_moved_record_is_matched_by_id(self, store: Store) -> None:
        put(store, an_incoming("a", key="old.md"))
        assert put(store, an_incoming("a", key="new.md")) == UpsertResult(unchanged=1)
        assert store.sequence() == 1
        assert store.withdraw_missing("posts", {"new.md"}, NOW) == 0, "it has the new key now"
        assert put(store, an_incoming("b", key="old.md")) == UpsertResult(new=1), "the old key is free"

    def test_moved_record_is_matched_by_link(self, store: Store) -> None:
        put(store, an_incoming("a", key="old.md"))
        assert put(store, an_incoming("a", key="new.md", id="urn:b")) == UpsertResult(unchanged=1)
        assert list(by_id(store)) == ["urn:a"]

    def test_same_link_in_another_source_is_another_article(self, store: Store) -> None:
        put(store, an_incoming("a"))
        assert put(store, an_incoming("a", id="urn:b"), source="wire") == UpsertResult(new=1)
        assert store.sources() == {"posts", "wire"}

    def test_same_key_in_another_source_is_another_article(self, store: Store) -> None:
        put(store, an_incoming("a", key="index.md"))
        assert put(store, an_incoming("b", key="index.md"), source="wire") == UpsertResult(new=1)
        assert len(by_id(store)) == 2

    def test_articles_of_a_retired_source_are_taken_over(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c", key="c.md"))
        result = put(
            store,
            an_incoming("x", key="a.md", link="https://example.org/a"),
            an_incoming("b", title="Changed"),
            an_incoming("y", key="moved.md", link="https://example.org/c", title="About c"),
            source="articles",
            retired={"posts"},
        )
        assert result == UpsertResult(changed=2, unchanged=1)
        assert set(by_id(store)) == {"urn:a", "urn:b", "urn:c"}
        assert store.sources() == {"articles"}

    def test_own_article_comes_before_that_of_a_retired_source(self, store: Store) -> None:
        put(store, an_incoming("a", key="index.md"), source="gone")
        put(store, an_incoming("b", key="index.md"))
        put(store, an_incoming("c", key="index.md"), source="long-gone")
        result = put(store, an_incoming("b", key="index.md", title="New"), retired={"gone", "long-gone"})
        assert result == UpsertResult(changed=1)
        assert {name: each.article.title for name, each in by_id(store).items()} == {
            "urn:a": "About a",
            "urn:b": "New",
            "urn:c": "About c",
        }

    def test_second_record_with_the_same_key_is_rejected(self, store: Store) -> None:
        second = an_incoming("b", key="a.md")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))
        assert list(by_id(store)) == ["urn:a"]

    def test_second_record_with_the_same_id_is_rejected(self, store: Store) -> None:
        second = an_incoming("b", id="urn:a")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))
        assert by_id(store)["urn:a"].article.title == "About a"

    def test_second_record_with_the_same_link_is_rejected(self, store: Store) -> None:
        second = an_incoming("b", link="https://example.org/a")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))

    def test_second_record_is_rejected_in_a_later_batch_of_the_same_read(self, store: Store) -> None:
        seen: set[str] = set()
        put(store, an_incoming("a"), seen=seen)
        assert seen == {"a.md"}
        second = an_incoming("b", id="urn:a")
        assert put(store, second, seen=seen).rejected == ((second, "a.md"),)
        assert put(store, an_incoming("b", id="urn:a"), seen={"c.md"}).rejected == (), "another read"

    def test_key_that_an_article_no_longer_has_is_free_in_the_same_batch(self, store: Store) -> None:
        put(store, an_incoming("a", key="post.md"))
        result = put(
            store,
            an_incoming("a", key="old-post.md", link="https://example.org/old"),
            an_incoming("b", key="post.md"),
        )
        assert result == UpsertResult(new=1, changed=1)
        assert {name: each.article.title for name, each in by_id(store).items()} == {
            "urn:a": "About a",
            "urn:b": "About b",
        }

    def test_link_that_an_article_no_longer_has_is_free_in_the_same_batch(self, store: Store) -> None:
        put(store, an_incoming("a"))
        result = put(
            store,
            an_incoming("a", link="https://example.org/archive/a"),
            an_incoming("b", link="https://example.org/a"),
        )
        assert result == UpsertResult(new=1, changed=1)

    def test_long_and_non_ascii_keys(self, store: Store) -> None:
        long, foreign = "x" * 5000, "päth/ファイル 🌊.md"
        put(
            store, an_incoming("a", key=long), an_incoming("b", key=foreign), an_incoming("c", key=long + "y")
        )
        assert store.withdraw_missing("posts", {long, foreign}, NOW) == 1
        assert set(by_id(store)) == {"urn:a", "urn:b"}

    def test_missing_articles_are_withdrawn_once(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        put(store, an_incoming("d"), source="wire")
        assert store.withdraw_missing("posts", iter(["b.md"]), NOW) == 2
        assert set(by_id(store)) == {"urn:b", "urn:d"}
        assert store.count(now=NOW) == 2
        assert store.sequence() == 6, "a withdrawal is a change"
        assert store.withdraw_missing("posts", ["b.md"], NOW) == 0
        assert store.sequence() == 6

    def test_withdrawn_article_that_returns_is_changed(self, store: Store) -> None:
        put(store, an_incoming("a"))
        store.withdraw_missing("posts", (), NOW)
        assert put(store, an_incoming("a"), later=HOUR) == UpsertResult(changed=1)
        stored = by_id(store)["urn:a"]
        assert (stored.revision, stored.sequence, stored.first_sequence) == (2, 3, 1)
        assert stored.article.ingested == NOW

    def test_ids_and_keys_of_a_source_are_without_withdrawn_articles(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"))
        put(store, an_incoming("c"), source="wire")
        store.withdraw_missing("posts", {"b.md"}, NOW)
        assert store.ids("posts") == {"urn:b"}
        assert store.keys("posts") == {"b.md"}
        assert [(key, each.article.id) for key, each in store.source_articles("posts")] == [("b.md", "urn:b")]
        assert store.ids("elsewhere") == store.keys("elsewhere") == set()

    def test_recognise_returns_the_ids_that_put_would_give_and_writes_nothing(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        put(store, an_incoming("w"), source="wire")
        put(store, an_incoming("o"), source="old")
        batch = [
            an_incoming("x", key="a.md"),
            an_incoming("b", key="moved.md"),
            an_incoming("y", link="https://example.org/c"),
            an_incoming("z", id="urn:w"),
            an_incoming("o"),
            an_incoming("new"),
            an_incoming("again", key="new.md"),
            standing_at("v", Standing.STRANGER),
            standing_at("u", Standing.CONFIGURED),
        ]
        put(store, standing_at("v", Standing.STATED), standing_at("u", Standing.STRANGER), source="wire")
        before = store.sequence()
        found = store.recognise("posts", batch, retired={"old"})
        own = found[3]
        assert own is not None
        assert found == ["urn:a", "urn:b", "urn:c", own, "urn:o", "urn:new", None, None, "urn:u"]
        assert store.recognise("posts", batch)[4] not in ("urn:o", None)
        assert store.sequence() == before
        stored_ids = {"urn:a", "urn:b", "urn:c", "urn:w", "urn:o", "urn:u", "urn:v"}
        assert set(by_id(store)) == stored_ids
        result = put(store, *batch, retired={"old"})
        assert [each.article.id for each, _ in result.rejected] == ["urn:again"]
        assert set(by_id(store)) == {*stored_ids, "urn:new", own}
        assert store.recognise("posts", batch, retired={"old"}) == found

    def test_articles_are_sorted_newest_first_then_by_id(self, store: Store) -> None:
        old = NOW - 3 * HOUR
        put(
            store,
            an_incoming("b"),
            an_incoming("new", published=NOW - HOUR / 2),
            an_incoming("B"),
            an_incoming("old", published=old),
            an_incoming("a"),
            an_incoming("é"),
        )
        order = ["urn:new", "urn:B", "urn:a", "urn:b", "urn:é", "urn:old"]
        assert [each.article.id for each in store.articles(now=NOW)] == order
        assert [each.article.id for each in store.articles(now=NOW, limit=3)] == order[:3]
        assert store.articles(now=NOW, limit=0) == []

    def test_articles_are_sorted_by_published_else_updated(self, store: Store) -> None:
        put(
            store,
            an_incoming("both", published=NOW - 5 * HOUR, updated=NOW - HOUR),
            an_incoming("updated", published=None, updated=NOW - 4 * HOUR),
            an_incoming("neither", published=None),
        )
        assert list(by_id(store)) == ["urn:updated", "urn:both", "urn:neither"]

    def test_articles_without_a_date_are_visible_at_once_and_sort_last(self, store: Store) -> None:
        put(store, an_incoming("b", published=None), an_incoming("a", published=None))
        put(store, an_incoming("old", published=datetime(1000, 1, 2, tzinfo=UTC)))
        put(store, an_incoming("later", published=None), later=HOUR)
        put(store, an_incoming("soon", published=NOW + HOUR))
        order = ["urn:soon", "urn:old", "urn:later", "urn:a", "urn:b"]
        assert list(by_id(store, HOUR)) == order
        assert list(by_id(store, -HOUR)) == order[1:], "at any time"
        [keys] = store.newest_entries([FeedQuery({}, {})], now=NOW + HOUR)
        assert [key.id for key in keys] == order
        put(store, an_incoming("a", published=None, title="Changed"), later=9 * HOUR)
        assert list(by_id(store, HOUR)) == order, "a change does not change the order"
        put(store, an_incoming("a", published=NOW), later=9 * HOUR)
        assert list(by_id(store, HOUR)) == ["urn:soon", "urn:a", "urn:old", "urn:later", "urn:b"]
        put(store, an_incoming("soon", published=None), later=9 * HOUR)
        assert list(by_id(store)) == ["urn:a", "urn:old", "urn:later", "urn:b", "urn:soon"], (
            "by id, not by change"
        )

    def test_an_expired_article_is_not_visible(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("offer", expires=NOW + HOUR, tags=(Tag(term="offers"),)))
        assert list(by_id(store, HOUR / 2)) == ["urn:a", "urn:offer"]
        assert list(by_id(store, HOUR)) == ["urn:a"]
        assert store.count(now=NOW) == 2
        assert store.count(now=NOW + HOUR) == 1
        assert store.facets("tag", now=NOW + HOUR) == ["offers"], "its feed becomes empty"
        [offer] = store.load(["urn:offer"])
        assert offer.article.expires == NOW + HOUR
        put(store, an_incoming("offer", expires=None))
        assert list(by_id(store, HOUR)) == ["urn:a", "urn:offer"]

    def test_article_with_a_future_date_is_not_visible_before_it(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("soon", published=NOW + HOUR, tags=(Tag(term="tides"),)))
        assert list(by_id(store)) == ["urn:a"]
        assert store.count(now=NOW) == 1
        assert store.facets("tag", now=NOW) == []
        assert list(by_id(store, HOUR)) == ["urn:soon", "urn:a"]
        assert store.count(now=NOW + HOUR) == 2
        assert store.facets("tag", now=NOW + HOUR) == ["tides"]

    def test_where_and_without_select_by_facet(self, store: Store) -> None:
        boats, tides = Tag(term="boats"), Tag(term="tides")
        put(
            store,
            an_incoming("both", tags=(boats, tides), language="en"),
            an_incoming("boats", tags=(boats,), language="de", section="Sea"),
            an_incoming("tides", tags=(tides,), language="en", authors=(Author(name="Ann"),)),
            an_incoming("none"),
        )

        def chosen(**query: Any) -> set[str]:
            return {each.article.id.removeprefix("urn:") for each in store.articles(now=NOW, **query)}

        assert chosen(where={"tag": ["boats"]}) == {"both", "boats"}
        assert chosen(where={"tag": ["boats", "tides"]}) == {"both", "boats", "tides"}
        assert chosen(where={"tag": ["boats"], "language": ["en"]}) == {"both"}
        assert chosen(without={"tag": ["tides"]}) == {"boats", "none"}
        assert chosen(where={"language": ["en"]}, without={"author": ["Ann"]}) == {"both"}
        assert chosen(where={"section": ["Sea"]}) == {"boats"}
        assert chosen(where={"tag": ["Boats"]}) == set(), "values are case-sensitive"
        assert [each.article.id for each in store.articles(now=NOW, where={"tag": ["boats"]}, limit=1)] == [
            "urn:boats"
        ]

    def test_facet_values_include_those_of_withdrawn_articles(self, store: Store) -> None:
        put(
            store,
            an_incoming("a", tags=(Tag(term="tides"), Tag(term="Boats"))),
            an_incoming("b", tags=(Tag(term="tides"), Tag(term="ebb"))),
        )
        store.withdraw_missing("posts", {"a.md"}, NOW)
        assert store.facets("tag", now=NOW) == ["Boats", "ebb", "tides"]
        assert store.facets("author", now=NOW) == []
        put(store, an_incoming("a", tags=(Tag(term="boats"),)))
        assert store.facets("tag", now=NOW) == ["boats", "ebb", "tides"]

    def test_articles_that_no_edition_had_are_unseen(self, store: Store) -> None:
        put(store, an_incoming("a"))
        assert [each.article for each in store.articles(now=NOW, unseen_by="weekly")] == [
            an_article("a").model_copy(update={"ingested": NOW})
        ]
