"""Files and Python functions as sources: every kind, and broken records."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers_site import write
from syndicate import Article, ConfigError, ExternalError, Problem
from syndicate.errors import Where
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.file_source import FileSource
from syndicate.sources.files import Files
from syndicate.sources.json_and_csv import read_csv, read_json, read_json_lines
from syndicate.sources.limited_source import LimitedSource
from syndicate.sources.markdown import read_markdown
from syndicate.sources.python_function import PythonSource, find_function
from syndicate.sources.source import RawRecord, Source
from syndicate.sources.streamed_files import StreamedFileSource


def files(folder: Path, *patterns: str, largest: int = 1_000_000) -> Files:
    return Files(folder, patterns or ("*",), largest)


def records(source: Source) -> list[RawRecord]:
    found = list(source.read())
    assert all(isinstance(each, RawRecord) for each in found), found
    return found


def fields(source: Source) -> list[dict[str, object]]:
    return [dict(each.fields) for each in records(source)]


def parted(source: Source) -> tuple[list[RawRecord], list[Problem]]:
    found = list(source.read())
    return [each for each in found if isinstance(each, RawRecord)], [
        each for each in found if isinstance(each, Problem)
    ]


def one_problem(source: Source) -> Problem:
    taken, problems = parted(source)
    assert taken == []
    assert len(problems) == 1
    assert problems[0].hint
    return problems[0]


# Which files


def test_files_by_pattern(tmp_path: Path) -> None:
    names = ["a.md", "b.txt", "sub/c.md", "sub/deep/d.md", ".hidden.md", ".git/e.md", "sub/index.md"]
    write(tmp_path, dict.fromkeys(names, "x"))

    def found(*patterns: str) -> list[str]:
        return [each.key for each in files(tmp_path, *patterns).read() if not isinstance(each, Problem)]

    assert found("*.md") == ["a.md"]
    assert found("**/*.md") == ["a.md", "sub/c.md", "sub/deep/d.md", "sub/index.md"]
    assert found("sub/*.md") == ["c.md", "index.md"]
    assert found("sub/**") == ["c.md", "deep/d.md", "index.md"]
    assert found("[ab].*") == ["a.md", "b.txt"]
    assert found("[!a].*") == ["b.txt"]
    assert found("?.md", "*.md", "b.txt") == ["a.md", "b.txt"]
    assert found("a.md") == ["a.md"]


@pytest.mark.parametrize(("pattern", "message"), [("no/*.md", "no such folder"), ("no.md", "no such file")])
def test_a_place_that_is_not_there(tmp_path: Path, pattern: str, message: str) -> None:
    with pytest.raises(ExternalError, match=message) as raised:
        list(files(tmp_path, pattern).read())
    assert "source.path" in (raised.value.hint or "")


def test_a_file_name_that_is_not_utf8_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"good.md": "words"})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("words")
    problem, good = files(tmp_path).read()
    assert isinstance(problem, Problem)
    assert (problem.message, problem.hint) == ("the file's name is not UTF-8", "rename it")
    assert problem.file == str(tmp_path / r"caf\xe9.md")
    assert not isinstance(good, Problem)


def test_unreadable_files_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.md": b"\x89PNG\r\n\x1a\n\x00\x00",
            "b.md": b"line\n" + b"caf\xe9\n",
            "c.md": "x" * 2_000_000,
            "d.md": "\ufeffgood\r\nfile",
        },
    )
    found = list(files(tmp_path).read())
    assert [str(each)[len(str(tmp_path)) + 1 :] for each in found[:3]] == [
        "a.md: the file is binary, not text (move it away, or narrow source.path)",
        "b.md:2: the file is not UTF-8: byte 0xe9 (save it as UTF-8)",
        "c.md: the file has 2 MB; the limit is 1 (raise max_size of the source if this is an article)",
    ]
    assert not isinstance(found[3], Problem)
    assert found[3].text == "good\nfile"


def test_a_broken_symbolic_link_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("gone.md")
    (problem,) = files(tmp_path).read()
    assert isinstance(problem, Problem)
    assert "No such file" in problem.message


# JSON


@pytest.mark.parametrize(
    "document",
    [
        [{"title": "a"}, {"title": "b"}],
        {"items": [{"title": "a"}, {"title": "b"}], "version": "https://jsonfeed.org/version/1.1"},
        {"articles": [{"title": "a"}, {"title": "b"}]},
    ],
)
def test_json_lists(tmp_path: Path, document: object) -> None:
    write(tmp_path, {"a.json": "\ufeff" + json.dumps(document)})
    assert fields(StreamedFileSource("s", files(tmp_path), read_json)) == [{"title": "a"}, {"title": "b"}]


def test_one_json_record_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": '{"title": "a", "id": 7}', "b.json": '{"title": "b"}'})
    found = records(StreamedFileSource("s", files(tmp_path), read_json))
    assert [each.fields["title"] for each in found] == ["a", "b"]
    assert found[0].where == Where(file=str(tmp_path / "a.json"), id="7")


def test_a_json_feed_becomes_the_articles_it_was_made_of(tmp_path: Path) -> None:
    golden = Path(__file__).parent / "golden" / "feeds" / "main.json"
    source = StreamedFileSource("s", Files(golden.parent, (golden.name,)), read_json)
    mapping = RecordMapping(base="https://harbour.example/")
    articles = [to_article(raw, mapping)[0] for raw in records(source)]
    first, second, *_ = (each.article for each in articles if each)
    assert first.title == "Ferry <Anna> & the 9:30: late?"
    assert [tag.term for tag in first.tags] == ["News", "boats", "R&D"]
    assert [author.label for author in first.authors] == ["Ann Lee", "Bo Ek"]
    assert first.published is not None
    assert first.published.isoformat() == "2026-04-03T08:30:00+01:00"
    assert [(file.media_type, file.length, file.duration) for file in second.attachments] == [
        ("audio/mpeg", 123456, 61.5),
        ("audio/ogg", None, None),
        ("text/vtt", 99, 60.0),
    ]
    assert second.id == "tag:harbour.example,2026:podcast-7"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('[{"title": "a"},\n {"title": }]', "broken JSON at column 12", 2),
        ('[{"title": "a"},\n {"title": "c"}', "broken JSON at column 16", 2),
        ('[{"title": "a"}] {}', "more after the end", 1),
        ('{"items": [{"title": "a"}, ', "the document ends here", 1),
        ("", "broken JSON at column 1", 1),
        ('"text"', "neither a list of records", None),
        ("[" * 100_000, "nested too deeply", 1),
        ('[{"title": ' + "1" * 5000 + "}]", "Exceeds the limit", 1),
    ],
)
def test_broken_json(tmp_path: Path, text: str, message: str, line: int | None) -> None:
    write(tmp_path, {"a.json": text, "b.json": '{"title": "b"}'})
    taken, (problem,) = parted(StreamedFileSource("s", files(tmp_path), read_json))
    # The document is read record by record: those before the fault are complete.
    before = text.count('"}')
    assert [each.fields["title"] for each in taken] == [*["a", "c"][:before], "b"]
    assert message in problem.message
    assert (problem.file, problem.line) == (str(tmp_path / "a.json"), line)
    assert problem.severity == "error", "nothing is withdrawn"
    assert problem.hint


def test_list_entries_that_are_not_records_are_reported(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": '[{"title": "a"}, "b", null, 7]'})
    taken, problems = parted(StreamedFileSource("s", files(tmp_path), read_json))
    assert len(taken) == 1
    assert [each.message for each in problems] == [
        'this is not a record: "b"',
        "this is not a record: null",
        "this is not a record: 7",
    ]
    assert [each.id for each in problems] == ["#2", "#3", "#4"]


# JSON Lines


def test_json_lines(tmp_path: Path) -> None:
    text = '{"title": "a\u2028b\u2029c\x85d"}\r\n\n   \n{"title": "e"}'
    write(tmp_path, {"a.jsonl": text})
    found = records(StreamedFileSource("s", files(tmp_path), read_json_lines))
    assert [each.fields["title"] for each in found] == ["a\u2028b\u2029c\x85d", "e"]
    assert [each.where.line for each in found] == [1, 4]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"title": "b"', "broken JSON at column 14"),
        ('{"title": "b"} {"title": "c"}', "broken JSON at column 16"),
        ("[1, 2]", "this is not a record: [1, 2]"),
        ("[" * 100_000, "nested too deeply"),
        ('{"n": ' + "1" * 5000 + "}", "Exceeds the limit"),
        ("\x00", "broken JSON"),
    ],
)
def test_one_broken_line_loses_one_record(tmp_path: Path, line: str, message: str) -> None:
    # Far enough down for the look at the first bytes not to take the file for a binary one.
    start = '{"title": "a"}\n' * 600
    write(tmp_path, {"a.jsonl": f'{start}{line}\n{{"title": "c"}}\n'})
    taken, (problem,) = parted(StreamedFileSource("s", files(tmp_path), read_json_lines))
    assert [each.fields["title"] for each in taken] == ["a"] * 600 + ["c"]
    assert message in problem.message
    assert problem.line == 601
    assert problem.hint


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiters_and_quotes(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["title", "summary", "tags"],
        [f'"a{delimiter} ""b"""', '"two\nlines"', "x"],
        ["c", "", "y"],
    ]
    write(tmp_path, {"a.csv": "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"})
    found = records(StreamedFileSource("s", files(tmp_path), read_csv))
    assert [dict(each.fields) for each in found] == [
        {"title": f'a{delimiter} "b"', "summary": "two\nlines", "tags": "x"},
        {"title": "c", "tags": "y"},
    ]
    assert [each.where.line for each in found] == [2, 4]


