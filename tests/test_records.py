"""From a record to an article: names, dates, links, ids, structured fields; a bad record costs one record."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from helpers_text import anything
from syndicate import (
    Alternate,
    Article,
    Attachment,
    Author,
    Comments,
    Element,
    Episode,
    Image,
    InReplyTo,
    License,
    Location,
    Person,
    RecordError,
    SourceFeed,
    Tag,
    Transcript,
    article_from,
)
from syndicate.errors import Where
from syndicate.model import Problem
from syndicate.model.article_identity import is_uri
from syndicate.sources import NAMES, RecordMapping, to_article
from syndicate.sources.dates import read_date
from syndicate.sources.source import RawRecord
from syndicate.text.illegal_characters import needs_repair

LONDON = ZoneInfo("Europe/London")
HOME = "https://harbour.example/"
MAPPING = RecordMapping(source="posts", base=HOME, timezone=LONDON)


def read(mapping: RecordMapping = MAPPING, **fields: object) -> Article:
    incoming, _ = to_article(RawRecord({"title": "T", **fields}, Where()), mapping)
    assert incoming is not None
    return incoming.article


def problems_of(mapping: RecordMapping = MAPPING, **fields: object) -> list[Problem]:
    return to_article(RawRecord({"title": "T", **fields}, Where("posts.json", 7)), mapping)[1]


def refused(mapping: RecordMapping = MAPPING, **fields: object) -> Problem:
    incoming, problems = to_article(RawRecord({"title": "T", **fields}, Where()), mapping)
    assert incoming is None
    return problems[-1]


# Any record at all


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=8,
)
yaml_values = json_values | st.dates() | st.datetimes() | st.binary(max_size=5) | st.times()
names = st.sampled_from([alias for aliases in NAMES.values() for alias in aliases])


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(names, yaml_values, max_size=6),
    st.none() | anything.filter(bool),
    st.sampled_from(
        [None, "https://harbour.example/{slug}/", "https://harbour.example/{date:%Y}/{id}/{title}"]
    ),
)
@example({"link": "http://[bad"}, "T", None)
@example({"image": "http://[bad", "attachments": ["http://[bad"]}, "T", None)
@example({"id": "\ud800", "text": "\ud800", "other": "\ud800"}, "T", "https://harbour.example/{id}")
@example({"authors": [None, "", {}], "tags": [None, "", {}, 7]}, "T", None)
@example({"score": float("nan"), "attachments": {"url": "x", "length": float("inf")}}, "T", None)
@example({"license": {"url": "https://a.example/"}}, "T", None)
def test_any_record_is_taken_or_refused_in_words(
    fields: dict[str, Any], title: str | None, link: str | None
) -> None:
    record = dict(fields) if title is None else {**fields, "title": title}
    mapping = RecordMapping(source="posts", base=HOME, timezone=LONDON, link=link)
    incoming, problems = to_article(RawRecord(record, Where("posts.json", 7)), mapping)
    for problem in problems:
        assert problem.message
        assert (problem.file, problem.line) == ("posts.json", 7)
    if incoming is None:
        assert problems
        return
    assert is_uri(incoming.article.id)
    assert not needs_repair(incoming.article.title + incoming.article.summary + incoming.article.content_html)
    again, _ = to_article(RawRecord(record, Where("posts.json", 7)), mapping)
    assert again == incoming


def test_a_record_with_no_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "nested too deeply" in refused(tags=endless).message
    bomb: list[Any] = ["x"]
    for _ in range(60):
        bomb = [bomb] * 9
    assert "values" in refused(tags=bomb).message


def test_a_record_larger_than_an_article_is_refused() -> None:
    error = refused(RecordMapping(max_characters=1_000_000), content_html="x" * 2_000_000)
    assert "2 MB of text; the limit is 1" in error.message
    assert "max_size" in (error.hint or "")


def test_keys_that_are_not_text_cost_nothing() -> None:
    assert article_from({"title": "T", "tags": {("a",): 1, 2: "x"}}).title == "T"


def test_illegal_characters_are_removed_and_reported() -> None:
    article = read(title="a\x01b", authors=["\ud83d\ude00"], content_html="<p>\ufffe")
    assert (article.title, article.authors[0].name, article.content_html) == ("ab", "😀", "<p>\ufffd</p>")
    problems = problems_of(title="a\x01b", authors=["\ud83d\ude00"], content_html="<p>\ufffe")
    assert [(each.field, each.severity) for each in problems] == [
        ("title", "warning"),
        ("content_html", "warning"),
        ("authors", "warning"),
    ]


# Names of fields


def test_fields_are_found_under_their_usual_names() -> None:
    for name, aliases in NAMES.items():
        assert name in aliases
    article = article_from(
        {"headline": "H", "url": "https://a.example/", "description": "D", "byline": "B", "keywords": "k, l"}
    )
    assert (article.title, article.link, article.summary) == ("H", "https://a.example/", "D")
    assert (article.authors, article.tags) == ((Author(name="B"),), (Tag(term="k"), Tag(term="l")))


def test_coordinates_are_numbers() -> None:
    place = article_from({"title": "T", "location": "54.5, -1.25"}).location
    assert place and (place.latitude, place.longitude) == (54.5, -1.25)
    incoming, problems = to_article(
        RawRecord({"title": "T", "location": "Harbour, Old Town"}, Where()), MAPPING
    )
    assert incoming and incoming.article.location is None
    assert [each.field for each in problems] == ["location"]


def test_fields_can_be_mapped_also_into_depth() -> None:
    mapping = RecordMapping(
        base=HOME, fields={"title": "heading.main", "tags": "category", "content_html": "body.rendered"}
    )
    record = {
        "heading": {"main": "M"},
        "title": "not this",
        "category": "c",
        "body": {"rendered": "<p>b</p>"},
    }
    article = read(mapping, **record)
    assert (article.title, article.content_html) == ("M", "<p>b</p>")
    assert (article.tags, article.section) == ((Tag(term="c"),), None)
    assert read(mapping, **{"heading.main": "flat"}).title == "flat"


def test_a_missing_title_is_reported_under_the_records_own_name() -> None:
    error = refused(RecordMapping(fields={"title": "heading.main"}), heading={})
    assert error.field == "title"
    assert "no heading.main" in error.message
    assert "fields = " in (error.hint or "")
    assert "no title" in refused(title=" \n").message


@pytest.mark.parametrize(
    "shown",
    [
        {"text": "Words."},
        {"html": "<p>Words."},
        {"html": '<p><img src="/a.png"></p>'},
        {"summary": "Words."},
        {"image": "/a.png"},
        {"attachments": ["/a.mp3"]},
    ],
)
def test_an_untitled_record_is_an_article_if_it_shows_something(shown: dict[str, Any]) -> None:
    assert read(RecordMapping(base=HOME), title=None, **shown).title == ""
    with pytest.raises(ValidationError, match="nothing to show"):
        Article(id="urn:x:1", title=" ")


@pytest.mark.parametrize("empty", ["<p> </p>", "<hr>", "<p>&#8203;</p>", "<script>1</script>"])
def test_markup_in_which_nothing_can_be_seen_is_no_content(empty: str) -> None:
    assert "nothing to show" in refused(title=None, html=empty).message
    # What is left out may have been all that there was.
    assert "nothing to show" in refused(title="", image={"url": "ftp://h.example/a.png"}).message


def test_untitled_records_without_ids_are_told_apart_by_their_first_words() -> None:
    day = {"date": "2026-04-03", "title": None}
    first = "A heron stood on the ramp all morning, and nobody took the ferry until noon"
    shown: list[dict[str, object]] = [
        {"text": first},
        {"text": "A seal."},
        {"image": "https://h.example/a.png"},
    ]
    notes = [read(**day, **each) for each in shown]
    assert len({each.id for each in notes}) == 3
    assert read(**day, text=f"{first}. Later it flew.").id == notes[0].id
    files = [read(**day, attachments=[f"https://h.example/{name}.mp3"]) for name in "ab"]
    assert files[0].id != files[1].id


def test_a_link_template_with_a_slug_needs_a_title_or_a_slug() -> None:
    mapping = RecordMapping(base=HOME, link=HOME + "{slug}/")
    error = refused(mapping, title=None, text="Words.")
    assert error.field == "link"
    assert "{slug}, which the record lacks" in error.message
    assert read(mapping, title=None, text="Words.", slug="heron").link == HOME + "heron/"


def test_a_number_in_a_text_field_becomes_text() -> None:
    assert read(title=2026).title == "2026"


def test_a_body_that_is_not_text_is_refused_with_a_hint() -> None:
    error = refused(content={"value": "<p>x</p>"})
    assert error.field == "content"
    assert 'content_html = "content.rendered"' in (error.hint or "")
    assert read(content={"rendered": "<p>x</p>"}).content_html == "<p>x</p>"


@pytest.mark.parametrize("draft", [True, "true", "TRUE", "Yes", 1, "1", "on"])
def test_drafts_are_left_out_with_a_note(draft: object) -> None:
    incoming, problems = to_article(RawRecord({"title": "T", "draft": draft}, Where("a.md")), MAPPING)
    assert incoming is None
    assert [problem.severity for problem in problems] == ["note"]


@pytest.mark.parametrize("draft", [False, "false", "no", 0, "", None])
def test_records_that_are_not_drafts_are_taken(draft: object) -> None:
    assert read(draft=draft).title == "T"


# Dates


@pytest.mark.parametrize(
    ("given_", "moment"),
    [
        ("2026-04-03", datetime(2026, 4, 3, tzinfo=LONDON)),
        ("20260403", datetime(2026, 4, 3, tzinfo=LONDON)),
        ("2026-04-03T08:30", datetime(2026, 4, 3, 7, 30, tzinfo=UTC)),
        ("2026-01-03 08:30:15", datetime(2026, 1, 3, 8, 30, 15, tzinfo=UTC)),
        ("2026-04-03T08:30:00Z", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("2026-04-03T08:30:00.123456+05:30", datetime(2026, 4, 3, 3, 0, 0, 123456, tzinfo=UTC)),
        ("Fri, 03 Apr 2026 08:30:00 GMT", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("03 Apr 26 08:30 GMT", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("Fri, 03 Apr 2026 08:30:00 -0500 (EST)", datetime(2026, 4, 3, 13, 30, tzinfo=UTC)),
        ("3 Apr 2026 8:30 PM", datetime(2026, 4, 3, 20, 30, tzinfo=LONDON)),
        ("Fri, 03 Apr 2026 08:30:00 -0000", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("3 Apr 2026 08:30:00 EST", datetime(2026, 4, 3, 13, 30, tzinfo=UTC)),
        ("3 Apr 2026 08:30 +0200", datetime(2026, 4, 3, 6, 30, tzinfo=UTC)),
        ("April 3, 2026", datetime(2026, 4, 3, tzinfo=LONDON)),
        ("3rd of April 2026 8:30 PM", datetime(2026, 4, 3, 20, 30, tzinfo=LONDON)),
        ("April 3, 2026 8:30 PM PDT", datetime(2026, 4, 4, 3, 30, tzinfo=UTC)),
        ("April 3, 2026 8:30 UTC", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("2026/04/03", datetime(2026, 4, 3, tzinfo=LONDON)),
        (date(2026, 4, 3), datetime(2026, 4, 3, tzinfo=LONDON)),
        (datetime(2026, 4, 3, 8, 30), datetime(2026, 4, 3, 7, 30, tzinfo=UTC)),
        (datetime(2026, 4, 3, 8, 30, tzinfo=UTC), datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        (1775205000, datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        (1775205000.5, datetime(2026, 4, 3, 8, 30, 0, 500000, tzinfo=UTC)),
    ],
)
def test_dates_in_many_forms(given_: object, moment: datetime) -> None:
    assert read_date(given_, LONDON) == moment
    assert read(date=given_).published == moment


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "03/04/2026",
            "3.4.2026",
            "03-04-26",
            "4/3/2026 10:00",
            "yesterday",
            "April 3",
            "8:30",
            "2026",
            "April 2026",
        ),
        *(
            "2026-13-45",
            "2026-02-30",
            "99999999999999",
            "x" * 1000,
            "3 Apr 2026 08:30 IST",
            "2026-04-03 8:30 CAT",
        ),
        *([1], {"a": 1}, 1e300, float("nan"), 177520500000000000, time(8, 30), b"2026-04-03"),
    ],
)
def test_ambiguous_and_invalid_dates_are_refused(wrong: object) -> None:
    error = refused(date=wrong, id="urn:x:7")
    assert error.field == "date"
    assert error.id == "urn:x:7"
    assert "correct" in (error.hint or "")


def test_an_ambiguous_date_is_reported_as_ambiguous() -> None:
    error = refused(date="03/04/2026")
    assert "2026-04-03 and as 2026-03-04" in error.message
    assert "day_first" in error.message


def test_a_year_out_of_reach_is_refused() -> None:
    assert refused(date="0005-01-01").field == "date"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_zone_of_this_machine_makes_no_difference(zone: str) -> None:
    program = """
