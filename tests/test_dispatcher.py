"""The dispatcher over real transports: an SMTP server with TLS and login, and a Maildir on disk."""

from __future__ import annotations

import asyncio
import errno
import mailbox
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from helpers_net import free_port
from syndicate.delivery import Dispatcher, DispatchReport, Transport, open_transport
from syndicate.delivery.transports.maildir import MaildirTransport
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.errors import ConfigError, MailError, StoreError, TransportError
from syndicate.model import (
    Delivery,
    Digest,
    Edition,
    NewEdition,
    Outcome,
    RetryPolicy,
    SmtpTimeouts,
    Subscriber,
)
from syndicate.store import SqlStore

NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
TIMEOUTS = SmtpTimeouts.all(10)


class Clock:
    """A clock that stands until it is moved."""

    moment = NOW

    def now(self) -> datetime:
        return self.moment


class Server:
    """An SMTP server that takes mail, and answers some addresses with a reply of its own."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.drop: set[str] = set()
        self.sessions: set[int] = set()
        self.tls: list[bool] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        self.sessions.add(id(session))
        self.tls.append(session.ssl is not None)
        if address in self.drop:
            self.drop.discard(address)
            assert server.transport is not None
            server.transport.abort()
            return "250 never heard"
        if address in self.data:
            return self.data[address]
        assert isinstance(envelope.content, bytes)
        self.taken.append((address, envelope.content))
        return "250 2.0.0 queued as 1"


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Server, int]]]:
    running: list[Controller] = []

    def start(**options: Any) -> tuple[Server, int]:
        handler, port = Server(), free_port()
        controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return handler, port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/s.db")
    edition = Edition(
        id="letter-1",
        newsletter="letter",
        number=1,
        composed_at=NOW,
        digest=Digest(subject="s", html="h", text="t"),
    )
    assert store.add_edition(NewEdition(edition, ()), now=NOW)
    yield store
    store.close()


def subscribe(store: SqlStore, *addresses: str) -> None:
    for address in addresses:
        assert store.add_subscriber(Subscriber(id=address, email=address, newsletters=("letter",)))
    assert store.enqueue("letter-1", "letter", now=NOW) == len(addresses)


def message(delivery: Delivery) -> bytes:
    return (
        f"From: news@harbour.example\r\nTo: {delivery.email}\r\nSubject: s\r\n"
        f"Message-ID: <{delivery.id}@harbour.example>\r\n\r\n.dot\r\n..\r\nwords\r\n"
    ).encode()


def drain(
    store: SqlStore,
    transport: Transport,
    clock: Clock | None = None,
    policy: Any = "resend",
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> DispatchReport:
    dispatcher = Dispatcher(
        store,
        transport,
        message_for=message,
        sender_for=lambda _: "news@harbour.example",
        clock=clock or Clock(),
        owner="test",
        in_doubt=policy,
        lease=timedelta(minutes=1),
        timeouts=TIMEOUTS,
        **settings,
    )
    return asyncio.run(dispatcher.drain(stop=stop))


def plain(port: int, **options: Any) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", port, tls="never", timeouts=TIMEOUTS, **options)


def test_each_smtp_reply_has_its_state(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    server.rcpt = {
        "busy@example.org": "450 4.2.1 come back",
        "nobody@example.org": "550 5.1.1 no such user",
        "policy@example.org": "550 5.7.1 not from you",
        "full@example.org": "552 5.2.2 mailbox full",
    }
    server.data = {"late@example.org": "451 4.3.0 later", "no@example.org": "554 5.6.0 not like this"}
    # The mails that are accepted come last: they show that the refusals before are about the recipients.
    subscribe(ledger, *server.rcpt, *server.data, "yan@example.org", "zoe@example.org")
    done = drain(ledger, plain(port, connections=2))
    assert done.error is None
    assert done.outcomes == {"accepted": 2, "deferred": 2, "failed": 4}
    assert {address for address, _ in server.taken} == {"yan@example.org", "zoe@example.org"}
    assert ledger.counts("letter-1") == {"accepted": 2, "deferred": 2, "failed": 4}
    states = {person.email: person.state for person in ledger.subscribers()}
    assert states.pop("nobody@example.org") == "suppressed"
    assert set(states.values()) == {"confirmed"}
    assert dict(ledger.failures("letter-1", limit=9))["policy@example.org"].startswith("5.7.1")


def test_message_arrives_unchanged(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    subscribe(ledger, "ann@example.org")
    drain(ledger, plain(port))
    sent = server.taken[0][1].replace(b"\r\n", b"\n")
    assert sent.endswith(b"\n\n.dot\n..\nwords\n")


def test_deferred_delivery_is_sent_later(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    server.rcpt = {"busy@example.org": "450 4.2.1 greylisted"}
    subscribe(ledger, "busy@example.org")
    clock = Clock()
    assert drain(ledger, plain(port), clock).outcomes == {"deferred": 1}
    server.rcpt = {}
    clock.moment = NOW + RetryPolicy().first - timedelta(seconds=1)
    assert drain(ledger, plain(port), clock).outcomes == {}
    clock.moment = NOW + RetryPolicy().first * 2
    assert drain(ledger, plain(port), clock).outcomes == {"accepted": 1}
    assert len(server.taken) == 1


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_lost_connection_after_the_message_leaves_the_delivery_in_doubt(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore, policy: str
) -> None:
    server, port = serve()
    server.drop = {"bo@example.org"}
    subscribe(ledger, "ann@example.org", "bo@example.org", "cy@example.org")
    clock = Clock()
    done = drain(ledger, plain(port, connections=1), clock, policy)
    assert done.outcomes == {"accepted": 2, "in_doubt": 1}
    assert ledger.counts("letter-1") == {"accepted": 2, "in_doubt": 1}
    clock.moment = NOW + timedelta(minutes=2)
    done = drain(ledger, plain(port), clock, policy)
    if policy == "hold":
        assert ledger.counts("letter-1") == {"accepted": 2, "held": 1}
        assert len(server.taken) == 2
    else:
        assert ledger.counts("letter-1") == {"accepted": 3}
        assert sorted(address for address, _ in server.taken) == [
            "ann@example.org",
            "bo@example.org",
            "cy@example.org",
        ]


def test_reply_421_to_the_recipient_counts_an_attempt(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    server, port = serve()
    server.rcpt = {"ann@example.org": "421 4.3.2 shutting down"}
    subscribe(ledger, "ann@example.org")
    clock = Clock()
    done = drain(ledger, plain(port), clock)
    assert done.outcomes == {"deferred": 1}
    assert "421 4.3.2 shutting down" in str(done.error)
    server.rcpt = {}
    clock.moment += timedelta(hours=1)
    [again] = ledger.claim("other", now=clock.moment, lease=timedelta(minutes=1), limit=9)
    assert again.attempts == 1
    ledger.release([again])
    assert drain(ledger, plain(port), clock).outcomes == {"accepted": 1}


def test_unreachable_server_changes_no_delivery(ledger: SqlStore) -> None:
    subscribe(ledger, "ann@example.org", "bo@example.org")
    port = free_port()
    done = drain(ledger, plain(port))
    assert done.error is not None
    assert f"127.0.0.1:{port}" in str(done.error)
    assert ledger.counts("letter-1") == {"pending": 2}


def test_starttls_and_login(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    known = LoginPassword(b"news", b"secret")

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _kind: str, given: Any) -> AuthResult:
        return AuthResult(success=given == known, handled=False)

    server, port = serve(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
    subscribe(ledger, "ann@example.org")
    options: dict[str, Any] = {"tls": "required", "user": "news", "timeouts": TIMEOUTS}
    stranger = drain(ledger, SmtpTransport("127.0.0.1", port, password="secret", **options))
    assert stranger.error is not None
    assert "certificate" in str(stranger.error)
    options["ca"] = str(tmp_path / "ca.pem")
    wrong = drain(ledger, SmtpTransport("127.0.0.1", port, password="wrong", **options))
    assert wrong.error is not None
    assert "SYNDICATE_SMTP_PASSWORD" in str(wrong.error)
    right = drain(ledger, SmtpTransport("127.0.0.1", port, password="secret", **options))
    assert right.outcomes == {"accepted": 1}
    assert server.tls == [True]


def test_refused_login_names_the_variable_of_the_relay(
    serve: Callable[..., tuple[Server, int]], tmp_path: Path
) -> None:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    _, port = serve(authenticator=refuse, auth_require_tls=False)
    transport = open_transport(
        f"smtp://news@127.0.0.1:{port}?starttls=never",
        tmp_path,
        field="delivery.relay.1.transport",
        password_variable="BACKUP_PASSWORD",
    )
    with pytest.raises(TransportError) as caught:
        asyncio.run(transport.check())
    assert caught.value.hint == "check the user in delivery.relay.1.transport, and BACKUP_PASSWORD"


def test_missing_starttls_sends_nothing(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    subscribe(ledger, "ann@example.org")
    done = drain(ledger, SmtpTransport("127.0.0.1", port, tls="required", timeouts=TIMEOUTS))
    assert done.error is not None
    assert server.taken == []
    assert ledger.counts("letter-1") == {"pending": 1}


def test_implicit_tls(serve: Callable[..., tuple[Server, int]], ledger: SqlStore, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    _, port = serve(ssl_context=context)
    subscribe(ledger, "ann@example.org")
    transport = SmtpTransport(
        "127.0.0.1", port, tls="implicit", ca=str(tmp_path / "ca.pem"), timeouts=TIMEOUTS
    )
    assert drain(ledger, transport).outcomes == {"accepted": 1}


def test_address_outside_ascii(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve(enable_SMTPUTF8=True)
    subscribe(ledger, "jürgen@bücher.example")
    assert drain(ledger, plain(port)).outcomes == {"accepted": 1}
    assert server.taken[0][0] == "jürgen@xn--bcher-kva.example"


def test_address_outside_ascii_fails_without_smtputf8(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    _, port = serve(enable_SMTPUTF8=False)
    subscribe(ledger, "jürgen@example.org", "ann@example.org")
    assert drain(ledger, plain(port)).outcomes == {"accepted": 1, "failed": 1}


def test_connections_are_reused(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    subscribe(ledger, *(f"reader{n}@example.org" for n in range(60)))
    assert drain(ledger, plain(port, connections=2)).outcomes == {"accepted": 60}
    # Two connections a batch of fifty, and two for the rest.
    assert len(server.sessions) <= 4
    assert len({address for address, _ in server.taken}) == 60


def test_stop_releases_the_remaining_deliveries(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    server, port = serve()
    subscribe(ledger, *(f"reader{n}@example.org" for n in range(40)))
    done = drain(ledger, plain(port, connections=1), stop=lambda: len(server.taken) >= 5)
    assert done.outcomes == {"accepted": 5}
    assert ledger.counts("letter-1") == {"accepted": 5, "pending": 35}
    assert drain(ledger, plain(port)).outcomes == {"accepted": 35}


def test_message_that_cannot_be_built_fails_alone(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    _, port = serve()
    subscribe(ledger, "ann@example.org", "bo@example.org")

    def poisoned(delivery: Delivery) -> bytes:
        if delivery.email.startswith("ann"):
            raise MailError("poisoned")
        return message(delivery)

    dispatcher = Dispatcher(
        ledger,
        plain(port),
        message_for=poisoned,
        sender_for=lambda _: "news@harbour.example",
        clock=Clock(),
        owner="test",
    )
    assert asyncio.run(dispatcher.drain()).outcomes == {"accepted": 1, "failed": 1}
    assert ledger.failures("letter-1", limit=9) == [("ann@example.org", "poisoned")]


def test_maildir_is_readable_by_the_standard_library(ledger: SqlStore, tmp_path: Path) -> None:
    subscribe(ledger, "ann@example.org", "bo@example.org")
    done = drain(ledger, MaildirTransport(tmp_path / "outbox"))
    assert done.outcomes == {"accepted": 2}
    box = mailbox.Maildir(tmp_path / "outbox", create=False)
    assert sorted(str(mail["To"]) for mail in box) == ["ann@example.org", "bo@example.org"]
    assert all(b"\r" not in path.read_bytes() for path in (tmp_path / "outbox" / "new").iterdir())
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []


def test_message_in_cur_is_not_delivered_again(ledger: SqlStore, tmp_path: Path) -> None:
    subscribe(ledger, "ann@example.org")
    outbox = tmp_path / "outbox"
    drain(ledger, MaildirTransport(outbox))
    (mail,) = (outbox / "new").iterdir()
    mail.rename(outbox / "cur" / f"{mail.name}:2,S")
    claimed = Delivery(
        id="letter-1.ann@example.org",
        edition_id="letter-1",
        subscriber_id="ann@example.org",
        email="ann@example.org",
        state="claimed",
        created_at=NOW,
    )

    async def again() -> Outcome | None:
        async def yes() -> bool:
            return True

        async with MaildirTransport(outbox).session() as session:
            return await session.send("news@harbour.example", claimed.email, message(claimed), yes)

    outcome = asyncio.run(again())
    assert outcome is not None
    assert outcome.state == "accepted"
    assert list((outbox / "new").iterdir()) == []


def test_maildir_that_cannot_be_written_is_reported(ledger: SqlStore, tmp_path: Path) -> None:
    subscribe(ledger, "ann@example.org")
    (tmp_path / "file").write_text("not a folder")
    done = drain(ledger, MaildirTransport(tmp_path / "file" / "outbox"))
    assert isinstance(done.error, TransportError)
    assert "outbox" in str(done.error)
    assert ledger.counts("letter-1") == {"pending": 1}


class Scripted(threading.Thread):
    """A server on a bare socket, for what no library would send: it answers RCPT with given bytes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self._answer = answer
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        with self._listener, self._listener.accept()[0] as connection, connection.makefile("rwb") as wire:
            wire.write(b"220 here\r\n")
            wire.flush()
            for line in wire:
                verb = line[:4].upper()
                wire.write(
                    self._answer if verb == b"RCPT" else b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"
                )
                wire.flush()


