"""The compiled message: an edition's mail made once, with slots for what differs from person to person.

Flattening an `EmailMessage` takes milliseconds; joining the segments of a compiled one takes microseconds.
Each static segment is encoded in quoted-printable by itself, and a soft line break stands on either side of
a slot, so that no value can change how its neighbours are encoded (RFC 2045, section 6.7).
"""

from __future__ import annotations

import hashlib
import json
import re
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from ..errors import MailError, Where
from ..model import Digest, Mailbox
from .addresses import encode_mailbox, encode_text, safe_value
from .inline_images import Content, Inline

Kind = Literal["header", "line", "text", "html"]

_SOFT = b"=\r\n"
_LINE = 76


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a personal value, and what it must be encoded for.

    A `line` is a whole header line, or nothing.
    """

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """Segments of a message, CRLF throughout, with slots and the contents of pictures between them."""

    segments: tuple[bytes | Slot | Content, ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The message for one person.

        Args:
            values: a value for each slot; a header's as it goes on the wire.

        Raises:
            HeaderError: a header's value would break out of its line.
            MailError: a slot has no value.
        """
        encoded: dict[Slot, bytes] = {}
        parts: list[bytes] = []
        for segment in self.segments:
            if isinstance(segment, bytes):
                parts.append(segment)
                continue
            if isinstance(segment, Content):
                parts.append(segment.encoded)
                continue
            part = encoded.get(segment)
            if part is None:
                part = encoded[segment] = _encode(segment, values)
            parts.append(part)
        return b"".join(parts)

    def dumps(self) -> str:
        """As JSON text, to be kept; every later attempt sends the same bytes.

        Pictures are in it by name only: many messages may hold the same.
        """
        return json.dumps([_noted(part) for part in self.segments])

    @classmethod
    def loads(cls, text: str, contents: Mapping[str, bytes] | None = None) -> CompiledMessage:
        """What `dumps` wrote.

        Args:
            text: the JSON.
            contents: its pictures by name, each as `on_the_wire` gives it.

        Raises:
            MailError: a picture is not among them.
        """
        return cls(tuple(_known(part, contents or {}) for part in json.loads(text)))


def _noted(part: bytes | Slot | Content) -> str | list[str] | dict[str, str]:
    match part:
        case bytes():
            return part.decode("ascii")
        case Slot():
            return [part.name, part.kind]
        case Content():
            return {"content": part.name}


def _known(part: Any, contents: Mapping[str, bytes]) -> bytes | Slot | Content:
    match part:
        case str():
            return part.encode("ascii")
        case {"content": name}:
            if name not in contents:
                raise MailError("a picture of the message is missing", where=Where(id=name))
            return Content(name, contents[name])
        case _:
            return Slot(*part)