from zoneinfo import ZoneInfo
from syndicate.sources.dates import read_date
london = ZoneInfo("Europe/London")
for text in ("2026-04-03 08:30", "April 3, 2026 8:30 PM EST", "3 Apr 2026 08:30:00"):
    print(read_date(text, london).isoformat())
try:
    read_date("April 3, 2026 8:30 JST", london)
except ValueError:
    print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | {"TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "2026-04-03T08:30:00+01:00",
        "2026-04-03T20:30:00-05:00",
        "2026-04-03T08:30:00+01:00",
        "refused",
    ]


@settings(max_examples=200, deadline=None)
@given(anything | st.from_regex(r"[0-9 /:.,+TZ-]{4,25}") | st.integers() | st.floats())
def test_any_date_is_a_moment_or_a_value_error(value: object) -> None:
    with suppress(ValueError):
        assert read_date(value, LONDON).tzinfo is not None


# Links


def test_links_are_relative_to_the_home_page() -> None:
    assert read(link="/a/b").link == "https://harbour.example/a/b"
    assert read(link="https://other.example/x y").link == "https://other.example/x%20y"
    assert "absolute" in refused(RecordMapping(), link="/a").message
    assert refused(link="http://[bad").field == "link"
    assert refused(link="javascript:alert(1)").field == "link"


