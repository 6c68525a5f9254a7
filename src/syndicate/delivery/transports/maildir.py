"""Delivery into a Maildir: needs no server, and many mail programs open it."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from ...errors import TransportError, Where
from ...model import Outcome
from ..transport import TransportSession
from .transport_url import TransportUrl


class MaildirTransport:
    """Writes each message to a file of its own, completely or not at all.

    The file name depends on the message only, so a second attempt does not write a second file.

    Args:
        folder: the Maildir; created if it does not exist.
    """

    connections = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `maildir:FOLDER`.

        Raises:
            ConfigError: there is no folder in it.
        """
        if not url.path:
            raise url.error("the transport has no folder")
        return cls(url.base / url.path)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(mode=0o700, exist_ok=True)
            read = {entry.name.partition(":")[0] for entry in os.scandir(self._folder / "cur")}
        except OSError as error:
            raise _transport_error(self._folder, error) from None
        yield _MaildirSession(self._folder, read)

    async def check(self) -> None:
        """Check that the folders are writable or can be created; see `Transport`."""
        try:
            for folder in (self._folder / name for name in ("tmp", "new", "cur")):
                nearest = next(each for each in (folder, *folder.parents) if each.exists())
                if not nearest.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, f"{nearest} is not a folder")
                if not os.access(nearest, os.W_OK | os.X_OK):
                    raise PermissionError(errno.EACCES, f"no permission to write to {nearest}")
        except OSError as error:
            raise _transport_error(self._folder, error) from None


class _MaildirSession:
    def __init__(self, folder: Path, read: set[str]) -> None:
        self._folder = folder
        self._read = read
        self._host = socket.gethostname().replace("/", "_").replace(":", "_")

    async def send(
        self,
        sender: str,
        recipient: str,  # noqa: ARG002 - a Maildir is one mailbox for all recipients
        message: bytes,
        before_commit: Callable[[], Awaitable[bool]],
    ) -> Outcome | None:
        name = f"{hashlib.sha256(message).hexdigest()[:40]}.syndicate.{self._host}"
        if name in self._read or (self._folder / "new" / name).exists():
            return Outcome(state="accepted", detail="the Maildir has this message already")
        # Files have local line ends.
        body = b"Return-Path: <%s>\n" % sender.encode() + message.replace(b"\r\n", b"\n")
        temporary = self._folder / "tmp" / name
        try:
            # A full disk is noticed here, before the delivery can be in doubt.
            _write(temporary, body)
            if not await before_commit():
                temporary.unlink()
                return None
            temporary.rename(self._folder / "new" / name)
            _sync_folder(self._folder / "new")
        except OSError as error:
            raise _transport_error(self._folder, error) from None
        return Outcome(state="accepted", detail=f"new/{name}")


def _write(path: Path, body: bytes) -> None:
    try:
        # Mails are readable by their owner alone.
        with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _transport_error(folder: Path, error: OSError) -> TransportError:
    where = Where(file=str(folder))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        hint = "free some space and send again; what was not delivered stays queued"
        return TransportError("no space left for the Maildir", where=where, hint=hint)
    return TransportError(
        f"the Maildir cannot be written: {error.strerror}",
        where=where,
        hint="check the permissions of the folder",
    )
