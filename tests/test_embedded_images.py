"""Pictures that travel in the mail: what goes in comes out of any mail reader, and what cannot is told."""

from __future__ import annotations

import email
import json
import re
import ssl
import struct
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers_http import Page, Site, serving
from helpers_net import free_port
from helpers_site import SITE, WEEKLY, StillClock, configured, opened, source, write
from helpers_store import store_of
from syndicate.errors import MailError
from syndicate.mail import CompiledMessage, base64_lines
from syndicate.newsletters import embedded_images
from syndicate.newsroom import Newsroom
from syndicate.preview.serializers import contents_to_json
from syndicate.preview.session import PreviewSession
from test_message import on_the_wire as written_well

EMBED = "images = { embed = true, private = true }\n"
GIF = b"GIF89a" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + bytes(500)
WEBP = b"RIFF\x10\x00\x00\x00WEBP" + bytes(200)


def png(shade: int, size: int = 8) -> bytes:
    """A grey square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    pieces = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + pieces


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of pictures; mails show none that come without TLS."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(lambda plain: context.wrap_socket(plain, server_side=True)) as found:
        yield found


def at(site: Site, path: str, page: Page | bytes) -> str:
    site.pages[path] = page if isinstance(page, Page) else Page(page)
    return f"https://localhost:{site.port}{path}"


def made(
    folder: Path, *records: dict[str, Any], letter: str = EMBED, transport: str = "maildir:outbox"
) -> Newsroom:
    lines = (
        {
            "id": f"urn:{number}",
            "title": f"Title {number}",
            "date": f"2026-04-{10 - number:02d}",
            "link": f"https://harbour.example/{number}",
        }
        | record
        for number, record in enumerate(records, 1)
    )
    write(folder, {"posts.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    delivery = f'\n[delivery]\ntransport = "{transport}"\n'
    configured(folder, source(), WEEKLY + letter, delivery, site=SITE)
    newsroom = opened(folder)
    assert newsroom.ingest().ok
    return newsroom


def shows(url: str, alt: str = "") -> dict[str, Any]:
    return {"image": {"url": url, "alt": alt or f"Seen at {url}", "width": 800, "height": 400}}


def mails(folder: Path) -> list[EmailMessage]:
    return [read(file.read_bytes()) for file in sorted((folder / "outbox" / "new").iterdir())]


def read(data: bytes) -> EmailMessage:
    # A Maildir holds lines as its machine has them.
    parsed = email.message_from_bytes(data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects
    return parsed


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def sources(mail: EmailMessage) -> list[str]:
    return re.findall(r'<img[^>]* src="([^"]+)"', html_of(mail))


def carries(mail: EmailMessage) -> dict[str, bytes]:
    """The bytes of the pictures of a mail, by what its HTML calls them."""
    assert mail.get_content_type() == "multipart/related"
    return {
        "cid:" + str(part["Content-ID"]).strip("<>"): part.get_payload(decode=True)
        for part in mail.iter_attachments()
    }


def test_shown_images_are_embedded(tmp_path: Path, site: Site) -> None:
    first, second, third = png(10), JPEG, GIF
    body = f'<p>Look:</p><img src="{at(site, "/b.jpg?x=1&y=2", second)}" alt="B" width="40" height="20">'
    newsroom = made(
        tmp_path,
        shows(at(site, "/a.png", first), "A"),
        {"content_html": body + f'<img src="{at(site, "/c.gif", third)}" alt="C">'},
        letter=EMBED + 'theme = "longread"\n',
    )
    with newsroom:
        newsroom.add_subscriber("ann@example.org")
        report = newsroom.compose("weekly")
        assert report.problems == ()
        assert newsroom.send("weekly").accepted == 1
    (mail,) = mails(tmp_path)
    assert mail.get_param("type") == "multipart/alternative"
    root, *parts = mail.iter_parts()
    assert [each.get_content_type() for each in root.iter_parts()] == ["text/plain", "text/html"]
    assert [each.get_content_type() for each in parts] == ["image/png", "image/jpeg", "image/gif"]
    assert [each.get_content_disposition() for each in parts] == ["inline"] * 3
    assert [each.get_filename() for each in parts] == ["image-1.png", "image-2.jpg", "image-3.gif"]
    found = carries(mail)
    assert [found[address] for address in sources(mail)] == [first, second, third]
    assert list(found) == [f"cid:{sha256(each).hexdigest()[:32]}@harbour.example" for each in found.values()]
    assert "https://localhost" not in html_of(mail)
    assert sorted(site.paths()) == ["/a.png", "/b.jpg?x=1&y=2", "/c.gif"]


def test_over_smtp_the_same_bytes_at_every_attempt(tmp_path: Path, site: Site) -> None:
    class Server:
        taken: list[bytes] = []  # noqa: RUF012 - of this test only

        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
            # The first attempt is to be repeated.
            return "250 ok" if len(self.taken) > 1 else "451 later"

    picture = png(1, 400) + bytes(60_000)
    port = free_port()
    controller = Controller(Server(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = f"smtp://127.0.0.1:{port}?starttls=never"
        with made(tmp_path, shows(at(site, "/a.png", picture)), transport=transport) as newsroom:
            newsroom.add_subscriber("ann@example.org")
            newsroom.compose("weekly")
            assert newsroom.send("weekly").deferred == 1
        clock = StillClock()
        clock.pass_(timedelta(days=1))
        with opened(tmp_path, clock) as newsroom:
            assert newsroom.send("weekly").accepted == 1
    finally:
        controller.stop()
    first, second = Server.taken
    assert first == second
    written_well(first)
    assert list(carries(read(first)).values()) == [picture]
    assert site.paths() == ["/a.png"]


def test_the_same_edition_is_the_same_bytes(tmp_path: Path, site: Site) -> None:
    records = [shows(at(site, f"/{number}.png", png(number))) for number in range(6)]
    kept = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        with made(folder, *records) as newsroom:
            newsroom.compose("weekly")
            edition = store_of(newsroom).edition("weekly-1")
            assert edition
            kept.append((edition.message, store_of(newsroom).images("weekly-1")))
    assert kept[0] == kept[1]
    assert set(kept[0][1]) == {sha256(png(number)).hexdigest() for number in range(6)}
    assert base64_lines(png(0)).split()[0].decode() not in kept[0][0]


def test_localizations_share_the_images(tmp_path: Path, site: Site) -> None:
    urls = [at(site, f"/{number}.png", png(number)) for number in range(5)]
    missing = f"https://localhost:{site.port}/gone.png"
    with made(tmp_path, *(shows(url) for url in (*urls, missing))) as newsroom:
        for name, language, zone in (("a", "", ""), ("b", "de", ""), ("c", "ar", "Asia/Tokyo")):
            newsroom.add_subscriber(f"{name}@example.org", language=language, timezone=zone)
        report = newsroom.compose("weekly")
        assert len(store_of(newsroom).localizations("weekly-1")) >= 2
        assert len(store_of(newsroom).images("weekly-1")) == 5
        assert newsroom.send("weekly").accepted == 3
    assert sorted(site.paths()) == [*(f"/{number}.png" for number in range(5)), "/gone.png"]
    assert [each.file for each in report.problems] == [missing]
    found = mails(tmp_path)
    assert len({html_of(mail) for mail in found}) == 3
    for mail in found:
        assert [carries(mail).get(each, each) for each in sources(mail)] == [*map(png, range(5)), missing]


def drip() -> Iterator[bytes]:
    yield b"\x89PNG\r\n\x1a\n"
    while True:
        threading.Event().wait(0.05)
        yield b"x"


@pytest.mark.parametrize(
    ("page", "settings_", "reason", "hint"),
    [
        (Page(b"no", 404), "", "the server answered 404", "check th"),
        (
            Page(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "",
            "it is not a PNG, JPEG, GIF or WebP",
            "mail",
        ),
        (Page(b"", headers={"Content-Type": "image/png"}), "", "it is not a PNG, JPEG, GIF or WebP", "mail"),
        (Page(b"RIFF\x10\x00\x00\x00WAVE"), "", "it is not a PNG, JPEG, GIF or WebP", "mail"),
        (Page(png(1) + bytes(500)), ", embed_limit = 500", "it has more than 0.0005 MB", None),
        (Page(drip), "", "the response was not complete within 0.5 seconds", None),
        (Page(png(1)), ", private = false", "not a public address", "private = true"),
        (
            Page(b"", 302, {"Location": "https://10.0.0.1/x"}),
            ", private = false",
            "public address",
            "private",
        ),
        (Page(b"", 302, {"Location": "file:///etc/passwd"}), "", "file:///etc/passwd", None),
    ],
    ids=lambda value: None if isinstance(value, Page) else value,
)
def test_an_image_that_cannot_be_embedded_keeps_its_address(
    page: Page,
    settings_: str,
    reason: str,
    hint: str | None,
    tmp_path: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded_images, "_IMAGE_TIMEOUT", 0.5)
    url = at(site, "/a.png", page)
    first = ", private = true" if "private" not in settings_ else ""
    letter = f"images = {{ embed = true{first}{settings_} }}\n"
    with made(tmp_path, {}, shows(url), {"content_html": f'<img src="{url}">'}, letter=letter) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        report = newsroom.compose("weekly")
        assert newsroom.send("weekly").accepted == 1
    assert report.ok
    (problem,) = report.problems
    assert (problem.severity, problem.id, problem.file) == ("warning", "urn:2", url)
    assert problem.message.startswith("the image is not embedded: ")
    assert reason in problem.message
    assert (hint or "") in (problem.hint or "")
    assert bool(problem.hint) == bool(hint)
    assert "of the source" not in str(problem)
    (mail,) = mails(tmp_path)
    assert mail.get_content_type() == "multipart/alternative"
    assert sources(mail) == [url]


def test_an_invalid_certificate(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = at(site, "/a.png", png(1))
    monkeypatch.delenv("SSL_CERT_FILE")
    with made(tmp_path, shows(url)) as newsroom:
        (problem,) = newsroom.compose("weekly").problems
    assert "not safe" in problem.message


def test_the_first_articles_win(tmp_path: Path, site: Site) -> None:
    data = [png(number) + bytes(1000) for number in range(3)]
    urls = [at(site, f"/{number}.png", each) for number, each in enumerate(data)]
    small = at(site, "/small.gif", GIF)
    limit = len(data[0]) + len(data[1]) + len(GIF)
    letter = f"images = {{ embed = true, private = true, embed_limit = {limit} }}\n"
    with made(tmp_path, *(shows(url) for url in (*urls, small)), letter=letter) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        report = newsroom.compose("weekly")
        newsroom.send("weekly")
    (problem,) = report.problems
    assert (problem.id, problem.file) == ("urn:3", urls[2])
    whole = sum(map(len, data))
    assert f"with its {len(data[2]):,} bytes the images of the mail would have {whole:,}" in problem.message
    assert f"images.embed_limit above {limit:,}" in (problem.hint or "")
    (mail,) = mails(tmp_path)
    assert [carries(mail).get(each, each) for each in sources(mail)] == [data[0], data[1], urls[2], GIF]


def test_equal_images_are_one_part(tmp_path: Path, site: Site) -> None:
    one, two = at(site, "/one.webp", WEBP), at(site, "/two.webp", WEBP)
    with made(tmp_path, shows(one), shows(two), shows(one, "Again")) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        assert newsroom.compose("weekly").problems == ()
        newsroom.send("weekly")
    (mail,) = mails(tmp_path)
    assert len(sources(mail)) == 3
    assert set(sources(mail)) == set(carries(mail))
    assert list(carries(mail).values()) == [WEBP]
    assert sorted(site.paths()) == ["/one.webp", "/two.webp"]


@pytest.mark.parametrize("letter", [EMBED + 'theme = "plain"\n', "", "images = { private = true }\n"])
def test_only_shown_images_are_fetched(tmp_path: Path, site: Site, letter: str) -> None:
    with made(tmp_path, shows(at(site, "/a.png", png(1))), letter=letter) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        newsroom.compose("weekly")
        newsroom.send("weekly")
    (mail,) = mails(tmp_path)
    assert mail.get_content_type() == "multipart/alternative"
    assert "cid:" not in html_of(mail)
    assert site.asked == []


def test_check_fetches_nothing(tmp_path: Path, site: Site) -> None:
    with made(tmp_path, shows(at(site, "/a.png", png(1)))) as newsroom:
        assert newsroom.check().ok
    assert site.asked == []


def test_a_preview_of_a_stored_edition_fetches_nothing(tmp_path: Path, site: Site) -> None:
    with made(tmp_path, shows(at(site, "/a.png", png(1)))) as newsroom:
        newsroom.compose("weekly")
        stored = newsroom.preview().edition("weekly", edition="weekly-1").parse_message()
    assert list(carries(stored).values()) == [png(1)]
    assert site.paths() == ["/a.png"]


def test_a_silent_server_does_not_delay_an_edition(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_images, "_EDITION_TIMEOUT", 0.5)
    over = threading.Event()

    def silence() -> Iterator[bytes]:
        over.wait(30)
        yield png(1)

    urls = [at(site, f"/{number}.png", Page(silence)) for number in range(9)]
    try:
        with made(tmp_path, *(shows(url) for url in urls)) as newsroom:
            newsroom.add_subscriber("ann@example.org")
            report = newsroom.compose("weekly")
            assert not over.is_set()
            assert newsroom.send("weekly").accepted == 1
    finally:
        over.set()
    assert [each.file for each in report.problems] == urls
    assert "longer than 0.5 seconds" in report.problems[-1].message
    assert set(site.paths()) <= {f"/{number}.png" for number in range(4)}
    assert sources(mails(tmp_path)[0]) == urls


def test_an_image_missing_from_the_store(tmp_path: Path, site: Site) -> None:
    with made(tmp_path, shows(at(site, "/a.png", png(1)))) as newsroom:
        newsroom.compose("weekly")
        edition = store_of(newsroom).edition("weekly-1")
        assert edition
        with pytest.raises(MailError, match="an image of the message is missing"):
            CompiledMessage.loads(edition.message)


def test_fetching_images_does_not_block_the_preview(tmp_path: Path, site: Site) -> None:
    over = threading.Event()

    def late() -> Iterator[bytes]:
        assert over.wait(30)
        yield png(1)

    daily = WEEKLY.replace("weekly", "daily") + "first = 1\n"
    with made(tmp_path, shows(at(site, "/a.png", Page(late))), letter=f"{EMBED}\n{daily}"):
        pass
    session = PreviewSession(tmp_path / "syndicate.toml", lambda path: Newsroom.open(path).preview())
    assert session.open() is None
    with ThreadPoolExecutor(2) as pool:
        try:
            editions = [
                pool.submit(session.cached, "edition", lambda preview: preview.edition("weekly"))
                for _ in range(2)
            ]
            while not site.asked:
                over.wait(0.01)
            assert contents_to_json(session.preview())["newsletters"]
            assert session.cached("other", lambda preview: preview.edition("daily")).basis == "new"
            before = session.generation
            session.reload({session.config})
            assert session.generation > before
            assert session.cached("other", lambda preview: preview.edition("daily")).basis == "new"
            assert not any(each.done() for each in editions)
        finally:
            over.set()
        first, second = (each.result() for each in editions)
    assert first is second, "it is rendered once for both"
    assert list(carries(first.parse_message()).values()) == [png(1)]
    assert site.paths() == ["/a.png"]


def test_an_image_without_https_is_embedded_or_left_out(tmp_path: Path) -> None:
    with serving() as plain:
        plain.pages["/a.png"] = Page(png(1))
        there, gone = f"{plain.root}/a.png", f"{plain.root}/b.png"
        with made(tmp_path, shows(there), shows(gone)) as newsroom:
            newsroom.add_subscriber("ann@example.org")
            report = newsroom.compose("weekly")
            assert newsroom.send("weekly").accepted == 1
    [mail] = mails(tmp_path)
    assert list(carries(mail).values()) == [png(1)]
    assert sources(mail) == list(carries(mail))
    assert [(each.file, each.id) for each in report.problems] == [(gone, "urn:2")]
