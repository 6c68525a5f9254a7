"""Composing: what an edition takes, in which order, and what is told of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpers_site import SITE, WEEKLY, cli, configured, opened, source, write
from helpers_store import store_of, utc_now
from syndicate.errors import ConfigError
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


def test_an_edition_is_stored_in_the_order_of_its_layout(tmp_path: Path) -> None:
    settings = 'lead = "score"\ngroup = "section"\nmost_read = 1\n'
    records = [{"score": 5}, {"section": "Arts"}, {"section": "News", "score": 9}, {}, {"section": "Arts"}]
    with made(tmp_path, settings, *records) as newsroom:
        report = newsroom.compose("weekly")
        assert report.edition
        edition = store_of(newsroom).edition(report.edition)
        assert edition
    assert [article.title[-1] for article in edition.articles] == ["3", "5", "2", "4", "1"]
    assert report.articles == tuple(article.id for article in edition.articles)
    assert report.subject == "Harbour weekly: Title 3"


def test_a_shortened_article_is_reported(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(12_000))
    long = {"html": f"<p>{words}</p>", "title": "The long one"}
    with made(tmp_path, 'theme = "longread"\n', {}, long, {}) as newsroom:
        report = newsroom.compose("weekly")
    assert report.ok
    told = [each for each in report.problems if each.severity == "warning"]
    assert ["'The long one' is shown in part" in each.message for each in told] == [True]
    assert told[0].id == report.articles[1]


# What an editor wants


def titles(newsroom: Newsroom, edition: str | None) -> list[str]:
    assert edition
    found = store_of(newsroom).edition(edition)
    assert found
    return [article.title[-1] for article in found.articles]


def test_a_note_is_used_once(tmp_path: Path) -> None:
    with made(tmp_path, 'first = 1\nlimit = 1\nnote = "note.md"\n', {}) as newsroom:
        write(tmp_path, {"note.md": "\ufeff# Hello\n\nRead [the *plan*](/plan/)."})
        first = newsroom.compose("weekly")
        digest = store_of(newsroom).edition(first.edition or "").digest  # type: ignore[union-attr]
        assert "<em>plan</em>" in digest.html
        assert "https://harbour.example/plan/" in digest.html
        assert "https://harbour.example/plan/" in digest.text
        assert digest.html.index("Hello") < digest.html.rindex("Title 1")
        assert digest.text.index("Hello") < digest.text.index("Title 1")
        for wanted, text in ((False, None), (False, None), (True, "Another."), (False, None), (False, None)):
            if text:
                write(tmp_path, {"note.md": text})
            number = len(store_of(newsroom).editions("weekly")) + 1
            write(tmp_path, {"posts.jsonl": posts(*[{}] * number)})
            newsroom.ingest()
            digest = store_of(newsroom).edition(newsroom.compose("weekly").edition or "").digest  # type: ignore[union-attr]
            assert ("Another." in digest.html) == wanted
            assert "Hello" not in digest.html


def test_a_given_note_is_always_used(tmp_path: Path) -> None:
    note = write(tmp_path, {"other.md": "Once more."}) / "other.md"
    with made(tmp_path, "first = 1\n", {}, {}) as newsroom:
        for number in (3, 4):
            write(tmp_path, {"posts.jsonl": posts(*[{}] * number)})
            newsroom.ingest()
            report = newsroom.compose("weekly", note=note)
            assert "Once more." in store_of(newsroom).edition(report.edition or "").digest.text  # type: ignore[union-attr]


def test_a_given_note_does_not_use_up_that_of_the_settings(tmp_path: Path) -> None:
    wished = write(tmp_path, {"note.md": "The usual.", "other.md": "The other."}) / "other.md"
    with made(tmp_path, 'first = 1\nnote = "note.md"\n', {}, {}) as newsroom:
        for number, (note, found) in enumerate(
            [
                (wished, "other"),
                (None, "usual"),
                (wished, "other"),
                (None, None),
                (tmp_path / "note.md", "usual"),
            ]
        ):
            write(tmp_path, {"posts.jsonl": posts(*[{}] * (number + 3))})
            newsroom.ingest()
            digest = store_of(newsroom).edition(newsroom.compose("weekly", note=note).edition or "").digest  # type: ignore[union-attr]
            assert re.findall(r"The (usual|other)\.", digest.text) == ([found] if found else [])


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        (b"\xff\xfe", 'note = "note.md"\n', r"note.md:1, field note: the note is not UTF-8"),
        (None, 'note = "posts"\n', r"posts, field note: the note cannot be read: Is a directory"),
    ],
)
def test_an_unreadable_note_is_an_error(
    tmp_path: Path, content: bytes | None, settings: str, message: str
) -> None:
    (tmp_path / "posts").mkdir()
    if content:
        write(tmp_path, {"note.md": content})
    with made(tmp_path, settings, {}) as newsroom:
        with pytest.raises(ConfigError, match=message):
            newsroom.compose("weekly")
        assert [str(each) for each in newsroom.check().problems if each.field == "note"]


def test_only_a_given_note_must_exist(tmp_path: Path) -> None:
    with made(tmp_path, 'note = "note.md"\n', {}) as newsroom:
        with pytest.raises(ConfigError, match=r"nowhere\.md, field note: the note does not exist"):
            newsroom.compose("weekly", note=tmp_path / "nowhere.md")
        assert newsroom.compose("weekly").edition


def test_pins_come_first_and_over_the_limit(tmp_path: Path) -> None:
    settings = 'first = 2\nlimit = 2\npinned = ["https://harbour.example/1"]\n'
    with made(tmp_path, settings, *[{}] * 5) as newsroom:
        known = store_of(newsroom).articles(now=utc_now())
        ids = {each.article.title[-1]: each.article.id for each in known}
        report = newsroom.compose("weekly", pin=[ids["2"]])
        assert titles(newsroom, report.edition) == ["2", "1"]
        assert report.subject == "Harbour weekly: Title 2"


def test_the_first_edition_counts_articles_above_its_limit(tmp_path: Path) -> None:
    settings = 'first = 5\nlimit = 3\nlead = "score"\ngroup = "section"\nmost_read = 1\n'
    records = [{"score": 9}, {}, {"section": "Arts", "score": 5}, {"section": "News"}, {"score": 1}, {}, {}]
    with made(tmp_path, settings, *records) as newsroom:
        report = newsroom.compose("weekly", exclude=["https://harbour.example/7"])
        assert sorted(titles(newsroom, report.edition)) == ["4", "5", "6"]
        assert report.more == 2
        edition = store_of(newsroom).edition(report.edition or "")
        assert edition
        assert "2 more" in edition.digest.html
        assert "2 more" in edition.digest.text
        assert titles(newsroom, newsroom.compose("weekly").edition) == ["7"], "the excluded one waited"
        assert newsroom.compose("weekly").edition is None, "what was counted is not repeated"


def test_an_excluded_article_waits(tmp_path: Path) -> None:
    with made(tmp_path, "limit = 2\n", {}, {}, {}) as newsroom:
        first = newsroom.compose("weekly", exclude=["https://harbour.example/3"])
        assert titles(newsroom, first.edition) == ["2", "1"]
        assert titles(newsroom, newsroom.compose("weekly").edition) == ["3"]
        assert newsroom.compose("weekly").edition is None


def test_exclusions_of_the_settings(tmp_path: Path) -> None:
    with made(tmp_path, 'excluded = ["https://harbour.example/3"]\n', {}, {}, {}) as newsroom:
        report = newsroom.compose("weekly")
        assert titles(newsroom, report.edition) == ["2", "1"]
        assert report.more == 0
        assert newsroom.compose("weekly").edition is None


def test_an_option_that_matches_no_article_is_reported(tmp_path: Path) -> None:
    with made(tmp_path, "", {}) as newsroom:
        report = newsroom.compose("weekly", pin=["https://harbour.example/2"], exclude=["zzz"])
    assert report.ok
    assert [(each.field, each.id, each.hint) for each in report.problems] == [
        ("--pin", "https://harbour.example/2", "did you mean https://harbour.example/1?"),
        ("--exclude", "zzz", "give an id, or the whole link"),
    ]


def test_check_reports_names_in_the_config_that_match_no_article(tmp_path: Path) -> None:
    settings = 'pinned = ["https://harbour.example/1", "https://harbour.example/22"]\nexcluded = ["zzz"]\n'
    with made(tmp_path, settings, {}, {}) as newsroom:
        told = [each for each in newsroom.check().problems if "has this id or link" in each.message]
        assert [(each.severity, each.field, each.id, each.hint) for each in told] == [
            (
                *("warning", "newsletter.weekly.pinned", "https://harbour.example/22"),
                "did you mean https://harbour.example/2?",
            ),
            ("warning", "newsletter.weekly.excluded", "zzz", "give an id, or the whole link"),
        ]
        write(tmp_path, {"posts.jsonl": ""})
        told = [each for each in newsroom.check().problems if "has this id or link" in each.message]
        assert len(told) == 2, "what the store has counts as well"


def test_compose_options_on_the_command_line(tmp_path: Path) -> None:
    made(tmp_path, "", {}, {}, {}).close()
    write(tmp_path, {"note.md": "From the desk."})
    done = cli(
        tmp_path,
        *("compose", "weekly", "--note", "note.md", "--pin", "https://harbour.example/1"),
        *("--exclude", "https://harbour.example/2", "--json"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"] == "Harbour weekly: Title 1"
    assert cli(tmp_path, "compose", "weekly", "--note", "no.md").returncode == 2
