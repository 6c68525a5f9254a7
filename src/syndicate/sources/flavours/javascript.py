"""What can be read of a JavaScript configuration without running it: plain texts behind plain names."""

from __future__ import annotations

import re

# A text such as "**/*.md" contains what looks like the beginning of a comment.
# A text without an end is taken up to the end of its line.
_TEXT_OR_COMMENT = re.compile(
    r"""("(?:[^"\\\n]|\\.)*(?:"|\\?(?=\n|\Z))|'(?:[^'\\\n]|\\.)*(?:'|\\?(?=\n|\Z))"""
    r"""|`(?:[^`\\]|\\[\s\S])*(?:`|\\?\Z))|/\*(?s:.*?)(?:\*/|\Z)|(?m:^[ \t]*//[^\n]*$)"""
)


def without_comments(text: str) -> str:
    """Return a configuration without its comments, as far as they have lines of their own."""
    return _TEXT_OR_COMMENT.sub(lambda match: match[1] or "", text)


def read_text_value(text: str, name: str) -> str | None:
    """Return the text in `name: "text"`, or in `name = "text"`; None if it is an expression, or not there."""
    for sign in (":", "="):
        match = re.search(
            rf"""(?<![\w.$])["']?{re.escape(name)}["']?\s*{sign}\s*(["'`])([^"'`\n$]{{0,1000}})\1""", text
        )
        if match:
            return match[2]
    return None


def read_word(text: str, name: str) -> str | None:
    """Return the word in `name: true`; None if it is not there."""
    match = re.search(rf"""(?<![\w.$])["']?{re.escape(name)}["']?\s*:\s*["']?(\w{{1,40}})\b""", text)
    return match[1] if match else None


def read_block(text: str, name: str) -> str:
    """Return the text between the braces of `name: {...}` or `name = {...}`; empty if there is none."""
    match = re.search(rf"""(?<![\w.$])["']?{re.escape(name)}["']?\s*[:=]\s*\{{""", text)
    if match is None:
        return ""
    depth = 1
    for position in range(match.end(), min(len(text), match.end() + 20_000)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[match.end() : position]
    return ""
