"""Digests: an edition of a newsletter as people see it, in HTML and in text."""

from .layout import Section, flattened, sections
from .render import render_digest, zone_for
from .themes import Theme, load_theme

__all__ = [
    "Section",
    "Theme",
    "flattened",
    "load_theme",
    "render_digest",
    "sections",
    "zone_for",
]
