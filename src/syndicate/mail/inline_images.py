"""Images inside a message, which its HTML shows by `cid:` addresses."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from ..errors import HeaderError, Where

_LINE = 76
# Characters that need no escape in a cid: address, so that HTML and header agree (RFC 2392, section 2).
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+")
_MEDIA_TYPE = re.compile(r"image/([a-z0-9]+)")
_FILE_EXTENSIONS = {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class ImageContent:
    """The encoded body of an image part; stored apart from the message, by its name.

    Attributes:
        name: the SHA-256 of the image in hexadecimal.
        encoded: see `base64_lines`.
    """

    name: str
    encoded: bytes


@dataclass(frozen=True)
class InlineImage:
    """An image for a message.

    Attributes:
        content_id: what the HTML has after `cid:`, without angle brackets.
        media_type: such as `image/png`.
        data: the file.
    """

    content_id: str
    media_type: str
    data: bytes

    @cached_property
    def content(self) -> ImageContent:
        """The body of its part, encoded once for all messages that contain it."""
        return ImageContent(hashlib.sha256(self.data).hexdigest(), base64_lines(self.data))

    def part_headers(self, number: int) -> bytes:
        """Return the headers of its part and the empty line after them.

        Args:
            number: of the image in its message, for the file name.

        Raises:
            HeaderError: the content id or the media type is wrong.
        """
        kind = _MEDIA_TYPE.fullmatch(self.media_type)
        if kind is None or not _CONTENT_ID.fullmatch(self.content_id):
            raise HeaderError(
                f"not an image for a message: {self.media_type!r:.80}, {self.content_id!r:.80}",
                where=Where(field="inline"),
                hint="write a media_type like image/png and a content_id like 1@harbour.example",
            )
        return (
            f"Content-Type: {self.media_type}\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            f"Content-ID: <{self.content_id}>\r\n"
            "Content-Disposition: inline;\r\n"
            f' filename="image-{number}.{_FILE_EXTENSIONS.get(kind[1], kind[1])}"\r\n\r\n'
        ).encode()


def base64_lines(data: bytes) -> bytes:
    """Return bytes in base64, in lines of 76 characters that end with CRLF (RFC 2045, section 6.8)."""
    encoded = b64encode(data)
    return b"".join(encoded[start : start + _LINE] + b"\r\n" for start in range(0, len(encoded), _LINE))
