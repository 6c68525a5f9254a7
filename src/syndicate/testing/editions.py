"""The conformance suite of `EditionStore`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ..model import Digest, Localization, LocalizationKey, StoredArticle
from .articles import put
from .samples import NOW, a_new_edition, an_incoming
from .store import Store

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def unseen(store: Store, newsletter: str = "weekly", later: timedelta = timedelta()) -> list[StoredArticle]:
    """Return the articles that the next edition can contain."""
    return store.articles(now=NOW + later, unseen_by=newsletter)


def ids(articles: list[StoredArticle]) -> list[str]:
    """Return the ids without their scheme."""
    return [each.article.id.removeprefix("urn:") for each in articles]


class EditionStoreSuite:
    """Tests of what `EditionStore` specifies."""

    def test_numbers_start_at_1_in_each_newsletter(self, store: Store) -> None:
        assert store.next_number("weekly") == 1
        assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
        assert store.add_edition(a_new_edition("weekly", 2), now=NOW)
        assert store.next_number("weekly") == 3
        assert store.next_number("daily") == 1

    def test_edition_is_returned_as_it_was_stored(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        c, a, b = (unseen(store)[index] for index in (2, 0, 1))
        new = a_new_edition("weekly", 1, [c, a], [b], slot=NOW - HOUR)
        assert store.add_edition(new, now=NOW)
        stored = store.edition("weekly-1")
        assert stored is not None
        assert ids([c, a]) == [each.id.removeprefix("urn:") for each in stored.articles], "in the order given"
        assert stored == new.edition.model_copy(update={"articles": stored.articles})
        assert stored.more == 1
        assert store.edition_for_slot("weekly", NOW - HOUR) == stored
        assert store.edition_for_slot("daily", NOW - HOUR) is None
        assert store.edition_for_slot("weekly", NOW) is None
        assert store.edition("weekly-2") is None

    def test_localizations_are_stored_with_their_edition(self, store: Store) -> None:
        german = Localization(
            number=1,
            language="de",
            timezones=("", "Europe/Berlin"),
            digest=Digest(subject="Nummer 1", html="<p>Alles</p>", text="Alles", language="de"),
            message='{"parts": ["Alles"]}',
        )
        arabic = german.model_copy(update={"number": 2, "language": "ar", "timezones": ("Asia/Riyadh",)})
        new = replace(a_new_edition("weekly", 1), localizations=[german, arabic])
        assert store.add_edition(new, now=NOW)
        assert store.add_edition(a_new_edition("weekly", 2), now=NOW)
        assert store.localizations("weekly-1") == [
            LocalizationKey(number=1, language="de", timezones=("", "Europe/Berlin")),
            LocalizationKey(number=2, language="ar", timezones=("Asia/Riyadh",)),
        ]
        assert [store.localization("weekly-1", number) for number in (1, 2, 3)] == [german, arabic, None]
        assert store.localizations("weekly-2") == []
        assert store.localization("weekly-2", 1) is None

    def test_edition_that_is_not_stored_has_no_localizations(self, store: Store) -> None:
        german = Localization(
            number=1, language="de", digest=Digest(subject="s", html="h", text="t"), message="{}"
        )
        assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
        again = replace(a_new_edition("weekly", 1, edition_id="other"), localizations=[german])
        assert not store.add_edition(again, now=NOW)
        assert store.localizations("other") == store.localizations("weekly-1") == []

    def test_images_are_stored_with_their_edition(self, store: Store) -> None:
        pictures = {"a" * 64: bytes(range(256)), "b" * 64: b""}
        assert store.add_edition(replace(a_new_edition("weekly", 1), images=pictures), now=NOW)
        again = replace(a_new_edition("weekly", 2), images={"a" * 64: bytes(range(256))})
        assert store.add_edition(again, now=NOW)
        assert not store.add_edition(
            replace(a_new_edition("weekly", 2, edition_id="other"), images=pictures), now=NOW
        )
        assert store.images("weekly-1") == pictures
        assert store.images("weekly-2") == again.images
        assert store.images("other") == {}

    def test_edition_keeps_the_revisions_that_it_was_composed_of(self, store: Store) -> None:
        put(store, an_incoming("a", title="As it was"), an_incoming("b"))
        store.add_edition(a_new_edition("weekly", 1, unseen(store)), now=NOW)
        put(store, an_incoming("a", title="As it is"), an_incoming("b"))
        store.withdraw_missing("posts", {"a.md"}, NOW)
        stored = store.edition("weekly-1")
        assert stored is not None
        assert [each.title for each in stored.articles] == ["As it was", "About b"]

    def test_consumed_articles_of_a_newsletter(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        c, a, b = (unseen(store)[index] for index in (2, 0, 1))
        store.add_edition(a_new_edition("weekly", 1, [a], [b]), now=NOW)
        article_ids = [each.article.id for each in (a, b, c)]
        assert store.consumed("weekly", [*article_ids, "urn:none"]) == set(article_ids), (
            "also those that the first edition counts as seen"
        )
        assert store.consumed("weekly", [a.article.id]) == {a.article.id}
        assert store.consumed("daily", article_ids) == set()
        put(store, an_incoming("late"))
        assert store.consumed("weekly", ["urn:late"]) == set()

    def test_editions_are_sorted_newest_first(self, store: Store) -> None:
        for number in range(1, 13):
            assert store.add_edition(a_new_edition("weekly", number), now=NOW)
        assert store.add_edition(a_new_edition("daily", 1), now=NOW)
        assert [each.number for each in store.editions("weekly")] == list(range(12, 2, -1))
        assert [each.number for each in store.editions("weekly", limit=2)] == [12, 11]
        [last] = store.editions("daily")
        whole = store.edition("daily-1")
        assert whole is not None
        assert (last.id, last.newsletter, last.composed_at) == (whole.id, "daily", whole.composed_at)
        assert (last.subject, last.note) == (whole.digest.subject, whole.digest.note)
        assert store.editions("monthly") == []

    def test_second_edition_with_the_same_number_is_not_stored(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"))
        a, b = unseen(store)
        assert store.add_edition(a_new_edition("weekly", 1, [a]), now=NOW)
        assert not store.add_edition(a_new_edition("weekly", 1, [b], edition_id="other"), now=NOW)
        assert store.edition("other") is None
        store.add_edition(a_new_edition("daily", 1), now=NOW - DAY)
        assert ids(store.articles(now=NOW, unseen_by="weekly")) == []

    def test_second_edition_for_the_same_slot_is_not_stored(self, store: Store) -> None:
        assert store.add_edition(a_new_edition("weekly", 1, slot=NOW), now=NOW)
        assert not store.add_edition(a_new_edition("weekly", 2, slot=NOW), now=NOW)
        assert store.next_number("weekly") == 2
        assert store.add_edition(a_new_edition("daily", 1, slot=NOW), now=NOW), (
            "the slot of another newsletter"
        )
        assert store.add_edition(a_new_edition("weekly", 2, slot=NOW + HOUR), now=NOW)

    def test_any_number_of_editions_without_a_slot(self, store: Store) -> None:
        assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
        assert store.add_edition(a_new_edition("weekly", 2), now=NOW)

    def test_article_is_in_one_edition_only(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - DAY)
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("c"))
        a, b, c = unseen(store)
        assert store.add_edition(a_new_edition("weekly", 2, [a], [b]), now=NOW)
        assert ids(unseen(store)) == ["c"], "contained and counted articles are consumed"
        assert not store.add_edition(a_new_edition("weekly", 3, [c, b]), now=NOW)
        assert store.edition("weekly-3") is None
        assert store.next_number("weekly") == 3
        assert ids(unseen(store)) == ["c"], "an edition that failed consumes nothing"
        assert store.add_edition(a_new_edition("daily", 1, [c, b, a]), now=NOW), "newsletters are independent"

    def test_changed_article_is_not_unseen_again(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - DAY)
        put(store, an_incoming("a"))
        store.add_edition(a_new_edition("weekly", 2, unseen(store)), now=NOW)
        put(store, an_incoming("a", title="Again", published=NOW + HOUR))
        assert unseen(store, later=DAY) == []

    def test_visible_articles_count_as_seen_with_the_first_edition(self, store: Store) -> None:
        put(store, an_incoming("a"), an_incoming("b"), an_incoming("soon", published=NOW + HOUR))
        assert ids(unseen(store)) == ["a", "b"]
        assert store.add_edition(a_new_edition("weekly", 1, unseen(store)[:1]), now=NOW)
        assert unseen(store) == [], "b is older than the newsletter"
        assert ids(unseen(store, "daily")) == ["a", "b"]
        assert ids(unseen(store, later=HOUR)) == ["soon"], "what was not visible was not seen"

    def test_article_stored_during_the_first_composition_does_not_count_as_seen(self, store: Store) -> None:
        put(store, an_incoming("early"))
        before = store.sequence()
        put(store, an_incoming("meanwhile"))
        assert store.add_edition(replace(a_new_edition("weekly", 1), sequence=before), now=NOW)
        assert ids(unseen(store)) == ["meanwhile"]

    def test_article_not_visible_at_the_first_edition_does_not_count_as_seen(self, store: Store) -> None:
        put(store, an_incoming("away"), an_incoming("soon", published=NOW + DAY), an_incoming("old"))
        store.withdraw_missing("posts", {"soon.md", "old.md"}, NOW)
        assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
        put(store, an_incoming("away"), an_incoming("soon", published=NOW - DAY))
        assert sorted(ids(unseen(store))) == ["away", "soon"]

    def test_later_edition_does_not_count_other_articles_as_seen(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - DAY)
        put(store, an_incoming("a"), an_incoming("b"))
        store.add_edition(a_new_edition("weekly", 2, unseen(store)[:1]), now=NOW)
        assert ids(unseen(store)) == ["b"]

    def test_new_article_with_an_old_date_is_unseen(self, store: Store) -> None:
        put(store, an_incoming("a"))
        store.add_edition(a_new_edition("weekly", 1, unseen(store)), now=NOW)
        put(store, an_incoming("late", published=NOW - 300 * DAY), later=HOUR)
        assert ids(unseen(store, later=HOUR)) == ["late"]

    def test_withdrawn_article_is_not_unseen(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - DAY)
        put(store, an_incoming("a"), an_incoming("b"))
        store.withdraw_missing("posts", {"b.md"}, NOW)
        assert ids(unseen(store)) == ["b"]

    def test_unseen_articles_are_selected_by_facet(self, store: Store) -> None:
        store.add_edition(a_new_edition("weekly", 1), now=NOW - DAY)
        put(store, an_incoming("a", language="en"), an_incoming("b", language="de"))
        assert ids(store.articles(now=NOW, unseen_by="weekly", where={"language": ["de"]})) == ["b"]
