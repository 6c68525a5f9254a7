"""What identifies an article for ever."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from .grammar import is_absolute

_LONGEST = 500


def is_uri(text: str) -> bool:
    """Whether a feed can carry the text as an id as it is (RFC 4287, section 4.2.6)."""
    return len(text) <= _LONGEST and is_absolute(text)


def identity(*parts: str) -> str:
    """A `urn:uuid:` that is the same for the same parts (RFC 9562, section 5.5).

    Args:
        parts: what tells the article from all others, such as the host, the source and the link.
    """
    return uuid5(NAMESPACE_URL, "\n".join(parts).encode("utf-8", "replace").decode()).urn
