"""Digests: an edition of a newsletter as people see it, in HTML and in text."""

from .render import render_digest
from .themes import Theme, load_theme

__all__ = ["Theme", "load_theme", "render_digest"]
