"""The id guard: articles with new ids are not shown again as new ones."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from helpers_publish import (
    TAGS,
    changed_files,
    entry_ids,
    entry_titles,
    file_times,
    ingest_and_publish,
    paths_of,
    published_files,
    write_records,
)
from helpers_site import MAIN, WEEKLY, StillClock, cli, configured, opened, source
from helpers_store import store_of, utc_now
from syndicate.model import PublishReport

OTHER = '[[feed]]\nname = "notices"\nwhere = { section = "Notices" }\n'
DATED = [f"2026-03-{day:02}T09:00:00Z" for day in range(1, 29)]


def posts(home: str, number: int = 4, path: str = "{}", **more: object) -> list[dict[str, object]]:
    """Return articles whose ids are their links."""
    found = []
    for each in range(number):
        link = f"{home}/{path.format(each)}/"
        found.append(
            {"id": link, "link": link, "title": f"Post {each}", "date": DATED[each], "tags": ["a"], **more}
        )
    return found


OLD, NEW = "http://harbour.example", "https://harbour.example"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that was published once."""
    configured(tmp_path, source(), MAIN, TAGS, OTHER, WEEKLY)
    write_records(
        tmp_path, *posts(OLD), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]}
    )
    assert ingest_and_publish(tmp_path).ok
    return tmp_path


def stopped(report: PublishReport) -> list[str]:
    return sorted(
        each.message.partition(" ")[0] for each in report.problems if "have new ids" in each.message
    )


def test_untitled_notes_of_one_day_are_recognised_by_their_words(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)

    def notes(numbers: range, path: str) -> list[dict[str, object]]:
        links = {each: f"{NEW}/{path}/{each if path == 'a' else 9 - each}/" for each in numbers}
        return [
            {"id": link, "link": link, "date": DATED[0], "text": f"Number {each} is about boats."}
            for each, link in links.items()
        ]

    write_records(tmp_path, *notes(range(5), "a"))
    assert ingest_and_publish(tmp_path).ok
    write_records(tmp_path, *notes(range(5), "b"))
    [main] = [each for each in ingest_and_publish(tmp_path).problems if each.message.startswith("main ")]
    assert f"{NEW}/a/4/ is now {NEW}/b/5/" in main.message


def test_feeds_with_new_ids_are_stopped_and_others_are_published(site: Path) -> None:
    before, former = file_times(site), published_files(site)
    write_records(
        site, *posts(NEW), {"id": "urn:n", "title": "Notice, changed", "section": "Notices", "tags": ["b"]}
    )
    report = ingest_and_publish(site)
    assert not report.ok
    assert not report.external_failure
    assert stopped(report) == ["main", "tag/a"]
    assert changed_files(before, site) == paths_of("notices", "tag/b")
    assert {path: published_files(site)[path] for path in paths_of("main", "tag/a")} == {
        path: former[path] for path in paths_of("main", "tag/a")
    }
    [main] = [each for each in report.problems if each.message.startswith("main ")]
    assert "4 of its articles" in main.message
    assert f"{OLD}/3/ is now {NEW}/3/" in main.message
    assert "--keep-ids" in (main.hint or "")
    assert "--accept-new-ids" in (main.hint or "")


def test_new_ids_are_reported_at_each_publish_until_the_operator_decides(site: Path) -> None:
    write_records(site, *posts(NEW))
    for _ in range(3):
        assert stopped(ingest_and_publish(site)) == ["main", "tag/a"]
    assert stopped(ingest_and_publish(site, full=True)) == ["main", "tag/a"]
    assert stopped(ingest_and_publish(site, feed="main")) == ["main"]
    with opened(site) as newsroom:
        [warning] = [each for each in newsroom.status().problems if each.severity == "warning"]
        assert "main, tag/a" in warning.message
    write_records(site, *posts(OLD))
    assert ingest_and_publish(site).ok
    with opened(site) as newsroom:
        assert newsroom.status().problems == ()


