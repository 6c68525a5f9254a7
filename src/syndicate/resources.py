"""Where the templates that ship with the library are."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path


def templates() -> Path:
    """The folder with our themes and pages: inside the installed package, or beside its sources."""
    inside = Path(str(files(__package__))) / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


@lru_cache(maxsize=1)
def version() -> str:
    """The version that is installed."""
    return metadata.version("syndicate-feeds")
