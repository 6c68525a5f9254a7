"""An HTTP server on loopback that records requests and answers as a test defines."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


class Server(ThreadingHTTPServer):
    """Records requests, and answers with the given function."""

    daemon_threads = False
    request_queue_size = 50

    def __init__(self, answer: Callable[[Handler], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[Any] = []
        self.connections = 0
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    @property
    def forms(self) -> list[list[tuple[str, str]]]:
        return [parse_qsl(body.decode()) for _, _, body in self.asked]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 300

    def respond(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.command, self.path, self.body))
        self.server.headers.append(self.headers)
        self.server.answer(self)

    def do_GET(self) -> None:
        self.body = b""
        self.server.asked.append((self.command, self.path, b""))
        self.server.answer(self)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(answer: Callable[[Handler], None], context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