def test_a_csv_row_with_more_fields_than_the_header_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {"a.csv": "title,summary\na,b\nc,d,e,f\ng\n"})
    taken, (problem,) = parted(StreamedFileSource("s", files(tmp_path), read_csv))
    assert [each.fields["title"] for each in taken] == ["a", "g"]
    assert (problem.line, problem.message) == (3, "the row has 2 more fields than the header")
    assert "','" in (problem.hint or "")


def test_an_open_csv_quote_is_reported_and_the_rows_before_it_are_taken(tmp_path: Path) -> None:
    write(tmp_path, {"a.csv": 'title,summary\na,b\nc,"d\ne,f\n', "b.csv": "title\ng\n"})
    taken, (problem,) = parted(StreamedFileSource("s", files(tmp_path), read_csv))
    assert [each.fields["title"] for each in taken] == ["a", "g"]
    assert (problem.file, problem.line) == (str(tmp_path / "a.csv"), 3)
    assert "quotation mark" in (problem.hint or "")


@pytest.mark.parametrize("text", ["", "title\n", "\n"])
def test_a_csv_without_rows_has_no_records(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a.csv": text})
    assert records(StreamedFileSource("s", files(tmp_path), read_csv)) == []


def test_a_csv_line_is_right_after_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, {"a.csv": "title\na\n\n\nb\n"})
    assert [each.where.line for each in records(StreamedFileSource("s", files(tmp_path), read_csv))] == [2, 5]