@pytest.mark.parametrize(
    ("template", "link"),
    [
        ("{path}/", "2026/harbour%20news/"),
        ("{slug}.html", "boats-and-tides.html"),
        ("{date:%Y/%m/%d}/{slug}", "2026/04/03/boats-and-tides"),
        ("{date:%d.%m.%y}", "03.04.26"),
        ("{number}", "7"),
        ("{number:03d}", "007"),
        ("{kind}/{id}", "a%26b%20%C3%A9/urn%3Ax%3A1"),
        ("p?{kind}", "p?a%26b%20%C3%A9"),
    ],
)
def test_link_templates(template: str, link: str) -> None:
    fields = {"id": "urn:x:1", "title": "Boats & tides!", "date": "2026-04-03", "number": 7, "kind": "a&b é"}
    raw = RawRecord(fields, Where("a"), computed={"path": "2026/harbour news"})
    incoming, problems = to_article(raw, RecordMapping(base=HOME, link=HOME + template))
    assert incoming, problems
    assert incoming.article.link == HOME + link


def test_a_records_own_slug_and_link_come_first() -> None:
    mapping = RecordMapping(base=HOME, link=HOME + "{slug}")
    assert read(mapping, slug=" own one ").link == HOME + "own%20one"
    assert read(mapping, link="/there").link == HOME + "there"


