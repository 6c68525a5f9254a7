"""The linter in a publish: errors keep an entry or a feed from being published."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers_publish import (
    TAGS,
    entry_titles,
    ingest_and_publish,
    published_files,
    write_records,
)
from helpers_site import MAIN, SITE, configured, source

# An article with the id of the feed, which Atom forbids. It is an error in this feed only.
FEED_WITH_ID = '[[feed]]\nname = "main"\nid = "urn:main"\n'
GOOD = {"id": "urn:a", "title": "A", "tags": ["boats"], "link": "https://harbour.example/a"}
BAD = {"id": "urn:main", "title": "Bad", "tags": ["tides"], "link": "https://harbour.example/t"}


@pytest.mark.parametrize("lint", ["refuse", "report", "off"])
def test_an_entry_with_an_error_is_left_out_and_the_others_are_published(tmp_path: Path, lint: str) -> None:
    configured(tmp_path, source(), FEED_WITH_ID, TAGS, site=SITE + f'lint = "{lint}"\n')
    write_records(tmp_path, GOOD)
    assert ingest_and_publish(tmp_path).ok
    write_records(tmp_path, GOOD, BAD)
    report = ingest_and_publish(tmp_path)
    there = published_files(tmp_path)
    assert entry_titles(there["tag/tides.atom"]) == ["Bad"], "other feeds are published"
    shown = ["A"] if lint == "refuse" else ["A", "Bad"]
    assert sorted(entry_titles(there["main.atom"])) == sorted(entry_titles(there["main.rss"])) == shown
    errors = [each for each in report.problems if each.severity == "error"]
    if lint == "off":
        assert errors == []
        return
    [error] = errors
    assert (error.file, error.id) == ("main.atom", "urn:main")
    assert "atom-id-same-as-feed" in error.message
    assert ("the entry was left out" in (error.hint or "")) == (lint == "refuse")
    assert ingest_and_publish(tmp_path).ok == (lint == "report"), (
        "an entry that is left out is reported until it is corrected"
    )
    write_records(tmp_path, GOOD | {"title": "A3"}, BAD)
    assert not ingest_and_publish(tmp_path).ok
    assert "A3" in entry_titles(published_files(tmp_path)["main.rss"]), "the other entries are published"
    write_records(
        tmp_path, GOOD | {"title": "A4"}, BAD | {"id": "urn:other", "link": "https://harbour.example/u"}
    )
    assert ingest_and_publish(tmp_path).ok
    assert sorted(entry_titles(published_files(tmp_path)["main.rss"])) == ["A4", "Bad"]


def test_what_readers_ignore_keeps_nothing_from_being_published(tmp_path: Path) -> None:
    namespaces = (
        '{ hist = "http://purl.org/syndication/history/1.0", sl = "http://purl.org/rss/1.0/modules/slash/" }'
    )
    configured(
        tmp_path,
        source(more='elements = { "sl:section" = "tags", "hist:note" = "title" }'),
        MAIN + 'elements = { "sl:section" = "quay" }\n',
        site=SITE + f'namespaces = {namespaces}\nlanguage = "jp"\n',
    )
    write_records(tmp_path, GOOD | {"tags": ["boats", "tides"], "language": "cz"})
    report = ingest_and_publish(tmp_path)
    assert report.ok
    assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A"]
    messages = " ".join(each.message for each in report.problems if each.severity == "warning")
    for rule in ("misplaced", "repeated", "unknown-in-rfc"):
        assert f"[extension-{rule}]" in messages
    assert "[language-unregistered]" in messages


def test_a_feed_with_an_error_outside_its_entries_is_not_published(tmp_path: Path) -> None:
    site = SITE + 'namespaces = { sy = "http://purl.org/rss/1.0/modules/syndication/" }\n'
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, GOOD)
    ingest_and_publish(tmp_path)
    former = published_files(tmp_path)
    configured(tmp_path, source(), MAIN + 'elements = { "sy:updatePeriod" = "sometimes" }\n', site=site)
    write_records(tmp_path, GOOD, GOOD | {"id": "urn:b", "title": "B", "link": "https://harbour.example/b"})
    for _ in range(2):
        [error, *_] = [each for each in ingest_and_publish(tmp_path).problems if each.severity == "error"]
        assert "the feed was not published" in (error.hint or "")
    assert published_files(tmp_path) == former
    configured(tmp_path, source(), MAIN + 'elements = { "sy:updatePeriod" = "daily" }\n', site=site)
    assert ingest_and_publish(tmp_path).ok
    assert sorted(entry_titles(published_files(tmp_path)["main.rss"])) == ["A", "B"]


@pytest.mark.parametrize(
    ("table", "path"), [(FEED_WITH_ID, "main.atom"), (TAGS + 'id = "urn:{tag}"\n', "tag/main.atom")]
)
def test_a_refused_entry_is_reported_after_the_database_was_lost(
    tmp_path: Path, table: str, path: str
) -> None:
    configured(tmp_path, source(), table)
    write_records(tmp_path, GOOD | {"tags": ["main"]})
    ingest_and_publish(tmp_path)
    for leftover in tmp_path.glob("syndicate.db*"):
        leftover.unlink()
    write_records(tmp_path, GOOD | {"tags": ["main"]}, BAD | {"tags": ["main"]})
    for _ in range(3):
        report = ingest_and_publish(tmp_path)
        assert not report.ok
        assert {each.file for each in report.problems if each.severity == "error"} == {path}
