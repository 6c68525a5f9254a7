"""Servers that refuse everybody, drop connections or are slow: no delivery pays for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery import Dispatcher, DispatchReport, Transport, send_one
from syndicate.delivery.refusal_guard import RefusalGuard, Verdict
from syndicate.delivery.transport import TransportSession
from syndicate.errors import StoreError, TransportError
from syndicate.model import Delivery, Outcome, RefusalPolicy, RetryPolicy, SmtpTimeouts
from syndicate.scheduling.system_clock import SystemClock
from syndicate.store import SqlStore
from syndicate.testing import NOW, MemoryTransport, Reply, a_new_edition, a_subscriber
from syndicate.testing.fakes import DROP_BEFORE_COMMIT, LOSE_REPLY, FixedClock

LEASE = timedelta(minutes=1)
ACCEPTED = Outcome(state="accepted", code=250)


def refusal(text: str) -> Reply:
    """Return a refusal of a recipient, as an SMTP transport returns it."""
    code, status = text.split()[:2]
    return Reply(
        Outcome(
            state="failed",
            code=int(code),
            status=status,
            detail=text.partition(" ")[2],
            suppress=status == "5.1.1",
            about="sender" if status.startswith("5.7") else "recipient",
        ),
        at="recipient",
    )


DENIED = refusal("554 5.7.1 relay access denied")
UNKNOWN = refusal("550 5.1.1 no such user")
TOO_BIG = refusal("552 5.3.4 too big")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/s.db")
    store.add_edition(a_new_edition("weekly", 1), now=NOW)
    yield store
    store.close()


def subscribe(store: SqlStore, count: int) -> list[str]:
    """Subscribe so many and create their deliveries. Return the addresses."""
    for n in range(count):
        store.add_subscriber(a_subscriber(f"r{n:03}"))
    store.enqueue("weekly-1", "weekly", now=NOW)
    return [f"r{n:03}@example.org" for n in range(count)]


def drain(
    store: SqlStore, transport: Transport, clock: FixedClock | None = None, **settings: Any
) -> DispatchReport:
    """Send what is due."""
    return asyncio.run(dispatcher(store, transport, clock, **settings).drain())


def dispatcher(
    store: SqlStore, transport: Transport, clock: FixedClock | None = None, **settings: Any
) -> Dispatcher:
    settings.setdefault("message_for", lambda _: b"message")
    return Dispatcher(
        store,
        transport,
        sender_for=lambda _: "news@example.org",
        clock=clock or FixedClock(NOW),
        owner="worker",
        lease=LEASE,
        **settings,
    )


def suppressed(store: SqlStore) -> list[str]:
    return [each.email for each in store.subscribers() if each.state == "suppressed"]


@pytest.mark.parametrize("reply", [DENIED, UNKNOWN, TOO_BIG])
@pytest.mark.parametrize("connections", [1, 10])
def test_server_that_refuses_everybody_stops_the_send(
    ledger: SqlStore, reply: Reply, connections: int
) -> None:
    people = subscribe(ledger, 40)
    transport = MemoryTransport(default=reply, connections=connections)
    report = drain(ledger, transport)
    assert report.error is not None
    assert reply.outcome is not None
    assert f"{reply.outcome.code} {reply.outcome.detail}" in str(report.error)
    assert len(transport.asked) < 10 + connections
    assert ledger.counts("weekly-1") == {"pending": 40}
    assert suppressed(ledger) == []
    assert reply.outcome.detail in (ledger.last_stop("weekly-1") or "")
    # The server is corrected: everybody at once, and those who were refused as if nothing had been.
    corrected = MemoryTransport(connections=connections)
    assert drain(ledger, corrected).outcomes == {"accepted": 40}
    assert sorted(sent.recipient for sent in corrected.sent) == people
    assert ledger.last_stop("weekly-1") is None


def test_refused_recipients_are_tried_last_by_the_next_send(ledger: SqlStore) -> None:
    people = subscribe(ledger, 40)
    first = MemoryTransport(default=UNKNOWN)
    clock = FixedClock(NOW)
    clock.set(NOW + LEASE)
    drain(ledger, first, clock)
    clock.set(NOW + 2 * LEASE)
    bad = dict.fromkeys(first.asked, UNKNOWN)
    second = MemoryTransport(bad)
    report = drain(ledger, second, clock)
    assert len(bad) == 10
    assert {sent.recipient for sent in second.sent} == set(people) - set(bad)
    assert second.asked[-10:] == first.asked
    assert report.error is not None, "ten in a row, and nobody after them"
    assert ledger.counts("weekly-1") == {"accepted": 30, "pending": 10}
    # The operator knows that these addresses are wrong. One more subscriber shows that the server works.
    subscribe(ledger, 41)
    report = drain(ledger, MemoryTransport(bad), clock, refusals=RefusalPolicy(first=20, share=1))
    assert report.error is None
    assert report.outcomes["accepted"] == 1


def test_share_of_a_batch_stops_the_send(ledger: SqlStore) -> None:
    people = subscribe(ledger, 100)
    script = dict.fromkeys(people[::3], UNKNOWN)
    policy = RefusalPolicy(first=5, share=0.2)
    transport = MemoryTransport(script, connections=2)
    report = drain(ledger, transport, refusals=policy)
    assert report.error is not None
    counts = ledger.counts("weekly-1")
    assert set(counts) == {"accepted", "pending"}
    assert counts["accepted"] < 67
    assert suppressed(ledger) == []
    report = drain(ledger, MemoryTransport(script, connections=2), refusals=RefusalPolicy(first=50, share=1))
    assert report.error is None
    assert ledger.counts("weekly-1")["accepted"] == 66


def test_unknown_address_is_suppressed_when_others_are_accepted_after_it(ledger: SqlStore) -> None:
    people = subscribe(ledger, 12)
    script = {people[0]: UNKNOWN, people[5]: DENIED}
    report = drain(ledger, MemoryTransport(script))
    assert report.outcomes == {"accepted": 10, "failed": 2}
    assert suppressed(ledger) == [people[0]]


def test_bad_hour_that_begins_at_the_end_fails_nobody(ledger: SqlStore) -> None:
    people = subscribe(ledger, 12)
    script = dict.fromkeys(people[6:], UNKNOWN)
    clock = FixedClock(NOW)
    report = drain(ledger, MemoryTransport(script), clock)
    assert report.outcomes == {"accepted": 6, "deferred": 6}
    clock.set(NOW + timedelta(hours=1))
    assert drain(ledger, MemoryTransport(), clock).outcomes == {"accepted": 6}
    assert suppressed(ledger) == []


@pytest.mark.parametrize("count", [1, 9])
def test_few_recipients_who_are_always_refused_are_settled_without_suppression(
    ledger: SqlStore, count: int
) -> None:
    subscribe(ledger, count)
    clock = FixedClock(NOW)
    asked = 0
    for hours in range(48):
        clock.set(NOW + timedelta(hours=hours))
        transport = MemoryTransport(default=UNKNOWN)
        report = drain(ledger, transport, clock, retry=RetryPolicy(jitter=0))
        assert report.error is None
        asked += len(transport.asked)
    assert ledger.counts("weekly-1") == {"failed": count}
    assert asked == 8 * count
    assert suppressed(ledger) == []


@pytest.mark.parametrize("number", [17, 49])
def test_recipient_at_whom_the_connection_ends_is_deferred_and_the_others_get_it(
    ledger: SqlStore, number: int
) -> None:
    people = subscribe(ledger, 50)
    transport = MemoryTransport({people[number]: DROP_BEFORE_COMMIT})
    report = drain(ledger, transport)
    assert report.outcomes == {"accepted": 49, "deferred": 1}
    assert report.error is None
    assert transport.asked.count(people[number]) == 1
    [poison] = ledger.claim("worker", now=NOW + timedelta(hours=1), lease=LEASE, limit=9)
    assert (poison.email, poison.attempts) == (people[number], 1)


def test_server_that_always_drops_burns_no_attempts_of_others(ledger: SqlStore) -> None:
    subscribe(ledger, 50)
    transport = MemoryTransport(default=DROP_BEFORE_COMMIT, connections=4)
    report = drain(ledger, transport)
    assert report.error is not None
    assert len(transport.asked) <= 3 + 4
    assert ledger.counts("weekly-1") == {
        "deferred": len(transport.asked),
        "pending": 50 - len(transport.asked),
    }


def test_doubt_lasts_longer_than_the_server_may_take_whatever_the_lease(ledger: SqlStore) -> None:
    subscribe(ledger, 1)
    clock = FixedClock(NOW)
    timeouts = SmtpTimeouts()
    drain(ledger, MemoryTransport(default=LOSE_REPLY), clock, timeouts=timeouts)
    clock.set(NOW + timeouts.block + timeouts.final)
    transport = MemoryTransport()
    assert drain(ledger, transport, clock, timeouts=timeouts).outcomes == {}
    clock.set(NOW + timeouts.in_doubt + timedelta(seconds=1))
    assert drain(ledger, transport, clock, timeouts=timeouts).outcomes == {"accepted": 1}


def test_doubt_is_resolved_between_batches(ledger: SqlStore) -> None:
    people = subscribe(ledger, 120)
    clock = FixedClock(NOW)
    timeouts = SmtpTimeouts.all(60)
    drain(ledger, MemoryTransport({people[0]: LOSE_REPLY}), clock, timeouts=timeouts)
    assert ledger.counts("weekly-1") == {"accepted": 119, "in_doubt": 1}
    store = ledger
    store.add_edition(a_new_edition("weekly", 2), now=NOW)
    store.enqueue("weekly-2", "weekly", now=NOW)

    class Slow(MemoryTransport):
        """The time passes while it sends."""

        def reply(self, recipient: str) -> Reply:
            clock.set(clock.now() + timedelta(seconds=2))
            return super().reply(recipient)

    report = drain(store, Slow(), clock, timeouts=timeouts)
    assert report.outcomes == {"accepted": 121}
    assert store.counts("weekly-1") == {"accepted": 120}


def test_delivery_that_another_worker_has_taken_over_is_not_sent(ledger: SqlStore) -> None:
    people = subscribe(ledger, 20)
    clock = FixedClock(NOW)
    taken: list[Delivery] = []

    class Suspended(MemoryTransport):
        """The process stands still at the fifth mail for longer than its lease, and another one goes on."""

        def reply(self, recipient: str) -> Reply:
            if len(self.asked) == 5:
                clock.set(NOW + 2 * LEASE)
                taken.extend(ledger.claim("other", now=clock.now(), lease=10 * LEASE, limit=99))
            return super().reply(recipient)

    transport = Suspended()
    drain(ledger, transport, clock)
    assert len(taken) == 15
    assert [sent.recipient for sent in transport.sent] == people[:5]
    assert ledger.counts("weekly-1") == {"accepted": 5, "claimed": 15}


def test_failed_commit_that_was_committed_holds_nothing(
    ledger: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(ledger, 3)
    mark, failures = ledger.mark_in_doubt, [StoreError("the connection to the database was lost")]

    def lose_the_reply(deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        marked = mark(deliveries, until=until)
        if failures:
            raise failures.pop()
        return marked

    monkeypatch.setattr(ledger, "mark_in_doubt", lose_the_reply)
    transport = MemoryTransport()
    drain(ledger, transport, in_doubt="hold")
    drain(ledger, transport, in_doubt="hold")
    assert ledger.counts("weekly-1") == {"accepted": 3}
    assert len(transport.sent) == 3


# --- transports of other packages ------------------------------------------------------------------------

Commit = Callable[[], Awaitable[bool]]


@dataclass
class ForeignTransport:
    """A transport of another package.

    Attributes:
        faults: what it does, instead of taking the message, for some recipients.
        opening, closing: raised when a session is opened or closed.
    """

    faults: dict[str, Callable[[Commit], Awaitable[Any]]] = field(default_factory=dict)
    opening: Exception | None = None
    closing: Exception | None = None
    connections: int = 1
    sent: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        if self.opening:
            raise self.opening
        yield self
        if self.closing:
            raise self.closing

    async def check(self) -> None:
        pass

    async def send(self, sender: str, recipient: str, message: bytes, before_commit: Commit) -> Any:
        if fault := self.faults.get(recipient):
            return await fault(before_commit)
        if not await before_commit():
            return None
        self.sent.append(recipient)
        return ACCEPTED


async def raise_at_once(_: Commit) -> Any:
    raise ValueError("cannot be encoded\0")


async def raise_after_commit(before_commit: Commit) -> Any:
    await before_commit()
    raise KeyError("id")


async def raise_a_timeout(_: Commit) -> Any:
    raise TimeoutError("no address")


async def return_nothing(_: Commit) -> Any:
    return None


async def return_a_dict(_: Commit) -> Any:
    return {"state": "accepted"}


async def return_held(_: Commit) -> Any:
    return Outcome(state="held")


async def never_answer(_: Commit) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (raise_at_once, "ValueError: cannot be encoded"),
        (raise_a_timeout, "TimeoutError: no address"),
        (return_nothing, "returned no outcome"),
        (return_a_dict, "AttributeError"),
        (return_held, "returned the state 'held'"),
        (never_answer, "not taken within 0.8 seconds"),
    ],
)
@pytest.mark.parametrize("number", [3, 19])
def test_transport_that_fails_at_one_recipient_sends_to_the_others(
    ledger: SqlStore, fault: Callable[[Commit], Awaitable[Any]], detail: str, connections: int, number: int
) -> None:
    people = subscribe(ledger, 20)
    transport = ForeignTransport({people[number]: fault}, connections=connections)
    report = drain(ledger, transport, timeouts=SmtpTimeouts.all(0.1))
    assert report.outcomes == {"accepted": 19, "deferred": 1}
    assert report.error is None
    [poison] = ledger.claim("worker", now=NOW + timedelta(hours=1), lease=LEASE, limit=9)
    assert (poison.email, poison.attempts) == (people[number], 1)
    # An attempt more and it is given up: what happened is what the operator reads.
    clock = FixedClock(NOW + timedelta(hours=2))
    ledger.release([poison])
    drain(ledger, transport, clock, timeouts=SmtpTimeouts.all(0.1), retry=RetryPolicy(attempts=2))
    [(_, text)] = ledger.failures("weekly-1", limit=9)
    assert detail in text
    assert "\0" not in text


async def return_in_doubt(_: Commit) -> Any:
    return Outcome(state="in_doubt", detail="the provider does not know")


@pytest.mark.parametrize("fault", [raise_after_commit, return_in_doubt])
def test_transport_that_leaves_a_mail_in_doubt_sends_to_the_others(
    ledger: SqlStore, fault: Callable[[Commit], Awaitable[Any]]
) -> None:
    people = subscribe(ledger, 20)
    report = drain(ledger, ForeignTransport({people[7]: fault}), timeouts=SmtpTimeouts.all(1))
    assert report.outcomes == {"accepted": 19, "in_doubt": 1}
    later = FixedClock(NOW + timedelta(hours=1))
    assert drain(ledger, ForeignTransport(), later).outcomes == {"accepted": 1}, "the doubt ends"


def test_transport_that_raises_for_everybody_is_left_alone(ledger: SqlStore) -> None:
    people = subscribe(ledger, 20)
    report = drain(ledger, ForeignTransport(dict.fromkeys(people, raise_at_once)))
    assert "the transport failed: ValueError: cannot be encoded" in str(report.error)
    assert ledger.counts("weekly-1") == {"deferred": 3, "pending": 17}
    assert "\0" not in (ledger.last_stop("weekly-1") or "")


def test_transport_without_connections_is_reported(ledger: SqlStore) -> None:
    subscribe(ledger, 2)
    report = drain(ledger, ForeignTransport(connections=0))
    assert "the transport allows 0 connections" in str(report.error)
    assert ledger.counts("weekly-1") == {"pending": 2}


def test_session_that_never_opens_is_given_up(ledger: SqlStore) -> None:
    subscribe(ledger, 2)

    class Silent(ForeignTransport):
        @asynccontextmanager
        async def session(self) -> AsyncIterator[TransportSession]:
            await asyncio.Event().wait()
            yield self

    report = drain(ledger, Silent(), timeouts=SmtpTimeouts.all(0.1))
    assert "opened no session within 0.8 seconds" in str(report.error)
    assert ledger.counts("weekly-1") == {"pending": 2}


def test_transport_that_opens_no_session_is_reported(ledger: SqlStore) -> None:
    subscribe(ledger, 2)
    report = drain(ledger, ForeignTransport(opening=RuntimeError("no token")))
    assert "the transport failed: RuntimeError: no token" in str(report.error)
    assert ledger.counts("weekly-1") == {"pending": 2}
    assert drain(ledger, ForeignTransport(closing=RuntimeError("gone"))).outcomes == {"accepted": 2}
    assert ledger.counts("weekly-1") == {"accepted": 2}


def test_copy_for_review_reports_what_a_transport_raises() -> None:
    transport = ForeignTransport({"a@example.org": raise_at_once})
    with pytest.raises(TransportError, match="ValueError: cannot be encoded"):
        send_one(transport, "news@example.org", "a@example.org", b"message")


def test_message_that_raises_any_error_is_deferred_alone(ledger: SqlStore) -> None:
    people = subscribe(ledger, 3)

    def build(delivery: Delivery) -> bytes:
        if delivery.email == people[1]:
            raise KeyError("slot")
        return b"message"

    report = drain(ledger, ForeignTransport(), message_for=build)
    assert report.outcomes == {"accepted": 2, "deferred": 1}
    [poison] = ledger.claim("worker", now=NOW + timedelta(hours=1), lease=LEASE, limit=9)
    assert (poison.email, poison.attempts) == (people[1], 1)


def test_error_of_the_run_records_answers_and_gives_claims_back(
    ledger: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = subscribe(ledger, 9)

    def build(delivery: Delivery) -> bytes:
        if delivery.email == people[6]:
            raise StoreError("the edition cannot be read")
        return b"message"

    transport = MemoryTransport(dict.fromkeys(people[3:], UNKNOWN))
    with pytest.raises(StoreError, match="the edition cannot be read"):
        drain(ledger, transport, message_for=build)
    assert ledger.counts("weekly-1") == {"accepted": 3, "deferred": 3, "pending": 3}


def test_error_of_the_writer_gives_claims_back(ledger: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    people = subscribe(ledger, 9)
    mark = ledger.mark_in_doubt

    def fail_at_the_first(deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        if any(each.email == people[0] for each in deliveries):
            raise ValueError("not a value of the database")
        return mark(deliveries, until=until)

    monkeypatch.setattr(ledger, "mark_in_doubt", fail_at_the_first)
    transport = ForeignTransport()
    with pytest.raises(ValueError, match="not a value of the database"):
        drain(ledger, transport)
    assert transport.sent == []
    assert ledger.counts("weekly-1") == {"pending": 9}


def test_cancelled_send_records_answers_and_gives_claims_back(ledger: SqlStore) -> None:
    people = subscribe(ledger, 20)

    async def cancel() -> ForeignTransport:
        async def cancel_the_send(_: Commit) -> Any:
            sending.cancel()
            await asyncio.Event().wait()

        transport = ForeignTransport({people[5]: cancel_the_send})
        sending = asyncio.ensure_future(dispatcher(ledger, transport).drain())
        with pytest.raises(asyncio.CancelledError):
            await sending
        return transport

    assert asyncio.run(cancel()).sent == people[:5]
    assert ledger.counts("weekly-1") == {"accepted": 5, "pending": 15}


def test_delivery_that_is_claimed_again_while_it_is_sent_ends_no_session(ledger: SqlStore) -> None:
    people = subscribe(ledger, 9)
    clock = FixedClock(NOW)
    is_sent = asyncio.Event()

    async def outlive_the_lease(before_commit: Commit) -> Any:
        if clock.now() > NOW:
            return ACCEPTED if await before_commit() else None
        clock.set(NOW + 2 * LEASE)
        # The other session finds that the lease is over and claims all again.
        await is_sent.wait()
        raise TransportError("the server went away")

    async def end_the_wait(before_commit: Commit) -> Any:
        is_sent.set()
        return ACCEPTED if await before_commit() else None

    transport = ForeignTransport({people[0]: outlive_the_lease, people[5]: end_the_wait}, connections=2)
    assert drain(ledger, transport, clock).outcomes == {"accepted": 9}


def a_delivery(number: int) -> Delivery:
    return Delivery(
        id=f"d{number}",
        edition_id="weekly-1",
        subscriber_id=f"s{number}",
        email=f"r{number}@example.org",
        state="claimed",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


answers = st.sampled_from(["ok", "550 5.1.1 unknown", "554 5.7.1 denied", "550 5.1.1 other words", "batch"])


@given(
    answers=st.lists(answers, max_size=60), first=st.integers(1, 12), share=st.sampled_from([0.1, 0.5, 1.0])
)
def test_guard_keeps_each_refusal_until_there_is_evidence(
    answers: list[str], first: int, share: float
) -> None:
    guard = RefusalGuard(RefusalPolicy(first=first, share=share))
    verdicts = [guard.begin_batch(200)]
    # The refusals between two accepted mails, each with its answer.
    streaks: list[list[tuple[str, tuple[int | None, str | None]]]] = [[]]
    for number, answer in enumerate(answers):
        if guard.is_stopped:
            break
        if answer == "batch":
            verdicts.append(guard.begin_batch(200))
        elif answer == "ok":
            guard.add_accepted()
            streaks.append([])
        else:
            outcome = refusal(answer).outcome
            assert outcome is not None
            guard.add_refused(a_delivery(number), outcome)
            streaks[-1].append((f"d{number}", (outcome.code, outcome.status)))
            if sum(each == streaks[-1][-1][1] for _, each in streaks[-1]) >= first:
                assert guard.is_stopped
    verdicts.append(guard.finish())
    confirmed = {delivery.id for verdict in verdicts for delivery, _ in verdict.confirmed}
    unconfirmed = {delivery.id for verdict in verdicts for delivery, _ in verdict.unconfirmed}
    refused = {name for streak in streaks for name, _ in streak}
    assert confirmed | unconfirmed == refused, "none is lost"
    assert not confirmed & unconfirmed, "none is there twice"
    assert (guard.error() is not None) == guard.is_stopped
    single = {
        name
        for streak in streaks
        for name, answer in streak
        if sum(each == answer for _, each in streak) < 3 and len(streaks) > 1
    }
    assert confirmed <= single, "not without an accepted mail, and not several in a row"
    if not guard.is_stopped:
        assert confirmed == single


def test_small_batches_count_together() -> None:
    """A rate lets only a few mails be claimed at a time."""
    guard = RefusalGuard(RefusalPolicy())
    answered = 0
    while not guard.is_stopped:
        assert guard.begin_batch(5) == Verdict()
        for number in range(4):
            outcome = refusal("550 5.1.1 unknown").outcome
            assert outcome is not None
            guard.add_refused(a_delivery(answered + number), outcome)
        guard.add_accepted()
        answered += 5
        assert answered < 30
    assert guard.finish().confirmed == []


class SlowTransport:
    """A server that takes longer than the lease before the final dot. `looks` has what others could claim."""

    connections = 1

    def __init__(self, store: SqlStore, lease: timedelta) -> None:
        self.store, self.lease = store, lease
        self.looks: list[list[Delivery]] = []

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        yield self

    async def check(self) -> None: ...

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        await asyncio.sleep(1.3 * self.lease.total_seconds())
        now = SystemClock().now()
        self.looks.append(self.store.claim("other", now=now, lease=self.lease, limit=9))
        return ACCEPTED if await before_commit() else None


def test_claim_lasts_while_a_slow_server_has_not_asked_for_the_message(ledger: SqlStore) -> None:
    subscribe(ledger, 1)
    transport = SlowTransport(ledger, timedelta(seconds=1))
    dispatcher = Dispatcher(
        ledger,
        transport,
        message_for=lambda _: b"message",
        sender_for=lambda _: "news@example.org",
        clock=SystemClock(),
        owner="worker",
        lease=transport.lease,
    )
    assert asyncio.run(dispatcher.drain()).outcomes == {"accepted": 1}
    assert transport.looks == [[]]