def test_with_kept_ids_the_entries_keep_their_ids_and_get_their_new_links(site: Path) -> None:
    former = published_files(site)
    write_records(site, *posts(NEW), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]})
    ingest_and_publish(site)
    report = ingest_and_publish(site, ids="keep")
    assert report.ok
    for path in paths_of("main", "tag/a"):
        assert entry_ids(published_files(site)[path]) == entry_ids(former[path])
    items = json.loads(published_files(site)["main.json"])["items"]
    assert [each["url"] for each in items if "Post" in each["title"]] == [
        f"{NEW}/{each}/" for each in reversed(range(4))
    ]
    after = file_times(site)
    for _ in range(2):
        assert ingest_and_publish(site).ok
    assert ingest_and_publish(site, full=True).ok
    assert file_times(site) == after, "the next ingest matches the articles"


def test_kept_ids_stay_when_an_article_changes_later(site: Path) -> None:
    write_records(site, *posts(NEW))
    ingest_and_publish(site)
    ingest_and_publish(site, ids="keep")
    former = entry_ids(published_files(site)["main.rss"])
    write_records(site, *posts(NEW, title="Another title"))
    assert ingest_and_publish(site).ok
    assert entry_ids(published_files(site)["main.rss"]) == former
    assert set(entry_titles(published_files(site)["main.rss"])) == {"Another title"}


def test_with_kept_ids_no_edition_repeats_an_article(site: Path) -> None:
    with opened(site) as newsroom:
        first = newsroom.compose("weekly")
        assert len(first.articles) == 5
    write_records(site, *posts(NEW), {"id": "urn:new", "title": "News"})
    ingest_and_publish(site)
    ingest_and_publish(site, ids="keep")
    with opened(site, StillClock()) as newsroom:
        assert newsroom.compose("weekly").articles == ("urn:new",)
        assert newsroom.compose("weekly").edition is None


def test_accepted_ids_are_published_and_not_reported_again(site: Path) -> None:
    write_records(site, *posts(NEW))
    ingest_and_publish(site)
    report = ingest_and_publish(site, ids="accept")
    assert report.ok
    assert entry_ids(published_files(site)["main.rss"])[0] == f"{NEW}/3/"
    assert len(entry_ids(published_files(site)["main.rss"])) == 4
    after = file_times(site)
    assert ingest_and_publish(site).ok
    assert file_times(site) == after


@pytest.mark.parametrize("more", [{}, {"path": "archive/{}"}])
def test_ids_made_from_changed_links_are_found(tmp_path: Path, more: dict[str, str]) -> None:
    configured(tmp_path, source(more='link = "https://harbour.example/{slug}/"'), MAIN)
    dated = [{"title": f"Post {each}", "date": DATED[each]} for each in range(5)]
    write_records(
        tmp_path,
        *[{**each, "url": f"https://harbour.example/p/{number}"} for number, each in enumerate(dated)],
    )
    ingest_and_publish(tmp_path)
    former = entry_ids(published_files(tmp_path)["main.rss"])
    path = more.get("path", "new-{}")
    write_records(
        tmp_path,
        *[
            {**each, "url": f"https://harbour.example/{path.format(number)}"}
            for number, each in enumerate(dated)
        ],
    )
    assert stopped(ingest_and_publish(tmp_path)) == ["main"]
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert entry_ids(published_files(tmp_path)["main.rss"]) == former


def test_new_ids_are_found_despite_changed_titles_or_missing_dates(site: Path) -> None:
    write_records(site, *[{**each, "title": f"{each['title']} | Harbour"} for each in posts(NEW)])
    assert stopped(ingest_and_publish(site)) == ["main", "tag/a"]
    undated = [{name: value for name, value in each.items() if name != "date"} for each in posts(NEW)]
    write_records(site, *undated)
    assert stopped(ingest_and_publish(site)) == ["main", "tag/a"]


def test_undated_articles_are_matched_by_title_and_text(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)

    def undated(home: str) -> list[dict[str, object]]:
        return [
            {"id": f"{home}{n}", "link": f"{home}{n}", "title": f"Post {n}", "text": f"Text {n}"}
            for n in range(5)
        ]

    write_records(tmp_path, *undated("https://harbour.example/old/"))
    ingest_and_publish(tmp_path)
    write_records(tmp_path, *undated("https://harbour.example/new/"))
    assert stopped(ingest_and_publish(tmp_path)) == ["main"]


