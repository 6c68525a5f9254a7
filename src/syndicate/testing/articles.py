"""The suite of `ArticleStore`."""

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
from ..model.identity import Standing
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
    """One read of a source in one batch."""
    retired = cast(Collection[str], more.pop("retired", ()))
    return store.put(source, batch, NOW + later, seen=more.pop("seen", set()), retired=retired)


def by_id(store: Store, later: timedelta = timedelta()) -> dict[str, Any]:
    """What is visible, by id."""
    return {each.article.id: each for each in store.articles(now=NOW + later)}


def standing_at(name: str, standing: Standing, /, **more: Any) -> IncomingArticle:
    """An article whose source has this standing towards its id and its link."""
    return replace(an_incoming(name, **more), id_standing=standing, link_standing=standing)


class ArticleStoreSuite:
    """Every promise of `ArticleStore`."""

    def test_an_empty_store_is_empty(self, store: Store) -> None:
        assert store.articles(now=NOW) == []
        assert store.sequence() == 0
        assert store.count(now=NOW) == 0
        assert store.sources() == set()
        assert store.facets("tag", now=NOW) == []

    def test_new_articles_get_a_first_revision_and_numbers_in_order(self, store: Store) -> None:
        assert put(store, an_incoming("b"), an_incoming("a")) == UpsertResult(new=2)
        kept = by_id(store)
        assert [(each.revision, each.sequence, each.first_sequence) for each in kept.values()] == [
            (1, 2, 2),
            (1, 1, 1),
        ]
        assert store.sequence() == 2
        assert store.count(now=NOW) == 2
        assert store.sources() == {"posts"}

    def test_an_article_comes_out_as_it_went_in(self, store: Store) -> None:
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
        [kept] = store.articles(now=NOW)
        assert kept.article == article.model_copy(update={"ingested": NOW})

    def test_where_nothing_differs_nothing_is_written(self, store: Store) -> None:
        put(store, an_incoming("a"))
        before = by_id(store)
        assert put(store, an_incoming("a"), later=HOUR) == UpsertResult(unchanged=1)
        assert by_id(store) == before
        assert store.sequence() == 1

    def test_a_change_is_a_revision_with_the_next_number(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"))
        assert put(store, an_incoming("a", title="Again"), later=HOUR) == UpsertResult(changed=1)
        kept = by_id(store)["urn:a"]
        assert (kept.revision, kept.sequence, kept.first_sequence) == (2, 3, 1)
        assert kept.article.title == "Again"
        assert kept.article.ingested == NOW, "the first ingest stays the first"

    def test_a_batch_is_taken_in_whole_or_not_at_all(self, store: Store) -> None:
        broken = IncomingArticle(cast(Article, None), "broken.md")
        try:
            put(store, an_incoming("a"), broken)
        except AttributeError:
            pass
        else:
            raise AssertionError("the suite's broken record was taken in")
        assert store.articles(now=NOW) == []
        assert store.sequence() == 0

    def test_the_id_stays_when_id_and_link_of_a_record_change(self, store: Store) -> None:
        put(store, an_incoming("a", key="same.md"))
        moved = an_incoming("other", key="same.md", link="https://example.org/elsewhere")
        assert put(store, moved) == UpsertResult(changed=1)
        kept = by_id(store)
        assert list(kept) == ["urn:a"]
        assert kept["urn:a"].article.link == "https://example.org/elsewhere"

    def test_a_moved_record_is_found_by_its_id(self, store: Store) -> None:
        put(store, an_incoming("a", key="old.md"))
        assert put(store, an_incoming("a", key="new.md")) == UpsertResult(unchanged=1)
        assert store.sequence() == 1
        assert store.withdraw_missing("posts", {"new.md"}, NOW) == 0, "the new key is its key now"
        assert put(store, an_incoming("b", key="old.md")) == UpsertResult(new=1), "the old key is free"

    def test_a_moved_record_is_found_by_its_link(self, store: Store) -> None:
        put(store, an_incoming("a", key="old.md"))
        assert put(store, an_incoming("a", key="new.md", id="urn:b")) == UpsertResult(unchanged=1)
        assert list(by_id(store)) == ["urn:a"]

    def test_the_same_link_in_another_source_is_another_article(self, store: Store) -> None:
        put(store, an_incoming("a"))
        assert put(store, an_incoming("a", id="urn:b"), source="wire") == UpsertResult(new=1)
        assert store.sources() == {"posts", "wire"}

    def test_the_same_key_in_another_source_is_another_article(self, store: Store) -> None:
        put(store, an_incoming("a", key="index.md"))
        assert put(store, an_incoming("b", key="index.md"), source="wire") == UpsertResult(new=1)
        assert len(by_id(store)) == 2

    def test_a_renamed_source_takes_its_articles_over(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c", key="c.md"))
        tally = put(
            store,
            an_incoming("x", key="a.md", link="https://example.org/a"),
            an_incoming("b", title="Changed"),
            an_incoming("y", key="moved.md", link="https://example.org/c", title="About c"),
            source="articles",
            retired={"posts"},
        )
        assert tally == UpsertResult(changed=2, unchanged=1)
        assert set(by_id(store)) == {"urn:a", "urn:b", "urn:c"}
        assert store.sources() == {"articles"}

    def test_a_retired_source_never_stands_before_the_own_one(self, store: Store) -> None:
        put(store, an_incoming("a", key="index.md"), source="gone")
        put(store, an_incoming("b", key="index.md"))
        put(store, an_incoming("c", key="index.md"), source="long-gone")
        tally = put(store, an_incoming("b", key="index.md", title="New"), retired={"gone", "long-gone"})
        assert tally == UpsertResult(changed=1)
        assert {name: each.article.title for name, each in by_id(store).items()} == {
            "urn:a": "About a",
            "urn:b": "New",
            "urn:c": "About c",
        }

    def test_two_records_with_one_key_clash_and_the_first_stands(self, store: Store) -> None:
        second = an_incoming("b", key="a.md")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))
        assert list(by_id(store)) == ["urn:a"]

    def test_two_records_with_one_id_clash_and_the_first_stands(self, store: Store) -> None:
        second = an_incoming("b", id="urn:a")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))
        assert by_id(store)["urn:a"].article.title == "About a"

    def test_two_records_with_one_link_clash_and_the_first_stands(self, store: Store) -> None:
        second = an_incoming("b", link="https://example.org/a")
        assert put(store, an_incoming("a"), second) == UpsertResult(new=1, rejected=((second, "a.md"),))

    def test_records_of_one_read_clash_across_batches(self, store: Store) -> None:
        seen: set[str] = set()
        put(store, an_incoming("a"), seen=seen)
        assert seen == {"a.md"}
        second = an_incoming("b", id="urn:a")
        assert put(store, second, seen=seen).rejected == ((second, "a.md"),)
        assert put(store, an_incoming("b", id="urn:a"), seen={"c.md"}).rejected == (), "another read"

    def test_a_key_given_up_in_a_batch_is_free_in_it(self, store: Store) -> None:
        put(store, an_incoming("a", key="post.md"))
        tally = put(
            store,
            an_incoming("a", key="old-post.md", link="https://example.org/old"),
            an_incoming("b", key="post.md"),
        )
        assert tally == UpsertResult(new=1, changed=1)
        assert {name: each.article.title for name, each in by_id(store).items()} == {
            "urn:a": "About a",
            "urn:b": "About b",
        }

    def test_a_link_given_up_in_a_batch_is_free_in_it(self, store: Store) -> None:
        put(store, an_incoming("a"))
        tally = put(
            store,
            an_incoming("a", link="https://example.org/archive/a"),
            an_incoming("b", link="https://example.org/a"),
        )
        assert tally == UpsertResult(new=1, changed=1)

    def test_long_and_foreign_keys_are_keys_like_any_other(self, store: Store) -> None:
        long, foreign = "x" * 5000, "päth/ファイル 🌊.md"
        put(
            store, an_incoming("a", key=long), an_incoming("b", key=foreign), an_incoming("c", key=long + "y")
        )
        assert store.withdraw_missing("posts", {long, foreign}, NOW) == 1
        assert set(by_id(store)) == {"urn:a", "urn:b"}

    def test_what_is_missing_is_withdrawn_and_counted_once(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        put(store, an_incoming("d"), source="wire")
        assert store.withdraw_missing("posts", iter(["b.md"]), NOW) == 2
        assert set(by_id(store)) == {"urn:b", "urn:d"}
        assert store.count(now=NOW) == 2
        assert store.sequence() == 6, "a withdrawal is a change"
        assert store.withdraw_missing("posts", ["b.md"], NOW) == 0
        assert store.sequence() == 6

    def test_a_withdrawn_article_that_comes_back_is_changed(self, store: Store) -> None:
        put(store, an_incoming("a"))
        store.withdraw_missing("posts", (), NOW)
        assert put(store, an_incoming("a"), later=HOUR) == UpsertResult(changed=1)
        kept = by_id(store)["urn:a"]
        assert (kept.revision, kept.sequence, kept.first_sequence) == (2, 3, 1)
        assert kept.article.ingested == NOW

    def test_the_ids_of_a_source_are_those_of_its_living_articles(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"))
        put(store, an_incoming("c"), source="wire")
        store.withdraw_missing("posts", {"b.md"}, NOW)
        assert store.ids("posts") == {"urn:b"}
        assert store.ids("elsewhere") == set()

    def test_a_batch_is_recognised_as_it_would_be_put_and_nothing_is_written(self, store: Store) -> None:
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
        there = {"urn:a", "urn:b", "urn:c", "urn:w", "urn:o", "urn:u", "urn:v"}
        assert set(by_id(store)) == there
        tally = put(store, *batch, retired={"old"})
        assert [each.article.id for each, _ in tally.rejected] == ["urn:again"]
        assert set(by_id(store)) == {*there, "urn:new", own}
        assert store.recognise("posts", batch, retired={"old"}) == found

    def test_articles_come_newest_first_and_by_id_within_a_moment(self, store: Store) -> None:
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

    def test_an_article_is_dated_by_what_it_has(self, store: Store) -> None:
        put(
            store,
            an_incoming("both", published=NOW - 5 * HOUR, updated=NOW - HOUR),
            an_incoming("updated", published=None, updated=NOW - 4 * HOUR),
            an_incoming("neither", published=None),
        )
        assert list(by_id(store)) == ["urn:updated", "urn:both", "urn:neither"]

    def test_undated_articles_are_visible_at_once_and_come_last(self, store: Store) -> None:
        put(store, an_incoming("b", published=None), an_incoming("a", published=None))
        put(store, an_incoming("old", published=datetime(1000, 1, 2, tzinfo=UTC)))
        put(store, an_incoming("later", published=None), later=HOUR)
        put(store, an_incoming("soon", published=NOW + HOUR))
        order = ["urn:soon", "urn:old", "urn:later", "urn:a", "urn:b"]
        assert list(by_id(store, HOUR)) == order
        assert list(by_id(store, -HOUR)) == order[1:], "whatever a clock says"
        [keys] = store.newest_entries([FeedQuery({}, {})], now=NOW + HOUR)
        assert [key.id for key in keys] == order
        put(store, an_incoming("a", published=None, title="Changed"), later=9 * HOUR)
        assert list(by_id(store, HOUR)) == order, "a change moves nothing"
        put(store, an_incoming("a", published=NOW), later=9 * HOUR)
        assert list(by_id(store, HOUR)) == ["urn:soon", "urn:a", "urn:old", "urn:later", "urn:b"]
        put(store, an_incoming("soon", published=None), later=9 * HOUR)
        assert list(by_id(store)) == ["urn:a", "urn:old", "urn:later", "urn:b", "urn:soon"], (
            "by id, not by change"
        )

    def test_the_future_is_left_out_until_it_comes(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("soon", published=NOW + HOUR, tags=(Tag(term="tides"),)))
        assert list(by_id(store)) == ["urn:a"]
        assert store.count(now=NOW) == 1
        assert store.facets("tag", now=NOW) == []
        assert list(by_id(store, HOUR)) == ["urn:soon", "urn:a"]
        assert store.count(now=NOW + HOUR) == 2
        assert store.facets("tag", now=NOW + HOUR) == ["tides"]

    def test_facets_choose_and_leave_out(self, store: Store) -> None:
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
        assert chosen(where={"tag": ["Boats"]}) == set(), "words are told apart by case"
        assert [each.article.id for each in store.articles(now=NOW, where={"tag": ["boats"]}, limit=1)] == [
            "urn:boats"
        ]

    def test_facets_are_the_words_in_use_withdrawn_ones_included(self, store: Store) -> None:
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

    def test_what_no_edition_has_had_is_unseen(self, store: Store) -> None:
        put(store, an_incoming("a"))
        assert [each.article for each in store.articles(now=NOW, unseen_by="weekly")] == [
            an_article("a").model_copy(update={"ingested": NOW})
        ]
