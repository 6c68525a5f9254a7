"""Files that have not changed are not opened, and an ingest stores the same as one that reads everything."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers_site import StillClock, configured, opened, source, write
from helpers_store import close_stores, store_of
from syndicate.ingest import ingestor
from syndicate.model import IngestReport
from syndicate.sources.files import Files
from syndicate.store import SqlStore

POSTS = source(kind="markdown", path="posts/**/*.md", more='link = "https://harbour.example/{path}/"')


def later(seconds: float = 3600) -> StillClock:
    """Return a clock after all changes of this test, so that the times of files can be trusted."""
    return StillClock(datetime.now(UTC) + timedelta(seconds=seconds))


def post(title: str, **more: str) -> str:
    fields = "".join(f"{name}: {value}\n" for name, value in more.items())
    return f"---\ntitle: {title}\ndate: 2026-04-01\n{fields}---\nWords of {title}.\n"


def ingest(folder: Path, clock: StillClock | None = None, **options: bool) -> IngestReport:
    with opened(folder, clock or later()) as newsroom:
        [part] = newsroom.ingest("posts", **options).parts
    assert isinstance(part, IngestReport)
    return part


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.withdrawn, report.refused


def titles(folder: Path) -> set[str]:
    with opened(folder) as newsroom:
        return {each.article.title for each in store_of(newsroom).articles(now=datetime.now(UTC))}


@pytest.fixture
def opened_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the files that are opened."""
    names: list[str] = []
    real = Files.open

    def record(self: Files, found: Any) -> Any:
        names.append(found.name)
        return real(self, found)

    monkeypatch.setattr(Files, "open", record)
    yield names


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, POSTS)
    write(tmp_path, {f"posts/{name}.md": post(name.upper()) for name in ("a", "b", "sub/c")})
    assert counts(ingest(tmp_path)) == (3, 0, 0, 0, 0)
    return tmp_path


def test_unchanged_files_are_not_opened(site: Path, opened_files: list[str]) -> None:
    report = ingest(site)
    assert (counts(report), report.seen) == ((0, 0, 3, 0, 0), 3)
    assert opened_files == []


def test_only_the_changed_file_is_opened(site: Path, opened_files: list[str]) -> None:
    write(site, {"posts/b.md": post("B, changed"), "posts/d.md": post("D")})
    assert counts(ingest(site)) == (1, 1, 2, 0, 0)
    assert opened_files == ["posts/b.md", "posts/d.md"]
    assert titles(site) == {"A", "B, changed", "SUB/C", "D"}


def test_reread_opens_everything(site: Path, opened_files: list[str]) -> None:
    assert counts(ingest(site, reread=True)) == (0, 0, 3, 0, 0)
    assert len(opened_files) == 3


def test_a_deleted_file_is_withdrawn_and_comes_back(site: Path) -> None:
    text = (site / "posts/a.md").read_text()
    (site / "posts/a.md").unlink()
    assert counts(ingest(site)) == (0, 0, 2, 1, 0)
    write(site, {"posts/a.md": text})
    assert counts(ingest(site)) == (0, 1, 2, 0, 0)
    assert titles(site) == {"A", "B", "SUB/C"}


def same_size_in_place(path: Path) -> None:
    path.write_text(post("Z"))


