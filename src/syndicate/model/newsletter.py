"""The newsletter and its editions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field

from .article import Article
from .base import Frozen, Language, Line, NonEmptyLine, Url
from .branding import Fonts, ImageSettings, Palette, Tracking
from .durations import Duration
from .feed import Selector

Missed = Literal["skip", "latest", "all"]


_WRITE = 'write "Name <news@example.org>"'
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[bBqQ]\?")


def _sender(value: str) -> str:
    # Servers need not take other characters before the @ (RFC 6531), and a sender that one of them refuses
    # sends nothing at all. 64 characters is the limit of RFC 5321, section 4.5.3.1.1.
    try:
        return validate_email(
            value.strip(),
            check_deliverability=False,
            test_environment=True,
            strict=True,
            allow_smtputf8=False,
        ).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError(f"not an email address to send from: {str(error).rstrip('.')}; {_WRITE}") from None


def _display_name(value: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError(f"a name cannot hold control characters; {_WRITE}")
    if _ENCODED_WORD.search(value):
        raise ValueError(f"a name is written as people read it, not encoded; {_WRITE}")
    return value


class Mailbox(Frozen):
    """A mail address with the name that is shown for it (RFC 5322, section 3.4).

    Attributes:
        email: ASCII before the @; the domain may be of any script.
    """

    email: Annotated[str, AfterValidator(_sender)]
    name: Annotated[Line, AfterValidator(_display_name)] = ""


_NAMED = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|([^<>]*?))\s*<([^<>\s]+)>\s*""")


def _mailbox(value: Any) -> Any:
    if isinstance(value, Mailbox | Mapping):
        return value
    if not isinstance(value, str):
        raise ValueError(f"not an email address to send from; {_WRITE}")  # noqa: TRY004 - for pydantic
    # More forgiving than RFC 5322: a name with a comma in it is understood without quotation marks.
    match = _NAMED.fullmatch(value)
    if match is None:
        return {"email": value}
    quoted, bare, address = match.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
    return {"name": name, "email": address}


MailboxField = Annotated[Mailbox, BeforeValidator(_mailbox)]
"""A mailbox, also written as `Name <address>`."""


