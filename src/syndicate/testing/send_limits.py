"""The conformance suite of `SendLimitStore`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

from ..model import Delivery, Outcome
from .samples import NOW, a_new_edition, a_subscriber
from .store import Store

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def claim_all(store: Store, number: int) -> list[Delivery]:
    """Queue the edition weekly-1 for a number of subscribers, and claim every delivery."""
    for each in range(number):
        store.add_subscriber(a_subscriber(f"s{each}"))
    assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
    assert store.enqueue("weekly-1", "weekly", now=NOW) == number
    return claim(store)


def claim(store: Store, now: Any = NOW) -> list[Delivery]:
    """Claim what is due."""
    return store.claim("worker", now=now, lease=LEASE, limit=100)


class SendLimitStoreSuite:
    """Tests what `SendLimitStore` specifies."""

    def test_limits_are_read_and_changed_together(self, store: Store) -> None:
        store.change_limits(["a", "b"], lambda values: {"a": 1, "b": {"x": [2]}} if not values else {})
        assert store.find_limits("") == {"a": 1, "b": {"x": [2]}}
        store.change_limits(["a", "c"], lambda values: {"a": values["a"] + 1, "c": len(values)})
        assert store.find_limits("") == {"a": 2, "b": {"x": [2]}, "c": 1}

    def test_limit_is_deleted(self, store: Store) -> None:
        store.change_limits(["a", "b"], lambda _: {"a": 1, "b": 2, "c": None})
        store.change_limits(["a"], lambda _: {"a": None})
        assert store.find_limits("") == {"b": 2}

    def test_error_changes_no_limit(self, store: Store) -> None:
        def fail(_: dict[str, Any]) -> dict[str, Any]:
            raise ZeroDivisionError

        store.change_limits(["a"], lambda _: {"a": 1})
        with suppress(ZeroDivisionError):
            store.change_limits(["a"], fail)
        assert store.find_limits("") == {"a": 1}
        store.change_limits(["a"], lambda values: {"a": values["a"] + 1})
        assert store.find_limits("") == {"a": 2}, "and the next change is not blocked"

    def test_limits_are_found_by_prefix(self, store: Store) -> None:
        values = {"lowered a b": 1, "lowered c": 2, "Lowered d": 3, "low%": 4, "low": 5}
        store.change_limits(list(values), lambda _: values)
        assert store.find_limits("lowered ") == {"lowered a b": 1, "lowered c": 2}
        assert store.find_limits("low%") == {"low%": 4}

    def test_very_many_limits(self, store: Store) -> None:
        names = [f"domain {number}" for number in range(2500)]
        store.change_limits(names, lambda _: dict.fromkeys(names, 1))
        store.change_limits(names, lambda values: {name: values[name] + 1 for name in names})
        assert store.find_limits("domain ") == dict.fromkeys(names, 2)

    def test_no_change_of_a_limit_is_lost(self, store: Store) -> None:
        def add(_: int) -> None:
            store.change_limits(["count"], lambda values: {"count": values.get("count", 0) + 1})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(40)))
        assert store.find_limits("count") == {"count": 40}

    def test_postponed_delivery_is_due_later(self, store: Store) -> None:
        first, second = claim_all(store, 2)
        store.postpone([(first, NOW + HOUR, "rate of example.org")])
        assert claim(store, NOW + LEASE / 2) == []
        assert store.next_due(now=NOW) == NOW + LEASE, "the lease of the other one"
        assert store.record_outcomes([(second, Outcome(state="accepted"))], now=NOW) == {second.id}
        assert store.next_due(now=NOW) == NOW + HOUR
        [again] = claim(store, NOW + HOUR)
        assert (again.id, again.attempts) == (first.id, 0)
        assert again.fence > first.fence

    def test_only_own_claims_are_postponed(self, store: Store) -> None:
        [first] = claim_all(store, 1)
        [second] = claim(store, NOW + 2 * LEASE)
        store.postpone([(first, NOW + 9 * HOUR, "late")])
        assert store.counts("weekly-1") == {"claimed": 1}
        store.mark_in_doubt([second], until=NOW + HOUR)
        store.postpone([(second, NOW + 9 * HOUR, "late")])
        assert store.counts("weekly-1") == {"in_doubt": 1}

    def test_waiting_is_grouped_by_reason(self, store: Store) -> None:
        claimed = claim_all(store, 4)
        waits = [(1, "quiet hours"), (3, "rate"), (2, "rate")]
        store.postpone(
            [(each, NOW + hours * HOUR, why) for each, (hours, why) in zip(claimed, waits, strict=False)]
        )
        found = [(each.number, each.until, each.reason) for each in store.waiting("weekly-1", now=NOW)]
        assert found == [(1, NOW + HOUR, "quiet hours"), (2, NOW + 3 * HOUR, "rate")]
        assert [each.number for each in store.waiting("weekly-1", now=NOW + 2 * HOUR)] == [1]
        assert store.waiting("weekly-1", now=NOW + 3 * HOUR) == []

    def test_deferred_delivery_does_not_wait_for_a_limit(self, store: Store) -> None:
        [first] = claim_all(store, 1)
        store.postpone([(first, NOW + HOUR, "rate")])
        [again] = claim(store, NOW + HOUR)
        store.record_outcomes([(again, Outcome(state="deferred", until=NOW + 9 * HOUR))], now=NOW + HOUR)
        assert store.waiting("weekly-1", now=NOW + HOUR) == []

    def test_paused_edition_is_not_claimed(self, store: Store) -> None:
        claimed = claim_all(store, 2)
        store.release(claimed)
        assert store.add_edition(a_new_edition("weekly", 2), now=NOW)
        assert store.enqueue("weekly-2", "weekly", now=NOW) == 2
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="quota")
        assert {each.edition_id for each in claim(store)} == {"weekly-2"}
        [waiting] = store.waiting("weekly-1", now=NOW)
        assert (waiting.number, waiting.until, waiting.reason) == (2, NOW + HOUR, "quota")
        assert {each.edition_id for each in claim(store, NOW + HOUR)} == {"weekly-1", "weekly-2"}
        assert store.waiting("weekly-1", now=NOW + HOUR) == []

    def test_end_of_a_pause_is_due(self, store: Store) -> None:
        store.release(claim_all(store, 2))
        assert store.next_due(now=NOW) == NOW
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="quota")
        assert store.next_due(now=NOW) == NOW + HOUR
        store.pause_edition("weekly-1", now=NOW, until=NOW + 2 * HOUR, reason="warm-up")
        assert store.next_due(now=NOW) == NOW + 2 * HOUR
        store.pause_edition("weekly-1", now=NOW, until=None, reason="canary")
        assert store.next_due(now=NOW) is None

    def test_claims_of_a_dead_process_wait_for_the_end_of_the_pause(self, store: Store) -> None:
        claim_all(store, 1)
        later = NOW + 2 * LEASE
        store.pause_edition("weekly-1", now=later, until=later + HOUR, reason="quota")
        assert claim(store, later) == []
        assert store.next_due(now=later) == later + HOUR, "and not the end of the lease, which has passed"
        assert len(claim(store, later + HOUR)) == 1

    def test_doubt_is_resolved_during_a_pause(self, store: Store) -> None:
        store.mark_in_doubt(claim_all(store, 1), until=NOW + LEASE)
        store.pause_edition("weekly-1", now=NOW, until=None, reason="canary")
        assert store.next_due(now=NOW) == NOW + LEASE
        assert len(store.find_in_doubt(now=NOW + 2 * LEASE)) == 1

    def test_paused_edition_is_not_claimed_by_its_id(self, store: Store) -> None:
        store.release(claim_all(store, 1))
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="quota")
        assert store.claim("w", now=NOW, lease=LEASE, limit=9, edition_id="weekly-1") == []
        assert len(store.claim("w", now=NOW + HOUR, lease=LEASE, limit=9, edition_id="weekly-1")) == 1

    def test_pause_without_end_waits_for_the_operator(self, store: Store) -> None:
        store.release(claim_all(store, 1))
        store.pause_edition("weekly-1", now=NOW, until=None, reason="canary")
        assert claim(store, NOW + 9000 * HOUR) == []
        [waiting] = store.waiting("weekly-1", now=NOW + 9000 * HOUR)
        assert (waiting.number, waiting.until, waiting.reason) == (1, None, "canary")
        store.resume_edition("weekly-1")
        store.resume_edition("weekly-1")
        assert len(claim(store, NOW)) == 1

    def test_pause_that_allows_retries(self, store: Store) -> None:
        first, second, dead = claim_all(store, 3)
        store.record_outcomes([(first, Outcome(state="deferred", until=NOW + MINUTE))], now=NOW)
        store.release([second])
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="canary", allows_retries=True)
        assert store.next_due(now=NOW) == NOW + MINUTE
        [again] = claim(store, NOW + MINUTE)
        assert (again.id, again.attempts) == (first.id, 1)
        store.release([again])
        assert store.counts("weekly-1") == {"deferred": 1, "pending": 1, "claimed": 1}
        [again] = claim(store, NOW + MINUTE)
        store.postpone([(again, NOW + 2 * MINUTE, "rate")])
        assert store.next_due(now=NOW + MINUTE) == NOW + 2 * MINUTE
        assert {each.id for each in claim(store, NOW + 2 * LEASE)} == {first.id, dead.id}
        assert len(claim(store, NOW + HOUR)) == 3

    def test_timed_pause_can_be_ended(self, store: Store) -> None:
        store.release(claim_all(store, 1))
        store.pause_edition("weekly-1", now=NOW, until=None, reason="canary")
        store.end_timed_pause("weekly-1")
        assert claim(store) == []
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="refused")
        store.end_timed_pause("weekly-1")
        assert len(claim(store)) == 1

    def test_waits_can_be_ended(self, store: Store) -> None:
        store.postpone([(each, NOW + HOUR, "quota") for each in claim_all(store, 2)])
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="quota")
        assert claim(store) == []
        store.end_waits("weekly-1", now=NOW)
        assert store.waiting("weekly-1", now=NOW) == []
        assert len(claim(store)) == 2

    def test_pause_of_a_wrong_clock_has_no_effect(self, store: Store) -> None:
        store.release(claim_all(store, 1))
        year = timedelta(days=365)
        store.pause_edition("weekly-1", now=NOW + year, until=NOW + year + HOUR, reason="quota")
        assert store.waiting("weekly-1", now=NOW) == []
        assert store.next_due(now=NOW) == NOW
        assert len(claim(store, NOW)) == 1

    def test_times_of_a_wrong_clock_end_with_a_pause(self, store: Store) -> None:
        [first] = claim_all(store, 1)
        store.postpone([(first, NOW + timedelta(days=365), "rate")])
        store.pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="quota")
        assert store.next_due(now=NOW) == NOW + HOUR
        assert len(claim(store, NOW + HOUR)) == 1

    def test_claim_ends_what_a_delivery_waits_for(self, store: Store) -> None:
        [first] = claim_all(store, 1)
        store.postpone([(first, NOW + HOUR, "rate")])
        [again] = claim(store, NOW + HOUR)
        store.record_outcomes([(again, Outcome(state="pending", until=NOW + 9 * HOUR))], now=NOW + HOUR)
        assert store.waiting("weekly-1", now=NOW + HOUR) == []

    def test_tried_deliveries_are_counted(self, store: Store) -> None:
        assert store.count_tried("weekly-1") == (0, 0)
        accepted, deferred, failed, doubtful, untried, _ = claim_all(store, 6)
        store.record_outcomes(
            [
                (accepted, Outcome(state="accepted")),
                (deferred, Outcome(state="deferred", until=NOW + HOUR)),
                (failed, Outcome(state="failed")),
                (untried, Outcome(state="failed", attempted=False)),
            ],
            now=NOW,
        )
        store.mark_in_doubt([doubtful], until=NOW + HOUR)
        assert store.count_tried("weekly-1") == (4, 3)
