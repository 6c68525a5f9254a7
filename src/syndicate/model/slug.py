"""Slugs: text as a part of file names and URLs."""

from __future__ import annotations

import re
import unicodedata

_NAMED = {"+": " plus ", "#": " sharp ", "&": " and ", "@": " at ", "%": " percent "}


def slug(text: str) -> str:
    """Return a text for file names and URLs: lower-case letters and digits of any script, and hyphens.

    Texts that differ only in case or punctuation have the same slug (`Boats` and `boats`).
    """
    named = "".join(_NAMED.get(char, char) for char in unicodedata.normalize("NFKC", text))
    cleaned = re.sub(r"[\W_]+", "-", named.casefold()).strip("-")
    # A file name may have 255 bytes, including the suffix and the prefix of a temporary file.
    return cleaned.encode()[:150].decode(errors="ignore") or "other"