def test_a_slug_of_another_script() -> None:
    assert read(RecordMapping(base=HOME, link=HOME + "{slug}"), title="港 ニュース").link == HOME + (
        "%E6%B8%AF-%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9"
    )


@pytest.mark.parametrize(
    ("template", "said", "field"),
    [
        ("{path}", "asks for {path}", "link"),
        ("{nothing}", "asks for {nothing}", "link"),
        ("{date:%Y}", "needs a date", "published"),
        ("{title", "cannot be filled", "link"),
        ("{0}", "", "link"),
        ("{title.x}", "cannot be filled", "link"),
        ("{title:%%d}", "cannot be filled", "link"),
    ],
)
def test_a_link_template_that_cannot_be_filled(template: str, said: str, field: str) -> None:
    error = refused(RecordMapping(base=HOME, link=HOME + template))
    assert said in error.message
    assert error.field == field


def test_a_field_that_the_template_does_not_use_costs_nothing() -> None:
    assert read(RecordMapping(base=HOME, link=HOME + "{slug}"), other="\ud800").link == HOME + "t"
    assert read(RecordMapping(base=HOME, link=HOME + "{other}"), other="\ud800").link == HOME + "%EF%BF%BD"


# Ids


def test_an_id_that_is_a_uri_is_kept() -> None:
    assert read(id="tag:a.example,2026:1").id == "tag:a.example,2026:1"


def test_other_ids_become_uris_of_the_site_and_source() -> None:
    seven = read(id=7)
    assert is_uri(seven.id)
    assert seven.id == read(id="7", title="other", link="/other").id
    assert seven.id != read(RecordMapping(source="other", base=HOME), id=7).id
    assert seven.id != read(RecordMapping(source="posts", base="https://other.example/"), id=7).id