# Markdown


def markdown(tmp_path: Path, text: str | bytes, name: str = "a.md") -> Source:
    write(tmp_path, {name: text})
    return FileSource("s", files(tmp_path), read_markdown)


YAML = "---\ntitle: 'A: b'\ndate: 2026-04-03\ntags: [x, y]\n---\nText *here*.\n"
TOML = '+++\ntitle = "A: b"\ndate = "2026-04-03"\ntags = ["x", "y"]\n+++\nText *here*.\n'


WITH_SPACES = YAML.replace("---\n", "---  \n")


@pytest.mark.parametrize("text", [YAML, TOML, YAML.replace("\n", "\r\n"), "\ufeff" + YAML, WITH_SPACES])
def test_markdown_front_matter(tmp_path: Path, text: str) -> None:
    (raw,) = records(markdown(tmp_path, text))
    assert dict(raw.fields) == {
        "title": "A: b",
        "date": "2026-04-03",
        "tags": ["x", "y"],
        "content_html": "<p>Text <em>here</em>.</p>\n",
        "content_markdown": "Text *here*.\n",
    }
    assert (raw.key, dict(raw.lines)) == ("a.md", {"title": 2, "date": 3, "tags": 4})


def test_toml_has_dates_of_its_own(tmp_path: Path) -> None:
    (raw,) = records(markdown(tmp_path, '+++\ntitle = "A"\ndate = 2026-04-03T08:30:00Z\n+++\n'))
    incoming, _ = to_article(raw, RecordMapping())
    assert incoming
    assert incoming.article.published is not None
    assert incoming.article.published.isoformat() == "2026-04-03T08:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "title", "html"),
    [
        ("# The *first* heading #\n\nText.", "The first heading", "<p>Text.</p>\n"),
        ("---\ntitle: Same\n---\n# Same\nText.", "Same", "<p>Text.</p>\n"),
        ("---\ntitle: One\n---\n# Two\nText.", "One", "<h1>Two</h1>\n<p>Text.</p>\n"),
        ("---\n---\n# One", "One", ""),
        ("---\ntitle: 2026-04-03\n---\n", "2026-04-03", ""),
        ("---\ntitle: 7\n---\n", "7", ""),
        ("---\ntitle: T\n---\n\n| a |\n|---|\n| b |\n", "T", "<table>"),
        ("---\ntitle: T\n---\n---\n", "T", "<hr>"),
    ],
)
def test_markdown_titles_and_bodies(tmp_path: Path, text: str, title: str, html: str) -> None:
    (raw,) = records(markdown(tmp_path, text))
    incoming, problems = to_article(raw, RecordMapping())
    assert incoming, problems
    assert incoming.article.title == title
    assert (raw.fields["content_html"].startswith(html) if html else raw.fields["content_html"] == "") or (
        html in incoming.article.content_html
    )


