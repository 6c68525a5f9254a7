"""RSS, Atom and JSON Feed: documents are well-formed, and parsers return every field of the articles."""

from __future__ import annotations

import json
import locale
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from pathlib import Path

import atoma
import feedgen.entry
import feedgen.feed
import feedgen.util
import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import TypeAdapter

from helpers_feeds import (
    ATOM,
    CONTENT,
    DC,
    FEED,
    MEDIA,
    PODCAST_FEED,
    XML,
    documents,
    example_articles,
    feedparser_guesses,
)
from helpers_text import NASTY, anything, said
from syndicate import (
    Alternate,
    Article,
    Attachment,
    Author,
    Comments,
    Element,
    Feed,
    Image,
    InReplyTo,
    License,
    Location,
    SourceFeed,
    Tag,
    lint,
    to_atom,
    to_json_feed,
    to_rss,
)
from syndicate.errors import FeedError
from syndicate.feeds import SERIALIZERS, document
from syndicate.feeds import rss_and_atom as xml
from syndicate.model import Frozen, Problem, podcast
from syndicate.model.base import SingleLine
from syndicate.text.illegal_characters import needs_repair, repair_text

GOLDEN = Path(__file__).parent / "golden" / "feeds"
MAKERS = {"rss": to_rss, "atom": to_atom, "json": to_json_feed}
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
STRICT = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
RELAX = etree.RelaxNG(etree.parse(Path(__file__).parent / "data" / "atom.rng"))


def parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, STRICT)


def article(**fields: object) -> Article:
    return Article(**{"id": "https://harbour.example/1", "title": "One", "published": NOON} | fields)


def rss_item(one: Article, feed: Feed = FEED) -> etree._Element:
    item = parsed(to_rss(feed, [one])).find("channel/item")
    assert item is not None
    return item


def atom_entry(one: Article, feed: Feed = FEED) -> etree._Element:
    entry = parsed(to_atom(feed, [one])).find(f"{ATOM}entry")
    assert entry is not None
    return entry


def json_item(one: Article, feed: Feed = FEED) -> dict[str, object]:
    return json.loads(to_json_feed(feed, [one]))["items"][0]


one_line = TypeAdapter(SingleLine).validate_python


def legal(text: str) -> str:
    repaired = repair_text(text)
    return "\ufffd" if repaired != text and not repaired.strip() else repaired


articles = st.builds(
    lambda identifier, title, summary, html, names, tags, section, rights, files: article(
        id=identifier,
        title=title,
        summary=summary,
        content_html=html,
        authors=tuple(Author(name=name) for name in names),
        tags=tuple(Tag(term=term, label=label) for term, label in tags),
        section=section,
        rights=rights,
        attachments=tuple(
            Attachment(url="https://harbour.example/a.mp3", media_type="audio/mpeg", title=title)
            for title in files
        ),
    ),
    identifier=said,
    title=said,
    summary=anything,
    html=anything,
    names=st.lists(said, max_size=3),
    tags=st.lists(st.tuples(said, st.none() | said), max_size=3),
    section=st.none() | said,
    rights=anything,
    files=st.lists(said, max_size=3),
)
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def words(one: Article) -> list[str]:
    found = [one_line(legal(one.section))] if one.section else []
    return found + [legal(tag.term) for tag in one.tags if legal(tag.term) not in found]


# Round trips


@many
@given(articles)
def test_any_text_survives_a_round_trip_through_rss(one: Article) -> None:
    body = to_rss(FEED, [one])
    item = parsed(body).find("channel/item")
    assert item is not None
    assert item.findtext("title") == legal(one.title)
    assert [tag.text for tag in item.findall("category")] == words(one)
    assert [each.text for each in item.findall(f"{DC}creator")] == [legal(each.label) for each in one.authors]
    if one.summary:
        assert unescape(item.findtext("description") or "") == unescape(
            legal(one.summary).replace("&", "&amp;")
        )
    encoded = f"{CONTENT}encoded" if one.summary else "description"
    assert (item.findtext(encoded) or "") == legal(one.content_html)
    again = atoma.parse_rss_bytes(body).items[0]
    assert again.title == legal(one.title).strip()
    assert again.guid == item.findtext("guid")
    known = feedparser.parse(body)
    assert not known.bozo
    assert [each.id for each in known.entries] == [item.findtext("guid")]


