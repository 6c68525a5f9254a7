"""Signed tokens that let a link act for one subscriber: bound to one purpose, without the address in them.

A token consists of the letters a to z and the digits 2 to 7 only. Hence no segment of a path begins with a
dot (many web servers refuse such paths), mail programs do not take the end of a link for punctuation, and a
double click selects all of it.
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
        key: a secret that stays the same for as long as old mails are about.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogateescape")

    def make(self, purpose: str, *words: str) -> str:
        """A token for a purpose; it does not expire."""
        content = b"".join(map(_packed, words))
        signature = hmac.digest(self._key, purpose.encode() + b"\0" + content, "sha256")[:_SIGNATURE]
        return b32encode(signature + content).decode().rstrip("=").lower()

    def read(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The words of a token, or none if it was not made here for this purpose."""
        try:
            decoded = b32decode(token.upper() + "=" * (-len(token) % 8))
            words = tuple(_unpacked(decoded[_SIGNATURE:]))
        except (ValueError, IndexError):
            return None
        made = self.make(purpose, *words)
        return words if hmac.compare_digest(made.encode(), token.encode()) else None


def _packed(word: str) -> bytes:
    """A word with its length before it; the first bit says whether it is hexadecimal."""
    hexadecimal = _HEXADECIMAL.fullmatch(word) is not None
    content = bytes.fromhex(word) if hexadecimal else word.encode()
    return (hexadecimal << 15 | len(content)).to_bytes(2) + content


def _unpacked(content: bytes) -> list[str]:
    words = []
    while content:
        head = int.from_bytes(content[:2])
        end = 2 + (head & 0x7FFF)
        part, content = content[2:end], content[end:]
        words.append(part.hex() if head >> 15 else part.decode())
    return words
