"""Titles and names are plain text: markup goes, references are decoded once, words stay."""

from __future__ import annotations

import json
import re
from html import escape

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from helpers_text import anything
from syndicate import Article, Author, Tag, article_from
from syndicate.errors import Where
from syndicate.sources import RawRecord, RecordMapping, to_article
from syndicate.sources.feed_entries import read_feed
from syndicate.sources.python_function import PythonSource
from syndicate.sources.titles import has_markup, plain_text


@pytest.mark.parametrize(
    ("given_", "plain"),
    [
        ("Salt &amp; rope, the <em>second</em> day", "Salt & rope, the second day"),
        ("Why 3 < 4 & 5 > 2", "Why 3 < 4 & 5 > 2"),
        ("Using Vec<T> in Rust", "Using Vec<T> in Rust"),
        ("Map<String, List<T>> and <Button />", "Map<String, List<T>> and <Button />"),
        ("The <b> tag", "The <b> tag"),
        ("From <div> to <section>", "From <div> to <section>"),
        ("The <img> element", "The <img> element"),
        ("<b>Bold</b> <I>move</I>", "Bold move"),
        ("<a href='/x' title=\"a\">Link</a>ed", "Linked"),
        ("Two<br>lines<BR/>here", "Two lines here"),
        ("long<wbr>word", "longword"),
        ('<img src="x.png" alt="A"> Pier', " Pier".strip()),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("a <!-- not this -->b", "a b"),
        ("x<script>alert(1)</script>y", "xy"),
        ("<em>open <strong>both</em> crossed</strong>", "open both crossed"),
        ("&lt;em&gt; is &#x27;emphasis&#39;", "<em> is 'emphasis'"),
        ("&amp;lt; once", "&lt; once"),
        ("AT&T, R&D, &c; &unknown; & &;", "AT&T, R&D, &c; &unknown; & &;"),
        ("&copy 2024 &notit;", "&copy 2024 &notit;"),
        ("&#8217;&#146;&#0;&#xD800;&#9999999;", "’’&#0;&#xD800;&#9999999;"),
        ("I <3 you", "I <3 you"),
        ("</em> alone", "</em> alone"),
    ],
)
def test_titles(given_: str, plain: str) -> None:
    assert plain_text(given_).strip() == plain


def test_names_tags_and_descriptions_are_plain_too() -> None:
    article = article_from(
        {
            "title": "T",
            "author": {"name": "Ann <b>Lee</b> &amp; Co"},
            "tags": ["C&amp;A", "<i>x</i>", "Vec<T>"],
            "section": "Arts &amp; <em>Crafts</em>",
            "rights": "&copy; Ann",
            "image": {"url": "https://a.example/i.png", "alt": "<p>A pier</p>"},
            "attachments": [{"url": "https://a.example/a.mp3", "title": "Salt &amp; rope"}],
        }
    )
    assert [each.name for each in article.authors] == ["Ann Lee & Co"]
    assert [each.term for each in article.tags] == ["C&A", "x", "Vec<T>"]
    assert (article.section, article.rights) == ("Arts & Crafts", "© Ann")
    assert article.image
    assert article.image.alt == "A pier"
    assert article.attachments[0].title == "Salt & rope"


def test_a_source_can_say_that_its_titles_are_plain() -> None:
    title = "<b>x</b> &amp; y"
    raw = RawRecord({"title": title, "tags": [title]}, Where(), plain_fields=("title",))
    incoming, _ = to_article(raw, RecordMapping())
    assert incoming
    assert incoming.article.title == title
    assert incoming.article.tags[0].term == "x & y"


def test_texts_of_articles_from_python_are_plain() -> None:
    article = Article(
        id="urn:x:1",
        title="Use &amp; and <b>x</b>",
        summary="Write &lt; and <b>x</b>",
        tags=(Tag(term="R&amp;D"),),
        authors=(Author(name="A &amp; B"),),
    )
    (record,) = PythonSource("s", [article]).read()
    assert isinstance(record, RawRecord)
    incoming, problems = to_article(record, RecordMapping())
    assert incoming
    assert incoming.article == article
    assert problems == []


def test_titles_of_json_feed_are_plain() -> None:
    item = {
        "id": "urn:x:1",
        "title": "Use &amp;",
        "summary": "<b>x</b>",
        "tags": ["&lt;"],
        "content_text": "c",
    }
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [item]}
    (record,) = read_feed(json.dumps(document).encode(), scope="s", place="s")
    assert isinstance(record, RawRecord)
    incoming, _ = to_article(record, RecordMapping())
    assert incoming
    article = incoming.article
    assert (article.title, article.summary, article.tags[0].term) == ("Use &amp;", "<b>x</b>", "&lt;")


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Salt &amp; rope", "Salt & rope"),
        ("<p>Why 3 &lt; 4</p>", "Why 3 < 4"),
        ("Why 3 < 4 and Vec<T>", "Why 3 < 4 and Vec<T>"),
        ("The <b> tag", "The <b> tag"),
        ("One<br>two", "One\ntwo"),
    ],
)
def test_a_summary_is_html_only_if_it_has_elements(text: str, summary: str) -> None:
    assert article_from({"title": "T", "summary": text}).summary == summary


references = re.compile(r"&#?\w+;")
texts = anything | st.text(st.sampled_from("<>&;/!-abemT 3#x"), max_size=40)


@settings(max_examples=400)
@given(texts)
@example("<b></b>")
@example("<<b>b></b>")
def test_escaped_text_comes_out_as_it_was(text: str) -> None:
    assume(not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff\ufffe\uffff]", text))
    assert plain_text(escape(text)) == text


@settings(max_examples=400)
@given(texts)
def test_text_without_references_and_elements_stays(text: str) -> None:
    assume(not references.search(text))
    assume(not re.search(r"</?(em|b|a)\b|<!--|<br|<wbr|<hr", text, re.IGNORECASE))
    assert plain_text(text) == text


@settings(max_examples=400)
@given(texts, st.sampled_from(["em", "b", "a", "STRONG"]))
def test_elements_go_and_their_text_stays(text: str, tag: str) -> None:
    words = escape(text)
    assert plain_text(f"<{tag}>{words}</{tag}>") == plain_text(words)


@settings(max_examples=400)
@given(texts)
def test_what_comes_out_is_left_alone(text: str) -> None:
    once = plain_text(text)
    # Decoding makes markup of what was about markup, and only a second decoding would remove it.
    assume(once == text or not references.search(text))
    assume(not references.search(once))
    assert plain_text(once) == once or has_markup(once)


@pytest.mark.parametrize(
    "part", ["<", "<b>", "</b>", "<b", "&", "&#", "<!--", "-->", "&amp;", "<a ", "<script>"]
)
def test_a_title_of_any_length_takes_linear_time(part: str) -> None:
    long, longer = (len(plain_text(part * count)) for count in (1000, 100_000))
    assert longer >= long
