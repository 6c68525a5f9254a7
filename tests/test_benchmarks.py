"""What the benchmarks measure is what they say they measure."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from benchmarks import delivery, mailing, newsroom, sample, single, site_from_files
from benchmarks.delivery import Run, Server
from benchmarks.feedgen_site import fsynced, whole_site
from benchmarks.mail_servers import smtp_sink
from benchmarks.peers import bare_feedgen, ours

from syndicate import Newsroom


def test_store_is_filled_kept_and_added_to(tmp_path):
    cache = tmp_path / "cache"
    filled = newsroom.fill(cache, 10)
    assert not filled.reused
    made = os.stat(cache / "syndicate.db").st_mtime_ns
    assert newsroom.fill(cache, 10).reused
    assert os.stat(cache / "syndicate.db").st_mtime_ns == made

    config = newsroom.borrow(cache, tmp_path / "copy")
    first, second = newsroom.add_one(config.parent), newsroom.add_one(config.parent)
    assert first.id != second.id
    with Newsroom.open(config) as opened:
        assert opened.publish().ok
    assert os.stat(cache / "syndicate.db").st_mtime_ns == made
    feeds = [path for path in (tmp_path / "copy" / "public").rglob("*.rss") if first.id in path.read_text()]
    named = {str(path.relative_to(tmp_path / "copy" / "public")).removesuffix(".rss") for path in feeds}
    assert named == set(first.feeds)
    assert len(named) == 4


def test_store_with_other_parameters_is_made_anew(tmp_path):
    newsroom.fill(tmp_path / "cache", 3)
    again = newsroom.fill(tmp_path / "cache", 4)
    assert not again.reused
    with sqlite3.connect(tmp_path / "cache" / "syndicate.db") as database:
        assert database.execute("SELECT count(*) FROM article").fetchone() == (4,)
    database.close()


def test_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Ada")
    with pytest.raises(ValueError, match="not empty"):
        newsroom.fill(tmp_path, 3)
    assert (tmp_path / "letter.txt").read_text() == "Dear Ada"


def test_every_feed_of_the_big_site_is_full():
    shown = {"tag": [0] * sample.TAGS, "author": [0] * sample.AUTHORS, "section": [0] * sample.SECTIONS}
    for number in range(newsroom.ARTICLES):
        tags, author, section = sample.filed(number)
        for tag in set(tags):
            shown["tag"][tag] += 1
        shown["author"][author] += 1
        shown["section"][section] += 1
    assert sum(map(len, shown.values())) == newsroom.FEEDS == 5000
    assert min(min(counts) for counts in shown.values()) >= 50


def test_articles_are_alike_in_size_and_in_nothing_else():
    bodies = [each.html for edition in range(2) for each in sample.newest(50, edition)]
    assert len(set(bodies)) == len(bodies)
    assert all(3000 <= len(body.encode()) < 3400 for body in bodies)
    assert sample.newest(50) == sample.newest(50)


def test_articles_come_back_as_they_were_saved(tmp_path):
    records = sample.newest(5)
    sample.save(records, tmp_path / "records.json")
    assert sample.load(tmp_path / "records.json") == records


@pytest.mark.parametrize("way", [ours, bare_feedgen])
def test_document_that_lacks_something_is_found_out(tmp_path, way):
    records = sample.newest(3)
    for kind, document in zip(("rss", "atom"), way.make(way.prepare(records), ("rss", "atom")), strict=True):
        (tmp_path / kind).write_bytes(document)
    assert set(single.check(tmp_path, records)) == {"rss", "atom"}
    for changed in (
        {"title": "Another"},
        {"email": "other@example.org"},
        {"tags": ("a", "b")},
        {"html": "<p/>"},
    ):
        with pytest.raises(AssertionError):
            single.check(tmp_path, [replace(records[0], **changed), *records[1:]])
    with pytest.raises(AssertionError):
        single.check(tmp_path, records[1:])


def test_feedgen_site_takes_its_sample_from_every_family():
    site = whole_site(articles=4000, feeds=10, rounds=1)
    assert site.sampled == sum(made for _, made, _ in site.by_family.values())
    assert {name: feeds for name, (feeds, _, _) in site.by_family.items()} == newsroom.FAMILIES
    scaled = sum(seconds * feeds / made for feeds, made, seconds in site.by_family.values())
    assert site.seconds == pytest.approx(scaled)


def test_files_written_for_good_are_whole(tmp_path):
    assert fsynced(tmp_path, [b"one", b"two"]) > 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"0": b"one", "1": b"two"}


def test_mailing_is_sent_to_everybody_or_not_measured(tmp_path):
    database = Server("SQLite", 0, url=f"sqlite:///{tmp_path / 'syndicate.db'}")
    with smtp_sink() as (port, pid):
        config = mailing.write_config(tmp_path, database.url, port)
        edition, size = mailing.fill(config, 30), delivery._edition(database.url)[1]
        assert edition == "weekly-1"
        assert 21_500 <= size <= 22_500
        for _ in range(2):
            run = delivery.send(config, 30, database, Server("smtp-sink", pid))
            assert run.mails == 30
            assert run.processor["sender"] > 0
        with pytest.raises(RuntimeError, match="not every mail was accepted"):
            delivery.send(config, 31, database, Server("smtp-sink", pid))
        assert delivery.smtp_source(30, size, Server("smtp-sink", pid, port)).mails == 30
    with smtp_sink("-r", "RCPT") as (port, pid):
        mailing.write_config(tmp_path, database.url, port)
        with pytest.raises(RuntimeError, match="not every mail was accepted"):
            delivery.send(config, 30, database, Server("smtp-sink", pid))


def test_ratio_compares_runs_of_one_round():
    def runs(*rates):
        return [Run(rate, 1.0, {}) for rate in rates]

    assert delivery.ratio(runs(10, 100, 30), runs(20, 100, 10)) == 1


def test_processor_time_includes_children_that_have_ended():
    before = delivery.processor_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
    assert delivery.processor_seconds(os.getpid()) > before


def test_hugo_and_syndicate_make_the_same_feeds_from_the_same_files():
    feeds, costs = site_from_files.measure(60)
    assert 100 < feeds <= 701
    assert {name.partition(",")[0] for name in costs} == {"Hugo", "syndicate"}
    assert all(cost.wall > 0 and cost.processor > 0 and cost.memory > 1 for cost in costs.values())
