"""WebSub hubs are notified of each changed document, also after failures, kills and restarts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from helpers_hub import Handler, Server, serving
from helpers_publish import (
    TAGS,
    entry_titles,
    ingest_and_publish,
    paths_of,
    publish_and_kill,
    published_files,
    write_records,
)
from helpers_site import MAIN, SITE, cli, configured, environment, source
from syndicate.publishing import websub

FEEDS = "https://harbour.example/feeds/"


class Hub:
    """A hub that answers with a configurable status."""

    def __init__(self) -> None:
        self.status = 204

    def __call__(self, request: Handler) -> None:
        request.respond(self.status)


@pytest.fixture
def hub() -> Iterator[tuple[Hub, Server]]:
    answer = Hub()
    with serving(answer) as server:
        yield answer, server


def topics(server: Server) -> set[str]:
    """Return the topics that the hub received since the last call."""
    found = {value for form in server.forms for name, value in form if name == "hub.url"}
    server.asked.clear()
    return {each.removeprefix(FEEDS) for each in found}


def configure_with_hub(folder: Path, server: Server, *tables: str) -> None:
    configured(folder, source(), *(tables or (MAIN, TAGS)), site=SITE + f'hubs = ["{server.url}"]\n')


def posts(*given: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"id": f"urn:{name}", "title": title, "tags": [tag]} for name, title, tag in given]


A, B = ("a", "A", "boats"), ("b", "B", "tides")


def test_hubs_are_notified_of_changed_documents_only(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    configure_with_hub(tmp_path, server)
    write_records(tmp_path, *posts(A, B))
    assert ingest_and_publish(tmp_path).ok
    assert topics(server) == paths_of("main", "tag/boats", "tag/tides")
    ingest_and_publish(tmp_path)
    ingest_and_publish(tmp_path, full=True)
    assert topics(server) == set()
    write_records(tmp_path, *posts(A, ("b", "B2", "tides")))
    ingest_and_publish(tmp_path)
    assert topics(server) == paths_of("main", "tag/tides")
    (tmp_path / "public/main.rss").unlink()
    assert ingest_and_publish(tmp_path).written == ("main.rss",)
    assert topics(server) == set(), "the content has not changed"


def test_a_failing_hub_is_notified_by_a_later_publish(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    answer, server = hub
    configure_with_hub(tmp_path, server)
    write_records(tmp_path, *posts(A))
    answer.status = 503
    report = ingest_and_publish(tmp_path)
    assert report.ok
    assert any("was not notified" in each.message for each in report.problems)
    topics(server)
    write_records(tmp_path, *posts(A, B))
    ingest_and_publish(tmp_path)
    answer.status = 204
    topics(server)
    report = ingest_and_publish(tmp_path)
    assert report.written == ()
    assert report.problems == ()
    assert topics(server) == paths_of("main", "tag/boats", "tag/tides")
    ingest_and_publish(tmp_path)
    assert topics(server) == set()


def test_refused_topics_are_not_sent_again(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    answer, server = hub
    configure_with_hub(tmp_path, server, MAIN)
    write_records(tmp_path, *posts(A))
    answer.status = 400
    assert any("400" in each.message for each in ingest_and_publish(tmp_path).problems)
    topics(server)
    assert ingest_and_publish(tmp_path).problems == ()
    assert topics(server) == set()


def test_the_publish_after_a_killed_one_notifies_the_hub(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    configure_with_hub(tmp_path, server, MAIN)
    write_records(tmp_path, *posts(A))
    ingest_and_publish(tmp_path)
    topics(server)
    for point in ("before states are saved", "after states are saved"):
        write_records(tmp_path, *posts(("a", f"Killed {point}", "boats")))
        publish_and_kill(tmp_path, point, 0)
        assert topics(server) == set()
        ingest_and_publish(tmp_path)
        assert topics(server) == paths_of("main"), point


def test_a_topic_that_changes_while_the_hub_answers_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process publishes while this one waits for the hub's answer."""
    # Two commands run before the hub answers, which takes long on a busy machine.
    monkeypatch.setattr(websub, "ping", partial(websub.ping, timeout=120))
    done: list[subprocess.CompletedProcess[str]] = []

    def slow(request: Handler) -> None:
        if not done:
            write_records(tmp_path, *posts(("a", "A3", "boats")))
            done.append(cli(tmp_path, "ingest"))
            # The hub is unreachable for this process.
            done.append(cli(tmp_path, "publish", program=_NO_HUB))
        request.respond(204)

    with serving(slow) as server:
        configure_with_hub(tmp_path, server, MAIN)
        write_records(tmp_path, *posts(A))
        ingest_and_publish(tmp_path)
        assert [each.returncode for each in done] == [0, 0], done
        assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A3"]
        assert topics(server) == paths_of("main")
        ingest_and_publish(tmp_path)
        assert topics(server) == paths_of("main"), "the hub has fetched the previous document"
        ingest_and_publish(tmp_path)
        assert topics(server) == set()


