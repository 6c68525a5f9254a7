"""What a seed decides before a run begins: who is there, and what can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeVar

from syndicate.testing.simulation import Refusal, SmtpFaults
from syndicate.testing.simulation.smtp_server import Phase

T = TypeVar("T")

REFUSALS: Sequence[tuple[Phase, str]] = (
    ("RCPT", "550 5.1.1 user unknown"),
    ("RCPT", "554 5.7.1 relay access denied"),
    ("RCPT", "552 5.2.2 mailbox full"),
    ("RCPT", "550 no"),
    ("DATA", "554 5.7.1 not now"),
    ("message", "554 5.7.1 rejected"),
    ("message", "550 5.1.1 user unknown"),
    ("MAIL", "550 5.7.1 sender rejected"),
    ("greeting", "554 5.3.2 no service"),
)
"""How a server refuses everybody."""

SINGLE_REFUSALS = ("550 5.1.1 no such user", "550 5.7.1 not wanted here", "552 5.2.2 mailbox full")
"""How a server refuses one recipient."""


@dataclass(frozen=True)
class WorkerFault:
    """What happens to a worker process after a number of its steps.

    Attributes:
        steps: how many steps after it was started.
        kind: `kill` and `stop` are followed by a start, after `seconds`; `suspend` lasts `seconds`.
    """

    steps: int
    kind: Literal["kill", "suspend", "stop"]
    seconds: float


@dataclass(frozen=True)
class StoreOutage:
    """A time in which the store of every worker fails."""

    start: float
    end: float


@dataclass
class Scenario:
    """A run.

    Attributes:
        duration: seconds in which faults occur.
        claim_size: deliveries per claim and connection, small so that workers share an edition.
        quota: how many mails the relay takes in an hour; None if there is no limit.
        refusal_limit: how many equal refusals stop a send.
        refused: the subscribers whom the server always refuses, with the reply.
        poisonous: the subscribers at whom the server ends the connection.
        worker_faults: for each worker, what happens to its processes in turn.
        store_failures: the share of store calls that fail, half of them after the commit.
        clock_jumps: time, worker and seconds.
        leaving: time and subscriber who unsubscribes.
        restarts: times at which the server is killed, with the seconds until it is back.
    """

    seed: str
    workers: int
    subscribers: int
    connections: int
    claim_size: int
    quota: int | None
    refusal_limit: int
    in_doubt: Literal["resend", "hold"]
    duration: float
    extensions: tuple[str, ...]
    messages_per_connection: int
    faults: SmtpFaults
    refused: dict[str, str] = field(default_factory=dict)
    poisonous: dict[str, Literal["cut", "421"]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    worker_faults: list[list[WorkerFault]] = field(default_factory=list)
    store_failures: float = 0.0
    store_outages: list[StoreOutage] = field(default_factory=list)
    thread_delay: float = 0.001
    clock_jumps: list[tuple[float, int, float]] = field(default_factory=list)
    leaving: list[tuple[float, str]] = field(default_factory=list)
    restarts: list[tuple[float, float]] = field(default_factory=list)
    split_share: float = 0.0

    def addresses(self) -> list[str]:
        """Return the address of every subscriber."""
        return [f"s{number}@example.org" for number in range(self.subscribers)]


def draw_scenario(seed: int | str) -> Scenario:
    """Return the scenario of a seed. Each kind of fault occurs in about half of all scenarios."""
    random = Random(f"scenario {seed}")

    def maybe(value: T, otherwise: T, share: float = 0.5) -> T:
        return value if random.random() < share else otherwise

    workers = random.choice([2, 2, 3])
    subscribers = random.randint(4, 14)
    duration = random.choice([300.0, 900.0, 1800.0])
    scenario = Scenario(
        seed=str(seed),
        workers=workers,
        subscribers=subscribers,
        connections=random.randint(1, 3),
        claim_size=random.randint(1, 4),
        quota=maybe(random.randint(4, 8), None, 0.25),
        refusal_limit=random.choice([2, 3, 5, 10]),
        in_doubt=random.choice(["resend", "resend", "hold"]),
        duration=duration,
        extensions=random.choice(
            [
                ("8BITMIME",),
                ("PIPELINING", "8BITMIME", "SIZE 10000000"),
                ("PIPELINING", "CHUNKING", "8BITMIME"),
                ("CHUNKING", "ENHANCEDSTATUSCODES"),
            ]
        ),
        messages_per_connection=maybe(random.randint(1, 5), 100, 0.3),
        faults=SmtpFaults(
            drop=maybe(random.uniform(0, 0.1), 0),
            lose_reply=maybe(random.uniform(0, 0.5), 0),
            closing=maybe(random.uniform(0, 0.05), 0),
            deferral=maybe(random.uniform(0, 0.3), 0),
            slow=maybe(random.choice([random.uniform(0, 0.1), random.uniform(0.2, 0.8)]), 0, 0.4),
            delay=random.choice([5.0, 100.0, 280.0, 400.0]),
            slow_final=maybe(random.uniform(0, 0.5), 0),
            final_delay=random.choice([5.0, 100.0, 700.0]),
            greylist=maybe(1.0, 0, 0.3),
            batch_replies=random.random() < 0.5,
        ),
        split_share=maybe(random.random(), 0),
        store_failures=maybe(random.uniform(0, 0.1), 0),
        thread_delay=random.choice([0.001, 0.001, 0.02, 3.0]),
    )
    addresses = scenario.addresses()
    for address in random.sample(addresses, maybe(random.randint(1, 3), 0, 0.3)):
        scenario.refused[address] = random.choice(SINGLE_REFUSALS)
    if random.random() < 0.2:
        poisonous = random.choice([each for each in addresses if each not in scenario.refused])
        scenario.poisonous[poisonous] = random.choice(["cut", "421"])
    for _ in range(maybe(random.randint(1, 2), 0)):
        start = random.choice([0.0, random.uniform(0, 60), random.uniform(0, duration)])
        phase, reply = random.choice(REFUSALS)
        end = min(start + random.uniform(60, 1200), duration)
        scenario.refusals.append(Refusal(start, end, phase, reply))
    for _ in range(workers):
        number = maybe(random.randint(1, 4), 0, 0.7)
        scenario.worker_faults.append([_draw_worker_fault(random) for _ in range(number)])
    if random.random() < 0.3:
        for _ in range(random.randint(1, 3)):
            start = random.uniform(0, random.choice([5, 60, duration]))
            scenario.store_outages.append(StoreOutage(start, start + random.uniform(0.5, 400)))
    if random.random() < 0.2:
        scenario.clock_jumps = [
            (
                random.uniform(0, 60),
                random.randrange(workers),
                random.choice([-7200.0, -400.0, 400.0, 7200.0]),
            )
        ]
    for address in random.sample(addresses, maybe(random.randint(1, 2), 0, 0.3)):
        scenario.leaving.append((random.uniform(0, random.choice([1, 10, 600])), address))
    if random.random() < 0.3:
        scenario.restarts = [
            (start, random.uniform(1, 60)) for start in sorted(random.sample(range(5, 305, 100), 2))
        ]
    return scenario


def _draw_worker_fault(random: Random) -> WorkerFault:
    kind: Literal["kill", "suspend", "stop"] = random.choice(["kill", "kill", "suspend", "stop"])
    steps = random.randint(1, random.choice([50, 400, 2000]))
    seconds = random.choice([random.uniform(1, 60), random.uniform(60, 900), random.uniform(900, 2000)])
    return WorkerFault(steps, kind, seconds)
