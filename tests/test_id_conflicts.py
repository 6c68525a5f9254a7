"""Two sources with the same id or link: what is stored, published and composed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers_http import Page, Site, serving
from helpers_site import MAIN, WEEKLY, StillClock, configured, opened, source, write
from helpers_store import store_of
from syndicate import Feed, article_from, to_atom, to_rss
from syndicate.errors import Where
from syndicate.model import IngestReport, IngestReports, PublishReport
from syndicate.model.article_identity import Standing, host_of, named_host
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.source import RawRecord

CALM, LOUD = "https://calm.example/", "https://loud.example/"
NUMBERS = range(1, 8)


def items(name: str, numbers: range = NUMBERS, **more: str) -> list[dict[str, Any]]:
    """Items of a feed, all with the ids of the calm one; `{n}` in more is the number."""
    return [
        {
            "id": f"{CALM}?p={n}",
            "url": f"https://{name}.example/{n}",
            "title": f"{name} {n}",
            "content_text": f"Words of {name}, number {n}.",
            "date_published": f"2026-02-{n:02}T08:00:00Z",
            "tags": [name],
            **{field: text.format(n=n) for field, text in more.items()},
        }
        for n in numbers
    ]


def as_json(some: list[dict[str, Any]], home: str | None) -> str:
    about = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": some}
    return json.dumps({**about, **({"home_page_url": home, "feed_url": f"{home}feed.json"} if home else {})})


def as_xml(some: list[dict[str, Any]], home: str | None, make: Any) -> str:
    feed = Feed(title="T", home=home or "https://nobody.example/", base_url=home)
    return make(feed, [article_from({**each, "date": each["date_published"]}) for each in some]).decode()


MAKERS = {
    "json": as_json,
    "rss": lambda some, home: as_xml(some, home, to_rss),
    "atom": lambda some, home: as_xml(some, home, to_atom),
}


def planet(folder: Path, *tables: str) -> Path:
    both = [source("loud", "feed", "loud.*"), source("calm", "feed", "calm.*")]
    configured(folder, *(tables or both), MAIN, '\n[[feed]]\nname = "tag/{tag}"\neach = "tag"\n', WEEKLY)
    return folder


def run(folder: Path, clock: StillClock | None = None) -> tuple[IngestReports, PublishReport]:
    with opened(folder, clock) as newsroom:
        report, published = newsroom.ingest(), newsroom.publish()
    assert published.ok, published.problems
    return report, published


def shown(folder: Path, feed: str = "main") -> dict[str, str]:
    """What a feed shows: ids, and the words of each."""
    found = json.loads((folder / "public" / f"{feed}.json").read_text())["items"]
    assert len({each["id"] for each in found}) == len(found)
    return {each["id"]: each["content_html"] for each in found}


def of(name: str, numbers: range = NUMBERS) -> dict[str, str]:
    return {f"{CALM}?p={n}": f"<p>Words of {name}, number {n}.</p>" for n in numbers}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("order", [("loud", "calm"), ("calm", "loud")])
@pytest.mark.parametrize("first", [range(0), range(1, 2), NUMBERS])
def test_the_articles_are_those_of_whose_home_the_ids_name(
    tmp_path: Path, kind: str, order: tuple[str, str], first: range
) -> None:
    planet(tmp_path, *(source(name, "feed", f"{name}.*") for name in order))
    make = MAKERS[kind]
    write(
        tmp_path,
        {f"loud.{kind}": make(items("loud"), LOUD), f"calm.{kind}": make(items("calm", first), CALM)},
    )
    run(tmp_path)
    write(tmp_path, {f"calm.{kind}": make(items("calm"), CALM)})
    report, _ = run(tmp_path)
    assert shown(tmp_path) == of("calm")
    assert shown(tmp_path, "tag/calm") == of("calm")
    assert not (tmp_path / "public" / "tag" / "loud.json").exists() or shown(tmp_path, "tag/loud") == {}
    [told] = {part.source: part.problems for part in report.parts if isinstance(part, IngestReport)}[
        "loud"
    ] or [None]
    if order == ("calm", "loud") or first == NUMBERS:
        assert told
        assert "7 articles with an id or link on the site of source calm" in told.message
    _, again = run(tmp_path)
    assert not again.written
    with opened(tmp_path) as newsroom:
        report = newsroom.publish(full=True)
    assert not report.written, "the slow way comes to the same"


def test_a_foreign_source_cannot_change_articles_of_another(tmp_path: Path) -> None:
    planet(tmp_path, source("loud", "feed", "loud.*", "complete = true"), source("calm", "feed", "calm.*"))
    write(tmp_path, {"loud.json": as_json(items("loud"), LOUD), "calm.json": as_json(items("calm"), CALM)})
    run(tmp_path)
    before = {path: path.read_bytes() for path in sorted((tmp_path / "public").rglob("*.*"))}
    for some in (
        items("loud", title="Louder {n}"),
        items("loud", range(1, 3)),
        items("loud", url=CALM + "{n}"),
        items("loud", external_url=CALM + "{n}", url=CALM + "{n}"),
        items("loud", date_published="2026-03-01T00:00:00Z"),
        items("loud", range(1, 2)),
        items("loud"),
    ):
        write(tmp_path, {"loud.json": as_json(some, LOUD)})
        run(tmp_path)
        assert shown(tmp_path) == of("calm")
        assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("title", ["loud {n}", "calm {n}"])
def test_a_link_is_claimed_like_an_id(tmp_path: Path, title: str) -> None:
    planet(tmp_path)
    loud = items("loud", id=LOUD + "?p={n}", url=CALM + "{n}", title=title)
    write(
        tmp_path, {"loud.json": as_json(loud, LOUD), "calm.json": as_json(items("calm", range(1, 3)), CALM)}
    )
    run(tmp_path)
    assert {f"{CALM}?p=1", f"{LOUD}?p=3"} <= set(shown(tmp_path)) > {f"{LOUD}?p=7"}
    assert not {f"{LOUD}?p=1", f"{LOUD}?p=2"} & set(shown(tmp_path))
    write(tmp_path, {"calm.json": as_json(items("calm"), CALM)})
    run(tmp_path)
    assert shown(tmp_path) == of("calm")


@pytest.mark.parametrize("calm_home", [None, CALM, "https://blog.calm.example/"])
@pytest.mark.parametrize("order", [("loud", "calm"), ("calm", "loud")])
def test_a_feed_that_claims_another_home_hides_no_article(
    tmp_path: Path, order: tuple[str, str], calm_home: str | None
) -> None:
    planet(tmp_path, *(source(name, "feed", f"{name}.*") for name in order))
    write(
        tmp_path, {"loud.json": as_json(items("loud"), CALM), "calm.json": as_json(items("calm"), calm_home)}
    )
    report, _ = run(tmp_path)
    words = set(shown(tmp_path).values())
    assert words == {*of("calm").values(), *of("loud").values()}
    later = {part.source: part.problems for part in report.parts if isinstance(part, IngestReport)}[order[1]]
    assert [each.severity for each in later] == ["warning"]
    assert "published under another id" in later[0].message
    ids = set(shown(tmp_path))
    run(tmp_path)
    assert set(shown(tmp_path)) == ids, "these ids stay"


def test_copies_are_no_flood_of_new_ids(tmp_path: Path) -> None:
    planet(tmp_path)
    copies = items("loud", title="calm {n}", content_text="Words of calm, number {n}.")
    write(tmp_path, {"loud.json": "", "calm.json": as_json(items("calm"), "https://nobody.example/")})
    (tmp_path / "loud.json").write_text(as_json([], LOUD))
    run(tmp_path)
    write(tmp_path, {"loud.json": as_json(copies, LOUD)})
    run(tmp_path)
    assert len(shown(tmp_path)) == 2 * len(NUMBERS)
    with opened(tmp_path) as newsroom:
        assert newsroom.publish(ids="keep").ok
    assert len(shown(tmp_path)) == 2 * len(NUMBERS), "nor is one the former of the other"


def test_a_configured_home_outranks_a_stated_home(tmp_path: Path) -> None:
    planet(tmp_path, source("loud", "feed", "loud.*"), source("calm", "feed", "calm.*", f'home = "{CALM}"'))
    write(tmp_path, {"loud.json": as_json(items("loud"), CALM), "calm.json": as_json(items("calm"), None)})
    run(tmp_path)
    assert shown(tmp_path) == of("calm")


def test_a_home_that_is_configured_later_counts_from_then_on(tmp_path: Path) -> None:
    planet(tmp_path)
    write(tmp_path, {"loud.json": as_json(items("loud"), CALM), "calm.json": as_json(items("calm"), None)})
    run(tmp_path)
    assert len(shown(tmp_path)) == 2 * len(NUMBERS)
    planet(tmp_path, source("loud", "feed", "loud.*"), source("calm", "feed", "calm.*", f'home = "{CALM}"'))
    run(tmp_path)
    assert set(shown(tmp_path).values()) == set(of("calm").values())


def test_own_records_are_at_home_at_the_site(tmp_path: Path) -> None:
    own = json.dumps(items("own", id="https://harbour.example/?p={n}"))
    loud = as_json(
        items("loud", id="https://www.harbour.example/?p={n}".replace("www.", "")), "https://harbour.example/"
    )
    planet(tmp_path, source("loud", "feed", "loud.*"), source("own", "json", "own.json"))
    write(tmp_path, {"loud.json": loud, "own.json": "[]"})
    run(tmp_path)
    write(tmp_path, {"own.json": own})
    run(tmp_path)
    assert {*shown(tmp_path).values()} == {f"<p>Words of own, number {n}.</p>" for n in NUMBERS}


@pytest.mark.parametrize("order", [("loud", "calm"), ("calm", "loud")])
@pytest.mark.parametrize("links", [CALM + "{n}", ""])
def test_a_link_gives_no_claim_to_an_id_without_a_host(
    tmp_path: Path, order: tuple[str, str], links: str
) -> None:
    urn = "urn:uuid:11111111-1111-4111-8111-11111111111{n}"
    tables = {
        "calm": source("calm", "json", "calm.json"),
        "loud": source("loud", "feed", "loud.json", f'home = "{LOUD}"'),
    }
    planet(tmp_path, *(tables[name] for name in order))
    calm = items("calm", id=urn, url=links)
    write(tmp_path, {"calm.json": json.dumps(calm), "loud.json": as_json([], LOUD)})
    run(tmp_path)
    write(tmp_path, {"loud.json": as_json(items("loud", id=urn), LOUD)})
    for _ in range(2):
        report, _ = run(tmp_path)
        found = shown(tmp_path)
        assert {found[urn.format(n=n)] for n in NUMBERS} == set(of("calm").values())
        assert set(found.values()) == {*of("calm").values(), *of("loud").values()}
    [warning] = {part.source: part.problems for part in report.parts if isinstance(part, IngestReport)}[
        "loud"
    ]
    assert "7 articles with an id that source calm has too" in warning.message


@pytest.fixture
def web() -> Iterator[Site]:
    with serving() as site:
        yield site


def test_feeds_by_url(web: Site, tmp_path: Path) -> None:
    tables = [
        f'[[source]]\nname = "{name}"\nkind = "feed"\nurl = "{web.root}/{name}"\nprivate = true\ndelay = 0\n'
        for name in ("loud", "calm")
    ]
    planet(tmp_path, *tables)
    for name, home, numbers in (("loud", LOUD, NUMBERS), ("calm", CALM, range(1, 2))):
        web.pages[f"/{name}"] = Page(
            as_json(items(name, numbers), home).encode(), headers={"ETag": f'"{name}"'}
        )
    run(tmp_path)
    web.pages["/calm"] = Page(as_json(items("calm"), CALM).encode(), headers={"ETag": '"more"'})
    run(tmp_path)
    assert shown(tmp_path) == of("calm"), "an address without a name is nobody's home"


def test_an_edition_shows_the_same_as_a_feed_and_consumes_nothing_of_the_other(tmp_path: Path) -> None:
    clock = StillClock()
    planet(tmp_path)
    write(
        tmp_path,
        {"loud.json": as_json(items("loud"), LOUD), "calm.json": as_json(items("calm", range(1, 2)), CALM)},
    )
    with opened(tmp_path, clock) as newsroom:
        newsroom.ingest()
        report = newsroom.compose("weekly")
        assert len(report.articles) + report.more >= 1
        clock.pass_(timedelta(days=1))
        write(tmp_path, {"calm.json": as_json(items("calm"), CALM)})
        newsroom.ingest()
        report = newsroom.compose("weekly")
        edition = store_of(newsroom).edition(report.edition or "")
    assert edition is not None
    assert {each.title for each in edition.articles} == {f"calm {n}" for n in range(2, 8)}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"title": "calm {n}", "content_text": "Words of calm, number {n}."},
        {"id": LOUD + "?p={n}", "url": CALM + "{n}", "title": "calm {n}"},
    ],
)
def test_articles_that_a_source_no_longer_has_do_not_affect_others(
    tmp_path: Path, more: dict[str, str]
) -> None:
    planet(tmp_path, source("loud", "feed", "loud.*"), source("calm", "feed", "calm.*", "complete = true"))
    loud = items("loud", **more)
    write(tmp_path, {"loud.json": as_json(loud, LOUD), "calm.json": as_json(items("calm"), CALM)})
    run(tmp_path)
    write(tmp_path, {"calm.json": as_json(items("calm", range(1, 3)), CALM)})
    run(tmp_path)
    found = shown(tmp_path)
    assert set(found.values()) == {
        *of("calm", range(1, 3)).values(),
        *(f"<p>{each['content_text']}</p>" for each in loud[2:]),
    }
    assert f"{CALM}?p=5" not in found
    write(tmp_path, {"calm.json": as_json(items("calm"), CALM)})
    run(tmp_path)
    assert shown(tmp_path) == of("calm")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Calm.example:8443/a?b#c", "calm.example"),
        ("http://calm.example./", "calm.example"),
        ("https://calm.example@evil.example/", "evil.example"),
        ("https://häfen.example/", "xn--hfen-loa.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("https://[bad/", None),
        ("//calm.example/", None),
        ("ftp://calm.example/", None),
        ("urn:calm.example", None),
        ("", None),
    ],
)
def test_the_host_of_an_address(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_the_host_that_an_id_names() -> None:
    assert named_host("tag:www.Calm.example,2026:1") == "calm.example"
    assert named_host("tag:ann@calm.example,2026:1") == "calm.example"
    assert named_host("urn:uuid:1") is None
    assert named_host("https://calm.example/1") == "calm.example"


@pytest.mark.parametrize(
    ("record", "mapping", "raw", "standings"),
    [
        ({"id": CALM, "url": LOUD}, RecordMapping(home_urls=[CALM]), {}, (3, 0)),
        ({"id": CALM, "url": LOUD}, RecordMapping(home_urls=[LOUD]), {"stated_homes": [CALM]}, (1, 3)),
        ({"id": CALM, "url": LOUD}, RecordMapping(), {"stated_homes": [LOUD]}, (0, 2)),
        ({"id": CALM, "url": CALM}, RecordMapping(), {}, (1, 1)),
        ({"id": CALM, "url": CALM}, RecordMapping(), {"stated_homes": [LOUD]}, (0, 0)),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "https://feeds.example/calm", "stated_homes": [CALM]},
            (1, 1),
        ),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "http://127.0.0.1:8000/calm", "stated_homes": [CALM]},
            (2, 2),
        ),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "http://localhost/calm", "stated_homes": [LOUD]},
            (0, 0),
        ),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "https://www.calm.example/feed"},
            (3, 3),
        ),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "https://evilcalm.example/feed"},
            (0, 0),
        ),
        (
            {"id": CALM, "url": CALM},
            RecordMapping(),
            {"fetched_from": "https://blog.calm.example/feed"},
            (1, 1),
        ),
        ({"id": "tag:calm.example,2026:1", "url": LOUD}, RecordMapping(home_urls=[LOUD]), {}, (0, 3)),
        ({"id": "urn:uuid:1", "url": LOUD}, RecordMapping(home_urls=[LOUD]), {}, (1, 3)),
        ({"id": CALM, "url": LOUD}, RecordMapping(base=CALM, is_own=True), {}, (3, 1)),
        ({"id": "urn:uuid:1", "url": LOUD}, RecordMapping(home_urls=[CALM]), {}, (1, 0)),
        ({"id": "urn:uuid:1"}, RecordMapping(base=CALM, is_own=True), {}, (1, 1)),
        ({"id": "tag:,2026:1", "url": LOUD}, RecordMapping(home_urls=[LOUD]), {}, (1, 3)),
        ({"id": "118"}, RecordMapping(base=CALM), {}, (1, 0)),
    ],
)
def test_standings_of_records(
    record: dict[str, str], mapping: RecordMapping, raw: dict[str, Any], standings: tuple[int, int]
) -> None:
    incoming, _ = to_article(RawRecord({"title": "T", **record}, Where(), **raw), mapping)
    assert incoming
    assert (incoming.id_standing, incoming.link_standing) == tuple(map(Standing, standings))
