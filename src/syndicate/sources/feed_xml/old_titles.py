"""Titles as ids have them. Entries without an id and a link are identified by their titles, for ever."""

from __future__ import annotations

import re
from html.entities import html5

from ...text.html_to_text import to_text
from ...text.illegal_characters import repair_text
from .text import Text

_MARKUP = re.compile(r"</\w{1,20}>|&#?\w{1,30};")
_TAG = re.compile(r"</?([A-Za-z]\w{0,20})")
_REFERENCE = re.compile(r"&([A-Za-z]\w{0,30});")
_KNOWN = {
    *(
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "cite",
        "code",
        "del",
        "dfn",
        "div",
    ),
    *("em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "img", "ins", "kbd", "li", "mark", "ol", "p"),
    *("pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt"),
    *("u", "ul", "var", "wbr", "nobr", "center"),
}


def identifying_title(title: Text) -> str:
    """Return the title that an id is made from. What the format leaves open is HTML if it looks like it.

    Other rules would change ids. What is shown as the title is decided elsewhere.
    """
    if title.kind == "html" or (title.kind == "unknown" and _is_html(title.value)):
        return to_text(repair_text(title.value)).strip()
    return title.value


def _is_html(text: str) -> bool:
    if not _MARKUP.search(text):
        return False
    tags = {each.lower() for each in _TAG.findall(text)}
    return tags <= _KNOWN and all(f"{each};" in html5 for each in _REFERENCE.findall(text))
