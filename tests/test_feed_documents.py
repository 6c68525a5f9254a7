"""Any documents: valid by the linter and by schemas, and readable by three parsers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import Any

import atoma
import fastfeedparser
import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree

from helpers_feeds import FEED, example_articles, feedparser_guesses
from helpers_lint import document_with
from helpers_text import anything, said
from lint_cases_atom import ATOM_CASES
from lint_cases_more import JSON_CASES
from syndicate import (
    Article,
    Attachment,
    Author,
    Feed,
    Image,
    License,
    Tag,
    lint,
    to_atom,
    to_json_feed,
    to_rss,
)
from syndicate.linters.feeds import RULES
from syndicate.text.illegal_characters import repair_text
from syndicate.text.sanitize import text_to_html

DATA = Path(__file__).parent / "data"
RELAX = etree.RelaxNG(etree.parse(DATA / "atom.rng"))
SCHEMA = Draft202012Validator(json.loads((DATA / "jsonfeed.schema.json").read_bytes()))
MAKERS = {"rss": to_rss, "atom": to_atom, "json": to_json_feed}
STRICT = etree.XMLParser(resolve_entities=False, no_network=True)
many = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

_addresses = st.sampled_from(
    [
        "https://harbour.example/1?a=1&b=2",
        "https://harbour.example/ä/ß#teil",
        "https://häfen.example/",
        "HTTPS://Harbour.Example:443/a/../b",
        "http://harbour.example/%7Ea/%c3%a9",
        "https://[2001:db8::1]:8443/x[0]",
    ]
)
_moments = st.datetimes(datetime(1971, 1, 3), datetime(2099, 12, 28)).flatmap(
    lambda moment: st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    )
)
_authors = st.builds(
    Author, name=said, email=st.none() | st.sampled_from(["a@harbour.example", "é@häfen.example"])
) | st.builds(Author, email=st.just("desk@harbour.example"), url=st.none() | _addresses)
_files = st.builds(
    Attachment,
    url=_addresses,
    media_type=st.sampled_from(["audio/mpeg", "image/jpg", "video/mp4"]),
    length=st.none() | st.integers(0, 2**40),
    title=st.none() | said,
    duration=st.none() | st.floats(0, 1e6, allow_nan=False),
)
made = st.builds(
    Article,
    id=st.one_of(said, _addresses, st.sampled_from(["urn:x:1", "tag:h.example,2026:1", "77", "x:y"])),
    title=said,
    link=st.none() | _addresses,
    canonical=st.none() | _addresses,
    summary=anything,
    content_html=anything.map(text_to_html) | st.just(""),
    authors=st.lists(_authors, max_size=3).map(tuple),
    tags=st.lists(
        st.builds(Tag, term=said, label=st.none() | said, scheme=st.none() | _addresses), max_size=3
    ).map(tuple),
    section=st.none() | said,
    language=st.sampled_from([None, "en", "en_GB", "zh-Hant-TW", "de-CH-1901"]),
    published=st.none() | _moments,
    updated=_moments,
    image=st.none() | st.builds(Image, url=_addresses, alt=anything),
    attachments=st.lists(_files, max_size=3).map(tuple),
    license=st.none() | st.builds(License, name=said, url=st.none() | _addresses),
    rights=anything,
)
several = st.lists(made, max_size=3)


def legal(text: str) -> str:
    repaired = repair_text(text)
    return "\ufffd" if repaired != text and not repaired.strip() else repaired


@many
@given(several)
@pytest.mark.parametrize("kind", MAKERS)
def test_the_linter_finds_no_error(kind: str, articles: list[Article]) -> None:
    body = MAKERS[kind](FEED, articles)
    errors = [finding for finding in lint(body, url=FEED.url(kind)) if finding.severity == "error"]
    assert errors == [], body.decode()


@many
@given(several)
def test_relax_ng_accepts_every_atom_document(articles: list[Article]) -> None:
    root = etree.fromstring(to_atom(FEED, articles), STRICT)
    assert RELAX.validate(root), RELAX.error_log


@many
@given(several)
def test_the_schema_accepts_every_json_feed(articles: list[Article]) -> None:
    SCHEMA.validate(json.loads(to_json_feed(FEED, articles)))


# Rules that the grammar of RFC 4287 does not express.
_PROSE = re.compile(
    r"atom-(author|id|updated|published|content-(and|fragment|src-type|not-base64|xml)|html|source|summary|type-composite)"
    r"|date-implausible|html-|history-|self-|tombstone|thread|link-(alt|rep|enc|len|relation-unr)|metadata|email"
    r"|value-empty|link-(href|not-empty)|atom-(uri-relative|xhtml-(escaped|misplaced)|name-with)|uri-scheme"
    r"|extension-unknown-in-rfc|georss|plain-text|xml-namespace-missing"
)
_REFUSED = [case for case in ATOM_CASES if not _PROSE.match(case.rule)]


@pytest.mark.parametrize("rule", sorted({case.rule for case in _REFUSED}))
def test_relax_ng_refuses_only_invalid_documents(rule: str) -> None:
    cases = [case for case in _REFUSED if case.rule == rule]
    refused = [not RELAX.validate(_tree(case.slot, case.bad)) for case in cases]
    assert any(refused)
    for case in cases:
        if "23:59:60" not in case.good:  # XML Schema has no leap seconds
            assert RELAX.validate(_tree(case.slot, case.good)), (case, RELAX.error_log)


def _tree(slot: str, value: str) -> etree._Element:
    return etree.fromstring(document_with("atom", slot, value), STRICT)


_NOT_IN_SCHEMA = (
    *(
        "duplicate",
        "-loop",
        "plain-text",
        "html-",
        "self-",
        "misnamed",
        "value-empty",
        "repeated",
        "surrogate",
    ),
)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in JSON_CASES
        if RULES[case.rule].severity == "error" or case.rule == "json-member-unknown"
    ],
    ids=lambda case: case.name,
)
def test_the_schema_refuses_only_invalid_documents(case: Any) -> None:
    assert SCHEMA.is_valid(json.loads(document_with("json", case.slot, case.good)))
    wrong = json.loads(document_with("json", case.slot, case.bad))
    beyond = any(word in case.rule for word in _NOT_IN_SCHEMA)
    assert SCHEMA.is_valid(wrong) == beyond


# Three parsers


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(microsecond=0) if moment else None


def _known(feed: Feed, one: Article) -> dict[str, Any]:
    """The fields that a parser must return, from JSON Feed, which needs no feed parser."""
    item = json.loads(to_json_feed(feed, [one]))["items"][0]
    return {
        "id": item["id"],
        "title": legal(one.title).strip(),
        "link": one.link,
        "html": legal(one.content_html),
        "tags": item.get("tags", []),
        "published": _utc(_when(item.get("date_published"))),
        "updated": _utc(_when(item["date_modified"])),
    }


@many
@given(made)
def test_atoma_reads_the_articles(one: Article) -> None:
    known = _known(FEED, one)
    entry = atoma.parse_atom_bytes(to_atom(FEED, [one])).entries[0]
    assert entry.id_ == known["id"]
    assert entry.title.value == known["title"]
    assert entry.updated == known["updated"]
    assert entry.published == known["published"]
    assert [tag.term for tag in entry.categories] == known["tags"]
    if known["html"]:
        assert entry.content is not None
        assert entry.content.value == known["html"].strip()
    item = atoma.parse_rss_bytes(to_rss(FEED, [one])).items[0]
    assert item.guid == known["id"]
    assert item.title == known["title"]
    assert item.link == known["link"]
    assert item.pub_date == (known["published"] or known["updated"])
    assert [tag.strip() for tag in item.categories] == [tag.strip() for tag in known["tags"]]


@many
@given(made)
def test_feedparser_reads_the_articles(one: Article) -> None:
    known = _known(FEED, one)
    for kind in ("rss", "atom"):
        parsed = feedparser.parse(MAKERS[kind](FEED, [one]))
        assert not parsed.bozo
        entry = parsed.entries[0]
        assert entry.id == known["id"]
        # It spells references its own way where a title looks like HTML.
        looks_like_html = "&" in one.title and ("<" in one.title or "&#" in one.title)
        if not feedparser_guesses(legal(one.title)) and not looks_like_html:
            assert entry.title == known["title"]
        published = known["published"] or (known["updated"] if kind == "rss" else None)
        if published:
            assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == published


def _spaced(text: str) -> str:
    """The text as fastfeedparser returns it: white space of Unicode becomes one space."""
    return " ".join(text.split())


@many
@given(made)
@pytest.mark.parametrize("kind", MAKERS)
def test_fastfeedparser_reads_the_articles(kind: str, one: Article) -> None:
    known = _known(FEED, one)
    parsed = fastfeedparser.parse(MAKERS[kind](FEED, [one]))
    (entry,) = parsed.entries
    assert entry.id == known["id"]
    assert _spaced(entry.title) == _spaced(known["title"])
    assert entry.get("link") or not known["link"]
    shown = known["published"] or known["updated"]
    assert _when(entry.get("published") or entry.get("updated")) == shown
    # From RSS it leaves out a tag that is nothing else.
    expected = [_spaced(tag) for tag in known["tags"] if tag.strip()]
    assert [_spaced(tag["term"]) for tag in entry.get("tags", []) if tag["term"].strip()] == expected


def test_three_parsers_agree_on_the_example_articles() -> None:
    bodies = {kind: make(FEED, example_articles()) for kind, make in MAKERS.items()}
    fast = {kind: fastfeedparser.parse(body).entries for kind, body in bodies.items()}
    slow = {kind: feedparser.parse(bodies[kind]).entries for kind in ("rss", "atom")}
    third = atoma.parse_atom_bytes(bodies["atom"]).entries
    for number, entry in enumerate(third):
        titles = {entries[number].title for entries in (*fast.values(), *slow.values())}
        assert titles == {entry.title.value}
        ids = {entries[number].id for entries in (*fast.values(), *slow.values())}
        assert ids == {entry.id_}
        bodies_read = {
            entries[number].content[0]["value"] for entries in fast.values() if entries[number].get("content")
        }
        if entry.content and entry.content.text_type.value == "html":
            assert bodies_read == {entry.content.value}
    assert escape("&") in fast["rss"][0].content[0]["value"]
