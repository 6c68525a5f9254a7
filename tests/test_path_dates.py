"""Dates in paths and permalinks; slugs of page bundles."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate import article_from
from syndicate.sources.file_source import FileSource
from syndicate.sources.files import Files
from syndicate.sources.markdown import read_markdown
from syndicate.sources.path_dates import date_in_file_path, date_in_permalink, name_without_date
from syndicate.sources.records import RecordMapping, to_article
from syndicate.sources.source import RawRecord

DAY = date(2019, 5, 6)


@pytest.mark.parametrize(
    "key",
    [
        "2019-05-06-x.md",
        "2019-05-06_x.md",
        "2019_05_06_x.md",
        "2019.05.06 x.md",
        "2019-05-06.md",
        "20190506-x.md",
        "20190506.de.md",
        "2019-05-06T0830-x.md",
        "news/2019-05-06-x.md",
        "2019-05-06/index.md",
        "2019-05-06-x/index.de.md",
        "2019/05/06/x.md",
        "2019/05/06/x/index.md",
        "2018/01/02/2019-05-06-x.md",
    ],
)
def test_dates_in_file_paths(key: str) -> None:
    assert date_in_file_path(Path("/home/2001-02-03/posts", key), key) == DAY


@pytest.mark.parametrize(
    "key",
    [
        "x.md",
        "2019/05/x.md",
        "2019-05-x.md",
        "201905-x.md",
        "20190506123-photo.md",
        "120190506-x.md",
        "2019-05-067-x.md",
        "1999-99-99.md",
        "2019-02-30-x.md",
        "2019/13/01/x.md",
        "2019/5/6/x.md",
        "x-2019-05-06.md",
        "18990506-x.md",
        "\u0662\u0660\u0661\u0669-\u0660\u0665-\u0660\u0666-x.md",
    ],
)
def test_no_dates_in_file_paths(key: str) -> None:
    assert date_in_file_path(Path("/home/2001-02-03/2001/02/03/posts", key), key) is None


def test_year_and_month_may_be_in_the_fixed_part_of_the_pattern() -> None:
    assert date_in_file_path(Path("/posts/2019/05/06/x.md"), "06/x.md") == DAY
    assert date_in_file_path(Path("/posts/2019/05/06/x.md"), "x.md") is None


@pytest.mark.parametrize("text", ["2019/05/06/x", "/2019/05/06", "news/2019/05/06/x/", "/a/2019-05-06-x"])
def test_dates_in_permalinks(text: str) -> None:
    assert date_in_permalink(text) == DAY


@pytest.mark.parametrize("text", ["", "/", "notes/the-tide", "/2019/05/", "/2019/05/x", "a" * 100_000])
def test_no_dates_in_permalinks(text: str) -> None:
    assert date_in_permalink(text) is None


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y_%m_%d"]))
def test_every_day_is_found_and_removed(day: date, form: str) -> None:
    name = f"{day:{form}}-name"
    assert date_in_file_path(Path(f"{name}.md"), f"{name}.md") == day
    assert name_without_date(name) == "name"


@given(st.text(), st.text())
def test_any_text_has_a_date_or_none(folder: str, name: str) -> None:
    key = f"{folder.strip('/')}/{name.strip('/')}.md"
    found = date_in_file_path(Path("/", key), key)
    assert date_in_permalink(folder) is None or isinstance(date_in_permalink(folder), date)
    assert found is None or isinstance(found, date)
    assert name_without_date(name) or not name


@pytest.mark.parametrize(
    ("name", "rest"), [("2019-05-06", "2019-05-06"), ("2019-99-06-x", "2019-99-06-x"), ("x", "x")]
)
def test_names_that_stay(name: str, rest: str) -> None:
    assert name_without_date(name) == rest


def _read(folder: Path, key: str, text: str) -> RawRecord:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (record,) = FileSource("s", Files(folder, ("**/*.md",)), read_markdown).read()
    assert isinstance(record, RawRecord)
    return record


@pytest.mark.parametrize(
    ("key", "front_matter", "published"),
    [
        ("2019-05-06-x.md", "title: T", "2019-05-06"),
        ("2019-05-06-x.md", "title: T\ndate: 2020-01-02", "2020-01-02"),
        ("2019-05-06-x.md", "title: T\npermalink: /2021/02/03/x", "2019-05-06"),
        ("x.md", "title: T\npath: 2021/02/03/x", "2021-02-03"),
        ("x.md", "title: T\nslug: 7", None),
    ],
)
def test_the_first_date_counts(tmp_path: Path, key: str, front_matter: str, published: str | None) -> None:
    record = _read(tmp_path, key, f"---\n{front_matter}\n---\nWords.\n")
    incoming, _ = to_article(record, RecordMapping(base="https://harbour.example/"))
    assert incoming is not None
    expected = published and datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert incoming.article.published == expected


def test_addresses_of_an_article_are_relative_to_its_link() -> None:
    article = article_from(
        {"title": "T", "url": "/one/", "image": "hero.jpg", "content_html": '<img src="a.png" alt="A">'},
        base="https://harbour.example/",
    )
    assert article.image is not None
    assert article.image.url == "https://harbour.example/one/hero.jpg"
    assert "https://harbour.example/one/a.png" in article.content_html
