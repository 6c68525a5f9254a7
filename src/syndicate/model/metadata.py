"""What an article is made of: people, words, files, pictures, terms, places."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .base import Email, Frozen, Language, Line, MediaType, NonEmptyLine, Uri, Url, When


class Author(Frozen):
    """Who wrote it: a name, a mail address, or both, and perhaps a page about them."""

    name: NonEmptyLine | None = None
    email: Email | None = None
    url: Url | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.name is None and self.email is None:
            raise ValueError("an author needs a name or an email")
        return self

    @property
    def label(self) -> str:
        """What to call this author: the name, else the address."""
        return self.name or self.email or ""


class Tag(Frozen):
    """A word that the article is filed under (RFC 4287, section 4.2.2).

    `term` identifies it, `label` is for people, `scheme` names the vocabulary.
    """

    term: NonEmptyLine
    label: NonEmptyLine | None = None
    scheme: Url | None = None


class Attachment(Frozen):
    """A file that belongs to the article: an enclosure. `length` in bytes, `duration` in seconds."""

    url: Url
    media_type: MediaType
    length: int | None = Field(default=None, ge=0)
    title: NonEmptyLine | None = None
    duration: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Image(Frozen):
    """A picture that stands for an article or a feed.

    `alt` says what it shows, `credit` whose it is; width and height in pixels.
    """

    url: Url
    alt: Line = ""
    credit: Line = ""
    media_type: MediaType | None = None
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)


class License(Frozen):
    """The terms under which others may use the article (RFC 4946 for the link)."""

    name: NonEmptyLine
    url: Url | None = None


class Alternate(Frozen):
    """The same article in another language or media type (RFC 4287, section 4.2.7.2)."""

    url: Url
    language: Language | None = None
    media_type: MediaType | None = None
    title: NonEmptyLine | None = None

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.language is None and self.media_type is None:
            raise ValueError("say how it differs: by its language or its media_type")
        return self


class Comments(Frozen):
    """Where people talk about the article: a page, a feed of what they say, and how many have (RFC 4685).

    `feed_type` is the media type of that feed.
    """

    url: Url | None = None
    feed: Url | None = None
    feed_type: MediaType = "application/atom+xml"
    count: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.url is None and self.feed is None and self.count is None:
            raise ValueError("a discussion needs a url, a feed or a count")
        return self


class InReplyTo(Frozen):
    """What the article answers: the id of that entry, and where it can be read (RFC 4685, section 3)."""

    id: Uri
    url: Url | None = None


class SourceFeed(Frozen):
    """The feed that a republished article came from (RFC 4287, section 4.2.11; RSS `source`).

    `feed` is that feed's address, `home` its page, `id` its own id if it has one besides.
    """

    title: NonEmptyLine
    feed: Url
    home: Url | None = None
    id: Uri | None = None
    updated: When | None = None


class Location(Frozen):
    """Where it happened: WGS 84 degrees, and a name for people (GeoRSS-Simple)."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: Line = ""
