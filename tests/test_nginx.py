"""nginx as docs/how-to/serving.md sets it up: the config on that page is the one that runs here."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from helpers_net import free_port, program
from helpers_site import MAIN, SITE, WEEKLY, configured, opened, source, write
from helpers_web import Answer, ask, serving

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "serving.md"
PATIENCE = 300.0
CHANGED = 1_775_000_000
BODY = b"<rss>" + b"the tide " * 500 + b"</rss>"
KINDS = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "opml": "text/x-opml",
    "html": "text/html",
}
# The headers that a 304 repeats.
KEPT = (
    "etag",
    "last-modified",
    "cache-control",
    "vary",
    "access-control-allow-origin",
    "content-security-policy",
    "x-content-type-options",
)

FeedQuery = Callable[..., Answer]


def written(port: int, public: Path) -> str:
    """The config of the page, for a folder and a port of this test."""
    (text,) = re.findall(r"^```nginx\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    moved, count = re.subn(r"listen +80;", f"listen 127.0.0.1:{port};", text)
    assert count == 1
    assert moved.count("/srv/harbour/public") == 2
    return moved.replace("/srv/harbour/public", str(public))


def started(folder: Path, port: int, site: str) -> subprocess.Popen[bytes]:
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site}\n}}\n"
    )
    command = [program("nginx", "nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "log"]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[FeedQuery]:
    """Ask nginx."""
    port, public = free_port(), tmp_path / "public"
    for kind in KINDS:
        put(public, f"main.{kind}")
    with answering(tmp_path / "nginx", port, written(port, public)) as asked:
        yield asked


@contextmanager
def answering(folder: Path, port: int, site: str) -> Iterator[FeedQuery]:
    """Ask an nginx that runs until the block ends."""
    folder.mkdir()
    process = started(folder, port, site)
    try:
        end = time.monotonic() + PATIENCE
        while process.poll() is None:
            # nginx writes this file after it has opened its port: no other server is asked in its place.
            if (folder / "nginx.pid").exists():
                ask(port, "/")
                break
            assert time.monotonic() < end, "nginx does not start"
            time.sleep(0.02)
        else:
            pytest.fail(f"nginx ended: {process.communicate()[1].decode()}")
        yield lambda path, method="GET", **headers: ask(port, path, method, **headers)
    finally:
        process.terminate()
        said = process.communicate(timeout=PATIENCE)[1].decode()
        assert "warn" not in said


def put(public: Path, name: str, body: bytes = BODY) -> None:
    """Put a file and its compressed forms, of one time."""
    for ending, data in (("", body), (".gz", gzip.compress(body)), (".br", b"brotli:" + body[:90])):
        path = public / f"{name}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (CHANGED, CHANGED))


def test_media_types_and_codings(nginx: FeedQuery) -> None:
    for kind, media_type in KINDS.items():
        tags = set()
        for accept, coding in (("identity", None), ("gzip", "gzip"), ("gzip, br", "gzip")):
            answer = nginx(f"/feeds/main.{kind}", accept_encoding=accept)
            assert answer.status == 200
            assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
            assert answer.headers.get("content-encoding") == coding, (kind, answer.headers)
            assert answer.headers["last-modified"] == formatdate(CHANGED, usegmt=True)
            assert answer.headers.getlist("vary") == ["Accept-Encoding"]
            assert answer.headers["cache-control"] == "public, max-age=300"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["access-control-allow-origin"] == "*"
            (policy,) = answer.headers.getlist("content-security-policy")
            if kind == "html":
                assert "style-src 'unsafe-inline'" in policy
                assert "script" not in policy
            else:
                assert policy == "sandbox; default-src 'none'"
            body = gzip.decompress(answer.body) if coding == "gzip" else answer.body
            assert body == BODY
            tags.add(answer.headers["etag"])
        assert len(tags) == 2


def test_known_version_gets_304(nginx: FeedQuery) -> None:
    for accept in ("identity", "gzip", "gzip, br"):
        first = nginx("/feeds/main.rss", accept_encoding=accept)
        for having in (
            {"if_none_match": first.headers["etag"]},
            {"if_none_match": f'"other", W/{first.headers["etag"]}'},
            {"if_modified_since": formatdate(CHANGED + 60, usegmt=True)},
        ):
            answer = nginx("/feeds/main.rss", accept_encoding=accept, **having)
            assert (answer.status, answer.body) == (304, b"")
            for name in KEPT:
                assert answer.headers[name] == first.headers[name]
    assert nginx("/feeds/main.rss", if_none_match='"other"').status == 200


def test_methods_and_ranges(nginx: FeedQuery) -> None:
    assert nginx("/feeds/main.rss", "HEAD").headers["content-length"] == str(len(BODY))
    assert nginx("/feeds/main.rss", range="bytes=0-9").status == 200
    assert nginx("/feeds/main.rss", "POST").status == 405
    preflight = nginx("/feeds/main.json", "OPTIONS", access_control_request_headers="if-none-match")
    assert preflight.status == 204
    assert preflight.headers.getlist("access-control-allow-origin") == ["*"]
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]


def test_archives_index_and_nothing_else(nginx: FeedQuery, tmp_path: Path) -> None:
    public = tmp_path / "public"
    put(public, "main/archive/1.atom")
    put(public, "tag/sea-birds.rss")
    for name in (".hidden.rss", ".git/one.rss", "notes.txt"):
        put(public, name)
    put(tmp_path, "secret.rss")
    assert nginx("/feeds/main/archive/1.atom").headers["cache-control"] == "public, max-age=86400"
    assert nginx("/feeds/tag/sea-birds.rss").status == 200
    for path in (".hidden.rss", ".git/one.rss", "notes.txt", "main.rss.gz", "none.rss", "tag/", "main.rss/"):
        assert nginx(f"/feeds/{path}").status == 404, path
    for path in ("../secret.rss", "%2e%2e/secret.rss", "..%2fsecret.rss", "tag/../../secret.rss"):
        assert nginx(f"/feeds/{path}").status in (400, 404), path
    assert nginx("/feeds/").status == 404
    put(public, "index.html", b"<h1>Feeds</h1>")
    index = nginx("/feeds/")
    assert (index.status, index.body) == (200, b"<h1>Feeds</h1>")
    assert index.headers["content-type"] == "text/html; charset=utf-8"


# A line of many servers' configs; a dot at the beginning of a token would be the end of every link.
NO_DOT_FILES = r"""
server {{
    listen 127.0.0.1:{port};
    location ~ /\. {{ deny all; }}
    location / {{ proxy_pass http://127.0.0.1:{app}; }}
}}
"""


def test_unsubscribe_links_pass_a_server_that_hides_dot_files(tmp_path: Path) -> None:
    write(tmp_path, {"posts.jsonl": '{"id": "1", "title": "One", "link": "https://harbour.example/1"}\n'})
    web = '[web]\nbase_url = "https://harbour.example/letters/"\n'
    configured(tmp_path, source(), MAIN, WEEKLY, web, site=SITE)
    addresses = [f"ann{number}@reader.example" for number in range(12)]
    port = free_port()
    with opened(tmp_path) as newsroom, serving(newsroom.web_app()) as app:
        newsroom.ingest()
        for address in addresses:
            newsroom.add_subscriber(address)
        newsroom.compose("weekly")
        assert newsroom.send("weekly").accepted == len(addresses)
        mails = [path.read_bytes() for path in (tmp_path / "outbox" / "new").iterdir()]
        links = [
            re.findall(rb"<https://harbour\.example/letters(/[^>]*)>", mail)[0].decode() for mail in mails
        ]
        site = NO_DOT_FILES.format(port=port, app=app.port)
        with answering(tmp_path / "nginx", port, site) as through:
            assert through("/.hidden").status == 403
            assert {through(link).status for link in links} == {200}
            assert len(newsroom.subscribers("weekly")) == len(addresses)
            assert {through(link, "POST", content_length="0").status for link in links} == {200}
        assert newsroom.subscribers("weekly") == []
