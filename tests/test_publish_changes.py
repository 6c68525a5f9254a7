"""Each kind of change writes the documents that show it or showed it, and touches nothing else."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from helpers_publish import TAGS, files, ids, killed, of, records, run, stamps, titles, touched, written_to
from helpers_site import MAIN, SITE, StillClock, configured, opened, source

FEEDS = """
[[feed]]
name = "newest"
limit = 2
[[feed]]
name = "boats-in-news"
where = { tag = ["Boats", "boats"], section = "News" }
[[feed]]
name = "dry"
without = { tag = "tides", section = "Sea" }
[[feed]]
name = "in/{section}"
each = "section"
[[feed]]
name = "by/{author}"
each = "author"
[[feed]]
name = "{language}/all"
each = "language"
"""

A: dict[str, object] = {
    "id": "urn:a",
    "title": "A",
    "date": "2026-04-01",
    "tags": ["Boats"],
    "section": "News",
    "author": "Ann",
    "language": "en",
}
B: dict[str, object] = {
    "id": "urn:b",
    "title": "B",
    "date": "2026-04-02",
    "tags": ["tides"],
    "section": "Sea",
    "author": "Bo",
    "language": "de",
}
C: dict[str, object] = {"id": "urn:c", "title": "C", "date": "2026-03-01"}
OF_A = ("main", "boats-in-news", "dry", "tag/boats", "in/news", "by/ann", "en/all")
OF_B = ("main", "newest", "tag/tides", "in/sea", "by/bo", "de/all")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three articles, published."""
    configured(tmp_path, source(), MAIN, TAGS, FEEDS)
    records(tmp_path, A, B, C)
    assert run(tmp_path).ok
    return tmp_path


def change(site: Path, *values: dict[str, object], clock: StillClock | None = None) -> set[str]:
    """What a publish of these records touches; it must say the same itself."""
    before = stamps(site)
    records(site, *values)
    report = run(site, clock)
    assert report.ok
    assert set(report.written) == touched(before, site)
    after = stamps(site)
    assert len(after) == report.unchanged + len(report.written)
    assert run(site, clock).written == ()
    assert run(site, clock, full=True).written == ()
    assert stamps(site) == after
    return set(report.written)


CHANGES: list[Any] = [
    pytest.param([A | {"title": "A2"}, B, C], of(*OF_A, "newest"), id="title"),
    pytest.param(
        [A | {"tags": ["ropes"]}, B, C],
        of(*OF_A, "newest", "tag/ropes"),
        id="tags: the old feed and the new one",
    ),
    pytest.param(
        [A | {"tags": ["Boats", "tides"]}, B, C], of(*OF_A, "newest", "tag/tides"), id="one tag more"
    ),
    pytest.param(
        [A | {"tags": ["boats"]}, B, C], of(*OF_A, "newest"), id="another spelling: the feed gathers both"
    ),
    pytest.param([A | {"section": "Sea"}, B, C], of(*OF_A, "newest", "in/sea"), id="section"),
    pytest.param([A | {"author": "Bo"}, B, C], of(*OF_A, "newest", "by/bo"), id="author"),
    pytest.param([A | {"language": "de"}, B, C], of(*OF_A, "newest", "de/all"), id="language"),
    pytest.param([B, C], of(*OF_A, "newest"), id="withdrawn"),
    pytest.param([A, B, C | {"title": "C2"}], of("main", "dry"), id="beyond the limit of one feed"),
    pytest.param([A | {"date": "2026-02-01"}, B, C], of(*OF_A, "newest"), id="date moved behind the limit"),
    pytest.param(
        [A, B, C | {"date": "2026-04-03"}], of("main", "dry", "newest"), id="date moved to the front"
    ),
    pytest.param(
        [A, B, C, {"id": "urn:d", "title": "D", "date": "2026-04-05", "tags": ["BOATS"]}],
        of("main", "newest", "dry", "tag/boats"),
        id="new",
    ),
    pytest.param(
        [A, B, C, {"id": "urn:d", "title": "D", "date": "2026-05-05", "tags": ["new"]}], set(), id="ahead"
    ),
]


@pytest.mark.parametrize(("values", "written"), CHANGES)
def test_a_change_touches_what_shows_it(
    site: Path, values: list[dict[str, object]], written: set[str]
) -> None:
    assert change(site, *values) == written


def test_nothing_new_touches_no_file_and_no_row(site: Path) -> None:
    run(site)
    before, kept = stamps(site), written_to(site / "syndicate.db")
    with opened(site) as newsroom:
        assert newsroom.publish().written == ()
        # While it is open: closing moves what was written before into its place.
        assert written_to(site / "syndicate.db") == kept
    clock = StillClock()
    clock.pass_(timedelta(hours=1))
    with opened(site, clock) as newsroom:
        assert newsroom.publish().written == ()
        assert written_to(site / "syndicate.db") == kept
    assert stamps(site) == before


