"""The message as bytes: MIME structure, encodings, lines, size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from ...model import Digest
from ...model.findings import FindingCollector
from .html_tree import Page

CLIP_LIMIT = 102_400
"""Bytes of HTML from which Gmail clips a message."""

NEAR_LIMIT = 100_352
"""Bytes from which one more long address could clip it."""

_MAX_ENCODED_LINE = 76
_MAX_LINE = 998


def check_size(findings: FindingCollector, digest: Digest, sent: int | None) -> None:
    """Compare the size of the HTML with Gmail's limit.

    Args:
        findings: gets what is wrong.
        digest: the edition.
        sent: the bytes of the encoded HTML, if they are known.
    """
    size = len(digest.html.encode("utf-8", "replace"))
    for number, rule, what in ((size, "size-decoded", "decoded"), (sent or 0, "size-encoded", "encoded")):
        if number >= CLIP_LIMIT:
            findings.add(rule, "html", f"{number:,} bytes {what}")
    if NEAR_LIMIT <= max(size, sent or 0) < CLIP_LIMIT:
        findings.add("size-near", "html", f"{max(size, sent or 0):,} bytes")


def check_message(findings: FindingCollector, data: bytes, page: Page) -> int | None:
    """Check a message as it is sent; return the bytes of its encoded HTML.

    Args:
        findings: gets what is wrong.
        data: the message.
        page: its parsed HTML part.
    """
    _check_bytes(findings, data)
    message = message_from_bytes(data, policy=compat32)
    bodies = _alternatives(message)
    kinds = [part.get_content_type() for part in bodies]
    if kinds != ["text/plain", "text/html"]:
        shown = ", then ".join(kinds) or message.get_content_type()
        findings.add("mime-structure", "message", shown)
    sent = None
    for part in bodies:
        _check_part(findings, part)
        if part.get_content_type() == "text/html":
            sent = len(str(part.get_payload()).encode("utf-8", "replace"))
    for container in message.walk():
        if container.is_multipart():
            _check_boundary(findings, container)
    _check_embedded(findings, message, page)
    return sent


def _check_bytes(findings: FindingCollector, data: bytes) -> None:
    if b"\0" in data:
        findings.add("mime-nul", "message", "", data.count(b"\n", 0, data.index(b"\0")) + 1)
    if match := re.search(rb"\r(?!\n)|(?<!\r)\n", data):
        findings.add("mime-line-end", "message", "", data.count(b"\n", 0, match.start()) + 1)
    for number, line in enumerate(data.split(b"\n"), 1):
        if len(line.rstrip(b"\r")) > _MAX_LINE:
            findings.add("mime-line-long", "message", f"{len(line):,} bytes", number)
            break


def _alternatives(message: Message) -> list[Message]:
    """Return the bodies that a client chooses from."""
    for part in message.walk():
        if part.get_content_type() == "multipart/alternative" and part.is_multipart():
            return [*_bodies(part)]
    return []


def _bodies(part: Message) -> Iterator[Message]:
    for child in part.get_payload():
        if not isinstance(child, Message):
            continue
        if child.get_content_type() == "multipart/related" and child.is_multipart():
            # The first part is the root, and shows the others (RFC 2387, section 3.2).
            yield from [each for each in child.get_payload() if isinstance(each, Message)][:1]
        else:
            yield child


def _check_part(findings: FindingCollector, part: Message) -> None:
    kind = part.get_content_type()
    charset = str(part.get_content_charset() or "").lower()
    if charset not in ("utf-8", "utf8"):
        findings.add("mime-charset", f"message / {kind}", charset or "none is declared")
    encoding = str(part.get("Content-Transfer-Encoding") or "").strip().lower()
    if encoding not in ("quoted-printable", "base64"):
        findings.add("mime-encoding", f"message / {kind}", encoding or "none is declared")
        return
    for line in str(part.get_payload()).splitlines():
        if len(line) > _MAX_ENCODED_LINE:
            findings.add("mime-encoded-line", f"message / {kind}", f"{len(line)} characters", snippet=line)
            return


def _check_boundary(findings: FindingCollector, container: Message) -> None:
    boundary = str(container.get_boundary() or "")
    for part in container.walk():
        if part is container or part.is_multipart():
            continue
        if boundary and f"--{boundary}" in str(part.get_payload()):
            findings.add("mime-boundary", f"message / {part.get_content_type()}", boundary)


def _check_embedded(findings: FindingCollector, message: Message, page: Page) -> None:
    content_ids = {str(part.get("Content-ID") or "").strip().strip("<>") for part in message.walk()}
    for element in page.elements:
        source = (element.get("src") or "").strip()
        if source.lower().startswith("cid:") and source[4:] not in content_ids:
            findings.add(
                "image-not-embedded", page.path(element), source, element, snippet=page.snippet(element)
            )
