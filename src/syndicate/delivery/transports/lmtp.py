"""Delivery by LMTP (RFC 2033) to a server that keeps the mailboxes, such as Dovecot.

The transactions are those of SMTP, except that a server has no queue: its final reply is about the mailbox.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiosmtplib
from aiosmtplib import SMTPException
from aiosmtplib.esmtp import parse_esmtp_extensions
from pydantic import Field

from ...errors import TransportError
from ...model import SmtpTimeouts
from ..transport import TransportSession
from .smtp_connection import Extensions, SmtpConnection
from .smtp_protocol import SmtpProtocol
from .smtp_replies import single_line
from .transport_url import TransportOptions, TransportUrl

_PORT = 24


class LmtpOptions(TransportOptions):
    """The options of `lmtp:` and `lmtp+unix:`."""

    connections: int = Field(default=4, ge=1, le=100, description="a number from 1 to 100")
    messages: int = Field(default=200, ge=1, description="a number of at least 1")


@dataclass(frozen=True, slots=True)
class LmtpTransport:
    """A mailbox server on this machine or in its network. There is no login and no TLS.

    Attributes:
        address: host and port, or the path of a socket.
        connections: how many to open at the same time.
        messages: how many to send over one connection.
        timeouts: how long to wait in each phase.
    """

    address: tuple[str, int] | Path
    connections: int = 4
    messages: int = 200
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `lmtp://host:24` or `lmtp+unix:///path/of/socket`.

        Raises:
            ConfigError: the URL or an option is wrong.
        """
        options = url.options(LmtpOptions)
        if url.scheme == "lmtp":
            server = url.server()
            if server.username:
                raise url.error("LMTP has no login", 'remove the user: write "lmtp://127.0.0.1:24"')
            return cls(
                (server.hostname or "", server.port or _PORT),
                options.connections,
                options.messages,
                url.timeouts,
            )
        path = url.file.removeprefix("//")
        if not path:
            raise url.error("the transport has no socket", 'write "lmtp+unix:///run/dovecot/lmtp"')
        return cls(url.base / path, options.connections, options.messages, url.timeouts)

    @property
    def name(self) -> str:
        """The address, for messages."""
        return str(self.address) if isinstance(self.address, Path) else f"{self.address[0]}:{self.address[1]}"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        connection = await self._connect()
        try:
            yield connection
        finally:
            await connection.quit()

    async def check(self) -> None:
        """Connect and disconnect; see `Transport`."""
        async with self.session():
            pass

    async def _connect(self) -> SmtpConnection:
        """Return a connection after the greeting and LHLO."""
        client = self._client()
        try:
            await client.connect()
            # LMTP servers refuse EHLO (RFC 2033, section 4.1).
            reply = await client.execute_command(b"LHLO", socket.gethostname().encode())
        except (SMTPException, OSError, UnicodeError) as error:
            client.close()
            raise self._connection_error(error) from None
        except BaseException:
            client.close()
            raise
        transport = client.transport
        if reply.code != 250:
            client.close()
            raise self._connection_error(
                ConnectionError(f"it answered {reply.code} to LHLO: {reply.message}")
            )
        if not isinstance(transport, asyncio.Transport):
            raise self._connection_error(ConnectionError("the server closed the connection"))
        protocol = SmtpProtocol(transport)
        transport.set_protocol(protocol)
        extensions, _ = parse_esmtp_extensions(reply.message)
        return SmtpConnection(
            protocol,
            Extensions.parse(extensions),
            self.timeouts,
            name=self.name,
            max_messages=self.messages,
        )

    def _client(self) -> aiosmtplib.SMTP:
        timeout = self.timeouts.greeting.total_seconds()
        if isinstance(self.address, Path):
            return aiosmtplib.SMTP(socket_path=str(self.address), start_tls=False, timeout=timeout)
        host, port = self.address
        return aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=timeout)

    def _connection_error(self, error: Exception) -> TransportError:
        return TransportError(
            f"the LMTP server {self.name} cannot be used: {single_line(str(error)) or type(error).__name__}",
            hint="check the address, and that the server is up; send again: what was not sent stays queued",
        )
