"""The figures of a seed: what happened in its run, and what was wrong."""

from __future__ import annotations

from collections import Counter

from .oracles import check
from .scenario import draw_scenario
from .world import Run, run_scenario


def figures_of(run: Run) -> Counter[str]:
    """Return how often each thing happened in a run."""
    return Counter(
        {
            "seeds": 1,
            "kills": len(run.journal.kills),
            "suspensions": len(run.journal.suspensions),
            "clock jumps": len(run.journal.jumps),
            "store failures": len(run.journal.store_failures),
            "connections": run.server.connections,
            "mails": len(run.accepted),
            "lost replies": sum(not each.is_answered for each in run.accepted),
            "repeats": len(run.accepted) - len({each.recipient for each in run.accepted}),
            "held": sum(state == "held" for state in run.states.values()),
            "failed": sum(state == "failed" for state in run.states.values()),
            "suppressed": len(run.suppressed),
        }
    )


def run_seed(seed: int) -> tuple[Counter[str], list[str]]:
    """Run a seed. Return its figures and what is wrong with its run, an error included."""
    try:
        run = run_scenario(draw_scenario(seed))
        return figures_of(run), check(run)
    except Exception as error:
        return Counter(seeds=1), [f"{type(error).__name__}: {error}"]
