"""The suite of `SubscriberStore`."""

from __future__ import annotations

from datetime import timedelta

from ..model import Consent, Outcome
from .samples import NOW, draft_of, somebody
from .store import Store


def bounce(store: Store, name: str) -> None:
    """A mail to somebody comes back: there is no such address."""
    number = store.next_number("bounced")
    store.add_subscriber(somebody(name, "bounced"))
    store.add_edition(draft_of("bounced", number), now=NOW)
    store.enqueue(f"bounced-{number}", "bounced", now=NOW)
    claimed = store.claim(
        "suite", now=NOW, lease=timedelta(hours=1), limit=99, edition_id=f"bounced-{number}"
    )
    unknown = Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True)
    fine = Outcome(state="accepted")
    store.record_outcomes(
        [(each, unknown if each.subscriber_id == name else fine) for each in claimed], now=NOW
    )


class SubscriberStoreSuite:
    """Every promise of `SubscriberStore`."""

    def test_a_subscriber_comes_out_as_it_went_in(self, store: Store) -> None:
        ann = somebody(
            "ann",
            "daily",
            "weekly",
            name="Änn",
            language="de",
            timezone="Europe/Berlin",
            consent=Consent(how="form", at=NOW, note="page 3"),
        )
        assert store.add_subscriber(ann)
        assert store.subscriber("ann@example.org") == ann
        assert store.subscriber("bob@example.org") is None

    def test_case_does_not_tell_addresses_apart(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", email="Ann@Example.org"))
        found = store.subscriber("ANN@EXAMPLE.ORG")
        assert found is not None
        assert found.email == "Ann@example.org", "it is written to as it was given"
        assert not store.add_subscriber(somebody("other", email="ann@example.org"))

    def test_adding_twice_changes_nothing(self, store: Store) -> None:
        assert store.add_subscriber(somebody("ann"))
        assert not store.add_subscriber(somebody("other", email="ann@example.org"))
        assert [each.id for each in store.subscribers()] == ["ann"], "the id of the first stays"

    def test_adding_again_joins_newsletters_and_mends_what_is_new(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "weekly", language="en"))
        assert store.add_subscriber(somebody("ann", "daily", name="Ann"))
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert (ann.newsletters, ann.name, ann.language) == (("daily", "weekly"), "Ann", "en")

    def test_consent_is_not_forgotten(self, store: Store) -> None:
        store.add_subscriber(somebody("ann"))
        assert store.add_subscriber(somebody("ann", name="Ann", consent=None))
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert ann.consent == somebody("ann").consent

    def test_who_is_pending_is_confirmed_and_not_the_other_way_round(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", state="pending"))
        assert store.add_subscriber(somebody("ann"))
        assert not store.add_subscriber(somebody("ann", state="pending"))
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert ann.state == "confirmed"

    def test_subscribers_come_by_address(self, store: Store) -> None:
        for name in ("cay", "ann", "bob"):
            store.add_subscriber(somebody(name, "weekly" if name != "bob" else "daily"))
        assert [each.id for each in store.subscribers()] == ["ann", "bob", "cay"]
        assert [each.id for each in store.subscribers("weekly")] == ["ann", "cay"]
        assert list(store.subscribers("monthly")) == []

    def test_leaving_one_newsletter_keeps_the_others(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "daily", "weekly"))
        assert store.leave("ann", "daily", now=NOW)
        assert store.leave("ann", "daily", now=NOW), "twice is once"
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert (ann.state, ann.newsletters) == ("confirmed", ("weekly",))
        assert list(store.subscribers("daily")) == []

    def test_leaving_all(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "daily", "weekly"))
        assert store.leave("ann", None, now=NOW)
        assert store.leave("ann", None, now=NOW), "twice is once"
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert (ann.state, ann.newsletters) == ("left", ())

    def test_nobody_leaves_who_is_not_there(self, store: Store) -> None:
        assert not store.leave("ann", None, now=NOW)
        assert not store.leave("ann", "weekly", now=NOW)

    def test_an_import_brings_nobody_back(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "daily", "weekly"))
        store.leave("ann", "daily", now=NOW)
        assert not store.add_subscriber(somebody("ann", "daily", "weekly"))
        store.add_subscriber(somebody("bob"))
        store.leave("bob", None, now=NOW)
        assert not store.add_subscriber(somebody("bob", "daily", "weekly"))
        assert [each.id for each in store.subscribers("daily")] == []
        assert [each.id for each in store.subscribers("weekly")] == ["ann"]

    def test_who_asks_again_is_back(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "daily", "weekly"))
        store.leave("ann", None, now=NOW)
        assert store.add_subscriber(somebody("ann", "weekly"), rejoin=True)
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert (ann.state, ann.newsletters) == ("confirmed", ("weekly",))

    def test_an_address_that_bounced_does_not_come_back_even_so(self, store: Store) -> None:
        bounce(store, "ann")
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert ann.state == "suppressed"
        assert not store.add_subscriber(somebody("ann"))
        assert not store.add_subscriber(somebody("ann"), rejoin=True)
        store.leave("ann", None, now=NOW)
        assert not store.add_subscriber(somebody("ann"), rejoin=True)

    def test_removing_forgets_the_person_and_keeps_the_no(self, store: Store) -> None:
        store.add_subscriber(somebody("ann"))
        assert store.remove_subscriber("ANN@example.org", now=NOW)
        assert store.subscriber("ann@example.org") is None
        assert list(store.subscribers()) == []
        assert not store.add_subscriber(somebody("new", email="ann@example.org"))
        assert store.subscriber("ann@example.org") is None
        assert not store.remove_subscriber("ann@example.org", now=NOW), "there is nobody any more"
        assert store.add_subscriber(somebody("ann", "daily"), rejoin=True)
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert ann.newsletters == ("daily",), "what the person once subscribed to is forgotten too"

    def test_the_no_of_a_stranger_is_kept(self, store: Store) -> None:
        assert not store.remove_subscriber("ann@example.org", now=NOW)
        assert not store.add_subscriber(somebody("ann"))

    def test_removing_after_a_bounce_keeps_the_bounce(self, store: Store) -> None:
        bounce(store, "ann")
        assert store.remove_subscriber("ann@example.org", now=NOW)
        assert not store.add_subscriber(somebody("ann"), rejoin=True)

    def test_every_no_can_be_listed(self, store: Store) -> None:
        store.add_subscriber(somebody("ann", "weekly", "daily"))
        store.add_subscriber(somebody("bo"))
        assert (store.departures(), store.never_mailed()) == ([], [])
        store.leave("ann", "weekly", now=NOW)
        store.remove_subscriber("Bo@Example.org", now=NOW)
        assert store.departures() == [("ann@example.org", "weekly")]
        assert store.never_mailed() == [("bo@example.org", "left")]
