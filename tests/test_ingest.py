"""Ingest into a real store: ids never change, and an article is withdrawn only if its record is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers_site import StillClock, configured, opened, source, write
from helpers_store import store_of, utc_now
from syndicate import Article, ConfigError
from syndicate.model import IngestReport, IngestReports

LATER = timedelta(days=1)


def lines(*records: Mapping[str, object]) -> str:
    return "".join(json.dumps({"date": "2026-04-01", **record}) + "\n" for record in records)


def ingest(folder: Path, clock: StillClock | None = None) -> IngestReport:
    (part,) = whole(folder, clock).parts
    assert isinstance(part, IngestReport)
    return part


def whole(folder: Path, clock: StillClock | None = None) -> IngestReports:
    with opened(folder, clock) as newsroom:
        return newsroom.ingest()


def articles(folder: Path, clock: StillClock | None = None) -> dict[str, Article]:
    with opened(folder, clock) as newsroom:
        found = store_of(newsroom).articles(now=utc_now())
    return {each.article.title: each.article for each in found}


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.withdrawn, report.refused


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """A site with two Markdown posts."""
    configured(
        tmp_path,
        source(kind="markdown", path="posts/**/*.md", more='link = "https://harbour.example/{path}/"'),
    )
    return write(
        tmp_path,
        {
            "posts/a.md": "---\ntitle: A\ndate: 2026-04-01\n---\nOne.\n",
            "posts/b.md": "---\ntitle: B\ndate: 2026-04-02\n---\nTwo.\n",
        },
    )


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A site with a list of records."""
    configured(tmp_path, source())
    return tmp_path


# What an ingest says


def test_new_unchanged_changed(posts: Path) -> None:
    assert counts(ingest(posts)) == (2, 0, 0, 0, 0)
    assert counts(ingest(posts)) == (0, 0, 2, 0, 0)
    write(posts, {"posts/a.md": "---\ntitle: A\ndate: 2026-04-01\n---\nOne, mended.\n"})
    assert counts(ingest(posts)) == (0, 1, 1, 0, 0)


def test_one_bad_record_loses_one_record(listed: Path) -> None:
    text = (
        lines({"title": "A"})
        + "{broken\n"
        + lines({"title": "B", "date": "soon"}, {"note": "nothing to show"}, {"title": "C"})
    )
    write(listed, {"posts.jsonl": text})
    report = ingest(listed)
    assert set(articles(listed)) == {"A", "C"}
    assert counts(report) == (2, 0, 0, 0, 3)
    assert [(each.line, each.field) for each in report.problems] == [(2, None), (3, "date"), (4, "title")]
    assert not report.ok
    assert not report.external_failure


def test_the_first_ingest_stays_the_first(listed: Path) -> None:
    clock = StillClock()
    write(listed, {"posts.jsonl": lines({"id": 1, "title": "A"})})
    ingest(listed, clock)
    clock.pass_(LATER)
    write(listed, {"posts.jsonl": lines({"id": 1, "title": "A, changed"})})
    ingest(listed, clock)
    (article,) = articles(listed, clock).values()
    assert article.ingested == datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def test_dates_without_a_zone_are_the_sites(posts: Path) -> None:
    ingest(posts)
    published = articles(posts)["A"].published
    assert published is not None
    assert published.isoformat() == "2026-04-01T00:00:00+01:00"


# Ids


def test_an_id_stays_when_the_link_changes(posts: Path) -> None:
    ingest(posts)
    before = articles(posts)["A"]
    write(posts, {"posts/a.md": "---\ntitle: A\ndate: 2026-04-01\nlink: /elsewhere/\n---\nOne.\n"})
    assert counts(ingest(posts)) == (0, 1, 1, 0, 0)
    after = articles(posts)["A"]
    assert after.id == before.id
    assert (before.link, after.link) == ("https://harbour.example/a/", "https://harbour.example/elsewhere/")


def test_an_id_stays_when_the_title_and_the_slug_change(tmp_path: Path) -> None:
    configured(
        tmp_path, source(kind="markdown", path="posts/*.md", more='link = "https://harbour.example/{slug}/"')
    )
    write(tmp_path, {"posts/a.md": "---\ntitle: A\nslug: one\n---\n"})
    ingest(tmp_path)
    before = articles(tmp_path)["A"]
    write(tmp_path, {"posts/a.md": "---\ntitle: Z\nslug: two\n---\n"})
    assert counts(ingest(tmp_path)) == (0, 1, 0, 0, 0)
    assert articles(tmp_path)["Z"].id == before.id


