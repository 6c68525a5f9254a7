"""Compiled messages: what was put in comes out of any mail reader, for every person the same way."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from helpers_text import NASTY, anything
from syndicate.errors import HeaderError, MailError
from syndicate.mail import (
    UNSUBSCRIBE,
    CompiledMessage,
    Tokens,
    compile_message,
    make_markers,
    personalizer,
    wire_address,
)
from syndicate.model import Delivery, Digest, Mailbox, Newsletter
from syndicate.model.newsletter import MailboxField
from syndicate.text.illegal_characters import repair_text

many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
SENDER = Mailbox(email="news@harbour.example", name="Harbour Post")
HEADERS = {
    "to": "Ann <ann@reader.example>",
    "date": "Fri, 03 Apr 2026 12:00:00 +0000",
    "message_id": "<1@harbour.example>",
    "feedback_id": "weekly-1:weekly:harbour-example",
    "list_unsubscribe": "<https://harbour.example/u/1>,\r\n <mailto:news@harbour.example>",
    "list_unsubscribe_post": "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
}
NEWSLETTER = Newsletter(name="weekly", title="Weekly", sender=SENDER)
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)


def compiled(
    text: str, html: str = "<p>x</p>", slots: Mapping[str, str] | None = None, subject: str = "Hello"
) -> CompiledMessage:
    digest = Digest.model_construct(subject=subject, html=html, text=text)
    return compile_message(NEWSLETTER, digest, slots=slots or {})


def read(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    for part in parsed.walk():
        assert not part.defects
    return parsed


def parts(message: bytes) -> tuple[str, str]:
    parsed = read(message)
    assert parsed.get_content_type() == "multipart/alternative"
    found = list(parsed.iter_parts())
    assert [part.get_content_type() for part in found] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in found] == ["utf-8", "utf-8"]
    # get_content gives LF; a CR of the text itself cannot be told from a line end, so that there is none.
    texts = [part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in found]
    return texts[0], texts[1]


def on_the_wire(message: bytes) -> None:
    assert message.isascii()
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", message) is None
    assert b"\0" not in message
    head, body = message.split(b"\r\n\r\n", 1)
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert not any(line.startswith(b"From ") for line in body.split(b"\r\n"))


def lines(text: str) -> str:
    """As a mail can carry it: every line end is one line end."""
    return re.sub(r"\r\n|\r", "\n", text)


def carried(text: str) -> str:
    return lines(text).encode("utf-8", "replace").decode()


@many
@given(anything, anything)
@example("From here\nFrom there", "From <p>")
@example("From " + "x" * 71, "a" * 75 + "=")
@example("From " + "x" * 70 + "\n", "é" * 100)
@example(".\n..\n.x\n", ".")
@example("trailing \ntab\t\n ", " ")
@example("", "")
@example("\n", "\n\n")
@example("x" * 10_000, "é " * 5_000)
@example("--=_", "--")
def test_parts_are_decoded_to_the_same_text(text: str, html: str) -> None:
    message = compiled(text, html).fill(HEADERS)
    on_the_wire(message)
    assert parts(message) == (carried(text), carried(html))


@many
@given(anything, anything, anything)
@example("=", "3D", "=")
@example("a ", " b ", " c")
@example(".", ".", ".")
@example("F", "rom ", "From ")
@example("x" * 74, "y" * 200, "z" * 74)
@example("x" * 76, "y" * 76, "z" * 76)
@example("x" * 73 + "=", "y" * 73 + "é", "z" * 70 + "é")
@example("", "000\x80\x80\x80\x80𐀀𐀀𐀀𐀀0", "")
@example("\r", "\n", "\r")
@example("\n", "From ", "\n")
@example("é", "<b>&\"'", "日本語")
def test_value_changes_only_its_slot(before: str, value: str, after: str) -> None:
    slots = make_markers(("name",), (before, value, after))
    around = f"{before}{slots['name']}{after}"
    message = compiled(around, around, slots).fill(HEADERS | {"name": value})
    on_the_wire(message)
    text, html = parts(message)
    # A CR at a seam is a line end of its own.
    assert text == carried(before) + carried(value) + carried(after)
    assert html == carried(before) + carried(escape(value)) + carried(after)


@many
@given(anything)
def test_subject_is_decoded_to_the_same_text(text: str) -> None:
    subject = " ".join(repair_text(text).replace("=?", "").split()) or "x"
    assert read(compiled("x", subject=subject).fill(HEADERS))["Subject"] == subject


@pytest.mark.parametrize("nasty", NASTY)
def test_unusual_text_in_every_place(nasty: str) -> None:
    slots = make_markers(("name",), (nasty,))
    text = f"a{nasty}{slots['name']}{nasty}"
    message = compiled(text, text, slots).fill(HEADERS | {"name": nasty})
    on_the_wire(message)
    assert parts(message)[0] == carried("a" + nasty) + carried(nasty) + carried(nasty)


def test_each_header_occurs_once() -> None:
    message = read(
        compile_message(
            Newsletter(
                name="weekly",
                title="Weekly",
                sender=SENDER,
                reply_to=Mailbox(email="desk@harbour.example"),
                home="https://harbour.example/",
            ),
            Digest(subject="S", html="h", text="t"),
            slots={},
        ).fill(HEADERS)
    )
    assert sorted(message.keys()) == sorted(
        [
            *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Reply-To", "Content-Type"),
            *("List-ID", "List-Post", "List-Archive", "List-Help", "List-Unsubscribe"),
            *("List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted", "Precedence"),
        ]
    )
    assert message["List-ID"] == "<weekly.harbour.example>"
    assert message["List-Post"] == "NO"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "a\nb", "a\0", "=?utf-8?q?=0A?=", "a\r\n b\r\nBcc: x"])
@pytest.mark.parametrize("slot", HEADERS)
def test_no_header_value_breaks_out(slot: str, value: str) -> None:
    with pytest.raises(HeaderError) as raised:
        compiled("x").fill(HEADERS | {slot: value})
    assert raised.value.where.field == slot


BREAKING = "a\r\nBcc: eve@evil.example"
BREAKING_MAILBOX = Mailbox.model_construct(email="a@b.example", name=BREAKING)


@pytest.mark.parametrize(
    "fields", [{"sender": BREAKING_MAILBOX}, {"reply_to": BREAKING_MAILBOX}, {"archive": BREAKING}]
)
def test_no_header_of_the_newsletter_breaks_out(fields: dict[str, object]) -> None:
    newsletter = NEWSLETTER.model_copy(update=fields)
    with pytest.raises(HeaderError):
        compile_message(newsletter, Digest(subject="S", html="h", text="t"), slots={})


def test_no_subject_breaks_out() -> None:
    with pytest.raises(HeaderError):
        compiled("x", subject=BREAKING)


def test_the_name_of_a_newsletter_cannot_break_out_of_its_list_id() -> None:
    newsletter = NEWSLETTER.model_copy(update={"name": BREAKING})
    message = read(
        compile_message(newsletter, Digest(subject="S", html="h", text="t"), slots={}).fill(HEADERS)
    )
    assert message["List-ID"] == "<a--Bcc--eve-evil-example.harbour.example>"
    assert "Bcc" not in message


def test_a_missing_value_is_reported() -> None:
    with pytest.raises(MailError, match="'to'"):
        compiled("x").fill({name: value for name, value in HEADERS.items() if name != "to"})


@many
@given(anything)
def test_no_marker_occurs_in_the_texts(text: str) -> None:
    first = make_markers(("name", "unsubscribe_url"), (text,))
    texts = (text, *first.values())
    second = make_markers(("name", "unsubscribe_url"), texts)
    assert not any(marker in each for marker in second.values() for each in texts)
    assert len(set(second.values())) == 2
    assert second == make_markers(("name", "unsubscribe_url"), texts)


def test_text_cannot_guess_a_marker() -> None:
    guess = make_markers(("name",), ("x",))["name"]
    slots = make_markers(("name",), ("x", guess))
    text, _ = parts(compiled(f"{guess} {slots['name']}", "h", slots).fill(HEADERS | {"name": "Ann"}))
    assert text == f"{guess} Ann"


def test_boundary_does_not_occur_in_the_content() -> None:
    plain = compiled("x").fill(HEADERS)
    boundary = read(plain).get_boundary()
    assert boundary
    text = f"--{boundary}\n--{boundary}--\n{boundary}"
    message = compiled(text, text).fill(HEADERS)
    assert parts(message) == (text, text)
    assert compiled("x").fill(HEADERS) == plain


@many
@given(anything, anything)
def test_stored_message_sends_the_same_bytes(text: str, html: str) -> None:
    slots = make_markers(("name",), (text, html))
    message = compiled(text + slots["name"], html + slots["name"], slots)
    values = HEADERS | {"name": "Änn <&>"}
    assert CompiledMessage.loads(message.dumps()).fill(values) == message.fill(values)


# Personal values


def filler(newsletter: Newsletter = NEWSLETTER, web: str | None = "https://harbour.example/"):
    slots = make_markers(("unsubscribe_url", "name"), ())
    message = compiled(f"Hello {slots['name']}\n{slots['unsubscribe_url']}", f"<p>{slots['name']}", slots)
    return personalizer(message, newsletter, Tokens("key"), web)


def delivery(**fields: object) -> Delivery:
    values = {"id": "d1", "edition_id": "weekly-1", "subscriber_id": "s1", "email": "ann@reader.example"}
    return Delivery(**{**values, "name": "Ann", "state": "claimed", "created_at": NOON} | fields)


def test_every_attempt_sends_the_same_bytes() -> None:
    first = filler()(delivery())
    assert filler()(delivery(attempts=3, fence=9)) == first
    message = read(first)
    assert message["Date"].datetime == NOON
    assert message["Date"].endswith("+0000")
    assert re.fullmatch(r"<[0-9a-f]{32}@harbour\.example>", message["Message-ID"])


_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from test_message import delivery, filler
sys.stdout.buffer.write(filler()(delivery()))
"""


