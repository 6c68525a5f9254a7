"""Addresses and header values, encoded for a message."""

from __future__ import annotations

import re
import textwrap
from email.header import decode_header
from urllib.parse import quote

import idna

from ..errors import HeaderError, MailError, Where
from ..model import Mailbox
from ..model.encoded_words import encoded_words

_LINE_BREAKS = re.compile(r"[\r\n\0]")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_WIDTH = 78
# RFC 5322, section 3.2.3: atoms and the spaces between them need no quotation marks.
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def checked_value(value: str, name: str) -> str:
    """Return the value of a header or envelope field if it cannot break out of its line.

    Args:
        name: of the field, for the error.

    Raises:
        HeaderError: it contains CR, LF or NUL, raw or after encoded words are decoded (RFC 2047).
    """
    if value.isprintable() and "=?" not in value:
        # Neither a line break nor an encoded word: nearly all values.
        return value
    if _LINE_BREAKS.search(value):
        raise HeaderError("the value contains a line break or NUL", where=Where(field=name), hint="remove it")
    for word in _ENCODED_WORD.finditer(value):
        try:
            decoded, charset = decode_header(word[0])[0]
        except Exception:  # noqa: S112 - the codec raises; nothing is decoded, so nothing breaks the line
            continue
        if _LINE_BREAKS.search(_decode(decoded, "latin-1") + _decode(decoded, charset or "latin-1")):
            raise HeaderError(
                "the value contains an encoded line break or NUL",
                where=Where(field=name),
                hint="remove the encoded word",
            )
    return value


def encode_unstructured(value: str, name: str) -> bytes:
    """Return an unstructured header value, folded at 78 characters, in encoded words if it is not ASCII.

    Text that looks like an encoded word is encoded too, so that it is decoded to itself.

    Raises:
        HeaderError: it would break out of its line.
    """
    checked_value(value, name)
    lines = textwrap.wrap(
        value,
        _WIDTH,
        initial_indent=f"{name}: ",
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    # Wrapping loses white space at line ends, and cannot split a long word.
    is_complete = " ".join(line.removeprefix(" ") for line in lines) == f"{name}: {value}"
    if _is_printable(value) and is_complete and max(map(len, lines)) <= _WIDTH:
        return "\r\n".join(lines).encode().removeprefix(f"{name}: ".encode())
    return _encode_words(value, name)


def encode_mailbox(mailbox: Mailbox, name: str) -> bytes:
    """Return a mailbox as a header value (RFC 5322, section 3.4); only a local part may be UTF-8 (RFC 6532).

    Raises:
        HeaderError: it would break out of its line.
        MailError: the domain cannot be written in ASCII.
    """
    return encode_address(mailbox.email, mailbox.name, name)


def encode_address(email: str, display: str, name: str) -> bytes:
    """Return an address and a display name as a header value; see `encode_mailbox`."""
    address = wire_address(email).encode()
    checked_value(display, name)
    if not display:
        return address
    if _is_printable(display) and len(display) < 60:
        if not _PHRASE.fullmatch(display):
            escaped = display.replace("\\", "\\\\").replace('"', '\\"')
            display = f'"{escaped}"'
        fits_on_line = len(name) + len(display) + len(address) < _WIDTH - 5
        return display.encode() + (b" <" if fits_on_line else b"\r\n <") + address + b">"
    return _encode_words(display, name) + b"\r\n <" + address + b">"


def _is_printable(value: str) -> bool:
    """Return whether a header can contain the text as it is, without looking like an encoded word."""
    return value.isascii() and value.isprintable() and "=?" not in value


def _encode_words(value: str, name: str) -> bytes:
    return "\r\n ".join(encoded_words(value, len(name) + 2)).encode()


def _decode(value: bytes | str, charset: str) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode(charset, "replace")
    except LookupError:
        return ""


def wire_address(address: str) -> str:
    """Return an address with its domain in ASCII (RFC 5891).

    Raises:
        HeaderError: it would break out of its line.
        MailError: the domain cannot be written in ASCII.
    """
    local, _, domain = checked_value(address, "address").rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise MailError(f"the domain cannot be written in ASCII: {error}", where=Where(id=address)) from None


def mailto_url(address: str, subject: str) -> str:
    """Return a URL for a mail to an address with a subject of ASCII letters (RFC 6068)."""
    return f"mailto:{quote(wire_address(address), safe='@+')}?subject={subject}"
