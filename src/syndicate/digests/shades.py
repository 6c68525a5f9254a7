"""Colours that go together: one that is set for light mode, made legible in the dark. Pure."""

from __future__ import annotations

NEEDED = 4.5
"""The contrast of text with what is behind it (WCAG 2.2, 1.4.3)."""

_STEPS = 20


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, definition)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def legible(colour: str, *papers: str) -> str:
    """The colour as it is if it can be read on all the papers, else the nearest tint that can.

    Args:
        colour: `#rrggbb`, as the papers.
        papers: all dark; the tint is lighter than the colour.
    """
    for step in range(_STEPS):
        share = step / _STEPS
        tint = "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in _parts(colour))
        if all(contrast(tint, paper) >= NEEDED for paper in papers):
            return tint
    return "#ffffff"
