"""Characters that XML forbids or that act on their surroundings: found and repaired."""

from __future__ import annotations

import re

from .bidi import close_controls

# Everything outside Char of XML 1.0 (fifth edition, section 2.2), plus U+FFFE and U+FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
# Legal in XML, but a terminal obeys them (C1 controls, DEL) or takes them for a line end.
_ACTIVE = re.compile("[\x7f-\x9f\u2028\u2029]")

CHARACTER_REFERENCE = re.compile("&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?")
"""A numeric character reference as HTML reads it: the semicolon may be missing (HTML, 13.2.5.80)."""


def repair_text(text: str) -> str:
    """Return the text without illegal characters and without references to them, such as `&#1;`.

    A reference is repaired as its character would be, see `repair_characters`. If removing one creates
    another, that becomes U+FFFD. References to legal characters stay.
    """
    # Most texts are short and have no line end.
    if (text.isprintable() and "&#" not in text) or not needs_repair(text):
        return text
    text = repair_characters(
        CHARACTER_REFERENCE.sub(lambda match: illegal_reference(match) or match[0], text)
    )
    # Removing an inner one may have joined the halves of an outer one: `&#&#1;1;`.
    return CHARACTER_REFERENCE.sub(lambda match: "\ufffd" if illegal_reference(match) else match[0], text)


def needs_repair(text: str) -> bool:
    """Whether `repair_text` would change the text."""
    if has_illegal_character(text):
        return True
    # The plain search comes first: nearly no text has a reference, and every text of every entry is tested.
    return "&#" in text and any(map(illegal_reference, CHARACTER_REFERENCE.finditer(text)))


def illegal_reference(match: re.Match[str]) -> str:
    """Return the illegal character that a `CHARACTER_REFERENCE` stands for; empty if the character is legal.

    A number beyond the last code point counts as U+FFFE, which is repaired in the same way.
    """
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    digits = digits.lstrip("0")
    # Python refuses to read a number of thousands of digits.
    code = int(digits or "0", base) if len(digits) <= len("1114111") else 0x110000
    char = chr(code) if code <= 0x10FFFF else "\ufffe"
    return char if _ILLEGAL.match(char) else ""


def repair_characters(text: str) -> str:
    """Return the text without characters that XML forbids (XML 1.0, section 2.2).

    Control characters are removed, vertical tabs and form feeds become spaces, the two halves of a surrogate
    pair are joined, and lone halves and U+FFFE/F become U+FFFD.
    """
    if not has_illegal_character(text):
        return text
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)

    def replacement(match: re.Match[str]) -> str:
        char = match[0]
        if char in "\x0b\x0c":
            return " "
        return "" if char < " " else "\ufffd"

    return _ILLEGAL.sub(replacement, joined)


def has_illegal_character(text: str) -> bool:
    """Whether `repair_characters` would change the text. Every text is tested: a pattern would be slower."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    if len(data.translate(None, _CONTROLS)) != len(data):
        return True
    return not text.isascii() and ("\ufffe" in text or "\uffff" in text)


def clean_text(text: str) -> str:
    """Return the text without control characters and with every direction override closed.

    NEL and the Unicode line and paragraph separators become spaces.
    """
    text = _ACTIVE.sub(lambda match: " " if match[0] in "\x85\u2028\u2029" else "", repair_characters(text))
    return close_controls(text)
