"""Messages about wrong values never contain the wording of the library that validates them."""

from __future__ import annotations

import math
import re
import tempfile
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core._pydantic_core import list_all_errors

from syndicate import ConfigError
from syndicate.config import Settings, load
from syndicate.errors import Where
from syndicate.model import Frozen
from syndicate.model.validation_messages import describe_error, field_path
from syndicate.sources import NAMES, RawRecord, RecordMapping, to_article
from syndicate.sources.registry import kinds, settings_class
from test_docs import REFERENCE, blocks

# The fixed parts of each message, such as "Input should be a valid tuple".
PHRASES = {
    part.strip()
    for error in list_all_errors()
    for message in (error["message_template_python"], error.get("message_template_json", ""))
    for part in re.split(r"\{\w+\}", message)
    if len(part.strip()) > 11
} | {"pydantic", "Value error", "Input should", "validation error", "function-"}
# Taken over on purpose: it is what a person would say.
PHRASES -= {"Field required"}


def assert_plain(message: str) -> None:
    found = [phrase for phrase in PHRASES if phrase.lower() in message.lower()]
    assert not found, message
    assert "is not a valid value" not in message, "an error that has no words of its own yet"
    assert "\n" not in message


def test_the_phrases_are_found() -> None:
    assert len(PHRASES) > 60
    with pytest.raises(AssertionError):
        assert_plain("authors: Input should be a valid tuple")


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda error: error["type"])
def test_no_error_of_the_library_is_passed_on(error: Any) -> None:
    context = {**(error["example_context"] or {}), "error": ValueError("the day is not a day")}
    message = describe_error({"type": error["type"], "msg": error["example_message_python"], "ctx": context})
    assert not [phrase for phrase in PHRASES if phrase in message]


def test_the_path_of_a_field_counts_from_one() -> None:
    assert field_path(("feed", 0, "where", "tag", "[key]")) == "feed.1.where.tag"
    assert field_path(()) is None


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(
            ["https://a.example/", "a@b.example", "en", "5 minutes", "text/html", "2026-04-03", ""]
        ),
        st.datetimes(timezones=st.sampled_from([None, UTC])),
        st.dates(),
        st.binary(max_size=4),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
INNER_NAMES = (
    *("name", "email", "url", "href", "term", "label", "scheme", "media_type", "length", "duration", "title"),
    *("latitude", "longitude", "number", "season", "kind", "explicit", "transcripts", "chapters", "persons"),
    *(
        "language",
        "feed",
        "feed_type",
        "count",
        "id",
        "home",
        "updated",
        "namespace",
        "prefix",
        "text",
        "role",
    ),
    *("width", "height", "alt", "captions", "attributes", "group", "credit", "image"),
)
PARTS = st.dictionaries(st.sampled_from(INNER_NAMES), VALUES, max_size=5)
FIELDS = st.one_of(VALUES, PARTS, st.lists(PARTS, max_size=3))


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), FIELDS, min_size=1, max_size=6))
def test_problems_of_records_are_in_plain_words(record: dict[str, Any]) -> None:
    mapping = RecordMapping(base="https://a.example/", namespaces={"ex": "urn:ex"})
    _, problems = to_article(RawRecord({"title": "A", **record}, Where()), mapping)
    for problem in problems:
        assert_plain(problem.message.partition(": ")[0])
        assert re.fullmatch(r"[\w.-]+", problem.field or "x"), problem.field


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{as_toml(name)} = {as_toml(each)}' for name, each in value.items())}}}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


TOML_VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.sampled_from(
            ["https://a.example/", "a@b.example", "en", "5 minutes", "never", "main", "tag/{tag}", ""]
        ),
        st.datetimes(timezones=st.sampled_from([None, UTC])),
        st.dates(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "email", "url", "tag", "ex:a", "x", "title", "drop", "embed"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)
KEYS = sorted(
    {
        field.alias or name
        for model in (
            *(settings_class(kind) for kind in kinds()),
            *[
                settings
                for field in Settings.model_fields.values()
                for settings in [field.annotation, *getattr(field.annotation, "__args__", ())]
                if isinstance(settings, type) and issubclass(settings, Frozen)
            ],
        )
        for name, field in model.model_fields.items()
    }
)
WHOLE = tomllib.loads(next(blocks(REFERENCE / "config.md", "toml")))


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """The config of the reference with some values replaced by others."""
    config: dict[str, Any] = {
        name: [dict(table) for table in value] if isinstance(value, list) else dict(value)
        for name, value in WHOLE.items()
    }
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(sorted(config)))
        tables = config[name] if isinstance(config[name], list) else [config[name]]
        table = draw(st.sampled_from(tables))
        table[draw(st.sampled_from([*table, *KEYS]))] = draw(TOML_VALUES)
    if draw(st.integers(0, 9)) == 0:
        config[draw(st.sampled_from(sorted(config)))] = draw(TOML_VALUES)
    return config


@given(configs())
def test_mistakes_of_configs_are_in_plain_words(config: dict[str, Any]) -> None:
    text = "\n".join(f"{name} = {as_toml(value)}" for name, value in config.items())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "syndicate.toml")
        file.write_text(text, encoding="utf-8")
        try:
            load(file)
        except ConfigError as error:
            for each in (error, *error.others):
                assert not [phrase for phrase in PHRASES if phrase in each.message], each.message
                assert "is not a valid value" not in each.message
                assert "\n" not in each.message
                assert each.where.field
                first, *_ = each.where.field.split(".")
                assert first in Settings.model_fields, each.where.field
