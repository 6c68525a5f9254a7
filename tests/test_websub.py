"""Pings to WebSub hubs: a working one, and hubs that fail in various ways."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any
from urllib.parse import parse_qs, quote
from urllib.request import Request, urlopen

import pytest
import trustme

from helpers_feeds import FEED, example_articles
from helpers_hub import Handler, serving
from helpers_net import free_port
from syndicate import to_atom
from syndicate.publishing import websub
from syndicate.publishing.websub import PingResult, ping

AGENT = "syndicate/0 (+https://harbour.example/)"
TOPICS = [f"https://harbour.example/feeds/{number}.atom" for number in range(7)]


def checked_ping(hub: str, topics: list[str] = TOPICS, **options: Any) -> PingResult:
    result = ping(hub, topics, agent=AGENT, **options)
    assert sorted([*result.accepted, *result.pending, *result.refused]) == sorted(set(topics))
    assert result.hub == hub
    assert bool(result.problems) == bool(result.pending or result.refused)
    for problem in result.problems:
        assert problem.severity == "warning"
        assert problem.field == "hubs"
        assert problem.id == hub
        assert problem.hint
        assert str(problem).isprintable()
    return result


# A working hub


class Hub:
    """A hub that verifies subscriptions, and fetches and distributes a topic at a ping."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, list[str]] = {}
        self.distributed = threading.Event()

    def __call__(self, asked: Handler) -> None:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if form.get("hub.mode") == "subscribe":
            topic, callback = form["hub.topic"], form["hub.callback"]
            ask = f"{callback}?hub.mode=subscribe&hub.topic={quote(topic, safe='')}&hub.challenge=quay"
            with urlopen(ask, timeout=10) as answer:
                assert answer.read() == b"quay"
            self.subscriptions.setdefault(topic, []).append(callback)
            asked.respond(202)
        elif form.get("hub.mode") == "publish" and form["hub.url"] in self.subscriptions:
            asked.respond(202, b"fetching")
            with urlopen(form["hub.url"], timeout=10) as fetched:
                body, kind = fetched.read(), fetched.headers["Content-Type"]
            for callback in self.subscriptions[form["hub.url"]]:
                hub = f'<{asked.server.url}>; rel="hub", <{form["hub.url"]}>; rel="self"'
                urlopen(Request(callback, body, {"Content-Type": kind, "Link": hub}), timeout=10).close()
            self.distributed.set()
        else:
            asked.respond(400, b"hub.mode or hub.url is wrong")


def test_a_hub_fetches_a_topic_and_distributes_it() -> None:
    body = to_atom(FEED, example_articles())
    hub = Hub()

    def site(asked: Handler) -> None:
        asked.respond(200, body, Content_Type="application/atom+xml")

    def reader(asked: Handler) -> None:
        query = parse_qs(asked.path.partition("?")[2])
        asked.respond(200, query.get("hub.challenge", [""])[0].encode())

    with serving(hub) as hubs, serving(site) as sites, serving(reader) as readers:
        topic = f"{sites.url}main.atom"
        form = f"hub.mode=subscribe&hub.topic={quote(topic)}&hub.callback={quote(readers.url)}"
        urlopen(hubs.url, form.encode(), timeout=10).close()
        assert checked_ping(hubs.url, [topic]) == PingResult(hubs.url, accepted=(topic,))
        assert hub.distributed.wait(10)
        assert readers.asked[-1] == ("POST", "/", body)
        other = checked_ping(hubs.url, [f"{sites.url}unknown.atom"])
        assert other.refused == (f"{sites.url}unknown.atom",)
        assert "hub.mode or hub.url is wrong" in other.problems[0].message


# Requests


