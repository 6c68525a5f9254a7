"""Which files a preview depends on, so that it is made again when one of them changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..context import AppContext
from ..sources.files import Files

_SKIPPED = {"node_modules", "__pycache__"}


@dataclass(frozen=True, slots=True)
class WatchPaths:
    """Files and folders.

    Attributes:
        files: single files; they need not be there.
        sources: files by pattern.
        themes: folders of themes, with everything in them.
        loose: folders in which templates lie among other things.
    """

    files: frozenset[Path] = frozenset()
    sources: tuple[Files, ...] = ()
    themes: frozenset[Path] = frozenset()
    loose: frozenset[Path] = frozenset()

    @classmethod
    def of(cls, desk: AppContext) -> WatchPaths:
        """What the settings depend on besides the config itself."""
        files: set[Path] = set()
        themes: set[Path] = set()
        loose: set[Path] = set()
        sources = tuple(
            watched for each in desk.settings.source if (watched := each.watched_files(desk.base))
        )
        for newsletter in desk.settings.newsletter:
            if newsletter.note:
                files.add(desk.base / newsletter.note)
            theme = desk.base / newsletter.theme
            folder = theme.parent if theme.suffix == ".mjml" else theme
            (loose if folder == desk.base else themes).add(folder)
        return cls(frozenset(files), sources, frozenset(themes), frozenset(loose))

    def folders(self) -> set[Path]:
        """The folders to watch, each for itself and not for those below it; only such as are there."""
        found = {file.parent for file in self.files} | self.loose
        deep = set(self.themes)
        for source in self.sources:
            for root, wild in source.roots():
                if wild:
                    deep.add(root)
                else:
                    found.add(root.parent)
        for root in deep:
            # A folder that is not there may come.
            found |= {root.parent, *_below(root)}
        return {folder for folder in found if folder.is_dir()}

    def wants(self, path: Path) -> bool:
        """Whether a change of this path shows in a preview."""
        if path in self.files or any(source.match(path) for source in self.sources):
            return True
        if path.suffix == ".mjml" and path.parent in self.loose:
            return True
        # Editors write beside a file before they put it in its place.
        hidden = path.name.startswith(".") or path.name.endswith("~")
        return not hidden and any(path.is_relative_to(folder) for folder in self.themes)


def _below(root: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in _SKIPPED]
        yield Path(folder)
