"""The feed: a definition of which articles, how many, in which formats."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from .article import Author
from .base import Filled, Frozen, Language, Line, Url

Format = Literal["rss", "atom", "json"]
Facet = Literal["tag", "author", "section", "language"]

FORMATS: tuple[Format, ...] = ("rss", "atom", "json")

MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[Filled, ...], BeforeValidator(_as_tuple)]
"""One word or several."""


class Selector(Frozen):
    """Which articles: those that have one of the wanted words in every facet named, and no unwanted one.

    Example: `where = {"tag": ["boats", "tides"], "language": "en"}`.
    """

    where: dict[Facet, Words] = Field(
        default_factory=dict, description="only articles with one of these words in each facet named"
    )
    without: dict[Facet, Words] = Field(
        default_factory=dict, description="no article with one of these words in a facet named"
    )


class Feed(Selector):
    """A feed, complete: everything that its documents say about themselves.

    Attributes:
        name: the file name without its ending; a slash makes a folder.
        home: the page that the feed belongs to.
        base_url: where the folder with the feed files is served; without it there is no self link.
        author: stands in where an article names nobody.
        limit: how many articles, the newest.
        content: `full` for the body, `summary` for the summary alone.
    """

    name: Filled = "feed"
    title: Filled
    home: Url
    description: Line = ""
    language: Language | None = None
    author: Author | None = None
    base_url: Url | None = None
    limit: int = Field(default=50, ge=1)
    formats: tuple[Format, ...] = FORMATS
    content: Literal["full", "summary"] = "full"

    def path(self, format: Format) -> str:  # noqa: A002 - the field's word for it
        """The file of this feed in a format, relative to the output folder."""
        return f"{self.name}.{format}"

    def url(self, format: Format) -> str | None:  # noqa: A002
        """Where this feed is served in a format, if that is known."""
        if self.base_url is None:
            return None
        return f"{self.base_url.rstrip('/')}/{quote(self.path(format))}"
