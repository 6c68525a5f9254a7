"""One HTTP request and its response, without redirects: urllib3 over a safe connection, within limits."""

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
from .safe_connection import SafeConnector

_READ_SECONDS = 20.0
_CHUNK = 65_536
_ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered.

    Attributes:
        headers: names in lower case.
        body: decompressed.
        is_truncated: whether the body was longer than the limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_truncated: bool


class _HttpConnection(HTTPConnection):
    def __init__(self, *args: Any, connector: SafeConnector, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connector = connector

    def _new_conn(self) -> socket.socket:
        return _connect(self._connector, self)


class _HttpsConnection(HTTPSConnection):
    def __init__(self, *args: Any, connector: SafeConnector, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connector = connector

    def _new_conn(self) -> socket.socket:
        return _connect(self._connector, self)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


def _connect(connector: SafeConnector, connection: HTTPConnection) -> socket.socket:
    host, options = connection.host.strip("[]"), connection.socket_options or ()
    opened = connector.connect(host, connection.port or 80, options)
    opened.settimeout(_READ_SECONDS)
    return opened


def exchange(
    url: str,
    *,
    headers: Mapping[str, str],
    private: bool,
    seconds: float,
    max_bytes: int,
    method: str = "GET",
) -> Response:
    """Send a request.

    Args:
        url: absolute, http or https; validated by the caller.
        private: whether addresses that are not public are allowed.
        seconds: the time limit of the exchange.
        max_bytes: the size limit of the decompressed body. Reading stops there.
        method: GET or HEAD. The answer to HEAD has the length of the file itself, not of a compressed form.

    Raises:
        FetchError: there was no complete response.
    """
    parts = parse_url(url)
    pool_class = _HttpsPool if parts.scheme == "https" else _HttpPool
    with SafeConnector(private=private, seconds=seconds) as connector:
        pool = pool_class(
            parts.host or "",
            parts.port,
            timeout=Timeout(connect=_READ_SECONDS, read=_READ_SECONDS),
            retries=False,
            connector=connector,
        )
        try:
            response = pool.urlopen(
                method,
                parts.request_uri,
                headers={
                    **headers,
                    "Accept-Encoding": "gzip" if method == "GET" else "identity",
                    "Connection": "close",
                },
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=True,
            )
            body, is_truncated = _read_body(response, max_bytes)
        except (HTTPError, OSError, ValueError) as error:
            raise _error(error, connector, seconds) from None
        finally:
            pool.close()
        if connector.expired:
            # A body without a length looks complete when the connection is shut down.
            raise _timeout(seconds)
    lower_case = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status, lower_case, body, is_truncated)


def _read_body(response: BaseHTTPResponse, max_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    try:
        encoding = response.headers.get("content-encoding", "").lower()
        if not {each.strip() for each in encoding.split(",")} <= _ENCODINGS:
            raise FetchError(f"the body is compressed with {encoding!r:.60}, which was not asked for")
        for chunk in response.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                return bytes(body[:max_bytes]), True
    finally:
        response.close()
    return bytes(body), False


def _timeout(seconds: float) -> FetchError:
    return FetchError(
        f"the response was not complete within {seconds:g} seconds",
        hint="try again later, or raise timeout of the source",
    )


def _error(error: Exception, connector: SafeConnector, seconds: float) -> FetchError:
    if connector.expired:
        return _timeout(seconds)
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return FetchError(f"the server sent nothing for {_READ_SECONDS:g} seconds", hint="try again later")
    if isinstance(error, SSLError | ssl.SSLError):
        return FetchError(f"the connection is not safe: {error}", hint="check the server's certificate")
    if isinstance(error, DecodeError):
        return FetchError("the body is not compressed in the way that its header says")
    return FetchError(f"the connection broke: {error}", hint="try again later")
