"""One request and its answer, no redirects: what urllib3 does, through the gate and within limits."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from ..errors import FetchError
from .safe_connection import Gate

_READ = 20.0
_PIECE = 65_536
_ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. Header names are in lower case; `body` is decoded.

    `cut` says that the body was longer than the limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool


class _Plain(HTTPConnection):
    def __init__(self, *args: Any, gate: Gate, **more: Any) -> None:
        super().__init__(*args, **more)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return _through(self._gate, self)


class _Tls(HTTPSConnection):
    def __init__(self, *args: Any, gate: Gate, **more: Any) -> None:
        super().__init__(*args, **more)
        self._gate = gate

    def _new_conn(self) -> socket.socket:
        return _through(self._gate, self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def _through(gate: Gate, connection: HTTPConnection) -> socket.socket:
    made = gate.connect(connection.host.strip("[]"), connection.port or 80, connection.socket_options or ())
    made.settimeout(_READ)
    return made


def exchange(url: str, *, headers: Mapping[str, str], private: bool, seconds: float, largest: int) -> Answer:
    """Ask for a URL with GET.

    Args:
        url: absolute, http or https; checked by the caller.
        headers: of the request.
        private: whether addresses that are not public may be connected to.
        seconds: how long everything may take.
        largest: bytes of the decoded body; reading stops there.

    Raises:
        FetchError: there was no whole answer.
    """
    parts = parse_url(url)
    pool_class = _TlsPool if parts.scheme == "https" else _PlainPool
    with Gate(private=private, seconds=seconds) as gate:
        pool = pool_class(
            parts.host or "", parts.port, timeout=Timeout(connect=_READ, read=_READ), retries=False, gate=gate
        )
        try:
            response = pool.urlopen(
                "GET",
                parts.request_uri,
                headers={**headers, "Accept-Encoding": "gzip", "Connection": "close"},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=True,
            )
            body, cut = _body(response, largest)
        except (HTTPError, OSError, ValueError) as error:
            raise _failed(error, gate, seconds) from None
        finally:
            pool.close()
        if gate.expired:
            # A body without a length looks complete when the connection is cut.
            raise _late(seconds)
    return Answer(
        response.status, {name.lower(): value for name, value in response.headers.items()}, body, cut
    )


def _body(response: BaseHTTPResponse, largest: int) -> tuple[bytes, bool]:
    kept = bytearray()
    try:
        encoding = response.headers.get("content-encoding", "").lower()
        if not {each.strip() for each in encoding.split(",")} <= _ENCODINGS:
            raise FetchError(f"the body is compressed with {encoding!r:.60}, which was not asked for")
        for piece in response.stream(_PIECE, decode_content=True):
            kept += piece
            if len(kept) > largest:
                return bytes(kept[:largest]), True
    finally:
        response.close()
    return bytes(kept), False


def _late(seconds: float) -> FetchError:
    return FetchError(
        f"the answer was not complete within {seconds:g} seconds",
        hint="try later, or raise timeout of the source",
    )


def _failed(error: Exception, gate: Gate, seconds: float) -> FetchError:
    if gate.expired:
        return _late(seconds)
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return FetchError(f"the server was silent for {_READ:g} seconds", hint="try later")
    if isinstance(error, SSLError | ssl.SSLError):
        return FetchError(f"the connection is not safe: {error}", hint="is the server's certificate valid?")
    if isinstance(error, DecodeError):
        return FetchError("the body is not compressed as the server says")
    return FetchError(f"the connection broke: {error}", hint="try later")
