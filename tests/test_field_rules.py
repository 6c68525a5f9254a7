"""Fields that the config names: several for one, conditions, other values; and names that were misspelt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_site import write
from helpers_text import anything
from syndicate import Article, ConfigError, Problem, article_from
from syndicate.config import load
from syndicate.errors import Where
from syndicate.sources import RawRecord, RecordMapping, to_article
from syndicate.sources.field_rules import FieldRule

CONFIG = """
[site]
title = "Harbour"
home = "https://harbour.example/"
[[source]]
name = "posts"
kind = "json"
path = "posts.json"
fields = { %s }
"""


def read(fields: dict[str, Any], **record: object) -> Article | None:
    raw = RawRecord({"title": "T", **record}, Where("a.json", 3))
    incoming, _ = to_article(raw, RecordMapping(fields=fields))
    return incoming.article if incoming else None


def tags(fields: dict[str, Any], **record: object) -> list[str]:
    article = read(fields, **record)
    assert article
    return [tag.term for tag in article.tags]


def test_several_fields_are_merged_where_a_field_has_several_values() -> None:
    rule = {"tags": ["tags", "categories", "meta.topics"]}
    record = {"tags": "a, b", "categories": ["b", {"name": "c"}], "meta": {"topics": "d"}}
    assert tags(rule, **record) == ["a", "b", "c", "d"]
    assert tags(rule, categories="x") == ["x"]
    assert tags(rule) == []
    article = read({"authors": ["writer", "editor"]}, writer="Ann Lee", editor={"name": "Bo"})
    assert article
    assert [each.name for each in article.authors] == ["Ann Lee", "Bo"]


def test_of_several_fields_the_first_with_a_value_counts_where_a_field_has_one() -> None:
    article = read({"summary": ["teaser", "lead"]}, teaser="", lead="L", summary="not this")
    assert article
    assert article.summary == "L"


@pytest.mark.parametrize(
    ("rule", "status", "is_draft"),
    [
        ({"field": "status", "is": ["draft"]}, "Draft", True),
        ({"field": "status", "is": "draft"}, " draft ", True),
        ({"field": "status", "is": ["draft", "idea"]}, "open", False),
        ({"field": "status", "is": ["draft"]}, None, False),
        ({"field": "status", "is": ["draft"]}, ["x", "draft"], True),
        ({"field": "status", "is": [True, 1]}, True, True),
        ({"field": "status", "is": [1]}, 1, True),
        ({"field": "status", "is_not": ["live"]}, "live", False),
        ({"field": "status", "is_not": ["live"]}, "other", True),
        ({"field": "status", "is_not": ["live"]}, None, True),
        ({"field": ["state", "status"], "is": ["draft"]}, "draft", True),
        ({"field": "status", "map": {"WIP": True}}, "wip", True),
        ({"field": "status", "map": {"WIP": True}}, "done", False),
        ("status", "yes", True),
    ],
)
def test_a_condition(rule: Any, status: object, is_draft: bool) -> None:
    assert (read({"draft": rule}, status=status) is None) == is_draft


def test_a_rule_for_drafts_alone_decides() -> None:
    record = {"draft": True, "status": "private", "published": False, "phase": "done"}
    assert read({"draft": {"field": "phase", "is": ["begun"]}}, **record)
    assert read({}, **record) is None


def test_values_are_replaced() -> None:
    rule = {"tags": {"field": "tags", "map": {"js": "JavaScript", "Misc": "", "7": "seven"}}}
    assert tags(rule, tags="JS, misc,other") == ["JavaScript", "other"]
    assert tags(rule, tags=["js", 7]) == ["JavaScript", "seven"]
    article = read({"section": {"field": "area", "map": {"sport": "Sports", "x": ""}}}, area="Sport")
    assert article
    assert article.section == "Sports"
    without = read({"section": {"field": "area", "map": {"x": ""}}}, area="X")
    assert without
    assert without.section is None


def test_a_field_that_a_rule_names_has_no_other_meaning() -> None:
    article = read({"tags": ["topic", "category"]}, category="c")
    assert article
    assert article.section is None


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('draft = { fild = "status" }', "fields.draft.fild: unknown name (did you mean 'field'?)"),
        ('draft = { is = "x" }', "fields.draft.field: missing (add field = ...)"),
        ('draft = { field = "s", is = "x", map = { a = "b" } }', "only one of is, is_not and map"),
        ('draft = { field = "s", is = [["x"]] }', "fields.draft.is.1: must be text, a number, true or false"),
        ("title = 3", "must be a field of the record, a list of fields, or a table with the key field"),
        ("tags = []", "fields.tags.field: must not be empty"),
        ('titel = "x"', "an article has no 'titel'; known are id, title"),
    ],
)
def test_mistakes_in_rules_are_reported_with_their_place(rules: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, {"syndicate.toml": CONFIG % rules})
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "syndicate.toml")
    mistakes = [caught.value, *caught.value.others]
    assert any(said in str(each) for each in mistakes), mistakes
    assert caught.value.where.line == 9


def test_a_config_with_rules_is_read(tmp_path: Path) -> None:
    rules = 'tags = ["tags", "categories"], draft = { field = "status", is = ["draft"] }, title = "headline"'
    write(tmp_path, {"syndicate.toml": CONFIG % rules})
    [source] = load(tmp_path / "syndicate.toml").source
    assert source.fields == {
        "tags": FieldRule(field=("tags", "categories")),
        "draft": FieldRule(field=("status",), equals=("draft",)),
        "title": FieldRule(field=("headline",)),
    }


values = st.none() | st.booleans() | st.integers() | anything | st.lists(anything | st.integers(), max_size=3)


@given(values, st.lists(anything | st.integers() | st.booleans(), min_size=1, max_size=3))
def test_is_not_is_the_opposite_of_is(value: object, wanted: list[Any]) -> None:
    record = {"status": value}
    for name, expected in (("is", True), ("is_not", False)):
        rule = FieldRule.model_validate({"field": "status", name: wanted})
        _, found = rule.find("draft", record)
        assert found is (
            expected == FieldRule(field=("status",), equals=tuple(wanted)).find("draft", record)[1]
        )


# Names that look like a known one


def notes(mapping: RecordMapping, **record: object) -> list[Problem]:
    _, problems = to_article(RawRecord(record, Where("a.json", 3)), mapping)
    return [each for each in problems if each.severity == "note"]


def test_a_misspelt_name_is_reported_once_for_a_source() -> None:
    mapping = RecordMapping()
    [titel, autor] = notes(mapping, titel="T", autor="Ann", text="x")
    assert titel.message == "'titel' is not used; did you mean 'title'?"
    assert titel.field == "titel"
    assert "did you mean 'authors'?" in autor.message
    assert notes(mapping, titel="U", autor="Bo", text="y") == []
    [publised] = notes(mapping, titel="V", publised="2025-02-01", text="z")
    assert "'published'" in publised.message


def test_names_that_are_right_are_not_reported() -> None:
    known = RecordMapping()
    assert notes(known, title="T", titel="sub", text="x") == [], "the record has a title"
    assert notes(known, title="T", layout="post", weight=3, slug="t", post_id=4, comment="x", toc=True) == []
    assert notes(known, title="T", translator="Bo", guest_description="x", text="x") == []
    named = RecordMapping(fields={"section": "autor"}, elements={"ex:a": "titel"}, namespaces={"ex": "urn:x"})
    assert notes(named, autor="A", titel="x", text="x") == []


def test_names_without_end_are_not_compared_for_ever() -> None:
    mapping = RecordMapping()
    for number in range(1000):
        notes(mapping, text="x", **{f"name{number}": 1})
    assert len(mapping.compared_names) == 200


def test_article_from_takes_rules() -> None:
    article = article_from(
        {"headline": "H", "a": "x", "b": "y"}, fields={"title": "headline", "tags": ["a", "b"]}
    )
    assert (article.title, [tag.term for tag in article.tags]) == ("H", ["x", "y"])
