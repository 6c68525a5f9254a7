"""Lines that are instructions and not text: attribute lists, tables of contents, folds, comments of MDX."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .edits import Edit, apply_edits
from .options import MarkdownOptions
from .source_map import Ranges, map_source

FOLD = "<!--more-->"
"""Ends the summary, as Hugo and WordPress write it."""

_FOLD = re.compile(
    r"<!--[ \t]*(?:more|read-?more|truncate|excerpt|end[ _-]?excerpt|summary|PELICAN_END_SUMMARY|TEASER_END)"
    r"[ \t]*-->|\{/\*[ \t]*(?:truncate|more)[ \t]*\*/\}",
    re.IGNORECASE,
)
# A list item in front of `{:toc}` stands for the table of contents.
_CONTENTS = re.compile(
    r"^[ \t]{0,3}(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[^\n]*\n[ \t]*\{:[ \t]*toc[^{}\n]*\}"
    r"|\[TOC\]|\[\[_?toc_?\]\]|\$\{toc\}|\{\{TOC\}\})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ATTRIBUTE_LINE = re.compile(r"^([ \t>]*)\{(?::[^{}\n]*|[.#][\w-][^{}\n]*)\}[ \t]*$", re.MULTILINE)
_HEADING_ATTRIBUTES = re.compile(
    r"^([ \t]{0,3}#{1,6}[ \t][^\n{]*)\{(?::([^{}\n]*)|-|\.unnumbered|\.unlisted)\}[ \t]*$",
    re.MULTILINE,
)
_ABBREVIATION = re.compile(r"^\*\[[^\]\n]{1,200}\]:[^\n]*$\n?", re.MULTILINE)
_CONTENTS_MARKS = (b"\n[]\n", b"\n[[]]\n", b"\n[[__]]\n", b"\n${}\n", b"\n{{}}\n", b"{:")
_MARKDOWN_IN_HTML = re.compile(
    r"^[ \t]{0,3}<[a-z][\w-]{0,30}(?:[ \t][^<>\n]{0,500})?[ \t]markdown(?:=[\"']?(?:1|block|true)[\"']?)?"
    r"(?:[ \t][^<>\n]{0,500})?>[ \t]*$",
    re.MULTILINE,
)
_ID = re.compile(r"#[\w:.-]+")


def rewrite_blocks(text: str, options: MarkdownOptions, marks: bytes, separator: str | None = None) -> str:
    """Return the text without the instructions; where the summary ends, it has `FOLD`.

    Args:
        text: Markdown.
        options: the dialect.
        marks: the punctuation of the text.
        separator: ends the summary of this text.
    """
    edits: list[Edit] = []
    for mark in dict.fromkeys((options.fold, separator)):
        if mark and mark.strip():
            # The rest may hold further lines of this kind, which are no longer special.
            lines = re.compile(rf"^[ \t]*{re.escape(mark.strip())}[ \t]*$", re.MULTILINE)
            edits += ((match.start(), match.end(), f"\n{FOLD}\n") for match in lines.finditer(text))
    if b"<!--" in marks or b"{/*" in marks:
        edits += ((match.start(), match.end(), FOLD) for match in _FOLD.finditer(text))
    if b"{/*" in marks:
        edits += _comments(text)
    if b"{:" in marks or b"\n{" in marks or b">{" in marks:
        edits += ((match.end(1), match.end(), "") for match in _ATTRIBUTE_LINE.finditer(text))
    if b"#" in marks and (b"{:" in marks or b"{-}" in marks or b"{}" in marks):
        edits += (
            (match.start(), match.end(), match[1].rstrip() + _heading_id((match[2] or "").strip()))
            for match in _HEADING_ATTRIBUTES.finditer(text)
        )
    if any(mark in marks for mark in _CONTENTS_MARKS):
        edits += ((match.start(), match.end(), "") for match in _CONTENTS.finditer(text))
    if b"\n<" in marks and " markdown" in text:
        # An empty line ends the block of HTML, so that Markdown begins.
        edits += ((match.end(), match.end(), "\n") for match in _MARKDOWN_IN_HTML.finditer(text))
    if b"\n*[" in marks:
        edits += ((match.start(), match.end(), "") for match in _ABBREVIATION.finditer(text))
    if not edits:
        return text
    code = Ranges(map_source(text).code())
    edits = sorted(edit for edit in edits if edit[0] not in code)
    first_fold = next((edit for edit in edits if edit[2].strip() == FOLD), None)
    others = (edit for edit in edits if edit[2].strip() != FOLD)
    return apply_edits(text, [*([first_fold] if first_fold else []), *others])


def _comments(text: str) -> Iterator[Edit]:
    """Find the comments of MDX: `{/* text */}`."""
    position = 0
    while (start := text.find("{/*", position)) >= 0 and (end := text.find("*/}", start)) >= 0:
        position = end + len("*/}")
        yield start, position, ""


def _heading_id(attributes: str) -> str:
    identifier = _ID.search(attributes)
    return f" {{{identifier[0]}}}" if identifier else ""
