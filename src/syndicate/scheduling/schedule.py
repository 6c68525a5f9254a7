"""Schedules and their slots, in local time and across clock changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from ..errors import ConfigError, Where
from ..model import Missed, format_duration, parse_duration

ON_TIME = timedelta(seconds=90)
"""How late a slot still counts as on time, after a sweep, on a busy machine or after a restart."""

MAX_ROWS = 100
"""How many slots one decision records; the oldest of these rows stands for all older slots."""

LONGEST_PERIOD = timedelta(days=3650)
"""The longest period; multiples of a longer one soon exceed the range of `datetime`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due.

    Two kinds: `every 15 minutes`, counted from the epoch in UTC so that every daemon has the same slots; and
    cron as in cron(5), in local time, with names or numbers (0 and 7 are Sunday). If both day fields are
    given, a day needs to match only one of them. If the clock is put forward, a fixed time in the gap is due
    right after it. If the clock is put back, a fixed time is due once. Expressions with a star in the minute
    or the hour go by elapsed time (as in Debian's cron).

    Attributes:
        name: what the store calls it.
        spec: one of the two kinds, as text.
        zone: for cron.
        missed: what happens to slots that passed while no daemon ran.
        catch_up: how late a missed slot may still run.
    """

    name: str
    spec: str
    zone: tzinfo = UTC
    missed: Missed = "latest"
    catch_up: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        parse(self.spec)

    @property
    def identity(self) -> str:
        """What a restart compares: if it differs, past slots do not count."""
        zone = self.zone.key if isinstance(self.zone, ZoneInfo) else str(self.zone)
        return self.spec if isinstance(parse(self.spec), timedelta) else f"{self.spec} {zone}"

    def slots(self, after: datetime) -> Iterator[datetime]:
        """Yield the slots after a time, in order, without end, in UTC."""
        period = parse(self.spec)
        if isinstance(period, timedelta):
            number = (after - _EPOCH) // period + 1
            while True:
                yield _EPOCH + number * period
                number += 1
        last = after
        for local in CronSim(period, after.astimezone(self.zone)):
            slot = local.astimezone(UTC)
            if slot > last:
                last = slot
                yield slot

    def note(self, slot: datetime) -> str:
        """Return a note if the clock changes within an hour of this slot."""
        before, after = ((slot + offset).astimezone(self.zone) for offset in (-_HOUR, _HOUR))
        change = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        if not change:
            return ""
        return (
            f"the clock is put {'forward' if change > timedelta() else 'back'} {format_duration(abs(change))}"
        )


def parse(spec: str) -> timedelta | str:
    """Return a period, or a cron expression for CronSim.

    Raises:
        ConfigError: it is neither.
    """
    words = spec.split()
    if words and words[0].lower() == "every":
        try:
            period = parse_duration(" ".join(words[1:]))
        except ValueError as error:
            raise _schedule_error(spec, str(error)) from None
        if period > LONGEST_PERIOD:
            raise _schedule_error(spec, f"the period is longer than {format_duration(LONGEST_PERIOD)}")
        return period
    expression = _ALIASES.get(spec.strip().lower(), spec)
    if len(expression.split()) != 5:
        raise _schedule_error(spec, f"it has {len(words)} fields, and cron has 5")
    try:
        CronSim(expression, _EPOCH)
        next(CronSim(expression, _EPOCH))
    except (CronSimError, StopIteration) as error:
        raise _schedule_error(spec, str(error) or "it has no slot") from None
    return expression


_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}


def _schedule_error(spec: str, reason: str) -> ConfigError:
    return ConfigError(
        f"not a schedule: {spec!r}: {reason}",
        where=Where(field="schedule"),
        hint='write cron, such as "0 7 * * mon", or "every 15 minutes"',
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """The slots up to now: those to run, oldest first, and those to skip, each with the reason."""

    upto: datetime
    run: tuple[datetime, ...] = ()
    skipped: tuple[tuple[datetime, str], ...] = ()


def decide(schedule: Schedule, cursor: datetime, now: datetime) -> Decision:
    """Decide about every slot after the cursor and up to now.

    The newest slot always runs if it is on time. The others were missed: `skip` runs none of them, `latest`
    runs the newest if no slot is on time, `all` runs each of them. None older than `catch_up` runs.
    """
    if now <= cursor:
        return Decision(cursor)
    # A slot that is exactly ON_TIME late still runs, also with a shorter `catch_up`.
    horizon = max(cursor, min(now - schedule.catch_up, now - ON_TIME - timedelta.resolution))
    recent = _slots_between(schedule, horizon, now)
    skipped: list[tuple[datetime, str]] = []
    if horizon > cursor:
        first = next(schedule.slots(cursor))
        if first <= horizon:
            window = format_duration(schedule.catch_up)
            skipped.append(
                (first, f"missed by more than {window}; stands for all slots up to {horizon:%F %T} UTC")
            )
    if not recent:
        return Decision(max(skipped[0][0], horizon) if skipped else cursor, (), tuple(skipped))
    newest = recent[-1]
    is_on_time = now - newest <= ON_TIME
    missed = recent[:-1] if is_on_time else recent
    run: list[datetime] = []
    if schedule.missed == "all":
        run = list(missed)
    elif schedule.missed == "latest" and not is_on_time:
        run = missed[-1:]
    reason = "missed; missed slots are skipped" if schedule.missed == "skip" else "missed; a later slot runs"
    chosen = set(run)
    unused = [slot for slot in missed if slot not in chosen]
    if len(unused) > MAX_ROWS:
        skipped.append((unused[0], f"{reason}; stands for {len(unused) - MAX_ROWS + 1} slots"))
        unused = unused[-MAX_ROWS + 1 :]
    skipped += [(slot, reason) for slot in unused]
    if is_on_time:
        run.append(newest)
    return Decision(newest, tuple(run), tuple(skipped))


def _slots_between(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    return list(takewhile(lambda slot: slot <= until, schedule.slots(after)))
