"""A whole site: 100,000 articles, 5,000 feeds in three formats, beside bare feedgen.

    python -m benchmarks.site [--articles 100000] [--keep FOLDER]

The store is filled once by `Newsroom.ingest` and kept. Every publish runs in a process of its own and is
timed from the opened newsroom on. Memory is that of the process and its children together, shared pages
counted once (PSS), looked at every 50 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .feedgen_site import fsynced, whole_site
from .newsroom import ARTICLES, add_one, borrow, fill

ROUNDS = 3
KEEP = Path(tempfile.gettempdir(), "syndicate-bench")


def publish(config: Path, *, full: bool = False) -> dict[str, Any]:
    """Publish in a process of its own: seconds, processor seconds, memory in MB, what was written."""
    command = [sys.executable, "-m", "benchmarks.site", "--publish", str(config), *["--full"] * full]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = _Peak(child.pid)
    out, _ = child.communicate()
    assert child.returncode == 0, "the publish failed"
    found: dict[str, Any] = json.loads(out)
    return found | {"memory": peak.stop()}


def _publish(config: Path, *, full: bool) -> None:
    from syndicate import Newsroom

    with Newsroom.open(config) as newsroom:
        start, before = time.perf_counter(), sum(os.times()[:4])
        report = newsroom.publish(full=full)
        seconds = time.perf_counter() - start
    cpu = sum(os.times()[:4]) - before
    assert report.ok, report.problems[:3]
    print(json.dumps({"written": report.written, "feeds": report.feeds, "seconds": seconds, "cpu": cpu}))


class _Peak(threading.Thread):
    """The highest memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self._highest = 0
        self.start()

    def run(self) -> None:
        while not self._done.wait(0.05):
            self._highest = max(self._highest, sum(map(_memory, _family(self._pid))))

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self._highest // 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))
    except OSError:
        # It has ended.
        return


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _full(config: Path, *, lint: bool) -> dict[str, Any]:
    """A full build into an empty folder, every entry linted or none."""
    text = config.read_text()
    if not lint:
        config.write_text(text.replace("[site]\n", '[site]\nlint = "off"\n'))
    shutil.rmtree(config.parent / "public", ignore_errors=True)
    try:
        return publish(config, full=True)
    finally:
        config.write_text(text)


def _writing(config: Path, paths: list[str]) -> float:
    """How long it takes to write and sync the files of a publish alone, the best of five."""
    bodies = [(config.parent / "public" / path).read_bytes() for path in paths]
    best = float("inf")
    for _ in range(5):
        with tempfile.TemporaryDirectory(dir=config.parent) as folder:
            best = min(best, fsynced(Path(folder), bodies))
    return best


def main(articles: int = ARTICLES, keep: Path = KEEP) -> None:
    """Print the figures."""
    caches = [keep / f"site-{count}" for count in (articles, articles // 2)]
    for cache, count in zip(caches, (articles, articles // 2), strict=True):
        filled = fill(cache, count)
        told = "" if filled.reused else f": {count / filled.seconds:.0f} articles a second"
        print(f"({count} articles in the store{told})")
    with tempfile.TemporaryDirectory(dir=keep) as folder:
        config, half = (borrow(cache, Path(folder, cache.name)) for cache in caches)
        # In turns, so that noise meets both.
        builds: list[dict[str, Any]] = []
        unlinted: list[dict[str, Any]] = []
        peers: list[float] = []
        for _ in range(ROUNDS):
            builds.append(_full(config, lint=True))
            peers.append(whole_site(articles, rounds=1).seconds)
            unlinted.append(_full(config, lint=False))
        linted, plain = (min(each, key=lambda one: one["seconds"]) for each in (builds, unlinted))
        feedgen = min(peers)
        smaller = _full(half, lint=True)
        publish(config)
        nothing = min((publish(config) for _ in range(ROUNDS)), key=lambda one: one["seconds"])
        ones = []
        for _ in range(ROUNDS):
            add_one(config.parent)
            ones.append(publish(config))
        one = min(ones, key=lambda each: each["seconds"])
        alone = _writing(config, one["written"])
    files = len(linted["written"])
    print(f"{articles} articles of 3 KB, {linted['feeds']} feeds of 50 in three formats: {files} files")
    print(f"  bare feedgen and json   {feedgen:8.1f} s   (100 feeds, scaled up; not synced)")
    for name, made in (("without linting", plain), ("every entry linted", linted)):
        print(
            f"  full, {name:18}{made['seconds']:8.1f} s   feedgen takes {feedgen / made['seconds']:.1f} "
            f"times as long ({made['cpu']:.0f} s of processor, {made['memory']} MB)"
        )
    ratio = linted["memory"] / smaller["memory"]
    print(f"  half the articles       {smaller['memory']:8} MB  all of them take {ratio:.2f} times that")
    print(f"  nothing new             {nothing['seconds'] * 1000:8.0f} ms  {len(nothing['written'])} files")
    print(
        f"  one new article         {one['seconds'] * 1000:8.0f} ms  {len(one['written'])} files; all of "
        f"them take {plain['seconds'] / one['seconds']:.0f} times as long, writing and syncing these alone "
        f"{alone * 1000:.0f} ms, 1/{one['seconds'] / alone:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--publish", type=Path)
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    if given.publish:
        _publish(given.publish, full=given.full)
    else:
        main(given.articles, given.keep)
