# ruff: noqa: E501, ISC004 - the lines of documents are as long as they are
"""The entries of RSS, Atom and JSON feeds: what each format and its extensions say, and broken documents."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate import Article, Problem
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.feed_entries import read_feed
from syndicate.sources.feed_xml.broken_document import BrokenDocument
from syndicate.sources.feed_xml.encoding import choose_encoding
from syndicate.sources.source import RawRecord

NAMESPACES = """xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:atom="http://www.w3.org/2005/Atom"
xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
xmlns:georss="http://www.georss.org/georss" xmlns:thr="http://purl.org/syndication/thread/1.0"
xmlns:cc="http://web.resource.org/cc/" """
HEAD = "<title>The Quay</title><link>https://quay.example/</link><description>d</description>"


def rss(*items: str, head: str = HEAD, start: str = "") -> str:
    inner = "".join(
        f"<item><guid>https://quay.example/{n}</guid>{text}</item>" for n, text in enumerate(items)
    )
    return f'{start}<rss version="2.0" {NAMESPACES}><channel>{head}{inner}</channel></rss>'


def atom(entry: str, head: str = "", attributes: str = "") -> str:
    return f"""<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {attributes}><id>https://quay.example/</id>
<title>The Quay</title><updated>2026-01-02T03:04:05Z</updated>{head}
<entry><id>https://quay.example/0</id><updated>2026-01-02T03:04:05Z</updated>{entry}</entry></feed>"""


def read(document: str | bytes, **more: Any) -> tuple[list[RawRecord], list[Problem]]:
    data = document.encode() if isinstance(document, str) else document
    scope = "https://quay.example/feed"
    found = list(read_feed(data, scope=scope, place=scope, **more))
    return (
        [each for each in found if isinstance(each, RawRecord)],
        [each for each in found if isinstance(each, Problem)],
    )


def articles(document: str | bytes, **more: Any) -> list[Article]:
    records, problems = read(document, **more)
    assert problems == []
    found = []
    for each in records:
        incoming, own = to_article(each, RecordMapping(source="s", base="https://round.example/"))
        assert incoming, own
        assert own == []
        found.append(incoming.article)
    return found


def article(document: str | bytes, **more: Any) -> Article:
    (found,) = articles(document, **more)
    return found


def titles(document: str | bytes, **more: Any) -> list[str]:
    return [str(each.fields.get("title", "")) for each in read(document, **more)[0]]


# People


@pytest.mark.parametrize(
    ("inner", "authors"),
    [
        ("<author>ada@quay.example (Ada Quay)</author>", [("Ada Quay", "ada@quay.example")]),
        ("<author>Ada Quay &lt;ada@quay.example&gt;</author>", [("Ada Quay", "ada@quay.example")]),
        ("<author>ada@quay.example</author>", [(None, "ada@quay.example")]),
        ("<author>Smith &amp; Sons</author>", [("Smith & Sons", None)]),
        (
            "<dc:creator>Ada Quay</dc:creator><dc:creator>Bo Ek</dc:creator>",
            [("Ada Quay", None), ("Bo Ek", None)],
        ),
        (
            "<author>ada@quay.example (Ada Quay)</author><dc:creator>Ada Quay</dc:creator>",
            [("Ada Quay", "ada@quay.example")],
        ),
        ("<dc:creator>Ada</dc:creator><itunes:author>The Quay</itunes:author>", [("Ada", None)]),
        ("<itunes:author>The Quay</itunes:author>", [("The Quay", None)]),
        ("<atom:author><atom:name>Ada</atom:name></atom:author>", [("Ada", None)]),
        ("", [("The editors", "desk@quay.example")]),
    ],
)
def test_authors_of_rss(inner: str, authors: list[tuple[str | None, str | None]]) -> None:
    head = f"{HEAD}<managingEditor>desk@quay.example (The editors)</managingEditor>"
    found = article(rss(f"<title>a</title>{inner}", head=head)).authors
    assert [(each.name, each.email) for each in found] == authors


