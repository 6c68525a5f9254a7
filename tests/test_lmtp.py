"""Sending by LMTP, against the LMTP server of aiosmtpd and servers that break the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller, UnixSocketController
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers_transports import MESSAGE, Sender
from syndicate.delivery import open_transport
from syndicate.delivery.transports.lmtp import LmtpTransport
from syndicate.errors import ConfigError, TransportError
from syndicate.model import SmtpTimeouts


class Mailboxes:
    """Takes everything but mail for `nobody` and `full`."""

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, str, bytes]] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if envelope.rcpt_tos[0].startswith("full"):
            return "452 4.2.2 mailbox full"
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        return "250 2.0.0 delivered"


class _Lmtp:
    def factory(self) -> LMTP:
        return LMTP(self.handler, enable_SMTPUTF8=True)  # type: ignore[attr-defined]


class TcpServer(_Lmtp, Controller):
    pass


class UnixServer(_Lmtp, UnixSocketController):
    pass


@pytest.fixture(params=["tcp", "unix"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Mailboxes]]:
    mailboxes = Mailboxes()
    if request.param == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        controller: Any = TcpServer(mailboxes, hostname="127.0.0.1", port=port)
        url = f"lmtp://127.0.0.1:{port}"
    else:
        controller = UnixServer(mailboxes, unix_socket=str(tmp_path / "lmtp"))
        url = "lmtp+unix:lmtp"
    controller.start()
    try:
        yield url, mailboxes
    finally:
        controller.stop()


def test_by_url(tmp_path: Path) -> None:
    timeouts = SmtpTimeouts(final=timedelta(minutes=7))
    assert open_transport("lmtp://mail.example", tmp_path) == LmtpTransport(("mail.example", 24))
    assert open_transport(
        "lmtp://[::1]:2424?connections=2&messages=9", tmp_path, timeouts=timeouts
    ) == LmtpTransport(("::1", 2424), 2, 9, timeouts)
    assert open_transport("lmtp+unix:///run/lmtp?messages=9", tmp_path) == LmtpTransport(
        Path("/run/lmtp"), messages=9
    )
    assert open_transport("lmtp+unix:run/a%20b", tmp_path) == LmtpTransport(tmp_path / "run" / "a b")
    for url, message in (
        ("lmtp://", "has no host"),
        ("lmtp://ann@mail.example", "LMTP has no login"),
        ("lmtp+unix:", "has no socket"),
        ("lmtp+unix:///run/lmtp?starttls=never", "unknown option 'starttls'"),
    ):
        with pytest.raises(ConfigError, match=message):
            open_transport(url, tmp_path)


def test_each_recipient_has_an_answer(server: tuple[str, Mailboxes], tmp_path: Path) -> None:
    url, mailboxes = server
    transport = open_transport(url, tmp_path)
    asyncio.run(transport.check())
    names = ("ann", "nobody", "full", "bob")
    done = Sender(transport).send(*[f"{name}@reader.example" for name in names])
    assert [each.outcome.state for each in done if each.outcome] == [
        *("accepted", "failed", "deferred", "accepted")
    ]
    assert [each.outcome.suppress for each in done if each.outcome] == [False, True, False, False]
    assert [each.commits for each in done] == [1, 0, 1, 1]
    assert mailboxes.taken == [
        ("bounces@harbour.example", f"{name}@reader.example", MESSAGE) for name in ("ann", "bob")
    ]


def test_nothing_is_sent_when_another_process_owns_the_delivery(
    server: tuple[str, Mailboxes], tmp_path: Path
) -> None:
    url, mailboxes = server
    assert Sender(open_transport(url, tmp_path), may_send=lambda: False).send_one().outcome is None
    assert mailboxes.taken == []


def scripted(*answers: bytes) -> Callable[[socket.socket], None]:
    """A server that sends the answers, one after each thing that it reads, and closes."""

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                for answer in answers:
                    connection.sendall(answer)
                    connection.recv(65536)

    return serve


@pytest.mark.parametrize(
    ("answers", "reason", "in_doubt"),
    [
        ((b"421 busy\r\n",), "421", None),
        ((b"220 hi\r\n", b"500 what\r\n"), "it answered 500 to LHLO: what", None),
        ((b"220 hi\r\n",), "cannot be used", None),
        ((b"220 hi\r\n", b"250 mail\r\n", b"250 ok\r\n"), "closed the connection", False),
        (
            (b"220 hi\r\n", b"250 mail\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"),
            "closed the connection",
            True,
        ),
    ],
)
def test_a_server_that_breaks_off(answers: tuple[bytes, ...], reason: str, in_doubt: bool | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=scripted(*answers), args=(listener,), daemon=True)
        thread.start()
        sender = Sender(LmtpTransport(("127.0.0.1", listener.getsockname()[1])))
        if in_doubt is None:
            with pytest.raises(TransportError, match=reason):
                sender.send_one()
        else:
            attempt = sender.send_one()
            assert reason in str(attempt.error)
            assert attempt.is_in_doubt == in_doubt
        thread.join(10)


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match=r"the LMTP server .*/lmtp cannot be used"):
        Sender(LmtpTransport(tmp_path / "lmtp")).send_one()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with pytest.raises(TransportError, match=r"the LMTP server 127\.0\.0\.1:\d+ cannot be used"):
        asyncio.run(LmtpTransport(address).check())
