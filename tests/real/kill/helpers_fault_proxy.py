"""A proxy between an SMTP client and server that does harm at a chosen step of the protocol.

It recognises the steps from the bytes of both sides, however they are split and however the client groups
its commands (RFC 2920), with DATA (RFC 5321) and with BDAT (RFC 3030).
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

CLIENT_STEPS = ("EHLO", "MAIL", "RCPT", "DATA", "content", "dot", "QUIT")
SERVER_STEPS = (
    "greeting",
    "EHLO reply",
    "MAIL reply",
    "RCPT reply",
    "DATA reply",
    "final reply",
    "QUIT reply",
)
STEPS = ("connect", *CLIENT_STEPS, *SERVER_STEPS)

Action = Literal["kill", "cut", "delay", "split"]
Segment = tuple[str, bytes]

_DOT = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at the `number`th time that a step is seen, before or after its bytes are passed on."""

    step: str
    number: int
    action: Action
    is_after: bool = False


class Dialogue:
    """Divides the two streams of an SMTP connection into steps.

    Attributes:
        is_open: the client may have sent the end of a message, and has not got the reply to it.
        has_final_reply: the client has got the reply to a message.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.has_final_reply = False
        self._is_chunked = False
        self._client = b""
        self._server = b""
        self._reply = b""
        self._is_content = False
        self._is_line_start = True
        self._chunk = 0
        self._is_last_chunk = False
        # The steps whose replies are still to come, in order.
        self._unanswered = ["greeting"]

    def client(self, data: bytes) -> Iterator[Segment]:
        """Yield the steps of the client's bytes. What is incomplete is kept until more bytes come."""
        self._client += data
        while self._client and (segment := self._next_of_client()):
            yield segment

    def server(self, data: bytes) -> Iterator[Segment]:
        """Yield the server's replies, each as the step that it answers."""
        self._server += data
        while b"\n" in self._server:
            line, _, self._server = self._server.partition(b"\n")
            self._reply += line + b"\n"
            if line[3:4] == b"-":
                continue
            reply, self._reply = self._reply, b""
            step = self._unanswered.pop(0) if self._unanswered else "unasked reply"
            if step == "DATA reply" and reply.startswith(b"3"):
                self._is_content = self._is_line_start = True
            yield step, reply

    def has_passed(self, step: str, reply: bytes) -> None:
        """Note that the client gets a reply."""
        if step == "EHLO reply":
            self._is_chunked = b"CHUNKING" in reply.upper()
        elif step == "final reply":
            self.is_open, self.has_final_reply = False, True
        elif step == ("RCPT reply" if self._is_chunked else "DATA reply"):
            # Now it sends the message.
            self.is_open = reply[:1] in (b"2", b"3")

    def _next_of_client(self) -> Segment | None:
        if self._chunk:
            return self._chunk_part()
        if self._is_content:
            return self._content()
        line, ending, rest = self._client.partition(b"\n")
        if not ending:
            return None
        self._client = rest
        return self._command(line + ending)

    def _command(self, line: bytes) -> Segment:
        verb = line.split()[0].upper().decode("ascii", "replace") if line.split() else ""
        if verb != "BDAT":
            self._unanswered.append(f"{verb} reply")
            return verb, line
        size = re.match(rb"BDAT\s+(\d+)(\s+LAST)?", line, re.IGNORECASE)
        assert size, line
        self._chunk, self._is_last_chunk = int(size[1]), bool(size[2])
        self._unanswered.append("final reply" if self._is_last_chunk else "chunk reply")
        is_dot = self._is_last_chunk and not self._chunk
        return "dot" if is_dot else "DATA", line

    def _chunk_part(self) -> Segment:
        """Return a part of a chunk. The last byte of the last chunk means what the dot means."""
        is_end = self._is_last_chunk and len(self._client) >= self._chunk
        size = min(self._chunk, len(self._client))
        if is_end and self._chunk > 1:
            size = self._chunk - 1
        part, self._client = self._client[:size], self._client[size:]
        is_dot = self._is_last_chunk and self._chunk == 1
        self._chunk -= size
        return "dot" if is_dot else "content", part

    def _content(self) -> Segment | None:
        before = b"\r\n" if self._is_line_start else b""
        text = before + self._client
        end = text.find(_DOT)
        if end == 0 and before:
            self._client, self._is_content = self._client[3:], False
            self._unanswered.append("final reply")
            return "dot", b".\r\n"
        if end >= 0:
            size = end + 2 - len(before)
            self._is_line_start = True
        else:
            kept = next(size for size in range(len(_DOT) - 1, -1, -1) if text.endswith(_DOT[:size]))
            size = len(self._client) - min(kept, len(self._client))
            self._is_line_start = self._is_line_start and not size
        part, self._client = self._client[:size], self._client[size:]
        return ("content", part) if part else None


