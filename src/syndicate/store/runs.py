"""The schedule and run tables: which slots were decided, and the result of each run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update

from ..model import Run
from .database import Database, insert_once
from .schema import run, schedule

MAX_ATTEMPTS = 3
"""How often a run is begun before it fails: the run itself may be what kills its process."""


class Runs:
    """The schedule and run tables; see `RunStore`."""

    _db: Database

    def cursor(self, schedule_name: str, *, spec: str, now: datetime, reset: bool = True) -> datetime | None:
        mine = schedule.c.name == schedule_name
        with self._db.read() as connection:
            row = connection.execute(select(schedule).where(mine)).first()
        if row is not None and row.spec == spec:
            moment: datetime = row.cursor
            return moment
        if row is not None and not reset:
            return None
        with self._db.write() as connection:
            if row is None:
                is_written = insert_once(connection, schedule, name=schedule_name, spec=spec, cursor=now)
            else:
                changed = update(schedule).where(mine, schedule.c.spec == row.spec)
                is_written = bool(connection.execute(changed.values(spec=spec, cursor=now)).rowcount)
        # Otherwise another daemon wrote first, and its row counts.
        return now if is_written else self.cursor(schedule_name, spec=spec, now=now, reset=False)

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
        rows = [_row(schedule_name, slot, "waiting", "", None) for slot in run_slots]
        rows += [_row(schedule_name, slot, "skipped", why, now) for slot, why in skipped]
        with self._db.write() as connection:
            moved = connection.execute(
                update(schedule)
                .where(schedule.c.name == schedule_name, schedule.c.cursor == after)
                .values(cursor=upto)
            )
            if not moved.rowcount:
                return False
            # A new spec starts at the time of one daemon. The clock of another may have been ahead, or this
            # clock may have been put back. A slot that has a row keeps it.
            known = select(run.c.slot).where(run.c.schedule == schedule_name, run.c.slot > after)
            decided = set(connection.scalars(known))
            if new := [row for row in rows if row["slot"] not in decided]:
                connection.execute(insert(run), new)
        return True

    def take(self, owner: str, *, now: datetime, lease: timedelta, schedules: Sequence[str]) -> Run | None:
        other = run.alias()
        has_running = exists().where(
            other.c.schedule == run.c.schedule,
            other.c.state == "running",
            other.c.lease_until >= now,
        )
        is_left_behind = and_(run.c.state == "running", run.c.lease_until < now)
        query = (
            select(run)
            .where(
                run.c.schedule.in_(schedules),
                or_(run.c.state == "waiting", is_left_behind),
                ~has_running,
            )
            .order_by(run.c.slot, run.c.id)
            .limit(1)
        )
        with self._db.read() as connection:
            if connection.execute(query.with_only_columns(run.c.id)).first() is None:
                return None
        # One process at a time per schedule: two would not see each other, and both would start a run.
        schedule_rows = (
            select(schedule.c.name).where(schedule.c.name.in_(schedules)).order_by(schedule.c.name)
        )
        with self._db.write() as connection:
            connection.execute(schedule_rows.with_for_update())
            while row := connection.execute(query.with_for_update(skip_locked=True, of=run)).first():
                mine = run.c.id == row.id
                if row.attempts >= MAX_ATTEMPTS:
                    note = f"given up: begun {row.attempts} times, and each time the process ended during it"
                    connection.execute(
                        update(run).where(mine).values(state="failed", finished_at=now, note=note)
                    )
                    continue
                values = {
                    "state": "running",
                    "attempts": row.attempts + 1,
                    "owner": owner,
                    "lease_until": now + lease,
                    "fence": row.fence + 1,
                    "started_at": now,
                }
                connection.execute(update(run).where(mine).values(**values))
                return _run(
                    row, **{name: values[name] for name in ("state", "attempts", "fence", "started_at")}
                )
        return None

    def extend(self, value: Run, *, until: datetime) -> bool:
        with self._db.write() as connection:
            result = connection.execute(update(run).where(_held_by(value)).values(lease_until=until))
        return bool(result.rowcount)

    def finish(self, value: Run, *, state: str, note: str, now: datetime) -> bool:
        with self._db.write() as connection:
            result = connection.execute(
                update(run)
                .where(_held_by(value))
                .values(state=state, note=note[:1000], finished_at=now, lease_until=None, owner=None)
            )
        return bool(result.rowcount)

    def runs(self, *, schedule: str | None = None, limit: int = 10) -> list[Run]:
        query = select(run).order_by(run.c.slot.desc(), run.c.id.desc()).limit(limit)
        if schedule is not None:
            query = query.where(run.c.schedule == schedule)
        with self._db.read() as connection:
            return [_run(row) for row in connection.execute(query)]


def _row(name: str, slot: datetime, state: str, note: str, finished: datetime | None) -> dict[str, Any]:
    return {
        "schedule": name,
        "slot": slot,
        "state": state,
        "attempts": 0,
        "fence": 0,
        "note": note,
        "finished_at": finished,
    }


def _held_by(value: Run) -> Any:
    return and_(run.c.id == value.id, run.c.fence == value.fence, run.c.state == "running")


def _run(row: Any, **changes: Any) -> Run:
    names = ("id", "schedule", "slot", "state", "attempts", "fence", "started_at", "finished_at", "note")
    return Run(**{**{name: getattr(row, name) for name in names}, **changes})
