"""Writes documents as files: atomically, and without touching a file that has not changed.

Paths are plain strings here: for thousands of files, creating a `Path` takes as long as writing a small file.
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

_OS_ERRORS = {
    errno.ENOSPC: ("no space left", "free some disk space"),
    errno.EDQUOT: ("this user's disk quota is exhausted", "free some disk space"),
    errno.EFBIG: ("the file is larger than the limit for files", "check ulimit -f"),
    errno.EISDIR: ("a folder has the name of this file", "remove or rename the folder"),
}
# Writers mostly wait for fsync, so several files take hardly longer than one.
_THREADS = 4
# How many documents may wait to be written: enough to keep the threads busy, few enough for the memory.
_MAX_WAITING = 16
_EXTENSIONS = frozenset({".gz", ".br"})
_STALE_SECONDS = 86_400

Writer = Callable[[str, bytes], "Future[bool]"]
"""Takes a path and a body. The future has what `FilePublisher.write` returns or raises."""


def explain_os_error(error: OSError) -> tuple[str, str]:
    """Return why a file cannot be written, and how to correct it."""
    known = _OS_ERRORS.get(error.errno or 0)
    return known or (f"the file cannot be written: {error.strerror}", "check that this user may write there")


class FilePublisher:
    """Writes documents below a folder, each by a temporary file, fsync and rename.

    Args:
        root: the folder; created if it does not exist.
        compress: whether to write a gzip and a brotli variant beside each document, as NAME.gz and NAME.br.
            A variant belongs to its document if both have the same modification time in nanoseconds.
    """

    def __init__(self, root: Path, *, compress: bool = False) -> None:
        self.root = root
        self.compress = compress
        self._folder = str(root)
        self._compressors = _compressors() if compress else {}

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from publishing here, so that an older state never overwrites a newer one.

        Raises:
            PublishError: the folder cannot be created.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.root, os.O_RDONLY)
        except OSError as error:
            raise PublishError(
                f"the folder cannot be used: {error.strerror}",
                where=Where(file=str(self.root)),
                hint="check site.output, and that this user may write there",
            ) from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def exists(self, path: str) -> bool:
        """Return whether a document exists."""
        return os.path.isfile(f"{self._folder}/{path}")

    def is_complete(self, path: str) -> bool:
        """Return whether a document exists with its current compressed variants, and without others."""
        if not self.exists(path):
            return False
        target = self._target(path)
        modified = os.stat(target).st_mtime_ns
        return all(
            _modified(target + extension) == modified
            if extension in self._compressors
            else not self.exists(path + extension)
            for extension in _EXTENSIONS
        )

    @contextmanager
    def open_writer(self) -> Iterator[Writer]:
        """Write many documents, several at a time. On exit, everything is on the disk."""
        slots = threading.Semaphore(_MAX_WAITING)
        folders: set[str] = set()
        with ThreadPoolExecutor(_THREADS, "publish") as pool:

            def write(path: str, body: bytes) -> Future[bool]:
                slots.acquire()
                future = pool.submit(self._write, path, body, folders)
                future.add_done_callback(lambda _: slots.release())
                return future

            yield write
        for folder in sorted(folders):
            _sync_folder(folder)

    def write(self, path: str, body: bytes) -> bool:
        """Write a document, or leave the old one as it is. Return False if the file has these bytes already.

        Raises:
            PublishError: the file could not be written, or its path leaves the folder.
        """
        folders: set[str] = set()
        is_written = self._write(path, body, folders)
        for folder in folders:
            _sync_folder(folder)
        return is_written

    def remove_stale_files(self, now: float) -> None:
        """Remove temporary files that killed processes left more than a day ago.

        Args:
            now: seconds since 1970.
        """
        for leftover in self.root.rglob(".*.tmp"):
            with suppress(OSError):
                if leftover.stat().st_mtime < now - _STALE_SECONDS:
                    leftover.unlink()

    def _target(self, path: str) -> str:
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise PublishError("the path leaves the output folder", where=Where(file=path))
        return f"{self._folder}/{path}"

    def _write(self, path: str, body: bytes, folders: set[str]) -> bool:
        target = self._target(path)
        folder = target.rpartition("/")[0]
        try:
            if _has_content(target, body):
                if not self.is_complete(path):
                    self._compress(target, body, os.stat(target).st_mtime_ns)
                    folders.add(folder)
                return False
            # The variants come first: until the document is replaced too, they belong to no document.
            temporary = _write_temporary(folder, body)
            try:
                self._compress(target, body, os.stat(temporary).st_mtime_ns)
                os.replace(temporary, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError as error:
            message, hint = explain_os_error(error)
            raise PublishError(
                message, where=Where(file=target), hint=f"{hint}; the old file is unchanged"
            ) from error
        folders.add(folder)
        return True

    def _compress(self, target: str, body: bytes, modified: int) -> None:
        for extension in _EXTENSIONS - self._compressors.keys():
            # A web server would keep serving the old variant instead of the document.
            with suppress(OSError):
                os.unlink(target + extension)
        for extension, compress in self._compressors.items():
            temporary = _write_temporary(target.rpartition("/")[0], compress(body))
            os.utime(temporary, ns=(modified, modified))
            os.replace(temporary, target + extension)


def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    import brotli

    # Level 5 of brotli is as fast as level 6 of gzip, and its output is a tenth smaller.
    return {
        ".gz": lambda body: gzip.compress(body, 6, mtime=0),
        ".br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    }


def _has_content(target: str, body: bytes) -> bool:
    try:
        if os.stat(target).st_size != len(body):
            return False
        with open(target, "rb") as file:
            return file.read() == body
    except FileNotFoundError:
        return False


def _modified(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _write_temporary(folder: str, body: bytes) -> str:
    # The name is not derived from the target's name, which may be as long as names can be.
    temporary = f"{folder}/.{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        file = os.open(temporary, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        file = os.open(temporary, flags, 0o666)
    try:
        try:
            written = 0
            while written < len(body):
                # Nearly always one call writes all.
                written += os.write(file, body[written:] if written else body)
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


def _sync_folder(path: str) -> None:
    # Without this, a power failure may undo the rename.
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
