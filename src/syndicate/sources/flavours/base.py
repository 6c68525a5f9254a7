"""What the flavours have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...model import Problem
from .flavour import Conventions, Page
from .site import Site


class SiteFlavour:
    """A flavour of one site, without conventions of its own; see `Flavour`."""

    def __init__(self, start: Path, site: Site) -> None:
        del start
        self._site = site

    @property
    def configuration_files(self) -> Sequence[Path]:
        """The files of the site that were read."""
        return self._site.files

    @property
    def problems(self) -> Sequence[Problem]:
        """What was not understood of the site."""
        return self._site.problems

    def is_post(self, path: Path) -> bool:
        """Return true."""
        del path
        return True

    def prepare(self, path: Path, text: str) -> str:
        """Return the text as it is."""
        del path
        return text

    def conventions(self, page: Page) -> Conventions | None:
        """Return no conventions."""
        del page
        return Conventions()


def existing_folders(root: Path, names: Sequence[str], endings: Sequence[str] = ("md",)) -> tuple[str, ...]:
    """Return patterns of the files in the first of some folders that exists, or of all files."""
    folder = next((name for name in names if (root / name).is_dir()), None)
    return tuple(f"{folder}/**/*.{each}" if folder else f"**/*.{each}" for each in endings)
