"""Read-only commands write nothing: no database, no file beside one, no Maildir, no feed, no cache."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from helpers_http import Page, Site, serving
from helpers_site import MAIN, SITE, WEEKLY, cli, configured, environment, opened, source, write
from syndicate.delivery import Transport, open_transport
from syndicate.delivery.transports.maildir import MaildirTransport
from syndicate.errors import StoreError, TransportError
from syndicate.sqlite_readonly import connect_read_only
from syndicate.store import SqlStore
from syndicate.store.database import HEAD
from syndicate.testing import NOW, a_subscriber, an_incoming

POSTS = {"posts.jsonl": '{"id": "1", "title": "One", "date": "2026-04-01", "link": "https://h.example/1"}\n'}
LOOKING = (
    ("check",),
    ("status",),
    ("next",),
    ("subscribers", "list"),
    ("subscribers", "export"),
    ("send", "weekly", "--dry-run"),
    ("send", "weekly", "--dry-run", "--anyway"),
)


def tree(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return the type, size, modification time and bytes of everything in a folder, and of the folder."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        about = path.lstat()
        body = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = about.st_mode, about.st_size, about.st_mtime_ns, body
    return found


@pytest.fixture
def web() -> Iterator[Site]:
    with serving() as site:
        yield site


def every_kind(folder: Path, web: Site) -> None:
    """Create a configuration with every kind of source, a feed, a family and a newsletter."""
    rss = (
        "<rss version='2.0'><channel><title>F</title><link>https://h.example/</link><description/>"
        "<item><guid isPermaLink='false'>f1</guid><title>F</title><link>https://h.example/f1</link></item>"
        "</channel></rss>"
    )
    page = "<html><head><title>Page</title></head><body><article><p>Words.</p></article></body></html>"
    sitemap = (
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        f"<url><loc>{web.root}/page</loc></url></urlset>"
    )
    cached = {"ETag": '"1"', "Last-Modified": "Wed, 01 Apr 2026 08:00:00 GMT", "Cache-Control": "max-age=60"}
    web.pages["/feed"] = Page(rss.encode(), headers=cached | {"Content-Type": "application/rss+xml"})
    web.pages["/page"] = Page(page.encode(), headers=cached | {"Content-Type": "text/html"})
    web.pages["/sitemap.xml"] = Page(sitemap.encode(), headers=cached | {"Content-Type": "application/xml"})
    wordpress = (
        "<rss version='2.0' xmlns:wp='http://wordpress.org/export/1.2/'><channel><title>W</title>"
        "<wp:wxr_version>1.2</wp:wxr_version></channel></rss>"
    )
    write(
        folder,
        {
            **POSTS,
            "posts.json": '[{"id": "2", "title": "Two", "tags": ["boats"], "link": "https://h.example/2"}]',
            "posts.csv": "id,title,link\n3,Three,https://h.example/3\n",
            "posts/four.md": "---\ntitle: Four\ndate: 2026-04-02\n---\nWords.\n",
            "posts/five.txt": "Five\n\nWords of some length.\n",
            "pages/six.html": page,
            "export.xml": wordpress,
            "feeds/seven.rss": rss,
            "notices.py": "import tides\ndef records():\n    import moon\n    return [{'id': '8'}]\n",
            "tides.py": "HIGH = 1\n",
            "moon.py": "FULL = 1\n",
        },
    )
    news = sqlite3.connect(folder / "news.db")
    news.execute("PRAGMA journal_mode = WAL")
    news.execute("CREATE TABLE news (id INTEGER, title TEXT)")
    news.execute("INSERT INTO news VALUES (9, 'Nine')")
    news.commit()
    news.close()
    link = 'link = "https://h.example/{path}/"'
    fetched = "private = true\ndelay = 0"
    configured(
        folder,
        source("jsonl"),
        source("json", "json", "posts.json"),
        source("csv", "csv", "posts.csv"),
        source("markdown", "markdown", "posts/*.md", link),
        source("text", "text", "posts/*.txt", link),
        source("html", "html", "pages/*.html", link),
        source("wordpress", "wordpress", "export.xml"),
        source("feeds", "feed", "feeds/*.rss"),
        f'\n[[source]]\nname = "web"\nkind = "feed"\nurl = "{web.root}/feed"\n{fetched}\n',
        f'\n[[source]]\nname = "page"\nkind = "html"\nurl = "{web.root}/page"\n{fetched}\n',
        f'\n[[source]]\nname = "map"\nkind = "sitemap"\nurl = "{web.root}/sitemap.xml"\n{fetched}\n',
        '\n[[source]]\nname = "rows"\nkind = "sql"\ndatabase = "sqlite:///news.db"\n'
        'query = "SELECT id, title FROM news"\n',
        '\n[[source]]\nname = "python"\nkind = "python"\nfunction = "notices:records"\n',
        MAIN,
        '\n[[feed]]\nname = "tag/{tag}"\neach = "tag"\nformats = ["rss", "json"]\n',
        WEEKLY,
        '\n[web]\nbase_url = "https://letters.harbour.example/"\n',
        site=SITE + 'page = true\nopml = "feeds.opml"\nhubs = ["https://hub.example/"]\n',
    )


def test_check_writes_nothing_into_an_empty_folder(tmp_path: Path, web: Site) -> None:
    every_kind(tmp_path, web)
    before = tree(tmp_path)
    for arguments in LOOKING:
        done = cli(tmp_path, *arguments, PYTHONDONTWRITEBYTECODE="")
        assert done.returncode in (0, 1), (arguments, done.stderr)
        assert tree(tmp_path) == before, arguments
    assert {"/feed", "/page", "/sitemap.xml"} <= set(web.paths())


def test_check_from_python_writes_nothing(tmp_path: Path, web: Site) -> None:
    every_kind(tmp_path, web)
    before = tree(tmp_path)
    with opened(tmp_path) as newsroom:
        newsroom.check()
        newsroom.status()
        newsroom.next()
        assert newsroom.subscribers() == []
        newsroom.export_subscribers(StringIO())
        assert newsroom.audience("weekly").addresses == ()
    assert tree(tmp_path) == before


def test_check_changes_no_existing_file(tmp_path: Path, web: Site) -> None:
    every_kind(tmp_path, web)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.publish()
        newsroom.add_subscriber("ann@reader.example")
        newsroom.compose("weekly")
        newsroom.send("weekly")
        newsroom.add_subscriber("bob@reader.example")
    write(tmp_path, {"posts/late.md": "---\ntitle: Late\ndate: 2026-04-03\n---\nWords.\n"})
    before = tree(tmp_path)
    for arguments in LOOKING:
        done = cli(tmp_path, *arguments)
        assert done.returncode in (0, 1), (arguments, done.stderr)
        assert tree(tmp_path) == before, arguments
    found = json.loads(cli(tmp_path, "status", "--json").stdout)
    assert found["subscribers"] == 2
    assert found["articles"] >= 9
    audience = json.loads(cli(tmp_path, "send", "weekly", "--dry-run", "--json").stdout)
    assert (audience["addresses"], audience["accepted"]) == (["bob@reader.example"], 1)


# While others have the database open

_HOLD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from helpers_site import opened
from helpers_store import store_of
with opened(Path(sys.argv[2])) as newsroom:
    newsroom.add_subscriber("late@reader.example")
    print("ready", flush=True)
    number = 0
    while sys.argv[3] == "writing":
        number += 1
        store_of(newsroom).remember(f"word{number % 50}", "x" * 50_000)
    sys.stdin.readline()
"""


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a process that writes to the database and keeps it open."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _HOLD, os.path.dirname(__file__), str(tmp_path), how]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def site(folder: Path) -> None:
    write(folder, POSTS)
    configured(folder, source(), MAIN, WEEKLY)
    with opened(folder) as newsroom:
        newsroom.ingest()
        newsroom.add_subscriber("ann@reader.example")


