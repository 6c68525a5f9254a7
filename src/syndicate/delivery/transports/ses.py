"""Delivery by the HTTP API of Amazon SES, version 2: raw messages. A model for other providers.

Source: "Amazon SES API v2 Reference": SendEmail, GetAccount, SendQuota.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field
from urllib3.util.wait import wait_for_read

from ...errors import TransportError
from ...model import Outcome
from ..transport import TransportSession
from .aws_signature import Credentials, sign
from .ses_limits import SesLimits
from .smtp_replies import single_line
from .transport_url import TransportOptions, TransportUrl

Result = TypeVar("Result")

_SEND, _ACCOUNT = "/v2/email/outbound-emails", "/v2/email/account"
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_MAX_RESPONSE = 65_536

_TOO_FAST = {"LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"}
_PAUSES = (1.0, 2.0, 4.0, 8.0, 0.0)
# The documentation asks for a pause of up to ten minutes.
_WAIT_FOR_QUOTA = timedelta(minutes=10)
_REFUSED_ABOUT: dict[str, Literal["recipient", "sender", "server"]] = {
    # The input is invalid. Only the recipient's address differs from message to message.
    "BadRequestException": "recipient",
    # The content, or an address that is not verified.
    "MessageRejected": "sender",
    "MailFromDomainNotVerifiedException": "sender",
    "AccountSuspendedException": "sender",
    "SendingPausedException": "sender",
    # The configuration set.
    "NotFoundException": "server",
    "AccessDeniedException": "server",
    "ExpiredTokenException": "server",
    "IncompleteSignature": "server",
    "InvalidClientTokenId": "server",
    "InvalidSignatureException": "server",
    "MissingAuthenticationTokenException": "server",
    "OptInRequired": "server",
    "SignatureDoesNotMatch": "server",
    "UnrecognizedClientException": "server",
}
"""Errors that are permanent until somebody corrects something. All others are temporary."""


class SesOptions(TransportOptions):
    """The options of `ses:`."""

    connections: int = Field(default=4, ge=1, le=100, description="a number from 1 to 100")
    configuration_set: str | None = Field(default=None, description="the name of a configuration set")
    endpoint: str | None = Field(default=None, description="https://HOST, such as a VPC endpoint")


def _is_endpoint(text: str) -> bool:
    """Return whether a text is `https://HOST`, or `http:` on this machine, with or without a port."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        host.encode("idna")
        parts.port  # noqa: B018 - raises
    except ValueError:
        return False
    is_local = parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost")
    is_safe = parts.scheme == "https" or is_local
    return bool(host) and is_safe and not parts.path and not re.search(r"[^!-~]", text)


