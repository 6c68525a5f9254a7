"""One feed of 1,000 entries with 3 KB of HTML each, beside feedgen, Django's generator, feedsmith and feed.

Each way runs in processes of its own and gets every text anew for each call, another one each time, so that
nothing kept from an earlier call can be handed out again. The documents are read back and compared.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from calendar import timegm
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import feedparser

from . import npm, sample
from .sample import Record

COUNT = 1000
ROUNDS = 7
FRESH_ROUNDS = 5
# Pinned: another version may be quicker or slower, and then the figures are other figures.
NPM = {"feedsmith": "3.0.1", "feed": "6.0.0"}
JOBS = {"RSS": ("rss",), "RSS and Atom": ("rss", "atom")}
# Inside the first call of a process there is what its language does at first use, such as compiling.
FIRST, WARM = "first call of a process", "best call of a warm process"

WAYS = {
    "ours": "syndicate",
    "ours_validated": "syndicate, of plain records",
    "bare_feedgen": "bare feedgen",
    "django_feedgenerator": "feedgenerator (Django's)",
    "feedsmith": "feedsmith",
    "feed": "feed",
}
FIELDS = ("id", "title", "link", "summary", "content", "author", "mail", "tags", "published", "updated")
# RSS 2.0 has no element for it. Who writes Atom's into it does so; who does not is named.
MAY_LACK = {"rss": {"updated"}, "atom": set[str]()}

_HERE = Path(__file__).parent

Figures = dict[str, dict[str, dict[str, float]]]
"""Seconds by how it was measured (`FIRST` or `WARM`), job, and way."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document: its size in bytes, and the fields that no entry of it has."""

    size: int
    lacks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured: seconds, versions, and by way and format the documents."""

    seconds: Figures
    versions: Mapping[str, str]
    written: Mapping[str, Mapping[str, Written]]
    left_out: Sequence[str]


class Worker:
    """A way in a process of its own; a context manager."""

    def __init__(self, way: str, peers: Path | None) -> None:
        if way in NPM:
            command = ["node", "--expose-gc", "worker.mjs", way]
        else:
            command = [sys.executable, "-m", "benchmarks.peers.worker", way]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=peers if way in NPM else _HERE.parent,
        )
        self.versions: dict[str, str] = self._answer()

    def seconds(self, records: Path, job: str, into: Path | None = None) -> float:
        """What one call takes; its documents are written to a folder afterwards, if one is named."""
        asked = {"records": str(records), "kinds": JOBS[job], "into": str(into) if into else None}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended with {self._process.wait()}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def measure(peers: Path | None = None, rounds: int = ROUNDS, fresh_rounds: int = FRESH_ROUNDS) -> Result:
    """Measure all ways, taking turns, and check what they wrote.

    Raises:
        AssertionError: a way did not write what it was given.
    """
    peers = npm.peers(NPM, peers)
    ways = [way for way in WAYS if peers or way not in NPM]
    seconds: Figures = {
        how: {job: dict.fromkeys(ways, float("inf")) for job in JOBS} for how in (FIRST, WARM)
    }
    versions: dict[str, str] = {}
    written: dict[str, dict[str, Written]] = {}

    def keep(how: str, job: str, way: str, taken: float) -> None:
        seconds[how][job][way] = min(seconds[how][job][way], taken)

    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        editions = [scratch / f"{edition}.json" for edition in range(max(rounds, fresh_rounds) * len(JOBS))]
        for edition, path in enumerate(editions):
            sample.save(sample.newest(COUNT, edition), path)
        for number in range(fresh_rounds):
            for job in JOBS:
                for way in ways:
                    with Worker(way, peers) as worker:
                        versions |= worker.versions
                        keep(FIRST, job, way, worker.seconds(editions[number], job))
        with ExitStack() as stack:
            workers = {way: stack.enter_context(Worker(way, peers)) for way in ways}
            for number in range(rounds):
                for turn, job in enumerate(JOBS):
                    edition = editions[number * len(JOBS) + turn]
                    for way, worker in workers.items():
                        into = scratch / way
                        into.mkdir(exist_ok=True)
                        keep(WARM, job, way, worker.seconds(edition, job, into))
        # The last call made both formats, of the last edition.
        for way in ways:
            written[way] = check(scratch / way, sample.load(editions[rounds * len(JOBS) - 1]))
    left_out = [WAYS[way] for way in WAYS if way not in ways]
    return Result(seconds, versions, written, left_out)


def check(folder: Path, records: Sequence[Record]) -> dict[str, Written]:
    """Read the documents of a way back, by format, and hold every entry and field to the records.

    Raises:
        AssertionError: an entry or a field is missing, or is not what was given.
    """
    written = {}
    for kind in ("rss", "atom"):
        body = (folder / kind).read_bytes()
        parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
        found = {entry.id: _read(entry) for entry in parsed.entries}
        if parsed.bozo or len(parsed.entries) != len(records) or len(found) != len(records):
            broken = parsed.get("bozo_exception")
            raise AssertionError(f"{folder.name}, {kind}: {len(found)} entries, {broken}")
        lacks = {field for field in MAY_LACK[kind] if all(got[field] is None for got in found.values())}
        for record in records:
            want, got = _wanted(record), found.get(record.id)
            wrong = [
                field for field in FIELDS if not got or (want[field] != got[field] and field not in lacks)
            ]
            if wrong:
                told = {field: (got and got[field], want[field]) for field in wrong}
                raise AssertionError(f"{folder.name}, {kind}, {record.id}: {told}")
        written[kind] = Written(len(body), frozenset(lacks))
    return written


def _wanted(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "link": record.link,
        "summary": record.summary,
        # feedparser takes the white space round a body away.
        "content": record.html.strip(),
        "author": record.author,
        "mail": record.email,
        "tags": set(record.tags),
        "published": int(record.published.timestamp()),
        "updated": int(record.updated.timestamp()),
    }


def _read(entry: Any) -> dict[str, Any]:
    author = entry.get("author_detail", {})
    # feedparser gives `published` for an `updated` that is missing, and warns.
    dates = {name: dict.get(entry, f"{name}_parsed") for name in ("published", "updated")}
    return {
        "id": entry.id,
        "title": entry.get("title"),
        "link": entry.get("link"),
        "summary": entry.get("summary"),
        "content": entry.content[0].value.strip() if entry.get("content") else None,
        "author": author.get("name"),
        "mail": author.get("email"),
        "tags": {tag.term for tag in entry.get("tags", ())},
        **{name: timegm(date) if date else None for name, date in dates.items()},
    }


def main() -> None:
    """Print the figures."""
    result = measure()
    size = sum(len(each.html.encode()) for each in sample.newest(COUNT)) / COUNT
    print(f"One feed of {COUNT} entries with {size:.0f} bytes of HTML each: ms, and ratios to syndicate")
    print(f"  the shortest of {FRESH_ROUNDS} first calls, and of {ROUNDS} calls; imports are not counted")
    for how, jobs in result.seconds.items():
        print(f"  {how + ':':34}" + "".join(f"{job:>20}" for job in jobs))
        for way in next(iter(jobs.values())):
            cells = (f"{each[way] * 1000:11.1f} {each[way] / each['ours']:7.2f}x" for each in jobs.values())
            print(f"    {WAYS[way]:32}" + "".join(cells))
    for name in result.left_out:
        print(f"  left out: {name}, because node or npm is not on this machine")
    print(f"  read back, entry by entry, and found there: {', '.join(FIELDS)}")
    for way, documents in result.written.items():
        for kind, document in documents.items():
            if document.lacks:
                print(f"  not written by {WAYS[way]} in {kind}: {', '.join(sorted(document.lacks))}")
    print(
        "  in RSS, feedgenerator drops body and updated by itself, feed drops updated: hooks write them here"
    )
    sizes = (f"{WAYS[way]} {each['rss'].size}, {each['atom'].size}" for way, each in result.written.items())
    print(f"  bytes of RSS and of Atom: {'; '.join(sizes)}")
    told = {"python": platform.python_version(), **result.versions}
    print("  " + ", ".join(f"{name} {version}" for name, version in told.items()))


if __name__ == "__main__":
    main()