def markers(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """A marker for each slot name that occurs in none of the texts, the same for the same texts.

    Args:
        names: the slots that a theme may use.
        texts: everything that the theme will show.
    """
    seed = hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()
    while any(seed[:16] in text for text in texts):
        seed = hashlib.sha256(seed.encode()).hexdigest()
    return {name: f"SLOT{seed[:16]}{re.sub('[^A-Za-z0-9]', '', name).upper()}END" for name in names}


def compile_message(
    digest: Digest,
    *,
    sender: Mailbox,
    slots: Mapping[str, str],
    reply_to: Mailbox | None = None,
    list_id: str | None = None,
    list_archive: str | None = None,
    inline: Sequence[Inline] = (),
) -> CompiledMessage:
    """Compile an edition for everybody.

    The result has the header slots `to`, `message_id`, `date`, `list_unsubscribe` and
    `list_unsubscribe_post`, whose values are already encoded, and a body slot wherever a marker stands in
    the digest.

    Args:
        digest: subject, HTML and text, with markers in them.
        sender: the From.
        slots: slot name to marker.
        reply_to: where answers go, if not to the sender.
        list_id: an identifier on a domain of the sender's (RFC 2919).
        list_archive: the page with earlier editions (RFC 2369).
        inline: pictures that the HTML shows by `cid:`; the bodies and they are then one part (RFC 2387).

    Raises:
        HeaderError: a header value would break out of its line.
    """
    head: list[bytes | Slot] = [
        b"From: " + encode_mailbox(sender, "From") + b"\r\nTo: ",
        Slot("to", "header"),
        b"\r\nSubject: " + encode_text(digest.subject, "Subject") + b"\r\nDate: ",
        Slot("date", "header"),
        b"\r\nMessage-ID: ",
        Slot("message_id", "header"),
        b"\r\nMIME-Version: 1.0\r\n",
    ]
    lines = []
    if reply_to:
        lines.append(b"Reply-To: " + encode_mailbox(reply_to, "Reply-To"))
    if list_id:
        lines.append(b"List-ID: <" + safe_value(list_id, "List-ID").encode() + b">")
        lines.append(b"List-Post: NO")
    if list_archive:
        lines.append(b"List-Archive: <" + safe_value(list_archive, "List-Archive").encode() + b">")
    lines += [b"Auto-Submitted: auto-generated", b"Precedence: bulk", b"List-Unsubscribe: "]
    boundary = _boundary(digest).encode()
    bodies: list[bytes | Slot | Content] = [
        b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n',
        *_part(b"text/plain", digest.text, "text", slots, boundary),
        *_part(b"text/html", digest.html, "html", slots, boundary),
        b"--" + boundary + b"--\r\n",
    ]
    return CompiledMessage(
        _joined(
            [
                *head,
                b"\r\n".join(lines),
                Slot("list_unsubscribe", "header"),
                b"\r\n",
                Slot("list_unsubscribe_post", "line"),
                *(_related(bodies, inline, boundary) if inline else bodies),
            ]
        )
    )


def _related(
    bodies: Sequence[bytes | Slot | Content], inline: Sequence[Inline], inner: bytes
) -> list[bytes | Slot | Content]:
    """The bodies, and behind them the pictures that they show (RFC 2387)."""
    # Neither boundary begins with the other: many readers compare no more than the beginning of a line.
    boundary = b"=_r" + inner[2:]
    line = b"--" + boundary + b"\r\n"
    parts: list[bytes | Slot | Content] = [
        b'Content-Type: multipart/related; type="multipart/alternative";\r\n boundary="' + boundary,
        b'"\r\n\r\n' + line,
        *bodies,
    ]
    for number, each in enumerate(inline, 1):
        parts += [line + each.head(number), each.content]
    return [*parts, b"--" + boundary + b"--\r\n"]


def _part(
    media_type: bytes, text: str, kind: Kind, slots: Mapping[str, str], boundary: bytes
) -> list[bytes | Slot]:
    head = b"--" + boundary + b"\r\nContent-Type: " + media_type + b"; charset=utf-8\r\n"
    parts: list[bytes | Slot] = [head + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"]
    names = {marker: name for name, marker in slots.items()}
    pieces = re.split(f"({'|'.join(map(re.escape, names))})", text) if names else [text]
    for number, piece in enumerate(pieces):
        if number % 2:
            parts += [_SOFT, Slot(names[piece], kind), _SOFT]
        else:
            parts.append(_quoted(piece))
    return [*parts, b"\r\n"]


def _encode(slot: Slot, values: Mapping[str, str]) -> bytes:
    value = values.get(slot.name)
    if value is None:
        raise MailError(f"the message needs a value for {slot.name!r}", where=Where(field=slot.name))
    if slot.kind == "line":
        return safe_value(value, slot.name).encode() + b"\r\n" if value else b""
    if slot.kind == "header":
        # A fold is the one line break that may stand in a value.
        safe_value(value.replace("\r\n ", " "), slot.name)
        return value.encode()
    return _quoted(escape(value) if slot.kind == "html" else value)


def _quoted(text: str) -> bytes:
    lines = "\r\n".join(re.split(r"\r\n|\r|\n", text))
    encoded = b2a_qp(lines.encode("utf-8", "replace"), quotetabs=False, istext=True)
    # It breaks lines with LF alone where the text itself has no line end.
    encoded = re.sub(rb"(?<!\r)\n", b"\r\n", encoded)
    # mboxes and a few relays mistake this at the start of a line; parted, no line grows.
    encoded = re.sub(rb"(?m)^From ", b"F=\r\nrom ", encoded)
    if len(encoded) - encoded.rfind(b"\n") - 1 < _LINE:
        return encoded
    # The last line is full, and the soft line break of a slot may follow.
    place = len(encoded) - (3 if encoded[-3:-2] == b"=" else 1)
    return encoded[:place] + _SOFT + encoded[place:]


def _boundary(digest: Digest) -> str:
    seed = hashlib.sha256(f"{digest.text}\0{digest.html}".encode("utf-8", "replace")).hexdigest()
    while seed[:24] in digest.text or seed[:24] in digest.html:
        seed = hashlib.sha256(seed.encode()).hexdigest()
    # "=_" occurs in no quoted-printable text (RFC 2045, section 6.7).
    return f"=_{seed[:24]}"


def _joined(parts: Sequence[bytes | Slot | Content]) -> tuple[bytes | Slot | Content, ...]:
    joined: list[bytes | Slot | Content] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, bytes) and isinstance(last, bytes):
            joined[-1] = last + part
        else:
            joined.append(part)
    return tuple(joined)
