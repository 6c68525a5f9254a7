"""The article: one record of something published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field, field_validator

from .base import Frozen, Language, Line, NonEmptyLine, Url, When
from .element import Element, Elements
from .extension_data import ExtensionData, FrozenDict, freeze
from .metadata import (
    Alternate,
    Attachment,
    Author,
    Comments,
    Image,
    InReplyTo,
    License,
    Location,
    SourceFeed,
    Tag,
)
from .podcast import Episode


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
        ingested: when the store first saw it (UTC). No date of the article: it is shown only as the `updated`
            of an Atom entry without another, since Atom requires one.
        license: terms of use, by name and link.
        rights: the copyright line, plain text.
        score: the publisher's own figure for "most read"; higher is more.
        alternates: the same article in other languages or media types.
        discussion: where people talk about it.
        replies_to: what it answers.
        origin: the feed that a republished article came from.
        location: where it happened.
        episode: what it is as an episode of a podcast.
        elements: elements of the publisher's own namespaces.
        extensions: data of installed feed extensions, by the name of the extension.
    """

    id: NonEmptyLine
    title: NonEmptyLine
    link: Url | None = None
    canonical: Url | None = None
    summary: str = ""
    content_html: str = ""
    authors: tuple[Author, ...] = ()
    tags: tuple[Tag, ...] = ()
    section: NonEmptyLine | None = None
    language: Language | None = None
    published: When | None = None
    updated: When | None = None
    ingested: When | None = None
    image: Image | None = None
    attachments: tuple[Attachment, ...] = ()
    license: License | None = None
    rights: Line = ""
    score: float | None = Field(default=None, allow_inf_nan=False)
    alternates: tuple[Alternate, ...] = ()
    discussion: Comments | None = None
    replies_to: tuple[InReplyTo, ...] = ()
    origin: SourceFeed | None = None
    location: Location | None = None
    episode: Episode | None = None
    elements: Elements = ()
    extensions: ExtensionData = FrozenDict()

    @field_validator("alternates")
    @classmethod
    def _told_apart(cls, alternates: tuple[Alternate, ...]) -> tuple[Alternate, ...]:
        seen: set[tuple[str | None, str | None]] = set()
        for each in alternates:
            kind = (each.media_type, each.language and each.language.lower())
            if kind in seen:
                # RFC 4287, section 4.1.1.
                raise ValueError("two alternates differ neither in language nor in media_type")
            seen.add(kind)
        return alternates

    @classmethod
    def trusted(cls, document: Mapping[str, Any], **more: Any) -> Self:
        """The article of a document that `jsonable` made of one; nothing in it is checked again.

        For what a store gives back: several times as fast as to validate it.

        Args:
            document: plain JSON types.
            more: fields to set besides, as they are.
        """
        values = {
            name: _TRUSTED[name](value) if name in _TRUSTED else value for name, value in document.items()
        }
        return cls.unchecked(values | more)

    @property
    def dated(self) -> When | None:
        """When it appeared: published, else updated; none if it is undated."""
        return self.published or self.updated

    @property
    def changed(self) -> When | None:
        """When it last changed: updated, else published; none if it is undated."""
        return self.updated or self.published

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


def _all(part: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple([part.model_validate(value) for value in values])


_TRUSTED: dict[str, Callable[[Any], Any]] = {
    # These are in nearly every article; the others are rare enough to be checked.
    "authors": lambda values: tuple([Author.unchecked(value) for value in values]),
    "tags": lambda values: tuple([Tag.unchecked(value) for value in values]),
    **dict.fromkeys(("published", "updated", "ingested"), datetime.fromisoformat),
    "attachments": _all(Attachment),
    "image": Image.model_validate,
    "license": License.model_validate,
    "alternates": _all(Alternate),
    "discussion": Comments.model_validate,
    "replies_to": _all(InReplyTo),
    "origin": SourceFeed.model_validate,
    "location": Location.model_validate,
    "episode": Episode.model_validate,
    "elements": _all(Element),
    "extensions": freeze,
}
