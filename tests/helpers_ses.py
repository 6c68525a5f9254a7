"""Amazon SES on loopback: answers as the documentation of its API says, and verifies every signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY_ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token=="
REGION = "eu-west-1"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>\w+)/"
    r"aws4_request, SignedHeaders=(?P<names>[\w;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class Answer:
    """What the service answers to one message; no status closes the connection without an answer."""

    status: int | None = 200
    error: str = ""
    message: str = ""
    takes: bool = False


ACCEPT = Answer(takes=True)


@dataclass
class Service:
    """The state of the service.

    Attributes:
        answers: by recipient; everybody else's message is accepted.
        next_answers: by recipient, those to the next requests.
        account: the answer to GetAccount.
        account_answer: an error instead of it.
        sent: the request of each accepted message, with its raw message as bytes.
        asked: recipients in order.
        idle_close: whether the connection is closed after each answer without saying so.
    """

    port: int = 0
    scheme: str = "http"
    answers: dict[str, Answer] = field(default_factory=dict)
    next_answers: dict[str, list[Answer]] = field(default_factory=dict)
    account: dict[str, Any] = field(
        default_factory=lambda: {
            "SendingEnabled": True,
            "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 1_000.0, "SentLast24Hours": 10.0},
        }
    )
    account_answer: Answer | None = None
    sent: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    idle_close: bool = False
    account_reads: int = 0
    connections: int = 0
    incomplete: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def verify(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """The name of the error of a request that is not signed as it should be; empty if it is."""
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None:
        return "MissingAuthenticationTokenException"
    if match["key"] != KEY_ID or headers.get("x-amz-security-token") != TOKEN:
        return "UnrecognizedClientException"
    names = match["names"].split(";")
    if not {"host", "x-amz-date", "x-amz-security-token"} <= {*names} or names != sorted(names):
        return "IncompleteSignature"
    canonical = [method, path, "", *(f"{name}:{headers[name].strip()}" for name in names), ""]
    canonical += [match["names"], hashlib.sha256(body).hexdigest()]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    scope = f"{match['date']}/{REGION}/ses/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    key = b"AWS4" + SECRET.encode()
    for part in (match["date"], REGION, "ses", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    is_right = expected == match["signature"] and (match["region"], match["service"]) == (REGION, "ses")
    return "" if is_right else "SignatureDoesNotMatch"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def setup(self) -> None:
        super().setup()
        self.service.connections += 1

    def do_GET(self) -> None:
        self._respond(self._account)

    def do_POST(self) -> None:
        self._respond(self._send)

    def _respond(self, call: Any) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.service.incomplete += 1
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        error = verify(self.command, self.path, headers, body)
        with self.service.lock:
            answer, content = (Answer(403, error, "not signed"), {}) if error else call(body)
        if answer.status is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer.error:
            content = {"message": answer.message}
        text = json.dumps(content).encode()
        self.send_response(answer.status)
        if answer.error:
            self.send_header("x-amzn-ErrorType", f"{answer.error}:http://internal.amazon.com/coral/")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        if self.service.idle_close:
            self.close_connection = True

    def _account(self, body: bytes) -> tuple[Answer, dict[str, Any]]:
        assert (self.path, body) == ("/v2/email/account", b"")
        self.service.account_reads += 1
        return self.service.account_answer or Answer(), self.service.account

    def _send(self, body: bytes) -> tuple[Answer, dict[str, Any]]:
        assert self.path == "/v2/email/outbound-emails"
        request = json.loads(body)
        [recipient] = request["Destination"]["ToAddresses"]
        self.service.asked.append(recipient)
        answer = self.service.answers.get(recipient, ACCEPT)
        if upcoming := self.service.next_answers.get(recipient):
            answer = upcoming.pop(0)
        if answer.takes:
            self.service.sent.append((request, base64.b64decode(request["Content"]["Raw"]["Data"])))
        return answer, {"MessageId": f"0102-{len(self.service.sent)}"}

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving_ses(context: ssl.SSLContext | None = None) -> Iterator[Service]:
    """The service for as long as the block lasts, with TLS if there is a context."""
    service = Service(scheme="https" if context else "http")
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