def test_without_an_id_the_link_identifies_the_article() -> None:
    assert read(link="/a").id == read(link="/a", title="changed", date="2026-01-01").id
    assert read(link="/a").id != read(link="/b").id
    assert read(date="2026-01-01").id != read(date="2026-01-02").id


# Parts


@pytest.mark.parametrize(
    ("given_", "authors"),
    [
        ("Ann Lee", [("Ann Lee", None)]),
        ("Ann Lee <ann@a.example>", [("Ann Lee", "ann@a.example")]),
        ("ann@a.example (Ann Lee)", [("Ann Lee", "ann@a.example")]),
        ("ann@a.example", [(None, "ann@a.example")]),
        ("Ann Lee and Bo Ek", [("Ann Lee", None), ("Bo Ek", None)]),
        ("Ann Lee & Bo Ek; Cy Oz", [("Ann Lee", None), ("Bo Ek", None), ("Cy Oz", None)]),
        ("Ann Lee, Bo Ek", [("Ann Lee", None), ("Bo Ek", None)]),
        ("Ann <a@a.example>, Bo <b@b.example>", [("Ann", "a@a.example"), ("Bo", "b@b.example")]),
        ("Lee, Ann", [("Lee, Ann", None)]),
        ("Ann Lee, PhD", [("Ann Lee, PhD", None)]),
        (["Ann", {"name": "Bo", "email": "bo@b.example"}], [("Ann", None), ("Bo", "bo@b.example")]),
        ({"name": "Bo", "extra": 1}, [("Bo", None)]),
        ("@annlee", [("@annlee", None)]),
        (["Ann", None], [("Ann", None)]),
        ("山田 太郎", [("山田 太郎", None)]),
    ],
)
def test_authors(given_: object, authors: list[tuple[str | None, str | None]]) -> None:
    assert [(each.name, each.email) for each in read(authors=given_).authors] == authors


def test_one_wrong_author_costs_one_author() -> None:
    record = {
        "title": "T",
        "authors": ["Ann", {"url": "https://x.example/"}, {"name": "Bo", "email": "nonsense"}],
    }
    incoming, problems = to_article(RawRecord(record, Where("a")), MAPPING)
    assert incoming
    assert incoming.article.authors == (Author(name="Ann"), Author(name="Bo"))
    assert [(each.field, each.severity) for each in problems] == [
        ("authors.2", "warning"),
        ("authors.3.email", "warning"),
    ]


@pytest.mark.parametrize(
    ("given_", "tags"),
    [
        ("a, b,,a", ["a", "b"]),
        (["a", "b", "a", 7, None], ["a", "b", "7"]),
        ([{"name": "a"}, {"term": "b", "label": "B"}], ["a", "b"]),
        ("", []),
    ],
)
def test_tags(given_: object, tags: list[str]) -> None:
    assert [each.term for each in read(tags=given_).tags] == tags


def test_attachments() -> None:
    article = read(
        attachments=[
            "/a.mp3",
            {"url": "b", "mime_type": "audio/ogg", "size_in_bytes": 7, "duration_in_seconds": "61.5"},
            {"href": "https://c.example/c.unknown", "length": "12", "title": "C"},
        ]
    )
    assert article.attachments == (
        Attachment(url="https://harbour.example/a.mp3", media_type="audio/mpeg"),
        Attachment(url="https://harbour.example/b", media_type="audio/ogg", length=7, duration=61.5),
        Attachment(
            url="https://c.example/c.unknown", media_type="application/octet-stream", length=12, title="C"
        ),
    )
    assert read(enclosure={"url": "/a.mp3"}).attachments[0].url == "https://harbour.example/a.mp3"


def test_images_and_licenses() -> None:
    assert read(image="/i.png").image == Image(url="https://harbour.example/i.png")
    assert read(image={"src": "i.png", "alt": "A", "width": "8"}).image == Image(
        url="https://harbour.example/i.png", alt="A", width=8
    )
    url = "https://creativecommons.org/licenses/by/4.0/"
    assert read(license="CC BY").license == License(name="CC BY")
    assert read(license=url).license == License(name=url, url=url)
    assert read(license={"url": url}).license == License(name=url, url=url)
    assert read(licence={"name": "CC BY", "url": url}).license == License(name="CC BY", url=url)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("image", "javascript:x"),
        ("language", "english language"),
        ("canonical", "nonsense"),
        ("score", "many"),
        ("license", {"name": []}),
        ("section", {"a": 1}),
        ("attachments", {"url": "http://[bad"}),
        ("tags", [{}]),
    ],
)
def test_an_invalid_optional_value_costs_the_field_and_is_reported(field: str, wrong: object) -> None:
    incoming, problems = to_article(RawRecord({"title": "T", field: wrong}, Where("a.json", 3)), MAPPING)
    assert incoming
    assert not getattr(incoming.article, field)
    assert [(each.severity, (each.field or "").split(".")[0]) for each in problems] == [("warning", field)]
    assert "left out" in problems[0].message


