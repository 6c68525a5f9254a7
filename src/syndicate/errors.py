"""Every error that syndicate raises on purpose.

The tree::

    SyndicateError
    ├── ConfigError           the settings are wrong (exit code 2)
    │   └── TemplateError     a theme or a subject template is wrong
    ├── RecordError           one record cannot become an article
    ├── FeedError             one feed cannot be made
    ├── DigestError           one edition cannot be made
    ├── MailError             one message cannot be made
    │   └── HeaderError       a header or envelope value that would break out of its line
    └── WorldError            something outside failed (exit code 3)
        ├── StoreError        the database
        ├── PublishError      the disk that feeds are written to
        ├── TransportError    the way out for mail
        └── FetchError        one URL cannot be fetched

An error says what is wrong, where, and how to mend it; `str()` gives all three on one line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place that a person can open: a file, a line in it, a field, the id of a record.

    `line` counts from 1.
    """

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

    Args:
        message: what is wrong, in words for the person who can mend it.
        where: the place, if there is one.
        hint: how to mend it.
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
    """The settings are wrong; nothing was done.

    Attributes:
        others: the other mistakes of the same config, in the order of the file.
    """

    others: tuple[ConfigError, ...] = ()

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.others)])


class TemplateError(ConfigError):
    """A theme or a subject template is wrong; carries the template's file and line."""


class RecordError(SyndicateError):
    """One record cannot become an article; the others go on."""


class FeedError(SyndicateError):
    """One feed cannot be made; the others go on."""


class DigestError(SyndicateError):
    """One edition cannot be made; it consumes no article."""


class MailError(SyndicateError):
    """One message cannot be made; the others go on."""


class HeaderError(MailError):
    """A header or envelope value holds CR, LF or NUL, raw or after RFC 2047 decoding."""


class WorldError(SyndicateError):
    """Something outside failed: a database, a server, a disk. Trying again later may help."""


class StoreError(WorldError):
    """The database cannot be opened, read or written."""


class PublishError(WorldError):
    """A feed file cannot be written; the old one is whole."""


class TransportError(WorldError):
    """The way out for mail is closed: no connection, no login, no space.

    It says nothing about any one recipient, and burns no attempt of theirs.
    """


class FetchError(WorldError):
    """One URL cannot be fetched; the others go on.

    Attributes:
        status: what the server answered, if it answered.
        wait: for how many seconds it asked to be left alone, if it did (RFC 9110, section 10.2.3).
        lasting: whether trying again soon is of no use: the URL is refused or gone.
    """

    def __init__(
        self,
        message: str,
        *,
        where: Where | None = None,
        hint: str | None = None,
        status: int | None = None,
        wait: float | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.wait = wait
        self.lasting = lasting
