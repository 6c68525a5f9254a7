"""Feeds as sources: ids, conditional requests, and broken feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_http import Page, Site, serving
from helpers_site import MAIN, StillClock, cli, configured, opened, write
from helpers_store import store_of, utc_now
from syndicate import Article, Feed, Problem, article_from, to_atom, to_json_feed, to_rss
from syndicate.ingest import source_opening as open_source
from syndicate.model import IncomingArticle, IngestReport
from syndicate.model.article_identity import Standing
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.feed_entries import read_feed
from syndicate.sources.http_cache import ConditionalFetcher
from syndicate.sources.source import RawRecord
from syndicate.store import SqlStore

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Quay</title><link>https://quay.example/</link><description>d</description>
<language>en-gb</language>
<item><title>Lamp &amp;amp; lens</title><link>https://quay.example/lamp/</link>
 <guid isPermaLink="false">quay-118</guid>
 <dc:creator>Ada Quay</dc:creator><category domain="https://quay.example/tags">Boats</category>
 <category>Light</category>
 <pubDate>Fri, 20 Nov 2026 08:30:00 +0100</pubDate>
 <description>In short.</description>
 <content:encoded><![CDATA[
 <p>Lit, see <a href="/clock">the clock</a>.</p><script>alert(1)</script>]]></content:encoded>
 <enclosure url="https://quay.example/lamp.mp3" length="1234" type="audio/mpeg"/>
 <media:thumbnail url="https://quay.example/lamp.jpg"/></item>
<item><guid>https://quay.example/?p=7</guid><link>https://quay.example/short/</link>
 <description>A note without a title, but with words. More of them.</description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://hafen.example/">
<id>tag:hafen.example,2026:feed</id><title>Hafen</title><updated>2026-11-20T08:00:00Z</updated>
<author><name>Hafenblatt</name></author><rights>Hafenblatt 2026</rights>
<entry><id>tag:hafen.example,2026:1</id><title type="html">Die &lt;b&gt;Lampe&lt;/b&gt;</title>
<link href="lampe/"/><published>2026-11-20T08:30:00+01:00</published>
<updated>2026-11-21T08:30:00+01:00</updated>
<category term="licht" label="Licht"/><summary>Kurz.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Sie <em>brennt</em>. <img src="lampe.jpg" alt="Lampe"/></p></div></content>
</entry></feed>"""

JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Faro",
    "home_page_url": "https://faro.example/",
    "language": "es",
    "authors": [{"name": "El Faro"}],
    "items": [
        {
            "id": 7,
            "url": "https://faro.example/luz/",
            "content_html": "<p>La luz.</p>",
            "date_published": "2026-11-20T08:30:00Z",
            "tags": ["luz"],
            "attachments": [
                {"url": "https://faro.example/luz.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}
            ],
        }
    ],
}


def read(text: str | bytes, scope: str = "https://x.example/feed", **more: Any) -> list[RawRecord | Problem]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_feed(data, scope=scope, place=scope, **more))


def articles(text: str | bytes, **more: Any) -> list[Article]:
    found = []
    for each in read(text, **more):
        assert isinstance(each, RawRecord), each
        incoming, problems = to_article(each, RecordMapping(source="s", base="https://harbour.example/"))
        assert incoming, problems
        assert incoming.key == each.key
        found.append(incoming.article)
    return found


def one_problem(text: str | bytes, **more: Any) -> Problem:
    (problem,) = read(text, **more)
    assert isinstance(problem, Problem)
    return problem


# The three formats


