"""Drafts, scheduled, private and members' posts in every spelling: left out with a note, never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_text import anything
from syndicate.errors import Where
from syndicate.sources import RawRecord, RecordMapping, to_article
from syndicate.sources.visibility import find_hidden


@pytest.mark.parametrize(
    "mark",
    [
        {"draft": True},
        {"Draft": "yes"},
        {"isDraft": 1},
        {"is_draft": "TRUE"},
        {"published": False},
        {"published": "false"},
        {"published": 0},
        {"is_published": False},
        {"publish": "no"},
        {"status": "draft"},
        {"Status": "Draft"},
        {"status": "private"},
        {"status": "pending"},
        {"status": "auto-draft"},
        {"status": "trash"},
        {"status": "In review"},
        {"status": "archived"},
        {"post_status": "inherit"},
        {"_status": "draft"},
        {"visibility": "members"},
        {"visibility": "paid"},
        {"visibility": "private"},
        {"visibility": "tiers"},
        {"audience": "only_paid"},
        {"access": "members-only"},
        {"hidden": True},
        {"unlisted": True},
        {"members_only": True},
        {"eleventyExcludeFromCollections": True},
        {"build": {"list": "never"}},
        {"_build": {"list": False}},
        {"status": "scheduled"},
        {"status": "future"},
        {"created": "{{date}}"},
        {"published": '<% tp.date.now("YYYY") %>'},
    ],
    ids=str,
)
@pytest.mark.parametrize("rest", [{"title": "T"}, {"date": "not a date"}], ids=["whole", "broken"])
def test_what_is_not_public_is_left_out_with_a_note(mark: dict[str, object], rest: dict[str, object]) -> None:
    if "scheduled" in mark.values() or "future" in mark.values() or "created" in mark:
        rest = {"title": "T"}
    incoming, [problem] = to_article(RawRecord({**rest, **mark}, Where("a.md"), lines={}), RecordMapping())
    assert incoming is None
    assert problem.severity == "note"
    assert problem.field == next(iter(mark))
    assert "left out" in problem.message


@pytest.mark.parametrize(
    "mark",
    [
        {"draft": False},
        {"draft": ""},
        {"published": True},
        {"published": "2025-02-01"},
        {"published": 1},
        {"status": "published"},
        {"status": "publish"},
        {"status": "evergreen"},
        {"status": None},
        {"status": 3},
        {"state": "Ohio"},
        {"visibility": "public"},
        {"audience": "everyone"},
        {"access": "open"},
        {"hidden": "false"},
        {"unlisted": 0},
        {"listed": True},
        {"build": {"list": "local"}},
        {"build": "12"},
        {"status": "scheduled", "date": "2030-01-01"},
        {"status": "future", "published_at": "2020-01-01"},
    ],
    ids=str,
)
def test_what_is_public_is_taken(mark: dict[str, object]) -> None:
    incoming, problems = to_article(RawRecord({"title": "T", "text": "x", **mark}, Where()), RecordMapping())
    assert incoming, problems


def test_a_post_for_members_says_why_it_was_left_out() -> None:
    _, [problem] = to_article(RawRecord({"title": "T", "visibility": "paid"}, Where()), RecordMapping())
    assert problem.message == "not public, left out: visibility is paid"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | anything
names = st.sampled_from(["draft", "published", "status", "visibility", "build", "Hidden", "x"])


@given(
    st.dictionaries(names, scalars | st.lists(scalars) | st.dictionaries(anything, scalars)), st.booleans()
)
def test_any_value_decides(fields: dict[str, object], has_date: bool) -> None:
    found = find_hidden(fields, has_date=has_date)
    assert found is None or found.field in fields
