"""Every outgoing connection for a fetch: to an address that was checked, and for a limited time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from ..errors import FetchError
from .ip_addresses import is_public

_CONNECT_SECONDS = 10.0


class SafeConnector:
    """Opens the connections of one exchange, and shuts them down when its time is over.

    A server that sends a byte now and then never exceeds the timeout of a single read, so the connection
    itself is shut down.

    Args:
        private: whether addresses that are not public are allowed.
        seconds: the time limit of the exchange.
    """

    def __init__(self, *, private: bool, seconds: float) -> None:
        self._private = private
        self._deadline = time.monotonic() + seconds
        self._timer = threading.Timer(max(0.0, seconds), self._shut_down)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._duplicate: socket.socket | None = None
        self.expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._duplicate is not None:
                self._duplicate.close()
                self._duplicate = None

    def connect(self, host: str, port: int, options: Iterable[tuple[Any, ...]] = ()) -> socket.socket:
        """Return a connection to a host, made to the same address that was checked.

        Raises:
            FetchError: there is no such host, its addresses are not allowed, or none of them answers.
        """
        reason = "no answer in time"
        for family, kind, protocol, address in self._addresses(host, port):
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                break
            try:
                return self._connect(family, kind, protocol, address, remaining, options)
            except OSError as error:
                is_timeout = isinstance(error, TimeoutError)
                reason = "no answer in time" if is_timeout else error.strerror or str(error)
        raise FetchError(f"no connection to {host}: {reason}", hint="check that the server is up")

    def _connect(
        self,
        family: int,
        kind: int,
        protocol: int,
        address: Any,
        seconds: float,
        options: Iterable[tuple[Any, ...]],
    ) -> socket.socket:
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(min(_CONNECT_SECONDS, seconds))
            connection.connect(address)
            self._watch(connection)
        except OSError:
            connection.close()
            raise
        return connection

    def _addresses(self, host: str, port: int) -> Sequence[tuple[int, int, int, Any]]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FetchError(
                f"the host name {host} is not known", hint="check the name, and DNS on this machine"
            ) from None
        allowed = [
            (family, kind, protocol, address)
            for family, kind, protocol, _, address in found
            if self._private or is_public(str(address[0]))
        ]
        if found and not allowed:
            raise FetchError(
                f"{host} is {found[0][4][0]}, which is not a public address",
                hint="set private = true to allow addresses of this machine and its network",
                is_permanent=True,
            )
        return allowed

    def _watch(self, connection: socket.socket) -> None:
        # TLS takes over the socket; the duplicate stays valid.
        with self._lock:
            if self.expired:
                raise TimeoutError
            self._duplicate = connection.dup()

    def _shut_down(self) -> None:
        with self._lock:
            self.expired = True
            if self._duplicate is not None:
                try:
                    self._duplicate.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The server has closed the connection already.
                    return