def test_a_ping_is_a_form_with_mode_url_and_topic() -> None:
    with serving(lambda asked: asked.respond(204)) as hub:
        assert checked_ping(f"{hub.url}hub?key=1", TOPICS[:2]).accepted == tuple(TOPICS[:2])
    assert [(method, path) for method, path, _ in hub.asked] == [("POST", "/hub?key=1")] * 2
    assert hub.forms == [
        [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)] for topic in TOPICS[:2]
    ]
    assert {each["Content-Type"] for each in hub.headers} == {"application/x-www-form-urlencoded"}
    assert {each["User-Agent"] for each in hub.headers} == {AGENT}
    assert hub.connections == 1


def test_a_hub_that_accepts_several_topics_gets_them_in_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(websub._TOPICS_PER_REQUEST, "127.0.0.1", 3)
    with serving(lambda asked: asked.respond(204)) as hub:
        assert checked_ping(hub.url).accepted == tuple(TOPICS)
    assert [[value for name, value in form if name == "hub.url"] for form in hub.forms] == [
        TOPICS[:3],
        TOPICS[3:6],
        TOPICS[6:],
    ]
    assert [name for name, _ in hub.forms[0]] == ["hub.mode", "hub.url", "hub.url", "hub.url"]


def test_a_topic_is_sent_unchanged_and_once() -> None:
    topic = "https://harbour.example/feeds/tag/%E8%88%B9.atom?a=1&b=%26+x"
    with serving(lambda asked: asked.respond(200, b"ok")) as hub:
        assert checked_ping(hub.url, [topic, topic]).accepted == (topic,)
    assert hub.forms == [[("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)]]


def test_without_topics_no_request_is_made() -> None:
    with serving(lambda asked: asked.respond(204)) as hub:
        assert checked_ping(hub.url, []) == PingResult(hub.url)
    assert hub.asked == []


# Responses


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_status_accepts_the_topics(status: int) -> None:
    with serving(lambda asked: asked.respond(status)) as hub:
        assert checked_ping(hub.url) == PingResult(hub.url, accepted=tuple(TOPICS))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 507])
def test_a_busy_hub_leaves_topics_pending(status: int) -> None:
    with serving(lambda asked: asked.respond(status, b"tired\x1b[31m\n")) as hub:
        result = checked_ping(hub.url)
    assert result.pending == tuple(TOPICS)
    assert len(hub.asked) == 3
    [problem] = result.problems
    assert f"it answered {status}: tired [31m" in problem.message
    assert f"{TOPICS[0]}, {TOPICS[1]}, {TOPICS[2]} and 4 more" in problem.message


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "that the hub can fetch these addresses"),
        (401, "register the site"),
        (403, "register the site"),
        (404, "check the hub's address"),
        (405, "check the hub's address"),
        (422, "that the hub can fetch these addresses"),
    ],
)
def test_4xx_statuses_refuse_the_topics(status: int, hint: str) -> None:
    with serving(lambda asked: asked.respond(status)) as hub:
        result = checked_ping(hub.url)
    assert result.refused == tuple(TOPICS)
    assert len(hub.asked) == 3
    assert hint in (result.problems[0].hint or "")


def test_one_refused_topic_does_not_affect_the_others() -> None:
    def picky(asked: Handler) -> None:
        bad = {"1.atom": 400, "3.atom": 503, "4.atom": 400, "6.atom": 400}
        status = next((code for name, code in bad.items() if name.encode() in asked.body), 204)
        asked.respond(status)

    with serving(picky) as hub:
        result = checked_ping(hub.url)
    assert result.accepted == (TOPICS[0], TOPICS[2], TOPICS[5])
    assert result.pending == (TOPICS[3],)
    assert result.refused == (TOPICS[1], TOPICS[4], TOPICS[6])
    assert len(result.problems) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with (
        serving(lambda asked: asked.respond(204)) as other,
        serving(lambda asked: asked.respond(status, Location=other.url)) as hub,
    ):
        result = checked_ping(hub.url)
    assert result.refused == tuple(TOPICS)
    assert other.asked == []
    assert other.url in result.problems[0].message
    assert "redirects are not followed" in (result.problems[0].hint or "")


