"""Podcasting 2.0: live items, episodes in records under the names of XML and JSON, and mistakes in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree
from pydantic import ValidationError

from helpers_feeds import FEED
from helpers_site import StillClock, configured, opened, source, write
from syndicate import Article, Attachment, Podcast, article_from, to_atom, to_json_feed, to_rss
from syndicate.errors import RecordError
from syndicate.extensions import NAMESPACES
from syndicate.feeds import entry_of
from syndicate.linters.feeds import lint
from syndicate.model import Problem, jsonable, podcast
from syndicate.model.podcast import Episode, Live

SHOW = FEED.model_copy(update={"podcast": Podcast(categories=("News",), image="https://h.example/3000.jpg")})
SOUND = Attachment(url="https://h.example/live.mp3", media_type="audio/mpeg", length=0)
BEGIN = datetime(2026, 10, 2, 19, 0, tzinfo=UTC)
PODCAST = f"{{{NAMESPACES['podcast']}}}"
PSC = f"{{{NAMESPACES['psc']}}}"


def episode(**fields: Any) -> Episode:
    """The episode of a record."""
    problems: list[Problem] = []
    record = {"title": "T", "url": "/e/", "attachments": ["/e.mp3"], "episode": fields}
    article = article_from(record, base="https://h.example/", problems=problems)
    assert not problems
    assert article.episode is not None
    return article.episode


def stream(**fields: Any) -> Article:
    return Article(
        id="urn:live:1",
        title="The regatta, live",
        link="https://h.example/live",
        published=BEGIN,
        attachments=(SOUND,),
        episode=Episode(live=Live(status="live", start=BEGIN, **fields)),
    )


def test_a_live_stream_is_a_live_item_of_a_podcast_and_an_article_elsewhere() -> None:
    live = stream(end=datetime(2026, 10, 2, 21, 0, tzinfo=UTC))
    usual = live.model_copy(update={"id": "urn:ep:1", "episode": Episode(number=1)})
    body = to_rss(SHOW, [live, usual])
    root = etree.fromstring(body)
    (item,) = root.iter(f"{PODCAST}liveItem")
    assert dict(item.attrib) == {
        "status": "live",
        "start": "2026-10-02T19:00:00+00:00",
        "end": "2026-10-02T21:00:00+00:00",
    }
    assert item.findtext("guid") == "urn:live:1"
    assert item.find("enclosure") is not None
    link = item.find(f"{PODCAST}contentLink")
    assert link is not None
    assert (link.get("href"), link.text) == ("https://h.example/live", "The regatta, live")
    assert [each.findtext("guid") for each in root.iter("item")] == ["urn:ep:1"]
    assert not lint(body)
    assert not feedparser.parse(body).bozo
    # A feed that is no podcast, and the other formats, have it as any article.
    assert len(list(etree.fromstring(to_rss(FEED, [live])).iter("item"))) == 1
    assert b"The regatta" in to_atom(SHOW, [live])
    assert b"The regatta" in to_json_feed(SHOW, [live])


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (b'status="live"', "extension-value-invalid"),
        (b'start="2026-10-02T19:00:00+00:00"', "extension-attribute-missing"),
        (b"<guid ", "rss-guid-missing"),
        (b"<podcast:season>", "extension-value-invalid"),
    ],
)
def test_the_linter_checks_live_items_like_items(wrong: bytes, rule: str) -> None:
    live = stream()
    live = live.model_copy(update={"episode": Episode(season=3, live=live.episode and live.episode.live)})
    body = to_rss(SHOW, [live])
    changes = {
        b"<guid ": (b"<guid ", b"<author>a@h.example (A)</author><x:guid xmlns:x='urn:x' "),
        b"<podcast:season>": (b"<podcast:season>3<", b"<podcast:season>three<"),
        b'status="live"': (wrong, b'status="on"'),
    }
    old, new = changes.get(wrong, (wrong, b""))
    assert old in body
    if wrong == b"<guid ":
        body = body.replace(b"</guid>", b"</x:guid>")
    assert rule in {each.rule for each in lint(body.replace(old, new))}
    assert lint(to_rss(SHOW, [live])) == ()


def test_a_live_stream_goes_through_a_site(tmp_path: Path) -> None:
    show = (
        '[[feed]]\nname = "show"\nformats = ["rss"]\n[feed.podcast]\ncategories = ["News"]\n'
        'image = "https://h.example/3000.jpg"\nvalues = { type = "lightning", method = "keysend", '
        'suggested = 0.00000005, recipients = [{ type = "node", address = "02d5", split = 100 }] }\n'
        'funding = "https://h.example/give"\nblock = true\nallowed_platforms = ["Apple"]\n'
        'update_frequency = { text = "Weekly", rrule = "FREQ=WEEKLY" }\nlicense = "cc-by-4.0"\n'
        'trailers = [{ url = "https://h.example/t.mp3", title = "Soon", pubdate = 2026-01-01T00:00:00Z }]\n'
    )
    configured(tmp_path, source(), show)

    def publish(status: str) -> bytes:
        record = {
            "id": "urn:live:1",
            "title": "The regatta",
            "date": "2026-04-01",
            "link": "https://h.example/live",
            "attachments": [{"url": "https://h.example/live.mp3", "type": "audio/mpeg"}],
            "live": {"status": status, "start": "2026-04-02T19:00:00+01:00"},
        }
        write(tmp_path, {"posts.jsonl": json.dumps(record) + "\n"})
        with opened(tmp_path, StillClock()) as newsroom:
            assert newsroom.ingest().ok
            report = newsroom.publish()
            assert report.ok, report.problems
            assert len(report.written) == 1
        return (tmp_path / "public/show.rss").read_bytes()

    for status in ("pending", "live", "ended"):
        body = publish(status)
        (item,) = etree.fromstring(body).iter(f"{PODCAST}liveItem")
        assert item.get("status") == status
        assert not [each for each in lint(body) if each.severity == "error"]
    channel = etree.fromstring(body)[0]
    assert channel.find(f"{PODCAST}value").get("suggested") == "0.00000005"  # type: ignore[union-attr]
    assert channel.findtext(f"{PODCAST}license") == "cc-by-4.0"
    assert channel.find("{*}trailer").get("pubdate") == "Thu, 01 Jan 2026 00:00:00 +0000"  # type: ignore[union-attr]
    blocks = {each.get("id"): each.text for each in channel.iter(f"{PODCAST}block")}
    assert blocks == {None: "yes", "apple": "no"}
    # Apple may show it.
    assert channel.find("{http://www.itunes.com/dtds/podcast-1.0.dtd}block") is None


def test_episodes_have_the_names_of_xml_and_of_json() -> None:
    xml = episode(
        number="12.5",
        display="Ch. 3",
        soundbite={"startTime": "01:13", "duration": "60.5", "text": "Why"},
        alternateEnclosure={
            "type": "audio/opus",
            "lang": "en",
            "source": ["/e.opus", "ipfs://Qm"],
            "integrity": {"type": "sri", "value": "sha384-" + "A" * 64},
        },
        location={"text": "Austin", "geo": "30.27,-97.74", "osm": "R113314"},
        value={
            "type": "lightning",
            "method": "keysend",
            "valueRecipient": {
                "type": "node",
                "address": "02",
                "split": "95",
                "customKey": "7",
                "unknown": 1,
            },
            "valueTimeSplit": [
                {
                    "startTime": 60,
                    "duration": "PT2M",
                    "remoteItem": {"feedGuid": "a94f5cc9-8c58-55fc-91fe-a324087a655b"},
                }
            ],
        },
        socialInteract={"uri": "/@bo/1", "accountId": "@bo"},
        contentLink={"href": "/video", "text": "Watch"},
        transcript={"url": "/e.vtt", "type": "text/vtt"},
        person=[{"text": "Bo", "img": "/bo.jpg", "href": "/bo"}, "Ann"],
        txt={"text": "x", "purpose": "verify"},
        image={"href": "/wide.jpg", "aspect-ratio": "16/9"},
        funding="/give",
        chat=[{"server": "irc.h.example", "protocol": "irc"}],
        license="cc-by-4.0",
        explicit="clean",
        block="yes",
    )
    home = "https://h.example"
    assert xml.number == 12.5
    assert xml.soundbites == (podcast.Soundbite(start=73, duration=60.5, title="Why"),)
    (file,) = xml.alternate_enclosures
    assert [each.uri for each in file.sources] == [f"{home}/e.opus", "ipfs://Qm"]
    assert xml.places[0].geo == "geo:30.27,-97.74"
    (value,) = xml.values
    assert value.recipients[0].custom_key == "7"
    assert (value.time_splits[0].start, value.time_splits[0].duration) == (60, 120)
    assert xml.social_interacts[0].uri == f"{home}/@bo/1"
    assert xml.content_links[0].url == f"{home}/video"
    assert xml.transcripts[0].captions
    assert [each.name for each in xml.persons] == ["Bo", "Ann"]
    assert (xml.persons[0].image, xml.persons[0].url) == (f"{home}/bo.jpg", f"{home}/bo")
    assert xml.images[0].aspect_ratio == "16/9"
    assert xml.funding[0].url == f"{home}/give"
    assert xml.license is not None
    assert (xml.explicit, xml.block, xml.number_text) == (False, True, "Ch. 3")
    # Its own form comes back as it is, also through the store.
    assert Episode.model_validate(jsonable(xml)) == xml


@pytest.mark.parametrize(
    ("chapters", "expected"),
    [
        ("/c.json", {"chapters": "https://h.example/c.json"}),
        (
            {"url": "/c.json", "type": "application/json"},
            {"chapters": "https://h.example/c.json", "chapters_type": "application/json"},
        ),
        (
            [{"start": "00:03:15.5", "title": "Two", "href": "/two"}],
            {"chapter_list": (podcast.Chapter(start=195.5, title="Two", url="https://h.example/two"),)},
        ),
        (
            {
                "version": "1.2.0",
                "chapters": [{"startTime": 0, "title": "One", "img": "/1.png", "toc": True}],
            },
            {"chapter_list": (podcast.Chapter(start=0, title="One", image="https://h.example/1.png"),)},
        ),
    ],
)
def test_chapters_in_a_file_and_in_the_record(chapters: object, expected: dict[str, Any]) -> None:
    assert episode(chapters=chapters) == Episode(**expected)


def test_simple_chapters_have_play_times() -> None:
    marks = [0, 59.9996, 61.25, 3661.5, 360_000]
    chapters = tuple(podcast.Chapter(start=each, title="C") for each in marks)
    one = stream().model_copy(update={"episode": Episode(chapter_list=chapters)})
    found = etree.fromstring(to_rss(SHOW, [one])).iter(f"{PSC}chapter")
    assert [each.get("start") for each in found] == [
        "00:00:00.000",
        "00:01:00.000",
        "00:01:01.250",
        "01:01:01.500",
        "100:00:00.000",
    ]


@pytest.mark.parametrize(("number", "apple"), [(7, "7"), (7.0, "7"), (7.5, None), (0, None)])
def test_apple_has_whole_numbers_only(number: float, apple: str | None) -> None:
    body = to_rss(SHOW, [stream().model_copy(update={"episode": Episode(number=number)})])
    (item,) = etree.fromstring(body).iter("item")
    assert item.findtext("{http://www.itunes.com/dtds/podcast-1.0.dtd}episode") == apple
    assert item.findtext(f"{PODCAST}episode") == f"{number:g}"
    assert not lint(body)


@pytest.mark.parametrize(
    ("wrong", "left"),
    [
        ({"soundbites": [{"startTime": "x", "duration": 1}, {"startTime": 1, "duration": 2}]}, 1),
        ({"alternate_enclosures": {"type": "audio/opus"}}, 0),
        ({"values": {"type": "lightning", "method": "keysend", "recipients": []}}, 0),
        ({"live": {"status": "on", "start": "2026-01-01T00:00:00Z"}}, 0),
        ({"live": {"status": "live", "start": "2026-01-02T00:00Z", "end": "2026-01-01T00:00Z"}}, 0),
        ({"number": ["7"]}, 0),
        ({"social_interacts": {"protocol": "activitypub"}}, 0),
        ({"values": {"type": "l", "method": "k", "recipients": [{"type": "node", "address": "1", "split": 1}],
                     "time_splits": [{"start": 1, "duration": 1}]}}, 1),
    ],
)  # fmt: skip
def test_a_wrong_part_costs_that_part(wrong: dict[str, Any], left: int) -> None:
    problems: list[Problem] = []
    record = {"title": "T", "attachments": ["https://h.example/e.mp3"], "episode": {"season": 2, **wrong}}
    made = article_from(record, problems=problems).episode
    assert made is not None
    assert made.season == 2
    (name,) = wrong
    value = getattr(made, name)
    assert (len(value) if isinstance(value, tuple) else int(value is not None)) == left
    assert problems
    assert {each.severity for each in problems} == {"warning"}


@pytest.mark.parametrize(
    ("model", "wrong", "message"),
    [
        (podcast.UpdateFrequency, {"text": "x", "rrule": "BYDAY=MO"}, "needs a FREQ"),
        (podcast.UpdateFrequency, {"text": "x", "rrule": "FREQ=DAILY;COUNT=2"}, "needs a dtstart"),
        (podcast.Integrity, {"value": "md5-x"}, "sha256"),
        (podcast.ValueTimeSplit, {"start": 1, "duration": 2}, "recipients or a remote_item"),
        (podcast.RemoteItem, {"feed_guid": "x"}, "feed_guid"),
        (podcast.Place, {"name": "A", "geo": "geo:x"}, "geo"),
        (podcast.Person, {"name": "A", "nickname": "B"}, "nickname"),
        (podcast.Podcast, {"medium": "opera"}, "medium"),
        (podcast.Podcast, {"blocked_platforms": ["a b"]}, "blocked_platforms"),
    ],
)
def test_wrong_elements_are_refused(model: type[podcast.PodcastElement], wrong: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        model.model_validate(wrong)


def test_an_article_of_a_live_stream_needs_something_to_show() -> None:
    with pytest.raises(RecordError, match="nothing to show"):
        article_from({"id": "urn:x", "live": {"status": "live", "start": "2026-01-01T00:00:00Z"}})


def test_entries_of_live_streams_have_a_shape_of_their_own() -> None:
    live, other = stream(), stream(end=BEGIN)
    usual = live.model_copy(update={"episode": None})
    shapes = {entry_of(SHOW, each, []).shape for each in (live, other, usual)}
    assert len(shapes) == 3