@many
@given(articles)
def test_any_text_survives_a_round_trip_through_atom(one: Article) -> None:
    body = to_atom(FEED, [one])
    root = parsed(body)
    assert RELAX.validate(root), RELAX.error_log
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == legal(one.title)
    if one.content_html:
        assert (entry.findtext(f"{ATOM}summary") or "") == legal(one.summary)
        assert entry.findtext(f"{ATOM}content") == legal(one.content_html)
    else:
        assert entry.find(f"{ATOM}summary") is None
        assert entry.findtext(f"{ATOM}content") == (legal(one.summary) or legal(one.title))
    assert (entry.findtext(f"{ATOM}rights") or "") == legal(one.rights)
    assert [each.get("term") for each in entry.iter(f"{ATOM}category")] == words(one)
    names = [each.text for each in entry.iter(f"{ATOM}name")]
    assert names == [legal(each.name or "") for each in one.authors]
    titles = [link.get("title") for link in entry.iter(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert titles == [legal(file.title or "") for file in one.attachments]
    again = atoma.parse_atom_bytes(body).entries[0]
    assert again.title.value == legal(one.title).strip()
    known = feedparser.parse(body)
    assert not known.bozo
    if not feedparser_guesses(legal(one.title)):
        assert known.entries[0].title == legal(one.title).strip()


@many
@given(articles)
def test_any_text_survives_a_round_trip_through_json_feed(one: Article) -> None:
    item = json.loads(to_json_feed(FEED, [one]))["items"][0]
    assert item["title"] == legal(one.title)
    assert item.get("summary", "") == legal(one.summary)
    assert item.get("content_html", "") == legal(one.content_html)
    assert [each["name"] for each in item.get("authors", [])] == [legal(each.label) for each in one.authors]
    assert item.get("tags", []) == words(one)
    assert [each["title"] for each in item.get("attachments", [])] == [
        legal(each.title or "") for each in one.attachments
    ]


@many
@given(articles)
def test_only_repaired_fields_are_reported(one: Article) -> None:
    problems: list[Problem] = []
    document(FEED, [one], problems)
    texts = {
        "title": one.title,
        "summary": one.summary,
        "content_html": one.content_html,
        "section": one.section or "",
        "rights": one.rights,
        "authors": "".join(each.name or "" for each in one.authors),
        "tags": "".join(each.term + (each.label or "") for each in one.tags),
        "attachments": "".join(each.title or "" for each in one.attachments),
    }
    assert {problem.field for problem in problems} == {
        name for name, text in texts.items() if needs_repair(text)
    }
    assert all(problem.severity == "warning" and problem.id == one.id for problem in problems)


@many
@given(title=said, description=anything, name=said, author=said)
def test_feed_metadata_can_contain_any_text(title: str, description: str, name: str, author: str) -> None:
    feed = FEED.model_copy(
        update={"title": title, "description": description, "name": name, "author": Author(name=author)}
    )
    channel = parsed(to_rss(feed, [])).find("channel")
    assert channel is not None
    assert channel.findtext("title") == legal(title)
    root = parsed(to_atom(feed, []))
    assert root.findtext(f"{ATOM}author/{ATOM}name") == legal(one_line(author))
    assert (root.findtext(f"{ATOM}subtitle") or "") == legal(description)
    assert json.loads(to_json_feed(feed, []))["title"] == legal(title)


@pytest.mark.parametrize("kind", MAKERS)
def test_illegal_xml_characters_are_never_written(kind: str) -> None:
    body = MAKERS[kind](FEED, [article(title=f"a{text}b", content_html=text) for text in NASTY]).decode()
    assert not needs_repair(body)


def test_a_strict_parser_parses_a_very_long_article() -> None:
    html = "<p>water</p>" * 500_000
    assert rss_item(article(content_html=html)).findtext("description") == html
    assert atom_entry(article(content_html=html)).findtext(f"{ATOM}content") == html


@pytest.mark.parametrize(
    "html", ["]]>", "a]]", "a]", "<![CDATA[x]]>", "\r", "@body@", "]]>@body@", "<b>x</b>"]
)
@pytest.mark.parametrize("summary", ["", "@body@", "@body@</content>", "]]>"])
def test_bodies_that_contain_the_end_of_a_cdata_section(html: str, summary: str) -> None:
    one = article(content_html=html, summary=summary, title="@body@", rights="@body@")
    item = rss_item(one)
    assert item.findtext(f"{CONTENT}encoded" if summary else "description") == html
    entry = atom_entry(one)
    assert entry.findtext(f"{ATOM}content") == html
    assert (entry.findtext(f"{ATOM}summary") or "") == summary


# Golden files


@pytest.mark.parametrize("name", ["main", "show", "newest", "older", "oldest"])
@pytest.mark.parametrize("kind", MAKERS)
def test_documents_equal_the_golden_files(name: str, kind: str) -> None:
    assert SERIALIZERS[kind].document(documents()[name]) == (GOLDEN / f"{name}.{kind}").read_bytes()


@pytest.mark.parametrize("kind", MAKERS)
def test_the_linter_finds_nothing_in_golden_files(kind: str) -> None:
    problems: list[Problem] = []
    assert MAKERS[kind](FEED, example_articles(), problems) == (GOLDEN / f"main.{kind}").read_bytes()
    assert problems == []
    for name, built in documents().items():
        url = built.feed.url(kind, built.metadata.page)
        rules = {finding.rule for finding in lint((GOLDEN / f"{name}.{kind}").read_bytes(), url=url)}
        assert rules <= {"rss-item-link-missing"}, (name, rules)


def used(values: Iterable[Frozen]) -> dict[str, set[str]]:
    """The fields that hold something else than their default, by the name of the model."""
    found: dict[str, set[str]] = {}
    todo: list[object] = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, tuple):
            todo += value
        elif isinstance(value, Frozen):
            fields = type(value).model_fields
            used_fields = {name for name in fields if getattr(value, name) != fields[name].get_default()}
            found.setdefault(type(value).__name__, set()).update(used_fields)
            todo += [each for _, each in value]
    return found


def test_golden_articles_and_feeds_use_every_field() -> None:
    found = used([*example_articles(), PODCAST_FEED])
    models = [Article, Feed, Alternate, Attachment, Author, Comments, Element, Image, License]
    models += [Location, SourceFeed, InReplyTo, Tag]
    untested = ("CATEGORIES", "PodcastElement", "Live")
    of_podcasts = [getattr(podcast, name) for name in podcast.__all__ if name not in untested]
    for model in (*models, *of_podcasts):
        # Tested elsewhere: data of extensions, live streams, the publisher that a feed has instead of a
        # webmaster, and `expires`, which is not in feeds.
        assert found[model.__name__] == set(model.model_fields) - {
            *("extensions", "live", "expires"),
            *({"publisher"} if model is Feed else ()),
        }


@pytest.mark.parametrize("name", ["main", "show", "newest", "older", "oldest"])
def test_golden_atom_files_are_valid(name: str) -> None:
    assert RELAX.validate(etree.parse(GOLDEN / f"{name}.atom")), RELAX.error_log


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"<generator>syndicate</generator>", b"<producer>syndicate</producer>"),
        (b'type="html"', b'type="CDATA"'),
        (b'rel="alternate" href="h', b'rel="alternate" href="x y h'),
        (b"<published>2026-", b"<published>Fri 2026-"),
    ],
)
def test_the_schema_refuses_invalid_atom(wrong: bytes, why: bytes) -> None:
    body = (GOLDEN / "main.atom").read_bytes()
    assert wrong in body
    assert not RELAX.validate(parsed(body.replace(wrong, why)))


