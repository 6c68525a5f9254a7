"""Delivery by SMTP (RFC 5321): aiosmtplib connects and logs in, we decide when the ledger is written."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from ...errors import TransportError
from ...model import Outcome
from ...text.characters import repair_characters
from ..transport import Session

MOST_MESSAGES = 200
"""How many messages one connection carries; servers frown on more."""

_CLOSING = 421
_TOO_LARGE = (452, 552)


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server to hand messages to.

    Attributes:
        host, port: where it listens.
        tls: `required` for STARTTLS, `implicit` for TLS from the first byte, `never`.
        user, password: for AUTH, if it wants that.
        ca: a file of certificates to trust besides the system's.
        connections: how many at once.
        timeout: seconds to wait for any one answer.
    """

    host: str
    port: int
    tls: str = "required"
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    connections: int = 4
    timeout: float = 60.0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "required",
            tls_context=self._context(),
            timeout=self.timeout,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                # Only the answer tells which extensions may be used.
                await _greet(client)
            if self.user is not None:
                await client.login(self.user, self.password or "")
        except (SMTPException, OSError, UnicodeError) as error:
            client.close()
            raise self._closed(error) from None
        try:
            yield _SmtpSession(self, client)
        finally:
            try:
                if client.is_connected:
                    await client.quit()
            except (SMTPException, OSError):
                pass
            finally:
                client.close()

    async def check(self) -> None:
        """Connect, log in if there is a user, and leave; see `Transport`."""
        async with self.session():
            pass

    def _context(self) -> ssl.SSLContext | None:
        if self.tls == "never":
            return None
        try:
            context = ssl.create_default_context()
            if self.ca:
                context.load_verify_locations(self.ca)
        except OSError as error:
            raise TransportError(
                f"the certificates in {self.ca} cannot be read: {error}",
                hint="is ca= right in delivery.transport?",
            ) from None
        return context

    def _closed(self, error: Exception) -> TransportError:
        text = _one_line(str(error)) or type(error).__name__
        hint = "is it up, and are host and port right? nothing was lost, the next send goes on"
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            hint = "are user and SYNDICATE_SMTP_PASSWORD right?"
        elif "STARTTLS" in text or "certificate" in text.lower() or "ssl" in text.lower():
            hint = (
                "does it offer STARTTLS with a valid certificate? see starttls= and ca= of delivery.transport"
            )
        return TransportError(f"the mail server {self.host}:{self.port} cannot be used: {text}", hint=hint)


class _SmtpSession:
    def __init__(self, transport: SmtpTransport, client: aiosmtplib.SMTP) -> None:
        self._transport = transport
        self._client = client
        self._sent = 0

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        if self._sent >= MOST_MESSAGES:
            raise TransportError("this connection has carried its share")
        self._sent += 1
        client = self._client
        options = []
        if client.supports_extension("size"):
            options.append(f"size={len(message)}")
        if client.supports_extension("8bitmime"):
            options.append("body=8BITMIME")
        if not (sender + recipient).isascii():
            if not client.supports_extension("smtputf8"):
                return Outcome(
                    state="failed", detail="the server does not take addresses outside ASCII (SMTPUTF8)"
                )
            options.append("SMTPUTF8")
        try:
            await client.mail(sender, options=options, encoding="utf-8")
        except SMTPResponseException as error:
            if error.code not in _TOO_LARGE:
                # No to the sender says nothing about any recipient.
                raise self._transport._closed(error) from None
            return await self._refused(error)
        except (SMTPException, OSError) as error:
            raise self._transport._closed(error) from None
        try:
            await client.rcpt(recipient, encoding="utf-8")
        except SMTPResponseException as error:
            if error.code == _CLOSING or error.code < 400:
                raise self._transport._closed(error) from None
            return await self._refused(error)
        except (SMTPException, OSError) as error:
            raise self._transport._closed(error) from None
        if not await before_commit():
            await self._reset()
            return None
        try:
            reply = await client.data(message)
        except SMTPResponseException as error:
            return await self._refused(error)
        except (SMTPException, OSError) as error:
            raise self._transport._closed(error) from None
        return Outcome(state="accepted", code=reply.code, detail=_one_line(reply.message))

    async def _refused(self, error: SMTPResponseException) -> Outcome:
        """What a reply other than yes comes to; 421 closes the connection, and is a no until later."""
        detail = _one_line(error.message)
        await self._reset()
        if error.code < 500:
            return Outcome(state="deferred", code=error.code, detail=detail)
        return Outcome(state="failed", code=error.code, detail=detail, suppress=detail.startswith("5.1.1"))

    async def _reset(self) -> None:
        try:
            await self._client.rset()
        except (SMTPException, OSError):
            self._client.close()


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


def _one_line(text: str) -> str:
    """A reply as it can be kept: servers answer in any encoding, and no database takes what is none."""
    return " ".join(repair_characters(text.replace("\0", "")).split())[:500]
