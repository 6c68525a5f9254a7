"""Reports: what was done, what was left, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, SerializeAsAny

from ..errors import SyndicateError, Where
from .base import Frozen
from .run import Run

Severity = Literal["error", "warning", "note"]


class Problem(Frozen):
    """Something that a person may want to mend: what, where, how.

    `error`: something was left out or not done. `warning`: it was mended, or will hurt later.
    `note`: nothing is wrong, but somebody may wonder.
    """

    message: str
    severity: Severity = "error"
    file: str | None = None
    line: int | None = None
    field: str | None = None
    id: str | None = None
    hint: str | None = None

    @classmethod
    def at(
        cls, where: Where, message: str, *, severity: Severity = "error", hint: str | None = None
    ) -> Problem:
        """A problem at a place."""
        return cls(
            message=message,
            severity=severity,
            hint=hint,
            file=where.file,
            line=where.line,
            field=where.field,
            id=where.id,
        )

    @classmethod
    def of(cls, error: SyndicateError) -> Problem:
        """The problem that an error tells of."""
        return cls.at(error.where, error.message, hint=error.hint)

    def __str__(self) -> str:
        place = str(Where(self.file, self.line, self.field, self.id))
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class Report(Frozen):
    """The root of all reports. `ok` is false if anything was left undone.

    `outside` says that a server, a disk or a database failed, and not a record or a recipient.
    """

    problems: tuple[Problem, ...] = ()
    outside: bool = False

    @property
    def ok(self) -> bool:
        return not any(problem.severity == "error" for problem in self.problems)


class IngestReport(Report):
    """What came in from one source. `withdrawn` are articles whose record is gone."""

    source: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    refused: int = 0


class PublishReport(Report):
    """Which files were written and how many left alone; paths below the output folder."""

    feeds: int = 0
    articles: int = 0
    written: tuple[str, ...] = ()
    unchanged: int = 0


class ComposeReport(Report):
    """The edition that was composed; none where there was nothing new."""

    newsletter: str
    edition: str | None = None
    number: int | None = None
    subject: str = ""
    articles: tuple[str, ...] = Field(default=(), description="ids, as shown")
    more: int = 0
    languages: tuple[str, ...] = Field(
        default=(), description="in which the letter's own words are, the newsletter's own first"
    )


class SendReport(Report):
    """What became of an edition's deliveries, counted by state, after this send."""

    newsletter: str
    edition: str | None = None
    accepted: int = 0
    pending: int = 0
    deferred: int = 0
    in_doubt: int = 0
    held: int = 0
    failed: int = 0
    subject: str = ""
    sent_now: int = Field(default=0, description="accepted in this very call")


class AudienceReport(Report):
    """Who would get an edition if it were sent now.

    Attributes:
        pending: how many would get it.
        accepted: how many have it.
        addresses: of those who would get it, in order.
    """

    newsletter: str
    edition: str | None = None
    subject: str = ""
    pending: int = 0
    accepted: int = 0
    addresses: tuple[str, ...] = ()


class SubscribersReport(Report):
    """What became of addresses that were added or imported.

    Attributes:
        added: new addresses, and known ones that changed.
        unchanged: known addresses that did not change.
    """

    added: int = 0
    unchanged: int = 0


class ScheduleStatus(Frozen):
    """A schedule: its next slot and its last run. All times UTC."""

    name: str
    next_slot: datetime | None
    note: str = ""
    last: Run | None = None


class EditionStatus(Frozen):
    """An edition and its deliveries by state; `unsent` if none was ever made."""

    edition: str
    newsletter: str
    subject: str
    composed_at: datetime
    deliveries: dict[str, int]

    @property
    def unsent(self) -> bool:
        return not self.deliveries


class Status(Report):
    """What ran, and what is waiting."""

    articles: int
    subscribers: int
    schedules: tuple[ScheduleStatus, ...] = ()
    editions: tuple[EditionStatus, ...] = ()


class Due(Frozen):
    """A coming slot, with what there is to know about the clock then."""

    schedule: str
    slot: datetime
    local: datetime
    note: str = ""


class Reports(Report):
    """Several reports as one."""

    parts: tuple[SerializeAsAny[Report], ...] = ()

    @property
    def ok(self) -> bool:
        return super().ok and all(part.ok for part in self.parts)
