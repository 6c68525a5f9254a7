"""Rules for the two parts: both exist and have the same articles and links."""

from __future__ import annotations

RULES = (
    ("html-empty", "E", "the HTML part is empty", "add content to the theme", "RFC 2046, section 5.1.4"),
    ("text-empty", "E", "the text part is empty", "add a text part", "RFC 2046, section 5.1.4"),
    ("character-illegal", "E", "there is a character that terminals obey or parsers reject",
     "remove NUL, other control characters and lone surrogates",
     "XML 1.0, section 2.2; RFC 5322, section 4.1"),
    ("article-missing-html", "E", "the HTML part has no heading with the title of this article",
     "show the full title of each article in an h2", "the edition's list of articles"),
    ("article-missing-text", "E", "the text part does not contain the title of this article",
     "show the title of each article in the text part", "the edition's list of articles"),
    ("article-order", "E", "the text part has the articles in another order",
     "use the same order in both parts", "RFC 2046, section 5.1.4"),
    ("article-link-missing", "E", "the text part does not contain the link of an article's heading",
     "add the address to the text part", "RFC 2046, section 5.1.4"),
    ("article-unlinked", "W", "no link of the HTML part leads to this article",
     "link its title, or add a \"read more\" link", "the edition's list of articles"),
    ("link-html-only", "W", "only the HTML part has this link", "add the address to the text part",
     "RFC 2046, section 5.1.4"),
    ("link-text-only", "W", "only the text part has this link", "add the link to the HTML part",
     "RFC 2046, section 5.1.4"),
    ("text-line-long", "W", "a line of the text part has more than 72 columns",
     "wrap it at white space; East Asian characters take two columns", "RFC 3676, section 4.2"),
)  # fmt: skip
"""Id, E for error or W for warning, what is wrong, how to fix it, source."""
