"""Archives: a reader that follows the links from the head gets every article once, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from helpers_publish import KINDS, TAGS, files, ids, killed, of, records, run, stamps, touched
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


def shown(folder: Path, path: str) -> list[str]:
    body = files(folder)[path]
    return [each["id"] for each in json.loads(body)["items"]] if path.endswith("json") else ids(body)


def older(folder: Path, path: str) -> str | None:
    """The document with what came before, as a reader finds it."""
    body = files(folder)[path]
    if path.endswith("json"):
        url = json.loads(body).get("next_url")
    else:
        links = etree.fromstring(body).iter(f"{ATOM}link")
        url = next((link.get("href") for link in links if link.get("rel") == "prev-archive"), None)
    return url.removeprefix(BASE) if url else None


def walked(folder: Path, name: str, kind: str) -> list[str]:
    """Every id from the head through all archive documents."""
    found: list[str] = []
    path: str | None = f"{name}.{kind}"
    seen: set[str] = set()
    while path:
        assert path not in seen, "a circle"
        seen.add(path)
        found += shown(folder, path)
        path = older(folder, path)
    return found


def urns(*numbers: int) -> list[str]:
    return [f"urn:{each}" for each in numbers]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, source(), MAIN)
    return tmp_path


def test_articles_come_one_by_one_and_none_is_lost_or_shown_twice(site: Path) -> None:
    pages: dict[str, bytes] = {}
    for last in range(1, 21):
        records(site, *posts(*range(1, last + 1)))
        before = stamps(site)
        assert run(site).ok
        there = files(site)
        for kind in KINDS:
            assert walked(site, "main", kind) == urns(*range(last, 0, -1))
            assert min(3, last) <= len(shown(site, f"main.{kind}")) < 6
        for path, body in pages.items():
            assert there[path] == body, "what is in the archive stays as it is"
        assert not {path for path in touched(before, site) if path in pages}
        pages = {path: body for path, body in there.items() if "/archive/" in path}
        assert run(site).written == ()
    assert len(pages) == 5 * 3


def test_many_articles_come_at_once(site: Path) -> None:
    records(site, *posts(*range(1, 18)))
    assert run(site).ok
    for kind in KINDS:
        assert walked(site, "main", kind) == urns(*range(17, 0, -1))
    assert shown(site, "main/archive/1.atom") == urns(3, 2, 1)
    assert run(site, full=True).written == ()


def test_documents_say_what_they_are(site: Path) -> None:
    records(site, *posts(*range(1, 10)))
    run(site)
    for kind in ("rss", "atom"):
        head = etree.fromstring(files(site)[f"main.{kind}"])
        page = etree.fromstring(files(site)[f"main/archive/2.{kind}"])
        first = etree.fromstring(files(site)[f"main/archive/1.{kind}"])
        assert next(head.iter(f"{HISTORY}archive"), None) is None
        assert next(page.iter(f"{HISTORY}archive"), None) is not None

        def links(root: etree._Element) -> dict[str, str]:
            return {link.get("rel"): link.get("href") for link in root.iter(f"{ATOM}link")}

        assert links(head)["prev-archive"] == f"{BASE}main/archive/2.{kind}"
        assert links(page)["prev-archive"] == f"{BASE}main/archive/1.{kind}"
        assert links(page)["current"] == f"{BASE}main.{kind}"
        assert links(page)["self"] == f"{BASE}main/archive/2.{kind}"
        assert "prev-archive" not in links(first)
    assert json.loads(files(site)["main.json"])["next_url"] == f"{BASE}main/archive/2.json"
    assert "next_url" not in json.loads(files(site)["main/archive/1.json"])


def test_a_page_changes_with_its_articles_and_alone(site: Path) -> None:
    records(site, *posts(*range(1, 13)))
    run(site)
    before = stamps(site)
    records(site, post(2, title="Changed"), *posts(1, *range(3, 13)))
    assert run(site).ok
    assert touched(before, site) == of("main/archive/1")
    assert b"Changed" in files(site)["main/archive/1.json"]
    before = stamps(site)
    records(site, *posts(1, *range(3, 13)))
    assert run(site).ok
    assert of("main/archive/1") <= touched(before, site)
    assert not touched(before, site) & of("main/archive/2")
    for kind in KINDS:
        assert walked(site, "main", kind) == urns(*range(12, 2, -1), 1)
    records(site, *posts(*range(4, 13)))
    assert run(site).ok
    assert shown(site, "main/archive/1.rss") == []
    assert walked(site, "main", "rss") == urns(*range(12, 3, -1))


def test_what_is_dated_back_comes_in_the_head(site: Path) -> None:
    records(site, *posts(*range(5, 15)))
    run(site)
    pages = {path: body for path, body in files(site).items() if "/archive/" in path}
    records(site, *posts(*range(1, 15)))
    assert run(site).ok
    assert {path: files(site)[path] for path in pages} == pages
    for kind in KINDS:
        assert sorted(walked(site, "main", kind)) == sorted(urns(*range(1, 15)))


def test_an_archive_without_a_base_url_is_published_again_and_holds_everything(tmp_path: Path) -> None:
    configured(tmp_path, source(), MAIN, site=SITE.replace("base_url", "description"))
    for last in (4, 12, 13):
        records(tmp_path, *posts(*range(1, last + 1)))
        assert run(tmp_path).ok
        for kind in KINDS:
            paths = [path for path in files(tmp_path) if path.endswith(kind)]
            assert sorted(each for path in paths for each in shown(tmp_path, path)) == sorted(
                urns(*range(1, last + 1))
            )


def test_families_have_archives_of_their_own(tmp_path: Path) -> None:
    configured(tmp_path, source(), FAMILY)
    for last in (3, 9, 12):
        records(tmp_path, *posts(*range(1, last + 1)))
        assert run(tmp_path).ok
        for name, start in (("tag/odd", 1), ("tag/even", 2)):
            for kind in KINDS:
                wanted = urns(*reversed(range(start, last + 1, 2)))
                assert walked(tmp_path, name, kind) == wanted
    assert {path for path in files(tmp_path) if path.endswith("1.atom")} == {
        "tag/odd/archive/1.atom",
        "tag/even/archive/1.atom",
    }
    assert run(tmp_path, full=True).written == ()


def test_an_archive_is_turned_on_off_and_on_again(site: Path) -> None:
    configured(site, source(), '[[feed]]\nname = "main"\nlimit = 3\n')
    records(site, *posts(*range(1, 12)))
    run(site)
    assert shown(site, "main.atom") == urns(11, 10, 9)
    configured(site, source(), MAIN)
    run(site)
    for kind in KINDS:
        assert walked(site, "main", kind) == urns(*range(11, 0, -1))
    kept = {path: body for path, body in files(site).items() if "/archive/" in path}
    configured(site, source(), '[[feed]]\nname = "main"\nlimit = 3\n')
    records(site, *posts(*range(1, 15)))
    run(site)
    assert walked(site, "main", "atom") == urns(14, 13, 12)
    configured(site, source(), MAIN)
    run(site)
    for kind in KINDS:
        assert walked(site, "main", kind) == urns(*range(14, 0, -1))
    assert {path: files(site)[path] for path in kept} == kept


def test_another_limit_leaves_the_archive_as_it_is(site: Path) -> None:
    records(site, *posts(*range(1, 12)))
    run(site)
    first = files(site)["main/archive/1.json"]
    for limit in (1, 7, 3):
        configured(site, source(), MAIN.replace("limit = 3", f"limit = {limit}"))
        assert run(site).ok
        for kind in KINDS:
            assert walked(site, "main", kind) == urns(*range(11, 0, -1))
        assert len(shown(site, "main.json")) < 2 * max(limit, 3)
    assert shown(site, "main/archive/1.json") == urns(3, 2, 1)
    assert files(site)["main/archive/1.json"] == first


def test_a_document_that_is_gone_is_made_again(site: Path) -> None:
    records(site, *posts(*range(1, 12)))
    run(site)
    body = files(site)["main/archive/1.rss"]
    (site / "public/main/archive/1.rss").unlink()
    assert run(site).written == ("main/archive/1.rss",)
    assert files(site)["main/archive/1.rss"] == body


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("in the archive", 0),
        ("in the archive", 1),
        ("before a rename", 2),
        ("before states are kept", 0),
        ("before it is remembered", 0),
    ],
)
def test_a_kill_in_between_loses_nothing(site: Path, point: str, left: int) -> None:
    records(site, *posts(*range(1, 6)))
    run(site)
    records(site, *posts(*range(1, 15)))
    killed(site, point, left)
    assert run(site).ok
    for kind in KINDS:
        assert walked(site, "main", kind) == urns(*range(14, 0, -1))
    assert run(site).written == ()


def test_a_moved_site_keeps_its_archive(site: Path) -> None:
    def at(home: str) -> list[dict[str, object]]:
        return [{**each, "id": f"{home}{number}"} for number, each in enumerate(posts(*range(1, 15)))]

    records(site, *at("http://harbour.example/"))
    run(site)
    was = {kind: walked(site, "main", kind) for kind in KINDS}
    records(site, *at("https://harbour.example/"))
    assert not run(site).ok
    assert {kind: walked(site, "main", kind) for kind in KINDS} == was
    assert run(site, ids="keep").ok
    assert {kind: walked(site, "main", kind) for kind in KINDS} == was
