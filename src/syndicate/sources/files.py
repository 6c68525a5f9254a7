"""Files by pattern, read as text, with what cannot be read told instead of passed over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ExternalError, Where
from ..model import Problem
from .source import RawRecord

_WILD = re.compile(r"[*?\[]")
_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\[[^]]+\]|[^*?\[]+|\[")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that was read. `key` is its path relative to where the pattern begins, with slashes."""

    path: Path
    key: str
    text: str

    @property
    def where(self) -> Where:
        return Where(file=str(self.path))


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read as bytes; `key` as for `TextFile`."""

    path: Path
    key: str
    data: bytes

    @property
    def where(self) -> Where:
        return Where(file=str(self.path))


@dataclass(frozen=True, slots=True)
class Files:
    """Every file that matches one of some patterns, in the order of their paths.

    Args:
        base: the folder that patterns are relative to.
        patterns: such as `posts/**/*.md`; `**` stands for any folders, none included.
        largest: bytes; a larger file is told of, not read.
    """

    base: Path
    patterns: Sequence[str]
    largest: int = 64_000_000

    def read(self) -> Iterator[TextFile | Problem]:
        """Give every file in turn, and a problem in place of each file or folder that cannot be read.

        Raises:
            ExternalError: the folder or file that a pattern begins with is not there or cannot be read.
        """
        for found in self.read_bytes():
            yield found if isinstance(found, Problem) else _decoded(found)

    def read_bytes(self) -> Iterator[DataFile | Problem]:
        """As `read`, for files that say themselves how they are encoded."""
        for found in self.paths():
            yield found if isinstance(found, Problem) else self._read(*found)

    def paths(self) -> Iterator[tuple[Path, str] | Problem]:
        """As `read`, for files too large to be read at once: the path and the key of each."""
        seen: set[Path] = set()
        for pattern in self.patterns:
            for found in self._find(pattern):
                if isinstance(found, Problem):
                    yield found
                elif found[0] not in seen:
                    seen.add(found[0])
                    yield found if _is_text(found[0]) else _misnamed(found[0])

    def roots(self) -> Iterator[tuple[Path, bool]]:
        """What each pattern begins with: a folder that is looked through (true), or a single file."""
        for pattern in self.patterns:
            root, rest = self._split(pattern)
            yield root, rest is not None

    def match(self, path: Path) -> bool:
        """Whether a file of this path would be read, whether it is there or not."""
        for pattern in self.patterns:
            root, rest = self._split(pattern)
            if rest is None:
                if path == root:
                    return True
            elif path.is_relative_to(root) and re.fullmatch(
                _translate(rest), path.relative_to(root).as_posix()
            ):
                return True
        return False

    def _split(self, pattern: str) -> tuple[Path, str | None]:
        """The folder that a pattern begins with and the rest; the file, if there is no wildcard."""
        parts = pattern.split("/")
        fixed = next((n for n, part in enumerate(parts) if _WILD.search(part)), None)
        root = self.base / "/".join(parts[:fixed]) if fixed != 0 else self.base
        return root, None if fixed is None else "/".join(parts[fixed:])

    def _find(self, pattern: str) -> Iterator[tuple[Path, str] | Problem]:
        root, rest = self._split(pattern)
        if rest is None:
            if not root.is_file():
                raise ExternalError(
                    "no such file", where=Where(file=str(root)), hint="is source.path right in the config?"
                )
            yield root, root.name
            return
        if not root.is_dir():
            raise ExternalError(
                "no such folder", where=Where(file=str(root)), hint="is source.path right in the config?"
            )
        if not os.access(root, os.R_OK | os.X_OK):
            raise ExternalError(
                "the folder cannot be read", where=Where(file=str(root)), hint="give this user the right to"
            )
        matches = re.compile(_translate(rest)).fullmatch
        closed: list[Problem] = []

        def refused(error: OSError) -> None:
            closed.append(
                Problem(
                    message=f"the folder cannot be read: {error.strerror}",
                    file=_shown(error.filename),
                    hint="give this user the right to; what is in it stays as it was",
                )
            )

        found: list[tuple[str, Path]] = []
        for folder, folders, names in os.walk(root, onerror=refused):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(root).as_posix()
                if matches(key) and not name.startswith("."):
                    found.append((key, path))
        yield from closed
        for key, path in sorted(found):
            yield path, key

    def _read(self, path: Path, key: str) -> DataFile | Problem:
        def unreadable(message: str, hint: str) -> Problem:
            return Problem(message=message, file=str(path), hint=hint)

        try:
            size = path.stat().st_size
            if size > self.largest:
                return unreadable(
                    f"the file has {size / 1e6:.0f} MB; the limit is {self.largest / 1e6:g}",
                    "is it an article? raise max_size of the source if so",
                )
            return DataFile(path, key, path.read_bytes())
        except OSError as error:
            return unreadable(f"the file cannot be read: {error.strerror}", "give this user the right to")


def _decoded(file: DataFile) -> TextFile | Problem:
    data = file.data
    if b"\0" in data[:8000]:
        return Problem.at(
            file.where, "the file is binary, not text", hint="move it away, or narrow source.path"
        )
    try:
        return TextFile(file.path, file.key, data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem.at(
            replace(file.where, line=line),
            f"the file is not UTF-8: byte 0x{data[error.start]:02x}",
            hint="save it as UTF-8",
        )


@dataclass(frozen=True, slots=True)
class FileSource:
    """Records from files of one kind.

    Attributes:
        name: what reports and the store call it.
        files: which.
        parse: gives the records of one file, and a problem in place of each that cannot be read.
        complete: whether a read gives everything there is, so that what is missing was withdrawn.
    """

    name: str
    files: Files
    parse: Callable[[TextFile], Iterable[RawRecord | Problem]]
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        """Every record of every file; see `Source`."""
        for found in self.files.read():
            if isinstance(found, Problem):
                yield found
            else:
                yield from self.parse(found)


def _is_text(path: Path) -> bool:
    # A name that is not UTF-8 has lone surrogates in Python, which neither a key nor a report can hold.
    return _shown(path) == str(path)


def _shown(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _misnamed(path: Path) -> Problem:
    return Problem(message="the file's name is not UTF-8", file=_shown(path), hint="rename it")


def _translate(pattern: str) -> str:
    def piece(match: re.Match[str]) -> str:
        text = match[0]
        if text == "**/":
            return "(?:.*/)?"
        if text == "**":
            return ".*"
        if text == "*":
            return "[^/]*"
        if text == "?":
            return "[^/]"
        return text.replace("[!", "[^") if text.startswith("[") and len(text) > 1 else re.escape(text)

    return _PIECES.sub(piece, pattern)