def test_authors_of_atom() -> None:
    head = "<author><name>The Quay</name></author>"
    own = "<author><name>Ada</name><email>a@quay.example</email><uri>/ada</uri></author><author><name>Bo</name></author>"
    assert [each.name for each in article(atom("<title>a</title>", head)).authors] == ["The Quay"]
    ada, bo = article(atom(f"<title>a</title>{own}", head, 'xml:base="https://quay.example/x/"')).authors
    assert (ada.name, ada.email, ada.url) == ("Ada", "a@quay.example", "https://quay.example/ada")
    assert bo.name == "Bo"
    source = "<source><id>urn:x</id><author><name>Cy</name></author></source>"
    assert [each.name for each in article(atom(f"<title>a</title>{source}", head)).authors] == ["Cy"]


def test_tags_and_their_vocabularies() -> None:
    found = article(
        rss(
            '<title>a</title><category domain="https://quay.example/tags">Boats</category><category>Boats</category>'
            "<category>Light, dark</category><dc:subject>Tides</dc:subject>"
            "<itunes:keywords>one, two,one</itunes:keywords><category/>"
        )
    )
    assert [(each.term, each.scheme) for each in found.tags] == [
        ("Boats", "https://quay.example/tags"),
        ("Light, dark", None),
        ("Tides", None),
        ("one", None),
        ("two", None),
    ]
    found = article(
        atom('<title>a</title><category term="b" label="Boats" scheme="https://quay.example/tags"/>')
    )
    assert [(each.term, each.label, each.scheme) for each in found.tags] == [
        ("b", "Boats", "https://quay.example/tags")
    ]


# Text


@pytest.mark.parametrize(
    ("inner", "html", "summary"),
    [
        ("<description>&lt;p>Short&lt;/p></description>", "<p>Short</p>", "Short"),
        (
            "<description>Short</description><content:encoded>&lt;p>Long&lt;/p></content:encoded>",
            "<p>Long</p>",
            "Short",
        ),
        (
            "<content:encoded>&lt;p>Long&lt;/p></content:encoded><description>Short</description>"
            "<media:description>Media</media:description>",
            "<p>Long</p>",
            "Short",
        ),
        ("<media:description>Media</media:description><description>Short</description>", "Short", "Short"),
        (
            "<media:group><media:description>A &lt;b></media:description></media:group>",
            "<p>A &lt;b&gt;</p>",
            "A <b>",
        ),
        ("<description>Long</description><itunes:subtitle>Short</itunes:subtitle>", "Long", "Short"),
        ("<itunes:summary>Only</itunes:summary>", "<p>Only</p>", "Only"),
        (
            "<description><p>Not <em>escaped</em></p></description>",
            "<p>Not <em>escaped</em></p>",
            "Not escaped",
        ),
        ("<description>a &amp;amp; b</description>", "a &amp; b", "a & b"),
        ("<description>&amp;lt;b&amp;gt;</description>", "&lt;b&gt;", "<b>"),
    ],
)
def test_texts_of_rss(inner: str, html: str, summary: str) -> None:
    found = article(rss(f"<title>a</title>{inner}"))
    assert (found.content_html, found.summary) == (html, summary)


@pytest.mark.parametrize(
    ("inner", "title", "html"),
    [
        (
            "<title>A &lt;b&gt; &amp;amp; c</title><content>x &lt;y&gt;</content>",
            "A <b> &amp; c",
            "<p>x &lt;y&gt;</p>",
        ),
        (
            '<title type="html">A &lt;b&gt;b&lt;/b&gt; &amp;amp; c</title><content type="html">&lt;i>x&lt;/i></content>',
            "A b & c",
            "<i>x</i>",
        ),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b></div></title>'
            '<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml"><x:p>x<x:br/>y</x:p></x:div></content>',
            "A b",
            "<p>x<br>y</p>",
        ),
        (
            '<title type="text/html" mode="escaped">A &lt;b>b&lt;/b></title>'
            '<content type="text/html" mode="base64">PHA+eDwvcD4=</content>',
            "A b",
            "<p>x</p>",
        ),
    ],
)
def test_texts_of_atom(inner: str, title: str, html: str) -> None:
    found = article(atom(inner))
    assert (found.title, found.content_html) == (title, html)


