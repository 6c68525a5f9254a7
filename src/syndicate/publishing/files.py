"""Documents as files: whole or old, and untouched when nothing changed.

Paths are plain strings here: thousands of files are written, and a `Path` takes as long as a small file.
"""
# ruff: noqa: PTH103, PTH105, PTH108, PTH113, PTH116, PTH123

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
from pathlib import Path

from ..errors import PublishError, Where

_FULL = {
    errno.ENOSPC: ("no space left", "make room"),
    errno.EDQUOT: ("this user's share of the disk is used up", "make room"),
    errno.EFBIG: ("larger than a file may be here", "see ulimit -f"),
    errno.EISDIR: ("a folder has the name of this file", "remove or rename the folder"),
}
# A writer mostly waits for the disk, which makes many files safe in hardly more time than one.
_WRITERS = 4
# How many documents may wait to be written: enough to keep the writers busy, few enough for the memory.
_WAITING = 16
_ENDINGS = frozenset({".gz", ".br"})
# A document that a write left behind when its process was killed is taken away after a day.
_STALE = 86_400


def disk_fault(error: OSError) -> tuple[str, str]:
    """Why a file cannot be written, and how to correct it."""
    known = _FULL.get(error.errno or 0)
    return known or (f"the file cannot be written: {error.strerror}", "may this user write there?")


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
        self.root = root
        self.compress = compress
        self._at = str(root)
        self._variants = _variants() if compress else {}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from publishing here meanwhile: an older view must not overwrite a newer one.

        Raises:
            PublishError: the folder cannot be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.root, os.O_RDONLY)
        except OSError as error:
            raise PublishError(
                f"the folder cannot be used: {error.strerror}",
                where=Where(file=str(self.root)),
                hint="is site.output right, and may this user write there?",
            ) from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def has(self, path: str) -> bool:
        """Whether there is a document."""
        return os.path.isfile(f"{self._at}/{path}")

    def whole(self, path: str) -> bool:
        """Whether there is a document with the variants that it is to have, and with no others."""
        if not self.has(path):
            return False
        target = self._target(path)
        moment = os.stat(target).st_mtime_ns
        return all(
            _of(target + ending, moment) if ending in self._variants else not self.has(path + ending)
            for ending in _ENDINGS
        )

    def get(self, path: str) -> bytes | None:
        """A document, or nothing if there is none that can be read."""
        try:
            with open(self._target(path), "rb") as file:
                return file.read()
        except OSError:
            return None

    @contextmanager
    def writing(self) -> Iterator[Putter]:
        """Put many documents, several at a time.

        What it gives is called with a path and a body and answers with the future of what `put` returns or
        raises. On leaving, everything is on the disk.
        """
        room = threading.Semaphore(_WAITING)
        folders: set[str] = set()
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
        folders: set[str] = set()
        written = self._put(path, body, folders)
        for folder in folders:
            _sync(folder)
        return written

    def tidy(self, now: float) -> None:
        """Take away what writers that were killed have left.

        Args:
            now: seconds since 1970.
        """
        for leftover in self.root.rglob(".*.tmp"):
            with suppress(OSError):
                if leftover.stat().st_mtime < now - _STALE:
                    leftover.unlink()

    def _target(self, path: str) -> str:
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise PublishError("the path leaves the output folder", where=Where(file=path))
        return f"{self._at}/{path}"

    def _put(self, path: str, body: bytes, folders: set[str]) -> bool:
        target = self._target(path)
        folder = target.rpartition("/")[0]
        try:
            if (moment := _same(target, body)) is not None:
                if not self.whole(path):
                    self._compress(target, body, moment)
                    folders.add(folder)
                return False
            # The variants come first: until the document is there too, they are of no document.
            temporary = _write(folder, body)
            try:
                self._compress(target, body, os.stat(temporary).st_mtime_ns)
                os.replace(temporary, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError as error:
            message, hint = disk_fault(error)
            raise PublishError(
                message, where=Where(file=target), hint=f"{hint}; the old file is whole"
            ) from error
        folders.add(folder)
        return True

    def _compress(self, target: str, body: bytes, moment: int) -> None:
        for ending in _ENDINGS - self._variants.keys():
            # A web server would go on sending it instead of the document.
            with suppress(OSError):
                os.unlink(target + ending)
        for ending, compress in self._variants.items():
            temporary = _write(target.rpartition("/")[0], compress(body))
            os.utime(temporary, ns=(moment, moment))
            os.replace(temporary, target + ending)


def _variants() -> dict[str, Callable[[bytes], bytes]]:
    import brotli

    # Level 5 of brotli is as fast as gzip's 6 and a tenth smaller; feeds are made often.
    return {
        ".gz": lambda body: gzip.compress(body, 6, mtime=0),
        ".br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    }


def _same(target: str, body: bytes) -> int | None:
    """The time of a file that has these bytes already; none if it has not."""
    try:
        there = os.stat(target)
        if there.st_size != len(body):
            return None
        with open(target, "rb") as file:
            return there.st_mtime_ns if file.read() == body else None
    except FileNotFoundError:
        return None


def _of(variant: str, moment: int) -> bool:
    try:
        return os.stat(variant).st_mtime_ns == moment
    except OSError:
        return False


def _write(folder: str, body: bytes) -> str:
    # Not made from the target's name, which may be as long as names can be.
    temporary = f"{folder}/.{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        file = os.open(temporary, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        file = os.open(temporary, flags, 0o666)
    try:
        try:
            done = 0
            while done < len(body):
                # Nearly always one call writes it all.
                done += os.write(file, body[done:] if done else body)
            os.fsync(file)
            if (size := os.fstat(file).st_size) != len(body):
                raise OSError(errno.EIO, f"{size:,} of {len(body):,} bytes are on the disk")
        finally:
            os.close(file)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _sync(path: str) -> None:
    # Without this a power cut may bring the old name back.
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
