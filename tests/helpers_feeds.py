"""Articles for the feed tests."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from syndicate import Article, Attachment, Author, Feed, Image, License, Tag, article_from
from syndicate.sources import Shape

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

_SHAPE = Shape(source="posts", home="https://harbour.example/", zone=timezone(timedelta(hours=1)))


def hand_written() -> list[Article]:
    """Four articles that between them use everything that an article can have."""
    ferry = article_from(
        {
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
        },
        shape=_SHAPE,
    )
    podcast = Article(
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
    return [arabic, ferry, japanese, podcast]


_CHANGED = re.compile(r"[\x80-\x9f]|[\xa0-\xff]")


def feedparser_guesses(text: str) -> bool:
    """Whether feedparser takes the text for one that somebody encoded twice, and 'repairs' it."""
    return _CHANGED.search(text) is not None
