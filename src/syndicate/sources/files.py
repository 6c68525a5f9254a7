"""Files that match patterns. A file that cannot be read becomes a problem in the report."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from ..errors import ExternalError, Where
from ..model import Problem

_WILDCARD = re.compile(r"[*?\[]")
_PATTERN_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[[^]]+\]|[^*?\[]+|\[")
_MISSING_FILE = "there is no such file"
_CORRECT_PATH = "correct source.path in the config"
_PERMIT = "let this user read it"
_NARROW = "move it away, or narrow source.path"


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


class FoundFile(NamedTuple):
    """A file that matches a pattern, before it is opened.

    Attributes:
        name: its path as the pattern has it: below the folder of the config, unless the pattern is absolute.
        path: for opening it.
        key: its path below the folder that the pattern begins with.
        status: of the file itself, not of a symbolic link to it.
    """

    name: str
    path: str
    key: str
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Files:
    """Every file that matches one of some patterns, in the order of the patterns, then of the paths.

    Attributes:
        base: the folder that patterns are relative to.
        patterns: such as `posts/**/*.md`; `**/` stands for any folders, none included.
        max_bytes: a larger file is reported and not read.
        is_wanted: whether a file of the patterns is one of these files; None for all of them.
    """

    base: Path
    patterns: Sequence[str]
    max_bytes: int = 64_000_000
    is_wanted: Callable[[Path], bool] | None = None

    def read(self) -> Iterator[TextFile | Problem]:
        """Yield every file, and a problem in place of each file or folder that cannot be read.

        Raises:
            ExternalError: the folder or file that a pattern begins with does not exist or cannot be read.
        """
        for file in self.read_bytes():
            yield file if isinstance(file, Problem) else decode(file)

    def read_bytes(self) -> Iterator[DataFile | Problem]:
        """Do as `read`, for files that declare their own encoding."""
        for found in self.found_files():
            yield found if isinstance(found, Problem) else self.open(found)[0]

    def paths(self) -> Iterator[tuple[Path, str] | Problem]:
        """Do as `read`, for files that may be larger than memory: yield the path and the key of each."""
        for found in self.found_files():
            yield found if isinstance(found, Problem) else (Path(found.path), found.key)

    def found_files(self) -> Iterator[FoundFile | Problem]:
        """Do as `read`, but open no file."""
        is_wanted = self.is_wanted
        for found in self._find_all():
            if is_wanted is None or isinstance(found, Problem) or is_wanted(Path(found.path)):
                yield found

    def _find_all(self) -> Iterator[FoundFile | Problem]:
        if len(self.patterns) == 1:
            yield from self._find(self.patterns[0])
            return
        seen: set[str] = set()
        for pattern in self.patterns:
            for found in self._find(pattern):
                if isinstance(found, Problem):
                    yield found
                elif found.path not in seen:
                    seen.add(found.path)
                    yield found

    def open(self, found: FoundFile) -> tuple[DataFile | Problem, os.stat_result]:
        """Read a file. Return its bytes, or a problem, and its status from before it was read."""
        status = found.status
        try:
            with open(found.path, "rb", buffering=0, opener=_open_without_waiting) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    return Problem(message="this is not a file", file=found.path, hint=_NARROW), status
                if status.st_size > self.max_bytes:
                    return _too_large(found.path, status.st_size, self.max_bytes), status
                return DataFile(Path(found.path), found.key, file.readall()), status
        except OSError as error:
            return unreadable(found.path, error), status

    def roots(self) -> Iterator[tuple[Path, bool]]:
        """Yield what each pattern begins with, and whether that is a folder to search (or a single file)."""
        for pattern in self.patterns:
            root, rest = self._split(pattern)
            yield self.base / root, rest is not None

    def match(self, path: Path) -> bool:
        """Return whether a file at this path is read. It need not exist."""
        for pattern in self.patterns:
            first, rest = self._split(pattern)
            root = self.base / first
            if rest is None:
                if path == root:
                    return True
            elif path.is_relative_to(root) and re.fullmatch(
                _regular_expression(rest), path.relative_to(root).as_posix()
            ):
                return True
        return False

    def _split(self, pattern: str) -> tuple[str, str | None]:
        """Split a pattern into its first folder and the rest; without a wildcard, into the file and None."""
        parts = pattern.split("/")
        fixed = next((n for n, part in enumerate(parts) if _WILDCARD.search(part)), None)
        return "/".join(parts[:fixed]), None if fixed is None else "/".join(parts[fixed:])

    def _find(self, pattern: str) -> Iterator[FoundFile | Problem]:
        first, rest = self._split(pattern)
        # An absolute pattern such as `/*.md` begins with the root folder.
        root = self.base / (first or ("/" if pattern.startswith("/") else ""))
        where = Where(file=str(root))
        if rest is None:
            if not root.is_file():
                raise ExternalError(_MISSING_FILE, where=where, hint=_CORRECT_PATH)
            yield FoundFile(first, str(root), root.name, root.stat())
            return
        if not root.is_dir():
            raise ExternalError("there is no such folder", where=where, hint=_CORRECT_PATH)
        if not os.access(root, os.R_OK | os.X_OK):
            raise ExternalError("the folder cannot be read", where=where, hint=_PERMIT)
        yield from _search(str(root), f"{first}/" if first else "", re.compile(_regular_expression(rest)))


def _search(root: str, root_name: str, pattern: re.Pattern[str]) -> Iterator[FoundFile | Problem]:
    """Yield the files below a folder, in the order of their keys. Names that begin with a dot are left out.

    Args:
        root: for opening it.
        root_name: its path as the pattern has it, with a slash at its end.
        pattern: of the keys.
    """
    matches = pattern.fullmatch
    # The entries of each folder that is being searched, the next one last; and its key.
    stack = [(_entries(root), "")]
    while stack:
        entries, folder = stack[-1]
        if not entries:
            stack.pop()
            continue
        name, entry = entries.pop()
        key = folder + name
        if isinstance(entry, Problem):
            yield entry
        elif key[-1] == "/":
            stack.append((_entries(entry.path), key))
        elif matches(key):
            yield _found(entry, key, root_name + key)


def _entries(folder: str) -> list[tuple[str, os.DirEntry[str] | Problem]]:
    """Return the entries of a folder by name, the last one first. Names of folders end with a slash."""
    found: list[tuple[str, os.DirEntry[str] | Problem]] = []
    problems: list[tuple[str, os.DirEntry[str] | Problem]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name[0] == ".":
                    continue
                if not _is_folder(entry):
                    found.append((entry.name, entry))
                elif not entry.is_symlink():
                    # A symbolic link to a folder may lead in a circle.
                    found.append((f"{entry.name}/", entry))
    except OSError as error:
        problem = Problem(
            message=f"the folder cannot be read: {error.strerror}",
            file=_printable(folder),
            hint=f"{_PERMIT}; the articles from it stay as they were",
        )
        problems.append(("", problem))
    found.sort(key=itemgetter(0), reverse=True)
    return found + problems


def _found(entry: os.DirEntry[str], key: str, name: str) -> FoundFile | Problem:
    if not key.isascii() and _printable(key) != key:
        # Python gives lone surrogates to such a name. Neither a key nor a report can hold them.
        return Problem(message="the file's name is not UTF-8", file=_printable(entry.path), hint="rename it")
    try:
        return FoundFile(name, entry.path, key, entry.stat())
    except OSError as error:
        return unreadable(entry.path, error)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A symbolic link that leads nowhere.
        return False


def _open_without_waiting(path: str, flags: int) -> int:
    # A named pipe that took the place of the file would wait for its writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def unreadable(path: str, error: OSError) -> Problem:
    """Return the problem of a file that cannot be read."""
    return Problem(message=f"the file cannot be read: {error.strerror}", file=path, hint=_PERMIT)


def _too_large(path: str, size: int, limit: int) -> Problem:
    return Problem(
        message=f"the file has {size / 1e6:.0f} MB; the limit is {limit / 1e6:g}",
        file=path,
        hint="raise max_size of the source if this is an article",
    )


def decode(file: DataFile) -> TextFile | Problem:
    """Return the text of a file, which must be UTF-8."""
    data = file.data
    if b"\0" in data[:8000]:
        return Problem.at(file.where, "the file is binary, not text", hint=_NARROW)
    try:
        return TextFile(file.path, file.key, data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem.at(
            replace(file.where, line=line),
            f"the file is not UTF-8: byte 0x{data[error.start]:02x}",
            hint="save it as UTF-8",
        )


def _printable(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


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
