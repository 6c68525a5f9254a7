"""Markdown to HTML.

pyromark (pulldown-cmark) reads CommonMark, tables, footnotes, task lists and definition lists in native code
and linear time. What people write beyond that is rewritten in the source first, outside of code.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyromark
from pyromark import Options

from ..text.illegal_characters import has_illegal_character, repair_characters
from ..text.sanitize import sanitize
from ..text.summary import summarize
from .markdown_dialects.admonitions import rewrite_admonitions
from .markdown_dialects.block_constructs import FOLD, rewrite_blocks
from .markdown_dialects.footnotes import finish_footnotes, move_footnotes
from .markdown_dialects.inline_constructs import restore_references, rewrite_inline
from .markdown_dialects.marks import punctuation_marks
from .markdown_dialects.options import DEFAULT_OPTIONS, MarkdownOptions
from .markdown_dialects.source_map import SYNTAX

_PLAIN = pyromark.Markdown(options=SYNTAX)
_SMART = pyromark.Markdown(options=SYNTAX | Options.ENABLE_SMART_PUNCTUATION)
_MAX_SUMMARY = 2_000
_CHECKED = '<input disabled="" type="checkbox" checked=""/>\n'
_UNCHECKED = '<input disabled="" type="checkbox"/>\n'


@dataclass(frozen=True, slots=True)
class RenderedMarkdown:
    """HTML that is not sanitised, and the text in front of the fold, if the author set one."""

    html: str
    summary: str | None = None


def render_markdown(
    text: str, options: MarkdownOptions = DEFAULT_OPTIONS, *, separator: str | None = None
) -> RenderedMarkdown:
    """Return the HTML of Markdown text. It is not sanitised.

    Args:
        text: without front matter and shortcodes.
        options: the dialect.
        separator: a line that ends the summary, besides `<!--more-->`.
    """
    if has_illegal_character(text):
        text = repair_characters(text)
    marks = punctuation_marks(text)
    changed = rewrite_blocks(text, options, marks, separator)
    if options.admonitions:
        changed = rewrite_admonitions(changed, marks)
    if changed is not text:
        marks = punctuation_marks(changed)
    text = rewrite_inline(changed, options, marks)
    if b"[^" in marks or b"^[" in marks:
        text = move_footnotes(text)
    html = (_SMART if options.smart else _PLAIN).html(text)
    return _finish(html)


def _finish(html: str) -> RenderedMarkdown:
    """Turn what a sanitizer removes into what it keeps."""
    if 'style="text-align: ' in html:
        for side in ("left", "center", "right"):
            html = html.replace(f' style="text-align: {side}"', f' align="{side}"')
    if 'type="checkbox"' in html:
        html = html.replace(_CHECKED, "☑ ").replace(_UNCHECKED, "☐ ")
    html = restore_references(html)
    summary = None
    if FOLD in html:
        before, _, after = html.partition(FOLD)
        summary = summarize(before, _MAX_SUMMARY) or None
        html = before + after
    if "<!--footnotes-->" in html or 'class="footnote-' in html:
        html = finish_footnotes(html)
    return RenderedMarkdown(html, summary)


def from_markdown(text: str, base: str | None = None) -> str:
    """Return the sanitised HTML of Markdown text.

    Args:
        text: without front matter.
        base: the URL that relative addresses are relative to; without one they are removed.
    """
    return sanitize(render_markdown(text).html, base)
