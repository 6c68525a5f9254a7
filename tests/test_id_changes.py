"""The flood guard: a site that moves must not show its readers everything again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from helpers_publish import TAGS, files, ids, of, records, run, stamps, titles, touched
from helpers_site import MAIN, WEEKLY, StillClock, cli, configured, opened, source
from syndicate.model import PublishReport

OTHER = '[[feed]]\nname = "notices"\nwhere = { section = "Notices" }\n'
DATED = [f"2026-03-{day:02}T09:00:00Z" for day in range(1, 29)]


def posts(home: str, number: int = 6, path: str = "{}", **more: object) -> list[dict[str, object]]:
    """A site's articles, with links for ids."""
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
    """A site that has been published once."""
    configured(tmp_path, source(), MAIN, TAGS, OTHER, WEEKLY)
    records(tmp_path, *posts(OLD), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]})
    assert run(tmp_path).ok
    return tmp_path


def stopped(report: PublishReport) -> list[str]:
    return sorted(
        each.message.partition(" ")[0] for each in report.problems if "have new ids" in each.message
    )


def test_a_moved_site_is_stopped_and_other_feeds_go_on(site: Path) -> None:
    before, was = stamps(site), files(site)
    records(
        site, *posts(NEW), {"id": "urn:n", "title": "Notice, changed", "section": "Notices", "tags": ["b"]}
    )
    report = run(site)
    assert not report.ok
    assert not report.outside
    assert stopped(report) == ["main", "tag/a"]
    assert touched(before, site) == of("notices", "tag/b")
    assert {path: files(site)[path] for path in of("main", "tag/a")} == {
        path: was[path] for path in of("main", "tag/a")
    }
    [main] = [each for each in report.problems if each.message.startswith("main ")]
    assert "6 of its articles" in main.message
    assert f"{OLD}/5/ is now {NEW}/5/" in main.message
    assert "--keep-ids" in (main.hint or "")
    assert "--accept-new-ids" in (main.hint or "")


def test_it_is_told_at_each_publish_until_somebody_decides(site: Path) -> None:
    records(site, *posts(NEW))
    for _ in range(3):
        assert stopped(run(site)) == ["main", "tag/a"]
    assert stopped(run(site, full=True)) == ["main", "tag/a"]
    assert stopped(run(site, feed="main")) == ["main"]
    with opened(site) as newsroom:
        [told] = [each for each in newsroom.status().problems if each.severity == "warning"]
        assert "main, tag/a" in told.message
    records(site, *posts(OLD))
    assert run(site).ok
    with opened(site) as newsroom:
        assert newsroom.status().problems == ()


def test_kept_ids_show_readers_nothing_again(site: Path) -> None:
    was = files(site)
    records(site, *posts(NEW), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]})
    run(site)
    report = run(site, ids="keep")
    assert report.ok
    for path in of("main", "tag/a"):
        assert ids(files(site)[path]) == ids(was[path])
    items = json.loads(files(site)["main.json"])["items"]
    assert [each["url"] for each in items if "Post" in each["title"]] == [
        f"{NEW}/{each}/" for each in reversed(range(6))
    ]
    after = stamps(site)
    for _ in range(2):
        assert run(site).ok
    assert run(site, full=True).ok
    assert stamps(site) == after, "the next ingest finds the articles again"


def test_kept_ids_stay_when_an_article_changes_later(site: Path) -> None:
    records(site, *posts(NEW))
    run(site)
    run(site, ids="keep")
    was = ids(files(site)["main.rss"])
    records(site, *posts(NEW, title="Another title"))
    assert run(site).ok
    assert ids(files(site)["main.rss"]) == was
    assert set(titles(files(site)["main.rss"])) == {"Another title"}


def test_kept_ids_bring_nothing_into_an_edition_again(site: Path) -> None:
    with opened(site) as newsroom:
        first = newsroom.compose("weekly")
        assert len(first.articles) == 7
    records(site, *posts(NEW), {"id": "urn:new", "title": "News"})
    run(site)
    run(site, ids="keep")
    with opened(site, StillClock()) as newsroom:
        assert newsroom.compose("weekly").articles == ("urn:new",)
        assert newsroom.compose("weekly").edition is None


def test_accepted_ids_are_published_and_asked_about_no_more(site: Path) -> None:
    records(site, *posts(NEW))
    run(site)
    report = run(site, ids="accept")
    assert report.ok
    assert ids(files(site)["main.rss"])[0] == f"{NEW}/5/"
    assert len(ids(files(site)["main.rss"])) == 6
    after = stamps(site)
    assert run(site).ok
    assert stamps(site) == after


