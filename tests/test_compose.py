"""Composing: what an edition takes, in which order, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

from helpers_site import SITE, WEEKLY, configured, opened, source, write
from syndicate.newsroom import Newsroom


def posts(*records: dict[str, object]) -> str:
    lines = (
        {
            "id": f"{number}",
            "title": f"Title {number}",
            "date": f"2026-04-0{number}",
            "link": f"https://harbour.example/{number}",
        }
        | record
        for number, record in enumerate(records, 1)
    )
    return "".join(json.dumps(line) + "\n" for line in lines)


def made(folder: Path, settings: str, *records: dict[str, object]) -> Newsroom:
    write(folder, {"posts.jsonl": posts(*records)})
    configured(folder, source(), WEEKLY + settings, site=SITE)
    newsroom = opened(folder)
    assert newsroom.ingest().ok
    return newsroom


def test_an_edition_is_kept_in_the_order_in_which_it_is_shown(tmp_path: Path) -> None:
    settings = 'lead = "score"\ngroup = "section"\nmost_read = 1\n'
    records = [{"score": 5}, {"section": "Arts"}, {"section": "News", "score": 9}, {}, {"section": "Arts"}]
    with made(tmp_path, settings, *records) as newsroom:
        report = newsroom.compose("weekly")
        assert report.edition
        edition = newsroom.desk.store.edition(report.edition)
        assert edition
    assert [article.title[-1] for article in edition.articles] == ["3", "5", "2", "4", "1"]
    assert report.articles == tuple(article.id for article in edition.articles)
    assert report.subject == "Harbour weekly: Title 3"


def test_what_gives_way_is_told(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(12_000))
    long = {"html": f"<p>{words}</p>", "title": "The long one"}
    with made(tmp_path, 'theme = "longread"\n', {}, long, {}) as newsroom:
        report = newsroom.compose("weekly")
    assert report.ok
    told = [each for each in report.problems if each.severity == "warning"]
    assert ["'The long one' is shown in part" in each.message for each in told] == [True]
    assert told[0].id == report.articles[1]
