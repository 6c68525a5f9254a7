"""The conformance suite of `DeliveryStore`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..model import Delivery, Locale, Outcome
from .samples import NOW, a_new_edition, a_subscriber
from .store import Store
from .subscribers import bounce

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

ACCEPTED = Outcome(state="accepted", code=250, detail="queued")
REFUSED = Outcome(state="failed", code=554, detail="5.7.1 no")


def prepare(store: Store, *names: str, edition: str = "weekly-1") -> str:
    """Add an edition and confirmed subscribers, and create their deliveries."""
    newsletter, _, number = edition.rpartition("-")
    for name in names:
        store.add_subscriber(a_subscriber(name, newsletter))
    store.add_edition(a_new_edition(newsletter, int(number)), now=NOW)
    store.enqueue(edition, newsletter, now=NOW)
    return edition


def claim(store: Store, now: datetime = NOW, limit: int = 99, **more: Any) -> list[Delivery]:
    """Claim as one worker."""
    return store.claim("worker", now=now, lease=LEASE, limit=limit, **more)


def names(deliveries: list[Delivery]) -> list[str]:
    """Return the sorted subscriber ids."""
    return sorted(each.subscriber_id for each in deliveries)


def deferred(until: datetime) -> Outcome:
    """Return an outcome of a delivery that is deferred."""
    return Outcome(state="deferred", code=450, detail="4.2.0 later", until=until)


def pending(until: datetime) -> Outcome:
    """Return an outcome of a delivery that is sent again."""
    return Outcome(state="pending", until=until)


class DeliveryStoreSuite:
    """Tests what `DeliveryStore` specifies."""

    def test_every_confirmed_subscriber_gets_one_delivery(self, store: Store) -> None:
        for person in (
            a_subscriber("ann"),
            a_subscriber("bob", state="pending"),
            a_subscriber("cay"),
            a_subscriber("dan", "daily"),
            a_subscriber("eve"),
        ):
            store.add_subscriber(person)
        store.unsubscribe("cay", "weekly", now=NOW)
        store.unsubscribe("eve", None, now=NOW)
        bounce(store, "fay")
        store.add_edition(a_new_edition("weekly", 1), now=NOW)
        assert store.audience("weekly-1", "weekly") == ["ann@example.org"]
        assert store.enqueue("weekly-1", "weekly", now=NOW) == 1
        assert store.audience("weekly-1", "weekly") == ["ann@example.org"], "it is still to be sent"
        assert store.counts("weekly-1") == {"pending": 1}
        assert names(claim(store, edition_id="weekly-1")) == ["ann"]

    def test_enqueue_adds_only_missing_deliveries(self, store: Store) -> None:
        prepare(store, "ann")
        assert store.enqueue("weekly-1", "weekly", now=NOW) == 0
        store.add_subscriber(a_subscriber("bob"))
        assert store.audience("weekly-1", "weekly") == ["ann@example.org", "bob@example.org"]
        assert store.enqueue("weekly-1", "weekly", now=NOW + MINUTE) == 1
        assert store.counts("weekly-1") == {"pending": 2}

    def test_claimed_delivery_is_complete(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", name="Ann"))
        prepare(store)
        [mine] = claim(store, NOW + MINUTE)
        assert mine == Delivery(
            id=mine.id,
            edition_id="weekly-1",
            subscriber_id="ann",
            email="ann@example.org",
            name="Ann",
            state="claimed",
            attempts=0,
            created_at=NOW,
            fence=mine.fence,
        )
        assert store.counts("weekly-1") == {"claimed": 1}

    def test_delivery_keeps_the_language_and_time_zone_of_its_creation(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", language="de", timezone="Europe/Berlin"))
        prepare(store)
        store.add_subscriber(a_subscriber("ann", language="fr", timezone="Asia/Tokyo"))
        prepare(store, "bob", edition="weekly-2")
        found = [(each.edition_id, each.language, each.timezone) for each in claim(store)]
        assert sorted(found, key=str) == [
            ("weekly-1", "de", "Europe/Berlin"),
            ("weekly-2", "fr", "Asia/Tokyo"),
            ("weekly-2", None, None),
        ]

    def test_locales_are_those_of_confirmed_subscribers(self, store: Store) -> None:
        assert store.locales("weekly") == []
        for person in (
            a_subscriber("ann", language="de", timezone="Europe/Berlin"),
            a_subscriber("bob", language="de", timezone="Europe/Berlin"),
            a_subscriber("cay", language="ar"),
            a_subscriber("dan", timezone="Asia/Tokyo"),
            a_subscriber("eve"),
            a_subscriber("fay", "daily", language="fr"),
            a_subscriber("gus", language="es", state="pending"),
            a_subscriber("hal", language="pt"),
            a_subscriber("ida", language="ja"),
        ):
            store.add_subscriber(person)
        store.unsubscribe("hal", "weekly", now=NOW)
        store.unsubscribe("ida", None, now=NOW)
        assert store.locales("weekly") == [
            Locale(),
            Locale(timezone="Asia/Tokyo"),
            Locale(language="ar"),
            Locale(language="de", timezone="Europe/Berlin"),
        ]
        bounce(store, "cay")
        assert Locale(language="ar") not in store.locales("weekly")

    def test_claim_takes_due_deliveries_up_to_its_limit(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay")
        prepare(store, "dan", edition="daily-1")
        assert claim(store, NOW - MINUTE) == [], "not yet due"
        first = claim(store, limit=2, edition_id="weekly-1")
        assert len(first) == 2
        second = claim(store, edition_id="weekly-1")
        assert names(first + second) == ["ann", "bob", "cay"]
        assert names(claim(store)) == ["dan"]
        assert claim(store) == []

    def test_delivery_with_an_expired_lease_can_be_claimed_again(self, store: Store) -> None:
        prepare(store, "ann")
        [first] = claim(store)
        assert claim(store, NOW + LEASE) == []
        [second] = claim(store, NOW + LEASE + TICK)
        assert second.id == first.id
        assert second.fence > first.fence
        assert store.mark_in_doubt([first], until=NOW + 3 * LEASE) == set()
        assert store.record_outcomes([(first, ACCEPTED)], now=NOW) == set()
        store.release([first])
        assert store.counts("weekly-1") == {"claimed": 1}, "who is late writes nothing"
        assert store.record_outcomes([(second, ACCEPTED)], now=NOW) == {second.id}

    def test_claim_fails_deliveries_of_unsubscribed_addresses(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay", "dan", "eve")
        prepare(store, edition="daily-1")
        store.unsubscribe("ann", "weekly", now=NOW)
        store.unsubscribe("bob", None, now=NOW)
        bounce(store, "cay")
        store.unsubscribe("dan", "daily", now=NOW)
        assert names(claim(store, edition_id="weekly-1")) == ["dan", "eve"]
        assert store.counts("weekly-1") == {"claimed": 2, "failed": 3}
        assert sorted(email for email, reason in store.failures("weekly-1", limit=9) if reason) == [
            "ann@example.org",
            "bob@example.org",
            "cay@example.org",
        ]
        assert claim(store, NOW + 2 * LEASE, limit=9, edition_id="weekly-1") != [], "the others go on"

    def test_claim_continues_after_a_batch_of_unsubscribed_addresses(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay")
        store.unsubscribe("ann", None, now=NOW)
        store.unsubscribe("bob", None, now=NOW)
        store.unsubscribe("cay", None, now=NOW)
        store.add_subscriber(a_subscriber("dan"))
        store.enqueue("weekly-1", "weekly", now=NOW + TICK)
        assert names(claim(store, NOW + MINUTE, limit=1)) == ["dan"]

    def test_unsubscribing_between_two_attempts_fails_the_delivery(self, store: Store) -> None:
        prepare(store, "ann")
        store.record_outcomes([(each, deferred(NOW + MINUTE)) for each in claim(store)], now=NOW)
        store.unsubscribe("ann", "weekly", now=NOW)
        assert claim(store, NOW + MINUTE) == []
        assert store.counts("weekly-1") == {"failed": 1}

    def test_removing_a_subscriber_fails_open_deliveries_and_deletes_the_address(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        both = claim(store)
        ann = next(each for each in both if each.subscriber_id == "ann")
        store.remove_subscriber("ann@example.org", now=NOW)
        assert store.mark_in_doubt([ann], until=NOW + LEASE) == set(), "not even what is in hand goes out"
        assert store.record_outcomes([(ann, ACCEPTED)], now=NOW) == set()
        assert store.counts("weekly-1") == {"claimed": 1, "failed": 1}
        assert [email for email, _ in store.failures("weekly-1", limit=9)] == [""]

    def test_mark_in_doubt_succeeds_once_and_extends_the_lease(self, store: Store) -> None:
        prepare(store, "ann")
        [mine] = claim(store)
        assert store.mark_in_doubt([mine], until=NOW + 3 * LEASE) == {mine.id}
        assert store.counts("weekly-1") == {"in_doubt": 1}
        assert store.mark_in_doubt([mine], until=NOW + 9 * LEASE) == set(), "one mail goes out once"
        assert store.find_in_doubt(now=NOW + 3 * LEASE) == []
        assert claim(store, NOW + 9 * LEASE) == [], "what is in doubt is for recovery to judge"
        assert store.record_outcomes([(mine, ACCEPTED)], now=NOW) == {mine.id}
        assert store.counts("weekly-1") == {"accepted": 1}

    def test_renewed_claim_lasts_longer(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        late, doubtful = claim(store)
        store.renew([late, doubtful], until=NOW + 2 * LEASE)
        assert claim(store, NOW + 1.5 * LEASE) == []
        store.mark_in_doubt([doubtful], until=NOW + 9 * LEASE)
        [taken_over] = claim(store, NOW + 3 * LEASE)
        store.renew([late, doubtful], until=NOW + 20 * LEASE)
        assert len(store.find_in_doubt(now=NOW + 10 * LEASE)) == 1
        [again] = claim(store, NOW + 5 * LEASE)
        assert again.id == taken_over.id == late.id

    def test_mark_in_doubt_returns_only_owned_deliveries(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        mine = claim(store)
        store.record_outcomes([(mine[0], REFUSED)], now=NOW)
        assert store.mark_in_doubt(mine, until=NOW + LEASE) == {mine[1].id}

    def test_each_outcome_is_recorded(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay", "dan")
        mine = sorted(claim(store), key=lambda each: each.subscriber_id)
        outcomes = [ACCEPTED, REFUSED, deferred(NOW + MINUTE), Outcome(state="held")]
        pairs = list(zip(mine, outcomes, strict=True))
        assert store.record_outcomes(pairs, now=NOW) == {each.id for each in mine}
        assert store.counts("weekly-1") == {"accepted": 1, "failed": 1, "deferred": 1, "held": 1}
        assert store.failures("weekly-1", limit=9) == [("bob@example.org", "5.7.1 no")]
        assert names(claim(store, NOW + 9 * LEASE)) == ["cay"], "only what was deferred goes on"

    def test_finished_delivery_does_not_change(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        ann, bob = claim(store)
        store.record_outcomes([(ann, ACCEPTED), (bob, deferred(NOW + MINUTE))], now=NOW)
        assert store.record_outcomes([(ann, REFUSED), (bob, ACCEPTED)], now=NOW) == set()
        assert store.counts("weekly-1") == {"accepted": 1, "deferred": 1}

    def test_deferred_delivery_is_due_at_the_recorded_time(self, store: Store) -> None:
        prepare(store, "ann")
        [first] = claim(store)
        store.record_outcomes([(first, deferred(NOW + MINUTE))], now=NOW)
        assert store.next_due(now=NOW) == NOW + MINUTE
        assert claim(store, NOW + MINUTE - TICK) == []
        [again] = claim(store, NOW + MINUTE)
        assert (again.attempts, again.created_at) == (1, NOW)
        assert again.fence > first.fence

    def test_outcome_without_an_attempt_does_not_count(self, store: Store) -> None:
        prepare(store, "ann")
        [first] = claim(store)
        store.record_outcomes([(first, Outcome(state="deferred", until=NOW, attempted=False))], now=NOW)
        [again] = claim(store)
        assert again.attempts == 0

    def test_address_that_does_not_exist_is_suppressed(self, store: Store) -> None:
        prepare(store, "ann", edition="daily-1")
        prepare(store, "ann", edition="weekly-1")
        [mine] = claim(store, edition_id="daily-1")
        unknown = Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True)
        store.record_outcomes([(mine, unknown)], now=NOW)
        assert claim(store) == []
        assert store.counts("weekly-1") == {"failed": 1}
        store.add_edition(a_new_edition("weekly", 2), now=NOW)
        assert store.enqueue("weekly-2", "weekly", now=NOW) == 0

    def test_late_outcome_suppresses_nobody(self, store: Store) -> None:
        prepare(store, "ann")
        [late] = claim(store)
        claim(store, NOW + 2 * LEASE)
        unknown = Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True)
        assert store.record_outcomes([(late, unknown)], now=NOW) == set()
        ann = store.subscriber("ann@example.org")
        assert ann is not None
        assert ann.state == "confirmed"

    def test_released_delivery_can_be_claimed_at_once(self, store: Store) -> None:
        prepare(store, "ann")
        mine = claim(store)
        store.release(mine)
        assert store.counts("weekly-1") == {"pending": 1}
        assert store.record_outcomes([(mine[0], ACCEPTED)], now=NOW) == set(), "it is nobody's now"
        [again] = claim(store)
        assert again.fence > mine[0].fence
        assert again.attempts == 0

    def test_delivery_in_doubt_cannot_be_released(self, store: Store) -> None:
        prepare(store, "ann")
        mine = claim(store)
        store.mark_in_doubt(mine, until=NOW + LEASE)
        store.release(mine)
        assert store.counts("weekly-1") == {"in_doubt": 1}

    def test_find_in_doubt_returns_deliveries_with_an_expired_lease(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        ann = claim(store)[0]
        store.mark_in_doubt([ann], until=NOW + LEASE)
        assert store.find_in_doubt(now=NOW + LEASE) == []
        [found] = store.find_in_doubt(now=NOW + LEASE + TICK)
        assert found == ann.model_copy(update={"state": "in_doubt"})

    def test_delivery_in_doubt_can_be_made_due_again(self, store: Store) -> None:
        prepare(store, "ann")
        [mine] = claim(store)
        store.mark_in_doubt([mine], until=NOW + LEASE)
        [found] = store.find_in_doubt(now=NOW + 2 * LEASE)
        due = NOW + 3 * LEASE
        assert store.record_outcomes([(found, pending(due))], now=NOW + 2 * LEASE) == {mine.id}
        assert store.record_outcomes([(found, pending(due))], now=NOW + 2 * LEASE) == set(), "once"
        assert store.record_outcomes([(mine, ACCEPTED)], now=NOW) == set(), "the worker is too late"
        assert store.find_in_doubt(now=due) == []
        assert claim(store, due - TICK) == []
        [again] = claim(store, due)
        assert (again.attempts, again.created_at) == (1, mine.created_at)
        assert again.fence > mine.fence

    def test_answer_before_the_doubt_is_resolved_counts(self, store: Store) -> None:
        prepare(store, "ann")
        [mine] = claim(store)
        store.mark_in_doubt([mine], until=NOW + LEASE)
        [found] = store.find_in_doubt(now=NOW + 2 * LEASE)
        assert store.record_outcomes([(mine, ACCEPTED)], now=NOW + 2 * LEASE) == {mine.id}
        assert store.record_outcomes([(found, pending(NOW))], now=NOW + 2 * LEASE) == set()
        assert store.counts("weekly-1") == {"accepted": 1}

    def test_delivery_in_doubt_can_be_held(self, store: Store) -> None:
        prepare(store, "ann")
        mine = claim(store)
        store.mark_in_doubt(mine, until=NOW + LEASE)
        found = store.find_in_doubt(now=NOW + 2 * LEASE)
        store.record_outcomes([(each, Outcome(state="held")) for each in found], now=NOW + 2 * LEASE)
        assert store.counts("weekly-1") == {"held": 1}
        assert claim(store, NOW + 9 * LEASE) == []
        assert store.next_due(now=NOW) is None
        assert store.record_outcomes([(mine[0], ACCEPTED)], now=NOW) == set()

    def test_failures_are_sorted_newest_first(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay")
        for minute, mine in enumerate(sorted(claim(store), key=lambda each: each.subscriber_id)):
            outcome = Outcome(state="failed", detail=f"reason {minute}")
            store.record_outcomes([(mine, outcome)], now=NOW + minute * MINUTE)
        assert store.failures("weekly-1", limit=2) == [
            ("cay@example.org", "reason 2"),
            ("bob@example.org", "reason 1"),
        ]
        assert store.failures("weekly-2", limit=2) == []

    def test_long_detail_is_shortened(self, store: Store) -> None:
        prepare(store, "ann")
        [mine] = claim(store)
        assert store.record_outcomes([(mine, Outcome(state="failed", detail="x" * 100_000))], now=NOW) == {
            mine.id
        }

    def test_next_due_is_the_earliest_time(self, store: Store) -> None:
        assert store.next_due(now=NOW) is None
        prepare(store, "ann", "bob")
        assert store.next_due(now=NOW) == NOW
        ann, bob = claim(store)
        assert store.next_due(now=NOW) == NOW + LEASE, "when a lease is over"
        store.mark_in_doubt([ann], until=NOW + 2 * LEASE)
        store.record_outcomes([(bob, deferred(NOW + 3 * LEASE))], now=NOW)
        assert store.next_due(now=NOW) == NOW + 2 * LEASE
        store.record_outcomes([(ann, ACCEPTED)], now=NOW)
        assert store.next_due(now=NOW) == NOW + 3 * LEASE

    def test_times_of_a_clock_that_was_a_year_ahead_delay_nothing(self, store: Store) -> None:
        later = NOW + timedelta(days=365)
        prepare(store, "ann", "bob", "cat")
        put_off, claimed, doubtful = claim(store, later)
        store.record_outcomes([(put_off, deferred(later + LEASE))], now=later)
        store.mark_in_doubt([doubtful], until=later + LEASE)
        assert store.next_due(now=NOW) == NOW
        assert names(store.find_in_doubt(now=NOW)) == [doubtful.subscriber_id]
        assert names(claim(store)) == sorted([put_off.subscriber_id, claimed.subscriber_id])
        store.add_subscriber(a_subscriber("dan"))
        store.enqueue("weekly-1", "weekly", now=later)
        assert names(claim(store)) == ["dan"]

    def test_longest_wait_is_kept(self, store: Store) -> None:
        prepare(store, "ann")
        store.record_outcomes([(claim(store)[0], deferred(NOW + timedelta(days=20)))], now=NOW)
        month = timedelta(days=30)
        assert claim(store, NOW + LEASE, longest_wait=month) == []
        assert store.next_due(now=NOW, longest_wait=month) == NOW + timedelta(days=20)

    def test_empty_batches_are_allowed(self, store: Store) -> None:
        assert store.mark_in_doubt([], until=NOW) == set()
        assert store.record_outcomes([], now=NOW) == set()
        store.release([])
        assert store.counts("weekly-1") == {}

    def test_outcomes_and_doubt_are_committed_together(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay")
        ann, bob, cay = claim(store)
        store.release([cay])
        owned = store.record_outcomes([(ann, ACCEPTED)], now=NOW, in_doubt=[bob, cay], until=NOW + 2 * LEASE)
        assert owned == {ann.id, bob.id}, "the third is nobody's"
        assert store.counts("weekly-1") == {"accepted": 1, "in_doubt": 1, "pending": 1}
        assert store.find_in_doubt(now=NOW + 2 * LEASE) == []
        assert store.find_in_doubt(now=NOW + 2 * LEASE + TICK) != []

    def test_each_delivery_of_many_gets_its_own_outcome(self, store: Store) -> None:
        prepare(store, *(f"reader{n}" for n in range(40)))
        mine = sorted(claim(store), key=lambda each: each.id)
        outcomes = [
            Outcome(state="deferred", code=400 + n, detail=f"'{n}\" \\ \u20ac", until=NOW + n * TICK)
            for n in range(40)
        ]
        assert len(store.record_outcomes(list(zip(mine, outcomes, strict=True)), now=NOW)) == 40
        for n in (0, 7, 39):
            assert len(claim(store, NOW + n * TICK)) == {0: 1, 7: 7, 39: 32}[n]

    def test_retried_deliveries_are_due_as_if_none_had_been_tried(self, store: Store) -> None:
        prepare(store, "ann", "bob", "cay", "dan", "eve", "fay")
        mine = {each.subscriber_id: each for each in claim(store)}
        later = deferred(NOW + MINUTE)
        outcomes = [(mine[name], REFUSED) for name in ("ann", "bob", "cay")]
        outcomes += [(mine["dan"], Outcome(state="held")), (mine["eve"], later), (mine["fay"], ACCEPTED)]
        store.record_outcomes(outcomes, now=NOW)
        store.unsubscribe("bob", "weekly", now=NOW)
        store.unsubscribe("cay", None, now=NOW)
        at = NOW + 9 * LEASE

        def retry(state: Any) -> tuple[int, int]:
            return store.retry_deliveries("weekly-1", "weekly", state=state, now=at)

        assert retry("failed") == (1, 2), "no one's own no is undone"
        assert retry("held") == (1, 0)
        assert retry("deferred") == (1, 0)
        assert store.counts("weekly-1") == {"pending": 3, "failed": 2, "accepted": 1}
        again = {each.subscriber_id: each for each in claim(store, at)}
        assert sorted(again) == ["ann", "dan", "eve"]
        assert {(each.attempts, each.created_at, each.tried_since) for each in again.values()} == {
            (0, NOW, at)
        }
        assert all(each.fence > mine[name].fence for name, each in again.items())

    def test_retry_passes_over_those_who_were_removed_or_bounced(self, store: Store) -> None:
        prepare(store, "ann", "bob")
        store.record_outcomes([(each, REFUSED) for each in claim(store)], now=NOW)
        store.remove_subscriber("ann@example.org", now=NOW)
        bounce(store, "bob")
        assert store.retry_deliveries("weekly-1", "weekly", state="failed", now=NOW) == (0, 2)
        assert store.counts("weekly-1") == {"failed": 2}

    def test_last_stop_of_an_edition(self, store: Store) -> None:
        prepare(store, edition="daily-1")
        prepare(store, edition="weekly-1")
        assert store.last_stop("weekly-1") is None
        store.record_stop(["weekly-1", "daily-1"], "554 relay denied", now=NOW)
        assert store.last_stop("daily-1") == "554 relay denied"
        store.record_stop(["weekly-1"], "no connection", now=NOW)
        assert store.last_stop("weekly-1") == "no connection"
        store.record_stop(["weekly-1"], None, now=NOW)
        assert store.last_stop("weekly-1") is None
        assert store.last_stop("daily-1") == "554 relay denied"
