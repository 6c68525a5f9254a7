"""A whole site: 100,000 articles, 5,000 feeds in three formats, beside bare feedgen.

    python -m benchmarks.site [--articles 100000] [--keep FOLDER]

The store is filled once by `Newsroom.ingest` and kept in a folder. Every publish runs in a process of its
own and is timed from the opened newsroom on. Memory is that of the process and its children together, shared
pages counted once (PSS), looked at every 50 ms.
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
from datetime import datetime
from pathlib import Path
from typing import Any

from .articles import HOME, html, records

TAGS, AUTHORS, SECTIONS = 3900, 1000, 100
SHOWN = 50
SAMPLE = 100
CONFIG = """
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
description = "News from the waterfront"
base_url = "https://harbour.example/feeds/"
author = {{ name = "The Harbour Post", email = "desk@harbour.example" }}
lint = "{lint}"

[[source]]
name = "archive"
kind = "python"
function = "given:archive"
complete = true

[[source]]
name = "news"
kind = "python"
function = "given:news"

[[feed]]
name = "tag/{{tag}}"
each = "tag"

[[feed]]
name = "author/{{author}}"
each = "author"

[[feed]]
name = "section/{{section}}"
each = "section"
"""
GIVEN = """
import json
import pathlib
import sys

sys.path.insert(0, {root!r})
from benchmarks.articles import records
from benchmarks.site import AUTHORS, SECTIONS, TAGS


def archive():
    return records({count}, tags=TAGS, authors=AUTHORS, sections=SECTIONS)


def news():
    file = pathlib.Path(__file__).with_name("news.json")
    return [json.loads(file.read_text())] if file.exists() else []
"""


def fill(folder: Path, count: int) -> float | None:
    """Fill a store unless it is there; the seconds that it took."""
    ready = folder / "ready"
    told = f"{count} {TAGS} {AUTHORS} {SECTIONS} {CONFIG}"
    if ready.is_file() and ready.read_text() == told:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configure(folder, "refuse")
    root = str(Path(__file__).parents[1])
    (folder / "given.py").write_text(GIVEN.format(root=root, count=count))
    took = run(folder, "ingest archive")["seconds"]
    ready.write_text(told)
    return float(took)


def configure(folder: Path, lint: str) -> None:
    """Write the config."""
    (folder / "syndicate.toml").write_text(CONFIG.format(lint=lint))


def add_one(folder: Path, number: int) -> None:
    """One more article, in two tags, by one author, in one section."""
    new = {
        "id": f"{HOME}news/{number}",
        "title": f"News {number}",
        "link": f"{HOME}news/{number}",
        "summary": "Boats, and what they wait for.",
        "content_html": html(number),
        "authors": [{"name": "Author 7", "email": "author7@harbour.example"}],
        "tags": ["tag 10", "tag 20"],
        "section": "section 30",
        "date": datetime(2026, 8, 1, 12, number % 60).astimezone().isoformat(),
    }
    (folder / "news.json").write_text(json.dumps(new))
    run(folder, "ingest news")


def run(folder: Path, work: str) -> dict[str, Any]:
    """Do something to a newsroom in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.site", "--work", work, "--keep", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = _Peak(child.pid)
    out, _ = child.communicate()
    assert child.returncode == 0, work
    found: dict[str, Any] = json.loads(out)
    return found | {"memory": peak.stop()}


def _work(folder: Path, work: str) -> None:
    from syndicate import Newsroom

    verb, _, what = work.partition(" ")
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        start, cpu = time.perf_counter(), _cpu()
        if verb == "ingest":
            report = newsroom.ingest(what).parts[0]
            told: dict[str, Any] = {"new": report.new}  # type: ignore[attr-defined]
            assert report.ok, report.problems[:3]
        else:
            published = newsroom.publish(full=what == "full")
            told = {"written": published.written, "feeds": published.feeds}
            assert published.ok, published.problems[:3]
        told["seconds"] = time.perf_counter() - start
        told["cpu"] = _cpu() - cpu
    print(json.dumps(told))


def _cpu() -> float:
    return sum(os.times()[:4])


class _Peak(threading.Thread):
    """The highest memory of a process and its children, in MB."""

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
        return