EXTRAS: list[tuple[dict[str, Any], str, Any]] = [
    ({"comments": "/talk"}, "discussion", Comments(url="https://harbour.example/talk")),
    ({"comments": 4, "comment_feed": "https://t.example/f"}, "discussion", None),
    ({"comments": True}, "discussion", None),
    ({"comments": "false", "comment_count": "3"}, "discussion", Comments(count=3)),
    (
        {"discussion": {"link": "https://t.example/", "total": 0, "feed_url": "f", "feed_type": "text/xml"}},
        "discussion",
        Comments(url="https://t.example/", count=0, feed="https://harbour.example/f", feed_type="text/xml"),
    ),
    ({"location": "54.5, -1.25"}, "location", Location(latitude=54.5, longitude=-1.25)),
    ({"lat": "54.5", "lon": -1.25}, "location", Location(latitude=54.5, longitude=-1.25)),
    (
        {"location": "The mole", "latitude": 0, "longitude": 0},
        "location",
        Location(latitude=0, longitude=0, name="The mole"),
    ),
    ({"geo": {"lat": 1, "lng": 2, "label": "X"}}, "location", Location(latitude=1, longitude=2, name="X")),
    (
        {"geo": {"type": "Point", "coordinates": [-1.25, 54.5]}},
        "location",
        Location(latitude=54.5, longitude=-1.25),
    ),
    (
        {"translations": {"de": "/de/", "fr_CA": "https://f.example/"}},
        "alternates",
        (
            Alternate(url="https://harbour.example/de/", language="de"),
            Alternate(url="https://f.example/", language="fr-CA"),
        ),
    ),
    (
        {"alternates": [{"href": "/a.pdf", "type": "application/pdf", "title": "P"}]},
        "alternates",
        (Alternate(url="https://harbour.example/a.pdf", media_type="application/pdf", title="P"),),
    ),
    (
        {"in_reply_to": "https://o.example/1"},
        "replies_to",
        (InReplyTo(id="https://o.example/1", url="https://o.example/1"),),
    ),
    (
        {"replies_to": ["urn:x:1", {"ref": "urn:x:2", "href": "https://o.example/"}]},
        "replies_to",
        (InReplyTo(id="urn:x:1"), InReplyTo(id="urn:x:2", url="https://o.example/")),
    ),
    (
        {"source_feed": {"title": "O", "href": "https://o.example/f", "link": "https://o.example/"}},
        "origin",
        SourceFeed(title="O", feed="https://o.example/f", home="https://o.example/"),
    ),
    ({"episode": "7"}, "episode", Episode(number=7)),
    (
        {"episode": 7, "season": 2, "explicit": "clean"},
        "episode",
        Episode(number=7, season=2, explicit=False),
    ),
    ({"season": "winter", "chapters": 12}, "episode", None),
    (
        {"enclosure": "/a.mp3", "people": ["Bo"], "transcript": "/a.vtt", "episode_type": "Bonus"},
        "episode",
        Episode(
            kind="bonus",
            persons=(Person(name="Bo"),),
            transcripts=(
                Transcript(url="https://harbour.example/a.vtt", media_type="text/vtt", captions=True),
            ),
        ),
    ),
    (
        {
            "episode": {
                "number": 1,
                "chapters": {"url": "/c.json"},
                "persons": [{"name": "Bo", "role": "host", "img": "/b.jpg", "href": "https://bo.example/"}],
                "transcripts": [{"url": "/t", "type": "text/html", "lang": "de"}],
            }
        },
        "episode",
        Episode(
            number=1,
            chapters="https://harbour.example/c.json",
            persons=(
                Person(
                    name="Bo",
                    role="host",
                    url="https://bo.example/",
                    image="https://harbour.example/b.jpg",
                ),
            ),
            transcripts=(Transcript(url="https://harbour.example/t", media_type="text/html", language="de"),),
        ),
    ),
    (
        {"image": {"url": "/i.png", "credit": "Bo", "media_type": "image/png"}},
        "image",
        Image(url="https://harbour.example/i.png", credit="Bo", media_type="image/png"),
    ),
    (
        {"elements": [{"namespace": "urn:x", "prefix": "x", "name": "a", "text": "b"}]},
        "elements",
        (Element(namespace="urn:x", prefix="x", name="a", text="b"),),
    ),
]


