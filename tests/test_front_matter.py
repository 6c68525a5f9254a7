"""Front matter in all its forms, as people write it and as nobody should."""

from __future__ import annotations

import json
import resource
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syndicate.sources.front_matter import MAX_CHARACTERS, FrontMatterError, split_front_matter
from syndicate.sources.front_matter_yaml import PlainLoader, read_yaml

EXPECTED = {"title": "Lamp: lit", "tags": ["a", "b"], "draft": False}
FORMS = [
    '---\ntitle: "Lamp: lit"\ntags: [a, b]\ndraft: false\n---\n',
    '---yaml\ntitle: "Lamp: lit"\ntags:\n- a\n- b\ndraft: no\n...\n',
    '+++\ntitle = "Lamp: lit"\ntags = ["a", "b"]\ndraft = false\n+++\n',
    '---toml\ntitle = "Lamp: lit"\ntags = ["a", "b"]\ndraft = false\n---\n',
    '{\n"title": "Lamp: lit",\n"tags": ["a", "b"],\n"draft": false\n}\n',
    '---json\n{"title": "Lamp: lit",\n"tags": ["a", "b"],\n"draft": false}\n---\n',
    ';;;\n"title": "Lamp: lit",\n"tags": ["a", "b"],\n"draft": false\n;;;\n',
    '---js\n{title: "Lamp: lit",\ntags: ["a", \'b\'],\ndraft: false}\n---\n',
    '---js\nconst title = "Lamp: lit";\nexport const tags = ["a", "b"];\nlet draft = false;\n---\n',
]


@pytest.mark.parametrize("head", FORMS)
def test_forms(head: str) -> None:
    found = split_front_matter(f"{head}Text.\n")
    assert (found.fields, found.body, found.warnings) == (EXPECTED, "Text.\n", [])
    assert found.body_line == head.count("\n") + 1


def test_headers_without_fences() -> None:
    people = "Authors: Quill, Nora; Hale, Tom"
    text = f"Title: Lamp: lit\nDate: 2026-11-20 16:45\nTags: a, b\n{people}\nSummary: one\n   two\n\nText."
    found = split_front_matter(text)
    assert found.fields == {
        "title": "Lamp: lit",
        "date": "2026-11-20 16:45",
        "tags": ["a", "b"],
        "authors": ["Quill, Nora", "Hale, Tom"],
        "summary": "one two",
    }
    assert (found.body, found.body_line, found.lines["summary"]) == ("Text.", 8, 5)


@pytest.mark.parametrize(
    "text",
    [
        "Text: with a colon.\n\nMore.",
        "Title: a\nand a second line.\n\nMore.",
        "---\n\nA rule above.\n",
        "---\nText below a rule.",
        "{{< a >}}\n",
        "{ braces } in the text",
        "{: .class}\nText",
        "",
        "\n",
    ],
)
def test_what_is_no_front_matter(text: str) -> None:
    found = split_front_matter(text)
    assert (found.fields, found.body) == ({}, text)


def test_headers_by_choice() -> None:
    assert split_front_matter("Slug: a\n\nText", headers=True).fields == {"slug": "a"}
    assert split_front_matter("Title: a\n\nText", headers=False).fields == {}


REPAIRS = [
    ("title: Ferries: the new times", "Ferries: the new times"),
    ("title: 'It' is 'so'", "It' is 'so"),
    ('title: "Lamp" is lit', '"Lamp" is lit'),
    ("title: @nora writes", "@nora writes"),
    ("title: 100% wool", "100% wool"),
    ("title: % of all", "% of all"),
    ("title: `code` first", "`code` first"),
    ("title: *Bold* words", "*Bold* words"),
    ("title: [Notice] Ferries", "[Notice] Ferries"),
    ("title: {a} b", "{a} b"),
]


@pytest.mark.parametrize(("line", "title"), REPAIRS)
def test_a_broken_line_is_read_as_it_was_meant(line: str, title: str) -> None:
    found = read_yaml(f"tags: [a]\n{line}\ndraft: true\n", 2)
    assert found.fields["tags"] == ["a"]
    assert found.fields["draft"] is True
    assert found.fields["title"].strip("'\"`") == title.strip("'\"`")
    assert [line for _, line in found.warnings] == ([3] if found.warnings else [])
    assert found.warnings or title == "100% wool"


