"""A record from outside can set the fields of its format, but no elements that the config does not name."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from helpers_site import MAIN, configured, opened, source, write
from helpers_store import store_of, utc_now
from syndicate import ConfigError, Element, Problem, article_from
from syndicate.model import IngestReport
from syndicate.model.custom_element import _FORBIDDEN

XHTML = "http://www.w3.org/1999/xhtml"
EX = "https://harbour.example/ns"
SCRIPT = {"namespace": XHTML, "prefix": "h", "name": "script", "text": "document.title = 'taken'"}
WIND = {"namespace": EX, "prefix": "ex", "name": "wind", "text": "11"}
NAMED = f'namespaces = {{ ex = "{EX}" }}'


def published(folder: Path) -> tuple[IngestReport, list[set[str]]]:
    """The report of an ingest, and the names of all elements in RSS and in Atom."""
    with opened(folder) as newsroom:
        (part,) = newsroom.ingest().parts
        newsroom.publish()
    assert isinstance(part, IngestReport)
    roots = [ET.parse(folder / "public" / f"main.{ending}").getroot() for ending in ("rss", "atom")]
    assert (
        len(list(roots[0].iter("item")))
        == len(list(roots[1].iter("{http://www.w3.org/2005/Atom}entry")))
        == 1
    )
    return part, [{each.tag for each in root.iter()} for root in roots]


@pytest.mark.parametrize("namespace", sorted(_FORBIDDEN))
@pytest.mark.parametrize("around", ["{}", " {}\n"])
def test_namespaces_that_are_never_allowed(tmp_path: Path, namespace: str, around: str) -> None:
    with pytest.raises(ValidationError, match="are not allowed"):
        Element(namespace=around.format(namespace), prefix="x", name="a")
    table = f'namespaces = {{ x = "{namespace}" }}\n'
    for tables in (
        [source(more=table)],
        [source(), MAIN + f'elements = [{{ namespace = "{namespace}", prefix = "x", name = "a" }}]\n'],
    ):
        configured(tmp_path, *tables)
        with pytest.raises(ConfigError, match="are not allowed"):
            opened(tmp_path)
    record = {"title": "T", "elements": {"x:a": "b"}}
    assert article_from(record, namespaces={"x": namespace}).elements == ()


def test_the_core_languages_are_among_them() -> None:
    assert {*_FORBIDDEN.values()} >= {"XHTML", "SVG", "MathML", "XSLT", "Atom", "RSS", "XML"}
    assert "http://www.w3.org/2005/Atom" in _FORBIDDEN
    assert "http://purl.org/rss/1.0/" in _FORBIDDEN


@pytest.mark.parametrize(
    ("table", "elements", "wanted", "told"),
    [
        ("", [WIND, SCRIPT], set(), 2),
        (NAMED, [WIND, SCRIPT], {f"{{{EX}}}wind"}, 1),
        (NAMED, {"ex:wind": "11", "h:script": "x"}, {f"{{{EX}}}wind"}, 1),
        (
            'elements = { "ex:rating" = "stars" }',
            [WIND, {**WIND, "name": "a", "namespace": EX + "/"}],
            {f"{{{EX}}}wind"},
            1,
        ),
        ("", {"ex:wind": "11"}, set(), 1),
        (NAMED, [{**WIND, "namespace": f" {EX} "}], {f"{{{EX}}}wind"}, 0),
        (NAMED, ["no element", 3, None, {"name": "a"}], set(), 1),
    ],
)
def test_records_bring_elements_of_the_namespaces_that_their_source_names(
    tmp_path: Path, table: str, elements: Any, wanted: set[str], told: int
) -> None:
    configured(tmp_path, source(more=table), MAIN, site=SITE)
    write(
        tmp_path,
        {"posts.jsonl": json.dumps({"title": "T", "date": "2026-04-01", "elements": elements}) + "\n"},
    )
    part, found = published(tmp_path)
    assert [each.severity for each in part.problems] == ["warning"] * told
    assert all("does not name this namespace" in each.message for each in part.problems)
    for tags in found:
        assert {tag for tag in tags if tag.startswith(("{" + EX, "{" + XHTML))} == wanted


SITE = f"""
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
namespaces = {{ ex = "{EX}" }}
"""
ITEM = {
    "id": "https://guest.example/1",
    "url": "https://guest.example/1",
    "title": "Guest",
    "content_html": "<p>Words</p>",
    "date_published": "2026-04-01T00:00:00Z",
    "elements": [WIND, SCRIPT],
    "score": 9,
    "section": "Front page",
    "link": "https://elsewhere.example/",
    "published": "1999-01-01",
    "_guest": {"stars": 4},
}


def guest(folder: Path, more: str = "") -> None:
    configured(folder, source("guest", "feed", "guest.json", more), MAIN, site=SITE)
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Guest", "items": [ITEM]}
    write(folder, {"guest.json": json.dumps(feed)})


@pytest.mark.parametrize("more", ["", NAMED])
def test_a_feed_passes_on_the_fields_of_its_format(tmp_path: Path, more: str) -> None:
    guest(tmp_path, more)
    part, found = published(tmp_path)
    assert [each.severity for each in part.problems] == ["note"]
    assert "elements, link, published, score, section" in part.problems[0].message
    assert not any(tag.startswith(("{" + EX, "{" + XHTML)) for tags in found for tag in tags)
    with opened(tmp_path) as newsroom:
        [kept] = store_of(newsroom).articles(now=utc_now())
    assert (kept.article.link, kept.article.section, kept.article.score) == (
        "https://guest.example/1",
        None,
        None,
    )
    assert kept.article.published == datetime(2026, 4, 1, tzinfo=UTC)


def test_fields_named_by_the_config_are_taken_from_anywhere_in_the_item(tmp_path: Path) -> None:
    guest(tmp_path, 'elements = { "ex:stars" = "_guest.stars" }\nfields = { section = "section" }')
    _, found = published(tmp_path)
    assert all(f"{{{EX}}}stars" in tags for tags in found)
    with opened(tmp_path) as newsroom:
        [kept] = store_of(newsroom).articles(now=utc_now())
    assert kept.article.section == "Front page"


def test_from_python_elements_need_their_namespace() -> None:
    assert article_from({"title": "T", "elements": [WIND, SCRIPT]}).elements == ()
    problems: list[Problem] = []
    record = {"title": "T", "elements": [WIND, SCRIPT]}
    [wind] = article_from(record, namespaces={"ex": EX}, problems=problems).elements
    assert [each.field for each in problems] == ["elements"]
    assert wind.name == "wind"
