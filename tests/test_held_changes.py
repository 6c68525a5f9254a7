"""Changes of many articles of a source at once: held until a second ingest shows the same, or confirmed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers_publish import entry_ids, published_files, write_records
from helpers_site import MAIN, cli, configured, opened, source
from helpers_store import store_of, utc_now
from syndicate.ingest.mass_changes import is_mass_change
from syndicate.model import IngestReport

COUNT = 20


def records(home: str = "http://old.example", count: int = COUNT) -> list[dict[str, object]]:
    return [
        {
            "id": f"{home}/{number}/",
            "link": f"{home}/{number}/",
            "title": f"Post {number}",
            "date": f"2026-03-{number + 1:02}",
        }
        for number in range(count)
    ]


def ingest(folder: Path, name: str = "posts", **options: bool) -> IngestReport:
    with opened(folder) as newsroom:
        [part] = newsroom.ingest(name, **options).parts
    assert isinstance(part, IngestReport)
    return part


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.withdrawn, report.held


def ids(folder: Path) -> list[str]:
    with opened(folder) as newsroom:
        return sorted(each.article.id for each in store_of(newsroom).articles(now=utc_now()))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, *records())
    assert counts(ingest(tmp_path)) == (COUNT, 0, 0, 0, 0)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "known", "expected"),
    [(5, 5, False), (6, 6, True), (6, 20, True), (6, 29, True), (6, 30, False), (100, 501, False)],
)
def test_more_than_five_and_more_than_a_fifth(changed: int, known: int, expected: bool) -> None:
    assert is_mass_change(changed, known) is expected


@pytest.mark.parametrize("left", [1, 14])
def test_many_missing_records_withdraw_nothing_at_first(site: Path, left: int) -> None:
    write_records(site, *records()[:left], {"id": "urn:n", "title": "New"})
    report = ingest(site)
    assert counts(report) == (1, 0, left, 0, COUNT - left)
    [problem] = [each for each in report.problems if each.severity == "error"]
    assert f"{COUNT - left} of {COUNT} articles have no record" in problem.message
    assert "syndicate ingest posts --confirm" in (problem.hint or "")
    assert len(ids(site)) == COUNT + 1
    assert not report.ok
    assert not report.external_failure


def test_the_second_equal_read_withdraws(site: Path) -> None:
    write_records(site, *records()[:14])
    assert counts(ingest(site)) == (0, 0, 14, 0, 6)
    assert counts(ingest(site)) == (0, 0, 14, 6, 0)
    assert counts(ingest(site)) == (0, 0, 14, 0, 0)


def test_another_second_read_is_held_again(site: Path) -> None:
    for left in (14, 13, 12):
        write_records(site, *records()[:left])
        assert counts(ingest(site)) == (0, 0, left, 0, COUNT - left)
    assert ingest(site).withdrawn == 8


def test_records_that_are_back_end_the_hold(site: Path) -> None:
    write_records(site, *records()[:14])
    ingest(site)
    write_records(site, *records())
    assert counts(ingest(site)) == (0, 0, COUNT, 0, 0)
    write_records(site, *records()[:14])
    assert ingest(site).held == 6


def test_a_read_that_fails_neither_confirms_nor_ends_the_hold(site: Path) -> None:
    write_records(site, *records()[:14])
    ingest(site)
    (site / "posts.jsonl").rename(site / "away")
    assert ingest(site).external_failure
    (site / "away").rename(site / "posts.jsonl")
    assert ingest(site).withdrawn == 6


def test_a_confirmed_change_is_applied_at_once(site: Path) -> None:
    write_records(site, *records()[:1])
    assert counts(ingest(site, confirm=True)) == (0, 0, 1, 19, 0)
    assert ingest(site).problems == ()


def test_an_emptied_source_keeps_its_articles(site: Path) -> None:
    write_records(site)
    for _ in range(3):
        report = ingest(site)
        assert counts(report) == (0, 0, 0, 0, 0)
        assert [each.severity for each in report.problems] == ["warning"]
    assert len(ids(site)) == COUNT


def test_many_posts_that_become_drafts(tmp_path: Path) -> None:
    configured(tmp_path, source(kind="markdown", path="posts/*.md"))
    (tmp_path / "posts").mkdir()
    for draft, expected in (
        ("", (7, 0, 0, 0, 0)),
        ("draft: true", (0, 0, 0, 0, 7)),
        ("draft: true", (0, 0, 0, 7, 0)),
        ("draft: true", (0, 0, 0, 0, 0)),
    ):
        for number in range(7):
            text = f"---\ntitle: Post {number}\nlink: /{number}/\n{draft}\n---\n"
            path = tmp_path / f"posts/{number}.md"
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        assert counts(ingest(tmp_path)) == expected


def test_other_sources_and_feeds_go_on(site: Path) -> None:
    configured(site, source(), source("other", path="other.jsonl"), MAIN)
    (site / "other.jsonl").write_text(json.dumps({"id": "urn:o", "title": "Other", "date": "2026-04-01"}))
    write_records(site, *records()[:1], {"id": "urn:n", "title": "New", "date": "2026-04-02"})
    with opened(site) as newsroom:
        report = newsroom.ingest()
        assert newsroom.publish().ok
    assert [part.held for part in report.parts] == [19, 0]
    assert entry_ids(published_files(site)["main.rss"])[:2] == ["urn:n", "urn:o"]


def test_a_confirmation_without_a_name_is_for_changes_that_are_held_already(site: Path) -> None:
    configured(site, source(), source("other", path="other.jsonl"))
    other = [json.dumps({"id": f"urn:o:{number}", "title": "O"}) + "\n" for number in range(9)]
    (site / "other.jsonl").write_text("".join(other))
    write_records(site, *records()[:1])
    with opened(site) as newsroom:
        assert [part.held for part in newsroom.ingest().parts] == [19, 0]
    write_records(site, *records()[:2])
    (site / "other.jsonl").write_text(other[0])
    with opened(site) as newsroom:
        parts = newsroom.ingest(confirm=True).parts
    assert [(part.withdrawn, part.held) for part in parts] == [(18, 0), (0, 8)]


# Articles with new ids


@pytest.mark.parametrize("complete", ["", "complete = false"])
@pytest.mark.parametrize("confirm", [False, True])
def test_many_new_ids_are_held_and_then_stored_under_the_former_ids(
    site: Path, complete: str, confirm: bool
) -> None:
    configured(site, source(more=complete), MAIN)
    before = ids(site)
    write_records(site, *records("https://new.example"), {"id": "urn:n", "title": "New"})
    report = ingest(site)
    assert counts(report) == (1, 0, 0, 0, COUNT)
    [problem] = [each for each in report.problems if each.severity == "error"]
    assert f"{COUNT} of {COUNT} articles have new ids" in problem.message
    assert ids(site) == sorted([*before, "urn:n"])
    assert counts(ingest(site, confirm=confirm)) == (0, COUNT, 1, 0, 0)
    assert ids(site) == sorted([*before, "urn:n"])
    assert counts(ingest(site)) == (0, 0, COUNT + 1, 0, 0)
    with opened(site) as newsroom:
        links = {each.article.link for each in store_of(newsroom).articles(now=utc_now())}
        assert newsroom.status().problems == ()
    assert "https://new.example/7/" in links


def test_new_ids_in_files_are_read_again_until_they_are_stored(tmp_path: Path) -> None:
    table = source(kind="markdown", path="posts/**/*.md", more='link = "https://h.example/{path}/"')
    configured(tmp_path, table)
    folder = tmp_path / "posts/old"
    folder.mkdir(parents=True)
    for number in range(8):
        (folder / f"{number}.md").write_text(f"---\ntitle: Post {number}\ndate: 2026-03-0{number + 1}\n---\n")
    ingest(tmp_path)
    before = ids(tmp_path)
    folder.rename(tmp_path / "posts/new")
    assert counts(ingest(tmp_path)) == (0, 0, 0, 0, 8)
    assert counts(ingest(tmp_path)) == (0, 8, 0, 0, 0)
    assert ids(tmp_path) == before
    assert counts(ingest(tmp_path)) == (0, 0, 8, 0, 0)


def test_new_ids_and_missing_records_count_together(site: Path) -> None:
    write_records(site, *records("https://new.example")[:4], *records()[7:])
    report = ingest(site)
    assert counts(report) == (0, 0, 13, 0, 7)
    assert "4 of 20 articles have new ids now, and 3 have no record" in report.problems[0].message
    assert counts(ingest(site)) == (0, 4, 13, 3, 0)


def test_new_articles_beside_the_old_ones_are_no_new_ids(site: Path) -> None:
    write_records(site, *records(), *records("https://new.example"))
    assert counts(ingest(site)) == (COUNT, 0, COUNT, 0, 0)


def test_a_few_new_ids_are_corrections(site: Path) -> None:
    write_records(site, *records("https://new.example")[:3], *records()[3:])
    assert counts(ingest(site)) == (3, 0, 17, 3, 0)


def test_many_new_articles_at_once(site: Path) -> None:
    more = [{"id": f"urn:{number}", "title": f"News {number}"} for number in range(3000)]
    write_records(site, *records(), *more)
    assert counts(ingest(site)) == (3000, 0, COUNT, 0, 0)


# The command


def test_the_command(site: Path) -> None:
    write_records(site, *records()[:1])
    done = cli(site, "ingest")
    assert done.returncode == 1
    assert "0 withdrawn, 19 held" in done.stdout
    assert "19 of 20 articles have no record now" in done.stderr
    status = cli(site, "status")
    assert status.returncode == 0
    assert "warning: source posts: 19 of 20 articles have no record now" in status.stderr
    assert cli(site, "ingest", "posts", "--confirm").stdout.count("19 withdrawn") == 1
    assert cli(site, "status").stderr == ""


def test_moved_files_whose_articles_keep_their_ids_are_no_change(tmp_path: Path) -> None:
    configured(tmp_path, source(kind="markdown", path="posts/**/*.md"))
    folder = tmp_path / "posts/old"
    folder.mkdir(parents=True)
    for number in range(8):
        (folder / f"{number}.md").write_text(
            f"---\ntitle: P{number}\nlink: https://h.example/{number}\n---\n"
        )
    ingest(tmp_path)
    folder.rename(tmp_path / "posts/new")
    report = ingest(tmp_path)
    assert counts(report) == (0, 0, 8, 0, 0)
    assert report.ok
    assert counts(ingest(tmp_path)) == (0, 0, 8, 0, 0)


def test_records_that_get_ids_of_their_own_are_no_change(tmp_path: Path) -> None:
    configured(tmp_path, source())
    links: list[dict[str, object]] = [
        {"link": f"https://h.example/{number}", "title": f"P{number}"} for number in range(8)
    ]
    write_records(tmp_path, *links)
    ingest(tmp_path)
    before = ids(tmp_path)
    write_records(tmp_path, *[{**each, "id": f"urn:x:{number}"} for number, each in enumerate(links)])
    for _ in range(2):
        report = ingest(tmp_path)
        assert report.ok
        assert report.new == report.withdrawn == report.held == 0
    assert ids(tmp_path) == before
