"""Reports: what was done, what was not, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ..errors import SyndicateError, Where
from .base import Frozen
from .run import Run

Severity = Literal["error", "warning", "note"]


class Problem(Frozen):
    """Something to fix: what is wrong, where, and how to fix it.

    Attributes:
        severity: `error`: something was not done. `warning`: something was corrected automatically, or will
            cause trouble later. `note`: nothing is wrong, but the result may be unexpected.
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
        """Return a problem at a place."""
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
        """Return the problem that an error describes."""
        return cls.at(error.where, error.message, hint=error.hint)

    def __str__(self) -> str:
        place = str(Where(self.file, self.line, self.field, self.id))
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class Report(Frozen):
    """The base of all reports.

    Attributes:
        external_failure: a server, a disk or a database failed, not a record or a recipient.
    """

    problems: tuple[Problem, ...] = ()
    external_failure: bool = False

    @property
    def ok(self) -> bool:
        """Whether no problem is an error."""
        return not any(problem.severity == "error" for problem in self.problems)


class IngestReport(Report):
    """The result of ingesting one source.

    Attributes:
        seen: records, including those in files that have not changed.
        withdrawn: articles whose record no longer exists.
        held: articles that stay as they are until the change of so many articles is confirmed.
        refused: records that did not become articles; each is a problem.
    """

    source: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    held: int = 0
    refused: int = 0


class PublishReport(Report):
    """The result of publishing.

    Attributes:
        feeds: the number of feeds that were examined because something had changed.
        articles: the number of articles in these feeds.
        written: paths of the files, relative to the output folder.
        unchanged: the number of feed files that did not change.
    """

    feeds: int = 0
    articles: int = 0
    written: tuple[str, ...] = ()
    unchanged: int = 0


class ComposeReport(Report):
    """The result of composing.

    Attributes:
        edition: the id of the edition; None if there was nothing new, or if the linter found errors.
        articles: the ids of its articles, in order.
        more: the number of further articles, which it only counts.
        languages: of the newsletter's own words; the newsletter's language comes first.
    """

    newsletter: str
    edition: str | None = None
    number: int | None = None
    subject: str = ""
    articles: tuple[str, ...] = ()
    more: int = 0
    languages: tuple[str, ...] = ()


class Waiting(Frozen):
    """Deliveries that wait because of a limit.

    Attributes:
        number: how many deliveries.
        until: when the last of them is due again (UTC); None if they wait for the operator.
        reason: the limit, such as `quota of the relay ses: 500 per hour`.
    """

    number: int
    until: datetime | None
    reason: str


class SendReport(Report):
    """The deliveries of an edition by state, after sending.

    Attributes:
        sent_now: the number of messages that were accepted during this call.
        waiting: which of the pending and deferred ones wait because of a limit.
    """

    newsletter: str
    edition: str | None = None
    accepted: int = 0
    pending: int = 0
    deferred: int = 0
    in_doubt: int = 0
    held: int = 0
    failed: int = 0
    subject: str = ""
    sent_now: int = 0
    waiting: tuple[Waiting, ...] = ()


class AudienceReport(Report):
    """The subscribers who would get an edition if it were sent now.

    Attributes:
        pending: the number of subscribers who would get it.
        accepted: the number of subscribers who have it.
        addresses: of those who would get it, sorted.
    """

    newsletter: str
    edition: str | None = None
    subject: str = ""
    pending: int = 0
    accepted: int = 0
    addresses: tuple[str, ...] = ()


class RetryReport(Report):
    """What became of deliveries that were to be tried again.

    Attributes:
        newsletter: its name.
        edition: the id of the edition.
        retried: the number of deliveries that are due now.
        kept: the number of those that stay as they are, because their subscribers may not be mailed.
    """

    newsletter: str
    edition: str | None = None
    retried: int = 0
    kept: int = 0


class SubscribersReport(Report):
    """What became of addresses that were added or imported.

    Attributes:
        added: new addresses, and known ones that changed.
        unchanged: known addresses that did not change.
        not_mailed: addresses that the file says get no mail: they have unsubscribed or are suppressed.
        rejected: rows that were not stored; the first ones are problems.
        format: of the file, such as `csv` or `mailchimp`.
    """

    added: int = 0
    unchanged: int = 0
    not_mailed: int = 0
    rejected: int = 0
    format: str = ""


class BouncesReport(Report):
    """What mail that came back has said.

    Attributes:
        read: the number of mails; the next ones say what they were.
        hard: bounces because the address does not exist.
        soft: bounces because the mailbox cannot take mail now.
        refused: bounces about the sender, the message or a server.
        complaints: reports of a message as unwanted.
        unsubscribed: mails to unsubscribe.
        delayed: notices that a server goes on trying.
        automatic: answers of programs, such as out of office.
        repeated: mails that had been read before.
        ignored: mails without a valid signed return path, and others that are none of these.
        suppressed: the number of addresses that get no more mail because of this.
        reinstated: the number of addresses that get mail again, because what they bounced with turned out to
            be about the sender or a server.
    """

    read: int = 0
    hard: int = 0
    soft: int = 0
    refused: int = 0
    complaints: int = 0
    unsubscribed: int = 0
    delayed: int = 0
    automatic: int = 0
    repeated: int = 0
    ignored: int = 0
    suppressed: int = 0
    reinstated: int = 0


class BounceStatus(Frozen):
    """Bounces and complaints of the last 30 days, by kind."""

    hard: int = 0
    soft: int = 0
    refused: int = 0
    complaint: int = 0


class ReinstateReport(Report):
    """What became of suppressed addresses that should get mail again.

    Attributes:
        reinstated: the number of addresses that get mail again.
    """

    reinstated: int = 0


class ScheduleStatus(Frozen):
    """The next slot and the last run of a schedule. All times are UTC."""

    name: str
    next_slot: datetime | None
    note: str = ""
    last_run: Run | None = None


class EditionStatus(Frozen):
    """An edition and the number of its deliveries by state.

    Attributes:
        waiting: which of them wait for a limit.
        stopped: why the last send of it stopped, if it did.
    """

    edition: str
    newsletter: str
    subject: str
    composed_at: datetime
    deliveries: dict[str, int]
    waiting: tuple[Waiting, ...] = ()
    stopped: str | None = None

    @property
    def is_sent(self) -> bool:
        """Whether it has deliveries."""
        return bool(self.deliveries)


class Status(Report):
    """What ran, and what is due."""

    articles: int
    subscribers: int
    schedules: tuple[ScheduleStatus, ...] = ()
    editions: tuple[EditionStatus, ...] = ()
    bounces: BounceStatus = BounceStatus()


class Due(Frozen):
    """A future slot.

    Attributes:
        local: the slot in the time zone of the schedule.
        note: about a clock change near the slot.
    """

    schedule: str
    slot: datetime
    local: datetime
    note: str = ""


class IngestReports(Report):
    """The result of ingesting several sources; `parts` has a report for each."""

    parts: tuple[IngestReport, ...] = ()

    @property
    def ok(self) -> bool:
        return super().ok and all(part.ok for part in self.parts)


class DnsRecord(Frozen):
    """A record to publish in the DNS."""

    name: str
    type: Literal["TXT"]
    value: str
