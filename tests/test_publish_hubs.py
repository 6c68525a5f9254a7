"""What a publish says: to hubs, to the person at the terminal, and of what the linter found."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from helpers_hub import Handler, Server, serving
from helpers_publish import TAGS, files, killed, of, records, run, titles
from helpers_site import MAIN, SITE, cli, configured, environment, opened, source
from syndicate.publishing import websub

FEEDS = "https://harbour.example/feeds/"


class Hub:
    """Answers with a status that can be changed."""

    def __init__(self) -> None:
        self.status = 204

    def __call__(self, asked: Handler) -> None:
        asked.respond(self.status)


@pytest.fixture
def hub() -> Iterator[tuple[Hub, Server]]:
    answer = Hub()
    with serving(answer) as server:
        yield answer, server


def topics(server: Server) -> set[str]:
    """What a hub was told of since it was asked here last."""
    found = {value for form in server.forms for name, value in form if name == "hub.url"}
    server.asked.clear()
    return {each.removeprefix(FEEDS) for each in found}


def with_hub(folder: Path, server: Server, *tables: str) -> None:
    configured(folder, source(), *(tables or (MAIN, TAGS)), site=SITE + f'hubs = ["{server.url}"]\n')


def posts(*given: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"id": f"urn:{name}", "title": title, "tags": [tag]} for name, title, tag in given]


A, B = ("a", "A", "boats"), ("b", "B", "tides")


def test_hubs_are_told_of_what_changed_and_of_nothing_else(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    with_hub(tmp_path, server)
    records(tmp_path, *posts(A, B))
    assert run(tmp_path).ok
    assert topics(server) == of("main", "tag/boats", "tag/tides")
    run(tmp_path)
    run(tmp_path, full=True)
    assert topics(server) == set()
    records(tmp_path, *posts(A, ("b", "B2", "tides")))
    run(tmp_path)
    assert topics(server) == of("main", "tag/tides")
    (tmp_path / "public/main.rss").unlink()
    assert run(tmp_path).written == ("main.rss",)
    assert topics(server) == set(), "subscribers have it as it is"


def test_a_hub_that_fails_is_told_later(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    answer, server = hub
    with_hub(tmp_path, server)
    records(tmp_path, *posts(A))
    answer.status = 503
    report = run(tmp_path)
    assert report.ok
    assert any("was not notified" in each.message for each in report.problems)
    topics(server)
    records(tmp_path, *posts(A, B))
    run(tmp_path)
    answer.status = 204
    topics(server)
    report = run(tmp_path)
    assert report.written == ()
    assert report.problems == ()
    assert topics(server) == of("main", "tag/boats", "tag/tides")
    run(tmp_path)
    assert topics(server) == set()


def test_what_a_hub_refuses_is_not_told_again(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    answer, server = hub
    with_hub(tmp_path, server, MAIN)
    records(tmp_path, *posts(A))
    answer.status = 400
    assert any("400" in each.message for each in run(tmp_path).problems)
    topics(server)
    assert run(tmp_path).problems == ()
    assert topics(server) == set()


def test_a_hub_is_told_by_the_next_process_after_a_kill(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    with_hub(tmp_path, server, MAIN)
    records(tmp_path, *posts(A))
    run(tmp_path)
    topics(server)
    for point in ("before states are kept", "after states are kept"):
        records(tmp_path, *posts(("a", f"Killed {point}", "boats")))
        killed(tmp_path, point, 0)
        assert topics(server) == set()
        run(tmp_path)
        assert topics(server) == of("main"), point


def test_what_changes_while_a_hub_is_asked_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process publishes while this one waits for the hub's answer."""
    # Two commands run before the hub answers; a busy machine takes its time for them.
    monkeypatch.setattr(websub, "ping", partial(websub.ping, timeout=120))
    done: list[subprocess.CompletedProcess[str]] = []

    def slow(asked: Handler) -> None:
        if not done:
            records(tmp_path, *posts(("a", "A3", "boats")))
            done.append(cli(tmp_path, "ingest"))
            # It has nobody to tell: its hub is away.
            done.append(cli(tmp_path, "publish", program=_NO_HUB))
        asked.respond(204)

    with serving(slow) as server:
        with_hub(tmp_path, server, MAIN)
        records(tmp_path, *posts(A))
        run(tmp_path)
        assert [each.returncode for each in done] == [0, 0], done
        assert titles(files(tmp_path)["main.rss"]) == ["A3"]
        assert topics(server) == of("main")
        run(tmp_path)
        assert topics(server) == of("main"), "the hub has fetched what was before"
        run(tmp_path)
        assert topics(server) == set()


