"""Colours that go together: one that is set for light mode, made legible in the dark. Pure."""

from __future__ import annotations

from ..linters.mail.colours import Colour, contrast

NEEDED = 4.5
"""The contrast of text with what is behind it (WCAG 2.2, 1.4.3)."""

_STEPS = 20


def legible(colour: str, *papers: str) -> str:
    """The colour as it is if it can be read on all the papers, else the nearest tint that can.

    Args:
        colour: `#rrggbb`, as the papers.
        papers: all dark; the tint is lighter than the colour.
    """
    ground = [_read(paper) for paper in papers]
    for step in range(_STEPS):
        share = step / _STEPS
        tint = Colour(*(part + (1 - part) * share for part in _read(colour)[:3]))
        shown = _read(str(tint))
        if all(contrast(shown, paper) >= NEEDED for paper in ground):
            return str(tint)
    return "#ffffff"


def _read(colour: str) -> Colour:
    return Colour(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))
