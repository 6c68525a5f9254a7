"""The conformance suite of `BounceStore`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..model import Bounce, Outcome
from .deliveries import claim, prepare
from .samples import NOW, a_subscriber
from .store import Store
from .subscribers import stored

HOUR = timedelta(hours=1)


def a_bounce(name: str, /, edition: str = "weekly-1", **fields: Any) -> Bounce:
    """Return a hard bounce of the subscriber NAME, received at `NOW`."""
    defaults = {
        "id": f"{edition}.{name}.1",
        "delivery_id": f"{edition}.{name}",
        "edition_id": edition,
        "subscriber_id": name,
        "kind": "hard",
        "status": "5.1.1",
        "diagnostic": "550 5.1.1 no such user",
        "refusal": "hard 5.1.1 no such user",
        "excerpt": "Your message could not be delivered.",
        "received_at": NOW,
    }
    return Bounce(**(defaults | fields))


def count(store: Store, *bounces: Bounce) -> int:
    """Record bounces and let them count. Return how many addresses were suppressed."""
    store.record_bounces(bounces, now=NOW)
    refusals = {(each.edition_id, each.refusal) for each in bounces}
    return sum(store.decide_refusal(*each, "counted", now=NOW) for each in sorted(refusals))


def a_soft_bounce(name: str, number: int, **fields: Any) -> Bounce:
    """Return a soft bounce of the edition of this number."""
    defaults = {
        "kind": "soft",
        "status": "5.2.2",
        "diagnostic": "552 5.2.2 full",
        "refusal": "soft 5.2.2 full",
    }
    return a_bounce(name, f"weekly-{number}", **(defaults | fields))


def evidence(store: Store, name: str) -> list[Bounce]:
    """Return the bounces of `NAME@example.org`, as the store has them."""
    record = store.subscriber_record(f"{name}@example.org")
    return list(record.bounces) if record else []


class BounceStoreSuite:
    """Tests of what `BounceStore` specifies."""

    def test_bounce_is_returned_as_it_was_recorded(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        later = a_bounce("ann", id="2", received_at=NOW + HOUR, status=None)
        assert store.record_bounces([later, a_bounce("ann"), a_bounce("bob")], now=NOW) == {
            "2",
            "weekly-1.ann.1",
            "weekly-1.bob.1",
        }
        assert evidence(store, "ann") == [a_bounce("ann"), later], "oldest first"
        assert stored(store, "ann").state == "confirmed", "nothing was decided"

    def test_bounce_is_recorded_once(self, store: Store) -> None:
        prepare(store, "ann")
        assert store.record_bounces([a_bounce("ann")], now=NOW)
        again = a_bounce("ann", received_at=NOW + HOUR)
        assert store.record_bounces([again, again], now=NOW + HOUR) == set()
        assert evidence(store, "ann") == [a_bounce("ann")]

    def test_editions_and_deliveries_are_found(self, store: Store) -> None:
        prepare(store, "ann", "anna")
        prepare(store, edition="daily-1")
        assert sorted(store.edition_ids()) == ["daily-1", "weekly-1"]
        found = store.find_delivery("weekly-1", "ann", is_prefix=False)
        assert found is not None
        assert (found.edition_id, found.subscriber_id, found.email) == ("weekly-1", "ann", "ann@example.org")
        assert store.find_delivery("weekly-1", "an", is_prefix=False) is None
        assert store.find_delivery("daily-1", "ann", is_prefix=False) is None

    def test_delivery_is_found_by_the_start_of_a_long_id(self, store: Store) -> None:
        ids = {first: first * 64 for first in "09af"}
        for first, subscriber_id in ids.items():
            store.add_subscriber(a_subscriber(subscriber_id, email=f"{first}@example.org"))
        prepare(store)
        for subscriber_id in ids.values():
            found = store.find_delivery("weekly-1", subscriber_id[:24], is_prefix=True)
            assert found is not None
            assert found.subscriber_id == subscriber_id
        store.add_subscriber(a_subscriber("a" * 40, email="other@example.org"))
        store.enqueue("weekly-1", "weekly", now=NOW)
        assert store.find_delivery("weekly-1", "a" * 24, is_prefix=True) is None, "there are two"
        assert store.find_delivery("weekly-1", "b" * 24, is_prefix=True) is None
        assert store.find_delivery("weekly-1", "%" * 24, is_prefix=True) is None

    def test_last_delivery_is_that_of_the_newest_edition(self, store: Store) -> None:
        prepare(store, "ann")
        prepare(store, edition="weekly-2")
        prepare(store, "bob", edition="daily-3")
        found = store.find_last_delivery("ann", "weekly")
        assert found is not None
        assert found.edition_id == "weekly-2"
        assert store.find_last_delivery("ann", "daily") is None
        assert store.find_last_delivery("cay", "weekly") is None

    def test_removed_subscriber_leaves_no_evidence(self, store: Store) -> None:
        prepare(store, "ann")
        store.record_bounces([a_bounce("ann")], now=NOW)
        store.remove_subscriber("ann@example.org", now=NOW)
        assert evidence(store, "ann") == []
        assert store.bounce_counts(since=NOW) == {}
        assert store.find_delivery("weekly-1", "ann", is_prefix=False) is None
        assert store.find_last_delivery("ann", "weekly") is None
        assert store.record_bounces([a_bounce("ann")], now=NOW) == set()

    def test_counted_hard_bounce_suppresses_the_address(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        assert count(store, a_bounce("ann")) == 1
        assert stored(store, "ann").state == "suppressed"
        assert stored(store, "bob").state == "confirmed"
        assert not store.resubscribe(a_subscriber("ann"))
        assert [each.verdict for each in evidence(store, "ann")] == ["counted"]
        assert store.decide_refusal("weekly-1", a_bounce("ann").refusal, "counted", now=NOW) == 0

    def test_other_kinds_do_not_suppress(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        assert count(store, a_bounce("ann", kind="refused"), a_bounce("bob", kind="soft")) == 0
        assert {each.state for each in store.subscribers()} == {"confirmed"}

    def test_complaint_suppresses_at_once(self, store: Store) -> None:
        prepare(store, "ann")
        complaint = a_bounce("ann", kind="complaint", diagnostic="abuse", verdict="counted")
        assert store.record_bounces([complaint], now=NOW)
        assert stored(store, "ann").state == "suppressed"
        assert store.open_refusals() == []

    def test_held_refusal_undoes_what_it_did(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        assert count(store, a_bounce("ann")) == 1
        store.record_bounces([a_bounce("bob")], now=NOW)
        assert store.decide_refusal("weekly-1", a_bounce("ann").refusal, "held", now=NOW) == 1
        assert {each.state for each in store.subscribers()} == {"confirmed"}
        assert not store.add_subscriber(a_subscriber("ann")), "nothing else changed"
        assert store.audience("weekly-1", "weekly") == ["ann@example.org", "bob@example.org"]
        assert [each.verdict for each in evidence(store, "ann")] == ["held"]

    def test_refusal_of_very_many_is_decided_completely(self, store: Store) -> None:
        names = [f"s{number}" for number in range(201)]
        prepare(store, *names)
        assert count(store, *(a_bounce(name) for name in names)) == 201
        assert {each.state for each in store.subscribers()} == {"suppressed"}
        assert store.decide_refusal("weekly-1", a_bounce("s0").refusal, "held", now=NOW) == 201
        assert {each.state for each in store.subscribers()} == {"confirmed"}
        count(store, *(a_bounce(name, id=f"{name}.soft", kind="soft", refusal="full") for name in names))
        assert store.suppress_repeated(limit=1, since=NOW, now=NOW) == 201

    def test_held_refusal_does_not_undo_a_complaint(self, store: Store) -> None:
        prepare(store, "ann")
        count(store, a_bounce("ann"))
        store.record_bounces([a_bounce("ann", id="c", kind="complaint", verdict="counted")], now=NOW)
        assert store.decide_refusal("weekly-1", a_bounce("ann").refusal, "held", now=NOW) == 0
        assert stored(store, "ann").state == "suppressed"

    def test_held_refusal_does_not_undo_another_hard_bounce(self, store: Store) -> None:
        prepare(store, "ann")
        count(store, a_bounce("ann"), a_bounce("ann", id="other", refusal="hard 5.1.10"))
        first, second = a_bounce("ann").refusal, "hard 5.1.10"
        assert store.decide_refusal("weekly-1", first, "held", now=NOW) == 0
        assert stored(store, "ann").state == "suppressed"
        store.decide_refusal("weekly-1", second, "held", now=NOW)

    def test_held_refusal_leaves_an_unsubscribed_address_unsubscribed(self, store: Store) -> None:
        prepare(store, "ann")
        store.unsubscribe("ann", None, now=NOW)
        count(store, a_bounce("ann"))
        store.decide_refusal("weekly-1", a_bounce("ann").refusal, "held", now=NOW)
        assert stored(store, "ann").state == "unsubscribed"

    def test_refusals_are_counted_over_the_edition(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay")
        prepare(store, edition="weekly-2")
        assert store.open_refusals() == []
        count(store, a_bounce("ann", received_at=NOW - HOUR))
        store.record_bounces(
            [
                a_bounce("bob"),
                a_bounce("bob", id="again"),
                a_bounce("cay", refusal="other"),
                a_bounce("cay", "weekly-2"),
            ],
            now=NOW,
        )
        found = [
            (each.edition_id, each.refusal, each.deliveries, each.edition_deliveries, each.first_at)
            for each in store.open_refusals()
        ]
        same = a_bounce("ann").refusal
        assert found == [
            ("weekly-1", same, 2, 3, NOW - HOUR),
            ("weekly-1", "other", 1, 3, NOW),
            ("weekly-2", same, 1, 3, NOW),
        ]

    def test_held_refusals_are_listed_for_a_while(self, store: Store) -> None:
        prepare(store, "ann")
        store.record_bounces([a_bounce("ann")], now=NOW)
        assert store.held_refusals(since=NOW) == []
        store.decide_refusal("weekly-1", a_bounce("ann").refusal, "held", now=NOW)
        [found] = store.held_refusals(since=NOW)
        assert (found.deliveries, found.diagnostic) == (1, "550 5.1.1 no such user")
        assert store.held_refusals(since=NOW + HOUR) == []
        assert store.open_refusals() == []

    def test_repeated_soft_bounces_suppress(self, store: Store) -> None:
        for number in (1, 2, 3):
            prepare(store, "ann", "bob", edition=f"weekly-{number}")
        count(store, a_soft_bounce("ann", 1), a_soft_bounce("ann", 2), a_soft_bounce("ann", 2, id="twice"))
        count(store, a_soft_bounce("bob", 1, received_at=NOW - HOUR), a_soft_bounce("bob", 2))
        count(store, a_soft_bounce("bob", 3, kind="refused", refusal="other"))
        assert store.suppress_repeated(limit=3, since=NOW - HOUR, now=NOW) == 0, "two deliveries each"
        count(store, a_soft_bounce("ann", 3))
        assert store.suppress_repeated(limit=3, since=NOW, now=NOW) == 1
        assert stored(store, "ann").state == "suppressed"
        assert stored(store, "bob").state == "confirmed"
        assert store.suppress_repeated(limit=3, since=NOW, now=NOW) == 0
        assert store.suppress_repeated(limit=2, since=NOW, now=NOW) == 0, "one is too old"

    def test_soft_bounces_that_do_not_count_do_not_suppress(self, store: Store) -> None:
        prepare(store, "ann")
        prepare(store, edition="weekly-2")
        store.record_bounces([a_soft_bounce("ann", 1), a_soft_bounce("ann", 2)], now=NOW)
        store.decide_refusal("weekly-1", "soft 5.2.2 full", "counted", now=NOW)
        store.decide_refusal("weekly-2", "soft 5.2.2 full", "held", now=NOW)
        assert store.suppress_repeated(limit=2, since=NOW, now=NOW) == 0

    def test_bounces_do_not_count_again_after_a_reinstatement(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        count(store, a_bounce("ann"))
        store.record_bounces([a_bounce("ann", id="soft", kind="soft")], now=NOW)
        assert store.reinstate_subscriber("ann@example.org")
        assert store.open_refusals() == []
        assert count(store, a_bounce("bob")) == 1
        assert stored(store, "ann").state == "confirmed"
        assert store.suppress_repeated(limit=1, since=NOW, now=NOW) == 0
        assert [each.verdict for each in evidence(store, "ann")] == ["dismissed", "dismissed"]

    def test_bounces_are_counted_by_kind(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        store.record_bounces(
            [
                a_bounce("ann"),
                a_bounce("bob", received_at=NOW - HOUR),
                a_bounce("bob", id="s", kind="soft"),
            ],
            now=NOW,
        )
        assert store.bounce_counts(since=NOW) == {"hard": 1, "soft": 1}
        assert store.bounce_counts(since=NOW - HOUR) == {"hard": 2, "soft": 1}

    def test_deliveries_that_a_server_refused_are_listed_until_recorded(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay", "dan")
        claimed = {each.subscriber_id: each for each in claim(store)}
        full = Outcome(state="failed", code=552, detail="5.2.2 mailbox full")
        outcomes = {
            "ann": full,
            "bob": Outcome(state="accepted", code=250),
            "cay": full,
            "dan": Outcome(state="failed", detail="the message cannot be built", attempted=False),
        }
        for name, outcome in outcomes.items():
            at = NOW + HOUR if name == "cay" else NOW
            store.record_outcomes([(claimed[name], outcome)], now=at)

        def listed(since: datetime, limit: int = 9) -> list[tuple[str, str, datetime]]:
            found = store.failed_deliveries(since=since, limit=limit)
            return [(delivery.subscriber_id, reply, at) for delivery, reply, at in found]

        ann, cay = ("ann", full.detail, NOW), ("cay", full.detail, NOW + HOUR)
        assert listed(NOW) == [ann, cay]
        assert listed(NOW, limit=1) == [ann]
        assert listed(NOW + HOUR) == [cay]
        store.record_bounces([a_bounce("ann")], now=NOW)
        assert listed(NOW) == [cay]
        store.remove_subscriber("cay@example.org", now=NOW)
        assert listed(NOW) == []
