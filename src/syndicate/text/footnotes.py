"""Links in plain text: as numbered footnotes, or in angle brackets after the linked words."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote

from .wrap import FIXED_SPACE, LINK_END, LINK_START

# Spaces would split a URL, brackets would end it, and controls are invisible.
_UNSAFE = re.compile(
    "[\x00-\x20\x7f-\xa0<>\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\xad]"
)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)


class Footnotes:
    """Collect the links of one text.

    Args:
        style: `notes` numbers the links and lists them below the text; `inline` puts each after its words.
        shown: a link that is printed beside the text anyway and gets no footnote.
    """

    def __init__(self, style: Literal["notes", "inline"], shown: str | None = None) -> None:
        self._style = style
        self._shown = {quote_url(shown)} if shown else set()
        self._numbers: dict[str, int] = {}

    def add(self, label: str, href: str | None) -> str:
        """Add a link and return its words with a reference to it.

        A link without an absolute address becomes its words. If these are the address, it is printed once.
        """
        url = quote_url(href or "")
        if not _SCHEME.match(url) or url in self._shown:
            return label
        if _without_scheme(label) == _without_scheme(url):
            address = url if url.lower().startswith("http") else label
            self._shown.add(url)
            return f"{LINK_START}{address}{LINK_END}"
        if self._style == "inline":
            self._shown.add(url)
            return f"{label} {LINK_START}<{url}>{LINK_END}" if label else f"{LINK_START}<{url}>{LINK_END}"
        number = self._numbers.setdefault(url, len(self._numbers) + 1)
        return f"{label}{FIXED_SPACE}[{number}]" if label else f"[{number}]"

    def lines(self) -> list[str]:
        """Return the list of footnotes."""
        return [f"[{number}] {url}" for url, number in self._numbers.items()]


def quote_url(url: str) -> str:
    """Percent-encode spaces, angle brackets and invisible characters, which would break a link."""
    return _UNSAFE.sub(lambda match: quote(match[0]), url.strip())


def _without_scheme(text: str) -> str:
    return re.sub(r"^www\.", "", _SCHEME.sub("", text.strip())).rstrip("/").lower()
