"""The parts of an article: authors, tags, attachments, images, licenses, places."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .base import (
    Email,
    Frozen,
    Language,
    MediaType,
    NonEmptyLine,
    SingleLine,
    Uri,
    Url,
    ZonedDatetime,
)


class Author(Frozen):
    """An author: a name, an email address, or both, and optionally a web page."""

    name: NonEmptyLine | None = None
    email: Email | None = None
    url: Url | None = None

    @model_validator(mode="after")
    def _require_name_or_email(self) -> Self:
        if self.name is None and self.email is None:
            raise ValueError("an author needs a name or an email")
        return self

    @property
    def label(self) -> str:
        """The name, else the email address."""
        return self.name or self.email or ""


class Tag(Frozen):
    """A tag, which RSS and Atom call a category (RFC 4287, section 4.2.2).

    Attributes:
        term: identifies the tag.
        label: the text that is shown.
        scheme: the URL of the vocabulary.
    """

    term: NonEmptyLine
    label: NonEmptyLine | None = None
    scheme: Url | None = None


class Attachment(Frozen):
    """A file that belongs to an article: an enclosure. `length` is in bytes, `duration` in seconds."""

    url: Url
    media_type: MediaType
    length: int | None = Field(default=None, ge=0)
    title: NonEmptyLine | None = None
    duration: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Image(Frozen):
    """The image of an article or a feed.

    Attributes:
        alt: a description of the image.
        credit: its author or owner.
        width, height: pixels.
    """

    url: Url
    alt: SingleLine = ""
    credit: SingleLine = ""
    media_type: MediaType | None = None
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)


class License(Frozen):
    """The license of an article (RFC 4946 for the link)."""

    name: NonEmptyLine
    url: Url | None = None


class Alternate(Frozen):
    """The same article in another language or media type (RFC 4287, section 4.2.7.2)."""

    url: Url
    language: Language | None = None
    media_type: MediaType | None = None
    title: NonEmptyLine | None = None

    @model_validator(mode="after")
    def _require_difference(self) -> Self:
        if self.language is None and self.media_type is None:
            raise ValueError("an alternate needs a language or a media_type that differs")
        return self


class Comments(Frozen):
    """The comments on an article: their page, their feed and their number (RFC 4685).

    `feed_type` is the media type of the feed.
    """

    url: Url | None = None
    feed: Url | None = None
    feed_type: MediaType = "application/atom+xml"
    count: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.url is None and self.feed is None and self.count is None:
            raise ValueError("a discussion needs a url, a feed or a count")
        return self


class InReplyTo(Frozen):
    """An entry that the article responds to: its id, and its URL (RFC 4685, section 3)."""

    id: Uri
    url: Url | None = None


class SourceFeed(Frozen):
    """The feed that a republished article came from (RFC 4287, section 4.2.11; RSS `source`).

    Attributes:
        feed: the URL of that feed.
        home: its web page.
        id: its id, if that is not its URL.
    """

    title: NonEmptyLine
    feed: Url
    home: Url | None = None
    id: Uri | None = None
    updated: ZonedDatetime | None = None


class Location(Frozen):
    """A place: WGS 84 degrees and a name (GeoRSS-Simple)."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: SingleLine = ""
