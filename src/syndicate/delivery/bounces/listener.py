"""A small SMTP or LMTP server in the daemon that takes mail for signed return paths only."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from ...errors import ConfigError, ExternalError, StoreError, Where
from .mailbox_url import MailboxUrl

_PORTS = {"smtp": 25, "lmtp": 24}


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    """What a client may use.

    Attributes:
        connections: at the same time; further ones get 421.
        messages: per connection.
        size: bytes of one message.
        idle: seconds between two commands.
        connection: seconds that a connection may last.
    """

    connections: int = 10
    messages: int = 100
    size: int = 4 << 20
    idle: float = 60.0
    connection: float = 600.0


class BounceListener:
    """Listens in a thread of its own until it is stopped.

    A recipient that is no valid return path is refused. A message is recorded before it is answered with 250,
    and with 451 if it cannot be recorded, so that the client sends it again.

    Args:
        url: `lmtp://HOST:PORT` or `smtp://HOST:PORT`.
        is_return_path: whether mail for an address is taken.
        record: records a message for a return path and returns what it was; called in threads.
        report: called with one line about each message that was recorded, and each error.
    """

    def __init__(
        self,
        url: MailboxUrl,
        *,
        is_return_path: Callable[[str], bool],
        record: Callable[[bytes, str], str],
        report: Callable[[str], None],
        limits: ListenerLimits | None = None,
    ) -> None:
        server = url.server()
        url.options({})
        self.address = (server.hostname or "", _PORTS[url.scheme] if server.port is None else server.port)
        self._protocol: type[SMTP] = LMTP if url.scheme == "lmtp" else SMTP
        self._handler = _Handler(is_return_path, record, report)
        self._limits = limits or ListenerLimits()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._open: set[asyncio.BaseTransport] = set()

    def start(self) -> None:
        """Begin to listen.

        Raises:
            ExternalError: the address cannot be used.
        """
        host, port = self.address
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host, port), family=family)
        except (OSError, OverflowError) as error:
            raise ExternalError(
                f"bounces cannot be taken at {host}:{port}: {error}",
                where=Where(field="bounces.mailbox"),
                hint="stop the process that listens there, or choose another port",
            ) from None
        self.address = listener.getsockname()[:2]
        serving = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, serving)), name="bounces", daemon=True
        )
        self._thread.start()
        serving.wait()

    def stop(self, timeout: float) -> None:
        """Take no more mail. Messages that are being recorded are answered within `timeout` seconds."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(self._handler.stop)
        thread.join(timeout)

    async def _serve(self, listener: socket.socket, serving: threading.Event) -> None:
        loop = self._loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: self._connection(loop), sock=listener)
        finally:
            serving.set()
        await self._handler.stopped.wait()
        server.close()
        await self._handler.finish()
        for transport in list(self._open):
            transport.close()

    def _connection(self, loop: asyncio.AbstractEventLoop) -> asyncio.Protocol:
        if len(self._open) >= self._limits.connections:
            return _Refusal()
        protocol = type("BounceProtocol", (_Limited, self._protocol), {})
        connection: asyncio.Protocol = protocol(
            self._handler,
            data_size_limit=self._limits.size,
            enable_SMTPUTF8=True,
            hostname=socket.gethostname(),
            ident="syndicate",
            timeout=self._limits.idle,
            loop=loop,
        )
        connection.limits, connection.open = self._limits, self._open  # type: ignore[attr-defined]
        return connection


class _Refusal(asyncio.Protocol):
    """Tells one client too many to come back later."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 too many connections\r\n")
        transport.close()


class _Limited(asyncio.Protocol):
    """Ends connections that last too long, or that send more than a message may have."""

    limits: ListenerLimits
    open: set[asyncio.BaseTransport]
    # Returned mail has longer lines than the 1,000 octets of RFC 5321.
    line_length_limit = 1 << 16

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = transport
        self._received = 0
        self.messages = 0
        self.open.add(transport)
        abort = getattr(transport, "abort", transport.close)
        self._deadline = asyncio.get_running_loop().call_later(self.limits.connection, abort)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.open.discard(self._raw)
        self._deadline.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        # aiosmtpd reads a line without an end for ever.
        self._received += len(data)
        if self._received > self.limits.size * 2:
            getattr(self._raw, "abort", self._raw.close)()
            return
        super().data_received(data)

    def message_ended(self) -> None:
        """Begin to count the bytes of the next message."""
        self._received = 0
        self.messages += 1


class _Handler:
    """The hooks that aiosmtpd calls."""

    def __init__(
        self,
        is_return_path: Callable[[str], bool],
        record: Callable[[bytes, str], str],
        report: Callable[[str], None],
    ) -> None:
        self._is_return_path = is_return_path
        self._record = record
        self._report = report
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="bounces")
        self._recording: set[asyncio.Future[str]] = set()
        self.stopped = asyncio.Event()

    def stop(self) -> None:
        self.stopped.set()

    async def finish(self) -> None:
        """Wait until what is being recorded is answered."""
        if self._recording:
            await asyncio.wait(self._recording)
            # The answers are written in the next turns of the loop.
            await asyncio.sleep(0.05)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def handle_RCPT(  # noqa: N802 - the name of the hook
        self,
        server: Any,
        session: Session,  # noqa: ARG002 - aiosmtpd passes it
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.stopped.is_set() or server.messages >= server.limits.messages:
            return "421 4.3.2 try again later"
        if not self._is_return_path(address):
            return "550 5.1.1 no such address here"
        if envelope.rcpt_tos:
            # Each message came back from one delivery, and LMTP would need a reply for each recipient.
            return "452 4.5.3 one recipient a message"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - the name of the hook
        self,
        server: Any,
        session: Session,  # noqa: ARG002 - aiosmtpd passes it
        envelope: Envelope,
    ) -> str:
        server.message_ended()
        content = envelope.original_content or b""
        future = asyncio.get_running_loop().run_in_executor(
            self._threads, self._record, content, envelope.rcpt_tos[0]
        )
        self._recording.add(future)
        try:
            result = await future
        except (StoreError, ConfigError) as error:
            self._report(str(error))
            return "451 4.3.0 cannot be recorded now, try again later"
        except Exception as error:
            # Whatever a mail does to us: the client keeps it, and the others are served.
            self._report(f"{type(error).__name__}: {error}")
            return "451 4.3.0 cannot be recorded now, try again later"
        finally:
            self._recording.discard(future)
        self._report(result)
        return f"250 2.0.0 recorded: {result}"