def test_new_ids_are_found_if_the_former_articles_are_not_withdrawn(tmp_path: Path) -> None:
    configured(tmp_path, source(more="complete = false"), MAIN)
    write_records(tmp_path, *posts(OLD))
    ingest_and_publish(tmp_path)
    former = entry_ids(published_files(tmp_path)["main.rss"])
    write_records(tmp_path, *posts(NEW))
    assert stopped(ingest_and_publish(tmp_path)) == ["main"]
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert entry_ids(published_files(tmp_path)["main.rss"]) == former


def test_small_feeds_are_stopped_with_a_large_one_of_the_same_source(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    few = [{**each, "tags": [f"t{number // 2}"]} for number, each in enumerate(posts(OLD, 5))]
    write_records(tmp_path, *few)
    ingest_and_publish(tmp_path)
    former = published_files(tmp_path)
    write_records(
        tmp_path, *[{**each, "tags": [f"t{number // 2}"]} for number, each in enumerate(posts(NEW, 5))]
    )
    assert stopped(ingest_and_publish(tmp_path)) == ["main", "tag/t0", "tag/t1", "tag/t2"]
    assert published_files(tmp_path) == former
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert {
        path: entry_ids(body) for path, body in published_files(tmp_path).items() if path.endswith(".rss")
    } == {path: entry_ids(body) for path, body in former.items() if path.endswith(".rss")}


def test_articles_that_no_feed_shows_get_their_former_ids_too(tmp_path: Path) -> None:
    configured(tmp_path, source(), '[[feed]]\nname = "main"\nlimit = 4\n')
    write_records(tmp_path, *posts(OLD, 5))
    ingest_and_publish(tmp_path)
    write_records(tmp_path, *posts(NEW, 5))
    ingest_and_publish(tmp_path)
    ingest_and_publish(tmp_path, ids="keep")
    with opened(tmp_path) as newsroom:
        found = store_of(newsroom).articles(now=utc_now())
        assert {each.article.id for each in found} == {f"{OLD}/{number}/" for number in range(5)}


def test_new_ids_are_found_without_a_stored_last_publish(site: Path) -> None:
    former = entry_ids(published_files(site)["main.rss"])
    write_records(site, *posts(NEW))
    with opened(site) as newsroom:
        newsroom.ingest()
        store_of(newsroom).remember("last_publish", "")
    assert stopped(ingest_and_publish(site)) == ["main", "tag/a"]
    assert stopped(ingest_and_publish(site)) == ["main", "tag/a"]
    assert ingest_and_publish(site, ids="keep").ok
    assert sorted(entry_ids(published_files(site)["main.rss"])) == sorted(set(former) - {"urn:n"})


def test_ids_can_be_kept_at_the_first_publish_after_the_change(site: Path) -> None:
    former = entry_ids(published_files(site)["main.rss"])
    write_records(site, *posts(NEW), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]})
    with opened(site) as newsroom:
        newsroom.ingest()
        store_of(newsroom).remember("last_publish", "")
        assert newsroom.publish(ids="keep").ok
    assert entry_ids(published_files(site)["main.rss"]) == former


# New articles that are not id changes


def test_three_new_ids_are_corrections(site: Path) -> None:
    write_records(site, *posts(NEW)[:3], *posts(OLD)[3:])
    assert ingest_and_publish(site).ok
    assert len(entry_ids(published_files(site)["main.rss"])) == 4


def test_many_new_articles_are_not_id_changes(site: Path) -> None:
    many = [{"id": f"urn:{each}", "title": f"News {each}", "date": DATED[each]} for each in range(20)]
    write_records(site, *posts(OLD), *many)
    assert ingest_and_publish(site).ok


