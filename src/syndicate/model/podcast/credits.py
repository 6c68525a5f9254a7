"""People, places and licenses of a podcast or an episode."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from ..article_metadata import License
from ..base import NonEmptyLine, Url
from .element import PodcastElement


class Person(PodcastElement):
    """A person in an episode (Podcasting 2.0, `podcast:person`). Roles come from the Podcast Taxonomy."""

    other_names = "href=url link=url img=image text=name"
    text_field = "name"

    name: NonEmptyLine
    role: NonEmptyLine | None = None
    group: NonEmptyLine | None = None
    url: Url | None = None
    image: Url | None = None


def _geo_uri(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in "+-0123456789":
        return "geo:" + "".join(value.split())
    return value


Geo = Annotated[
    str,
    BeforeValidator(_geo_uri),
    StringConstraints(
        pattern=r"^geo:[+-]?[0-9.]{1,20},[+-]?[0-9.]{1,20}(,[+-]?[0-9.]{1,20})?(;[!-~]{1,100})?$",
        strip_whitespace=True,
    ),
]
"""A geo URI (RFC 5870): `geo:54.5,-1.25`."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
"""A country code of two letters (ISO 3166-1)."""


class Place(PodcastElement):
    """What a podcast or an episode is about, or where it was made (Podcasting 2.0, `podcast:location`).

    Attributes:
        rel: `subject`: what it is about; `creator`: where it was made.
        geo: a geo URI, or `latitude,longitude`.
        osm: N, W or R and the number of the object in OpenStreetMap.
        country: two letters.
    """

    other_names = "text=name"
    text_field = "name"

    name: NonEmptyLine
    rel: Literal["subject", "creator"] | None = None
    geo: Geo | None = None
    osm: Annotated[str, StringConstraints(pattern=r"^[NWR][0-9]+(#[0-9]+)?$")] | None = None
    country: Country | None = None


def _license(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


LicenseOrName = Annotated[License, BeforeValidator(_license)]
"""A license; a name of the list of the podcast namespace, such as `cc-by-4.0`, is enough."""
