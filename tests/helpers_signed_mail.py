"""Real editions in all themes and three languages, signed and sent, and verifiers that are not ours."""

from __future__ import annotations

import re
import shutil
import ssl
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import dkim
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from helpers_http import Page, serving
from helpers_net import free_port, program
from syndicate import Newsroom

SCENARIO = Path(__file__).parent / "real" / "dkim"
SUBSCRIBERS = """\
email,name,language
ann@reader.example,"Ann ""the Anchor"" Lee",en
layla@reader.example,ليلى حداد,ar
taro@reader.example,山田 太郎,ja
"""
RSA, ED25519 = "2026a", "2026b"
"""The selectors of the keys."""


def pem(key: object) -> bytes:
    """A private key as `openssl genpkey` writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]


@cache
def private_keys() -> dict[str, bytes]:
    """The private keys by selector."""
    return {RSA: pem(generate_private_key(65537, 2048)), ED25519: pem(Ed25519PrivateKey.generate())}


def _png() -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 64, 32, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(range(0, 256, 4))) * 32)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class _Mailbox:
    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return "250 OK"


@contextmanager
def _images(folder: Path) -> Iterator[int]:
    """A server of pictures whose certificate is trusted; gives its port."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with (
        patch.dict("os.environ", {"SSL_CERT_FILE": str(folder / "ca.pem")}),
        serving(lambda plain: context.wrap_socket(plain, server_side=True)) as site,
    ):
        site.pages |= dict.fromkeys(("/tide-clock.png", "/oysters.png"), Page(_png()))
        yield site.port


@cache
def sent_messages() -> tuple[dict[str, bytes], dict[str, bytes], Mapping[str, str]]:
    """Compose and send all editions.

    Return the messages from a Maildir and from an SMTP server, both by newsletter and language and with CRLF,
    and the DNS records by name.
    """
    with tempfile.TemporaryDirectory() as folder:
        by_maildir = Path(folder) / "maildir"
        shutil.copytree(SCENARIO, by_maildir)
        (by_maildir / "dkim.pem").write_bytes(private_keys()[RSA])
        (by_maildir / "dkim.pem").chmod(0o600)
        (by_maildir / "subscribers.csv").write_text(SUBSCRIBERS, encoding="utf-8")
        key = private_keys()[ED25519].decode().replace("\n", "\\n")
        with patch.dict("os.environ", {"HARBOUR_DKIM_KEY": key}):
            records = _compose(by_maildir)
            by_smtp = Path(folder) / "smtp"
            shutil.copytree(by_maildir, by_smtp)
            _send(by_maildir)
            files = sorted((by_maildir / "outbox" / "new").iterdir())
            from_maildir = [re.sub(rb"\r?\n", b"\r\n", file.read_bytes()) for file in files]
            mailbox = _Mailbox()
            port = free_port()
            controller = Controller(mailbox, hostname="127.0.0.1", port=port)
            controller.start()
            try:
                config = by_smtp / "syndicate.toml"
                text = config.read_text("utf-8")
                url = f"smtp://127.0.0.1:{port}?starttls=never"
                config.write_text(text.replace("maildir:outbox", url), encoding="utf-8")
                _send(by_smtp)
            finally:
                controller.stop()
    return _by_name(from_maildir), _by_name(mailbox.messages), records


def _compose(folder: Path) -> Mapping[str, str]:
    with _images(folder) as port:
        posts = folder / "posts.jsonl"
        posts.write_text(posts.read_text("utf-8").replace("PORT", str(port)), encoding="utf-8")
        with Newsroom.open(folder / "syndicate.toml") as newsroom:
            assert newsroom.ingest().ok
            assert newsroom.import_subscribers(folder / "subscribers.csv").ok
            for newsletter in newsroom.settings.newsletter:
                report = newsroom.compose(newsletter.name, lint="report")
                assert report.edition, report
            return {record.name: record.value for record in newsroom.dkim_records()}


def _send(folder: Path) -> None:
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        for newsletter in newsroom.settings.newsletter:
            report = newsroom.send(newsletter.name, lint="report")
            assert report.accepted == 3, report


def _by_name(messages: list[bytes]) -> dict[str, bytes]:
    """The messages by newsletter and language."""
    found = {}
    for message in messages:
        newsletter = re.search(rb"^List-ID: <([a-z-]+)\.", message, re.MULTILINE)
        recipient = re.search(rb"^To:.*?\b(ann|layla|taro)@", message, re.MULTILINE | re.DOTALL)
        assert newsletter
        assert recipient
        language = {b"ann": "en", b"layla": "ar", b"taro": "ja"}[recipient[1]]
        found[f"{newsletter[1].decode()} {language}"] = message
    return found


def verified_by_dkimpy(message: bytes, records: Mapping[str, str]) -> bool:
    """Whether dkimpy verifies the RSA signature; for Ed25519 it needs a package that we do not."""

    def get_txt(name: bytes, timeout: float = 5) -> bytes:
        return records[name.decode().removesuffix(".")].encode()

    unfolded = re.sub(rb"\r\n[ \t]+", b" ", message.partition(b"\r\n\r\n")[0])
    signatures = re.findall(rb"^DKIM-Signature:.*", unfolded, re.MULTILINE)
    [index] = [number for number, each in enumerate(signatures) if b"a=rsa-sha256" in each]
    try:
        return bool(dkim.DKIM(message).verify(index, dnsfunc=get_txt))
    except dkim.DKIMException:
        return False


def verdicts_of_opendkim(
    folder: Path, messages: Mapping[str, bytes], records: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """What opendkim says of each message: the result of each signature by its selector."""
    keys, config = folder / "public-keys", folder / "opendkim.conf"
    keys.write_text("".join(f"{name} {record}\n" for name, record in records.items()))
    config.write_text((SCENARIO / "opendkim.conf").read_text().replace("KEYS", str(keys)))
    paths = {}
    for number, (name, message) in enumerate(messages.items()):
        paths[str(folder / f"{number}.eml")] = name
        (folder / f"{number}.eml").write_bytes(message)
    done = subprocess.run(
        [program("opendkim", "opendkim"), "-x", str(config), "-t", ",".join(paths), "-vv"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=True,
    )
    results = re.findall(
        r"hname='Authentication-Results' hvalue='(.*?)'\nopendkim: (\S+): verification",
        done.stdout,
        re.DOTALL,
    )
    return {
        paths[path]: {
            selector: result
            for result, selector in re.findall(r"dkim=(\w+)[^;]*?header\.s=([\w.-]+)", header)
        }
        for header, path in results
    }
