"""After any sequence of changes, a publish leaves the same files as a full publish into an empty folder."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from helpers_publish import file_times, published_files, write_records
from helpers_site import SITE, StillClock, configured, opened, source
from syndicate.store import SqlStore

FAMILIES = """
[[feed]]
name = "tag/{tag}"
each = "tag"
title = "Posts on {tag}"
limit = 2
[[feed]]
name = "in/{section}"
each = "section"
without = { tag = "tides" }
[[feed]]
name = "by/{author}"
each = "author"
content = "summary"
[[feed]]
name = "{language}/all"
each = "language"
where = { section = ["News", "Sea"] }
"""
BOATS = """
[[feed]]
name = "boats"
where = { tag = ["boats", "Boats"], section = "News" }
history = "complete"
"""
CONFIGS = [
    '[[feed]]\nname = "main"\nlimit = 3\n' + FAMILIES,
    '[[feed]]\nname = "main"\npage = true\n' + FAMILIES,
    '[[feed]]\nname = "main"\nformats = ["atom"]\nlimit = 2\n' + BOATS,
    '[[feed]]\nname = "main"\nwithout = { tag = "Boats", author = "Bo" }\n' + FAMILIES,
]
SITES = [SITE, SITE + 'opml = "feeds.opml"\n', SITE + 'rights = "© Harbour"\ncompress = true\n']
NAMES = ["a", "b", "c", "d", "e", "f"]

_template: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Create a migrated database to copy: migrating one for each example would take most of the time."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    SqlStore(f"sqlite:///{path}").close()
    _template.append(path)


def full_publish(folder: Path, site: str, tables: str, clock: StillClock) -> dict[str, bytes]:
    """Return the files of a full publish of the same store into an empty folder.

    The facet values of family members stay in the store: published feeds keep existing.
    """
    with tempfile.TemporaryDirectory() as name:
        other = Path(name)
        configured(other, source(), tables, site=site)
        with (
            sqlite3.connect(folder / "syndicate.db") as there,
            sqlite3.connect(other / "syndicate.db") as here,
        ):
            there.backup(here)
            here.execute("DELETE FROM setting WHERE name IN ('last_publish', 'list')")
            here.execute("UPDATE feed SET entries = '[]', documents = '{}', definition = ''")
        there.close()
        here.close()
        with opened(other, clock) as newsroom:
            assert newsroom.publish(full=True).ok
        return published_files(other)


class Site(RuleBasedStateMachine):
    """One site with its clock, its disk and its author."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = tempfile.TemporaryDirectory()
        self.folder = Path(self.holder.name)
        shutil.copy(_template[-1], self.folder / "syndicate.db")
        self.clock = StillClock(datetime(2026, 4, 10, 12, tzinfo=UTC))
        self.records: dict[str, dict[str, object]] = {
            "z": {"id": "urn:z", "title": "Stays", "date": "2026-01-01"}
        }
        self.site, self.tables = SITES[0], CONFIGS[0]
        self.configure(0, 0)
        self.ingest()

    def teardown(self) -> None:
        self.holder.cleanup()

    @rule(site=st.integers(0, len(SITES) - 1), tables=st.integers(0, len(CONFIGS) - 1))
    def configure(self, site: int, tables: int) -> None:
        self.site, self.tables = SITES[site], CONFIGS[tables]
        configured(self.folder, source(), self.tables, site=self.site)

    @rule(
        name=st.sampled_from(NAMES),
        title=st.sampled_from(["One", "Two"]),
        hours=st.integers(-3, 3),
        tags=st.lists(st.sampled_from(["boats", "Boats", "tides", "ropes"]), unique=True, max_size=2),
        section=st.sampled_from([None, "News", "Sea"]),
        author=st.sampled_from([None, "Ann", "Bo"]),
        language=st.sampled_from([None, "en", "de"]),
    )
    def write(self, name: str, hours: int, **fields: Any) -> None:
        at = datetime(2026, 4, 10, 12, tzinfo=UTC) + timedelta(hours=hours)
        given = {field: value for field, value in fields.items() if value}
        self.records[name] = {"id": f"urn:{name}", "date": at.isoformat(), **given}

    @rule(name=st.sampled_from(NAMES))
    def withdraw(self, name: str) -> None:
        self.records.pop(name, None)

    @rule()
    def ingest(self) -> None:
        write_records(self.folder, *self.records.values())
        with opened(self.folder, self.clock) as newsroom:
            assert newsroom.ingest().ok

    @rule(hours=st.sampled_from([-3, -1, 1, 2]))
    def wait(self, hours: int) -> None:
        self.clock.pass_(timedelta(hours=hours))

    @rule(data=st.data())
    def publish_one_feed(self, data: st.DataObject) -> None:
        with opened(self.folder, self.clock) as newsroom:
            names = [each.name for each in newsroom.settings.feed]
            newsroom.publish(data.draw(st.sampled_from(names)))

    @precondition(lambda self: published_files(self.folder))
    @rule(data=st.data())
    def delete_a_file(self, data: st.DataObject) -> None:
        # Missing variants are found only when their feed is published.
        documents = [
            path for path in sorted(published_files(self.folder)) if not path.endswith((".gz", ".br"))
        ]
        (self.folder / "public" / data.draw(st.sampled_from(documents))).unlink()
        # Missing files are found only by a publish without changes.
        self.publish()

    @precondition(lambda self: published_files(self.folder))
    @rule(data=st.data())
    def fail_to_write(self, data: st.DataObject) -> None:
        path = self.folder / "public" / data.draw(st.sampled_from(sorted(published_files(self.folder))))
        body = path.read_bytes()
        path.unlink()
        path.mkdir()
        with opened(self.folder, self.clock) as newsroom:
            newsroom.publish()
        path.rmdir()
        path.write_bytes(body)

    @rule()
    def publish(self) -> None:
        with opened(self.folder, self.clock) as newsroom:
            newsroom.publish()
            assert newsroom.publish().ok

    @rule()
    def publish_and_compare(self) -> None:
        with opened(self.folder, self.clock) as newsroom:
            assert newsroom.publish().ok
            before = file_times(self.folder)
            wanted = full_publish(self.folder, self.site, self.tables, self.clock)
            there = published_files(self.folder)
            assert {path: there.get(path) for path in wanted} == wanted
            again = newsroom.publish()
            assert (again.ok, again.written) == (True, ())
            assert again.unchanged >= 0
            assert file_times(self.folder) == before


TestSite = Site.TestCase
TestSite.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