def test_feedparser_reads_the_golden_files() -> None:
    rss, atom = (feedparser.parse((GOLDEN / f"main.{kind}").read_bytes()) for kind in ("rss", "atom"))
    assert not rss.bozo
    assert not atom.bozo
    assert [each.id for each in rss.entries] == [each.id for each in atom.entries]
    assert [each.title for each in atom.entries] == [
        "Ferry <Anna> & the 9:30: late?",
        "Podcast 7",
        "الميناء: أخبار «السفن»",
        "港のニュース 🚢",
        "The storm",
    ]
    assert [each.published_parsed for each in rss.entries[:3]] == [
        each.published_parsed for each in atom.entries[:3]
    ]
    assert rss.entries[0].summary == "Fares &lt; £3 &amp; falling."
    assert rss.entries[0].content[0].value == atom.entries[0].content[0].value
    assert [each.href for each in atom.entries[1].enclosures] == [
        "https://harbour.example/7.mp3?x=1&y=2",
        "https://harbour.example/7.ogg",
        "https://harbour.example/7.vtt",
    ]
    assert [each["url"] for each in rss.entries[1].media_content] == [
        "https://harbour.example/7.mp3?x=1&y=2",
        "https://harbour.example/7.ogg",
        "https://harbour.example/7.vtt",
        "https://harbour.example/i/7.jpg",
    ]
    assert [each.term for each in rss.entries[0].tags] == ["News", "boats", "R&D"]
    assert [each.name for each in atom.entries[0].authors] == ["Ann Lee", "Bo Ek"]


