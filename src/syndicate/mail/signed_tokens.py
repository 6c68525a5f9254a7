"""Signed tokens for links that act for one subscriber.

A token is valid for one purpose and contains no address. It consists of letters and the digits 2 to 7: no
path segment starts with a dot (many web servers refuse such paths), mail programs do not take the end of a
link for punctuation, and a double click selects all of it.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32decode, b32encode

UNSUBSCRIBE = "unsubscribe"

# Subscriber ids are hexadecimal, and half as long in bytes.
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+")
# RFC 2104, section 5: at least 80 bits, and at least half of the hash.
_SIGNATURE = 16


class Tokens:
    """Makes and reads tokens under one key.

    Args:
        key: a secret; if it changes, the links in old messages stop working.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogateescape")

    def make(self, purpose: str, *values: str) -> str:
        """Return a token for a purpose. It does not expire."""
        content = b"".join(map(_pack, values))
        return b32encode(self.sign(purpose, content) + content).decode().rstrip("=").lower()

    def sign(self, purpose: str, content: bytes) -> bytes:
        """Return the signature of a content for a purpose: 16 bytes."""
        return hmac.digest(self._key, purpose.encode() + b"\0" + content, "sha256")[:_SIGNATURE]

    def read(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """Return the values of a token, or None if it was not made with this key for this purpose."""
        try:
            decoded = b32decode(token.upper() + "=" * (-len(token) % 8))
            values = tuple(_unpack(decoded[_SIGNATURE:]))
        except (ValueError, IndexError):
            return None
        expected = self.make(purpose, *values)
        return values if hmac.compare_digest(expected.encode(), token.encode()) else None


def _pack(value: str) -> bytes:
    """Return a value after its length; the first bit says whether the value is hexadecimal."""
    is_hexadecimal = _HEXADECIMAL.fullmatch(value) is not None
    content = bytes.fromhex(value) if is_hexadecimal else value.encode()
    return (is_hexadecimal << 15 | len(content)).to_bytes(2) + content


def _unpack(content: bytes) -> list[str]:
    values = []
    while content:
        head = int.from_bytes(content[:2])
        end = 2 + (head & 0x7FFF)
        part, content = content[2:end], content[end:]
        values.append(part.hex() if head >> 15 else part.decode())
    return values
