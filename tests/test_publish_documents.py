"""What reaches the disk is whole: parsed, complete, and the same as the plain way gives."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_publish import KINDS, TAGS, files, of, records, run, titles
from helpers_site import MAIN, configured, opened, source
from syndicate import Article, Feed, to_atom, to_json_feed, to_rss
from syndicate.errors import FeedError, PublishError
from syndicate.feeds import SERIALIZERS, Entry, Frame, document, entry_of
from syndicate.linters.feeds import lint
from syndicate.model import EntryRef, FeedQuery, Format, StoredArticle
from syndicate.publishing import entry_cache
from syndicate.publishing.documents import build_documents, verify
from syndicate.publishing.entry_cache import EntryCache
from syndicate.publishing.lint_check import LintCheck
from syndicate.publishing.site_feeds import FeedTarget

HOME = "https://harbour.example/"
FEED = Feed(name="main", title="The Harbour Post", home=HOME, base_url=f"{HOME}feeds/", limit=10_000)
SHOW = Feed.model_validate(
    {
        "name": "show",
        "title": "Show",
        "home": HOME,
        "podcast": {"categories": ["Arts"], "explicit": False, "image": f"{HOME}c.jpg"},
    }
)


def an_article(number: int, size: int = 100, **more: Any) -> Article:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    values = {
        "title": f"T{number}",
        "link": f"{HOME}{number}",
        "content_html": f"<p>{'x' * size}</p>",
        "published": at,
    }
    return Article.model_validate({"id": f"{HOME}{number}", **values, **more})


class Shelf:
    """Articles in memory, as the cache asks for them; counts how often each is loaded."""

    def __init__(self, *articles: Article) -> None:
        self.revision = 1
        self.articles = {each.id: each for each in articles}
        self.loaded: list[str] = []

    @property
    def keys(self) -> list[EntryRef]:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return [EntryRef(each, self.revision, moment) for each in self.articles]

    def load(self, ids: list[str]) -> list[StoredArticle]:
        self.loaded += ids
        return [
            StoredArticle(self.articles[each], self.revision, 1, 1) for each in ids if each in self.articles
        ]

    def newest_entries(self, asks: list[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        raise NotImplementedError

    archive_count = archive_documents = withdrawals = has_withdrawals = newest_entries


def built(shelf: Any, feed: Feed = FEED) -> dict[str, bytes]:
    with EntryCache(shelf) as cache:
        cache.add([(feed, shelf.keys)])
        target = FeedTarget(feed, feed.name)
        entries = cache.entries(feed, shelf.keys)
        return dict(build_documents(target, entries).bodies)


# The cache, with the plain functions as its oracle


def test_entries_larger_than_every_batch_come_out_as_the_functions_give_them() -> None:
    # More articles than a batch, 1 B to 300 KB each, 90 MB in all.
    sizes = [1, 10, 1_000, 30_000, 300_000]
    shelf = Shelf(*(an_article(each, sizes[each % 5]) for each in reversed(range(450))))
    there = built(shelf)
    articles = list(shelf.articles.values())
    assert there["rss"] == to_rss(FEED, articles)
    assert there["atom"] == to_atom(FEED, articles)
    assert there["json"] == to_json_feed(FEED, articles)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_feeds_ask_for_the_cache_gives_the_current_revision(data: st.DataObject) -> None:
    """Feeds of several kinds, articles that change in between, small batches."""
    variants = [
        FEED,
        FEED.model_copy(update={"content": "summary"}),
        FEED.model_copy(update={"formats": ("json",)}),
        SHOW,
    ]
    shelf = Shelf(*map(an_article, range(7)))
    batch, entry_cache._BATCH = entry_cache._BATCH, data.draw(st.integers(1, 4))
    try:
        with EntryCache(shelf) as cache:  # type: ignore[arg-type]
            for turn in range(data.draw(st.integers(1, 6))):
                feed = data.draw(st.sampled_from(variants))
                changed = data.draw(st.sets(st.sampled_from(sorted(shelf.articles)), max_size=3))
                if changed:
                    shelf.revision += 1
                    for each in changed:
                        title = f"{turn} {'y' * data.draw(st.integers(0, 9_000))}"
                        shelf.articles[each] = shelf.articles[each].model_copy(update={"title": title})
                keys = data.draw(st.lists(st.sampled_from(shelf.keys), unique=True))
                cache.add([(feed, keys)])
                found = cache.entries(feed, keys)
                assert [(each.article_id, each.revision) for each in found] == [
                    (k.id, k.revision) for k in keys
                ]
                for each in found:
                    entry = entry_of(feed, shelf.articles[each.article_id], [])
                    assert each.bodies == {kind: SERIALIZERS[kind].entry(entry) for kind in feed.formats}
    finally:
        entry_cache._BATCH = batch


def test_an_article_is_serialized_once_for_all_feeds() -> None:
    shelf = Shelf(*map(an_article, range(500)))
    with EntryCache(shelf) as cache:  # type: ignore[arg-type]
        for number in range(5):
            cache.add([(FEED.model_copy(update={"name": f"f{number}"}), shelf.keys[number * 50 :])])
    assert sorted(shelf.loaded) == sorted(shelf.articles)


def test_a_temporary_file_that_was_cut_off_is_an_error_and_not_a_shorter_feed() -> None:
    shelf = Shelf(*map(an_article, range(5)))
    with EntryCache(shelf) as cache:  # type: ignore[arg-type]
        cache.add([(FEED, shelf.keys)])
        os.truncate(cache._file.fileno(), os.fstat(cache._file.fileno()).st_size - 1)
        with pytest.raises(PublishError, match="the temporary file with the entries has"):
            cache.entries(FEED, shelf.keys)


def test_no_room_for_temporary_files_is_reported_and_the_old_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    records(tmp_path, {"id": "urn:a", "title": "A"})
    run(tmp_path)
    was = files(tmp_path)
    records(tmp_path, {"id": "urn:a", "title": "A2"})

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("syndicate.publishing.entry_cache.os.write", full)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        with pytest.raises(PublishError, match="temporary file: no space left") as raised:
            newsroom.publish()
        assert "TMPDIR" in (raised.value.hint or "")
    monkeypatch.undo()
    assert files(tmp_path) == was
    run(tmp_path)
    assert titles(files(tmp_path)["main.rss"]) == ["A2"]


# The check of a finished document


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_checked_for_its_entries_one_by_one(kind: Format) -> None:
    articles = [an_article(each) for each in reversed(range(5))]
    whole = document(FEED, articles)
    body, ids = SERIALIZERS[kind].document(whole), [each.id for each in articles]
    verify(kind, body, ids)
    verify(kind, SERIALIZERS[kind].document(document(FEED, [])), [])
    for wrong in (ids[1:], ids[:-1], [*ids, "urn:x"], ids[::-1], [*ids[:2], "urn:x", *ids[3:]], []):
        with pytest.raises(FeedError, match=r"entries instead of|instead of"):
            verify(kind, body, wrong)
    for cut in (2, 10, len(body) // 2, len(body) - 10):
        with pytest.raises(FeedError, match="cannot be parsed"):
            verify(kind, body[:-cut], ids)


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("rss", b"<item><guid>1</guid><title>\x01</title></item>"),
        ("rss", b"<item><guid>1</guid><title>&#1;</title></item>"),
        ("rss", b"<item><guid>1</guid><itunes:duration>1</itunes:duration></item>"),
        ("rss", b"<item><guid>1</guid><title>]]></title></item>"),
        ("rss", b"<item><guid>1</guid><title>\xff</title></item>"),
        ("rss", b"<item><guid>1</guid></item></channel></rss><rss>"),
        ("rss", b"<item><guid>1</guid>"),
        ("atom", b"<entry><id>1</id><title>&nbsp;</title></entry>"),
        ("atom", b"<entry><id>1</id></entry><entry><id>2</id></entry>"),
        ("json", b'{"id":"1","a":NaN}'),
        ("json", b'{"id":"1"},'),
        ("json", b'{"id":"1","title":"\xff"}'),
        ("json", b'{"id":1}'),
    ],
)
def test_malformed_entries_are_found(kind: Format, broken: bytes) -> None:
    frame = SERIALIZERS[kind].frame(document(FEED, []).metadata)
    with pytest.raises(FeedError):
        verify(kind, frame.document([broken]), ["1"])


def test_the_id_of_the_feed_that_an_entry_comes_from_is_not_taken_for_its_own() -> None:
    origin = {"title": "Elsewhere", "feed": "https://else.example/feed", "id": "urn:else"}
    article = an_article(1, origin=origin)
    verify("atom", to_atom(FEED, [article]), [article.id])


# What is malformed costs the entry

NEW = {"date": "2026-04-10T11:59:00Z"}


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the serializer of one format write something malformed for articles with "Bad" in the title."""

    def planted(kind: Format, bad: bytes) -> None:
        real = SERIALIZERS[kind]

        def entry(value: Entry) -> bytes:
            body = real.entry(value)
            return body.replace(b"Bad", bad) if "Bad" in value.title else body

        monkeypatch.setitem(SERIALIZERS, kind, real._replace(entry=entry))

    return planted


