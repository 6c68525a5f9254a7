"""The run ledger at work: slots become rows, rows become runs, and a run is kept alive while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from ..errors import ConfigError, StoreError, SyndicateError, Where
from ..model import Run
from .run_store import RunStore
from .schedule import Decision, Schedule, decide
from .system_clock import Clock

LEASE = timedelta(seconds=90)
"""How long a run of a process that died stays taken."""

_BEATS_A_LEASE = 3


def sweep(
    store: RunStore, schedules: Iterable[Schedule], clock: Clock, begun: set[str] | None = None
) -> dict[str, Decision]:
    """Decide about every slot up to now, and write the decisions down; give those that were ours to make.

    Idempotent, and safe among any number of daemons: the cursor moves once.

    Args:
        store: the ledger.
        schedules: whose slots.
        clock: the time.
        begun: the schedules that this process has swept before; grows. Where another process has given one
            of them another spec since, it is left to that process: two that reset it would never run it.

    Raises:
        ConfigError: another process runs a schedule of ours by another spec; the others were swept.
    """
    made = {}
    taken_over = []
    for schedule in schedules:
        now = clock.now()
        ours = begun is not None and schedule.name in begun
        cursor = store.cursor(schedule.name, spec=schedule.identity, now=now, reset=not ours)
        if begun is not None:
            begun.add(schedule.name)
        if cursor is None:
            taken_over.append(schedule.name)
            continue
        decision = decide(schedule, cursor, now)
        if decision.upto > cursor and store.decide(
            schedule.name,
            after=cursor,
            upto=decision.upto,
            run_slots=decision.run,
            skipped=decision.skipped,
            now=now,
        ):
            made[schedule.name] = decision
    if taken_over:
        raise ConfigError(
            f"another process runs {', '.join(taken_over)} by another schedule",
            where=Where(field="schedule"),
            hint="restart this one with the config that holds",
        )
    return made


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out runs that were taken, with a lease that is prolonged for as long as the work lasts.

    Attributes:
        store: the ledger.
        clock: the time.
        owner: who takes runs, for people who look at the ledger.
    """

    store: RunStore
    clock: Clock
    owner: str

    def take(self, schedules: Iterable[str]) -> Run | None:
        """Take the next run that waits or was left behind; none if there is none."""
        return self.store.take(self.owner, now=self.clock.now(), lease=LEASE, schedules=list(schedules))

    def carry_out(self, run: Run, job: Callable[[Run], str]) -> tuple[str, str]:
        """Do the work of a run and write down what became of it.

        Args:
            run: taken by this executor.
            job: does the work and says in a line what it did; raises `SyndicateError` if it failed.

        Returns:
            The state, `done`, `failed` or `lost`, and the note. A run whose lease ended while it waited is
            lost: somebody else has it by now.
        """
        if not self.store.extend(run, until=self.clock.now() + LEASE):
            return "lost", "its lease ended before it was begun; another process has it"
        ended = threading.Event()
        beat = threading.Thread(target=self._keep, args=(run, ended), name=f"lease-{run.id}", daemon=True)
        beat.start()
        try:
            state, note = "done", job(run)
        except SyndicateError as error:
            state, note = "failed", str(error)
        except Exception as error:
            self._finish(run, ended, beat, "failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            # Whatever ends the work ends the lease, a KeyboardInterrupt too.
            ended.set()
        self._finish(run, ended, beat, state, note)
        return state, note

    def _finish(
        self, run: Run, ended: threading.Event, beat: threading.Thread, state: str, note: str
    ) -> None:
        ended.set()
        beat.join()
        self.store.finish(run, state=state, note=note, now=self.clock.now())

    def _keep(self, run: Run, ended: threading.Event) -> None:
        while not ended.wait(LEASE.total_seconds() / _BEATS_A_LEASE):
            try:
                if not self.store.extend(run, until=self.clock.now() + LEASE):
                    return
            except StoreError:
                # The next beat tries again; if none succeeds the lease ends, as it should.
                continue
