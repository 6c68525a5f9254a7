"""An SMTP server in memory at the other end of an `SmtpConnection`, with a script for each recipient."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syndicate.delivery.transports.smtp_connection import BLOCK, Extensions, SmtpConnection
from syndicate.delivery.transports.smtp_protocol import SmtpProtocol
from syndicate.model import SmtpTimeouts


@dataclass(frozen=True)
class Behaviour:
    """What the server does with one message: its replies, and the step at which it drops the connection.

    Attributes:
        drop: `rcpt` and `data` instead of the reply, `content` after the first byte of the message, `final`
            when it has taken the message, before its reply.
    """

    mail: str = "250 2.1.0 ok"
    rcpt: str = "250 2.1.5 ok"
    data: str = "354 go on"
    final: str = "250 2.0.0 taken"
    drop: str | None = None


@dataclass
class ScriptedServer:
    """A server.

    Attributes:
        extensions: in capitals.
        script: what it does with each recipient; the default for all others.
        piece: its replies arrive in pieces of so many bytes.
        taken: recipient and content of what it took.
        log: the commands of all connections.
    """

    extensions: Sequence[str] = ()
    script: Mapping[str, Behaviour] = field(default_factory=dict)
    piece: int = 4096
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    opened: int = 0

    def connect(self, *, messages: int = 1000, block: int = BLOCK) -> SmtpConnection:
        """Return a new connection."""
        self.opened += 1
        transport = ServerEnd(self)
        transport.protocol = SmtpProtocol(transport)
        offered = {each.partition(" ")[0].lower(): each.partition(" ")[2] for each in self.extensions}
        return SmtpConnection(
            transport.protocol,
            Extensions.parse(offered),
            SmtpTimeouts.all(5),
            name="mx",
            max_messages=messages,
            block=block,
        )


class ServerEnd(asyncio.Transport):
    """One connection of the server: the client's transport, which gives its bytes to the server at once."""

    def __init__(self, server: ScriptedServer) -> None:
        super().__init__()
        self.protocol: SmtpProtocol
        self._server = server
        self._buffer = b""
        self._recipient: str | None = None
        self._behaviour = Behaviour()
        self._has_sender = False
        self._mail_reply = ""
        self._is_taking = False
        self._is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._buffer += bytes(data)
        while not self._is_closed and self._step():
            pass

    def abort(self) -> None:
        self._is_closed = True

    def _step(self) -> bool:
        if self._is_taking:
            return self._take_data()
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        text = line.decode()
        if text.startswith("BDAT"):
            return self._take_chunk(int(text.split()[1]), rest)
        self._buffer = rest
        self._server.log.append(text)
        self._obey(text)
        return True

    def _obey(self, line: str) -> None:
        if line.startswith("MAIL"):
            self._has_sender, self._recipient = True, None
            self._say("250 2.1.0 ok")
        elif line.startswith("RCPT"):
            found = re.search("<(.*)>", line)
            assert found
            recipient = found[1]
            self._behaviour = self._server.script.get(recipient, Behaviour())
            if self._drops("rcpt"):
                return
            self._recipient = recipient if self._behaviour.rcpt.startswith("2") else None
            self._say(self._behaviour.rcpt)
        elif line == "DATA":
            self._data()
        elif line == "QUIT":
            self._say("221 2.0.0 bye")
            self._close()
        else:
            self._recipient = None
            self._say("250 2.0.0 ok")

    def _data(self) -> None:
        if self._recipient is None:
            # Some servers wait for a message although there is no recipient.
            self._is_taking = "EAGER" in self._server.extensions
            self._say("354 go on" if self._is_taking else "554 5.5.1 no valid recipients")
        elif not self._drops("data"):
            self._is_taking = self._behaviour.data.startswith("354")
            self._say(self._behaviour.data)

    def _take_data(self) -> bool:
        if self._buffer and self._recipient and self._drops("content"):
            return False
        # The line end before the content belongs to DATA.
        content, end, rest = (b"\r\n" + self._buffer).partition(b"\r\n.\r\n")
        if not end:
            return False
        self._buffer, self._is_taking = rest, False
        self._end_message((content + b"\r\n").replace(b"\r\n.", b"\r\n")[2:])
        return True

    def _take_chunk(self, size: int, rest: bytes) -> bool:
        if rest and self._recipient and self._drops("content"):
            return False
        if len(rest) < size:
            return False
        self._buffer = rest[size:]
        self._end_message(rest[:size])
        return True

    def _end_message(self, content: bytes) -> None:
        if self._recipient is None:
            self._say("554 5.5.1 no valid recipients")
            return
        if self._behaviour.final.startswith("2"):
            self._server.taken.append((self._recipient, content))
        if not self._drops("final"):
            self._say(self._behaviour.final)
            self._recipient = None

    def _drops(self, step: str) -> bool:
        if self._behaviour.drop == step:
            self._close()
            return True
        return False

    def _say(self, reply: str) -> None:
        data = reply.encode() + b"\r\n"
        loop = asyncio.get_running_loop()
        for start in range(0, len(data), self._server.piece):
            loop.call_soon(self.protocol.data_received, data[start : start + self._server.piece])

    def _close(self) -> None:
        self._is_closed = True
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)
