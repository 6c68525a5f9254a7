"""Extensions from outside the package: the example PRISM from a record to feeds, the linter and the store."""

from __future__ import annotations

import json
import pickle
import runpy
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import BaseModel

from helpers_feeds import FEED
from helpers_site import configured, environment, opened, source, write
from helpers_text import anything
from syndicate import (
    Article,
    ConfigError,
    Extension,
    Feed,
    article_from,
    lint,
    register_extension,
    to_atom,
    to_json_feed,
    to_rss,
    xml_element,
)
from syndicate.errors import FeedError
from syndicate.extensions import unregister_extension
from syndicate.feeds import SERIALIZERS, entry_of
from syndicate.feeds.unsupported_fields import unsupported_fields
from syndicate.model import Problem, jsonable

EXAMPLE = Path(__file__).parents[1] / "examples" / "prism.py"
PRISM = runpy.run_path(str(EXAMPLE))
NS = {"prism": PRISM["NAMESPACE"], "atom": "http://www.w3.org/2005/Atom"}
RECORD = {
    "id": "urn:x:storm",
    "title": "Storm surges",
    "url": "https://harbour.example/storm",
    "text": "Water & wind.",
    "date": "2026-04-01",
    "doi": "10.1234/storm<7>&8",
    "journal": {"volume": 12, "issue": "3"},
}
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
PLAIN = '\n[[feed]]\nname = "main"\n'
MAIN = PLAIN + 'extensions.prism = { publication_name = "Tides & Quays", issn = "2049-3630" }\n'


@pytest.fixture
def prism() -> Iterator[Extension]:
    extension = PRISM["Prism"]()
    register_extension(extension)
    yield extension
    unregister_extension("prism")


def published(folder: Path) -> dict[str, bytes]:
    """The documents of the feed, by file name."""
    return {f"main.{kind}": (folder / "public" / f"main.{kind}").read_bytes() for kind in SERIALIZERS}


def published_data(folder: Path) -> dict[str, str]:
    """What JSON Feed has of PRISM in the only item."""
    [item] = json.loads(published(folder)["main.json"])["items"]
    return {name: value for name, value in item["_prism"].items() if name != "about"}


def site(folder: Path, *records: dict[str, Any], feed: str = MAIN) -> Path:
    write(folder, {"posts.jsonl": "\n".join(map(json.dumps, records))})
    configured(folder, source(), feed)
    return folder


@pytest.mark.usefixtures("prism")
def test_from_a_record_to_every_format(tmp_path: Path) -> None:
    with opened(site(tmp_path, RECORD)) as newsroom:
        assert newsroom.ingest().parts[0].problems == ()
        report = newsroom.publish()
    assert [problem.message for problem in report.problems] == []
    files = published(tmp_path)
    expected = {"doi": "10.1234/storm<7>&8", "volume": "12", "number": "3"}
    for name, path, channel in (("main.rss", "channel/item", "channel"), ("main.atom", "atom:entry", ".")):
        root = etree.fromstring(files[name])
        entry = root.find(path, NS)
        assert entry is not None
        found = {each.tag.partition("}")[2]: each.text for each in entry if each.prefix == "prism"}
        assert found == expected, name
        # Declared once, on the root.
        assert files[name].count(b"xmlns:prism=") == 1
        assert root.findtext(f"{channel}/prism:publicationName", None, NS) == "Tides & Quays"
        assert lint(files[name], url=f"https://harbour.example/feeds/{name}") == ()
    document = json.loads(files["main.json"])
    journal = {"publicationName": "Tides & Quays", "issn": "2049-3630"}
    assert document["_prism"] == {"about": NS["prism"], **journal}
    assert document["items"][0]["_prism"] == {"about": NS["prism"], **expected}


@pytest.mark.usefixtures("prism")
def test_a_second_publish_writes_nothing(tmp_path: Path) -> None:
    with opened(site(tmp_path, RECORD)) as newsroom:
        newsroom.ingest()
        assert newsroom.publish().written
    with opened(tmp_path) as newsroom:
        assert newsroom.ingest().parts[0].unchanged == 1
        assert newsroom.publish().written == ()
        assert newsroom.publish(full=True).written == ()