def test_relative_addresses_follow_xml_base() -> None:
    found = article(
        atom(
            '<title>a</title><link href="0.html"/><content type="html" xml:base="pics/">&lt;img src="a.png">&lt;a'
            ' href="/b">b&lt;/a></content><link rel="enclosure" href="a.mp3" type="audio/mpeg"/>',
            attributes='xml:base="https://quay.example/posts/"',
        ),
        url="https://elsewhere.example/feed",
    )
    assert found.link == "https://quay.example/posts/0.html"
    assert 'src="https://quay.example/posts/pics/a.png"' in found.content_html
    assert 'href="https://quay.example/b"' in found.content_html
    assert found.attachments[0].url == "https://quay.example/posts/a.mp3"


def test_an_entry_without_a_title_stays_without_one() -> None:
    found = article(rss("<description>Words of a note.</description>"))
    assert (found.title, found.summary) == ("", "Words of a note.")


def test_windows_characters() -> None:
    found = article(
        rss("<title>It&#146;s &#x201C;on&#148;</title><description>caf&#233;\u0096</description>")
    )
    assert (found.title, found.summary) == ("It’s “on”", "café–")


# Ids and links


@pytest.mark.parametrize(
    ("inner", "own_id", "link"),
    [
        ("<guid>https://q.example/1</guid>", "https://q.example/1", "https://q.example/1"),
        (
            '<guid isPermaLink="false">https://q.example/1</guid><link>https://q.example/2</link>',
            "https://q.example/1",
            "https://q.example/2",
        ),
        ('<guid isPermaLink="false">https://q.example/1</guid>', "https://q.example/1", None),
        ("<guid>tag:q.example,2026:1</guid>", "tag:q.example,2026:1", None),
        ("<link>/2</link>", None, "https://q.example/2"),
        (
            '<atom:link href="https://q.example/3"/><link>https://q.example/2</link>',
            None,
            "https://q.example/2",
        ),
        (
            "<GUID>https://q.example/1</GUID><Link>https://q.example/2</Link>",
            "https://q.example/1",
            "https://q.example/2",
        ),
    ],
)
def test_ids_and_links(inner: str, own_id: str | None, link: str | None) -> None:
    head = "<title>q</title><link>https://q.example/</link>"
    document = (
        f"<rss version='2.0' {NAMESPACES}><channel>{head}<item><title>a</title>{inner}</item></channel></rss>"
    )
    ((record,), problems) = read(document)
    assert problems == []
    assert (record.fields.get("id"), record.fields.get("link")) == (own_id, link)
    assert record.key == (own_id or link)


def test_what_identifies_entries_without_id_and_link_does_not_change() -> None:
    # These keys are in people's stores.
    (first,), _ = read(
        "<rss><channel><item><title>a</title><pubDate>Fri, 02 Jan 2026 08:00:00 GMT</pubDate></item></channel></rss>"
    )
    (second,), _ = read(
        "<rss><channel><item><description>No &lt;b>title&lt;/b></description></item></channel></rss>"
    )
    third = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [{"content_text": "b", "date_published": "2026"}],
            }
        )
    )[0][0]
    fourth = read("<rss><channel><item><title>a</title><guid>118</guid></item></channel></rss>")[0][0]
    assert [each.key for each in (first, second, third, fourth)] == KEYS


KEYS = [
    "urn:uuid:799ef4f0-3adc-5c0b-9ede-304fd0c6b00d",
    "urn:uuid:0ef8abdf-da73-5ef6-8963-6fb9ec60c03b",
    "urn:uuid:7c8aa7af-a68f-5f19-9678-87b9bfc1c54b",
    "urn:uuid:229498e4-af9b-5c42-8156-8015af18da8f",
]


def test_other_links() -> None:
    found = article(
        atom(
            '<title>a</title><link href="https://q.example/en" hreflang="en"/>'
            '<link href="https://q.example/de" hreflang="de" title="Deutsch"/>'
            '<link href="https://q.example/pdf" type="application/pdf"/><link rel="canonical" href="https://o.example/"/>'
            '<link rel="license" href="https://c.example/by"/><link rel="replies" type="application/atom+xml"'
            ' href="https://q.example/c" thr:count="7"/><link rel="replies" type="text/html" href="https://q.example/h"/>'
            '<thr:in-reply-to ref="https://o.example/1" href="https://o.example/one"/>'
        )
    )
    assert found.link == "https://q.example/de", "the last page"
    assert [(each.url, each.language, each.media_type) for each in found.alternates] == [
        ("https://q.example/en", "en", None),
        ("https://q.example/pdf", None, "application/pdf"),
    ]
    assert (found.canonical, found.license and found.license.url) == (
        "https://o.example/",
        "https://c.example/by",
    )
    assert found.discussion
    assert (found.discussion.url, found.discussion.feed, found.discussion.count) == (
        "https://q.example/h",
        "https://q.example/c",
        7,
    )
    assert [(each.id, each.url) for each in found.replies_to] == [
        ("https://o.example/1", "https://o.example/one")
    ]


