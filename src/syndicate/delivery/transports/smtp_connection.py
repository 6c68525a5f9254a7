"""Mail transactions over one SMTP connection (RFC 5321): pipelined and chunked where the server offers it.

With PIPELINING (RFC 2920) a group of commands is one write: RSET if needed, MAIL, RCPT and DATA. A message
and the group of the next transaction are one write too. With CHUNKING (RFC 3030), BDAT replaces DATA and the
final dot.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Self

from ...mail import checked_value
from ...model import Outcome, SmtpTimeouts
from ..transport import ConnectionLostError, SessionEnded
from .smtp_protocol import ProtocolError, SmtpProtocol
from .smtp_replies import CLOSING, START_INPUT, Phase, Reply, classify

BLOCK = 65536
"""Messages are written in blocks of this many bytes, each with a timeout of its own."""

_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_QUIT_SECONDS = 5.0
_COMMANDS: dict[Phase, str] = {
    "reset": "RSET",
    "mail": "MAIL",
    "rcpt": "RCPT",
    "data": "DATA",
    "final": "the end of the message",
}


@dataclass(frozen=True, slots=True)
class Extensions:
    """The service extensions that a server offers.

    Attributes:
        max_size: the largest message in bytes; None if there is no limit (RFC 1870).
    """

    pipelining: bool = False
    chunking: bool = False
    size: bool = False
    max_size: int | None = None
    eight_bit: bool = False
    smtputf8: bool = False

    @classmethod
    def parse(cls, offered: Mapping[str, str]) -> Self:
        """Return the extensions of an answer to EHLO: lower-case keywords and their parameters."""
        size = offered.get("size", "").strip()
        return cls(
            pipelining="pipelining" in offered,
            chunking="chunking" in offered,
            size="size" in offered,
            # Zero means that there is no fixed limit.
            max_size=(int(size) or None) if size.isascii() and size.isdecimal() else None,
            eight_bit="8bitmime" in offered,
            smtputf8="smtputf8" in offered,
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender, recipient, and the length of the message in bytes."""

    sender: str
    recipient: str
    size: int

    @property
    def is_ascii(self) -> bool:
        """Whether both addresses are in ASCII."""
        return self.sender.isascii() and self.recipient.isascii()


@dataclass(frozen=True, slots=True)
class _Transaction:
    """The envelope of a mail transaction, and the commands that begin it."""

    envelope: Envelope
    commands: tuple[tuple[Phase, bytes], ...]

    @property
    def group(self) -> bytes:
        return b"".join(command for _, command in self.commands)


