"""References to characters that XML does not allow are repaired and reported in every source."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from helpers_feeds import FEED
from helpers_site import MAIN, configured, opened, source, write
from syndicate import (
    Article,
    Author,
    Problem,
    Tag,
    article_from,
    to_atom,
    to_json_feed,
    to_opml,
    to_rss,
)
from syndicate.errors import Where
from syndicate.model import IngestReport
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.feed_entries import read_feed
from syndicate.sources.markdown_html import from_markdown
from syndicate.sources.source import RawRecord
from syndicate.text.illegal_characters import needs_repair, repair_text
from syndicate.text.sanitize import sanitize

STRICT = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
ILLEGAL = (
    "&#1;",
    "&#x1",
    "&#X1F;",
    "&#0;",
    "&#000011;",
    "&#12;",
    "&#xFFFE;",
    "&#65535;",
    "&#xd800;",
    "&#xDFFF",
)
BEYOND = ("&#x110000;", "&#1114112;", "&#99999999999999999999;", "&#xFFFFFFFFFFFFFFFFFFFFF;")
LEGAL = (
    "&#9;",
    "&#10;",
    "&#65;",
    "&#x1F600;",
    "&#xFFFD;",
    "&#000000000000065;",
    "&#128;",
    "&amp;",
    "&amp;#1;",
)
OTHER = (
    *("&#", "&", "#1;", "1;", "x", ";", "\x01", "\ufffe", "\ud800", "<b>", "</b>", "<!--", "-->"),
    "]]>",
    "<![CDATA[",
)
markup = st.lists(
    st.sampled_from((*ILLEGAL, *BEYOND, *LEGAL, *OTHER))
    | st.sampled_from((*ILLEGAL, *BEYOND)).map(
        lambda each: f'<a href="https://a.example/?{each}" title="{each}">t</a>'
    )
    | st.integers(0, 0x120000).flatmap(
        lambda code: st.sampled_from([f"&#{code};", f"&#x{code:x};", f"&#X{code:X}"])
    ),
    max_size=12,
).map("".join)
many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def shown(body: bytes) -> str:
    """The text of a document that two parsers have taken for well-formed."""
    text = "\n".join(ET.fromstring(body).itertext())
    assert "\n".join(etree.fromstring(body, STRICT).itertext()) == text
    return text


@many
@given(markup)
@example("&#&#1;1;")
@example("&#\x011;")
@example("&#x&#xFFFE;1;")
def test_repaired_text_has_no_such_reference_and_stays_as_it_is(text: str) -> None:
    repaired = repair_text(text)
    assert not needs_repair(repaired)
    assert repair_text(repaired) == repaired
    if not needs_repair(text):
        assert repaired == text


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("a&#1;b&#X1F;c&#1d", "abcd"),
        ("a&#11;b&#x0C;c", "a b c"),
        ("&#xFFFE;&#xFFFF;", "\ufffd\ufffd"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#xD83D;", "\ufffd"),
        ("&#x110000;&#00000000000000000000000001114112;", "\ufffd\ufffd"),
        ("&#" + "9" * 10_000 + ";", "\ufffd"),
        ("&#9;&#65;&#x1F600;&amp;#1;&#;&#x;&#g;", "&#9;&#65;&#x1F600;&amp;#1;&#;&#x;&#g;"),
    ],
)
def test_repaired_references(text: str, repaired: str) -> None:
    assert repair_text(text) == repaired


@many
@given(markup, markup)
def test_any_html_of_such_pieces_makes_well_formed_feeds_with_the_words_around(html: str, title: str) -> None:
    body = sanitize(f"<p>before</p>{html}<p>behind")
    by_hand = f"<p>before</p>{html}<p>behind"
    for content_html in (body, by_hand):
        article = Article(
            id="https://a.example/1",
            title=f"first {title} last",
            summary=f"above {title} below",
            content_html=content_html,
            authors=(Author(name=f"Ann {title}"),),
            tags=(Tag(term=f"tag {title}", label=f"label {title}"),),
            section=f"part {title}",
            rights=f"rights {title}",
            published="2026-04-03T12:00:00Z",
        )
        feed = FEED.model_copy(update={"title": f"feed {title}", "description": f"about {title}"})
        for make in (to_rss, to_atom):
            text = shown(make(feed, [article]))
            assert not needs_repair(text)
            for word in ("before", "first", "last", "above", "below", "Ann", "feed", "about"):
                assert word in text
            assert "behind" in text or "<!--" in html
        [item] = json.loads(to_json_feed(feed, [article]))["items"]
        assert not needs_repair(item["title"] + item["content_html"] + item["summary"])
    assert not needs_repair(body)


def test_a_repair_of_a_constructed_article_is_reported() -> None:
    problems: list[Problem] = []
    article = Article(
        id="urn:a", title="a&#1;b", content_html="<p>&#xFFFE;", published="2026-04-03T12:00:00Z"
    )
    to_rss(FEED, [article], problems)
    assert [(each.field, each.severity, each.id) for each in problems] == [
        ("title", "warning", "urn:a"),
        ("content_html", "warning", "urn:a"),
    ]


@pytest.mark.parametrize(
    "field",
    ["title", "summary", "content_html", "content_text", "authors", "tags", "link", "rights", "image"],
)
@pytest.mark.parametrize("reference", ["&#1;", "&#xFFFE;", "&#xD800", "&#0;", "&#x110000;", "\x01"])
def test_every_field_of_a_record(field: str, reference: str) -> None:
    url = field in ("link", "image")
    text = f"https://a.example/ahead{reference}/behind" if url else f"ahead{reference} behind"
    record = {"title": "T", "date": "2026-04-03", field: [text] if field in ("authors", "tags") else text}
    incoming, problems = to_article(RawRecord(record, Where("a.json", 7)), RecordMapping())
    assert incoming
    assert [(each.field, each.line, each.severity) for each in problems] == [(field, 7, "warning")]
    body = to_atom(FEED, [incoming.article])
    shown(body)
    assert b"ahead" in body
    assert b"behind" in body
    assert to_atom(FEED, [article_from(record)]) == body


def test_a_summary_made_of_html_is_repaired_as_well() -> None:
    article = article_from(
        {"title": "T", "content_html": "<p>Write &amp;#1; never, and &amp;#65; at times.</p>"}
    )
    assert article.content_html == "<p>Write &amp;#1; never, and &amp;#65; at times.</p>"
    assert article.summary.startswith("Write")
    assert article.summary.endswith("at times.")
    assert not needs_repair(article.summary)


def test_markdown_keeps_references_in_code() -> None:
    assert from_markdown("a&#1;b&#xFFFE;c `&#1;` &#65;") == "<p>ab\ufffdc <code>&amp;#1;</code> A</p>"


RSS = """<rss version="2.0"><channel><title>Guest</title><link>https://guest.example/</link><description>d</description>
<item><title>{}</title><guid>https://guest.example/1</guid><description>{}</description></item>
<item><title>Second</title><guid>https://guest.example/2</guid><description>whole</description></item></channel></rss>"""


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Word", "<![CDATA[<p>ahead&#1;amid&#xFFFE;after</p>]]>"),
        ("Word", "&lt;p&gt;ahead&amp;#1;after"),
        ("Word", "ahead&#1;after"),
        ("Word", "ahead&#xD800;after &#x110000;"),
        ("Wo&amp;#1;rd", "ahead after"),
        ("Wo&#1;rd", "ahead after"),
        ("<![CDATA[Wo&#0;rd]]>", "ahead after"),
    ],
)
def test_a_feed_of_another_publisher(title: str, text: str) -> None:
    found = list(read_feed(RSS.format(title, text).encode(), scope="s", place="guest.xml"))
    records = [each for each in found if isinstance(each, RawRecord)]
    articles = [to_article(each, RecordMapping()) for each in records]
    told = [each for each in found if isinstance(each, Problem)] + [
        each for _, some in articles for each in some
    ]
    assert [(each.severity, each.file) for each in told] == [("warning", "guest.xml")]
    assert "removed" in told[0].message
    first, second = (incoming.article for incoming, _ in articles if incoming)
    assert (first.title, second.title) == ("Word", "Second")
    assert "ahead" in first.content_html
    assert "after" in first.content_html
    assert not needs_repair(first.content_html)


