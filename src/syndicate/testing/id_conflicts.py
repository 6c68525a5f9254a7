"""The conformance suite of `ArticleStore` for ids and links that several sources claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ..model import FeedQuery, IdConflict, Tag, UpsertResult
from ..model.article_identity import Standing
from .articles import by_id, put, standing_at
from .samples import NOW, a_new_edition, an_incoming
from .store import Store

HOUR = timedelta(hours=1)


class ClaimSuite:
    """Each source keeps its own articles, and the source with the best claim to an id has it."""

    def test_the_same_id_in_another_source_is_another_article(self, store: Store) -> None:
        put(store, an_incoming("a", key="one.md"))
        second = an_incoming("a", key="two.md", title="Mine")
        result = put(store, second, source="wire")
        assert result == UpsertResult(new=1, conflicts=(IdConflict(second, "posts", is_hidden=False),))
        [own] = set(by_id(store)) - {"urn:a"}
        assert own.startswith("urn:uuid:")
        assert {name: each.article.title for name, each in by_id(store).items()} == {
            "urn:a": "About a",
            own: "Mine",
        }
        assert {name: each.claimed_id for name, each in by_id(store).items()} == {"urn:a": None, own: "urn:a"}
        assert [each.claimed_id for each in store.load([own])] == ["urn:a"]
        again = put(store, second, source="wire")
        assert again == UpsertResult(unchanged=1, conflicts=result.conflicts)
        assert set(by_id(store)) == {"urn:a", own}, "the id stays"

    def test_articles_with_one_id_are_changed_and_withdrawn_independently(self, store: Store) -> None:
        put(store, an_incoming("a"))
        put(store, an_incoming("a", title="Mine"), source="wire")
        [own] = set(by_id(store)) - {"urn:a"}
        before = by_id(store)["urn:a"]
        put(store, an_incoming("a", title="Mine, later"), source="wire")
        assert store.withdraw_missing("wire", (), NOW) == 1
        assert by_id(store) == {"urn:a": before}
        assert [name for name, _ in store.withdrawals(FeedQuery({}, {}), since=None)] == [own]
        put(store, an_incoming("a", title="Mine"), source="wire")
        assert store.withdraw_missing("posts", (), NOW) == 1
        assert {name: each.article.title for name, each in by_id(store).items()} == {own: "Mine"}

    def test_the_better_claim_gets_the_id_even_if_it_comes_later(self, store: Store) -> None:
        loud = standing_at("a", Standing.STRANGER, title="Loud", tags=(Tag(term="noise"),))
        calm = standing_at("a", Standing.STATED, title="Calm", tags=(Tag(term="boats"),))
        put(store, loud, source="loud")
        put(store, standing_at("a", Standing.STRANGER, title="Louder"), source="loud")
        seen, revision = store.sequence(), by_id(store)["urn:a"].revision
        assert put(store, calm, source="calm") == UpsertResult(new=1), (
            "no conflict is reported for the winner"
        )
        [kept] = by_id(store).values()
        assert (kept.article.id, kept.article.title) == ("urn:a", "Calm")
        assert kept.revision > revision, "a published feed must see a change"
        assert kept.sequence > seen
        assert kept.article.ingested == NOW
        result = put(store, loud, source="loud")
        assert result == UpsertResult(changed=1, conflicts=(IdConflict(loud, "calm", is_hidden=True),))
        assert [each.article.title for each in by_id(store).values()] == ["Calm"]
        assert put(store, calm, source="calm") == UpsertResult(unchanged=1)
        assert store.facets("tag", now=NOW) == ["boats"]
        assert store.count(now=NOW) == 1

    def test_a_later_weaker_claim_is_hidden_everywhere(self, store: Store) -> None:
        calm = standing_at("a", Standing.CONFIGURED, published=NOW - 9 * HOUR)
        put(store, calm, source="calm")
        before = by_id(store)
        for standing in (Standing.STRANGER, Standing.POSSIBLE, Standing.STATED):
            later = standing_at("a", standing, tags=(Tag(term=str(standing)),), key=f"{standing}.md")
            result = put(store, later, source=f"loud {standing}")
            assert [each.is_hidden for each in result.conflicts] == [True]
        assert by_id(store) == before
        queries = (
            FeedQuery({}, {}),
            FeedQuery({"tag": ["0"]}, {}, 5),
            FeedQuery({"tag": ["0", "1"]}, {}),
            FeedQuery({}, {}, 9, "main"),
        )
        newest = store.newest_entries(queries, now=NOW + 999 * HOUR)
        assert [[entry.id for entry in entries] for entries in newest] == [["urn:a"], [], [], ["urn:a"]]
        assert store.facets("tag", now=NOW + 999 * HOUR) == []
        assert store.count(now=NOW + 999 * HOUR) == 1
        store.withdraw_missing("loud 0", (), NOW + HOUR)
        assert store.withdrawals(FeedQuery({}, {}), since=None) == []

    def test_claims_that_do_not_outrank_each_other_are_both_visible(self, store: Store) -> None:
        for one, other in (
            (Standing.CONFIGURED, Standing.CONFIGURED),
            (Standing.STATED, Standing.STATED),
            (Standing.STATED, Standing.POSSIBLE),
            (Standing.POSSIBLE, Standing.STATED),
            (Standing.POSSIBLE, Standing.STRANGER),
            (Standing.STRANGER, Standing.STRANGER),
        ):
            name = f"{one}-{other}"
            put(store, standing_at(name, one, title="first"), source="one")
            result = put(store, standing_at(name, other, title="second"), source="other")
            assert [each.is_hidden for each in result.conflicts] == [False]
            titles = {each.article.title: each for each in by_id(store).values()}
            assert titles["first"].article.id == f"urn:{name}"
            assert titles["second"].claimed_id == f"urn:{name}"
            for source in ("one", "other"):
                store.withdraw_missing(source, (), NOW)

    def test_an_id_without_a_host_is_never_given_up(self, store: Store) -> None:
        for name in ("one", "other"):
            incoming = replace(
                an_incoming("a", link=f"https://{name}.example/", title=name),
                id_standing=Standing.POSSIBLE,
                link_standing=Standing.CONFIGURED,
            )
            result = put(store, incoming, source=name)
            assert [each.is_hidden for each in result.conflicts] == [False] * (name == "other")
        titles = {each.article.title: each for each in by_id(store).values()}
        assert (titles["one"].article.id, titles["other"].claimed_id) == ("urn:a", "urn:a")

    def test_a_claim_to_one_id_is_no_claim_to_another(self, store: Store) -> None:
        squatter = replace(
            standing_at("a", Standing.STRANGER, key="1", link="https://loud.example/", title="Loud"),
            link_standing=Standing.CONFIGURED,
        )
        put(store, squatter, source="loud")
        at_home = replace(
            standing_at("a", Standing.CONFIGURED, id="urn:loud", link="https://loud.example/"), key="1"
        )
        put(store, at_home, source="loud")
        put(store, standing_at("a", Standing.CONFIGURED, title="Calm"), source="calm")
        assert by_id(store)["urn:a"].article.title == "Calm"
        put(store, at_home, source="loud")
        put(store, standing_at("a", Standing.CONFIGURED, title="Calm still"), source="calm")
        assert by_id(store)["urn:a"].article.title == "Calm still"

    def test_a_former_weak_claim_hides_no_article(self, store: Store) -> None:
        put(store, standing_at("a", Standing.POSSIBLE, title="Calm"), source="calm")
        loud = standing_at("a", Standing.STRANGER, key="1", link="https://loud.example/")
        put(store, loud, source="loud")
        moved = standing_at("a", Standing.CONFIGURED, id="urn:loud", key="1", link="https://loud.example/")
        put(store, moved, source="loud")
        put(store, standing_at("a", Standing.POSSIBLE, title="Calm"), source="calm")
        assert by_id(store)["urn:a"].article.title == "Calm"

    def test_an_article_with_a_new_id_keeps_its_claim_to_the_former_one(self, store: Store) -> None:
        put(store, standing_at("a", Standing.CONFIGURED, title="Calm"), source="calm")
        put(store, standing_at("a", Standing.STRANGER, id="urn:moved", title="Calm"), source="calm")
        put(store, standing_at("a", Standing.STRANGER, title="Loud", link=None), source="loud")
        assert [each.article.title for each in by_id(store).values()] == ["Calm"]

    def test_an_article_taken_over_from_a_retired_source_has_only_the_new_sources_claim(
        self, store: Store
    ) -> None:
        for name, adopts in (("a", False), ("b", True)):
            put(store, standing_at(name, Standing.CONFIGURED, key=name), source="retired")
            own = standing_at(f"own-{name}", Standing.STRANGER, key=f"own-{name}", title="Own")
            if adopts:
                put(store, own, source="blog")
                assert store.merge_ids([(f"urn:{name}", f"urn:own-{name}")]) == 1
            else:
                renamed = replace(own, article=own.article.model_copy(update={"id": "urn:own-a"}), key=name)
                put(
                    store, replace(renamed, id_standing=Standing.POSSIBLE), source="blog", retired={"retired"}
                )
            assert by_id(store)[f"urn:{name}"].source == "blog"
            other = standing_at(name, Standing.CONFIGURED, link=None, title="Calm")
            put(store, other, source="calm")
            assert by_id(store)[f"urn:{name}"].article.title == "Calm"

    def test_merging_ids_gives_no_claim_to_the_former_id(self, store: Store) -> None:
        put(store, standing_at("a", Standing.STRANGER, link=None, title="Loud"), source="loud")
        put(store, standing_at("b", Standing.CONFIGURED, link=None, title="Loud"), source="loud")
        assert store.merge_ids([("urn:a", "urn:b")]) == 1
        put(store, standing_at("a", Standing.CONFIGURED, title="Calm"), source="calm")
        assert by_id(store)["urn:a"].article.title == "Calm"

    def test_claims_to_a_link_hide_articles_too(self, store: Store) -> None:
        loud = replace(an_incoming("a", id="urn:loud"), id_standing=Standing.CONFIGURED)
        put(store, loud, source="loud")
        put(store, standing_at("a", Standing.CONFIGURED), source="calm")
        assert list(by_id(store)) == ["urn:a"]
        moved = replace(an_incoming("b", id="urn:loud", key="a.md"), id_standing=Standing.CONFIGURED)
        assert put(store, moved, source="loud") == UpsertResult(changed=1)
        assert set(by_id(store)) == {"urn:a", "urn:loud"}, "the first link is free again"
        put(store, loud, source="loud")
        assert list(by_id(store)) == ["urn:a"]
        put(store, standing_at("c", Standing.CONFIGURED, id="urn:a", key="a.md"), source="calm")
        assert set(by_id(store)) == {"urn:a", "urn:loud"}, "the other gave up the link"

    def test_a_hidden_article_becomes_visible_when_the_other_is_withdrawn(self, store: Store) -> None:
        put(store, standing_at("a", Standing.CONFIGURED), source="calm")
        put(store, standing_at("a", Standing.STRANGER, title="Loud"), source="loud")
        seen = store.sequence()
        store.withdraw_missing("calm", (), NOW)
        [kept] = by_id(store).values()
        assert (kept.article.title, kept.claimed_id) == ("Loud", "urn:a")
        assert kept.sequence > seen, "that is a change"
        assert kept.article.id in {
            each.id for each in store.article_changes(after=seen, since=NOW, now=NOW, limit=9) or ()
        }
        put(store, standing_at("a", Standing.CONFIGURED), source="calm")
        assert list(by_id(store)) == ["urn:a"]

    def test_a_withdrawn_hidden_article_that_returns_is_visible_without_a_better_claim(
        self, store: Store
    ) -> None:
        loud = standing_at("b", Standing.STRANGER, link="https://calm.example/a", title="Loud")
        calm = standing_at("a", Standing.CONFIGURED, link="https://calm.example/a", title="Calm")
        elsewhere = standing_at("a", Standing.CONFIGURED, link="https://calm.example/b", title="Calm")
        for away in (elsewhere, None):
            put(store, calm, source="calm")
            put(store, loud, source="loud")
            assert [each.article.title for each in by_id(store).values()] == ["Calm"]
            store.withdraw_missing("loud", (), NOW)
            if away:
                put(store, away, source="calm")
            else:
                store.withdraw_missing("calm", (), NOW)
            assert put(store, loud, source="loud") == UpsertResult(changed=1)
            assert "Loud" in {each.article.title for each in by_id(store).values()}
            assert {entry.id for entry in store.newest_entries([FeedQuery({}, {})], now=NOW)[0]} == set(
                by_id(store)
            )
            put(store, calm, source="calm")
            assert [each.article.title for each in by_id(store).values()] == ["Calm"]

    def test_a_changed_standing_is_not_a_change_of_the_article(self, store: Store) -> None:
        put(store, standing_at("a", Standing.STRANGER, title="Calm"), source="calm")
        put(store, standing_at("a", Standing.STRANGER, title="Loud"), source="loud")
        assert put(store, standing_at("a", Standing.CONFIGURED, title="Calm"), source="calm") == UpsertResult(
            unchanged=1
        )
        assert [each.article.title for each in by_id(store).values()] == ["Calm"]
        put(store, standing_at("a", Standing.STRANGER, title="Calm"), source="calm")
        assert len(by_id(store)) == 2

    def test_giving_up_an_id_moves_revisions_archives_and_editions(self, store: Store) -> None:
        put(
            store, standing_at("a", Standing.STRANGER, title="Loud", tags=(Tag(term="noise"),)), source="loud"
        )
        put(store, an_incoming("other"))
        store.add_edition(a_new_edition("weekly", 1, store.load(["urn:a"])), now=NOW)
        store.add_archive_document("main", 1, ["urn:a", "urn:other"])
        seen = store.sequence()
        put(
            store,
            standing_at("a", Standing.CONFIGURED, title="Calm", tags=(Tag(term="boats"),)),
            source="calm",
        )
        kept = store.edition("weekly-1")
        assert kept is not None
        assert [each.title for each in kept.articles] == ["Loud"], "editions do not change"
        unseen = store.articles(now=NOW, unseen_by="weekly")
        assert "Calm" in [each.article.title for each in unseen], "no edition consumed it"
        assert [entry.id for entry in store.archive_documents("main", now=NOW)[1]] == ["urn:other"]
        changes = {
            each.id: each for each in store.article_changes(after=seen, since=NOW, now=NOW, limit=9) or ()
        }
        [own] = set(changes) - {"urn:a"}
        assert changes["urn:a"].facets == {("tag", "boats")}
        assert changes[own].facets == frozenset(), "a hidden article creates no feed"
        assert ("tag", "noise") in changes[own].former_facets, "feeds that contain it are rebuilt"

    def test_a_derived_id_that_is_taken_is_skipped(self, store: Store) -> None:
        put(store, an_incoming("a"))
        put(store, an_incoming("a", title="First"), source="wire")
        [own] = set(by_id(store)) - {"urn:a"}
        store.withdraw_missing("wire", (), NOW)
        put(store, an_incoming("b"))
        evil = [an_incoming("x", id=own), an_incoming("b", title="Evil")]
        put(store, *evil, source="evil")
        put(store, an_incoming("a", title="First"), source="wire")
        titles = sorted(each.article.title for each in by_id(store).values())
        assert titles == ["About a", "About b", "About x", "Evil", "First"]
        put(store, standing_at("a", Standing.CONFIGURED, title="Owner"), source="owner")
        assert [each.article.title for each in by_id(store).values() if each.article.id == "urn:a"] == [
            "Owner"
        ]

    def test_a_foreign_source_does_not_take_over_from_a_retired_one(self, store: Store) -> None:
        put(store, standing_at("a", Standing.CONFIGURED, title="Calm"), source="calm")
        stranger = standing_at("a", Standing.STRANGER, title="Loud")
        assert put(store, stranger, source="loud", retired={"calm"}).new == 1
        assert {each.article.title for each in by_id(store).values()} == {"Calm"}
        renamed = standing_at("a", Standing.POSSIBLE, title="Calm still")
        assert put(store, renamed, source="calmer", retired={"calm"}) == UpsertResult(changed=1)
        assert by_id(store)["urn:a"].article.title == "Calm still"

    def test_a_foreign_source_does_not_take_over_a_link_from_a_retired_one(self, store: Store) -> None:
        calm = replace(
            an_incoming("a", title="Calm"), id_standing=Standing.POSSIBLE, link_standing=Standing.CONFIGURED
        )
        put(store, calm, source="calm")
        stranger = replace(
            an_incoming("a", id="urn:loud", key="b.md", title="Loud"), id_standing=Standing.POSSIBLE
        )
        assert put(store, stranger, source="loud", retired={"calm"}).new == 1
        assert {each.article.title for each in by_id(store).values()} == {"Calm"}
        renamed = replace(stranger, link_standing=Standing.POSSIBLE)
        assert put(store, renamed, source="calmer", retired={"calm"}) == UpsertResult(changed=1)
        assert by_id(store)["urn:a"].article.title == "Loud"
