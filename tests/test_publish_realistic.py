"""A site of realistic size: every published entry equals that of the plain functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import etree

from helpers_publish import ingest_and_publish, published_files, write_records
from helpers_site import SITE, StillClock, configured, opened, source
from helpers_store import store_of, utc_now
from syndicate import Article, Feed, Newsroom, to_atom, to_json_feed, to_rss
from syndicate.linters.feeds import lint

ATOM = "{http://www.w3.org/2005/Atom}"
POSTS, TAGS, EPISODES = 400, 300, 40

FEEDS = """
[[feed]]
name = "main"
page = true
[[feed]]
name = "all"
limit = 30
history = "archive"
[[feed]]
name = "everything"
limit = 1000
content = "summary"
[[feed]]
name = "tag/{tag}"
each = "tag"
limit = 20
[[feed]]
name = "by/{author}"
each = "author"
limit = 7
history = "archive"
[[feed]]
name = "show"
where = { section = "Show" }
limit = 300
formats = ["rss", "atom"]
[feed.podcast]
categories = ["News"]
explicit = false
author = "The Harbour Post"
owner = { name = "The desk", email = "desk@harbour.example" }
image = "https://harbour.example/show/3000.jpg"
"""

WORDS = [
    *(
        "ferry",
        "quay",
        "rope & tar",
        "<em>tide</em>",
        "lamp",
        "fog]]>bank",
        "Ærø",
        "港",
        "مرسى",
        "🚢",
        "e\u0301",
    ),
    *('"anchor"', "it's", "a<b", "&amp;", "%s", "\\", "{tag}", "–", "a\tb"),
]


def body(chance: Random, size: int) -> str:
    """Return HTML of about `size` bytes with difficult characters."""
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        sentence = " ".join(chance.choices(WORDS, k=40))
        plain = sentence.replace("&amp;", "&").replace("<em>", "").replace("</em>", "")
        escaped = plain.replace("&", "&amp;").replace("<", "&lt;")
        parts.append(
            f'<p>{escaped} <a href="/from?a=1&amp;b={len(parts)}">on</a></p><pre>{escaped}\n\n  x</pre>'
        )
    return "".join(parts)


def a_post(number: int, edition: int = 0) -> dict[str, object]:
    """Return a post of 1 to 60 KB, the same in every test run."""
    chance = Random(f"{number}/{edition}")
    at = f"2026-{1 + number // 150:02}-{1 + number // 6 % 25:02}T{number % 24:02}:{number % 60:02}:00+02:00"
    value: dict[str, object] = {
        "id": f"https://harbour.example/{number}",
        "url": f"https://harbour.example/{number}",
        "title": f"Post {number}.{edition}: {' '.join(chance.choices(WORDS, k=3))}",
        "date": at,
        "content_html": body(chance, chance.choice([1_000, 3_000, 12_000, 30_000, 60_000])),
        "tags": [f"tag {each}" for each in {number % TAGS, number * 7 % TAGS, number % 3}],
        "author": f"Writer {number % 9} <w{number % 9}@harbour.example>",
    }
    if number % 4 == 0:
        value["summary"] = " ".join(chance.choices(WORDS, k=30))
    if number % 5 == 0:
        value["image"] = {"url": f"/pictures/{number}.jpg", "alt": "A boat", "width": 800, "height": 600}
    if number % 10 == 0:
        value |= {
            "section": "Show",
            "attachments": [
                {"url": f"/sound/{number}.mp3", "length": 10_000_000 + number, "duration": 1800.5}
            ],
            "episode": number // 10,
            "season": 1,
            "explicit": number % 20 == 0,
            "chapters": f"/chapters/{number}.json",
            "transcripts": [f"/words/{number}.vtt"],
            "persons": [{"name": "Ann Lee", "role": "host"}],
        }
    return value


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after its first publish."""
    folder = tmp_path_factory.mktemp("realistic")
    configured(folder, source(), FEEDS, site=SITE + 'opml = "feeds.opml"\n')
    write_records(folder, *map(a_post, range(POSTS)))
    report = ingest_and_publish(folder)
    assert report.ok, [each for each in report.problems if each.severity == "error"]
    return folder


