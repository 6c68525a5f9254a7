"""Documents as files: whole or old, and untouched when nothing changed."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from ..errors import PublishError, Where

_FULL = {
    errno.ENOSPC: ("no space left", "make room; the old file is whole"),
    errno.EDQUOT: ("this user's share of the disk is used up", "make room; the old file is whole"),
    errno.EFBIG: ("larger than a file may be here", "see ulimit -f; the old file is whole"),
}


class FilePublisher:
    """Puts documents below a folder, each by a temporary file, fsync and rename.

    Args:
        root: the folder; made if it is not there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from publishing here meanwhile: an older view must not overwrite a newer one.

        Raises:
            PublishError: the folder cannot be made.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._root, os.O_RDONLY)
        except OSError as error:
            raise PublishError(
                f"the folder cannot be used: {error.strerror}",
                where=Where(file=str(self._root)),
                hint="is site.output right, and may this user write there?",
            ) from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def has(self, path: str) -> bool:
        """Whether there is a document."""
        return (self._root / path).is_file()

    def put(self, path: str, body: bytes) -> bool:
        """Put a document whole, or leave the old one whole. False, and untouched, if the same is there.

        Raises:
            PublishError: it could not be written, or its path leaves the folder.
        """
        inside = PurePosixPath(path)
        if inside.is_absolute() or ".." in inside.parts or "\0" in path:
            raise PublishError("the path leaves the output folder", where=Where(file=path))
        target = self._root / inside
        try:
            with suppress(FileNotFoundError):
                if target.stat().st_size == len(body) and target.read_bytes() == body:
                    return False
            target.parent.mkdir(parents=True, exist_ok=True)
            self._replace(target, body)
        except OSError as error:
            message, hint = _FULL.get(
                error.errno or 0,
                (f"the file cannot be written: {error.strerror}", "may this user write there?"),
            )
            raise PublishError(message, where=Where(file=str(target)), hint=hint) from error
        return True

    @staticmethod
    def _replace(target: Path, body: bytes) -> None:
        # Not made from the target's name, which may be as long as names can be.
        temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        # Without this a power cut may bring the old name back.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
