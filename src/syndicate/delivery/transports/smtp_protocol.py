"""The bytes of an SMTP connection: replies are parsed, writes wait for the other side."""

from __future__ import annotations

import asyncio
import re
from collections import deque

from .smtp_replies import Reply

_MAX_LINE = 4096
_MAX_LINES = 100
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


class ProtocolError(Exception):
    """The connection cannot be used any longer.

    Attributes:
        is_closed: the server closed it; it did not send anything wrong and was not too slow.
        is_unwritten: nothing of what was to be written was written.
    """

    def __init__(self, reason: str, *, is_closed: bool = False, is_unwritten: bool = False) -> None:
        super().__init__(reason)
        self.is_closed = is_closed
        self.is_unwritten = is_unwritten


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
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_late = False

    @property
    def has_unread(self) -> bool:
        """Whether the server has sent something that nobody has read, or has closed the connection."""
        return bool(self._replies or self._buffer or self._lines or self._failure)

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
        elif self._lines and self._lines[0][:3] != line[:3]:
            self._fail("the lines of its reply have different codes")
        else:
            self._lines.append(line)
            if found[2] != b"-":
                self._end_reply(int(found[1]))

    def _end_reply(self, code: int) -> None:
        text = b" ".join(line[4:] for line in self._lines).decode("utf-8", "replace")
        self._lines.clear()
        self._replies.append(Reply(code, text))
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

    async def read_reply(self, command: str, limit: float) -> Reply:
        """Return the next reply.

        Args:
            command: what it answers, for the error.
            limit: seconds to wait.

        Raises:
            ProtocolError: there is none.
        """
        deadline = asyncio.get_running_loop().time() + limit
        while not self._replies:
            if self._failure:
                raise self._failure
            self._reader = self._wait(deadline)
            await self._reader
            if self._is_late:
                raise ProtocolError(f"it did not answer {command} within {limit:g} seconds")
        return self._replies.popleft()

    async def write(self, data: bytes, limit: float) -> None:
        """Write, and wait until the other side has taken enough of it, at most `limit` seconds.

        Raises:
            ProtocolError: it does not take it.
        """
        if self._failure:
            raise ProtocolError(str(self._failure), is_closed=self._failure.is_closed, is_unwritten=True)
        self._transport.write(data)
        deadline = asyncio.get_running_loop().time() + limit
        while self._is_paused:
            self._writer = self._wait(deadline)
            await self._writer
            if self._is_late:
                raise ProtocolError(f"it did not read the message within {limit:g} seconds")
            if self._failure:
                raise self._failure

    def close(self) -> None:
        """Close the connection at once."""
        self._fail("the connection is closed")
        self._transport.abort()
        if self._timer:
            self._timer.cancel()

    def _wait(self, deadline: float) -> asyncio.Future[None]:
        """Return a future for an event that must come before a time of the loop."""
        loop = asyncio.get_running_loop()
        self._deadline = deadline
        # One timer for the whole connection. It is late rather than cancelled and set for each reply.
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer:
                self._timer.cancel()
            self._timer = loop.call_at(self._deadline, self._check_deadline)
        return loop.create_future()

    def _check_deadline(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        waiting = [event for event in (self._reader, self._writer) if event and not event.done()]
        if not waiting:
            return
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._check_deadline)
            return
        self._is_late = True
        for event in waiting:
            event.set_result(None)


def _wake(event: asyncio.Future[None] | None) -> None:
    if event and not event.done():
        event.set_result(None)
