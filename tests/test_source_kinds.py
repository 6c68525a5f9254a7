"""Kinds of sources: each has its own settings, and a package can register another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers_site import SITE, cli, configured, opened, write
from helpers_store import store_of, utc_now
from syndicate import ConfigError
from syndicate.config import load, schema
from syndicate.preview.watch_paths import WatchPaths
from syndicate.sources import Files, SourceSettings
from syndicate.sources.registry import kinds, settings_class

# A tide table: one line per tide, `2026-04-01 06:12 high Quay`. It remembers how many lines it has read.
TIDE_TABLES = '''
from pathlib import Path
from typing import Literal

from pydantic import Field

from syndicate.errors import Where, ExternalError
from syndicate.model import Problem
from syndicate.sources import Files, RawRecord, SourceSettings, Unchanged


class TideTableSettings(SourceSettings):
    """`kind = "tides"`: a tide table."""

    kind: Literal["tides"]
    table: str = Field(description="for tides: the file")
    harbour: str = "Quay"

    def open(self, environment):
        return TideTable(self.name, environment.base / self.table, self.harbour, environment.state)

    def watched_files(self, base):
        return Files(base, [self.table])


class TideTable:
    complete = True

    def __init__(self, name, path, harbour, state):
        self.name = name
        self.path = path
        self.harbour = harbour
        self.state = state

    def read(self):
        if not self.path.exists():
            raise ExternalError("there is no tide table", where=Where(file=str(self.path)))
        known = int(self.state.recall("tides") or 0)
        lines = self.path.read_text().splitlines()
        for number, line in enumerate(lines, 1):
            where = Where(file=str(self.path), line=number)
            if number <= known:
                yield Unchanged(str(number))
            elif len(line.split()) < 3:
                yield Problem.at(where, "this is not a tide", hint="write date, time, high or low")
            else:
                day, time, tide = line.split()
                fields = {"title": f"{tide} at {self.harbour}", "date": f"{day} {time}"}
                yield RawRecord(fields, where, str(number))
        self.state.remember("tides", str(len(lines)))
'''

TIDES = '\n[[source]]\nname = "tides"\nkind = "tides"\ntable = "tides.txt"\n'


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of an installed package that registers the kind `tides`, and broken kinds."""
    package = write(
        tmp_path / "site-packages",
        {
            "tide_tables.py": TIDE_TABLES,
            "tide_tables-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tide-tables\nVersion: 1.0\n",
            "tide_tables-1.0.dist-info/entry_points.txt": "[syndicate.sources]\n"
            "tides = tide_tables:TideTableSettings\n"
            "absent = no_such_module:Settings\n"
            "other = tide_tables:TideTable\n"
            "json = tide_tables:TideTableSettings\n",
        },
    )
    monkeypatch.syspath_prepend(package)
    yield package


def test_a_kind_from_outside_is_ingested(tmp_path: Path, registered: Path) -> None:
    configured(tmp_path, TIDES, 'harbour = "Pier"\nlink = "https://harbour.example/{title}"\n')
    table = tmp_path / "tides.txt"
    table.write_text("2026-04-01 06:12 high\n2026-04-01 12:30 low\nbroken\n")
    with opened(tmp_path) as newsroom:
        (first,) = newsroom.ingest().parts
        table.write_text(table.read_text() + "2026-04-01 18:40 high-again\n")
        (second,) = newsroom.ingest().parts
        stored = store_of(newsroom).articles(now=utc_now())
    assert (first.new, first.refused, first.withdrawn) == (2, 1, 0)
    assert [(each.line, each.message) for each in first.problems] == [(3, "this is not a tide")]
    assert (second.new, second.unchanged, second.withdrawn) == (1, 3, 0)
    assert [(each.article.title, str(each.article.published)) for each in stored] == [
        ("high-again at Pier", "2026-04-01 18:40:00+01:00"),
        ("low at Pier", "2026-04-01 12:30:00+01:00"),
        ("high at Pier", "2026-04-01 06:12:00+01:00"),
    ]