def test_rss() -> None:
    lamp, short = articles(RSS)
    assert lamp.title == "Lamp & lens"
    assert lamp.link == "https://quay.example/lamp/"
    assert lamp.id.startswith("urn:uuid:"), "its own id is unique in its feed only"
    assert lamp.content_html == '<p>Lit, see <a href="https://quay.example/clock">the clock</a>.</p>'
    assert lamp.summary == "In short."
    assert [each.name for each in lamp.authors] == ["Ada Quay"]
    assert [each.term for each in lamp.tags] == ["Boats", "Light"]
    assert lamp.published == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert lamp.updated is None
    assert lamp.language == "en-gb"
    (attachment,) = lamp.attachments
    assert (attachment.media_type, attachment.length) == ("audio/mpeg", 1234)
    assert lamp.image
    assert lamp.image.url == "https://quay.example/lamp.jpg"
    assert short.id == "https://quay.example/?p=7"
    assert short.title == "", "no title is made from the text"
    assert "More of them." in short.content_html


def test_atom() -> None:
    (lampe,) = articles(ATOM, url="https://elsewhere.example/feed.xml")
    assert lampe.id == "tag:hafen.example,2026:1"
    assert lampe.title == "Die Lampe"
    assert lampe.link == "https://hafen.example/lampe/"
    assert "<p>Sie <em>brennt</em>." in lampe.content_html
    assert 'src="https://hafen.example/lampe.jpg"' in lampe.content_html
    assert lampe.summary == "Kurz."
    assert [each.name for each in lampe.authors] == ["Hafenblatt"], "the feed's, where the entry has none"
    assert [(each.term, each.label) for each in lampe.tags] == [("licht", "Licht")]
    assert lampe.language == "de"
    assert lampe.rights == "Hafenblatt 2026"
    assert lampe.published == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert lampe.updated == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def test_json_feed() -> None:
    (luz,) = articles(json.dumps(JSON))
    assert luz.id.startswith("urn:uuid:")
    assert (luz.title, luz.language) == ("", "es")
    assert [each.name for each in luz.authors] == ["El Faro"]
    assert [each.term for each in luz.tags] == ["luz"]
    assert luz.attachments[0].length == 9


def test_relative_addresses_are_relative_to_where_the_feed_was() -> None:
    text = RSS.replace("https://quay.example/lamp/", "/lamp/").replace(
        "<link>https://quay.example/</link>", ""
    )
    assert articles(text, url="https://quay.example/feed")[0].link == "https://quay.example/lamp/"


def test_the_feed_that_an_entry_came_from_can_be_a_field() -> None:
    raw = read(RSS)[0]
    assert isinstance(raw, RawRecord)
    incoming, _ = to_article(raw, RecordMapping(fields={"section": "feed.title"}))
    assert incoming
    assert incoming.article.section == "The Quay"


@pytest.mark.parametrize("spell", [to_rss, to_atom, to_json_feed])
def test_our_own_feeds_come_back_as_they_went(spell: Any) -> None:
    record = {
        "id": "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
        "title": "Lamp & <lens>",
        "url": "https://harbour.example/lamp/",
        "date": "2026-11-20T08:30:00Z",
        "content_html": "<h2>Why</h2><ul><li>One</li></ul>",
        "authors": ["Ada Quay"],
        "tags": ["Light"],
    }
    went = article_from(record)
    (came,) = articles(spell(Feed(title="t", home="https://harbour.example/", language="en"), [went]))
    for name in ("id", "title", "link", "published", "content_html", "authors", "tags"):
        assert getattr(came, name) == getattr(went, name), name


# Ids


def test_an_id_that_is_a_uri_is_kept_and_any_other_belongs_to_its_feed() -> None:
    text = (
        "<rss version='2.0'><channel><title>t</title><link>https://a.example/</link>"
        "<item><title>a</title><guid>{}</guid></item></channel></rss>"
    )
    for guid in ("https://a.example/?p=1", "tag:a.example,2026:1", "urn:uuid:1", "yt:video:abc"):
        assert [articles(text.format(guid), scope=scope)[0].id for scope in "ab"] == [guid, guid]
    for guid in ("1", "/path", "with a space", "Grüße", "x" * 600):
        first, second = (articles(text.format(guid), scope=scope)[0].id for scope in "ab")
        assert first != second
        (again,) = articles(text.format(guid), scope="a", url="https://moved.example/feed")
        assert (again.id, again.link) == (first, None)


