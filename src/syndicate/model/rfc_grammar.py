"""The grammars of URIs (RFC 3986) and language tags (RFC 5646)."""

from __future__ import annotations

import re

# RFC 3986, section 2: reserved and unreserved characters, and the percent sign of an escape.
_CHARACTER = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]"
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*+:(?=.){_CHARACTER}*+(?:%[0-9A-Fa-f]{{2}}{_CHARACTER}*+)*+")
_WITHOUT_HOST = re.compile(r"(?i:https?|ftps?|wss?):(?!//[^/?#:@])")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_absolute_uri(text: str) -> bool:
    """Return whether the text is a URI with a scheme (RFC 3986, section 3). A web address needs a host."""
    return _URI.fullmatch(text) is not None and _WITHOUT_HOST.match(text) is None


def escape_percent_signs(text: str) -> str:
    """Replace each percent sign that does not begin an escape with `%25` (RFC 3986, section 2.4)."""
    return _ESCAPE.sub("%25", text)


# RFC 5646, section 2.1; the irregular ones are grandfathered.
_LANGUAGE = re.compile(
    r"(?:(?P<primary>[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)(?P<extensions>(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|"
    r"mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-(?:bok|nyn)|"
    r"zh-(?:guoyu|hakka|min|min-nan|xiang))",
    re.IGNORECASE | re.ASCII,
)
_SINGLETONS = re.compile(r"-([a-z0-9])(?=-)", re.IGNORECASE | re.ASCII)


def parse_language_tag(text: str) -> tuple[str, str] | None:
    """Return the primary language and the region of a tag in lower case. None if it is not well-formed.

    A part that the tag does not have is empty. Source: RFC 5646, sections 2.1 and 2.2.9.
    """
    match = _LANGUAGE.fullmatch(text)
    if match is None:
        return None
    variants = (match["variants"] or "").lower().split("-")[1:]
    singletons = [letter.lower() for letter in _SINGLETONS.findall(match["extensions"] or "")]
    if len(set(variants)) != len(variants) or len(set(singletons)) != len(singletons):
        return None
    return (match["primary"] or "").lower().partition("-")[0], (match["region"] or "").lower()
