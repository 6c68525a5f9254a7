"""An application behind a real server on loopback, what it was asked, and a client that changes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection

import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpers_net import free_port

PATIENCE = 300.0


@dataclass(frozen=True)
class Seen:
    """One request, and the status that it was answered with."""

    method: str
    path: str
    headers: Headers
    status: int


@dataclass(frozen=True)
class Answer:
    """A response as it came over the wire: nothing is decoded."""

    status: int
    headers: Headers
    body: bytes


@dataclass
class Served:
    """A server that runs.

    Attributes:
        port: where it listens.
        seen: what it was asked, in order.
    """

    port: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path exactly as it is written; `if_none_match` becomes `If-None-Match`."""
        return ask(self.port, path, method, **headers)

    def statuses(self, path: str) -> list[int]:
        """How requests for a path were answered so far."""
        return [each.status for each in self.seen if each.path == path]


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask a server on loopback for a path exactly as it is written."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.getheaders()]
        return Answer(answer.status, Headers(raw=raw), answer.read())
    finally:
        connection.close()


@contextmanager
def serving(app: ASGIApp) -> Iterator[Served]:
    """Serve an application until the block ends."""
    served = Served(free_port())

    async def recorder(scope: Scope, receive: Receive, send: Send) -> None:
        async def record(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(scope=scope)
                served.seen.append(Seen(scope["method"], scope["path"], headers, message["status"]))
            await send(message)

        await app(scope, receive, record)

    config = uvicorn.Config(recorder, host="127.0.0.1", port=served.port, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < end, "the server did not start in time"
            time.sleep(0.01)
        yield served
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
