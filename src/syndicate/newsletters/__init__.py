"""Newsletters: articles are selected, rendered for every locale, linted and stored as an edition."""

from .layout import Section, articles_of, lay_out
from .template_rendering import render_digest, zone_for
from .themes import Theme, load_theme

__all__ = [
    "Section",
    "Theme",
    "articles_of",
    "lay_out",
    "load_theme",
    "render_digest",
    "zone_for",
]