@pytest.mark.parametrize("lint_level", ["refuse", "off"])
@pytest.mark.parametrize(("kind", "bad"), [("rss", b"<b>"), ("atom", b"&#1;"), ("json", b'"')])
def test_a_malformed_entry_is_left_out_and_reported_and_the_feed_goes_on(
    tmp_path: Path, plant: Any, kind: Format, bad: bytes, lint_level: str
) -> None:
    site = f'[site]\ntitle = "S"\nhome = "{HOME}"\nlint = "{lint_level}"\n'
    configured(tmp_path, source(), MAIN, TAGS, site=site)
    good = [
        {
            "id": f"{HOME}{each}",
            "url": f"{HOME}{each}",
            "title": f"Good {each}",
            "tags": ["a"],
            "date": "2026-03-01",
        }
        for each in range(60)
    ]
    records(tmp_path, *good)
    run(tmp_path)
    plant(kind, bad)
    value = {
        "id": f"{HOME}bad",
        "url": f"{HOME}bad",
        "title": "Bad",
        "tags": ["a", "b"],
        "date": "2026-04-01",
    }
    records(
        tmp_path, *good, value, {"id": f"{HOME}new", "url": f"{HOME}new", "title": "New", "tags": ["a"]} | NEW
    )
    for _ in range(2):
        report = run(tmp_path)
        errors = [each for each in report.problems if each.severity == "error"]
        assert errors
        assert {each.id for each in errors} == {f"{HOME}bad"}
        there = files(tmp_path)
        for name, count in (("main", 50), ("tag/a", 50), ("tag/b", 0)):
            for each in KINDS:
                shown = (
                    titles(there[f"{name}.{each}"])
                    if each != "json"
                    else [item["title"] for item in json.loads(there[f"{name}.{each}"])["items"]]
                )
                assert "Bad" not in shown
                assert count - 1 <= len(shown) <= count
        assert "New" in titles(there["tag/a.rss"])


