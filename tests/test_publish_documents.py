"""Written documents are well-formed, complete, and equal to those of the plain functions."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_publish import (
    KINDS,
    TAGS,
    entry_titles,
    ingest_and_publish,
    paths_of,
    published_files,
    write_records,
)
from helpers_site import MAIN, configured, opened, source
from syndicate import Article, Feed, to_atom, to_json_feed, to_rss
from syndicate.errors import FeedError, PublishError
from syndicate.feeds import SERIALIZERS, Entry, Frame, document, entry_of
from syndicate.linters.feeds import lint
from syndicate.model import EntryRef, FeedQuery, Format, StoredArticle
from syndicate.publishing import entry_cache
from syndicate.publishing.documents import build_documents, verify
from syndicate.publishing.entry_cache import EntryCache
from syndicate.publishing.feed_lint import LintCheck
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


class InMemoryArticles:
    """An `ArticleView` over articles in memory, which records the loaded ids."""

    def __init__(self, *articles: Article) -> None:
        self.revision = 1
        self.articles = {each.id: each for each in articles}
        self.loaded: list[str] = []

    @property
    def refs(self) -> list[EntryRef]:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return [EntryRef(each, self.revision, moment) for each in self.articles]

    def load(self, ids: list[str]) -> list[StoredArticle]:
        self.loaded += ids
        return [
            StoredArticle(self.articles[each], self.revision, 1, 1) for each in ids if each in self.articles
        ]

    def newest_entries(self, queries: list[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        raise NotImplementedError

    archive_count = archive_documents = withdrawals = has_withdrawals = newest_entries


def built(view: Any, feed: Feed = FEED) -> dict[str, bytes]:
    with EntryCache(view) as cache:
        cache.add([(feed, view.refs)])
        target = FeedTarget(feed, feed.name)
        entries = cache.entries(feed, view.refs)
        return dict(build_documents(target, entries).bodies)


# The entry cache, compared with the plain functions


def test_documents_of_many_large_entries_equal_those_of_the_plain_functions() -> None:
    # More articles than a batch, 1 B to 300 KB each, 90 MB together.
    sizes = [1, 10, 1_000, 30_000, 300_000]
    view = InMemoryArticles(*(an_article(each, sizes[each % 5]) for each in reversed(range(450))))
    current = built(view)
    articles = list(view.articles.values())
    assert current["rss"] == to_rss(FEED, articles)
    assert current["atom"] == to_atom(FEED, articles)
    assert current["json"] == to_json_feed(FEED, articles)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_cache_returns_the_current_revision_for_any_feeds(data: st.DataObject) -> None:
    """Feeds with different settings, articles that change in between, small batches."""
    variants = [
        FEED,
        FEED.model_copy(update={"content": "summary"}),
        FEED.model_copy(update={"formats": ("json",)}),
        SHOW,
    ]
    view = InMemoryArticles(*map(an_article, range(7)))
    batch, entry_cache._BATCH = entry_cache._BATCH, data.draw(st.integers(1, 4))
    try:
        with EntryCache(view) as cache:  # type: ignore[arg-type]
            for turn in range(data.draw(st.integers(1, 6))):
                feed = data.draw(st.sampled_from(variants))
                changed = data.draw(st.sets(st.sampled_from(sorted(view.articles)), max_size=3))
                if changed:
                    view.revision += 1
                    for each in changed:
                        title = f"{turn} {'y' * data.draw(st.integers(0, 9_000))}"
                        view.articles[each] = view.articles[each].model_copy(update={"title": title})
                refs = data.draw(st.lists(st.sampled_from(view.refs), unique=True))
                cache.add([(feed, refs)])
                found = cache.entries(feed, refs)
                assert [(each.article_id, each.revision) for each in found] == [
                    (ref.id, ref.revision) for ref in refs
                ]
                for each in found:
                    entry = entry_of(feed, view.articles[each.article_id], [])
                    assert each.bodies == {kind: SERIALIZERS[kind].entry(entry) for kind in feed.formats}
    finally:
        entry_cache._BATCH = batch


def test_an_article_is_serialized_once_for_all_feeds() -> None:
    view = InMemoryArticles(*map(an_article, range(500)))
    with EntryCache(view) as cache:  # type: ignore[arg-type]
        for number in range(5):
            cache.add([(FEED.model_copy(update={"name": f"f{number}"}), view.refs[number * 50 :])])
    assert sorted(view.loaded) == sorted(view.articles)


def test_a_truncated_temporary_file_is_an_error() -> None:
    view = InMemoryArticles(*map(an_article, range(5)))
    with EntryCache(view) as cache:  # type: ignore[arg-type]
        cache.add([(FEED, view.refs)])
        os.truncate(cache._file.fileno(), os.fstat(cache._file.fileno()).st_size - 1)
        with pytest.raises(PublishError, match="the temporary file with the entries has"):
            cache.entries(FEED, view.refs)


def test_a_full_disk_for_temporary_files_is_reported_and_the_old_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, {"id": "urn:a", "title": "A"})
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    write_records(tmp_path, {"id": "urn:a", "title": "A2"})

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("syndicate.publishing.entry_cache.os.write", full)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        with pytest.raises(PublishError, match="temporary file: no space left") as raised:
            newsroom.publish()
        assert "TMPDIR" in (raised.value.hint or "")
    monkeypatch.undo()
    assert published_files(tmp_path) == before
    ingest_and_publish(tmp_path)
    assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A2"]


# Verification of a finished document


@pytest.mark.parametrize("kind", KINDS)
def test_verify_requires_exactly_the_given_entries_in_order(kind: Format) -> None:
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
def test_verify_refuses_malformed_entries(kind: Format, broken: bytes) -> None:
    frame = SERIALIZERS[kind].frame(document(FEED, []).metadata)
    with pytest.raises(FeedError):
        verify(kind, frame.document([broken]), ["1"])


def test_verify_does_not_confuse_the_id_of_atom_source_with_the_entry_id() -> None:
    origin = {"title": "Elsewhere", "feed": "https://else.example/feed", "id": "urn:else"}
    article = an_article(1, origin=origin)
    verify("atom", to_atom(FEED, [article]), [article.id])


# Malformed entries

NEW = {"date": "2026-04-10T11:59:00Z"}


@pytest.fixture
def corrupt_serializer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the serializer of one format write something malformed for articles with "Bad" in the title."""

    def corrupt(kind: Format, bad: bytes) -> None:
        real = SERIALIZERS[kind]

        def entry(value: Entry) -> bytes:
            body = real.entry(value)
            return body.replace(b"Bad", bad) if "Bad" in value.title else body

        monkeypatch.setitem(SERIALIZERS, kind, real._replace(entry=entry))

    return corrupt