def test_markdown_without_a_title_is_an_article(tmp_path: Path) -> None:
    (raw,) = records(markdown(tmp_path, "Only text."))
    incoming, problems = to_article(raw, RecordMapping())
    assert incoming
    assert not problems
    assert (incoming.article.title, incoming.article.summary) == ("", "Only text.")


@pytest.mark.parametrize("text", ["", "---\ntags: [a]\n---\n", "***\n", "<!-- nothing -->\n"])
def test_markdown_with_nothing_to_show_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    (raw,) = records(markdown(tmp_path, text))
    incoming, (problem,) = to_article(raw, RecordMapping())
    assert incoming is None
    assert problem.file == str(tmp_path / "a.md")
    assert "no title" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\ntitle: A\n b: c: d\n---\n", 3, "mapping values are not allowed in this context"),
        ("---\ntitle: A\ntags: [x\n---\n", 3, "expected ',' or ']'"),
        ("---\ntitle: 'A\n---\n", 2, ""),
        ("---\ntitle: A\n", 1, "a line '---' must end it"),
        ("---\n- a\n- b\n---\n", 1, "it has no fields"),
        ("---\ntitle: !!python/object:os.system x\n---\n", 2, "could not determine a constructor"),
        ("---\ntitle: *x\n---\n", 2, "found undefined alias"),
        ("---\ntitle: \x01\n---\n", None, "unacceptable character"),
        ('+++\ntitle = "A"\ndate = 2026-13-01\n+++\n', 3, ""),
        ("+++\ntitle = A\n+++\n", 2, "Invalid value"),
        (f"+++\nn = {'1' * 5000}\n+++\n", None, "Exceeds the limit"),
        (f"---\nn: {'1' * 5000}\n---\n", None, "Exceeds the limit"),
        ("---\na: " + "[" * 5000 + "\n---\n", None, ""),
    ],
)
def test_broken_front_matter(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    problem = one_problem(markdown(tmp_path, text))
    assert problem.file == str(tmp_path / "a.md")
    assert problem.message.startswith("the front matter is broken: ")
    assert message in problem.message
    assert line is None or problem.line == line


@pytest.mark.parametrize("wrong", ["2026-02-31", "2026-13-45", "soon", "03/04/2026"])
def test_a_wrong_date_is_reported_with_its_line(tmp_path: Path, wrong: str) -> None:
    (raw,) = records(markdown(tmp_path, f"---\ntitle: A\ndate: {wrong}\n---\n"))
    incoming, (problem,) = to_article(raw, RecordMapping())
    assert incoming is None
    assert (problem.file, problem.line, problem.field) == (str(tmp_path / "a.md"), 3, "date")
    assert wrong in problem.message


def test_an_endless_front_matter_costs_one_record(tmp_path: Path) -> None:
    bomb = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 30))
    for text in (f"---\ntitle: A\nx0: &x0 [y]\n{bomb}\n---\n", "---\ntitle: A\nx: &x [*x]\n---\n"):
        problem = one_problem(markdown(tmp_path, text))
        assert problem.severity == "error"
        assert "100,000 values" in problem.message or "alias" in problem.message


def test_mdx_module_lines_go(tmp_path: Path) -> None:
    imports = "import { Chart } from '../a'\nimport 'b'\nexport const c = 1\n"
    text = f"---\ntitle: T\n---\n{imports}\nWe import fish.\n\n<Chart />\n"
    (raw,), (note,) = parted(markdown(tmp_path, text, "a.mdx"))
    assert (note.severity, note.line) == ("note", 10)
    assert "<Chart />" in note.message
    incoming, _ = to_article(raw, RecordMapping())
    assert incoming
    assert incoming.article.content_html == "<p>We import fish.</p>"
    (raw,) = records(markdown(tmp_path / "md", "---\ntitle: T\n---\nimport 'b'\n"))
    assert "import" in raw.fields["content_html"]


