"""Dovecot as an IMAP server on loopback, in a folder of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from helpers_net import free_port, program

SECONDS = 60
PASSWORD = "correct"


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A running Dovecot.

    Attributes:
        imap, imaps: its ports.
        ca: a file with the certificate of its authority.
    """

    folder: Path
    imap: int
    imaps: int
    ca: Path

    def client(self) -> imaplib.IMAP4:
        """Return a connection that is logged in, for what people do with a mail program."""
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=context, timeout=SECONDS)
        client.login("bounces", PASSWORD)
        return client

    def deliver(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder, which is created if it is missing."""
        with self.client() as client:
            client.create(folder)
            for mail in mails:
                kind, answer = client.append(folder, "", "", mail.replace(b"\n", b"\r\n"))  # type: ignore[arg-type]
                assert kind == "OK", answer

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """Return the flags of each mail of a folder, in their order."""
        with self.client() as client:
            kind, (count, *_) = client.select(folder, readonly=True)
            assert kind == "OK", folder
            if not int(count or 0):
                return []
            _, found = client.fetch("1:*", "(FLAGS)")
        return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {"\\Recent"} for line in found]  # type: ignore[arg-type]


@contextmanager
def dovecot() -> Iterator[ImapServer]:
    """Start Dovecot and stop it at the end."""
    path = program("dovecot", "dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="imap"))
    # Root's own processes must not read mail, so another user does, who must get into the folder.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder.chmod(0o755)
    for name in ("mail", "home", "run", "state"):
        (folder / name).mkdir()
        if os.geteuid() == 0 and name in ("mail", "home"):
            os.chown(folder / name, user.pw_uid, user.pw_gid)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for number, pem in enumerate(certificate.cert_chain_pems):
        pem.write_to_path(folder / "cert.pem", append=number > 0)
    server = ImapServer(folder, free_port(), free_port(), folder / "ca.pem")
    template = (Path(__file__).parent / "dovecot.conf").read_text(encoding="utf-8")
    (folder / "dovecot.conf").write_text(
        template.format(
            folder=folder,
            imap=server.imap,
            imaps=server.imaps,
            user=user.pw_name,
            group=grp.getgrgid(user.pw_gid).gr_name,
        )
    )
    process = subprocess.Popen(
        [path, "-F", "-c", str(folder / "dovecot.conf")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: ImapServer, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.imaps)) == 0:
                return
        time.sleep(0.05)
    log = server.folder / "log"
    said = process.stdout.read() if process.poll() is not None and process.stdout else ""
    pytest.fail(f"Dovecot does not start: {said}{log.read_text() if log.exists() else ''}")
