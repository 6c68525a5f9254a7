"""`[[feed]]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from ..extensions import extensions
from ..model import Element, Facet, Feed, FeedOptions, Selector
from ..model.article_identity import is_uri
from ..model.base import Language, NonEmptyLine, SingleLine
from ..model.custom_element import Elements
from ..model.feed_families import FamilyMember, member_name
from .nested_errors import as_details
from .site import SiteSettings

# The keys whose default is the value of the site.
_SITE_DEFAULTS = {"rights", "image", "icon"}
_ARCHIVE_DOCUMENT = re.compile(r".+/archive/\d+")


class FeedSettings(Selector, FeedOptions):
    """`[[feed]]`: one feed, or with `each` a family of them."""

    each: Facet | None = Field(default=None, description="one feed a tag, author, section or language")
    max_feeds: int = Field(
        default=10_000, ge=1, description="the most feeds of a family; further values get none"
    )
    name: NonEmptyLine = Field(description="the file name without its ending; a slash makes a folder")
    title: SingleLine = Field(
        default="", description="the site's title if absent; may contain {tag} in a family"
    )
    description: SingleLine = ""
    language: Language | None = None
    id: NonEmptyLine | None = Field(
        default=None, description="the permanent id of the feed, a URI; its address if absent"
    )
    page: bool | None = Field(
        default=None, description="also write an HTML page, NAME.html; as in [site] if absent"
    )

    markdown: bool | None = Field(
        default=None,
        description="RSS has the Markdown of articles beside their bodies (source:markdown); if absent, only "
        "feeds without each",
    )

    # The short form becomes elements before the tables are validated one by one; see `Settings`.
    elements: Annotated[
        Elements,
        BeforeValidator(lambda value: value, json_schema_input_type=tuple[Element, ...] | dict[str, str]),
    ] = Field(default=(), description='elements of your own: { "ex:edition" = "morning" }, or tables')

    @field_validator("extensions")
    @classmethod
    def _valid_extensions(cls, extensions_data: dict[str, Any]) -> dict[str, Any]:
        models = {each.name: each.feed_data for each in extensions() if each.feed_data is not None}
        for name, data in extensions_data.items():
            if (model := models.get(name)) is None:
                known = ", ".join(models) or "none"
                raise ValueError(f"no extension {name!r} for feeds is installed; installed are {known}")
            try:
                model.model_validate(data)
            except ValidationError as error:
                details = [as_details(each, name) for each in error.errors()]
                raise ValidationError.from_exception_data(name, details) from None
        return extensions_data

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str, info: ValidationInfo) -> str:
        if "each" in info.data:
            each = info.data["each"]
            if each and f"{{{each}}}" not in name:
                raise ValueError(f'the name of a family needs {{{each}}} in it, such as "{each}/{{{each}}}"')
            if not each and "{" in name:
                raise ValueError('a name with {} in it needs each = "tag", "author", "section" or "language"')
        if _ARCHIVE_DOCUMENT.fullmatch(name):
            raise ValueError(f"{name!r} is the name of an archive document; choose another")
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError("the name leads out of the output folder")
        return name

    @field_validator("id")
    @classmethod
    def _uri(cls, identifier: str | None, info: ValidationInfo) -> str | None:
        each = info.data.get("each")
        if each and identifier and f"{{{each}}}" not in identifier:
            raise ValueError(f"the id of a family needs {{{each}}} in it: each feed has one of its own")
        if identifier and not is_uri(identifier.replace(f"{{{each}}}", "x")):
            raise ValueError(f"the id is not a URI, such as tag:example.org,2026:main: {identifier!r}")
        return identifier

    def resolved(self, site: SiteSettings) -> Feed:
        """Return the complete feed; of a family, what its members have in common."""
        return Feed(
            name=self.name,
            title=self.title or (f"{site.title}: {{{self.each}}}" if self.each else site.title),
            home=site.home,
            description=self.description or site.description,
            language=self.language or site.language,
            author=site.author,
            base_url=site.base_url,
            page=site.page if self.page is None else self.page,
            markdown=self.each is None if self.markdown is None else self.markdown,
            hubs=site.hubs,
            where=self.where,
            without=self.without,
            id=None if self.each else self.id,
            **{name: getattr(self, name) or getattr(site, name) for name in _SITE_DEFAULTS},
            **{name: getattr(self, name) for name in set(FeedOptions.model_fields) - _SITE_DEFAULTS},
        )

    def family(self, site: SiteSettings, members: Iterable[FamilyMember]) -> list[Feed]:
        """Return the complete feeds of some members of the family."""
        each = self.each
        assert each is not None
        common = self.resolved(site)
        placeholder = f"{{{each}}}"
        return [
            # Copies are not validated again: there may be thousands, and they differ in words only.
            common.model_copy(
                update={
                    "name": member_name(self.name, each, member.slug),
                    "title": common.title.replace(placeholder, member.label),
                    "description": common.description.replace(placeholder, member.label),
                    "id": self.id and self.id.replace(placeholder, quote(member.slug)),
                    "language": member.label if each == "language" else common.language,
                    "where": {**self.where, each: member.facet_values},
                }
            )
            for member in members
        ]
