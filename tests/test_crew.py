"""Helpers: the same files as without them, and nothing left over however a publish ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers_site import MAIN, configured, opened, source, write
from syndicate.errors import PublishError
from syndicate.model import PublishReport
from syndicate.newsroom import publishing
from syndicate.newsroom.crew import Crew, Recipe, batched, recipe_of, seldom_collected
from syndicate.publishing import FilePublisher, Hand, spills
from syndicate.store import SqlStore

FAMILY = """
[[feed]]
name = "tag/{tag}"
each = "tag"
"""
# A feed a tag: more than a publish looks at alone.
TAGS = 340
DOCUMENTS = 3 * (TAGS + 1)


def records() -> str:
    rows = []
    for number in range(TAGS * 2):
        row = {
            "id": number,
            "title": f"Post {number}" if number % 50 else f"Is {number} < {number + 1} <b>true</b>?",
            "content_html": f"<p>The tide of {number} &amp; after.</p>" * 20,
            "tags": [f"tag {number % TAGS}", f"tag {number * 7 % TAGS}"],
            "authors": [{"name": "Ann", "email": "ann@example.org"}],
            "date": f"2026-01-{1 + number % 28:02}T10:00:{number % 60:02}Z",
        }
        rows.append(json.dumps(row))
    return "\n".join(rows)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crew")
    configured(folder, source(), MAIN, FAMILY)
    write(folder, {"posts.jsonl": records()})
    with opened(folder) as newsroom:
        newsroom.ingest()
    return folder


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Path:
    for name in ("syndicate.toml", "syndicate.db"):
        (tmp_path / name).write_bytes((filled / name).read_bytes())
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    root = folder / "public"
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def publish(folder: Path, helpers: int, monkeypatch: pytest.MonkeyPatch, **more: object) -> PublishReport:
    monkeypatch.setattr(publishing, "helpers_here", lambda: helpers)
    with opened(folder) as newsroom:
        return newsroom.publish(**more)  # type: ignore[arg-type]


def children() -> list[int]:
    """The helpers of this process; it may have started others before, such as a database."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(each) for path in found for each in read(path).split()]
    return [pid for pid in pids if b"crew" in read(Path(f"/proc/{pid}/cmdline"))]


def read(path: Path) -> bytes:
    """A file of a thread or process, which may be gone by now."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def alone(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[PublishReport, dict[str, bytes]]]:
    """What one process by itself makes."""
    folder = tmp_path_factory.mktemp("alone")
    for name in ("syndicate.toml", "syndicate.db"):
        (folder / name).write_bytes((filled / name).read_bytes())
    with pytest.MonkeyPatch.context() as monkeypatch:
        report = publish(folder, 0, monkeypatch)
    yield report, files(folder)


Alone = tuple[PublishReport, dict[str, bytes]]


def test_helpers_make_the_same_files_and_the_same_report(
    site: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: set[int] = set()
    report = publish(site, 2, monkeypatch, progress=lambda _: there.update(children()))
    assert len(there) == 2, "no helper took part"
    assert report == alone[0]
    assert any("<b>" in problem.message for problem in report.problems), "nothing was found to compare"
    assert files(site) == alone[1]
    assert len(alone[1]) == DOCUMENTS
    assert all(ended(pid) for pid in there)
    again = publish(site, 2, monkeypatch)
    assert (again.written, again.unchanged, again.problems) == ((), DOCUMENTS, ())


def test_everything_again_with_helpers_changes_nothing(
    site: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, 2, monkeypatch)
    report = publish(site, 2, monkeypatch, full=True)
    assert (report.written, report.unchanged) == ((), DOCUMENTS)
    assert files(site) == alone[1]


def test_a_helper_that_is_killed_is_not_missed(
    site: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []

    def kill(_: str) -> None:
        for pid in set(children()).difference(killed):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    report = publish(site, 2, monkeypatch, progress=kill)
    assert len(killed) == 2
    assert report == alone[0]
    assert files(site) == alone[1]


def test_a_store_on_a_server_has_helpers_as_well(
    site: Path, alone: Alone, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site / "syndicate.toml"
    config.write_text(config.read_text() + f'\n[store]\nurl = "{postgres_url}"\n')
    write(site, {"posts.jsonl": records()})
    with opened(site) as newsroom:
        newsroom.ingest()
    there: set[int] = set()
    report = publish(site, 1, monkeypatch, progress=lambda _: there.update(children()))
    assert len(there) == 1
    assert report.problems == alone[0].problems
    assert files(site) == alone[1]


_PUBLISH = """
import os, sys
from pathlib import Path
from syndicate import Newsroom
from syndicate.newsroom import publishing

