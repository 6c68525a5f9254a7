"""DKIM signatures (RFC 6376): RSA-SHA256, and Ed25519-SHA256 (RFC 8463).

The canonicalization is relaxed for the header and simple for the body. Relays fold header lines again, and
relaxed allows that. In a body, relaxed allows only changes of white space. Our bodies are 7-bit, in lines of
at most 76 characters without space at their ends, so that no relay has a reason to change them. A signature
then costs little more than the RSA operation: the body is only hashed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

MIN_RSA_BITS = 2048
"""RFC 8301, section 3.2: signers should use keys of at least 2048 bits."""

# Named once more than they occur, so that the signature breaks if one is added (RFC 6376, section 8.15): a
# second one could change who seems to write, or what is shown.
_OVERSIGNED = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id"),
    *("mime-version", "content-type", "content-transfer-encoding"),
)
# Signed, but others may be added: a mailing list that forwards the message adds its own. One click needs a
# signature of the first two (RFC 8058, section 4), Gmail's feedback loop one of Feedback-ID.
_SIGNED = (
    *("list-unsubscribe", "list-unsubscribe-post", "list-id", "list-help", "list-post", "list-archive"),
    *("feedback-id", "auto-submitted"),
)
_FIELD_BREAK = re.compile(rb"\r\n(?![ \t])")
_WHITE_SPACE = re.compile(rb"[ \t\r\n]+")
_WIDTH = 72


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and where its public key is published.

    Attributes:
        domain: the signing domain (`d=`), in ASCII.
        selector: names the key below `_domainkey` of the domain (`s=`).
    """

    domain: str
    selector: str
    private_key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def record_name(self) -> str:
        """The name of the TXT record with the public key."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record with the public key (RFC 6376, section 3.6.1; RFC 8463, section 4.2)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public_key = self.private_key.public_key()
        if self.key_type == "rsa":
            content = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            content = public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k={self.key_type}; p={b64encode(content).decode()}"

    @property
    def key_type(self) -> str:
        """`rsa` or `ed25519`."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        return "rsa" if isinstance(self.private_key, RSAPrivateKey) else "ed25519"

    def is_aligned(self, domain: str) -> bool:
        """Return whether the signing domain is this domain, or one is a subdomain of the other.

        DMARC accepts the signature for such a domain in From, unless its policy is strict (RFC 7489, section
        3.1.1).
        """
        own, other = f".{self.domain}".lower(), f".{domain}".lower()
        return own.endswith(other) or other.endswith(own)


def load_private_key(content: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    """Return the private key of a PEM file.

    Raises:
        ValueError: it is not a private key that can sign mail; the message says why.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if b"PUBLIC KEY-----" in content:
        raise ValueError("this is a public key; signing needs the private key")
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise ValueError("the private key is protected by a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("not a private key in PEM format") from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < MIN_RSA_BITS:
            raise ValueError(f"the RSA key has {key.key_size} bits; at least {MIN_RSA_BITS} are needed")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise ValueError("the private key is neither RSA nor Ed25519")


def sign_message(message: bytes, keys: Sequence[DkimKey], time: datetime) -> bytes:
    """Return the message with a DKIM-Signature of each key before its other headers.

    The result is the same for the same arguments.

    Args:
        message: RFC 5322, lines end with CRLF.
        time: when it was signed (`t=`), with a time zone.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    names, signed = _signed_fields(head)
    body_hash = b64encode(sha256(canonicalize_body(body)).digest()).decode()
    fields = _fold_names(names)
    signatures = []
    for key in keys:
        unsigned = (
            f"DKIM-Signature: v=1; a={key.key_type}-sha256; c=relaxed/simple; d={key.domain};\r\n"
            f"\ts={key.selector}; t={int(time.timestamp())};\r\n"
            f"\th={fields};\r\n"
            f"\tbh={body_hash};\r\n"
            f"\tb="
        ).encode()
        signature = b64encode(_sign(key.private_key, signed + canonicalize_field(unsigned))).decode()
        signatures += [unsigned, _fold(signature).encode(), b"\r\n"]
    return b"".join([*signatures, message])


def canonicalize_field(field: bytes) -> bytes:
    """Return a header field, without the line break at its end, in relaxed form (RFC 6376, section 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.rstrip(b" \t").lower() + b":" + _WHITE_SPACE.sub(b" ", value).strip(b" ")


def canonicalize_body(body: bytes) -> bytes:
    """Return a body in simple form: with exactly one line break at its end (RFC 6376, section 3.4.3)."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n"


def _signed_fields(head: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the names for `h=`, and the fields that they name in relaxed form, each with a line break."""
    present: dict[bytes, list[bytes]] = {}
    for field in _FIELD_BREAK.split(head):
        canonical = canonicalize_field(field)
        present.setdefault(canonical.partition(b":")[0], []).append(canonical)
    names, fields = [], []
    for name in (*_OVERSIGNED, *_SIGNED):
        # The last one of a name is the first to be signed (RFC 6376, section 5.4.2).
        found = present.get(name.encode(), [])[::-1]
        names += [name] * (len(found) + (name in _OVERSIGNED))
        fields += found
    return tuple(names), b"".join(field + b"\r\n" for field in fields)


def _sign(key: RSAPrivateKey | Ed25519PrivateKey, content: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, RSAPrivateKey):
        return key.sign(content, PKCS1v15(), SHA256())
    # RFC 8463, section 3: what is signed is the hash.
    return key.sign(sha256(content).digest())


# Nearly all messages have the same headers.
@lru_cache(maxsize=16)
def _fold_names(names: tuple[str, ...]) -> str:
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > _WIDTH:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n\t".join([*lines, line]).removesuffix(":")


def _fold(value: str) -> str:
    return "\r\n\t".join(value[start : start + _WIDTH] for start in range(0, len(value), _WIDTH))
