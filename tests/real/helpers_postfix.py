"""Postfix as a relay: starts it on a high port, and reads what it has delivered and bounced."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from benchmarks.mail_servers import Postfix

from helpers_net import free_port, program

SECONDS = 60
"""How long to wait for a delivery, at most."""

NOBODY = 65534

# Every address of every domain is delivered to one Maildir. The `virtual` delivery agent adds the envelope.
SETTINGS = {
    "virtual_mailbox_domains": "static:all",
    "virtual_mailbox_maps": "static:all/",
    "virtual_mailbox_base": "{folder}/mail",
    "virtual_uid_maps": f"static:{NOBODY}",
    "virtual_gid_maps": f"static:{NOBODY}",
    "smtputf8_enable": "yes",
    # No mails to the postmaster about sessions with errors.
    "notify_classes": "",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail in the Maildir.

    Attributes:
        recipient, sender: the envelope addresses; the sender of a bounce is empty.
        content: as delivered: lines end with LF, and the headers of the relay come first.
    """

    recipient: str
    sender: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def body_of_sender(self) -> bytes:
        """The mail without the headers that the relay added: from the first header of the sender on."""
        head, _, rest = self.content.partition(b"\n\n")
        lines = head.split(b"\n")
        last = max(number for number, line in enumerate(lines) if line.startswith(b"Received:"))
        after = last + 1
        while lines[after][:1] in (b" ", b"\t"):
            after += 1
        return b"\n".join(lines[after:]) + b"\n\n" + rest


class Relay(Postfix):
    """A Postfix that delivers everything to one Maildir, apart from what its settings say."""

    second_port = 0

    def reconfigure(self, **settings: str) -> None:
        """Change settings of `main.cf`. Connections from now on see them."""
        for name, value in settings.items():
            self.run("postconf", "-e", f"{name} = {value}")
        self.run("postfix", "reload")

    def mails(self) -> list[Arrived]:
        """Return what has been delivered so far."""
        return [_read(path.read_bytes()) for path in sorted((self.folder / "mail" / "all" / "new").glob("*"))]

    def wait_for(self, count: int) -> list[Arrived]:
        """Wait until so many mails have been delivered and the queue is empty, and return them."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self.mails()
            if len(found) >= count and self.is_idle():
                return self.mails()
            time.sleep(0.2)
        return pytest.fail(
            f"{len(self.mails())} of {count} mails were delivered\n{self.queue()}\n{self.log()[-4000:]}"
        )

    def queue(self) -> str:
        """Return the list of what is queued."""
        return self.run("postqueue", "-p")

    def is_idle(self) -> bool:
        """Return whether nothing is queued."""
        return "queue is empty" in self.queue()


StartRelay = Callable[..., Relay]


@contextmanager
def relay(scenario: Path | None = None, **settings: str) -> Iterator[Relay]:
    """Start Postfix.

    Args:
        scenario: a folder with `main.cf` and `master.cf`, if it needs them: settings in addition to the usual
            ones or in place of them, and further services. `{folder}` is Postfix's folder, `{second_port}` a
            port. Other files, except Python's, are copied to `{folder}/conf`.
        settings: likewise, for what only the test knows, such as ports.
    """
    if os.geteuid() != 0:
        pytest.fail("Postfix changes to its own user, so only root can start it")
    program("postfix", "postfix")
    own = {**SETTINGS, **_settings(_text(scenario, "main.cf")), **settings}
    second_port = free_port()
    services = _text(scenario, "master.cf").replace("{second_port}", str(second_port))
    server = Relay(port=free_port(), settings=own, services=services)
    server.second_port = second_port
    for path in scenario.iterdir() if scenario else ():
        if path.is_file() and path.suffix not in (".py", ".cf"):
            shutil.copy(path, server.folder / "conf")
    mail = server.folder / "mail"
    mail.mkdir()
    os.chown(mail, NOBODY, NOBODY)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _text(scenario: Path | None, name: str) -> str:
    path = scenario / name if scenario else None
    return path.read_text() if path and path.exists() else ""


def _settings(text: str) -> dict[str, str]:
    """Return the settings of a `main.cf` without continuation lines."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


def _read(content: bytes) -> Arrived:
    headers = message_from_bytes(content, policy=policy.default)
    return Arrived(
        recipient=str(headers["X-Original-To"] or headers["Delivered-To"]),
        sender=str(headers["Return-Path"]).strip("<>"),
        content=content,
    )