def test_entries_without_an_id_are_identified_by_their_links() -> None:
    text = (
        "<rss version='2.0'><channel><title>t</title>"
        "<item><title>a</title><link>https://a.example/1</link></item>"
        "<item><title>a</title></item><item><title>b</title></item></channel></rss>"
    )
    keys = [each.key for each in read(text) if isinstance(each, RawRecord)]
    assert keys[0] == "https://a.example/1"
    assert len(set(keys)) == 3


# Dates


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Fri, 20 Nov 2026 08:30:00 GMT", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00Z", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 08:30 EST", datetime(2026, 11, 20, 13, 30, tzinfo=UTC)),
    ],
)
def test_dates(written: str, moment: datetime) -> None:
    text = RSS.replace("Fri, 20 Nov 2026 08:30:00 +0100", written)
    assert articles(text)[0].published == moment


def test_an_unreadable_date_costs_that_date() -> None:
    warning, raw, good = read(RSS.replace("Fri, 20 Nov 2026 08:30:00 +0100", "next week"))
    assert isinstance(warning, Problem)
    assert (warning.message, warning.severity) == ("not a date: 'next week'; left out", "warning")
    assert isinstance(raw, RawRecord)
    incoming, problems = to_article(raw, RecordMapping())
    assert incoming
    assert (incoming.article.title, incoming.article.published) == ("Lamp & lens", None)
    assert {each.severity for each in problems} == {"note"}, "about the script"
    assert isinstance(good, RawRecord)


# Broken ones


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "<html><head><title>t</title></head><body><p>A page.</p></body></html>",
        "not a feed",
        "{}",
        "[]",
        "{broken",
        '{"items": []}',
        '{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
        "[" * 100_000,
        b"\x00\x01\x02",
        b"\xff\xfe",
    ],
)
def test_documents_that_are_not_feeds(text: str | bytes) -> None:
    problem = one_problem(text)
    assert "not a feed" in problem.message
    assert problem.severity == "error"
    assert problem.hint


def test_a_truncated_feed_gives_its_complete_entries() -> None:
    text = RSS[: RSS.index("</channel>")]
    for strict, severity in ((False, "warning"), (True, "error")):
        problem, *records = read(text, is_strict=strict)
        assert isinstance(problem, Problem)
        assert problem.severity == severity
        assert problem.line
        assert len(records) == 2


def test_an_invalid_item_costs_itself() -> None:
    feed = {**JSON, "items": ["x", *JSON["items"]]}  # type: ignore[misc]
    problem, record = read(json.dumps(feed))
    assert isinstance(problem, Problem)
    assert isinstance(record, RawRecord)


def test_nothing_is_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush", encoding="utf-8")
    with serving() as site:
        site.pages["/dtd"] = Page(b"<!ENTITY y 'hush'>")
        doctype = (
            f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{secret}'>"
            f"<!ENTITY % y SYSTEM '{site.root}/dtd'> %y; <!ENTITY z 'zzz'>]>"
        )
        text = RSS.replace("<rss", f"{doctype}<rss", 1).replace("In short.", "&x;&y;")
        assert "hush" not in str(read(text))
        assert site.asked == []


def test_entities_do_not_multiply() -> None:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    text = RSS.replace("<rss", f"<!DOCTYPE rss [<!ENTITY e0 'lol'>{levels}]><rss", 1)
    assert len(str(read(text.replace("In short.", "&e11;")))) < 100_000


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_end_in_records_or_problems(data: bytes) -> None:
    for each in read(data):
        assert isinstance(each, RawRecord | Problem)


