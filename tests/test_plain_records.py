"""Feeds from plain records in one call, and the short ways of the validation against the long ones."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_articles import articles
from helpers_feeds import FEED, example_articles
from helpers_text import anything
from syndicate import Article, to_atom, to_json_feed, to_rss
from syndicate.errors import RecordError
from syndicate.model import base, jsonable

MAKERS = [to_rss, to_atom, to_json_feed]


@pytest.mark.parametrize("make", MAKERS)
def test_mappings_make_the_same_bytes_as_articles(make: Any) -> None:
    made = example_articles()
    assert make(FEED, [jsonable(each) for each in made]) == make(FEED, made)
    assert make(FEED, [made[0], *[dict(each) for each in made[1:]]]) == make(FEED, made)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(st.lists(articles, max_size=3, unique_by=lambda each: each.id))
def test_any_articles_come_from_mappings(made: list[Article]) -> None:
    assert to_rss(FEED, [dict(each) for each in made]) == to_rss(FEED, made)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("record", "field", "message"),
    [
        ({"id": "urn:x:1", "title": "T", "url": "https://h.example/"}, "url", "unknown name"),
        ({"id": "urn:x:1", "title": "T", "link": "h.example"}, "link", "not an absolute"),
        ({"id": "urn:x:1", "title": "T", "tags": [{"term": "a"}, {}]}, "tags.2.term", "missing"),
        ({"title": "T"}, "id", "missing"),
        ({"id": "urn:x:1"}, None, "nothing to show"),
    ],
)
def test_a_wrong_record_is_named(make: Any, record: dict[str, Any], field: str | None, message: str) -> None:
    with pytest.raises(RecordError, match=message) as raised:
        make(FEED, [record])
    assert raised.value.where.field == field
    assert raised.value.where.id == record.get("id")
    assert "article_from" in (raised.value.hint or "")


@given(anything | st.text(" \t\n\xa0a\u3000", max_size=6))
def test_the_short_check_of_lines_agrees_with_the_long_one(text: str) -> None:
    assert base._collapse_spaces(text) == re.sub(r"[ \t\n\r\f\v]+", " ", text).strip(" ")


@pytest.mark.parametrize("unit", ["a.", "a-", "-", "a", "/", "?", "a./?"])
def test_the_short_check_of_urls_is_linear(unit: str) -> None:
    assert base._USUAL_URL.fullmatch(f"https://{unit * 100_000}\\") is None
