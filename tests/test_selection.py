"""Which articles, in which order, and why the others not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.model import (
    Article,
    Author,
    Feed,
    IncomingArticle,
    Newsletter,
    Selector,
    StoredArticle,
    Tag,
)
from syndicate.model.selection import newest_first, select
from syndicate.model.slug import slug
from syndicate.newsletters.article_selection import select_articles
from syndicate.store import SqlStore
from syndicate.testing import NOW, an_article

HOUR = timedelta(hours=1)

WORDS = ["boats", "tides", "Boats"]
articles = st.builds(
    lambda name, tags, language, section, author, published, updated: an_article(
        name,
        tags=tuple(Tag(term=tag) for tag in tags),
        language=language,
        section=section,
        authors=(Author(name=author),) if author else (),
        published=published,
        updated=updated,
    ),
    name=st.sampled_from("abcABé"),
    tags=st.lists(st.sampled_from(WORDS), unique=True),
    language=st.sampled_from([None, "en", "de"]),
    section=st.sampled_from([None, "Sea"]),
    author=st.sampled_from([None, "Ann"]),
    published=st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NOW + hours * HOUR)),
    updated=st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NOW + hours * HOUR)),
)
facets = st.dictionaries(
    st.sampled_from(["tag", "language", "section", "author"]),
    st.lists(st.sampled_from([*WORDS, "en", "de", "Sea", "Ann"]), min_size=1, max_size=2),
    max_size=2,
)


def feed(**options: Any) -> Feed:
    """A feed of everything unless told otherwise."""
    return Feed(**({"title": "Feed", "home": "https://example.org/"} | options))


def newsletter(**options: Any) -> Newsletter:
    """A newsletter of everything unless told otherwise."""
    return Newsletter(**({"name": "weekly", "title": "Weekly", "sender": "news@example.org"} | options))


def stored(*names: str) -> list[StoredArticle]:
    """Articles as the store gives them."""
    return [StoredArticle(an_article(name), 1, number, number) for number, name in enumerate(names, 1)]


def ids(chosen: Any) -> list[str]:
    """Ids without their scheme."""
    return [each.id.removeprefix("urn:") for each in chosen]


def test_articles_are_sorted_newest_first_undated_last_then_by_id() -> None:
    given_articles = [
        an_article("undated", published=None),
        an_article("seen", published=None, ingested=NOW),
        an_article("seen-later", published=None, ingested=NOW + HOUR),
        an_article("b"),
        an_article("new", published=NOW),
        an_article("a"),
        an_article("updated", published=None, updated=NOW - HOUR / 2),
    ]
    assert ids(newest_first(given_articles)) == [
        *("new", "updated", "a", "b", "seen-later", "seen", "undated")
    ]
    assert newest_first(given_articles[::-1]) == newest_first(given_articles)


def test_each_rejected_article_has_a_reason() -> None:
    boats = (Tag(term="boats"),)
    selector = Selector(where={"tag": "boats"}, without={"language": ("de",)})
    chosen = select(
        selector,
        [
            an_article("soon", tags=boats, published=NOW + HOUR),
            an_article("over", tags=boats, expires=NOW),
            an_article("other"),
            an_article("german", tags=boats, language="de"),
            an_article("one", tags=boats, published=NOW - 2 * HOUR),
            an_article("two", tags=boats, published=NOW - 3 * HOUR),
            an_article("three", tags=boats, published=NOW - 4 * HOUR),
        ],
        now=NOW,
        limit=2,
    )
    assert ids(chosen.articles) == ["one", "two"]
    assert chosen.rejected == {
        "urn:soon": "future",
        "urn:over": "expired",
        "urn:other": "no match",
        "urn:german": "excluded",
        "urn:three": "over limit",
    }


def test_without_now_no_article_is_in_the_future() -> None:
    assert ids(select(Selector(), [an_article("soon", published=NOW + HOUR)]).articles) == ["soon"]


def test_feed_has_its_own_limit() -> None:
    many = [an_article(f"{number:02}", published=NOW - number * HOUR) for number in range(10)]
    assert ids(select(feed(limit=3), many).articles) == ["00", "01", "02"]
    assert ids(select(feed(limit=3), many, limit=1).articles) == ["00"]
    assert len(select(Selector(), many).articles) == 10
    assert select(feed(), many, limit=0).articles == ()


def test_first_edition_considers_first_articles_and_contains_limit() -> None:
    shown, counted = select_articles(newsletter(first=2), stored(*"abcd"), first=True)
    assert ids(each.article for each in shown) == ["a", "b"]
    assert list(counted) == [], "what is older counts as seen"
    shown, counted = select_articles(newsletter(first=4, limit=3), stored(*"abcdef"), first=True)
    assert ids(each.article for each in shown) == ["a", "b", "c"], "no edition shows more than its limit"
    assert ids(each.article for each in counted) == ["d"]


def test_pinned_and_excluded_articles_of_a_first_edition() -> None:
    settings = newsletter(first=3, limit=2, pinned=("urn:e",), excluded=("urn:a",))
    shown, counted = select_articles(settings, stored(*"abcdef"), first=True)
    assert ids(each.article for each in shown) == ["e", "b"]
    assert ids(each.article for each in counted) == ["c"]


def test_later_edition_contains_limit_articles_and_counts_the_rest() -> None:
    shown, counted = select_articles(newsletter(first=1, limit=3), stored(*"abcde"), first=False)
    assert ids(each.article for each in shown) == ["a", "b", "c"]
    assert ids(each.article for each in counted) == ["d", "e"]
    assert select_articles(newsletter(), [], first=False) == ([], [])


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Boats", "boats"),
        ("Boats & Tides", "boats-and-tides"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("C", "c"),
        ("50%", "50-percent"),
        ("  a__b  ", "a-b"),
        ("Größe", "grösse"),
        ("ﬁsh", "fish"),
        ("海の天気", "海の天気"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", "other"),
        ("", "other"),
        ("🌊", "other"),
    ],
)
def test_slugs(word: str, expected: str) -> None:
    assert slug(word) == expected


@given(st.text(max_size=300))
def test_slug_is_a_file_name(word: str) -> None:
    name = slug(word)
    assert name
    assert name == slug(name), "a slug is its own slug"
    assert len(name.encode()) <= 150
    assert not set(name) & set('/\\.:*?"<>| \0\n')


@settings(deadline=None)
@given(
    batch=st.lists(articles, unique_by=lambda article: article.id, max_size=6),
    where=facets,
    without=facets,
    limit=st.sampled_from([0, 1, 3, 9]),
)
def test_store_selects_the_same_articles_as_select(
    tmp_path_factory: pytest.TempPathFactory,
    batch: list[Article],
    where: dict[Any, list[str]],
    without: dict[Any, list[str]],
    limit: int,
) -> None:
    """The short way through SQL and the one through Python come to the same articles in the same order."""
    store = _shared(tmp_path_factory)
    seen: set[str] = set()
    store.put("posts", [IncomingArticle(each, each.id) for each in batch], NOW - HOUR, seen=seen)
    store.withdraw_missing("posts", seen, NOW)
    kept = store.articles(now=NOW + 9 * HOUR)
    from_store = store.articles(now=NOW, where=where, without=without, limit=limit)
    selector = Selector(where=where, without=without)
    from_python = select(selector, (each.article for each in kept), now=NOW, limit=limit)
    assert [each.article for each in from_store] == list(from_python.articles)


_stores: dict[Path, SqlStore] = {}


def _shared(factory: pytest.TempPathFactory) -> SqlStore:
    """One store for all examples: each begins by withdrawing the articles of the one before."""
    base = factory.getbasetemp()
    if base not in _stores:
        _stores[base] = SqlStore(f"sqlite:///{base / 'selection.db'}")
    return _stores[base]


@pytest.fixture(scope="module", autouse=True)
def _close() -> Any:
    yield
    while _stores:
        _stores.popitem()[1].close()
