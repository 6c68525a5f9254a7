"""Files that match patterns. A file that cannot be read becomes a problem in the report."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ExternalError, Where
from ..model import Problem
from .source import RawRecord

_WILDCARD = re.compile(r"[*?\[]")
_PATTERN_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[[^]]+\]|[^*?\[]+|\[")
_CORRECT_PATH = "correct source.path in the config"
_PERMIT = "let this user read it"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that was read. `key` is its path below the folder that the pattern begins with."""

    path: Path
    key: str
    text: str

    @property
    def where(self) -> Where:
        """The place for messages."""
        return Where(file=str(self.path))


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read as bytes. `key` as for `TextFile`."""

    path: Path
    key: str
    data: bytes

    @property
    def where(self) -> Where:
        """The place for messages."""
        return Where(file=str(self.path))


@dataclass(frozen=True, slots=True)
class Files:
    """Every file that matches one of some patterns, in the order of the patterns, then of the paths.

    Attributes:
        base: the folder that patterns are relative to.
        patterns: such as `posts/**/*.md`; `**/` stands for any folders, none included.
        max_bytes: a larger file is reported and not read.
    """

    base: Path
    patterns: Sequence[str]
    max_bytes: int = 64_000_000

    def read(self) -> Iterator[TextFile | Problem]:
        """Yield every file, and a problem in place of each file or folder that cannot be read.

        Raises:
            ExternalError: the folder or file that a pattern begins with does not exist or cannot be read.
        """
        for file in self.read_bytes():
            yield file if isinstance(file, Problem) else _decode(file)

    def read_bytes(self) -> Iterator[DataFile | Problem]:
        """Do as `read`, for files that declare their own encoding."""
        for found in self.paths():
            yield found if isinstance(found, Problem) else self._read(*found)

    def paths(self) -> Iterator[tuple[Path, str] | Problem]:
        """Do as `read`, for files that may be larger than memory: yield the path and the key of each."""
        seen: set[Path] = set()
        for pattern in self.patterns:
            for found in self._find(pattern):
                if isinstance(found, Problem):
                    yield found
                elif found[0] not in seen:
                    seen.add(found[0])
                    yield found if _has_utf8_name(found[0]) else _misnamed(found[0])

    def roots(self) -> Iterator[tuple[Path, bool]]:
        """Yield what each pattern begins with, and whether that is a folder to search (or a single file)."""
        for pattern in self.patterns:
            root, rest = self._split(pattern)
            yield root, rest is not None

    def match(self, path: Path) -> bool:
        """Return whether a file at this path is read. It need not exist."""
        for pattern in self.patterns:
            root, rest = self._split(pattern)
            if rest is None:
                if path == root:
                    return True
            elif path.is_relative_to(root) and re.fullmatch(
                _regular_expression(rest), path.relative_to(root).as_posix()
            ):
                return True
        return False

    def _split(self, pattern: str) -> tuple[Path, str | None]:
        """Split a pattern into its first folder and the rest; without a wildcard, into the file and None."""
        parts = pattern.split("/")
        fixed = next((n for n, part in enumerate(parts) if _WILDCARD.search(part)), None)
        root = self.base / "/".join(parts[:fixed]) if fixed != 0 else self.base
        return root, None if fixed is None else "/".join(parts[fixed:])

    def _find(self, pattern: str) -> Iterator[tuple[Path, str] | Problem]:
        root, rest = self._split(pattern)
        where = Where(file=str(root))
        if rest is None:
            if not root.is_file():
                raise ExternalError("there is no such file", where=where, hint=_CORRECT_PATH)
            yield root, root.name
            return
        if not root.is_dir():
            raise ExternalError("there is no such folder", where=where, hint=_CORRECT_PATH)
        if not os.access(root, os.R_OK | os.X_OK):
            raise ExternalError("the folder cannot be read", where=where, hint=_PERMIT)
        matches = re.compile(_regular_expression(rest)).fullmatch
        problems: list[Problem] = []

        def report(error: OSError) -> None:
            problems.append(
                Problem(
                    message=f"the folder cannot be read: {error.strerror}",
                    file=_printable(error.filename),
                    hint=f"{_PERMIT}; the articles from it stay as they were",
                )
            )

        found: list[tuple[str, Path]] = []
        for folder, folders, names in os.walk(root, onerror=report):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(root).as_posix()
                if matches(key) and not name.startswith("."):
                    found.append((key, path))
        yield from problems
        for key, path in sorted(found):
            yield path, key

    def _read(self, path: Path, key: str) -> DataFile | Problem:
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                return Problem(
                    message=f"the file has {size / 1e6:.0f} MB; the limit is {self.max_bytes / 1e6:g}",
                    file=str(path),
                    hint="raise max_size of the source if this is an article",
                )
            return DataFile(path, key, path.read_bytes())
        except OSError as error:
            return Problem(message=f"the file cannot be read: {error.strerror}", file=str(path), hint=_PERMIT)


def _decode(file: DataFile) -> TextFile | Problem:
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
    """Records from text files.

    Attributes:
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        complete: whether a read gives every record, so that missing ones were withdrawn.
    """

    name: str
    files: Files
    parse: Callable[[TextFile], Iterable[RawRecord | Problem]]
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield the records of all files; see `Source`."""
        for file in self.files.read():
            if isinstance(file, Problem):
                yield file
            else:
                yield from self.parse(file)


def _has_utf8_name(path: Path) -> bool:
    # Python gives lone surrogates to a name that is not UTF-8. Neither a key nor a report can hold them.
    return _printable(path) == str(path)


def _printable(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _misnamed(path: Path) -> Problem:
    return Problem(message="the file's name is not UTF-8", file=_printable(path), hint="rename it")


def _regular_expression(pattern: str) -> str:
    def translate(match: re.Match[str]) -> str:
        part = match[0]
        if part == "**/":
            return "(?:.*/)?"
        if part == "**":
            return ".*"
        if part == "*":
            return "[^/]*"
        if part == "?":
            return "[^/]"
        return part.replace("[!", "[^") if part.startswith("[") and len(part) > 1 else re.escape(part)

    return _PATTERN_PARTS.sub(translate, pattern)