def test_another_process_sends_the_same_bytes() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    command = [sys.executable, "-c", _PROGRAM, os.path.dirname(__file__)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert done.stdout == filler()(delivery())


def test_message_ids_are_unique() -> None:
    ids = {read(filler()(delivery(id=f"d{number}")))["Message-ID"] for number in range(100)}
    assert len(ids) == 100


def test_unsubscribing() -> None:
    message = read(filler()(delivery()))
    https, mailto = re.findall(r"<([^>]*)>", message["List-Unsubscribe"])
    assert https.startswith("https://harbour.example/unsubscribe/")
    assert mailto.startswith("mailto:news@harbour.example?subject=unsubscribe%20")
    assert Tokens("key").read(UNSUBSCRIBE, https.rpartition("/")[2]) == ("s1", "weekly")
    assert https in parts(filler()(delivery()))[0]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_unsubscribing_by_mail_only() -> None:
    message = read(filler(web=None)(delivery()))
    assert len(re.findall(r"<mailto:[^>]*>", message["List-Unsubscribe"])) == 1
    # One click needs a page that takes it (RFC 8058, section 3.1).
    assert "List-Unsubscribe-Post" not in message
    on_the_wire(filler(web=None)(delivery()))


def test_long_list_unsubscribe_is_not_encoded() -> None:
    newsletter = NEWSLETTER.model_copy(update={"name": "n" * 200})
    raw = filler(newsletter)(delivery())
    head = raw.split(b"\r\n\r\n")[0]
    assert b"=?" not in head
    assert b"\r\nList-Unsubscribe: <https://" in head


def test_special_characters_of_a_reply_address_are_escaped() -> None:
    newsletter = NEWSLETTER.model_copy(update={"reply_to": Mailbox(email="a&b?c%d+e@harbour.example")})
    raw = filler(newsletter)(delivery())
    assert b"<mailto:a%26b%3Fc%25d+e@harbour.example?subject=unsubscribe%20" in raw
    unicode = NEWSLETTER.model_copy(update={"reply_to": Mailbox(email="post@bücher.example")})
    assert b"<mailto:post@xn--bcher-kva.example?subject=" in filler(unicode)(delivery())


@many
@given(anything)
@example("Ann\r\nBcc: eve@evil.example")
@example("=?utf-8?q?=0D=0ABcc:_x?=")
@example('", eve@evil.example, "')
def test_name_cannot_add_recipients_or_headers(text: str) -> None:
    try:
        raw = filler()(delivery(name=text))
    except HeaderError as error:
        assert error.where.field == "To"
        return
    on_the_wire(raw)
    message = read(raw)
    assert [each.addr_spec for each in message["To"].addresses] == ["ann@reader.example"]
    assert "Bcc" not in message


@many
@given(anything | anything.map("{} <news@bücher.example>".format) | st.emails())
@example("A, B <news@harbour.example>")
@example('"unbalanced <news@harbour.example>')
@example("=?utf-8?q?=0D=0ABcc:_x?= <news@harbour.example>")
def test_sender_is_refused_or_decoded_to_the_same_text(text: str) -> None:
    try:
        sender = TypeAdapter(MailboxField).validate_python(text)
    except ValidationError:
        return
    newsletter = NEWSLETTER.model_copy(update={"sender": sender, "reply_to": sender})
    slots = make_markers(("unsubscribe_url", "name"), ())
    message = compile_message(newsletter, Digest(subject="S", html="<p>", text="t"), slots=slots)
    assert CompiledMessage.loads(message.dumps()) == message
    raw = personalizer(message, newsletter, Tokens("key"), None)(delivery())
    on_the_wire(raw)
    for name in ("From", "Reply-To"):
        # Not with the newer parser, which puts spaces between encoded words.
        shown, address = parseaddr(email.message_from_bytes(raw)[name])
        assert str(make_header(decode_header(shown))) == sender.name
        assert address == wire_address(sender.email)


def test_only_a_local_part_may_be_outside_ascii() -> None:
    raw = filler()(delivery(email="änn@bücher.example", name="Änn"))
    assert "änn@xn--bcher-kva.example".encode() in raw
    assert raw.replace("änn@".encode(), b"").isascii()
    assert filler()(delivery(name="Änn")).isascii()


def test_token_is_valid_for_one_purpose_and_one_key() -> None:
    token = Tokens("key").make(UNSUBSCRIBE, "s1", "weekly")
    assert Tokens("key").read(UNSUBSCRIBE, token) == ("s1", "weekly")
    assert Tokens("other").read(UNSUBSCRIBE, token) is None
    assert Tokens("key").read("confirm", token) is None
    for wrong in ("", "x", "\ud800", "ß" * 8, token[:-1], token + "a", token.upper(), "." + token):
        assert Tokens("key").read(UNSUBSCRIBE, wrong) is None, wrong
    assert "ann@" not in token


@many
@given(
    st.text(max_size=40), st.lists(st.text(max_size=40) | st.binary(max_size=40).map(bytes.hex), max_size=4)
)
@example("key", ["0" * 64, "weekly"])
@example("key", ["", "cafe", "CAFE", "abc", "."])
def test_token_is_read_back_and_has_only_letters_and_digits(key: str, words: list[str]) -> None:
    token = Tokens(key).make(UNSUBSCRIBE, *words)
    assert Tokens(key).read(UNSUBSCRIBE, token) == tuple(words)
    assert re.fullmatch("[a-z2-7]+", token)


@many
@given(st.binary(min_size=32, max_size=32), st.integers(0, 200))
def test_changed_token_is_invalid(owner: bytes, place: int) -> None:
    token = Tokens("key").make(UNSUBSCRIBE, owner.hex(), "weekly")
    assert len(token) <= 100
    place %= len(token)
    for other in "abc234":
        changed = token[:place] + other + token[place + 1 :]
        assert changed == token or Tokens("key").read(UNSUBSCRIBE, changed) is None


@many
@given(
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.integers(0, 90),
    st.sampled_from([".", ",", ")", ">", ""]),
)
def test_unsubscribe_link_survives_quoted_printable_at_any_column(
    owner: str, column: int, behind: str
) -> None:
    slots = make_markers(("unsubscribe_url", "name"), ())
    words = "x" * column + " "
    message = compiled(
        f"{words}{slots['unsubscribe_url']}{behind}", f"<p>{words}{slots['unsubscribe_url']}{behind}", slots
    )
    fill = personalizer(message, NEWSLETTER, Tokens("key"), "https://harbour.example/letters/")
    raw = fill(delivery(subscriber_id=owner))
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    header = re.findall(r"<(https:[^>]*)>", read(raw)["List-Unsubscribe"])[0]
    for part in parts(raw):
        # As mail programs find links: up to white space, without the punctuation behind.
        (link,) = re.findall(r"https://harbour\.example/letters/unsubscribe/[^\s<>)\".,]+", part)
        assert link == header
    assert not [part for part in header.split("/") if part.startswith(".")]
    assert Tokens("key").read(UNSUBSCRIBE, header.rpartition("/")[2]) == (owner, "weekly")