def test_time_alone_brings_an_article_once(site: Path) -> None:
    clock = StillClock()
    assert change(site, A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}, clock=clock) == of(
        "main", "dry"
    )
    assert "tag/late.rss" not in files(site)
    clock.pass_(timedelta(hours=2))
    shown = of("main", "dry", "newest", "tag/late")
    assert change(site, A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}, clock=clock) == shown
    clock.pass_(timedelta(hours=-2))
    values = A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}
    assert change(site, *values, clock=clock) == shown, "a clock that was put back hides it again"


def test_a_tag_of_one_moment_leaves_no_article_behind(site: Path) -> None:
    records(site, A | {"tags": ["moment"]}, B, C)
    run(site, feed="tag/{tag}")
    assert titles(files(site)["tag/moment.rss"]) == ["A"]
    records(site, A, B, C)
    assert run(site).ok
    assert titles(files(site)["tag/moment.rss"]) == []
    assert titles(files(site)["tag/boats.rss"]) == ["A"]


def test_a_family_has_a_feed_a_word_whatever_else_it_asks_for(tmp_path: Path) -> None:
    configured(tmp_path, source(), TAGS + 'where = { tag = ["x"], section = "News" }\n')
    records(tmp_path, {"id": "urn:a", "title": "A", "tags": ["y"], "section": "News"})
    run(tmp_path)
    records(tmp_path, {"id": "urn:a", "title": "A2", "tags": ["y"], "section": "News"})
    run(tmp_path)
    assert titles(files(tmp_path)["tag/y.rss"]) == ["A2"]


def test_a_document_that_was_edited_by_hand_is_made_whole_when_it_is_next_made(site: Path) -> None:
    run(site)
    for kind, mark in (("rss", b"A</title>"), ("atom", b"A</title>"), ("json", b'"A"')):
        path = site / f"public/main.{kind}"
        body = path.read_bytes()
        assert mark in body
        path.write_bytes(body.replace(mark, mark.replace(b"A", b"X")))
    assert run(site).written == ()
    change(site, A, B | {"title": "B2"}, C)
    for path, body in files(site).items():
        if path.startswith("main."):
            shown = (
                [each["title"] for each in json.loads(body)["items"]]
                if path.endswith("json")
                else titles(body)
            )
            assert shown == ["B2", "A", "C"]


def test_a_memory_that_is_gone_costs_time_and_nothing_else(site: Path) -> None:
    before = stamps(site)
    with sqlite3.connect(site / "syndicate.db") as database:
        database.execute("DELETE FROM setting WHERE name = 'last_publish'")
    database.close()
    report = run(site)
    assert (report.ok, report.written, report.unchanged) == (True, (), len(before))
    assert report.feeds > 0
    assert stamps(site) == before


def test_a_state_that_is_gone_is_made_again(site: Path) -> None:
    before = files(site)
    with sqlite3.connect(site / "syndicate.db") as database:
        database.execute("DELETE FROM feed")
        database.execute("DELETE FROM setting WHERE name = 'last_publish'")
    database.close()
    assert run(site).written == ()
    assert files(site) == before


def test_a_disk_that_failed_is_tried_again(site: Path) -> None:
    path = site / "public/main.rss"
    path.unlink()
    path.mkdir()
    records(site, A | {"title": "A2"}, B, C)
    report = run(site)
    assert report.outside
    assert not report.ok
    assert "main.rss" not in report.written
    assert "tag/boats.rss" in report.written
    assert run(site).outside, "as long as it fails it is told"
    path.rmdir()
    assert run(site).written == ("main.rss",)
    assert titles(files(site)["main.rss"]) == ["B", "A2", "C"]


# A kill in the middle


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("before a rename", 0),
        ("after a rename", 4),
        ("before states are kept", 0),
        ("after states are kept", 0),
        ("before it is remembered", 0),
        ("before it is remembered", 1),
        ("after it is remembered", 0),
    ],
)
def test_what_a_kill_has_left_the_next_publish_makes_good(tmp_path: Path, point: str, left: int) -> None:
    site, twin = tmp_path / "site", tmp_path / "twin"
    more = SITE + 'opml = "feeds.opml"\npage = true\n'
    for folder in (site, twin):
        folder.mkdir()
        configured(folder, source(), MAIN, TAGS, FEEDS, site=more)
        records(folder, A, B, C)
        run(folder)
        records(
            folder, A | {"tags": ["ropes"], "title": "A2"}, C, {"id": "urn:d", "title": "D", "tags": ["new"]}
        )
    run(twin)
    killed(site, point, left)
    for name, body in files(site).items():
        if not name.endswith((".tmp", ".html", ".opml")):
            assert not feedparser.parse(body).bozo or name.endswith(".json"), "whole, old or new"
    assert run(site).ok
    there = {name: body for name, body in files(site).items() if not name.endswith(".tmp")}
    assert there == files(twin)
    assert run(site).written == ()


