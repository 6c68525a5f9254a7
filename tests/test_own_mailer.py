"""`build_message` and a mailer of one's own: smtplib, to a real SMTP server."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers_net import free_port
from syndicate import Digest, Newsletter, article_from, build_message, render_digest
from syndicate.errors import HeaderError, MailError

NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
SLOTS = {"unsubscribe_url": "UNSUBSCRIBEMARKER", "name": "NAMEMARKER"}
URL = "https://harbour.example/unsubscribe?" + "&".join(f"part{number}=abcdefgh" for number in range(20))


class Inbox:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 2.0.0 ok"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    yield handler, port
    controller.stop()


def newsletter(**fields: Any) -> Newsletter:
    values = {"name": "weekly", "title": "Wöchentlich", "from": "Häfen, Post <news@harbour.example>"}
    return Newsletter.model_validate(values | fields)


def digest(slots: dict[str, str] | None = None) -> Digest:
    article = article_from({"title": "Fähre — naß", "url": "https://harbour.example/1", "text": "Wörter."})
    return render_digest(newsletter(), [article], date=NOW, slots=slots)


def test_smtplib_sends_what_was_built(inbox: tuple[Inbox, int]) -> None:
    server, port = inbox
    edition = digest(SLOTS)
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for name in ("Ann", "Änn Łee"):
            message = build_message(
                newsletter(),
                edition,
                to=f"{name[-3:].lower()}@reader.example".replace("łee", "lee"),
                name=name,
                date=NOW,
                unsubscribe_url=URL,
                slots=SLOTS,
            )
            assert smtp.send_message(message) == {}
    first, second = (message_from_bytes(each.content, policy=policy.default) for each in server.envelopes)
    assert [each.rcpt_tos for each in server.envelopes] == [["ann@reader.example"], ["lee@reader.example"]]
    assert {each.mail_from for each in server.envelopes} == {"news@harbour.example"}
    for message, envelope in zip((first, second), server.envelopes, strict=True):
        assert message["From"].addresses[0].display_name == "Häfen, Post"
        assert "Fähre — naß" in message["Subject"]
        assert parsedate_to_datetime(message["Date"]) == NOW
        assert message["List-Unsubscribe"].startswith(f"<{URL}>,")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        # Not in encoded words, as the generator of the standard library would fold so long a line.
        assert f"List-Unsubscribe: <{URL}>,\r\n".encode() in envelope.content
        html, text = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
        assert URL.replace("&", "&amp;") in html
        assert URL in re.sub(r"\s", "", text)
        assert "MARKER" not in html + text
    assert second["To"].addresses[0].display_name == "Änn Łee"
    assert first["Message-ID"] != second["Message-ID"]


def built(edition: Digest | None = None, **fields: Any) -> EmailMessage:
    return build_message(
        newsletter(), edition or digest(), **{"to": "ann@reader.example", "date": NOW} | fields
    )


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert built().as_bytes() == built().as_bytes()
    ids = {
        built(**each)["Message-ID"]
        for each in ({}, {"to": "bo@reader.example"}, {"date": NOW.replace(hour=1)})
    }
    assert len(ids) == 3


def test_without_a_url_recipients_unsubscribe_by_mail() -> None:
    message = built()
    assert message["List-Unsubscribe"] == "<mailto:news@harbour.example?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in message
    insecure = built(unsubscribe_url="http://harbour.example/u/1")
    assert insecure["List-Unsubscribe"].startswith("<http://harbour.example/u/1>,")
    assert "List-Unsubscribe-Post" not in insecure


def test_an_address_outside_ascii(inbox: tuple[Inbox, int]) -> None:
    server, port = inbox
    message = built(to="jürgen@bücher.example", name="Jürgen")
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(message)
    [envelope] = server.envelopes
    assert envelope.rcpt_tos == ["jürgen@xn--bcher-kva.example"]


@pytest.mark.parametrize("to", ["", "ann", "Ann <ann@reader.example>", "a@b.example\r\nBcc: c@d.example"])
def test_a_wrong_address_is_refused(to: str) -> None:
    with pytest.raises(MailError, match="not an email address"):
        built(to=to)


def test_nothing_breaks_out_of_a_header() -> None:
    for wrong in (
        {"name": "Ann\r\nBcc: eve@evil.example"},
        {"unsubscribe_url": "https://a.example/\r\nX: y"},
    ):
        with pytest.raises(HeaderError):
            built(**wrong)


def test_a_date_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        built(date=datetime(2026, 4, 3))


def test_the_example_of_the_docs_sends(inbox: tuple[Inbox, int]) -> None:
    page = Path(__file__).parents[1] / "docs" / "how-to" / "python.md"
    names: dict[str, Any] = {}
    for code in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        exec(code, names)
    server, port = inbox
    names["send_all"](names["messages"], "127.0.0.1", port)
    assert [each.rcpt_tos for each in server.envelopes] == [["ann@reader.example"], ["bob@reader.example"]]
    assert b"Dredging starts on Monday" in server.envelopes[0].content