_PIECES = st.lists(
    st.sampled_from(
        [
            *("<item>", "</item>", "<title>", "</title>", "<guid>", "</guid>", "<link/>", "<![CDATA[", "]]>"),
            *(
                "<pubDate>x</pubDate>",
                "<enclosure/>",
                "<category/>",
                "&amp;",
                "&x;",
                "<author>a@b (c)</author>",
            ),
            *("<entry>", "</entry>", "<content type='html'>", "</content>", "words", "\u0000", "<!--", "<?x"),
        ]
    ),
    max_size=30,
)


@given(
    _PIECES, st.sampled_from(["<rss version='2.0'><channel>", "<feed xmlns='http://www.w3.org/2005/Atom'>"])
)
def test_any_feed_ends_in_articles_or_problems(pieces: list[str], root: str) -> None:
    for each in read(root + "".join(pieces)):
        if isinstance(each, RawRecord):
            to_article(each, RecordMapping(base="https://harbour.example/"))


# As sources


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def feeds(folder: Path, *urls: str, more: str = "") -> Path:
    table = f'\n[[source]]\nname = "in"\nkind = "feed"\nurl = {json.dumps(urls)}\n'
    configured(folder, f"{table}private = true\ndelay = 0\n{more}", MAIN)
    return folder


def ingest(folder: Path, clock: StillClock | None = None, *, reread: bool = False) -> IngestReport:
    with opened(folder, clock) as newsroom:
        (part,) = newsroom.ingest(reread=reread).parts
    assert isinstance(part, IngestReport)
    return part


def titles(folder: Path) -> set[str]:
    with opened(folder) as newsroom:
        now = utc_now() + timedelta(days=365)
        return {each.article.title for each in store_of(newsroom).articles(now=now)}


def numbers(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.withdrawn, report.refused


DATE = "<pubDate>Fri, 03 Apr 2026 08:00:00 GMT</pubDate>"


def simple(*items: tuple[str, str]) -> bytes:
    inner = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{guid}</guid>{DATE}</item>"
        for guid, title in items
    )
    return f"<rss version='2.0'><channel><title>t</title>{inner}</channel></rss>".encode()


