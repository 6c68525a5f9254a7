"""Pages of no known generator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...model import Problem
from .flavour import Conventions, Page
from .site import Site


class Plain:
    """No conventions."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def configuration_files(self) -> Sequence[Path]:
        """None."""
        return ()

    @property
    def problems(self) -> Sequence[Problem]:
        """Why there are no conventions."""
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
