"""Ids of articles, and how strong the claim of a source to an id or a link is."""

from __future__ import annotations

import hashlib
import re
from enum import IntEnum
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import idna

from .rfc_grammar import is_absolute_uri

_MAX_LENGTH = 500
# PostgreSQL indexes no longer ones.
_MAX_KEY_LENGTH = 400
# RFC 4151, section 2.1: a domain, or an email address.
_TAG_AUTHORITY = re.compile(r"tag:(?:[^,@]*@)?([^,@]+),", re.IGNORECASE)


class Standing(IntEnum):
    """The strength of a source's claim to an id or a link: is the source at home on the host that it names?

    Attributes:
        STRANGER: as far as is known, the source is at home on another host.
        POSSIBLE: unknown, or the id names no host.
        STATED: the source's documents say so, and the config does not name a home.
        CONFIGURED: the config says so.
    """

    STRANGER = 0
    POSSIBLE = 1
    STATED = 2
    CONFIGURED = 3


def outranks(one: int, other: int) -> bool:
    """Return whether the first of two articles with one id or link is shown and the second is hidden.

    A statement of the source itself outranks a stranger only. It hides no article that may be at home there.
    """
    if one == Standing.CONFIGURED:
        return other != Standing.CONFIGURED
    return one == Standing.STATED and other == Standing.STRANGER


# An address whose host `urlsplit` would return as it is, after `www.`.
_PLAIN_HOST = re.compile(r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*+)(?=[/?#]|\Z)", re.ASCII)


# Called with the same few addresses of the config for each record.
@lru_cache(maxsize=1024)
def host_of(url: str) -> str | None:
    """Return the host of a web address: lower case, ASCII (IDNA), without `www.`; None if it has no host."""
    if match := _PLAIN_HOST.match(url):
        return match[1]
    if url.startswith("urn:"):
        return None
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
    """Return the host that an id names, which may be a web address or a `tag:` URI; None without a host."""
    if match := _TAG_AUTHORITY.match(identifier):
        return host_of(f"https://{match[1]}/")
    return host_of(identifier)


def is_uri(text: str) -> bool:
    """Return whether a feed can use the text as an id without a change (RFC 4287, section 4.2.6)."""
    return len(text) <= _MAX_LENGTH and is_absolute_uri(text)


def identity(*parts: str) -> str:
    """Return a `urn:uuid:` that is the same for the same parts (RFC 9562, section 5.5).

    Args:
        parts: what distinguishes the article from all others, such as the host, the source and the link.
    """
    return uuid5(NAMESPACE_URL, "\n".join(parts).encode("utf-8", "replace").decode()).urn


def record_key(text: str) -> str:
    """Return the key of a record as it is stored: a long key is hashed."""
    if len(text) <= _MAX_KEY_LENGTH:
        return text
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
