"""What identifies an article for ever."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import idna

from .grammar import is_absolute_uri

_LONGEST = 500
# RFC 4151, section 2.1: a domain, or an address at one.
_TAG = re.compile(r"tag:(?:[^,@]*@)?([^,@]+),", re.IGNORECASE)


class Standing(IntEnum):
    """How good a source's right to an id or a link is: is its home on the host that the id or link names?

    Attributes:
        STRANGER: it is elsewhere, as far as anybody knows.
        POSSIBLE: it may be there, or the id names no host; nothing speaks against it.
        STATED: its documents say so, and the config does not say where its home is.
        CONFIGURED: the config says so.
    """

    STRANGER = 0
    POSSIBLE = 1
    STATED = 2
    CONFIGURED = 3


def outranks(one: int, other: int) -> bool:
    """Whether of two articles with one id or link the first is shown and the second is hidden.

    What a document says of itself is enough against a stranger, but hides nobody who may be at home there.
    """
    if one == Standing.CONFIGURED:
        return other != Standing.CONFIGURED
    return one == Standing.STATED and other == Standing.STRANGER


# The same few addresses of the config are asked about for each record.
@lru_cache(maxsize=1024)
def host_of(url: str) -> str | None:
    """The host of a web address, in small letters and ASCII and without `www.`; none if it has none."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except (ValueError, UnicodeError):
        return None
    host = host.removesuffix(".").removeprefix("www.")
    return host if host and parts.scheme in ("http", "https") else None


def named_host(identifier: str) -> str | None:
    """The host that an id names: that of a web address, or that of a `tag:` URI; none if it names none."""
    if match := _TAG.match(identifier):
        return host_of(f"https://{match[1]}/")
    return host_of(identifier)


def is_uri(text: str) -> bool:
    """Whether a feed can carry the text as an id as it is (RFC 4287, section 4.2.6)."""
    return len(text) <= _LONGEST and is_absolute_uri(text)


def identity(*parts: str) -> str:
    """A `urn:uuid:` that is the same for the same parts (RFC 9562, section 5.5).

    Args:
        parts: what tells the article from all others, such as the host, the source and the link.
    """
    return uuid5(NAMESPACE_URL, "\n".join(parts).encode("utf-8", "replace").decode()).urn