def test_removal_and_installation(tmp_path: Path) -> None:
    register_extension(PRISM["Prism"]())
    try:
        with opened(site(tmp_path, RECORD, feed=PLAIN)) as newsroom:
            newsroom.ingest()
            newsroom.publish()
        with_prism = published(tmp_path)
        assert b"prism:doi" in with_prism["main.rss"]
    finally:
        unregister_extension("prism")
    with opened(tmp_path) as newsroom:
        report = newsroom.publish()
        assert [(each.severity, each.field) for each in report.problems] == [("note", "extensions.prism")]
    without = published(tmp_path)
    assert b"prism" not in b"".join(without.values())
    for name in ("main.rss", "main.atom", "main.json"):
        assert lint(without[name], url=f"https://harbour.example/feeds/{name}") == ()
    # Installed again: the store still has the data.
    register_extension(PRISM["Prism"]())
    try:
        with opened(tmp_path) as newsroom:
            newsroom.publish()
        assert published(tmp_path) == with_prism
    finally:
        unregister_extension("prism")


@pytest.mark.usefixtures("prism")
@pytest.mark.parametrize(
    ("body", "rule", "path"),
    [
        ("<prism:doi>storm</prism:doi>", "extension-value-invalid", "prism:doi"),
        ("<prism:issn>2049-3631</prism:issn>", "extension-value-invalid", "prism:issn"),
        ("<prism:number>1</prism:number>" * 2, "extension-repeated", "prism:number"),
        ("<prism:doy>10.1234/a</prism:doy>", "extension-unknown", "prism:doy"),
        ("<prism:volume> </prism:volume>", "extension-value-empty", "prism:volume"),
        ('<prism:volume no="1">7</prism:volume>', "", ""),
    ],
)
def test_the_linter_knows_its_elements(body: str, rule: str, path: str) -> None:
    one = Article(id="urn:x:1", title="One", link="https://h.example/1", summary="x", published=NOON)
    document = to_rss(FEED, [one]).replace(b"</item>", body.encode() + b"</item>")
    found = [(each.rule, each.place.path) for each in lint(document, url=FEED.url("rss"))]
    assert found == ([(rule, f"item 1 / {path}")] if rule else [])


@pytest.mark.usefixtures("prism")
def test_it_may_stand_in_the_channel_only_where_it_belongs() -> None:
    document = to_rss(FEED, []).replace(b"</channel>", b"<prism:doi>10.1234/a</prism:doi></channel>")
    assert [each.rule for each in lint(document, url=FEED.url("rss"))] == ["extension-misplaced"]


def test_the_linter_ignores_its_elements_without_it() -> None:
    element = f'<prism:doi xmlns:prism="{NS["prism"]}">storm</prism:doi>'.encode()
    document = to_rss(FEED, []).replace(b"</channel>", element + b"</channel>")
    assert lint(document, url=FEED.url("rss")) == ()


@pytest.mark.usefixtures("prism")
def test_a_wrong_field_costs_the_field(tmp_path: Path) -> None:
    with opened(site(tmp_path, {**RECORD, "doi": "storm"})) as newsroom:
        report = newsroom.ingest().parts[0]
        [problem] = report.problems
        assert (problem.severity, problem.field, problem.line) == ("warning", "extensions.prism.doi", 1)
        assert "'storm' is not a DOI" in problem.message
        newsroom.publish()
    assert published_data(tmp_path) == {"volume": "12", "number": "3"}


@pytest.mark.usefixtures("prism")
def test_the_config_can_name_the_fields(tmp_path: Path) -> None:
    write(tmp_path, {"posts.jsonl": json.dumps({**RECORD, "ids": {"main": "10.5555/1"}})})
    configured(tmp_path, source(more='fields = { "prism.doi" = "ids.main" }'), MAIN)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.publish()
    assert published_data(tmp_path)["doi"] == "10.5555/1"


@pytest.mark.usefixtures("prism")
@pytest.mark.parametrize(
    ("data", "message"),
    [('{ issn = "2049-3631" }', "check digit"), ('{ isn = "x" }', "prism.isn")],
)
def test_wrong_data_of_a_feed_is_a_mistake_of_the_config(tmp_path: Path, data: str, message: str) -> None:
    feed = f'\n[[feed]]\nname = "main"\nextensions.prism = {data}\n'
    with pytest.raises(ConfigError, match=message):
        opened(site(tmp_path, RECORD, feed=feed))