@pytest.mark.parametrize("more", [{}, {"path": "archive/{}"}])
def test_a_changed_pattern_of_links_is_a_flood_too(tmp_path: Path, more: dict[str, str]) -> None:
    configured(tmp_path, source(more='link = "https://harbour.example/{slug}/"'), MAIN)
    dated = [{"title": f"Post {each}", "date": DATED[each]} for each in range(6)]
    records(
        tmp_path,
        *[{**each, "url": f"https://harbour.example/p/{number}"} for number, each in enumerate(dated)],
    )
    run(tmp_path)
    was = ids(files(tmp_path)["main.rss"])
    path = more.get("path", "new-{}")
    records(
        tmp_path,
        *[
            {**each, "url": f"https://harbour.example/{path.format(number)}"}
            for number, each in enumerate(dated)
        ],
    )
    assert stopped(run(tmp_path)) == ["main"]
    assert run(tmp_path, ids="keep").ok
    assert ids(files(tmp_path)["main.rss"]) == was


def test_titles_that_were_touched_up_and_dates_that_were_lost_hide_no_flood(site: Path) -> None:
    records(site, *[{**each, "title": f"{each['title']} | Harbour"} for each in posts(NEW)])
    assert stopped(run(site)) == ["main", "tag/a"]
    undated = [{name: value for name, value in each.items() if name != "date"} for each in posts(NEW)]
    records(site, *undated)
    assert stopped(run(site)) == ["main", "tag/a"]


def test_articles_without_dates_are_told_by_title_and_text(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN)

    def undated(home: str) -> list[dict[str, object]]:
        return [
            {"id": f"{home}{n}", "link": f"{home}{n}", "title": f"Post {n}", "text": f"Text {n}"}
            for n in range(6)
        ]

    records(tmp_path, *undated("https://harbour.example/old/"))
    run(tmp_path)
    records(tmp_path, *undated("https://harbour.example/new/"))
    assert stopped(run(tmp_path)) == ["main"]


def test_a_source_that_keeps_the_old_ones_is_guarded_as_well(tmp_path: Path) -> None:
    configured(tmp_path, source(more="complete = false"), MAIN)
    records(tmp_path, *posts(OLD))
    run(tmp_path)
    was = ids(files(tmp_path)["main.rss"])
    records(tmp_path, *posts(NEW))
    assert stopped(run(tmp_path)) == ["main"]
    assert run(tmp_path, ids="keep").ok
    assert ids(files(tmp_path)["main.rss"]) == was


