"""The conformance suite of `RunStore`."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..model import Run
from .samples import NOW
from .store import Store

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def wait(store: Store, *slots: datetime, schedule: str = "weekly") -> None:
    """Add waiting runs."""
    after = store.cursor(schedule, spec="test", now=NOW - 10 * HOUR)
    assert after is not None
    assert store.decide(schedule, after=after, upto=max(slots), run_slots=slots, skipped=(), now=NOW)


def take(store: Store, now: datetime = NOW, *schedules: str) -> Run | None:
    """Take a run as one daemon."""
    return store.take("daemon", now=now, lease=LEASE, schedules=schedules or ("weekly", "daily"))


class RunStoreSuite:
    """Tests what `RunStore` specifies."""

    def test_new_schedule_starts_now(self, store: Store) -> None:
        assert store.cursor("weekly", spec="0 8 * * *", now=NOW) == NOW
        assert store.cursor("weekly", spec="0 8 * * *", now=NOW + HOUR) == NOW, "and is remembered"
        assert store.cursor("daily", spec="0 8 * * *", now=NOW + HOUR) == NOW + HOUR

    def test_changed_schedule_starts_now(self, store: Store) -> None:
        store.cursor("weekly", spec="0 8 * * * Europe/Berlin", now=NOW)
        assert store.cursor("weekly", spec="0 8 * * * Asia/Tokyo", now=NOW + HOUR) == NOW + HOUR
        assert store.cursor("weekly", spec="0 8 * * * Asia/Tokyo", now=NOW + 2 * HOUR) == NOW + HOUR

    def test_decision_adds_a_row_per_slot_and_moves_the_cursor(self, store: Store) -> None:
        store.cursor("weekly", spec="test", now=NOW)
        assert store.decide(
            "weekly",
            after=NOW,
            upto=NOW + 2 * HOUR,
            run_slots=[NOW + 2 * HOUR],
            skipped=[(NOW + HOUR, "missed")],
            now=NOW + 3 * HOUR,
        )
        assert store.cursor("weekly", spec="test", now=NOW + 9 * HOUR) == NOW + 2 * HOUR
        newest, older = store.runs()
        assert (newest.schedule, newest.slot, newest.state) == ("weekly", NOW + 2 * HOUR, "waiting")
        assert (older.slot, older.state, older.note) == (NOW + HOUR, "skipped", "missed")

    def test_decision_is_made_once(self, store: Store) -> None:
        store.cursor("weekly", spec="test", now=NOW)
        slot = NOW + HOUR
        assert store.decide("weekly", after=NOW, upto=slot, run_slots=[slot], skipped=(), now=slot)
        other = slot + HOUR
        assert not store.decide("weekly", after=NOW, upto=other, run_slots=[other], skipped=(), now=other)
        assert [each.slot for each in store.runs()] == [slot]
        assert store.cursor("weekly", spec="test", now=NOW + 9 * HOUR) == slot
        assert not store.decide("unknown", after=NOW, upto=slot, run_slots=[slot], skipped=(), now=slot)

    def test_decided_slot_keeps_its_row(self, store: Store) -> None:
        # One daemon's clock is ahead; then the schedule is edited on a machine whose clock is right.
        store.cursor("weekly", spec="old", now=NOW)
        one, two, three = (NOW + number * HOUR for number in (1, 2, 3))
        assert store.decide("weekly", after=NOW, upto=two, run_slots=[one, two], skipped=(), now=two)
        done = take(store, two)
        assert done is not None
        store.finish(done, state="done", note="", now=two)
        assert store.cursor("weekly", spec="new", now=NOW) == NOW
        assert store.decide(
            "weekly", after=NOW, upto=three, run_slots=[two, three], skipped=[(one, "missed")], now=three
        )
        assert store.cursor("weekly", spec="new", now=NOW) == three, "and the schedule goes on"
        states = [(each.slot, each.state) for each in store.runs()]
        assert states == [(three, "waiting"), (two, "waiting"), (one, "done")]

    def test_decision_without_slots_moves_the_cursor(self, store: Store) -> None:
        store.cursor("weekly", spec="test", now=NOW)
        assert store.decide("weekly", after=NOW, upto=NOW + HOUR, run_slots=(), skipped=(), now=NOW)
        assert store.cursor("weekly", spec="test", now=NOW) == NOW + HOUR
        assert store.runs() == []

    def test_oldest_run_is_taken_first(self, store: Store) -> None:
        wait(store, NOW - HOUR)
        wait(store, NOW - 2 * HOUR, schedule="daily")
        first = take(store)
        assert first is not None
        assert (first.schedule, first.state, first.attempts, first.started_at) == ("daily", "running", 1, NOW)
        second = take(store)
        assert second is not None
        assert second.schedule == "weekly"
        assert take(store) is None

    def test_only_runs_of_the_given_schedules_are_taken(self, store: Store) -> None:
        wait(store, NOW - HOUR)
        assert take(store, NOW, "daily") is None
        assert store.take("daemon", now=NOW, lease=LEASE, schedules=()) is None
        assert take(store, NOW, "daily", "weekly") is not None

    def test_schedule_has_one_run_at_a_time(self, store: Store) -> None:
        wait(store, NOW - 2 * HOUR, NOW - HOUR)
        first = take(store)
        assert first is not None
        assert first.slot == NOW - 2 * HOUR
        assert take(store) is None
        assert store.finish(first, state="done", note="sent", now=NOW)
        second = take(store)
        assert second is not None
        assert second.slot == NOW - HOUR

    def test_skipped_slot_is_never_taken(self, store: Store) -> None:
        store.cursor("weekly", spec="test", now=NOW - HOUR)
        store.decide("weekly", after=NOW - HOUR, upto=NOW, run_slots=(), skipped=[(NOW, "missed")], now=NOW)
        assert take(store, NOW + HOUR) is None

    def test_run_with_an_expired_lease_is_taken_again(self, store: Store) -> None:
        wait(store, NOW - HOUR)
        first = take(store)
        assert first is not None
        assert take(store, NOW + LEASE) is None
        later = NOW + LEASE + TICK
        second = take(store, later)
        assert second is not None
        assert (second.id, second.attempts, second.started_at) == (first.id, 2, later)
        assert second.fence > first.fence
        assert not store.extend(first, until=NOW + 9 * LEASE)
        assert not store.finish(first, state="done", note="late", now=later)
        assert store.finish(second, state="failed", note="no disk", now=later)
        [kept] = store.runs()
        assert (kept.state, kept.note, kept.finished_at) == ("failed", "no disk", later)

    def test_lease_can_be_extended(self, store: Store) -> None:
        wait(store, NOW - HOUR)
        mine = take(store)
        assert mine is not None
        assert store.extend(mine, until=NOW + 2 * LEASE)
        assert take(store, NOW + 2 * LEASE) is None
        assert take(store, NOW + 2 * LEASE + TICK) is not None

    def test_finished_run_does_not_change(self, store: Store) -> None:
        wait(store, NOW - HOUR)
        mine = take(store)
        assert mine is not None
        assert store.finish(mine, state="done", note="", now=NOW)
        assert not store.finish(mine, state="failed", note="", now=NOW)
        assert not store.extend(mine, until=NOW + LEASE)
        assert take(store, NOW + 9 * LEASE) is None

    def test_runs_are_sorted_newest_slot_first(self, store: Store) -> None:
        wait(store, *(NOW - number * HOUR / 10 for number in range(12)))
        wait(store, NOW + HOUR, schedule="daily")
        assert len(store.runs()) == 10
        assert [each.schedule for each in store.runs(limit=2)] == ["daily", "weekly"]
        assert [each.slot for each in store.runs(schedule="weekly", limit=2)] == [NOW, NOW - HOUR / 10]
        assert store.runs(schedule="monthly") == []
