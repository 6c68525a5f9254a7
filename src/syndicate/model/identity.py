"""What identifies an article for ever."""

from __future__ import annotations

import re
from uuid import NAMESPACE_URL, uuid5

# RFC 3986, section 3: a scheme and something after it, without white space.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_LONGEST = 500


def is_uri(text: str) -> bool:
    """Whether a feed can carry the text as an id as it is (RFC 4287, section 4.2.6)."""
    return len(text) <= _LONGEST and _URI.fullmatch(text) is not None


def identity(*parts: str) -> str:
    """A `urn:uuid:` that is the same for the same parts (RFC 9562, section 5.5).

    Args:
        parts: what tells the article from all others, such as the host, the source and the link.
    """
    return uuid5(NAMESPACE_URL, "\n".join(parts).encode("utf-8", "replace").decode()).urn
