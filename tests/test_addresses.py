"""Header values and addresses: nothing breaks out of its line, and everything comes back."""

from __future__ import annotations

import email
import re
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import HealthCheck, example, given, settings
from pydantic import ValidationError

from helpers_text import anything, said
from syndicate.errors import HeaderError, MailError
from syndicate.mail import checked_value, encode_mailbox, encode_unstructured, wire_address
from syndicate.model import Mailbox
from syndicate.text.illegal_characters import repair_text

many = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))

BREAKING = [
    "a\r\nBcc: eve@evil.example",
    "a\nBcc: eve@evil.example",
    "a\rb",
    "a\0b",
    "=?UTF-8?Q?=0A?=Bcc: x",
    "=?UTF-8?Q?=0D=0ABcc:_x?=",
    "=?utf-8?b?DQpCY2M6IHg=?=",
    "=?iso-8859-1?q?a=00b?=",
    "=?utf-7?q?+AAo-Bcc:_x?=",
    "=?utf-16le?b?CgA=?=",
    "fine =?utf-8?q?fine?= =?utf-8?q?not=0Afine?= fine",
]


def parsed(name: str, value: bytes) -> email.message.EmailMessage:
    message = email.message_from_bytes(name.encode() + b": " + value + b"\r\n\r\n", policy=policy.default)
    assert message.keys() == [name]
    return message


def fits(name: str, value: bytes) -> None:
    lines = (name.encode() + b": " + value).split(b"\r\n")
    for line in lines:
        assert b"\n" not in line
        assert b"\r" not in line
        assert len(line) <= 998
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])


@pytest.mark.parametrize("value", BREAKING)
def test_value_with_a_line_break_is_rejected(value: str) -> None:
    for refuse in (
        lambda: checked_value(value, "Subject"),
        lambda: encode_unstructured(value, "Subject"),
        lambda: encode_mailbox(Mailbox.model_construct(email="a@b.example", name=value), "To"),
        lambda: encode_mailbox(Mailbox.model_construct(email=f"{value}@b.example", name=""), "To"),
        lambda: wire_address(f"a@{value}"),
    ):
        with pytest.raises(HeaderError) as raised:
            refuse()
        assert raised.value.where.field in ("Subject", "To", "address")
        assert raised.value.hint


@pytest.mark.parametrize(
    "value", ["=?nonsense?q?=0?=", "=?utf-8?b?!!!?=", "=?no-such-charset?b?QUE=?=", "=?", "?="]
)
def test_text_that_looks_like_an_encoded_word_is_unchanged(value: str) -> None:
    assert parsed("Subject", encode_unstructured(value, "Subject"))["Subject"] == value


@many
@given(anything)
@example("x" * 3000)
@example("word " * 300 + "end")
@example("a  b   c")
@example("é" * 500)
@example("👩\u200d👧" * 100)
@example("Tab\there")
@example("x\u2028y\x1cz\x85")
@example("a" * 60 + "  " + "b" * 60)
def test_subject_is_decoded_to_the_same_text(text: str) -> None:
    value = repair_text(text).replace("\r", " ").replace("\n", " ").strip(" ")
    try:
        checked_value(value, "Subject")
    except HeaderError:
        return
    encoded = encode_unstructured(value, "Subject")
    fits("Subject", encoded)
    assert encoded.isascii()
    assert max(map(len, b"Subject: ".join([b"", encoded]).split(b"\r\n"))) <= 78
    for word in encoded.split():
        if word.startswith(b"=?"):
            assert len(word) <= 75
            make_header(decode_header(word.decode()))
    assert parsed("Subject", encoded)["Subject"] == value