@pytest.mark.parametrize(("record", "name", "wanted"), EXTRAS)
def test_the_rarer_parts_under_their_usual_names(record: dict[str, Any], name: str, wanted: Any) -> None:
    if name == "discussion" and record.get("comments") == 4:
        wanted = Comments(count=4, feed="https://t.example/f")
    mapping = replace(MAPPING, namespaces={"x": "urn:x"})
    incoming, problems = to_article(RawRecord({"title": "T", **record}, Where()), mapping)
    assert incoming
    assert problems == []
    assert getattr(incoming.article, name) == (wanted or Article.model_fields[name].get_default())


@pytest.mark.parametrize(
    ("record", "name", "left"),
    [
        ({"comments": "javascript:x"}, "discussion", None),
        ({"comments": ["a"]}, "discussion", None),
        ({"location": "Harbour"}, "location", None),
        ({"geo": {"lat": 91, "lon": 0}}, "location", None),
        ({"geo": {"lat": 1}}, "location", None),
        ({"geo": [1, 2]}, "location", None),
        (
            {"translations": {"de": "https://d.example/", "english language": "https://e.example/"}},
            "alternates",
            1,
        ),
        ({"translations": "https://d.example/"}, "alternates", ()),
        ({"in_reply_to": "nobody"}, "replies_to", ()),
        ({"origin": "Reuters"}, "origin", None),
        ({"origin": {"title": "O"}}, "origin", None),
        ({"episode": "one"}, "episode", Episode()),
        ({"episode": {"number": 3, "kind": "special"}}, "episode", Episode(number=3)),
        (
            {"episode": {"number": 3, "transcripts": ["nonsense:", "https://t.example/t.vtt"]}},
            "episode",
            Episode(
                number=3,
                transcripts=(
                    Transcript(url="https://t.example/t.vtt", media_type="text/vtt", captions=True),
                ),
            ),
        ),
        ({"elements": {"ex:a": "b"}}, "elements", ()),
        ({"elements": 3}, "elements", ()),
    ],
)
def test_a_mistake_in_a_rarer_part_costs_that_part(record: dict[str, Any], name: str, left: Any) -> None:
    incoming, problems = to_article(RawRecord({"title": "T", **record}, Where("a.json", 3)), RecordMapping())
    assert incoming
    found = getattr(incoming.article, name)
    assert (len(found) if left == 1 else found) == left
    assert problems
    assert {each.severity for each in problems} == {"warning"}
    assert all((each.field or "").split(".")[0] in record for each in problems)


@given(
    st.sampled_from([name for name in NAMES if name not in ("title", "id", "link", "published", "updated")]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | anything | st.just("https://h.example/"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["url", "id", "lat", "lon", "coordinates", "number", "ex:a", "en"]), inner
            )
        ),
        max_leaves=6,
    ),
)
@settings(max_examples=300, deadline=None)
def test_nothing_in_a_part_is_more_than_a_problem(name: str, value: Any) -> None:
    record = {"title": "T", "attachments": "https://h.example/a.mp3", name: value}
    incoming, problems = to_article(RawRecord(record, Where("a.json", 1)), MAPPING)
    assert incoming or problems


def test_elements_of_the_publishers_own() -> None:
    mapping = RecordMapping(
        namespaces={"ex": "urn:ex"}, elements={"ex:rating": "meta.rating", "ex:flag": "flag", "ex:no": "none"}
    )
    record = {"title": "T", "meta": {"rating": [4, 4.5]}, "flag": True, "elements": {"ex:wind": "11"}}
    incoming, problems = to_article(RawRecord(record, Where("a.json", 3)), mapping)
    assert incoming
    assert problems == []
    assert [(each.namespace, each.prefix, each.name, each.text) for each in incoming.article.elements] == [
        ("urn:ex", "ex", "wind", "11"),
        ("urn:ex", "ex", "rating", "4"),
        ("urn:ex", "ex", "rating", "4.5"),
        ("urn:ex", "ex", "flag", "true"),
    ]
    _, [problem] = to_article(RawRecord({"title": "T", "flag": "a\x01"}, Where("a.json", 3)), mapping)
    assert "were removed" in problem.message
    wrong, problems = to_article(RawRecord({"title": "T", "flag": {"a": 1}}, Where("a.json", 3)), mapping)
    assert wrong
    assert wrong.article.elements == ()
    assert [(each.severity, each.line) for each in problems] == [("warning", 3)]


