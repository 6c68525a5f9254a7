"""Branding of newsletters: colors, fonts, images and link tracking."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from .base import Frozen, NonEmptyLine, Url

_URL = TypeAdapter(Url)


def _pattern(value: str) -> str:
    _URL.validate_python(value.replace("{", "").replace("}", ""))
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A URL with names in braces."""

_COLOR = "#[0-9a-fA-F]{6}"
_FAMILY = r"(?:[\w ,-]|'[\w ,-]+')+"


def _color(value: str) -> str:
    if not re.fullmatch(_COLOR, value):
        raise ValueError(f"{value!r} is not a color: write # and six hexadecimal digits, such as #0b5f66")
    return value


def _family(value: str) -> str:
    if not re.fullmatch(_FAMILY, value):
        raise ValueError(f"{value!r} is not a list of fonts: write it as in CSS, such as Verdana, sans-serif")
    return value


Color = Annotated[str, AfterValidator(_color), Field(json_schema_extra={"pattern": f"^{_COLOR}$"})]
"""`#` and six hexadecimal digits, which every mail program understands."""


class Palette(Frozen):
    """The colors of an edition; the theme's own if absent.

    Text in `ink`, `soft` and `accent` needs a contrast of 4.5:1 on `page` and `sheet` (WCAG 2.2, 1.4.3).
    Names with `dark_` are for dark mode.
    """

    page: Color | None = Field(default=None, description="behind everything")
    sheet: Color | None = Field(default=None, description="behind articles")
    ink: Color | None = Field(default=None, description="text and titles")
    soft: Color | None = Field(default=None, description="bylines, dates, small print")
    accent: Color | None = Field(default=None, description="links and labels")
    rule: Color | None = Field(default=None, description="lines between articles")
    dark_page: Color | None = None
    dark_sheet: Color | None = None
    dark_ink: Color | None = None
    dark_soft: Color | None = None
    dark_accent: Color | None = None
    dark_rule: Color | None = None


Family = Annotated[
    str, AfterValidator(_family), Field(max_length=200, json_schema_extra={"pattern": f"^{_FAMILY}$"})
]


class Fonts(Frozen):
    """The fonts of an edition as CSS font families; the theme's own if absent."""

    text: Family | None = Field(default=None, description="such as Verdana, sans-serif")
    headings: Family | None = None


class Tracking(Frozen):
    """Parameters of links, click tracking and open tracking; all of it is off by default.

    In values and patterns, `{newsletter}` is the name of the newsletter and `{number}` that of the edition.
    """

    parameters: dict[str, str] = Field(
        default_factory=dict,
        description='added to links, such as { utm_source = "{newsletter}", utm_medium = "email" }',
    )
    hosts: tuple[NonEmptyLine, ...] = Field(
        default=(), description="hosts whose links get the parameters; the host of the home page if absent"
    )
    redirect: Pattern | None = Field(
        default=None,
        description="a redirect that counts clicks; {url} is the address of the link",
    )
    pixel: Pattern | None = Field(default=None, description="an invisible image that counts opens")

    @model_validator(mode="after")
    def _require_url_in_redirect(self) -> Self:
        if self.redirect and "{url}" not in self.redirect:
            raise ValueError("redirect needs {url}, the address that each link leads to")
        return self


class ImageSettings(Frozen):
    """How editions show images."""

    proxy: Pattern | None = Field(
        default=None,
        description="an image proxy; {url} is the address of the image, {width} its width in pixels",
    )
    embed: bool = Field(default=False, description="embed images in the mail, so that none is loaded")
    embed_limit: int = Field(default=2_000_000, ge=1, description="most bytes of embedded images in a mail")
    private: bool = Field(
        default=False,
        description="whether embedded images may be fetched from addresses of this machine and its network",
    )

    @model_validator(mode="after")
    def _check_proxy(self) -> Self:
        if self.proxy and "{url}" not in self.proxy:
            raise ValueError("proxy needs {url}, the address of the image")
        if self.proxy and self.embed:
            raise ValueError("embed and proxy exclude each other: an image is either embedded or loaded")
        return self
