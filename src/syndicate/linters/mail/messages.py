"""Lint a message as it was sent or saved: a file that ends in `.eml`."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32

from ...model import Digest
from ...model.findings import Finding
from . import lint_digest

_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_CONTINUATION = re.compile(rb"[ \t]")
_USUAL_HEADERS = frozenset(
    b"from to cc subject date received return-path message-id mime-version content-type delivered-to sender "
    b"reply-to x-original-to dkim-signature list-unsubscribe list-id".split()
)
_MBOX = re.compile(rb"From [^\r\n]*\r?\n")
# These concern mails with HTML; a mail of plain text needs none.
_HTML_RULES = frozenset(("html-empty", "mime-structure", "unsubscribe-link-missing-html"))


def is_message(document: bytes) -> bool:
    """Return whether a document begins like a mail: lines of headers, one of them usual in mail."""
    start = _MBOX.sub(b"", document[:65_536].lstrip(b"\xef\xbb\xbf"), count=1)
    names = []
    for line in start.splitlines():
        if not line:
            break
        match = _HEADER.match(line)
        if match:
            names.append(match[0].rstrip(b" \t:").lower())
        elif not (names and _CONTINUATION.match(line)):
            return False
    return bool(_USUAL_HEADERS.intersection(names))


def lint_message(message: bytes) -> tuple[Finding, ...]:
    """Lint a message (RFC 5322) as its recipient gets it.

    Args:
        message: its bytes. A file with LF alone is taken for one that was saved with the line ends of Unix.
    """
    message = _MBOX.sub(b"", message.lstrip(b"\xef\xbb\xbf"), count=1)
    if b"\r" not in message:
        message = message.replace(b"\n", b"\r\n")
    parsed = message_from_bytes(message, policy=compat32)
    bodies = _bodies(parsed)
    digest = Digest(
        subject=_subject(parsed), html=bodies.get("text/html", ""), text=bodies.get("text/plain", "")
    )
    found = lint_digest(digest, message=message)
    if "text/html" in bodies:
        return found
    return tuple(each for each in found if each.rule not in _HTML_RULES)


def _bodies(message: Message) -> dict[str, str]:
    """Return the first part of each media type that is no attachment."""
    found: dict[str, str] = {}
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            found.setdefault(part.get_content_type(), _decode(payload, part.get_content_charset()))
    return found


def _decode(payload: bytes, charset: str | None) -> str:
    try:
        text = payload.decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError):
        text = payload.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _subject(message: Message) -> str:
    raw = str(message.get("Subject") or "")
    try:
        text = str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        text = raw
    return " ".join("".join(each if each.isprintable() else " " for each in text).split()) or "(no subject)"
