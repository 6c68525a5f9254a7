"""The conformance suite of `FeedStore`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..model import ArticleChange, Author, Facet, FeedQuery, FeedState, PublishedEntry, Tag
from .articles import by_id, put
from .samples import NOW, a_new_edition, an_incoming
from .store import Store

HOUR = timedelta(hours=1)


def tags(*terms: str) -> tuple[Tag, ...]:
    """Return tags with these terms."""
    return tuple(Tag(term=term) for term in terms)


def shown(store: Store, query: FeedQuery, later: timedelta = timedelta()) -> list[str]:
    """Return the names of the articles that a feed shows."""
    [entries] = store.newest_entries([query], now=NOW + later)
    return [entry.id.removeprefix("urn:") for entry in entries]


def changes(
    store: Store,
    *,
    after: int,
    since: timedelta = timedelta(),
    now: timedelta = timedelta(),
    limit: int = 100,
) -> dict[str, ArticleChange] | None:
    """Return the changed articles by name."""
    found = store.article_changes(after=after, since=NOW + since, now=NOW + now, limit=limit)
    return None if found is None else {each.id.removeprefix("urn:"): each for each in found}


def a_state(name: str, /, *ids: str, pattern: str = "main", **more: Any) -> FeedState:
    """Return the state of a feed that was published with these articles."""
    entries = tuple(PublishedEntry(each, 2) for each in ids)
    documents = {"rss": "20-0a", "html": "7-0b"}
    return FeedState(
        name, pattern, more.get("facet_values", ()), more.get("definition", "d"), entries, documents
    )


class FeedStoreSuite:
    """Tests every method of `FeedStore`."""

    def test_entries_are_newest_first_and_equal_dates_are_sorted_by_code_point(self, store: Store) -> None:
        put(
            store,
            an_incoming("b"),
            an_incoming("é"),
            an_incoming("B"),
            an_incoming("new", published=NOW - HOUR / 2),
            an_incoming("old", published=NOW - 3 * HOUR),
        )
        order = ["new", "B", "b", "é", "old"]
        assert shown(store, FeedQuery({}, {})) == order
        assert shown(store, FeedQuery({}, {}, 2)) == order[:2]
        [[first, *_]] = store.newest_entries([FeedQuery({}, {})], now=NOW)
        assert (first.id, first.revision, first.visible_at) == ("urn:new", 1, NOW - HOUR / 2)
        assert first.visible_at.utcoffset() == timedelta()

    def test_equal_dates_of_one_facet_value_are_sorted_by_code_point(self, store: Store) -> None:
        put(store, *(an_incoming(name, tags=tags("boats", "tides")) for name in ("b", "é", "B", "a")))
        order = ["B", "a", "b", "é"]
        assert shown(store, FeedQuery({"tag": ["boats"]}, {}, 10)) == order
        assert shown(store, FeedQuery({"tag": ["boats"]}, {}, 2)) == order[:2]
        assert shown(store, FeedQuery({"tag": ["boats", "tides"]}, {})) == order

    def test_several_queries_are_answered_in_their_order(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x")), an_incoming("b", tags=tags("y")))
        queries = [
            FeedQuery({"tag": ["y"]}, {}, 5),
            FeedQuery({"tag": ["x"]}, {}, 5),
            FeedQuery({"tag": ["z"]}, {}, 5),
        ]
        answers = store.newest_entries(queries, now=NOW)
        assert [[entry.id for entry in entries] for entries in answers] == [["urn:b"], ["urn:a"], []]
        assert store.newest_entries([], now=NOW) == []

    def test_an_article_with_several_facet_values_is_returned_once(self, store: Store) -> None:
        put(
            store,
            an_incoming("both", tags=tags("Boats", "boats")),
            an_incoming("one", tags=tags("Boats"), published=NOW - 2 * HOUR),
            an_incoming("other", tags=tags("boats"), published=NOW - 3 * HOUR),
            an_incoming("none", tags=tags("tides")),
        )
        query = FeedQuery({"tag": ["Boats", "boats"]}, {})
        assert shown(store, query) == ["both", "one", "other"]
        assert shown(store, query._replace(limit=2)) == ["both", "one"]

    def test_queries_combine_wanted_and_unwanted_facets(self, store: Store) -> None:
        put(
            store,
            an_incoming("a", tags=tags("boats"), language="en", section="News"),
            an_incoming("b", tags=tags("boats", "tides"), language="en"),
            an_incoming("c", tags=tags("boats"), language="de", authors=(Author(name="Ann"),)),
            an_incoming("d"),
        )
        assert shown(store, FeedQuery({"tag": ["boats"], "language": ["en"]}, {})) == ["a", "b"]
        assert shown(store, FeedQuery({"tag": ["boats"]}, {"tag": ["tides"]})) == ["a", "c"]
        assert shown(store, FeedQuery({"tag": ["boats", "none"], "section": ["News"]}, {}, 1)) == ["a"]
        assert shown(store, FeedQuery({"language": ["en"]}, {"section": ["News"]})) == ["b"]
        assert shown(store, FeedQuery({}, {"author": ["Ann"], "tag": ["tides"]})) == ["a", "d"]
        assert shown(store, FeedQuery({"tag": ["Boats"]}, {}, 5)) == [], "facet values are case-sensitive"

    def test_withdrawn_and_future_articles_are_left_out(self, store: Store) -> None:
        put(
            store,
            an_incoming("a", tags=tags("x")),
            an_incoming("gone", tags=tags("x")),
            an_incoming("soon", tags=tags("x"), published=NOW + HOUR),
        )
        store.withdraw_missing("posts", {"a.md", "soon.md"}, NOW)
        for query in (
            FeedQuery({}, {}),
            FeedQuery({"tag": ["x"]}, {}, 5),
            FeedQuery({"tag": ["x"]}, {"tag": ["y"]}),
        ):
            assert shown(store, query) == ["a"]
            assert shown(store, query, HOUR) == ["soon", "a"]

    def test_a_changed_date_changes_the_position(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x")), an_incoming("b", tags=tags("x")))
        put(store, an_incoming("b", tags=tags("x"), published=NOW - HOUR / 2))
        queries = FeedQuery({}, {}), FeedQuery({"tag": ["x"]}, {}, 5)
        assert [shown(store, query) for query in queries] == [["b", "a"]] * 2
        put(store, an_incoming("b", tags=tags("x"), published=NOW + HOUR))
        assert [shown(store, query) for query in queries] == [["a"]] * 2
        put(store, an_incoming("b", tags=tags("x"), published=NOW - 2 * HOUR))
        assert [shown(store, query) for query in queries] == [["a", "b"]] * 2

    def test_load_returns_articles_by_id_withdrawn_ones_included(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        put(store, an_incoming("b", title="Changed"), later=HOUR)
        store.withdraw_missing("posts", {"a.md", "b.md"}, NOW)
        found = {each.article.id: each for each in store.load(["urn:c", "urn:b", "urn:nobody"])}
        assert set(found) == {"urn:b", "urn:c"}
        assert found["urn:b"] == by_id(store)["urn:b"]
        assert (found["urn:c"].revision, found["urn:c"].first_sequence) == (1, 3)
        many = [f"urn:{number}" for number in range(2000)]
        assert [each.article.id for each in store.load([*many, "urn:a"])] == ["urn:a"]

    def test_a_new_article_is_a_change_after_an_earlier_sequence(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x", "y"), section="News", language="en"))
        facets: frozenset[tuple[Facet, str]] = frozenset(
            {("tag", "x"), ("tag", "y"), ("section", "News"), ("language", "en")}
        )
        assert changes(store, after=0) == {"a": ArticleChange("urn:a", facets, facets)}
        assert changes(store, after=store.sequence()) == {}

    def test_a_changed_article_has_its_former_facet_values(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x", "y")), an_incoming("b"))
        seen = store.sequence()
        put(store, an_incoming("a", tags=tags("y", "z")))
        put(store, an_incoming("a", tags=tags("z")))
        assert changes(store, after=seen) == {
            "a": ArticleChange(
                "urn:a",
                frozenset({("tag", "z")}),
                frozenset({("tag", "x"), ("tag", "y"), ("tag", "z")}),
            )
        }

    def test_a_withdrawn_article_is_a_change_and_so_is_its_return(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x")), an_incoming("b"))
        for change in (
            lambda: store.withdraw_missing("posts", {"b.md"}, NOW),
            lambda: put(store, an_incoming("a", tags=tags("x"))),
        ):
            seen = store.sequence()
            change()
            found = changes(store, after=seen)
            assert found
            assert set(found) == {"a"}
            assert found["a"].facets == found["a"].former_facets == {("tag", "x")}

    def test_an_article_that_became_visible_is_a_change(self, store: Store) -> None:
        put(store, an_incoming("soon", tags=tags("x"), published=NOW + HOUR), an_incoming("a"))
        seen = store.sequence()
        assert changes(store, after=seen, now=HOUR / 2) == {}
        for later in (HOUR, 2 * HOUR):
            found = changes(store, after=seen, since=HOUR / 2, now=later)
            assert found
            assert set(found) == {"soon"}
            assert found["soon"].facets == {("tag", "x")}
        assert changes(store, after=seen, since=HOUR, now=2 * HOUR) == {}, "it was visible before"

    def test_an_article_that_expired_is_a_change(self, store: Store) -> None:
        put(store, an_incoming("offer", tags=tags("x"), expires=NOW + HOUR), an_incoming("a"))
        seen = store.sequence()
        assert changes(store, after=seen, now=HOUR / 2) == {}
        for later in (HOUR, 2 * HOUR):
            found = changes(store, after=seen, since=HOUR / 2, now=later)
            assert found
            assert set(found) == {"offer"}
            assert found["offer"].former_facets == {("tag", "x")}
        assert changes(store, after=seen, since=HOUR, now=2 * HOUR) == {}, "it had expired before"

    def test_an_expired_article_is_in_no_feed_and_in_no_archive(self, store: Store) -> None:
        put(
            store,
            an_incoming("offer", tags=tags("x"), expires=NOW + HOUR),
            an_incoming("a", tags=tags("x")),
        )
        queries = [
            FeedQuery({}, {}),
            FeedQuery({"tag": ["x"]}, {}, 5),
            FeedQuery({"tag": ["x", "y"]}, {}, 5),
        ]
        for query in queries:
            assert shown(store, query, HOUR / 2) == ["a", "offer"]
            assert shown(store, query, HOUR) == ["a"]
        store.add_archive_document("main", 1, ["urn:a", "urn:offer"])
        [before] = store.archive_documents("main", now=NOW).values()
        assert [each.id for each in before] == ["urn:a", "urn:offer"]
        [after] = store.archive_documents("main", now=NOW + HOUR).values()
        assert [each.id for each in after] == ["urn:a"]
        put(store, an_incoming("offer", tags=tags("x"), expires=NOW + 3 * HOUR))
        assert shown(store, queries[1], 2 * HOUR) == ["a", "offer"], "it was extended"
        put(store, an_incoming("offer", tags=tags("x")))
        assert shown(store, queries[1], 9 * HOUR) == ["a", "offer"], "it does not expire any more"

    def test_a_future_article_has_no_facet_values_yet(self, store: Store) -> None:
        put(
            store, an_incoming("soon", tags=tags("x"), published=NOW + HOUR), an_incoming("b", tags=tags("y"))
        )
        found = changes(store, after=0, now=HOUR / 2)
        assert found
        assert not found["soon"].facets
        assert found["b"].facets == {("tag", "y")}
        put(store, an_incoming("b", tags=tags("z"), published=NOW + HOUR))
        found = changes(store, after=2)
        assert found
        assert not found["b"].facets
        assert found["b"].former_facets == {("tag", "y"), ("tag", "z")}

    def test_more_changes_than_the_limit_return_none(self, store: Store) -> None:
        put(store, *(an_incoming(str(number)) for number in range(5)))
        assert changes(store, after=0, limit=4) is None
        found = changes(store, after=0, limit=5)
        assert found is not None
        assert len(found) == 5

    def test_withdrawals_are_returned_by_feed_the_latest_first(self, store: Store) -> None:
        assert not store.has_withdrawals()
        put(
            store,
            an_incoming("a", tags=tags("x")),
            an_incoming("b", tags=tags("x"), published=NOW - 3 * HOUR),
            an_incoming("c", tags=tags("y")),
            an_incoming("soon", tags=tags("x", "y"), published=NOW + 9 * HOUR),
            an_incoming("stays", tags=tags("x")),
        )
        assert not store.has_withdrawals()
        store.withdraw_missing("posts", {"b.md", "c.md", "stays.md", "soon.md"}, NOW)
        assert store.has_withdrawals()
        store.withdraw_missing("posts", {"stays.md"}, NOW + HOUR)
        a, b, c = ("urn:a", NOW), ("urn:b", NOW + HOUR), ("urn:c", NOW + HOUR)
        everything = FeedQuery({}, {})
        assert store.withdrawals(everything, since=None) == [b, c, a]
        assert store.withdrawals(everything._replace(limit=3), since=None) == [b, c, a]
        assert store.withdrawals(FeedQuery({"tag": ["x"]}, {}, 5), since=None) == [b, a]
        assert store.withdrawals(FeedQuery({"tag": ["x", "y"]}, {}, 5), since=None) == [b, c, a]
        assert store.withdrawals(FeedQuery({}, {"tag": ["y"]}, 5), since=None) == [b, a]
        assert store.withdrawals(FeedQuery({"tag": ["x"]}, {}, 5), since=NOW - 2 * HOUR) == [a]
        assert store.withdrawals(FeedQuery({"tag": ["z"]}, {}, 5), since=None) == []
        put(store, *(an_incoming(name, tags=tags("x")) for name in ("a", "b", "c", "stays", "soon")))
        assert not store.has_withdrawals()
        assert store.withdrawals(everything, since=None) == []

    def test_a_feed_state_is_returned_as_it_was_saved(self, store: Store) -> None:
        main = FeedState(
            "main",
            "main",
            (),
            "abc",
            (
                PublishedEntry("urn:ä", 3),
                PublishedEntry("urn:b", 1),
            ),
            {"rss": "12-ff", "json": "13-00"},
        )
        boats = a_state("tag/boats", pattern="tag/{tag}", facet_values=("Boats", "boats"))
        store.save_feed_states([main, boats])
        assert store.feed_states(["main"]) == [main]
        found = store.feed_states(["tag/boats", "nothing", "main"])
        assert {each.name: each for each in found} == {"main": main, "tag/boats": boats}

    def test_saving_a_feed_state_replaces_the_former_one(self, store: Store) -> None:
        store.save_feed_states([a_state("main", "urn:a"), a_state("other")])
        store.save_feed_states([a_state("main", "urn:b", "urn:a")])
        assert store.feed_states(["main"]) == [a_state("main", "urn:b", "urn:a")]
        assert store.feed_states(["other"]) == [a_state("other")]
        store.save_feed_states([])
        assert len(store.feed_states(["main", "other"])) == 2

    def test_the_facet_values_of_a_family_are_those_of_its_feeds(self, store: Store) -> None:
        store.save_feed_states(
            [
                a_state("tag/boats", pattern="tag/{tag}", facet_values=("Boats", "boats")),
                a_state("tag/tides", pattern="tag/{tag}", facet_values=("tides",)),
                a_state("by/ann", pattern="by/{author}", facet_values=("Ann",)),
                a_state("main"),
            ]
        )
        assert store.family_facet_values("tag/{tag}") == {"Boats", "boats", "tides"}
        assert store.family_facet_values("by/{author}") == {"Ann"}
        assert store.family_facet_values("main") == store.family_facet_values("none") == set()

    def test_feed_documents_returns_every_published_feed(self, store: Store) -> None:
        assert store.feed_documents() == {}
        store.save_feed_states([a_state("main"), FeedState("empty", "empty", (), "")])
        found = {name: set(kinds) for name, kinds in store.feed_documents().items()}
        assert found == {"main": {"rss", "html"}, "empty": set()}

    def test_archived_articles_leave_the_feed(self, store: Store) -> None:
        put(
            store,
            *(an_incoming(str(n), tags=tags("x"), published=NOW - n * HOUR) for n in range(1, 6)),
        )
        head = FeedQuery({"tag": ["x"]}, {}, unarchived="main")
        assert store.archive_count("main") == 0
        assert store.archive_documents("main", now=NOW) == {}
        assert shown(store, head) == ["1", "2", "3", "4", "5"]
        store.add_archive_document("main", 1, ["urn:4", "urn:5"])
        store.add_archive_document("main", 2, ["urn:2", "urn:3"])
        assert store.archive_count("main") == 2
        assert shown(store, head) == ["1"]
        assert shown(store, head._replace(unarchived="other")) == ["1", "2", "3", "4", "5"]
        assert shown(store, head._replace(unarchived=None)) == ["1", "2", "3", "4", "5"]
        assert {
            page: [entry.id for entry in entries]
            for page, entries in store.archive_documents("main", now=NOW).items()
        } == {
            1: ["urn:4", "urn:5"],
            2: ["urn:2", "urn:3"],
        }

    def test_archive_documents_have_current_revisions(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b", published=NOW - 2 * HOUR), an_incoming("c"))
        store.add_archive_document("main", 1, ["urn:a", "urn:b"])
        store.add_archive_document("main", 2, ["urn:c"])
        put(store, an_incoming("a", title="Changed", published=NOW - 9 * HOUR))
        store.withdraw_missing("posts", {"a.md", "b.md"}, NOW)
        pages = store.archive_documents("main", now=NOW)
        assert [(entry.id, entry.revision, entry.visible_at) for entry in pages[1]] == [
            ("urn:a", 2, NOW - 9 * HOUR),
            ("urn:b", 1, NOW - 2 * HOUR),
        ], "in the order in which they were archived"
        assert pages[2] == [], "a document without articles still exists"
        assert store.archive_count("main") == 2

    def test_a_merged_article_has_its_former_id(self, store: Store) -> None:
        put(store, an_incoming("old", tags=tags("x"), title="It"))
        put(store, an_incoming("new", tags=tags("y"), title="It"), later=HOUR)
        store.withdraw_missing("posts", {"new.md"}, NOW + HOUR)
        seen = store.sequence()
        assert store.merge_ids([("urn:old", "urn:new")]) == 1
        kept = by_id(store, 2 * HOUR)
        assert set(kept) == {"urn:old"}
        found = kept["urn:old"]
        assert found.article.link == "https://example.org/new"
        assert found.article.facet("tag") == ("y",)
        assert (found.first_sequence, found.article.ingested) == (1, NOW), (
            "it keeps its first sequence and its first ingest"
        )
        assert found.revision > 1
        assert found.sequence == store.sequence() > seen
        assert store.load(["urn:new"]) == []
        assert not store.has_withdrawals()
        assert store.facets("tag", now=NOW) == ["y"]
        assert shown(store, FeedQuery({"tag": ["y"]}, {}, 5)) == ["old"]
        assert shown(store, FeedQuery({"tag": ["x"]}, {}, 5)) == []
        found_changes = changes(store, after=seen)
        assert found_changes
        assert found_changes["old"].facets == {("tag", "y")}
        assert ("tag", "x") in found_changes["old"].former_facets

    def test_a_merged_article_is_matched_by_the_next_ingest(self, store: Store) -> None:
        put(store, an_incoming("old"))
        put(store, an_incoming("new", title="Now"))
        store.merge_ids([("urn:old", "urn:new")])
        seen = store.sequence()
        assert put(store, an_incoming("new", title="Now")).unchanged == 1
        assert store.sequence() == seen
        assert put(store, an_incoming("new", title="Later")).changed == 1
        assert by_id(store)["urn:old"].article.title == "Later"
        assert store.withdraw_missing("posts", {"new.md"}, NOW) == 0

    def test_an_edition_that_consumed_either_id_consumed_the_merged_article(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - HOUR)
        store.add_edition(a_new_edition("daily", 1), now=NOW - HOUR)
        store.add_edition(a_new_edition("monthly", 1), now=NOW - HOUR)
        put(store, an_incoming("old", title="As it was"))
        store.add_edition(a_new_edition("weekly", 2, store.load(["urn:old"])), now=NOW)
        put(store, an_incoming("new", title="As it came"))
        put(store, an_incoming("new", title="As it is"))
        store.add_edition(a_new_edition("weekly", 3, store.load(["urn:new"])), now=NOW)
        store.add_edition(a_new_edition("daily", 2, store.load(["urn:new"])), now=NOW)
        put(store, an_incoming("new", title="As it will be"))
        store.merge_ids([("urn:old", "urn:new")])
        for newsletter, unseen in (("weekly", []), ("daily", []), ("monthly", ["urn:old"])):
            left = store.articles(now=NOW, unseen_by=newsletter)
            assert [each.article.id for each in left] == unseen, newsletter
        for edition, title in (("weekly-2", "As it was"), ("daily-2", "As it is")):
            kept = store.edition(edition)
            assert kept is not None
            assert [(each.id, each.title) for each in kept.articles] == [("urn:old", title)]

    def test_a_merged_article_stays_in_its_archive_document(self, store: Store) -> None:
        put(store, an_incoming("old"), an_incoming("other"))
        put(store, an_incoming("new"), an_incoming("newer"))
        store.add_archive_document("main", 1, ["urn:old", "urn:other"])
        store.add_archive_document("tag/x", 1, ["urn:newer"])
        assert store.merge_ids([("urn:old", "urn:new"), ("urn:other", "urn:newer")]) == 2
        assert [entry.id for entry in store.archive_documents("main", now=NOW)[1]] == ["urn:old", "urn:other"]
        assert [entry.id for entry in store.archive_documents("tag/x", now=NOW)[1]] == ["urn:other"]
        assert shown(store, FeedQuery({}, {}, unarchived="main")) == []

    def test_pairs_with_a_missing_article_are_skipped(self, store: Store) -> None:
        put(store, an_incoming("a"))
        seen = store.sequence()
        pairs = [("urn:a", "urn:b"), ("urn:b", "urn:a"), ("urn:a", "urn:a")]
        assert store.merge_ids(pairs) == store.merge_ids([]) == 0
        assert store.sequence() == seen
        assert set(by_id(store)) == {"urn:a"}

    def test_an_article_with_very_long_facet_values_can_be_merged(self, store: Store) -> None:
        long = "x" * 5000
        put(store, an_incoming("old"))
        put(store, an_incoming("new", tags=tags(long, "y")))
        assert store.merge_ids([("urn:old", "urn:new")]) == 1
        assert store.facets("tag", now=NOW) == ["y"]
