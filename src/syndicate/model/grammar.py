"""What a URI and a language tag look like, by their grammars."""

from __future__ import annotations

import re

# RFC 3986, section 2: reserved and unreserved characters, and the percent sign of an escape.
_REGULAR = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]"
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*+:(?=.){_REGULAR}*+(?:%[0-9A-Fa-f]{{2}}{_REGULAR}*+)*+")
_NO_HOST = re.compile(r"(?i:https?|ftps?|wss?):(?!//[^/?#:@])")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_absolute(text: str) -> bool:
    """Whether the text is a URI with a scheme (RFC 3986, section 3); a web address needs a host."""
    return _URI.fullmatch(text) is not None and _NO_HOST.match(text) is None


def escaped(text: str) -> str:
    """The text with `%25` for each percent sign that begins no escape (RFC 3986, section 2.4)."""
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


def language_tag(text: str) -> tuple[str, str] | None:
    """The primary language and the region of a well-formed tag, in small letters; none if it is not one.

    Either is empty where the tag has none. Source: RFC 5646, sections 2.1 and 2.2.9.
    """
    match = _LANGUAGE.fullmatch(text)
    if match is None:
        return None
    for several in (
        (match["variants"] or "").lower().split("-")[1:],
        [letter.lower() for letter in _SINGLETONS.findall(match["extensions"] or "")],
    ):
        if len(set(several)) != len(several):
            return None
    return (match["primary"] or "").lower().partition("-")[0], (match["region"] or "").lower()
