"""Files of an episode besides its audio: other versions, images, transcripts; chapters and soundbites."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ..base import Language, MediaType, NonEmptyLine, SingleLine, Uri, Url
from .element import Amount, PodcastElement, Several

_SRI = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/]{40,90}={0,2}")

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Transcript(PodcastElement):
    """The transcript of an episode (Podcasting 2.0, `podcast:transcript`)."""

    other_names = "type=media_type lang=language href=url"

    url: Url
    media_type: MediaType
    language: Language | None = None
    captions: bool = Field(
        default=False, description="whether it has times, so that it can be shown as captions"
    )


class Chapter(PodcastElement):
    """A chapter of an episode (Podlove Simple Chapters, `psc:chapter`). `start` is in seconds."""

    other_names = "start_time=start href=url link=url img=image"

    start: Seconds
    title: NonEmptyLine
    url: Url | None = None
    image: Url | None = None


class Soundbite(PodcastElement):
    """A short part that promotes an episode (Podcasting 2.0, `podcast:soundbite`). Times are in seconds."""

    other_names = "start_time=start text=title"

    start: Seconds
    duration: float = Field(gt=0, allow_inf_nan=False)
    title: SingleLine = ""


class MediaSource(PodcastElement):
    """An address of a file (Podcasting 2.0, `podcast:source`): https, ipfs, a torrent."""

    other_names = "url=uri content_type=media_type type=media_type"
    text_field = "uri"

    uri: Uri
    media_type: MediaType | None = None


class Integrity(PodcastElement):
    """A proof that a file is unchanged (Podcasting 2.0, `podcast:integrity`).

    Attributes:
        type: `sri` for subresource integrity (`sha384-…`), `pgp-signature` for a signature in base64.
    """

    text_field = "value"

    type: Literal["sri", "pgp-signature"] = "sri"
    value: Annotated[str, StringConstraints(pattern=r"^[!-~]+( [!-~]+)*$", max_length=10_000)]

    @model_validator(mode="after")
    def _require_hash(self) -> Self:
        if self.type == "sri" and not all(_SRI.fullmatch(each) for each in self.value.split()):
            raise ValueError("an sri value is sha256-, sha384- or sha512- and a hash in base64")
        return self


class AlternateEnclosure(PodcastElement):
    """Another version of the audio or video (Podcasting 2.0, `podcast:alternateEnclosure`).

    Attributes:
        media_type: of the file.
        sources: where the file can be got.
        length: bytes.
        bitrate: bits per second.
        height: pixels of a video.
        title: at most 32 characters are shown.
        rel: what belongs together; files with the same `rel` have the same content.
        codecs: as in RFC 6381.
        default: whether it is the same file as the first attachment.
        integrity: proves that the file is unchanged.
    """

    other_names = "type=media_type lang=language source=sources"

    media_type: MediaType
    sources: Annotated[tuple[MediaSource, ...], Several, Field(min_length=1)]
    length: int | None = Field(default=None, ge=0)
    bitrate: Amount | None = None
    height: int | None = Field(default=None, ge=1)
    language: Language | None = None
    title: NonEmptyLine | None = None
    rel: NonEmptyLine | None = None
    codecs: NonEmptyLine | None = None
    default: bool | None = None
    integrity: Integrity | None = None


class PodcastImage(PodcastElement):
    """An image of a podcast or an episode for a use (Podcasting 2.0, `podcast:image`).

    Attributes:
        alt: a description of the image.
        aspect_ratio: such as `16/9`; a square if absent.
        width, height: pixels.
        media_type: if it is not a usual image.
        purpose: words separated by spaces, such as `artwork`, `social`, `canvas`, `banner`, `poster`.
    """

    other_names = "href=url src=url type=media_type"
    text_field = "url"

    url: Url
    alt: SingleLine = ""
    aspect_ratio: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?( ?/ ?[0-9]+(\.[0-9]+)?)?$")] | None
    ) = None
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)
    media_type: MediaType | None = None
    purpose: NonEmptyLine | None = None
