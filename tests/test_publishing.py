"""Publishing from the store to files: only changed files are written, and always completely."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from helpers_publish import TAGS, entry_titles, file_times, ingest_and_publish, published_files, write_records
from helpers_site import MAIN, SITE, StillClock, configured, opened, source
from syndicate import ConfigError
from syndicate.errors import PublishError
from syndicate.model import Problem, PublishReport
from syndicate.model.feed_families import family_members
from syndicate.publishing.file_publisher import FilePublisher


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, source(), MAIN, TAGS)
    write_records(
        tmp_path, {"id": 1, "title": "A", "tags": ["Boats"]}, {"id": 2, "title": "B", "tags": ["Tides"]}
    )
    return tmp_path


# Only changed feeds are written


def test_the_second_publish_writes_nothing(site: Path) -> None:
    first = ingest_and_publish(site)
    assert first.ok
    assert sorted(first.written) == sorted(published_files(site))
    assert len(first.written) == 9
    before = file_times(site)
    second = ingest_and_publish(site)
    assert (second.written, second.unchanged) == ((), 9)
    assert file_times(site) == before


def test_a_full_publish_builds_all_feeds_and_writes_no_unchanged_file(site: Path) -> None:
    ingest_and_publish(site)
    before = file_times(site)
    report = ingest_and_publish(site, full=True)
    assert (report.feeds, report.written, report.unchanged) == (3, (), 9)
    assert file_times(site) == before


def test_only_feeds_that_contain_the_changed_article_are_written(site: Path) -> None:
    ingest_and_publish(site)
    write_records(
        site, {"id": 1, "title": "A", "tags": ["Boats"]}, {"id": 2, "title": "B, changed", "tags": ["Tides"]}
    )
    assert set(ingest_and_publish(site).written) == {
        f"{name}.{kind}" for name in ("main", "tag/tides") for kind in ("rss", "atom", "json")
    }


def test_a_deleted_file_is_built_again(site: Path) -> None:
    ingest_and_publish(site)
    before = published_files(site)
    (site / "public/tag/boats.atom").unlink()
    assert ingest_and_publish(site).written == ("tag/boats.atom",)
    assert published_files(site) == before


def test_a_changed_config_publishes_the_affected_feeds(site: Path) -> None:
    ingest_and_publish(site)
    config = site / "syndicate.toml"
    config.write_text(config.read_text().replace("The Harbour Post", "The Port"))
    assert sorted(ingest_and_publish(site).written) == ["main.atom", "main.json", "main.rss"]
    assert feedparser.parse(published_files(site)["main.rss"]).feed.title == "The Port"


def test_an_article_dated_in_the_future_appears_at_that_time(site: Path) -> None:
    clock = StillClock()
    write_records(
        site,
        {"id": 1, "title": "A"},
        {"id": 2, "title": "Soon", "date": "2026-04-10T13:30:00Z", "tags": ["New"]},
    )
    ingest_and_publish(site, clock)
    assert entry_titles(published_files(site)["main.rss"]) == ["A"]
    assert "tag/new.rss" not in published_files(site)
    clock.pass_(timedelta(hours=1))
    assert ingest_and_publish(site, clock).written == ()
    clock.pass_(timedelta(hours=1))
    assert set(ingest_and_publish(site, clock).written) >= {"main.rss", "tag/new.rss"}
    assert entry_titles(published_files(site)["main.rss"]) == ["Soon", "A"]


def test_articles_ingested_while_the_clock_was_behind_are_published(site: Path) -> None:
    clock = StillClock()
    ingest_and_publish(site, clock)
    clock.pass_(timedelta(days=-400))
    write_records(site, {"id": 3, "title": "C", "date": "2020-01-01"})
    ingest_and_publish(site, clock)
    clock.pass_(timedelta(days=400))
    ingest_and_publish(site, clock)
    assert entry_titles(published_files(site)["main.rss"]) == ["C"]


def test_one_feed_can_be_published_by_name(site: Path) -> None:
    assert sorted(ingest_and_publish(site, feed="main").written) == ["main.atom", "main.json", "main.rss"]
    assert sorted(ingest_and_publish(site, feed="tag/{tag}").written) == sorted(
        f"tag/{name}.{kind}" for name in ("boats", "tides") for kind in ("rss", "atom", "json")
    )
    with opened(site) as newsroom, pytest.raises(ConfigError, match="no feed 'mian'") as raised:
        newsroom.publish("mian")
    assert "main" in (raised.value.hint or "")


def test_the_same_store_gives_the_same_bytes_in_another_folder(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ingest_and_publish(site)
    other = tmp_path_factory.mktemp("other")
    configured(other, source(), MAIN, TAGS)
    (other / "posts.jsonl").write_bytes((site / "posts.jsonl").read_bytes())
    ingest_and_publish(other)
    assert published_files(other) == published_files(site)


# Families


def test_facet_values_with_the_same_slug_share_a_feed(site: Path) -> None:
    write_records(
        site,
        {"id": 1, "title": "A", "tags": ["Boats"]},
        {"id": 2, "title": "B", "tags": ["boats"]},
        {"id": 3, "title": "C", "tags": ["C++", "C#", "C", "日本", "../..", "a/b", "?"]},
    )
    ingest_and_publish(site)
    assert sorted(entry_titles(published_files(site)["tag/boats.rss"])) == ["A", "B"]
    names = {Path(name).stem for name in published_files(site) if name.startswith("tag/")}
    assert names == {"boats", "c-plus-plus", "c-sharp", "c", "日本", "other", "a-b"}
    assert not (site / "other.rss").exists()


def test_family_members_collect_the_spellings_of_a_slug() -> None:
    assert [
        (each.slug, each.facet_values, each.label) for each in family_members(["b", "B", "a b", "a-b"])
    ] == [
        ("a-b", ("a b", "a-b"), "a b"),
        ("b", ("B", "b"), "B"),
    ]


def test_a_feed_whose_articles_were_withdrawn_becomes_empty(site: Path) -> None:
    ingest_and_publish(site)
    write_records(site, {"id": 1, "title": "A", "tags": ["Boats"]})
    ingest_and_publish(site)
    assert entry_titles(published_files(site)["tag/tides.rss"]) == []
    assert entry_titles(published_files(site)["tag/tides.atom"]) == []
    assert json.loads(published_files(site)["tag/tides.json"])["items"] == []


def test_a_feed_whose_tag_no_article_has_becomes_empty(site: Path) -> None:
    ingest_and_publish(site)
    write_records(
        site, {"id": 1, "title": "A", "tags": ["Boats"]}, {"id": 2, "title": "B", "tags": ["Boats"]}
    )
    ingest_and_publish(site)
    assert sorted(entry_titles(published_files(site)["tag/boats.rss"])) == ["A", "B"]
    assert entry_titles(published_files(site)["tag/tides.rss"]) == []
    ingest_and_publish(site, full=True)
    assert entry_titles(published_files(site)["tag/tides.rss"]) == []


def left_out(report: PublishReport) -> list[Problem]:
    """Return the problems of feeds that were left out for their names."""
    return [each for each in report.problems if "was left out" in each.message]


MINE = '\n[[feed]]\nname = "tag/boats"\ntitle = "Mine"\n'


@pytest.mark.parametrize("tables", [(TAGS, MINE), (MINE, TAGS)])
def test_a_single_feed_owns_its_name_against_any_tag(site: Path, tables: tuple[str, str]) -> None:
    configured(site, source(), *tables)
    for full in (False, True):
        report = ingest_and_publish(site, full=full)
        assert report.ok
        [problem] = left_out(report)
        assert "'Boats'" in problem.message
        assert "tag/boats" in problem.message
        assert feedparser.parse(published_files(site)["tag/boats.rss"]).feed.title == "Mine"
        assert len(entry_titles(published_files(site)["tag/boats.rss"])) == 2
    write_records(site, {"id": 1, "title": "A2", "tags": ["Boats", "boats", "BOATS"]})
    report = ingest_and_publish(site)
    assert [each.severity for each in left_out(report)] == ["warning"]
    assert entry_titles(published_files(site)["tag/boats.rss"]) == ["A2"]
    assert feedparser.parse(published_files(site)["tag/boats.rss"]).feed.title == "Mine"


def test_a_new_single_feed_takes_its_name_from_a_family(site: Path) -> None:
    ingest_and_publish(site)
    configured(site, source(), MAIN, TAGS, MINE)
    assert ingest_and_publish(site).ok
    assert feedparser.parse(published_files(site)["tag/boats.rss"]).feed.title == "Mine"
    write_records(site, {"id": 1, "title": "A2", "tags": ["Boats"]})
    assert ingest_and_publish(site, feed="tag/{tag}").ok
    assert feedparser.parse(published_files(site)["tag/boats.rss"]).feed.title == "Mine"
    assert ingest_and_publish(site).ok
    assert entry_titles(published_files(site)["tag/boats.rss"]) == ["A2"]
    assert feedparser.parse(published_files(site)["tag/boats.rss"]).feed.title == "Mine"


def test_the_first_of_two_families_in_the_config_owns_a_name(tmp_path: Path) -> None:
    tags = '[[feed]]\nname = "by/{tag}"\neach = "tag"\ntitle = "Tag"\n'
    authors = '[[feed]]\nname = "by/{author}"\neach = "author"\ntitle = "Author"\n'

    def title() -> str:
        return str(feedparser.parse(published_files(tmp_path)["by/ann.rss"]).feed.title)

    configured(tmp_path, source(), tags, authors)
    write_records(tmp_path, {"id": 1, "title": "A", "author": "Ann"})
    assert left_out(ingest_and_publish(tmp_path)) == []
    assert title() == "Author"
    for number in range(3):
        # Each change affects only one of the families.
        value = {"id": 2, "title": f"B{number}", "tags": ["ann"]}
        write_records(tmp_path, {"id": 1, "title": "A", "author": "Ann"}, value)
        assert ingest_and_publish(tmp_path).ok
        assert title() == "Tag"
        write_records(tmp_path, {"id": 1, "title": f"A{number}", "author": "Ann"}, value)
        assert ["'Ann'" in each.message for each in left_out(ingest_and_publish(tmp_path))] == [True]
        assert title() == "Tag"
    before = published_files(tmp_path)
    ingest_and_publish(tmp_path, full=True)
    assert published_files(tmp_path) == before


def test_a_family_grows_up_to_its_limit_and_keeps_its_feeds(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS + "max_feeds = 3\n")
    first = {"id": 1, "title": "A", "date": "2026-03-02", "tags": ["pier", "tides"]}
    write_records(tmp_path, first)
    assert left_out(ingest_and_publish(tmp_path)) == []
    # Alphabetically the new values come first, but the published feeds stay.
    second = {"id": 2, "title": "B", "date": "2026-03-01", "tags": ["anchors", "boats", "capstans"]}
    write_records(tmp_path, first, second)
    expected = "no feed for 'boats' and 1 more: the family tag/{tag} has 3 feeds, its limit"
    assert [each.message for each in ingest_and_publish(tmp_path).problems] == [expected]
    names = {path for path in published_files(tmp_path) if path.endswith(".rss")}
    assert names == {"main.rss", "tag/anchors.rss", "tag/pier.rss", "tag/tides.rss"}
    assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A", "B"]
    full = ingest_and_publish(tmp_path, full=True)
    assert (full.problems[0].message, full.written) == (expected, ())
    configured(tmp_path, source(), MAIN, TAGS)
    assert left_out(ingest_and_publish(tmp_path)) == []
    assert {"tag/boats.rss", "tag/capstans.rss"} <= set(published_files(tmp_path))


@pytest.mark.parametrize(
    ("site_more", "family", "tag"),
    [
        ("", '[[feed]]\nname = "main/archive/{tag}"\neach = "tag"\n', "1"),
        ('opml = "lists.json"\n', '[[feed]]\nname = "{tag}"\neach = "tag"\n', "lists"),
        ("", '[[feed]]\nname = "{tag}"\neach = "tag"\n', "MAIN"),
        ("page = true\n", '[[feed]]\nname = "{tag}"\neach = "tag"\n', "ｍain"),
    ],
)
def test_no_tag_overwrites_the_file_of_another_feed(
    tmp_path: Path, site_more: str, family: str, tag: str
) -> None:
    archive = '[[feed]]\nname = "main"\nlimit = 1\nhistory = "archive"\n'
    values = [{"id": each, "title": f"T{each}", "date": f"2026-03-0{each}"} for each in range(1, 6)]
    configured(tmp_path, source(), archive, site=SITE + site_more)
    write_records(tmp_path, *values)
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    configured(tmp_path, source(), family, archive, site=SITE + site_more)
    write_records(tmp_path, *values[:-1], values[-1] | {"tags": [tag]})
    report = ingest_and_publish(tmp_path)
    assert report.ok
    assert len(left_out(report)) == 1
    there = published_files(tmp_path)
    for path in before:
        if path.startswith("main/archive/1") or path == "lists.json":
            assert there[path] == before[path]
    assert entry_titles(there["main.rss"]) == ["T5"]


# Files


def test_write_replaces_a_changed_file_and_leaves_an_unchanged_one(tmp_path: Path) -> None:
    publisher = FilePublisher(tmp_path / "out")
    assert publisher.write("a/b.rss", b"one")
    before = (tmp_path / "out/a/b.rss").stat()
    assert not publisher.write("a/b.rss", b"one")
    after = (tmp_path / "out/a/b.rss").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert publisher.write("a/b.rss", b"two")
    assert (tmp_path / "out/a/b.rss").read_bytes() == b"two"
    assert publisher.exists("a/b.rss")
    assert not publisher.exists("a")
    assert sorted(os.listdir(tmp_path / "out/a")) == ["b.rss"]


@pytest.mark.parametrize("path", ["../a", "/etc/a", "a/../../b", "a\0b"])
def test_write_refuses_paths_outside_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(PublishError, match="leaves the output folder"):
        FilePublisher(tmp_path / "out").write(path, b"x")
    assert list(tmp_path.iterdir()) == []


def test_write_reports_a_file_or_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(PublishError, match="cannot be written") as raised:
        FilePublisher(tmp_path).write("a/b.rss", b"x")
    assert raised.value.where.file == str(tmp_path / "a/b.rss")
    (tmp_path / "c.rss").mkdir()
    with pytest.raises(PublishError):
        FilePublisher(tmp_path).write("c.rss", b"x")
    assert sorted(os.listdir(tmp_path)) == ["a", "c.rss"]


@pytest.mark.parametrize("name", ["x" * 250, "日" * 83, "🚢" * 62])
def test_write_accepts_the_longest_file_names(tmp_path: Path, name: str) -> None:
    assert FilePublisher(tmp_path).write(f"{name}.rss", b"x")
    assert os.listdir(tmp_path) == [f"{name}.rss"]


_WRITER = """
import sys
from pathlib import Path
from syndicate.publishing.file_publisher import FilePublisher
publisher = FilePublisher(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for letter in b"ab":
        publisher.write("feed.rss", bytes([letter]) * 1_000_000)
"""


def test_a_killed_writer_leaves_a_complete_file(tmp_path: Path) -> None:
    whole = {bytes([letter]) * 1_000_000 for letter in b"ab"}
    target = tmp_path / "feed.rss"
    for number in range(8):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout
        writer.stdout.readline()
        # Killed at a different point each time, while the file is being read.
        for _ in range(5 + 3 * number):
            assert not target.exists() or target.read_bytes() in whole
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert not target.exists() or target.read_bytes() in whole
    FilePublisher(tmp_path).write("feed.rss", b"done")
    assert target.read_bytes() == b"done"


_LIMITED = """
import resource, sys
from pathlib import Path
from syndicate.errors import PublishError
from syndicate.model import Problem, PublishReport
from syndicate.publishing.file_publisher import FilePublisher
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    FilePublisher(Path(sys.argv[1])).write("feed.rss", b"x" * 2000)
except PublishError as error:
    print(error)
"""


def test_a_file_above_the_size_limit_leaves_the_old_one(tmp_path: Path) -> None:
    FilePublisher(tmp_path).write("feed.rss", b"old")
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        f"{tmp_path}/feed.rss: the file is larger than the limit for files "
        "(check ulimit -f; the old file is unchanged)\n"
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"feed.rss": b"old"}


# Harmful tags


def test_tags_with_markup_do_not_break_a_feed(site: Path) -> None:
    good = [{"id": n, "title": f"G{n}", "tags": ["html"], "date": f"2026-03-0{n}"} for n in range(1, 4)]
    write_records(site, *good)
    ingest_and_publish(site)
    bad = {"id": 9, "title": "Bad", "tags": ["<!--html", "(Html)", "<script"], "date": "2026-03-09"}
    write_records(site, *good, bad)
    for full in (False, False, True):
        report = ingest_and_publish(site, full=full)
        assert report.ok, [str(each) for each in report.problems if each.severity == "error"]
        there = published_files(site)
        for kind in ("rss", "atom"):
            assert entry_titles(there[f"tag/html.{kind}"]) == ["Bad", "G3", "G2", "G1"]
            assert feedparser.parse(there[f"tag/html.{kind}"]).feed.title == "Posts on html"
    with opened(site) as newsroom:
        assert not [each for each in newsroom.check().problems if each.severity == "error"]


def test_a_refused_family_is_reported_at_every_publish(tmp_path: Path) -> None:
    """If each member of a family has an error, incremental and full publishes report it."""
    sy = 'namespaces = { sy = "http://purl.org/rss/1.0/modules/syndication/" }\n'
    family = TAGS + 'elements = { "sy:updatePeriod" = "sometimes" }\n'
    configured(tmp_path, source(), family, site=SITE + sy)
    for number in range(1, 4):
        values = [{"id": n, "title": f"T{n}", "tags": ["a", "A"][: 1 + n % 2]} for n in range(1, number + 1)]
        write_records(tmp_path, *values)
        for full in (False, False, True):
            report = ingest_and_publish(tmp_path, full=full)
            assert any("the feed was not published" in (each.hint or "") for each in report.problems)
            assert published_files(tmp_path) == {}
    configured(tmp_path, source(), TAGS, site=SITE + sy)
    assert ingest_and_publish(tmp_path).ok
    assert sorted(entry_titles(published_files(tmp_path)["tag/a.rss"])) == ["T1", "T2", "T3"]


def test_check_reports_files_that_cannot_be_written(site: Path) -> None:
    (site / "public/main.rss").mkdir(parents=True)
    with opened(site) as newsroom:
        [error] = [each for each in newsroom.check().problems if each.severity == "error"]
        assert error.file == str(site / "public/main.rss")
        assert "a folder has the name" in error.message
    (site / "public/main.rss").rmdir()
    config = site / "syndicate.toml"
    config.write_text(config.read_text().replace("[site]\n", '[site]\noutput = "posts.jsonl/feeds"\n'))
    with opened(site) as newsroom:
        assert any("cannot be written to this folder" in each.message for each in newsroom.check().problems)


def test_check_refuses_the_records_that_ingest_refuses(site: Path) -> None:
    write_records(
        site, {"id": 1, "title": "A", "date": "2026-03-01"}, {"id": 1, "title": "B", "date": "2026-03-02"}
    )
    with opened(site) as newsroom:
        found = [each.line for each in newsroom.check().problems if "left out: it has the id" in each.message]
        assert found == [2]
        [part] = newsroom.ingest().parts
        assert [each.line for each in part.problems if "left out: it has the id" in each.message] == found
