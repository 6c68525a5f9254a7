"""Delivery into a Maildir: no server needed, and any mail program opens it."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ...errors import TransportError, Where
from ...model import Outcome
from ..transport import Session


class MaildirTransport:
    """Writes each message as a file of its own, whole or not at all.

    A message has one file name for ever, so that a second attempt at it adds nothing.

    Args:
        root: the Maildir; made if it is not there.
    """

    connections = 1

    def __init__(self, root: Path) -> None:
        self._root = root

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        try:
            for name in ("tmp", "new", "cur"):
                (self._root / name).mkdir(parents=True, exist_ok=True)
            read = {entry.name.partition(":")[0] for entry in os.scandir(self._root / "cur")}
        except OSError as error:
            raise _closed(self._root, error) from None
        yield _MaildirSession(self._root, read)

    async def check(self) -> None:
        """Look whether its folders can be written to, or could be made; see `Transport`."""
        try:
            for folder in (self._root / name for name in ("tmp", "new", "cur")):
                there = next(each for each in (folder, *folder.parents) if each.exists())
                if not there.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, f"{there} is not a folder")
                if not os.access(there, os.W_OK | os.X_OK):
                    raise PermissionError(errno.EACCES, f"no permission to write to {there}")
        except OSError as error:
            raise _closed(self._root, error) from None


class _MaildirSession:
    def __init__(self, root: Path, read: set[str]) -> None:
        self._root = root
        self._read = read
        self._host = socket.gethostname().replace("/", "_").replace(":", "_")

    async def send(
        self,
        sender: str,
        recipient: str,  # noqa: ARG002 - a Maildir is one box, whoever the mail is for
        message: bytes,
        before_commit: Callable[[], Awaitable[bool]],
    ) -> Outcome | None:
        name = f"{hashlib.sha256(message).hexdigest()[:40]}.syndicate.{self._host}"
        if name in self._read or (self._root / "new" / name).exists():
            return Outcome(state="accepted", detail="it was there already")
        # A Maildir is a local store: lines end as they do in files.
        body = b"Return-Path: <%s>\n" % sender.encode() + message.replace(b"\r\n", b"\n")
        temporary = self._root / "tmp" / name
        try:
            # Whatever can fail for want of room fails here, before there is anything to doubt.
            _write(temporary, body)
            if not await before_commit():
                temporary.unlink()
                return None
            temporary.rename(self._root / "new" / name)
            _sync(self._root / "new")
        except OSError as error:
            raise _closed(self._root, error) from None
        return Outcome(state="accepted", detail=f"new/{name}")


def _write(path: Path, body: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _closed(root: Path, error: OSError) -> TransportError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return TransportError(
        "no space left for the Maildir" if full else f"the Maildir cannot be written: {error.strerror}",
        where=Where(file=str(root)),
        hint="make room; what was not delivered stays in the ledger"
        if full
        else "may this user write there?",
    )
