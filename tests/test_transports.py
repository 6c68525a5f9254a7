"""Transports by the value of `delivery.transport`: those of ours, and those of other packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from syndicate.delivery import open_transport
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.errors import ConfigError


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("pigeon:loft", "no transport 'pigeon'", "maildir, smtp, smtps"),
        ("maildir:", "has no folder", "maildir:outbox"),
        ("smtp://", "has no host", "smtp://user@host"),
        ("smtp://user:secret@host", "must not contain a password", "SYNDICATE_SMTP_PASSWORD"),
        ("smtp://host?starttls=maybe", "starttls is 'maybe'", "write required or never"),
        ("smtp://host?tls=yes", "unknown option 'tls'", "starttls, ca, connections"),
        ("smtp://host?starttls", "not options: 'starttls'", "name=value"),
        ("smtp://host:port", "not the URL of a transport", "smtp://user@host"),
        ("smtp://host?connections=0", "connections is '0'", "a number from 1 to 100"),
        ("smtp://host?connections=many", "connections is 'many'", "a number from 1 to 100"),
    ],
)
def test_a_wrong_transport_is_reported(spec: str, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_transport(spec, tmp_path)
    assert caught.value.where.field == "delivery.transport"
    assert hint in (caught.value.hint or "")


def test_smtp_by_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_SMTP_PASSWORD", "secret")
    spec = "smtp://news%40harbour.example@mail.example?ca=ca.pem"
    assert open_transport(spec, tmp_path, timeout=7) == SmtpTransport(
        host="mail.example",
        port=587,
        tls="required",
        user="news@harbour.example",
        password="secret",
        ca=str(tmp_path / "ca.pem"),
        connections=4,
        timeout=7,
    )
    monkeypatch.delenv("SYNDICATE_SMTP_PASSWORD")
    assert open_transport("smtps://mail.example?connections=9", tmp_path) == SmtpTransport(
        host="mail.example", port=465, tls="implicit", connections=9
    )
    assert open_transport("smtp://127.0.0.1:25?starttls=never", tmp_path) == SmtpTransport(
        host="127.0.0.1", port=25, tls="never"
    )
