"""The built-in extensions: read back, valid by the linter, and unsupported fields are reported."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from pydantic import ValidationError

from helpers_articles import articles, elements, feeds
from helpers_feeds import ARCHIVED, CUSTOM_NAMESPACE, FEED, PODCAST_FEED, documents, example_articles
from helpers_site import SITE, StillClock, configured, source, write
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
    Newsroom,
    Podcast,
    SourceFeed,
    Tag,
    lint,
    to_atom,
    to_json_feed,
    to_rss,
)
from syndicate.extensions import NAMESPACES, podcast_guid
from syndicate.feeds import SERIALIZERS, Document, document, entry_of, feed_metadata
from syndicate.feeds.unsupported_fields import unsupported_fields
from syndicate.model import Tombstone, jsonable
from syndicate.text.illegal_characters import repair_text

DATA = Path(__file__).parent / "data"
RELAX = etree.RelaxNG(etree.parse(DATA / "atom.rng"))
SCHEMA = Draft202012Validator(json.loads((DATA / "jsonfeed.schema.json").read_bytes()))
MAKERS = {"rss": to_rss, "atom": to_atom, "json": to_json_feed}
STRICT = etree.XMLParser(resolve_entities=False, no_network=True)
NS = {**NAMESPACES, "ex": CUSTOM_NAMESPACE, "tide": "urn:tide"}
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def article(**fields: object) -> Article:
    return Article(**{"id": "https://harbour.example/1", "title": "One", "published": NOON} | fields)


def item(one: Article, feed: Feed = FEED) -> etree._Element:
    found = etree.fromstring(to_rss(feed, [one]), STRICT).find("channel/item")
    assert found is not None
    return found


def entry(one: Article, feed: Feed = FEED) -> etree._Element:
    found = etree.fromstring(to_atom(feed, [one]), STRICT).find("atom:entry", NS)
    assert found is not None
    return found


def texts(element: etree._Element, path: str) -> list[str]:
    return [each.text or "" for each in element.findall(path, NS)]


def values(element: etree._Element, path: str) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in element.findall(path, NS)]


STORM, PODCAST = example_articles()[4], example_articles()[3]


# Any values


@many
@given(feeds, st.lists(articles, max_size=3))
@pytest.mark.parametrize("kind", MAKERS)
def test_the_linter_finds_no_error_in_any_document(kind: str, feed: Feed, several: list[Article]) -> None:
    body = MAKERS[kind](feed, several)
    errors = [finding for finding in lint(body, url=feed.url(kind)) if finding.severity == "error"]
    assert errors == [], body.decode()


@many
@given(feeds, st.lists(articles, max_size=2), st.booleans(), st.none() | st.just(3))
@pytest.mark.parametrize("kind", MAKERS)
def test_the_linter_finds_no_error_in_archive_documents(
    kind: str, feed: Feed, several: list[Article], older: bool, page: int | None
) -> None:
    feed = feed.model_copy(update={"history": "archive"})
    gone = () if page else (Tombstone("urn:x:gone", NOON), Tombstone("https://harbour.example/x?a&b", NOON))
    made = document(feed, several)
    head = feed_metadata(
        feed, made.updated, made.updated, page=page, older=2 if older else None, tombstones=gone
    )
    body = SERIALIZERS[kind].document(Document(head, made.entries))
    errors = [finding for finding in lint(body, url=feed.url(kind, page)) if finding.severity == "error"]
    assert errors == [], body.decode()


@many
@given(feeds, st.lists(articles, max_size=2))
def test_the_grammars_accept_every_document(feed: Feed, several: list[Article]) -> None:
    assert RELAX.validate(etree.fromstring(to_atom(feed, several), STRICT)), RELAX.error_log
    SCHEMA.validate(json.loads(to_json_feed(feed, several)))


@many
@given(articles)
def test_an_article_survives_the_store(any_one: Article) -> None:
    # What is stored has been repaired; JSON cannot hold half a character. A podcast shows all fields.
    legal_one = entry_of(PODCAST_FEED, any_one, []).article.model_copy(update={"id": "urn:x:1"})
    one = Article.model_validate(jsonable(legal_one))
    kept = json.loads(json.dumps(jsonable(one)))
    again = Article.model_validate(kept)
    trusted = Article.from_stored(kept)
    for other in (again, trusted, pickle.loads(pickle.dumps(one)), pickle.loads(pickle.dumps(trusted))):
        assert other == one
        assert hash(other) == hash(one)
        assert jsonable(other) == jsonable(one)
    assert trusted.model_dump() == one.model_dump()
    assert one.model_copy(update={"title": "other"}) != one


# Elements


def test_threading_in_atom() -> None:
    found = entry(STORM)
    count = f"{{{NS['thr']}}}count"
    assert [link for link in values(found, "atom:link") if link["rel"] == "replies"] == [
        {"rel": "replies", "href": "https://harbour.example/storm#talk?a&b", "type": "text/html", count: "0"},
        {
            "rel": "replies",
            "href": "https://harbour.example/storm/talk.rss",
            "type": "application/rss+xml",
            count: "0",
        },
    ]
    assert texts(found, "thr:total") == ["0"]
    assert values(found, "thr:in-reply-to") == [
        {"ref": "tag:elsewhere.example,2026:wind", "href": "https://elsewhere.example/wind?a=1&b=2"},
        {"ref": "urn:x:1"},
    ]


def test_threading_in_rss() -> None:
    found = item(STORM)
    assert texts(found, "comments") == ["https://harbour.example/storm#talk?a&b"]
    assert texts(found, "wfw:commentRss") == ["https://harbour.example/storm/talk.rss"]
    assert texts(found, "slash:comments") == ["0"]
    [known] = feedparser.parse(to_rss(FEED, [STORM])).entries
    assert known.comments == "https://harbour.example/storm#talk?a&b"
    assert known.wfw_commentrss == "https://harbour.example/storm/talk.rss"
    assert known.slash_comments == "0"


def test_the_source_feed() -> None:
    assert values(item(STORM), "source") == [{"url": "https://weather.example/feed.atom?a=1&b=2"}]
    assert texts(item(STORM), "source") == ["Weather & tides"]
    [known] = feedparser.parse(to_atom(FEED, [STORM])).entries
    assert known.source.title == "Weather & tides"
    assert known.source.id == "tag:weather.example,2026:feed"
    assert known.source.updated == "2026-03-30T05:00:00+00:00"
    assert {link.rel: link.href for link in known.source.links} == {
        "self": "https://weather.example/feed.atom?a=1&b=2",
        "alternate": "https://weather.example/",
    }
    plain = article(origin=SourceFeed(title="T", feed="https://weather.example/f"))
    assert texts(entry(plain), "atom:source/atom:id") == ["https://weather.example/f"]


def test_locations() -> None:
    for found in (item(STORM), entry(STORM)):
        assert texts(found, "georss:point") == ["54.0 -0.00001"]
        assert texts(found, "georss:featurename") == ["The <mole>"]
    for make in (to_rss, to_atom):
        [known] = feedparser.parse(make(FEED, [STORM])).entries
        assert known.where == {"type": "Point", "coordinates": (-0.00001, 54.0)}


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, -180.1), (0, float("nan"))])
def test_coordinates_outside_the_range_are_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValidationError):
        Location(latitude=latitude, longitude=longitude)


def test_images_and_attachments() -> None:
    picture = {
        "url": "https://harbour.example/i/storm.webp",
        "type": "image/webp",
        "medium": "image",
        "width": "1600",
        "height": "900",
    }
    for found in (item(STORM), entry(STORM)):
        assert values(found, "media:content") == [picture]
        assert texts(found, "media:content/media:description") == ["Waves <over> the mole"]
        assert texts(found, "media:content/media:credit") == ["Bo Ek & co"]
        assert values(found, "media:content/media:thumbnail")[0]["url"] == picture["url"]
        assert found.find("media:group", NS) is None
    [known] = feedparser.parse(to_rss(FEED, [STORM])).entries
    assert known.media_content == [picture]
    assert known.media_credit[0]["content"] == "Bo Ek & co"


def test_one_attachment_needs_no_media_group() -> None:
    file = Attachment(url="https://harbour.example/a.mp3", media_type="audio/mpeg", length=7)
    assert item(article(attachments=(file,))).find("media:group", NS) is None
    [defaults] = [
        [each.get("isDefault") for each in found.findall("media:group/media:content", NS)]
        for found in (item(PODCAST),)
    ]
    assert defaults == ["true", None, None]


def test_alternates() -> None:
    wanted = [
        {
            "rel": "alternate",
            "href": "https://harbour.example/de/sturm",
            "hreflang": "de",
            "title": 'Der "Sturm"',
        },
        {"rel": "alternate", "href": "https://harbour.example/storm.pdf", "type": "application/pdf"},
    ]
    assert values(item(STORM), "atom:link") == wanted
    assert values(entry(STORM), "atom:link")[:3] == [
        {"rel": "alternate", "href": "https://harbour.example/storm"},
        *wanted,
    ]


def test_alternates_that_do_not_differ_are_refused() -> None:
    with pytest.raises(ValidationError, match="the same language and media_type"):
        article(
            alternates=(
                Alternate(url="https://h.example/1", language="de-AT"),
                Alternate(url="https://h.example/2", language="de-at"),
            )
        )


def test_only_changed_items_have_atom_updated_in_rss() -> None:
    assert texts(item(article(updated=NOON)), "atom:updated") == []
    later = article(updated=NOON.replace(hour=13))
    assert texts(item(later), "atom:updated") == ["2026-04-03T13:00:00+00:00"]
    assert texts(item(article(published=None, updated=NOON)), "atom:updated") == []


def test_licenses_and_rights() -> None:
    both = article(rights="© Us", license=License(name="Not for resale"))
    assert texts(item(both), "dc:rights") == ["© Us; Not for resale"]
    assert texts(entry(both), "atom:rights") == ["© Us; Not for resale"]
    linked = article(license=License(name='The "L"', url="https://l.example/?a&b"))
    link = {"rel": "license", "href": "https://l.example/?a&b", "title": 'The "L"'}
    assert link in values(item(linked), "atom:link")
    assert link in values(entry(linked), "atom:link")
    assert texts(item(linked), "dc:rights") == []


# Podcasts


def test_the_elements_of_a_podcast() -> None:
    channel = etree.fromstring(to_rss(PODCAST_FEED, [PODCAST]), STRICT).find("channel")
    assert channel is not None
    assert texts(channel, "itunes:author") == ["Ann Lee & Bo Ek"]
    assert values(channel, "itunes:image") == [{"href": "https://harbour.example/i/show-3000.jpg"}]
    assert values(channel, "itunes:category") == [{"text": "Society & Culture"}, {"text": "News"}]
    assert values(channel, "itunes:category/itunes:category") == [{"text": "Documentary"}]
    for name, value in (("explicit", "true"), ("type", "serial"), ("complete", "Yes")):
        assert texts(channel, f"itunes:{name}") == [value]
    assert texts(channel, "itunes:owner/itunes:email") == ["desk@harbour.example"]
    assert texts(channel, "podcast:guid") == ["917393e3-1b1e-5cef-ace4-edaa54e1f810"]
    assert values(channel, "podcast:locked") == [{"owner": "desk@harbour.example"}]
    assert texts(channel, "podcast:funding") == ["Buy us a <rope>", "Become a <member>"]
    assert texts(channel, "podcast:medium") == ["music"]
    [found] = channel.findall("item")
    expected = {"duration": "62", "explicit": "false", "season": "2", "episode": "7", "episodeType": "bonus"}
    assert {name: found.findtext(f"itunes:{name}", namespaces=NS) for name in expected} == expected
    assert values(found, "podcast:transcript") == [
        {
            "url": "https://harbour.example/7.vtt",
            "type": "text/vtt",
            "language": "en",
            "rel": "captions",
        },
        {"url": "https://harbour.example/7.html", "type": "text/html"},
    ]
    assert values(found, "podcast:chapters") == [
        {"url": "https://harbour.example/7.chapters.json", "type": "application/json"}
    ]
    assert texts(found, "podcast:person") == ["Bo Ek", "Ann & co"]
    assert values(found, "podcast:person")[0] == {
        "role": "guest",
        "group": "cast",
        "href": "https://bo.example/",
        "img": "https://bo.example/bo.jpg",
    }


def test_feedparser_reads_a_podcast() -> None:
    known = feedparser.parse(to_rss(PODCAST_FEED, [PODCAST]))
    assert not known.bozo
    assert known.feed.publisher_detail == {"name": "The desk", "email": "desk@harbour.example"}
    assert known.feed.itunes_type == "serial"
    assert {tag.term for tag in known.feed.tags} >= {"Society & Culture", "Documentary", "News"}
    assert known.entries[0].itunes_episode == "7"
    assert known.entries[0].itunes_season == "2"
    assert known.entries[0].itunes_duration == "62"


def test_other_feeds_have_no_podcast_elements() -> None:
    for body in (to_rss(FEED, [PODCAST]), to_atom(PODCAST_FEED, [PODCAST])):
        assert b"itunes" not in body
        assert b"podcastindex" not in body


def test_the_guid_of_a_podcast_is_made_from_its_address() -> None:
    # The example of the specification: https://podnews.net/rss
    feed = FEED.model_copy(update={"podcast": Podcast(), "name": "rss", "base_url": "https://podnews.net/"})
    url = feed.url("rss") or ""
    assert url == "https://podnews.net/rss.rss"
    spaces = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert podcast_guid(feed) == str(uuid5(spaces, "podnews.net/rss.rss"))
    assert str(uuid5(spaces, "podnews.net/rss")) == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert podcast_guid(feed.model_copy(update={"base_url": None})) is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"categories": ("Boats",)}, "is not a category of Apple's"),
        ({"categories": ("Arts > Boats",)}, "is not a subcategory of Arts"),
        ({"owner": Author(name="Bo")}, "needs an email"),
        ({"guid": "x"}, "UUID"),
    ],
)
def test_invalid_podcasts_are_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Podcast(**wrong)


# History


def links(root: etree._Element, path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in root.findall(path, NS):
        found.setdefault(link.get("rel", ""), []).append(link.get("href", "").rpartition("/feeds/")[2])
    return found


@pytest.mark.parametrize(("kind", "path"), [("rss", "channel/atom:link"), ("atom", "atom:link")])
def test_archive_documents_are_linked(kind: str, path: str) -> None:
    roots = {
        name: etree.fromstring(SERIALIZERS[kind].document(built), STRICT)
        for name, built in documents().items()
    }
    newest, older, oldest = (links(roots[name], path) for name in ("newest", "older", "oldest"))
    second = [f"main/archive/2.{kind}"]
    assert newest["self"] == [f"main.{kind}"]
    assert newest["prev-archive"] == newest["next"] == second == older["self"]
    assert older["current"] == oldest["current"] == [f"main.{kind}"]
    assert older["prev-archive"] == [f"main/archive/1.{kind}"] == oldest["self"]
    assert "prev-archive" not in oldest
    assert "next" not in oldest
    assert not any("next-archive" in each or "first" in each for each in (newest, older, oldest))
    assert ("hub" in newest, "hub" in older) == (True, False)
    marks = {name: [each.tag for each in root.iterfind(".//fh:*", NS)] for name, root in roots.items()}
    archive, complete = (f"{{{NS['fh']}}}{name}" for name in ("archive", "complete"))
    assert marks == {"main": [], "show": [complete], "newest": [], "older": [archive], "oldest": [archive]}


def test_json_feed_links_its_archive_by_next_url() -> None:
    about = {name: json.loads(SERIALIZERS["json"].document(built)) for name, built in documents().items()}
    assert about["newest"]["next_url"] == about["older"]["feed_url"]
    assert about["older"]["next_url"] == about["oldest"]["feed_url"]
    assert "next_url" not in about["oldest"]


def test_withdrawn_articles_are_tombstones_in_atom() -> None:
    root = etree.fromstring(SERIALIZERS["atom"].document(documents()["newest"]), STRICT)
    assert values(root, "at:deleted-entry") == [
        {"ref": "https://harbour.example/gone?a=1&b=2", "when": "2026-04-05T12:00:00+00:00"},
        {"ref": "urn:x:7", "when": "2026-04-04T12:00:00+00:00"},
    ]
    assert b"tombstones" not in SERIALIZERS["atom"].document(documents()["older"])
    assert ARCHIVED.url("atom", 2) == "https://harbour.example/feeds/main/archive/2.atom"


# Unsupported fields

_BOTH = {"rss", "json"}
_LOST: list[tuple[dict[str, object], str, set[str]]] = [
    ({"tags": (Tag(term="a", label="A"),)}, "tags.label", _BOTH),
    ({"tags": (Tag(term="a", scheme="https://h.example/"),)}, "tags.scheme", {"json"}),
    ({"tags": (Tag(term="a"),), "section": "b"}, "tags.label", set()),
    ({"authors": (Author(name="A", url="https://h.example/"),)}, "authors.url", {"rss"}),
    ({"authors": (Author(name="A", email="a@h.example"),)}, "authors.email", {"json"}),
    ({"authors": (Author(email="a@h.example", url="https://h.example/"),)}, "authors.url", {"rss"}),
    (
        {"authors": (Author(name="A", email="a@h.example"), Author(name="B"))},
        "authors.email",
        _BOTH,
    ),
    ({"image": Image(url="https://h.example/i")}, "image.alt", set()),
    ({"image": Image(url="https://h.example/i", alt="x")}, "image.alt", {"json"}),
    ({"image": Image(url="https://h.example/i", credit="x")}, "image.credit", {"json"}),
    ({"image": Image(url="https://h.example/i", width=3)}, "image.width", {"json"}),
    ({"image": Image(url="https://h.example/i", height=3)}, "image.height", {"json"}),
    ({"image": Image(url="https://h.example/i", media_type="image/png")}, "image.media_type", {"json"}),
    ({"rights": "x"}, "rights", {"json"}),
    ({"license": License(name="x", url="https://h.example/")}, "license", {"json"}),
    ({"alternates": (Alternate(url="https://h.example/", language="de"),)}, "alternates", {"json"}),
    ({"discussion": Comments(count=1)}, "discussion", {"json"}),
    ({"replies_to": (InReplyTo(id="urn:x:1"),)}, "replies_to", _BOTH),
    ({"origin": SourceFeed(title="T", feed="https://h.example/")}, "origin", {"json"}),
    ({"location": Location(latitude=1, longitude=2)}, "location", {"json"}),
    (
        {"elements": (Element(namespace=CUSTOM_NAMESPACE, prefix="ex", name="about"),)},
        "elements.about",
        {"json"},
    ),
    (
        {"elements": (Element(namespace=CUSTOM_NAMESPACE, prefix="ex", name="x", attributes={"text": "y"}),)},
        "",
        set(),
    ),
    ({"attachments": PODCAST.attachments, "summary": "s", "content_html": "<p>x</p>"}, "", set()),
    ({"language": "de", "section": "x", "updated": NOON, "canonical": "https://h.example/c"}, "", set()),
]


@pytest.mark.parametrize(("fields", "lost", "where"), _LOST)
def test_only_unsupported_fields_are_reported(fields: dict[str, object], lost: str, where: set[str]) -> None:
    made = entry_of(FEED, article(**fields), [])
    for kind in MAKERS:
        notes = unsupported_fields(kind, made)
        assert [each.field for each in notes] == ([lost] if kind in where else []), kind
        assert all(each.severity == "note" for each in notes)


def test_rss_cannot_carry_all_fields_of_a_source_feed() -> None:
    made = entry_of(FEED, STORM, [])
    assert {each.field for each in unsupported_fields("rss", made)} == {
        "replies_to",
        "contributors.email",
        "origin.home",
        "origin.id",
        "origin.updated",
    }
    assert [each.field for each in unsupported_fields("atom", made)] == ["publisher"]


def test_only_rss_can_carry_episodes() -> None:
    built = entry_of(PODCAST_FEED, PODCAST, [])
    names = {f"episode.{name}" for name in Episode.model_fields if name != "live"}
    assert {each.field for each in unsupported_fields("atom", built)} == names
    assert {each.field for each in unsupported_fields("json", built)} > names
    assert unsupported_fields("rss", built) == []
    # The length of its sound and its picture are in all of them.
    sound = entry_of(PODCAST_FEED, PODCAST.model_copy(update={"episode": None}), [])
    assert unsupported_fields("atom", sound) == []


# Custom elements


def legal(text: str) -> str:
    repaired = repair_text(text)
    return "\ufffd" if repaired != text and not repaired.strip() else repaired


@many
@given(elements)
def test_custom_elements_survive_a_round_trip(several: tuple[Element, ...]) -> None:
    one = article(elements=several)
    feed = FEED.model_copy(update={"elements": several})
    for parent in (item(one), entry(one)):
        own = [each for each in parent if each.tag.startswith(tuple(f"{{{e.namespace}}}" for e in several))]
        assert [(each.tag, each.text or "", dict(each.attrib)) for each in own] == [
            (
                f"{{{e.namespace}}}{e.name}",
                legal(e.text),
                {name: legal(value) for name, value in e.attributes.items()},
            )
            for e in several
        ]
        assert all(each.prefix == e.prefix for each, e in zip(own, several, strict=True))
    channel = etree.fromstring(to_rss(feed, []), STRICT).find("channel")
    assert channel is not None
    for e in several:
        assert legal(e.text) in texts(channel, f"{{{e.namespace}}}{e.name}")
    found = json.loads(to_json_feed(FEED, [one]))["items"][0]
    for e in several:
        if e.name == "about":
            continue
        value = found[f"_{e.prefix}"][e.name]
        given_ = {name: legal(said) for name, said in e.attributes.items()}
        text = legal(e.text)
        wanted = (given_ | ({"#text": text} if text else {})) if given_ else text
        assert value == wanted or wanted in value
        assert found[f"_{e.prefix}"]["about"] == e.namespace


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"prefix": "dc"}, "in use"),
        ({"prefix": "Thr"}, "in use"),
        ({"prefix": "xmlish"}, "in use"),
        ({"prefix": "a.b"}, "not a prefix"),
        ({"prefix": "1a"}, "not a prefix"),
        ({"name": "a:b"}, "not an XML name"),
        ({"name": ""}, "not an XML name"),
        ({"name": "a b"}, "not an XML name"),
        ({"namespace": "harbour"}, "not a URI"),
        ({"namespace": "https://harbour.example/a b"}, "not a URI"),
        ({"namespace": "http://www.w3.org/2005/Atom"}, "of Atom, whose"),
        ({"attributes": {"xmlns": "x"}}, "not an attribute"),
        ({"attributes": {"a:b": "x"}}, "not an XML name"),
    ],
)
def test_invalid_custom_elements_are_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Element(**{"namespace": CUSTOM_NAMESPACE, "prefix": "ex", "name": "x"} | wrong)


def test_a_prefix_stands_for_one_namespace() -> None:
    two = (
        Element(namespace=CUSTOM_NAMESPACE, prefix="ex", name="x"),
        Element(namespace="urn:other", prefix="ex", name="x"),
    )
    with pytest.raises(ValidationError, match="two namespaces"):
        article(elements=two)
    with pytest.raises(ValidationError, match="two namespaces"):
        Feed(title="T", home="https://harbour.example/", elements=two)


@pytest.mark.parametrize("prefix", ["fh2", "thread", "x", "a-1"])
@pytest.mark.parametrize("namespace", [NAMESPACES["thr"], NAMESPACES["dc"], NAMESPACES["itunes"]])
def test_a_known_namespace_under_another_prefix_is_well_formed(prefix: str, namespace: str) -> None:
    own = Element(namespace=namespace, prefix=prefix, name="subject", text="s")
    for feed in (FEED, PODCAST_FEED):
        for make in (to_rss, to_atom):
            body = make(feed.model_copy(update={"elements": (own,)}), [article(elements=(own,))])
            assert len(etree.fromstring(body, STRICT).findall(f".//{{{namespace}}}subject")) == 2


def test_custom_elements_from_the_config_and_a_record(tmp_path: Path) -> None:
    write(tmp_path, {"posts.jsonl": '{"id": "urn:x:1", "title": "T", "date": "2026-04-01", "stars": 4}\n'})
    config = configured(
        tmp_path,
        source(more='elements = { "ex:rating" = "stars" }'),
        '\n[[feed]]\nname = "main"\nelements = { "ex:edition" = "morning" }\n',
        site=f'{SITE}namespaces = {{ ex = "{CUSTOM_NAMESPACE}" }}\n',
    )
    with Newsroom.open(config, clock=StillClock()) as newsroom:
        assert newsroom.ingest().ok
        assert newsroom.publish().ok
    channel = etree.parse(tmp_path / "public" / "main.rss").find("channel")
    assert texts(channel, "ex:edition") == ["morning"]
    assert texts(channel, "item/ex:rating") == ["4"]


def test_files_of_unknown_length_are_valid() -> None:
    files = [
        Attachment(url=f"https://h.example/{name}.mp3", media_type="audio/mpeg", length=0) for name in "ab"
    ]
    article = Article(id="urn:x:1", title="T", attachments=files)
    feed = Feed(title="T", home="https://h.example/")
    assert not [each for each in lint(to_rss(feed, [article])) if each.severity == "error"]
