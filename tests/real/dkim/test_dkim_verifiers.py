"""dkimpy and opendkim verify real editions after a Maildir and after SMTP, and notice one changed byte."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers_signed_mail import (
    ED25519,
    RSA,
    private_keys,
    sent_messages,
    verdicts_of_opendkim,
    verified_by_dkimpy,
)
from syndicate.mail import DkimKey, load_private_key, sign_message

PASS = {RSA: "pass", ED25519: "pass"}
FAIL = {RSA: "fail", ED25519: "fail"}


@pytest.mark.parametrize("number", [0, 1], ids=["maildir", "smtp"])
def test_both_verify_every_edition(number: int, tmp_path: Path) -> None:
    sent = sent_messages()
    messages, records = sent[number], sent[2]
    assert len(messages) == 24
    assert sum(b"\r\nContent-ID: " in message for message in messages.values()) == 6
    assert {
        name: verified_by_dkimpy(message, records) for name, message in messages.items()
    } == dict.fromkeys(messages, True)
    assert verdicts_of_opendkim(tmp_path, messages, records) == dict.fromkeys(messages, PASS)


@pytest.mark.parametrize("name", ["default-embedded ar", "compact ja"])
def test_one_changed_byte_fails_with_both(name: str, tmp_path: Path) -> None:
    messages, _, records = sent_messages()
    message = messages[name]
    end_of_head = message.index(b"\r\n\r\n")
    first = message.index(b"\r\nFrom: ") + 2
    # Of each header that is signed, a character of its value; of the body, one of every 500.
    fields = re.finditer(rb"^(?!Precedence)[A-Za-z-]+: *", message[first:end_of_head], re.MULTILINE)
    places = [first + field.end() + 1 for field in fields] + [*range(end_of_head + 4, len(message), 500)]
    changed = {}
    for place in places:
        while message[place] in b" \t\r\n":
            place += 1
        changed[str(place)] = message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]
    # Longer, and shorter.
    changed |= {"more": message + b"x\r\n", "less": message[:-3] + b"\r\n"}
    assert len(changed) > 60
    assert not any(verified_by_dkimpy(each, records) for each in changed.values())
    verdicts = verdicts_of_opendkim(tmp_path, changed, records)
    assert verdicts == dict.fromkeys(changed, FAIL)


@pytest.mark.parametrize("field", [b"From", b"Subject", b"To", b"Reply-To", b"Cc", b"Date", b"Content-Type"])
def test_a_second_header_fails_with_both(field: bytes, tmp_path: Path) -> None:
    messages, _, records = sent_messages()
    changed = field + b": Eve <eve@evil.example>\r\n" + messages["default en"]
    assert not verified_by_dkimpy(changed, records)
    verdicts = verdicts_of_opendkim(tmp_path, {"m": changed}, records)
    assert "pass" not in verdicts.get("m", {}).values()


def test_what_relays_do_changes_nothing(tmp_path: Path) -> None:
    messages, _, records = sent_messages()
    message = messages["default ar"]
    head, _, body = message.partition(b"\r\n\r\n")
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    changed = {
        "received": b"Received: from a by b; Sat, 28 Nov 2026 10:00:00 +0000\r\n" + message,
        "a list": message.replace(
            b"Precedence: bulk", b"Precedence: list\r\nList-Owner: <mailto:x@y.example>"
        ),
        "unfolded": unfolded + b"\r\n\r\n" + body,
        "folded": re.sub(rb"(\r\nDKIM-Signature:|\r\nSubject:)", rb"\1\r\n\t", head) + b"\r\n\r\n" + body,
        "lines at the end": message + b"\r\n\r\n",
        "header names": head.replace(b"\r\nSubject:", b"\r\nSUBJECT:") + b"\r\n\r\n" + body,
    }
    assert {name: verified_by_dkimpy(each, records) for name, each in changed.items()} == dict.fromkeys(
        changed, True
    )
    assert verdicts_of_opendkim(tmp_path, changed, records) == dict.fromkeys(changed, PASS)


HEAD = b"From: news@harbour.example\r\n"
HARD = {
    "no body": HEAD,
    "empty body": HEAD + b"\r\n",
    "one empty line": HEAD + b"\r\n\r\n",
    "empty lines": HEAD + b"\r\n" + b"\r\n" * 50,
    "empty lines at the end": HEAD + b"\r\nHello\r\n\r\n\r\n",
    "no line end": HEAD + b"\r\nHello",
    "white space at line ends": HEAD + b"\r\na \t\r\n \r\n\t\r\nb  c\t\td\r\n",
    "long lines": HEAD + b"\r\n" + b"x" * 100_000 + b"\r\n" + b"y" * 998 + b"\r\n",
    "dots": HEAD + b"\r\n.\r\n..\r\n...x\r\n",
    "8-bit name": "From: Häfen <news@harbour.example>\r\nTo: 山田 <taro@例え.example>\r\n\r\nx\r\n".encode(),
    "latin-1 bytes": HEAD + b"Subject: Gr\xfc\xdfe \xff\r\n\r\n\xe9\x01\x80\r\n",
    "space around names": b"from: a@harbour.example\r\nSUBJECT:\t  a \t b  \r\n\r\nx\r\n",
    "folds": HEAD + b"Subject:\r\n a\r\n\tb\r\n   c\r\nDate:\r\n x\r\n\r\nx\r\n",
    "no value": HEAD + b"Subject:\r\nTo: \r\n\r\nx\r\n",
    "twice": HEAD + b"List-Help: <a:>\r\nList-Help: <b:>\r\nTo: a\r\nTo: b\r\nTo: c\r\n\r\nx\r\n",
    "encoded words": HEAD + b"Subject: =?utf-8?q?=41?=\r\n =?utf-8?b?w6k=?=\r\n\r\nx\r\n",
    "a large body": HEAD + b"\r\n" + b"The boats lay at the quay.\r\n" * 100_000,
}


def test_hard_messages(tmp_path: Path) -> None:
    records = sent_messages()[2]
    keys = [
        DkimKey("harbour.example", selector, load_private_key(content))
        for selector, content in private_keys().items()
    ]
    signed = {name: sign_message(message, keys, datetime.now(UTC)) for name, message in HARD.items()}
    assert {name: verified_by_dkimpy(each, records) for name, each in signed.items()} == dict.fromkeys(
        HARD, True
    )
    assert verdicts_of_opendkim(tmp_path, signed, records) == dict.fromkeys(HARD, PASS)


def test_one_click_headers_are_signed() -> None:
    for message in (each for sent in sent_messages()[:2] for each in sent.values()):
        signatures = re.findall(rb"^DKIM-Signature: (.*?)(?=^[A-Z])", message, re.MULTILINE | re.DOTALL)
        assert len(signatures) == 2
        for signature in signatures:
            found = re.search(rb"\bh=([^;]*);", signature)
            assert found
            names = re.sub(rb"\s", b"", found[1]).split(b":")
            assert {b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id"} <= set(names)
            assert names.count(b"from") == names.count(b"subject") == names.count(b"to") == 2
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in message
