"""A transport for a provider's HTTP API, from outside the package.

The provider of this example takes one message per request:

    POST /v1/messages
    Authorization: Bearer KEY
    Idempotency-Key: the same for the same message
    {"from": "news@example.org", "to": "reader@example.net", "message": "base64 of the message"}

Use it in one of two ways:

1. Install it in a package that declares an entry point. The config then selects it by its scheme:

       [project.entry-points."syndicate.transports"]
       mailapi = "http_api_transport:HttpApiTransport.from_url"

       [delivery]
       transport = "mailapi://api.provider.example/v1/messages?connections=8"

2. Hand it to the newsroom:

       transport = HttpApiTransport("api.provider.example", "/v1/messages", key)
       Newsroom.open("syndicate.toml", transport=transport)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Literal, Self

from pydantic import Field

from syndicate import Outcome, TransportError, TransportOptions, TransportSession, TransportUrl

# About the account or the moment, not about the recipient: authentication, timeout, rate limit.
NOT_ABOUT_THE_RECIPIENT = (401, 402, 403, 404, 408, 425, 429)


class HttpApiOptions(TransportOptions):
    """The options of `mailapi:`."""

    connections: int = Field(default=4, ge=1, le=100, description="a number from 1 to 100")
    tls: Literal["required", "never"] = Field(default="required", description="required or never")


@dataclass(frozen=True)
class HttpApiTransport:
    """Sends messages by a provider's HTTP API.

    Attributes:
        host: of the API, with its port if it is not the usual one.
        path: of the resource that takes messages.
        key: the API key.
        tls: False only for a server on the same machine.
        connections: how many requests at the same time.
        timeout: seconds to wait for an answer.
    """

    host: str
    path: str
    key: str
    tls: bool = True
    connections: int = 4
    timeout: float = 60.0

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `mailapi://HOST/PATH`; the key is in the environment."""
        server, options = url.server(), url.options(HttpApiOptions)
        key = os.environ.get("MAIL_API_KEY")
        if not key:
            raise url.error("there is no API key", "set MAIL_API_KEY")
        return cls(
            server.netloc, server.path, key, options.tls == "required", options.connections, url.timeout
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        session = HttpApiSession(self)
        await session.connect()
        try:
            yield session
        finally:
            session.connection.close()

    async def check(self) -> None:
        async with self.session():
            pass


class HttpApiSession:
    """One connection, kept open between messages."""

    def __init__(self, transport: HttpApiTransport) -> None:
        self.transport = transport
        self.connection = (
            HTTPSConnection(transport.host, timeout=transport.timeout, context=ssl.create_default_context())
            if transport.tls
            else HTTPConnection(transport.host, timeout=transport.timeout)
        )

    async def connect(self) -> None:
        """Connect, unless the connection is open: what fails here leaves no message in doubt."""
        if self.connection.sock is None:
            try:
                await asyncio.to_thread(self.connection.connect)
            except OSError as error:
                raise self.error(error) from None

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        await self.connect()
        if not await before_commit():
            return None
        try:
            return await asyncio.to_thread(self.post, sender, recipient, message)
        except (OSError, HTTPException) as error:
            # Nobody knows whether the provider has the message: the delivery is in doubt now.
            self.connection.close()
            raise self.error(error) from None

    def post(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Send the request and return what the answer means."""
        body = {"from": sender, "to": recipient, "message": base64.b64encode(message).decode()}
        headers = {
            "Authorization": f"Bearer {self.transport.key}",
            "Content-Type": "application/json",
            # The same message again after a lost answer: the provider sends it once.
            "Idempotency-Key": hashlib.sha256(message).hexdigest(),
        }
        self.connection.request("POST", self.transport.path, json.dumps(body), headers)
        response = self.connection.getresponse()
        detail = " ".join(response.read(500).decode("utf-8", "replace").split())
        if not response.isclosed():
            # The rest of a long answer would be in the way of the next one.
            self.connection.close()
        status = response.status
        if 200 <= status < 300:
            return Outcome(state="accepted", code=status, detail=detail)
        if 400 <= status < 500 and status not in NOT_ABOUT_THE_RECIPIENT:
            return Outcome(state="failed", code=status, detail=detail)
        seconds = response.headers.get("Retry-After", "")
        until = datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds.isdecimal() else None
        return Outcome(state="deferred", code=status, detail=detail, about="server", until=until)

    def error(self, error: Exception) -> TransportError:
        """Return the error of a connection that cannot be used."""
        return TransportError(
            f"the mail API at {self.transport.host} cannot be used: {error or type(error).__name__}",
            hint="check the address and the provider's status page; send again: nothing is lost",
        )
