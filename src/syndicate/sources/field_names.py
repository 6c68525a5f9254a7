"""Names of fields in records, in any case and with any word separator."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_MAX_LENGTH = 60
_SEPARATORS = str.maketrans("", "", "-_ ")


def normalize_name(name: Any) -> str:
    """Return a name in lower case without hyphens, underscores and spaces; a long one as it is.

    `publishDate`, `publish_date`, `Publish Date` and `publish-date` are the same name.
    """
    if not isinstance(name, str):
        return ""
    return _normalize(name) if len(name) <= _MAX_LENGTH else name


# The records of a source have the same few names.
@lru_cache(maxsize=4096)
def _normalize(name: str) -> str:
    return name.translate(_SEPARATORS).casefold()
