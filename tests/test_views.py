"""Feeds in web frameworks: the helper by itself, and the examples with the server of their framework."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from http.client import HTTPConnection
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_net import free_port
from helpers_site import environment
from syndicate import feed_response
from syndicate.linters.feeds import lint

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "web").glob("*.py"))
CHANGED = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
RSS = "application/rss+xml"


def test_the_first_request_gets_the_document_and_its_validators() -> None:
    response = feed_response(b"<rss/>", RSS, last_modified=CHANGED, max_age=timedelta(minutes=5))
    etag = response.headers.pop("ETag")
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag), "strong"
    assert response.headers == {
        "Last-Modified": "Fri, 20 Nov 2026 16:45:00 GMT",
        "Cache-Control": "public, max-age=300",
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Length": "6",
    }
    assert (response.status, response.body) == (200, b"<rss/>")


def test_a_head_request_gets_the_same_headers_and_no_body() -> None:
    got, head = (feed_response(b"<rss/>", RSS, method=method) for method in ("GET", "HEAD"))
    assert (head.status, head.headers, head.body) == (200, got.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get"])
def test_other_methods_are_refused(method: str) -> None:
    response = feed_response(b"<rss/>", RSS, method=method)
    assert (response.status, response.headers, response.body) == (405, {"Allow": "GET, HEAD"}, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ["If-None-Match", "if-none-match", "IF-NONE-MATCH"])
def test_a_client_that_has_the_document_gets_304(method: str, name: str) -> None:
    first = feed_response(b"<rss/>", RSS, last_modified=CHANGED, max_age=timedelta(0))
    etag = first.headers["ETag"]
    for value in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = feed_response(
            b"<rss/>",
            RSS,
            method=method,
            request_headers={name: value},
            last_modified=CHANGED,
            max_age=timedelta(0),
        )
        assert (again.status, again.body) == (304, b"")
        # RFC 9110 15.4.5
        assert again.headers == {
            each: first.headers[each] for each in ("ETag", "Last-Modified", "Cache-Control")
        }
    changed = feed_response(
        b"<rss />", RSS, method=method, request_headers={name: etag}, last_modified=CHANGED
    )
    assert changed.status == 200, "the ETag takes precedence over the date"


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 304), (1, 304)])
def test_if_modified_since_compares_whole_seconds(seconds: int, status: int) -> None:
    modified = CHANGED.astimezone(timezone(timedelta(hours=9))).replace(microsecond=999_999)
    since = format_datetime(CHANGED + timedelta(seconds=seconds), usegmt=True)
    response = feed_response(
        b"<rss/>", RSS, request_headers={"If-Modified-Since": since}, last_modified=modified
    )
    assert response.status == status
    without = feed_response(b"<rss/>", RSS, request_headers={"If-Modified-Since": since})
    assert without.status == 200


def test_a_client_that_wants_another_version_gets_412() -> None:
    response = feed_response(b"<rss/>", RSS, request_headers={"If-Match": '"other"'})
    assert (response.status, response.body) == (412, b"")


def test_a_date_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        feed_response(b"<rss/>", RSS, last_modified=datetime(2026, 11, 20))


def test_lines_of_one_header_are_one_list() -> None:
    class Lines:
        def items(self) -> list[tuple[str, str]]:
            etag = feed_response(b"<rss/>", RSS).headers["ETag"]
            return [("If-None-Match", '"other"'), ("if-none-match", etag)]

    assert feed_response(b"<rss/>", RSS, request_headers=Lines()).status == 304


CONDITIONS = st.sampled_from(["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"])


@given(
    st.binary(), st.dictionaries(CONDITIONS, st.text()), st.none() | st.datetimes(timezones=st.timezones())
)
def test_every_answer_is_one_of_the_four(
    body: bytes, headers: dict[str, str], modified: datetime | None
) -> None:
    try:
        response = feed_response(body, RSS, request_headers=headers, last_modified=modified)
    except OverflowError:
        assert modified is not None and modified.year in (1, 9999)
        return
    assert response.status in (200, 304, 412)
    assert response.body == (body if response.status == 200 else b"")
    known = feed_response(body, RSS, request_headers={"If-None-Match": f'"{len(body)}"'})
    assert known.status == 200
    etag = known.headers["ETag"]
    assert feed_response(body, RSS, request_headers={"If-None-Match": etag}).status == 304
    assert feed_response(body + b" ", RSS, request_headers={"If-None-Match": etag}).status == 200


# The examples


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of the server that the example's docstring starts."""
    command = re.search(r"^Run it: +(.+)$", request.param.read_text(encoding="utf-8"), re.MULTILINE)
    assert command
    port = free_port()
    words = shlex.split(command[1].replace("5000", str(port)))
    if words[0] == "python":
        words[0] = sys.executable
    else:
        words[:1] = [sys.executable, "-m", words[0]]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment(PYTHONWARNINGS="default"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 300
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=300).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=300)


def ask(port: int, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(
        method, "/feed.rss", headers={name.replace("_", "-"): headers[name] for name in headers}
    )
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_every_framework_has_an_example() -> None:
    assert [each.stem.removesuffix("_feed") for each in EXAMPLES] == [
        "django",
        "fastapi",
        "flask",
        "starlette",
    ]


def test_an_example_serves_a_valid_feed(port: int) -> None:
    status, headers, body = ask(port)
    assert (status, headers["content-type"]) == (200, "application/rss+xml; charset=utf-8")
    assert headers["last-modified"] == "Fri, 20 Nov 2026 16:45:00 GMT"
    assert headers["cache-control"] == "public, max-age=300"
    assert re.fullmatch(r'"[^"]+"', headers["etag"])
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == ["The lamp is lit", "Dredging starts"]
    assert not [finding for finding in lint(body) if finding.severity == "error"]
    status, head, nothing = ask(port, "HEAD")
    assert (status, head["etag"], head["content-length"], nothing) == (
        200,
        headers["etag"],
        str(len(body)),
        b"",
    )


def test_an_example_answers_304(port: int) -> None:
    _, headers, _ = ask(port)
    for condition in (
        {"If_None_Match": headers["etag"]},
        {"If_None_Match": f'"other", W/{headers["etag"]}'},
        {"If_Modified_Since": headers["last-modified"]},
    ):
        for method in ("GET", "HEAD"):
            status, again, body = ask(port, method, **condition)
            assert (status, again["etag"], body) == (304, headers["etag"], b""), (method, condition)
    assert ask(port, If_None_Match='"other"')[0] == 200


def test_an_example_refuses_other_methods(port: int) -> None:
    status, headers, _ = ask(port, "DELETE")
    assert status == 405
    assert {"GET", "HEAD"} <= {*re.split(r", *", headers["allow"])}
