"""The files that a preview depends on, so that it is rendered again when one of them changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..config import Settings
from ..sources.files import Files

_SKIPPED = {"node_modules", "__pycache__"}


@dataclass(frozen=True, slots=True)
class WatchPaths:
    """Files and folders.

    Attributes:
        files: single files, which need not exist.
        sources: the files of sources, by pattern.
        theme_folders: folders that contain only a theme.
        shared_folders: folders that contain templates among other files.
    """

    files: frozenset[Path] = frozenset()
    sources: tuple[Files, ...] = ()
    theme_folders: frozenset[Path] = frozenset()
    shared_folders: frozenset[Path] = frozenset()

    @classmethod
    def from_settings(cls, settings: Settings, base: Path) -> WatchPaths:
        """Return what the settings refer to. The config file itself is not included."""
        files: set[Path] = set()
        theme_folders: set[Path] = set()
        shared_folders: set[Path] = set()
        sources = tuple(watched for each in settings.source if (watched := each.watched_files(base)))
        for newsletter in settings.newsletter:
            if newsletter.note:
                files.add(base / newsletter.note)
            theme = base / newsletter.theme
            folder = theme.parent if theme.suffix == ".mjml" else theme
            (shared_folders if folder == base else theme_folders).add(folder)
        return cls(frozenset(files), sources, frozenset(theme_folders), frozenset(shared_folders))

    def folders(self) -> set[Path]:
        """Return the existing folders to watch, each without its subfolders."""
        folders = {file.parent for file in self.files} | self.shared_folders
        trees = set(self.theme_folders)
        for source in self.sources:
            for root, has_wildcard in source.roots():
                if has_wildcard:
                    trees.add(root)
                else:
                    folders.add(root.parent)
        for root in trees:
            # The parent too: a missing folder may be created.
            folders |= {root.parent, *_walk(root)}
        return {folder for folder in folders if folder.is_dir()}

    def affects(self, path: Path) -> bool:
        """Return whether a change of this path changes what the preview shows."""
        if path in self.files or any(source.match(path) for source in self.sources):
            return True
        if path.suffix == ".mjml" and path.parent in self.shared_folders:
            return True
        # Editors write temporary files next to the file that they save.
        is_temporary = path.name.startswith(".") or path.name.endswith("~")
        return not is_temporary and any(path.is_relative_to(folder) for folder in self.theme_folders)


def _walk(root: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in _SKIPPED]
        yield Path(folder)
