"""The clock that wakes the daemon: the only module that imports APScheduler.

APScheduler only wakes the daemon. What is due and what has run is in the store. A sweep every 30 seconds
limits what a change of the system's clock can delay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from .schedule import Schedule

SWEEP_SECONDS = 30


class _SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the slots of a schedule. APScheduler's own cron trigger counts weekdays from Monday."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime | None:
        return next(self._schedule.slots(now), None)


class Ticker:
    """Calls `wake` at every slot of the schedules, and every 30 seconds.

    Args:
        wake: called in a thread of the ticker; must return at once.
    """

    def __init__(self, schedules: Iterable[Schedule], wake: Callable[[], None]) -> None:
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True)
        # A late tick counts, and several late ones are one.
        options = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        for schedule in schedules:
            self._scheduler.add_job(wake, _SlotTrigger(schedule), id=schedule.name, **options)
        self._scheduler.add_job(wake, IntervalTrigger(seconds=SWEEP_SECONDS, timezone=UTC), **options)

    def start(self) -> None:
        """Start to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._scheduler.shutdown(wait=False)
