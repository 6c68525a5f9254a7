"""Addresses and header values as they may go on the wire."""

from __future__ import annotations

import re
from email.header import Header, decode_header

import idna

from ..errors import HeaderError, MailError, Where
from ..model import Mailbox

_BREAKS = re.compile(r"[\r\n\0]")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
# RFC 5322, section 3.2.3: atoms and the spaces between them need no quotation marks.
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def safe_value(value: str, name: str) -> str:
    """The value, if it cannot break out of its header line.

    Args:
        value: what a header or an envelope is to hold.
        name: which one, for the message.

    Raises:
        HeaderError: it holds CR, LF or NUL, raw or once encoded words in it are decoded (RFC 2047).
    """
    if _BREAKS.search(value):
        raise HeaderError("holds a line break or NUL", where=Where(field=name), hint="take it out")
    for word in _ENCODED.finditer(value):
        try:
            decoded = decode_header(word[0])[0][0]
        except Exception:  # noqa: S112 - what cannot be decoded cannot break a line
            continue
        text = decoded.decode("latin-1") if isinstance(decoded, bytes) else decoded
        if _BREAKS.search(text):
            raise HeaderError(
                "holds an encoded line break or NUL",
                where=Where(field=name),
                hint="take the encoded word out",
            )
    return value


def encode_text(value: str, name: str) -> bytes:
    """An unstructured header value, folded at 78 and in encoded words where it is not ASCII.

    Text that looks like an encoded word is encoded itself, so that it comes back as it went in.

    Raises:
        HeaderError: it would break out of its line.
    """
    safe_value(value, name)
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    header = Header(value, charset, header_name=name, maxlinelen=76)
    return header.encode(linesep="\r\n").encode("ascii")


def encode_mailbox(mailbox: Mailbox, name: str) -> bytes:
    """A mailbox as a header value (RFC 5322, section 3.4); UTF-8 only in a local part (RFC 6532).

    Raises:
        HeaderError: it would break out of its line.
        MailError: the domain cannot be written in ASCII.
    """
    address = wire_address(mailbox.email).encode()
    display = safe_value(mailbox.name, name)
    if not display:
        return address
    if display.isascii() and "=?" not in display and len(display) < 60:
        if not _PHRASE.fullmatch(display):
            escaped = display.replace("\\", "\\\\").replace('"', '\\"')
            display = f'"{escaped}"'
        return display.encode() + b" <" + address + b">"
    encoded = Header(display, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")
    return encoded.encode() + b"\r\n <" + address + b">"


def wire_address(address: str) -> str:
    """An address with its domain in ASCII (RFC 5891).

    Raises:
        HeaderError: it would break out of its line.
        MailError: the domain cannot be written in ASCII.
    """
    local, _, domain = safe_value(address, "address").rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise MailError(f"the domain cannot be written in ASCII: {error}", where=Where(id=address)) from None