@pytest.mark.usefixtures("registered")
def test_a_kind_whose_code_raises_loses_nothing(tmp_path: Path) -> None:
    configured(tmp_path, TIDES, 'harbour = "Pier"\nlink = "https://harbour.example/{title}"\n')
    table = tmp_path / "tides.txt"
    table.write_text("2026-04-01 06:12 high\n")
    with opened(tmp_path) as newsroom:
        assert newsroom.ingest().parts[0].new == 1
        table.write_text("2026-04-01 06:12 high\n2026-04-01 12:30 low\none two three four\n")
        (report,) = newsroom.ingest().parts
        checked = newsroom.check()
        stored = store_of(newsroom).articles(now=utc_now())
    assert report.external_failure
    assert (report.new, report.withdrawn) == (1, 0)
    assert "the source tides raised ValueError" in report.problems[-1].message
    assert any("the source tides raised ValueError" in each.message for each in checked.problems)
    assert len(stored) == 2


def test_a_kind_from_outside_works_on_the_command_line(tmp_path: Path, registered: Path) -> None:
    configured(tmp_path, TIDES)
    write(tmp_path, {"tides.txt": "2026-04-01 06:12 high\n"})
    result = cli(tmp_path, "ingest", "--json", PYTHONPATH=str(registered))
    assert json.loads(result.stdout)["parts"][0]["new"] == 1
    (tmp_path / "tides.txt").unlink()
    assert cli(tmp_path, "ingest", PYTHONPATH=str(registered)).returncode == 3


def test_a_kind_from_outside_is_previewed_when_its_files_change(tmp_path: Path, registered: Path) -> None:
    configured(tmp_path, TIDES)
    write(tmp_path, {"tides.txt": "2026-04-01 06:12 high\n"})
    with opened(tmp_path) as newsroom:
        preview = newsroom.preview()
        assert [each.title for each in preview.unsaved_articles().articles] == ["high at Quay"]
        assert WatchPaths.from_settings(preview.settings, tmp_path).affects(tmp_path / "tides.txt")
        write(tmp_path, {"tides.txt": "2026-04-01 06:12 high\n2026-04-02 07:00 low\n"})
        preview.refresh()
        assert len(preview.unsaved_articles().articles) == 2


def test_its_keys_are_checked_and_in_the_schema(tmp_path: Path, registered: Path) -> None:
    configured(tmp_path, TIDES, "tabel = 3\nharbour = 4\n")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "syndicate.toml")
    assert [each.where.field for each in (raised.value, *raised.value.others)] == [
        "source.1.tabel",
        "source.1.harbour",
    ]
    assert raised.value.hint == "did you mean 'table'?"
    assert "harbour" in schema()["$defs"]["TideTableSettings"]["properties"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("absent", "no_such_module:Settings of kind 'absent' cannot be loaded: No module named"),
        ("other", "tide_tables:TideTable of kind 'other' is not a subclass of SourceSettings"),
        ("nothing", "'nothing' is none of json, jsonl,"),
    ],
)
def test_a_broken_kind_is_reported(tmp_path: Path, registered: Path, kind: str, message: str) -> None:
    configured(tmp_path, f'\n[[source]]\nname = "a"\nkind = "{kind}"\n')
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "syndicate.toml")
    assert message in raised.value.message
    assert (raised.value.where.field, raised.value.where.line) == ("source.1.kind", 10)


def test_a_built_in_kind_cannot_be_replaced(registered: Path) -> None:
    assert settings_class("json").__module__ == "syndicate.sources.json_and_csv"
    assert kinds().count("json") == 1


@pytest.mark.parametrize("kind", kinds())
def test_each_kind_is_registered_under_its_name(kind: str) -> None:
    assert settings_class(kind).model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("keys", "watched"),
    [
        ('kind = "markdown"\npath = "*.md"', ["*.md"]),
        ('kind = "wordpress"\npath = "*.xml"', ["*.xml"]),
        ('kind = "feed"\npath = "*.xml"', ["*.xml"]),
        ('kind = "html"\npath = "*.html"\nurl = "https://a.example/"', None),
        ('kind = "sitemap"\nurl = "https://a.example/"', None),
        ('kind = "python"\nfunction = "a:b"', None),
        ('kind = "sql"\ndatabase = "sqlite:///a.db"\nquery = "select 1"', None),
    ],
)
def test_a_source_knows_whether_files_decide_what_it_gives(
    tmp_path: Path, keys: str, watched: list[str] | None
) -> None:
    (settings,) = load(configured(tmp_path, f'\n[[source]]\nname = "a"\n{keys}\n', site=SITE)).source
    assert isinstance(settings, SourceSettings)
    expected = None if watched is None else Files(tmp_path, tuple(watched))
    assert settings.watched_files(tmp_path) == expected
