"""Kill `syndicate send` at chosen steps of SMTP, start it again until everything is settled, and count."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from helpers_fault_proxy import STEPS, Fault, FaultProxy
from helpers_mailing import Mailing

from helpers_site import environment

RUN_SECONDS = 120
"""How long one `send` may take."""

RUNS_WITHOUT_FAULTS = 10
"""After so many runs without faults everything must be settled."""

WAITING = 12
"""So many deliveries wait at the start of a run."""

ONCE_PER_CONNECTION = {"connect", "greeting", "EHLO", "EHLO reply", "QUIT", "QUIT reply"}

UNSETTLED = {"pending", "claimed", "deferred", "in_doubt"}


class MailServer(Protocol):
    """A server whose mails can be read."""

    port: int

    def mails(self) -> list[tuple[str, bytes]]:
        """Return the recipient and the content of each mail that it has accepted, once it is idle."""
        ...


@dataclass(slots=True)
class Figures:
    """What happened in a series of kills."""

    runs: int = 0
    kills: int = 0
    cuts: int = 0
    in_doubt: int = 0
    mails: int = 0
    repeats: int = 0
    held: int = 0
    steps: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        steps = ", ".join(f"{step} {count}" for step, count in sorted(self.steps.items()))
        return (
            f"{self.runs} runs, {self.kills} killed, {self.cuts} connections cut, {self.in_doubt} in doubt, "
            f"{self.mails} mails accepted by the server, {self.repeats} repeated, {self.held} held\n  {steps}"
        )


@dataclass(slots=True)
class KillSeries:
    """One mailing that is sent with kills until it is settled.

    Attributes:
        listen_port: the port that the mailing sends to.
        connections: how many `send` may open at the same time.
        policy: what happens to a delivery in doubt, `resend` or `hold`.
        doubts: which deliveries were in doubt, by id and fence.
    """

    site: Mailing
    server: MailServer
    listen_port: int
    connections: int
    policy: str
    seed: str
    figures: Figures = field(default_factory=Figures)
    doubts: set[tuple[str, int]] = field(default_factory=set)

    def run(self, kills: int) -> None:
        """Send with faults until so many processes were killed, then without until everything is settled."""
        chance = random.Random(self.seed)
        steps: list[str] = []
        while self.figures.kills < kills:
            self._refill()
            # Each step in turn, so that none is left out.
            steps = steps or chance.sample(STEPS, len(STEPS))
            self._send(self._faults(steps.pop(), chance), seed=chance.getrandbits(32))
        for _ in range(RUNS_WITHOUT_FAULTS):
            if not UNSETTLED & self.site.states().keys():
                break
            self._send([], seed=0)
        self._check()

    def _refill(self) -> None:
        """Add subscribers until there is enough to send in one run."""
        states = self.site.states()
        missing = WAITING - (len(self.site.addresses) - states["accepted"] - states["held"])
        first = len(self.site.addresses)
        if missing > 0:
            self.site.add_subscribers(
                f"reader{number}@reader.example" for number in range(first, first + missing)
            )

    def _faults(self, step: str, chance: random.Random) -> list[Fault]:
        """Return faults of a run: up to three that the process survives, and one that kills it at a step."""
        survived = [chance.choice(("cut", "delay", "split")) for _ in range(chance.randint(0, 3))]
        planned = [(chance.choice(STEPS), action) for action in survived] + [(step, "kill")]
        found = []
        for name, action in planned:
            last = self.connections if name in ONCE_PER_CONNECTION else WAITING - 2
            found.append(Fault(name, chance.randint(1, last), action, is_after=chance.random() < 0.5))
        return found

    def _send(self, faults: list[Fault], *, seed: int) -> None:
        """Run `syndicate send` once, as after the end of all leases."""
        self.site.end_leases()
        proxy = asyncio.run(self._run(faults, seed))
        self.figures.runs += 1
        for fault in proxy.done:
            self.figures.kills += fault.action == "kill"
            self.figures.cuts += fault.action == "cut"
            self.figures.steps[f"{fault.action} {'after' if fault.is_after else 'before'} {fault.step}"] += 1
        new = {(row.id, row.fence) for row in self.site.rows() if row.state == "in_doubt"} - self.doubts
        # A process that was killed may not have recorded the last reply of a connection.
        is_killed = any(fault.action == "kill" for fault in proxy.done)
        possible = sum(each.is_open or (is_killed and each.has_final_reply) for each in proxy.dialogues)
        assert len(new) <= possible, f"{len(new)} in doubt, {possible} possible, after {proxy.done}"
        self.doubts |= new

    async def _run(self, faults: list[Fault], seed: int) -> FaultProxy:
        process: asyncio.subprocess.Process | None = None

        def kill() -> None:
            assert process
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)

        proxy = FaultProxy(self.server.port, faults, seed=seed, kill=kill)
        listener = await proxy.listen(self.listen_port)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "syndicate", "send", "weekly", "--json"),
            cwd=self.site.folder,
            env=environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await asyncio.wait_for(process.communicate(), RUN_SECONDS)
        assert b"Traceback" not in errors, errors.decode()
        listener.close()
        await proxy.finish()
        if process.returncode != -signal.SIGKILL:
            assert not any(fault.action == "kill" for fault in proxy.done)
        return proxy

    def _check(self) -> None:
        """Nobody is lost, and nobody has more copies than deliveries in doubt explain; all are the same."""
        rows, states = self.site.rows(), self.site.states()
        copies: dict[str, list[bytes]] = {}
        for recipient, content in self.server.mails():
            copies.setdefault(recipient, []).append(content)
        times_in_doubt = Counter(delivery for delivery, _ in self.doubts)
        assert {row.email for row in rows} == set(self.site.addresses)
        assert not states.keys() - {"accepted", "held"}, states
        for row in rows:
            got = copies.get(row.email, [])
            if row.state == "accepted":
                assert got, f"{row.id} is accepted and was never received"
            else:
                assert self.policy == "hold", f"{row.id} is held"
                assert times_in_doubt[row.id], f"{row.id} is held and was never in doubt"
            allowed = 1 if self.policy == "hold" else 1 + times_in_doubt[row.id]
            assert len(got) <= allowed, f"{row.id} came {len(got)} times, in doubt {times_in_doubt[row.id]}"
            assert len(set(got)) <= 1, f"the copies of {row.id} differ"
        assert set(copies) <= set(self.site.addresses)
        figures = self.figures
        figures.in_doubt, figures.held = len(self.doubts), states["held"]
        figures.mails = sum(map(len, copies.values()))
        figures.repeats = figures.mails - len(copies)


def total(series: list[Figures]) -> Figures:
    """Return the sum of figures."""
    found = Figures()
    for name in ("runs", "kills", "cuts", "in_doubt", "mails", "repeats", "held"):
        setattr(found, name, sum(getattr(each, name) for each in series))
    for each in series:
        found.steps += each.steps
    return found