def test_equal_titles_and_links_with_other_dates_are_new_articles(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)

    def weeks(*numbers: int) -> list[dict[str, object]]:
        return [
            {
                "id": f"urn:{each}",
                "title": "Tide table",
                "link": f"{NEW}/tides/",
                "text": "See.",
                "date": DATED[each],
            }
            for each in numbers
        ]

    write_records(
        tmp_path, *[{**each, "link": f"{each['link']}?week={each['id']}"} for each in weeks(*range(6))]
    )
    assert ingest_and_publish(tmp_path).ok
    write_records(
        tmp_path, *[{**each, "link": f"{each['link']}?week={each['id']}"} for each in weeks(*range(14))]
    )
    assert ingest_and_publish(tmp_path).ok
    assert len(entry_titles(published_files(tmp_path)["main.rss"])) == 14


def test_equal_paths_of_two_sites_are_two_articles(tmp_path: Path) -> None:
    configured(tmp_path, source(), source("other", path="other.jsonl"), MAIN)
    write_records(tmp_path, *posts(OLD))
    (tmp_path / "other.jsonl").write_text("")
    ingest_and_publish(tmp_path)
    elsewhere = [
        {**each, "title": f"Elsewhere {number}", "date": DATED[number + 9]}
        for number, each in enumerate(posts("https://elsewhere.example"))
    ]
    (tmp_path / "other.jsonl").write_text("".join(json.dumps(each) + "\n" for each in elsewhere))
    assert ingest_and_publish(tmp_path).ok
    assert len(entry_titles(published_files(tmp_path)["main.rss"])) == 8


def configure_sources(folder: Path, *names: str) -> None:
    """Configure several sources, with a feed of each and one of all."""
    sources = [source(name, path=f"{name}.jsonl") for name in names]
    each = [f'[[feed]]\nname = "of-{name}"\nwhere = {{ section = "{name}" }}\n' for name in names]
    configured(folder, *sources, MAIN, *each)


def write_source(folder: Path, name: str, *values: dict[str, object]) -> None:
    (folder / f"{name}.jsonl").write_text(
        "".join(json.dumps({**each, "section": name}) + "\n" for each in values)
    )


def copied_posts(**more: object) -> list[dict[str, object]]:
    return [{**each, **more} for each in posts("https://copy.example", path="p/{}")]


@pytest.mark.parametrize("names", [("posts", "b"), ("b", "posts")])
@pytest.mark.parametrize("complete", ["", "complete = false"])
@pytest.mark.parametrize("more", [{}, {"text": "Copied"}])
def test_a_copy_in_another_source_is_not_an_id_change(
    tmp_path: Path, names: tuple[str, str], complete: str, more: dict[str, object]
) -> None:
    sources = [source(name, path=f"{name}.jsonl", more=complete) for name in names]
    configured(tmp_path, *sources, MAIN)
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b")
    ingest_and_publish(tmp_path)
    write_source(tmp_path, "b", *copied_posts(**more))
    assert ingest_and_publish(tmp_path).ok
    assert len(entry_ids(published_files(tmp_path)["main.rss"])) == 8
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert {each for each in entry_ids(published_files(tmp_path)["main.rss"]) if each.startswith(OLD)} == {
        str(each["id"]) for each in posts(OLD)
    }
    with opened(tmp_path) as newsroom:
        found = {each.article.id: each.source for each in store_of(newsroom).articles(now=utc_now())}
    assert {name: each for name, each in found.items() if name.startswith(OLD)} == {
        str(each["id"]): "posts" for each in posts(OLD)
    }


def test_kept_ids_come_from_the_same_source(tmp_path: Path) -> None:
    configure_sources(tmp_path, "posts", "b")
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b", *copied_posts())
    ingest_and_publish(tmp_path)
    former = entry_ids(published_files(tmp_path)["main.rss"])
    write_source(tmp_path, "posts", *posts(NEW, path="moved/{}"))
    assert stopped(ingest_and_publish(tmp_path)) == ["main", "of-posts"]
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert sorted(entry_ids(published_files(tmp_path)["main.rss"])) == sorted(former)
    assert {each.partition("/p/")[0] for each in entry_ids(published_files(tmp_path)["of-b.rss"])} == {
        "https://copy.example"
    }