def test_an_id_stays_when_the_file_moves_and_the_link_does_not(tmp_path: Path) -> None:
    configured(tmp_path, source(kind="markdown", path="posts/**/*.md"))
    write(tmp_path, {"posts/a.md": "---\ntitle: A\nlink: /a/\n---\n"})
    ingest(tmp_path)
    before = articles(tmp_path)["A"]
    (tmp_path / "posts/2026").mkdir()
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/2026/b.md")
    assert counts(ingest(tmp_path)) == (0, 0, 1, 0, 0)
    assert articles(tmp_path)["A"] == before


@pytest.mark.parametrize("record", [{"id": "7"}, {"link": "/a/"}, {"date": "2026-04-01"}])
def test_an_id_stays_when_the_source_is_renamed(tmp_path: Path, record: dict[str, str]) -> None:
    configured(tmp_path, source("old"))
    write(tmp_path, {"posts.jsonl": lines({"title": "A", **record})})
    ingest(tmp_path)
    before = articles(tmp_path)["A"]
    configured(tmp_path, source("new"))
    report = ingest(tmp_path)
    assert articles(tmp_path)["A"].id == before.id
    assert counts(report) == (0, 0, 1, 0, 0)


def test_an_id_that_a_record_names_is_kept(listed: Path) -> None:
    write(listed, {"posts.jsonl": lines({"title": "A", "id": "tag:harbour.example,2026:1", "link": "/a/"})})
    ingest(listed)
    write(listed, {"posts.jsonl": lines({"title": "B", "id": "tag:harbour.example,2026:1", "link": "/b/"})})
    assert counts(ingest(listed)) == (0, 1, 0, 0, 0)
    assert articles(listed)["B"].id == "tag:harbour.example,2026:1"


@pytest.mark.parametrize(
    "records",
    [
        [{"title": "A", "link": "/a/", "id": 1}, {"title": "B", "link": "/a/", "id": 2}],
        [{"title": "A", "id": 1}, {"title": "B", "id": 1}],
        [{"title": "A", "link": "/a/"}, {"title": "B", "link": "/a/"}],
    ],
)
def test_two_records_for_one_article_are_reported_and_the_first_is_stored(
    listed: Path, records: list[dict[str, object]]
) -> None:
    write(listed, {"posts.jsonl": lines(*records)})
    for _ in range(2):
        report = ingest(listed)
        assert set(articles(listed)) == {"A"}
        assert report.refused == 1
        (problem,) = report.problems
        assert problem.line == 2
        assert "has the id or the link of" in problem.message


def test_two_sources_do_not_take_each_others_articles(tmp_path: Path) -> None:
    configured(tmp_path, source("one", path="one.jsonl"), source("two", path="two.jsonl"))
    same = {"id": "urn:x:1", "title": "A"}
    write(tmp_path, {"one.jsonl": lines(same), "two.jsonl": lines({**same, "title": "B"}, {"title": "C"})})
    first, second = whole(tmp_path).parts
    assert first.ok
    assert [(each.file, each.severity) for each in second.problems] == [
        (str(tmp_path / "two.jsonl"), "warning")
    ]
    found = articles(tmp_path)
    assert set(found) == {"A", "B", "C"}
    assert found["A"].id == "urn:x:1"
    assert len({each.id for each in found.values()}) == 3


# Withdrawing


def test_an_article_goes_with_its_file_and_comes_back_with_it(posts: Path) -> None:
    ingest(posts)
    before = articles(posts)["B"]
    text = (posts / "posts/b.md").read_bytes()
    (posts / "posts/b.md").unlink()
    assert counts(ingest(posts)) == (0, 0, 1, 1, 0)
    assert set(articles(posts)) == {"A"}
    assert counts(ingest(posts)) == (0, 0, 1, 0, 0)
    (posts / "posts/b.md").write_bytes(text)
    assert counts(ingest(posts)) == (0, 1, 1, 0, 0)
    assert articles(posts)["B"] == before


def test_a_published_post_that_becomes_a_draft_goes(posts: Path) -> None:
    ingest(posts)
    write(posts, {"posts/b.md": "---\ntitle: B\ndraft: true\n---\n"})
    assert counts(ingest(posts)) == (0, 0, 1, 1, 0)


