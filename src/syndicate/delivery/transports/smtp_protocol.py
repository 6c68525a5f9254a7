"""The bytes of an SMTP connection: replies are parsed, writes wait for the other side."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from datetime import timedelta

from .smtp_replies import Reply

_MAX_LINE = 4096
_MAX_LINES = 100
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


class ProtocolError(Exception):
    """The connection cannot be used any longer.

    Attributes:
        is_closed: the server closed it; it did not send anything wrong and was not too slow.
    """

    def __init__(self, reason: str, *, is_closed: bool = False) -> None:
        super().__init__(reason)
        self.is_closed = is_closed


class SmtpProtocol(asyncio.Protocol):
    """Reads replies and writes commands.

    A reply that arrived before the connection was lost is still returned.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._failure: ProtocolError | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._is_paused = False

    @property
    def has_unread(self) -> bool:
        """Whether the server has sent something that nobody has read, or has closed the connection."""
        return bool(self._replies or self._buffer or self._lines or self._failure)

    @property
    def failure(self) -> ProtocolError | None:
        """Why the connection cannot be used any longer."""
        return self._failure

    def data_received(self, data: bytes) -> None:
        if self._failure:
            return
        self._buffer += data
        start = 0
        while self._failure is None and (end := self._buffer.find(b"\n", start)) >= 0:
            self._add_line(bytes(self._buffer[start:end]).removesuffix(b"\r"))
            start = end + 1
        del self._buffer[:start]
        if len(self._buffer) > _MAX_LINE:
            self._fail("a line of its reply is too long")
        _wake(self._reader)

    def _add_line(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        if not found or len(line) > _MAX_LINE or len(self._lines) >= _MAX_LINES:
            self._fail(f"it sent what is no reply: {line[:80].decode('ascii', 'replace')!r}")
            return
        self._lines.append(line)
        if any(each[:3] != line[:3] for each in self._lines):
            self._fail("the lines of its reply have different codes")
        elif found[2] != b"-":
            text = b" ".join(each[4:] for each in self._lines).decode("utf-8", "replace")
            self._replies.append(Reply(int(found[1]), text))
            self._lines.clear()
            if len(self._replies) > _MAX_LINES:
                self._fail("it sent replies to commands that it did not get")

    def eof_received(self) -> None:
        self._fail("it closed the connection", is_closed=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was lost: {exc}" if exc else "it closed the connection", is_closed=True)

    def _fail(self, reason: str, *, is_closed: bool = False) -> None:
        if self._failure is None:
            self._failure = ProtocolError(reason, is_closed=is_closed)
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        _wake(self._writer)

    async def read_reply(self, command: str, limit: timedelta) -> Reply:
        """Return the next reply.

        Raises:
            ProtocolError: there is none.
        """
        while not self._replies:
            if self._failure:
                raise self._failure
            self._reader = asyncio.get_running_loop().create_future()
            await _wait(self._reader, limit, f"it did not answer {command}")
        return self._replies.popleft()

    async def write(self, data: bytes, limit: timedelta) -> None:
        """Write, and wait until the other side has taken enough of it.

        Raises:
            ProtocolError: it does not take it.
        """
        if self._failure:
            raise self._failure
        self._transport.write(data)
        while self._is_paused:
            self._writer = asyncio.get_running_loop().create_future()
            await _wait(self._writer, limit, "it did not read the message")
            if self._failure:
                raise self._failure

    def close(self) -> None:
        """Close the connection at once."""
        self._fail("the connection is closed")
        self._transport.abort()


async def _wait(event: asyncio.Future[None], limit: timedelta, reason: str) -> None:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await event
    except TimeoutError:
        raise ProtocolError(f"{reason} within {limit.total_seconds():g} seconds") from None


def _wake(event: asyncio.Future[None] | None) -> None:
    if event and not event.done():
        event.set_result(None)