publishing.helpers_here = lambda: 2

def told(name):
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    print(*[each for path in found for each in path.read_text().split()], flush=True)
    sys.stdin.readline()

with Newsroom.open(sys.argv[1]) as newsroom:
    newsroom.publish(progress=told)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_helper_outlives_a_publish_that_is_ended(
    site: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PUBLISH, str(site / "syndicate.toml")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        helpers = [int(each) for each in process.stdout.readline().split()]
        assert len(helpers) == 2
        process.send_signal(how)
        process.wait(30)
        until = time.monotonic() + 30
        while not all(map(ended, helpers)):
            assert time.monotonic() < until
            time.sleep(0.02)
    there = files(site)
    assert there
    assert all(there[path] == body for path, body in alone[1].items() if path in there)
    publish(site, 2, monkeypatch)
    assert {path: body for path, body in files(site).items() if not path.endswith(".tmp")} == alone[1]


_LIMITED = """
import resource, sys
from syndicate import Newsroom
from syndicate.errors import PublishError
from syndicate.newsroom import publishing

publishing.helpers_here = lambda: 1
with Newsroom.open(sys.argv[1]) as newsroom:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    try:
        newsroom.publish()
    except PublishError as error:
        print(error.message)
"""


def test_a_full_disk_is_told_and_made_good(site: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(site / "syndicate.toml")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "entries cannot be kept until their feeds are written: File too large\n"
    there = files(site)
    assert all(there[path] == body for path, body in alone[1].items() if path in there)
    publish(site, 1, monkeypatch)
    assert files(site) == alone[1]


def test_what_only_this_process_can_open_has_no_helpers(tmp_path: Path) -> None:
    publisher = FilePublisher(tmp_path)
    memory = SqlStore("sqlite://")
    assert recipe_of(memory, publisher, lint=True) is None
    memory.close()
    assert recipe_of(object(), publisher, lint=True) is None
    store = SqlStore(f"sqlite:///{tmp_path}/a.db", wait=3)
    recipe = recipe_of(store, publisher, lint=False)
    assert recipe == Recipe((f"sqlite:///{tmp_path}/a.db", 3), tmp_path, False, False)
    store.close()


def test_an_error_comes_back_from_a_helper(tmp_path: Path) -> None:
    """A helper that cannot open the store is not missed, and one that fails says why."""
    publisher = FilePublisher(tmp_path)
    store = SqlStore(f"sqlite:///{tmp_path}/a.db")
    with publisher.alone() as lock, spills(2) as waiting:
        hand = Hand(store.load, publisher, waiting, lint=False)
        recipe = Recipe((f"sqlite:///{tmp_path}/nowhere/a.db", 1), tmp_path, False, False)
        with Crew(hand, waiting, recipe, lock) as crew:
            crew.grow()
            jobs = [crew.ask("build", []) for _ in range(5)]
            assert crew.answers(jobs) == [[]] * 5
    with publisher.alone() as lock, spills(2) as waiting:
        hand = Hand(store.load, publisher, waiting, lint=False)
        recipe = recipe_of(store, publisher, lint=False)
        with Crew(hand, waiting, recipe, lock) as crew:
            crew.grow()
            (tmp_path / "a.db").write_bytes(b"no database at all" * 1000)
            for suffix in ("-wal", "-shm"):
                (tmp_path / f"a.db{suffix}").unlink(missing_ok=True)
            assert crew.answers([crew.ask("build", [])]) == [[]]
    store.close()


def test_pieces() -> None:
    assert list(batched([1, 2, 3], 2)) == [[1, 2], [3]]
    assert list(batched([], 2)) == []


def test_the_collector_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import gc

    before = gc.get_threshold()
    with pytest.raises(PublishError), seldom_collected():
        assert gc.get_threshold()[0] > before[0]
        raise PublishError("over")
    assert gc.get_threshold() == before
    gc.disable()
    try:
        with seldom_collected():
            assert gc.get_threshold() == before
    finally:
        gc.enable()
