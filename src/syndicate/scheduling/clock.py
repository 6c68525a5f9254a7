"""The clock: the only place that knows APScheduler, and it is nothing but a clock.

It has a memory job store, and its jobs do no work: each wakes the daemon when a slot falls due. What is due
and what has run is in the ledger. A sweep besides caps what a jump of the system's clock can cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from .schedule import Schedule

SWEEP_SECONDS = 30


class _Slots(BaseTrigger):  # type: ignore[misc]
    """Fires at the slots of a schedule: our cron, not APScheduler's, whose weekdays begin on Monday."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime | None:
        return next(self._schedule.slots(now), None)


class Ticker:
    """Calls `wake` at every slot of some schedules, and every 30 seconds besides.

    Args:
        schedules: whose slots.
        wake: called in a thread of the clock's; must return at once.
    """

    def __init__(self, schedules: Iterable[Schedule], wake: Callable[[], None]) -> None:
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True)
        # A late tick is still a tick, and many late ones are one.
        options = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        for schedule in schedules:
            self._scheduler.add_job(wake, _Slots(schedule), id=schedule.name, **options)
        self._scheduler.add_job(wake, IntervalTrigger(seconds=SWEEP_SECONDS, timezone=UTC), **options)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more."""
        self._scheduler.shutdown(wait=False)
