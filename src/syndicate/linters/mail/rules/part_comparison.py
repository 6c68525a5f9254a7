"""Rules for the two parts: both there, with the same articles and links."""

from __future__ import annotations

TABLE = (
    ("html-empty", "E", "the HTML part is empty", "give the theme something to show",
     "RFC 2046, section 5.1.4"),
    ("text-empty", "E", "the text part is empty", "write the letter as plain text too",
     "RFC 2046, section 5.1.4"),
    ("character-illegal", "E", "a character stands here that terminals obey or parsers refuse",
     "take out NUL, other control characters and lone surrogates",
     "XML 1.0, section 2.2; RFC 5322, section 4.1"),
    ("article-lost-html", "E", "the HTML part has no heading with the title of this article",
     "show the title of each article in an h2, whole", "the edition's list of articles"),
    ("article-lost-text", "E", "the text part does not have the title of this article",
     "show the title of each article in the text part", "the edition's list of articles"),
    ("article-order", "E", "the articles stand in another order in the text part",
     "let both parts go through the articles in one order", "RFC 2046, section 5.1.4"),
    ("article-link-lost", "E", "the text part lacks the link of an article's heading",
     "write the address into the text part", "RFC 2046, section 5.1.4"),
    ("article-unlinked", "W", "no link of the HTML part leads to this article",
     "link its title, or a \"read more\" below it", "the edition's list of articles"),
    ("link-html-only", "W", "only the HTML part has this link", "write the address into the text part too",
     "RFC 2046, section 5.1.4"),
    ("link-text-only", "W", "only the text part has this link", "link it in the HTML part too",
     "RFC 2046, section 5.1.4"),
    ("text-line-long", "W", "a line of the text part has more than 72 columns",
     "wrap it at white space; East Asian characters take two columns", "RFC 3676, section 4.2"),
)  # fmt: skip
"""The rules: id, E for error or W for warning, message, fix, source."""
