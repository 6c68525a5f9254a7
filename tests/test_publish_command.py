"""`syndicate publish`: its output, its exit codes, and an interrupt."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from helpers_publish import (
    TAGS,
    ingest_and_publish,
    paths_of,
    published_files,
    write_records,
)
from helpers_site import MAIN, SITE, cli, configured, environment, opened, source


def test_the_command_counts_written_and_unchanged_files(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\npage = true\n')
    write_records(
        tmp_path, {"id": "urn:x:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"}
    )
    assert cli(tmp_path, "ingest").returncode == 0
    first = cli(tmp_path, "publish")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "9 files written to public, 0 unchanged\n"
    assert cli(tmp_path, "publish").stdout == "0 files written to public, 8 unchanged\n"
    assert cli(tmp_path, "publish", "--full").stdout == "0 files written to public, 8 unchanged\n"
    document = json.loads(cli(tmp_path, "publish", "--full", "--json").stdout)
    assert document == {
        "problems": [],
        "external_failure": False,
        "feeds": 2,
        "articles": 1,
        "written": [],
        "unchanged": 8,
    }
    narrow = cli(tmp_path, "publish", COLUMNS="20")
    assert narrow.stdout == "0 files written to public, 8 unchanged\n"
    assert cli(tmp_path, "publish", "mian").returncode == 2


def test_a_narrow_terminal_does_not_cut_a_problem(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, {"id": "urn:x:a", "title": "A"})
    ingest_and_publish(tmp_path)
    path = tmp_path / "public/main.rss"
    path.unlink()
    path.mkdir()
    done = cli(tmp_path, "publish", COLUMNS="20")
    assert done.returncode == 3
    assert done.stderr.startswith("error: public/main.rss: a folder has the name of this file ")
    assert done.stderr.count("\n") == 1


def test_progress_appears_only_on_a_terminal(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    write_records(
        tmp_path, {"id": "urn:x:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"}
    )
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


_BLOCKED = """
import time
from syndicate.store import SqlStore
def block(self, states):
    print("here", flush=True)
    time.sleep(60)
SqlStore.save_feed_states = block
"""


def test_an_interrupt_ends_the_publish_and_the_next_one_completes_it(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    write_records(
        tmp_path, {"id": "urn:x:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"}
    )
    cli(tmp_path, "ingest")
    started = subprocess.Popen(
        [sys.executable, "-c", f"{_BLOCKED}\nfrom syndicate.cli import main\nmain()", "publish"],
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
    assert set(published_files(tmp_path)) == paths_of("main", "tag/boats")