@pytest.mark.parametrize(
    "broken",
    [
        b"---\ntitle: [\n---\n",
        b"---\ntitle: B\ndate: soon\n---\n",
        b"---\nnote: nothing to show\n---\n",
        b"caf\xe9",
        b"\x00\x01",
        b"x" * 3_000_000,
    ],
)
def test_a_record_that_is_broken_is_not_withdrawn(posts: Path, broken: bytes) -> None:
    config = posts / "syndicate.toml"
    config.write_text(config.read_text() + "max_size = 0.5\n")
    ingest(posts)
    before = articles(posts)
    (posts / "posts/b.md").write_bytes(broken)
    report = ingest(posts)
    assert counts(report) == (0, 0, 1, 0, 1)
    assert articles(posts) == before


def test_a_broken_line_withdraws_nothing(listed: Path) -> None:
    write(
        listed,
        {"posts.jsonl": lines({"title": "A", "id": 1}, {"title": "B", "id": 2}, {"title": "C", "id": 3})},
    )
    ingest(listed)
    write(listed, {"posts.jsonl": lines({"title": "A", "id": 1}) + "{broken\n"})
    assert counts(ingest(listed)) == (0, 0, 1, 0, 1)
    assert set(articles(listed)) == {"A", "B", "C"}
    write(listed, {"posts.jsonl": lines({"title": "A", "id": 1})})
    assert counts(ingest(listed)) == (0, 0, 1, 2, 0)


def test_a_source_that_gives_nothing_withdraws_nothing(posts: Path) -> None:
    ingest(posts)
    for name in ("a", "b"):
        (posts / f"posts/{name}.md").unlink()
    report = ingest(posts)
    assert set(articles(posts)) == {"A", "B"}
    assert report.ok
    assert [each.severity for each in report.problems] == ["warning"]
    assert "has no records now" in report.problems[0].message


def test_an_unreachable_source_withdraws_nothing(posts: Path) -> None:
    ingest(posts)
    (posts / "posts").rename(posts / "elsewhere")
    report = ingest(posts)
    assert set(articles(posts)) == {"A", "B"}
    assert report.external_failure
    assert not report.ok


def test_a_source_that_is_not_complete_withdraws_nothing(listed: Path) -> None:
    configured(listed, source(more="complete = false"))
    write(listed, {"posts.jsonl": lines({"title": "A", "id": 1})})
    ingest(listed)
    write(listed, {"posts.jsonl": lines({"title": "B", "id": 2})})
    assert counts(ingest(listed)) == (1, 0, 0, 0, 0)
    assert set(articles(listed)) == {"A", "B"}


# A function of the user's


@pytest.fixture
def pulled(tmp_path: Path) -> Iterator[Path]:
    configured(tmp_path, '\n[[source]]\nname = "pull"\nkind = "python"\nfunction = "pull_for_test:pull"\n')
    before = list(sys.path)
    yield tmp_path
    sys.path[:] = before
    sys.modules.pop("pull_for_test", None)


def test_a_function_that_raises_midway(pulled: Path) -> None:
    write(
        pulled,
        {
            "pull_for_test.py": "def pull():\n"
            "    for number in range(450):\n"
            "        yield {'id': number, 'title': f'T{number}', 'date': '2026-04-01'}\n"
            "    raise OSError('the line is dead')\n"
        },
    )
    report = ingest(pulled)
    assert report.new == 450
    assert report.external_failure
    (problem,) = report.problems
    assert "raised OSError after 450 records: the line is dead" in problem.message
    assert (problem.file, problem.line) == (str(pulled / "pull_for_test.py"), 4)


def test_a_function_that_is_missing(pulled: Path) -> None:
    with pytest.raises(ConfigError, match="pull_for_test"), opened(pulled) as newsroom:
        newsroom.ingest()


def test_one_source_by_name(tmp_path: Path) -> None:
    configured(tmp_path, source("one", path="one.jsonl"), source("two", path="two.jsonl"))
    write(tmp_path, {"one.jsonl": lines({"title": "A"}), "two.jsonl": lines({"title": "B"})})
    with opened(tmp_path) as newsroom:
        told: list[str] = []
        newsroom.ingest("two", progress=told.append)
        assert len(told) == 1
        with pytest.raises(ConfigError, match="no source 'three'") as raised:
            newsroom.ingest("three")
    assert raised.value.hint == "known: one, two"
    assert set(articles(tmp_path)) == {"B"}