def test_changes_of_another_process_are_read_and_not_changed(
    tmp_path: Path, hold: Callable[[str], subprocess.Popen[str]]
) -> None:
    site(tmp_path)
    process = hold("waiting")
    assert (tmp_path / "syndicate.db-wal").stat().st_size
    for _ in range(2):
        before = tree(tmp_path)
        with opened(tmp_path) as newsroom:
            assert [each.email for each in newsroom.subscribers()] == [
                "ann@reader.example",
                "late@reader.example",
            ]
            newsroom.check()
        assert cli(tmp_path, "check").returncode == 0
        assert tree(tmp_path) == before
        # The second time the process is dead, and only its write-ahead log has what it wrote.
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_database_is_read_while_another_process_writes(
    tmp_path: Path, hold: Callable[[str], subprocess.Popen[str]]
) -> None:
    site(tmp_path)
    hold("writing")
    with opened(tmp_path) as newsroom:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert newsroom.status().subscribers == 2
            assert newsroom.check().ok


def test_database_is_read_while_processes_open_and_close_it(tmp_path: Path) -> None:
    """The files beside a database may appear and disappear after they were checked."""
    site(tmp_path)
    url = f"sqlite:///{tmp_path / 'syndicate.db'}"
    program = f"""
from syndicate.store import SqlStore
for number in range(40):
    store = SqlStore({url!r})
    store.remember("word", str(number))
    store.close()
"""
    process = subprocess.Popen([sys.executable, "-c", program], env=environment())
    try:
        while process.poll() is None:
            store = SqlStore.open_read_only(url)
            assert store.sequence() == 1
            store.close()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0


def test_database_is_read_beside_an_empty_log(tmp_path: Path) -> None:
    """A reader that looks for the log while the last process removes it leaves an empty one."""
    site(tmp_path)
    (tmp_path / "syndicate.db-wal").touch()
    before = tree(tmp_path)
    store = SqlStore.open_read_only(f"sqlite:///{tmp_path / 'syndicate.db'}")
    assert store.sequence() == 1
    store.close()
    assert tree(tmp_path) == before


