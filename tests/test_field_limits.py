"""Sub-fields, limits and time: a wrong or long value costs that value, and nothing takes long."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_text import anything
from syndicate import Article, Attachment, Author, Image, Problem, Tag, article_from
from syndicate.errors import Where
from syndicate.sources import RawRecord, RecordMapping, article_builder, to_article
from syndicate.sources.durations import read_duration
from syndicate.sources.limits import FieldLimits

HOME = "https://harbour.example/"
LINK = "https://harbour.example/2025/pier/"
MAPPING = RecordMapping(base=HOME)


def read(mapping: RecordMapping = MAPPING, **fields: object) -> tuple[Article, list[Problem]]:
    incoming, problems = to_article(RawRecord({"title": "T", "text": "x", **fields}, Where()), mapping)
    assert incoming, problems
    return incoming.article, problems


# Sub-fields


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02:03", 3723),
        ("62:03", 3723),
        ("00:00:10.5", 10.5),
        ("3723", "3723"),
        (3723, 3723),
        ("PT1H2M3S", 3723),
        ("PT90M", 5400),
        ("P1DT1S", 86401),
        ("1h 2m 3s", 3723),
        ("45 minutes", 2700),
        ("1 hr, 5 min", 3900),
        ("soon", "soon"),
        ("PT", "PT"),
        ("", ""),
        ("1:2:3:4", "1:2:3:4"),
        (None, None),
    ],
)
def test_durations(text: object, seconds: object) -> None:
    assert read_duration(text) == seconds


@given(anything | st.from_regex(r"[PT0-9:hmsHMSD., ]{1,30}", fullmatch=True))
@settings(max_examples=300)
def test_any_duration_is_seconds_or_as_it_was(text: str) -> None:
    found = read_duration(text)
    assert found == text or found >= 0


@pytest.mark.parametrize(
    ("record", "name", "kept", "wrong"),
    [
        (
            {"enclosure": {"url": "/a.mp3", "length": "5 MB", "duration": "long"}},
            "attachments",
            (Attachment(url=HOME + "a.mp3", media_type="audio/mpeg"),),
            ["enclosure.1.length", "enclosure.1.duration"],
        ),
        (
            {"enclosure": {"url": "/a.mp3", "type": "audio"}},
            "attachments",
            (Attachment(url=HOME + "a.mp3", media_type="audio/mpeg"),),
            [],
        ),
        (
            {"tags": [{"term": "a", "scheme": "Blog sections"}, "b"]},
            "tags",
            (Tag(term="a"), Tag(term="b")),
            ["tags.1.scheme"],
        ),
        (
            {"author": {"name": "Ann", "url": "javascript:x", "email": "nobody"}},
            "authors",
            (Author(name="Ann"),),
            ["author.1.email", "author.1.url"],
        ),
        ({"image": {"url": "i.png", "width": "wide"}}, "image", Image(url=LINK + "i.png"), ["image.width"]),
        ({"image": {"url": "javascript:x", "alt": "A"}}, "image", None, ["image.url"]),
        ({"authors": ["Ann", 7]}, "authors", (Author(name="Ann"),), ["authors.2.name"]),
    ],
)
def test_a_wrong_sub_field_costs_that_sub_field(
    record: dict[str, Any], name: str, kept: object, wrong: list[str]
) -> None:
    article, problems = read(link=LINK, **record)
    assert getattr(article, name) == kept
    assert sorted(each.field or "" for each in problems) == sorted(wrong)
    assert all("left out" in each.message and each.severity == "warning" for each in problems)


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ({"name": ["Ann", "Bo Ek and Cy Oz"]}, ["Ann", "Bo Ek", "Cy Oz"]),
        ({"ann": {"name": "Ann Lee", "url": "/ann"}, "bo": {"title": "Editor"}}, ["Ann Lee", "bo"]),
        ([{"display_name": "Ann"}, {"first_name": "Bo", "last_name": "Ek"}], ["Ann", "Bo Ek"]),
        (["slorber", "ann"], ["slorber", "ann"]),
        ({"node": {"name": "Ann"}}, ["Ann"]),
        ({"data": [{"id": 1, "attributes": {"name": "Ann"}}]}, ["Ann"]),
        ([True, {}], []),
    ],
)
def test_authors_in_every_shape(authors: object, names: list[str]) -> None:
    assert [each.name for each in read(authors=authors)[0].authors] == names


@pytest.mark.parametrize("key", ["url", "link", "website", "href"])
def test_the_page_of_an_author_is_relative_to_the_article(key: str) -> None:
    article, problems = read(link=LINK, author={"name": "Ann", key: "/ann/"})
    assert (article.authors, problems) == ((Author(name="Ann", url=HOME + "ann/"),), [])


@pytest.mark.parametrize(
    "image",
    [
        "/i.png",
        {"path": "/i.png"},
        {"src": "/i.png"},
        {"file": "/i.png"},
        {"filename": "/i.png"},
        {"image": "/i.png"},
        {"image": {"src": "/i.png"}},
        ["/i.png", "/j.png"],
        [{"url": "/i.png"}],
        {"data": {"attributes": {"url": "/i.png"}}},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["image", "cover", "images", "heroImage", "feature_image", "ogImage"])
def test_images_in_every_shape(image: object, name: str) -> None:
    article, problems = read(link=LINK, **{name: image, "image_alt": "A pier"})
    assert (article.image, problems) == (Image(url=HOME + "i.png", alt="A pier"), [])


def test_the_image_of_a_theme() -> None:
    assert read(header={"teaser": "/i.png"})[0].image == Image(url=HOME + "i.png")
    assert read(image=True)[0].image is None
    assert read(images=[])[0].image is None


@pytest.mark.parametrize(
    ("tags", "terms"),
    [
        ({"News": {"slug": "news"}, "Boats": True, "Old": False}, ["News", "Boats"]),
        ({"nodes": [{"name": "a"}, {"name": "b"}]}, ["a", "b"]),
        ([{"slug": "a-b", "name": "A B"}, {"slug": "c"}], ["A B", "c"]),
        ("a, b", ["a", "b"]),
        (["a", True, 2025], ["a", "2025"]),
    ],
)
def test_tags_in_every_shape(tags: object, terms: list[str]) -> None:
    assert [each.term for each in read(tags=tags)[0].tags] == terms


def test_relative_addresses_are_relative_to_the_article_and_else_to_the_site() -> None:
    record = {
        "attachments": ["a.mp3"],
        "translations": {"de": "de.html"},
        "origin": {"title": "O", "feed": "/feed.xml", "home": "/"},
        "license": {"name": "L", "url": "terms.html"},
        "persons": [{"name": "Bo", "url": "bo.html"}],
    }
    for fields, base in (({"link": LINK}, LINK), ({}, HOME)):
        article, problems = read(**record, **fields)
        assert problems == []
        assert article.attachments[0].url == base + "a.mp3"
        assert article.alternates[0].url == base + "de.html"
        assert article.origin
        assert article.origin.feed == HOME + "feed.xml"
        assert article.license
        assert article.license.url == base + "terms.html"
        assert article.episode
        assert article.episode.persons[0].url == base + "bo.html"


def test_the_duration_of_a_record_is_that_of_its_first_attachment() -> None:
    article, _ = read(audio="/a.mp3", duration="1:00:00")
    assert article.attachments[0].duration == 3600
    own, _ = read(audio={"url": "/a.mp3", "duration": 5}, duration="1:00:00")
    assert own.attachments[0].duration == 5


# Limits

LONG = "seaweed " * 12_500


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ({"title": LONG}, "title"),
        ({"author": LONG}, "authors.0.name"),
        ({"author": {"name": "Ann", "url": HOME + "z" * 9000}}, None),
        ({"tags": [LONG, "a"]}, None),
        ({"section": LONG}, None),
        ({"url": HOME + "z" * 100_000}, None),
        ({"image": {"url": "/a.png", "alt": LONG}}, "image.alt"),
        ({"image": {"url": "/" + "a" * 9000}}, None),
        ({"summary": LONG}, "summary"),
        ({"rights": LONG}, "rights"),
        ({"attachments": [{"url": "/a.mp3", "title": LONG}]}, "attachments.0.title"),
        ({"language": "x-" + "a-" * 5000 + "b"}, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_long_field_is_shortened_or_left_out_and_reported(record: dict[str, Any], path: str | None) -> None:
    article, problems = read(**record)
    assert len(article.model_dump_json()) < 25_000
    assert any(
        re.search(r"\d+ characters; the limit is \d+: (shortened|left out)", p.message) for p in problems
    )
    assert all(each.severity == "warning" for each in problems)
    if path:
        found: Any = article
        for part in path.split("."):
            found = found[int(part)] if part.isdigit() else getattr(found, part)
        assert found.endswith("seaweed…")


def test_a_long_address_is_never_shortened() -> None:
    url = HOME + "z" * 2000
    article, problems = read(
        audio="/a.mp3", persons=[{"name": "Bo", "image": url}], author={"name": "A", "url": url}
    )
    assert article.episode
    assert (article.episode.persons[0].image, article.authors[0].url, problems) == (url, url, [])


def test_the_markdown_of_a_long_article_is_not_cut() -> None:
    markdown = "Words and words.\n\n" * 20_000
    article, problems = read(content_html="<p>Words</p>" * 20_000, content_markdown=markdown)
    assert problems == []
    assert len(article.content_markdown or "") >= len(markdown.strip())


def test_long_lists_are_cut() -> None:
    article, problems = read(tags=[f"t{number}" for number in range(1000)], authors=["Ann"] * 101)
    assert (len(article.tags), len(article.authors)) == (100, 100)
    assert [each.message for each in problems] == [
        "101 values; the limit is 100: the others were left out",
        "1000 values; the limit is 100: the others were left out",
    ] or len(problems) == 2


def test_the_limits_are_those_of_the_source() -> None:
    mapping = replace(MAPPING, limits=FieldLimits(title=20, tags=1, body=1000))
    article, problems = read(
        mapping, title="one two three four five six", tags="a, b", content_html="<p>word</p>" * 500
    )
    assert article.title == "one two three four…"
    assert [tag.term for tag in article.tags] == ["a"]
    assert len(article.content_html) <= 1010
    assert len(problems) == 3


@given(st.lists(st.sampled_from(["<p>", "</p>", '<a href="/x">', "word ", "wordword", "<", ">", "&amp;"])))
def test_a_body_is_cut_outside_of_tags(parts: list[str]) -> None:
    html = "<p>beginning</p>" * 70 + "".join(parts) * 20
    article, _ = read(replace(MAPPING, limits=FieldLimits(body=1000)), content_html=html)
    assert article.content_html.startswith("<p>beginning</p>" * 40)
    assert "href" not in re.sub(r"<[^<>]*>", "", article.content_html)


def test_descriptions_in_the_body_are_shortened_and_long_addresses_left_out() -> None:
    html = f'<p>Words</p><img src="/b.png" alt="{LONG} &amp; more"><a href="/{"z" * 9000}">x</a>'
    article, problems = read(content_html=html)
    assert len(article.content_html) < 6000
    assert re.search(r'alt="[^"]{4900,5000}…"', article.content_html)
    assert "<a>x</a>" in re.sub(r' rel="[^"]*"', "", article.content_html)
    assert [each.field for each in problems] == ["content_html.alt", "content_html.href"]
    amps = "&amp;" * 2000
    cut, _ = read(content_html=f'<img src="/b.png" alt="{amps}">')
    assert re.fullmatch(r'<img src="[^"]*" alt="(&amp;)*…">', cut.content_html)


# Time


def test_an_author_of_blanks_is_one_author() -> None:
    article, _ = read(author="x" + " " * 190_000 + "y")
    assert article.authors == (Author(name="x y"),)


@pytest.mark.parametrize("part", [" ", "@", "a@", ", ", ";", " and ", "(", "<", "&", "a,", "and"])
@pytest.mark.parametrize("name", ["author", "tags", "date", "duration", "title", "image", "location"])
def test_long_runs_in_a_field_are_read(name: str, part: str) -> None:
    record = {"title": "T", "text": "x", "audio": "/a.mp3", name: "x" + part * 50_000 + "y"}
    incoming, problems = to_article(RawRecord(record, Where()), MAPPING)
    assert incoming or problems


def test_a_record_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 1000, 3))
    monkeypatch.setattr(article_builder, "monotonic", lambda: next(moments))
    incoming, [problem] = to_article(RawRecord({"title": "T", "text": "x"}, Where("a.md")), MAPPING)
    assert incoming is None
    assert problem.message == "the record takes 6.0 seconds; the limit is 5"
    assert "max_seconds" in (problem.hint or "")
    patient = replace(MAPPING, max_seconds=100)
    assert to_article(RawRecord({"title": "T", "text": "x"}, Where()), patient)[0]


def test_a_limit_does_not_touch_what_real_articles_have() -> None:
    article = article_from({"title": "w " * 400, "text": "word " * 50_000, "summary": "s " * 2000})
    assert len(article.title) == 799
    assert len(article.content_html) > 249_000
