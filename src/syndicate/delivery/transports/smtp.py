"""Delivery by SMTP (RFC 5321): aiosmtplib connects, negotiates TLS and logs in; `SmtpConnection` sends."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import unquote

import aiosmtplib
from aiosmtplib import SMTPException
from pydantic import Field

from ...errors import TransportError
from ...model import SmtpTimeouts
from ..transport import TransportSession
from .smtp_connection import Extensions, SmtpConnection
from .smtp_protocol import SmtpProtocol
from .smtp_replies import single_line
from .transport_url import PASSWORD_VARIABLE, TransportOptions, TransportUrl

_PORTS = {"smtp": 587, "smtps": 465}


class SmtpOptions(TransportOptions):
    """The options of `smtp:` and `smtps:`."""

    starttls: Literal["required", "never"] = Field(default="required", description="required or never")
    ca: str | None = Field(default=None, description="a file of certificates")
    connections: int = Field(default=10, ge=1, le=100, description="a number from 1 to 100")
    messages: int = Field(default=200, ge=1, description="a number of at least 1")


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server that takes messages.

    Attributes:
        tls: `required` for STARTTLS, `implicit` for TLS from the first byte, `never`.
        user, password: for AUTH; no login without `user`.
        ca: a file of certificates to trust besides the system's.
        connections: how many to open at the same time.
        messages: how many to send over one connection.
        timeouts: how long to wait in each phase.
        config_field, password_variable: where the config has the URL, and which environment variable has the
            password, for errors.
    """

    host: str
    port: int
    tls: str = "required"
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    connections: int = 10
    messages: int = 200
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)
    config_field: str = "delivery.transport"
    password_variable: str = PASSWORD_VARIABLE

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `smtp://user@host:587?starttls=required` or `smtps://user@host`.

        The password comes from the environment.

        Raises:
            ConfigError: the URL or an option is wrong.
        """
        server, options = url.server(), url.options(SmtpOptions)
        return cls(
            host=server.hostname or "",
            port=server.port or _PORTS[url.scheme],
            tls="implicit" if url.scheme == "smtps" else options.starttls,
            user=unquote(server.username) if server.username else None,
            password=os.environ.get(url.password_variable),
            ca=str(url.base / options.ca) if options.ca else None,
            connections=options.connections,
            messages=options.messages,
            timeouts=url.timeouts,
            config_field=url.config_field,
            password_variable=url.password_variable,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        connection = await self._connect()
        try:
            yield connection
        finally:
            await connection.quit()

    async def check(self) -> None:
        """Connect, log in if there is a user, and disconnect; see `Transport`."""
        async with self.session():
            pass

    async def _connect(self) -> SmtpConnection:
        """Return a connection after the greeting, TLS, EHLO and login."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "required",
            tls_context=self._context(),
            timeout=self.timeouts.other.total_seconds(),
        )
        try:
            await self._open(client)
            if client.is_ehlo_or_helo_needed:
                # The answer lists the extensions.
                await _greet(client)
            if self.user is not None:
                await client.login(self.user, self.password or "")
        except (SMTPException, OSError, UnicodeError) as error:
            client.close()
            raise self._connection_error(error) from None
        except BaseException:
            client.close()
            raise
        transport = client.transport
        if not isinstance(transport, asyncio.Transport):
            raise self._connection_error(ConnectionError("the server closed the connection"))
        # From here on, this protocol gets everything that the server sends.
        protocol = SmtpProtocol(transport)
        transport.set_protocol(protocol)
        return SmtpConnection(
            protocol,
            Extensions.parse(client.esmtp_extensions),
            self.timeouts,
            name=f"{self.host}:{self.port}",
            max_messages=self.messages,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        """Connect and wait for the greeting, each with its own timeout."""
        opening = asyncio.ensure_future(client.connect(timeout=self.timeouts.greeting.total_seconds()))
        try:
            await asyncio.wait({opening}, timeout=self.timeouts.connect.total_seconds())
            if not opening.done() and client.transport is None:
                raise TimeoutError(f"no connection within {self.timeouts.connect.total_seconds():g} seconds")
            await opening
        finally:
            opening.cancel()

    def _context(self) -> ssl.SSLContext | None:
        if self.tls == "never":
            return None
        try:
            context = ssl.create_default_context()
            if self.ca:
                context.load_verify_locations(self.ca)
        except (OSError, ValueError) as error:
            raise TransportError(
                f"the certificates in {self.ca} cannot be read: {error}",
                hint=f"correct ca= in {self.config_field}",
            ) from None
        return context

    def _connection_error(self, error: Exception) -> TransportError:
        """Return the error of a connection that cannot be opened, with a hint."""
        text = single_line(str(error)) or type(error).__name__
        hint = "check host and port, and that the server is up; send again: what was not sent stays queued"
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            hint = f"check the user in {self.config_field}, and {self.password_variable}"
        elif "STARTTLS" in text or "certificate" in text.lower() or "ssl" in text.lower():
            hint = "the server needs STARTTLS and a valid certificate; see starttls= and ca= in the docs"
        return TransportError(f"the mail server {self.host}:{self.port} cannot be used: {text}", hint=hint)


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()
