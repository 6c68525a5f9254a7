"""Documents as files: whole or old, and untouched when nothing changed."""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from ..errors import PublishError, Where

_FULL = {
    errno.ENOSPC: ("no space left", "make room; the old file is whole"),
    errno.EDQUOT: ("this user's share of the disk is used up", "make room; the old file is whole"),
    errno.EFBIG: ("larger than a file may be here", "see ulimit -f; the old file is whole"),
}
# A writer mostly waits for the disk, which makes many files safe in hardly more time than one.
_WRITERS = 4
# How many documents may wait to be written: enough to keep the writers busy, few enough for the memory.
_WAITING = 16
_ENDINGS = frozenset({".gz", ".br"})
# A document that a write left behind when its process was killed is taken away after a day.
_STALE = 86_400

Putter = Callable[[str, bytes], "Future[bool]"]


class FilePublisher:
    """Puts documents below a folder, each by a temporary file, fsync and rename.

    Args:
        root: the folder; made if it is not there.
        compress: whether to put a gzip and a brotli variant beside each, as NAME.gz and NAME.br. A
            variant has the modification time of the document that it is of, to the nanosecond; one with
            another time is of another document.
    """

    def __init__(self, root: Path, *, compress: bool = False) -> None:
        self._root = root
        self._variants = _variants() if compress else {}

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
        return os.path.isfile(f"{self._root}/{path}")  # noqa: PTH113 - thousands are asked for at once

    def whole(self, path: str) -> bool:
        """Whether there is a document with the variants that it is to have, and with no others."""
        if not self.has(path):
            return False
        target = self._target(path)
        moment = target.stat().st_mtime_ns
        return all(
            _of(target, ending, moment) if ending in self._variants else not self.has(path + ending)
            for ending in _ENDINGS
        )

    def get(self, path: str) -> bytes | None:
        """A document, or nothing if there is none that can be read."""
        try:
            return self._target(path).read_bytes()
        except OSError:
            return None

    @contextmanager
    def writing(self) -> Iterator[Putter]:
        """Put many documents, several at a time.

        What it gives is called with a path and a body and answers with the future of what `put` returns or
        raises. On leaving, everything is on the disk.
        """
        room = threading.Semaphore(_WAITING)
        folders: set[Path] = set()
        with ThreadPoolExecutor(_WRITERS, "publish") as pool:

            def put(path: str, body: bytes) -> Future[bool]:
                room.acquire()
                future = pool.submit(self._put, path, body, folders)
                future.add_done_callback(lambda _: room.release())
                return future

            yield put
        for folder in sorted(folders):
            _sync(folder)

    def put(self, path: str, body: bytes) -> bool:
        """Put a document whole, or leave the old one whole. False, and untouched, if the same is there.

        Raises:
            PublishError: it could not be written, or its path leaves the folder.
        """
        folders: set[Path] = set()
        written = self._put(path, body, folders)
        for folder in folders:
            _sync(folder)
        return written

    def tidy(self, now: float) -> None:
        """Take away what writers that were killed have left.

        Args:
            now: seconds since 1970.
        """
        for leftover in self._root.rglob(".*.tmp"):
            with suppress(OSError):
                if leftover.stat().st_mtime < now - _STALE:
                    leftover.unlink()

    def _target(self, path: str) -> Path:
        inside = PurePosixPath(path)
        if inside.is_absolute() or ".." in inside.parts or "\0" in path:
            raise PublishError("the path leaves the output folder", where=Where(file=path))
        return self._root / inside

    def _put(self, path: str, body: bytes, folders: set[Path]) -> bool:
        target = self._target(path)
        try:
            with suppress(FileNotFoundError):
                there = target.stat()
                if there.st_size == len(body) and target.read_bytes() == body:
                    if not self.whole(path):
                        self._compress(target, body, there.st_mtime_ns)
                        folders.add(target.parent)
                    return False
            target.parent.mkdir(parents=True, exist_ok=True)
            # The variants come first: until the document is there too, they are of no document.
            temporary = _write(target, body)
            try:
                moment = temporary.stat().st_mtime_ns
                self._compress(target, body, moment)
                temporary.replace(target)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            message, hint = _FULL.get(
                error.errno or 0,
                (f"the file cannot be written: {error.strerror}", "may this user write there?"),
            )
            raise PublishError(message, where=Where(file=str(target)), hint=hint) from error
        folders.add(target.parent)
        return True

    def _compress(self, target: Path, body: bytes, moment: int) -> None:
        for ending in _ENDINGS - self._variants.keys():
            # A web server would go on sending it instead of the document.
            with suppress(OSError):
                target.with_name(target.name + ending).unlink()
        for ending, compress in self._variants.items():
            variant = target.with_name(target.name + ending)
            temporary = _write(variant, compress(body))
            os.utime(temporary, ns=(moment, moment))
            temporary.replace(variant)


def _variants() -> dict[str, Callable[[bytes], bytes]]:
    import brotli

    # Level 5 of brotli is as fast as gzip's 6 and a tenth smaller; feeds are made often.
    return {
        ".gz": lambda body: gzip.compress(body, 6, mtime=0),
        ".br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    }


def _of(target: Path, ending: str, moment: int) -> bool:
    try:
        return target.with_name(target.name + ending).stat().st_mtime_ns == moment
    except OSError:
        return False


def _write(target: Path, body: bytes) -> Path:
    # Not made from the target's name, which may be as long as names can be.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary


def _sync(path: Path) -> None:
    # Without this a power cut may bring the old name back.
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