PARAGRAPH = (
    "<p>The water rose ahead&#1;of noon and fell behind the wall. It was a long day, without sleep.</p>"
)


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("markdown", "a.md", "---\ntitle: Ti&#1;tle\n---\nahead&#xFFFE;behind\n"),
        ("markdown", "a.md", "---\ntitle: Title\n---\nahead&#1;behind\n"),
        ("json", "a.json", json.dumps({"title": "Title", "content_text": "ahead&#1;behind"})),
        (
            "jsonl",
            "a.jsonl",
            json.dumps({"title": "Title", "content_html": "<p title='&#1;'>ahead behind"}) + "\n",
        ),
        ("csv", "a.csv", "title,content_html\nTitle,ahead&#1;behind\n"),
        (
            "text",
            "a.txt",
            "Title\n\nThe water rose ahead&#1;of noon and fell behind the wall. It was a long day.\n" * 2,
        ),
        (
            "html",
            "a.html",
            f"<html><head><title>Title</title></head><body><article><h1>Title</h1>{PARAGRAPH}</article></body></html>",
        ),
    ],
)
def test_every_kind_of_source_reports_and_publishes(tmp_path: Path, kind: str, name: str, text: str) -> None:
    configured(tmp_path, source(kind=kind, path=name), MAIN)
    write(tmp_path, {name: text})
    with opened(tmp_path) as newsroom:
        (part,) = newsroom.ingest().parts
        assert isinstance(part, IngestReport)
        assert [each.severity for each in part.problems if "removed" in each.message][:1] == ["warning"]
        assert part.new == 1
        newsroom.publish()
    for ending in ("rss", "atom"):
        found = shown((tmp_path / "public" / f"main.{ending}").read_bytes())
        assert "Title" in found
        assert "ahead" in found
        assert "behind" in found


def test_texts_of_the_config(tmp_path: Path) -> None:
    configured(
        tmp_path, source(), MAIN.replace('name = "main"', 'name = "main"\ntitle = "Ti&#1;tle \\u0001"')
    )
    write(tmp_path, {"posts.jsonl": json.dumps({"title": "One"}) + "\n"})
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.publish()
    for ending in ("rss", "atom"):
        assert "Title " in shown((tmp_path / "public" / f"main.{ending}").read_bytes())


def test_a_list_of_feeds() -> None:
    feed = FEED.model_copy(update={"base_url": "https://a.example/", "title": "Ti&#1;tle"})
    assert b'text="Title"' in to_opml("Li&#xFFFE;st", [feed])