@pytest.mark.parametrize(
    ("name", "path", "slug"),
    [
        ("a.md", "a", "a"),
        ("2026/ferry.md", "2026/ferry", "ferry"),
        ("2026/ferry/index.md", "2026/ferry", "ferry"),
        ("2026/ferry/index.pt-br.md", "2026/ferry/index.pt-br", "ferry"),
        ("2026/ferry/README.md", "2026/ferry/README", "ferry"),
        ("2026/_index.md", "2026/_index", "2026"),
        ("index.md", ".", "index"),
        ("2026/2026-11-03-ferry.md", "2026/2026-11-03-ferry", "2026-11-03-ferry"),
    ],
)
def test_paths_for_link_templates(tmp_path: Path, name: str, path: str, slug: str) -> None:
    write(tmp_path, {name: YAML})
    (raw,) = records(FileSource("s", files(tmp_path, "**/*.md"), read_markdown))
    assert (raw.computed["path"], raw.computed["slug"], raw.key) == (path, slug, name)


# Python


def test_an_iterable_of_mappings_and_articles() -> None:
    article = Article(id="urn:x:1", title="A")
    source = PythonSource("s", [{"title": "b"}, article])
    assert fields(source) == [{"title": "b"}, {"id": "urn:x:1", "title": "A"}]
    assert not source.complete


def test_a_callable_is_called_at_every_read() -> None:
    def pull() -> Iterator[dict[str, str]]:
        yield {"title": "a"}

    source = PythonSource("s", pull)
    assert fields(source) == fields(source) == [{"title": "a"}]


def test_values_that_are_not_records_are_reported() -> None:
    taken, (problem,) = parted(PythonSource("s", [{"title": "a"}, 7, {"title": "b"}]))
    assert len(taken) == 2
    assert problem.field == "s[2]"
    assert problem.message == "this is not a record but int"


def test_a_function_that_raises_gives_the_records_before() -> None:
    def pull() -> Iterator[dict[str, str]]:
        yield {"title": "a"}
        yield {"title": "b"}
        raise KeyError("gone")

    reading = PythonSource("s", pull).read()
    assert [next(reading), next(reading)]
    with pytest.raises(ExternalError, match="raised KeyError after 2 records: 'gone'") as raised:
        next(reading)
    assert raised.value.where.file == __file__
    assert raised.value.where.line


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Path]:
    yield write(
        tmp_path,
        {
            "syndicate_test_pull.py": "records = 7\ndef pull():\n    return [{'title': 'a'}]\n",
            "syndicate_test_broken.py": "def pull(:\n",
            "syndicate_test_raises.py": "1 / 0\n",
        },
    )
    sys.path.remove(str(tmp_path.resolve()))
    for name in ("pull", "broken", "raises"):
        sys.modules.pop(f"syndicate_test_{name}", None)