def replaced_with_size_and_time(path: Path) -> None:
    status = path.stat()
    other = path.with_suffix(".tmp")
    other.write_text(post("Z"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def in_place_with_size_and_time(path: Path) -> None:
    status = path.stat()
    path.write_text(post("Z"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize(
    "change", [same_size_in_place, replaced_with_size_and_time, in_place_with_size_and_time]
)
def test_a_change_that_keeps_size_or_time_is_seen(site: Path, change: Callable[[Path], None]) -> None:
    change(site / "posts/a.md")
    assert counts(ingest(site)) == (0, 1, 2, 0, 0)
    assert titles(site) == {"Z", "B", "SUB/C"}


def touch(path: Path) -> None:
    path.touch()


def copy(path: Path) -> None:
    shutil.copyfile(path, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def change_mode(path: Path) -> None:
    path.chmod(0o600)


@pytest.mark.parametrize("change", [touch, copy, change_mode])
def test_a_file_with_the_same_bytes_is_compared_once(
    site: Path, opened_files: list[str], change: Callable[[Path], None]
) -> None:
    change(site / "posts/a.md")
    for _ in range(2):
        assert counts(ingest(site)) == (0, 0, 3, 0, 0)
    assert opened_files == ["posts/a.md"]


def test_a_change_within_the_same_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    configured(tmp_path, POSTS)
    write(tmp_path, {"posts/a.md": post("A")})
    status = (tmp_path / "posts/a.md").stat()
    clock = StillClock(datetime.fromtimestamp(status.st_mtime, UTC))
    assert ingest(tmp_path, clock).new == 1
    with opened(tmp_path) as newsroom, store_of(newsroom)._db.read() as connection:
        assert connection.exec_driver_sql("SELECT status FROM source_file").scalar() == ""
    for name in ("Y", "Z"):
        in_place_with_size_and_time(tmp_path / "posts/a.md")
        write(tmp_path, {"posts/a.md": post(name)})
        os.utime(tmp_path / "posts/a.md", ns=(status.st_atime_ns, status.st_mtime_ns))
        assert ingest(tmp_path, clock).changed == 1
    assert titles(tmp_path) == {"Z"}


def test_a_file_from_the_future_is_compared_each_time(site: Path, opened_files: list[str]) -> None:
    ahead = time.time() + 1e6
    os.utime(site / "posts/a.md", (ahead, ahead))
    for _ in range(2):
        assert counts(ingest(site)) == (0, 0, 3, 0, 0)
    assert opened_files == ["posts/a.md"] * 2


def test_a_clock_that_was_set_back_costs_opening_only(site: Path, opened_files: list[str]) -> None:
    assert counts(ingest(site, later(-1e6))) == (0, 0, 3, 0, 0)
    assert opened_files == []
    write(site, {"posts/a.md": post("Z")})
    assert counts(ingest(site, later(-1e6))) == (0, 1, 2, 0, 0)


@pytest.mark.parametrize(("table", "changed"), [(POSTS.replace("{path}", "p/{path}"), 3), (POSTS, 0)])
def test_another_config_of_the_source_reads_everything(
    site: Path, opened_files: list[str], table: str, changed: int
) -> None:
    configured(site, table, '[[feed]]\nname = "main"\n')
    assert ingest(site).changed == changed
    assert len(opened_files) == changed


def test_another_time_zone_reads_everything(site: Path, opened_files: list[str]) -> None:
    config = site / "syndicate.toml"
    config.write_text(config.read_text().replace("Europe/London", "Asia/Tokyo"))
    assert ingest(site).changed == 3
    assert len(opened_files) == 3


def test_a_changed_configuration_file_reads_everything(
    site: Path, opened_files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syndicate.sources.markdown import MarkdownSettings

    monkeypatch.setattr(MarkdownSettings, "configuration_files", lambda _self, base: [base / "site.toml"])
    for text in ("one", "two"):
        write(site, {"site.toml": text})
        ingest(site)
        assert len(opened_files) == 3
        assert counts(ingest(site)) == (0, 0, 3, 0, 0)
        assert len(opened_files) == 3
        opened_files.clear()


def test_refused_records_are_reported_at_each_ingest(site: Path, opened_files: list[str]) -> None:
    write(site, {"posts/bad.md": "---\ntitle: [\n---\n", "posts/date.md": post("D").replace("2026", "soon")})
    for _ in range(3):
        report = ingest(site)
        assert counts(report) == (0, 0, 3, 0, 2)
        assert {Path(each.file or "").name for each in report.problems} == {"bad.md", "date.md"}
    assert set(opened_files) == {"posts/bad.md", "posts/date.md"}


def test_a_draft_is_read_once_and_again_when_it_is_published(site: Path, opened_files: list[str]) -> None:
    write(site, {"posts/d.md": post("D", draft="true")})
    for _ in range(3):
        assert counts(ingest(site)) == (0, 0, 3, 0, 0)
    assert opened_files == ["posts/d.md"]
    write(site, {"posts/d.md": post("D")})
    assert counts(ingest(site)) == (1, 0, 3, 0, 0)
    write(site, {"posts/d.md": post("D", draft="true")})
    assert counts(ingest(site)) == (0, 0, 3, 1, 0)
    assert counts(ingest(site)) == (0, 0, 3, 0, 0)


def test_a_source_of_drafts_only_is_not_empty(tmp_path: Path) -> None:
    configured(tmp_path, POSTS)
    write(tmp_path, {"posts/d.md": post("D", draft="true")})
    ingest(tmp_path)
    assert ingest(tmp_path).problems == ()


def test_two_sources_of_one_file_are_independent(tmp_path: Path) -> None:
    configured(tmp_path, POSTS, POSTS.replace('"posts"', '"other"'))
    write(tmp_path, {"posts/a.md": post("A")})
    for expected in ((1, 1), (0, 0)):
        with opened(tmp_path, later()) as newsroom:
            parts = newsroom.ingest().parts
        assert tuple(part.new for part in parts) == expected
    (tmp_path / "posts/a.md").write_text(post("Z"))
    with opened(tmp_path, later()) as newsroom:
        assert [part.changed for part in newsroom.ingest().parts] == [1, 1]


def test_a_file_of_many_records(tmp_path: Path) -> None:
    configured(tmp_path, source(path="*.jsonl"))
    records = [{"id": str(number), "title": f"Post {number}"} for number in range(2500)]
    write(tmp_path, {"a.jsonl": "".join(json.dumps(each) + "\n" for each in records), "b.jsonl": "{}\n"})
    assert counts(ingest(tmp_path)) == (2500, 0, 0, 0, 1)
    assert counts(ingest(tmp_path)) == (0, 0, 2500, 0, 1)
    write(tmp_path, {"a.jsonl": "".join(json.dumps(each) + "\n" for each in records[1:]), "b.jsonl": ""})
    assert counts(ingest(tmp_path)) == (0, 0, 2499, 1, 0)


def test_articles_that_another_source_took_over_are_read_again(site: Path) -> None:
    configured(site, POSTS.replace('"posts"', '"blog"'))
    with opened(site, later()) as newsroom:
        newsroom.ingest()
    configured(site, POSTS)
    assert counts(ingest(site))[2:] == (3, 0, 0)
    assert titles(site) == {"A", "B", "SUB/C"}
    with opened(site) as newsroom:
        assert store_of(newsroom).keys("posts") == {"a.md", "b.md", "sub/c.md"}


def test_a_folder_that_becomes_unreadable_withdraws_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("syndicate.sources.files.os.scandir", scandir)
    report = ingest(site)
    assert counts(report) == (0, 0, 2, 0, 1)
    monkeypatch.undo()
    assert counts(ingest(site)) == (0, 0, 3, 0, 0)


def test_links_pipes_and_odd_names(tmp_path: Path) -> None:
    configured(tmp_path, POSTS)
    write(tmp_path, {"real/x.md": post("X"), "posts/A.md": post("Upper"), "posts/a.md": post("Lower")})
    (tmp_path / "posts/link.md").symlink_to(tmp_path / "real/x.md")
    (tmp_path / "posts/folder").symlink_to(tmp_path / "posts")
    assert counts(ingest(tmp_path)) == (3, 0, 0, 0, 0)
    write(tmp_path, {"real/x.md": post("X, changed")})
    assert counts(ingest(tmp_path)) == (0, 1, 2, 0, 0)
    os.mkfifo(tmp_path / "posts/pipe.md")
    (tmp_path / "posts/nowhere.md").symlink_to(tmp_path / "gone.md")
    report = ingest(tmp_path)
    assert counts(report) == (0, 0, 3, 0, 2)
    assert [each.message.partition(":")[0] for each in report.problems] == [
        "the file cannot be read",
        "this is not a file",
    ]


def test_files_come_in_the_order_of_their_keys(tmp_path: Path) -> None:
    names = [
        "b.md",
        "a/x.md",
        "a.md",
        "a-b.md",
        "a/b/c.md",
        "ä.md",
        "a0/x.md",
        "Z.md",
        ".hidden.md",
        ".d/x.md",
    ]
    write(tmp_path, dict.fromkeys(names, ""))
    found = [each.key for each in Files(tmp_path, ["**/*.md"]).found_files() if not hasattr(each, "message")]
    assert found == sorted(name for name in names if not name.startswith("."))


# What is killed or fails loses nothing


class _KilledError(BaseException):
    pass


@pytest.mark.parametrize("point", range(12))
def test_an_ingest_that_is_killed_anywhere_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    monkeypatch.setattr(ingestor, "_BATCH_SIZE", 2)
    configured(tmp_path, POSTS)
    write(tmp_path, {f"posts/{number}.md": post(f"P{number}") for number in range(5)})
    passes = point

    with monkeypatch.context() as patch:
        for name in ("put", "save_file_states", "forget_files", "withdraw_missing"):
            real = getattr(SqlStore, name)

            def call(*arguments: Any, real: Any = real, **options: Any) -> Any:
                nonlocal passes
                passes -= 1
                if passes == -1:
                    raise _KilledError
                result = real(*arguments, **options)
                passes -= 1
                if passes == -1:
                    raise _KilledError
                return result

            patch.setattr(SqlStore, name, call)
        with suppress(_KilledError):
            ingest(tmp_path)
    ingest(tmp_path)
    assert titles(tmp_path) == {f"P{number}" for number in range(5)}
    assert counts(ingest(tmp_path)) == (0, 0, 5, 0, 0)


def as_lines(*titles: str) -> str:
    """Return records in JSON Lines, numbered from 0."""
    return "".join(
        json.dumps({"id": f"{number}", "title": each}) + "\n" for number, each in enumerate(titles)
    )


def test_a_file_that_was_read_in_part_is_read_again_even_with_its_former_bytes(tmp_path: Path) -> None:
    configured(tmp_path, source(path="*.jsonl", more="max_records = 2"))
    write(tmp_path, {"a.jsonl": as_lines("A", "B")})
    assert counts(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    write(tmp_path, {"a.jsonl": as_lines("Y", "Z", "more")})
    assert counts(ingest(tmp_path)) == (0, 2, 0, 0, 1)
    write(tmp_path, {"a.jsonl": as_lines("A", "B")})
    assert counts(ingest(tmp_path)) == (0, 2, 0, 0, 0)
    assert titles(tmp_path) == {"A", "B"}


def test_a_killed_ingest_of_a_change_that_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(tmp_path, source(path="*.jsonl"))
    write(tmp_path, {"a.jsonl": as_lines("A", "B")})
    ingest(tmp_path)
    write(tmp_path, {"a.jsonl": as_lines("Y", "Z")})

    def kill(*_arguments: Any) -> None:
        raise _KilledError

    with monkeypatch.context() as patch, suppress(_KilledError):
        patch.setattr(SqlStore, "save_file_states", kill)
        ingest(tmp_path)
    assert titles(tmp_path) == {"Y", "Z"}
    write(tmp_path, {"a.jsonl": as_lines("A", "B")})
    ingest(tmp_path)
    assert titles(tmp_path) == {"A", "B"}


def test_a_config_that_is_undone_after_some_records_were_refused(tmp_path: Path) -> None:
    before, after = source(path="*.jsonl"), source(path="*.jsonl", more='fields = { title = "headline" }')
    first = {"id": "1", "title": "A", "headline": "Y", "url": "https://harbour.example/1"}
    write(tmp_path, {"a.jsonl": json.dumps(first) + "\n" + json.dumps({"id": "2", "title": "B"})})
    for table, expected in ((before, {"A", "B"}), (after, {"Y", "B"}), (before, {"A", "B"})):
        configured(tmp_path, table)
        ingest(tmp_path)
        assert titles(tmp_path) == expected


def test_a_second_record_of_an_article_in_a_large_file_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestor, "_BATCH_SIZE", 1)
    configured(tmp_path, source(path="*.jsonl"))
    second = as_lines("Second A") + json.dumps({"id": "c", "title": "C"})
    write(tmp_path, {"a.jsonl": as_lines("A", "B"), "b.jsonl": second})
    for _ in range(2):
        assert counts(ingest(tmp_path))[4] == 1
    write(tmp_path, {"a.jsonl": json.dumps({"id": "1", "title": "B"})})
    ingest(tmp_path)
    assert titles(tmp_path) == {"Second A", "B", "C"}


@pytest.mark.parametrize("reread", [False, True])
@pytest.mark.parametrize("count", [1, 9])
def test_a_second_file_with_the_id_of_another_does_not_take_its_article(
    tmp_path: Path, reread: bool, count: int
) -> None:
    configured(tmp_path, POSTS)
    write(tmp_path, {f"posts/b/{number}.md": post(f"B{number}", id=f"x{number}") for number in range(count)})
    ingest(tmp_path)
    write(tmp_path, {f"posts/a/{number}.md": post(f"A{number}", id=f"x{number}") for number in range(count)})
    for _ in range(2):
        assert counts(ingest(tmp_path, reread=reread)) == (0, 0, count, 0, count)
    assert titles(tmp_path) == {f"B{number}" for number in range(count)}


# Any sequence of changes

_NAMES = ("a.md", "b.md", "c/a.md", "list.jsonl")
_RECORD = st.fixed_dictionaries(
    {"id": st.sampled_from(["1", "2", "3"]), "title": st.sampled_from(["One", "Two", ""])}
)
_STEP = st.one_of(
    st.tuples(
        st.just("markdown"),
        st.sampled_from(_NAMES[:3]),
        st.sampled_from(["One", "Two"]),
        st.sampled_from(["", "id: x\n", "id: y\n", "draft: true\n", "date: never\n", "link: /same/\n"]),
    ),
    st.tuples(st.just("list"), st.lists(_RECORD, max_size=4)),
    st.tuples(st.just("delete"), st.sampled_from(_NAMES)),
    st.tuples(st.just("touch"), st.sampled_from(_NAMES)),
    st.tuples(st.just("move"), st.sampled_from(_NAMES[:3]), st.sampled_from(_NAMES[:3])),
    st.tuples(st.just("ingest")),
)


def _apply(folder: Path, step: tuple[Any, ...]) -> None:
    posts = folder / "posts"
    match step:
        case ("markdown", name, title, field):
            write(posts, {name: f"---\ntitle: {title}\n{field}---\nText.\n"})
        case ("list", records):
            write(posts, {"list.jsonl": "".join(json.dumps(each) + "\n" for each in records)})
        case ("delete", name):
            (posts / name).unlink(missing_ok=True)
        case ("touch", name):
            if (posts / name).exists():
                (posts / name).touch()
        case ("move", name, other):
            if (posts / name).exists():
                (posts / other).parent.mkdir(exist_ok=True)
                (posts / name).replace(posts / other)


def _contents(folder: Path) -> list[tuple[Any, ...]]:
    with opened(folder) as newsroom, store_of(newsroom)._db.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT source, key, id, document, withdrawn_at IS NULL, revision FROM article ORDER BY id"
        ).all()
    return [tuple(row) for row in rows]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_STEP, min_size=2, max_size=10))
def test_any_sequence_of_changes_stores_what_a_rereading_ingest_stores(steps: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as name:
        folders = [Path(name, each) for each in ("skipping", "rereading")]
        for folder in folders:
            (folder / "posts").mkdir(parents=True)
            markdown = source(
                kind="markdown", path="posts/**/*.md", more='link = "https://h.example/{path}/"'
            )
            configured(folder, markdown, source("list", path="posts/*.jsonl"))
        try:
            for step in [*steps, ("ingest",)]:
                for folder in folders:
                    _apply(folder, step)
                    if step == ("ingest",):
                        with opened(folder, later()) as newsroom:
                            newsroom.ingest(reread=folder.name == "rereading")
                assert _contents(folders[0]) == _contents(folders[1])
        finally:
            close_stores()


# What depends on other files


HUGO = source(kind="markdown", path="content/**/*.md", more='flavour = "hugo"')


def test_a_file_that_becomes_part_of_a_bundle_and_a_post_again(tmp_path: Path) -> None:
    configured(tmp_path, HUGO)
    write(tmp_path, {"hugo.toml": 'baseURL = "https://harbour.example/"\n'})
    write(tmp_path, {"content/posts/walk/a.md": post("A"), "content/posts/b.md": post("B")})
    assert counts(ingest(tmp_path)) == (2, 0, 0, 0, 0)
    write(tmp_path, {"content/posts/walk/index.md": post("Walk")})
    assert counts(ingest(tmp_path)) == (1, 0, 1, 1, 0)
    (tmp_path / "content/posts/walk/index.md").unlink()
    ingest(tmp_path)
    assert titles(tmp_path) == {"A", "B"}
