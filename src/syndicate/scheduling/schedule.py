"""Schedules and their slots, in local time and across its changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from ..errors import ConfigError, Where
from ..model import Missed, format_duration, parse_duration

ON_TIME = timedelta(seconds=90)
"""How late a slot still counts as on time: what a sweep, a busy machine and a restart may cost."""

MOST_ROWS = 100
"""How many slots one decision writes a row for; what is older is told in the oldest row."""

LONGEST_PERIOD = timedelta(days=3650)
"""The longest period that can be meant; multiples of a longer one soon leave the calendar."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due.

    Two kinds: `every 15 minutes`, counted from the epoch in UTC so that every daemon has the same slots; and
    cron as in cron(5), in local time, names or numbers (0 and 7 are Sunday), a day matched by either of its
    two fields where both are given. Where the clock is put forward, a fixed time that is left out is due
    right after the gap; where it is put back, it is due once; expressions with a star in the minute or the
    hour go by elapsed time (as in Debian's cron).

    Attributes:
        name: what the ledger calls it.
        spec: one of the two kinds, as text.
        zone: for cron.
        missed: what becomes of slots that passed while nothing ran.
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
        """What must stay the same for past slots to count; a change starts afresh."""
        zone = self.zone.key if isinstance(self.zone, ZoneInfo) else str(self.zone)
        return self.spec if isinstance(parse(self.spec), timedelta) else f"{self.spec} {zone}"

    def slots(self, after: datetime) -> Iterator[datetime]:
        """The slots after a moment, in order, without end, in UTC."""
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
        """What a person should know about this slot: that the clock changes about it."""
        before, after = (moment.astimezone(self.zone) for moment in (slot - _HOUR, slot + _HOUR))
        change = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        if not change:
            return ""
        return (
            f"the clock is put {'forward' if change > timedelta() else 'back'} {format_duration(abs(change))}"
        )


def parse(spec: str) -> timedelta | str:
    """A period, or a cron expression that CronSim takes.

    Raises:
        ConfigError: it is neither.
    """
    words = spec.split()
    if words and words[0].lower() == "every":
        try:
            period = parse_duration(" ".join(words[1:]))
        except ValueError as error:
            raise _wrong(spec, str(error)) from None
        if period > LONGEST_PERIOD:
            raise _wrong(spec, f"it is longer than {format_duration(LONGEST_PERIOD)}")
        return period
    expression = _ALIASES.get(spec.strip().lower(), spec)
    if len(expression.split()) != 5:
        raise _wrong(spec, f"it has {len(words)} fields, and cron has 5")
    try:
        CronSim(expression, _EPOCH)
        next(CronSim(expression, _EPOCH))
    except (CronSimError, StopIteration) as error:
        raise _wrong(spec, str(error) or "it is never due") from None
    return expression


_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}


def _wrong(spec: str, reason: str) -> ConfigError:
    return ConfigError(
        f"not a schedule: {spec!r}: {reason}",
        where=Where(field="schedule"),
        hint='write cron, such as "0 7 * * mon", or "every 15 minutes"',
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the slots up to now: those to run, oldest first, and those skipped, with the reason."""

    upto: datetime
    run: tuple[datetime, ...] = ()
    skipped: tuple[tuple[datetime, str], ...] = ()


def decide(schedule: Schedule, cursor: datetime, now: datetime) -> Decision:
    """Decide about every slot after the cursor and up to now.

    The newest slot, if it is on time, always runs. The others were missed: `skip` runs none of them,
    `latest` the newest if nothing is on time, `all` each of them; and none that is older than `catch_up`.
    """
    if now <= cursor:
        return Decision(cursor)
    horizon = max(cursor, now - max(schedule.catch_up, ON_TIME))
    recent = _upto(schedule, horizon, now)
    skipped: list[tuple[datetime, str]] = []
    if horizon > cursor:
        first = next(schedule.slots(cursor))
        if first <= horizon:
            window = format_duration(schedule.catch_up)
            skipped.append((first, f"missed by more than {window}; stands for all up to {horizon:%F %T} UTC"))
    if not recent:
        return Decision(max(skipped[0][0], horizon) if skipped else cursor, (), tuple(skipped))
    newest = recent[-1]
    punctual = now - newest <= ON_TIME
    missed = recent[:-1] if punctual else recent
    run: list[datetime] = []
    if schedule.missed == "all":
        run = list(missed)
    elif schedule.missed == "latest" and not punctual:
        run = missed[-1:]
    why = "missed, and missed slots are skipped" if schedule.missed == "skip" else "missed; a later one runs"
    chosen = set(run)
    left = [slot for slot in missed if slot not in chosen]
    if len(left) > MOST_ROWS:
        skipped.append((left[0], f"{why}; stands for {len(left) - MOST_ROWS + 1} slots"))
        left = left[-MOST_ROWS + 1 :]
    skipped += [(slot, why) for slot in left]
    if punctual:
        run.append(newest)
    return Decision(newest, tuple(run), tuple(skipped))


def _upto(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    found = []
    for slot in schedule.slots(after):
        if slot > until:
            break
        found.append(slot)
    return found
