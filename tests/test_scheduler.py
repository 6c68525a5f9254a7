"""Slots become runs, and a run keeps its lease while it works."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from helpers_store import Opener
from syndicate.errors import ConfigError, DigestError, StoreError
from syndicate.model import Run
from syndicate.scheduling import Decision, Schedule, Scheduler, WorkerThreads, scheduler
from syndicate.scheduling.clock import Ticker
from syndicate.scheduling.system_clock import SystemClock
from syndicate.store import SqlStore
from syndicate.store.runs import MAX_ATTEMPTS
from syndicate.testing import NOW, FixedClock

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def states(store: SqlStore, schedule: str = "weekly") -> list[tuple[datetime, str]]:
    """Slots and what became of them, oldest first."""
    return [(each.slot, each.state) for each in reversed(store.runs(schedule=schedule, limit=999))]


def daily(**options: Any) -> Schedule:
    """Every day at eight."""
    return Schedule("weekly", "0 8 * * *", **options)


@pytest.fixture
def clock() -> FixedClock:
    """Stands at noon on a Monday."""
    return FixedClock()


def sweep(store: SqlStore, schedules: Sequence[Schedule], clock: FixedClock) -> dict[str, Decision]:
    """Sweep as a daemon that has just started."""
    return Scheduler(store, schedules, clock=clock, owner="daemon").sweep()


@pytest.fixture
def daemon(store: SqlStore, clock: FixedClock) -> Scheduler:
    """The scheduler of one daemon."""
    return Scheduler(store, [daily()], clock=clock, owner="daemon")


@pytest.fixture
def run(clock: FixedClock, daemon: Scheduler) -> Run:
    """A run that was taken."""
    daemon.sweep()
    clock.set(NOW + 20 * HOUR)
    daemon.sweep()
    taken = daemon.take(["weekly"])
    assert taken is not None
    return taken


class TestSweep:
    """The decisions are written down once."""

    def test_new_schedule_runs_no_past_slot(self, store: SqlStore, clock: FixedClock) -> None:
        assert sweep(store, [daily(missed="all")], clock) == {}
        assert store.runs() == []

    @pytest.mark.parametrize(("missed", "number"), [("skip", 0), ("latest", 1), ("all", 10)])
    def test_down_over_ten_slots(self, store: SqlStore, clock: FixedClock, missed: Any, number: int) -> None:
        schedule = Schedule("weekly", "every 1 hour", missed=missed)
        sweep(store, [schedule], clock)
        clock.move(10 * HOUR + 30 * MINUTE)
        assert set(sweep(store, [schedule], clock)) == {"weekly"}
        found = [state for _, state in states(store)]
        assert found == ["skipped"] * (10 - number) + ["waiting"] * number

    def test_second_sweep_changes_nothing(self, store: SqlStore, clock: FixedClock) -> None:
        schedules = [daily(), Schedule("daily", "every 1 hour")]
        sweep(store, schedules, clock)
        clock.move(DAY)
        assert set(sweep(store, schedules, clock)) == {"weekly", "daily"}
        before = store.runs(limit=999)
        assert sweep(store, schedules, clock) == {}
        assert store.runs(limit=999) == before

    def test_slot_outside_the_window_is_recorded_as_skipped(self, store: SqlStore, clock: FixedClock) -> None:
        schedule = daily(catch_up=HOUR)
        sweep(store, [schedule], clock)
        clock.move(DAY)
        sweep(store, [schedule], clock)
        assert states(store) == [(datetime(2026, 1, 6, 8, tzinfo=UTC), "skipped")]
        clock.move(HOUR)
        assert sweep(store, [schedule], clock) == {}

    @pytest.mark.parametrize("jump", [2 * HOUR, -2 * HOUR])
    def test_jump_of_the_system_clock_repeats_no_slot(
        self, store: SqlStore, clock: FixedClock, jump: timedelta
    ) -> None:
        schedule = Schedule("weekly", "every 30 minutes", missed="all")
        sweep(store, [schedule], clock)
        clock.move(HOUR)
        sweep(store, [schedule], clock)
        clock.move(jump)
        sweep(store, [schedule], clock)
        clock.move(-jump)
        for _ in range(8):
            clock.move(30 * MINUTE)
            sweep(store, [schedule], clock)
        slots = [slot for slot, _ in states(store)]
        assert slots == [NOW + number * 30 * MINUTE for number in range(1, 11)]

    def test_edited_schedule_runs_nothing_at_once_and_repeats_no_slot(
        self, store: SqlStore, clock: FixedClock
    ) -> None:
        berlin, tokyo = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
        sweep(store, [daily(zone=berlin)], clock)
        clock.set(datetime(2026, 1, 6, 7, tzinfo=UTC))
        sweep(store, [daily(zone=berlin)], clock)
        assert len(states(store)) == 1
        clock.move(30 * MINUTE)
        assert sweep(store, [daily(zone=tokyo)], clock) == {}, "eight o'clock in Tokyo was hours ago"
        assert sweep(store, [Schedule("weekly", "0 7 * * *")], clock) == {}
        clock.move(-HOUR)
        assert sweep(store, [daily(zone=berlin)], clock) == {}, "back again, and so is the clock"
        clock.move(HOUR)
        sweep(store, [daily(zone=berlin)], clock)
        assert len(states(store)) == 1, "the slot at 7 UTC has its row"
        clock.move(DAY)
        sweep(store, [daily(zone=berlin)], clock)
        assert len(states(store)) == 2, "and the schedule goes on"

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
    @pytest.mark.parametrize("month", [3, 4, 10, 11])
    def test_clock_change_loses_and_repeats_no_run(self, store: SqlStore, zone: str, month: int) -> None:
        """Swept every hour over a month with a change in it: one run a day."""
        schedule = Schedule("weekly", "30 2 * * *", ZoneInfo(zone))
        clock = FixedClock(datetime(2026, month, 1, 12, tzinfo=ZoneInfo(zone)))
        sweep(store, [schedule], clock)
        for _ in range(20):
            clock.move(36 * HOUR)
            sweep(store, [schedule], clock)
        slots = [slot.astimezone(ZoneInfo(zone)).date() for slot, _ in states(store)]
        assert slots == [slots[0] + number * DAY for number in range(30)]


class TestRuns:
    """A run is carried out, and its end is written down."""

    def test_run_is_done(self, store: SqlStore, daemon: Scheduler, run: Run) -> None:
        assert daemon.carry_out(run, lambda mine: f"did {mine.schedule}") == ("done", "did weekly")
        [kept] = store.runs()
        assert (kept.state, kept.note, kept.finished_at) == ("done", "did weekly", NOW + 20 * HOUR)
        assert daemon.take(["weekly"]) is None

    def test_failed_run_has_the_reason(self, store: SqlStore, daemon: Scheduler, run: Run) -> None:
        def job(_: Run) -> str:
            raise DigestError("no article has a title", hint="give it one")

        assert daemon.carry_out(run, job) == ("failed", "no article has a title (give it one)")
        [kept] = store.runs()
        assert (kept.state, kept.note) == ("failed", "no article has a title (give it one)")

    def test_unexpected_exception_is_recorded_and_raised(
        self, store: SqlStore, daemon: Scheduler, run: Run
    ) -> None:
        def job(_: Run) -> str:
            raise ZeroDivisionError("by zero")

        with pytest.raises(ZeroDivisionError):
            daemon.carry_out(run, job)
        [kept] = store.runs()
        assert (kept.state, kept.note) == ("failed", "ZeroDivisionError: by zero")

    def test_interrupted_run_is_left_to_another_process(
        self, store: SqlStore, daemon: Scheduler, clock: FixedClock, run: Run
    ) -> None:
        def job(_: Run) -> str:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            daemon.carry_out(run, job)
        for thread in threading.enumerate():
            if thread.name.startswith("lease-"):
                thread.join(10)
                assert not thread.is_alive(), "or it would keep the lease for as long as the process lives"
        assert store.runs()[0].state == "running"
        clock.move(scheduler.LEASE + MINUTE)
        again = daemon.take(["weekly"])
        assert again is not None
        assert (again.id, again.attempts) == (run.id, 2)

    def test_lease_is_renewed_while_the_job_runs(
        self,
        store: SqlStore,
        daemon: Scheduler,
        clock: FixedClock,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(scheduler, "_RENEWALS_PER_LEASE", scheduler.LEASE.total_seconds() * 1000)
        beaten = threading.Semaphore(0)
        failures: list[StoreError] = []
        extend = store.extend

        def watched(value: Run, *, until: datetime) -> bool:
            try:
                if failures:
                    raise failures.pop()
                return extend(value, until=until)
            finally:
                beaten.release()

        monkeypatch.setattr(store, "extend", watched)

        def job(_: Run) -> str:
            failures.append(StoreError("away for a moment"))
            clock.move(scheduler.LEASE * 2 / 3)
            while beaten.acquire(blocking=False):
                pass  # beats of the moment before
            for _ in range(3):
                assert beaten.acquire(timeout=300)
            clock.move(scheduler.LEASE * 2 / 3)
            assert daemon.take(["weekly"]) is None, "nobody takes it away, though the first lease is over"
            return "done at last"

        assert daemon.carry_out(run, job) == ("done", "done at last")

    def test_process_without_the_lease_records_nothing(
        self, store: SqlStore, daemon: Scheduler, clock: FixedClock, run: Run
    ) -> None:
        def job(_: Run) -> str:
            clock.move(scheduler.LEASE + MINUTE)
            assert daemon.take(["weekly"]) is not None
            return "too late"

        daemon.carry_out(run, job)
        [kept] = store.runs()
        assert (kept.state, kept.note, kept.fence) == ("running", "", 2)

    def test_run_that_always_kills_its_process_fails(
        self, store: SqlStore, daemon: Scheduler, clock: FixedClock, run: Run
    ) -> None:
        for number in range(2, MAX_ATTEMPTS + 1):
            clock.move(scheduler.LEASE + MINUTE)
            again = daemon.take(["weekly"])
            assert again is not None
            assert again.attempts == number
        clock.move(scheduler.LEASE + MINUTE)
        assert daemon.take(["weekly"]) is None
        [kept] = store.runs()
        assert kept.state == "failed"
        assert "given up" in kept.note

    def test_run_can_be_taken_by_another_process(self, open_store: Opener, clock: FixedClock) -> None:
        first = open_store()
        sweep(first, [daily()], clock)
        clock.set(NOW + 20 * HOUR)
        sweep(first, [daily()], clock)
        first.close()
        later = Scheduler(open_store(), [daily()], clock=clock, owner="later")
        assert later.take(["weekly"]) is not None


class TestWorkerThreads:
    """Threads of this process."""

    def test_each_job_runs_once_and_errors_are_reported(self) -> None:
        done: list[int] = []
        failed: list[BaseException] = []
        told = threading.Event()

        def note(error: BaseException) -> None:
            failed.append(error)
            told.set()

        queue = WorkerThreads(2, note)
        for number in range(20):
            queue.submit(lambda number=number: done.append(number))  # type: ignore[misc]
        queue.submit(lambda: [][1])
        assert told.wait(10)
        assert queue.drain(10)
        assert sorted(done) == list(range(20))
        assert [type(error) for error in failed] == [IndexError]

    def test_drain_waits_for_running_jobs_and_cancels_the_others(self) -> None:
        begun, go = threading.Event(), threading.Event()
        done: list[str] = []

        def job() -> None:
            begun.set()
            assert go.wait(10)
            done.append("first")

        queue = WorkerThreads(1, lambda _: None)
        queue.submit(job)
        queue.submit(lambda: done.append("second"))
        assert begun.wait(10)
        assert not queue.drain(0.01), "it is still at work"
        go.set()
        assert queue.drain(10)
        assert done == ["first"]
        with pytest.raises(RuntimeError):
            queue.submit(lambda: None)


def test_ticker_wakes_at_a_slot() -> None:
    woken = threading.Event()
    ticker = Ticker([Schedule("often", "every 1 second")], woken.set)
    ticker.start()
    try:
        assert woken.wait(20)
    finally:
        ticker.stop()


def test_system_clock_is_utc() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)


def test_run_with_an_expired_lease_is_not_begun(store: SqlStore) -> None:
    clock = FixedClock(NOW)
    schedule = Schedule("letter", "every 1 hour", missed="all")
    sweep(store, [schedule], clock)
    clock.move(HOUR)
    sweep(store, [schedule], clock)
    late, other = (Scheduler(store, [schedule], clock=clock, owner=name) for name in ("late", "other"))
    run = late.take(["letter"])
    assert run is not None
    clock.move(5 * MINUTE)
    again = other.take(["letter"])
    assert again is not None
    assert other.carry_out(again, lambda _: "did it") == ("done", "did it")
    assert late.carry_out(run, lambda _: pytest.fail("it was done already"))[0] == "lost"


def test_two_processes_with_different_specs_do_not_stop_the_schedule(store: SqlStore) -> None:
    clock = FixedClock(NOW)
    old = Schedule("letter", "0 7 * * *")
    new = Schedule("letter", "5 7 * * *")
    first = Scheduler(store, [old], clock=clock, owner="first")
    second = Scheduler(store, [new], clock=clock, owner="second")
    first.sweep()
    second.sweep()
    for _ in range(24 * 60):
        clock.move(MINUTE)
        with pytest.raises(ConfigError, match="another process"):
            first.sweep()
        second.sweep()
    assert [(each.slot.hour, each.slot.minute) for each in store.runs()] == [(7, 5)]