def _memory(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def feedgen_seconds(count: int) -> tuple[float, int]:
    """The whole site by bare feedgen and json, from a sample of its feeds; and how many feeds that was.

    The articles are in memory already, so that no database counts against it; nothing is synced.
    """
    from feedgen.feed import FeedGenerator

    families: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number, each in enumerate(records(count, tags=TAGS, authors=AUTHORS, sections=SECTIONS)):
        light = {**each, "content_html": None, "number": number, "when": datetime.fromisoformat(each["date"])}
        for tag in dict.fromkeys(each["tags"]):
            families.setdefault(("tag", tag), []).append(light)
        families.setdefault(("author", each["authors"][0]["name"]), []).append(light)
        families.setdefault(("section", each["section"]), []).append(light)
    every = len(families) // SAMPLE
    sample = sorted(families)[::every][:SAMPLE]
    shown = {
        key: [
            {**each, "content_html": html(each["number"])}
            for each in sorted(families[key], key=lambda each: each["when"], reverse=True)[:SHOWN]
        ]
        for key in sample
    }
    took = 0.0
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for number, (key, articles) in enumerate(shown.items()):
            generator = FeedGenerator()
            generator.id(HOME)
            generator.title(f"The Harbour Post: {key[1]}")
            generator.description("News from the waterfront")
            generator.link(href=f"{HOME}feeds/{number}.rss", rel="self")
            generator.link(href=HOME, rel="alternate")
            for each in articles:
                entry = generator.add_entry(order="append")
                entry.id(each["id"])
                entry.title(each["title"])
                entry.link(href=each["link"])
                entry.summary(each["summary"])
                entry.content(each["content_html"], type="html")
                entry.author(each["authors"])
                entry.category([{"term": term} for term in (each["section"], *each["tags"])])
                entry.published(each["when"])
                entry.updated(each["when"])
            generator.rss_file(f"{folder}/{number}.rss")
            generator.atom_file(f"{folder}/{number}.atom")
            document = {
                "version": "https://jsonfeed.org/version/1.1",
                "title": f"The Harbour Post: {key[1]}",
                "home_page_url": HOME,
                "items": [
                    {
                        "id": each["id"],
                        "url": each["link"],
                        "title": each["title"],
                        "content_html": each["content_html"],
                        "summary": each["summary"],
                        "date_published": each["date"],
                        "date_modified": each["date"],
                        "authors": each["authors"],
                        "tags": [each["section"], *each["tags"]],
                    }
                    for each in articles
                ],
            }
            with Path(folder, f"{number}.json").open("w") as file:
                json.dump(document, file, ensure_ascii=False)
        took = time.perf_counter() - start
    return took * len(families) / len(sample), len(sample)


def writing_seconds(folder: Path, paths: list[str]) -> float:
    """How long it takes to write and sync the files of a publish alone, the best of five."""
    bodies = [(Path(path).name, (folder / "public" / path).read_bytes()) for path in paths]
    best = float("inf")
    for _ in range(5):
        with tempfile.TemporaryDirectory(dir=folder) as target:
            start = time.perf_counter()
            for number, (name, body) in enumerate(bodies):
                temporary = Path(target, f"{number}.tmp")
                with temporary.open("wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.rename(Path(target, f"{number}{name}"))
            directory = os.open(target, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
            best = min(best, time.perf_counter() - start)
    return best


def full(folder: Path, lint: str) -> dict[str, Any]:
    """A full build into an empty folder."""
    configure(folder, lint)
    shutil.rmtree(folder / "public", ignore_errors=True)
    return run(folder, "publish full")


def main(count: int, keep: Path) -> None:
    """Print the figures."""
    whole, half = keep / f"site-{count}", keep / f"site-{count // 2}"
    for folder, number in ((whole, count), (half, count // 2)):
        if took := fill(folder, number):
            print(f"  ({number} articles were ingested in {took:.0f} s)")
    unlinted, peer, linted = full(whole, "off"), feedgen_seconds(count), full(whole, "refuse")
    smaller = full(half, "refuse")
    nothing = min((run(whole, "publish") for _ in range(3)), key=lambda each: each["seconds"])
    ones = []
    for number in range(3):
        add_one(whole, int(time.time()) + number)
        ones.append(run(whole, "publish"))
    one = min(ones, key=lambda each: each["seconds"])
    alone = writing_seconds(whole, one["written"])
    files = len(linted["written"])
    print(f"{count} articles of 3 KB, {linted['feeds']} feeds of {SHOWN} in three formats: {files} files")
    print(f"  bare feedgen and json   {peer[0]:8.1f} s   ({peer[1]} feeds, scaled up; not synced)")
    for name, made in (("without linting", unlinted), ("every entry linted", linted)):
        ratio = peer[0] / made["seconds"]
        print(
            f"  full, {name:18}{made['seconds']:8.1f} s   feedgen takes {ratio:.1f} times as long "
            f"(CPU {made['cpu']:.0f} s, {made['memory']} MB)"
        )
    ratio = linted["memory"] / smaller["memory"]
    print(f"  memory at half the articles {smaller['memory']:4} MB    {ratio:.2f} times that at all of them")
    print(f"  nothing new             {nothing['seconds'] * 1000:8.0f} ms  {len(nothing['written'])} files")
    print(
        f"  one new article         {one['seconds'] * 1000:8.0f} ms  {len(one['written'])} files; "
        f"{unlinted['seconds'] / one['seconds']:.0f} times as fast as all (unlinted), "
        f"{one['seconds'] / alone:.1f} times the writing and syncing alone ({alone * 1000:.0f} ms)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "syndicate-bench"))
    parser.add_argument("--work")
    given = parser.parse_args()
    if given.work:
        _work(given.keep, given.work)
    else:
        main(given.articles, given.keep)
