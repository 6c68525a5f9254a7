"""A Maildir that a mail server delivers bounces to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ...errors import MailboxError, Where
from ...mail.bounces import MAX_SIZE
from .mailbox import StoredMail
from .mailbox_url import MailboxUrl


class MaildirMailbox:
    """Reads the mails without the flag S, in `new`, and in `cur`, where mail programs move them.

    Args:
        folder: the Maildir.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_url(cls, url: MailboxUrl) -> Self:
        """Return the mailbox of `maildir:FOLDER`.

        Raises:
            ConfigError: there is no folder in it.
        """
        if not url.path:
            raise url.error("the mailbox has no folder")
        return cls(url.base / url.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def unseen(self) -> Iterator[StoredMail]:
        for key in self._unseen_keys():
            data = self._read(key)
            if data is not None:
                yield StoredMail(key, data)

    def mark_seen(self, key: str, *, needs_attention: bool) -> None:
        name, _, flags = Path(key).name.partition(":2,")
        added = {"S", *("F" if needs_attention else "")}
        target = self._folder / "cur" / f"{name}:2,{''.join(sorted({*flags} | added))}"
        try:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            (self._folder / key).rename(target)
        except FileNotFoundError:
            # Another process has moved it meanwhile.
            return
        except OSError as error:
            raise self._error(error) from None

    def _unseen_keys(self) -> list[str]:
        """Return the paths of the mails, relative to the Maildir; those in `cur` were delivered before."""
        keys = []
        for place in ("cur", "new"):
            try:
                names = sorted(entry.name for entry in os.scandir(self._folder / place))
            except FileNotFoundError:
                if place == "new":
                    raise self._missing() from None
                continue
            except OSError as error:
                raise self._error(error) from None
            for name in names:
                flags = name.partition(":2,")[2]
                if not name.startswith(".") and "S" not in flags and "T" not in flags:
                    keys.append(f"{place}/{name}")
        return keys

    def _read(self, key: str) -> bytes | None:
        """Return the start of a file; None if it is gone, or no regular file."""
        try:
            # Do not follow links, and do not wait for the writer of a pipe.
            descriptor = os.open(self._folder / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                return None
            raise self._error(error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(MAX_SIZE)

    def _missing(self) -> MailboxError:
        return MailboxError(
            "the Maildir does not exist",
            where=Where(file=str(self._folder)),
            hint="the mail server creates it with the first mail; otherwise correct bounces.mailbox",
        )

    def _error(self, error: OSError) -> MailboxError:
        return MailboxError(
            f"the Maildir cannot be used: {error.strerror}",
            where=Where(file=str(self._folder)),
            hint="check the permissions of the folder",
        )