class SmtpConnection:
    """A connection after EHLO and AUTH: a `PipelinedSession`.

    Args:
        name: of the server, for error messages.
        max_messages: how many transactions the connection is used for.
        block: see `BLOCK`.
    """

    def __init__(
        self,
        protocol: SmtpProtocol,
        extensions: Extensions,
        timeouts: SmtpTimeouts,
        *,
        name: str,
        max_messages: int,
        block: int = BLOCK,
    ) -> None:
        self._protocol = protocol
        self._extensions = extensions
        self._reply_limits: dict[Phase, float] = {
            "reset": timeouts.other.total_seconds(),
            "mail": timeouts.mail.total_seconds(),
            "rcpt": timeouts.rcpt.total_seconds(),
            "data": timeouts.data.total_seconds(),
            "final": timeouts.final.total_seconds(),
        }
        self._command_limit = timeouts.other.total_seconds()
        self._block_limit = timeouts.block.total_seconds()
        self._name = name
        self._max_messages = max_messages
        self._block = block
        self._begun = 0
        self._completed = 0
        self._announced: Envelope | None = None
        # Its commands were written behind the message before.
        self._pipelined: _Transaction | None = None
        self._has_answer = False
        self._needs_reset = False
        self._is_ended = False

    @property
    def is_pipelined(self) -> bool:
        return self._extensions.pipelining

    def announce(self, sender: str, recipient: str, size: int) -> None:
        self._announced = Envelope(sender, recipient, size)

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        envelope = Envelope(sender, recipient, len(message))
        upcoming, self._announced = self._announced, None
        if obstacle := self._find_obstacle(envelope):
            return obstacle
        is_pipelined = self._pipelined is not None and self._pipelined.envelope == envelope
        if not is_pipelined and (self._pipelined or not self._may_begin()):
            self._is_ended = True
        if self._is_ended:
            raise SessionEnded
        self._has_answer = False
        try:
            refusal = await self._send_envelope(envelope)
            outcome = refusal or await self._send_message(message, before_commit, upcoming)
        except ProtocolError as failure:
            self._is_ended = True
            # Servers close idle connections. That says nothing about this recipient.
            if failure.is_closed and self._completed and not self._has_answer:
                raise SessionEnded from None
            raise ConnectionLostError(
                f"the connection to the mail server {self._name} failed: {failure}",
                hint="what was not sent stays queued; if it happens again, look at the log of the server",
                is_unsent=failure.is_unwritten,
            ) from None
        except BaseException:
            # Nobody knows what the server waits for.
            self._is_ended = True
            raise
        self._completed += 1
        return outcome

    def _find_obstacle(self, envelope: Envelope) -> Outcome | None:
        """Return why the server cannot take the message, as far as its extensions say so."""
        for address in (envelope.sender, envelope.recipient):
            checked_value(address, "address")
        limit = self._extensions.max_size
        if limit and envelope.size > limit:
            detail = f"the message has {envelope.size} bytes, and the server takes {limit}"
            return Outcome(state="failed", code=552, status="5.3.4", about="sender", detail=detail)
        if not envelope.is_ascii and not self._extensions.smtputf8:
            detail = "the server does not accept addresses outside ASCII (SMTPUTF8)"
            return Outcome(state="failed", status="5.6.7", detail=detail, attempted=False)
        return None

    def _may_begin(self) -> bool:
        if self._begun >= self._max_messages:
            return False
        # What it says now is no answer: usually 421, because it closes an idle connection.
        return not (self._completed and self._protocol.has_unread)

    def _begin(self, envelope: Envelope) -> _Transaction:
        """Return the commands of a new transaction."""
        self._begun += 1
        extensions = self._extensions
        parameters = [f" SIZE={envelope.size}"] if extensions.size else []
        parameters += [" BODY=8BITMIME"] if extensions.eight_bit else []
        parameters += [] if envelope.is_ascii else [" SMTPUTF8"]
        commands: list[tuple[Phase, bytes]] = [
            ("mail", f"MAIL FROM:<{envelope.sender}>{''.join(parameters)}\r\n".encode()),
            ("rcpt", f"RCPT TO:<{envelope.recipient}>\r\n".encode()),
        ]
        if not extensions.chunking:
            commands.append(("data", b"DATA\r\n"))
        if self._needs_reset:
            commands.insert(0, ("reset", b"RSET\r\n"))
            self._needs_reset = False
        return _Transaction(envelope, tuple(commands))

    async def _send_envelope(self, envelope: Envelope) -> Outcome | None:
        """Write the commands and read the replies. Return the first refusal."""
        transaction, is_written = self._pipelined, True
        if transaction is None:
            transaction, is_written = self._begin(envelope), self._extensions.pipelining
            if is_written:
                await self._protocol.write(transaction.group, self._command_limit)
        self._pipelined = None
        refusal: Outcome | None = None
        for phase, command in transaction.commands:
            if not is_written:
                await self._protocol.write(command, self._command_limit)
            reply = await self._read_reply(phase)
            if refusal and phase == "data" and reply.code == START_INPUT:
                # RFC 2920, section 3.1: the server waits for a message although there is no recipient.
                await self._protocol.write(b".\r\n", self._command_limit)
                await self._read_reply("final")
            elif refusal is None and reply.code >= 400:
                refusal = classify(phase, reply)
                self._needs_reset = True
                if self._is_ended or not is_written:
                    break
        return refusal

    async def _send_message(
        self, message: bytes, before_commit: Callable[[], Awaitable[bool]], upcoming: Envelope | None
    ) -> Outcome | None:
        """Write the message and, behind it, the commands of the next one. Return the outcome."""
        *blocks, last = self._split(message)
        for block in blocks:
            await self._protocol.write(block, self._block_limit)
        if not await before_commit():
            # The server waits for the message, and cannot be told that none comes.
            self._is_ended = True
            self._protocol.close()
            return None
        if upcoming and self.is_pipelined and self._may_begin() and not self._find_obstacle(upcoming):
            self._pipelined = self._begin(upcoming)
            last += self._pipelined.group
        await self._protocol.write(last, self._block_limit)
        return classify("final", await self._read_reply("final"))

    def _split(self, message: bytes) -> list[bytes]:
        """Return the bytes of the message for the connection, in blocks. The server needs the last one."""
        content = _normalize_line_ends(message)
        if self._extensions.chunking:
            data = b"BDAT %d LAST\r\n%b" % (len(content), content)
        else:
            data = _stuff_dots(content) + b".\r\n"
        return [data[start : start + self._block] for start in range(0, len(data), self._block)]

    async def _read_reply(self, phase: Phase) -> Reply:
        reply = await self._protocol.read_reply(_COMMANDS[phase], self._reply_limits[phase])
        if reply.code == CLOSING:
            self._is_ended = True
            if self._completed and phase in ("reset", "mail"):
                raise ProtocolError(str(reply), is_closed=True)
        self._has_answer = True
        is_expected = reply.code == START_INPUT if phase == "data" else reply.code < 300
        if (not is_expected and reply.code < 400) or (phase == "reset" and reply.code >= 400):
            raise ProtocolError(f"it answered {reply} to {_COMMANDS[phase]}")
        return reply

    async def quit(self) -> None:
        """Say QUIT if the server waits for a command, and close the connection."""
        try:
            if not self._is_ended and not self._pipelined and not self._protocol.has_unread:
                await self._protocol.write(b"QUIT\r\n", _QUIT_SECONDS)
                await self._protocol.read_reply("QUIT", _QUIT_SECONDS)
        except ProtocolError:
            pass
        finally:
            self._protocol.close()


def _normalize_line_ends(message: bytes) -> bytes:
    """Return the message with CRLF at each line end and at its end.

    A lone CR or LF before a dot could end the message for some servers (RFC 5321, section 4.1.1.4).
    """
    count = message.count(b"\r\n")
    if message.count(b"\r") != count or message.count(b"\n") != count:
        message = _LINE_ENDS.sub(b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def _stuff_dots(content: bytes) -> bytes:
    """Return the content with each dot at the beginning of a line doubled (RFC 5321, section 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