class FaultProxy:
    """Listens on loopback and passes everything on to a server, apart from the faults.

    Attributes:
        dialogues: one for each connection that the client has opened.
        done: the faults that have happened.
    """

    def __init__(self, port: int, faults: list[Fault], *, seed: int, kill: Callable[[], None]) -> None:
        """Prepare a proxy.

        Args:
            port: of the server, on loopback.
            seed: of the sizes into which a stream is split.
            kill: ends the client's process.
        """
        self._port = port
        self._faults = faults
        self._random = random.Random(seed)
        self._kill = kill
        self._seen: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self.dialogues: list[Dialogue] = []
        self.done: list[Fault] = []

    async def listen(self, port: int) -> asyncio.Server:
        """Begin to accept connections."""
        return await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def finish(self) -> None:
        """Wait until what was passed on has been read by the server, and all connections are closed."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await self._connection(reader, writer)
        finally:
            self._tasks.discard(task)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        with suppress(OSError, _Cut):
            try:
                if fault := self._fault("connect", is_after=False):
                    await self._do(fault)
                replies, upstream = await asyncio.open_connection("127.0.0.1", self._port)
                dialogue = Dialogue()
                self.dialogues.append(dialogue)
                pumps = [
                    asyncio.ensure_future(self._pump(reader, dialogue.client, upstream, _ignore)),
                    asyncio.ensure_future(self._pump(replies, dialogue.server, writer, dialogue.has_passed)),
                ]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                await self._close_in_order(pumps, upstream)
            finally:
                writer.close()
                if upstream:
                    upstream.close()

    async def _close_in_order(
        self, pumps: list[asyncio.Future[None]], upstream: asyncio.StreamWriter
    ) -> None:
        """When the client has gone, let the server read what was passed on and say its last."""
        client, server = pumps
        if client.done() and not client.exception() and not server.done():
            upstream.write_eof()
            await asyncio.wait([server], timeout=5)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        divide: Callable[[bytes], Iterator[Segment]],
        writer: asyncio.StreamWriter,
        note: Callable[[str, bytes], None],
    ) -> None:
        while data := await reader.read(65536):
            for step, part in divide(data):
                await self._pass_on(step, part, writer, note)

    async def _pass_on(
        self, step: str, part: bytes, writer: asyncio.StreamWriter, note: Callable[[str, bytes], None]
    ) -> None:
        self._seen[step] += 1
        before, after = (self._fault(step, is_after=is_after) for is_after in (False, True))
        if before:
            if step == "content":
                # In the middle of the content.
                half = self._random.randrange(len(part))
                writer.write(part[:half])
                part = part[half:]
                await writer.drain()
            await self._do(before)
        note(step, part)
        if before and before.action == "split":
            await self._write_pieces(part, writer)
        else:
            writer.write(part)
            await writer.drain()
        if after:
            await self._do(after)

    def _fault(self, step: str, *, is_after: bool) -> Fault | None:
        if step == "connect":
            self._seen[step] += 1
        wanted = (step, self._seen[step], is_after)
        return next(
            (each for each in self._faults if (each.step, each.number, each.is_after) == wanted), None
        )

    async def _do(self, fault: Fault) -> None:
        self.done.append(fault)
        if fault.action == "delay":
            await asyncio.sleep(0.2)
        if fault.action == "kill":
            self._kill()
        if fault.action in ("kill", "cut"):
            raise _Cut

    async def _write_pieces(self, part: bytes, writer: asyncio.StreamWriter) -> None:
        while part:
            size = self._random.randint(1, max(1, len(part) // 20))
            writer.write(part[:size])
            part = part[size:]
            await writer.drain()
            await asyncio.sleep(0)


def _ignore(step: str, part: bytes) -> None:
    pass


class _Cut(Exception):  # noqa: N818 - ends the task of a connection
    """The connection is to be closed."""
