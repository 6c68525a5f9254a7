"""Entries from templates equal those of feedgen; dates equal those of the standard library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from helpers_articles import articles
from helpers_feeds import FEED, PODCAST_FEED, documents, example_articles
from syndicate import Article, Feed
from syndicate.feeds import SERIALIZERS, Entry, entry_of
from syndicate.feeds import rss_and_atom as xml
from syndicate.feeds.entry_fields import EntryFields
from syndicate.feeds.entry_template import BODY, EntryTemplates, escape_atom, escape_body, flatten
from syndicate.model.feed_dates import rfc822, whole_minutes

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
FEEDGEN = {"rss": xml.rss_entry_xml, "atom": xml.atom_entry_xml}


def without_template(kind: str, entry: Entry) -> bytes:
    """The entry from feedgen and lxml; only the body is filled in."""
    text = FEEDGEN[kind](entry.fields)
    if kind == "rss":
        text = xml.escape_again(text)
    return text.replace(BODY, escape_body(entry.html)).encode() if entry.fields.html else text.encode()


@many
@given(articles, st.sampled_from([FEED, PODCAST_FEED]))
@pytest.mark.parametrize("kind", FEEDGEN)
def test_an_entry_from_a_template_equals_that_of_feedgen(kind: str, one: Article, feed: Feed) -> None:
    entry = entry_of(feed, one, [])
    # The entry of feedgen contains the marker of the body as well.
    if BODY not in "".join(entry.strings):
        assert SERIALIZERS[kind].entry(entry) == without_template(kind, entry)


@many
@given(st.lists(articles, min_size=2, max_size=4))
@pytest.mark.parametrize("kind", SERIALIZERS)
def test_an_entry_does_not_depend_on_earlier_entries(kind: str, several: list[Article]) -> None:
    entries = [entry_of(PODCAST_FEED, each, []) for each in several]
    forwards = [SERIALIZERS[kind].entry(each) for each in entries]
    for templates in (xml.RSS_TEMPLATES, xml.ATOM_TEMPLATES):
        templates.clear()
    assert [SERIALIZERS[kind].entry(each) for each in reversed(entries)] == forwards[::-1]


@pytest.mark.parametrize("kind", FEEDGEN)
def test_example_entries_from_templates_equal_those_of_feedgen(kind: str) -> None:
    for feed in (FEED, PODCAST_FEED):
        for one in example_articles():
            entry = entry_of(feed, one, [])
            if BODY not in "".join(entry.strings):
                assert SERIALIZERS[kind].entry(entry) == without_template(kind, entry)


def test_a_shape_has_no_strings_and_the_list_has_them_all() -> None:
    for document in documents().values():
        for entry in document.entries:
            strings: list[str] = []
            assert flatten(entry.fields, strings) == entry.shape
            assert strings == entry.strings
            assert {entry.fields.id, entry.fields.title} <= set(strings)


def test_the_number_of_templates_is_limited() -> None:
    serialized: list[EntryFields] = []

    def serialize(fields: EntryFields) -> str:
        serialized.append(fields)
        return xml.rss_entry_xml(fields)

    templates = EntryTemplates(serialize, escape_atom, limit=2)
    for tags in ((), ("a",), ("a", "b"), (), ("c",), ("d",)):
        one = example_articles()[3].model_copy(update={"section": None, "tags": (), "title": "T"})
        one = Article.model_validate({**dict(one), "tags": [{"term": each} for each in tags]})
        entry = entry_of(FEED, one, [])
        templates.entry(entry.fields, entry.shape, entry.strings, "")
        assert len(templates) <= 2
    assert len(serialized) == 5


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_text_is_escaped_as_lxml_escapes_it(text: str) -> None:
    element = etree.Element("a")
    try:
        element.text = text
    except ValueError:
        return
    assert etree.tostring(element, encoding="unicode") in (f"<a>{escape_atom(text)}</a>", "<a/>")
    assert escape(escape_atom(text), quote=False).count("<") == 0


@given(
    st.datetimes(datetime(1000, 1, 3), datetime(9998, 12, 28)),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC),
)
def test_dates_equal_those_of_the_standard_library(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    assert rfc822(aware) == format_datetime(aware)
    assert whole_minutes(aware) is aware


@given(
    st.datetimes(datetime(1800, 1, 3), datetime(2100, 12, 28)),
    st.integers(-86399, 86399).map(lambda seconds: timezone(timedelta(seconds=seconds))),
)
def test_offsets_with_seconds_become_utc(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    whole = whole_minutes(aware)
    assert whole == aware
    assert (whole.utcoffset() or timedelta()).seconds % 60 == 0
