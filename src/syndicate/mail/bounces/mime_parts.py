"""A MIME parser for mail from anybody: its cost is linear in the size, and it never raises.

The parser of the standard library is quadratic in the number of parameters of a header and in the depth of
the parts. This one reads a limited part of the message into objects of the standard library.
"""

from __future__ import annotations

import re
from email.message import Message

_MAX_HEADERS, _MAX_HEADER_BYTES, _MAX_VALUE = 200, 65536, 2000
_MAX_DEPTH, _MAX_PARTS = 8, 60
_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_MESSAGE_TYPES = ("message/rfc822", "message/global", "message/rfc822-headers")


def parse_message(data: bytes) -> Message:
    """Return a message with its parts.

    A part of the type message/delivery-status has one message per group of fields, as the parser of the
    standard library returns it.

    Args:
        data: its beginning if it is large; what lies beyond the limits is left out.
    """
    return _Parser().parse(_LINE_END.sub(b"\n", data), 0)


class _Parser:
    def __init__(self) -> None:
        self._parts = 0

    def parse(self, data: bytes, depth: int) -> Message:
        head, body = _split_head(data)
        message = _with_headers(head)
        self._parts += 1
        kind = message.get_content_type()
        boundary = _boundary(message) if message.get_content_maintype() == "multipart" else None
        if depth < _MAX_DEPTH and boundary:
            parts = _split_parts(body, boundary, _MAX_PARTS - self._parts)
            message.set_payload([self.parse(part, depth + 1) for part in parts])
        elif depth < _MAX_DEPTH and kind in _MESSAGE_TYPES:
            message.set_payload([self.parse(_decode(message, body), depth + 1)])
        elif kind in _STATUS_TYPES:
            message.set_payload(_field_groups(_decode(message, body)))
        else:
            message.set_payload(body.decode("ascii", "surrogateescape"))
        return message


def _split_head(data: bytes) -> tuple[bytes, bytes]:
    if data.startswith(b"\n"):
        return b"", data[1:]
    head, _, body = data.partition(b"\n\n")
    return head, body


def _with_headers(head: bytes) -> Message:
    message = Message()
    name, value = "", ""
    # Headers beyond the limit are left out: the important ones come first, apart from those of Received.
    for line in head[:_MAX_HEADER_BYTES].decode("ascii", "surrogateescape").split("\n"):
        if line[:1] in (" ", "\t"):
            if len(value) < _MAX_VALUE:
                value += " " + line.strip()
            continue
        _add_header(message, name, value)
        name, _, value = line.partition(":")
        name, value = name.rstrip(), value.strip()
    _add_header(message, name, value)
    return message


def _add_header(message: Message, name: str, value: str) -> None:
    if _FIELD_NAME.fullmatch(name) and len(message) < _MAX_HEADERS:
        message[name] = value[:_MAX_VALUE].encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _boundary(message: Message) -> bytes | None:
    try:
        boundary = message.get_boundary()
    except (ValueError, LookupError, AttributeError):
        # An encoded parameter (RFC 2231) with a wrong charset.
        return None
    return boundary.encode("utf-8", "replace") if boundary else None


def _split_parts(body: bytes, boundary: bytes, limit: int) -> list[bytes]:
    """Return the parts between the lines of a boundary (RFC 2046, section 5.1.1)."""
    parts: list[bytes] = []
    lines = re.finditer(rb"(?:^|\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)", body)
    start: int | None = None
    for line in lines:
        if start is not None:
            parts.append(body[start : line.start()])
        start = line.end() + 1
        if line[1] or len(parts) >= limit:
            return parts
    if start is not None and start < len(body):
        # The end is missing: the message was cut.
        parts.append(body[start:])
    return parts


def _decode(message: Message, body: bytes) -> bytes:
    """Return the content of a part that should not be encoded, but sometimes is."""
    if str(message.get("content-transfer-encoding", "")).strip().lower() not in (
        "base64",
        "quoted-printable",
    ):
        return body
    part = Message()
    part["Content-Transfer-Encoding"] = message["content-transfer-encoding"]
    part.set_payload(body.decode("ascii", "surrogateescape"))
    content = part.get_payload(decode=True)
    return _LINE_END.sub(b"\n", content) if isinstance(content, bytes) else body


def _field_groups(body: bytes) -> list[Message | str]:
    """Return the groups of fields of a delivery status (RFC 3464, section 2.1)."""
    groups = body.split(b"\n\n", _MAX_PARTS)[:_MAX_PARTS]
    return [fields for group in groups if len(fields := _with_headers(group.strip(b"\n")))]


def text_of(message: Message, limit: int) -> str:
    """Return the start of the first text of a message, of at most `limit` characters."""
    for part in message.walk():
        if part.is_multipart() or part.get_content_type() not in ("text/plain", "text/html"):
            continue
        return _text(part, limit)
    return ""


def _text(part: Message, limit: int) -> str:
    payload = part.get_payload()
    if not isinstance(payload, str):
        return ""
    # Decoding makes a text shorter, at most to a sixth of its length.
    part_with_start = Message()
    part_with_start["Content-Transfer-Encoding"] = str(part.get("content-transfer-encoding", ""))
    part_with_start.set_payload(payload[: limit * 6])
    content = part_with_start.get_payload(decode=True)
    data = content if isinstance(content, bytes) else payload.encode("ascii", "replace")
    try:
        return data.decode(str(part.get_content_charset("utf-8")), "replace")[:limit]
    except Exception:
        # Anybody can write the name of any codec, and each codec raises what it likes.
        return data.decode("latin-1")[:limit]
