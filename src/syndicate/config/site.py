"""`[site]`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..model import Author, Image
from ..model.base import Frozen, Language, NonEmptyLine, SingleLine, Url
from ..model.custom_element import Namespaces
from .field_types import OptionalSchedule, Zone


class SiteSettings(Frozen):
    """`[site]`: what all feeds and newsletters have in common."""

    title: NonEmptyLine = Field(description="the publication's name")
    home: Url = Field(description="its page")
    description: SingleLine = ""
    language: Language = "en"
    timezone: Zone = Field(default="UTC", description="an IANA name; for dates and schedules that name none")
    author: Author | None = Field(default=None, description="of records that name no author")
    output: NonEmptyLine = Field(default="public", description="the folder that feeds are written to")
    base_url: Url | None = Field(
        default=None, description="the URL of the output folder; makes the self links"
    )
    rights: SingleLine = Field(default="", description="the copyright line of feeds")
    image: Image | None = Field(default=None, description="the image of feeds: url, width, height")
    icon: Url | None = Field(default=None, description="a small square image for feeds")
    hubs: tuple[Url, ...] = Field(default=(), description="WebSub hubs, which tell subscribers at once")
    page: bool = Field(default=False, description="also write an HTML page for each feed, NAME.html")
    namespaces: Namespaces = Field(
        default_factory=dict, description="prefixes of namespaces of your own, for elements"
    )
    opml: NonEmptyLine | None = Field(
        default=None, description="a list of all feeds for feed readers, such as feeds.opml"
    )
    lint: Literal["refuse", "report", "off"] = Field(
        default="refuse",
        description="an entry with errors is left out (refuse), or only reported (report); off does not lint",
    )
    compress: bool | None = Field(
        default=None, description="gzip and brotli variants beside each file; if absent, where [web] is"
    )
    refresh: OptionalSchedule = Field(
        default="every 5 minutes",
        description="when the daemon ingests and then publishes; `never` leaves it to you",
    )