# Databases of other versions, and none


def of_version(url: str, version: str) -> None:
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", "syndicate.store:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def test_older_database_is_reported_and_not_upgraded(tmp_path: Path) -> None:
    write(tmp_path, POSTS)
    configured(tmp_path, source(), MAIN, WEEKLY)
    of_version(f"sqlite:///{tmp_path / 'syndicate.db'}", "0003")
    before = tree(tmp_path)
    for arguments in (("check",), ("status",), ("subscribers", "list")):
        done = cli(tmp_path, *arguments)
        assert done.returncode == 3
        assert f"has an older version (schema 0003, required {HEAD})" in done.stderr
        assert "syndicate ingest" in done.stderr
    assert cli(tmp_path, "next").returncode == 0
    assert tree(tmp_path) == before
    assert cli(tmp_path, "ingest").returncode == 0
    assert cli(tmp_path, "check").returncode == 0


def test_newer_database_is_reported(tmp_path: Path) -> None:
    site(tmp_path)
    with sqlite3.connect(tmp_path / "syndicate.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = cli(tmp_path, "check")
    assert done.returncode == 3
    assert "is from a newer syndicate" in done.stderr


@pytest.mark.parametrize("body", [b"", b"no database at all, but a text that a_subscriber has put here"])
def test_file_that_is_not_a_database_is_not_changed(tmp_path: Path, body: bytes) -> None:
    write(tmp_path, {**POSTS, "syndicate.db": body})
    configured(tmp_path, source(), MAIN)
    before = tree(tmp_path)
    done = cli(tmp_path, "check")
    assert done.returncode == (3 if body else 0)
    assert ("not a database" in done.stderr) == bool(body)
    assert tree(tmp_path) == before


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    configured(tmp_path, MAIN, '\n[store]\nurl = "sqlite:///nowhere/x.db"\n')
    done = cli(tmp_path, "check")
    assert done.returncode == 3
    assert "the folder for the database does not exist" in done.stderr


def test_read_only_store_cannot_be_written(store_url: str) -> None:
    store = SqlStore(store_url)
    store.put("posts", [an_incoming("a")], NOW, seen=set(), retired=set())
    store.add_subscriber(a_subscriber("ann"))
    store.close()
    reading = SqlStore.open_read_only(store_url)
    assert reading.count(now=NOW) == 1
    assert [each.email for each in reading.subscribers()] == ["ann@example.org"]
    for write_ in (
        lambda: reading.remember("word", "x"),
        lambda: reading.secret("new"),
        lambda: reading.add_subscriber(a_subscriber("bob")),
    ):
        with pytest.raises(StoreError, match=r"read.?only"):
            write_()
    reading.close()


def test_server_without_tables_gets_none(postgres: str) -> None:
    server = create_engine(postgres)
    with server.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA bare")
    try:
        url = server.url.update_query_dict({"options": "-csearch_path=bare"}).render_as_string(False)
        store = SqlStore.open_read_only(url)
        assert store.count(now=NOW) == 0
        assert list(store.subscribers()) == []
        store.close()
        assert inspect(server).get_table_names("bare") == []
    finally:
        with server.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA bare CASCADE")
        server.dispose()


def test_database_in_rollback_mode_is_read_with_its_locks(tmp_path: Path) -> None:
    path = tmp_path / "old #1?.db"
    with sqlite3.connect(path) as writer:
        writer.execute("CREATE TABLE t (a)")
        writer.execute("INSERT INTO t VALUES (1)")
    before = tree(tmp_path)
    reader = connect_read_only(path, wait=0.1)
    assert reader.execute("SELECT a FROM t").fetchall() == [(1,)]
    reader.close()
    assert tree(tmp_path) == before
    writer.isolation_level = None
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        connect_read_only(path, wait=0.1).execute("SELECT a FROM t")
    writer.close()


# Transports


def run(transport: Transport) -> None:
    asyncio.run(transport.check())


@pytest.mark.parametrize("name", ["outbox", "new/box", "there"])
def test_maildir_is_checked_and_not_created(tmp_path: Path, name: str) -> None:
    (tmp_path / "there" / "new").mkdir(parents=True)
    before = tree(tmp_path)
    run(MaildirTransport(tmp_path / name))
    assert tree(tmp_path) == before


def test_maildir_that_cannot_be_created_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "cur").write_text("x")
    for name in ("file", "file/box", "half"):
        with pytest.raises(TransportError, match=r"cannot be written: .* is not a folder"):
            run(open_transport(f"maildir:{name}", tmp_path))
    # Root may write everywhere, so that the answer is made up.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(TransportError, match=f"no permission to write to {tmp_path}"):
        run(open_transport("maildir:outbox", tmp_path))
