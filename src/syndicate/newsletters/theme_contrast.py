"""Contrast of colors: a color of light mode made readable in dark mode."""

from __future__ import annotations

from ..linters.mail.colors import Color, contrast

MIN_CONTRAST = 4.5
"""Of text with its background (WCAG 2.2, 1.4.3)."""

_STEPS = 20


def readable_on(color: str, *backgrounds: str) -> str:
    """Return the color, or the nearest lighter tint of it that is readable on all backgrounds.

    Args:
        color, backgrounds: `#rrggbb`; the backgrounds are dark.
    """
    parsed = [_parse(background) for background in backgrounds]
    for step in range(_STEPS):
        share = step / _STEPS
        tint = Color(*(part + (1 - part) * share for part in _parse(color)[:3]))
        rounded = _parse(str(tint))
        if all(contrast(rounded, background) >= MIN_CONTRAST for background in parsed):
            return str(tint)
    return "#ffffff"


def _parse(color: str) -> Color:
    return Color(*(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)))
