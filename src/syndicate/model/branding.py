"""How a letter looks, what its links carry, and for whom it is written."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from .base import Frozen, Language, NonEmptyLine, Url

_URL = TypeAdapter(Url)


def _pattern(value: str) -> str:
    _URL.validate_python(value.replace("{", "").replace("}", ""))
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A URL with names in braces."""

_COLOUR = "#[0-9a-fA-F]{6}"
_FAMILY = r"(?:[\w ,-]|'[\w ,-]+')+"


def _colour(value: str) -> str:
    if not re.fullmatch(_COLOUR, value):
        raise ValueError(f"{value!r} is no colour: write # and six hexadecimal digits, such as #0b5f66")
    return value


def _family(value: str) -> str:
    if not re.fullmatch(_FAMILY, value):
        raise ValueError(f"{value!r} is no list of fonts: write it as CSS does, such as Verdana, sans-serif")
    return value


Colour = Annotated[str, AfterValidator(_colour), Field(json_schema_extra={"pattern": f"^{_COLOUR}$"})]
"""Six hexadecimal digits after a `#`: what every mail program understands."""


class Palette(Frozen):
    """The colours of a letter; one that is absent is the theme's own.

    Text in `ink`, `soft` and `accent` stands on `page` and `sheet`, and wants a contrast of 4.5:1 there
    (WCAG 2.2, 1.4.3). What begins with `dark_` is for dark mode.
    """

    page: Colour | None = Field(default=None, description="behind everything")
    sheet: Colour | None = Field(default=None, description="behind articles")
    ink: Colour | None = Field(default=None, description="text and titles")
    soft: Colour | None = Field(default=None, description="bylines, dates, small print")
    accent: Colour | None = Field(default=None, description="links and labels")
    rule: Colour | None = Field(default=None, description="lines between articles")
    dark_page: Colour | None = None
    dark_sheet: Colour | None = None
    dark_ink: Colour | None = None
    dark_soft: Colour | None = None
    dark_accent: Colour | None = None
    dark_rule: Colour | None = None


Family = Annotated[
    str, AfterValidator(_family), Field(max_length=200, json_schema_extra={"pattern": f"^{_FAMILY}$"})
]


class Fonts(Frozen):
    """The fonts of a letter, as CSS writes families; one that is absent is the theme's own."""

    text: Family | None = Field(default=None, description="such as Verdana, sans-serif")
    headings: Family | None = None


class Tracking(Frozen):
    """What is added to links, and what is told to others when a letter is read. Nothing, unless asked for.

    In values and patterns `{newsletter}` and `{number}` stand for the letter's name and its number.
    """

    parameters: dict[str, str] = Field(
        default_factory=dict,
        description='added to links, such as { utm_source = "{newsletter}", utm_medium = "email" }',
    )
    hosts: tuple[NonEmptyLine, ...] = Field(
        default=(), description="the hosts whose links get parameters; the home's if absent"
    )
    redirect: Pattern | None = Field(
        default=None,
        description="counts clicks: links lead here first; {url} is where they lead in the end",
    )
    pixel: Pattern | None = Field(default=None, description="counts readers: an invisible picture from here")

    @model_validator(mode="after")
    def _leads_on(self) -> Self:
        if self.redirect and "{url}" not in self.redirect:
            raise ValueError("redirect needs {url} in it, or no link leads where it should")
        return self


class ImageSettings(Frozen):
    """How letters show pictures."""

    proxy: Pattern | None = Field(
        default=None,
        description="pictures are taken from here: {url} is the picture, {width} the pixels that it fills",
    )
    embed: bool = Field(default=False, description="pictures travel in the mail, and nothing is loaded")
    embed_limit: int = Field(
        default=2_000_000, ge=1, description="how many bytes of pictures a mail may carry"
    )
    private: bool = Field(
        default=False,
        description="whether pictures to embed may be on addresses of this machine and its network",
    )

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.proxy and "{url}" not in self.proxy:
            raise ValueError("proxy needs {url} in it, or every picture is the same")
        if self.proxy and self.embed:
            raise ValueError("embed and proxy exclude each other: a picture travels, or is loaded")
        return self


class Locale(Frozen):
    """In whose language and time zone a letter's own words and dates are; absent: the newsletter's own."""

    language: Language | None = None
    timezone: NonEmptyLine | None = None
