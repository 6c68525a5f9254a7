"""Strategies for articles and feeds with any values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from helpers_feeds import CUSTOM_NAMESPACE, FEED
from helpers_text import anything, said
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
from syndicate.text.sanitize import text_to_html

addresses = st.sampled_from(
    [
        "https://harbour.example/1?a=1&b=2",
        "https://harbour.example/ä/100%/ß#teil",
        "https://häfen.example/",
        "http://harbour.example/%7Ea/%c3%a9?\"'<>{0}%s",
        "https://[2001:db8::1]:8443/x[0]",
    ]
)
moments = st.datetimes(datetime(1971, 1, 3), datetime(2099, 12, 28)).flatmap(
    lambda moment: st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    )
)
languages = st.sampled_from(["en", "en_GB", "zh-Hant-TW", "de-CH-1901"])
media = st.sampled_from(["audio/mpeg", "image/jpg", "video/mp4", "text/html"])
uris = st.sampled_from(["urn:x:1", "tag:h.example,2026:1", "https://harbour.example/a%20b?c&d"])
sizes = st.none() | st.integers(1, 5000)
titles = st.none() | said
authors = st.builds(
    Author,
    name=said,
    email=st.none() | st.sampled_from(["a@harbour.example", "é@häfen.example"]),
    url=st.none() | addresses,
) | st.builds(Author, email=st.just("desk@harbour.example"), url=st.none() | addresses)
tags = st.builds(Tag, term=said, label=titles, scheme=st.none() | addresses)
images = st.builds(
    Image,
    url=addresses,
    alt=anything,
    credit=anything,
    media_type=st.none() | media,
    width=sizes,
    height=sizes,
)
# Markers, formats and quotes of all kinds: nothing of it may mean anything to whoever spells it.
tricky = anything | st.sampled_from(
    ['"', "'", "\n\t\r", "%s %% %(a)s", "{} {0}", "\ue0000\ue001", "\ue000body\ue001", "]]>", "<!--", "&amp;"]
)
elements = st.lists(
    st.builds(
        lambda space, name, text, attributes: Element(
            namespace=space[1], prefix=space[0], name=name, text=text, attributes=attributes
        ),
        space=st.sampled_from(
            [
                ("ex", CUSTOM_NAMESPACE),
                ("t-1", "urn:tide"),
                ("Z_", "tag:h.example,2026:'z'"),
            ]
        ),
        name=st.sampled_from(["edition", "about", "a.b", "_x", "link", "title"]),
        text=tricky,
        attributes=st.dictionaries(st.sampled_from(["of", "text", "rel", "a-b", "_"]), tricky, max_size=3),
    ),
    max_size=3,
).map(tuple)
_roles = st.none() | st.sampled_from(["guest", "host"])
episodes = st.builds(
    Episode,
    number=sizes,
    season=sizes,
    kind=st.sampled_from([None, "full", "trailer", "bonus"]),
    explicit=st.sampled_from([None, True, False]),
    transcripts=st.lists(
        st.builds(
            Transcript,
            url=addresses,
            media_type=media,
            language=st.none() | languages,
            captions=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    chapters=st.none() | addresses,
    persons=st.lists(
        st.builds(
            Person,
            name=said,
            role=_roles,
            group=st.sampled_from([None, "cast"]),
            url=st.none() | addresses,
            image=st.none() | addresses,
        ),
        max_size=2,
    ).map(tuple),
)
files = st.builds(
    Attachment,
    url=addresses,
    media_type=media,
    length=st.none() | st.integers(0, 2**40),
    title=titles,
    duration=st.none() | st.floats(0, 1e6, allow_nan=False),
)
discussions = st.builds(
    Comments,
    url=st.none() | addresses,
    feed=addresses,
    feed_type=media,
    count=st.none() | st.integers(0, 9999),
) | st.builds(Comments, count=st.integers(0, 9))
articles = st.builds(
    Article,
    id=st.one_of(said, addresses, uris, st.sampled_from(["77", "x:y", 'a:"<b>', "x:%zz", "http:nowhere"])),
    title=said,
    link=st.none() | addresses,
    canonical=st.none() | addresses,
    summary=anything,
    content_html=anything.map(text_to_html) | st.just(""),
    authors=st.lists(authors, max_size=3).map(tuple),
    tags=st.lists(tags, max_size=3).map(tuple),
    section=titles,
    language=st.none() | languages,
    published=st.none() | moments,
    updated=st.none() | moments,
    ingested=moments,
    image=st.none() | images,
    attachments=st.lists(files, max_size=3).map(tuple),
    license=st.none() | st.builds(License, name=said, url=st.none() | addresses),
    rights=anything,
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    alternates=st.lists(
        st.builds(Alternate, url=addresses, language=languages, media_type=st.none() | media, title=titles),
        max_size=3,
        unique_by=lambda each: (each.language, each.media_type),
    ).map(tuple),
    discussion=st.none() | discussions,
    replies_to=st.lists(st.builds(InReplyTo, id=uris, url=st.none() | addresses), max_size=2).map(tuple),
    origin=st.none()
    | st.builds(
        SourceFeed,
        title=said,
        feed=addresses,
        home=st.none() | addresses,
        id=st.none() | uris,
        updated=st.none() | moments,
    ),
    location=st.none()
    | st.builds(Location, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), name=anything),
    episode=st.none() | episodes,
    elements=elements,
)
"""Articles with every field and at least one date."""

podcasts = st.builds(
    Podcast,
    categories=st.sampled_from([("News",), ("Arts > Books", "Fiction")]),
    explicit=st.booleans(),
    author=titles,
    owner=st.none() | authors.filter(lambda each: each.email is not None),
    kind=st.sampled_from([None, "episodic", "serial"]),
    image=st.none() | addresses,
    locked=st.sampled_from([None, True, False]),
    guid=st.none() | st.uuids(),
    funding=st.none() | addresses,
    medium=st.sampled_from([None, "podcast", "newsletter"]),
    complete=st.booleans(),
)
feeds = st.builds(
    lambda **fields: Feed(**{**dict(FEED), **fields}),
    id=st.sampled_from([None, "urn:feed:1", "tag:h.example,2026:feed"]),
    # Some readers take what RSS says of a channel for HTML: the linter does, and a title may stand in for it.
    title=said.map(lambda text: text.replace("<", "(")),
    description=anything.map(lambda text: text.replace("<", "(")),
    author=st.none() | authors,
    content=st.sampled_from(["full", "summary"]),
    history=st.sampled_from(["none", "archive", "complete"]),
    page=st.booleans(),
    hubs=st.sampled_from([(), ("https://hub.example/?a&b",)]),
    rights=anything,
    image=st.none() | images,
    icon=st.none() | addresses,
    categories=st.lists(tags, max_size=2).map(tuple),
    ttl=st.none() | st.integers(1, 9999),
    skip_hours=st.lists(st.integers(0, 23), unique=True).map(tuple),
    skip_days=st.lists(st.sampled_from(["Monday", "Friday", "Sunday"]), unique=True).map(tuple),
    podcast=st.none() | podcasts,
    elements=elements,
)
"""Feeds with every field; some are podcasts."""
