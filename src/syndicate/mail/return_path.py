"""Return paths: the envelope sender of a message says which delivery comes back (VERP).

A return path is `bounces+TOKEN@example.org`. The token is signed, names the edition and the subscriber, and
contains no address. It consists of letters and the digits 2 to 7, and case does not matter, because some mail
servers change it. With at most 45 characters it leaves room in a local part of 64 octets (RFC 5321, section
4.5.3.1.1).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from functools import lru_cache

from .signed_tokens import Tokens

_PURPOSE = "return-path"
# RFC 2104, section 5: at least 80 bits.
_SIGNATURE = 10
_EDITION = 5
_SUBSCRIBER = 12
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})+")
# The flags before the subscriber's bytes.
_IS_HEXADECIMAL, _IS_PREFIX = 1, 2
_ADDRESS = re.compile(r"[^@]*\+([A-Za-z2-7]{26,45})@[^@]*")


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What a return path says about its delivery: enough to find it in the store.

    Attributes:
        edition: see `edition_key`.
        subscriber: the subscriber's id, or the start of a long one.
        is_prefix: whether it is only the start.
    """

    edition: str
    subscriber: str
    is_prefix: bool


@lru_cache(maxsize=64)
def edition_key(edition_id: str) -> str:
    """Return the short text that stands for an edition in a return path."""
    return hashlib.sha256(edition_id.encode()).digest()[:_EDITION].hex()


class ReturnPaths:
    """Makes and reads return paths.

    Args:
        tokens: signs them; with another key they are not valid.
        address: such as `bounces@example.org`. Mail to `bounces+ANYTHING@example.org` must arrive there too.
    """

    def __init__(self, tokens: Tokens, address: str) -> None:
        self._tokens = tokens
        self._local_part, _, self._domain = address.rpartition("@")

    def make(self, edition_id: str, subscriber_id: str) -> str:
        """Return the return path of a delivery; always the same for one delivery."""
        content = bytes.fromhex(edition_key(edition_id)) + _pack(subscriber_id)
        return f"{self._local_part}+{self._token(content)}@{self._domain}"

    def read(self, address: str) -> DeliveryKey | None:
        """Return what a return path says, or None if it was not made with this key.

        The address may have changed since; only the token counts.
        """
        found = _ADDRESS.fullmatch(address.strip())
        if found is None:
            return None
        token = found[1].lower()
        try:
            content = b32decode(token.upper() + "=" * (-len(token) % 8))[_SIGNATURE:]
            key = _unpack(content)
        except (ValueError, IndexError):
            return None
        # Compare whole tokens: several ones are decoded to the same bytes.
        return key if hmac.compare_digest(self._token(content), token) else None

    def _token(self, content: bytes) -> str:
        signature = self._tokens.sign(_PURPOSE, content)[:_SIGNATURE]
        return b32encode(signature + content).decode().rstrip("=").lower()


def _pack(subscriber_id: str) -> bytes:
    is_hexadecimal = _HEXADECIMAL.fullmatch(subscriber_id) is not None
    content = bytes.fromhex(subscriber_id) if is_hexadecimal else subscriber_id.encode()
    is_prefix = len(content) > _SUBSCRIBER
    if is_prefix and not is_hexadecimal:
        # Do not end in the middle of a character.
        content = content[:_SUBSCRIBER].decode(errors="ignore").encode()
    flags = is_hexadecimal * _IS_HEXADECIMAL | is_prefix * _IS_PREFIX
    return bytes([flags]) + content[:_SUBSCRIBER]


def _unpack(content: bytes) -> DeliveryKey:
    edition, flags, subscriber = content[:_EDITION], content[_EDITION], content[_EDITION + 1 :]
    text = subscriber.hex() if flags & _IS_HEXADECIMAL else subscriber.decode()
    return DeliveryKey(edition.hex(), text, bool(flags & _IS_PREFIX))
