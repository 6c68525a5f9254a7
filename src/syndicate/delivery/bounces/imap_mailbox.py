"""An IMAP mailbox that bounces are delivered to (RFC 9051; also servers of RFC 3501)."""

from __future__ import annotations

import imaplib
import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from ...errors import MailboxError, Where
from ...mail.bounces import MAX_SIZE
from .mailbox import StoredMail
from .mailbox_url import MailboxUrl

_PORTS = {"imap": 143, "imaps": 993}
_OPTIONS: dict[str, tuple[str, ...]] = {"starttls": ("required", "never"), "ca": (), "folder": ()}
_TIMEOUT = 60.0
# The answer to a search is one line, and imaplib limits lines.
_WINDOW = 1000
_PRINTABLE = re.compile(r"[ -~]+")


@dataclass(slots=True)
class ImapMailbox:
    """A mailbox on a server. Mails are marked with \\Seen, or moved to another folder.

    Attributes:
        tls: `implicit` for TLS from the first byte, `required` for STARTTLS, `never`.
        password: for LOGIN; no login without `user`.
        name: of the mailbox, such as INBOX.
        folder: where mails that were read are moved to; None leaves them where they are.
        ca: a file of certificates to trust besides the system's.
        timeout: seconds to wait for one answer.
    """

    host: str
    port: int
    tls: str
    user: str | None
    password: str | None
    name: str = "INBOX"
    folder: str | None = None
    ca: str | None = None
    timeout: float = _TIMEOUT
    _client: imaplib.IMAP4 | None = None
    _can_move: bool = False

    @classmethod
    def from_url(cls, url: MailboxUrl) -> Self:
        """Return the mailbox of `imaps://user@host/INBOX` or `imap://user@host/INBOX?starttls=required`.

        The password comes from the environment variable SYNDICATE_BOUNCES_PASSWORD.

        Raises:
            ConfigError: the URL or an option is wrong.
        """
        server, options = url.server(), url.options(_OPTIONS)
        name = unquote(server.path.strip("/")) or "INBOX"
        folder = options.get("folder")
        for each in (name, folder or name):
            if not _PRINTABLE.fullmatch(each):
                raise url.error(f"the folder {each!r} is not ASCII", "write it in modified UTF-7 (RFC 3501)")
        return cls(
            host=server.hostname or "",
            port=server.port or _PORTS[url.scheme],
            tls="implicit" if url.scheme == "imaps" else options.get("starttls", "required"),
            user=unquote(server.username) if server.username else None,
            password=os.environ.get("SYNDICATE_BOUNCES_PASSWORD"),
            name=name,
            folder=folder,
            ca=str(url.base / options["ca"]) if "ca" in options else None,
        )

    def __enter__(self) -> Self:
        try:
            self._client = self._connect()
            # After the login there are more than before.
            capabilities = self._call("CAPABILITY", lambda client: client.capability())
            self._can_move = "MOVE" in _text(capabilities).upper().split()
            self._call("SELECT", lambda client: client.select(_quote(self.name)))
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def unseen(self) -> Iterator[StoredMail]:
        (count, *_) = self._call("SELECT", lambda client: client.select(_quote(self.name)))
        # From the end: moving a mail changes the numbers of those after it.
        for last in range(int(count or 0), 0, -_WINDOW):
            window = f"{max(1, last - _WINDOW + 1)}:{last}"
            (found, *_) = self._call("SEARCH", lambda client, w=window: client.uid("SEARCH", w, "UNSEEN"))  # type: ignore[misc]
            for uid in (found or b"").decode("ascii", "replace").split():
                data = self._fetch(uid)
                if data is not None:
                    yield StoredMail(uid, data)

    def mark_seen(self, key: str, *, needs_attention: bool) -> None:
        flags = r"(\Seen \Flagged)" if needs_attention else r"(\Seen)"
        self._call("STORE", lambda client: client.uid("STORE", key, "+FLAGS.SILENT", flags))
        if self.folder is None:
            return
        target = _quote(self.folder)
        if self._can_move:
            self._call("MOVE", lambda client: client.uid("MOVE", key, target))
        else:
            # Without MOVE (RFC 6851) a copy is made, and the seen mail stays: nothing is deleted.
            self._call("COPY", lambda client: client.uid("COPY", key, target))

    def _fetch(self, uid: str) -> bytes | None:
        what = f"(BODY.PEEK[]<0.{MAX_SIZE}>)"
        for part in self._call("FETCH", lambda client: client.uid("FETCH", uid, what)):
            if isinstance(part, tuple) and len(part) == 2:
                return bytes(part[1])
        # Another process has moved it meanwhile.
        return None

    def _connect(self) -> imaplib.IMAP4:
        try:
            if self.tls == "implicit":
                client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    self.host, self.port, ssl_context=self._context(), timeout=self.timeout
                )
            else:
                client = imaplib.IMAP4(self.host, self.port, timeout=self.timeout)
            self._client = client
            if self.tls == "required":
                client.starttls(ssl_context=self._context())
            if self.user is not None:
                client.login(self.user, self.password or "")
        except (imaplib.IMAP4.error, OSError, UnicodeError) as error:
            raise self._error(str(error) or type(error).__name__) from None
        return client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca:
            context.load_verify_locations(self.ca)
        return context

    def _call(self, command: str, call: Callable[[imaplib.IMAP4], tuple[str, list[Any]]]) -> list[Any]:
        """Send a command and return the data of its answer.

        Raises:
            MailboxError: the connection is lost, or the server refuses the command.
        """
        try:
            kind, data = call(self._connected())
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise self._error(f"{command}: {error or type(error).__name__}") from None
        if kind != "OK":
            raise self._error(f"{command}: {_text(data)}")
        return data

    def _connected(self) -> imaplib.IMAP4:
        if self._client is None:
            raise self._error("not connected")
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()

    def _error(self, reason: str) -> MailboxError:
        text = " ".join(reason.split())[:300]
        hint = "check bounces.mailbox; mails that were not read stay unseen"
        if "AUTH" in text.upper() or "LOGIN" in text.upper():
            hint = "check the user in bounces.mailbox, and SYNDICATE_BOUNCES_PASSWORD"
        elif "certificate" in text.lower() or "ssl" in text.lower() or "STARTTLS" in text:
            hint = "the server needs TLS and a valid certificate; see starttls= and ca= in the docs"
        elif "TRYCREATE" in text or "exist" in text.lower():
            hint = "create the folder, or correct bounces.mailbox"
        return MailboxError(
            f"the mailbox at {self.host}:{self.port} cannot be used: {text}",
            where=Where(field="bounces.mailbox"),
            hint=hint,
        )


def _quote(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(data: list[Any]) -> str:
    return " ".join(
        part.decode("ascii", "replace") if isinstance(part, bytes) else str(part) for part in data
    )