_NO_HUB = """
from syndicate.publishing import websub
websub.ping = lambda hub, topics, *, agent: websub.PingResult(hub, pending=tuple(topics))
"""


def test_hubs_are_not_notified_of_archive_documents(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    configure_with_hub(
        tmp_path, server, '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\npage = true\n'
    )
    write_records(tmp_path, *posts(*[(str(each), f"T{each}", "x") for each in range(9)]))
    assert any("archive" in path for path in ingest_and_publish(tmp_path).written)
    assert topics(server) == paths_of("main")


def test_hubs_are_notified_only_after_the_file_is_written(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    configure_with_hub(tmp_path, server, MAIN)
    write_records(tmp_path, *posts(A))
    ingest_and_publish(tmp_path)
    topics(server)
    path = tmp_path / "public/main.rss"
    path.unlink()
    path.mkdir()
    write_records(tmp_path, *posts(("a", "A2", "boats")))
    assert ingest_and_publish(tmp_path).external_failure
    assert topics(server) == set()
    path.rmdir()
    assert ingest_and_publish(tmp_path).ok
    assert topics(server) == paths_of("main")


def test_the_daemon_publishes_notifies_hubs_and_guards_ids(tmp_path: Path, hub: tuple[Hub, Server]) -> None:
    _, server = hub
    site = SITE + f'hubs = ["{server.url}"]\nopml = "feeds.opml"\nrefresh = "every 1 second"\n'
    configured(tmp_path, source(), MAIN, TAGS, site=site)

    def posts_at(scheme: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for each in range(5):
            link = f"{scheme}://harbour.example/{each}"
            found.append(
                {"id": link, "link": link, "title": f"T{each}", "date": f"2026-03-0{each + 1}", "tags": ["x"]}
            )
        return found

    write_records(tmp_path, *posts_at("http"))
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", "run"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as daemon:
        try:
            received: set[str] = set()

            def has_all_topics() -> bool:
                # The hub receives one topic after the other.
                received.update(topics(server))
                return paths_of("main", "tag/x") <= received

            _wait_until(has_all_topics)
            assert (tmp_path / "public/feeds.opml").is_file()
            former = published_files(tmp_path)
            write_records(tmp_path, *posts_at("https"), {"id": "urn:y", "title": "Y", "tags": ["y"]})
            _wait_until(lambda: (tmp_path / "public/tag/y.rss").is_file())
            assert {path: published_files(tmp_path)[path] for path in paths_of("main", "tag/x")} == {
                path: former[path] for path in paths_of("main", "tag/x")
            }
            assert cli(tmp_path, "publish", "--keep-ids").returncode == 0
            _wait_until(lambda: "Y" in entry_titles(published_files(tmp_path)["main.rss"]))
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.stdout
            output = daemon.stdout.read()
            assert daemon.wait(60) == 0, output
    assert b"have new ids" in output


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
