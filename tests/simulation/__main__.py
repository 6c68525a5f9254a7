"""Run many seeds and print figures: `python -m tests.simulation --seeds 10000`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from .figures import run_seed
from .scenario import draw_scenario
from .world import run_scenario

_CHUNK = 25


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
    figures_text = ", ".join(f"{number} {name}" for name, number in total.items())
    times = os.times()
    processor = times.user + times.system + times.children_user + times.children_system
    print(
        f"{figures_text}, {failed} failed seeds, {time.perf_counter() - began:.0f} s "
        f"({processor:.0f} s of processor time)"
    )
    if failed:
        print("reproduce one with: python -m tests.simulation --seeds 1 --trace --start SEED")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