def test_data_of_a_feed_without_the_extension_is_a_mistake_of_the_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no extension 'prism' for feeds is installed"):
        opened(site(tmp_path, RECORD))


@pytest.mark.usefixtures("prism")
def test_from_python_with_a_model_or_a_mapping() -> None:
    data = {"doi": "10.1234/a"}
    by_mapping = Article(id="urn:x:1", title="One", extensions={"prism": data}, published=NOON)
    by_model = Article(
        id="urn:x:1", title="One", extensions={"prism": PRISM["PrismArticle"](**data)}, published=NOON
    )
    assert by_model == by_mapping
    assert hash(by_model) == hash(by_mapping)
    for make in (to_rss, to_atom, to_json_feed):
        assert b"10.1234/a" in make(FEED, [by_model])
    with pytest.raises(TypeError):
        by_model.extensions["prism"]["doi"] = "10.1234/b"
    with pytest.raises(FeedError, match="check digit"):
        to_rss(Feed(title="T", home="https://h.example/", extensions={"prism": {"issn": "2049-3631"}}), [])
    assert article_from(RECORD).extensions["prism"]["doi"] == RECORD["doi"]


@pytest.mark.usefixtures("prism")
def test_data_that_the_extension_refuses_costs_the_data() -> None:
    problems: list[Problem] = []
    one = Article(id="urn:x:1", title="One", extensions={"prism": {"doi": "storm"}}, published=NOON)
    assert b"prism:" not in to_rss(FEED, [one], problems).replace(b"xmlns:prism", b"")
    assert [(each.severity, each.field) for each in problems] == [("warning", "extensions.prism.doi")]


legal = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
        st.dictionaries(
            legal,
            st.recursive(
                st.none() | st.booleans() | st.integers(-9, 9) | legal,
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(legal, inner, max_size=2),
                max_leaves=4,
            ),
            max_size=2,
        ),
        max_size=2,
    )
)
def test_data_of_any_extension_survives_the_store(data: dict[str, dict[str, Any]]) -> None:
    one = Article(id="urn:x:1", title="One", published=NOON, extensions=data)
    stored = json.loads(json.dumps(jsonable(one)))
    for again in (
        Article.model_validate(stored),
        Article.from_stored(stored),
        pickle.loads(pickle.dumps(one)),
    ):
        assert again == one
        assert hash(again) == hash(one)
        assert jsonable(again) == stored


@given(anything)
def test_any_text_comes_out_as_it_went_in_whatever_the_extension_does_with_it(text: str) -> None:
    register_extension(Shout())
    try:
        one = Article(id="urn:x:1", title="One", published=NOON, extensions={"shout": {"text": text}})
        entry = entry_of(FEED, one, [])
        said = entry.article.extensions["shout"].get("text", "")
        expected = said.upper() if len(said) % 2 else said[:1]
        item = etree.fromstring(to_rss(FEED, [one])).find("channel/item/{urn:shout}loud[@of]")
        assert item is not None
        assert (item.text or "") == expected
        assert [inner.text for inner in item] == [str(len(said))]
    finally:
        unregister_extension("shout")


class ShoutData(BaseModel):
    text: str


class Shout(Extension):
    """Writes what depends on the value: a template of one entry must not be used for another."""

    name = "shout"
    namespaces = {"shout": "urn:shout"}
    data = ShoutData

    def entry_elements(self, article: Article, format: str) -> Iterator[Any]:
        if data := self.read(article):
            text = data.text.upper() if len(data.text) % 2 else data.text[:1]
            yield xml_element("shout:loud", text, xml_element("shout:length", str(len(data.text))), of='"&<')


class Broken(Extension):
    """Raises where it is called."""

    name = "broken"

    def __init__(self, method: str) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("no network here")

        setattr(self, method, fail)

    def entry_elements(self, article: Article, format: str) -> Iterator[Any]:
        return iter(())


@pytest.mark.parametrize("method", ["entry_elements", "entry_json", "unsupported_fields"])
def test_an_extension_that_raises_costs_the_article(tmp_path: Path, method: str) -> None:
    register_extension(Broken(method))
    try:
        site(tmp_path, {**RECORD, "elements": {"ex:a": "1"}})
        configured(tmp_path, source(more='namespaces = { ex = "urn:ex" }'), PLAIN)
        with opened(tmp_path) as newsroom:
            newsroom.ingest()
            report = newsroom.publish()
        assert "no network here" in report.problems[0].message
        assert b"urn:x:storm" not in published(tmp_path)["main.rss"]
    finally:
        unregister_extension("broken")


