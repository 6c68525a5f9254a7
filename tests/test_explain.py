"""`syndicate ingest --explain`: the way of one record to an article and into feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from syndicate import ConfigError, Newsroom
from syndicate.cli import app
from syndicate.scheduling.system_clock import SystemClock

CONFIG = """
[site]
title = "Harbour"
home = "https://harbour.example/"

[[source]]
name = "posts"
kind = "markdown"
path = "posts/*.md"
link = "https://harbour.example/{slug}/"

[[source]]
name = "wire"
kind = "json"
path = "wire.json"

[[feed]]
name = "main"
limit = 2

[[feed]]
name = "ferries"
where = { tag = ["ferry"] }

[[feed]]
name = "calm"
without = { tag = ["storm"] }

[[feed]]
name = "tag/{tag}"
each = "tag"
"""
NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


class _Clock(SystemClock):
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "syndicate.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "posts").mkdir()
    for name, text in {
        "low.md": "title: Low tide\ndate: 2026-05-01\ntags: [ferry, storm]\nlayout: wide",
        "high.md": "title: High tide\ndate: 2026-05-09",
        "later.md": "title: Later\ndate: 2027-01-01",
        "draft.md": "title: Draft\ndate: 2026-05-02\ndraft: true",
        "bad.md": "title: Bad\ndate: soon",
    }.items():
        frame = '\n\n<iframe src="https://video.example/k42" title="Leaving"></iframe>\n'
        (tmp_path / "posts" / name).write_text(f"---\n{text}\n---\nWords of {name}.{frame}", "utf-8")
    records = [
        {"id": f"w{number}", "url": f"https://wire.example/{number}", "title": f"Wire {number}", "date": day}
        for number, day in enumerate(("2026-05-07", "2026-05-08"))
    ]
    (tmp_path / "wire.json").write_text(json.dumps(records), "utf-8")
    return tmp_path


@pytest.fixture
def newsroom(site: Path) -> Iterator[Newsroom]:
    with Newsroom.open(site / "syndicate.toml", clock=_Clock()) as opened:
        yield opened


def test_each_step_is_shown(newsroom: Newsroom) -> None:
    found = newsroom.explain("posts/low.md")
    assert (found.source, found.key, found.state) == ("posts", "low.md", "new")
    assert found.file is not None
    assert found.file.endswith("low.md")
    fields = {each.name: each for each in found.fields}
    assert (fields["title"].own_name, fields["title"].value) == ("title", "Low tide")
    assert fields["published"].own_name == "date"
    assert fields["published"].value.startswith("2026-05-01")
    assert "template" in fields["link"].origin
    assert fields["summary"].origin == "the beginning of the text"
    assert "video.example/k42" in fields["content_html"].value
    assert "layout" in found.unused_fields
    assert found.article is not None
    assert [each.message for each in found.problems] == ["1 frame became a link (video.example)"]
    feeds = {each.feed: each for each in found.feeds}
    assert feeds["ferries"].is_shown
    assert feeds["ferries"].reason == "entry 1 of 1"
    assert "storm" in feeds["calm"].reason
    assert feeds["tag/ferry"].is_shown
    assert feeds["tag/storm"].is_shown


def test_an_article_is_found_by_id_link_file_and_key(newsroom: Newsroom, site: Path) -> None:
    for name in ("https://wire.example/1", "w1"):
        assert newsroom.explain(name).raw_fields["title"] == "Wire 1"
    link = newsroom.explain("low.md").article
    assert link is not None
    for name in (link.id, link.link or "", str(site / "posts" / "low.md"), "posts/low.md"):
        assert newsroom.explain(name).key == "low.md"
    with pytest.raises(ConfigError, match="several records"):
        newsroom.explain("wire.json")
    with pytest.raises(ConfigError, match="no record has the id, link, file or key 'nothing'"):
        newsroom.explain("nothing")


def test_it_says_why_a_feed_does_not_show_an_article(newsroom: Newsroom) -> None:
    newsroom.ingest()
    over = {each.feed: each.reason for each in newsroom.explain("low.md").feeds}
    assert over["main"] == "over the limit: the feed shows its 2 newest entries"
    future = {each.feed: each.reason for each in newsroom.explain("later.md").feeds}
    assert future["main"].startswith("in the future: it appears at 2027-01-01")
    assert future["tag/{tag}"] == "the article has no tag"
    assert newsroom.explain("draft.md").state == "left out"
    refused = newsroom.explain("bad.md")
    assert refused.state == "refused"
    assert not refused.ok
    assert refused.article is None


def test_it_says_whether_the_store_has_the_article(newsroom: Newsroom, site: Path) -> None:
    assert newsroom.explain("high.md").state == "new"
    assert not (site / "syndicate.db").exists()
    newsroom.ingest()
    assert newsroom.explain("high.md").state == "unchanged"
    file = site / "posts" / "high.md"
    file.write_text(file.read_text("utf-8") + "More.", "utf-8")
    assert newsroom.explain("high.md").state == "changed"
    report = newsroom.ingest("posts")
    assert [part.changed for part in report.parts if hasattr(part, "changed")] == [1]


def test_the_command_prints_lines_and_json(site: Path) -> None:
    runner = CliRunner()
    result = runner.invoke(app, ["ingest", "--explain", "posts/low.md"])
    assert result.exit_code == 0
    # A path stays whole, so that it can be copied.
    path = str(site / "posts/low.md")
    assert path in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines() if not line.endswith(path))
    for part in (
        "Low tide",
        "1 frame became a link",
        "Not used",
        "ferries",
        "no, the feed has no articles with",
    ):
        assert part in result.stdout
    document = json.loads(runner.invoke(app, ["ingest", "--explain", "low.md", "--json"]).stdout)
    assert document["article"]["title"] == "Low tide"
    assert document["state"] == "new"
    assert runner.invoke(app, ["ingest", "--explain", "bad.md"]).exit_code == 1
    assert runner.invoke(app, ["ingest", "--explain", "nothing"]).exit_code == 2
    assert not (site / "syndicate.db").exists()


def test_many_notes_of_one_kind_are_summarised(site: Path) -> None:
    records = [
        {
            "id": f"https://wire.example/{number}",
            "title": f"Wire {number}",
            "date": "2026-05-07",
            "content_html": f'<iframe src="https://video{number}.example/"></iframe>',
        }
        for number in range(40)
    ]
    (site / "wire.json").write_text(json.dumps(records), "utf-8")
    runner = CliRunner()
    result = runner.invoke(app, ["ingest", "wire"])
    assert result.stderr.count("became a link") == 3
    assert "and 37 more notes" in result.stderr
    (site / "syndicate.db").unlink(missing_ok=True)
    for file in site.glob("*.db*"):
        file.unlink()
    assert runner.invoke(app, ["ingest", "wire", "--verbose"]).stderr.count("became a link") == 40