_NO_HUB = """
from syndicate.publishing import websub
websub.ping = lambda hub, topics, *, agent: websub.PingResult(hub, pending=tuple(topics))
"""


def test_hubs_hear_nothing_of_archive_documents(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    with_hub(tmp_path, server, '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\npage = true\n')
    records(tmp_path, *posts(*[(str(each), f"T{each}", "x") for each in range(9)]))
    assert any("archive" in path for path in run(tmp_path).written)
    assert topics(server) == of("main")


def test_hubs_hear_of_what_is_on_the_disk(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    with_hub(tmp_path, server, MAIN)
    records(tmp_path, *posts(A))
    run(tmp_path)
    topics(server)
    path = tmp_path / "public/main.rss"
    path.unlink()
    path.mkdir()
    records(tmp_path, *posts(("a", "A2", "boats")))
    assert run(tmp_path).outside
    assert topics(server) == set()
    path.rmdir()
    assert run(tmp_path).ok
    assert topics(server) == of("main")


# The linter

# An article with the id of the feed: Atom forbids it, and only the feed itself can tell.
NAMED = '[[feed]]\nname = "main"\nid = "urn:main"\n'
GOOD = {"id": "urn:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"}
BAD = {"id": "urn:main", "title": "Bad", "tags": ["tides"], "link": "https://harbour.example/t"}


@pytest.mark.parametrize("lint", ["refuse", "report", "off"])
def test_an_entry_with_an_error_is_left_out_and_the_feed_goes_on(tmp_path: Path, lint: str) -> None:
    configured(tmp_path, source(), NAMED, TAGS, site=SITE + f'lint = "{lint}"\n')
    records(tmp_path, GOOD)
    assert run(tmp_path).ok
    records(tmp_path, GOOD, BAD)
    report = run(tmp_path)
    there = files(tmp_path)
    assert titles(there["tag/tides.atom"]) == ["Bad"], "other feeds go on"
    shown = ["A"] if lint == "refuse" else ["A", "Bad"]
    assert sorted(titles(there["main.atom"])) == sorted(titles(there["main.rss"])) == shown
    errors = [each for each in report.problems if each.severity == "error"]
    if lint == "off":
        assert errors == []
        return
    [error] = errors
    assert (error.file, error.id) == ("main.atom", "urn:main")
    assert "atom-id-of-feed" in error.message
    assert ("the entry was left out" in (error.hint or "")) == (lint == "refuse")
    assert run(tmp_path).ok == (lint == "report"), "what is left out is reported until it is corrected"
    records(tmp_path, GOOD | {"title": "A3"}, BAD)
    assert not run(tmp_path).ok
    assert "A3" in titles(files(tmp_path)["main.rss"]), "the other entries go on"
    records(tmp_path, GOOD | {"title": "A4"}, BAD | {"id": "urn:other", "link": "https://harbour.example/u"})
    assert run(tmp_path).ok
    assert sorted(titles(files(tmp_path)["main.rss"])) == ["A4", "Bad"]


def test_a_feed_with_an_error_of_its_own_leaves_the_old_document(tmp_path: Path) -> None:
    site = SITE + 'namespaces = { sy = "http://purl.org/rss/1.0/modules/syndication/" }\n'
    configured(tmp_path, source(), MAIN)
    records(tmp_path, GOOD)
    run(tmp_path)
    was = files(tmp_path)
    configured(tmp_path, source(), MAIN + 'elements = { "sy:updatePeriod" = "sometimes" }\n', site=site)
    records(tmp_path, GOOD, GOOD | {"id": "urn:b", "title": "B", "link": "https://harbour.example/b"})
    for _ in range(2):
        [error, *_] = [each for each in run(tmp_path).problems if each.severity == "error"]
        assert "the feed was not published" in (error.hint or "")
    assert files(tmp_path) == was
    configured(tmp_path, source(), MAIN + 'elements = { "sy:updatePeriod" = "daily" }\n', site=site)
    assert run(tmp_path).ok
    assert sorted(titles(files(tmp_path)["main.rss"])) == ["A", "B"]


@pytest.mark.parametrize(
    ("table", "path"), [(NAMED, "main.atom"), (TAGS + 'id = "urn:{tag}"\n', "tag/main.atom")]
)
def test_an_entry_that_was_refused_is_reported_also_where_the_state_is_gone(
    tmp_path: Path, table: str, path: str
) -> None:
    configured(tmp_path, source(), table)
    records(tmp_path, GOOD | {"tags": ["main"]})
    run(tmp_path)
    for leftover in tmp_path.glob("syndicate.db*"):
        leftover.unlink()
    records(tmp_path, GOOD | {"tags": ["main"]}, BAD | {"tags": ["main"]})
    for _ in range(3):
        report = run(tmp_path)
        assert not report.ok
        assert {each.file for each in report.problems if each.severity == "error"} == {path}


# The command


def test_the_command_counts_files(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\npage = true\n')
    records(tmp_path, {"id": "urn:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"})
    assert cli(tmp_path, "ingest").returncode == 0
    first = cli(tmp_path, "publish")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "9 files written to public, 0 unchanged\n"
    assert cli(tmp_path, "publish").stdout == "0 files written to public, 8 unchanged\n"
    assert cli(tmp_path, "publish", "--full").stdout == "0 files written to public, 8 unchanged\n"
    document = json.loads(cli(tmp_path, "publish", "--full", "--json").stdout)
    assert document == {
        "problems": [],
        "outside": False,
        "feeds": 2,
        "articles": 1,
        "written": [],
        "unchanged": 8,
    }
    narrow = cli(tmp_path, "publish", COLUMNS="20")
    assert narrow.stdout == "0 files written to public, 8 unchanged\n"
    assert cli(tmp_path, "publish", "mian").returncode == 2


def test_a_narrow_terminal_gets_the_whole_of_a_problem(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)
    records(tmp_path, {"id": "urn:a", "title": "A"})
    run(tmp_path)
    path = tmp_path / "public/main.rss"
    path.unlink()
    path.mkdir()
    done = cli(tmp_path, "publish", COLUMNS="20")
    assert done.returncode == 3
    assert done.stderr.startswith("error: public/main.rss: a folder has the name of this file ")
    assert done.stderr.count("\n") == 1


def test_progress_is_for_a_terminal_alone(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    records(tmp_path, {"id": "urn:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"})
    cli(tmp_path, "ingest")
    here, there = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", "publish"],
            cwd=tmp_path,
            env=environment(COLUMNS="20", TERM="xterm"),
            stdout=subprocess.PIPE,
            stderr=there,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0
        assert done.stdout == b"6 files written to public, 0 unchanged\n"
        assert b"feeds" in os.read(here, 10_000)
    finally:
        os.close(here)
        os.close(there)


_STUCK = """
import time
from syndicate.store import SqlStore
def stuck(self, *given, **named):
    print("here", flush=True)
    time.sleep(60)
SqlStore.save_feed_states = stuck
"""


def test_an_interrupt_ends_it_and_the_next_one_goes_on(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    records(tmp_path, {"id": "urn:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"})
    cli(tmp_path, "ingest")
    started = subprocess.Popen(
        [sys.executable, "-c", f"{_STUCK}\nfrom syndicate.cli import main\nmain()", "publish"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with started:
        assert started.stdout
        assert started.stderr
        assert started.stdout.readline() == b"here\n"
        started.send_signal(signal.SIGINT)
        assert started.wait(30) == 130
        assert b"Traceback" not in started.stderr.read()
    with opened(tmp_path) as newsroom:
        assert newsroom.publish().ok
    assert set(files(tmp_path)) == of("main", "tag/boats")


# By the clock


def test_the_daemon_does_the_same(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    site = SITE + f'hubs = ["{server.url}"]\nopml = "feeds.opml"\nrefresh = "every 1 second"\n'
    configured(tmp_path, source(), MAIN, TAGS, site=site)

    def moved(scheme: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for each in range(5):
            link = f"{scheme}://harbour.example/{each}"
            found.append(
                {"id": link, "link": link, "title": f"T{each}", "date": f"2026-03-0{each + 1}", "tags": ["x"]}
            )
        return found

    records(tmp_path, *moved("http"))
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", "run"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as daemon:
        try:
            told: set[str] = set()

            def all_told() -> bool:
                # The hub hears of one topic after the other.
                told.update(topics(server))
                return of("main", "tag/x") <= told

            _until(all_told)
            assert (tmp_path / "public/feeds.opml").is_file()
            was = files(tmp_path)
            records(tmp_path, *moved("https"), {"id": "urn:y", "title": "Y", "tags": ["y"]})
            _until(lambda: (tmp_path / "public/tag/y.rss").is_file())
            assert {path: files(tmp_path)[path] for path in of("main", "tag/x")} == {
                path: was[path] for path in of("main", "tag/x")
            }
            assert cli(tmp_path, "publish", "--keep-ids").returncode == 0
            _until(lambda: "Y" in titles(files(tmp_path)["main.rss"]))
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.stdout
            said = daemon.stdout.read()
            assert daemon.wait(60) == 0, said
    assert b"have new ids" in said


def _until(done: object) -> None:
    assert callable(done)
    end = time.monotonic() + 300
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
