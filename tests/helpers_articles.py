"""Strategies for articles and feeds with any values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

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
from syndicate.model import podcast
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
_seconds = st.floats(0, 1e5, allow_nan=False)
_lengths = st.floats(0.001, 1e5, allow_nan=False)
_counts = st.none() | st.integers(0, 9)


def _some(strategy: st.SearchStrategy[Any], largest: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=largest).map(tuple)


_persons = _some(
    st.builds(
        Person,
        name=said,
        role=_roles,
        group=st.sampled_from([None, "cast"]),
        url=st.none() | addresses,
        image=st.none() | addresses,
    )
)
_remote_items = st.builds(
    podcast.RemoteItem,
    feed_guid=st.uuids(),
    feed_url=st.none() | addresses,
    item_guid=titles,
    medium=st.sampled_from([None, "music", "podcastL"]),
    title=titles,
)
_recipients = st.builds(
    podcast.ValueRecipient,
    type=st.sampled_from(["node", "lnaddress"]),
    address=said,
    split=st.integers(0, 100),
    name=titles,
    custom_key=titles,
    custom_value=titles,
    fee=st.sampled_from([None, True, False]),
)
_splits = st.builds(
    podcast.ValueTimeSplit, start=_seconds, duration=_lengths, recipients=st.tuples(_recipients)
) | st.builds(
    podcast.ValueTimeSplit,
    start=_seconds,
    duration=_lengths,
    remote_start=st.none() | _seconds,
    remote_percentage=st.none() | st.integers(0, 100),
    remote_item=_remote_items,
)
_values = st.builds(
    podcast.Value,
    type=st.just("lightning"),
    method=said,
    suggested=st.sampled_from([None, "0.00000005000", 0.00000015, 7]),
    recipients=st.tuples(_recipients) | st.tuples(_recipients, _recipients),
    time_splits=_some(_splits),
)
_podcast_images = st.builds(
    podcast.PodcastImage,
    url=addresses,
    alt=anything,
    aspect_ratio=st.sampled_from([None, "16/9", "1.9"]),
    width=sizes,
    height=sizes,
    media_type=st.none() | media,
    purpose=titles,
)
_places = st.builds(
    podcast.Place,
    name=said,
    rel=st.sampled_from([None, "subject", "creator"]),
    geo=st.sampled_from([None, "geo:54.5,-1.25", "1,2"]),
    osm=st.sampled_from([None, "R113314", "N7#2"]),
    country=st.sampled_from([None, "gb"]),
)
_fundings = st.builds(podcast.Funding, url=addresses, text=anything)
_posts = st.builds(
    podcast.SocialInteract,
    protocol=st.just("activitypub"),
    uri=uris,
    account_id=titles,
    account_url=st.none() | addresses,
    priority=_counts,
) | st.builds(podcast.SocialInteract, protocol=st.just("disabled"))
_chats = st.builds(
    podcast.Chat,
    server=said,
    protocol=st.just("irc"),
    account_id=titles,
    space=titles,
    embed_url=st.none() | addresses,
)
_txts = st.builds(podcast.Txt, text=said, purpose=titles)
_licenses = st.builds(License, name=said, url=st.none() | addresses)
episodes = st.builds(
    Episode,
    number=sizes | st.floats(0, 999, allow_nan=False),
    number_text=titles,
    season=sizes,
    season_name=titles,
    title=titles,
    block=st.booleans(),
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
    chapters_type=media,
    chapter_list=_some(
        st.builds(
            podcast.Chapter,
            start=_seconds,
            title=said,
            url=st.none() | addresses,
            image=st.none() | addresses,
        )
    ),
    persons=_persons,
    soundbites=_some(st.builds(podcast.Soundbite, start=_seconds, duration=_lengths, title=anything)),
    alternate_enclosures=_some(
        st.builds(
            podcast.AlternateEnclosure,
            media_type=media,
            sources=st.tuples(
                st.builds(podcast.MediaSource, uri=uris, media_type=st.none() | media),
            ),
            length=_counts,
            bitrate=st.sampled_from([None, "160707.74", 128000]),
            height=sizes,
            language=st.none() | languages,
            title=titles,
            rel=titles,
            codecs=titles,
            default=st.sampled_from([None, True, False]),
            integrity=st.none()
            | st.just(podcast.Integrity(value=f"sha384-{'A' * 64}"))
            | st.just(podcast.Integrity(type="pgp-signature", value="iQIzBAAB&<")),
        )
    ),
    images=_some(_podcast_images),
    places=_some(_places),
    license=st.none() | _licenses,
    funding=_some(_fundings),
    social_interacts=_some(_posts),
    values=_some(_values),
    chat=st.none() | _chats,
    content_links=_some(st.builds(podcast.ContentLink, url=addresses, text=said)),
    txt=_some(_txts),
    live=st.none()
    | st.builds(
        podcast.Live, status=st.sampled_from(["pending", "live", "ended"]), start=moments, end=st.none()
    ),
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
    content_markdown=anything,
    authors=st.lists(authors, max_size=3).map(tuple),
    contributors=st.lists(authors, max_size=2).map(tuple),
    publisher=titles,
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
    title=titles,
    images=_some(_podcast_images),
    funding=st.none() | addresses | _some(_fundings),
    medium=st.sampled_from([None, "podcast", "newsletter", "musicL"]),
    complete=st.booleans(),
    new_feed_url=st.none() | addresses,
    block=st.booleans(),
    blocked_platforms=st.sampled_from([(), ("amazon", "apple")]),
    allowed_platforms=st.sampled_from([(), ("google",)]),
    persons=_persons,
    places=_some(_places),
    license=st.none() | _licenses,
    trailers=_some(
        st.builds(
            podcast.Trailer,
            url=addresses,
            title=said,
            published=moments,
            length=_counts,
            media_type=st.none() | media,
            season=sizes,
        )
    ),
    update_frequency=st.none()
    | st.builds(
        podcast.UpdateFrequency,
        text=said,
        rrule=st.sampled_from([None, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10"]),
        dtstart=moments,
        complete=st.booleans(),
    ),
    values=_some(_values),
    chat=st.none() | _chats,
    social_interacts=_some(_posts),
    podroll=_some(_remote_items),
    remote_items=_some(_remote_items),
    publisher=st.none() | _remote_items,
    podping=st.sampled_from([None, True, False]),
    txt=_some(_txts),
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
    atom_content=st.sampled_from(["html", "xhtml"]),
    markdown=st.booleans(),
    editor=st.none() | authors.filter(lambda each: each.email is not None),
    webmaster=st.none(),
    publisher=titles,
    contributors=st.lists(authors, max_size=2).map(tuple),
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
