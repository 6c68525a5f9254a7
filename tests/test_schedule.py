"""Slots in local time and across its changes, and what becomes of those that were missed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import ConfigError
from syndicate.scheduling import Decision, Schedule, decide, parse
from syndicate.scheduling.schedule import MAX_ROWS, ON_TIME

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def between(schedule: Schedule, after: datetime, upto: datetime) -> list[datetime]:
    """The slots after a moment and up to another."""
    found = []
    for slot in schedule.slots(after):
        if slot > upto:
            break
        found.append(slot)
    return found


def cron(spec: str, zone: str = "UTC") -> Schedule:
    """A schedule by cron."""
    return Schedule("test", spec, ZoneInfo(zone))


class TestCron:
    """As in cron(5)."""

    @pytest.mark.parametrize(
        ("spec", "day"),
        [
            ("0 8 * * 0", 6),
            ("0 8 * * 7", 6),
            ("0 8 * * 1", 0),
            ("0 8 * * 5", 4),
            ("0 8 * * 6", 5),
            ("0 8 * * sun", 6),
            ("0 8 * * MON", 0),
            ("0 8 * * Fri", 4),
        ],
    )
    def test_weekdays_count_from_sunday(self, spec: str, day: int) -> None:
        slots = list(islice(cron(spec).slots(NOW), 5))
        assert {(slot.weekday(), slot.hour, slot.minute) for slot in slots} == {(day, 8, 0)}
        assert {later - slot for slot, later in pairwise(slots)} == {7 * DAY}

    def test_range_of_weekdays(self) -> None:
        slots = between(cron("0 8 * * 1-5"), NOW, NOW + 28 * DAY)
        assert {slot.weekday() for slot in slots} == {0, 1, 2, 3, 4}
        assert len(slots) == 20

    def test_months_have_names(self) -> None:
        slots = list(islice(cron("0 0 1 jan,JUL *").slots(NOW), 3))
        assert [(slot.year, slot.month, slot.day) for slot in slots] == [
            (2026, 7, 1),
            (2027, 1, 1),
            (2027, 7, 1),
        ]

    def test_either_day_field_matches(self) -> None:
        slots = between(cron("0 0 13 * fri"), NOW, NOW + 365 * DAY)
        days = [NOW.replace(hour=0) + number * DAY for number in range(1, 366)]
        assert slots == [day for day in days if day.day == 13 or day.weekday() == 4]

    def test_single_day_field_must_match(self) -> None:
        assert {slot.day for slot in islice(cron("0 0 13 * *").slots(NOW), 9)} == {13}
        assert {slot.weekday() for slot in islice(cron("0 0 * * fri").slots(NOW), 9)} == {4}

    def test_lists_steps_and_ranges(self) -> None:
        slots = between(cron("0,30 8-10/2 * * *"), NOW, NOW + DAY)
        assert [(slot.hour, slot.minute) for slot in slots] == [(8, 0), (8, 30), (10, 0), (10, 30)]

    def test_29th_of_february_is_found(self) -> None:
        assert [slot.year for slot in islice(cron("0 0 29 2 *").slots(NOW), 2)] == [2028, 2032]

    @pytest.mark.parametrize(
        ("alias", "spec"),
        [
            ("@hourly", "0 * * * *"),
            ("@daily", "0 0 * * *"),
            ("@weekly", "0 0 * * sun"),
            ("@monthly", "0 0 1 * *"),
            ("@yearly", "0 0 1 jan *"),
            ("@Daily", "0 0 * * *"),
        ],
    )
    def test_aliases(self, alias: str, spec: str) -> None:
        assert list(islice(cron(alias).slots(NOW), 5)) == list(islice(cron(spec).slots(NOW), 5))

    def test_slots_are_in_local_time(self) -> None:
        assert next(cron("0 8 * * *", "Asia/Kathmandu").slots(NOW)) == datetime(2026, 1, 6, 2, 15, tzinfo=UTC)

    def test_next_slot_is_later(self) -> None:
        schedule = cron("0 8 * * *", "Europe/Berlin")
        slot = next(schedule.slots(NOW))
        assert next(schedule.slots(slot - SECOND)) == slot
        assert next(schedule.slots(slot)) == slot + DAY


class TestClockChanges:
    """Spring gaps and autumn folds, whole and half an hour long."""

    @pytest.mark.parametrize(
        ("zone", "time"),
        [
            ("Europe/Berlin", "30 2"),
            ("America/New_York", "30 2"),
            ("America/New_York", "30 1"),
            ("Australia/Lord_Howe", "30 2"),
            ("Australia/Lord_Howe", "15 2"),
            ("Australia/Lord_Howe", "45 1"),
        ],
    )
    def test_daily_slot_occurs_once_a_day(self, zone: str, time: str) -> None:
        local = ZoneInfo(zone)
        start = datetime(2026, 1, 1, 12, tzinfo=local)
        days = 730
        slots = between(
            cron(f"{time} * * *", zone), start.astimezone(UTC), start.astimezone(UTC) + days * DAY
        )
        dates = Counter(slot.astimezone(local).date() for slot in slots)
        assert dates == Counter((start + number * DAY).date() for number in range(1, days + 1))

    @pytest.mark.parametrize(
        ("zone", "day", "local"),
        [
            ("Europe/Berlin", datetime(2026, 3, 29), "03:00 +0200"),
            ("America/New_York", datetime(2026, 3, 8), "03:00 -0400"),
        ],
    )
    def test_slot_in_the_gap_is_due_right_after_it(self, zone: str, day: datetime, local: str) -> None:
        slot = next(cron("30 2 * * *", zone).slots(day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)))
        assert slot.astimezone(ZoneInfo(zone)).strftime("%H:%M %z") == local

    @pytest.mark.parametrize("zone", ZONES)
    @pytest.mark.parametrize("spec", ["*/30 * * * *", "0,30 * * * *"])
    @pytest.mark.parametrize("month", [3, 10])
    def test_half_hourly_slots_follow_elapsed_time(self, zone: str, spec: str, month: int) -> None:
        start = datetime(2026, month, 1, tzinfo=UTC)
        slots = between(cron(spec, zone), start, start + 40 * DAY)
        if zone == "Asia/Kathmandu":
            assert {slot.minute for slot in slots} == {15, 45}, "half past there is a quarter past here"
        assert {later - slot for slot, later in pairwise(slots)} == {30 * MINUTE}

    @given(
        zone=st.sampled_from(ZONES),
        spec=st.sampled_from(
            ["30 2 * * *", "*/30 * * * *", "15 1-3 * * *", "0 * * * *", "45 1 * * sun", "*/7 2 * * *"]
        ),
        start=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)),
        shift=st.integers(1, 5000),
    )
    def test_slots_increase_and_do_not_depend_on_the_start(
        self, zone: str, spec: str, start: datetime, shift: int
    ) -> None:
        schedule = cron(spec, zone)
        after = start.replace(tzinfo=UTC)
        slots = list(islice(schedule.slots(after), 8))
        assert after < slots[0]
        assert all(earlier < later for earlier, later in pairwise(slots))
        assert {slot.tzinfo for slot in slots} == {UTC}
        middle = after + shift * MINUTE
        assert next(schedule.slots(middle)) == next(slot for slot in schedule.slots(after) if slot > middle)

    def test_clock_change_is_noted(self) -> None:
        schedule = cron("30 2 * * *", "Europe/Berlin")
        assert schedule.note(datetime(2026, 3, 29, 1, tzinfo=UTC)) == "the clock is put forward 1 hour"
        assert schedule.note(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "the clock is put back 1 hour"
        assert schedule.note(NOW) == ""
        there = cron("15 2 * * *", "Australia/Lord_Howe")
        [change] = {there.note(slot) for slot in islice(there.slots(NOW), 365)} - {
            "",
            "the clock is put back 30 minutes",
        }
        assert change == "the clock is put forward 30 minutes"


class TestEvery:
    """Periods, counted from the epoch."""

    @given(minutes=st.integers(1, 5000), start=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
    def test_every_process_has_the_same_slots(self, minutes: int, start: datetime) -> None:
        schedule = Schedule("test", f"every {minutes} minutes", ZoneInfo("Europe/Berlin"))
        after = start.replace(tzinfo=UTC)
        first, second = islice(schedule.slots(after), 2)
        period = minutes * MINUTE
        assert timedelta() < first - after <= period
        assert second - first == period
        assert (first - datetime(1970, 1, 1, tzinfo=UTC)) % period == timedelta()

    def test_units(self) -> None:
        assert parse("every 90 seconds") == 90 * SECOND
        assert parse("EVERY Hour") == HOUR
        assert parse("every 2 weeks") == 14 * DAY

    def test_time_zone_does_not_change_a_period(self) -> None:
        here, there = (Schedule("test", "every hour", ZoneInfo(zone)) for zone in ZONES[1:3])
        assert here.identity == there.identity
        assert cron("0 * * * *", ZONES[1]).identity != cron("0 * * * *", ZONES[2]).identity


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "   ",
        "weekly",
        "every",
        "every 0 minutes",
        "every -5 minutes",
        "every 5",
        "every 5 fortnights",
        "every minute now",
        "every 600000 weeks",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 * * mondy",
        "0 0 30 2 *",
        "*/0 * * * *",
        "5-1 * * * *",
        "@reboot",
        "0 7 * * mon\x00",
        "٣ * * * *; drop",
    ],
)
def test_wrong_schedule_is_refused_with_a_hint(spec: str) -> None:
    with pytest.raises(ConfigError, match="not a schedule") as caught:
        Schedule("test", spec)
    assert "every 15 minutes" in str(caught.value.hint)
    assert caught.value.where.field == "schedule"


class TestDecide:
    """What becomes of the slots up to now."""

    def missed(self, policy: str, count: int = 10, late: timedelta = 30 * MINUTE) -> Decision:
        """The daemon was down over so many hourly slots."""
        schedule = Schedule("test", "every hour", missed=policy)  # type: ignore[arg-type]
        return decide(schedule, NOW, NOW + count * HOUR + late)

    @pytest.mark.parametrize(("policy", "runs"), [("skip", 0), ("latest", 1), ("all", 10)])
    def test_ten_missed_slots(self, policy: str, runs: int) -> None:
        decision = self.missed(policy)
        slots = [NOW + number * HOUR for number in range(1, 11)]
        assert decision.run == tuple(slots[10 - runs :])
        assert [slot for slot, _ in decision.skipped] == slots[: 10 - runs]
        assert all("missed" in why for _, why in decision.skipped)
        assert decision.upto == slots[-1]

    @pytest.mark.parametrize("policy", ["skip", "latest", "all"])
    def test_slot_on_time_always_runs(self, policy: str) -> None:
        slot = NOW + HOUR
        for late in (timedelta(), ON_TIME):
            assert self.missed(policy, 1, late) == Decision(slot, (slot,))
        hourly = Schedule("test", "every hour", missed=policy, catch_up=SECOND)  # type: ignore[arg-type]
        assert decide(hourly, NOW, slot + ON_TIME) == Decision(slot, (slot,))

    def test_late_slot_is_missed(self) -> None:
        assert self.missed("skip", 1, ON_TIME + SECOND).run == ()
        assert self.missed("latest", 1, ON_TIME + SECOND).run == (NOW + HOUR,)

    @pytest.mark.parametrize(("policy", "runs"), [("skip", 1), ("latest", 1), ("all", 10)])
    def test_missed_slots_before_a_slot_on_time(self, policy: str, runs: int) -> None:
        decision = self.missed(policy, 10, SECOND)
        assert len(decision.run) == runs
        assert decision.run[-1] == NOW + 10 * HOUR
        assert len(decision.skipped) == 10 - runs

    @pytest.mark.parametrize("policy", ["latest", "all"])
    def test_no_slot_outside_the_window_runs(self, policy: str) -> None:
        schedule = Schedule("test", "every hour", missed=policy, catch_up=2 * HOUR)  # type: ignore[arg-type]
        decision = decide(schedule, NOW, NOW + 10 * HOUR + 30 * MINUTE)
        assert set(decision.run) <= {NOW + 9 * HOUR, NOW + 10 * HOUR}
        assert decision.run[-1] == NOW + 10 * HOUR
        slot, why = decision.skipped[0]
        assert slot == NOW + HOUR
        assert "missed by more than 2 hours" in why

    def test_longer_downtime_than_the_window_runs_nothing(self) -> None:
        schedule = Schedule("test", "0 8 * * *", missed="all", catch_up=HOUR)
        late = datetime(2026, 1, 6, 10, tzinfo=UTC)
        decision = decide(schedule, NOW, late)
        assert decision.run == ()
        assert [slot for slot, _ in decision.skipped] == [late.replace(hour=8)]
        assert decision.upto >= late.replace(hour=8)

    def test_slot_as_old_as_the_window_is_skipped(self) -> None:
        schedule = Schedule("test", "every hour", missed="all", catch_up=2 * HOUR)
        decision = decide(schedule, NOW, NOW + 3 * HOUR)
        assert decision.run == (NOW + 2 * HOUR, NOW + 3 * HOUR)
        assert [slot for slot, _ in decision.skipped] == [NOW + HOUR]

    def test_nothing_is_due(self) -> None:
        assert decide(Schedule("test", "0 8 * * *"), NOW, NOW + HOUR) == Decision(NOW)
        assert decide(Schedule("test", "0 8 * * *"), NOW, NOW - HOUR) == Decision(NOW)

    @pytest.mark.parametrize("policy", ["skip", "latest"])
    def test_rows_are_bounded(self, policy: str) -> None:
        schedule = Schedule("test", "every 1 second", missed=policy)  # type: ignore[arg-type]
        decision = decide(schedule, NOW, NOW + 30 * DAY)
        assert len(decision.run) + len(decision.skipped) <= MAX_ROWS + 2

    def test_policy_all_runs_every_slot(self) -> None:
        schedule = Schedule("test", "every 1 second", missed="all")
        assert len(decide(schedule, NOW, NOW + 20 * HOUR).run) == 20 * 3600

    @given(
        spec=st.sampled_from(
            [
                "every 7 minutes",
                "every 1 hour",
                "*/20 * * * *",
                "30 2 * * *",
                "0 8 * * mon",
                "every 50 seconds",
            ]
        ),
        zone=st.sampled_from(ZONES),
        missed=st.sampled_from(["skip", "latest", "all"]),
        catch_up=st.sampled_from([SECOND, 30 * MINUTE, 5 * HOUR, DAY, 7 * DAY]),
        start=st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 15)),
        down=st.integers(1, 4 * 86400),
    )
    def test_every_slot_is_run_or_skipped_once(
        self, spec: str, zone: str, missed: str, catch_up: timedelta, start: datetime, down: int
    ) -> None:
        schedule = Schedule("test", spec, ZoneInfo(zone), missed, catch_up)  # type: ignore[arg-type]
        cursor = start.replace(tzinfo=UTC, microsecond=0)
        now = cursor + down * SECOND
        decision = decide(schedule, cursor, now)
        assert cursor <= decision.upto <= now
        slots = between(schedule, cursor, now)
        assert all(slot <= decision.upto for slot in slots), "none is left for ever"
        told = Counter(decision.run)
        for slot, why in decision.skipped:
            told.update(_stands_for(slot, why, slots))
        assert told == Counter(slots)
        assert list(decision.run) == sorted(decision.run)
        assert all(now - slot <= max(catch_up, ON_TIME) for slot in decision.run)
        if slots and now - slots[-1] <= ON_TIME:
            assert slots[-1] in decision.run

    @given(
        jumps=st.lists(st.integers(-7200, 7200), min_size=2, max_size=20),
        missed=st.sampled_from(["skip", "latest", "all"]),
        spec=st.sampled_from(["every 10 minutes", "30 * * * *"]),
    )
    def test_clock_jumps_repeat_no_slot(self, jumps: list[int], missed: str, spec: str) -> None:
        schedule = Schedule("test", spec, missed=missed)  # type: ignore[arg-type]
        cursor = now = NOW
        told: Counter[datetime] = Counter()
        for jump in jumps:
            now += jump * SECOND
            decision = decide(schedule, cursor, now)
            assert decision.upto >= cursor
            assert all(slot <= now for slot in decision.run)
            cursor = decision.upto
            told.update(decision.run)
            told.update(slot for slot, _ in decision.skipped)
        assert set(told.values()) <= {1}
        assert sorted(told) == between(schedule, NOW, cursor)


def _stands_for(slot: datetime, why: str, slots: list[datetime]) -> list[datetime]:
    """Which slots a row of skipped ones tells of."""
    from_here = slots[slots.index(slot) :]
    if until := re.search(r"stands for all slots up to (.+) UTC", why):
        return [each for each in from_here if f"{each:%F %T}" <= until[1]]
    if number := re.search(r"stands for (\d+) slots", why):
        return from_here[: int(number[1])]
    return [slot]
