"""The files of an export: in a ZIP archive, which is never unpacked, or in a folder."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import Where
from ...model import Problem
from ..files import Files

_MAX_FILES = 200_000
_EXPORT_AGAIN = "export again"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export. `name` is its path in there."""

    name: str
    data: bytes
    where: Where


@dataclass(frozen=True, slots=True)
class Export:
    """One export.

    Attributes:
        path: a ZIP archive or a folder.
        max_bytes: a larger file is reported and not read.
        max_total: the sum of the sizes that are read of one archive.
    """

    path: Path
    max_bytes: int
    max_total: int

    def read(self, endings: Sequence[str]) -> Iterator[ExportFile | Problem]:
        """Yield the files with some endings by name, with a problem in place of each that cannot be read."""
        yield from self._read_archive(endings) if self.path.is_file() else self._read_folder(endings)

    def _read_folder(self, endings: Sequence[str]) -> Iterator[ExportFile | Problem]:
        names = []
        for folder, folders, files in os.walk(self.path):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            names += [Path(folder, each) for each in files if each.endswith(tuple(endings))]
        for path in sorted(names):
            where = Where(file=str(path))
            try:
                if path.stat().st_size > self.max_bytes:
                    yield _too_large(where, self.max_bytes)
                else:
                    yield ExportFile(path.relative_to(self.path).as_posix(), path.read_bytes(), where)
            except OSError as error:
                yield Problem.at(
                    where, f"the file cannot be read: {error.strerror}", hint="let this user read it"
                )

    def _read_archive(self, endings: Sequence[str]) -> Iterator[ExportFile | Problem]:
        where = Where(file=str(self.path))
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.infolist()
                if len(entries) > _MAX_FILES:
                    yield Problem.at(
                        where, f"the archive has more than {_MAX_FILES} files", hint=_EXPORT_AGAIN
                    )
                    return
                yield from self._read_entries(
                    archive, [e for e in entries if e.filename.endswith(tuple(endings))]
                )
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            yield Problem.at(where, f"the archive cannot be read: {error}", hint=_EXPORT_AGAIN)

    def _read_entries(
        self, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]
    ) -> Iterator[ExportFile | Problem]:
        total = 0
        for entry in sorted(entries, key=lambda each: each.filename):
            where = Where(file=f"{self.path}:{entry.filename}")
            try:
                with archive.open(entry) as file:
                    # The size that the archive states may be wrong.
                    data = file.read(self.max_bytes + 1)
            except (
                zipfile.BadZipFile,
                zlib.error,
                RuntimeError,
                NotImplementedError,
                EOFError,
                OSError,
            ) as error:
                yield Problem.at(
                    where, f"the file in the archive cannot be read: {error}", hint=_EXPORT_AGAIN
                )
                continue
            total += len(data)
            if len(data) > self.max_bytes:
                yield _too_large(where, self.max_bytes)
            elif total > self.max_total:
                message = f"the archive has more than {self.max_total / 1e6:.0f} MB; the rest was not read"
                yield Problem.at(where, message, hint="raise max_size of the source if this is your export")
                return
            else:
                yield ExportFile(entry.filename, data, where)


def find_exports(files: Files, max_bytes: int, marker: str) -> Iterator[Export | Problem]:
    """Yield the exports that patterns name: ZIP archives, folders, or files in a folder.

    Args:
        files: of the source.
        max_bytes: of one file in an export.
        marker: the file or folder that is in the folder of an export, such as `posts`.

    Raises:
        ExternalError: there is no such file or folder.
    """
    seen: set[Path] = set()
    for pattern in files.patterns:
        for found in _find(files, pattern):
            if isinstance(found, Problem):
                yield found
                continue
            path = found if found.suffix.lower() == ".zip" or found.is_dir() else _folder_of(found, marker)
            if path not in seen:
                seen.add(path)
                yield Export(path, max_bytes, files.max_bytes)


def _find(files: Files, pattern: str) -> Iterator[Path | Problem]:
    if (files.base / pattern).is_dir():
        yield files.base / pattern
        return
    for found in Files(files.base, (pattern,), files.max_bytes).paths():
        yield found if isinstance(found, Problem) else found[0]


def _folder_of(path: Path, marker: str) -> Path:
    """Return the folder of the export that a file belongs to."""
    for folder in path.parents[:2]:
        if (folder / marker).exists():
            return folder
    return path.parent


def _too_large(where: Where, limit: int) -> Problem:
    return Problem.at(
        where,
        f"the file has more than {limit / 1e6:g} MB",
        hint="raise max_size of the source if this is an article",
    )
