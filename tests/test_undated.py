"""Articles without a date get none, in feeds, pages and editions; they come last and are reported."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from helpers_site import MAIN, WEEKLY, StillClock, configured, opened, source, write
from helpers_store import store_of
from syndicate.model import IngestReport

DAY = timedelta(days=1)
FEEDS = (
    MAIN + 'page = true\nlimit = 3\n\n[[feed]]\nname = "all"\nhistory = "archive"\nlimit = 2\npage = true\n'
)
# The year of the first ingest, which no article has.
TODAY = re.compile("2026|Apr")


def undated(*names: str) -> list[dict[str, Any]]:
    return [{"id": f"urn:{name}", "title": name, "text": f"Words of {name}."} for name in names]


def dated(name: str, day: str) -> dict[str, Any]:
    return {**undated(name)[0], "date": day}


def run(folder: Path, clock: StillClock, *records: dict[str, Any]) -> IngestReport:
    write(folder, {"posts.jsonl": "".join(json.dumps(each) + "\n" for each in records)})
    with opened(folder, clock) as newsroom:
        (part,) = newsroom.ingest().parts
        report = newsroom.publish()
        assert report.ok, report.problems
        assert not newsroom.publish(full=True).written
    assert isinstance(part, IngestReport)
    return part


def shown(folder: Path, name: str = "main") -> list[str]:
    """The titles of a feed, which are the same in each format and on its page."""
    root = folder / "public"
    titles = [each["title"] for each in json.loads((root / f"{name}.json").read_text())["items"]]
    for ending in ("rss", "atom"):
        assert [
            each.title for each in feedparser.parse((root / f"{name}.{ending}").read_bytes()).entries
        ] == titles
    page = (root / f"{name}.html").read_text()
    places = [page.index(f">{title}<") for title in titles]
    assert places == sorted(places)
    return titles


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, source(), FEEDS, WEEKLY)
    return tmp_path


def test_a_feed_of_undated_articles_alone(site: Path) -> None:
    clock = StillClock()
    report = run(site, clock, *undated("a", "b"))
    assert [each.severity for each in report.problems] == ["note"]
    assert "2 articles have no date" in report.problems[0].message
    assert report.problems[0].id == "urn:a"
    assert shown(site) == ["a", "b"]
    root = site / "public"
    assert b"<pubDate>" not in (root / "main.rss").read_bytes()
    assert not TODAY.search((root / "main.json").read_text())
    assert not TODAY.search((root / "main.html").read_text())
    assert "<time" not in (root / "main.html").read_text()
    entries = feedparser.parse((root / "main.atom").read_bytes()).entries
    assert [each.updated for each in entries] == ["2026-04-10T12:00:00+00:00"] * 2
    assert all("published" not in each for each in entries)


def test_they_come_after_all_that_have_a_date(site: Path) -> None:
    clock = StillClock()
    run(site, clock, *undated("b", "a"))
    clock.pass_(DAY)
    run(site, clock, *undated("b", "a", "later"), dated("old", "1999-01-01"))
    assert shown(site) == ["old", "later", "a"]
    clock.pass_(DAY)
    changed = [{**each, "text": "Other words."} for each in undated("b", "a", "later")]
    run(site, clock, *changed, dated("old", "1999-01-01"))
    assert shown(site) == ["old", "later", "a"], "a change is no date either"
    [entry] = [
        each
        for each in feedparser.parse((site / "public/main.atom").read_bytes()).entries
        if each.title == "a"
    ]
    assert entry.updated == "2026-04-10T12:00:00+00:00"
    run(site, clock, *undated("b", "a"), dated("later", "1998-01-01"), dated("old", "1999-01-01"))
    assert shown(site) == ["old", "later", "a"]
    run(
        site,
        clock,
        *undated("b"),
        dated("later", "1998-01-01"),
        dated("a", "2026-04-01"),
        dated("old", "1999-01-01"),
    )
    assert shown(site) == ["a", "old", "later"]


def test_archives_are_filled_from_the_end(site: Path) -> None:
    clock = StillClock()
    days = [dated(f"d{n}", f"2025-01-{n:02}") for n in range(1, 4)]
    run(site, clock, *undated("x", "y"), *days)
    assert shown(site, "all") == ["d3", "d2", "d1"]
    archive = json.loads((site / "public/all/archive/1.json").read_text())
    assert [each["title"] for each in archive["items"]] == ["x", "y"]
    assert not TODAY.search(json.dumps(archive))


def test_an_edition_has_no_date_for_them(site: Path) -> None:
    clock = StillClock()
    run(site, clock, *undated("x", "y"), dated("d", "2024-01-31"))
    with opened(site, clock) as newsroom:
        report = newsroom.compose("weekly")
        edition = store_of(newsroom).edition(report.edition or "")
    assert edition is not None
    assert [each.title for each in edition.articles] == ["d", "x", "y"]
    assert edition.digest.text.count("2024") == 1
    days = re.findall(r"\d{1,2} [A-Z][a-z]+ 20\d\d", edition.digest.text)
    assert set(days) == {"31 January 2024", "10 April 2026"}, "its own date, and that of the one article"
    assert days.count("10 April 2026") <= 1


def test_check_counts_them_by_source(site: Path) -> None:
    configured(site, source(), source("more", path="more.jsonl"), source("none", path="none.jsonl"), FEEDS)
    write(
        site,
        {
            "posts.jsonl": json.dumps(undated("a")[0]) + "\n",
            "none.jsonl": json.dumps(dated("n", "2025-01-01")) + "\n",
        },
    )
    write(site, {"more.jsonl": "".join(json.dumps(each) + "\n" for each in undated("b", "c", "d"))})
    with opened(site) as newsroom:
        told = [each for each in newsroom.check().problems if "no date" in each.message]
    assert [(each.message.partition(":")[0], each.severity, each.id) for each in told] == [
        ("1 article has no date", "warning", "urn:a"),
        ("3 articles have no date", "warning", "urn:b"),
    ]
