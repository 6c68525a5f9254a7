"""Transports by the value of `delivery.transport`: those of ours, and those of other packages."""

from __future__ import annotations

import asyncio
import base64
import json
import runpy
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers_site import MAIN, WEEKLY, StillClock, cli, configured, opened, source, write
from syndicate import Newsroom
from syndicate.daemon import Daemon
from syndicate.delivery import open_transport
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.errors import ConfigError, TransportError
from syndicate.model import SmtpTimeouts


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("pigeon:loft", "no transport 'pigeon'", "lmtp, lmtp+unix, maildir, sendmail, ses, smtp, smtps"),
        ("maildir:", "has no folder", "maildir:outbox"),
        ("smtp://", "has no host", "smtp://user@host"),
        ("smtp://user:secret@host", "must not contain a password", "SYNDICATE_SMTP_PASSWORD"),
        ("smtp://host?starttls=maybe", "starttls is 'maybe'", "write required or never"),
        ("smtp://host?tls=yes", "unknown option 'tls'", "starttls, ca, connections"),
        ("smtp://host?starttls", "not options: 'starttls'", "name=value"),
        ("smtp://host:port", "not the URL of a transport", "smtp://user@host"),
        ("smtp://host?connections=0", "connections is '0'", "a number from 1 to 100"),
        ("smtp://host?messages=0", "messages is '0'", "a number of at least 1"),
        ("smtp://host?connections=many", "connections is 'many'", "a number from 1 to 100"),
    ],
)
def test_a_wrong_transport_is_reported(spec: str, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_transport(spec, tmp_path)
    assert caught.value.where.field == "delivery.transport"
    assert hint in (caught.value.hint or "")


def test_certificates_with_an_impossible_name_are_reported(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="cannot be read"):
        asyncio.run(open_transport("smtps://host?ca=%00", tmp_path).check())


def test_smtp_by_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_SMTP_PASSWORD", "secret")
    spec = "smtp://news%40harbour.example@mail.example?ca=ca.pem"
    patient = SmtpTimeouts.all(7)
    assert open_transport(spec, tmp_path, timeouts=patient) == SmtpTransport(
        host="mail.example",
        port=587,
        tls="required",
        user="news@harbour.example",
        password="secret",
        ca=str(tmp_path / "ca.pem"),
        connections=10,
        messages=200,
        timeouts=patient,
    )
    monkeypatch.delenv("SYNDICATE_SMTP_PASSWORD")
    assert open_transport("smtps://mail.example?connections=9&messages=5", tmp_path) == SmtpTransport(
        host="mail.example", port=465, tls="implicit", connections=9, messages=5
    )
    assert open_transport("smtp://127.0.0.1:25?starttls=never", tmp_path) == SmtpTransport(
        host="127.0.0.1", port=25, tls="never"
    )


# A transport from outside the package


@dataclass
class Answer:
    """What the provider answers to a message; no status drops the connection without an answer."""

    status: int | None = 202
    headers: dict[str, str] = field(default_factory=dict)
    takes: bool = True


class Provider:
    """A provider's HTTP API on loopback.

    Attributes:
        answers: by recipient; everybody else's message is taken.
        taken: recipient and message of what was taken.
        asked: recipients in order.
        connections: how many were opened.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.taken: list[tuple[str, EmailMessage]] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                provider.connections += 1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.headers.append(dict(self.headers))
                provider.asked.append(body["to"])
                answer = provider.answers.get(body["to"], Answer())
                if self.headers["Authorization"] != "Bearer secret":
                    answer = Answer(401, takes=False)
                if answer.takes:
                    message = message_from_bytes(base64.b64decode(body["message"]), policy=default)
                    provider.taken.append((body["to"], message))
                if answer.status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                text = b'{"id": "m-1"}' if answer.takes else b"no, not now"
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, daemon=True)
    thread.start()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    thread.join(30)


EXAMPLE = Path(__file__).parents[1] / "examples" / "http_api_transport.py"
PEOPLE = ("ann", "bob", "cay", "dan", "eve", "fay")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with an edition and some subscribers."""
    folder = write(tmp_path / "site", {"posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    configured(folder, source(), MAIN, WEEKLY)
    with opened(folder) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for name in PEOPLE:
            newsroom.add_subscriber(f"{name}@reader.example")
    return folder


def example() -> Any:
    return SimpleNamespace(**runpy.run_path(str(EXAMPLE), run_name="http_api_transport"))


def test_any_object_with_the_protocol_sends_everything(site: Path, provider: Provider) -> None:
    with opened(site) as newsroom:
        # In the order in which they are sent: the last two are accepted, so the refusal before them is final.
        throttled, busy, refused, lost, *_ = (
            each.email for each in sorted(newsroom.subscribers(), key=lambda each: each.id)
        )
    provider.answers = {
        throttled: Answer(429, {"Retry-After": "7200"}, takes=False),
        busy: Answer(503, takes=False),
        refused: Answer(422, takes=False),
        lost: Answer(None),
    }
    clock = StillClock(datetime.now(UTC))
    transport = example().HttpApiTransport(provider.host, "/v1/messages", "secret", tls=False, connections=1)
    with Newsroom.open(site / "syndicate.toml", clock=clock, transport=transport) as newsroom:
        assert newsroom.check().ok
        report = newsroom.send("weekly")
        assert (report.accepted, report.deferred, report.failed, report.in_doubt) == (2, 2, 1, 1)
        assert any("no, not now" in problem.message for problem in report.problems)
        # Kept open between messages, and opened again at most once: after the lost answer.
        assert provider.connections <= 1 + 2
        assert sorted(provider.asked) == [f"{name}@reader.example" for name in PEOPLE]

        # One answer was lost: the same message again.
        provider.answers = {}
        clock.pass_(timedelta(minutes=15))
        assert newsroom.dispatch().outcomes == {"accepted": 2}
        assert sorted(provider.asked[-2:]) == sorted([busy, lost])
        [first, again] = [message for recipient, message in provider.taken if recipient == lost]
        assert first.as_bytes() == again.as_bytes()
        keys = {
            headers["Idempotency-Key"]
            for headers, to in zip(provider.headers, provider.asked, strict=True)
            if to == lost
        }
        assert len(keys) == 1

        # The provider asked for two hours.
        clock.pass_(timedelta(minutes=100))
        assert newsroom.dispatch().outcomes == {}
        clock.pass_(timedelta(minutes=15))
        assert newsroom.dispatch().outcomes == {"accepted": 1}

        # A copy for review and the copy of the preview take the same way.
        assert newsroom.send_test("weekly", "editor@harbour.example").sent_now == 1
        preview = newsroom.preview()
        assert preview.send_test(preview.edition("weekly"), "editor@harbour.example").sent_now == 1
        assert [recipient for recipient, _ in provider.taken[-2:]] == 2 * ["editor@harbour.example"]

        # And so does the daemon.
        newsroom.add_subscriber("gus@reader.example")
        newsroom.enqueue("weekly", "weekly-1")
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            assert Daemon(newsroom).once()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        assert provider.taken[-1][0] == "gus@reader.example"
    assert not (site / "outbox").exists()


def test_a_provider_that_does_not_answer_leaves_nobody_in_doubt(site: Path, provider: Provider) -> None:
    provider.server.shutdown()
    provider.server.server_close()
    transport = example().HttpApiTransport(provider.host, "/v1/messages", "secret", tls=False)
    with Newsroom.open(site / "syndicate.toml", transport=transport) as newsroom:
        report = newsroom.send("weekly")
        assert (report.pending, report.in_doubt, report.external_failure) == (6, 0, True)
        assert "mail API" in report.problems[0].message
        assert not newsroom.check().ok


def test_a_wrong_key_fails_nobody(site: Path, provider: Provider) -> None:
    transport = example().HttpApiTransport(provider.host, "/v1/messages", "wrong", tls=False)
    with Newsroom.open(site / "syndicate.toml", transport=transport) as newsroom:
        report = newsroom.send("weekly")
        assert (report.deferred, report.failed) == (6, 0)


def test_a_transport_of_another_package_is_found_by_its_scheme(
    site: Path, provider: Provider, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    write(
        packages,
        {
            "http_api_transport.py": EXAMPLE.read_text(),
            "mailapi-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mailapi\nVersion: 1.0\n",
            "mailapi-1.0.dist-info/entry_points.txt": (
                "[syndicate.transports]\n"
                "mailapi = http_api_transport:HttpApiTransport.from_url\n"
                "broken = nothing_of_the_kind:Transport\n"
                "odd = raising_transport:Transport\n"
            ),
            "raising_transport.py": "raise RuntimeError('no such device')\n",
        },
    )

    def run(*arguments: str, transport: str, key: str = "secret") -> subprocess.CompletedProcess[str]:
        configured(site, source(), MAIN, WEEKLY, f'\n[delivery]\ntransport = "{transport}"\n')
        return cli(site, *arguments, PYTHONPATH=str(packages), MAIL_API_KEY=key)

    url = f"mailapi://{provider.host}/v1/messages?tls=never&connections=2"
    assert run("check", transport=url).returncode == 0
    done = run("send", "weekly", "--json", transport=url)
    assert (done.returncode, json.loads(done.stdout)["sent_now"]) == (0, 6), done.stderr
    assert {recipient for recipient, _ in provider.taken} == {f"{name}@reader.example" for name in PEOPLE}
    assert all(message["To"] == recipient for recipient, message in provider.taken)

    for transport, reason in (
        (url + "&colour=red", "unknown option 'colour' (known options: connections, tls)"),
        (f"mailapi://{provider.host}/?tls=perhaps", "tls is 'perhaps' (write required or never)"),
        ("broken://host", "the transport broken cannot be imported from nothing_of_the_kind:Transport"),
        ("odd://host", "cannot be imported from raising_transport:Transport: no such device"),
        (
            "pigeon:loft",
            "known transports: broken, lmtp, lmtp+unix, mailapi, maildir, odd, sendmail, ses, smtp, smtps",
        ),
    ):
        done = run("check", transport=transport)
        assert done.returncode == 1
        assert reason in done.stderr
        assert run("send", "weekly", transport=transport).returncode == 2
    assert "set MAIL_API_KEY" in run("check", transport=url, key="").stderr