@pytest.mark.parametrize("lint_level", ["refuse", "off"])
@pytest.mark.parametrize(("kind", "bad"), [("rss", b"<b>"), ("atom", b"&#1;"), ("json", b'"')])
def test_a_malformed_entry_is_left_out_and_reported_and_the_others_are_published(
    tmp_path: Path, corrupt_serializer: Any, kind: Format, bad: bytes, lint_level: str
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
    write_records(tmp_path, *good)
    ingest_and_publish(tmp_path)
    corrupt_serializer(kind, bad)
    value = {
        "id": f"{HOME}bad",
        "url": f"{HOME}bad",
        "title": "Bad",
        "tags": ["a", "b"],
        "date": "2026-04-01",
    }
    write_records(
        tmp_path, *good, value, {"id": f"{HOME}new", "url": f"{HOME}new", "title": "New", "tags": ["a"]} | NEW
    )
    for _ in range(2):
        report = ingest_and_publish(tmp_path)
        errors = [each for each in report.problems if each.severity == "error"]
        assert errors
        assert {each.id for each in errors} == {f"{HOME}bad"}
        current = published_files(tmp_path)
        for name, count in (("main", 50), ("tag/a", 50), ("tag/b", 0)):
            for each in KINDS:
                shown = (
                    entry_titles(current[f"{name}.{each}"])
                    if each != "json"
                    else [item["title"] for item in json.loads(current[f"{name}.{each}"])["items"]]
                )
                assert "Bad" not in shown
                assert count - 1 <= len(shown) <= count
        assert "New" in entry_titles(current["tag/a.rss"])


def test_a_corrected_entry_is_published_again(
    tmp_path: Path, corrupt_serializer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, {"id": "urn:a", "title": "A"}, {"id": "urn:b", "title": "Bad"})
    corrupt_serializer("rss", b"<b>")
    assert not ingest_and_publish(tmp_path).ok
    assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A"]
    monkeypatch.undo()
    assert ingest_and_publish(tmp_path).ok
    assert sorted(entry_titles(published_files(tmp_path)["main.rss"])) == ["A", "Bad"]


def test_a_document_without_one_of_its_entries_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN, TAGS)
    write_records(tmp_path, *({"id": f"urn:{each}", "title": f"T{each}", "tags": ["a"]} for each in range(3)))
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    real = Frame.document
    monkeypatch.setattr(Frame, "document", lambda self, entries: real(self, list(entries)[:2]))
    write_records(
        tmp_path, *({"id": f"urn:{each}", "title": f"T{each}+", "tags": ["a"]} for each in range(3))
    )
    report = ingest_and_publish(tmp_path)
    assert {each.message.partition(":")[0] for each in report.problems if each.severity == "error"} == {
        "the rss document does not consist of its entries"
    }
    assert published_files(tmp_path) == before
    monkeypatch.undo()
    assert ingest_and_publish(tmp_path).ok
    assert set(entry_titles(published_files(tmp_path)["main.rss"])) == {"T0+", "T1+", "T2+"}


