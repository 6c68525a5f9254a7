"""The article: one record that feeds and newsletters contain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from .article_metadata import (
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
from .base import Frozen, Language, NonEmptyLine, SingleLine, Url, ZonedDatetime
from .custom_element import Element, Elements
from .extension_data import ExtensionData, FrozenDict, freeze
from .podcast import Episode

NOTHING_TO_SHOW = "has no title, no text, no image and no attachment: there is nothing to show"


class Article(Frozen):
    """An article. A change makes a new revision in the store.

    Attributes:
        id: permanent. Feeds need a URI, and derive one from any other id.
        title: plain text; empty if the article has none, such as a short note.
        link: the web page of the article.
        canonical: the original web page, if the article was republished.
        summary: plain text.
        content_html: the body. A source sanitizes it and makes its links absolute. If you build an `Article`
            yourself, do the same, or use `syndicate.article_from`.
        content_markdown: the Markdown that the body was written in. A feed can show it beside the body.
        contributors: who contributed to it besides the authors.
        publisher: who published it.
        section: the part of the publication that it belongs to.
        language: BCP 47; the language of the feed if None.
        published: the publication date. Feeds do not contain the article before it.
        updated: the last significant change.
        expires: when it stops being published: feeds do not contain the article from then on.
        ingested: when the store first saw the article (UTC). Shown only as the `updated` of an Atom entry
            without dates, because Atom requires one.
        license: the terms of use.
        rights: the copyright line, plain text.
        score: the publisher's figure for "most read"; a higher score is more.
        alternates: the same article in other languages or media types.
        discussion: the comments on the article.
        replies_to: the entries that the article responds to.
        origin: the feed that a republished article came from.
        location: where it happened.
        episode: its metadata as an episode of a podcast.
        elements: elements of the publisher's own namespaces.
        extensions: data of installed feed extensions, by the name of the extension.
    """

    id: NonEmptyLine
    title: SingleLine = ""
    link: Url | None = None
    canonical: Url | None = None
    summary: str = ""
    content_html: str = ""
    content_markdown: str = ""
    authors: tuple[Author, ...] = ()
    contributors: tuple[Author, ...] = ()
    publisher: NonEmptyLine | None = None
    tags: tuple[Tag, ...] = ()
    section: NonEmptyLine | None = None
    language: Language | None = None
    published: ZonedDatetime | None = None
    updated: ZonedDatetime | None = None
    expires: ZonedDatetime | None = None
    ingested: ZonedDatetime | None = None
    image: Image | None = None
    attachments: tuple[Attachment, ...] = ()
    license: License | None = None
    rights: SingleLine = ""
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
    def _require_distinct_alternates(cls, alternates: tuple[Alternate, ...]) -> tuple[Alternate, ...]:
        seen: set[tuple[str | None, str | None]] = set()
        for each in alternates:
            kind = (each.media_type, each.language and each.language.lower())
            if kind in seen:
                # RFC 4287, section 4.1.1.
                raise ValueError("two alternates have the same language and media_type")
            seen.add(kind)
        return alternates

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if not (self.title or self.summary or self.content_html or self.attachments or self.image):
            raise ValueError(NOTHING_TO_SHOW)
        return self

    @classmethod
    def from_stored(cls, document: Mapping[str, Any], **fields: Any) -> Article:
        """Return the article of a document that `jsonable` made. Most fields are not validated again.

        Args:
            document: plain JSON types.
            fields: values that override the document.
        """
        values = {
            name: _LOADERS[name](value) if name in _LOADERS else value for name, value in document.items()
        }
        return _BLANK.model_copy(update=values | fields)

    @property
    def dated(self) -> ZonedDatetime | None:
        """The publication date, else the date of the last change. None if the article has no date."""
        return self.published or self.updated

    @property
    def changed(self) -> ZonedDatetime | None:
        """The date of the last change, else the publication date. None if the article has no date."""
        return self.updated or self.published

    def facet(self, name: str) -> tuple[str, ...]:
        """Return the values of a facet, which selectors and feed families compare.

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
        raise ValueError(f"there is no facet {name!r}")


_author = lru_cache(maxsize=4096)(Author.model_construct)
_tag = lru_cache(maxsize=4096)(Tag.model_construct)


def _each(model: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple([model.model_validate(value) for value in values])


# Faster than `model_construct`, which computes all defaults again.
_BLANK = Article.model_construct(id="", title="")

_LOADERS: dict[str, Callable[[Any], Any]] = {
    # Nearly every article has these, and many articles have the same. The other fields are rare.
    **dict.fromkeys(
        ("authors", "contributors"), lambda values: tuple([_author(**value) for value in values])
    ),
    "tags": lambda values: tuple([_tag(**value) for value in values]),
    **dict.fromkeys(("published", "updated", "expires", "ingested"), datetime.fromisoformat),
    "attachments": _each(Attachment),
    "image": Image.model_validate,
    "license": License.model_validate,
    "alternates": _each(Alternate),
    "discussion": Comments.model_validate,
    "replies_to": _each(InReplyTo),
    "origin": SourceFeed.model_validate,
    "location": Location.model_validate,
    "episode": Episode.model_validate,
    "elements": _each(Element),
    "extensions": freeze,
}
