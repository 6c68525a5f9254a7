"""Published files and their compressed variants, each opened once, so that one complete version is read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ..views import entity_tag
from .content_coding import Coding

_SUFFIXES: dict[Coding, str] = {"br": ".br", "gzip": ".gz"}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}


class PublishedFiles:
    """A folder that another process writes to while it is read.

    Args:
        root: the folder; it need not exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tags: dict[str, tuple[tuple[int, ...], str]] = {}

    @contextmanager
    def open(self, path: str) -> Iterator[dict[Coding, BinaryIO]]:
        """Open a file in every coding that exists; nothing if the file does not exist.

        A compressed variant counts only if it has the modification time of the file, to the nanosecond: with
        another time it belongs to another version. A symbolic link out of the folder is ignored.

        Args:
            path: relative to the folder; the caller has checked that it contains no `..`.

        Raises:
            OSError: the file exists and cannot be read.
        """
        with ExitStack() as stack:
            found: dict[Coding, BinaryIO] = {}
            if (main := self._open_regular(path)) is not None:
                found["identity"] = stack.enter_context(main)
                for coding, suffix in _SUFFIXES.items():
                    if (file := self._open_regular(path + suffix)) is not None:
                        stack.enter_context(file)
                        if modification_time(file) == modification_time(main):
                            found[coding] = file
            yield found

    def tag(self, file: BinaryIO) -> str:
        """Return the strong entity tag of an open file, with its quotes; cached while it is unchanged."""
        status = os.fstat(file.fileno())
        version = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        cached = self._tags.get(file.name)
        if cached is None or cached[0] != version:
            tag = entity_tag(file.read())
            file.seek(0)
            cached = self._tags[file.name] = version, tag
        return cached[1]

    def _open_regular(self, path: str) -> BinaryIO | None:
        try:
            root = os.path.realpath(self._root, strict=True)
            real = os.path.realpath(f"{root}/{path}", strict=True)
            if not real.startswith(f"{root}/"):
                return None
            file = open(real, "rb", opener=_no_link_or_pipe)  # noqa: SIM115 - the caller closes it
        except ValueError:
            return None  # the path contains NUL
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        return None


def modification_time(file: BinaryIO) -> int:
    """Return when an open file was last modified, in nanoseconds since 1970."""
    return os.fstat(file.fileno()).st_mtime_ns


def _no_link_or_pipe(path: str, flags: int) -> int:
    # The path may have become a link since it was resolved, and opening a pipe would wait for a writer.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
