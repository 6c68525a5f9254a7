"""Colors: parsing, blending, inverting and contrast."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import NamedTuple

from tinycss2.color4 import parse_color as parse_level_4

_SCALE = 255


class Color(NamedTuple):
    """Red, green and blue of sRGB and the opacity, each from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def __str__(self) -> str:
        shown = "".join(f"{round(part * _SCALE):02x}" for part in self[:3])
        return f"#{shown}" if self.alpha >= 1 else f"#{shown} at {round(self.alpha * 100)}%"


BLACK, WHITE = Color(0, 0, 0), Color(1, 1, 1)
TRANSPARENT = Color(0, 0, 0, 0)


@lru_cache(maxsize=1024)
def parse_color(text: str) -> Color | None:
    """Return a color of CSS Color Level 4; None if it is invalid or cannot be converted to sRGB."""
    try:
        found = parse_level_4(text)
        if found is None or isinstance(found, str):
            return None
        red, green, blue, alpha = found.to("srgb")
    except (NotImplementedError, ValueError, TypeError, RecursionError, OverflowError):
        return None
    # A missing component counts as 0 (CSS Color 4, section 4.4).
    return Color(*(min(1.0, max(0.0, float(part or 0))) for part in (red, green, blue, alpha)))


def parse_legacy_color(text: str) -> Color | None:
    """Return the color of an attribute such as `bgcolor`, which may lack its number sign."""
    text = text.strip()
    return parse_color(text) or parse_color(f"#{text}")


def blend(top: Color, below: Color) -> Color:
    """Return the color that results from a color over an opaque one."""
    share = top.alpha
    return Color(*(a * share + b * (1 - share) for a, b in zip(top[:3], below[:3], strict=True)))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


@lru_cache(maxsize=1024)
def luminance(value: Color) -> float:
    """Return the relative luminance (WCAG 2.2), from 0 to 1."""
    red, green, blue = (_linear(part) for part in value[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two opaque colors (WCAG 2.2), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1024)
def invert(value: Color) -> Color:
    """Return the color with inverted lightness and the same hue, as clients do in dark mode."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*value[:3])
    return Color(*colorsys.hls_to_rgb(hue, 1 - lightness, saturation), value.alpha)
