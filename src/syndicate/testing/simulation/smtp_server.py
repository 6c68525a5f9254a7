"""A model of an SMTP server (RFC 5321, with PIPELINING and CHUNKING) that misbehaves as the seed says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from .event_loop import EventLoop, Process
from .network import Transport

Phase = Literal["greeting", "EHLO", "MAIL", "RCPT", "DATA", "message"]

_IDLE_SECONDS = 300.0


@dataclass
class SmtpFaults:
    """What can go wrong at a server; shares are from 0 to 1 and are drawn for each command.

    Attributes:
        drop: the connection is cut instead of a reply.
        lose_reply: the connection is cut after the server has accepted a message.
        closing: the server answers 421 and closes the connection.
        deferral: a recipient or a message is answered 450 or 451.
        slow, delay: the share of replies that are late, and by how many seconds at most.
        slow_final, final_delay: the same for the reply to the message.
        greylist: a recipient is answered 450 until five minutes after its first attempt.
        batch_replies: replies to pipelined commands are written together.
    """

    drop: float = 0.0
    lose_reply: float = 0.0
    closing: float = 0.0
    deferral: float = 0.0
    slow: float = 0.0
    delay: float = 0.0
    slow_final: float = 0.0
    final_delay: float = 0.0
    greylist: float = 0.0
    batch_replies: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A time in which the server gives everybody the same permanent refusal.

    Attributes:
        start, end: seconds of the simulation.
        phase: the command that is refused.
    """

    start: float
    end: float
    phase: Phase
    reply: str


@dataclass
class AcceptedMessage:
    """A message that the server has accepted.

    Attributes:
        connection: the number of the connection.
        client: the process that sent it.
        is_answered: whether the reply reached the client, and the client was still there.
    """

    time: float
    connection: int
    client: Process
    sender: str
    recipient: str
    content: bytes
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class RecipientEvent:
    """Something that happened to a recipient at the server."""

    time: float
    client: Process
    recipient: str
    reply: str = ""


@dataclass
class SmtpServer:
    """Accepts mail. Start it in a process of its own: `loop.start_process("mx", server.serve)`.

    Attributes:
        extensions: what EHLO lists, such as `PIPELINING`.
        refused: replies to single recipients, in every attempt.
        poisonous: recipients at whom the connection is cut or closed with 421, in every attempt.
        refusals: times in which everybody is refused.
        messages_per_connection: how many until the server answers 421.
        accepted: every message, also those whose reply was lost.
        unanswered: by client and recipient, when the transfers of messages began to which no reply arrived.
        lost_recipients: recipients at whom a connection ended instead of a reply to RCPT.
        deferred: recipients whose client has got a reply from 400 to 499 to RCPT.
        refused_with_everybody: recipients who were refused because everybody was.
        violations: what a client did against RFC 5321, 2920 or 3030.
    """

    loop: EventLoop
    host: str = "mx"
    port: int = 25
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    faults: SmtpFaults = field(default_factory=SmtpFaults)
    refused: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    messages_per_connection: int = 100
    poisonous: dict[str, Literal["cut", "421"]] = field(default_factory=dict)
    accepted: list[AcceptedMessage] = field(default_factory=list)
    unanswered: dict[tuple[Process, str], list[float]] = field(default_factory=dict)
    lost_recipients: list[RecipientEvent] = field(default_factory=list)
    deferred: list[RecipientEvent] = field(default_factory=list)
    refused_with_everybody: list[RecipientEvent] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    connections: int = 0
    first_attempts: dict[str, float] = field(default_factory=dict)

    async def serve(self) -> None:
        """Listen until the process is killed."""
        listening = await self.loop.create_server(lambda: _Connection(self), self.host, self.port)
        await listening.serve_forever()

    def occurs(self, share: float) -> bool:
        """Return True in this share of the calls."""
        return share > 0 and self.loop.random.random() < share

    def refusal(self, phase: Phase) -> str | None:
        """Return the reply that everybody gets now, if there is one."""
        now = self.loop.time()
        return next(
            (each.reply for each in self.refusals if each.phase == phase and each.start <= now < each.end),
            None,
        )

    def recipient_reply(self, recipient: str) -> str:
        """Return the reply to RCPT."""
        if reply := self.refusal("RCPT") or self.refused.get(recipient):
            return reply
        first = self.first_attempts.setdefault(recipient, self.loop.time())
        if self.occurs(self.faults.greylist) and self.loop.time() < first + 290:
            return "450 4.2.0 greylisted"
        if self.occurs(self.faults.deferral):
            return "451 4.3.0 try again later"
        return "250 2.1.5 ok"