def test_comments_place_and_origin_of_rss() -> None:
    found = article(
        rss(
            "<title>a</title><comments>https://q.example/1#c</comments><slash:comments>3</slash:comments>"
            "<wfw:commentRss>https://q.example/1/feed</wfw:commentRss><georss:point>54.5 -1.25</georss:point>"
            '<source url="https://o.example/feed">The &amp;amp; other</source>'
        )
    )
    assert found.discussion
    assert (
        found.discussion.url,
        found.discussion.feed,
        found.discussion.feed_type,
        found.discussion.count,
    ) == (
        "https://q.example/1#c",
        "https://q.example/1/feed",
        "application/rss+xml",
        3,
    )
    assert found.location
    assert (found.location.latitude, found.location.longitude) == (54.5, -1.25)
    assert found.origin
    assert (found.origin.title, found.origin.feed) == ("The & other", "https://o.example/feed")


def test_dates_and_languages() -> None:
    found = articles(
        rss(
            "<title>a</title><dc:date>2026-01-02T03:04:05Z</dc:date><dc:language>fi</dc:language>",
            "<title>b</title><pubDate>soon</pubDate><dc:date>2026-01-02T03:04:05Z</dc:date>",
            '<title xml:lang="sv">c</title><pubDate>Fri, 02 Jan 2026 03:04:05 GMT</pubDate>',
            head=HEAD + "<language>en-gb</language>",
        )
    )
    assert {each.published for each in found} == {datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    assert [each.language for each in found] == ["fi", "en-gb", "sv"]


# Images and sound


def test_images_with_descriptions() -> None:
    mastodon = (
        "<description>&lt;p>Look&lt;/p></description>"
        '<media:content url="https://q.example/1.png" type="image/png" fileSize="99" medium="image">'
        '<media:rating scheme="urn:simple">nonadult</media:rating>'
        '<media:description type="plain">A pier at dawn</media:description></media:content>'
        '<media:content url="https://q.example/2.png" type="image/png" fileSize="98" medium="image"/>'
        '<media:content url="https://q.example/3.mp4" type="video/mp4" fileSize="97" duration="12" medium="video"/>'
    )
    found = article(rss(mastodon))
    assert found.image
    assert (found.image.url, found.image.alt, found.image.media_type) == (
        "https://q.example/1.png",
        "A pier at dawn",
        "image/png",
    )
    assert [(each.url, each.length, each.duration) for each in found.attachments] == [
        ("https://q.example/2.png", 98, None),
        ("https://q.example/3.mp4", 97, 12.0),
    ]


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ('<media:thumbnail url="a.jpg" width="75" height="50"/>', "https://quay.example/a.jpg"),
        (
            '<media:thumbnail url="a.jpg"/><media:content url="/b.jpg" medium="image" width="1200" height="800"/>',
            "https://quay.example/b.jpg",
        ),
        (
            '<media:group><media:content url="https://q.example/v" type="application/x-shockwave-flash"/>'
            '<media:thumbnail url="/t.jpg"/><media:description>v</media:description></media:group>',
            "https://quay.example/t.jpg",
        ),
        ('<itunes:image href="/i.jpg"/>', "https://quay.example/i.jpg"),
        ("<image><url>/j.jpg</url><title>no</title><link>/no</link></image>", "https://quay.example/j.jpg"),
        ('<enclosure url="/k.png" type="image/png" length="7"/>', "https://quay.example/k.png"),
        ('<media:content url="https://x.gravatar.com/avatar/1" medium="image"/>', None),
        ("<description>&lt;img src='/l.png'></description>", None),
    ],
)
def test_the_image_of_an_entry(inner: str, url: str | None) -> None:
    image = article(rss(f"<title>a</title>{inner}")).image
    assert (image.url if image else None) == url