def entries(path: str, document: bytes) -> dict[str, Any]:
    """Return the entries of a document by id, in a canonical form."""
    if path.endswith("json"):
        return {item["id"]: item for item in json.loads(document)["items"]}
    root = etree.fromstring(document)
    name, id_ = ("item", "guid") if path.endswith("rss") else (f"{ATOM}entry", f"{ATOM}id")
    return {
        str(each.findtext(id_)): etree.tostring(each, method="c14n", exclusive=True, with_tail=False)
        for each in root.iter(name)
    }


def expected(newsroom: Newsroom) -> Iterator[tuple[Feed, Mapping[str, Mapping[str, Any]], list[str]]]:
    """Return every feed, the entries of the plain functions, and the ids of its articles, newest first."""
    store = store_of(newsroom)
    articles: list[Article] = [each.article for each in store.articles(now=utc_now())]
    for feed in newsroom.preview().feeds():
        shown = [
            each
            for each in articles
            if all(set(words) & set(each.facet(facet)) for facet, words in feed.where.items())
        ]
        roomy = feed.model_copy(update={"limit": len(articles)})
        documents = {
            "rss": to_rss(roomy, shown),
            "atom": to_atom(roomy, shown),
            "json": to_json_feed(roomy, shown),
        }
        yield (
            feed,
            {kind: entries(kind, documents[kind]) for kind in feed.formats},
            [each.id for each in shown],
        )


def compare_entries(folder: Path) -> int:
    """Compare every entry of every document. Return how many were compared."""
    there = published_files(folder)
    compared = 0
    with opened(folder) as newsroom:
        for feed, wanted, newest_first in expected(newsroom):
            pages = sum(path.startswith(f"{feed.name}/archive/") for path in there) // len(feed.formats)
            for kind in feed.formats:
                found: list[str] = []
                documents = [f"{feed.name}.{kind}"]
                documents += [f"{feed.name}/archive/{page}.{kind}" for page in range(pages, 0, -1)]
                for path in documents:
                    got = entries(kind, there[path])
                    for entry_id, entry in got.items():
                        assert entry == wanted[kind][entry_id], f"{path}, {entry_id}"
                    found += got
                    compared += len(got)
                if feed.history == "archive":
                    assert sorted(found) == sorted(newest_first), feed.name
                else:
                    assert found == newest_first[: feed.limit], f"{feed.name}.{kind}"
    return compared


def test_every_entry_equals_that_of_the_plain_functions(site: Path) -> None:
    assert compare_entries(site) > 6_000


def test_every_entry_equals_that_of_the_plain_functions_after_changes(site: Path) -> None:
    changed = [*range(0, 40, 4), 123, 250, POSTS - 1]
    gone = {17, 250 + 3}
    for edition in (1, 2):
        values = [
            a_post(each, edition if each in changed else 0)
            for each in range(POSTS + edition)
            if each not in gone
        ]
        write_records(site, *values)
        report = ingest_and_publish(site)
        assert report.ok
        assert 0 < len(report.written) < len(published_files(site)) / 2
        assert compare_entries(site) > 6_000
    before = published_files(site)
    assert ingest_and_publish(site, full=True).written == ()
    assert published_files(site) == before


def test_the_linter_finds_no_error_in_any_document(site: Path) -> None:
    there = published_files(site)
    with opened(site) as newsroom:
        for feed in newsroom.preview().feeds():
            if feed.name.startswith("tag/") and not feed.name.endswith("7"):
                continue
            for kind in feed.formats:
                found = lint(there[feed.path(kind)], url=feed.url(kind))
                assert [each for each in found if each.severity == "error"] == []
        assert not [each for each in newsroom.check().problems if each.severity == "error"]


def test_check_and_preview_show_the_bytes_that_are_published(tmp_path: Path) -> None:
    configured(tmp_path, source(), FEEDS, site=SITE)
    write_records(tmp_path, *map(a_post, range(45)))
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        shown = {feed.name: newsroom.preview().feed(feed.name) for feed in newsroom.preview().feeds()}
        assert newsroom.check().ok
        newsroom.ingest()
        newsroom.publish()
    there = published_files(tmp_path)
    for name, feed in shown.items():
        for kind, document in feed.files.items():
            assert there[f"{name}.{kind}"] == document, f"{name}.{kind}"
