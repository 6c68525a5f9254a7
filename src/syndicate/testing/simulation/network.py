"""Connections between simulated processes: ordered bytes with latency, in pieces; they can be cut."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .event_loop import EventLoop, Process

_PIECE_GAP = 0.05


class Network:
    """Connects simulated processes, as TCP does.

    Attributes:
        latency: returns the seconds that the next bytes need.
        split_share: the share of writes that arrive in pieces.
        unreachable: host names that answer no attempt to connect.
    """

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self.latency: Callable[[], float] = lambda: loop.random.uniform(0.001, 0.02)
        self.split_share = 0.0
        self.unreachable: set[str] = set()
        self._servers: dict[tuple[str, int], Server] = {}
        self._transports: list[Transport] = []

    def listen(self, factory: Callable[[], asyncio.Protocol], host: str, port: int) -> Server:
        """Listen at an address. A server of a killed process is replaced."""
        address = (host, port)
        if address in self._servers and self._servers[address].process.is_alive:
            raise OSError(errno.EADDRINUSE, f"{host}:{port} is in use")
        server = Server(self, self._loop, factory, address)
        self._servers[address] = server
        return server

    def stop_listening(self, address: tuple[str, int]) -> None:
        """Refuse new connections to an address."""
        self._servers.pop(address, None)

    async def connect(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[Transport, asyncio.Protocol]:
        """Connect to a server.

        Raises:
            ConnectionRefusedError: nobody listens there.
        """
        await asyncio.sleep(self.latency())
        if host in self.unreachable:
            await self._loop.create_future()
        server = self._servers.get((host, port))
        if server is None or not server.process.is_alive:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"{host}:{port} refuses connections")
        client = Transport(self._loop, self._loop.current_process())
        other = Transport(self._loop, server.process)
        client.peer, other.peer = other, client
        protocol = factory()
        client.open(protocol)
        client.send(lambda: other.open(server.factory()))
        self._transports = [each for each in self._transports if not each.is_lost] + [client, other]
        return client, protocol

    def split(self, data: bytes) -> list[bytes]:
        """Return what is written in the pieces in which it arrives."""
        random = self._loop.random
        if len(data) < 2 or random.random() >= self.split_share:
            return [data]
        cuts = sorted(random.sample(range(1, len(data)), min(random.randint(1, 3), len(data) - 1)))
        return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    def close_connections_of(self, process: Process) -> None:
        """Close the connections of a killed process as the kernel does: what it wrote still arrives."""
        for transport in self._transports:
            if transport.process is process:
                transport.vanish()

    def forget(self) -> None:
        """Let no connection report that it was not closed."""
        for transport in self._transports:
            transport.is_lost = True


class Server(asyncio.AbstractServer):
    """A listening address of one process."""

    def __init__(
        self,
        network: Network,
        loop: EventLoop,
        factory: Callable[[], asyncio.Protocol],
        address: tuple[str, int],
    ) -> None:
        self.factory = factory
        self.process = loop.current_process()
        self._network = network
        self._loop = loop
        self._address = address
        self._closed: asyncio.Future[None] = loop.create_future()

    def close(self) -> None:
        self._network.stop_listening(self._address)
        if not self._closed.done():
            self._closed.set_result(None)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def is_serving(self) -> bool:
        return not self._closed.done()

    async def start_serving(self) -> None:
        """Do nothing: the server listens from the beginning."""

    async def serve_forever(self) -> None:
        await asyncio.shield(self._closed)

    async def wait_closed(self) -> None:
        await asyncio.shield(self._closed)


class Transport(asyncio.Transport):
    """One end of a connection."""

    peer: Transport

    def __init__(self, loop: EventLoop, process: Process) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.process = process
        self.is_lost = False
        self._loop = loop
        self._protocol: Any = None
        self._is_closing = False
        self._is_reset = False
        self._arrival = 0.0
        self._unread: list[bytes] | None = None

    def open(self, protocol: asyncio.Protocol) -> None:
        """Give the connection to a protocol."""
        self._protocol = protocol
        protocol.connection_made(self)

    def send(self, action: Callable[[], object]) -> None:
        """Let something happen at the other end, after all that was sent before."""
        self._arrival = max(self._arrival, self._loop.time() + self._loop.network.latency())
        if self.peer.process.is_alive:
            self._loop.call_at(self._arrival, action, context=self.peer.process.context)
        else:
            self._loop.call_at(self._arrival, self.reset, context=self.process.context)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._loop.current_process().require_alive()
        if self._is_closing or not data:
            return
        for number, piece in enumerate(self._loop.network.split(bytes(data))):
            if number:
                self._arrival += self._loop.random.uniform(0, _PIECE_GAP)
            self.send(lambda piece=piece: self.peer.receive(piece))  # type: ignore[misc]

    def receive(self, data: bytes) -> None:
        """Take bytes from the other end; if this one is closed, tell the other."""
        if self._is_reset:
            return
        if self._is_closing:
            self.send(self.peer.reset)
        elif self._unread is not None:
            self._unread.append(data)
        else:
            self._protocol.data_received(data)

    def receive_eof(self) -> None:
        """Take the end of the data of the other end."""
        if self._is_reset or self._is_closing:
            return
        if not self._protocol.eof_received():
            self.close()

    def reset(self) -> None:
        """Lose the connection, because the other end has."""
        if not self._is_reset and not self.is_lost:
            self._is_reset = self._is_closing = self.is_lost = True
            if self._protocol is not None:
                self._protocol.connection_lost(
                    ConnectionResetError(errno.ECONNRESET, "connection reset by peer")
                )

    def vanish(self) -> None:
        """Close this end without a word to its protocol.

        The other end gets the end of the data, or a reset if this one had not read everything.
        """
        if not self.is_lost:
            self._is_closing = self.is_lost = True
            self.send(self._loop.random.choice([self.peer.receive_eof, self.peer.reset]))

    def close(self) -> None:
        self._loop.current_process().require_alive()
        if not self._is_closing:
            self._is_closing = True
            self.send(self.peer.receive_eof)
            self._loop.call_soon(self._lose)

    def abort(self) -> None:
        self._loop.current_process().require_alive()
        if not self.is_lost:
            self._is_closing = self._is_reset = True
            self.send(self.peer.reset)
            self._loop.call_soon(self._lose)

    def _lose(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self._protocol.connection_lost(None)

    def is_closing(self) -> bool:
        return self._is_closing or self.is_lost

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def pause_reading(self) -> None:
        if self._unread is None:
            self._unread = []

    def resume_reading(self) -> None:
        unread, self._unread = self._unread or [], None
        for data in unread:
            self._loop.call_soon(self.receive, data)

    def is_reading(self) -> bool:
        return self._unread is None and not self._is_closing

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: what is written is sent at once."""
