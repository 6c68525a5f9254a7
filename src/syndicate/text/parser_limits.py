"""HTML from anywhere made fit for a parser: what costs it more than linear time is taken out first."""

from __future__ import annotations

import re
from html import escape

from .html_tokens import MAX_REFERENCES, iterate_tags
from .nesting import LimitedHtml, limit_nesting

# A parser joins the pieces of a text again at each reference. A comment ends the text, and leaves no trace.
_MANY_REFERENCES = re.compile(rf"(?:&[^&]*+){{{MAX_REFERENCES}}}")
_BREAK = "<!---->"


def limit_html(html: str) -> LimitedHtml:
    """Return HTML that a parser reads in linear time; ordinary HTML comes back as it is."""
    limited = limit_nesting(html)
    if limited.html.count("&") <= MAX_REFERENCES:
        return limited
    return limited._replace(html=_break_texts(limited.html))


def _break_texts(html: str) -> str:
    """Return the text with a comment after each so many character references in a row."""
    parts = []
    position = 0
    for tag in iterate_tags(html):
        parts.append(_break(html[position : tag.start]))
        position = tag.end
        written = html[tag.start : tag.end]
        if tag.name in ("textarea", "title") and written.count("&") > MAX_REFERENCES:
            # There are no comments in these. Their words are kept, as the sanitizer does.
            content = written[written.find(">") + 1 :]
            written = _break(escape(content, quote=False).replace("&amp;", "&"))
        parts.append(written)
    parts.append(_break(html[position:]))
    return "".join(parts)


def _break(text: str) -> str:
    return (
        _MANY_REFERENCES.sub(lambda match: match[0] + _BREAK, text)
        if text.count("&") > MAX_REFERENCES
        else text
    )