def test_language_of_the_source_where_a_record_names_none() -> None:
    mapping = RecordMapping(language="de")
    assert read(mapping).language == "de"
    assert read(mapping, lang="fr_CA").language == "fr-CA"


# Content


def test_content_is_sanitised_and_absolute() -> None:
    article = read(
        link="/2026/ferry/",
        content_html='<p onclick="x()">a<script>b</script><a href="c">c</a>'
        '<img src="/d.png" srcset="e.png 2x">',
    )
    assert article.content_html == (
        '<p>a<a href="https://harbour.example/2026/ferry/c">c</a><img src="https://harbour.example/d.png" '
        'srcset="https://harbour.example/2026/ferry/e.png 2x"></p>'
    )


def test_plain_text_becomes_paragraphs() -> None:
    article = read(content_text="a < b\n\nc")
    assert article.content_html == "<p>a &lt; b</p>\n<p>c</p>"
    assert article.summary == "a < b c"


def test_summaries_are_text_and_made_where_there_is_none() -> None:
    assert read(summary="<p>a <b>b</b></p>").summary == "a b"
    assert read(content_html="<p>First.</p><p>Second.</p>").summary == "First. Second."
    assert read(summary="Own", content_html="<p>x</p>").summary == "Own"


def test_where_a_mistake_is() -> None:
    raw = RawRecord({"title": "T", "date": "never", "id": "x1"}, Where("posts/a.md"), lines={"date": 4})
    _, (problem,) = to_article(raw, MAPPING)
    assert str(problem).startswith("posts/a.md:4, field date, id x1: not a date: 'never'")


def test_an_article_keeps_its_offset() -> None:
    zone = timezone(timedelta(hours=9))
    published = read(date=datetime(2026, 4, 3, 8, 30, tzinfo=zone)).published
    assert published is not None
    assert published.utcoffset() == timedelta(hours=9)


def test_a_boolean_says_whether_something_is_published_and_not_when() -> None:
    record = {"title": "A", "published": True, "date": "2026-04-03"}
    assert article_from(record).published == datetime(2026, 4, 3, tzinfo=UTC)
    assert article_from({"title": "A", "published": True}).published is None
    incoming, problems = to_article(RawRecord({**record, "published": False}, Where()), RecordMapping())
    assert incoming is None
    assert [(each.severity, each.message) for each in problems] == [("note", "a draft, left out")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Harbour.Example:443/A", "https://harbour.example/A"),
        ("http://harbour.example:80", "http://harbour.example/"),
        ("https://harbour.example:80/", "https://harbour.example:80/"),
    ],
)
def test_a_default_port_is_removed(given: str, kept: str) -> None:
    assert article_from({"title": "A", "url": given}).link == kept


# From Python


def test_article_from_reports_what_it_left_out() -> None:
    problems: list[Problem] = []
    record = {
        "headline": "Ferry \x01late",
        "url": "/ferry/",
        "date": "2026-04-03 08:30",
        "tags": ["boats", {"term": "x", "scheme": "nowhere"}],
        "score": "many",
        "elements": {"ex:rating": "4"},
    }
    article = article_from(
        record,
        base=HOME,
        timezone=LONDON,
        fields={"title": "headline"},
        namespaces={"ex": "urn:ex"},
        problems=problems,
    )
    assert (article.title, article.link) == ("Ferry late", HOME + "ferry/")
    assert article.published == datetime(2026, 4, 3, 7, 30, tzinfo=UTC)
    assert article.tags == (Tag(term="boats"), Tag(term="x"))
    assert [each.text for each in article.elements] == ["4"]
    assert [(each.severity, each.field) for each in problems] == [
        ("warning", "headline"),
        ("warning", "tags.2.scheme"),
        ("warning", "score"),
    ]
    assert article == article_from(
        record, base=HOME, timezone=LONDON, fields={"title": "headline"}, namespaces={"ex": "urn:ex"}
    )


def test_article_from_raises_for_a_record_that_is_refused() -> None:
    problems: list[Problem] = []
    with pytest.raises(RecordError, match="field date: not a date: 'soon'"):
        article_from({"title": "A\x01", "date": "soon"}, problems=problems)
    assert problems == []