def test_what_a_kill_has_left_may_be_changed_again_meanwhile(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    records(tmp_path, A, B)
    run(tmp_path)
    records(tmp_path, A | {"tags": ["moment"]}, B)
    killed(tmp_path, "before it is remembered", 0)
    assert titles(files(tmp_path)["tag/moment.rss"]) == ["A"]
    records(tmp_path, A, B)
    assert run(tmp_path).ok
    assert titles(files(tmp_path)["tag/moment.rss"]) == []


# Tombstones


def tombstones(body: bytes) -> list[str]:
    return [part.split('"')[0] for part in body.decode().split('deleted-entry ref="')[1:]]


def test_what_is_withdrawn_leaves_a_tombstone_until_it_comes_back(site: Path) -> None:
    assert tombstones(files(site)["main.atom"]) == []
    was = files(site)
    change(site, A, C)
    for name in ("main", "tag/tides", "in/sea"):
        assert tombstones(files(site)[f"{name}.atom"]) == ["urn:b"]
    assert tombstones(files(site)["tag/boats.atom"]) == []
    assert "urn:b" not in ids(files(site)["main.atom"])
    change(site, A, B, C)
    assert {path: body for path, body in files(site).items() if path.endswith(".rss")} == {
        path: body for path, body in was.items() if path.endswith(".rss")
    }
    assert tombstones(files(site)["main.atom"]) == []


def test_what_came_and_went_between_two_publishes_is_told_as_it_would_be_anew(site: Path) -> None:
    for value in (
        {"id": "urn:d", "title": "D", "date": "2026-04-09"},
        {"id": "urn:e", "title": "E", "date": "2027-01-01"},
    ):
        records(site, A, B, C, value)
        with opened(site) as newsroom:
            newsroom.ingest()
    assert change(site, A, B, C) == {f"{name}.atom" for name in ("main", "newest", "dry")}
    assert tombstones(files(site)["main.atom"]) == ["urn:d"], "nobody has seen what was still to come"


# The list, the page, the compressed variants


def test_the_list_of_feeds_grows_with_them(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\n')
    records(tmp_path, A)
    report = run(tmp_path)
    assert "feeds.opml" in report.written
    assert report.unchanged == 0
    opml = tmp_path / "public/feeds.opml"
    assert b"tag/boats.atom" in opml.read_bytes()
    records(tmp_path, A | {"title": "A2"})
    assert "feeds.opml" not in run(tmp_path).written
    records(tmp_path, A, B)
    report = run(tmp_path, feed="tag/{tag}")
    assert "feeds.opml" not in report.written, "what other feeds there are is not looked at"
    assert "feeds.opml" in run(tmp_path).written
    assert b"tag/tides.atom" in opml.read_bytes()
    body = opml.read_bytes()
    opml.unlink()
    assert run(tmp_path).written == ("feeds.opml",)
    assert opml.read_bytes() == body


def test_a_list_that_could_not_be_put_is_tried_again(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\n')
    records(tmp_path, A)
    run(tmp_path)
    opml = tmp_path / "public/feeds.opml"
    opml.unlink()
    opml.mkdir()
    records(tmp_path, A, B)
    report = run(tmp_path)
    assert report.outside
    assert run(tmp_path).outside
    opml.rmdir()
    assert run(tmp_path).written == ("feeds.opml",)
    assert run(tmp_path).written == ()


def test_a_page_follows_its_feed(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "page = true\n")
    records(tmp_path, A, B)
    run(tmp_path)
    assert {"main.html", "tag/boats.html", "tag/tides.html"} <= set(files(tmp_path))
    before = stamps(tmp_path)
    records(tmp_path, A | {"title": "Another title"}, B)
    run(tmp_path)
    assert {path for path in touched(before, tmp_path) if path.endswith(".html")} == {
        "main.html",
        "tag/boats.html",
    }
    assert b"Another title" in files(tmp_path)["tag/boats.html"]
    (tmp_path / "public/main.html").unlink()
    assert run(tmp_path).written == ("main.html",)


def test_compressed_variants_are_of_their_document(tmp_path: Path) -> None:
    import gzip

    import brotli

    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "compress = true\n")
    records(tmp_path, A, B)
    run(tmp_path)

    def check() -> None:
        there = files(tmp_path)
        times = {path: stamp for path, (stamp, _) in stamps(tmp_path).items()}
        for path in of("main", "tag/boats", "tag/tides"):
            assert (
                gzip.decompress(there[f"{path}.gz"]) == brotli.decompress(there[f"{path}.br"]) == there[path]
            )
            assert times[f"{path}.gz"] == times[f"{path}.br"] == times[path]
        assert len(there) == 27

    check()
    before = stamps(tmp_path)
    records(tmp_path, A | {"title": "A2"}, B)
    report = run(tmp_path)
    assert set(report.written) == of("main", "tag/boats"), "variants are no files of their own"
    assert touched(before, tmp_path) == {
        f"{path}{ending}" for path in report.written for ending in ("", ".gz", ".br")
    }
    check()
    before = stamps(tmp_path)
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "compress = false\n")
    assert run(tmp_path).written == ()
    kept = of("main", "tag/boats", "tag/tides")
    assert stamps(tmp_path) == {path: before[path] for path in kept}, "a server would send old ones for ever"
    configured(tmp_path, source(), MAIN, TAGS, '[web]\nbase_url = "https://letters.harbour.example/"\n')
    assert run(tmp_path).written == ()
    check()
    assert {path: stamps(tmp_path)[path] for path in kept} == {path: before[path] for path in kept}
