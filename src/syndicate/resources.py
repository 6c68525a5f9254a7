"""The templates and the version of the installed package."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path


def templates() -> Path:
    """Return the folder of themes and web pages: in the installed package, or beside its source code."""
    inside = Path(str(files(__package__))) / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


@lru_cache(maxsize=1)
def version() -> str:
    """Return the installed version."""
    return metadata.version("syndicate-feeds")