def test_a_podcast_in_full() -> None:
    found = article(
        rss(
            "<title>a</title>"
            '<enclosure url="https://q.example/1.mp3" length="5" type="audio/mpeg"/>'
            '<enclosure url="https://q.example/1.ogg" length="0" type="audio/ogg"/>'
            "<itunes:duration>1:02:03</itunes:duration><itunes:episode>14</itunes:episode>"
            "<itunes:season>2</itunes:season><itunes:episodeType>Bonus</itunes:episodeType>"
            "<itunes:explicit>clean</itunes:explicit>"
            '<podcast:transcript url="/1.vtt" type="text/vtt" language="en" rel="captions"/>'
            '<podcast:transcript url="/1.html" type="text/html"/>'
            '<podcast:chapters url="/1.json" type="application/json+chapters"/>'
            '<podcast:person role="guest" group="cast" href="/sam" img="/sam.jpg">Sam Tar</podcast:person>'
        )
    )
    assert [(each.url, each.media_type, each.length, each.duration) for each in found.attachments] == [
        ("https://q.example/1.mp3", "audio/mpeg", 5, 3723.0),
        ("https://q.example/1.ogg", "audio/ogg", 0, None),
    ]
    episode = found.episode
    assert episode
    assert (episode.number, episode.season, episode.kind, episode.explicit) == (14, 2, "bonus", False)
    assert [(each.url, each.media_type, each.language, each.captions) for each in episode.transcripts] == [
        ("https://quay.example/1.vtt", "text/vtt", "en", True),
        ("https://quay.example/1.html", "text/html", None, False),
    ]
    assert [(each.name, each.role, each.url, each.image) for each in episode.persons] == [
        ("Sam Tar", "guest", "https://quay.example/sam", "https://quay.example/sam.jpg")
    ]


def test_the_nested_elements_of_podcasting_2_0() -> None:
    found = article(
        rss(
            "<title>14: a</title><itunes:title>a</itunes:title><itunes:block>Yes</itunes:block>"
            '<enclosure url="https://q.example/1.mp3" length="5" type="audio/mpeg"/>'
            '<podcast:episode display="Ch. 4">4.5</podcast:episode><podcast:season name="Tides">2</podcast:season>'
            '<podcast:soundbite startTime="73.0" duration="60">Knots</podcast:soundbite>'
            '<podcast:alternateEnclosure type="video/mp4" length="7" bitrate="160707.74" title="Video" default="false">'
            '<podcast:source uri="/1.mp4"/><podcast:source uri="ipfs://abc" contentType="video/mp4"/>'
            "</podcast:alternateEnclosure>"
            '<podcast:location geo="geo:54.5,-1.25" osm="R113314">The pier</podcast:location>'
            '<podcast:socialInteract protocol="activitypub" uri="https://s.example/1" accountId="@ada" priority="1"/>'
            '<podcast:license url="https://c.example/by">cc-by-4.0</podcast:license>'
            '<podcast:value type="lightning" method="keysend" suggested="0.00000005">'
            '<podcast:valueRecipient name="Ada" type="node" address="02d5" split="99" fee="true"/>'
            '<podcast:valueTimeSplit startTime="60" duration="237" remotePercentage="95">'
            '<podcast:remoteItem itemGuid="urn:x" feedGuid="a94f5cc9-8c58-55fc-91fe-a324087a655b" medium="music"/>'
            "</podcast:valueTimeSplit></podcast:value>"
            '<podcast:txt purpose="verify">abc</podcast:txt><podcast:funding url="/give">Give</podcast:funding>'
            '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters" version="1.2">'
            '<psc:chapter start="00:01:02.500" title="Start" href="/s"/></psc:chapters>'
        )
    )
    episode = found.episode
    assert episode
    assert (episode.number, episode.number_text, episode.season, episode.season_name) == (
        4.5,
        "Ch. 4",
        2,
        "Tides",
    )
    assert (found.title, episode.title, episode.block) == ("14: a", "a", True)
    assert [(each.start, each.duration, each.title) for each in episode.soundbites] == [(73.0, 60.0, "Knots")]
    (version,) = episode.alternate_enclosures
    assert (version.media_type, version.length, version.bitrate, version.default) == (
        "video/mp4",
        7,
        "160707.74",
        False,
    )
    assert [each.uri for each in version.sources] == ["https://quay.example/1.mp4", "ipfs://abc"]
    assert [(each.name, each.geo, each.osm) for each in episode.places] == [
        ("The pier", "geo:54.5,-1.25", "R113314")
    ]
    assert [(each.uri, each.account_id, each.priority) for each in episode.social_interacts] == [
        ("https://s.example/1", "@ada", 1)
    ]
    assert episode.license
    assert (episode.license.name, episode.license.url) == ("cc-by-4.0", "https://c.example/by")
    (value,) = episode.values
    assert [(each.name, each.split, each.fee) for each in value.recipients] == [("Ada", 99, True)]
    assert value.time_splits[0].remote_item
    assert value.time_splits[0].remote_item.medium == "music"
    assert [(each.text, each.purpose) for each in episode.txt] == [("abc", "verify")]
    assert [(each.url, each.text) for each in episode.funding] == [("https://quay.example/give", "Give")]
    assert [(each.start, each.title, each.url) for each in episode.chapter_list] == [
        (62.5, "Start", "https://quay.example/s")
    ]


