"""The newsletter and its editions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Annotated, Any, Literal

import idna
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field

from .article import Article
from .base import Frozen, Language, NonEmptyLine, SingleLine, Url
from .branding import Fonts, ImageSettings, Palette, Tracking
from .durations import Duration
from .encoded_words import encoded_words
from .feed import Selector
from .quiet_hours import QuietHoursField
from .segment import SegmentField

Missed = Literal["skip", "latest", "all"]


_EXAMPLE = 'write "Name <news@example.org>"'
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[bBqQ]\?")


def _sender_address(value: str) -> str:
    # ASCII only before the @: a server without SMTPUTF8 (RFC 6531) would refuse every message. The limit of
    # 64 characters is from RFC 5321, section 4.5.3.1.1.
    try:
        return validate_email(
            value.strip(),
            check_deliverability=False,
            test_environment=True,
            strict=True,
            allow_smtputf8=False,
        ).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError(f"not an email address to send from: {str(error).rstrip('.')}; {_EXAMPLE}") from None


def _display_name(value: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError(f"a name cannot contain control characters; {_EXAMPLE}")
    if _ENCODED_WORD.search(value):
        raise ValueError(f"a name must not be encoded; {_EXAMPLE}")
    return value


class Mailbox(Frozen):
    """An email address with a display name.

    `str()` returns it as a header or a mailer takes it (RFC 5322, section 3.4): all ASCII, with the name in
    quotation marks or in encoded words (RFC 2047) if necessary.

    Attributes:
        email: ASCII before the @; the domain may be in any script.
    """

    email: Annotated[str, AfterValidator(_sender_address)]
    name: Annotated[SingleLine, AfterValidator(_display_name)] = ""

    def __str__(self) -> str:
        username, _, domain = self.email.rpartition("@")
        address = Address(username=username, domain=idna.encode(domain, uts46=True).decode())
        if self.name.isascii():
            return str(Address(self.name, address.username, address.domain))
        return f"{' '.join(encoded_words(self.name))} <{address.addr_spec}>"


_NAME_AND_ADDRESS = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"\s*|([^<>]*))<([^<>\s]+)>""")


def _parse_mailbox(value: Any) -> Any:
    if isinstance(value, Mailbox | Mapping):
        return value
    if not isinstance(value, str):
        raise ValueError(f"not an email address to send from; {_EXAMPLE}")  # noqa: TRY004 - for pydantic
    # More lenient than RFC 5322: a name with a comma needs no quotation marks.
    match = _NAME_AND_ADDRESS.fullmatch(value.strip())
    if match is None:
        return {"email": value}
    quoted, bare, address = match.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
    return {"name": name, "email": address}


MailboxField = Annotated[Mailbox, BeforeValidator(_parse_mailbox)]
"""A mailbox, or text such as `Name <address>`."""


def _sender_id(value: str) -> str:
    if not re.fullmatch("[A-Za-z0-9._-]{5,15}", value):
        raise ValueError("not an id for Gmail; write 5 to 15 letters, digits, dots and hyphens")
    return value


