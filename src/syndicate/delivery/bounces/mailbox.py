"""The protocol of a mailbox that bounces are read from, and the mailboxes of `bounces.mailbox`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .mailbox_url import LISTENERS, MailboxUrl


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in a mailbox.

    Attributes:
        key: names it in the mailbox.
        data: its first megabyte.
    """

    key: str
    data: bytes


class Mailbox(Protocol):
    """Holds mail. Nothing is deleted."""

    def unseen(self) -> Iterator[StoredMail]:
        """Yield the mails that are not marked as seen.

        Raises:
            MailboxError: the mailbox cannot be read.
        """
        ...

    def mark_seen(self, key: str, *, needs_attention: bool) -> None:
        """Mark a mail as seen, so that it is not read again.

        Args:
            needs_attention: also flag it for the operator, because it is not what the mailbox is for.

        Raises:
            MailboxError: the mailbox cannot be written.
        """
        ...


def open_mailbox(text: str, base: Path) -> AbstractContextManager[Mailbox] | None:
    """Open the mailbox that `bounces.mailbox` names. None if it is a listener, which stores nothing.

    Args:
        base: the folder that relative paths are relative to.

    Raises:
        ConfigError: there is no such kind of mailbox, or its options are wrong.
    """
    url = MailboxUrl(text, base)
    if url.scheme == "maildir":
        from .maildir_mailbox import MaildirMailbox

        return MaildirMailbox.from_url(url)
    if url.scheme in ("imap", "imaps"):
        from .imap_mailbox import ImapMailbox

        return ImapMailbox.from_url(url)
    if url.scheme in LISTENERS:
        return None
    raise url.error(f"there is no mailbox {url.scheme!r}")
