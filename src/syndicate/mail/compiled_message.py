"""The compiled message: the message of an edition, built once, with slots for what differs per recipient.

Flattening an `EmailMessage` takes milliseconds; joining the segments of a compiled message takes
microseconds. Each static segment is encoded in quoted-printable by itself, with a soft line break before and
after a slot, so that no value changes how the segments around it are encoded (RFC 2045, section 6.7).
"""

from __future__ import annotations

import hashlib
import json
import re
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from ..errors import MailError, Where
from ..model import Digest, Newsletter
from .email_addresses import checked_value, encode_mailbox, encode_unstructured, mailto_url
from .inline_images import ImageContent, InlineImage

SlotKind = Literal["header", "line", "text", "html"]

_SOFT_BREAK = b"=\r\n"
_LINE = 76
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_FROM_LINE = re.compile(rb"(?m)^From ")


class Slot(NamedTuple):
    """A place for a personal value, and how the value is encoded there.

    A `line` is a whole header line, or nothing.
    """

    name: str
    kind: SlotKind


Segment = bytes | Slot | ImageContent


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """The segments of a message: bytes with CRLF line ends, slots, and images."""

    segments: tuple[Segment, ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Return the message for one recipient.

        Args:
            values: a value for each slot; those of headers are encoded already.

        Raises:
            HeaderError: the value of a header would break out of its line.
            MailError: a slot has no value.
        """
        encoded: dict[Slot, bytes] = {}
        parts: list[bytes] = []
        for segment in self.segments:
            if isinstance(segment, bytes):
                parts.append(segment)
                continue
            if isinstance(segment, ImageContent):
                parts.append(segment.encoded)
                continue
            part = encoded.get(segment)
            if part is None:
                part = encoded[segment] = _encode(segment, values)
            parts.append(part)
        return b"".join(parts)

    def dumps(self) -> str:
        """Return the message as JSON text for the store; every later attempt sends the same bytes.

        It contains images by name only: many messages may share one.
        """
        return json.dumps([_segment_to_json(segment) for segment in self.segments])

    @classmethod
    def loads(cls, text: str, encoded_images: Mapping[str, bytes] | None = None) -> CompiledMessage:
        """Return the message of which `dumps` returned the text.

        Args:
            encoded_images: its images by name, each as `base64_lines` returns it.

        Raises:
            MailError: an image is missing.
        """
        return cls(tuple(_segment_from_json(value, encoded_images or {}) for value in json.loads(text)))


def _segment_to_json(segment: Segment) -> str | list[str] | dict[str, str]:
    match segment:
        case bytes():
            return segment.decode("ascii")
        case Slot():
            return [segment.name, segment.kind]
        case ImageContent():
            return {"content": segment.name}


def _segment_from_json(value: Any, encoded_images: Mapping[str, bytes]) -> Segment:
    match value:
        case str():
            return value.encode("ascii")
        case {"content": name}:
            if name not in encoded_images:
                raise MailError("an image of the message is missing", where=Where(id=name))
            return ImageContent(name, encoded_images[name])
        case _:
            return Slot(*value)


def make_markers(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return a marker for each slot name that occurs in none of the texts; the same for the same texts.

    Args:
        names: the slots that a theme may use.
        texts: everything that the theme will show.
    """
    seed = hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()
    while any(seed[:16] in text for text in texts):
        seed = hashlib.sha256(seed.encode()).hexdigest()
    return {name: f"SLOT{seed[:16]}{re.sub('[^A-Za-z0-9]', '', name).upper()}END" for name in names}


def compile_message(
    newsletter: Newsletter,
    digest: Digest,
    *,
    slots: Mapping[str, str],
    inline: Sequence[InlineImage] = (),
) -> CompiledMessage:
    """Compile the message of an edition.

    The result has the header slots `to`, `message_id`, `date`, `feedback_id`, `list_unsubscribe` and
    `list_unsubscribe_post`, whose values are encoded already, and a body slot wherever the digest has a
    marker.

    Args:
        digest: subject, HTML and text, with markers in them.
        slots: the marker of each slot name.
        inline: images that the HTML shows by `cid:`; they form one part with the bodies (RFC 2387).

    Raises:
        HeaderError: a header value would break out of its line.
    """
    head: list[Segment] = [
        b"From: " + encode_mailbox(newsletter.sender, "From") + b"\r\nTo: ",
        Slot("to", "header"),
        b"\r\nSubject: " + encode_unstructured(digest.subject, "Subject") + b"\r\nDate: ",
        Slot("date", "header"),
        b"\r\nMessage-ID: ",
        Slot("message_id", "header"),
        b"\r\nMIME-Version: 1.0\r\n",
    ]
    lines = []
    if newsletter.reply_to:
        lines.append(b"Reply-To: " + encode_mailbox(newsletter.reply_to, "Reply-To"))
    lines += [b"List-ID: <" + list_id(newsletter).encode() + b">", b"List-Post: NO"]
    lines.append(b"List-Help: <" + checked_value(_help_url(newsletter), "List-Help").encode() + b">")
    if archive := newsletter.archive or newsletter.home:
        lines.append(b"List-Archive: <" + checked_value(archive, "List-Archive").encode() + b">")
    lines += [b"Auto-Submitted: auto-generated", b"Precedence: bulk", b"Feedback-ID: "]
    boundary = _boundary(digest).encode()
    bodies: list[Segment] = [
        b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n',
        *_body_part(b"text/plain", digest.text, "text", slots, boundary),
        *_body_part(b"text/html", digest.html, "html", slots, boundary),
        b"--" + boundary + b"--\r\n",
    ]
    return CompiledMessage(
        _merge(
            [
                *head,
                b"\r\n".join(lines),
                Slot("feedback_id", "header"),
                b"\r\nList-Unsubscribe: ",
                Slot("list_unsubscribe", "header"),
                b"\r\n",
                Slot("list_unsubscribe_post", "line"),
                *(_related(bodies, inline, boundary) if inline else bodies),
            ]
        )
    )


def list_id(newsletter: Newsletter) -> str:
    """Return a List-Id that is stable while name and home stay the same (RFC 2919, section 2)."""
    host = urlsplit(newsletter.home or "").hostname or newsletter.sender.email.rpartition("@")[2]
    label = "".join(char if char.isascii() and char.isalnum() else "-" for char in newsletter.name)
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        # It only has to be stable and ASCII; nobody looks it up.
        host = "".join(char if char.isascii() and (char.isalnum() or char == ".") else "-" for char in host)
    return f"{label}.{host}"


def _help_url(newsletter: Newsletter) -> str:
    """Return where subscribers get help: a web page, or the address that answers (RFC 2369, section 3.1)."""
    return newsletter.help or mailto_url((newsletter.reply_to or newsletter.sender).email, "help")


def _related(bodies: Sequence[Segment], inline: Sequence[InlineImage], inner: bytes) -> list[Segment]:
    """Return the bodies, followed by the images that they show (RFC 2387)."""
    # Neither boundary starts with the other: many mail programs compare only the start of a line.
    boundary = b"=_r" + inner[2:]
    line = b"--" + boundary + b"\r\n"
    parts: list[Segment] = [
        b'Content-Type: multipart/related; type="multipart/alternative";\r\n boundary="' + boundary,
        b'"\r\n\r\n' + line,
        *bodies,
    ]
    for number, image in enumerate(inline, 1):
        parts += [line + image.part_headers(number), image.content]
    return [*parts, b"--" + boundary + b"--\r\n"]


def _body_part(
    media_type: bytes, text: str, kind: SlotKind, slots: Mapping[str, str], boundary: bytes
) -> list[Segment]:
    head = b"--" + boundary + b"\r\nContent-Type: " + media_type + b"; charset=utf-8\r\n"
    parts: list[Segment] = [head + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"]
    names = {marker: name for name, marker in slots.items()}
    pieces = re.split(f"({'|'.join(map(re.escape, names))})", text) if names else [text]
    for number, piece in enumerate(pieces):
        if number % 2:
            parts += [_SOFT_BREAK, Slot(names[piece], kind), _SOFT_BREAK]
        else:
            parts.append(_quoted_printable(piece))
    return [*parts, b"\r\n"]


def _encode(slot: Slot, values: Mapping[str, str]) -> bytes:
    value = values.get(slot.name)
    if value is None:
        raise MailError(f"the message needs a value for {slot.name!r}", where=Where(field=slot.name))
    if slot.kind == "line":
        return checked_value(value, slot.name).encode() + b"\r\n" if value else b""
    if slot.kind == "header":
        # The only line break that a value may contain is a fold.
        checked_value(value.replace("\r\n ", " "), slot.name)
        return value.encode()
    return _encode_value(escape(value) if slot.kind == "html" else value)


def _quoted_printable(text: str) -> bytes:
    lines = text if text.isprintable() else _LINE_BREAK.sub("\r\n", text)
    encoded = b2a_qp(lines.encode("utf-8", "replace"), quotetabs=False, istext=True)
    # b2a_qp breaks lines with LF alone if the text has no line end.
    encoded = encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if b"From " in encoded:
        # mbox files and some relays treat this specially at the start of a line. Split it.
        encoded = _FROM_LINE.sub(b"F=\r\nrom ", encoded)
    if len(encoded) - encoded.rfind(b"\n") - 1 < _LINE:
        return encoded
    # The last line is full, and the soft line break of a slot may follow.
    end = len(encoded) - (3 if encoded[-3:-2] == b"=" else 1)
    return encoded[:end] + _SOFT_BREAK + encoded[end:]


# Most personal values occur in both parts.
_encode_value = lru_cache(maxsize=8)(_quoted_printable)


def _boundary(digest: Digest) -> str:
    seed = hashlib.sha256(f"{digest.text}\0{digest.html}".encode("utf-8", "replace")).hexdigest()
    while seed[:24] in digest.text or seed[:24] in digest.html:
        seed = hashlib.sha256(seed.encode()).hexdigest()
    # No quoted-printable text contains "=_" (RFC 2045, section 6.7).
    return f"=_{seed[:24]}"


def _merge(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Join neighbouring bytes."""
    merged: list[Segment] = []
    for segment in segments:
        last = merged[-1] if merged else None
        if isinstance(segment, bytes) and isinstance(last, bytes):
            merged[-1] = last + segment
        else:
            merged.append(segment)
    return tuple(merged)
