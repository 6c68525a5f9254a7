"""Summaries: the beginning of an HTML body as one line of text."""

from __future__ import annotations

import re

from .html_to_text import HEADINGS, extract_blocks
from .running_text import begin_running_text

_MARGIN = 20
_BULLET = "· "
_MAX_PARSED = 250_000
_NOT_RUNNING_TEXT = frozenset(["audio", "figure", "pre", "table", "video", *HEADINGS])
# Chinese and Japanese punctuation has its space built in.
_SPACE_AFTER_WIDE = re.compile(r"(?<=[、。！？，；：」』）]) (?!·)")
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？｡]|[؟।](?=\s)")


def summarize(html: str, limit: int = 280) -> str:
    """Return the beginning of the running text in at most `limit` characters.

    Headings, code, tables, figures, videos and recordings are left out, unless there is nothing else.
    """
    text = begin_running_text(html, limit + _MARGIN, _NOT_RUNNING_TEXT, _BULLET)
    return shorten(_to_line(text) if text else "", limit) or summarize_tree(html, limit)


def summarize_tree(html: str, limit: int) -> str:
    """Return what `summarize` returns, by way of a tree: slower, and for any HTML."""
    return shorten(_beginning(html, limit, _NOT_RUNNING_TEXT) or _beginning(html, limit, frozenset()), limit)


def _beginning(html: str, limit: int, skipped: frozenset[str]) -> str:
    """Return the text up to the limit and a little more. Parsing all of a long article would be slow."""
    size = 4 * limit + 1_000
    while (end := html.find("<", size)) >= 0:
        text = _run_on(html[:end], skipped)
        # The cut changes the last characters at most.
        if len(text) > limit + _MARGIN or size > _MAX_PARSED:
            return text
        size *= 4
    return _run_on(html, skipped)


def shorten(text: str, limit: int) -> str:
    """Cut a line to at most `limit` characters: after a sentence, else after a word with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: limit + 1]) if match.end() <= limit]
    if ends and ends[-1] >= limit // 3:
        return head[: ends[-1]].strip()
    space = head.rfind(" ", limit // 2)
    return (head[:space] if space > 0 else head[: limit - 1]).rstrip(" ,;:—–-") + "…"


def _run_on(html: str, skipped: frozenset[str]) -> str:
    """Return the text as one line; items of lists are separated by dots."""
    blocks = extract_blocks(html, bullet=_BULLET, skipped=skipped)
    return _to_line(" ".join(line for block in blocks for line in block))


def _to_line(text: str) -> str:
    return _SPACE_AFTER_WIDE.sub("", " ".join(text.split()).removeprefix(_BULLET))
