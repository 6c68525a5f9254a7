"""A web server on loopback that answers as its script says, and notes what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """What the server answers to a path.

    Attributes:
        body: whole, or in pieces.
        status: of the answer.
        headers: besides the length, which is left out for a body in pieces.
    """

    body: bytes | Callable[[], Iterator[bytes]] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """A request that came in, and when."""

    path: str
    headers: dict[str, str]
    at: float
    method: str = "GET"


class Site:
    """The server: set `pages` by path, read `asked`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """What was asked for, in order, robots.txt left out."""
        return [each.path for each in self.asked if each.path != "/robots.txt"]

    def answer(self, path: str, headers: dict[str, str]) -> Page:
        """The page, or that it has not changed."""
        page = self.pages.get(path, Page(b"not here", 404))
        tag = page.headers.get("ETag")
        if tag and headers.get("if-none-match") == tag:
            return Page(b"", 304, {"ETag": tag})
        return page


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those who hang up in the middle are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        headers = {name.lower(): value for name, value in self.headers.items()}
        site.asked.append(Asked(self.path, headers, time.monotonic()))
        page = site.answer(self.path, headers)
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if isinstance(page.body, bytes):
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)
            return
        self.end_headers()
        for piece in page.body():
            self.wfile.write(piece)
            self.wfile.flush()

    def do_HEAD(self) -> None:
        site = self.server.site
        headers = {name.lower(): value for name, value in self.headers.items()}
        site.asked.append(Asked(self.path, headers, time.monotonic(), "HEAD"))
        page = site.answer(self.path, headers)
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if isinstance(page.body, bytes):
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@contextmanager
def serving(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Site]:
    """A server for as long as the block lasts; `wrap` may put TLS round its socket."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if wrap:
        server.socket = wrap(server.socket)
    server.site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
