"""Sending within limits: relays that fail, quotas over restarts, workers that share a rate, canaries."""

from __future__ import annotations

import asyncio
import json
import mailbox
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typer.testing import CliRunner, Result

from helpers_net import free_port
from helpers_site import WEEKLY, configured, source, write
from helpers_store import Opener, store_of
from syndicate import ConfigError, Newsroom, TransportError
from syndicate.cli import app
from syndicate.config import ONLY_RELAY, DomainSettings, NewsletterSettings, RelaySettings, WarmUpSettings
from syndicate.delivery import Dispatcher, DispatchReport, delivery_queue
from syndicate.delivery.limits.admission import Admission
from syndicate.delivery.limits.limit_states import SendLimits
from syndicate.delivery.relays import Relay, RelayGroup, open_relays
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.errors import StoreError
from syndicate.model import Delivery, DeliveryState, Outcome, Rate, SendReport
from syndicate.store import SqlStore
from syndicate.testing import (
    ACCEPT,
    DEFER,
    REFUSE,
    FixedClock,
    MemoryTransport,
    Reply,
    a_new_edition,
    a_subscriber,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BEFORE = datetime(2026, 2, 2, tzinfo=UTC)
"""A time before the clock of the machine, which commands use."""
HOUR = timedelta(hours=1)
ONE_RELAY = (RelaySettings(name=ONLY_RELAY, transport="maildir:x"),)
NEWSLETTER = NewsletterSettings(name="weekly", title="Weekly", sender="News <news@harbour.example>")


# --- relays ---------------------------------------------------------------------------------------------


class Server:
    """An SMTP server that takes mail, closes every connection after some, and counts what it does at once."""

    def __init__(self, *, takes: int = 10_000, answers: dict[str, str] | None = None) -> None:
        self.taken: list[str] = []
        self.takes = takes
        self.answers = answers or {}
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        domain = address.partition("@")[2]
        if len(self.taken) >= self.takes:
            return "421 4.3.2 going down"
        if answer := self.answers.get(address) or self.answers.get(domain):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        domain = envelope.rcpt_tos[0].partition("@")[2]
        self.at_once[domain] += 1
        self.most_at_once[domain] = max(self.at_once[domain], self.most_at_once[domain])
        await asyncio.sleep(0.005)
        self.at_once[domain] -= 1
        self.taken.append(envelope.rcpt_tos[0])
        return "250 2.0.0 queued"


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Server, SmtpTransport]]]:
    running: list[Controller] = []

    def start(**options: Any) -> tuple[Server, SmtpTransport]:
        handler, port = Server(**options), free_port()
        controller = Controller(handler, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        return handler, SmtpTransport("127.0.0.1", port, tls="never", connections=4)

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/s.db")
    assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
    yield store
    store.close()


def subscribe(store: SqlStore, *addresses: str) -> None:
    for number, address in enumerate(addresses):
        assert store.add_subscriber(a_subscriber(f"s{number:03}", email=address))
    assert store.enqueue("weekly-1", "weekly", now=NOW) == len(addresses)


def message(delivery: Delivery) -> bytes:
    return f"From: news@harbour.example\r\nTo: {delivery.email}\r\nSubject: s\r\n\r\nwords\r\n".encode()


def dispatcher(
    store: SqlStore,
    group: RelayGroup,
    clock: FixedClock,
    limits: SendLimits | None = None,
    owner: str = "one",
) -> Dispatcher:
    relays = tuple(RelaySettings(name=each.name, transport="x", weight=each.weight) for each in group.relays)
    admission = Admission(
        store, limits or SendLimits(relays), find_newsletter=lambda _: NEWSLETTER, clock=clock
    )
    return Dispatcher(
        store,
        group,
        message_for=message,
        sender_for=lambda _: "news@harbour.example",
        clock=clock,
        owner="worker",
        admission=admission,
    )


def drain(*args: Any, **options: Any) -> DispatchReport:
    return asyncio.run(dispatcher(*args, **options).drain())


def addresses(number: int, domain: str = "one.example") -> list[str]:
    return [f"s{each}@{domain}" for each in range(number)]


def test_relays_share_the_mail_by_weight(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    (first, one), (second, two) = serve(), serve()
    subscribe(ledger, *addresses(80))
    group = RelayGroup((Relay("a", one, 3), Relay("b", two, 1)))
    report = drain(ledger, group, FixedClock(NOW))
    assert (report.outcomes, report.error) == ({"accepted": 80}, None)
    assert (len(first.taken), len(second.taken)) == (60, 20)


def test_relay_that_fails_in_the_middle_is_left_out(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    (first, one), (second, two) = serve(takes=10), serve()
    subscribe(ledger, *addresses(200))
    clock = FixedClock(NOW)
    group = RelayGroup((Relay("a", one), Relay("b", two)))
    report = drain(ledger, group, clock)
    assert report.error is None
    [error] = report.failed_relays
    assert error.message.startswith("relay a: ")
    assert "4.3.2 going down" in error.message
    # Those at which the connection ended were tried, and come again later.
    deferred = report.outcomes["deferred"]
    assert deferred <= 3 * 4
    assert report.outcomes == {"accepted": 200 - deferred, "deferred": deferred}
    assert 10 <= len(first.taken) <= 13
    clock.move(HOUR)
    first.takes = 1000
    assert drain(ledger, group, clock).outcomes == {"accepted": deferred}
    assert sorted(first.taken + second.taken) == sorted(addresses(200)), "each of them once"


def test_relay_that_cannot_be_reached_is_left_out_and_gives_its_share_back(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    server, works = serve()
    away = SmtpTransport("127.0.0.1", free_port(), tls="never")
    subscribe(ledger, *addresses(20))
    quota = (Rate(30, HOUR),)
    limits = SendLimits(
        (
            RelaySettings(name="away", transport="x", quota=quota),
            RelaySettings(name="works", transport="x", quota=quota),
        )
    )
    group = RelayGroup((Relay("away", away), Relay("works", works)))
    report = drain(ledger, group, FixedClock(NOW), limits)
    assert (report.outcomes, report.error) == ({"accepted": 20}, None)
    counts = {name: sum(value.values()) for name, value in ledger.find_limits("quota ").items()}
    assert counts.get("quota away 3600", 0) == 0, "nothing was sent through it"
    assert counts["quota works 3600"] == len(server.taken) == 20


def test_spare_relay_sends_when_the_others_fail(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    (main, one), (spare, two) = serve(), serve()
    subscribe(ledger, *addresses(10))
    group = RelayGroup((Relay("spare", two, 0), Relay("main", one, 1)))
    drain(ledger, group, FixedClock(NOW))
    assert (len(main.taken), len(spare.taken)) == (10, 0)
    away = SmtpTransport("127.0.0.1", free_port(), tls="never")
    for number in range(10, 20):
        ledger.add_subscriber(a_subscriber(f"s{number:03}"))
    ledger.enqueue("weekly-1", "weekly", now=NOW)
    group = RelayGroup((Relay("spare", two, 0), Relay("main", away, 1)))
    assert drain(ledger, group, FixedClock(NOW)).outcomes == {"accepted": 10}
    assert len(spare.taken) == 10


def test_run_fails_only_if_all_relays_fail(ledger: SqlStore) -> None:
    subscribe(ledger, *addresses(3))
    group = RelayGroup(
        tuple(
            Relay(name, SmtpTransport("127.0.0.1", free_port(), tls="never")) for name in ("first", "second")
        )
    )
    report = drain(ledger, group, FixedClock(NOW))
    assert report.error is not None
    assert "relay first" in report.error.message and "relay second" in report.error.message
    assert report.failed_relays == ()
    assert ledger.counts("weekly-1") == {"pending": 3}


def test_relay_that_refuses_everybody_is_left_out(ledger: SqlStore) -> None:
    subscribe(ledger, *addresses(100))
    refuses, works = MemoryTransport(default=REFUSE), MemoryTransport()
    group = RelayGroup((Relay("refuses", refuses), Relay("works", works)))
    report = drain(ledger, group, FixedClock(NOW))
    assert report.error is None
    assert ledger.counts("weekly-1") == {"accepted": 100}, "and nobody is failed"
    assert len(refuses.asked) < 20


def test_copy_for_review_goes_through_the_first_relay_that_works() -> None:
    away, spare, works = MemoryTransport(error=TransportError("away")), MemoryTransport(), MemoryTransport()
    group = RelayGroup((Relay("spare", spare, 0), Relay("works", works, 1), Relay("away", away, 5)))

    async def send() -> None:
        async def yes() -> bool:
            return True

        async with group.session() as session:
            await session.send("a@b.example", "c@d.example", b"", yes)

    asyncio.run(send())
    assert (len(works.sent), len(spare.sent)) == (1, 0)
    with pytest.raises(TransportError, match="relay away: away"):
        asyncio.run(group.check())
    works.error = spare.error = TransportError("away too")
    with pytest.raises(TransportError, match="relay works: away too; relay spare: away too"):
        asyncio.run(send())


def test_each_relay_has_its_own_password_and_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relays = """
[[delivery.relay]]
name = "one"
transport = "smtp://user@one.example"
connections = 2
[[delivery.relay]]
name = "two"
transport = "smtp://user@two.example"
password_env = "SECOND_PASSWORD"
weight = 3
"""
    monkeypatch.setenv("SYNDICATE_SMTP_PASSWORD", "first")
    monkeypatch.setenv("SECOND_PASSWORD", "second")
    config = configured(tmp_path, WEEKLY, relays)
    group = RelayGroup.of(open_relays(Newsroom.open(config).settings.delivery, tmp_path))
    passwords = {each.name: getattr(each.transport, "password", None) for each in group.relays}
    assert passwords == {"one": "first", "two": "second"}
    assert [(each.weight, each.connections) for each in group.relays] == [(1, 2), (3, 10)]
    configured(tmp_path, WEEKLY, relays.replace("smtp://user@two.example", "pigeon:x"))
    with pytest.raises(ConfigError) as caught:
        open_relays(Newsroom.open(config).settings.delivery, tmp_path)
    assert caught.value.where.field == "delivery.relay.2.transport"


# --- rates ----------------------------------------------------------------------------------------------


def test_limit_of_a_domain_holds_across_three_workers(open_store: Opener) -> None:
    # Rule 16: the slow domain drains slowly, the other one at full rate.
    stores = [open_store() for _ in range(3)]
    assert stores[0].add_edition(a_new_edition("weekly", 1), now=NOW)
    slow, fast = addresses(8, "slow.example"), addresses(40, "fast.example")
    subscribe(stores[0], *slow, *fast)
    clock = FixedClock(NOW)
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x"),),
        (DomainSettings(name="slow.example", rate=Rate(4, timedelta(seconds=2))),),
    )
    transport = MemoryTransport(connections=2)
    group = RelayGroup.of(transport)
    workers = [dispatcher(store, group, clock, limits) for store in stores]
    with ThreadPoolExecutor(3) as pool:
        for second in range(40):
            list(pool.map(lambda each: asyncio.run(each.drain()), workers))
            domains = Counter(each.recipient.partition("@")[2] for each in transport.sent)
            assert domains["fast.example"] == 40
            # One each half second, and those of the half second that is admitted ahead.
            assert domains["slow.example"] <= 2 * second + 2
            if domains["slow.example"] == 8:
                break
            clock.move(timedelta(seconds=1))
    assert sorted(each.recipient for each in transport.sent) == sorted([*slow, *fast]), "each of them once"
    assert second <= 20


def test_send_waits_for_a_rate_of_some_mails_per_second(
    ledger: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RunningClock(FixedClock):
        start = time.monotonic()

        def now(self) -> datetime:
            return NOW + timedelta(seconds=time.monotonic() - self.start)

    monkeypatch.setattr(delivery_queue, "_LONGEST_WAIT", timedelta(seconds=0.4))
    # More than the longest wait allows at the beginning: the run goes on while the next one is due soon.
    subscribe(ledger, *addresses(30))
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x", rate=Rate(20, timedelta(seconds=1))),)
    )
    transport = MemoryTransport(connections=2)
    report = drain(ledger, RelayGroup.of(transport), RunningClock(), limits)
    assert report.outcomes == {"accepted": 30}
    assert transport.opened <= 2, "sessions stay open between the mails"


def test_domain_that_asks_to_slow_down_gets_half(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    server, transport = serve(answers={"slow.example": "450 4.7.28 unusual rate of mail"})
    subscribe(ledger, *addresses(3, "slow.example"), *addresses(3, "fast.example"))
    clock = FixedClock(NOW)
    report = drain(ledger, RelayGroup.of(transport), clock)
    assert report.outcomes == {"accepted": 3, "deferred": 3}
    assert list(ledger.find_limits("lowered ")) == ["lowered transport slow.example"]
    assert ledger.find_limits("lowered ")["lowered transport slow.example"]["per_hour"] == 5 * 3600
    server.answers.clear()
    clock.move(HOUR)
    assert drain(ledger, RelayGroup.of(transport), clock).outcomes == {"accepted": 3}
    assert ledger.find_limits("lowered ") == {}, "the rate has recovered"


@pytest.mark.parametrize("answer", ["421 4.3.2 mailbox server is busy", "450 4.7.1 try again later"])
def test_busy_mailbox_does_not_slow_down_its_domain(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore, answer: str
) -> None:
    everybody = addresses(60, "d.example")
    _, transport = serve(answers={everybody[7]: answer, everybody[40]: answer})
    subscribe(ledger, *everybody)
    report = drain(ledger, RelayGroup.of(transport), FixedClock(NOW))
    assert report.outcomes == {"accepted": 58, "deferred": 2}
    assert ledger.find_limits("lowered ") == {}


def test_what_was_stored_for_idle_domains_is_deleted(ledger: SqlStore) -> None:
    subscribe(ledger, *(f"reader@d{number}.example" for number in range(20)))
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x"),),
        (DomainSettings(name="*", rate=Rate(1, timedelta(minutes=1))),),
    )
    clock, transport = FixedClock(NOW), MemoryTransport()
    assert drain(ledger, RelayGroup.of(transport), clock, limits).outcomes == {"accepted": 20}
    assert len(ledger.find_limits("domain ")) == 20
    clock.move(HOUR)
    ledger.add_subscriber(a_subscriber("late", email="late@d7.example"))
    ledger.enqueue("weekly-1", "weekly", now=NOW)
    assert drain(ledger, RelayGroup.of(transport), clock, limits).outcomes == {"accepted": 1}
    assert list(ledger.find_limits("domain ")) == ["domain d7.example"]


def test_few_connections_send_to_a_domain_at_the_same_time(
    serve: Callable[..., tuple[Server, SmtpTransport]], ledger: SqlStore
) -> None:
    server, transport = serve()
    subscribe(ledger, *addresses(15, "slow.example"), *addresses(40, "fast.example"))
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x"),),
        (DomainSettings(name="slow.example", connections=1),),
    )
    report = drain(ledger, RelayGroup.of(transport), FixedClock(NOW), limits)
    assert report.outcomes == {"accepted": 55}
    assert server.most_at_once["slow.example"] == 1
    assert server.most_at_once["fast.example"] > 1


def test_deliveries_to_a_domain_with_few_connections_do_not_fill_the_queue(ledger: SqlStore) -> None:
    subscribe(ledger, *addresses(130, "slow.example"), *addresses(10, "fast.example"))
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x"),),
        (DomainSettings(name="slow.example", connections=1),),
    )
    clock, transport = FixedClock(NOW), MemoryTransport(connections=2)
    group = RelayGroup.of(transport)
    drain(ledger, group, clock, limits)
    domains = Counter(each.recipient.partition("@")[2] for each in transport.sent)
    assert domains["fast.example"] == 10
    assert 50 <= domains["slow.example"] < 130
    [waiting] = ledger.waiting("weekly-1", now=NOW)
    assert (waiting.number, waiting.reason) == (
        130 - domains["slow.example"],
        "connections to slow.example: 1",
    )
    for _ in range(9):
        clock.move(timedelta(seconds=2))
        drain(ledger, group, clock, limits)
    assert ledger.counts("weekly-1") == {"accepted": 140}


def test_removed_subscriber_keeps_no_connection_to_a_domain(ledger: SqlStore) -> None:
    people = addresses(9, "slow.example")
    subscribe(ledger, *people)
    limits = SendLimits(
        (RelaySettings(name="transport", transport="x"),),
        (DomainSettings(name="slow.example", connections=1),),
    )

    class Removing(MemoryTransport):
        """A subscriber is removed while their mail is sent."""

        def reply(self, recipient: str) -> Reply:
            if recipient == people[2]:
                ledger.remove_subscriber(recipient, now=NOW)
            return super().reply(recipient)

    async def send() -> DispatchReport:
        # Without a limit of its own, a send that never ends would end no test either.
        async with asyncio.timeout(20):
            return await dispatcher(ledger, RelayGroup.of(transport), FixedClock(NOW), limits).drain()

    transport = Removing()
    assert asyncio.run(send()).outcomes == {"accepted": 8}
    assert people[2] not in {each.recipient for each in transport.sent}


@pytest.mark.parametrize("state", ["deferred", "failed"])
def test_detail_that_the_database_does_not_take_is_recorded_without_it(
    open_store: Opener, state: DeliveryState
) -> None:
    store = open_store()
    assert store.add_edition(a_new_edition("weekly", 1), now=NOW)
    people = addresses(12)
    subscribe(store, *people)
    answer = Reply(Outcome(state=state, code=450, detail="no\0t\nnow"), at="recipient")
    # The other ten stop the send: why is recorded with the edition.
    refusal = Reply(Outcome(state="failed", code=550, detail="not\0 you"), at="recipient")
    transport = MemoryTransport({people[0]: answer, people[1]: ACCEPT}, refusal)
    report = drain(store, RelayGroup.of(transport), FixedClock(NOW))
    assert report.outcomes == {"accepted": 1, state: 1}
    assert "550 not you" in (store.last_stop("weekly-1") or "")
    if state == "failed":
        assert store.failures("weekly-1", limit=9) == [(people[0], "not now")]


# --- a newsroom -----------------------------------------------------------------------------------------


POST = '{"id": "1", "title": "One", "link": "https://harbour.example/1", "published": "2026-01-02"}\n'


def newsroom_with(
    folder: Path, clock: FixedClock, *tables: str, readers: int = 0, newsletter: str = "", **options: Any
) -> Newsroom:
    """Open a site with an edition and subscribers."""
    write(folder, {"posts.jsonl": POST})
    config = configured(folder, source(), WEEKLY + newsletter, *tables)
    newsroom = Newsroom.open(config, clock=clock, **options)
    if readers:
        newsroom.ingest()
        newsroom.compose("weekly")
        for number in range(readers):
            newsroom.add_subscriber(f"s{number}@reader{number % 7}.example")
    return newsroom


def typed(folder: Path, *words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [*words, "--config", str(folder / "syndicate.toml")])


def waiting(report: SendReport) -> list[tuple[int, datetime | None, str]]:
    return [(each.number, each.until, each.reason) for each in report.waiting]


QUOTA = """
[[delivery.relay]]
name = "small"
transport = "maildir:outbox"
quota = ["5 per hour", "12 per day"]
"""


def test_quota_holds_over_a_restart_and_the_rest_goes_in_the_next_hour(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    with newsroom_with(tmp_path, clock, QUOTA, readers=14) as newsroom:
        report = newsroom.send("weekly")
        assert (report.accepted, report.pending, report.ok) == (5, 9, True)
        [(number, until, reason)] = waiting(report)
        assert (number, reason) == (9, "quota of the relay small: 5 per hour")
        assert until is not None and NOW + HOUR <= until <= NOW + timedelta(minutes=63)
        assert newsroom.seconds_until_delivery() == (until - NOW).total_seconds()
    with newsroom_with(tmp_path, clock, QUOTA) as newsroom:
        assert newsroom.send("weekly").sent_now == 0, "the process has forgotten nothing"
        clock.set(until - timedelta(seconds=1))
        assert newsroom.dispatch().outcomes == {}
        clock.set(until)
        assert newsroom.send("weekly").accepted == 10
        clock.move(2 * HOUR)
        report = newsroom.send("weekly")
        assert (report.accepted, [each.reason for each in report.waiting]) == (
            12,
            ["quota of the relay small: 12 per day"],
        )
        clock.move(timedelta(hours=25))
        assert newsroom.send("weekly").accepted == 14
        assert newsroom.send("weekly").waiting == ()
    assert len(mailbox.Maildir(tmp_path / "outbox", create=False)) == 14


def test_status_says_how_many_wait_until_when_and_why(tmp_path: Path) -> None:
    with newsroom_with(tmp_path, FixedClock(BEFORE), readers=8):
        pass
    configured(tmp_path, source(), WEEKLY, QUOTA)
    sent = typed(tmp_path, "send", "weekly")
    assert sent.exit_code == 0, sent.stderr
    assert "3 deliveries wait until" in sent.stderr
    assert "quota of the relay small: 5 per hour" in sent.stderr
    status = typed(tmp_path, "status")
    assert "3 deliveries wait until" in status.stderr
    found = json.loads(typed(tmp_path, "status", "--json").stdout)
    [waits] = found["editions"][0]["waiting"]
    assert (waits["number"], waits["reason"]) == (3, "quota of the relay small: 5 per hour")
    assert waits["until"] > found["editions"][0]["composed_at"]


def test_quotas_of_relays_are_used_up_together(tmp_path: Path) -> None:
    second = QUOTA.replace("small", "second").replace("5 per hour", "3 per hour").replace("outbox", "other")
    with newsroom_with(tmp_path, FixedClock(NOW), QUOTA, second, readers=14) as newsroom:
        assert newsroom.send("weekly").accepted == 8
    assert len(mailbox.Maildir(tmp_path / "outbox", create=False)) == 5
    assert len(mailbox.Maildir(tmp_path / "other", create=False)) == 3


def test_warm_up_sends_a_little_more_each_day(tmp_path: Path) -> None:
    warm_up = '\n[[delivery.warm_up]]\ndomain = "harbour.example"\ncounts = [2, 4]\n'
    clock = FixedClock(NOW)
    with newsroom_with(tmp_path, clock, warm_up, readers=14) as newsroom:
        report = newsroom.send("weekly")
        midnight = datetime(2026, 12, 1, tzinfo=UTC)
        assert waiting(report) == [(12, midnight, "warm-up of harbour.example: 2 on day 1 of its warm-up")]
        clock.set(midnight - timedelta(seconds=1))
        assert newsroom.send("weekly").accepted == 2
        clock.set(midnight)
        assert newsroom.send("weekly").accepted == 6
        clock.move(timedelta(days=1))
        assert newsroom.send("weekly").accepted == 14, "after the warm-up there is no limit"


def test_quiet_hours_are_those_of_the_subscriber(tmp_path: Path) -> None:
    quiet = 'quiet_hours = "21:00 to 07:00"\n'
    clock = FixedClock(NOW)
    transport = MemoryTransport()
    with newsroom_with(tmp_path, clock, newsletter=quiet, transport=transport, readers=1) as newsroom:
        newsroom.add_subscriber("tokyo@reader.example", timezone="Asia/Tokyo")
        newsroom.add_subscriber("denver@reader.example", timezone="America/Denver")
        report = newsroom.send("weekly")
        # At 12:00 UTC it is 21:00 in Tokyo, 05:00 in Denver, and 12:00 in London, the site's.
        assert [each.recipient for each in transport.sent] == ["s0@reader0.example"]
        assert waiting(report) == [(2, datetime(2026, 11, 30, 22, tzinfo=UTC), "quiet hours")]
        clock.move(2 * HOUR)
        newsroom.dispatch()
        assert [each.recipient for each in transport.sent][1:] == ["denver@reader.example"]
        assert newsroom.seconds_until_delivery() == 8 * 3600
        clock.move(8 * HOUR)
        newsroom.dispatch()
        assert [each.recipient for each in transport.sent][2:] == ["tokyo@reader.example"]


CANARY = """
[delivery.canary]
share = 0.25
minimum = 2
failures = 0.3
wait = "5 minutes"
"""


def test_warm_up_of_a_domain_that_sends_nothing_is_reported(tmp_path: Path) -> None:
    warm_ups = "".join(
        f'\n[[delivery.warm_up]]\ndomain = "{domain}"\n' for domain in ("Harbour.example", "harbor.example")
    )
    with newsroom_with(tmp_path, FixedClock(NOW), warm_ups) as newsroom:
        found = [each for each in newsroom.check().problems if "warm-up" in each.message]
    assert [(each.field, each.severity) for each in found] == [("delivery.warm_up.2.domain", "warning")]
    assert "harbour.example" in (found[0].hint or "")


@pytest.mark.parametrize("bad", [DEFER, REFUSE], ids=["deferred", "refused"])
def test_canary_with_too_many_failures_holds_the_rest(tmp_path: Path, bad: Reply) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport(default=bad)
    # The first one is accepted, so that refusals are about the recipients.
    with newsroom_with(tmp_path, clock, CANARY, transport=transport, readers=20) as newsroom:
        first = min(newsroom.subscribers(), key=lambda each: each.id)
        transport.script = {each.email: ACCEPT for each in newsroom.subscribers() if each == first}
        report = newsroom.send("weekly")
        assert len(transport.asked) == 5
        [(number, until, reason)] = waiting(report)
        assert number >= 15 and until == NOW + timedelta(minutes=5)
        assert reason == "canary: the outcome of the first 5 deliveries, 5 minutes"
        assert report.ok
        clock.move(timedelta(minutes=5))
        transport.default = ACCEPT
        report = newsroom.send("weekly")
        assert len(transport.asked) == 5, "nothing more is sent"
        assert not report.ok
        [(number, until, reason)] = waiting(report)
        assert (until, reason) == (None, "canary: too many of the first deliveries failed or were deferred")
        assert any("--resume" in (each.hint or "") for each in newsroom.status().problems)
        assert newsroom.seconds_until_delivery() is None, "the daemon waits too"
        clock.move(timedelta(days=1))
        assert newsroom.dispatch().outcomes == {}
        assert newsroom.resume("weekly") == "weekly-1"
        report = newsroom.send("weekly")
        assert report.accepted + report.failed == 20
        assert report.waiting == ()


def test_limits_that_the_operator_lifts_hold_no_longer(tmp_path: Path) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport()
    quiet = 'quiet_hours = "00:00 to 23:59"\n'
    with newsroom_with(tmp_path, clock, transport=transport, readers=4, newsletter=quiet) as newsroom:
        report = newsroom.send("weekly")
        assert (report.sent_now, [number for number, _, _ in waiting(report)]) == (0, [4])
    config = tmp_path / "syndicate.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(quiet, ""), encoding="utf-8")
    with Newsroom.open(config, clock=clock, transport=transport) as newsroom:
        assert newsroom.send("weekly").sent_now == 4


def test_canary_that_arrives_is_followed_by_the_rest(tmp_path: Path) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport()
    with newsroom_with(tmp_path, clock, CANARY, transport=transport, readers=20) as newsroom:
        assert newsroom.send("weekly").accepted == 5
        assert newsroom.dispatch().outcomes == {}
        clock.move(timedelta(minutes=5))
        assert newsroom.dispatch().outcomes == {"accepted": 15}


def test_canary_that_could_not_be_sent_is_sent_later(tmp_path: Path) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport(error=TransportError("away"))
    with newsroom_with(tmp_path, clock, CANARY, transport=transport, readers=20) as newsroom:
        assert newsroom.send("weekly").external_failure
        transport.error = None
        clock.move(timedelta(minutes=5))
        assert newsroom.send("weekly").accepted == 5
        clock.move(timedelta(minutes=5))
        assert newsroom.send("weekly").accepted == 20


def test_resume_is_a_command(tmp_path: Path) -> None:
    with newsroom_with(tmp_path, FixedClock(BEFORE), readers=3):
        pass
    assert typed(tmp_path, "send", "weekly", "--resume").exit_code == 0
    assert len(mailbox.Maildir(tmp_path / "outbox", create=False)) == 3
    assert typed(tmp_path, "send", "weekly", "--resume", "--dry-run").exit_code == 2
    assert typed(tmp_path, "send", "weekly", "--resume", "--edition", "weekly-9").exit_code == 2


def test_limits_of_a_removed_newsletter_do_not_stop_the_others(ledger: SqlStore) -> None:
    subscribe(ledger, *addresses(2))

    def gone(_: str) -> NewsletterSettings:
        raise ConfigError("there is no newsletter 'weekly'")

    transport, clock = MemoryTransport(), FixedClock(NOW)
    limits = SendLimits((RelaySettings(name="transport", transport="x", quota=(Rate(1, HOUR),)),))
    one = dispatcher(ledger, RelayGroup.of(transport), clock, limits)
    admission = Admission(ledger, limits, find_newsletter=gone, clock=clock)
    assert asyncio.run(Dispatcher.drain(_with(one, admission))).outcomes == {"accepted": 1}


def _with(one: Dispatcher, admission: Admission) -> Dispatcher:
    from dataclasses import replace

    return replace(one, admission=admission)


def test_limits_are_kept_although_the_database_failed_once(ledger: SqlStore) -> None:
    subscribe(ledger, *addresses(30))
    failures = [StoreError("the connection was lost")]

    def find_newsletter(_: str) -> NewsletterSettings:
        if failures:
            raise failures.pop()
        return NEWSLETTER

    clock = FixedClock(NOW)
    limits = SendLimits(ONE_RELAY, warm_ups=(WarmUpSettings(domain="harbour.example", first=5),))
    transport = MemoryTransport()
    sender = replace(
        dispatcher(ledger, RelayGroup.of(transport), clock),
        admission=Admission(ledger, limits, find_newsletter=find_newsletter, clock=clock),
    )
    with pytest.raises(StoreError):
        asyncio.run(sender.drain())
    clock.set(NOW + HOUR)
    assert asyncio.run(sender.drain()).outcomes == {"accepted": 5}


SENDER_REFUSED = Reply(
    Outcome(state="failed", code=550, status="5.1.8", detail="bad sender", about="sender", attempted=False),
    at="recipient",
)
CONTENT_REFUSED = Reply(Outcome(state="failed", code=554, status="5.7.1", detail="spam", about="sender"))


@pytest.mark.parametrize("reply", [SENDER_REFUSED, CONTENT_REFUSED])
def test_edition_that_the_server_refuses_does_not_stop_others(ledger: SqlStore, reply: Reply) -> None:
    subscribe(ledger, *addresses(30, "refused.example"))
    clock, relay = FixedClock(NOW + HOUR), MemoryTransport(connections=2)
    relay.script = dict.fromkeys(addresses(30, "refused.example"), reply)
    group = RelayGroup.of(relay)
    drain(ledger, group, clock)
    assert ledger.waiting("weekly-1", now=clock.now()) == [], "nobody waits behind it"
    ledger.add_subscriber(a_subscriber("ann", "daily"))
    ledger.add_edition(a_new_edition("daily", 1), now=NOW)
    ledger.enqueue("daily-1", "daily", now=NOW + HOUR)
    report = drain(ledger, group, clock)
    assert report.error is not None
    [waiting] = ledger.waiting("weekly-1", now=clock.now())
    assert (waiting.number, waiting.until, waiting.reason) == (
        30,
        clock.now() + timedelta(minutes=15),
        report.error.message,
    )
    assert drain(ledger, group, clock).outcomes == {"accepted": 1}
    assert ledger.counts("daily-1") == {"accepted": 1}
    relay.script = {}
    clock.set(NOW + HOUR + timedelta(minutes=15))
    assert drain(ledger, group, clock).outcomes == {"accepted": 30}


def test_send_tries_an_edition_that_was_held_back(tmp_path: Path) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport()
    with newsroom_with(tmp_path, clock, "", transport=transport, readers=3) as newsroom:
        newsroom.enqueue("weekly", "weekly-1")
        store_of(newsroom).pause_edition("weekly-1", now=NOW, until=NOW + HOUR, reason="550 bad sender")
        assert newsroom.dispatch().outcomes == {}
        assert newsroom.send("weekly").accepted == 3


def test_canary_of_greylisted_recipients_passes(tmp_path: Path) -> None:
    clock, transport = FixedClock(NOW), MemoryTransport()
    config = CANARY.replace('"5 minutes"', '"10 minutes"')
    with newsroom_with(tmp_path, clock, config, transport=transport, readers=20) as newsroom:
        transport.script = {each.email: [DEFER, ACCEPT] for each in newsroom.subscribers()}
        newsroom.send("weekly")
        assert len(transport.asked) == 5
        clock.move(timedelta(minutes=8))
        assert newsroom.seconds_until_delivery() == 0
        assert newsroom.dispatch().outcomes == {"accepted": 5}
        assert len(transport.asked) == 10, "only those that were tried before"
        clock.move(timedelta(minutes=2))
        assert newsroom.dispatch().outcomes == {"deferred": 15}
