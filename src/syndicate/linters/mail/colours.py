"""Colours: reading them, laying one over another, and how far apart two are."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import NamedTuple

from tinycss2.color4 import parse_color as parse_level_4

_SCALE = 255


class Colour(NamedTuple):
    """Red, green and blue of sRGB and the opacity, each from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def __str__(self) -> str:
        shown = "".join(f"{round(part * _SCALE):02x}" for part in self[:3])
        return f"#{shown}" if self.alpha >= 1 else f"#{shown} at {round(self.alpha * 100)}%"


BLACK, WHITE = Colour(0, 0, 0), Colour(1, 1, 1)
TRANSPARENT = Colour(0, 0, 0, 0)


@lru_cache(maxsize=1024)
def colour(text: str) -> Colour | None:
    """A colour of CSS Color Level 4; none if it is not one, or one that no formula here brings into sRGB."""
    try:
        found = parse_level_4(text)
        if found is None or isinstance(found, str):
            return None
        red, green, blue, alpha = found.to("srgb")
    except (NotImplementedError, ValueError, TypeError, RecursionError, OverflowError):
        return None
    # A part that is missing is nought (CSS Color 4, section 4.4).
    return Colour(*(min(1.0, max(0.0, float(part or 0))) for part in (red, green, blue, alpha)))


def old_colour(text: str) -> Colour | None:
    """The colour of an attribute such as `bgcolor`, which may lack its number sign."""
    text = text.strip()
    return colour(text) or colour(f"#{text}")


def over(top: Colour, below: Colour) -> Colour:
    """What is seen of a colour that lies over an opaque one."""
    share = top.alpha
    return Colour(*(a * share + b * (1 - share) for a, b in zip(top[:3], below[:3], strict=True)))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


@lru_cache(maxsize=1024)
def luminance(value: Colour) -> float:
    """Relative luminance (WCAG 2.2, definition), from 0 to 1."""
    red, green, blue = (_linear(part) for part in value[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two opaque colours (WCAG 2.2, definition), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1024)
def inverted(value: Colour) -> Colour:
    """The colour with its lightness turned round and its hue kept, as clients make a letter dark."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*value[:3])
    return Colour(*colorsys.hls_to_rgb(hue, 1 - lightness, saturation), value.alpha)
