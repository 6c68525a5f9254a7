"""Each kind of change writes the documents that contain or contained the article, and no other file."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from helpers_publish import (
    TAGS,
    changed_files,
    database_bytes,
    entry_ids,
    entry_titles,
    file_times,
    ingest_and_publish,
    paths_of,
    publish_and_kill,
    published_files,
    write_records,
)
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
    """A site with three published articles."""
    configured(tmp_path, source(), MAIN, TAGS, FEEDS)
    write_records(tmp_path, A, B, C)
    assert ingest_and_publish(tmp_path).ok
    return tmp_path


def change(site: Path, *values: dict[str, object], clock: StillClock | None = None) -> set[str]:
    """Publish records and return the written paths. The report and the files must agree."""
    before = file_times(site)
    write_records(site, *values)
    report = ingest_and_publish(site, clock)
    assert report.ok
    assert set(report.written) == changed_files(before, site)
    after = file_times(site)
    assert len(after) == report.unchanged + len(report.written)
    assert ingest_and_publish(site, clock).written == ()
    assert ingest_and_publish(site, clock, full=True).written == ()
    assert file_times(site) == after
    return set(report.written)


CHANGES: list[Any] = [
    pytest.param([A | {"title": "A2"}, B, C], paths_of(*OF_A, "newest"), id="title"),
    pytest.param(
        [A | {"tags": ["ropes"]}, B, C],
        paths_of(*OF_A, "newest", "tag/ropes"),
        id="tags: the old feed and the new one",
    ),
    pytest.param(
        [A | {"tags": ["Boats", "tides"]}, B, C], paths_of(*OF_A, "newest", "tag/tides"), id="one tag more"
    ),
    pytest.param(
        [A | {"tags": ["boats"]}, B, C],
        paths_of(*OF_A, "newest"),
        id="another spelling: the feed collects both",
    ),
    pytest.param([A | {"section": "Sea"}, B, C], paths_of(*OF_A, "newest", "in/sea"), id="section"),
    pytest.param([A | {"author": "Bo"}, B, C], paths_of(*OF_A, "newest", "by/bo"), id="author"),
    pytest.param([A | {"language": "de"}, B, C], paths_of(*OF_A, "newest", "de/all"), id="language"),
    pytest.param([B, C], paths_of(*OF_A, "newest"), id="withdrawn"),
    pytest.param([A, B, C | {"title": "C2"}], paths_of("main", "dry"), id="beyond the limit of one feed"),
    pytest.param(
        [A | {"date": "2026-02-01"}, B, C], paths_of(*OF_A, "newest"), id="date moved behind the limit"
    ),
    pytest.param(
        [A, B, C | {"date": "2026-04-03"}], paths_of("main", "dry", "newest"), id="date moved to the front"
    ),
    pytest.param(
        [A, B, C, {"id": "urn:d", "title": "D", "date": "2026-04-05", "tags": ["BOATS"]}],
        paths_of("main", "newest", "dry", "tag/boats"),
        id="new",
    ),
    pytest.param(
        [A, B, C, {"id": "urn:d", "title": "D", "date": "2026-05-05", "tags": ["new"]}],
        set(),
        id="in the future",
    ),
]


@pytest.mark.parametrize(("values", "written"), CHANGES)
def test_a_change_writes_only_the_feeds_that_contain_or_contained_the_article(
    site: Path, values: list[dict[str, object]], written: set[str]
) -> None:
    assert change(site, *values) == written


def test_a_publish_without_changes_writes_no_file_and_no_row(site: Path) -> None:
    ingest_and_publish(site)
    before, kept = file_times(site), database_bytes(site / "syndicate.db")
    with opened(site) as newsroom:
        assert newsroom.publish().written == ()
        # Before the database is closed: closing it moves the write-ahead log into the database.
        assert database_bytes(site / "syndicate.db") == kept
    clock = StillClock()
    clock.pass_(timedelta(hours=1))
    with opened(site, clock) as newsroom:
        assert newsroom.publish().written == ()
        assert database_bytes(site / "syndicate.db") == kept
    assert file_times(site) == before


def test_an_article_appears_when_its_date_is_reached_and_disappears_when_the_clock_is_set_back(
    site: Path,
) -> None:
    clock = StillClock()
    assert change(
        site, A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}, clock=clock
    ) == paths_of("main", "dry")
    assert "tag/late.rss" not in published_files(site)
    clock.pass_(timedelta(hours=2))
    shown = paths_of("main", "dry", "newest", "tag/late")
    assert change(site, A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}, clock=clock) == shown
    clock.pass_(timedelta(hours=-2))
    values = A, B, C | {"date": "2026-04-10T13:00:00Z", "tags": ["late"]}
    assert change(site, *values, clock=clock) == shown, "the article disappears when the clock is set back"


def test_an_article_leaves_its_feeds_when_it_expires(site: Path) -> None:
    clock = StillClock()
    offer = C | {"expires": "2026-04-10T13:00:00Z", "tags": ["offers"]}
    assert paths_of("main", "dry", "tag/offers") <= change(site, A, B, offer, clock=clock)
    assert "C" in entry_titles(published_files(site)["tag/offers.rss"])
    clock.pass_(timedelta(minutes=59))
    assert change(site, A, B, offer, clock=clock) == set()
    clock.pass_(timedelta(minutes=1))
    # Nothing is ingested: a publish alone notices it.
    before = file_times(site)
    with opened(site, clock) as newsroom:
        newsroom.publish()
    changed = changed_files(before, site)
    assert paths_of("main", "dry", "tag/offers") <= changed
    for feed in ("main", "dry", "tag/offers"):
        assert "C" not in entry_titles(published_files(site)[f"{feed}.rss"])
    assert change(site, A, B, offer | {"expires": None}, clock=clock) == changed, (
        "it does not expire any more"
    )


def test_a_tag_that_only_one_publish_saw_leaves_no_entry_behind(site: Path) -> None:
    write_records(site, A | {"tags": ["moment"]}, B, C)
    ingest_and_publish(site, feed="tag/{tag}")
    assert entry_titles(published_files(site)["tag/moment.rss"]) == ["A"]
    write_records(site, A, B, C)
    assert ingest_and_publish(site).ok
    assert entry_titles(published_files(site)["tag/moment.rss"]) == []
    assert entry_titles(published_files(site)["tag/boats.rss"]) == ["A"]


def test_a_family_has_a_feed_for_a_value_that_its_selector_leaves_out(tmp_path: Path) -> None:
    configured(tmp_path, source(), TAGS + 'where = { tag = ["x"], section = "News" }\n')
    write_records(tmp_path, {"id": "urn:a", "title": "A", "tags": ["y"], "section": "News"})
    ingest_and_publish(tmp_path)
    write_records(tmp_path, {"id": "urn:a", "title": "A2", "tags": ["y"], "section": "News"})
    ingest_and_publish(tmp_path)
    assert entry_titles(published_files(tmp_path)["tag/y.rss"]) == ["A2"]


def test_a_document_edited_by_hand_is_replaced_at_the_next_change(site: Path) -> None:
    ingest_and_publish(site)
    for kind, mark in (("rss", b"A</title>"), ("atom", b"A</title>"), ("json", b'"A"')):
        path = site / f"public/main.{kind}"
        body = path.read_bytes()
        assert mark in body
        path.write_bytes(body.replace(mark, mark.replace(b"A", b"X")))
    assert ingest_and_publish(site).written == ()
    change(site, A, B | {"title": "B2"}, C)
    for path, body in published_files(site).items():
        if path.startswith("main."):
            shown = (
                [each["title"] for each in json.loads(body)["items"]]
                if path.endswith("json")
                else entry_titles(body)
            )
            assert shown == ["B2", "A", "C"]


def test_without_a_stored_last_publish_all_feeds_are_checked_and_none_is_written(site: Path) -> None:
    before = file_times(site)
    with sqlite3.connect(site / "syndicate.db") as database:
        database.execute("DELETE FROM setting WHERE name = 'last_publish'")
    database.close()
    report = ingest_and_publish(site)
    assert (report.ok, report.written, report.unchanged) == (True, (), len(before))
    assert report.feeds > 0
    assert file_times(site) == before


def test_without_stored_feed_states_no_file_is_written(site: Path) -> None:
    before = published_files(site)
    with sqlite3.connect(site / "syndicate.db") as database:
        database.execute("DELETE FROM feed")
        database.execute("DELETE FROM setting WHERE name = 'last_publish'")
    database.close()
    assert ingest_and_publish(site).written == ()
    assert published_files(site) == before


def test_a_file_that_could_not_be_written_is_written_by_a_later_publish(site: Path) -> None:
    path = site / "public/main.rss"
    path.unlink()
    path.mkdir()
    write_records(site, A | {"title": "A2"}, B, C)
    report = ingest_and_publish(site)
    assert report.external_failure
    assert not report.ok
    assert "main.rss" not in report.written
    assert "tag/boats.rss" in report.written
    assert ingest_and_publish(site).external_failure, "the failure is reported at each publish"
    path.rmdir()
    assert ingest_and_publish(site).written == ("main.rss",)
    assert entry_titles(published_files(site)["main.rss"]) == ["B", "A2", "C"]


# Killed processes


@pytest.mark.parametrize(
    ("point", "passes"),
    [
        ("before a rename", 0),
        ("after a rename", 4),
        ("before states are saved", 0),
        ("after states are saved", 0),
        ("before a value is stored", 0),
        ("before a value is stored", 1),
        ("after a value is stored", 0),
    ],
)
def test_the_publish_after_a_killed_one_completes_all_files(tmp_path: Path, point: str, passes: int) -> None:
    site, reference = tmp_path / "site", tmp_path / "reference"
    more = SITE + 'opml = "feeds.opml"\npage = true\n'
    for folder in (site, reference):
        folder.mkdir()
        configured(folder, source(), MAIN, TAGS, FEEDS, site=more)
        write_records(folder, A, B, C)
        ingest_and_publish(folder)
        write_records(
            folder, A | {"tags": ["ropes"], "title": "A2"}, C, {"id": "urn:d", "title": "D", "tags": ["new"]}
        )
    ingest_and_publish(reference)
    publish_and_kill(site, point, passes)
    for name, body in published_files(site).items():
        if not name.endswith((".tmp", ".html", ".opml")):
            assert not feedparser.parse(body).bozo or name.endswith(".json"), "each file is complete"
    assert ingest_and_publish(site).ok
    current = {name: body for name, body in published_files(site).items() if not name.endswith(".tmp")}
    assert current == published_files(reference)
    assert ingest_and_publish(site).written == ()


def test_the_publish_after_a_killed_one_sees_later_changes(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    write_records(tmp_path, A, B)
    ingest_and_publish(tmp_path)
    write_records(tmp_path, A | {"tags": ["moment"]}, B)
    publish_and_kill(tmp_path, "before a value is stored", 0)
    assert entry_titles(published_files(tmp_path)["tag/moment.rss"]) == ["A"]
    write_records(tmp_path, A, B)
    assert ingest_and_publish(tmp_path).ok
    assert entry_titles(published_files(tmp_path)["tag/moment.rss"]) == []


# Tombstones


def tombstones(body: bytes) -> list[str]:
    return [part.split('"')[0] for part in body.decode().split('deleted-entry ref="')[1:]]


def test_a_withdrawn_article_has_a_tombstone_until_it_returns(site: Path) -> None:
    assert tombstones(published_files(site)["main.atom"]) == []
    before = published_files(site)
    change(site, A, C)
    for name in ("main", "tag/tides", "in/sea"):
        assert tombstones(published_files(site)[f"{name}.atom"]) == ["urn:b"]
    assert tombstones(published_files(site)["tag/boats.atom"]) == []
    assert "urn:b" not in entry_ids(published_files(site)["main.atom"])
    change(site, A, B, C)
    assert {path: body for path, body in published_files(site).items() if path.endswith(".rss")} == {
        path: body for path, body in before.items() if path.endswith(".rss")
    }
    assert tombstones(published_files(site)["main.atom"]) == []


def test_an_article_that_was_never_visible_has_no_tombstone(site: Path) -> None:
    for value in (
        {"id": "urn:d", "title": "D", "date": "2026-04-09"},
        {"id": "urn:e", "title": "E", "date": "2027-01-01"},
    ):
        write_records(site, A, B, C, value)
        with opened(site) as newsroom:
            newsroom.ingest()
    assert change(site, A, B, C) == {f"{name}.atom" for name in ("main", "newest", "dry")}
    assert tombstones(published_files(site)["main.atom"]) == ["urn:d"], "urn:e before never visible"


# OPML list, HTML page, compressed variants


def test_the_opml_list_gets_new_feeds_and_is_written_again_when_missing(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\n')
    write_records(tmp_path, A)
    report = ingest_and_publish(tmp_path)
    assert "feeds.opml" in report.written
    assert report.unchanged == 0
    opml = tmp_path / "public/feeds.opml"
    assert b"tag/boats.atom" in opml.read_bytes()
    write_records(tmp_path, A | {"title": "A2"})
    assert "feeds.opml" not in ingest_and_publish(tmp_path).written
    write_records(tmp_path, A, B)
    report = ingest_and_publish(tmp_path, feed="tag/{tag}")
    assert "feeds.opml" not in report.written, "a publish of one feed does not look at the others"
    assert "feeds.opml" in ingest_and_publish(tmp_path).written
    assert b"tag/tides.atom" in opml.read_bytes()
    body = opml.read_bytes()
    opml.unlink()
    assert ingest_and_publish(tmp_path).written == ("feeds.opml",)
    assert opml.read_bytes() == body


def test_an_opml_list_that_could_not_be_written_is_written_by_a_later_publish(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + 'opml = "feeds.opml"\n')
    write_records(tmp_path, A)
    ingest_and_publish(tmp_path)
    opml = tmp_path / "public/feeds.opml"
    opml.unlink()
    opml.mkdir()
    write_records(tmp_path, A, B)
    report = ingest_and_publish(tmp_path)
    assert report.external_failure
    assert ingest_and_publish(tmp_path).external_failure
    opml.rmdir()
    assert ingest_and_publish(tmp_path).written == ("feeds.opml",)
    assert ingest_and_publish(tmp_path).written == ()


def test_the_html_page_changes_with_its_feed(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "page = true\n")
    write_records(tmp_path, A, B)
    ingest_and_publish(tmp_path)
    assert {"main.html", "tag/boats.html", "tag/tides.html"} <= set(published_files(tmp_path))
    before = file_times(tmp_path)
    write_records(tmp_path, A | {"title": "Another title"}, B)
    ingest_and_publish(tmp_path)
    assert {path for path in changed_files(before, tmp_path) if path.endswith(".html")} == {
        "main.html",
        "tag/boats.html",
    }
    assert b"Another title" in published_files(tmp_path)["tag/boats.html"]
    (tmp_path / "public/main.html").unlink()
    assert ingest_and_publish(tmp_path).written == ("main.html",)


def test_compressed_variants_match_their_document(tmp_path: Path) -> None:
    import gzip

    import brotli

    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "compress = true\n")
    write_records(tmp_path, A, B)
    ingest_and_publish(tmp_path)

    def check() -> None:
        current = published_files(tmp_path)
        times = {path: stamp for path, (stamp, _) in file_times(tmp_path).items()}
        for path in paths_of("main", "tag/boats", "tag/tides"):
            assert (
                gzip.decompress(current[f"{path}.gz"])
                == brotli.decompress(current[f"{path}.br"])
                == current[path]
            )
            assert times[f"{path}.gz"] == times[f"{path}.br"] == times[path]
        assert len(current) == 27

    check()
    before = file_times(tmp_path)
    write_records(tmp_path, A | {"title": "A2"}, B)
    report = ingest_and_publish(tmp_path)
    assert set(report.written) == paths_of("main", "tag/boats"), "compressed variants are not reported"
    assert changed_files(before, tmp_path) == {
        f"{path}{ending}" for path in report.written for ending in ("", ".gz", ".br")
    }
    check()
    before = file_times(tmp_path)
    configured(tmp_path, source(), MAIN, TAGS, site=SITE + "compress = false\n")
    assert ingest_and_publish(tmp_path).written == ()
    kept = paths_of("main", "tag/boats", "tag/tides")
    assert file_times(tmp_path) == {path: before[path] for path in kept}, (
        "a server would keep serving old variants"
    )
    configured(tmp_path, source(), MAIN, TAGS, '[web]\nbase_url = "https://letters.harbour.example/"\n')
    assert ingest_and_publish(tmp_path).written == ()
    check()
    assert {path: file_times(tmp_path)[path] for path in kept} == {path: before[path] for path in kept}
