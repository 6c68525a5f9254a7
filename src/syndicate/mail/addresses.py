"""Addresses and header values as they may go on the wire."""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from email.header import decode_header

import idna

from ..errors import HeaderError, MailError, Where
from ..model import Mailbox

_BREAKS = re.compile(r"[\r\n\0]")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_WIDTH = 78
# In base64 and with its frame this comes to 72 characters, of the 75 that an encoded word may have.
_IN_WORD = 45
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
            decoded, charset = decode_header(word[0])[0]
        except Exception:  # noqa: S112 - what cannot be decoded cannot break a line
            continue
        if _BREAKS.search(_lenient(decoded, "latin-1") + _lenient(decoded, charset or "latin-1")):
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
    lines = textwrap.wrap(
        value,
        _WIDTH,
        initial_indent=f"{name}: ",
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    # Wrapping loses white space where a line ends, and cannot part a long word.
    whole = " ".join(line.removeprefix(" ") for line in lines) == f"{name}: {value}"
    if _printable(value) and whole and max(map(len, lines)) <= _WIDTH:
        return "\r\n".join(lines).encode().removeprefix(f"{name}: ".encode())
    return _encoded_words(value, name)


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
    if _printable(display) and len(display) < 60:
        if not _PHRASE.fullmatch(display):
            escaped = display.replace("\\", "\\\\").replace('"', '\\"')
            display = f'"{escaped}"'
        short = len(name) + len(display) + len(address) < _WIDTH - 5
        return display.encode() + (b" <" if short else b"\r\n <") + address + b">"
    return _encoded_words(display, name) + b"\r\n <" + address + b">"


def _printable(value: str) -> bool:
    """Whether a header may hold the text as it is, and nobody takes any of it for an encoded word."""
    return value.isascii() and value.isprintable() and "=?" not in value


def _encoded_words(value: str, name: str) -> bytes:
    """The text in encoded words of at most 75 characters, none of which parts a character (RFC 2047, 5)."""
    words: list[bytes] = []
    piece = b""
    room = _IN_WORD - len(name) - 2
    for char in value:
        more = char.encode("utf-8", "replace")
        if len(piece) + len(more) > room:
            words.append(piece)
            piece, room = b"", _IN_WORD
        piece += more
    words.append(piece)
    return b"\r\n ".join(b"=?utf-8?b?" + b64encode(word) + b"?=" for word in words)


def _lenient(value: bytes | str, charset: str) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode(charset, "replace")
    except LookupError:
        return ""


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