class NotText(Extension):
    """Writes a number where text belongs."""

    name = "not_text"
    namespaces = {"nt": "https://harbour.example/ns/not-text"}

    def entry_elements(self, article: Article, format: str) -> Iterator[Any]:
        yield xml_element("nt:count", n=3)


def test_an_attribute_that_is_not_text_costs_the_article(tmp_path: Path) -> None:
    register_extension(NotText())
    try:
        site(tmp_path, RECORD, feed=PLAIN)
        with opened(tmp_path) as newsroom:
            newsroom.ingest()
            report = newsroom.publish()
    finally:
        unregister_extension("not_text")
    assert "the attribute n of nt:count must be a str, not 3" in report.problems[0].message
    assert b"urn:x:storm" not in published(tmp_path)["main.rss"]


@pytest.mark.parametrize("method", ["root_prefixes", "feed_elements", "feed_json"])
def test_an_extension_that_raises_for_a_feed_costs_that_feed(tmp_path: Path, method: str) -> None:
    site(tmp_path, RECORD, feed=PLAIN)
    register_extension(Broken(method))
    try:
        with opened(tmp_path) as newsroom:
            newsroom.ingest()
            report = newsroom.publish()
    finally:
        unregister_extension("broken")
    assert "no network here" in report.problems[0].message
    assert not report.written
    with opened(tmp_path) as newsroom:
        assert "main.rss" in newsroom.publish().written, "it is tried again"


class JsonOnly(Extension):
    """Cannot be carried by RSS and Atom."""

    name = "json_only"
    data = ShoutData

    def entry_json(self, article: Article) -> dict[str, Any]:
        data = self.read(article)
        return {"_only": {"text": data.text}} if data else {}

    def unsupported_fields(self, article: Article, format: str) -> tuple[str, ...]:
        return ("extensions.json_only.text",) if format != "json" and self.read(article) else ()


def test_what_a_format_cannot_carry_is_reported() -> None:
    register_extension(JsonOnly())
    try:
        plain = Article(id="urn:x:1", title="One", published=NOON)
        one = Article(**{**dict(plain), "extensions": {"json_only": {"text": "x"}}})
        entry = entry_of(FEED, one, [])
        # Its shape differs from that of an entry without the data, so that a publish asks for both.
        assert entry.shape != entry_of(FEED, plain, []).shape
        for kind in SERIALIZERS:
            fields = [each.field for each in unsupported_fields(kind, entry)]
            assert fields == ([] if kind == "json" else ["extensions.json_only.text"])
    finally:
        unregister_extension("json_only")


class OtherPrism(Extension):
    name = "prism"


class TakenPrefix(Extension):
    name = "taken"
    namespaces = {"media": "urn:media"}


@pytest.mark.usefixtures("prism")
def test_names_and_prefixes_are_unique() -> None:
    register_extension(PRISM["Prism"]())
    with pytest.raises(ValueError, match="another extension has the name 'prism'"):
        register_extension(OtherPrism())
    with pytest.raises(ValueError, match="the prefix 'media' stands for"):
        register_extension(TakenPrefix())
    with pytest.raises(ValueError, match="built in"):
        unregister_extension("media")


@pytest.mark.parametrize("name", ["a b", "nobody:doi", "1", "a:b:c", "<x>", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name"):
        xml_element(name)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "code"), [("prism:Prism", 0), ("prism:Missing", 2)])
def test_an_entry_point_registers_it(tmp_path: Path, target: str, code: int) -> None:
    package = write(
        tmp_path / "package",
        {
            "prism.py": EXAMPLE.read_bytes(),
            "prism_feeds-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: prism-feeds\nVersion: 1\n",
            "prism_feeds-1.dist-info/entry_points.txt": f"[syndicate.extensions]\nprism = {target}\n",
        },
    )
    site(tmp_path, RECORD)
    for command in ("ingest", "publish"):
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", command],
            cwd=tmp_path,
            env=environment(PYTHONPATH=str(package)),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stderr
    if code:
        assert "the extension 'prism' (prism:Missing) cannot be loaded" in done.stderr
    else:
        assert b"<prism:doi>" in published(tmp_path)["main.atom"]
