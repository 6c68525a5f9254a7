"""The names of flavours."""

from __future__ import annotations

from typing import Literal

FlavourName = Literal[
    "jekyll", "hugo", "zola", "eleventy", "astro", "docusaurus", "pelican", "obsidian", "auto"
]
"""The flavours of Markdown."""

EXPORTS = ("ghost", "substack", "medium", "wordpress")
"""The flavours that are exports, each read by the kind of source of the same name."""