def test_reply_in_another_encoding_is_recorded(ledger: SqlStore) -> None:
    server = Scripted("550 5.7.1 Empfänger unbekannt\r\n".encode("latin-1"))
    server.start()
    subscribe(ledger, "ann@example.org")
    policy = RetryPolicy(attempts=1)
    assert drain(ledger, plain(server.port), retry=policy).outcomes == {"failed": 1}
    server.join(20)
    assert "5.7.1 Empf" in ledger.failures("letter-1", limit=1)[0][1]


def test_refused_sender_fails_no_delivery(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()

    async def refuse(*_: Any) -> str:
        return "530 5.7.0 authentication required"

    server.handle_MAIL = refuse  # type: ignore[attr-defined]
    subscribe(ledger, "ann@example.org", "bo@example.org")
    done = drain(ledger, plain(port))
    assert done.error is not None
    assert "authentication required" in str(done.error)
    assert ledger.counts("letter-1") == {"pending": 2}


def test_server_that_always_disconnects_is_left_alone_after_three_sessions(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    server, port = serve()
    people = [f"reader{n}@example.org" for n in range(20)]
    server.drop = set(people)
    subscribe(ledger, *people)
    clock = Clock()
    done = drain(ledger, plain(port, connections=1), clock)
    assert done.error is not None
    # It was left alone after a few, and the others were not touched.
    assert done.outcomes == {"in_doubt": 3}
    assert ledger.counts("letter-1") == {"in_doubt": 3, "pending": 17}
    hanging = set(people)
    for minutes in (2, 4, 6):
        server.drop = set(hanging)
        clock.moment = NOW + timedelta(minutes=minutes)
        drain(ledger, plain(port, connections=1), clock)
    server.drop = set()
    clock.moment = NOW + timedelta(hours=9)
    drain(ledger, plain(port), clock)
    clock.moment = NOW + timedelta(hours=18)
    drain(ledger, plain(port), clock)
    assert ledger.counts("letter-1") == {"accepted": 20}


def test_repeated_doubt_waits_and_ends(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    subscribe(ledger, "ann@example.org")
    clock = Clock()
    for days in (0, 1, 2, 3, 4):
        server.drop = {"ann@example.org"}
        clock.moment = NOW + timedelta(days=days)
        drain(ledger, plain(port), clock)
        clock.moment += timedelta(hours=12)
        drain(ledger, plain(port), clock)
    clock.moment = NOW + timedelta(days=6)
    drain(ledger, plain(port), clock)
    assert ledger.counts("letter-1") in ({"held": 1}, {"accepted": 1})


def test_reply_421_to_the_message_defers(serve: Callable[..., tuple[Server, int]], ledger: SqlStore) -> None:
    server, port = serve()
    server.data = {"ann@example.org": "421 4.3.2 busy"}
    subscribe(ledger, "ann@example.org", "bo@example.org")
    done = drain(ledger, plain(port, connections=1), policy="hold")
    assert done.outcomes == {"accepted": 1, "deferred": 1}


def test_outcome_is_recorded_when_the_database_is_free_again(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, port = serve()
    subscribe(ledger, "ann@example.org")
    settle, failures = ledger.record_outcomes, [StoreError("the database is locked")]

    def sometimes(*given: Any, **named: Any) -> set[str]:
        if failures:
            raise failures.pop()
        return settle(*given, **named)

    monkeypatch.setattr(ledger, "record_outcomes", sometimes)
    assert drain(ledger, plain(port)).outcomes == {"accepted": 1}
    assert ledger.counts("letter-1") == {"accepted": 1}
    assert len(server.taken) == 1


def test_delivery_of_an_unknown_newsletter_waits(
    serve: Callable[..., tuple[Server, int]], ledger: SqlStore
) -> None:
    _, port = serve()
    subscribe(ledger, "ann@example.org")

    def gone(_: Delivery) -> bytes:
        raise ConfigError("there is no newsletter 'letter'")

    clock = Clock()
    dispatcher = Dispatcher(
        ledger,
        plain(port),
        message_for=gone,
        sender_for=lambda _: "news@harbour.example",
        clock=clock,
        owner="test",
    )
    assert asyncio.run(dispatcher.drain()).outcomes == {"deferred": 1}
    clock.moment = NOW + timedelta(hours=2)
    assert drain(ledger, plain(port), clock).outcomes == {"accepted": 1}


def test_full_disk_leaves_no_maildir_delivery_in_doubt(
    ledger: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(ledger, "ann@example.org", "bo@example.org", "cy@example.org")
    outbox = MaildirTransport(tmp_path / "outbox")
    with monkeypatch.context() as patch:
        # What a full disk says; the disk of the machine that runs this is not to be filled.
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr("syndicate.delivery.transports.maildir.os.fsync", full)
        done = drain(ledger, outbox, policy="hold")
    assert done.error is not None
    assert "no space left" in str(done.error)
    assert ledger.counts("letter-1") == {"pending": 3}
    assert drain(ledger, outbox).outcomes == {"accepted": 3}


class Silent(threading.Thread):
    """A server that answers nothing from one step on."""

    def __init__(self, step: bytes) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self._step = step
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        with self._listener, self._listener.accept()[0] as connection, connection.makefile("rwb") as wire:
            replies = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
            if self._step != b"GREETING":
                wire.write(b"220 here\r\n")
                wire.flush()
            for line in wire:
                if self._step == b"GREETING" or line[:4] == self._step:
                    continue
                if line == b".\r\n" and self._step == b"FINAL":
                    continue
                if line == b".\r\n" or line[:4] in (b"EHLO", b"MAIL", b"RCPT", b"DATA", b"RSET", b"QUIT"):
                    wire.write(replies.get(line[:4], b"250 ok\r\n"))
                    wire.flush()


@pytest.mark.parametrize(
    ("step", "limit", "reason", "is_marked"),
    [
        (b"GREETING", "greeting", "server ready message", False),
        (b"MAIL", "mail", "did not answer MAIL within 0.2 seconds", False),
        (b"RCPT", "rcpt", "did not answer RCPT within", False),
        (b"DATA", "data", "did not answer DATA within", False),
        (b"FINAL", "final", "did not answer the end of the message within", True),
    ],
)
def test_each_phase_has_its_timeout(step: bytes, limit: str, reason: str, is_marked: bool) -> None:
    server = Silent(step)
    server.start()
    timeouts = TIMEOUTS.model_copy(update={limit: timedelta(seconds=0.2)})
    transport = SmtpTransport("127.0.0.1", server.port, tls="never", timeouts=timeouts)
    marked = False

    async def send() -> None:
        async def before_commit() -> bool:
            nonlocal marked
            marked = True
            return True

        async with transport.session() as session:
            await session.send("news@harbour.example", "ann@example.org", b"words\r\n", before_commit)

    with pytest.raises(TransportError, match=reason):
        asyncio.run(send())
    server.join(20)
    assert marked == is_marked


class Dribbling(threading.Thread):
    """A server that sends its reply to MAIL byte by byte, and closes the connection before the end."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        with (
            suppress(ConnectionError),
            self._listener,
            self._listener.accept()[0] as connection,
            connection.makefile("rb") as lines,
        ):
            connection.sendall(b"220 here\r\n")
            for line in lines:
                if line[:4] == b"MAIL":
                    break
                connection.sendall(b"250 ok\r\n")
            for byte in b"250-" + b"x" * 26:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)


def test_timeout_of_a_reply_does_not_begin_again_with_each_byte(ledger: SqlStore) -> None:
    server = Dribbling()
    server.start()
    subscribe(ledger, "ann@example.org")
    timeouts = TIMEOUTS.model_copy(update={"mail": timedelta(seconds=0.3)})
    done = drain(ledger, SmtpTransport("127.0.0.1", server.port, tls="never", timeouts=timeouts))
    server.join(20)
    assert "did not answer MAIL within 0.3 seconds" in str(done.error)


class Injecting(threading.Thread):
    """A server behind which somebody adds a reply to the answer to STARTTLS, before TLS begins."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self._context = context
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[bytes] = []

    def run(self) -> None:
        with self._listener, self._listener.accept()[0] as plain:
            plain.sendall(b"220 here\r\n")
            plain.recv(1000)
            plain.sendall(b"250-here\r\n250 STARTTLS\r\n")
            plain.recv(1000)
            plain.sendall(b"220 go on\r\n250-injected\r\n250 SIZE 1\r\n")
            with self._context.wrap_socket(plain, server_side=True) as wire:
                while data := wire.recv(10_000):
                    self.commands.append(data[:4])
                    is_input = data[:4] == b"DATA"
                    wire.sendall(b"354 go on\r\n" if is_input else b"250 ok\r\n")


def test_reply_that_is_injected_before_tls_is_ignored(ledger: SqlStore, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = Injecting(context)
    server.start()
    subscribe(ledger, "ann@example.org")
    transport = SmtpTransport("127.0.0.1", server.port, ca=str(tmp_path / "ca.pem"), timeouts=TIMEOUTS)
    assert drain(ledger, transport).outcomes == {"accepted": 1}
    server.join(20)
    # The injected reply is not the answer to EHLO: its limit of one byte would refuse the message.
    assert server.commands[:4] == [b"EHLO", b"MAIL", b"RCPT", b"DATA"]
