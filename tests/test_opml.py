"""The list of feeds: valid OPML 2.0 for any text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import listparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from helpers_feeds import FEED
from helpers_text import anything, said
from syndicate import Author, Feed, Problem, to_opml
from syndicate.errors import FeedError
from syndicate.text.illegal_characters import needs_repair, repair_text

STRICT = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=timezone(timedelta(hours=2)))


def feed(name: str, **fields: object) -> Feed:
    return FEED.model_copy(update={"name": name, "title": name.title()} | fields)


def parsed(body: bytes) -> etree._Element:
    root = etree.fromstring(body, STRICT)
    assert root.tag == "opml"
    assert root.get("version") == "2.0"
    assert [child.tag for child in root] == ["head", "body"]
    return root


def outlines(body: bytes) -> list[dict[str, str]]:
    return [dict(one.attrib) for one in parsed(body).iter("outline") if one.get("type")]


def test_a_list_contains_owner_dates_and_feed_attributes() -> None:
    owner = Author(name="Desk & Sons", email="desk@harbour.example")
    body = to_opml("The <Post>", [FEED], owner=owner, home="https://harbour.example/", updated=NOON)
    head = parsed(body)[0]
    assert {child.tag: child.text for child in head} == {
        "title": "The <Post>",
        "dateModified": "Fri, 03 Apr 2026 10:00:00 GMT",
        "ownerName": "Desk & Sons",
        "ownerEmail": "desk@harbour.example",
        "ownerId": "https://harbour.example/",
        "docs": "https://opml.org/spec2.opml",
    }
    assert outlines(body) == [
        {
            "type": "rss",
            "text": "The Harbour Post",
            "title": "The Harbour Post",
            "description": "News from the waterfront & beyond",
            "xmlUrl": "https://harbour.example/feeds/main.atom",
            "htmlUrl": "https://harbour.example/",
            "language": "en-GB",
        }
    ]
    assert body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<opml")


def test_unknown_values_are_left_out() -> None:
    bare = Feed(title="One", home="https://e.example/", base_url="https://e.example/f")
    body = to_opml("t", [bare], owner=Author(email="a@e.example"))
    assert [child.tag for child in parsed(body)[0]] == ["title", "ownerEmail", "docs"]
    assert set(outlines(body)[0]) == {"type", "text", "title", "xmlUrl", "htmlUrl"}


@pytest.mark.parametrize(
    ("formats", "ending", "version"),
    [
        (("rss", "atom", "json"), ".atom", None),
        (("json", "rss"), ".rss", "RSS"),
        (("json",), ".json", None),
    ],
)
def test_atom_is_listed_before_rss_and_json(
    formats: tuple[str, ...], ending: str, version: str | None
) -> None:
    [one] = outlines(to_opml("t", [feed("main", formats=formats)]))
    assert one["xmlUrl"] == f"https://harbour.example/feeds/main{ending}"
    # The values in the specification; validators refuse others.
    assert one.get("version") == version


def test_folders_become_outlines() -> None:
    names = ["main", "tag/boats", "by/ann lee", "tag/tides", "tag/old/ropes", "odd//deep/", "/top"]
    root = parsed(to_opml("t", [feed(name) for name in names]))
    found = {
        one.get("title"): [above.get("text") for above in one.iterancestors("outline")][::-1]
        for one in root.iter("outline")
        if one.get("type")
    }
    assert found == {
        "Main": [],
        "Tag/Boats": ["tag"],
        "By/Ann Lee": ["by"],
        "Tag/Tides": ["tag"],
        "Tag/Old/Ropes": ["tag", "old"],
        "Odd//Deep/": ["odd"],
        "/Top": [],
    }
    assert [one.get("text") for one in root[1]] == ["Main", "tag", "by", "odd", "/Top"]
    # A folder has only a name: a title would require a type.
    assert [dict(one.attrib) for one in root[1] if not one.get("type")] == [
        {"text": "tag"},
        {"text": "by"},
        {"text": "odd"},
    ]


def test_the_depth_of_nested_folders_is_limited() -> None:
    body = to_opml("t", [feed("/".join(["a"] * 400)), feed("/".join(["a"] * 300))])
    assert len(outlines(body)) == 2
    assert len(list(parsed(body).iter("outline"))) == 8 + 2


def test_a_feed_without_an_address_is_left_out_and_reported() -> None:
    problems: list[Problem] = []
    body = to_opml("t", [feed("lost", base_url=None), feed("none", formats=()), FEED], problems=problems)
    assert [one["title"] for one in outlines(body)] == ["The Harbour Post"]
    assert [(each.id, each.severity, each.field) for each in problems] == [
        ("lost", "warning", "base_url"),
        ("none", "warning", "base_url"),
    ]
    assert "base_url" in (problems[0].hint or "")


@pytest.mark.parametrize("feeds", [[], [feed("lost", base_url=None)]])
def test_an_empty_list_is_refused(feeds: list[Feed]) -> None:
    with pytest.raises(FeedError, match="no feed of this list has an address"):
        to_opml("t", feeds)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_opml("t", [FEED], updated=datetime(2026, 4, 3))


def test_feed_readers_can_import_the_list() -> None:
    owner = Author(name="Desk", email="desk@harbour.example")
    body = to_opml(
        "Post", [FEED, feed("tag/boats")], owner=owner, home="https://harbour.example/", updated=NOON
    )
    read = listparser.parse(body)
    assert not read["bozo"]
    assert read["version"] == "opml2"
    assert read["meta"]["title"] == "Post"
    assert read["meta"]["author"] == {
        "name": "Desk",
        "email": "desk@harbour.example",
        "url": "https://harbour.example/",
    }
    assert read["meta"]["modified_parsed"] == NOON.astimezone(UTC)
    assert [(one["url"], one["title"], one["tags"]) for one in read["feeds"]] == [
        ("https://harbour.example/feeds/main.atom", "The Harbour Post", []),
        ("https://harbour.example/feeds/tag/boats.atom", "Tag/Boats", ["tag"]),
    ]


@given(said, said, anything, said)
def test_any_text_survives_a_round_trip(title: str, name: str, description: str, person: str) -> None:
    one = feed(name, title=title, description=description)
    owner = Author(name="x").model_copy(update={"name": person})
    body = to_opml(title, [one], owner=owner, updated=NOON)
    assert body == to_opml(title, [one], owner=owner, updated=NOON)
    root = parsed(body)
    [shown] = [dict(each.attrib) for each in root.iter("outline") if each.get("type")]

    def kept(text: str) -> str:
        mended = repair_text(text)
        return "\ufffd" if needs_repair(text) and not mended.strip() else mended

    assert shown["title"] == shown["text"] == kept(title)
    assert shown.get("description", "") == kept(description)
    assert shown["xmlUrl"].isascii()
    assert root.findtext("head/title") == kept(title)
    assert root.findtext("head/ownerName") == kept(person)


@given(st.lists(said, min_size=1, max_size=5))
def test_feeds_of_any_name_are_listed(names: list[str]) -> None:
    feeds = [feed(name, title=str(number)) for number, name in enumerate(names)]
    found = outlines(to_opml("t", feeds))
    assert {one["title"] for one in found} == {str(number) for number in range(len(names))}
    for one in found:
        assert one["xmlUrl"].startswith("https://harbour.example/feeds/")
