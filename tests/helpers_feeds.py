"""Example articles and feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from syndicate import (
    Alternate,
    Article,
    Attachment,
    Author,
    Comments,
    Element,
    Episode,
    Feed,
    Image,
    InReplyTo,
    License,
    Location,
    Person,
    Podcast,
    SourceFeed,
    Tag,
    Transcript,
)
from syndicate.errors import Where
from syndicate.feeds import Document, document, feed_metadata
from syndicate.model import FeedMetadata, Tombstone, podcast
from syndicate.sources import RawRecord, RecordMapping, to_article

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML = "{http://www.w3.org/XML/1998/namespace}"

FEED = Feed(
    name="main",
    title="The Harbour Post",
    home="https://harbour.example/",
    description="News from the waterfront & beyond",
    language="en-GB",
    author=Author(name="The Harbour Post", email="desk@harbour.example"),
    base_url="https://harbour.example/feeds/",
)

PAYMENT = podcast.Value(
    type="lightning",
    method="keysend",
    suggested="0.00000005000",
    recipients=(
        podcast.ValueRecipient(
            type="node",
            address="02d5c1bf8b940dc9",
            split=95,
            name="Ann & Bo",
            custom_key="906608",
            custom_value="01<&>",
        ),
        podcast.ValueRecipient(type="lnaddress", address="host@harbour.example", split=5, fee=True),
    ),
    time_splits=(
        podcast.ValueTimeSplit(
            start=60,
            duration=237.5,
            remote_start=174,
            remote_percentage=95,
            remote_item=podcast.RemoteItem(feed_guid="a94f5cc9-8c58-55fc-91fe-a324087a655b", item_guid="x&y"),
        ),
        podcast.ValueTimeSplit(
            start=330.25,
            duration=53,
            recipients=(podcast.ValueRecipient(type="node", address="02dd306e68c4", split=100),),
        ),
    ),
)

CUSTOM_NAMESPACE = "https://harbour.example/ns/100%25"

PODCAST_FEED = Feed(
    name="shows/harbour hour",
    id="tag:harbour.example,2026:show",
    title="Harbour hour & friends",
    home="https://harbour.example/show/",
    description="Talk <from> the quay",
    language="en-GB",
    author=Author(email="desk@harbour.example", url="https://harbour.example/about/"),
    base_url="https://harbour.example/feeds/",
    page=True,
    hubs=("https://hub.example/", "https://hub.example/2?a=1&b=2"),
    where={"section": "Shows"},
    without={"tag": "draft"},
    limit=7,
    formats=("rss", "atom"),
    content="summary",
    history="complete",
    rights="© 2026 Harbour & Sons",
    atom_content="xhtml",
    markdown=False,
    editor=Author(name="The <editor>", email="editor@harbour.example"),
    webmaster=Author(name="Web & master", email="web@harbour.example"),
    contributors=(Author(name="Cy & Di", email="cy@harbour.example", url="https://cy.example/"),),
    image=Image(url="https://harbour.example/i/show.png", alt="A <mic> & a gull", width=144, height=144),
    icon="https://harbour.example/i/icon.png",
    categories=(Tag(term="sea", label="The sea", scheme="https://harbour.example/tags/"), Tag(term="R&D")),
    ttl=90,
    skip_hours=(23, 0, 5),
    skip_days=("Sunday", "Monday"),
    podcast=Podcast(
        categories=("Society & Culture > Documentary", "News"),
        explicit=True,
        author="Ann Lee & Bo Ek",
        owner=Author(name="The desk", email="desk@harbour.example"),
        kind="serial",
        image="https://harbour.example/i/show-3000.jpg",
        locked=True,
        guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
        title="Harbour hour <live> & more",
        images=(
            podcast.PodcastImage(
                url="https://harbour.example/i/show-banner.jpg",
                alt="A <mic> & a gull",
                aspect_ratio="16/9",
                width=2560,
                height=1440,
                media_type="image/jpeg",
                purpose="banner social",
            ),
        ),
        funding=(
            podcast.Funding(url="https://harbour.example/give?a=1&b=2"),
            podcast.Funding(url="https://harbour.example/join", text="Become a <member>"),
        ),
        funding_text="Buy us a <rope>",
        medium="music",
        complete=True,
        new_feed_url="https://harbour.example/feeds/hour.rss?a=1&b=2",
        block=True,
        blocked_platforms=("amazon",),
        allowed_platforms=("google", "overcast"),
        persons=(Person(name="Ann & Bo"),),
        places=(
            podcast.Place(name="Tide & Co", rel="creator", geo="54.5,-1.25", osm="R113314", country="gb"),
        ),
        license=License(name="cc-by-4.0", url="https://creativecommons.org/licenses/by/4.0/"),
        trailers=(
            podcast.Trailer(
                url="https://harbour.example/trailer.mp3?a=1&b=2",
                title="Soon <here>",
                published=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                length=12345,
                media_type="audio/mpeg",
                season=3,
            ),
        ),
        update_frequency=podcast.UpdateFrequency(
            text="Every other Monday & some Fridays",
            rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10",
            dtstart=datetime(2026, 1, 5, 6, 0, tzinfo=UTC),
            complete=True,
        ),
        values=(PAYMENT,),
        chat=podcast.Chat(server="irc.harbour.example", protocol="irc", account_id="@bo", space="#hour"),
        social_interacts=(podcast.SocialInteract(protocol="disabled"),),
        podroll=(
            podcast.RemoteItem(
                feed_guid="9b024349-ccf0-5f69-a609-6b82873eab3c",
                feed_url="https://podnews.example/rss?a=1&b=2",
                title="News <of> pods",
            ),
        ),
        remote_items=(
            podcast.RemoteItem(
                feed_guid="a94f5cc9-8c58-55fc-91fe-a324087a655b", item_guid="urn:x:1", medium="music"
            ),
        ),
        publisher=podcast.RemoteItem(feed_guid="003af0a0-6a45-55cf-b765-68e3d349551a"),
        podping=True,
        txt=(podcast.Txt(text="S6lpp-7ZCn8 & more", purpose="verify"), podcast.Txt(text="plain <text>")),
    ),
    elements=(
        Element(namespace=CUSTOM_NAMESPACE, prefix="ex", name="edition", text='5 < 6 & "more"'),
        Element(
            namespace=CUSTOM_NAMESPACE,
            prefix="ex",
            name="place",
            attributes={"of": 'a "b"\n{c} %s', "no": "1"},
        ),
    ),
)
"""A podcast with every field of a feed."""

ARCHIVED = FEED.model_copy(update={"history": "archive", "hubs": PODCAST_FEED.hubs})


def documents() -> dict[str, Document]:
    """A feed, a podcast, the newest document of an archive, and two older ones."""
    main, noon = document(FEED, example_articles()), datetime(2026, 4, 5, 12, 0, tzinfo=UTC)
    gone = (
        Tombstone("https://harbour.example/gone?a=1&b=2", noon),
        Tombstone("urn:x:7", noon - timedelta(days=1)),
    )
    newest = feed_metadata(ARCHIVED, main.updated, main.updated, older=2, tombstones=gone)
    return {
        "main": main,
        "show": document(PODCAST_FEED, [example_articles()[3]]),
        "newest": Document(newest, main.entries[:1]),
        "older": Document(
            FeedMetadata(ARCHIVED, main.updated, main.updated, page=2, older=1), main.entries[1:2]
        ),
        "oldest": Document(FeedMetadata(ARCHIVED, main.updated, main.updated, page=1), main.entries[2:3]),
    }


_MAPPING = RecordMapping(
    source="posts", base="https://harbour.example/", timezone=timezone(timedelta(hours=1))
)


def example_articles() -> list[Article]:
    """Five articles that together use every field."""
    record = {
        "title": "Ferry <Anna> & the 9:30: late?",
        "link": "/2026/ferry/",
        "summary": "Fares < £3 & falling.",
        "content_html": '<p>See <a href="timetable">the timetable</a> & '
        '<img src="/i/anna.jpg" alt="Anna" '
        'srcset="anna.jpg 1x,anna@2x.jpg 2x"> if a &lt; b.</p><pre>x[y[0]]&gt;1 ]]></pre>',
        "authors": ["Ann Lee <ann@harbour.example>", {"name": "Bo Ek", "url": "https://bo.example/"}],
        "tags": [
            {"term": "boats", "label": "Boats & ships", "scheme": "https://harbour.example/tags/"},
            "R&D",
        ],
        "section": "News",
        "language": "en_GB",
        "date": "2026-04-03 08:30",
        "updated": "2026-04-04T09:00:00Z",
        "image": {"url": "/i/anna.jpg", "alt": "The Anna", "width": 800, "height": 600},
        "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        "rights": "© 2026 Harbour & Sons",
        "canonical": "https://elsewhere.example/ferry",
    }
    incoming, _ = to_article(RawRecord(record, Where()), _MAPPING)
    assert incoming is not None
    ferry = incoming.article
    episode = Article(
        id="tag:harbour.example,2026:podcast-7",
        title="Podcast 7",
        link="https://harbour.example/podcast/7?a=1&b=2",
        summary="Tides, told.",
        authors=(Author(name="Ann Lee (host)", email="ann@harbour.example"),),
        published=datetime(2026, 4, 2, 6, 0, tzinfo=UTC),
        attachments=(
            Attachment(
                url="https://harbour.example/7.mp3?x=1&y=2",
                media_type="audio/mp3",
                length=123456,
                title="Episode <7>",
                duration=61.5,
            ),
            Attachment(url="https://harbour.example/7.ogg", media_type="audio/ogg"),
            Attachment(url="https://harbour.example/7.vtt", media_type="text/vtt", length=99, duration=60.0),
        ),
        license=License(name="All rights reserved"),
        image=Image(url="https://harbour.example/i/7.jpg", media_type="image/jpeg"),
        episode=Episode(
            number=7,
            season=2,
            kind="bonus",
            explicit=False,
            transcripts=(
                Transcript(
                    url="https://harbour.example/7.vtt", media_type="text/vtt", language="en", captions=True
                ),
                Transcript(url="https://harbour.example/7.html", media_type="text/html"),
            ),
            number_text="Day <7> & on",
            season_name="Tides & winds",
            title="The 'knot' <maker>",
            block=True,
            chapters="https://harbour.example/7.chapters.json",
            chapters_type="application/json",
            chapter_list=(
                podcast.Chapter(start=0, title="Hello & welcome"),
                podcast.Chapter(
                    start=3661.5,
                    title="The <knot>",
                    url="https://harbour.example/knot?a=1&b=2",
                    image="https://harbour.example/i/knot.jpg",
                ),
            ),
            soundbites=(
                podcast.Soundbite(start=73, duration=60),
                podcast.Soundbite(start=1234.5, duration=42.25, title="Why <knots> & ropes"),
            ),
            alternate_enclosures=(
                podcast.AlternateEnclosure(
                    media_type="video/mp4",
                    sources=(
                        podcast.MediaSource(uri="https://harbour.example/7.mp4?a=1&b=2"),
                        podcast.MediaSource(
                            uri="https://harbour.example/7.torrent", media_type="application/x-bittorrent"
                        ),
                        podcast.MediaSource(uri="ipfs://QmX33FYehk6ckGQ6g1D9D3FqZPix5JpKstKQKbaS8quUFb"),
                    ),
                    length=7924786,
                    bitrate="511276.52",
                    height=720,
                    language="en-GB",
                    title="Video <version>",
                    rel="video & more",
                    codecs="avc1.42E01E, mp4a.40.2",
                    default=True,
                    integrity=podcast.Integrity(value=f"sha384-{'A' * 64}"),
                ),
                podcast.AlternateEnclosure(
                    media_type="audio/opus",
                    sources=(podcast.MediaSource(uri="https://harbour.example/7.opus"),),
                    integrity=podcast.Integrity(type="pgp-signature", value="iQIzBAABCAAdFiEE+/="),
                ),
            ),
            images=(podcast.PodcastImage(url="https://harbour.example/i/7-wide.jpg", purpose="social"),),
            places=(podcast.Place(name="The <quay>", rel="subject", country="NO"),),
            license=License(name="cc-by-4.0"),
            funding=(podcast.Funding(url="https://harbour.example/give/7", text="Pay for <this>"),),
            social_interacts=(
                podcast.SocialInteract(
                    uri="https://social.example/@bo/105?a=1&b=2",
                    account_id="@bo",
                    account_url="https://social.example/@bo",
                    priority=1,
                ),
            ),
            values=(PAYMENT,),
            chat=podcast.Chat(
                server="harbour.example", protocol="matrix", embed_url="https://harbour.example/chat?a&b"
            ),
            content_links=(podcast.ContentLink(url="https://video.example/7?a=1&b=2", text="Watch <it>"),),
            txt=(podcast.Txt(text="true", purpose="ai-content"),),
            persons=(
                Person(
                    name="Bo Ek",
                    role="guest",
                    group="cast",
                    url="https://bo.example/",
                    image="https://bo.example/bo.jpg",
                ),
                Person(name="Ann & co"),
            ),
        ),
    )
    storm = Article(
        id="https://harbour.example/storm",
        title="The storm",
        link="https://harbour.example/storm",
        content_html="<p>It blew.</p>",
        content_markdown="It *blew* & <https://harbour.example/>.\n",
        contributors=(Author(name="Bo & Ek", email="bo@harbour.example"), Author(name="Cy")),
        publisher="The <Post>",
        authors=(Author(email="desk@harbour.example"),),
        published=datetime(2026, 3, 30, 5, 30, tzinfo=UTC),
        updated=datetime(2026, 3, 30, 5, 30, tzinfo=UTC),
        ingested=datetime(2026, 3, 30, 6, 0, tzinfo=UTC),
        image=Image(
            url="https://harbour.example/i/storm.webp",
            alt="Waves <over> the mole",
            credit="Bo Ek & co",
            media_type="image/webp",
            width=1600,
            height=900,
        ),
        rights="© The Post",
        license=License(name="Not for resale"),
        score=4.5,
        alternates=(
            Alternate(url="https://harbour.example/de/sturm", language="de", title='Der "Sturm"'),
            Alternate(url="https://harbour.example/storm.pdf", media_type="application/pdf"),
        ),
        discussion=Comments(
            url="https://harbour.example/storm#talk?a&b",
            feed="https://harbour.example/storm/talk.rss",
            feed_type="application/rss+xml",
            count=0,
        ),
        replies_to=(
            InReplyTo(id="tag:elsewhere.example,2026:wind", url="https://elsewhere.example/wind?a=1&b=2"),
            InReplyTo(id="urn:x:1"),
        ),
        origin=SourceFeed(
            title="Weather & tides",
            feed="https://weather.example/feed.atom?a=1&b=2",
            home="https://weather.example/",
            id="tag:weather.example,2026:feed",
            updated=datetime(2026, 3, 30, 5, 0, tzinfo=UTC),
        ),
        location=Location(latitude=54.0, longitude=-0.00001, name="The <mole>"),
        elements=(
            Element(
                namespace=CUSTOM_NAMESPACE,
                prefix="ex",
                name="wind",
                text="11 {0} %s",
                attributes={"unit": "Bft"},
            ),
            Element(namespace=CUSTOM_NAMESPACE, prefix="ex", name="wind", text="\ue0001\ue001"),
            Element(namespace="urn:tide", prefix="tide-2", name="high"),
        ),
    )
    arabic = Article(
        id="https://harbour.example/ar/1",
        title="الميناء: أخبار «السفن»",
        link="https://harbour.example/ar/1",
        content_html='<p dir="rtl">وصلت السفينة <b>آنا</b>.</p>',
        authors=(Author(email="مكتب@harbour.example"), Author(name="سلمى")),
        tags=(Tag(term="سفن"),),
        language="ar",
        published=datetime(2026, 4, 1, 23, 59, 59, tzinfo=timezone(timedelta(hours=3))),
        image=Image(url="https://harbour.example/i/1.jpg"),
    )
    japanese = Article(
        id="港-2026-3",
        title="港のニュース 🚢",
        summary="船が着いた。\n波は静か。",
        authors=(Author(name="山田 太郎"),),
        updated=datetime(2026, 3, 31, 12, 0, tzinfo=timezone(timedelta(hours=9))),
        language="ja",
    )
    return [arabic, ferry, japanese, episode, storm]


_CHANGED = re.compile(r"[\x80-\x9f]|[\xa0-\xff]")


def feedparser_guesses(text: str) -> bool:
    """Whether feedparser takes the text for twice encoded text and changes it."""
    return _CHANGED.search(text) is not None
