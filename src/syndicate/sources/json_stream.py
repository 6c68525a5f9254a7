"""JSON documents read value by value: a list with any number of records needs the memory of one."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

_CHUNK = 1 << 16
_SPACE = re.compile(r"[ \t\n\r]*+")
# What ends a number, `true` and the like.
_DELIMITERS = frozenset(",]} \t\n\r")
# The decoder stops at most this far before the end of a text that is cut off in a name or an escape.
_LONGEST_TOKEN = 12


@dataclass(frozen=True, slots=True)
class ListStart:
    """A list begins: the document itself (name None), or the member of the document with this name."""

    name: str | None


@dataclass(frozen=True, slots=True)
class ListItem:
    """A value in the list that began last.

    Attributes:
        line: where it begins, from 1.
        wrong_byte: the first byte in it that is not UTF-8, if there is one.
    """

    value: Any
    line: int
    wrong_byte: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the document that is not a list; with name None, the document is this one value."""

    name: str | None
    value: Any


class BrokenJsonError(ValueError):
    """The document is not JSON (RFC 8259), or a value in it is too large.

    Attributes:
        line, column: where, from 1.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def iterate_json(file: BinaryIO, max_characters: int) -> Iterator[ListStart | ListItem | Member]:
    """Yield the values of a list, or the members of an object, where members that are lists are not held.

    Args:
        file: in UTF-8, with a byte order mark or without.
        max_characters: the size limit of one value.

    Raises:
        BrokenJsonError: the values before the fault were yielded.
    """
    yield from _Document(file, max_characters).values()


class _Document:
    """The text from the current position on, as far as it is read."""

    def __init__(self, file: BinaryIO, max_characters: int) -> None:
        self._file = file
        self._max_characters = max_characters
        self._text_decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._json_decoder = json.JSONDecoder()
        self._text = ""
        self._position = 0
        self._line = 1
        self._column = 1
        self._is_at_end = False
        # In the value that was read last.
        self._wrong_byte: int | None = None

    def values(self) -> Iterator[ListStart | ListItem | Member]:
        """Yield what the document contains; see `iterate_json`."""
        start = self._peek()
        if start == "[":
            yield ListStart(None)
            yield from self._items()
        elif start == "{":
            yield from self._members()
        else:
            yield Member(None, self._value())
            self._require_utf8()
        if self._peek():
            raise self._error("there is more after the end of the document")

    def _members(self) -> Iterator[ListStart | ListItem | Member]:
        self._take("{")
        if self._peek() == "}":
            self._take("}")
            return
        while True:
            if self._peek() != '"':
                raise self._error("a name in quotation marks is missing")
            name = self._value()
            self._take(":")
            if self._peek() == "[":
                yield ListStart(name)
                yield from self._items()
            else:
                yield Member(name, self._value())
                self._require_utf8()
            if self._peek() == "}":
                self._take("}")
                return
            self._take(",")

    def _items(self) -> Iterator[ListItem]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            self._peek()
            line = self._line
            value = self._value()
            yield ListItem(value, line, self._wrong_byte)
            if self._peek() == "]":
                self._take("]")
                return
            self._take(",")

    def _peek(self) -> str:
        """Skip white space, and return the next character; empty at the end of the document."""
        while True:
            match = _SPACE.match(self._text, self._position)
            assert match is not None
            self._advance(match.end())
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read_more(_CHUNK):
                return ""

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise self._error(f"{character!r} is missing")
        self._advance(self._position + 1)

    def _value(self) -> Any:
        """Return the value that begins here.

        The decoder needs the whole value. The text is doubled until it is there, so that all attempts
        together cost no more than a few of the last one.
        """
        if not self._peek():
            raise self._error("the document ends here")
        while True:
            try:
                value, end = self._json_decoder.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                is_cut_off = error.pos >= len(self._text) - _LONGEST_TOKEN or "Unterminated" in error.msg
                length = error.pos - self._position
                if is_cut_off and self._grow():
                    continue
                self._advance(self._position + length)
                raise self._error(error.msg) from None
            except RecursionError:
                raise self._error("the JSON is nested too deeply") from None
            except ValueError as error:
                # Python refuses numbers of thousands of digits.
                raise self._error(str(error)) from None
            length = end - self._position
            is_complete = self._text[end - 1] in '"]}' or self._text[end : end + 1] in _DELIMITERS
            if is_complete or not self._grow():
                end = self._position + length
                self._check_size(end)
                self._wrong_byte = _find_wrong_byte(self._text[self._position : end])
                self._advance(end)
                return value

    def _grow(self) -> bool:
        """Read as much text again as there is. Return False at the end of the document."""
        self._check_size(len(self._text))
        self._text = self._text[self._position :]
        self._position = 0
        return self._read_more(max(_CHUNK, len(self._text)))

    def _check_size(self, end: int) -> None:
        if end - self._position > self._max_characters:
            raise self._error(f"a value has more than {self._max_characters / 1e6:g} million characters")

    def _read_more(self, size: int) -> bool:
        if self._is_at_end:
            return False
        data = self._file.read(size)
        self._is_at_end = not data
        more = self._text_decoder.decode(data, final=not data)
        self._text = self._text[self._position :] + more
        self._position = 0
        return bool(data)

    def _require_utf8(self) -> None:
        if self._wrong_byte is not None:
            raise self._error(f"the file is not UTF-8: byte 0x{self._wrong_byte:02x}")

    def _advance(self, position: int) -> None:
        passed = self._text.count("\n", self._position, position)
        if passed:
            self._line += passed
            self._column = position - self._text.rindex("\n", self._position, position)
        else:
            self._column += position - self._position
        self._position = position

    def _error(self, message: str) -> BrokenJsonError:
        return BrokenJsonError(message, self._line, self._column)


def _find_wrong_byte(text: str) -> int | None:
    """Return the first byte that could not be decoded. The decoder made a lone surrogate of it (PEP 383)."""
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return ord(text[error.start]) - 0xDC00
    return None
