"""What people do wrong, and what the world does to them, through the real command line.

Each time: words on stderr that say where, what and how to mend it, no traceback, the right exit code, nothing
lost, and the rest done.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpers_site import MAIN, SITE, WEEKLY, cli, configured, environment, opened, source, write

GOOD = '{"id": 1, "title": "Good"}\n'
LAST = '{"id": 2, "title": "Last"}\n'

# Root may read everything; without these two rights it is like anybody else about its own files.
UNPRIVILEGED = """
import ctypes, os
if os.geteuid() == 0:
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    assert libc.capget(head, data) == 0
    for place in (0, 1):
        data[place] &= ~(1 << 1 | 1 << 2)
    assert libc.capset(head, data) == 0
"""


def limited(size: int) -> str:
    # Coverage, where it runs, would want to write its own file when the process ends.
    quiet = "import atexit, sys; 'coverage' in sys.modules and atexit._clear()"
    return f"{quiet}\nimport resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


def told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "Warning" not in done.stderr


def ingested(folder: Path) -> None:
    with opened(folder) as newsroom:
        assert newsroom.ingest().ok


def titles(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "syndicate.db")) as database:
        rows = database.execute("SELECT document FROM article WHERE withdrawn_at IS NULL")
        return {json.loads(row[0])["title"] for row in rows}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    configured(tmp_path, source(), MAIN)
    write(tmp_path, {"posts.jsonl": GOOD})
    return tmp_path


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    configured(tmp_path, source(kind="markdown", path="posts/**/*.md"), MAIN)
    write(tmp_path, {"posts/good.md": "---\ntitle: Good\n---\n", "posts/zz.md": "---\ntitle: Last\n---\n"})
    return tmp_path


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    configured(tmp_path, source(), WEEKLY)
    write(tmp_path, {"posts.jsonl": GOOD, "people.csv": "email\nann@reader.example\nbo@reader.example\n"})
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.import_subscribers(tmp_path / "people.csv")
    return tmp_path


# Records


def test_wrong_lines_of_a_file(listed: Path) -> None:
    wrong = [
        '{"id": 9, "title": "x"',
        '{"id": 9, "title": "x", "date": "03/04/2026"}',
        '{"id": 9, "title": "x", "date": "soon"}',
        '{"id": 9}',
        '{"id": 9, "title": "x", "link": "http://[x"}',
        '{"id": 1, "title": "x"}',
        "[]",
        '"\\ud800"',
    ]
    write(listed, {"posts.jsonl": GOOD + "\n".join(wrong) + "\n" + LAST})
    done = cli(listed, "ingest")
    told(
        done,
        1,
        *("posts.jsonl:2: broken JSON at column 23", "correct this line"),
        *("posts.jsonl:3, field date, id 9: ", "as 2026-04-03 and as 2026-03-04", "day_first"),
        *("posts.jsonl:4, field date, id 9: ", "'soon'"),
        *("posts.jsonl:5, field title, id 9: ", "no title", "fields = "),
        "posts.jsonl:6, field link, id 9: ",
        *("posts.jsonl:7", "left out: it has the id", "of its own"),
        *("posts.jsonl:8", "this is not a record: ["),
        *("posts.jsonl:9", 'this is not a record: "'),
    )
    assert "posts: 2 new, 0 changed, 0 unchanged, 0 withdrawn, 8 refused" in done.stdout
    assert titles(listed) == {"Good", "Last"}


def test_wrong_files(posts: Path) -> None:
    wrong: dict[str, str | bytes] = {
        "yaml": '---\ntitle: "a\nb: [\n---\n',
        "date": "---\ntitle: X\ndate: 2026-02-31\n---\n",
        "title": "---\ndate: 2026-02-01\n---\n",
        "image": b"\x89PNG\r\n\x1a\n\x00\x00",
        "latin": b"---\ntitle: caf\xe9\n---\n",
        "large": b"# x\n" + b"x" * 50_000_000,
    }
    write(posts, {f"posts/{name}.md": text for name, text in wrong.items()})
    told(
        cli(posts, "ingest"),
        1,
        *("posts/yaml.md:2: the front matter is broken", "quote"),
        *("posts/date.md:3, field date: ", "2026-02-31"),
        *("posts/title.md, field title: ", "no title"),
        *("posts/image.md: the file is binary", "narrow source.path"),
        *("posts/latin.md:2: the file is not UTF-8", "save it as UTF-8"),
        *("posts/large.md: ", "50 MB", "the limit is", "max_size"),
    )
    assert titles(posts) == {"Good", "Last"}


def test_a_record_of_fifty_megabytes_in_a_line(listed: Path) -> None:
    write(
        listed,
        {"posts.jsonl": GOOD + json.dumps({"id": 9, "title": "x", "text": "x" * 50_000_000}) + "\n" + LAST},
    )
    told(cli(listed, "ingest"), 1, "posts.jsonl:2: ", "more than 10 million characters", "max_size")
    assert titles(listed) == {"Good", "Last"}


@pytest.mark.parametrize("what", ["posts/closed", "posts/mid.md"])
def test_what_this_user_may_not_read(posts: Path, what: str) -> None:
    write(
        posts, {"posts/closed/mid.md": "---\ntitle: Mid\n---\n", "posts/mid.md": "---\ntitle: Mid 2\n---\n"}
    )
    ingested(posts)
    mode = (posts / what).stat().st_mode
    (posts / what).chmod(0)
    try:
        done = cli(posts, "ingest", program=UNPRIVILEGED)
    finally:
        (posts / what).chmod(mode)
    told(done, 1, what, "cannot be read: Permission denied", "let this user read it")
    assert titles(posts) == {"Good", "Last", "Mid", "Mid 2"}


def test_a_source_folder_that_this_user_may_not_read(posts: Path) -> None:
    (posts / "posts").chmod(0)
    try:
        done = cli(posts, "ingest", program=UNPRIVILEGED)
    finally:
        (posts / "posts").chmod(0o755)
    told(done, 3, "posts: the folder cannot be read", "let this user read it")


def test_an_output_folder_that_this_user_may_not_write(listed: Path) -> None:
    ingested(listed)
    (listed / "public").mkdir(mode=0o555)
    done = cli(listed, "publish", program=UNPRIVILEGED)
    told(
        done,
        3,
        "public/main.rss: the file cannot be written: Permission denied",
        "check that this user may write there",
    )
    (listed / "public").chmod(0o755)
    told(cli(listed, "publish"), 0)
    assert (listed / "public/main.rss").exists()


def test_a_source_that_is_not_there(listed: Path) -> None:
    (listed / "posts.jsonl").unlink()
    told(cli(listed, "ingest"), 3, "posts.jsonl: there is no such file", "source.path")


def test_one_source_that_is_not_there_leaves_the_others(tmp_path: Path) -> None:
    configured(tmp_path, source("gone", path="gone.jsonl"), source())
    write(tmp_path, {"posts.jsonl": GOOD})
    told(cli(tmp_path, "ingest"), 3, "gone.jsonl: there is no such file")
    assert titles(tmp_path) == {"Good"}


def test_a_function_that_is_not_there(tmp_path: Path) -> None:
    configured(tmp_path, '\n[[source]]\nname = "p"\nkind = "python"\nfunction = "nothing_here:pull"\n')
    told(cli(tmp_path, "ingest"), 2, "source.function", "nothing_here", "module:function")


# The disk


def test_a_disk_without_room_for_a_feed(listed: Path) -> None:
    big = json.dumps({"id": 9, "title": "Big", "content_html": "<p>x</p>" * 60_000})
    write(listed, {"posts.jsonl": GOOD})
    told(cli(listed, "ingest"), 0)
    told(cli(listed, "publish"), 0)
    before = (listed / "public/main.rss").read_bytes()
    write(listed, {"posts.jsonl": GOOD + big + "\n"})
    told(cli(listed, "ingest"), 0)
    done = cli(listed, "publish", program=limited(300_000))
    told(done, 3, "larger than the limit for files", "check ulimit -f")
    assert (listed / "public/main.rss").read_bytes() == before
    told(cli(listed, "publish"), 0)
    assert b"Big" in (listed / "public/main.rss").read_bytes()
    assert sorted(os.listdir(listed / "public")) == ["main.atom", "main.json", "main.rss"]


def test_a_disk_without_room_for_the_database(listed: Path) -> None:
    ingested(listed)
    size = (listed / "syndicate.db").stat().st_size
    many = "".join(json.dumps({"id": n, "title": f"T{n}", "text": "x" * 5000}) + "\n" for n in range(10, 500))
    write(listed, {"posts.jsonl": GOOD + many})
    done = cli(listed, "ingest", program=limited(size))
    told(done, 3, "syndicate.db", "database")
    told(cli(listed, "ingest"), 0)
    assert len(titles(listed)) == 491


# The database


@pytest.fixture
def locked(listed: Path) -> Iterator[Path]:
    config = listed / "syndicate.toml"
    config.write_text(config.read_text() + '\n[store]\nwait = "1 second"\n')
    ingested(listed)
    write(listed, {"posts.jsonl": GOOD + LAST})
    program = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect('syndicate.db', isolation_level=None)\n"
        "database.execute('BEGIN EXCLUSIVE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=listed, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        yield listed
        holder.communicate()


def test_a_database_that_another_process_has_locked(locked: Path) -> None:
    done = cli(locked, "ingest")
    told(done, 3, "store.url", "is locked by another process", "nothing was changed")
    done = cli(locked, "ingest", "--json")
    assert "locked" in json.loads(done.stdout)["error"]["message"]
    assert titles(locked) == {"Good"}


def test_a_database_that_is_something_else(listed: Path) -> None:
    write(listed, {"syndicate.db": "this is no database, but some text of mine, which is long enough\n" * 50})
    told(cli(listed, "ingest"), 3, "syndicate.db", "move it or change store.url")
    assert (listed / "syndicate.db").read_text().startswith("this is no database")


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("nonsense", 2, ("store.url", "sqlite:///")),
        ("oracle://x/y", 2, ("store.url", "sqlite:///")),
        ("sqlite:///no/such/folder/x.db", 3, ("store.url", "folder", "create it")),
    ],
)
def test_a_store_that_cannot_be_opened(listed: Path, url: str, code: int, words: tuple[str, ...]) -> None:
    config = listed / "syndicate.toml"
    config.write_text(config.read_text() + f'\n[store]\nurl = "{url}"\n')
    told(cli(listed, "ingest"), code, *words)


# Mail


def test_a_mail_server_that_is_not_there_loses_nothing(weekly: Path) -> None:
    with opened(weekly) as newsroom:
        newsroom.compose("weekly")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = weekly / "syndicate.toml"
    plain = config.read_text()
    config.write_text(plain + f'\n[delivery]\ntransport = "smtp://127.0.0.1:{port}?starttls=never"\n')
    done = cli(weekly, "send", "weekly", "--json")
    told(done, 3, f"127.0.0.1:{port}")
    report = json.loads(done.stdout)
    assert (report["pending"], report["accepted"], report["failed"]) == (2, 0, 0)
    config.write_text(plain + '\n[delivery]\ntransport = "maildir:outbox"\n')
    told(cli(weekly, "send", "weekly"), 0)
    assert len(os.listdir(weekly / "outbox/new")) == 2
    told(cli(weekly, "send", "weekly"), 0)
    assert len(os.listdir(weekly / "outbox/new")) == 2


@pytest.mark.parametrize(
    ("transport", "words"),
    [("carrier-pigeon:coop", ("delivery.transport",)), ("smtp://", ("delivery.transport",))],
)
def test_a_transport_that_is_none(weekly: Path, transport: str, words: tuple[str, ...]) -> None:
    with opened(weekly) as newsroom:
        newsroom.compose("weekly")
    config = weekly / "syndicate.toml"
    config.write_text(config.read_text() + f'\n[delivery]\ntransport = "{transport}"\n')
    told(cli(weekly, "send", "weekly"), 2, *words)


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        ("<mjml>\n<mj-body>\n{% if x %}\n</mj-body></mjml>", ("bad.mjml:",)),
        (
            "<mjml><mj-body>\n<mj-section>\n{{ nothing.here }}</mj-section></mj-body></mjml>",
            ("bad.mjml:3", "nothing"),
        ),
    ],
)
def test_a_theme_that_is_wrong(weekly: Path, theme: str, words: tuple[str, ...]) -> None:
    write(weekly, {"themes/bad.mjml": theme})
    config = weekly / "syndicate.toml"
    good = config.read_text()
    config.write_text(good + 'theme = "themes/bad.mjml"\n')
    told(cli(weekly, "compose", "weekly"), 2, *words)
    config.write_text(good)
    done = cli(weekly, "compose", "weekly")
    told(done, 0)
    assert "weekly-1" in done.stdout


@pytest.mark.parametrize("subject", ["{{ articles[0].titel }}", "{% if %}", "{{ 1 / 0 }}"])
def test_a_subject_that_is_wrong(weekly: Path, subject: str) -> None:
    config = weekly / "syndicate.toml"
    config.write_text(config.read_text() + f'subject = "{subject}"\n')
    told(cli(weekly, "compose", "weekly"), 2, "subject")


def test_addresses_that_are_none(weekly: Path) -> None:
    write(weekly, {"more.csv": 'email,name\nnonsense,N\ncy@reader.example,Cy\n"a@b.example\nBcc: x",X\n'})
    told(
        cli(weekly, "subscribers", "import", "more.csv"),
        1,
        "more.csv:2",
        "nonsense",
        "not an email address",
    )
    assert "cy@reader.example" in cli(weekly, "subscribers", "export").stdout
    told(cli(weekly, "subscribers", "add", "nonsense"), 1, "not an email address")
    told(
        cli(weekly, "subscribers", "import", "absent.csv"),
        2,
        "absent.csv",
        "does not exist",
        "check the file name",
    )
    told(cli(weekly, "subscribers", "remove", "nobody@reader.example"), 1)


# Config and usage


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[site\n", ("syndicate.toml:1: not TOML",)),
        (SITE + "titel = 1\n", ("syndicate.toml:7, field site.titel: unknown name (did you mean 'title'?)",)),
        ("", ("syndicate.toml, field site: missing (add a table [site])",)),
        (SITE + WEEKLY + 'schedule = "61 7 * * *"\n', ("syndicate.toml:12, field newsletter.1.schedule: ",)),
        (SITE + MAIN + MAIN, ("syndicate.toml:12, field feed.2.name: two [[feed]] tables are named 'main'",)),
        (SITE + '\n[[feed]]\nname = "../x"\n', ("syndicate.toml:9, field feed.1.name: ", "leads out")),
    ],
)
def test_a_config_that_is_wrong(tmp_path: Path, text: str | bytes, words: tuple[str, ...]) -> None:
    write(tmp_path, {"syndicate.toml": text})
    told(cli(tmp_path, "check"), 2, *words)
    assert sorted(os.listdir(tmp_path)) == ["syndicate.toml"]


def test_a_config_that_is_missing(tmp_path: Path) -> None:
    told(cli(tmp_path, "ingest"), 2, "syndicate.toml: there is no config (syndicate init makes one)")
    told(cli(tmp_path, "ingest", "--config", "other.toml"), 2, "other.toml: there is no config")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ingest", "psots"), ("there is no source 'psots'", "known: posts")),
        (("publish", "mian"), ("there is no feed 'mian'", "known: main")),
        (("compose", "daily"), ("there is no newsletter 'daily'", "known: none")),
        (("subscribers", "add", "a@b.example", "--newsletter", "daily"), ("there is no newsletter 'daily'",)),
        (("publsh",), ("publsh",)),
        (("next", "-n", "0"), ("-n",)),
        (("compose",), ("newsletter",)),
    ],
)
def test_names_and_usage_that_are_wrong(
    listed: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    told(cli(listed, *arguments), 2, *words)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ingest",), 1),
        (("ingest", "psots"), 2),
        (("check",), 1),
        (("ingest", "--config", "absent.toml"), 2),
        (("next",), 0),
        (("publish",), 0),
    ],
)
def test_json_is_one_document_on_stdout_whatever_happens(
    listed: Path, arguments: tuple[str, ...], code: int
) -> None:
    write(listed, {"posts.jsonl": GOOD + "{broken\n"})
    done = cli(listed, *arguments, "--json")
    told(done, code)
    document = json.loads(done.stdout)
    if code == 2:
        assert set(document["error"]) >= {"message", "file", "line", "field", "hint"}
        assert document["error"]["message"]
        assert document["error"]["message"] in done.stderr


@pytest.mark.parametrize(
    "arguments", [("subscribers", "export"), ("subscribers", "list", "--json"), ("status",)]
)
def test_a_reader_who_has_had_enough(weekly: Path, arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", *arguments],
        cwd=weekly,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == ""


def test_words_in_any_script_on_a_terminal_without_any(listed: Path) -> None:
    write(listed, {"posts.jsonl": '{"id": "港", "title": "x", "date": "今日"}\n'})
    done = cli(listed, "ingest", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    told(done, 1, "今日", "港")
