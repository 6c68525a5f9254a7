"""What the scheduler needs of a store: the specification that `RunStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Run


class RunStore(Protocol):
    """The runs: one for each slot, also with several daemons."""

    def cursor(self, schedule_name: str, *, spec: str, now: datetime, reset: bool = True) -> datetime | None:
        """Return the time up to which the slots of a schedule have been decided.

        A new schedule, or one whose `spec` has changed, starts at `now`, so that nothing fires at once. None
        if the spec differs and `reset` is false, or another process changed it at the same time.
        """
        ...

    def decide(
        self,
        schedule_name: str,
        *,
        after: datetime,
        upto: datetime,
        run_slots: Sequence[datetime],
        skipped: Sequence[tuple[datetime, str]],
        now: datetime,
    ) -> bool:
        """Move the cursor from `after` to `upto` and write a waiting run or a skipped row for each slot.

        Return False, with nothing written, if another daemon moved the cursor first.
        """
        ...

    def take(self, owner: str, *, now: datetime, lease: timedelta, schedules: Sequence[str]) -> Run | None:
        """Take the oldest waiting or expired run of a schedule that has no run in progress."""
        ...

    def extend(self, value: Run, *, until: datetime) -> bool:
        """Extend the lease. Return False if another process owns the run by now."""
        ...

    def finish(self, value: Run, *, state: str, note: str, now: datetime) -> bool:
        """Record the end of a run. Return False if another process owns it by now."""
        ...

    def runs(self, *, schedule: str | None = None, limit: int = 10) -> list[Run]:
        """Return the last runs, newest slot first."""
        ...