def test_atoma_reads_the_golden_files() -> None:
    rss = atoma.parse_rss_bytes((GOLDEN / "main.rss").read_bytes())
    atom = atoma.parse_atom_bytes((GOLDEN / "main.atom").read_bytes())
    feed = json.loads((GOLDEN / "main.json").read_bytes())
    assert [each.title for each in rss.items] == [each.title.value for each in atom.entries]
    assert [each.title for each in rss.items] == [each["title"] for each in feed["items"]]
    assert [each.guid for each in rss.items] == [each.id_ for each in atom.entries]
    assert [each.guid for each in rss.items] == [each["id"] for each in feed["items"]]
    assert [each.categories for each in rss.items] == [
        [tag.term for tag in each.categories] for each in atom.entries
    ]
    assert [each.updated.isoformat() for each in atom.entries] == [
        each["date_modified"] for each in feed["items"]
    ]
    assert atom.updated == datetime(2026, 4, 4, 9, tzinfo=UTC) == rss.last_build_date


_PATHS = (Path(__file__).parents[1] / "src", Path(__file__).parent)
_PROGRAM = """
import sys
from helpers_feeds import FEED, example_articles
from syndicate import to_atom, to_json_feed, to_rss
for make in (to_rss, to_atom, to_json_feed):
    sys.stdout.buffer.write(make(FEED, example_articles()))
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "77", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"},
    ],
)
def test_another_process_writes_the_same_bytes(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM],
        env=os.environ | environment | {"PYTHONPATH": os.pathsep.join(map(str, _PATHS))},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"".join((GOLDEN / f"main.{kind}").read_bytes() for kind in MAKERS)


@given(st.permutations(range(5)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_articles_does_not_matter(order: list[int]) -> None:
    shuffled = [example_articles()[number] for number in order]
    for kind, make in MAKERS.items():
        assert make(FEED, shuffled) == (GOLDEN / f"main.{kind}").read_bytes()


def test_the_locale_of_the_process_does_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("setlocale changes the whole process")

    monkeypatch.setattr(locale, "setlocale", refuse)
    for module in (feedgen.util, feedgen.entry, feedgen.feed):
        monkeypatch.setattr(module, "formatRFC2822", refuse)
    for name, built in documents().items():
        for kind, serializer in SERIALIZERS.items():
            # Without templates feedgen is called again.
            for templates in (xml.RSS_TEMPLATES, xml.ATOM_TEMPLATES):
                templates.clear()
            assert serializer.document(built) == (GOLDEN / f"{name}.{kind}").read_bytes()


def test_threads_write_the_same_bytes() -> None:
    with ThreadPoolExecutor(8) as pool:
        bodies = {
            kind: set(pool.map(lambda _, m=make: m(FEED, example_articles()), range(40)))
            for kind, make in MAKERS.items()
        }
    assert bodies == {kind: {(GOLDEN / f"main.{kind}").read_bytes()} for kind in MAKERS}


# Defects of feedgen


def test_atom_entry_links_keep_their_attributes() -> None:
    one = article(link="https://harbour.example/1", attachments=example_articles()[3].attachments)
    links = atom_entry(one).findall(f"{ATOM}link")
    assert [dict(link.attrib) for link in links] == [
        {"rel": "alternate", "href": "https://harbour.example/1"},
        {
            "rel": "enclosure",
            "href": "https://harbour.example/7.mp3?x=1&y=2",
            "type": "audio/mpeg",
            "length": "123456",
            "title": "Episode <7>",
        },
        {"rel": "enclosure", "href": "https://harbour.example/7.ogg", "type": "audio/ogg"},
        {"rel": "enclosure", "href": "https://harbour.example/7.vtt", "type": "text/vtt", "length": "99"},
    ]


def test_atom_content_is_declared_as_html() -> None:
    content = atom_entry(article(content_html="<p>x</p>")).find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"


def test_a_summary_is_not_written_as_content() -> None:
    assert atom_entry(article(summary="s", link="https://harbour.example/1")).find(f"{ATOM}content") is None
    content = atom_entry(article(summary="s")).find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("text", "s")


def test_a_control_character_does_not_break_the_feed() -> None:
    assert rss_item(article(title="a\x01b")).findtext("title") == "ab"


def test_the_channel_link_is_the_home_page() -> None:
    channel = parsed(to_rss(FEED, [])).find("channel")
    assert channel is not None
    assert [link.text for link in channel.findall("link")] == ["https://harbour.example/"]
    own = channel.find(f"{ATOM}link")
    assert own is not None
    assert dict(own.attrib) == {
        "href": "https://harbour.example/feeds/main.rss",
        "rel": "self",
        "type": "application/rss+xml",
    }


def test_every_attachment_is_in_rss() -> None:
    item = rss_item(example_articles()[3])
    assert [each.get("url") for each in item.findall("enclosure")] == [
        "https://harbour.example/7.mp3?x=1&y=2"
    ]
    rest = item.findall(f"{MEDIA}group/{MEDIA}content")
    assert [dict(each.attrib) for each in rest] == [
        {
            "url": "https://harbour.example/7.mp3?x=1&y=2",
            "fileSize": "123456",
            "type": "audio/mpeg",
            "duration": "62",
            "isDefault": "true",
        },
        {"url": "https://harbour.example/7.ogg", "type": "audio/ogg"},
        {"url": "https://harbour.example/7.vtt", "type": "text/vtt", "fileSize": "99", "duration": "60"},
    ]


def test_an_unknown_length_is_0() -> None:
    file = Attachment(url="https://harbour.example/a", media_type="audio/ogg")
    enclosure = rss_item(article(attachments=(file,))).find("enclosure")
    assert enclosure is not None
    assert dict(enclosure.attrib) == {"url": "https://harbour.example/a", "type": "audio/ogg", "length": "0"}


def test_an_author_without_an_address_is_a_creator() -> None:
    item = rss_item(article(authors=(Author(name="Bo"),)))
    assert item.find("author") is None
    assert item.findtext(f"{DC}creator") == "Bo"


def test_an_author_with_an_address_is_an_author() -> None:
    item = rss_item(article(authors=(Author(name="Bo", email="bo@harbour.example"),)))
    assert item.findtext("author") == "bo@harbour.example (Bo)"
    assert item.find(f"{DC}creator") is None
    nameless = rss_item(article(authors=(Author(email="bo@harbour.example"),)))
    assert nameless.findtext("author") == "bo@harbour.example (bo@harbour.example)"


def test_no_date_comes_from_the_clock() -> None:
    body = to_atom(FEED, [article()]) + to_rss(FEED, [article()])
    assert str(datetime.now(UTC).year).encode() not in body.replace(b"2026-04-03", b"").replace(
        b"03 Apr 2026", b""
    )


def test_content_follows_the_summary_if_there_is_one() -> None:
    names = [each.tag for each in rss_item(article(summary="s", content_html="<p>c</p>"))]
    assert names.index("description") < names.index(f"{CONTENT}encoded")
    assert rss_item(article(content_html="<p>c</p>")).findtext("description") == "<p>c</p>"


def test_entries_are_sorted_newest_first() -> None:
    days = [article(id=f"urn:x:{day}", published=NOON + timedelta(days=day)) for day in (2, 0, 1)]
    assert [each.findtext("guid") for each in parsed(to_rss(FEED, days)).iter("item")] == [
        "urn:x:2",
        "urn:x:1",
        "urn:x:0",
    ]


def test_plain_text_of_rss_is_escaped_for_readers_that_take_it_for_html() -> None:
    body = to_rss(FEED, [article(title="AT&T <3", tags=(Tag(term="R&D"),))])
    assert b"<title>AT&#x26;T &#x3C;3</title>" in body
    assert b"<category>R&#x26;D</category>" in body


def test_metadata_comes_before_the_first_item() -> None:
    channel = parsed(to_rss(FEED, example_articles())).find("channel")
    assert channel is not None
    names = [each.tag for each in channel]
    assert set(names[names.index("item") :]) == {"item"}


# Dates


def test_the_last_build_date_is_the_newest_change_of_an_item() -> None:
    late = article(id="urn:x:late", published=NOON - timedelta(days=9), updated=NOON + timedelta(hours=5))
    channel = parsed(to_rss(FEED, [article(), late])).find("channel")
    assert channel is not None
    assert channel.findtext("lastBuildDate") == "Fri, 03 Apr 2026 17:00:00 +0000"
    assert parsed(to_atom(FEED, [article(), late])).findtext(f"{ATOM}updated") == "2026-04-03T17:00:00+00:00"


def test_articles_beyond_the_limit_do_not_change_the_dates() -> None:
    old = article(id="urn:x:old", published=NOON - timedelta(days=9))
    feed = FEED.model_copy(update={"limit": 1})
    assert b"urn:x:old" not in to_rss(feed, [old, article()])


def test_an_empty_feed_is_valid() -> None:
    channel = parsed(to_rss(FEED, [])).find("channel")
    assert channel is not None
    assert channel.find("lastBuildDate") is None
    assert RELAX.validate(parsed(to_atom(FEED, []))), RELAX.error_log
    assert json.loads(to_json_feed(FEED, []))["items"] == []


@given(
    st.datetimes(datetime(1000, 1, 3), datetime(9998, 12, 28)),
    st.integers(-86399, 86399).map(lambda seconds: timezone(timedelta(seconds=seconds))),
)
@settings(max_examples=100, deadline=None)
def test_any_date_survives_a_round_trip(moment: datetime, zone: timezone) -> None:
    one = article(published=moment.replace(microsecond=0, tzinfo=zone))
    assert datetime.fromisoformat(atom_entry(one).findtext(f"{ATOM}published") or "") == one.published
    assert datetime.fromisoformat(str(json_item(one)["date_published"])) == one.published
    written = rss_item(one).findtext("pubDate") or ""
    weekday, rest = written.split(", ")
    assert datetime.strptime(rest, "%d %b %Y %H:%M:%S %z") == one.published
    assert len(rest.split()[2]) == 4
    assert weekday == f"{datetime.strptime(rest, '%d %b %Y %H:%M:%S %z'):%a}"


def test_an_article_without_any_date() -> None:
    one = article(id="urn:x:undated", published=None)
    assert rss_item(one).find("pubDate") is None
    assert "date_published" not in json_item(one)
    problems: list[Problem] = []
    body = to_atom(FEED, [one, article()], problems)
    assert [each.findtext(f"{ATOM}title") for each in parsed(body).iter(f"{ATOM}entry")] == ["One"]
    assert [(each.severity, each.id, each.field) for each in problems] == [
        ("error", "urn:x:undated", "published")
    ]
    assert parsed(to_atom(FEED, [one])).find(f"{ATOM}entry") is None
    with pytest.raises(FeedError, match="requires a date"):
        xml.atom_entry(document(FEED, [one]).entries[0])


def test_only_atom_uses_the_first_ingest_as_a_date() -> None:
    one = article(published=None, ingested=NOON)
    assert atom_entry(one).findtext(f"{ATOM}updated") == "2026-04-03T12:00:00+00:00"
    assert atom_entry(one).find(f"{ATOM}published") is None
    assert rss_item(one).find("pubDate") is None
    assert rss_item(one).find(f"{ATOM}updated") is None
    assert not {"date_published", "date_modified"} & set(json_item(one))
    assert document(FEED, [one]).updated is None


@pytest.mark.parametrize("kind", MAKERS)
def test_undated_articles_come_last(kind: str) -> None:
    several = [
        article(id="urn:never", published=None, title="never"),
        article(id="urn:b", published=None, ingested=NOON, title="b"),
        article(id="urn:later", published=None, ingested=NOON + timedelta(days=900), title="later"),
        article(id="urn:a", published=None, ingested=NOON, title="a"),
        article(id="urn:old", published=NOON - timedelta(days=9000), title="old"),
        article(id="urn:updated", published=None, updated=NOON, title="updated"),
    ]
    body = MAKERS[kind](FEED, several)
    shown = (
        [each["title"] for each in json.loads(body)["items"]]
        if kind == "json"
        else [each.title for each in feedparser.parse(body).entries]
    )
    assert shown == ["updated", "old", "later", "a", "b", *(["never"] if kind != "atom" else [])]
    assert MAKERS[kind](FEED, several[::-1]) == body


# Ids, authors, languages


def test_an_id_that_is_not_a_uri_becomes_a_permanent_uri() -> None:
    first, again = (rss_item(article(id="7")).findtext("guid") for _ in range(2))
    assert first == again
    assert (first or "").startswith("urn:uuid:")
    assert first != rss_item(article(id="8")).findtext("guid")
    assert first == atom_entry(article(id="7")).findtext(f"{ATOM}id") == json_item(article(id="7"))["id"]


def test_an_id_is_a_permalink_only_if_it_is_the_link() -> None:
    link = "https://harbour.example/1"
    for one, permalink in (
        (article(link=link), "true"),
        (article(link=link + "?x"), "false"),
        (article(), "false"),
    ):
        guid = rss_item(one).find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == permalink


def test_a_repeated_id_is_reported() -> None:
    problems: list[Problem] = []
    body = to_rss(FEED, [article(title="a"), article(title="b")], problems)
    assert len(parsed(body).findall("channel/item")) == 1
    assert [problem.id for problem in problems] == ["https://harbour.example/1"]


def test_atom_always_has_an_author() -> None:
    nobody = FEED.model_copy(update={"author": None})
    root = parsed(to_atom(nobody, [article()]))
    assert root.findtext(f"{ATOM}author/{ATOM}name") == FEED.title
    by_mail = FEED.model_copy(update={"author": Author(email="desk@harbour.example")})
    assert parsed(to_atom(by_mail, [])).findtext(f"{ATOM}author/{ATOM}email") == "desk@harbour.example"


def test_languages() -> None:
    assert atom_entry(article(language="pt_BR")).get(f"{XML}lang") == "pt-BR"
    assert parsed(to_atom(FEED, [])).get(f"{XML}lang") == "en-GB"
    assert parsed(to_rss(FEED, [])).findtext("channel/language") == "en-GB"


def test_without_a_base_url_there_is_no_self_link() -> None:
    feed = FEED.model_copy(update={"base_url": None})
    assert parsed(to_rss(feed, [])).find(f"channel/{ATOM}link") is None
    assert "feed_url" not in json.loads(to_json_feed(feed, []))


def test_a_summary_feed_has_no_bodies() -> None:
    feed = FEED.model_copy(update={"content": "summary"})
    one = article(summary="short", content_html="<p>long</p>")
    for kind, make in MAKERS.items():
        assert b"long" not in make(feed, [one]), kind
        assert b"short" in make(feed, [one]), kind


def test_json_feed_has_a_version_and_content_in_every_item() -> None:
    feed = json.loads(to_json_feed(FEED, [article()]))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["content_text"] == "One"
    mail = json.loads(to_json_feed(FEED, [article(authors=(Author(email="é@harbour.example"),))]))
    assert mail["items"][0]["authors"] == [{"url": "mailto:%C3%A9@harbour.example"}]


def test_each_format_has_a_serializer() -> None:
    built = document(FEED, example_articles())
    assert {kind: serializer.document(built) for kind, serializer in SERIALIZERS.items()} == {
        kind: make(FEED, example_articles()) for kind, make in MAKERS.items()
    }


@pytest.mark.parametrize("blank", ["\x08", "\x08 \x08", "\u2028\x08", "0 \x08"])
def test_a_field_that_is_empty_after_repair_is_replaced(blank: str) -> None:
    one = article(title=blank, section=blank, tags=(Tag(term=blank),), authors=(Author(name=blank),))
    for make in MAKERS.values():
        assert make(FEED, [one])
    assert (rss_item(one).findtext("title") or "").strip()
    assert (rss_item(one).findtext("category") or "").strip()


def test_prefixes_do_not_depend_on_what_was_serialized_before() -> None:
    """In a new process: lxml keeps the prefixes that it has written once."""
    code = """
from syndicate import Article, Feed, to_atom, to_rss
feed = Feed(title="Post", home="https://harbour.example/", base_url="https://harbour.example/feeds/")
article = Article(
    id="urn:x", title="Tide", link="https://harbour.example/tide", summary="It rises.",
    content_html="<p>It rises.</p>", published="2026-09-14T12:00:00Z",
)
print(to_rss(feed, [article]).decode(), to_atom(feed, [article]).decode())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "<content:encoded>" in done.stdout
    assert "ns0" not in done.stdout
