"""Encoded words: text that is not ASCII in a header (RFC 2047)."""

from __future__ import annotations

from base64 import b64encode

# Encoded, this makes 72 characters of the 75 that an encoded word may have.
_BYTES_PER_WORD = 45


def encoded_words(text: str, offset: int = 0) -> list[str]:
    """Return encoded words of at most 75 characters that split no character (RFC 2047, section 5).

    Args:
        offset: by how many characters the first one is shorter, for the name of the header before it.
    """
    words: list[bytes] = []
    word = b""
    capacity = _BYTES_PER_WORD - offset
    for char in text:
        encoded = char.encode("utf-8", "replace")
        if len(word) + len(encoded) > capacity:
            words.append(word)
            word, capacity = b"", _BYTES_PER_WORD
        word += encoded
    words.append(word)
    return [f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words]