def test_a_silent_hub_leaves_topics_pending_after_the_timeout() -> None:
    def silent(asked: Handler) -> None:
        asked.server.over.wait(30)

    with serving(silent) as hub:
        result = checked_ping(hub.url, timeout=0.1)
    assert result.pending == tuple(TOPICS)
    assert len(hub.asked) == 3
    assert "did not answer within 0.1 s" in result.problems[0].message


def test_no_request_is_made_after_the_total_timeout() -> None:
    def slow(asked: Handler) -> None:
        asked.server.over.wait(0.6)
        asked.respond(204)

    with serving(slow) as hub:
        result = checked_ping(hub.url, total_timeout=0.5)
    assert result.accepted == (TOPICS[0],)
    assert result.pending == tuple(TOPICS[1:])
    assert "took longer than 0.5 s" in result.problems[0].message


def test_a_refused_connection_leaves_topics_pending() -> None:
    result = checked_ping(f"http://127.0.0.1:{free_port()}/")
    assert result.pending == tuple(TOPICS)
    assert "Connection refused" in result.problems[0].message


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("chunked", [True, False])
def test_an_endless_response_body_is_not_read(status: int, chunked: bool) -> None:
    ended = threading.Event()

    def endless(asked: Handler) -> None:
        asked.send_response(status)
        asked.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
        asked.end_headers()
        line = b"x" * 4000
        try:
            while not asked.server.over.is_set():
                asked.wfile.write(b"%x\r\n%s\r\n" % (len(line), line) if chunked else line)
        except OSError:
            ended.set()
        asked.close_connection = True

    with serving(endless) as hub:
        result = checked_ping(hub.url, TOPICS[:1])
        assert ended.wait(10), "the connection is closed"
    assert result.accepted == (tuple(TOPICS[:1]) if status == 200 else ())
    assert sum(len(str(problem)) for problem in result.problems) < 600


def test_a_missing_response_body_does_not_change_the_result() -> None:
    def stalled(asked: Handler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Length", "10")
        asked.end_headers()
        asked.server.over.wait(30)
        asked.close_connection = True

    with serving(stalled) as hub:
        assert checked_ping(hub.url, TOPICS[:1], timeout=0.1).accepted == tuple(TOPICS[:1])


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000]
)
def test_a_malformed_response_leaves_topics_pending(reply: bytes) -> None:
    def odd(asked: Handler) -> None:
        asked.wfile.write(reply)
        asked.close_connection = True

    with serving(odd) as hub:
        result = checked_ping(hub.url, timeout=2)
    assert result.pending == tuple(TOPICS)


def test_an_untrusted_certificate_leaves_topics_pending() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    plain = socket.socket()
    plain.bind(("127.0.0.1", 0))
    plain.listen()
    port = plain.getsockname()[1]

    def shake() -> None:
        for _ in range(3):
            connection, _address = plain.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

    thread = threading.Thread(target=shake)
    thread.start()
    try:
        result = checked_ping(f"https://127.0.0.1:{port}/")
    finally:
        thread.join(30)
        plain.close()
    assert result.pending == tuple(TOPICS)
    assert "certificate" in (result.problems[0].hint or "")


@pytest.mark.parametrize(
    "hub",
    ["", "nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "http://[::1", "http://a b/"],
)
def test_an_invalid_hub_address_refuses_all_topics(hub: str) -> None:
    result = checked_ping(hub)
    assert result.refused == tuple(TOPICS)
    assert "not the address of a hub" in result.problems[0].message


def test_a_hub_address_needs_no_path() -> None:
    with serving(lambda asked: asked.respond(204)) as hub:
        assert checked_ping(hub.url.rstrip("/"), TOPICS[:1]).accepted == (TOPICS[0],)
    assert hub.asked[0][1] == "/"