@dataclass(frozen=True, slots=True)
class SesTransport:
    """Sends messages by the API of Amazon SES.

    Attributes:
        endpoint: `https://HOST`; `http:` only on this machine.
        connections: how many requests at the same time.
        timeout: seconds to wait for an answer.
        pauses: seconds to wait after each attempt that was too fast.
        limits: what the account may send.
    """

    region: str
    endpoint: str
    credentials: Credentials
    configuration_set: str | None = None
    connections: int = 4
    timeout: float = 60.0
    pauses: tuple[float, ...] = _PAUSES
    limits: SesLimits = field(default_factory=SesLimits, compare=False, repr=False)

    @classmethod
    def from_url(cls, url: TransportUrl) -> Self:
        """Return the transport of `ses://REGION?configuration_set=NAME`.

        The access key comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.

        Raises:
            ConfigError: the region or an option is wrong, or there is no access key.
        """
        region, options = url.server().hostname or "", url.options(SesOptions)
        if not _REGION.fullmatch(region):
            raise url.error(f"{region!r} is not a region of AWS", 'write one such as "ses://eu-west-1"')
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        endpoint = (options.endpoint or f"https://email.{region}.{domain}").rstrip("/")
        if not _is_endpoint(endpoint):
            raise url.error(f"endpoint is {endpoint!r}", "write endpoint=https://HOST")
        key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            raise url.error("there is no access key", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        return cls(
            region,
            endpoint,
            Credentials(key_id, secret, os.environ.get("AWS_SESSION_TOKEN")),
            options.configuration_set,
            options.connections,
            url.timeout,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        session = _SesSession(self)
        try:
            await session.update_limits()
            yield session
        finally:
            session.close()

    async def check(self) -> None:
        """Read the state of the account; see `Transport`."""
        async with self.session():
            pass

    def error(self, message: str, hint: str) -> TransportError:
        """Return the error of a service that cannot be used."""
        return TransportError(f"Amazon SES in {self.region}: {message}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Response:
    """What the service answered; `error` is the name of the error, if any."""

    status: int
    error: str
    message: str
    body: dict[str, Any]

    @property
    def is_quota_used_up(self) -> bool:
        """Whether the account has sent all that it may in 24 hours."""
        return self.error in _TOO_FAST and "quota" in self.message.lower()

    @property
    def is_too_fast(self) -> bool:
        """Whether the same request can succeed in a moment."""
        return not self.is_quota_used_up and (self.error in _TOO_FAST or self.status == 429)


class _SesSession:
    """One connection, kept open between messages."""

    def __init__(self, transport: SesTransport) -> None:
        self._transport = transport
        self._limits = transport.limits
        # A thread of its own: the threads of asyncio are few, and the store needs them.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ses")
        parts = urlsplit(transport.endpoint)
        host, port, timeout = parts.hostname or "", parts.port, transport.timeout
        self._connection = (
            HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=timeout)
        )

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        await self.update_limits()
        body = self._body(sender, recipient, message)
        # A message whose response is lost counts: the service may have sent it.
        self._limits.remaining -= 1
        response = await self._request(body, before_commit)
        if response is None or response.status != 200:
            self._limits.remaining += 1
        return None if response is None else self._outcome(response)

    async def _request(self, body: bytes, before_commit: Callable[[], Awaitable[bool]]) -> _Response | None:
        """Send a request, again after a pause if it was too fast. Return None if it must not be sent."""
        is_committed = False
        for pause in self._transport.pauses:
            await self._limits.wait_turn()
            # Without its last byte the service cannot take the request for complete.
            await self._run(self._start_request, "POST", _SEND, body, body[:-1])
            if not is_committed and not await before_commit():
                self._connection.close()
                return None
            is_committed = True
            response = await self._run(self._finish_request, body[-1:])
            if not response.is_too_fast:
                break
            self._limits.slow_down()
            await asyncio.sleep(pause)
        return response

    async def update_limits(self) -> None:
        """Read the limits of the account, unless they are fresh.

        Raises:
            TransportError: the service cannot be used, or the account may not send now.
        """
        if not self._limits.is_fresh:
            await self._run(self._read_limits)
        if self._limits.remaining < 1:
            raise self._transport.error(
                f"the quota of {self._limits.quota:,.0f} messages in 24 hours is used up",
                "send again later, or request a higher quota in the console of Amazon SES",
            )

    def close(self) -> None:
        """Close the connection. A request that is not finished fails."""
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._thread.shutdown(wait=False)

    async def _run(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function in the thread of the session."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise self._transport.error(
                single_line(str(error)) or type(error).__name__,
                "check the network and the status page of AWS; send again: what was not sent stays queued",
            ) from None

    def _read_limits(self) -> None:
        with self._limits.lock:
            if self._limits.is_fresh:
                return
            self._start_request("GET", _ACCOUNT, b"", b"")
            response = self._read_response()
            if response.status != 200:
                raise self._transport.error(
                    f"{response.error}: {response.message}",
                    "check the access key, and that it may call ses:GetAccount and ses:SendEmail",
                )
            if not response.body.get("SendingEnabled", True):
                raise self._transport.error(
                    "sending is paused for this account", "see the reputation in the console of Amazon SES"
                )
            try:
                self._limits.update(response.body["SendQuota"])
            except (KeyError, TypeError):
                raise self._transport.error("the answer has no quota", "check endpoint=") from None

    def _body(self, sender: str, recipient: str, message: bytes) -> bytes:
        content: dict[str, Any] = {
            "Destination": {"ToAddresses": [recipient]},
            "Content": {"Raw": {"Data": base64.b64encode(message).decode()}},
            # The service has a return path of its own, and forwards bounces to this address.
            "FeedbackForwardingEmailAddress": sender,
        }
        if self._transport.configuration_set:
            content["ConfigurationSetName"] = self._transport.configuration_set
        return json.dumps(content).encode()

    def _start_request(self, method: str, path: str, body: bytes, first_part: bytes) -> None:
        """Sign a request, and send its head and the first part of its body."""
        connection, transport = self._connection, self._transport
        if connection.sock is not None and wait_for_read(connection.sock, 0.0):
            # The service has closed the idle connection.
            connection.close()
        if connection.sock is None:
            connection.connect()
        headers = sign(
            method,
            transport.endpoint + path,
            {"content-type": "application/json", "content-length": str(len(body))},
            body,
            credentials=transport.credentials,
            region=transport.region,
            service="ses",
            now=datetime.now(UTC),
        )
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(first_part)

    def _finish_request(self, last_part: bytes) -> _Response:
        self._connection.send(last_part)
        return self._read_response()

    def _read_response(self) -> _Response:
        response = self._connection.getresponse()
        content = response.read(_MAX_RESPONSE)
        if not response.isclosed():
            # The rest of a long answer would be read as the next one.
            self._connection.close()
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            body = {}
        error = response.headers.get("x-amzn-ErrorType") or str(body.get("__type") or body.get("code") or "")
        message = str(body.get("message") or body.get("Message") or response.reason)
        return _Response(
            response.status,
            # Such as "com.amazonaws.ses#MessageRejected:http://internal.amazon.com/..."
            error.partition(":")[0].rpartition("#")[2] or f"HTTP status {response.status}",
            single_line(message),
            body,
        )

    def _outcome(self, response: _Response) -> Outcome:
        if response.status == 200:
            self._limits.speed_up()
            return Outcome(
                state="accepted", code=200, detail=single_line(f"MessageId {response.body.get('MessageId')}")
            )
        detail = single_line(f"{response.error}: {response.message}")
        about = _REFUSED_ABOUT.get(response.error)
        if about is not None:
            return Outcome(state="failed", code=response.status, detail=detail, about=about)
        until = None
        if response.is_quota_used_up:
            self._limits.remaining, until = 0.0, datetime.now(UTC) + _WAIT_FOR_QUOTA
        return Outcome(state="deferred", code=response.status, detail=detail, about="server", until=until)
