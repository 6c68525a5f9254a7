"""Entries that are filled in are what feedgen gives; so are dates what the standard library gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from helpers_articles import articles
from helpers_feeds import FEED, SHOW, documents, hand_written
from syndicate import Article, Feed
from syndicate.feeds import SERIALIZERS, Entry, entry_of, xml
from syndicate.feeds.dates import rfc822, whole_minutes
from syndicate.feeds.entry_template import BODY, EntryTemplates, body_of, escape_atom, flatten

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
SLOW = {"rss": xml._item, "atom": xml._entry}


def slowly(kind: str, entry: Entry) -> bytes:
    """The entry as feedgen and lxml spell it, with nothing of what is filled in later but the body."""
    text = SLOW[kind](entry.form)
    if kind == "rss":
        text = xml.escape_again(text)
    return text.replace(BODY, body_of(entry.html)).encode() if entry.form.html else text.encode()


@many
@given(articles, st.sampled_from([FEED, SHOW]))
@pytest.mark.parametrize("kind", SLOW)
def test_a_compiled_entry_is_what_the_slow_way_gives(kind: str, one: Article, feed: Feed) -> None:
    entry = entry_of(feed, one, [])
    # The marker of the body is the only one that the slow way has as well.
    if BODY not in "".join(entry.strings):
        assert SERIALIZERS[kind].entry(entry) == slowly(kind, entry)


@many
@given(st.lists(articles, min_size=2, max_size=4))
@pytest.mark.parametrize("kind", SERIALIZERS)
def test_an_entry_does_not_depend_on_what_was_spelt_before(kind: str, several: list[Article]) -> None:
    entries = [entry_of(SHOW, each, []) for each in several]
    forwards = [SERIALIZERS[kind].entry(each) for each in entries]
    for compiler in (xml._ITEMS, xml._ENTRIES):
        compiler._known.clear()
    assert [SERIALIZERS[kind].entry(each) for each in reversed(entries)] == forwards[::-1]


@pytest.mark.parametrize("kind", SLOW)
def test_the_hand_written_ones_are_what_the_slow_way_gives(kind: str) -> None:
    for feed in (FEED, SHOW):
        for one in hand_written():
            entry = entry_of(feed, one, [])
            if BODY not in "".join(entry.strings):
                assert SERIALIZERS[kind].entry(entry) == slowly(kind, entry)


def test_a_shape_has_no_words_and_the_words_are_all_there() -> None:
    for whole in documents().values():
        for entry in whole.entries:
            strings: list[str] = []
            assert flatten(entry.form, strings) == entry.shape
            assert strings == entry.strings
            assert {entry.form.id, entry.form.title} <= set(strings)


def test_as_many_shapes_are_kept_as_are_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    spelt: list[str] = []

    def spell(form: object) -> str:
        spelt.append("")
        return xml._item(form)

    monkeypatch.setattr(EntryTemplates, "_MOST", 2)
    compiler = EntryTemplates(spell, escape_atom)
    for tags in ((), ("a",), ("a", "b"), (), ("c",), ("d",)):
        one = hand_written()[3].model_copy(update={"section": None, "tags": (), "title": "T"})
        one = Article.model_validate({**dict(one), "tags": [{"term": each} for each in tags]})
        entry = entry_of(FEED, one, [])
        compiler.entry(entry.form, entry.shape, entry.strings, "")
        assert len(compiler._known) <= 2
    assert len(spelt) == 5


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
def test_dates_are_what_the_standard_library_writes(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    assert rfc822(aware) == format_datetime(aware)
    assert whole_minutes(aware) is aware


@given(
    st.datetimes(datetime(1800, 1, 3), datetime(2100, 12, 28)),
    st.integers(-86399, 86399).map(lambda seconds: timezone(timedelta(seconds=seconds))),
)
def test_zones_with_seconds_become_utc(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    mended = whole_minutes(aware)
    assert mended == aware
    assert (mended.utcoffset() or timedelta()).seconds % 60 == 0
