"""Published files and the compressed ones beside them, each opened once and so read as one whole version."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ..views import entity_tag
from .negotiation import Coding

_BESIDE: dict[Coding, str] = {"br": ".br", "gzip": ".gz"}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}


class Files:
    """A folder that something else writes to while it is read.

    Args:
        root: the folder; it need not be there yet.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tags: dict[str, tuple[tuple[int, ...], str]] = {}

    @contextmanager
    def open(self, path: str) -> Iterator[dict[Coding, BinaryIO]]:
        """Open a file below the folder in every coding that is there; an empty mapping if the file is not.

        A compressed form counts only if it has the file's own modification time, to the nanosecond: with any
        other it was made of another version. A link that leads out of the folder leads to nothing.

        Args:
            path: relative; the caller has looked for `..` in it.

        Raises:
            OSError: it is there and cannot be read.
        """
        with ExitStack() as stack:
            found: dict[Coding, BinaryIO] = {}
            if (main := self._regular(path)) is not None:
                found["identity"] = stack.enter_context(main)
                for coding, ending in _BESIDE.items():
                    if (file := self._regular(path + ending)) is not None:
                        stack.enter_context(file)
                        if changed(file) == changed(main):
                            found[coding] = file
            yield found

    def tag(self, file: BinaryIO) -> str:
        """The strong entity tag of a file's bytes, in its quotes; one that stays the same is read once."""
        about = os.fstat(file.fileno())
        version = (about.st_dev, about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size)
        known = self._tags.get(file.name)
        if known is None or known[0] != version:
            tag = entity_tag(file.read())
            file.seek(0)
            known = self._tags[file.name] = version, tag
        return known[1]

    def _regular(self, path: str) -> BinaryIO | None:
        try:
            root = os.path.realpath(self._root, strict=True)
            real = os.path.realpath(f"{root}/{path}", strict=True)
            if not real.startswith(f"{root}/"):
                return None
            file = open(real, "rb", opener=_only_a_file)  # noqa: SIM115 - the caller closes it
        except ValueError:
            return None  # a NUL
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        return None


def changed(file: BinaryIO) -> int:
    """When an open file was modified last, in nanoseconds since 1970."""
    return os.fstat(file.fileno()).st_mtime_ns


def _only_a_file(path: str, flags: int) -> int:
    # No link that was put there since the path was looked at; and a pipe would wait for a writer.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