class Newsletter(Selector):
    """A newsletter: which articles, which theme, from whom, when.

    The configuration has the same keys, except that `sender` is called `from`.
    """

    name: NonEmptyLine = Field(description="identifies the newsletter in commands and in the store")
    title: NonEmptyLine = Field(description="the name that subscribers see")
    sender: MailboxField = Field(alias="from", description="the From header of its messages: Name <address>")
    reply_to: MailboxField | None = Field(default=None, description="where replies go, if not to the sender")
    subject: str = Field(
        default="{{ newsletter.title }}: {{ articles[0].title }}",
        description="Jinja2 with newsletter, articles and edition",
    )
    theme: NonEmptyLine = Field(
        default="default", description="a built-in theme, or your own folder or .mjml file"
    )
    home: Url | None = Field(
        default=None, description="the web page that messages link to; the site's home if absent"
    )
    language: Language | None = None
    timezone: NonEmptyLine | None = Field(default=None, description="an IANA name such as Europe/London")
    schedule: NonEmptyLine | None = Field(
        default=None, description='cron as in cron(5), such as "0 7 * * mon", or "every 15 minutes"'
    )
    missed: Missed = Field(
        default="latest", description="which slots run that passed while nothing was running"
    )
    catch_up: Duration = Field(
        default=timedelta(hours=24), description="how late a missed slot may run, such as 24 hours"
    )
    quiet_hours: QuietHoursField | None = Field(
        default=None,
        description="hours without mail in the time zone of each subscriber, such as 21:00 to 07:00",
    )
    first: int = Field(
        default=10,
        ge=1,
        description="how many articles the first edition can have; older ones count as seen",
    )
    limit: int = Field(
        default=20, ge=1, description="how many articles an edition can have; further ones are only counted"
    )
    footer: SingleLine = Field(
        default="", description="a line at the end of each message, such as a postal address"
    )
    archive: Url | None = Field(
        default=None, description="the web page with earlier editions; the home if absent"
    )
    help: Url | None = Field(
        default=None, description="the web page with help for subscribers; by mail if absent"
    )
    feedback_id: Annotated[str, AfterValidator(_sender_id)] | None = Field(
        default=None,
        description="your id in Gmail's statistics of complaints; made from the domain of from if absent",
    )
    lead: Literal["newest", "score", "none"] = Field(
        default="newest", description="the lead article: the newest, the one with the highest score, or none"
    )
    group: Literal["section", "tag"] | None = Field(
        default=None, description="the headings of articles: their section, or their first tag"
    )
    groups: tuple[NonEmptyLine, ...] = Field(
        default=(), description="the headings that come first; such a tag overrides an article's first tag"
    )
    most_read: int = Field(
        default=0, ge=0, description="the number of articles in the list of those with the highest scores"
    )
    pinned: tuple[NonEmptyLine, ...] = Field(
        default=(), description="ids or links of articles that come first"
    )
    excluded: tuple[NonEmptyLine, ...] = Field(
        default=(), description="ids or links of articles that are in no edition"
    )
    note: NonEmptyLine | None = Field(
        default=None, description="a Markdown file that is shown at the top of the next edition, once"
    )
    text_links: Literal["notes", "inline"] = Field(
        default="notes", description="links of the text part: in numbered footnotes, or inline"
    )
    palette: Palette = Field(default=Palette(), description='the colors, such as accent = "#0b5f66"')
    fonts: Fonts = Field(default=Fonts(), description="the fonts: text and headings")
    images: ImageSettings = Field(default=ImageSettings(), description="how images are shown")
    tracking: Tracking = Field(
        default=Tracking(), description="parameters that are added to links, and tracking; none if absent"
    )
    lint: Literal["refuse", "report", "off"] = Field(
        default="refuse",
        description="what errors do: refuse creates no edition; report only reports them",
    )
    segment: SegmentField | None = Field(
        default=None, description="which of its subscribers get it: conditions, or a function module:function"
    )
    clients: tuple[NonEmptyLine, ...] = Field(
        default=(), description="the mail clients that editions are checked for, such as gmail/ios"
    )


class Shortened(Frozen):
    """An article that was shortened to keep the message below the size limit. `saved` is in bytes as sent."""

    id: str
    title: str
    saved: int


class Digest(Frozen):
    """The rendered content of an edition: subject, HTML part, text part, and the preview text.

    Attributes:
        preheader: the preview text that mail clients show after the subject.
        language: of the newsletter's own words (BCP 47).
        shortened: the articles that were shortened to meet the size limit of Gmail.
        note: checksum of the configured note that this edition or an earlier one showed; empty if none did.
    """

    subject: NonEmptyLine
    html: str
    text: str
    preheader: str = ""
    language: str = "en"
    shortened: tuple[Shortened, ...] = ()
    note: str = ""


class EditionSummary(Frozen):
    """An edition without its content.

    Attributes:
        number: from 1 within its newsletter.
        note: as in its digest.
    """

    id: str
    newsletter: str
    number: int
    composed_at: datetime
    subject: str
    note: str = ""


class Edition(Frozen):
    """One composed issue of a newsletter: article revisions and their rendered form.

    Attributes:
        number: from 1 within its newsletter.
        slot: the slot that it was composed for (UTC); None if it was composed by command.
        articles: in order, as they were when it was composed.
        more: the number of further articles, which it only counts.
        message: the compiled message as JSON text. Each retry sends the same bytes.
    """

    id: str
    newsletter: str
    number: int
    composed_at: datetime
    slot: datetime | None = None
    digest: Digest
    articles: tuple[Article, ...] = ()
    more: int = 0
    message: str = ""
