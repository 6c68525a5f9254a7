"""The text of a Markdown file: its first heading, its shortcodes, its HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .front_matter import FrontMatter
from .markdown_dialects.options import DEFAULT_OPTIONS, MarkdownOptions
from .markdown_html import render_markdown
from .shortcodes.expansion import ExpandedText, expand_shortcodes, without_module_lines
from .shortcodes.replacements import PageContext

_MARKUP = re.compile(r"[*_`\\]")
_ATTRIBUTES = re.compile(r"(?<![ \t])[ \t]*\{[:#.][^{}]*\}\Z")


@dataclass(frozen=True, slots=True)
class MarkdownText:
    """What the text of a file gives.

    Attributes:
        html: not sanitised.
        markdown: the text after its shortcodes are replaced.
        title: that of a first heading, which is no longer in the text.
        summary: the text in front of the fold, if the author set one.
        shortcodes: those of which only the text is left, each with its line in the file.
    """

    html: str
    markdown: str
    title: str = ""
    summary: str | None = None
    shortcodes: list[tuple[str, int]] = field(default_factory=list)


def read_text(
    front_matter: FrontMatter,
    options: MarkdownOptions = DEFAULT_OPTIONS,
    *,
    is_mdx: bool = False,
) -> MarkdownText:
    """Return what the text after front matter gives.

    A first heading that equals the title is removed, and one without a title in the front matter.

    Args:
        front_matter: with the text.
        options: the dialect.
        is_mdx: whether it is MDX.
    """
    fields, body = front_matter.fields, front_matter.body
    if options.shortcodes:
        body = without_module_lines(body, is_mdx=is_mdx)
    title, end = first_heading(body)
    own_title = fields.get("title")
    if title and (not own_title or title == without_markup(str(own_title))):
        body, removed = body[end:], body.count("\n", 0, end)
    else:
        title, removed = "", 0
    expanded = (
        expand_shortcodes(body, PageContext(fields), is_mdx=is_mdx)
        if options.shortcodes
        else ExpandedText(body)
    )
    separator = fields.get("excerpt_separator")
    rendered = render_markdown(
        expanded.text, options, separator=separator if isinstance(separator, str) else None
    )
    first_line = front_matter.body_line + removed - 1
    unknown = [(source, line + first_line) for source, line in expanded.unknown]
    return MarkdownText(rendered.html, expanded.text, title, rendered.summary, unknown)


def first_heading(text: str) -> tuple[str, int]:
    """Return a heading of the first level that begins the text, and where the text after it begins."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    end = len(text) if end < 0 else end + 1
    line = text[start:end].strip()
    if line.startswith(("# ", "#\t")):
        line = line[1:].strip()
        # The closing sequence needs a space before it (CommonMark 0.31, section 4.2).
        closing = line.rstrip("#")
        heading = closing.rstrip() if closing != line and closing[-1:] in ("", " ", "\t") else line
    else:
        underline = text.find("\n", end)
        underline = len(text) if underline < 0 else underline + 1
        rule = text[end:underline].strip()
        if len(rule) < 2 or rule.strip("=") or not line or line[0] in ">-*+#<|`~":
            return "", 0
        heading, end = line, underline
    return without_markup(_ATTRIBUTES.sub("", heading[:1000])), end


def without_markup(heading: str) -> str:
    """Return the words of a heading."""
    return _MARKUP.sub("", heading).strip()
