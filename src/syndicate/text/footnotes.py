"""The links of a text: as numbered notes under it, or where they stand. Pure."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote

from .wrap import GLUE, OPEN, SHUT

# Spaces would part a link, brackets end it, and controls are not seen.
_UNFIT = re.compile(
    "[\x00-\x20\x7f-\xa0<>\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\xad]"
)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)


class Notes:
    """The links of one text.

    Args:
        style: `notes` gives them numbers and lists them under the text, `inline` puts each behind its words.
        shown: a link that stands beside the text anyway.
    """

    def __init__(self, style: Literal["notes", "inline"], shown: str | None = None) -> None:
        self._style = style
        self._shown = {fit(shown)} if shown else set()
        self._numbers: dict[str, int] = {}

    def mark(self, label: str, href: str | None) -> str:
        """The words of a link, and what says where it leads; the words alone if it leads nowhere.

        A link whose words are its address stands for itself.
        """
        url = fit(href or "")
        if not _SCHEME.match(url) or url in self._shown:
            return label
        if _bare(label) == _bare(url):
            address = url if url.lower().startswith("http") else label
            self._shown.add(url)
            return f"{OPEN}{address}{SHUT}"
        if self._style == "inline":
            self._shown.add(url)
            return f"{label} {OPEN}<{url}>{SHUT}" if label else f"{OPEN}<{url}>{SHUT}"
        number = self._numbers.setdefault(url, len(self._numbers) + 1)
        return f"{label}{GLUE}[{number}]" if label else f"[{number}]"

    def lines(self) -> list[str]:
        """The list of notes."""
        return [f"[{number}] {url}" for url, number in self._numbers.items()]


def fit(url: str) -> str:
    """An address in which nothing parts it, and nothing is unseen."""
    return _UNFIT.sub(lambda match: quote(match[0]), url.strip())


def _bare(text: str) -> str:
    return re.sub(r"^www\.", "", _SCHEME.sub("", text.strip())).rstrip("/").lower()
