"""Delivery by SMTP (RFC 5321): aiosmtplib connects and authenticates, this module sends the messages."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import unquote

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException
from pydantic import Field

from ...errors import TransportError
from ...model import Outcome
from ...text.illegal_characters import repair_characters
from ..transport import TransportSession
from .transport_url import TransportOptions, TransportUrl

MESSAGES_PER_CONNECTION = 200
"""Many servers limit the number of messages per connection."""

_PORTS = {"smtp": 587, "smtps": 465}
_CLOSING = 421
_TOO_LARGE = (452, 552)


class SmtpOptions(TransportOptions):
    """The options of `smtp:` and `smtps:`."""

    starttls: Literal["required", "never"] = Field(default="required", description="required or never")
    ca: str | None = Field(default=None, description="a file of certificates")
    connections: int = Field(default=4, ge=1, le=100, description="a number from 1 to 100")


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server that takes messages.

    Attributes:
        tls: `required` for STARTTLS, `implicit` for TLS from the first byte, `never`.
        user, password: for AUTH; no login without `user`.
        ca: a file of certificates to trust besides the system's.
        connections: how many to open at the same time.
        timeout: seconds to wait for one answer.
    """

    host: str
    port: int
    tls: str = "required"
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    connections: int = 4
    timeout: float = 60.0

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `smtp://user@host:587?starttls=required` or `smtps://user@host`.

        The password comes from the environment variable SYNDICATE_SMTP_PASSWORD.

        Raises:
            ConfigError: the URL or an option is wrong.
        """
        server, options = url.server(), url.options(SmtpOptions)
        return cls(
            host=server.hostname or "",
            port=server.port or _PORTS[url.scheme],
            tls="implicit" if url.scheme == "smtps" else options.starttls,
            user=unquote(server.username) if server.username else None,
            password=os.environ.get("SYNDICATE_SMTP_PASSWORD"),
            ca=str(url.base / options.ca) if options.ca else None,
            connections=options.connections,
            timeout=url.timeout,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
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
                # The answer lists the extensions.
                await _greet(client)
            if self.user is not None:
                await client.login(self.user, self.password or "")
        except (SMTPException, OSError, UnicodeError) as error:
            client.close()
            raise self.connection_error(error) from None
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
        """Connect, log in if there is a user, and disconnect; see `Transport`."""
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
                hint="correct ca= in delivery.transport",
            ) from None
        return context

    def connection_error(self, error: Exception) -> TransportError:
        """Return the error of a connection that cannot be used, with a hint."""
        text = _single_line(str(error)) or type(error).__name__
        hint = "check host and port, and that the server is up; send again: what was not sent stays queued"
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            hint = "check the user in delivery.transport, and SYNDICATE_SMTP_PASSWORD"
        elif "STARTTLS" in text or "certificate" in text.lower() or "ssl" in text.lower():
            hint = "the server needs STARTTLS and a valid certificate; see starttls= and ca= in the docs"
        return TransportError(f"the mail server {self.host}:{self.port} cannot be used: {text}", hint=hint)


class _SmtpSession:
    def __init__(self, transport: SmtpTransport, client: aiosmtplib.SMTP) -> None:
        self._transport = transport
        self._client = client
        self._sent = 0

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        if self._sent >= MESSAGES_PER_CONNECTION:
            raise TransportError("the connection has reached its limit of messages")
        self._sent += 1
        options = self._mail_options(len(message))
        if not (sender + recipient).isascii():
            if not self._client.supports_extension("smtputf8"):
                return Outcome(
                    state="failed", detail="the server does not accept addresses outside ASCII (SMTPUTF8)"
                )
            options.append("SMTPUTF8")
        try:
            return await self._transaction(sender, recipient, message, options, before_commit)
        except (SMTPException, OSError) as error:
            raise self._transport.connection_error(error) from None

    def _mail_options(self, size: int) -> list[str]:
        options = []
        if self._client.supports_extension("size"):
            options.append(f"size={size}")
        if self._client.supports_extension("8bitmime"):
            options.append("body=8BITMIME")
        return options

    async def _transaction(
        self,
        sender: str,
        recipient: str,
        message: bytes,
        options: list[str],
        before_commit: Callable[[], Awaitable[bool]],
    ) -> Outcome | None:
        try:
            await self._client.mail(sender, options=options, encoding="utf-8")
        except SMTPResponseException as error:
            if error.code in _TOO_LARGE:
                return await self._refusal(error)
            # Any other refusal of the sender says nothing about the recipient.
            raise
        try:
            await self._client.rcpt(recipient, encoding="utf-8")
        except SMTPResponseException as error:
            if error.code == _CLOSING or error.code < 400:
                raise
            return await self._refusal(error)
        if not await before_commit():
            await self._reset()
            return None
        try:
            reply = await self._client.data(message)
        except SMTPResponseException as error:
            return await self._refusal(error)
        return Outcome(state="accepted", code=reply.code, detail=_single_line(reply.message))

    async def _refusal(self, error: SMTPResponseException) -> Outcome:
        detail = _single_line(error.message)
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


def _single_line(text: str) -> str:
    """Return a reply that every database can store: one line, valid characters, at most 500 of them."""
    return " ".join(repair_characters(text.replace("\0", "")).split())[:500]