@many
@given(said)
@example('Lee, Ann "the boss" (editor) \\ <x@y.example>')
@example("Ann.Lee@harbour.example")
@example("العربية 日本語 👩\u200d👩\u200d👧\u200d👦")
@example("x" * 59)
@example("x" * 200)
@example("a  b")
@example("=?utf-8?q?hello?=")
@example("\x7f")
@example("undisclosed-recipients:;")
def test_display_name_is_decoded_to_the_same_text(text: str) -> None:
    # A subscriber's name, which is not held to what a sender's must be.
    name = re.sub(r"[ \t\n\r\f\v]+", " ", repair_text(text)).strip(" ")
    mailbox = Mailbox.model_construct(email="ann@harbour.example", name=name)
    try:
        checked_value(mailbox.name, "To")
    except HeaderError:
        return
    encoded = encode_mailbox(mailbox, "To")
    fits("To", encoded)
    assert encoded.isascii()
    assert max(map(len, (b"To: " + encoded).split(b"\r\n"))) <= 78
    assert spoken(encoded) == (mailbox.name, "ann@harbour.example")


def spoken(encoded: bytes) -> tuple[str, str]:
    if b"=?" not in encoded:
        (found,) = parsed("To", encoded)["To"].addresses
        return found.display_name, found.addr_spec
    # In encoded words the newer parser drops Unicode's white space at the ends, and puts spaces between two
    # words, against RFC 2047, section 6.2; the older one does neither.
    name, _, address = encoded.decode().rpartition(" ")
    return str(make_header(decode_header(name.rstrip()))), address.strip("<>")


def test_newer_parser_reads_a_name_in_one_encoded_word() -> None:
    for name in ("Änn Lee", "العربية", "日本語 太郎", "👩\u200d👩\u200d👧", "a=?b"):
        encoded = encode_mailbox(Mailbox(email="ann@harbour.example", name=name), "To")
        (found,) = parsed("To", encoded)["To"].addresses
        assert (found.display_name, found.addr_spec) == (name, "ann@harbour.example")


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ann@harbour.example", "ann@harbour.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("anné@bücher.example", "anné@xn--bcher-kva.example"),
    ],
)
def test_domains_are_encoded_in_ascii(address: str, wire: str) -> None:
    assert wire_address(address) == wire
    assert encode_mailbox(Mailbox.model_construct(email=address, name=""), "To").decode() == wire


def test_domain_that_cannot_be_encoded_is_a_mail_error() -> None:
    with pytest.raises(MailError) as raised:
        wire_address("a@\u200d.example")
    assert raised.value.where.id == "a@\u200d.example"


def test_long_address_has_its_own_line() -> None:
    mailbox = Mailbox(email="a" * 60 + "@harbour.example", name="Ann Lee of the harbour")
    assert encode_mailbox(mailbox, "To") == b"Ann Lee of the harbour\r\n <" + b"a" * 60 + b"@harbour.example>"


# str(mailbox)


@many
@given(said)
@example('Lee, Ann "the boss" (editor) \\ <x@y.example>')
@example("Ann.Lee@harbour.example")
@example("العربية 日本語 👩\u200d👩\u200d👧\u200d👦")
@example("é" * 200)
@example("x" * 200)
def test_a_mailbox_as_text_is_one_mailbox(text: str) -> None:
    try:
        mailbox = Mailbox(email="news@bücher.example", name=text)
    except ValidationError:
        return
    written = str(mailbox)
    assert written.isascii()
    assert "\n" not in written
    name, address = parseaddr(written)
    assert address == "news@xn--bcher-kva.example"
    assert str(make_header(decode_header(name))) == mailbox.name
    assert all(len(word) <= 75 for word in written.split() if word.startswith("=?"))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "news@harbour.example"),
        ("Harbour Post", "Harbour Post <news@harbour.example>"),
        ("Harbour, Post", '"Harbour, Post" <news@harbour.example>'),
        ('The "Post"', '"The \\"Post\\"" <news@harbour.example>'),
        ("Häfen", "=?utf-8?b?SMOkZmVu?= <news@harbour.example>"),
    ],
)
def test_a_mailbox_as_text(name: str, written: str) -> None:
    mailbox = Mailbox(email="news@harbour.example", name=name)
    assert str(mailbox) == written
    message = EmailMessage()
    message["From"] = str(mailbox)
    [found] = message["From"].addresses
    assert (found.display_name, found.addr_spec) == (name, "news@harbour.example")
