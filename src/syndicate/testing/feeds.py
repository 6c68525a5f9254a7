"""The suite of `FeedStore`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..model import ArticleChange, Author, Facet, FeedQuery, FeedState, PublishedEntry, Tag
from .articles import by_id, put
from .samples import NOW, an_incoming, draft_of
from .store import Store

HOUR = timedelta(hours=1)


def tags(*words: str) -> tuple[Tag, ...]:
    """Tags of these terms."""
    return tuple(Tag(term=word) for word in words)


def shown(store: Store, ask: FeedQuery, later: timedelta = timedelta()) -> list[str]:
    """The names of what a feed shows."""
    [keys] = store.newest_entries([ask], now=NOW + later)
    return [key.id.removeprefix("urn:") for key in keys]


def changes(
    store: Store,
    *,
    after: int,
    since: timedelta = timedelta(),
    now: timedelta = timedelta(),
    limit: int = 100,
) -> dict[str, ArticleChange] | None:
    """What changed, by name."""
    found = store.article_changes(after=after, since=NOW + since, now=NOW + now, limit=limit)
    return None if found is None else {each.id.removeprefix("urn:"): each for each in found}


def a_state(name: str, /, *ids: str, pattern: str = "main", **more: Any) -> FeedState:
    """A feed as it was published with some articles."""
    entries = tuple(PublishedEntry(each, 2) for each in ids)
    documents = {"rss": "20-0a", "html": "7-0b"}
    return FeedState(
        name, pattern, more.get("facet_values", ()), more.get("definition", "d"), entries, documents
    )


class FeedStoreSuite:
    """Every promise of `FeedStore`."""

    def test_a_feed_shows_the_newest_first_and_ties_by_code_point(self, store: Store) -> None:
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

    def test_ties_within_a_word_are_by_code_point_too(self, store: Store) -> None:
        put(store, *(an_incoming(name, tags=tags("boats", "tides")) for name in ("b", "é", "B", "a")))
        order = ["B", "a", "b", "é"]
        assert shown(store, FeedQuery({"tag": ["boats"]}, {}, 10)) == order
        assert shown(store, FeedQuery({"tag": ["boats"]}, {}, 2)) == order[:2]
        assert shown(store, FeedQuery({"tag": ["boats", "tides"]}, {})) == order

    def test_several_feeds_are_answered_in_the_order_asked(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x")), an_incoming("b", tags=tags("y")))
        asks = [
            FeedQuery({"tag": ["y"]}, {}, 5),
            FeedQuery({"tag": ["x"]}, {}, 5),
            FeedQuery({"tag": ["z"]}, {}, 5),
        ]
        answers = store.newest_entries(asks, now=NOW)
        assert [[key.id for key in keys] for keys in answers] == [["urn:b"], ["urn:a"], []]
        assert store.newest_entries([], now=NOW) == []

    def test_what_is_found_under_several_words_is_shown_once(self, store: Store) -> None:
        put(
            store,
            an_incoming("both", tags=tags("Boats", "boats")),
            an_incoming("one", tags=tags("Boats"), published=NOW - 2 * HOUR),
            an_incoming("other", tags=tags("boats"), published=NOW - 3 * HOUR),
            an_incoming("none", tags=tags("tides")),
        )
        ask = FeedQuery({"tag": ["Boats", "boats"]}, {})
        assert shown(store, ask) == ["both", "one", "other"]
        assert shown(store, ask._replace(limit=2)) == ["both", "one"]

    def test_a_feed_may_want_several_facets_and_refuse_words(self, store: Store) -> None:
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
        assert shown(store, FeedQuery({"tag": ["Boats"]}, {}, 5)) == [], "words are told apart by case"

    def test_withdrawn_and_future_articles_are_not_shown(self, store: Store) -> None:
        put(
            store,
            an_incoming("a", tags=tags("x")),
            an_incoming("gone", tags=tags("x")),
            an_incoming("soon", tags=tags("x"), published=NOW + HOUR),
        )
        store.withdraw_missing("posts", {"a.md", "soon.md"}, NOW)
        for ask in (
            FeedQuery({}, {}),
            FeedQuery({"tag": ["x"]}, {}, 5),
            FeedQuery({"tag": ["x"]}, {"tag": ["y"]}),
        ):
            assert shown(store, ask) == ["a"]
            assert shown(store, ask, HOUR) == ["soon", "a"]

    def test_a_moved_date_moves_an_article(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x")), an_incoming("b", tags=tags("x")))
        put(store, an_incoming("b", tags=tags("x"), published=NOW - HOUR / 2))
        asks = FeedQuery({}, {}), FeedQuery({"tag": ["x"]}, {}, 5)
        assert [shown(store, ask) for ask in asks] == [["b", "a"]] * 2
        put(store, an_incoming("b", tags=tags("x"), published=NOW + HOUR))
        assert [shown(store, ask) for ask in asks] == [["a"]] * 2
        put(store, an_incoming("b", tags=tags("x"), published=NOW - 2 * HOUR))
        assert [shown(store, ask) for ask in asks] == [["a", "b"]] * 2

    def test_articles_are_loaded_by_id_withdrawn_ones_included(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        put(store, an_incoming("b", title="Changed"), later=HOUR)
        store.withdraw_missing("posts", {"a.md", "b.md"}, NOW)
        found = {each.article.id: each for each in store.load(["urn:c", "urn:b", "urn:nobody"])}
        assert set(found) == {"urn:b", "urn:c"}
        assert found["urn:b"] == by_id(store)["urn:b"]
        assert (found["urn:c"].revision, found["urn:c"].first_sequence) == (1, 3)
        many = [f"urn:{number}" for number in range(2000)]
        assert [each.article.id for each in store.load([*many, "urn:a"])] == ["urn:a"]

    def test_a_new_article_is_a_change_until_it_has_been_seen(self, store: Store) -> None:
        put(store, an_incoming("a", tags=tags("x", "y"), section="News", language="en"))
        words: frozenset[tuple[Facet, str]] = frozenset(
            {("tag", "x"), ("tag", "y"), ("section", "News"), ("language", "en")}
        )
        assert changes(store, after=0) == {"a": ArticleChange("urn:a", words, words)}
        assert changes(store, after=store.sequence()) == {}

    def test_a_changed_article_is_told_with_where_it_was_filed(self, store: Store) -> None:
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

    def test_what_has_become_visible_is_a_change(self, store: Store) -> None:
        put(store, an_incoming("soon", tags=tags("x"), published=NOW + HOUR), an_incoming("a"))
        seen = store.sequence()
        assert changes(store, after=seen, now=HOUR / 2) == {}
        for later in (HOUR, 2 * HOUR):
            found = changes(store, after=seen, since=HOUR / 2, now=later)
            assert found
            assert set(found) == {"soon"}
            assert found["soon"].facets == {("tag", "x")}
        assert changes(store, after=seen, since=HOUR, now=2 * HOUR) == {}, "it was seen already"

    def test_what_is_still_to_come_is_filed_nowhere(self, store: Store) -> None:
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

    def test_too_many_changes_are_not_told_one_by_one(self, store: Store) -> None:
        put(store, *(an_incoming(str(number)) for number in range(5)))
        assert changes(store, after=0, limit=4) is None
        found = changes(store, after=0, limit=5)
        assert found is not None
        assert len(found) == 5

    def test_what_is_gone_is_told_by_feed_the_latest_first(self, store: Store) -> None:
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

    def test_a_feed_state_comes_out_as_it_went_in(self, store: Store) -> None:
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

    def test_the_last_state_of_a_feed_is_kept(self, store: Store) -> None:
        store.save_feed_states([a_state("main", "urn:a"), a_state("other")])
        store.save_feed_states([a_state("main", "urn:b", "urn:a")])
        assert store.feed_states(["main"]) == [a_state("main", "urn:b", "urn:a")]
        assert store.feed_states(["other"]) == [a_state("other")]
        store.save_feed_states([])
        assert len(store.feed_states(["main", "other"])) == 2

    def test_the_words_of_a_family_are_those_of_its_feeds(self, store: Store) -> None:
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

    def test_the_documents_of_all_feeds_are_known(self, store: Store) -> None:
        assert store.feed_documents() == {}
        store.save_feed_states([a_state("main"), FeedState("empty", "empty", (), "")])
        found = {name: set(kinds) for name, kinds in store.feed_documents().items()}
        assert found == {"main": {"rss", "html"}, "empty": set()}

    def test_what_moves_into_the_archive_leaves_the_feed(self, store: Store) -> None:
        put(
            store,
            *(an_incoming(str(n), tags=tags("x"), published=NOW - n * HOUR) for n in range(1, 6)),
        )
        head = FeedQuery({"tag": ["x"]}, {}, unarchived="main")
        assert store.archive_count("main") == 0
        assert store.archive_documents("main") == {}
        assert shown(store, head) == ["1", "2", "3", "4", "5"]
        store.add_archive_document("main", 1, ["urn:4", "urn:5"])
        store.add_archive_document("main", 2, ["urn:2", "urn:3"])
        assert store.archive_count("main") == 2
        assert shown(store, head) == ["1"]
        assert shown(store, head._replace(unarchived="other")) == ["1", "2", "3", "4", "5"]
        assert shown(store, head._replace(unarchived=None)) == ["1", "2", "3", "4", "5"]
        assert {page: [key.id for key in keys] for page, keys in store.archive_documents("main").items()} == {
            1: ["urn:4", "urn:5"],
            2: ["urn:2", "urn:3"],
        }

    def test_the_archive_shows_its_articles_as_they_are_now(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b", published=NOW - 2 * HOUR), an_incoming("c"))
        store.add_archive_document("main", 1, ["urn:a", "urn:b"])
        store.add_archive_document("main", 2, ["urn:c"])
        put(store, an_incoming("a", title="Changed", published=NOW - 9 * HOUR))
        store.withdraw_missing("posts", {"a.md", "b.md"}, NOW)
        pages = store.archive_documents("main")
        assert [(key.id, key.revision, key.visible_at) for key in pages[1]] == [
            ("urn:a", 2, NOW - 9 * HOUR),
            ("urn:b", 1, NOW - 2 * HOUR),
        ], "in the order in which they moved there"
        assert pages[2] == [], "a document of which everything was withdrawn is still there"
        assert store.archive_count("main") == 2

    def test_an_adopted_article_lives_on_under_its_former_id(self, store: Store) -> None:
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
        assert (found.first_sequence, found.article.ingested) == (1, NOW), "it is as old as it was"
        assert found.revision > 1
        assert found.sequence == store.sequence() > seen
        assert store.load(["urn:new"]) == []
        assert not store.has_withdrawals()
        assert store.facets("tag", now=NOW) == ["y"]
        assert shown(store, FeedQuery({"tag": ["y"]}, {}, 5)) == ["old"]
        assert shown(store, FeedQuery({"tag": ["x"]}, {}, 5)) == []
        told = changes(store, after=seen)
        assert told
        assert told["old"].facets == {("tag", "y")}
        assert ("tag", "x") in told["old"].former_facets

    def test_what_was_adopted_is_found_again(self, store: Store) -> None:
        put(store, an_incoming("old"))
        put(store, an_incoming("new", title="Now"))
        store.merge_ids([("urn:old", "urn:new")])
        seen = store.sequence()
        assert put(store, an_incoming("new", title="Now")).unchanged == 1
        assert store.sequence() == seen
        assert put(store, an_incoming("new", title="Later")).changed == 1
        assert by_id(store)["urn:old"].article.title == "Later"
        assert store.withdraw_missing("posts", {"new.md"}, NOW) == 0

    def test_what_consumed_either_counts_for_the_one_that_is_left(self, store: Store) -> None:
        store.add_edition(draft_of("weekly", 1), now=NOW - HOUR)
        store.add_edition(draft_of("daily", 1), now=NOW - HOUR)
        store.add_edition(draft_of("monthly", 1), now=NOW - HOUR)
        put(store, an_incoming("old", title="As it was"))
        store.add_edition(draft_of("weekly", 2, store.load(["urn:old"])), now=NOW)
        put(store, an_incoming("new", title="As it came"))
        put(store, an_incoming("new", title="As it is"))
        store.add_edition(draft_of("weekly", 3, store.load(["urn:new"])), now=NOW)
        store.add_edition(draft_of("daily", 2, store.load(["urn:new"])), now=NOW)
        put(store, an_incoming("new", title="As it will be"))
        store.merge_ids([("urn:old", "urn:new")])
        for newsletter, unseen in (("weekly", []), ("daily", []), ("monthly", ["urn:old"])):
            left = store.articles(now=NOW, unseen_by=newsletter)
            assert [each.article.id for each in left] == unseen, newsletter
        for edition, title in (("weekly-2", "As it was"), ("daily-2", "As it is")):
            kept = store.edition(edition)
            assert kept is not None
            assert [(each.id, each.title) for each in kept.articles] == [("urn:old", title)]

    def test_an_archive_keeps_what_was_adopted(self, store: Store) -> None:
        put(store, an_incoming("old"), an_incoming("other"))
        put(store, an_incoming("new"), an_incoming("newer"))
        store.add_archive_document("main", 1, ["urn:old", "urn:other"])
        store.add_archive_document("tag/x", 1, ["urn:newer"])
        assert store.merge_ids([("urn:old", "urn:new"), ("urn:other", "urn:newer")]) == 2
        assert [key.id for key in store.archive_documents("main")[1]] == ["urn:old", "urn:other"]
        assert [key.id for key in store.archive_documents("tag/x")[1]] == ["urn:other"]
        assert shown(store, FeedQuery({}, {}, unarchived="main")) == []

    def test_nothing_is_adopted_by_what_is_not_there(self, store: Store) -> None:
        put(store, an_incoming("a"))
        seen = store.sequence()
        pairs = [("urn:a", "urn:b"), ("urn:b", "urn:a"), ("urn:a", "urn:a")]
        assert store.merge_ids(pairs) == store.merge_ids([]) == 0
        assert store.sequence() == seen
        assert set(by_id(store)) == {"urn:a"}

    def test_words_too_long_to_file_do_not_keep_an_article_from_being_adopted(self, store: Store) -> None:
        long = "x" * 5000
        put(store, an_incoming("old"))
        put(store, an_incoming("new", tags=tags(long, "y")))
        assert store.merge_ids([("urn:old", "urn:new")]) == 1
        assert store.facets("tag", now=NOW) == ["y"]
