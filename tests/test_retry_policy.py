"""When a deferred delivery is tried again, and that it ends."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syndicate.delivery import Dispatcher, DispatchReport
from syndicate.delivery.delivery_store import DeliveryStore
from syndicate.model import Delivery, Outcome, RetryPolicy
from syndicate.testing import DEFER, LOSE_REPLY, FixedClock, MemoryTransport, Reply

NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def durations(shortest: int = 1) -> st.SearchStrategy[timedelta]:
    return st.integers(shortest, 365 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@st.composite
def policies(draw: st.DrawFn, **fixed: Any) -> RetryPolicy:
    first, longest = sorted((draw(durations()), draw(durations())))
    values: dict[str, Any] = {
        "first": first,
        "longest": longest,
        "factor": draw(st.floats(1, 100)),
        "give_up": draw(durations()),
        "attempts": draw(st.none() | st.integers(1, 50)),
        "jitter": draw(st.floats(0, 1)),
    }
    return RetryPolicy(**values | fixed)


def test_the_default_waits() -> None:
    policy = RetryPolicy()
    dues = [policy.next_attempt(attempts, NOW, NOW) for attempts in range(1, 9)]
    waits = [(due - NOW) / MINUTE for due in dues if due]
    assert waits == [5, 10, 20, 40, 80, 160, 240, 240]
    assert policy.next_attempt(1, NOW, NOW, 1.0) == NOW + 7.5 * MINUTE
    assert policy.next_attempt(30, NOW, NOW + timedelta(days=5) - 5 * HOUR) is not None
    assert policy.next_attempt(30, NOW, NOW + timedelta(days=5) - HOUR) is None


@given(policy=policies(give_up=timedelta(days=365), attempts=None), randomness=st.floats(0, 1))
def test_waits_grow_and_are_bounded(policy: RetryPolicy, randomness: float) -> None:
    waits = []
    for attempts in range(1, 40):
        due = policy.next_attempt(attempts, NOW, NOW)
        random_due = policy.next_attempt(attempts, NOW, NOW, randomness)
        if due is None or random_due is None:
            break
        waits.append(due - NOW)
        assert due <= random_due <= NOW + (due - NOW) * (1 + policy.jitter) + timedelta(microseconds=1)
    assert waits == sorted(waits)
    assert all(policy.first <= wait <= policy.longest for wait in waits)


@given(policy=policies(), attempts=st.integers(1, 60), age=durations(0), randomness=st.floats(0, 1))
def test_no_attempt_is_due_after_the_end(
    policy: RetryPolicy, attempts: int, age: timedelta, randomness: float
) -> None:
    due = policy.next_attempt(attempts, NOW, NOW + age, randomness)
    if due is not None:
        assert NOW + age < due <= NOW + policy.give_up
        assert policy.attempts is None or attempts < policy.attempts


class OneDelivery(DeliveryStore):
    """A store with one delivery, as a worker finds it."""

    def __init__(self) -> None:
        self.state = "pending"
        self.due = NOW
        self.attempts = 0
        self.lease = NOW

    def _delivery(self) -> Delivery:
        return Delivery(
            id="d",
            edition_id="e",
            subscriber_id="s",
            email="ann@example.org",
            state="claimed",
            created_at=NOW,
            attempts=self.attempts,
        )

    def claim(self, owner: str, *, now: datetime, **_: Any) -> list[Delivery]:
        if self.state not in ("pending", "deferred") or self.due > now:
            return []
        self.state = "claimed"
        return [self._delivery()]

    def mark_in_doubt(self, deliveries: Any, *, until: datetime) -> set[str]:
        self.state, self.lease = "in_doubt", until
        return {"d"}

    def find_in_doubt(self, *, now: datetime) -> list[Delivery]:
        return [self._delivery()] if self.state == "in_doubt" and self.lease < now else []

    def record_outcomes(self, outcomes: Any, *, now: datetime, **_: Any) -> set[str]:
        [(delivery, outcome)] = outcomes
        self.state, self.due = outcome.state, outcome.until or now
        self.attempts = delivery.attempts + 1
        return {"d"}

    def release(self, deliveries: Any) -> None:
        self.state = "pending"

    def record_stop(self, edition_ids: Any, reason: str | None, *, now: datetime) -> None:
        pass


def end_of(policy: RetryPolicy, reply: Reply, in_doubt: Any = "resend") -> tuple[str, list[datetime]]:
    """Return the last state of a delivery whose server always gives one reply, and when it was sent."""
    store, clock = OneDelivery(), FixedClock(NOW)
    transport = MemoryTransport(default=reply)
    dispatcher = Dispatcher(
        store,
        transport,
        message_for=lambda _: b"message",
        sender_for=lambda _: "news@example.org",
        clock=clock,
        owner="test",
        retry=policy,
        in_doubt=in_doubt,
    )
    sent = []
    while store.state in ("pending", "deferred", "in_doubt"):
        asked = len(transport.asked)
        asyncio.run(dispatcher.drain())
        sent += [clock.now()] * (len(transport.asked) - asked)
        assert len(sent) < 60
        if store.state == "in_doubt":
            clock.set(store.lease + MINUTE)
        else:
            clock.set(max(store.due, clock.now()))
    return store.state, sent


few_attempts = policies(attempts=8) | st.builds(
    RetryPolicy, first=st.just(6 * HOUR), longest=st.just(24 * HOUR), jitter=st.floats(0, 1)
)


@given(policy=few_attempts)
def test_a_delivery_that_is_always_deferred_fails_in_the_end(policy: RetryPolicy) -> None:
    state, sent = end_of(policy, DEFER)
    assert state == "failed"
    assert sent == sorted(sent)
    assert len(sent) <= (policy.attempts or 60)
    assert sent[-1] <= NOW + policy.give_up


@given(policy=few_attempts, in_doubt=st.sampled_from(["resend", "hold"]))
def test_a_delivery_whose_reply_is_always_lost_is_held_in_the_end(policy: RetryPolicy, in_doubt: str) -> None:
    state, sent = end_of(policy, LOSE_REPLY, in_doubt)
    assert state == "held"
    assert len(sent) <= (1 if in_doubt == "hold" else policy.attempts or 60)


def test_one_attempt_is_one_attempt() -> None:
    policy = RetryPolicy(attempts=1)
    assert end_of(policy, DEFER) == ("failed", [NOW])
    assert end_of(policy, LOSE_REPLY) == ("held", [NOW])


def test_the_server_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() -> None:
    for asked, due in ((2 * HOUR, 2 * HOUR), (MINUTE, 5 * MINUTE)):
        store, clock = OneDelivery(), FixedClock(NOW)
        later = Reply(Outcome(state="deferred", code=429, until=NOW + asked))
        report = _drain(store, clock, MemoryTransport(default=later))
        assert report.outcomes == {"deferred": 1}
        assert store.due == NOW + due


def _drain(store: DeliveryStore, clock: FixedClock, transport: MemoryTransport) -> DispatchReport:
    dispatcher = Dispatcher(
        store,
        transport,
        message_for=lambda _: b"message",
        sender_for=lambda _: "news@example.org",
        clock=clock,
        owner="test",
        retry=RetryPolicy(jitter=0),
    )
    return asyncio.run(dispatcher.drain())


def test_jitter_spreads_the_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = iter([0.0, 0.5, 1.0])
    monkeypatch.setattr(random, "random", lambda: next(shares))
    waits = []
    for _ in range(3):
        store, clock = OneDelivery(), FixedClock(NOW)
        dispatcher = Dispatcher(
            store,
            MemoryTransport(default=DEFER),
            message_for=lambda _: b"message",
            sender_for=lambda _: "news@example.org",
            clock=clock,
            owner="test",
        )
        asyncio.run(dispatcher.drain())
        waits.append((store.due - NOW) / MINUTE)
    assert waits == [5, 6.25, 7.5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "2 hours", "longest": "1 hour"},
        {"factor": 0.5},
        {"jitter": 2},
        {"attempts": 0},
        {"give_up": "never"},
        {"first": "600 days", "longest": "700 days"},
        {"retries": 3},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RetryPolicy(**wrong)
