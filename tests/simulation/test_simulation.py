"""The real dispatcher, SMTP transport and ledger in 200 simulated worlds, and in some worlds of a purpose."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from syndicate.testing.simulation import Refusal, SmtpFaults

from .figures import run_seed
from .named_seeds import NAMED_SEEDS
from .oracles import ORACLES, check
from .scenario import Scenario, draw_scenario
from .world import Run, run_scenario

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEEDS = 200
SEEDS_PER_TEST = 10


def explain(seed: int, wrong: list[str]) -> str:
    return "\n".join([f"python -m tests.simulation --seeds 1 --trace --start {seed}", *wrong])


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_PER_TEST))
def test_nothing_is_wrong_in_any_world(first: int) -> None:
    for seed in range(first, first + SEEDS_PER_TEST):
        _, wrong = run_seed(seed)
        assert not wrong, explain(seed, wrong)


@pytest.mark.parametrize("name", NAMED_SEEDS)
def test_what_was_wrong_once_is_right(name: str) -> None:
    _, wrong = run_seed(NAMED_SEEDS[name])
    assert not wrong, explain(NAMED_SEEDS[name], wrong)


def digest(seeds: range) -> str:
    """Return a digest of everything that happens in these seeds."""
    runs = [run_scenario(draw_scenario(seed)) for seed in seeds]
    return hashlib.sha256(repr([(run.trace, run.states) for run in runs]).encode()).hexdigest()


def test_a_seed_is_one_run_in_every_process() -> None:
    seeds = range(6)
    code = f"from tests.simulation.test_simulation import digest; print(digest({seeds!r}))"
    again = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == digest(seeds) == digest(seeds)
    assert digest(range(1)) != digest(range(1, 2))


def test_every_kind_of_trouble_happens() -> None:
    total: Counter[str] = Counter()
    wanted = {"kills", "suspensions", "clock jumps", "store failures", "lost replies", "repeats", "held"}
    for seed in range(40):
        total += run_seed(seed)[0]
        if wanted <= {*+total}:
            return
    pytest.fail(f"never happened: {wanted - {*+total}}")


def test_every_oracle_says_what_it_checks() -> None:
    assert all(oracle.__doc__ for oracle in ORACLES)


def a_scenario(**options: object) -> Scenario:
    """Return a scenario without faults, but for the given ones."""
    defaults: dict[str, object] = {
        "seed": "purpose",
        "workers": 2,
        "subscribers": 12,
        "connections": 2,
        "claim_size": 50,
        "quota": None,
        "refusal_limit": 10,
        "in_doubt": "resend",
        "duration": 3600.0,
        "extensions": ("PIPELINING", "8BITMIME"),
        "messages_per_connection": 100,
        "faults": SmtpFaults(),
        "worker_faults": [[], []],
    }
    return Scenario(**(defaults | options))  # type: ignore[arg-type]


def run(scenario: Scenario) -> Run:
    result = run_scenario(scenario)
    assert check(result) == []
    return result


def arrival(result: Run, address: str) -> float:
    return min(each.time for each in result.accepted if each.recipient == address)


@pytest.mark.parametrize("end", ["cut", "421"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ("CHUNKING",)])
def test_a_recipient_at_whom_the_connection_ends_delays_only_itself(
    end: str, extensions: tuple[str, ...]
) -> None:
    result = run(a_scenario(poisonous={"s3@example.org": end}, extensions=extensions))
    others = [address for address in result.states if address != "s3@example.org"]
    assert max(arrival(result, address) for address in others) < 60
    assert arrival(result, "s3@example.org") > 3600


@pytest.mark.parametrize("seconds", [65.0, 595.0])
def test_a_slow_reply_to_the_final_dot_is_waited_for(seconds: float) -> None:
    result = run(a_scenario(faults=SmtpFaults(slow_final=1, final_delay=seconds), subscribers=6))
    assert len(result.accepted) == 6


@pytest.mark.parametrize("reply", ["550 5.1.1 user unknown", "554 5.7.1 relay access denied", "552 full"])
@pytest.mark.parametrize("phase", ["RCPT", "message"])
def test_a_bad_hour_costs_nobody_an_attempt(reply: str, phase: str) -> None:
    refusal = Refusal(0, 1800, phase, reply)  # type: ignore[arg-type]
    result = run(a_scenario(refusals=[refusal], refusal_limit=4))
    assert set(result.states.values()) == {"accepted"}
    assert len(result.accepted) == 12
    assert not any(each.attempted for each in result.journal.records if each.state != "accepted")