def test_a_function_by_name(module: Path) -> None:
    assert list(find_function("syndicate_test_pull:pull", module)()) == [{"title": "a"}]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("syndicate_test_pull:nothing", "nothing"),
        ("syndicate_test_pull:records", "not a function"),
        ("syndicate_test_pull", "no function"),
        ("syndicate_test_absent:pull", "No module named"),
        ("syndicate_test_broken:pull", "SyntaxError"),
        ("syndicate_test_raises:pull", "ZeroDivisionError"),
        (":pull", ""),
        ("..:pull", ""),
    ],
)
def test_a_function_that_is_not_there(module: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        find_function(name, module)
    assert message in raised.value.message
    assert name in raised.value.message
    assert raised.value.where.field == "source.function"


# Limits


class Endless:
    """A source without an end."""

    name = "s"
    complete = True

    def read(self) -> Iterator[RawRecord | Problem]:
        yield Problem(message="a note", severity="note")
        for number in itertools.count():
            yield RawRecord({"title": str(number)}, Where())


def test_a_source_ends_after_a_number_of_records() -> None:
    limited = LimitedSource(Endless(), 3)
    taken, (note, problem) = parted(limited)
    assert [each.fields["title"] for each in taken] == ["0", "1", "2"]
    assert (note.severity, problem.severity) == ("note", "error")
    assert "more than 3 records" in problem.message
    assert (limited.name, limited.complete) == ("s", True)


def test_a_source_ends_after_a_time() -> None:
    taken, (_, problem) = parted(LimitedSource(Endless(), 10**9, 0.05))
    assert taken
    assert "more than 0.05 seconds" in problem.message
    assert problem.severity == "error"


def test_a_source_within_its_limits_ends_by_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": '[{"title": "a"}, {"title": "b"}]'})
    source = StreamedFileSource("s", files(tmp_path), read_json)
    assert len(records(LimitedSource(source, 2, 1000))) == 2


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_a_line_that_is_not_utf_8_costs_that_record(tmp_path: Path, kind: str) -> None:
    parse = {"json": read_json, "jsonl": read_json_lines, "csv": read_csv}[kind]
    lines = {
        "json": [b'[{"title": "a"},', b'{"title": "\xff"},', b'{"title": "c"}]'],
        "jsonl": [b'{"title": "a"}', b'{"title": "\xff"}', b'{"title": "c"}'],
        "csv": [b"title", b"a", b"\xff", b"c"],
    }[kind]
    write(tmp_path, {f"a.{kind}": b"\n".join(lines)})
    taken, (problem,) = parted(StreamedFileSource("s", files(tmp_path), parse))
    assert [each.fields["title"] for each in taken] == ["a", "c"]
    assert "not UTF-8: byte 0xff" in problem.message
    assert problem.line == {"json": 2, "jsonl": 2, "csv": 3}[kind]


@pytest.mark.parametrize(
    ("kind", "parse"), [("json", read_json), ("jsonl", read_json_lines), ("csv", read_csv)]
)
def test_a_record_has_a_size_limit(tmp_path: Path, kind: str, parse: Any) -> None:
    long = "x" * 500_000
    text = {
        "json": f'[{{"title": "a"}}, {{"title": "{long}"}}]',
        "jsonl": f'{{"title": "a"}}\n{{"title": "{long}"}}\n{{"title": "c"}}',
        "csv": f'title\na\n"{long}\n{long}\n{long}',
    }[kind]
    write(tmp_path, {f"a.{kind}": text})
    source = StreamedFileSource("s", files(tmp_path), lambda file: parse(file, 100_000))
    taken, (problem,) = parted(source)
    assert [each.fields["title"] for each in taken] == (["a", "c"] if kind == "jsonl" else ["a"])
    assert "more than 0.1 million characters" in problem.message


def test_the_list_of_records_is_the_first_by_name_not_by_place(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": '{"posts": [{"title": "b"}], "n": 1, "items": [{"title": "a"}]}'})
    assert fields(StreamedFileSource("s", files(tmp_path), read_json)) == [{"title": "a"}]


def test_a_record_with_lists_is_one_record(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": '{"title": "a", "tags": ["b", "c"], "authors": []}', "b.json": "{}"})
    found = fields(StreamedFileSource("s", files(tmp_path), read_json))
    assert found == [{"title": "a", "tags": ["b", "c"], "authors": []}, {}]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_a_large_file_is_not_held_in_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"large.{kind}"
    words = "words " * 5_000
    with path.open("w", encoding="utf-8") as out:
        out.write({"json": '{"items": [', "jsonl": "", "csv": "title,content_html\n"}[kind])
        for number in range(1500):
            if kind == "csv":
                out.write(f'{number},"<p>{words}</p>"\n')
            else:
                separator = "," if kind == "json" and number else ""
                out.write(f'{separator}{{"title": "{number}", "content_html": "<p>{words}</p>"}}\n')
        out.write("]}" if kind == "json" else "")
    assert path.stat().st_size > 45_000_000
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from syndicate.sources import json_and_csv\n"
        "from syndicate.sources.streamed_files import StreamedFile\n"
        "parse = getattr(json_and_csv, sys.argv[2])\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); count = sum(1 for _ in parse(StreamedFile(Path(sys.argv[1]), 'k')))\n"
        "print(count, peak() - before)"
    )
    parse = {"json": "read_json", "jsonl": "read_json_lines", "csv": "read_csv"}[kind]
    done = subprocess.run(
        [sys.executable, "-c", program, path, parse], capture_output=True, text=True, check=True, timeout=120
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == 1500
    assert kilobytes < 15_000
