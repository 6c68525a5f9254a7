"""Profiles of platforms: each rule is broken once, and a feed that meets all demands has no findings."""

from __future__ import annotations

import json

import pytest

from syndicate import lint
from syndicate.linters.profiles import PROFILE_RULES, PROFILES

TEXT = "A long summary. " * 20
IMAGE = '<media:content url="https://h.example/i.jpg" medium="image" width="1200" height="800"/>'
ITEM = f"""<item>
<title>Harbour reopens after the storm</title>
<link>https://h.example/@n</link>
<guid>https://h.example/@n</guid>
<pubDate>Fri, 03 Apr 2026 08:30:00 GMT</pubDate>
<description>{TEXT}</description>
<content:encoded>&lt;p>Text&lt;/p></content:encoded>
<enclosure url="https://h.example/@n.mp3" length="5" type="audio/mpeg"/>
{IMAGE}
</item>"""
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:snf="http://www.smartnews.be/snf">
<channel>
<title>T</title>
<link>https://h.example/</link>
<description>News</description>
<language>en</language>
<pubDate>Fri, 03 Apr 2026 08:30:00 GMT</pubDate>
<itunes:image href="https://h.example/c.jpg"/>
<itunes:category text="Arts"/>
<itunes:explicit>false</itunes:explicit>
<snf:logo><url>https://h.example/l.png</url></snf:logo>
@items
</channel>
</rss>
"""
GOOD = RSS.replace("@items", "\n".join(ITEM.replace("@n", str(n)) for n in range(25)))


def rules(document: str, profile: str) -> set[str]:
    found = lint(document.encode(), profiles=[profile])
    return {each.rule for each in found if each.rule in PROFILE_RULES}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_feed_that_meets_all_demands_has_no_findings(profile: str) -> None:
    assert rules(GOOD, profile) == set()


BIG = "x" * 1_100_000
CASES = [
    ("apple-podcasts", "apple-channel-incomplete", "<language>en</language>", ""),
    ("apple-podcasts", "apple-episode-incomplete",
     '<enclosure url="https://h.example/3.mp3" length="5" type="audio/mpeg"/>', ""),
    ("apple-podcasts", "apple-guid-missing", "<guid>https://h.example/3</guid>", ""),
    ("apple-podcasts", "apple-enclosure-repeated", "https://h.example/3.mp3", "https://h.example/4.mp3"),
    ("apple-podcasts", "apple-enclosure-type", 'type="audio/mpeg"', 'type="audio/ogg"'),
    ("apple-podcasts", "apple-description-too-long", "<description>News<", f"<description>{'é' * 2001}<"),
    ("apple-podcasts", "apple-url-not-ascii", "https://h.example/3.mp3", "https://h.example/é.mp3"),
    ("flipboard", "flipboard-channel-incomplete", "<language>en</language>", ""),
    ("flipboard", "flipboard-entry-incomplete", "<link>https://h.example/3</link>", ""),
    ("flipboard", "flipboard-description-short",
     f"{TEXT}</description>\n<content:encoded>&lt;p>Text&lt;/p></content:encoded>", "Short</description>"),
    ("flipboard", "flipboard-image-missing", IMAGE, ""),
    ("flipboard", "flipboard-image-small", 'height="800"', 'height="400"'),
    ("google-news", "google-id-missing", "<guid>https://h.example/3</guid>", ""),
    ("google-news", "google-date-missing",
     "<guid>https://h.example/3</guid>\n<pubDate>Fri, 03 Apr 2026 08:30:00 GMT</pubDate>",
     "<guid>https://h.example/3</guid>"),
    ("google-news", "google-text-missing", "<content:encoded>&lt;p>Text&lt;/p></content:encoded>", ""),
    ("google-news", "google-entry-too-large", "&lt;p>Text&lt;/p>", BIG),
    ("msn", "msn-entry-incomplete", "<link>https://h.example/3</link>", ""),
    ("msn", "msn-title-length", "Harbour reopens after the storm", "Short"),
    ("msn", "msn-title-length", "Harbour reopens after the storm", "x" * 151),
    ("msn", "msn-body-element", "&lt;p>Text&lt;/p>", "&lt;p>Text&lt;/p>&lt;embed>"),
    ("msn", "msn-image-missing", IMAGE, ""),
    ("msn", "msn-image-small", 'width="1200" height="800"', 'width="640" height="480"'),
    ("smartnews", "smartnews-channel-incomplete", "<language>en</language>", ""),
    ("smartnews", "smartnews-entry-incomplete", "<content:encoded>&lt;p>Text&lt;/p></content:encoded>", ""),
    ("smartnews", "smartnews-description-long", "<description>News<", f"<description>{'x' * 31}<"),
    ("smartnews", "smartnews-logo-missing", "<snf:logo><url>https://h.example/l.png</url></snf:logo>", ""),
    ("smartnews", "smartnews-too-large", "&lt;p>Text&lt;/p>", BIG),
    ("smartnews", "smartnews-encoding", "UTF-8", "ISO-8859-1"),
]  # fmt: skip
WHOLE = [
    ("apple-podcasts", "apple-not-rss", GOOD.replace('version="2.0"', 'version="0.92"')),
    ("flipboard", "flipboard-few-entries", RSS.replace("@items", ITEM)),
    ("google-news", "google-many-entries",
     RSS.replace("@items", "".join(ITEM.replace("@n", str(n)) for n in range(61)))),
    ("google-news", "google-feed-too-large",
     RSS.replace("@items", "".join(ITEM.replace("Text", "x" * 800_000) for _ in range(3)))),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "rule", "good", "bad"), CASES, ids=[f"{each[1]}" for each in CASES])
def test_each_demand_is_found_where_it_is_not_met(profile: str, rule: str, good: str, bad: str) -> None:
    assert good in GOOD
    assert rules(GOOD.replace(good, bad, 1), profile) == {rule}
    others = set(PROFILES) - {profile}
    assert all(rule not in rules(GOOD.replace(good, bad, 1), other) for other in sorted(others)[:1])


@pytest.mark.parametrize(("profile", "rule", "document"), WHOLE, ids=[each[1] for each in WHOLE])
def test_demands_on_the_whole_feed(profile: str, rule: str, document: str) -> None:
    assert rules(document, profile) == {rule}


def test_every_rule_of_a_platform_has_a_case() -> None:
    assert {each[1] for each in (*CASES, *WHOLE)} == set(PROFILE_RULES)


def test_a_finding_names_the_entry() -> None:
    document = GOOD.replace("<link>https://h.example/3</link>", "", 1).encode()
    (found,) = [each for each in lint(document, profiles=["msn"]) if each.rule in PROFILE_RULES]
    assert (found.place.path, found.place.id) == ("entry 4", "https://h.example/3")
    assert found.place.line is not None


def test_atom_and_json_feed_are_checked_too() -> None:
    atom = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:f</id><title>T</title><updated>2026-04-03T08:30:00Z</updated>
<author><name>A</name></author>
<entry><id>urn:x:1</id><title>Harbour reopens after the storm</title><updated>2026-04-03T08:30:00Z</updated>
<link href="https://h.example/1"/><link rel="enclosure" type="image/jpeg" href="https://h.example/i.jpg"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></content></entry></feed>"""
    assert rules(atom, "msn") == set()
    assert rules(atom.replace("Harbour reopens after the storm", "Short"), "msn") == {"msn-title-length"}
    item = {
        "id": "1",
        "url": "https://h.example/1",
        "title": "Harbour reopens after the storm",
        "date_published": "2026-04-03T08:30:00Z",
        "content_html": "<p>x</p>",
        "image": "https://h.example/i.jpg",
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [item]}
    assert rules(json.dumps(feed), "msn") == set()
    del item["date_published"]
    assert rules(json.dumps(feed), "msn") == {"msn-entry-incomplete"}


def test_documents_that_are_no_feeds_have_no_findings_of_platforms() -> None:
    for document in ("<opml version='2.0'/>", "<html/>", "{", "Subject: x\n\nx", "<rss>"):
        assert rules(document, "msn") == set()


@pytest.mark.parametrize("profile", PROFILES)
def test_lone_surrogates_do_not_stop_a_check(profile: str) -> None:
    lone = "\\ud800"
    item = f'{{"id": "{lone}", "url": "{lone}", "title": "{lone}", "content_text": "{lone}"}}'
    feed = f'{{"version": "https://jsonfeed.org/version/1.1", "description": "{lone}", "items": [{item}]}}'
    assert rules(feed, profile)