def test_a_file_that_the_disk_truncated_does_not_replace_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, source(), MAIN)
    write_records(tmp_path, {"id": "urn:a", "title": "A"})
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    real = os.fsync

    def cut(file: int) -> None:
        if os.fstat(file).st_size > 100:
            os.ftruncate(file, 100)
        real(file)

    monkeypatch.setattr("syndicate.publishing.file_publisher.os.fsync", cut)
    write_records(tmp_path, {"id": "urn:a", "title": "A2"})
    assert ingest_and_publish(tmp_path).external_failure
    monkeypatch.undo()
    assert published_files(tmp_path) == before
    assert ingest_and_publish(tmp_path).ok
    assert set(ingest_and_publish(tmp_path, full=True).written) == set()
    assert set(paths_of("main")) <= set(published_files(tmp_path))


# The lint check, compared with the linter over the whole document


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1, 0, 2, 3, 5, 4]])
@pytest.mark.parametrize("extended", [False, True])
def test_the_lint_check_finds_the_same_errors_as_the_linter_over_the_whole_document(
    order: list[int], extended: bool
) -> None:
    ping = {
        "namespace": "http://madskills.com/public/xml/rss/module/trackback/",
        "prefix": "tb",
        "name": "ping",
    }
    articles = [
        an_article(
            each, elements=[ping | {"text": "https://h.example/" if each % 3 else "here"}] if extended else []
        )
        for each in order
    ]
    view = InMemoryArticles(*articles)
    check = LintCheck()
    with EntryCache(view) as cache:  # type: ignore[arg-type]
        cache.add([(FEED, view.refs)])
        target, entries = FeedTarget(FEED, FEED.name), cache.entries(FEED, view.refs)
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


# A complete publish


def write_site(
    folder: Path, *values: dict[str, object], tables: str = MAIN, lint_level: str = "refuse"
) -> None:
    configured(
        folder, source(), tables, site=f'[site]\ntitle = "S"\nhome = "{HOME}"\nlint = "{lint_level}"\n'
    )
    write_records(folder, *values)


A = {"id": f"{HOME}a", "url": f"{HOME}a", "title": "A", "date": "2026-04-01"}


@pytest.mark.parametrize("fault", ["cut off", "cannot be read", "cannot be made"])
def test_a_failing_temporary_file_ends_the_publish_and_leaves_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    write_site(tmp_path, A)
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    write_records(tmp_path, A | {"title": "A2"})
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
    assert published_files(tmp_path) == before
    assert ingest_and_publish(tmp_path).ok
    assert entry_titles(published_files(tmp_path)["main.rss"]) == ["A2"]


def test_notes_on_unsupported_fields_do_not_depend_on_the_order_of_feeds(tmp_path: Path) -> None:
    rss, json_ = (f'[[feed]]\nname = "{kind}"\nformats = ["{kind}"]\n' for kind in ("rss", "json"))
    found = []
    for number, tables in enumerate((rss + json_, json_ + rss)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_site(folder, A | {"rights": "Free", "location": {"latitude": 1, "longitude": 2}}, tables=tables)
        found.append(
            {each.message for each in ingest_and_publish(folder).problems if each.severity == "note"}
        )
    assert found[0] == found[1]
    assert any("JSON Feed cannot carry rights" in each for each in found[0])


def test_an_entry_that_is_only_reported_is_published_and_its_feed_has_not_failed(tmp_path: Path) -> None:
    value = A | {"id": f"{HOME}feed"}
    write_site(tmp_path, value, tables=f'[[feed]]\nname = "main"\nid = "{HOME}feed"\n', lint_level="report")
    assert not ingest_and_publish(tmp_path).ok
    with opened(tmp_path) as newsroom:
        assert newsroom.status().problems == ()


def test_a_feed_is_not_written_before_its_archive_documents(tmp_path: Path) -> None:
    archive = '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\n'
    posts = [
        A | {"id": f"{HOME}{n}", "url": f"{HOME}{n}", "title": f"T{n}", "date": f"2026-03-0{n}"}
        for n in range(1, 6)
    ]
    write_site(tmp_path, *posts[:3], tables=archive)
    ingest_and_publish(tmp_path)
    before = published_files(tmp_path)
    blocked = tmp_path / "public/main/archive/1.rss"
    blocked.mkdir(parents=True)
    write_records(tmp_path, *posts)
    assert ingest_and_publish(tmp_path).external_failure
    current = published_files(tmp_path)
    assert {path: current[path] for path in before} == before, (
        "every entry is still in a document that feed readers can reach"
    )
    blocked.rmdir()
    assert ingest_and_publish(tmp_path).ok
    assert entry_titles(published_files(tmp_path)["main.rss"]) + entry_titles(
        published_files(tmp_path)["main/archive/1.rss"]
    ) == [
        "T5",
        "T4",
        "T3",
        "T2",
        "T1",
    ]


def test_a_feed_of_undated_articles_has_only_the_dates_that_atom_requires(tmp_path: Path) -> None:
    write_site(tmp_path, {key: value for key, value in A.items() if key != "date"})
    ingest_and_publish(tmp_path)
    current = published_files(tmp_path)
    assert b"Date>" not in current["main.rss"]
    assert b"date_" not in current["main.json"]
    assert current["main.atom"].count(b"<updated>2026-04-10T12:00:00+00:00</updated>") == 2
