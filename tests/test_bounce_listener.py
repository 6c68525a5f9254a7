"""The server that takes bounces: only for return paths, recorded before the answer, within limits."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers_bounces import dsn
from syndicate import ConfigError, ExternalError, StoreError
from syndicate.delivery.bounces.listener import BounceListener, ListenerLimits
from syndicate.delivery.bounces.mailbox_url import MailboxUrl

WAIT = 30
PATH = "bounces+token@news.example"


class Recorder:
    """What the listener has recorded and reported."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, str]] = []
        self.lines: list[str] = []
        self.error: Exception | None = None
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def record(self, data: bytes, recipient: str) -> str:
        self.begun.set()
        self.go_on.wait(WAIT)
        if self.error:
            raise self.error
        self.mails.append((data, recipient))
        return "hard"


Start = Callable[..., BounceListener]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def start(recorder: Recorder) -> Iterator[Start]:
    started = []

    def start(url: str = "smtp://127.0.0.1:0", **limits: float) -> BounceListener:
        listener = BounceListener(
            MailboxUrl(url, Path()),
            is_return_path=lambda address: address.lower() == PATH,
            record=recorder.record,
            report=recorder.lines.append,
            limits=ListenerLimits(**limits),  # type: ignore[arg-type]
        )
        listener.start()
        started.append(listener)
        return listener

    yield start
    recorder.go_on.set()
    for each in started:
        each.stop(WAIT)


def connect(listener: BounceListener, kind: type[smtplib.SMTP] = smtplib.SMTP) -> smtplib.SMTP:
    return kind(*listener.address, timeout=WAIT)


def raw(listener: BounceListener) -> socket.socket:
    return socket.create_connection(listener.address, timeout=WAIT)


def until_closed(connection: socket.socket) -> bytes:
    """Everything that the server sends until it closes the connection."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize(
    ("url", "kind"), [("smtp://127.0.0.1:0", smtplib.SMTP), ("lmtp://127.0.0.1:0", smtplib.LMTP)]
)
def test_mail_for_a_return_path_is_recorded_before_the_answer(
    start: Start, recorder: Recorder, url: str, kind: type[smtplib.SMTP]
) -> None:
    listener = start(url)
    with connect(listener, kind) as client:
        mail = dsn(PATH).replace(b"\n", b"\r\n")
        assert client.sendmail("", [PATH.upper()], mail) == {}
        assert recorder.mails == [(mail, PATH.upper())]
        client.sendmail("", [PATH], mail)
    assert len(recorder.mails) == 2
    assert recorder.lines == ["hard", "hard"]


def test_other_recipients_are_refused(start: Start, recorder: Recorder) -> None:
    with connect(start()) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt("postmaster@news.example")[0] == 550
        assert client.rcpt("bounces+other@news.example")[0] == 550
        assert client.docmd("DATA")[0] == 503
    assert recorder.mails == []


def test_one_recipient_a_message(start: Start) -> None:
    with connect(start()) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt(PATH)[0] == 250
        assert client.rcpt(PATH)[0] == 452


@pytest.mark.parametrize("error", [StoreError("the database is locked"), ConfigError("x"), ValueError("x")])
def test_mail_that_cannot_be_recorded_stays_with_the_client(
    start: Start, recorder: Recorder, error: Exception
) -> None:
    recorder.error = error
    with connect(start()) as client:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("", [PATH], dsn(PATH))
        assert caught.value.smtp_code == 451
        recorder.error = None
        client.sendmail("", [PATH], dsn(PATH))
    assert len(recorder.mails) == 1
    assert str(error) in recorder.lines[0]


def test_message_has_a_largest_size(start: Start, recorder: Recorder) -> None:
    listener = start(size=10_000)
    with connect(listener) as client:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as caught:
            client.sendmail("", [PATH], b"x\r\n" * 5000)
        assert caught.value.smtp_code == 552
        client.sendmail("", [PATH], b"x" * 5000)
    assert len(recorder.mails) == 1


def test_long_lines_of_returned_mail_are_taken(start: Start, recorder: Recorder) -> None:
    with connect(start()) as client:
        client.sendmail("", [PATH], b"a" * 20_000 + b"\r\n")
    assert len(recorder.mails[0][0]) == 20_002


def test_line_without_end_ends_the_connection(start: Start, recorder: Recorder) -> None:
    listener = start(size=100_000)
    with raw(listener) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n" % PATH.encode())
        with pytest.raises((ConnectionError, BrokenPipeError)):
            for _ in range(1000):
                client.sendall(b"a" * 10_000)
    with connect(listener) as client:
        client.sendmail("", [PATH], b"x")
    assert len(recorder.mails) == 1


def test_too_many_connections_are_told_to_come_back(start: Start) -> None:
    listener = start(connections=3)
    idle = [raw(listener) for _ in range(3)]
    for each in idle:
        assert each.recv(100).startswith(b"220 ")
    with raw(listener) as late:
        assert until_closed(late) == b"421 4.3.2 too many connections\r\n"
    for each in idle:
        each.sendall(b"QUIT\r\n")
        until_closed(each)
        each.close()
    with connect(listener) as client:
        client.sendmail("", [PATH], b"x")


def test_slow_and_half_open_connections_end(start: Start, recorder: Recorder) -> None:
    listener = start(connection=1.0, connections=2)
    silent, slow = raw(listener), raw(listener)
    slow.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: sl" % PATH.encode())
    assert until_closed(silent).startswith(b"220")
    assert b"354" in until_closed(slow)
    silent.close()
    slow.close()
    with connect(listener) as client:
        client.sendmail("", [PATH], b"x")
    assert len(recorder.mails) == 1


def test_idle_connection_ends(start: Start) -> None:
    with raw(start(idle=0.5)) as client:
        assert until_closed(client).startswith(b"220")


def test_connection_has_a_largest_number_of_messages(start: Start, recorder: Recorder) -> None:
    with connect(start(messages=2)) as client:
        for _ in range(2):
            client.sendmail("", [PATH], b"x")
        client.mail("")
        assert client.rcpt(PATH)[0] == 421
    assert len(recorder.mails) == 2


def test_stop_answers_what_is_being_recorded(start: Start, recorder: Recorder) -> None:
    listener = start()
    recorder.go_on.clear()
    answers: list[object] = []

    def send() -> None:
        with connect(listener) as client:
            answers.append(client.sendmail("", [PATH], b"x"))

    sender = threading.Thread(target=send)
    sender.start()
    assert recorder.begun.wait(WAIT)
    stopper = threading.Thread(target=listener.stop, args=(WAIT,))
    stopper.start()
    recorder.go_on.set()
    sender.join(WAIT)
    stopper.join(WAIT)
    assert (answers, len(recorder.mails)) == ([{}], 1)
    with pytest.raises(ConnectionError):
        raw(listener)


def test_client_that_leaves_does_not_stop_the_server(start: Start, recorder: Recorder) -> None:
    listener = start()
    for text in (b"", b"EHLO x\r\n", b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nx" % PATH.encode()):
        with raw(listener) as client:
            client.sendall(text)
    with connect(listener) as client:
        client.sendmail("", [PATH], b"x")
    assert len(recorder.mails) == 1


def test_address_that_is_taken(start: Start) -> None:
    port = start().address[1]
    with pytest.raises(ExternalError, match="bounces cannot be taken"):
        start(f"smtp://127.0.0.1:{port}")


def test_options_of_a_listener_are_refused(start: Start) -> None:
    with pytest.raises(ConfigError, match="unknown option 'tls'"):
        start("smtp://127.0.0.1:0?tls=yes")
