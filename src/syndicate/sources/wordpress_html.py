"""The bodies of WordPress posts as HTML, as WordPress would show them. Linear in the length of the body."""

from __future__ import annotations

import re
from html import unescape

from .wordpress_shortcodes import Shortcodes, link_to

# The elements around which the classic editor put no paragraph.
_BLOCK = re.compile(
    r"<(?:address|article|aside|blockquote|dd|div|dl|dt|fieldset|figcaption|figure|footer|h[1-6]|header|hr|li|"
    r"main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul|audio|video|script|style|iframe)\b|</",
    re.IGNORECASE,
)
# The elements in which a blank line separates no paragraphs.
_PRESERVED = re.compile(r"<(/?)(pre|script|style|table)\b[^<>]*+>?", re.IGNORECASE)
_MARK = re.compile(r"\0(\d+)\0")
# WordPress embeds an address that has a line of its own.
_LONE_ADDRESS = re.compile(r"^[ \t]*+(https?://[^\s<>\"\[\]]++)[ \t]*+$", re.MULTILINE | re.IGNORECASE)


def to_html(text: str, shortcodes: Shortcodes | None = None, post: str = "") -> str:
    """Return the body of a post as HTML: with paragraphs for blank lines, and without shortcodes.

    Args:
        text: from the export.
        shortcodes: replaces them.
        post: the number of the post.
    """
    text = (shortcodes or Shortcodes()).replace(text.replace("\r\n", "\n").replace("\0", ""), post)
    text, preserved = _set_aside(text)
    text = _LONE_ADDRESS.sub(lambda match: link_to(unescape(match[1])), text)
    if "<!-- wp:" not in text and not re.search(r"<p\b", text, re.IGNORECASE):
        blocks = re.split(r"\n\s*\n", text)
        text = "\n".join(_paragraph(block.strip()) for block in blocks if block.strip())
    else:
        text = text.replace("\n\n\0", "\0").replace("\0\n\n", "\0")
    return _MARK.sub(lambda match: preserved[int(match[1])], text)


def _set_aside(text: str) -> tuple[str, list[str]]:
    """Return the text with a mark in place of each element that is kept as it is, and these elements."""
    tags = list(_PRESERVED.finditer(text))
    next_closing: dict[str, int] = {}
    closing: list[int | None] = [None] * len(tags)
    for number in range(len(tags) - 1, -1, -1):
        name = tags[number][2].lower()
        if tags[number][1]:
            next_closing[name] = number
        else:
            closing[number] = next_closing.get(name)
    parts: list[str] = []
    preserved: list[str] = []
    position = number = 0
    while number < len(tags):
        last = closing[number]
        if last is None:
            number += 1
            continue
        parts += [text[position : tags[number].start()], f"\n\n\0{len(preserved)}\0\n\n"]
        position = tags[last].end()
        preserved.append(text[tags[number].start() : position])
        number = last + 1
    return "".join([*parts, text[position:]]), preserved


def _paragraph(block: str) -> str:
    if block.startswith("\0") or _BLOCK.match(block):
        return block
    return f"<p>{block.replace(chr(10), '<br>' + chr(10))}</p>"