def test_a_live_item_is_an_entry() -> None:
    live = (
        '<podcast:liveItem status="pending" start="2026-05-01T18:00:00Z"><title>Live</title>'
        '<guid isPermaLink="false">live-1</guid><enclosure url="https://q.example/live" type="audio/mpeg" length="0"/>'
        '<podcast:contentLink href="https://q.example/watch">Watch</podcast:contentLink></podcast:liveItem>'
    )
    document = rss("<title>a</title>", head=HEAD + live)
    for text in (document, document.replace("<title>a", "<title>a & b")):
        records, _ = read(text)
        assert records[0].fields["title"] == "Live"
        assert len(records) == 2
        incoming, _ = to_article(records[0], RecordMapping())
        assert incoming
        assert incoming.article.episode
        assert incoming.article.episode.live
        assert incoming.article.episode.live.status == "pending"
        assert [each.text for each in incoming.article.episode.content_links] == ["Watch"]


# Formats


def test_rss_1_0() -> None:
    found = articles(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://q.example/"><title>q</title>
        <link>https://q.example/</link><dc:creator>Ada</dc:creator></channel>
        <item rdf:about="https://q.example/1"><title>a</title><link>https://q.example/1?x=1&amp;y=2</link></item>
        <item rdf:about="https://q.example/2"><title>b</title></item></rdf:RDF>"""
    )
    assert [(each.id, each.title) for each in found] == [
        ("https://q.example/1", "a"),
        ("https://q.example/2", "b"),
    ]
    assert found[0].link == "https://q.example/1?x=1&y=2"
    assert found[0].authors[0].name == "Ada"


@pytest.mark.parametrize(
    "document",
    [
        "<rss version='0.91'><channel><item><title>a</title></item></channel></rss>",
        "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/rss-0.91.dtd'>"
        "<rss version='0.91'><channel><item><title>a</title></item></channel></rss>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
        "<item><title>a</title></item></rdf:RDF>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>a</title></entry></feed>",
        "<feed><entry><title>a</title></entry></feed>",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>a</a:title></a:entry></a:feed>',
        '<rss xmlns="http://backend.userland.com/RSS2"><channel><item><title>a</title></item></channel></rss>',
        '<entry xmlns="http://www.w3.org/2005/Atom"><title>a</title></entry>',
        "\ufeff\n  <?xml version='1.0'?><rss><channel><item><title>a</title></item></channel></rss>",
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": 7, "title": "a"}]}',
    ],
)
def test_every_version(document: str) -> None:
    assert titles(document) == ["a"]


# Encodings


@pytest.mark.parametrize(
    ("encoding", "label", "word"),
    [
        ("utf-8", "utf-8", "Märkte – 市場"),
        ("utf-8-sig", "utf-8", "市場"),
        ("utf-16", "utf-16", "市場"),
        ("utf-16-be", "utf-16", "市場"),
        ("iso-8859-1", "iso-8859-1", "Märkte"),
        ("cp1252", "iso-8859-1", "“Märkte” – €"),
        ("cp1252", "us-ascii", "“Märkte”"),
        ("cp1252", "utf-8", "“Märkte”"),
        ("gb18030", "gb2312", "市场〇㐀"),
        ("cp932", "shift_jis", "市場①"),
        ("euc-jp", "euc-jp", "市場"),
        ("cp949", "euc-kr", "시장똠"),
        ("big5", "big5", "市場"),
        ("koi8-r", "koi8-r", "Рынок"),
        ("cp1256", "windows-1256", "السوق"),
        ("cp1255", "windows-1255", "שוק"),
    ],
)
def test_encodings(encoding: str, label: str, word: str) -> None:
    text = rss(f"<title>{word}</title>", start=f'<?xml version="1.0" encoding="{label}"?>')
    records, problems = read(text.encode(encoding))
    assert [each.fields["title"] for each in records] == [word]
    assert all(each.severity == "note" for each in problems)
    if problems:
        return
    # The server's word counts more than that of the document.
    text = text.replace(f'encoding="{label}"', 'encoding="iso-8859-5"')
    assert titles(text.encode(encoding), media_type=f"text/xml; charset={label}") == [word]


@given(
    st.binary(max_size=400),
    st.sampled_from([None, "text/xml; charset=utf-16", "text/xml; charset=x", "a;charset=zip"]),
)
def test_every_document_has_an_encoding(data: bytes, media_type: str | None) -> None:
    encoding, _ = choose_encoding(io.BytesIO(data), media_type)
    data.decode(encoding, "replace")


# Broken documents

GOOD = ["<title>a</title>", "<title>b</title><description>&lt;p>x&lt;/p></description>", "<title>c</title>"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<title>b", "<title>b & c", ["a", "b & c", "c"]),
        ("<title>b", "<title>b&nbsp;&eacute;&nonsense;", ["a", "b\xa0é&nonsense;", "c"]),
        ("&lt;p>x&lt;/p>", "<p>x<br>y", ["a", "b", "c"]),
        ("<title>b", "<title>b\x0b\x00", ["a", "b", "c"]),
        (
            "<title>b</title>",
            "<title>b</title><new:thing>1</new:thing><dcterms:issued>2026-01-02</dcterms:issued>",
            ["a", "b", "c"],
        ),
        ("<title>b</title>", "<title>b", ["a", "", "c"]),
        ("</item>", "", ["b", "c"]),
        ("<rss", "<?xml version='1.0'?>\n<?xml version='1.0'?><rss", ["a", "b", "c"]),
        ("<channel>", "<channel><image><url>x</image>", ["a", "b", "c"]),
    ],
)
def test_a_fault_costs_at_most_its_entry(old: str, new: str, expected: list[str]) -> None:
    document = rss(*GOOD).replace(old, new, 1)
    records, problems = read(document)
    found = [str(each.fields.get("title", "")) for each in records]
    if expected[1] == "" and len(found) == 3:
        # What follows the missing end tag may be taken for the title.
        assert (found[0], found[2]) == ("a", "c")
    else:
        assert found == [each.replace("\xa0", " ") if each not in found else each for each in expected]
    assert len(problems) == 1
    assert problems[0].severity == "warning"
    keys = [each.key for each in records]
    assert keys == [f"https://quay.example/{'abc'.index(each[:1] or 'b')}" for each in expected]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.sampled_from(["rss", "atom", "json"]))
def test_a_document_that_is_cut_off_gives_its_complete_entries(at: int, kind: str) -> None:
    whole = DOCUMENTS[kind]
    document = whole[: at % len(whole)]
    records, problems = read(document)
    complete = document.count({"rss": "</item>", "atom": "</entry>", "json": '"!"}'}[kind])
    entries = read(whole)[0]
    is_feed = bool(records) or any("not a feed" not in each.message for each in problems)
    assert [each.key for each in records] == [each.key for each in entries[: complete if is_feed else 0]]
    assert [each.fields for each in records] == [each.fields for each in entries[: len(records)]]
    assert problems or document.strip() == whole.strip() or not document.strip()


DOCUMENTS = {
    "rss": rss(
        *[f"<title>t{n}</title><description><![CDATA[<p>x]] ></p>]]></description>" for n in range(4)]
    ),
    "atom": atom(
        "<title>t</title></entry><entry><id>https://quay.example/1</id><title type='html'>&lt;b>u&lt;/b></title>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>x</p></div></content>"
    ),
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "t",
            "items": [{"id": f"https://q.example/{n}", "content_text": "x", "z": "!"} for n in range(4)],
        }
    ),
}


def test_a_truncated_entry_is_left_out_and_reported() -> None:
    records, (problem,) = read(DOCUMENTS["rss"][: DOCUMENTS["rss"].rindex("</description>")])
    assert len(records) == 3
    assert "1 entries were cut off and left out" in problem.message
    assert problem.severity == "warning"
    assert read(DOCUMENTS["rss"][:-30], is_strict=True)[1][0].severity == "error"
    records, (problem,) = read(DOCUMENTS["json"][:-20])
    assert len(records) == 3
    assert "broken JSON" in problem.message
    assert problem.severity == "error"


pieces = st.sampled_from(
    [
        *(
            "<item>",
            "</item>",
            "<entry>",
            "</entry>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<title>",
            "</title>",
        ),
        *(
            "<description>",
            "</description>",
            "&amp;",
            "&",
            "&nbsp;",
            "<p>",
            "</p>",
            "<dc:x a='",
            "words",
            "<?x",
            "?>",
        ),
        *("<!DOCTYPE x [", "]>", "<content type='xhtml'>", "</content>", "'", '"', ">", "<"),
    ]
)


@given(st.lists(pieces, max_size=40))
def test_any_broken_document_ends_in_entries(inner: list[str]) -> None:
    text = f"<rss>{''.join(inner)}<item><title>last</title></item></rss>"
    document = BrokenDocument(text)
    assert all(element is not None for element in document.entries())
    read(text)


# Size


def test_nesting_is_limited() -> None:
    deep = "<x>" * 5000 + "</x>" * 5000
    records, problems = read(
        rss("<title>a</title>", f"<title>b</title><description>{deep}</description>", "<title>c</title>")
    )
    assert [each.fields["title"] for each in records if each.fields.get("title") != "b"] == ["a", "c"]
    assert problems


def test_an_entry_has_a_size_limit() -> None:
    document = rss("<title>a</title>", f"<title>b</title>{'<x/>' * 200_000}", "<title>c</title>")
    records, problems = read(document, max_bytes=300_000)
    assert records == []
    assert "an entry has more than 0.3 MB" in problems[-1].message
    assert problems[-1].severity == "error"
    many = rss(*[f"<title>{'t' * 1000}</title>"] * 1000)
    assert len(read(many, max_bytes=300_000)[0]) == 1000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rss", "json"])
def test_a_large_feed_is_not_held_in_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "feed"
    words = "words " * 10_000
    with path.open("w", encoding="utf-8") as out:
        if kind == "rss":
            out.write("<rss><channel><title>t</title>")
            for number in range(800):
                out.write(
                    f"<item><guid>{number}</guid><title>t</title><description>{words}</description></item>"
                )
            out.write("</channel></rss>")
        else:
            out.write('{"version": "https://jsonfeed.org/version/1.1", "items": [')
            for number in range(800):
                out.write(f'{"," if number else ""}{{"id": "{number}", "content_text": "{words}"}}')
            out.write('], "title": "t"}')
    assert path.stat().st_size > 45_000_000
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from syndicate.sources.feed_entries import read_feed_file\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "path = Path(sys.argv[1]); before = peak()\n"
        "items = read_feed_file(lambda: path.open('rb'), scope='s', place='p')\n"
        "count = sum(1 for _ in items); print(count, peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, timeout=120
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == 800
    assert kilobytes < 25_000


def test_nothing_is_lost_where_a_document_has_a_base() -> None:
    # Deeper than what libxml2 reads without a special option.
    deep = (
        "&lt;b>" * 120
        + "&lt;ul>&lt;li>" * 60
        + "&lt;a href='/deep'>words&lt;/a>"
        + "&lt;iframe src='//v.example/1'>&lt;/iframe>"
    )
    found = read(
        atom(f'<title>a</title><content type="html" xml:base="https://q.example/p/">{deep}</content>')
    )[0][0]
    html = str(found.fields["content_html"])
    assert '<a href="https://q.example/deep">words</a>' in html
    assert '<iframe src="https://v.example/1">' in html