def test_a_feed_is_asked_for_again_only_if_it_changed(site: Site, tmp_path: Path) -> None:
    url = f"{site.root}/feed"
    feeds(tmp_path, url)
    site.pages["/feed"] = Page(simple(("1", "A"), ("2", "B")), headers={"ETag": '"1"'})
    assert numbers(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    report = ingest(tmp_path)
    assert numbers(report) == (0, 0, 2, 0, 0)
    assert report.problems == ()
    assert [each.headers.get("if-none-match") for each in site.asked if each.path == "/feed"] == [None, '"1"']
    site.pages["/feed"] = Page(simple(("1", "A, new")), headers={"ETag": '"2"'})
    assert numbers(ingest(tmp_path)) == (0, 1, 0, 0, 0)
    assert titles(tmp_path) == {"A, new", "B"}, "what scrolled off is not withdrawn"


def test_last_modified_is_given_back(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/feed")
    site.pages["/feed"] = Page(simple(("1", "A")), headers={"Last-Modified": "Fri, 20 Nov 2026 08:30:00 GMT"})
    ingest(tmp_path)
    ingest(tmp_path)
    assert site.asked[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 08:30:00 GMT"


def test_withdrawals_of_a_complete_feed(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b", more="complete = true")
    site.pages["/a"] = Page(simple(("1", "A"), ("2", "B")), headers={"ETag": '"1"'})
    site.pages["/b"] = Page(simple(("1", "C"), ("2", "D")))
    assert numbers(ingest(tmp_path)) == (4, 0, 0, 0, 0)
    site.pages["/b"] = Page(simple(("1", "C")))
    assert numbers(ingest(tmp_path)) == (0, 0, 3, 1, 0), "an unchanged feed withdraws nothing"
    site.pages["/b"] = Page(b"", 500)
    assert numbers(ingest(tmp_path)) == (0, 0, 2, 0, 1)
    site.pages["/b"] = Page(simple(("1", "C"))[:-30])
    assert ingest(tmp_path).withdrawn == 0
    assert titles(tmp_path) == {"A", "B", "C"}


def test_other_settings_read_everything_again(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/feed")
    site.pages["/feed"] = Page(RSS.encode(), headers={"ETag": '"1"'})
    ingest(tmp_path)
    feeds(tmp_path, f"{site.root}/feed", more='fields = { section = "feed.title" }')
    assert ingest(tmp_path).changed == 2


def test_other_rules_of_reading_read_everything_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds(tmp_path, f"{site.root}/feed", more='home = "https://quay.example/"')
    entry = f"<item><title>A</title><guid>https://quay.example/1</guid>{DATE}</item>"
    text = f"<rss version='2.0'><channel><title>t</title>{entry}</channel></rss>"
    site.pages["/feed"] = Page(text.encode(), headers={"ETag": '"1"'})
    ingest(tmp_path)
    with opened(tmp_path) as newsroom:
        # As a migration leaves it, which cannot know whose the ids are.
        [stored] = store_of(newsroom).articles(now=utc_now())
        unknown = IncomingArticle(stored.article, stored.article.id)
        store_of(newsroom).put(stored.source, [unknown], utc_now(), seen=set())
    monkeypatch.setattr(open_source, "READING_RULES", open_source.READING_RULES + 1)
    assert numbers(ingest(tmp_path)) == (0, 0, 1, 0, 0)
    assert "if-none-match" not in site.asked[-1].headers
    with opened(tmp_path) as newsroom:
        best = Standing.CONFIGURED
        other = IncomingArticle(stored.article, stored.article.id, id_standing=best, link_standing=best)
        tally = store_of(newsroom).put("other", [other], utc_now(), seen=set())
        shown = store_of(newsroom).articles(now=utc_now())
    assert [each.is_hidden for each in tally.conflicts] == [False]
    assert [each.source for each in shown if each.article.id == stored.article.id] == ["in"], (
        "the first has the same right to the id again"
    )


def test_records_of_several_feeds_do_not_clash(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b")
    site.pages["/a"] = Page(simple(("1", "A")))
    site.pages["/b"] = Page(simple(("1", "B")))
    assert numbers(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    assert numbers(ingest(tmp_path)) == (0, 0, 2, 0, 0)


def test_an_entry_in_two_feeds_is_taken_once(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b")
    item = f"<item><title>{{}}</title><guid>https://quay.example/1</guid>{DATE}</item>"
    for name in "ab":
        text = f"<rss version='2.0'><channel><title>t</title>{item.format(name)}</channel></rss>"
        site.pages[f"/{name}"] = Page(text.encode())
    report = ingest(tmp_path)
    assert numbers(report) == (1, 0, 0, 0, 0)
    assert [each.severity for each in report.problems] == ["note"]
    assert titles(tmp_path) == {"a"}


def test_an_entry_in_two_feeds_stays_that_of_an_unchanged_first_feed(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b")
    item = "<item><title>{}</title><guid>https://quay.example/1</guid></item>"
    for name in "ab":
        text = f"<rss version='2.0'><channel><title>t</title>{item.format(name)}</channel></rss>"
        site.pages[f"/{name}"] = Page(text.encode(), headers={"ETag": '"1"'} if name == "a" else {})
    ingest(tmp_path)
    assert numbers(ingest(tmp_path)) == (0, 0, 1, 0, 0)
    assert titles(tmp_path) == {"a"}


def test_where_no_server_can_be_reached_the_world_has_failed(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b")
    site.pages |= {"/a": Page(b"", 500), "/b": Page(b"", 502)}
    report = ingest(tmp_path)
    assert report.external_failure
    assert "could be fetched" in report.problems[-1].message
    site.pages["/b"] = Page(simple(("1", "A")))
    assert not ingest(tmp_path).external_failure


def test_one_feed_that_fails_is_not_the_loss_of_the_others(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/gone", f"{site.root}/page", f"{site.root}/feed")
    site.pages["/page"] = Page(b"<html><body>Hello</body></html>")
    site.pages["/feed"] = Page(simple(("1", "A")))
    report = ingest(tmp_path)
    assert numbers(report) == (1, 0, 0, 0, 2)
    assert [(each.file, each.severity) for each in report.problems] == [
        (f"{site.root}/gone", "error"),
        (f"{site.root}/page", "error"),
    ]


def test_a_server_that_asks_to_wait_is_left_alone_in_later_runs(site: Site, tmp_path: Path) -> None:
    clock = StillClock()
    feeds(tmp_path, f"{site.root}/feed")
    site.pages["/feed"] = Page(b"", 429, {"Retry-After": "600"})
    report = ingest(tmp_path, clock)
    assert "asks to wait 600 seconds" in report.problems[0].message
    clock.pass_(timedelta(minutes=5))
    site.pages["/feed"] = Page(simple(("1", "A")))
    report = ingest(tmp_path, clock)
    assert [each.severity for each in report.problems] == ["note"]
    assert site.paths() == ["/feed"]
    clock.pass_(timedelta(minutes=6))
    assert ingest(tmp_path, clock).new == 1


def test_nothing_is_taken_for_known_that_a_killed_run_has_seen(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds(tmp_path, f"{site.root}/feed")
    site.pages["/feed"] = Page(simple(("1", "A")), headers={"ETag": '"1"'})
    with opened(tmp_path) as newsroom:
        with monkeypatch.context() as patched:
            patched.setattr(SqlStore, "put", killed)
            with pytest.raises(KeyboardInterrupt):
                newsroom.ingest()
        assert newsroom.ingest().parts[0].new == 1  # type: ignore[attr-defined]


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_check_learns_nothing(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/feed", f"{site.root}/none")
    site.pages["/feed"] = Page(simple(("1", "A")), headers={"ETag": '"1"'})
    with opened(tmp_path) as newsroom:
        problems = newsroom.check().problems
        assert [each.file for each in problems if each.severity == "error"] == [f"{site.root}/none"]
    assert ingest(tmp_path).new == 1
    with opened(tmp_path) as newsroom:
        newsroom.check()
    asked = [each.headers.get("if-none-match") for each in site.asked if each.path == "/feed"]
    assert asked == [None, None, '"1"'], "it asks politely"


def test_private_addresses_have_to_be_allowed(site: Site, tmp_path: Path) -> None:
    table = f'\n[[source]]\nname = "in"\nkind = "feed"\nurl = "{site.root}/feed"\n'
    configured(tmp_path, table)
    (problem,) = ingest(tmp_path).problems
    assert "not a public address" in problem.message
    assert site.asked == []


def test_the_agent_names_the_project_and_the_site(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/feed")
    ingest(tmp_path)
    assert site.asked[0].headers["user-agent"] == "syndicate/0.1.0 (+https://harbour.example/)"


def test_feeds_from_files(tmp_path: Path) -> None:
    configured(tmp_path, '\n[[source]]\nname = "in"\nkind = "feed"\npath = "in/*"\n')
    latin = RSS.replace("utf-8", "iso-8859-1", 1).replace("Ada Quay", "Adé Quay").encode("iso-8859-1")
    write(tmp_path, {"in/a.rss": latin, "in/b.atom": ATOM, "in/c.json": json.dumps(JSON)})
    assert numbers(ingest(tmp_path)) == (4, 0, 0, 0, 0)
    assert numbers(ingest(tmp_path)) == (0, 0, 4, 0, 0)
    with opened(tmp_path) as newsroom:
        now = utc_now() + timedelta(days=365)
        authors = {
            name for each in store_of(newsroom).articles(now=now) for name in each.article.facet("author")
        }
    assert "Adé Quay" in authors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "module"),
    [
        ("html", "trafilatura"),
        ("sitemap", "mf2py"),
        ("html", "bs4"),
        ("feed", "protego"),
    ],
)
def test_a_missing_package_is_named(tmp_path: Path, kind: str, module: str) -> None:
    configured(tmp_path, f'\n[[source]]\nname = "in"\nkind = "{kind}"\nurl = "http://127.0.0.1:1/"\n')
    done = cli(tmp_path, "ingest", program=f"import sys; sys.modules['{module}'] = None")
    assert done.returncode == 2
    assert f"needs {module}" in done.stderr
    assert "pip install 'syndicate-feeds[sources]'" in done.stderr


# Servers without validators, limits


def test_an_unchanged_body_is_not_read_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []

    def count(data: bytes, **more: Any) -> Iterator[RawRecord | Problem]:
        reads.append(len(data))
        return read_feed(data, **more)

    monkeypatch.setattr("syndicate.sources.feed_entries.read_feed", count)
    feeds(tmp_path, f"{site.root}/feed")
    site.pages["/feed"] = Page(simple(("1", "A"), ("2", "B")))
    assert numbers(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    assert numbers(ingest(tmp_path)) == (0, 0, 2, 0, 0)
    assert len(reads) == 1, "the hash of the body decides without validators"
    # A server may invent a new validator for the same bytes.
    site.pages["/feed"] = Page(simple(("1", "A"), ("2", "B")), headers={"ETag": '"1"'})
    assert numbers(ingest(tmp_path)) == (0, 0, 2, 0, 0)
    assert len(reads) == 1
    ingest(tmp_path)
    assert site.asked[-1].headers["if-none-match"] == '"1"', "the new validator is used"
    site.pages["/feed"] = Page(simple(("1", "A, new"), ("2", "B")), headers={"ETag": '"1b"'})
    assert numbers(ingest(tmp_path)) == (0, 1, 1, 0, 0)
    assert numbers(ingest(tmp_path, reread=True)) == (0, 0, 2, 0, 0)
    assert len(reads) == 3
    assert "if-none-match" not in site.asked[-1].headers
    feeds(tmp_path, f"{site.root}/feed", more='language = "fi"')
    assert ingest(tmp_path).changed == 2, "other settings read everything again"


def test_a_number_of_records_is_read(site: Site, tmp_path: Path) -> None:
    feeds(tmp_path, f"{site.root}/feed", more="max_records = 2\ncomplete = true")
    site.pages["/feed"] = Page(simple(("1", "A"), ("2", "B")))
    assert numbers(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    site.pages["/feed"] = Page(simple(("3", "C"), ("4", "D"), ("5", "E")))
    report = ingest(tmp_path)
    assert numbers(report) == (2, 0, 0, 0, 1), "nothing is withdrawn"
    assert "more than 2 records" in report.problems[0].message


def test_a_read_ends_at_its_deadline(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds(tmp_path, f"{site.root}/a", f"{site.root}/b", more="complete = true")
    site.pages["/a"] = Page(simple(("1", "A"), ("2", "B")))
    site.pages["/b"] = Page(simple(("3", "C")))
    assert numbers(ingest(tmp_path)) == (3, 0, 0, 0, 0)
    site.pages["/a"] = Page(simple(("1", "A, new"), ("9", "Z")))
    late = iter([False, True, True])
    with monkeypatch.context() as patched:
        patched.setattr(ConditionalFetcher, "is_late", property(lambda _: next(late)))
        report = ingest(tmp_path)
    assert report.changed == 1, "what was read is kept"
    assert report.withdrawn == 0
    assert {each.message.partition(":")[0] for each in report.problems if each.severity == "error"} == {
        "the time of the source is over"
    }
    assert ingest(tmp_path).new == 1, "the next read goes on"