def test_small_feeds_do_not_go_on_where_a_large_one_is_stopped(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    few = [{**each, "tags": [f"t{number // 2}"]} for number, each in enumerate(posts(OLD))]
    records(tmp_path, *few)
    run(tmp_path)
    was = files(tmp_path)
    records(tmp_path, *[{**each, "tags": [f"t{number // 2}"]} for number, each in enumerate(posts(NEW))])
    assert stopped(run(tmp_path)) == ["main", "tag/t0", "tag/t1", "tag/t2"]
    assert files(tmp_path) == was
    assert run(tmp_path, ids="keep").ok
    assert {path: ids(body) for path, body in files(tmp_path).items() if path.endswith(".rss")} == {
        path: ids(body) for path, body in was.items() if path.endswith(".rss")
    }


def test_old_articles_that_no_feed_shows_keep_their_ids_too(tmp_path: Path) -> None:
    configured(tmp_path, source(), '[[feed]]\nname = "main"\nlimit = 5\n')
    records(tmp_path, *posts(OLD, 12))
    run(tmp_path)
    records(tmp_path, *posts(NEW, 12))
    run(tmp_path)
    run(tmp_path, ids="keep")
    with opened(tmp_path) as newsroom:
        found = newsroom.desk.store.articles(now=newsroom.desk.clock.now())
        assert {each.article.id for each in found} == {f"{OLD}/{number}/" for number in range(12)}


def test_a_memory_that_was_lost_changes_nothing(site: Path) -> None:
    was = ids(files(site)["main.rss"])
    records(site, *posts(NEW))
    with opened(site) as newsroom:
        newsroom.ingest()
        newsroom.desk.store.remember("last_publish", "")
    assert stopped(run(site)) == ["main", "tag/a"]
    assert stopped(run(site)) == ["main", "tag/a"]
    assert run(site, ids="keep").ok
    assert sorted(ids(files(site)["main.rss"])) == sorted(set(was) - {"urn:n"})


def test_keeping_ids_needs_no_publish_that_was_stopped_before(site: Path) -> None:
    was = ids(files(site)["main.rss"])
    records(site, *posts(NEW), {"id": "urn:n", "title": "Notice", "section": "Notices", "tags": ["b"]})
    with opened(site) as newsroom:
        newsroom.ingest()
        newsroom.desk.store.remember("last_publish", "")
        assert newsroom.publish(ids="keep").ok
    assert ids(files(site)["main.rss"]) == was


# What is no flood


def test_a_handful_is_a_correction(site: Path) -> None:
    records(site, *posts(NEW)[:3], *posts(OLD)[3:])
    assert run(site).ok
    assert len(ids(files(site)["main.rss"])) == 6


def test_many_new_articles_are_news(site: Path) -> None:
    many = [{"id": f"urn:{each}", "title": f"News {each}", "date": DATED[each]} for each in range(20)]
    records(site, *posts(OLD), *many)
    assert run(site).ok


def test_a_column_has_one_title_and_one_link_every_week(tmp_path: Path) -> None:
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

    records(tmp_path, *[{**each, "link": f"{each['link']}?week={each['id']}"} for each in weeks(*range(6))])
    assert run(tmp_path).ok
    records(tmp_path, *[{**each, "link": f"{each['link']}?week={each['id']}"} for each in weeks(*range(14))])
    assert run(tmp_path).ok
    assert len(titles(files(tmp_path)["main.rss"])) == 14


def test_two_sites_may_have_the_same_paths(tmp_path: Path) -> None:
    configured(tmp_path, source(), source("other", path="other.jsonl"), MAIN)
    records(tmp_path, *posts(OLD))
    (tmp_path / "other.jsonl").write_text("")
    run(tmp_path)
    elsewhere = [
        {**each, "title": f"Elsewhere {number}", "date": DATED[number + 9]}
        for number, each in enumerate(posts("https://elsewhere.example"))
    ]
    (tmp_path / "other.jsonl").write_text("".join(json.dumps(each) + "\n" for each in elsewhere))
    assert run(tmp_path).ok
    assert len(titles(files(tmp_path)["main.rss"])) == 12


def planet(folder: Path, *names: str) -> None:
    """A site that merges sources, with a feed of each and one of all."""
    sources = [source(name, path=f"{name}.jsonl") for name in names]
    each = [f'[[feed]]\nname = "of-{name}"\nwhere = {{ section = "{name}" }}\n' for name in names]
    configured(folder, *sources, MAIN, *each)


def bring(folder: Path, name: str, *values: dict[str, object]) -> None:
    (folder / f"{name}.jsonl").write_text(
        "".join(json.dumps({**each, "section": name}) + "\n" for each in values)
    )


def copies(**more: object) -> list[dict[str, object]]:
    return [{**each, **more} for each in posts("https://copy.example", path="p/{}")]


@pytest.mark.parametrize("names", [("posts", "b"), ("b", "posts")])
@pytest.mark.parametrize("complete", ["", "complete = false"])
@pytest.mark.parametrize("more", [{}, {"text": "Copied"}])
def test_a_copy_in_another_source_is_not_a_new_id(
    tmp_path: Path, names: tuple[str, str], complete: str, more: dict[str, object]
) -> None:
    sources = [source(name, path=f"{name}.jsonl", more=complete) for name in names]
    configured(tmp_path, *sources, MAIN)
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b")
    run(tmp_path)
    bring(tmp_path, "b", *copies(**more))
    assert run(tmp_path).ok
    assert len(ids(files(tmp_path)["main.rss"])) == 12
    assert run(tmp_path, ids="keep").ok
    assert {each for each in ids(files(tmp_path)["main.rss"]) if each.startswith(OLD)} == {
        str(each["id"]) for each in posts(OLD)
    }
    with opened(tmp_path) as newsroom:
        found = {
            each.article.id: each.source
            for each in newsroom.desk.store.articles(now=newsroom.desk.clock.now())
        }
    assert {name: each for name, each in found.items() if name.startswith(OLD)} == {
        str(each["id"]): "posts" for each in posts(OLD)
    }


def test_ids_that_are_kept_are_those_of_the_same_source(tmp_path: Path) -> None:
    planet(tmp_path, "posts", "b")
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b", *copies())
    run(tmp_path)
    was = ids(files(tmp_path)["main.rss"])
    bring(tmp_path, "posts", *posts(NEW, path="moved/{}"))
    assert stopped(run(tmp_path)) == ["main", "of-posts"]
    assert run(tmp_path, ids="keep").ok
    assert sorted(ids(files(tmp_path)["main.rss"])) == sorted(was)
    assert {each.partition("/p/")[0] for each in ids(files(tmp_path)["of-b.rss"])} == {"https://copy.example"}


def test_a_copy_of_an_article_that_was_withdrawn_does_not_take_its_id(tmp_path: Path) -> None:
    planet(tmp_path, "posts", "b")
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b")
    run(tmp_path)
    bring(tmp_path, "posts", *posts(OLD)[:1])
    bring(tmp_path, "b", *copies())
    assert run(tmp_path).ok
    assert run(tmp_path, ids="keep").ok
    bring(tmp_path, "posts", *posts(OLD))
    assert run(tmp_path).ok
    assert len(ids(files(tmp_path)["main.rss"])) == 12


def test_a_source_with_new_ids_does_not_stop_the_correction_of_another(tmp_path: Path) -> None:
    planet(tmp_path, "posts", "b")
    configured(
        tmp_path, source(), source("b", path="b.jsonl"), '[[feed]]\nname = "of-{section}"\neach = "section"'
    )
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b", *posts("https://b.example"))
    run(tmp_path)
    bring(tmp_path, "posts", *posts(OLD)[1:], *posts(NEW)[:1])
    bring(tmp_path, "b", *posts("https://b.example", path="moved/{}"))
    assert stopped(run(tmp_path)) == ["of-b"]
    assert f"{NEW}/0/" in ids(files(tmp_path)["of-posts.rss"])


def test_few_new_ids_in_each_of_two_sources_are_corrections(tmp_path: Path) -> None:
    planet(tmp_path, "posts", "b")
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b", *posts("https://b.example", path="b{}"))
    run(tmp_path)
    bring(tmp_path, "posts", *posts(OLD)[2:], *posts(NEW)[:2])
    bring(tmp_path, "b", *posts("https://b.example", path="b{}")[2:], *posts("https://b.example")[:2])
    assert run(tmp_path).ok


@pytest.mark.parametrize("home", [OLD, NEW, "https://elsewhere.example"])
def test_a_source_that_is_renamed_keeps_its_ids(tmp_path: Path, home: str) -> None:
    planet(tmp_path, "posts", "b")
    bring(tmp_path, "posts", *posts(OLD))
    bring(tmp_path, "b", *posts("https://b.example", path="b{}"))
    run(tmp_path)
    was = ids(files(tmp_path)["main.rss"])
    planet(tmp_path, "blog", "b")
    bring(tmp_path, "blog", *posts(home))
    report = run(tmp_path)
    assert stopped(report) == ([] if home == OLD else ["main"])
    assert run(tmp_path, ids="keep").ok
    assert sorted(ids(files(tmp_path)["main.rss"])) == sorted(was)


def test_a_new_feed_and_a_widened_one_are_no_flood(site: Path) -> None:
    configured(site, source(), MAIN, TAGS, OTHER, '[[feed]]\nname = "all"\n', WEEKLY)
    assert run(site).ok
    configured(site, source(), MAIN, '[[feed]]\nname = "notices"\n', WEEKLY)
    assert run(site).ok


# The command


def test_the_command_says_what_to_do_and_exits_with_1(site: Path) -> None:
    records(site, *posts(NEW))
    assert cli(site, "ingest").returncode == 0
    done = cli(site, "publish")
    assert done.returncode == 1
    assert "error: feed.name: main" in done.stderr or "main was not published" in done.stderr
    assert "--keep-ids" in done.stderr
    status = cli(site, "status")
    assert status.returncode == 0
    assert "not published completely: main, tag/a" in status.stderr
    assert cli(site, "check").returncode == 0
    both = cli(site, "publish", "--keep-ids", "--accept-new-ids")
    assert both.returncode == 2
    assert "opposite" in both.stderr
    assert cli(site, "publish", "--keep-ids").returncode == 0
    assert cli(site, "publish").stdout.startswith("0 files written")
    assert cli(site, "status").stderr == ""


def test_the_clock_changes_nothing(site: Path) -> None:
    records(site, *posts(NEW))
    clock = StillClock()
    run(site, clock)
    clock.pass_(timedelta(days=-30))
    assert stopped(run(site, clock)) == ["main", "tag/a"]