def test_a_copy_of_a_withdrawn_article_does_not_get_its_id(tmp_path: Path) -> None:
    configure_sources(tmp_path, "posts", "b")
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b")
    ingest_and_publish(tmp_path)
    write_source(tmp_path, "posts", *posts(OLD)[:1])
    write_source(tmp_path, "b", *copied_posts())
    assert ingest_and_publish(tmp_path).ok
    assert ingest_and_publish(tmp_path, ids="keep").ok
    write_source(tmp_path, "posts", *posts(OLD))
    assert ingest_and_publish(tmp_path).ok
    assert len(entry_ids(published_files(tmp_path)["main.rss"])) == 8


def test_a_stopped_source_does_not_stop_corrections_of_another(tmp_path: Path) -> None:
    configure_sources(tmp_path, "posts", "b")
    configured(
        tmp_path, source(), source("b", path="b.jsonl"), '[[feed]]\nname = "of-{section}"\neach = "section"'
    )
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b", *posts("https://b.example"))
    ingest_and_publish(tmp_path)
    write_source(tmp_path, "posts", *posts(OLD)[1:], *posts(NEW)[:1])
    write_source(tmp_path, "b", *posts("https://b.example", path="moved/{}"))
    assert stopped(ingest_and_publish(tmp_path)) == ["of-b"]
    assert f"{NEW}/0/" in entry_ids(published_files(tmp_path)["of-posts.rss"])


def test_new_ids_are_counted_for_each_source(tmp_path: Path) -> None:
    configure_sources(tmp_path, "posts", "b")
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b", *posts("https://b.example", path="b{}"))
    ingest_and_publish(tmp_path)
    write_source(tmp_path, "posts", *posts(OLD)[2:], *posts(NEW)[:2])
    write_source(tmp_path, "b", *posts("https://b.example", path="b{}")[2:], *posts("https://b.example")[:2])
    assert ingest_and_publish(tmp_path).ok


@pytest.mark.parametrize("home", [OLD, NEW, "https://elsewhere.example"])
def test_a_renamed_source_keeps_its_ids(tmp_path: Path, home: str) -> None:
    configure_sources(tmp_path, "posts", "b")
    write_source(tmp_path, "posts", *posts(OLD))
    write_source(tmp_path, "b", *posts("https://b.example", path="b{}"))
    ingest_and_publish(tmp_path)
    former = entry_ids(published_files(tmp_path)["main.rss"])
    configure_sources(tmp_path, "blog", "b")
    write_source(tmp_path, "blog", *posts(home))
    report = ingest_and_publish(tmp_path)
    assert stopped(report) == ([] if home == OLD else ["main"])
    assert ingest_and_publish(tmp_path, ids="keep").ok
    assert sorted(entry_ids(published_files(tmp_path)["main.rss"])) == sorted(former)


def test_a_new_feed_and_a_widened_one_are_not_stopped(site: Path) -> None:
    configured(site, source(), MAIN, TAGS, OTHER, '[[feed]]\nname = "all"\n', WEEKLY)
    assert ingest_and_publish(site).ok
    configured(site, source(), MAIN, '[[feed]]\nname = "notices"\n', WEEKLY)
    assert ingest_and_publish(site).ok


# The command


def test_the_command_names_both_options_and_exits_with_1(site: Path) -> None:
    write_records(site, *posts(NEW))
    assert cli(site, "ingest").returncode == 0
    done = cli(site, "publish")
    assert done.returncode == 1
    assert "main was not published" in done.stderr
    assert "--keep-ids" in done.stderr
    status = cli(site, "status")
    assert status.returncode == 0
    assert "the last publish failed for these feeds: main, tag/a" in status.stderr
    assert cli(site, "check").returncode == 0
    both = cli(site, "publish", "--keep-ids", "--accept-new-ids")
    assert both.returncode == 2
    assert "contradict each other" in both.stderr
    assert cli(site, "publish", "--keep-ids").returncode == 0
    assert cli(site, "publish").stdout.startswith("0 files written")
    assert cli(site, "status").stderr == ""


def test_new_ids_are_found_after_the_clock_was_set_back(site: Path) -> None:
    write_records(site, *posts(NEW))
    clock = StillClock()
    ingest_and_publish(site, clock)
    clock.pass_(timedelta(days=-30))
    assert stopped(ingest_and_publish(site, clock)) == ["main", "tag/a"]
