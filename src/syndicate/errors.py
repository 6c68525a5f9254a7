"""Every error that syndicate raises on purpose.

The tree::

    SyndicateError
    ├── ConfigError           the configuration is wrong (exit code 2)
    │   └── TemplateError     a theme or a subject template is wrong
    ├── RecordError           one record cannot become an article
    ├── FeedError             one feed cannot be built
    ├── DigestError           one edition cannot be rendered
    ├── MailError             one message cannot be built
    │   └── HeaderError       a header or envelope value would break out of its line
    └── ExternalError         something outside failed (exit code 3)
        ├── StoreError        the database
        ├── PublishError      the disk that feeds are written to
        ├── TransportError    the transport for mail
        ├── MailboxError      the mailbox that bounces are read from
        └── FetchError        one URL cannot be fetched

An error says what is wrong, where, and how to fix it. `str()` returns all three on one line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """The place of an error: a file, a line in it (from 1), a field, the id of a record."""

    file: str | None = None
    line: int | None = None
    field: str | None = None
    id: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        parts = [place] if place else []
        if self.field:
            parts.append(f"field {self.field}")
        if self.id:
            parts.append(f"id {self.id}")
        return ", ".join(parts)


class SyndicateError(Exception):
    """The root of all errors of this library.

    Attributes:
        message: what is wrong, for the person who can fix it.
        where: the place; empty if there is none.
        hint: how to fix it.
    """

    def __init__(self, message: str, *, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where or Where()
        self.hint = hint

    def __str__(self) -> str:
        place = str(self.where)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(SyndicateError):
    """The configuration or an argument is wrong. Nothing was done.

    Attributes:
        others: the other mistakes of the same config, in the order of the file.
    """

    others: tuple[ConfigError, ...] = ()

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.others)])


class TemplateError(ConfigError):
    """A theme or a subject template is wrong. `where` is the line of the template."""


class RecordError(SyndicateError):
    """One record cannot become an article. Other records are not affected."""


class FeedError(SyndicateError):
    """One feed cannot be built. Other feeds are not affected."""


class DigestError(SyndicateError):
    """One edition cannot be rendered. Its articles stay queued."""


class MailError(SyndicateError):
    """One message cannot be built. Other messages are not affected."""


class HeaderError(MailError):
    """A header or envelope value contains CR, LF or NUL, also after decoding (RFC 2047)."""


class ExternalError(SyndicateError):
    """Something outside failed: a database, a server, a disk. A later attempt may succeed."""


class StoreError(ExternalError):
    """The database cannot be opened, read or written."""


class PublishError(ExternalError):
    """A feed file cannot be written. The old file is complete."""


class TransportError(ExternalError):
    """The transport cannot take any message: no connection, no login, no space.

    It says nothing about a recipient, and does not count as an attempt for one.
    """


class MailboxError(ExternalError):
    """The mailbox for bounces cannot be read. Mails that were not read stay unseen."""


class FetchError(ExternalError):
    """One URL cannot be fetched.

    Attributes:
        status: the HTTP status, if the server answered.
        retry_after: seconds until the next request, if the server said so (RFC 9110, section 10.2.3).
        is_permanent: the URL is refused or does not exist, so that a retry soon cannot succeed.
    """

    def __init__(
        self,
        message: str,
        *,
        where: Where | None = None,
        hint: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        is_permanent: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.retry_after = retry_after
        self.is_permanent = is_permanent
