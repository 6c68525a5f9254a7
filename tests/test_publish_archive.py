"""Archives: a feed reader that follows the links gets every article exactly once, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from helpers_publish import (
    KINDS,
    TAGS,
    changed_files,
    entry_ids,
    file_times,
    ingest_and_publish,
    paths_of,
    publish_and_kill,
    published_files,
    write_records,
)
from helpers_site import SITE, configured, source

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
BASE = "https://harbour.example/feeds/"

MAIN = '[[feed]]\nname = "main"\nlimit = 3\nhistory = "archive"\n'
FAMILY = TAGS + 'limit = 2\nhistory = "archive"\n'


def post(number: int, **more: object) -> dict[str, object]:
    date = f"2026-03-{number:02}T09:00:00Z"
    return {
        "id": f"urn:{number}",
        "title": f"Post {number}",
        "date": date,
        "tags": ["odd" if number % 2 else "even"],
        **more,
    }


def posts(*numbers: int, **more: object) -> list[dict[str, object]]:
    return [post(each, **more) for each in numbers]


def ids_in(folder: Path, path: str) -> list[str]:
    body = published_files(folder)[path]
    return [each["id"] for each in json.loads(body)["items"]] if path.endswith("json") else entry_ids(body)


def previous_document(folder: Path, path: str) -> str | None:
    """Return the path of the archive document that a feed reader finds in this document."""
    body = published_files(folder)[path]
    if path.endswith("json"):
        url = json.loads(body).get("next_url")
    else:
        links = etree.fromstring(body).iter(f"{ATOM}link")
        url = next((link.get("href") for link in links if link.get("rel") == "prev-archive"), None)
    return url.removeprefix(BASE) if url else None


def all_ids(folder: Path, name: str, kind: str) -> list[str]:
    """Return every id from the feed through all archive documents."""
    found: list[str] = []
    path: str | None = f"{name}.{kind}"
    seen: set[str] = set()
    while path:
        assert path not in seen, "the links form a loop"
        seen.add(path)
        found += ids_in(folder, path)
        path = previous_document(folder, path)
    return found


def urns(*numbers: int) -> list[str]:
    return [f"urn:{each}" for each in numbers]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, source(), MAIN)
    return tmp_path


def test_articles_added_one_by_one_are_in_exactly_one_document(site: Path) -> None:
    pages: dict[str, bytes] = {}
    for last in range(1, 21):
        write_records(site, *posts(*range(1, last + 1)))
        before = file_times(site)
        assert ingest_and_publish(site).ok
        current = published_files(site)
        for kind in KINDS:
            assert all_ids(site, "main", kind) == urns(*range(last, 0, -1))
            assert min(3, last) <= len(ids_in(site, f"main.{kind}")) < 6
        for path, body in pages.items():
            assert current[path] == body, "archive documents do not change"
        assert not {path for path in changed_files(before, site) if path in pages}
        pages = {path: body for path, body in current.items() if "/archive/" in path}
        assert ingest_and_publish(site).written == ()
    assert len(pages) == 5 * 3


def test_many_articles_added_at_once_fill_several_archive_documents(site: Path) -> None:
    write_records(site, *posts(*range(1, 18)))
    assert ingest_and_publish(site).ok
    for kind in KINDS:
        assert all_ids(site, "main", kind) == urns(*range(17, 0, -1))
    assert ids_in(site, "main/archive/1.atom") == urns(3, 2, 1)
    assert ingest_and_publish(site, full=True).written == ()


def test_documents_link_to_the_current_and_the_previous_document(site: Path) -> None:
    write_records(site, *posts(*range(1, 10)))
    ingest_and_publish(site)
    for kind in ("rss", "atom"):
        head = etree.fromstring(published_files(site)[f"main.{kind}"])
        page = etree.fromstring(published_files(site)[f"main/archive/2.{kind}"])
        first = etree.fromstring(published_files(site)[f"main/archive/1.{kind}"])
        assert next(head.iter(f"{HISTORY}archive"), None) is None
        assert next(page.iter(f"{HISTORY}archive"), None) is not None

        def links(root: etree._Element) -> dict[str, str]:
            return {link.get("rel"): link.get("href") for link in root.iter(f"{ATOM}link")}

        assert links(head)["prev-archive"] == f"{BASE}main/archive/2.{kind}"
        assert links(page)["prev-archive"] == f"{BASE}main/archive/1.{kind}"
        assert links(page)["current"] == f"{BASE}main.{kind}"
        assert links(page)["self"] == f"{BASE}main/archive/2.{kind}"
        assert "prev-archive" not in links(first)
    assert json.loads(published_files(site)["main.json"])["next_url"] == f"{BASE}main/archive/2.json"
    assert "next_url" not in json.loads(published_files(site)["main/archive/1.json"])


def test_a_changed_article_rewrites_only_its_archive_document(site: Path) -> None:
    write_records(site, *posts(*range(1, 13)))
    ingest_and_publish(site)
    before = file_times(site)
    write_records(site, post(2, title="Changed"), *posts(1, *range(3, 13)))
    assert ingest_and_publish(site).ok
    assert changed_files(before, site) == paths_of("main/archive/1")
    assert b"Changed" in published_files(site)["main/archive/1.json"]
    before = file_times(site)
    write_records(site, *posts(1, *range(3, 13)))
    assert ingest_and_publish(site).ok
    assert paths_of("main/archive/1") <= changed_files(before, site)
    assert not changed_files(before, site) & paths_of("main/archive/2")
    for kind in KINDS:
        assert all_ids(site, "main", kind) == urns(*range(12, 2, -1), 1)
    write_records(site, *posts(*range(4, 13)))
    assert ingest_and_publish(site).ok
    assert ids_in(site, "main/archive/1.rss") == []
    assert all_ids(site, "main", "rss") == urns(*range(12, 3, -1))


def test_a_backdated_article_appears_in_the_feed_and_leaves_archive_documents_unchanged(site: Path) -> None:
    write_records(site, *posts(*range(5, 15)))
    ingest_and_publish(site)
    pages = {path: body for path, body in published_files(site).items() if "/archive/" in path}
    write_records(site, *posts(*range(1, 15)))
    assert ingest_and_publish(site).ok
    assert {path: published_files(site)[path] for path in pages} == pages
    for kind in KINDS:
        assert sorted(all_ids(site, "main", kind)) == sorted(urns(*range(1, 15)))


def test_an_archive_without_a_base_url_contains_every_article(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, site=SITE.replace("base_url", "description"))
    for last in (4, 12, 13):
        write_records(tmp_path, *posts(*range(1, last + 1)))
        assert ingest_and_publish(tmp_path).ok
        for kind in KINDS:
            paths = [path for path in published_files(tmp_path) if path.endswith(kind)]
            assert sorted(each for path in paths for each in ids_in(tmp_path, path)) == sorted(
                urns(*range(1, last + 1))
            )


def test_each_family_member_has_its_own_archive(tmp_path: Path) -> None:
    configured(tmp_path, source(), FAMILY)
    for last in (3, 9, 12):
        write_records(tmp_path, *posts(*range(1, last + 1)))
        assert ingest_and_publish(tmp_path).ok
        for name, start in (("tag/odd", 1), ("tag/even", 2)):
            for kind in KINDS:
                wanted = urns(*reversed(range(start, last + 1, 2)))
                assert all_ids(tmp_path, name, kind) == wanted
    assert {path for path in published_files(tmp_path) if path.endswith("1.atom")} == {
        "tag/odd/archive/1.atom",
        "tag/even/archive/1.atom",
    }
    assert ingest_and_publish(tmp_path, full=True).written == ()


def test_an_archive_can_be_turned_on_off_and_on_again(site: Path) -> None:
    configured(site, source(), '[[feed]]\nname = "main"\nlimit = 3\n')
    write_records(site, *posts(*range(1, 12)))
    ingest_and_publish(site)
    assert ids_in(site, "main.atom") == urns(11, 10, 9)
    configured(site, source(), MAIN)
    ingest_and_publish(site)
    for kind in KINDS:
        assert all_ids(site, "main", kind) == urns(*range(11, 0, -1))
    kept = {path: body for path, body in published_files(site).items() if "/archive/" in path}
    configured(site, source(), '[[feed]]\nname = "main"\nlimit = 3\n')
    write_records(site, *posts(*range(1, 15)))
    ingest_and_publish(site)
    assert all_ids(site, "main", "atom") == urns(14, 13, 12)
    configured(site, source(), MAIN)
    ingest_and_publish(site)
    for kind in KINDS:
        assert all_ids(site, "main", kind) == urns(*range(14, 0, -1))
    assert {path: published_files(site)[path] for path in kept} == kept


def test_a_changed_limit_leaves_archive_documents_unchanged(site: Path) -> None:
    write_records(site, *posts(*range(1, 12)))
    ingest_and_publish(site)
    first = published_files(site)["main/archive/1.json"]
    for limit in (1, 7, 3):
        configured(site, source(), MAIN.replace("limit = 3", f"limit = {limit}"))
        assert ingest_and_publish(site).ok
        for kind in KINDS:
            assert all_ids(site, "main", kind) == urns(*range(11, 0, -1))
        assert len(ids_in(site, "main.json")) < 2 * max(limit, 3)
    assert ids_in(site, "main/archive/1.json") == urns(3, 2, 1)
    assert published_files(site)["main/archive/1.json"] == first


def test_a_deleted_archive_document_is_written_again(site: Path) -> None:
    write_records(site, *posts(*range(1, 12)))
    ingest_and_publish(site)
    body = published_files(site)["main/archive/1.rss"]
    (site / "public/main/archive/1.rss").unlink()
    assert ingest_and_publish(site).written == ("main/archive/1.rss",)
    assert published_files(site)["main/archive/1.rss"] == body


@pytest.mark.parametrize(
    ("point", "passes"),
    [
        ("after an archive document is added", 0),
        ("after an archive document is added", 1),
        ("before a rename", 2),
        ("before states are saved", 0),
        ("before a value is stored", 0),
    ],
)
def test_a_killed_publish_loses_no_article_of_the_archive(site: Path, point: str, passes: int) -> None:
    write_records(site, *posts(*range(1, 6)))
    ingest_and_publish(site)
    write_records(site, *posts(*range(1, 15)))
    publish_and_kill(site, point, passes)
    assert ingest_and_publish(site).ok
    for kind in KINDS:
        assert all_ids(site, "main", kind) == urns(*range(14, 0, -1))
    assert ingest_and_publish(site).written == ()


def test_a_site_that_keeps_its_ids_keeps_its_archive(site: Path) -> None:
    def at(home: str) -> list[dict[str, object]]:
        return [{**each, "id": f"{home}{number}"} for number, each in enumerate(posts(*range(1, 15)))]

    write_records(site, *at("http://harbour.example/"))
    ingest_and_publish(site)
    former = {kind: all_ids(site, "main", kind) for kind in KINDS}
    write_records(site, *at("https://harbour.example/"))
    # The first read is held, the second equal one is applied.
    assert ingest_and_publish(site).written == ()
    assert {kind: all_ids(site, "main", kind) for kind in KINDS} == former
    assert ingest_and_publish(site).ok
    assert {kind: all_ids(site, "main", kind) for kind in KINDS} == former
