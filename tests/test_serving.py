"""Feeds over HTTP: a real server over files that change, and what RFC 9110 wants of its answers."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route

from helpers_site import StillClock
from helpers_web import Served, serving
from syndicate.scheduling import Schedule
from syndicate.views import evaluate_conditions
from syndicate.web.content_coding import PREFERRED, Coding, choose_coding
from syndicate.web.feed_routes import Feeds
from syndicate.web.published_files import PublishedFiles

NOW = datetime(2026, 4, 10, 12, 1, 30, tzinfo=UTC)
CHANGED = datetime(2026, 4, 9, 8, 30, 15, tzinfo=UTC)
NANOSECONDS = int(CHANGED.timestamp()) * 10**9 + 123_456_789
BODY = b"<rss>" + b"the tide " * 500 + b"</rss>"
TAG = '"0123456789abcdef"'


def put(folder: Path, name: str, body: bytes = BODY, *, at: int = NANOSECONDS, forms: str = "gz br") -> None:
    """Put a file and its compressed forms as publishing does: whole, and all of one time."""
    made = {name: body}
    if "gz" in forms:
        made[f"{name}.gz"] = gzip.compress(body, mtime=0)
    if "br" in forms:
        # Nothing here looks into it: what was prepared is what is sent.
        made[f"{name}.br"] = b"brotli:" + body[:100]
    for path, data in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.tmp")
        part.write_bytes(data)
        os.utime(part, ns=(at, at))
        part.replace(target)


def application(
    folder: Path, spec: str | None = "every 5 minutes", clock: StillClock | None = None
) -> Starlette:
    refresh = Schedule("refresh", spec) if spec else None
    feeds = Feeds(PublishedFiles(folder), refresh, clock or StillClock(NOW))
    return Starlette(routes=[Route("/feeds/{path:path}", feeds)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The site's output, in a folder that has other things as well."""
    return tmp_path / "site" / "public"


@pytest.fixture
def site(folder: Path) -> Iterator[Served]:
    with serving(application(folder)) as served:
        yield served


# --- a whole answer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main.rss", "application/rss+xml"),
        ("tag/sea-birds.atom", "application/atom+xml"),
        ("main.json", "application/feed+json"),
        ("feeds.opml", "text/x-opml"),
        ("main.html", "text/html"),
    ],
)
def test_each_format_has_its_media_type(site: Served, folder: Path, name: str, kind: str) -> None:
    put(folder, name)
    answer = site.ask(f"/feeds/{name}")
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["content-length"] == str(len(BODY))
    assert answer.headers["last-modified"] == format_datetime(CHANGED, usegmt=True)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["accept-ranges"] == "none"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == "ETag"
    assert answer.headers["etag"].startswith('"')
    assert "content-encoding" not in answer.headers


def test_page_may_load_only_images(site: Served, folder: Path) -> None:
    put(folder, "main.html")
    policy = site.ask("/feeds/main.html").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script" not in policy


@pytest.mark.parametrize("ending", ["rss", "atom", "json", "opml"])
def test_feeds_cannot_run_scripts(site: Served, folder: Path, ending: str) -> None:
    for name in (f"main.{ending}", f"main/archive/1.{ending}"):
        put(folder, name)
        first = site.ask(f"/feeds/{name}")
        answers = [
            first,
            *(site.ask(f"/feeds/{name}", accept_encoding=coding) for coding in ("gzip", "br")),
            site.ask(f"/feeds/{name}", "HEAD"),
            site.ask(f"/feeds/{name}", if_none_match=first.headers["etag"]),
        ]
        assert [each.status for each in answers] == [200, 200, 200, 200, 304]
        for each in answers:
            assert each.headers.getlist("content-security-policy") == ["sandbox; default-src 'none'"]
            assert each.headers.getlist("x-content-type-options") == ["nosniff"]
    assert site.ask("/feeds/none.rss").headers["x-content-type-options"] == "nosniff"