def test_a_corrected_entry_comes_back_by_itself(
    tmp_path: Path, plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    records(tmp_path, {"id": "urn:a", "title": "A"}, {"id": "urn:b", "title": "Bad"})
    plant("rss", b"<b>")
    assert not run(tmp_path).ok
    assert titles(files(tmp_path)["main.rss"]) == ["A"]
    monkeypatch.undo()
    assert run(tmp_path).ok
    assert sorted(titles(files(tmp_path)["main.rss"])) == ["A", "Bad"]


def test_a_document_that_lost_an_entry_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    records(tmp_path, *({"id": f"urn:{each}", "title": f"T{each}", "tags": ["a"]} for each in range(3)))
    run(tmp_path)
    was = files(tmp_path)
    real = Frame.document
    monkeypatch.setattr(Frame, "document", lambda self, entries: real(self, list(entries)[:2]))
    records(tmp_path, *({"id": f"urn:{each}", "title": f"T{each}+", "tags": ["a"]} for each in range(3)))
    report = run(tmp_path)
    assert {each.message.partition(":")[0] for each in report.problems if each.severity == "error"} == {
        "the rss document does not consist of its entries"
    }
    assert files(tmp_path) == was
    monkeypatch.undo()
    assert run(tmp_path).ok
    assert set(titles(files(tmp_path)["main.rss"])) == {"T0+", "T1+", "T2+"}


def test_a_file_that_the_disk_cut_off_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    records(tmp_path, {"id": "urn:a", "title": "A"})
    run(tmp_path)
    was = files(tmp_path)
    real = os.fsync

    def cut(file: int) -> None:
        if os.fstat(file).st_size > 100:
            os.ftruncate(file, 100)
        real(file)

    monkeypatch.setattr("syndicate.publishing.files.os.fsync", cut)
    records(tmp_path, {"id": "urn:a", "title": "A2"})
    assert run(tmp_path).outside
    monkeypatch.undo()
    assert files(tmp_path) == was
    assert run(tmp_path).ok
    assert set(run(tmp_path, full=True).written) == set()
    assert set(of("main")) <= set(files(tmp_path))


# The linter in a publish, with the linter over the whole document as its oracle


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1, 0, 2, 3, 5, 4]])
@pytest.mark.parametrize("extended", [False, True])
def test_the_linter_finds_the_errors_of_all_entries_that_no_validation_covers(
    order: list[int], extended: bool
) -> None:
    sy = {"namespace": "http://purl.org/rss/1.0/modules/syndication/", "prefix": "sy", "name": "updatePeriod"}
    articles = [
        an_article(each, elements=[sy | {"text": "daily" if each % 3 else "sometimes"}] if extended else [])
        for each in order
    ]
    shelf = Shelf(*articles)
    check = LintCheck()
    with EntryCache(shelf) as cache:  # type: ignore[arg-type]
        cache.add([(FEED, shelf.keys)])
        target, entries = FeedTarget(FEED, FEED.name), cache.entries(FEED, shelf.keys)
    frames = build_documents(target, entries).frames
    whole = {
        each.place.id
        for each in lint(to_rss(FEED, articles), url=FEED.url("rss"))
        if each.severity == "error"
    }
    assert len(whole) == 2 * extended
    for _ in range(2):
        found = check.check(target, frames, entries).entries.items()
        errors = {
            name
            for name, findings in found
            if any(kind == "rss" and each.severity == "error" for kind, each in findings)
        }
        assert errors == whole


