"""An episode of a podcast."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainSerializer, model_validator

from ..base import MediaType, NonEmptyLine, Url, ZonedDatetime
from .credits import LicenseOrName, Person, Place
from .element import PodcastElement, Several
from .links import Chat, ContentLink, Funding, SocialInteract, Txt
from .media import AlternateEnclosure, Chapter, PodcastImage, Soundbite, Transcript
from .payments import Value

Number = Annotated[
    float,
    Field(ge=0, le=1_000_000, allow_inf_nan=False),
    AfterValidator(lambda value: int(value) if value == int(value) else value),
    PlainSerializer(lambda value: value, return_type=int | float),
]
"""The number of an episode: a whole number, or one such as 4.5."""

JSON_CHAPTERS = "application/json+chapters"


class Live(PodcastElement):
    """That an episode is a live stream (Podcasting 2.0, `podcast:liveItem`).

    Attributes:
        status: `pending` before it, `live` during it, `ended` after it.
        start, end: when it is meant to begin and end.
    """

    status: Literal["pending", "live", "ended"]
    start: ZonedDatetime
    end: ZonedDatetime | None = None

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError("a live stream cannot end before it starts")
        return self


class Episode(PodcastElement):
    """The metadata of an episode. Its audio is the first attachment of the article.

    Attributes:
        number: of the episode within its season. Apple shows whole numbers from 1, Podcasting 2.0 `4.5` too.
        number_text: what apps show instead of the number, such as `Ch. 3`.
        season: from 1.
        season_name: what apps show instead of the season's number.
        title: the title without numbers, if the article's title has them (Apple, `itunes:title`).
        kind: `trailer` and `bonus` belong to a season or an episode.
        explicit: whether it is unsuitable for children; None means the same as the podcast.
        block: whether Apple must not show it.
        transcripts: its text, as files.
        chapters: the URL of a file with its chapters.
        chapters_type: the media type of that file.
        chapter_list: its chapters, written into the feed.
        persons: hosts and guests. They replace those of the podcast.
        soundbites: parts that stand for it.
        alternate_enclosures: other versions of the audio or video.
        images: images for several uses. The article's image is the usual one.
        places: what it is about, and where it was made.
        license: the license of the audio or video; the article's if absent.
        funding: pages where listeners can pay.
        social_interacts: posts whose replies are the comments.
        values: how listeners pay while they listen.
        chat: the chat about it.
        content_links: where else it can be found.
        txt: texts for services.
        live: that it is a live stream.
    """

    other_names = (
        "episode=number display=number_text type=kind episode_type=kind transcript=transcripts "
        "people=persons guests=persons person=persons soundbite=soundbites "
        "alternate_enclosure=alternate_enclosures image=images location=places locations=places "
        "social_interact=social_interacts value=values content_link=content_links live_item=live"
    )
    text_field = "number"

    number: Number | None = None
    number_text: NonEmptyLine | None = None
    season: int | None = Field(default=None, ge=1)
    season_name: NonEmptyLine | None = None
    title: NonEmptyLine | None = None
    kind: Literal["full", "trailer", "bonus"] | None = None
    explicit: bool | None = None
    block: bool = False
    transcripts: Annotated[tuple[Transcript, ...], Several] = ()
    chapters: Url | None = None
    chapters_type: MediaType = JSON_CHAPTERS
    chapter_list: tuple[Chapter, ...] = ()
    persons: Annotated[tuple[Person, ...], Several] = ()
    soundbites: Annotated[tuple[Soundbite, ...], Several] = ()
    alternate_enclosures: Annotated[tuple[AlternateEnclosure, ...], Several] = ()
    images: Annotated[tuple[PodcastImage, ...], Several] = ()
    places: Annotated[tuple[Place, ...], Several] = ()
    license: LicenseOrName | None = None
    funding: Annotated[tuple[Funding, ...], Several] = ()
    social_interacts: Annotated[tuple[SocialInteract, ...], Several] = ()
    values: Annotated[tuple[Value, ...], Several] = ()
    chat: Chat | None = None
    content_links: Annotated[tuple[ContentLink, ...], Several] = ()
    txt: Annotated[tuple[Txt, ...], Several] = ()
    live: Live | None = None