def test_folder_serves_its_index_page(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    assert site.ask("/feeds/").status == 404
    put(folder, "index.html", b"<h1>Feeds</h1>")
    answer = site.ask("/feeds/")
    assert (answer.status, answer.body) == (200, b"<h1>Feeds</h1>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_head_has_the_headers_of_get(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    for codings in ("identity", "gzip", "br"):
        whole = site.ask("/feeds/main.rss", accept_encoding=codings)
        head = site.ask("/feeds/main.rss", "HEAD", accept_encoding=codings)
        assert (head.status, head.body) == (200, b"")
        assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


def test_range_request_gets_the_whole_file(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    tag = site.ask("/feeds/main.rss").headers["etag"]
    for more in ({}, {"if_range": tag}):
        answer = site.ask("/feeds/main.rss", range="bytes=0-9", **more)
        assert (answer.status, answer.body) == (200, BODY)
        assert "content-range" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_other_methods_are_refused(site: Served, folder: Path, method: str) -> None:
    put(folder, "main.rss")
    answer = site.ask("/feeds/main.rss", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_preflight_allows_conditional_requests(site: Served, folder: Path) -> None:
    put(folder, "main.json")
    answer = site.ask(
        "/feeds/main.json",
        "OPTIONS",
        origin="https://reader.example",
        access_control_request_method="GET",
        access_control_request_headers="if-none-match",
    )
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert "GET" in answer.headers["access-control-allow-methods"]


# --- conditions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("codings", ["identity", "gzip", "br"])
def test_known_version_gets_304(site: Served, folder: Path, codings: str) -> None:
    put(folder, "main.rss")
    first = site.ask("/feeds/main.rss", accept_encoding=codings)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    later = format_datetime(CHANGED + timedelta(days=1), usegmt=True)
    for having in (
        {"if_none_match": tag},
        {"if_none_match": f"W/{tag}"},
        {"if_none_match": f'"other", W/"a,b", {tag}'},
        {"if_none_match": "*"},
        {"if_modified_since": modified},
        {"if_modified_since": later},
        {"if_modified_since": CHANGED.strftime("%A, %d-%b-%y %H:%M:%S GMT")},
        {"if_modified_since": CHANGED.strftime("%a %b %e %H:%M:%S %Y")},
        {"if_none_match": tag, "if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        for method in ("GET", "HEAD"):
            answer = site.ask("/feeds/main.rss", method, accept_encoding=codings, **having)
            assert (answer.status, answer.body) == (304, b""), having
            # RFC 9110 15.4.5: these as they would have been with a 200.
            for name in ("etag", "last-modified", "cache-control", "vary", "access-control-allow-origin"):
                assert answer.headers[name] == first.headers[name]
            assert "content-length" not in answer.headers
            assert "content-type" not in answer.headers


def test_unknown_version_gets_200(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    first = site.ask("/feeds/main.rss")
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for having in (
        {"if_none_match": '"other"'},
        {"if_none_match": tag.strip('"')},
        {"if_none_match": '"other"', "if_modified_since": modified},
        {"if_modified_since": format_datetime(CHANGED - timedelta(seconds=1), usegmt=True)},
        {"if_modified_since": "last Tuesday"},
        {"if_modified_since": "Mon, 99 Foo 2026 99:99:99 GMT"},
    ):
        answer = site.ask("/feeds/main.rss", **having)
        assert (answer.status, answer.body) == (200, BODY), having


def test_failed_if_match_gets_412(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    tag = site.ask("/feeds/main.rss").headers["etag"]
    before = format_datetime(CHANGED - timedelta(seconds=1), usegmt=True)
    assert site.ask("/feeds/main.rss", if_match='"other"').status == 412
    assert site.ask("/feeds/main.rss", if_match=f"W/{tag}").status == 412
    assert site.ask("/feeds/main.rss", if_unmodified_since=before).status == 412
    for wanted in (tag, f'"other", {tag}', "*"):
        assert site.ask("/feeds/main.rss", if_match=wanted, if_unmodified_since=before).status == 200


def test_entity_tag_depends_on_the_bytes(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    first = site.ask("/feeds/main.rss").headers
    # As long as the old one, and put at the same time: only the bytes tell.
    put(folder, "main.rss", BODY.replace(b"tide", b"wind"))
    second = site.ask("/feeds/main.rss", if_none_match=first["etag"])
    assert (second.status, b"wind" in second.body) == (200, True)
    put(folder, "main.rss", at=NANOSECONDS + 10**9)
    third = site.ask("/feeds/main.rss").headers
    assert third["etag"] == first["etag"] != second.headers["etag"]
    assert third["last-modified"] != first["last-modified"]


def test_new_file_has_no_last_modified(folder: Path) -> None:
    """HTTP tells seconds: readers that go by them must not take the second version of one for the first."""
    clock = StillClock(CHANGED + timedelta(microseconds=200_000))
    now = format_datetime(CHANGED, usegmt=True)
    with serving(application(folder, clock=clock)) as site:
        put(folder, "main.rss", b"<rss>one</rss>", at=NANOSECONDS)
        assert "last-modified" not in site.ask("/feeds/main.rss").headers
        assert site.ask("/feeds/main.rss", if_modified_since=now).status == 200
        put(folder, "main.rss", b"<rss>two</rss>", at=NANOSECONDS + 1)
        clock.pass_(timedelta(seconds=1.8))
        answer = site.ask("/feeds/main.rss")
        assert (answer.body, answer.headers["last-modified"]) == (b"<rss>two</rss>", now)
        assert site.ask("/feeds/main.rss", if_modified_since=now).status == 304


def test_file_from_the_future_has_no_last_modified(site: Served, folder: Path) -> None:
    put(folder, "main.rss", at=NANOSECONDS + 30 * 86400 * 10**9)
    answer = site.ask("/feeds/main.rss", if_modified_since=format_datetime(NOW, usegmt=True))
    assert answer.status == 200
    assert "last-modified" not in answer.headers
    assert site.ask("/feeds/main.rss", if_none_match=answer.headers["etag"]).status == 304


# --- codings --------------------------------------------------------------------------------------------


def test_each_coding_has_its_own_entity_tag(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    answers = {name: site.ask("/feeds/main.rss", accept_encoding=name) for name in ("identity", "gzip", "br")}
    assert answers["identity"].body == BODY
    assert gzip.decompress(answers["gzip"].body) == BODY
    assert answers["br"].body == (folder / "main.rss.br").read_bytes()
    assert len({each.headers["etag"] for each in answers.values()}) == 3
    for name, answer in answers.items():
        assert answer.headers.get("content-encoding", "identity") == name
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
        assert answer.headers["vary"] == "Accept-Encoding"
    tag = answers["gzip"].headers["etag"]
    assert site.ask("/feeds/main.rss", accept_encoding="br", if_none_match=tag).status == 200


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("br, gzip", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip ; q=0.5 , br ; Q=0.8", "br"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0, br", "br"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate, identity;q=0", None),
        ("*;q=0, identity", "identity"),
        ("gzip;q=much", "identity"),
        ("gzip;q=2", "identity"),
        (",;q=1,,", "identity"),
    ],
)
def test_coding_with_the_highest_weight_is_chosen(
    site: Served, folder: Path, accept: str | None, coding: str | None
) -> None:
    put(folder, "main.rss")
    answer = site.ask("/feeds/main.rss", **({} if accept is None else {"accept_encoding": accept}))
    if coding is None:
        assert (answer.status, answer.headers["vary"]) == (406, "Accept-Encoding")
    else:
        assert (answer.status, answer.headers.get("content-encoding", "identity")) == (200, coding)


def test_variant_of_another_version_is_not_served(site: Served, folder: Path) -> None:
    put(folder, "main.rss")
    put(folder, "main.rss", b"<rss>new</rss>", at=NANOSECONDS + 1, forms="br")
    answer = site.ask("/feeds/main.rss", accept_encoding="gzip")
    assert answer.body == b"<rss>new</rss>"
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert site.ask("/feeds/main.rss", accept_encoding="gzip, br").headers["content-encoding"] == "br"
    put(folder, "main.rss", b"<rss>newer</rss>", at=NANOSECONDS + 2, forms="")
    assert site.ask("/feeds/main.rss", accept_encoding="gzip, br").body == b"<rss>newer</rss>"


def test_file_without_variants_is_served_uncompressed(site: Served, folder: Path) -> None:
    put(folder, "main.rss", forms="")
    answer = site.ask("/feeds/main.rss", accept_encoding="gzip, br")
    assert (answer.body, answer.headers["vary"]) == (BODY, "Accept-Encoding")


CODINGS = st.sampled_from(["br", "gzip", "x-gzip", "identity", "deflate", "*", "", " ", "é"])
WEIGHTS = st.sampled_from(
    ["", ";q=0", ";q=0.3", ";q=1", ";q=0.001", ";q=1.5", ";q=x", ";level=1", ";q=0.3;q=1"]
)
ACCEPT = st.lists(st.tuples(CODINGS, WEIGHTS).map("".join)).map(",".join) | st.text()


@given(ACCEPT, st.sets(st.sampled_from(PREFERRED)))
def test_chosen_coding_is_available_and_acceptable(accept: str, there: set[Coding]) -> None:
    chosen = choose_coding(accept, there)
    assert chosen is None or chosen == "identity" or chosen in there
    refused = {part.strip().lower() for part in accept.split(",")}
    if chosen and f"{chosen};q=0" in refused:
        # Unless the same header asks for it as well.
        assert sum(name.removeprefix("x-").startswith((chosen, "*")) for name in refused) > 1
    if chosen is None:
        assert "0" in accept, "identity was not ruled out"


TAGS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"')).map(
    '"{}"'.format
)


@given(st.lists(st.tuples(st.sampled_from(["", "W/"]), TAGS), min_size=1), st.integers(min_value=0))
def test_entity_tag_is_found_in_any_list(others: list[tuple[str, str]], place: int) -> None:
    listed = [weak + tag for weak, tag in others if tag != TAG]
    assert evaluate_conditions({"if-none-match": ", ".join(listed)}, TAG, CHANGED) == 200
    listed.insert(place % (len(listed) + 1), TAG)
    assert evaluate_conditions({"if-none-match": " ,".join(listed)}, TAG, CHANGED) == 304
    assert evaluate_conditions({"if-match": ",".join(listed)}, TAG, CHANGED) == 200


NAMES = st.sampled_from(["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"])


@given(st.dictionaries(NAMES, st.text() | st.datetimes().map(format_datetime)))
def test_malformed_conditions_are_ignored(headers: dict[str, str]) -> None:
    assert evaluate_conditions(headers, TAG, CHANGED) in (200, 304, 412)


# --- for how long ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "name", "seconds"),
    [
        ("every 5 minutes", "main.rss", 210),  # it is 12:01:30
        ("every 5 minutes", "archive.rss", 210),
        ("every 1 second", "main.rss", 60),
        ("0 7 * * mon", "main.rss", 3600),
        ("10 * * * *", "main.json", 510),
        (None, "main.rss", 300),
        ("every 5 minutes", "main/archive/2026-03.atom", 86400),
        ("every 5 minutes", "archive/1.rss", 86400),
    ],
)
def test_max_age_ends_at_the_next_refresh(folder: Path, spec: str | None, name: str, seconds: int) -> None:
    put(folder, name)
    with serving(application(folder, spec)) as site:
        assert site.ask(f"/feeds/{name}").headers["cache-control"] == f"public, max-age={seconds}"


def test_max_age_follows_the_time(folder: Path) -> None:
    put(folder, "main.rss")
    clock = StillClock(NOW)
    with serving(application(folder, clock=clock)) as site:
        found = []
        for _ in range(4):
            found.append(site.ask("/feeds/main.rss").headers["cache-control"])
            clock.pass_(timedelta(seconds=100))
    assert found == [f"public, max-age={seconds}" for seconds in (210, 110, 60, 210)]


# --- what is not served ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../secret.rss",
        "tag/../../secret.rss",
        "%2e%2e/secret.rss",
        "tag%2fone.rss",
        "tag%2Fone.rss",
        "..%2fsecret.rss",
        "..%5csecret.rss",
        "tag/./one.rss",
        "tag//one.rss",
        "/main.rss",
        "main.rss/",
        "main.rss%00",
        "main.rss%00.rss",
        "%00.rss",
        ".hidden.rss",
        ".git/one.rss",
        "main.rss.gz",
        "main.rss.br",
        "notes.txt",
        "rss",
        "main",
        "main.RSS",
        "tag",
        "tag/",
        "tag.rss",
        "pipe.rss",
        "none.rss",
        "none/none.rss",
        "main.rss/one.rss",
        "loop.rss",
        "out.rss",
        "outside/secret.rss",
        "%ff.rss",
        "a" * 300 + ".rss",
        "%0a.rss",
    ],
)
def test_other_files_are_not_served(site: Served, folder: Path, path: str) -> None:
    for name in ("main.rss", "tag/one.rss", ".hidden.rss", ".git/one.rss", "notes.txt", "main", "rss"):
        put(folder, name)
    put(folder.parent, "secret.rss", b"secret")
    (folder / "tag.rss").mkdir()
    (folder / "loop.rss").symlink_to("loop.rss")
    (folder / "out.rss").symlink_to("../secret.rss")
    (folder / "outside").symlink_to("..")
    os.mkfifo(folder / "pipe.rss")
    for method in ("GET", "HEAD"):
        answer = site.ask(f"/feeds/{path}", method)
        assert answer.status == 404
        assert b"secret" not in answer.body


def test_variant_outside_the_folder_is_not_served(site: Served, folder: Path) -> None:
    put(folder, "main.rss", forms="")
    put(folder.parent, "secret", b"secret", forms="")
    (folder / "main.rss.gz").symlink_to("../secret")
    assert site.ask("/feeds/main.rss", accept_encoding="gzip").body == BODY


def test_links_within_the_folder_are_followed(folder: Path, tmp_path: Path) -> None:
    put(folder, "main.rss")
    (folder / "all.rss").symlink_to("main.rss")
    (tmp_path / "current").symlink_to(folder)
    with serving(application(tmp_path / "current")) as site:
        assert site.ask("/feeds/main.rss", accept_encoding="gzip").headers["content-encoding"] == "gzip"
        assert site.ask("/feeds/all.rss").body == BODY


def test_file_names_in_any_script_are_served(site: Served, folder: Path) -> None:
    put(folder, "tag/море и сушa.rss")
    path = "tag/%D0%BC%D0%BE%D1%80%D0%B5%20%D0%B8%20%D1%81%D1%83%D1%88a.rss"
    assert site.ask(f"/feeds/{path}").body == BODY


def test_unreadable_file_gets_503(
    site: Served, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, "main.rss")

    def fail(self: PublishedFiles, file: object) -> str:
        raise OSError(5, "Input/output error")

    # A disk that fails is not to be had here, and root may read everything.
    monkeypatch.setattr(PublishedFiles, "tag", fail)
    answer = site.ask("/feeds/main.rss")
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert "Input/output error" in caplog.text
    assert b"Input/output" not in answer.body


def test_missing_folder_gets_404(site: Served, folder: Path) -> None:
    assert site.ask("/feeds/main.rss").status == 404
    assert site.ask("/feeds/").status == 404
    put(folder, "main.rss")
    assert site.ask("/feeds/main.rss").status == 200


# --- while it changes -----------------------------------------------------------------------------------


def test_file_that_is_replaced_all_the_time_is_always_complete(site: Served, folder: Path) -> None:
    versions = [f"<rss>{letter * (50_000 + 7_000 * n)}</rss>".encode() for n, letter in enumerate("abcdef")]
    put(folder, "main.rss", versions[0])
    done = threading.Event()

    def publish() -> None:
        number = 0
        while not done.is_set():
            number += 1
            put(folder, "main.rss", versions[number % len(versions)], at=NANOSECONDS + number, forms="gz")

    publisher = threading.Thread(target=publish)
    publisher.start()
    tags: dict[str, bytes] = {}
    try:
        for number in range(300):
            answer = site.ask("/feeds/main.rss", accept_encoding="gzip" if number % 2 else "identity")
            assert answer.status == 200
            coded = answer.headers.get("content-encoding") == "gzip"
            body = gzip.decompress(answer.body) if coded else answer.body
            assert body in versions
            assert tags.setdefault(answer.headers["etag"], answer.body) == answer.body
    finally:
        done.set()
        publisher.join()
    assert len(set(tags.values())) > 1, "nothing changed meanwhile"