class _Dropped(Exception):  # noqa: N818 - ends a connection, and is no error
    """The connection ends."""


class _Connection(asyncio.Protocol):
    """Reads commands and replies to them."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._loop = server.loop
        server.connections += 1
        self._number = server.connections
        self._buffer = bytearray()
        self._replies: list[tuple[str, Callable[[], None] | None]] = []
        self._is_eof = False
        self._wake: asyncio.Event = asyncio.Event()
        self._sender: str | None = None
        self._recipient: str | None = None
        self._content = b""
        self._messages = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, Transport)
        self._transport = transport
        self._client = transport.peer.process
        self._task = self._loop.create_task(self._converse())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._wake.set()

    def eof_received(self) -> bool:
        self._is_eof = True
        self._wake.set()
        return False

    def connection_lost(self, _: Exception | None) -> None:
        self._is_eof = True
        self._wake.set()

    async def _converse(self) -> None:
        try:
            await self._open()
            while True:
                line = (await self._read_until(b"\r\n"))[:-2].decode("utf-8", "surrogateescape")
                await self._obey(line)
        except _Dropped:
            if not self._transport.is_closing():
                self._transport.abort()
        except TimeoutError:
            self._transport.close()

    async def _open(self) -> None:
        if reply := self._server.refusal("greeting"):
            await self._reply(reply)
            self._transport.close()
            raise _Dropped
        await self._reply("220 mx ready")

    async def _obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if not self._is_pipelining_allowed(verb):
            self._server.violations.append(f"{verb}: the next command came before the reply")
        if verb == "BDAT" and self._recipient is not None and not self._content:
            self._begin_transfer()
        if verb not in ("QUIT", "RSET", "NOOP"):
            try:
                await self._disturb(_address(argument) if verb == "RCPT" else "")
            except _Dropped:
                # If MAIL was refused or its reply is lost too, the client cannot blame this recipient.
                if verb == "RCPT" and self._sender is not None and not self._replies:
                    lost = RecipientEvent(self._loop.time(), self._client, _address(argument))
                    self._server.lost_recipients.append(lost)
                raise
        if verb == "EHLO":
            lines = ["mx", *self._server.extensions]
            last = len(lines) - 1
            await self._reply(
                "\r\n".join(f"250{' ' if at == last else '-'}{text}" for at, text in enumerate(lines))
            )
        elif verb == "MAIL":
            await self._mail(argument)
        elif verb == "RCPT":
            await self._rcpt(argument)
        elif verb == "DATA":
            await self._data()
        elif verb == "BDAT":
            await self._bdat(argument)
        elif verb in ("RSET", "NOOP"):
            if verb == "RSET":
                self._reset()
            await self._reply("250 2.0.0 ok")
        elif verb == "QUIT":
            await self._reply("221 2.0.0 bye")
            self._transport.close()
            raise _Dropped
        else:
            self._server.violations.append(f"unknown command: {line[:60]!r}")
            await self._reply("500 5.5.2 unknown command")

    def _is_pipelining_allowed(self, verb: str) -> bool:
        if not self._buffer or verb == "BDAT":
            return True
        offered = "PIPELINING" in self._server.extensions
        return offered and verb not in ("EHLO", "DATA", "QUIT")

    async def _disturb(self, recipient: str) -> None:
        """Cut the connection, close it with 421, or wait, as the seed says."""
        faults, poison = self._server.faults, self._server.poisonous.get(recipient)
        if poison == "cut" or self._server.occurs(faults.drop):
            self._loop.note("mx drops", self._number)
            raise _Dropped
        if poison == "421" or self._server.occurs(faults.closing):
            await self._close()
        if self._server.occurs(faults.slow):
            await asyncio.sleep(self._loop.random.uniform(0, faults.delay))

    async def _close(self) -> None:
        self._loop.note("mx closes", self._number)
        await self._reply("421 4.3.2 closing")
        self._transport.close()
        raise _Dropped

    async def _mail(self, argument: str) -> None:
        if self._sender is not None:
            self._server.violations.append("MAIL inside a transaction")
        if self._messages >= self._server.messages_per_connection:
            await self._close()
        if reply := self._server.refusal("MAIL"):
            await self._reply(reply)
            return
        self._reset()
        self._sender = _address(argument)
        await self._reply("250 2.1.0 ok")

    async def _rcpt(self, argument: str) -> None:
        if self._sender is None:
            await self._reply("503 5.5.1 MAIL first")
            return
        if self._recipient is not None:
            self._server.violations.append("two recipients in one transaction")
        recipient = _address(argument)
        reply = self._server.recipient_reply(recipient)
        if self._server.refusal("RCPT"):
            self._note_refusal(recipient, reply)
        self._loop.note("rcpt", recipient, reply[:3])
        if reply.startswith("250"):
            self._recipient = recipient
        event = RecipientEvent(self._loop.time(), self._client, recipient, reply)
        is_deferred = reply.startswith("4")
        await self._reply(reply, partial(self._server.deferred.append, event) if is_deferred else None)

    async def _data(self) -> None:
        if self._recipient is None:
            await self._reply("554 5.5.1 no valid recipients")
            return
        if reply := self._server.refusal("DATA"):
            self._note_refusal(self._recipient, reply)
            self._reset()
            await self._reply(reply)
            return
        await self._reply("354 go ahead")
        self._begin_transfer()
        # The line end before the content belongs to the command: so the first line is one like the others.
        self._buffer[:0] = b"\r\n"
        content = (await self._read_until(b"\r\n.\r\n"))[:-3]
        await self._take(content.replace(b"\r\n.", b"\r\n")[2:])

    async def _bdat(self, argument: str) -> None:
        if "CHUNKING" not in self._server.extensions:
            self._server.violations.append("BDAT without CHUNKING")
        size, _, last = argument.partition(" ")
        chunk = await self._read_exactly(int(size))
        if self._recipient is None:
            await self._reply("503 5.5.1 no valid recipients")
            return
        self._content += chunk
        if last.upper() == "LAST":
            await self._take(self._content)
        else:
            await self._reply("250 2.0.0 ok")

    def _note_refusal(self, recipient: str, reply: str) -> None:
        event = RecipientEvent(self._loop.time(), self._client, recipient, reply)
        self._server.refused_with_everybody.append(event)

    def _begin_transfer(self) -> None:
        assert self._recipient is not None
        transfers = self._server.unanswered.setdefault((self._client, self._recipient), [])
        transfers.append(self._loop.time())

    async def _take(self, content: bytes) -> None:
        """Accept or refuse a message that has arrived."""
        server, faults = self._server, self._server.faults
        transfers = server.unanswered[self._client, self._recipient or ""]
        started = transfers[-1]
        if server.occurs(faults.drop):
            self._loop.note("mx drops", self._number)
            raise _Dropped
        refusal = server.refusal("message")
        if refusal:
            self._note_refusal(self._recipient or "", refusal)
        if refusal is None and server.occurs(faults.deferral):
            refusal = "451 4.3.0 try again later"
        message = None
        if refusal is None:
            assert self._sender is not None
            assert self._recipient is not None
            message = AcceptedMessage(
                self._loop.time(), self._number, self._client, self._sender, self._recipient, content
            )
            server.accepted.append(message)
            self._messages += 1
            self._loop.note("accepted", self._number, self._recipient)
        self._reset()
        if message and server.occurs(faults.lose_reply):
            self._loop.note("mx loses the reply", self._number)
            raise _Dropped
        if server.occurs(faults.slow_final):
            await asyncio.sleep(self._loop.random.uniform(0, faults.final_delay))

        def note_answer() -> None:
            if not self._transport.peer.is_closing():
                transfers.remove(started)
                if message:
                    message.is_answered = True

        await self._reply(refusal or "250 2.0.0 queued", note_answer)

    def _reset(self) -> None:
        self._sender = self._recipient = None
        self._content = b""

    async def _reply(self, reply: str, note_arrival: Callable[[], None] | None = None) -> None:
        self._replies.append((reply + "\r\n", note_arrival))
        is_last = reply.startswith(("221", "354", "421")) or b"\r\n" not in self._buffer
        if is_last or not self._server.faults.batch_replies:
            self._transport.write("".join(text for text, _ in self._replies).encode())
            for _, note in self._replies:
                if note:
                    self._transport.send(note)
            self._replies.clear()

    async def _read_until(self, end: bytes) -> bytes:
        await self._wait_until(lambda: end in self._buffer)
        size = self._buffer.index(end) + len(end)
        return self._pop(size)

    async def _read_exactly(self, size: int) -> bytes:
        await self._wait_until(lambda: len(self._buffer) >= size)
        return self._pop(size)

    async def _wait_until(self, is_there: Callable[[], bool]) -> None:
        while not is_there():
            if self._is_eof:
                raise _Dropped
            self._wake.clear()
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._wake.wait()

    def _pop(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


def _address(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]
