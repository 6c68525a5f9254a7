"""Minifies HTML for mail.

Outlook's conditional comments stay byte for byte; end tags and quotation marks of attributes stay as well,
for mail programs that read HTML with regular expressions.
"""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"(?P<conditional><!--\[if[^\]]*\]><!-->|<!--<!\[endif\]-->|<!--\[if.*?<!\[endif\]-->)"
    r"|(?P<comment><!--.*?-->)"
    r"|(?P<style><style\b[^>]*>)(?P<css>.*?)(?P<end></style>)"
    r"|(?P<preformatted><(?P<name>pre|textarea)\b.*?</(?P=name)>)"
    r"""|(?P<tag><[^<>]* style="[^"<>]*;"[^<>]*>)"""
    # Shown as one space; a no-break space is not part of it.
    r"|(?P<spaces>[\t\r\n\f][ \t\r\n\f]*|[ ][ \t\r\n\f]+)",
    re.DOTALL,
)
_SPACES = re.compile(r"[ \t\r\n\f]+")


def minify(html: str) -> str:
    """Return HTML with fewer bytes that looks the same."""
    return _PARTS.sub(_minify_part, html).strip()


def _minify_part(match: re.Match[str]) -> str:
    if match["spaces"]:
        return " "
    if match["comment"]:
        return ""
    if match["style"]:
        css = minify_css(match["css"])
        return f"{match['style']}{css}{match['end']}" if css else ""
    if match["tag"]:
        return re.sub(r'( style="[^"]*?);+"', r'\1"', match[0])
    return match[0]


def minify_css(css: str) -> str:
    """Return a style sheet without comments and without spaces that have no meaning."""
    # A control character, which no style sheet contains, replaces each string meanwhile.
    strings: list[str] = []

    def remove(match: re.Match[str]) -> str:
        if match[0].startswith("/*"):
            return ""
        strings.append(match[0])
        return "\x00"

    css = _SPACES.sub(" ", re.sub(r"""(?s)/\*.*?\*/|"[^"]*"|'[^']*'""", remove, css))
    css = re.sub(r" ?([{};,>]) ?", r"\1", css)
    # Not in `(prefers-color-scheme: dark)`: some programs search for the usual spelling.
    css = re.sub(r" ?: ?(?=[^(){}]*[;}])", ":", css)
    removed = iter(strings)
    return re.sub("\x00", lambda _: next(removed), css.replace(";}", "}")).strip()
