"""Slugs as several generators make them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_ASCII_WORD = re.compile(r"[a-z0-9]+")
# What transliteration does to letters that have no decomposition.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "TH",
        "ı": "i",
    }
)


def is_letter_mark_or_digit(character: str) -> bool:
    """Return whether a character is of the Unicode categories L, M or Nd."""
    if character.isascii():
        return character.isalnum()
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def hyphenate(text: str, keep: Callable[[str], bool]) -> str:
    """Return a text with a hyphen for each run of other characters, without hyphens at its ends."""
    if _ASCII_WORD.fullmatch(text):
        return text
    return "-".join("".join(each if keep(each) else " " for each in text).split())


def without_accents(text: str) -> str:
    """Return a text without the accents of its letters."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    kept = "".join(each for each in decomposed if unicodedata.category(each) != "Mn")
    return unicodedata.normalize("NFC", kept)


def transliterate(text: str) -> str:
    """Return a text with ASCII letters for Latin ones. Letters of other scripts stay."""
    return text if text.isascii() else without_accents(text.translate(_LETTERS))


def ascii_slug(text: str) -> str:
    """Return the slug of Latin text: lower case, ASCII letters and digits, hyphens between.

    Letters of other scripts stay, as nobody can know how the generator writes them.
    """
    return hyphenate(transliterate(text).casefold(), is_letter_mark_or_digit)