class Newsletter(Selector):
    """A newsletter: which articles, which theme, from whom, when.

    Attributes:
        name: what commands and the store call it.
        title: what readers call it.
        sender: the From of its mails; `from` in the config.
        subject: a Jinja2 template over `newsletter`, `articles` and `edition`.
        home: the page that mails lead to.
        schedule: cron as in cron(5), or `every N minutes`; none means by hand only.
        missed: what becomes of slots that passed while nothing ran.
        catch_up: how late a missed slot may still run.
        first: how far back the first edition looks, in articles; older ones count as seen.
        limit: how many an edition shows; the rest is told as a number and not repeated.
        archive: the page with earlier editions, where "and 12 more" leads.
        lead: which article leads: the newest, the one with the highest score, or none.
        group: puts the others under headings, by section or by their first tag.
        groups: the headings that come first, in this order; the others follow as they appear.
        most_read: how many of those with the highest scores stand in a list of their own.
        pinned: ids or links of articles that come first.
        excluded: ids or links of articles that no edition takes.
        note: a Markdown file, the editor's note in front; an edition takes it once.
        clients: the mail programs that letters are judged for; the usual ones if absent.
    """

    name: NonEmptyLine
    title: NonEmptyLine
    sender: MailboxField = Field(alias="from", description="the From of its mails: Name <address>")
    reply_to: MailboxField | None = Field(default=None, description="where answers go, if not to the sender")
    subject: str = Field(
        default="{{ newsletter.title }}: {{ articles[0].title }}",
        description="Jinja2 over newsletter, articles and edition",
    )
    theme: NonEmptyLine = Field(
        default="default", description="a theme of ours, or a folder or .mjml file of yours"
    )
    home: Url | None = Field(
        default=None, description="the page that mails lead to; the site's home if absent"
    )
    language: Language | None = None
    timezone: NonEmptyLine | None = Field(default=None, description="an IANA name such as Europe/London")
    schedule: NonEmptyLine | None = Field(
        default=None, description='cron as in cron(5), such as "0 7 * * mon", or "every 15 minutes"'
    )
    missed: Missed = Field(
        default="latest", description="what becomes of slots that passed while nothing ran"
    )
    catch_up: Duration = Field(
        default=timedelta(hours=24), description="how late a missed slot may still run, such as 24 hours"
    )
    first: int = Field(default=10, ge=1, description="how far back the first edition looks, in articles")
    limit: int = Field(default=20, ge=1, description="how many articles an edition shows in full")
    footer: Line = Field(default="", description="a line at the foot of each mail, such as a postal address")
    archive: Url | None = Field(
        default=None, description="the page with earlier editions; the home if absent"
    )
    lead: Literal["newest", "score", "none"] = Field(
        default="newest", description="which article leads: the newest, that of the highest score, or none"
    )
    group: Literal["section", "tag"] | None = Field(
        default=None, description="headings over articles: their section, or their first tag"
    )
    groups: tuple[NonEmptyLine, ...] = Field(
        default=(), description="the headings that come first; a tag among them wins over an article's first"
    )
    most_read: int = Field(
        default=0, ge=0, description="how many with the highest scores stand in a list of their own"
    )
    pinned: tuple[NonEmptyLine, ...] = Field(
        default=(), description="ids or links of articles that come first"
    )
    excluded: tuple[NonEmptyLine, ...] = Field(
        default=(), description="ids or links of articles that no edition takes"
    )
    note: NonEmptyLine | None = Field(
        default=None, description="a Markdown file, put in front of the next edition, once"
    )
    text_links: Literal["notes", "inline"] = Field(
        default="notes", description="links of the text part: in numbered notes, or where they stand"
    )
    palette: Palette = Field(default=Palette(), description='the colours, such as accent = "#0b5f66"')
    fonts: Fonts = Field(default=Fonts(), description="the fonts: text and headings")
    images: ImageSettings = Field(default=ImageSettings(), description="how pictures are shown")
    tracking: Tracking = Field(
        default=Tracking(), description="what links carry and who is told; nothing if absent"
    )
    lint: Literal["refuse", "report", "off"] = Field(
        default="refuse", description="an edition with errors is not made (refuse), or only told of (report)"
    )
    clients: tuple[NonEmptyLine, ...] = Field(
        default=(), description="the mail programs that letters are judged for, such as gmail/ios"
    )


class Shortened(Frozen):
    """An article that a digest shows less of, so that it is not cut off; `saved` in bytes as sent."""

    id: str
    title: str
    saved: int


class Digest(Frozen):
    """An edition as people see it: subject, HTML part, text part, and the line shown beside the subject.

    Attributes:
        language: of the letter's own words (BCP 47).
        shortened: the articles that had to give way to `newsletters.size_limit.LIMIT`.
        note: tells the last note of the config that an edition had from another; empty if none had one.
    """

    subject: NonEmptyLine
    html: str
    text: str
    preheader: str = ""
    language: str = "en"
    shortened: tuple[Shortened, ...] = ()
    note: str = ""


class EditionKey(Frozen):
    """Which edition: what lists of editions tell of each.

    Attributes:
        number: counts from 1 within its newsletter.
        note: as in its digest.
    """

    id: str
    newsletter: str
    number: int
    composed_at: datetime
    subject: str
    note: str = ""


class Edition(Frozen):
    """One composed issue of a newsletter: a frozen list of article revisions and its rendered form.

    Attributes:
        number: counts from 1 within its newsletter.
        slot: the due moment that it was composed for (UTC); none if composed by hand.
        articles: those shown, in order, as they were then.
        more: how many more it only counts.
        message: the compiled message as JSON text; every retry sends these bytes.
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
