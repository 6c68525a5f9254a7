"""Dates of records: under the names that generators use, in the forms that they write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate import RecordError, article_from
from syndicate.errors import Where
from syndicate.model import Problem
from syndicate.sources import RawRecord, RecordMapping, to_article
from syndicate.sources.dates import AmbiguousDateError, read_date

LONDON = ZoneInfo("Europe/London")
FEBRUARY = datetime(2025, 2, 1, 8, tzinfo=UTC)


def dates_of(**fields: object) -> tuple[datetime | None, datetime | None, datetime | None]:
    article = article_from({"title": "T", **fields}, timezone=UTC)
    return article.published, article.updated, article.expires


@pytest.mark.parametrize(
    ("generator", "fields"),
    [
        ("jekyll", {"date": "2025-02-01 08:00:00 +0000", "last_modified_at": "2025-02-02"}),
        (
            "hugo",
            {"publishDate": "2025-02-01T08:00:00Z", "lastmod": "2025-02-02", "expiryDate": "2025-02-03"},
        ),
        ("hugo in lower case", {"publishdate": "2025-02-01T08:00:00Z", "expirydate": "2025-02-03"}),
        ("zola", {"date": "2025-02-01T08:00:00Z", "updated": "2025-02-02"}),
        ("astro", {"pubDate": "Feb 1, 2025 8:00 UTC", "updatedDate": "Feb 2, 2025"}),
        ("astropaper", {"pubDatetime": "2025-02-01T08:00:00Z", "modDatetime": "2025-02-02T00:00:00Z"}),
        ("docusaurus", {"date": "2025-02-01T08:00", "last_update": {"date": "2025-02-02", "author": "ann"}}),
        ("pelican", {"Date": "2025-02-01 08:00", "Modified": "2025-02-02 00:00"}),
        ("ghost", {"published_at": "2025-02-01T08:00:00.000Z", "updated_at": "2025-02-02T00:00:00.000Z"}),
        ("medium", {"firstPublishedAt": 1738396800000, "latestPublishedAt": 1738454400000}),
        ("substack", {"post_date": "2025-02-01T08:00:00.000Z"}),
        (
            "wordpress",
            {
                "date": "2025-02-01T09:00:00",
                "date_gmt": "2025-02-01T08:00:00",
                "modified_gmt": "2025-02-02T00:00",
            },
        ),
        ("obsidian", {"created": "2025-02-01T08:00", "date modified": "2025-02-02"}),
        ("notion", {"Created time": "February 1, 2025 8:00 AM", "Last edited time": "February 2, 2025"}),
        ("cms", {"created_at": 1738396800, "modified_at": 1738454400, "expires_at": 1738540800}),
        ("forum", {"posted_at": "1738396800"}),
    ],
)
def test_dates_are_found_under_the_names_of_generators(generator: str, fields: dict[str, object]) -> None:
    published, updated, expires = dates_of(**fields)
    assert published == FEBRUARY, generator
    assert updated in (None, datetime(2025, 2, 2, tzinfo=UTC))
    assert expires in (None, datetime(2025, 2, 3, tzinfo=UTC))
    assert (updated is not None) + (expires is not None) == len(fields) - 1 - ("date_gmt" in fields)


def test_a_date_can_be_a_table() -> None:
    # Material for MkDocs, blog plugin.
    published, updated, _ = dates_of(date={"created": "2025-02-01T08:00", "updated": date(2025, 2, 2)})
    assert (published, updated) == (FEBRUARY, datetime(2025, 2, 2, tzinfo=UTC))


def test_the_records_own_date_comes_before_that_of_its_file_and_that_of_its_link() -> None:
    link, in_file = "https://a.example/2024/07/25/pier/", date(2024, 7, 26)

    def published(fallbacks: dict[str, Any], **fields: object) -> datetime | None:
        record = RawRecord({"title": "T", **fields}, Where(), fallbacks=fallbacks)
        incoming, _ = to_article(record, RecordMapping(timezone=LONDON, base="https://a.example/"))
        assert incoming
        return incoming.article.published

    assert published({"published": in_file}, link=link, date="2024-07-27").day == 27  # type: ignore[union-attr]
    assert published({"published": in_file}, link=link) == datetime(2024, 7, 26, tzinfo=LONDON)
    assert published({}, link=link) == datetime(2024, 7, 25, tzinfo=LONDON)
    assert published({}, path="2024/07/25/pier") == datetime(2024, 7, 25, tzinfo=LONDON)
    assert published({}, lastmod="2025-01-01", permalink="/2024-07-25-pier") == datetime(
        2024, 7, 25, tzinfo=LONDON
    )
    assert published({}, link="https://a.example/2024/07/pier") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-02-01 08:00:00 +0000", FEBRUARY),
        ("2025-02-01 10:00:00 +02:00", FEBRUARY),
        ("2025-02-01T08:00Z", FEBRUARY),
        ("2025-02-01T08:00:00.000+0000", FEBRUARY),
        ("2025-2-1 8:00 UTC", FEBRUARY),
        ("2025/02/01 8:00 AM Z", FEBRUARY),
        ("Sat Feb 01 2025 10:00:00 GMT+0200 (Eastern European Standard Time)", FEBRUARY),
        ("1738396800", FEBRUARY),
        ("1738396800000", FEBRUARY),
        ("1738396800000000", FEBRUARY),
        (1738396800000, FEBRUARY),
        ("20250201080000", FEBRUARY.replace(tzinfo=LONDON)),
        (20250201, datetime(2025, 2, 1, tzinfo=LONDON)),
        ("/Date(1738396800000)/", FEBRUARY),
        ("2025年2月1日 08:00", FEBRUARY.replace(tzinfo=LONDON)),
        ("2025년 2월 1일", datetime(2025, 2, 1, tzinfo=LONDON)),
        ("Saturday, February 1st, 2025 at 8:00", FEBRUARY.replace(tzinfo=LONDON)),
        ("Sat 2025-02-01 08:00 -0500", datetime(2025, 2, 1, 8, tzinfo=timezone(timedelta(hours=-5)))),
        ("12/25/2025", datetime(2025, 12, 25, tzinfo=LONDON)),
        ("25.12.2025 12:00 PM", datetime(2025, 12, 25, 12, tzinfo=LONDON)),
        ("03/03/2025 12:30 am", datetime(2025, 3, 3, 0, 30, tzinfo=LONDON)),
    ],
)
def test_forms_that_generators_write(text: object, moment: datetime) -> None:
    assert read_date(text, LONDON) == moment


@pytest.mark.parametrize("text", ["03/04/2025", "3.4.2025", "03-04-25", "Fri 03/04/2025", "3/4/2025 10:00"])
def test_a_date_with_two_readings_is_refused_unless_the_config_decides(text: str) -> None:
    with pytest.raises(AmbiguousDateError, match="2025-04-03 and as 2025-03-04: set day_first"):
        read_date(text, UTC)
    assert read_date(text, UTC, day_first=True).date() == date(2025, 4, 3)
    assert read_date(text, UTC, day_first=False).date() == date(2025, 3, 4)
    with pytest.raises(RecordError, match="day_first"):
        article_from({"title": "T", "date": text})
    published = article_from({"title": "T", "date": text}, day_first=True).published
    assert published
    assert published.month == 4


@pytest.mark.parametrize("text", ["25/12/2025", "25/12/25"])
def test_a_date_that_contradicts_the_config_is_refused(text: str) -> None:
    assert read_date(text, UTC, day_first=True).month == 12
    with pytest.raises(ValueError, match="not a date"):
        read_date(text, UTC, day_first=False)


@pytest.mark.parametrize(
    "zero", ["0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "Last Modified", "", None, 0, False]
)
def test_a_zero_is_no_date(zero: object) -> None:
    assert dates_of(date=zero, created="2025-02-01T08:00Z", expires=zero) == (FEBRUARY, None, None)


@pytest.mark.parametrize(
    "text", ["2025", 2025, "9" * 99, "2025-02-01 08:00 IST", "2025-02-01T25:00", "x" * 101]
)
def test_what_is_no_date(text: object) -> None:
    with pytest.raises(ValueError, match=r"not a date|not an unambiguous time zone"):
        read_date(text, UTC)


def test_a_wrong_date_of_publication_or_expiry_refuses_the_record_and_a_wrong_update_does_not() -> None:
    for name in ("date", "expires"):
        with pytest.raises(RecordError, match=f"field {name}: not a date: 'soon'"):
            article_from({"title": "T", name: "soon"})
    problems: list[Problem] = []
    article = article_from({"title": "T", "date": "2025-02-01", "lastmod": "soon"}, problems=problems)
    assert article.updated is None
    assert [(each.severity, each.field) for each in problems] == [("warning", "lastmod")]


@given(st.dates(date(1970, 1, 1), date(2199, 12, 31)), st.sampled_from(["-", "/", "."]), st.booleans())
@settings(max_examples=200)
def test_a_date_of_three_numbers_is_read_as_it_was_written(day: date, mark: str, day_first: bool) -> None:
    parts = [day.day, day.month] if day_first else [day.month, day.day]
    text = mark.join(map(str, [*parts, day.year]))
    assert read_date(text, UTC, day_first=day_first).date() == day
    try:
        assert read_date(text, UTC).date() == day
    except AmbiguousDateError:
        assert day.day <= 12
        assert day.day != day.month
    assert read_date(mark.join(map(str, [day.year, day.month, day.day])), UTC).date() == day


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan")])
def test_a_number_that_is_no_moment_is_refused(number: float) -> None:
    with pytest.raises(RecordError, match="not a date"):
        article_from({"title": "T", "date": number})
