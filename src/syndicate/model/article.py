"""The article: one record of something published."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .base import Email, Filled, Frozen, Language, Line, MediaType, Url, When


class Author(Frozen):
    """Who wrote it: a name, a mail address, or both, and perhaps a page about them."""

    name: Filled | None = None
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

    term: Filled
    label: Filled | None = None
    scheme: Url | None = None


class Attachment(Frozen):
    """A file that belongs to the article: an enclosure. `length` in bytes, `duration` in seconds."""

    url: Url
    media_type: MediaType
    length: int | None = Field(default=None, ge=0)
    title: Filled | None = None
    duration: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Image(Frozen):
    """The picture that stands for the article. `alt` says what it shows; width and height in pixels."""

    url: Url
    alt: Line = ""
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)


class License(Frozen):
    """The terms under which others may use the article (RFC 4946 for the link)."""

    name: Filled
    url: Url | None = None


class Article(Frozen):
    """One record. Frozen: a change is a new revision in the store.

    Attributes:
        id: what identifies it for ever; feeds need a URI and derive one from anything else.
        title: one line of plain text.
        link: where people read it.
        canonical: where it stood first, if that is elsewhere.
        summary: plain text.
        content_html: the body. From a source it has been sanitised and made absolute; a caller who
            builds an `Article` by hand vouches for it, or uses `syndicate.article_from`.
        section: the part of the publication it belongs to.
        language: BCP 47; none means the language of the feed.
        published: when it appeared or will appear; feeds leave it out until then.
        updated: when it last changed in a way worth telling.
        ingested: when the store first saw it (UTC); stands in where there is no other date.
        license: terms of use, by name and link.
        rights: the copyright line, plain text.
        score: the publisher's own figure for "most read"; higher is more.
    """

    id: Filled
    title: Filled
    link: Url | None = None
    canonical: Url | None = None
    summary: str = ""
    content_html: str = ""
    authors: tuple[Author, ...] = ()
    tags: tuple[Tag, ...] = ()
    section: Filled | None = None
    language: Language | None = None
    published: When | None = None
    updated: When | None = None
    ingested: When | None = None
    image: Image | None = None
    attachments: tuple[Attachment, ...] = ()
    license: License | None = None
    rights: Line = ""
    score: float | None = Field(default=None, allow_inf_nan=False)

    @property
    def dated(self) -> When | None:
        """When it appeared: published, else updated, else first ingested."""
        return self.published or self.updated or self.ingested

    @property
    def changed(self) -> When | None:
        """When it last changed: updated, else as `dated`."""
        return self.updated or self.dated

    def facet(self, name: str) -> tuple[str, ...]:
        """The values under which a family of feeds files this article.

        Args:
            name: `tag`, `author`, `section` or `language`.
        """
        match name:
            case "tag":
                return tuple(dict.fromkeys(tag.term for tag in self.tags))
            case "author":
                return tuple(dict.fromkeys(author.label for author in self.authors))
            case "section":
                return (self.section,) if self.section else ()
            case "language":
                return (self.language,) if self.language else ()
        raise ValueError(f"no such facet: {name}")
