"""Lists of the command line: lines with tabs in a pipe, tables on a terminal that is wide enough."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from helpers_site import MAIN, WEEKLY, cli, configured, source, write
from helpers_terminal import run_in_terminal

LONG = "a.reader.with-a-rather-long-address+harbour@mail.department.university.example"
NAMES = {
    "ada@reader.example": "Ada Quay",
    LONG: "Somebody With A Long Name",
    "山田@例え.example": "山田 太郎 " * 8,
    "bob@reader.example": "Bob\x1b[31m \x07red\x9b",
}
COLUMNS = ["address", "name", "state", "language", "time zone", "newsletters", "tags"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    posts = "".join(
        f'{{"id": "{number}", "title": "{"A long title " * 12}{number}", "link": "https://h.example/{number}"}}\n'
        for number in (1, 2)
    )
    write(tmp_path, {"posts.jsonl": posts})
    schedule = 'schedule = "0 7 * * mon"\nlimit = 1\nsubject = "{{ articles[0].title }}"\n'
    other = WEEKLY.replace('"weekly"', '"weekly-letter-of-the-harbour"')
    configured(tmp_path, source(), MAIN, WEEKLY + schedule, other)
    assert cli(tmp_path, "ingest").returncode == 0
    for address, name in NAMES.items():
        options = ("--name", name, "--language", "en", "--timezone", "Europe/London")
        assert cli(tmp_path, "subscribers", "add", address, *options).returncode == 0
    assert cli(tmp_path, "compose", "weekly").returncode == 0
    return tmp_path


def display_width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize("more", [{}, {"COLUMNS": "20"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_in_a_pipe_each_row_is_a_line_of_whole_values(site: Path, more: dict[str, str]) -> None:
    done = cli(site, "subscribers", "list", **more)
    assert "\x1b" not in done.stdout
    head, *found = rows(done.stdout)
    assert head == COLUMNS
    assert {len(row) for row in found} == {len(COLUMNS)}
    assert {row[0] for row in found} == {*NAMES}
    assert {row[2] for row in found} == {"confirmed"}
    assert {row[5] for row in found} == {"weekly weekly-letter-of-the-harbour"}
    names = {row[0]: row[1] for row in found}
    assert names["bob@reader.example"] == "Bob [31m red"
    assert names["山田@例え.example"] == NAMES["山田@例え.example"].strip()


def test_every_list_is_whole_lines_in_a_pipe(site: Path) -> None:
    head, *slots = rows(cli(site, "next", "-n", "3", COLUMNS="30").stdout)
    assert head == ["when", "schedule", "note"]
    assert [len(row) for row in slots] == [3, 3, 3]
    lines = cli(site, "status", COLUMNS="30").stdout.split("\n\n")
    assert rows(lines[1])[0] == ["schedule", "next (UTC)", "last slot (UTC)"]
    _, (edition, subject, deliveries) = rows(lines[2])
    assert (edition, deliveries) == ("weekly-1", "not sent")
    assert subject.startswith("A long title A long title")
    audience = cli(site, "send", "weekly", "--dry-run", COLUMNS="30").stdout.splitlines()
    assert audience[1:] == ["4 would be sent by maildir:outbox; 0 already have it", *sorted(NAMES)]


@pytest.mark.parametrize("columns", [20, 40, 80, 120, 400])
def test_on_a_terminal_nothing_is_cut(site: Path, columns: int) -> None:
    code, shown = run_in_terminal(site, "subscribers", "list", columns=columns)
    assert code == 0
    head, *lines = shown.splitlines()
    assert all(column in head for column in COLUMNS)
    assert len(lines) == len(NAMES)
    for address, line in zip(sorted(NAMES), lines, strict=True):
        assert line.startswith(address)
        assert "confirmed" in line
        assert "…" not in line
    if columns == 400:
        assert "\t" not in shown
        assert len({line.index("confirmed") + display_width(line) - len(line) for line in lines[:3]}) == 1
        assert "\x1b[" in head


def test_no_color_means_no_escape_sequences_in_a_table(site: Path) -> None:
    assert "\x1b[" not in run_in_terminal(site, "subscribers", "list", columns=400, NO_COLOR="1")[1]