def test_repairs_in_lists_tabs_and_several_lines() -> None:
    found = read_yaml("tags:\n  - a: b: c\n  - @d\ntitle: A: B\n")
    assert found.fields == {"tags": ["a: b: c", "@d"], "title": "A: B"} or found.fields["title"] == "A: B"
    assert len(found.warnings) == 3
    found = read_yaml("author:\n\tname: Nora\n\turl: x\n")
    assert found.fields == {"author": {"name": "Nora", "url": "x"}}
    assert found.warnings == [("tabs indent this line; YAML wants spaces", 2)]


def test_a_field_that_is_there_twice() -> None:
    found = read_yaml("title: A\ntitle: B\n", 2)
    assert found.fields == {"title": "B"}
    assert found.warnings == [("the field 'title' is there twice; the last one counts", 3)]


@pytest.mark.parametrize(
    "text", ["a: [b", "a: 'b", "- a", "a: !!python/name:os.system x", "a: *b", "a: |\nb"]
)
def test_what_cannot_be_repaired(text: str) -> None:
    with pytest.raises(FrontMatterError):
        read_yaml(text)


# What no front matter may cost

BOMBS = [
    "x0: &x0 [y]\n" + "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 30)),
    "x: &x {a: *x}",
    "a: " + "[" * 20_000,
    "a: " + "{a: " * 20_000,
    "- " * 20_000,
    "\n".join(" " * n + "a:" for n in range(300)),
    "a: " + "[" * 150 + "]" * 150,
    "? " * 20_000,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_yaml_that_would_take_memory_or_stack(bomb: str) -> None:
    with pytest.raises(FrontMatterError):
        split_front_matter(f"---\ntitle: A\n{bomb}\n---\n")


@pytest.mark.parametrize(
    "head",
    [
        "+++\n" + ".".join(["a"] * 20_000) + " = 1\n+++\n",
        "+++\n[" + ".".join(["a"] * 20_000) + "]\n+++\n",
        "+++\na = " + "[" * 40_000 + "\n+++\n",
        "+++\na = " + "{a = " * 10_000 + "\n+++\n",
        "---json\n" + '{"a":' * 15_000 + "\n---\n",
        '{"a":' * 15_000,
        "---\ntitle: " + "a" * (MAX_CHARACTERS + 1) + "\n---\n",
        ";;;\n" + "9" * 50_000 + "\n;;;\n",
    ],
    ids=range(8),
)
def test_front_matter_that_would_take_memory_or_stack(head: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FrontMatterError):
        split_front_matter(head)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_number_beyond_what_python_reads_costs_the_record_only() -> None:
    with pytest.raises(FrontMatterError):
        read_yaml("n: " + "1" * 5000)


# Compared with PyYAML

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
    st.sampled_from(
        ["yes", "No", "~", "1_000", "0x1f", "010", "1:30", "1e3", ".5", "2026-11-20", "=", "<<", "null"]
    ),
)
NAMES = st.text("abcxyz", min_size=1)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcxyz", min_size=1), VALUES, max_size=5), st.booleans())
def test_values_are_those_of_pyyaml(fields: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(fields, allow_unicode=True, default_flow_style=flow)
    found = read_yaml(text)
    assert found.fields == fields
    assert found.warnings == []


PIECES = [
    *("a: ", "b: ", "- ", "\n", "\n  ", "x", "1", "yes", "010", "1_0", "0x1", "1.5", "null", "~", "'", '"'),
    *("[", "]"),
    *("{", "}", ", ", ": ", "#", " #", "&a ", "*a", "!!str ", "!!int ", "|", "\n    ", "<<: ", "? "),
    *("2026-11-20", "é"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_native_and_plain_loaders_agree(text: str) -> None:
    native, plain = fields_of(text), fields_of(text, loader=PlainLoader)
    if native is not None and plain is not None:
        assert json.dumps(native, default=str) == json.dumps(plain, default=str)


def fields_of(text: str, **loader: Any) -> dict[str, Any] | None:
    try:
        return read_yaml(text, **loader).fields
    except FrontMatterError:
        return None


@given(
    st.lists(st.sampled_from([*PIECES, "---\n", "+++\n", ";;;\n", "{", "Title: ", "= "]), max_size=20).map(
        "".join
    )
)
def test_nothing_is_lost_and_nothing_crashes(text: str) -> None:
    try:
        found = split_front_matter(text)
    except FrontMatterError as error:
        assert error.line is None or 1 <= error.line <= text.count("\n") + 2
        return
    assert text.endswith(found.body)
    assert text.count("\n") + 1 >= found.body_line
    assert text.split("\n")[found.body_line - 1 :] == found.body.split("\n") or not found.body
    assert all(1 <= line <= text.count("\n") + 1 for line in found.lines.values())
