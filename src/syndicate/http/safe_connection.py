"""The only way out: every connection is made here, to an address that was looked at, for a limited time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from ..errors import FetchError
from .addresses import is_public

_CONNECT = 10.0


class Gate:
    """Opens the connections of one exchange, and cuts them when its time is over.

    A server that sends a byte now and then never runs into a timeout of single reads; hence the connection
    itself is shut down.

    Args:
        private: whether addresses that are not public may be connected to.
        seconds: how long everything may take.
    """

    def __init__(self, *, private: bool, seconds: float) -> None:
        self._private = private
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._twin: socket.socket | None = None
        self.expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._twin is not None:
                self._twin.close()
                self._twin = None

    def connect(self, host: str, port: int, options: Iterable[tuple[Any, ...]] = ()) -> socket.socket:
        """A connection to a host, made to the very address that was checked.

        Raises:
            FetchError: there is no such host, its addresses are not for us, or none of them answers.
        """
        reason = "no answer in time"
        for family, kind, protocol, address in self._addresses(host, port):
            left = self._until - time.monotonic()
            if left <= 0:
                break
            try:
                return self._connected(family, kind, protocol, address, left, options)
            except OSError as error:
                late = isinstance(error, TimeoutError)
                reason = "no answer in time" if late else error.strerror or str(error)
        raise FetchError(f"no connection to {host}: {reason}", hint="is the server up?")

    def _connected(
        self,
        family: int,
        kind: int,
        protocol: int,
        address: Any,
        left: float,
        options: Iterable[tuple[Any, ...]],
    ) -> socket.socket:
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(min(_CONNECT, left))
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
                f"the host name {host} is not known", hint="is it right, and does DNS work here?"
            ) from None
        allowed = [
            (family, kind, protocol, address)
            for family, kind, protocol, _, address in found
            if self._private or is_public(str(address[0]))
        ]
        if found and not allowed:
            raise FetchError(
                f"{host} is {found[0][4][0]}, which is not an address of the public network",
                hint="if it is meant to be read from there: private = true",
                lasting=True,
            )
        return allowed

    def _watch(self, connection: socket.socket) -> None:
        # A duplicate stays good when TLS takes the socket over.
        with self._lock:
            if self.expired:
                raise TimeoutError
            self._twin = connection.dup()

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            if self._twin is not None:
                try:
                    self._twin.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The server was quicker.
                    return
