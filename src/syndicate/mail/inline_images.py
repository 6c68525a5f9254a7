"""Pictures that travel in a message and are shown within its HTML, which names them by `cid:`."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from ..errors import HeaderError, Where

_LINE = 76
# RFC 2392, section 2: what stands in an address as it is, so that HTML and header say the same.
_ID = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+")
_TYPE = re.compile(r"image/([a-z0-9]+)")
_ENDINGS = {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Content:
    """What a part holds as it goes on the wire; kept apart from the message, by its name.

    Attributes:
        name: the SHA-256 of the bytes that are encoded, in hexadecimal.
        encoded: base64 (`on_the_wire`).
    """

    name: str
    encoded: bytes


@dataclass(frozen=True)
class Inline:
    """A picture for a message.

    Attributes:
        content_id: what HTML calls it after `cid:`, without angle brackets.
        media_type: such as `image/png`.
        data: the file as it is.
    """

    content_id: str
    media_type: str
    data: bytes

    @cached_property
    def content(self) -> Content:
        """What its part holds; made once, for all messages that it is in."""
        return Content(hashlib.sha256(self.data).hexdigest(), on_the_wire(self.data))

    def head(self, number: int) -> bytes:
        """The headers of its part, with the empty line behind them.

        Args:
            number: of the picture in its message; the file is named by it.

        Raises:
            HeaderError: the id or the type is none.
        """
        kind = _TYPE.fullmatch(self.media_type)
        if kind is None or not _ID.fullmatch(self.content_id):
            raise HeaderError(
                f"no picture for a mail: {self.media_type!r:.80}, {self.content_id!r:.80}",
                where=Where(field="inline"),
                hint="media_type is like image/png, content_id like 1@harbour.example",
            )
        return (
            f"Content-Type: {self.media_type}\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            f"Content-ID: <{self.content_id}>\r\n"
            "Content-Disposition: inline;\r\n"
            f' filename="picture-{number}.{_ENDINGS.get(kind[1], kind[1])}"\r\n\r\n'
        ).encode()


def on_the_wire(data: bytes) -> bytes:
    """Bytes in base64, in lines of 76 that end with CRLF (RFC 2045, section 6.8)."""
    encoded = b64encode(data)
    return b"".join(encoded[start : start + _LINE] + b"\r\n" for start in range(0, len(encoded), _LINE))
