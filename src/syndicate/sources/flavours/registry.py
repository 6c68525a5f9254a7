"""The flavours by name, and how a site's own is recognised."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from .base import SiteFlavour
from .flavour import Flavour
from .site import Site, folders_above

# A generator is recognised in this order: a later one may use the files of an earlier one too.
_CLASSES = {
    "docusaurus": "docusaurus:Docusaurus",
    "astro": "astro:Astro",
    "eleventy": "eleventy:Eleventy",
    "pelican": "pelican:Pelican",
    "jekyll": "jekyll:Jekyll",
    "hugo": "hugo:Hugo",
    "zola": "zola:Zola",
    "obsidian": "obsidian:Obsidian",
}
FLAVOURS = tuple(_CLASSES)
"""The names of the generators."""


def flavour_class(name: str) -> Any:
    """Return the class of a generator: it has `patterns`, `recognise` and makes a `Flavour`."""
    module, _, class_name = _CLASSES[name].partition(":")
    return getattr(import_module(f".{module}", __package__), class_name)


def default_patterns(name: str, folder: Path) -> tuple[str, ...]:
    """Return which files of a site are its posts, as patterns below its folder.

    Args:
        name: a flavour; `auto` is recognised.
    """
    if name == "auto":
        found = recognise(folder)
        name = found[0] if found else ""
    patterns: tuple[str, ...] = flavour_class(name).patterns(folder) if name else ("**/*.md",)
    return patterns


def recognise(start: Path) -> tuple[str, Path] | None:
    """Return the generator of the site that a folder is in, and the file that shows it."""
    for folder in folders_above(start):
        for name in FLAVOURS:
            shown_by: Path | None = flavour_class(name).recognise(folder)
            if shown_by is not None:
                return name, shown_by
    return None


def open_flavour(name: str, start: Path, site: Site) -> Flavour:
    """Return the conventions of a generator, or of that which `auto` recognises.

    Args:
        start: the folder of the pages, or one above.
        site: of our config; it gets its folder and its problems.
    """
    if name == "auto":
        found = recognise(start)
        if found is None:
            site.report(
                f"no site generator was recognised at {start}",
                hint=f'write flavour = "NAME", one of {", ".join(FLAVOURS)}, or leave flavour out',
            )
            return SiteFlavour(start, site)
        name, shown_by = found
        site.report(
            f"{name} was recognised by {shown_by.name}",
            file=shown_by,
            hint=f'write flavour = "{name}" to fix it',
            severity="note",
        )
    flavour: Flavour = flavour_class(name)(start, site)
    return flavour
