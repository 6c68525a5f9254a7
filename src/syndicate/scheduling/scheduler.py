"""The scheduler: due slots become runs in the store, and each run is carried out once under a lease."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from ..errors import ConfigError, StoreError, SyndicateError, Where
from ..model import Run
from .run_store import RunStore
from .schedule import Decision, Schedule, decide
from .system_clock import Clock

LEASE = timedelta(seconds=90)
"""How long a run stays with a process that has died."""

_RENEWALS_PER_LEASE = 3


class Scheduler:
    """Runs schedules together with any number of other processes that use the same store.

    Args:
        schedules: those of the config.
        owner: names this process in the store.
    """

    def __init__(self, store: RunStore, schedules: Sequence[Schedule], *, clock: Clock, owner: str) -> None:
        self.schedules = tuple(schedules)
        self._store = store
        self._clock = clock
        self._owner = owner
        self._swept: set[str] = set()

    def sweep(self) -> dict[str, Decision]:
        """Decide about every slot up to now and store the decisions. Return those that this process made.

        Idempotent, and safe with other processes: a slot is decided once.

        Raises:
            ConfigError: another process has a schedule of the same name with another spec; the other
                schedules were swept.
            StoreError: the database failed.
        """
        decisions = {}
        taken_over = []
        for schedule in self.schedules:
            now = self._clock.now()
            # Only the first sweep of a process may reset a schedule: two processes that both reset it
            # would never run it.
            is_first = schedule.name not in self._swept
            cursor = self._store.cursor(schedule.name, spec=schedule.identity, now=now, reset=is_first)
            self._swept.add(schedule.name)
            if cursor is None:
                taken_over.append(schedule.name)
                continue
            decision = decide(schedule, cursor, now)
            if decision.upto > cursor and self._store.decide(
                schedule.name,
                after=cursor,
                upto=decision.upto,
                run_slots=decision.run,
                skipped=decision.skipped,
                now=now,
            ):
                decisions[schedule.name] = decision
        if taken_over:
            raise ConfigError(
                f"another process runs {', '.join(taken_over)} by another schedule",
                where=Where(field="schedule"),
                hint="restart the process whose config is out of date",
            )
        return decisions

    def take(self, names: Iterable[str]) -> Run | None:
        """Take the next run of these schedules that waits or was left behind; None if there is none.

        Raises:
            StoreError: the database failed.
        """
        return self._store.take(self._owner, now=self._clock.now(), lease=LEASE, schedules=list(names))

    def carry_out(self, run: Run, job: Callable[[Run], str]) -> tuple[str, str]:
        """Do the work of a run, keep its lease meanwhile, and store the result.

        Args:
            run: from `take`.
            job: does the work and returns one line about it; raises `SyndicateError` if it failed.

        Returns:
            The state (`done`, `failed` or `lost`) and the line. A run is lost if its lease ended before it
            was begun: another process has it.

        Raises:
            StoreError: the database failed.
        """
        if not self._extend_lease(run):
            return "lost", "the lease ended before the run was begun; another process has it"
        ended = threading.Event()
        renewal = threading.Thread(
            target=self._renew_lease, args=(run, ended), name=f"lease-{run.id}", daemon=True
        )
        renewal.start()
        try:
            state, note = "done", job(run)
        except SyndicateError as error:
            state, note = "failed", str(error)
        except Exception as error:
            self._finish(run, ended, renewal, "failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            # A KeyboardInterrupt must end the renewal too.
            ended.set()
        self._finish(run, ended, renewal, state, note)
        return state, note

    def _finish(
        self, run: Run, ended: threading.Event, renewal: threading.Thread, state: str, note: str
    ) -> None:
        ended.set()
        renewal.join()
        self._store.finish(run, state=state, note=note, now=self._clock.now())

    def _extend_lease(self, run: Run) -> bool:
        return self._store.extend(run, until=self._clock.now() + LEASE)

    def _renew_lease(self, run: Run, ended: threading.Event) -> None:
        while not ended.wait(LEASE.total_seconds() / _RENEWALS_PER_LEASE):
            try:
                if not self._extend_lease(run):
                    return
            except StoreError:
                # The next renewal tries again. If none succeeds, the lease ends.
                continue
