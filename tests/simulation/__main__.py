"""Run many seeds and print figures: `python -m tests.simulation --seeds 10000`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from .oracles import check
from .scenario import draw_scenario
from .world import run_scenario

_CHUNK = 50


def run_seed(seed: int) -> tuple[Counter[str], list[str]]:
    """Return the figures of a seed, and what is wrong with its run."""
    try:
        run = run_scenario(draw_scenario(seed))
        wrong = check(run)
    except Exception as error:
        return Counter(seeds=1), [f"{type(error).__name__}: {error}"]
    figures = Counter(
        seeds=1,
        kills=len(run.journal.kills),
        suspensions=len(run.journal.suspensions),
        store_failures=len(run.journal.store_failures),
        mails=len(run.accepted),
        repeats=len(run.accepted) - len({each.recipient for each in run.accepted}),
        held=sum(state == "held" for state in run.states.values()),
    )
    return figures, wrong


def _run_chunk(seeds: range) -> list[tuple[int, Counter[str], list[str]]]:
    return [(seed, *run_seed(seed)) for seed in seeds]


def _run_all(seeds: range, jobs: int) -> Iterator[tuple[int, Counter[str], list[str]]]:
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    if jobs == 1:
        for chunk in chunks:
            yield from _run_chunk(chunk)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(_run_chunk, chunks):
            yield from results


def main() -> int:
    """Run the seeds of the command line. Return 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print what happens in the first seed")
    options = parser.parse_args()
    if options.trace:
        for event in run_scenario(draw_scenario(options.start)).trace:
            print(*event)
    began, total, failed = time.perf_counter(), Counter[str](), 0
    for seed, figures, wrong in _run_all(range(options.start, options.start + options.seeds), options.jobs):
        total += figures
        failed += bool(wrong)
        for each in wrong:
            print(f"seed {seed}: {each}")
    figures_text = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in total.items())
    print(
        f"{figures_text}, {failed} failed seeds, {time.perf_counter() - began:.0f} s ({time.process_time():.0f} s of this process)"
    )
    if failed:
        print("reproduce one with: python -m tests.simulation --seeds 1 --trace --start SEED")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
