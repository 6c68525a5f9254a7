"""Fetching: addresses, limits, robots.txt and redirects. Every server is on loopback."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from email.utils import formatdate
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from helpers_http import Page, Site, serving
from helpers_net import free_port
from syndicate import ExternalError
from syndicate.errors import FetchError
from syndicate.http import Fetcher
from syndicate.http.ip_addresses import is_public

AGENT = "syndicate/0 (+https://harbour.example/)"
MB = 1_000_000


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def fetcher(*, private: bool = True, seconds: float = 20, pause: float = 0, robots: bool = True) -> Fetcher:
    return Fetcher(AGENT, private=private, seconds=seconds, pause=pause, robots=robots)


def refused(url: str, guest: Fetcher | None = None, largest: int = MB) -> FetchError:
    with pytest.raises(FetchError) as raised:
        (guest or fetcher()).get(url, max_bytes=largest)
    return raised.value


# What comes


def test_a_page(site: Site) -> None:
    site.pages["/lamp?lit=1"] = Page(b"lit", headers={"ETag": '"1"', "X-Two": "a"})
    found = fetcher().get(f"{site.root}/lamp?lit=1#top", max_bytes=MB)
    assert (found.body, found.url, found.unchanged) == (b"lit", f"{site.root}/lamp?lit=1", False)
    assert found.headers["etag"] == '"1"'
    assert site.asked[-1].headers["user-agent"] == AGENT
    assert site.paths() == ["/lamp?lit=1"]


def test_compressed(site: Site) -> None:
    site.pages["/"] = Page(gzip.compress(b"lit" * 1000), headers={"Content-Encoding": "gzip"})
    assert fetcher().get(f"{site.root}/", max_bytes=MB).body == b"lit" * 1000


def test_unchanged(site: Site) -> None:
    site.pages["/"] = Page(b"lit", headers={"ETag": '"1"'})
    found = fetcher().get(f"{site.root}/", max_bytes=MB, headers={"If-None-Match": '"1"'})
    assert found.unchanged
    assert found.body == b""


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    site.pages["/"] = Page(b"lit")
    assert fetcher().get(f"{site.root}/", max_bytes=MB).body == b"lit"


def test_tls_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with serving(lambda plain: context.wrap_socket(plain, server_side=True)) as site:
        site.pages["/"] = Page(b"lit")
        url = f"https://localhost:{site.port}/"
        error = refused(url, fetcher(robots=False))
        assert "not safe" in error.message
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert fetcher().get(url, max_bytes=MB).body == b"lit"
        # The certificate is for the name, and the name is what was asked for.
        assert "not safe" in refused(f"https://127.0.0.1:{site.port}/", fetcher(robots=False)).message


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "239.1.1.1"),
        *("255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
        *("2001::1", "2001:db8::1", "100::1", "not an address", ""),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"],
)
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_private_address_is_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        assert not is_public(str(address)) or (inner and is_public(str(inner)))


@given(st.ip_addresses(v=4))
def test_an_address_in_other_clothes_is_the_same(address: IPv4Address) -> None:
    number = int(address)
    nat64 = ip_address(int(IPv6Address("64:ff9b::")) + number)
    six_to_four = ip_address((0x2002 << 112) + (number << 80) + 1)
    mapped = ip_address(int(IPv6Address("::ffff:0:0")) + number)
    assert {is_public(str(each)) for each in (nat64, six_to_four, mapped)} == {is_public(str(address))}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
def test_this_machine_is_refused(site: Site, host: str) -> None:
    site.pages["/"] = Page(b"secret")
    error = refused(f"http://{host}:{site.port}/", fetcher(private=False))
    assert "not a public address" in error.message
    assert "private = true" in (error.hint or "")
    assert site.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    answers = iter(["192.0.2.1", "127.0.0.1"])

    def rebinding(host: str, port: int, *more: object, **options: object) -> object:
        return real(next(answers), port, *more, **options) if host == "rebind.example" else real(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.pages["/"] = Page(b"secret")
    error = refused(f"http://rebind.example:{site.port}/", fetcher(private=False, robots=False))
    assert "192.0.2.1" in error.message
    assert next(answers) == "127.0.0.1", "the name was looked up once"
    assert site.asked == []


def test_every_hop_is_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # One host passes for public; where it leads to does not.
    from syndicate.http import safe_connection

    with serving() as other:
        other.pages["/"] = Page(b"secret")
        site.pages["/"] = Page(status=302, headers={"Location": f"http://localhost:{other.port}/"})
        real, seen = safe_connection.is_public, []

        def first_only(address: str) -> bool:
            seen.append(address)
            return len(seen) == 1 or real(address)

        monkeypatch.setattr(safe_connection, "is_public", first_only)
        error = refused(f"{site.root}/", fetcher(private=False, robots=False))
        assert "localhost is" in error.message
        assert other.asked == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file:///etc/passwd", "absolute http"),
        ("ftp://harbour.example/", "absolute http"),
        ("gopher://127.0.0.1:25/", "absolute http"),
        ("http://user:word@127.0.0.1/", "login"),
        ("http://[::1", "invalid URL"),
        ("javascript:alert(1)", "absolute http"),
    ],
)
def test_redirects_that_are_not_followed(site: Site, target: str, message: str) -> None:
    site.pages["/"] = Page(status=301, headers={"Location": target})
    error = refused(f"{site.root}/")
    assert message in error.message
    assert error.where.file == f"{site.root}/"


def test_redirects_are_followed_and_counted(site: Site) -> None:
    for number in range(5):
        site.pages[f"/{number}"] = Page(status=302, headers={"Location": f"{number + 1}"})
    site.pages["/5"] = Page(b"there")
    found = fetcher().get(f"{site.root}/0", max_bytes=MB)
    assert (found.body, found.url) == (b"there", f"{site.root}/5")
    site.pages["/5"] = Page(status=302, headers={"Location": "/0"})
    assert "more than 5 redirects" in refused(f"{site.root}/0").message


@pytest.mark.parametrize(
    "url", ["mailto:a@harbour.example", "/path", "http://", "http://a b/", "http://" + "a" * 64]
)
def test_invalid_urls(url: str) -> None:
    assert refused(url).is_permanent


@given(st.text(max_size=40))
def test_no_url_is_the_end_of_the_world(text: str) -> None:
    with pytest.raises(FetchError):
        fetcher(private=False, robots=False).get(f"x{text}", max_bytes=10)


def test_an_unreachable_host() -> None:
    error = refused(f"http://127.0.0.1:{free_port()}/", fetcher(robots=False))
    assert "no connection" in error.message
    assert isinstance(error, ExternalError)
    assert not error.is_permanent


def test_no_such_host() -> None:
    assert "not known" in refused("http://nowhere.invalid/", fetcher(robots=False)).message


# Limits


def test_a_body_may_be_as_large_as_the_limit(site: Site) -> None:
    site.pages["/"] = Page(b"x" * 1000)
    assert len(fetcher().get(f"{site.root}/", max_bytes=1000).body) == 1000
    assert "more than 0.000999 MB" in refused(f"{site.root}/", largest=999).message


def test_an_endless_body_is_cut(site: Site) -> None:
    site.pages["/"] = Page(lambda: itertools.repeat(b"x" * 65_536))
    assert "more than 1 MB" in refused(f"{site.root}/").message


def test_an_endless_body_in_chunks_is_cut(site: Site) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    site.pages["/"] = Page(lambda: itertools.repeat(piece), headers={"Transfer-Encoding": "chunked"})
    assert refused(f"{site.root}/")


def test_a_bomb_does_not_go_off(site: Site) -> None:
    bomb = gzip.compress(gzip.compress(bytes(300 * MB)))
    site.pages["/"] = Page(gzip.decompress(bomb), headers={"Content-Encoding": "gzip"})
    site.pages["/twice"] = Page(bomb, headers={"Content-Encoding": "gzip, gzip"})
    tracemalloc.start()
    try:
        for path in ("/", "/twice"):
            assert "more than 1 MB" in refused(site.root + path).message
        assert tracemalloc.get_traced_memory()[1] < 30 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "gzip, br", "zstd", "x-unheard-of"])
def test_compression_that_was_not_asked_for(site: Site, encoding: str) -> None:
    site.pages["/"] = Page(b"lit", headers={"Content-Encoding": encoding})
    assert "not asked for" in refused(f"{site.root}/").message


def test_broken_compression(site: Site) -> None:
    site.pages["/"] = Page(b"\x1f\x8b not gzip", headers={"Content-Encoding": "gzip"})
    assert "compressed" in refused(f"{site.root}/").message


def drip(gap: float = 0.05) -> Iterator[bytes]:
    """A byte now and then, for ever: no single read ever times out."""
    while True:
        time.sleep(gap)
        yield b"x"


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "100000"}])
def test_a_slow_body_is_cut_short(site: Site, headers: dict[str, str]) -> None:
    site.pages["/"] = Page(drip, headers=headers)
    error = refused(f"{site.root}/", fetcher(seconds=0.5, robots=False))
    assert "not complete within 0.5 seconds" in error.message


def test_slow_headers_are_cut_short() -> None:
    # The head of the answer never ends.
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            try:
                for byte in drip():
                    connection.sendall(byte)
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert "not complete" in refused(url, fetcher(seconds=0.5, robots=False)).message
        thread.join(10)
    assert not thread.is_alive(), "the connection was closed"


def test_a_connection_that_breaks(site: Site) -> None:
    site.pages["/"] = Page(lambda: iter([b"half"]), headers={"Content-Length": "8"})
    assert "broke" in refused(f"{site.root}/").message


# What servers say


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [(400, True), (403, True), (404, True), (410, True), (429, False), (500, False), (503, False)],
)
def test_no(site: Site, status: int, is_permanent: bool) -> None:
    site.pages["/"] = Page(b"no", status)
    error = refused(f"{site.root}/")
    assert (error.status, error.is_permanent) == (status, is_permanent)
    assert f"the server answered {status}" in error.message
    assert error.hint
    assert error.where.file == f"{site.root}/"


def test_how_long_to_wait(site: Site) -> None:
    site.pages["/seconds"] = Page(status=503, headers={"Retry-After": "120"})
    site.pages["/words"] = Page(status=503, headers={"Retry-After": "soon"})
    site.pages["/ages"] = Page(status=429, headers={"Retry-After": "9" * 30})
    site.pages["/date"] = Page(
        status=429, headers={"Retry-After": formatdate(time.time() + 3600, usegmt=True)}
    )
    error = refused(f"{site.root}/seconds")
    assert error.retry_after == 120
    assert "asks to wait 120 seconds" in error.message
    assert refused(f"{site.root}/words").retry_after is None
    assert refused(f"{site.root}/ages").retry_after == 86_400
    assert 3500 < (refused(f"{site.root}/date").retry_after or 0) <= 3600


def test_a_busy_host_is_left_alone(site: Site) -> None:
    site.pages["/busy"] = Page(status=429, headers={"Retry-After": "120"})
    site.pages["/other"] = Page(b"lit")
    guest = fetcher()
    refused(f"{site.root}/busy", guest)
    assert "asked to wait" in refused(f"{site.root}/other", guest).message
    assert site.paths() == ["/busy"]


# robots.txt


def test_robots_are_honoured_and_asked_once(site: Site) -> None:
    site.pages |= {"/open": Page(b"yes"), "/closed/x": Page(b"no"), "/closed/but": Page(b"yes")}
    site.pages["/robots.txt"] = Page(
        b"User-agent: *\nDisallow: /\n\nUser-agent: Syndicate\nDisallow: /closed\nAllow: /closed/but$\n"
    )
    guest = fetcher()
    assert guest.get(f"{site.root}/open", max_bytes=MB).body == b"yes"
    assert guest.get(f"{site.root}/closed/but", max_bytes=MB).body == b"yes"
    error = refused(f"{site.root}/closed/x", guest)
    assert "robots.txt" in error.message
    assert error.is_permanent
    assert [each.path for each in site.asked] == ["/robots.txt", "/open", "/closed/but"]


def test_robots_of_every_hop(site: Site) -> None:
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /private\n")
    site.pages["/"] = Page(status=302, headers={"Location": "/private"})
    assert "robots.txt" in refused(f"{site.root}/").message
    assert site.paths() == ["/"]


@pytest.mark.parametrize("status", [404, 401, 403, 410])
def test_without_robots_txt_everything_is_allowed(site: Site, status: int) -> None:
    site.pages |= {"/robots.txt": Page(b"", status), "/": Page(b"lit")}
    assert fetcher().get(f"{site.root}/", max_bytes=MB).body == b"lit"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_that_cannot_be_known_are_a_no(site: Site, status: int) -> None:
    site.pages |= {"/robots.txt": Page(b"", status), "/": Page(b"lit")}
    error = refused(f"{site.root}/")
    assert f"robots.txt of 127.0.0.1:{site.port} cannot be read" in error.message
    assert not error.is_permanent
    assert site.paths() == []


def test_robots_that_are_no_text_or_have_no_end(site: Site) -> None:
    site.pages |= {"/": Page(b"lit"), "/robots.txt": Page(bytes(range(256)) * 10)}
    assert fetcher().get(f"{site.root}/", max_bytes=MB).body == b"lit"
    rules = b"User-agent: *\nDisallow: /no\n"
    site.pages["/robots.txt"] = Page(lambda: itertools.chain([rules], itertools.repeat(b"# x\n" * 9000)))
    guest = fetcher()
    assert guest.get(f"{site.root}/", max_bytes=MB).body == b"lit"
    assert "robots.txt" in refused(f"{site.root}/no", guest).message


def test_requests_to_a_host_are_apart(site: Site) -> None:
    site.pages["/"] = Page(b"lit")
    guest = fetcher(pause=0.3)
    began = time.monotonic()
    for _ in range(3):
        guest.get(f"{site.root}/", max_bytes=MB)
    # Less is not possible, however quick or slow this machine is; more is.
    assert time.monotonic() - began >= 0.6


def test_the_pause_that_robots_ask_for(site: Site) -> None:
    site.pages |= {"/": Page(b"lit"), "/robots.txt": Page(b"User-agent: *\nCrawl-delay: 0.4\n")}
    guest = fetcher(pause=0)
    began = time.monotonic()
    for _ in range(2):
        guest.get(f"{site.root}/", max_bytes=MB)
    assert time.monotonic() - began >= 0.4


def test_who_wants_long_pauses_gets_one_request_a_run(site: Site) -> None:
    site.pages |= {"/": Page(b"lit"), "/robots.txt": Page(b"User-agent: *\nCrawl-delay: 3600\n")}
    guest = fetcher()
    assert guest.get(f"{site.root}/", max_bytes=MB).body == b"lit"
    error = refused(f"{site.root}/", guest)
    assert "3600 seconds between requests" in error.message
    assert not error.is_permanent