# What a whole publish does then


def a_site(folder: Path, *values: dict[str, object], tables: str = MAIN, lint_level: str = "refuse") -> None:
    configured(
        folder, source(), tables, site=f'[site]\ntitle = "S"\nhome = "{HOME}"\nlint = "{lint_level}"\n'
    )
    records(folder, *values)


A = {"id": f"{HOME}a", "url": f"{HOME}a", "title": "A", "date": "2026-04-01"}


@pytest.mark.parametrize("fault", ["cut off", "cannot be read", "cannot be made"])
def test_a_temporary_file_that_fails_ends_the_publish_and_leaves_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    a_site(tmp_path, A)
    run(tmp_path)
    was = files(tmp_path)
    records(tmp_path, A | {"title": "A2"})
    real = os.pread

    def broken(*arguments: Any, **_: Any) -> bytes:
        if fault == "cut off":
            return real(*arguments)[:-1]
        raise OSError(5, "Input/output error")

    name = "tempfile.TemporaryFile" if fault == "cannot be made" else "os.pread"
    monkeypatch.setattr(f"syndicate.publishing.entry_cache.{name}", broken)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        with pytest.raises(PublishError, match="temporary file"):
            newsroom.publish()
    monkeypatch.undo()
    assert files(tmp_path) == was
    assert run(tmp_path).ok
    assert titles(files(tmp_path)["main.rss"]) == ["A2"]


def test_notes_on_unsupported_fields_do_not_depend_on_the_order_of_feeds(tmp_path: Path) -> None:
    rss, json_ = (f'[[feed]]\nname = "{kind}"\nformats = ["{kind}"]\n' for kind in ("rss", "json"))
    found = []
    for number, tables in enumerate((rss + json_, json_ + rss)):
        folder = tmp_path / str(number)
        folder.mkdir()
        a_site(folder, A | {"rights": "Free", "location": {"latitude": 1, "longitude": 2}}, tables=tables)
        found.append({each.message for each in run(folder).problems if each.severity == "note"})
    assert found[0] == found[1]
    assert any("JSON Feed cannot carry rights" in each for each in found[0])


def test_what_the_linter_only_reports_is_published_and_not_waiting(tmp_path: Path) -> None:
    value = A | {"id": f"{HOME}feed"}
    a_site(tmp_path, value, tables=f'[[feed]]\nname = "main"\nid = "{HOME}feed"\n', lint_level="report")
    assert not run(tmp_path).ok
    with opened(tmp_path) as newsroom:
        assert newsroom.status().problems == ()


def test_a_feed_waits_for_its_archive_documents(tmp_path: Path) -> None:
    archive = '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\n'
    posts = [
        A | {"id": f"{HOME}{n}", "url": f"{HOME}{n}", "title": f"T{n}", "date": f"2026-03-0{n}"}
        for n in range(1, 6)
    ]
    a_site(tmp_path, *posts[:3], tables=archive)
    run(tmp_path)
    was = files(tmp_path)
    blocked = tmp_path / "public/main/archive/1.rss"
    blocked.mkdir(parents=True)
    records(tmp_path, *posts)
    assert run(tmp_path).outside
    there = files(tmp_path)
    assert {path: there[path] for path in was} == was, "every entry is still in a document that can be read"
    blocked.rmdir()
    assert run(tmp_path).ok
    assert titles(files(tmp_path)["main.rss"]) + titles(files(tmp_path)["main/archive/1.rss"]) == [
        "T5",
        "T4",
        "T3",
        "T2",
        "T1",
    ]


def test_a_feed_of_undated_articles_has_no_date_but_what_atom_requires(tmp_path: Path) -> None:
    a_site(tmp_path, {key: value for key, value in A.items() if key != "date"})
    run(tmp_path)
    there = files(tmp_path)
    assert b"Date>" not in there["main.rss"]
    assert b"date_" not in there["main.json"]
    assert there["main.atom"].count(b"<updated>2026-04-10T12:00:00+00:00</updated>") == 2
