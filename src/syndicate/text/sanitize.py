"""HTML: sanitized, parsed, and made of plain text."""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import nh3
from lxml import etree
from lxml import html as lxml_html

from .html_tokens import VOID_ELEMENTS as VOID_ELEMENTS
from .illegal_characters import repair_text
from .nesting import LimitedHtml
from .parser_limits import limit_html

_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"dir", "lang", "title", "id"},
    "a": {"href", "hreflang", "rel"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "code": {"class"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height"},
    "ol": {"start", "reversed", "type"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "track": {"src", "srclang", "kind", "label"},
    "video": {"src", "poster", "controls", "loop", "muted", "preload", "width", "height"},
}
for _attributes in _ATTRIBUTES.values():
    _attributes.discard("rel")  # set by the sanitizer itself
ALLOWED_TAGS = (set(nh3.ALLOWED_TAGS) | {"audio", "video", "source", "track", "picture", "section"}) - {
    "map",
    "area",
}
_SCHEMES = {"http", "https", "mailto", "tel"}
# The sanitizer does not know that these hold addresses.
_OTHER_ADDRESSES = {"poster", "cite"}
_MAX_CANDIDATES = 100
_CANDIDATE = re.compile(r"[^\s,]\S*")


# What no URI has (RFC 3986, appendix A). Letters that are not ASCII stay: readers of feeds know IRIs.
_NOT_IN_URI = re.compile(r"[\x00-\x20\"<>\\^`{|}\x7f]")
# The end of `href` or `src`, or a space, is in front of `=`, so the search is one for a fixed text. A URL
# without quotation marks is searched for a while only, or the search would take quadratic time.
_ADDRESS_TO_QUOTE = re.compile(
    r"=(?<=[fcFC\s]=)\s*+(?:[\"'][^\s\"'<>\\^`{|}]*+|[^\s\"'<>\\^`{|}]{0,300}+)[ \\^`{|}]"
)


def quote_address(url: str) -> str:
    """Percent-encode the characters that no URI has. Browsers accept them, but not every feed reader."""
    return _NOT_IN_URI.sub(lambda match: quote(match[0], safe=""), url.strip())


# An address that `urljoin` leaves as it is, whatever the base.
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/(?:[\w~%-]++[/.]?)*+)?(?:[?#][\w/~%&=.+-]+)?", re.ASCII
)


def absolute_address(url: str, base: str | None) -> str | None:
    """Return an address with scheme and host; None if it is not one that content may have."""
    if _PLAIN_ADDRESS.fullmatch(url):
        return url
    try:
        url = quote_address(url)
        full = urljoin(base, url) if base else url
        parts = urlsplit(full)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return full if parts.netloc else None
    return full if parts.scheme in _SCHEMES else None


# A path from the root that `urljoin` leaves as it is.
_PLAIN_PATH = re.compile(
    r"/(?![/.])(?:[\w~%!$&'()*+,:@-]|\.(?![./])|/(?!\.))*+(?:[?#][\w/~%&=.+-]+)?", re.ASCII
)


@lru_cache(maxsize=64)
def _origin(base: str) -> str | None:
    """Return the scheme and the host of an address, if it is that of a web page."""
    match = re.match(r"https?://[\w.-]+(?::\d+)?(?=[/?#]|$)", base, re.ASCII)
    return match[0] if match else None


def _absolute_path(url: str, base: str | None) -> str | None:
    """Return what `absolute_address` returns; ten times as fast for the links within a site."""
    if base is not None and _PLAIN_PATH.fullmatch(url) and (origin := _origin(base)):
        return origin + url
    return absolute_address(url, base)


def _absolute_srcset(value: str, base: str | None) -> str | None:
    """Return the candidates with absolute addresses; an address may contain a comma (HTML, 4.8.4.2)."""
    candidates: list[str] = []
    position = 0
    while len(candidates) < _MAX_CANDIDATES and (match := _CANDIDATE.search(value, position)):
        address, size, position = match[0], "", match.end()
        if not address.endswith(","):
            end = value.find(",", position)
            end = len(value) if end < 0 else end
            size, position = value[position:end].strip(), end
        full = absolute_address(address.rstrip(","), base)
        if full:
            candidates.append(f"{full} {size}".strip())
    return ", ".join(candidates) or None


# The base address of the HTML that is being sanitized. The cleaner is built once and reads it from here,
# because building one takes as long as sanitizing a page.
_BASE: ContextVar[str | None] = ContextVar("base", default=None)


def _filter_attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "srcset":
        return _absolute_srcset(value, _BASE.get())
    if name in ("href", "src"):
        return quote_address(value)
    if name in _OTHER_ADDRESSES:
        return absolute_address(value, _BASE.get())
    if name == "class" and not value.startswith("language-"):
        return None
    return value


_OPTIONS: dict[str, Any] = {
    "tags": ALLOWED_TAGS,
    "url_schemes": _SCHEMES,
    "url_relative": lambda url: _absolute_path(url, _BASE.get()),
    "clean_content_tags": {"script", "style", "template", "noscript", "iframe", "object", "form"},
    "link_rel": None,
}
_CLEANER = nh3.Cleaner(attributes=_ATTRIBUTES, attribute_filter=_filter_attribute, **_OPTIONS)
# A filter is called for every attribute, which takes as long as all the rest.
_CLEANER_WITHOUT_FILTER = nh3.Cleaner(
    attributes={tag: names - {"srcset", "class", *_OTHER_ADDRESSES} for tag, names in _ATTRIBUTES.items()},
    **_OPTIONS,
)
_CITE = re.compile(r"\bcite\s*=")


def _cleaner_for(html: str) -> nh3.Cleaner:
    """Return the cleaner for HTML: the one without a filter if nothing in it needs one."""
    if "language-" in html or _ADDRESS_TO_QUOTE.search(html):
        return _CLEANER
    lower = html.lower()
    needs_filter = "srcset" in lower or "poster" in lower or ("cite" in lower and _CITE.search(lower))
    return _CLEANER if needs_filter else _CLEANER_WITHOUT_FILTER


def sanitize(html: str, base: str | None = None) -> str:
    """Return safe, balanced HTML in which every address is absolute.

    Args:
        html: a fragment from anywhere.
        base: the address that relative addresses refer to; without one they are dropped.
    """
    return sanitize_counted(html, base).html


def sanitize_counted(html: str, base: str | None = None) -> LimitedHtml:
    """Return what `sanitize` returns, and how many elements were nested too deep and lost their tags."""
    limited = limit_html(repair_text(html))
    token = _BASE.set(base)
    try:
        return limited._replace(html=repair_text(_cleaner_for(limited.html).clean(limited.html)).strip())
    finally:
        _BASE.reset(token)


def parse_body(html: str) -> etree._Element:
    """Parse a fragment as the body of a document.

    lxml's own function for fragments raises for text that begins with a reference to a control character.
    """
    # Without `huge_tree`, elements nested more than 255 levels deep are lost.
    parser = lxml_html.HTMLParser(huge_tree=True)
    document = lxml_html.document_fromstring(f"<html><body>{html}</body></html>", parser=parser)
    body: etree._Element = document.body  # type: ignore[attr-defined]
    return body


def text_to_html(text: str) -> str:
    """Return plain text as HTML: blank lines separate paragraphs, other line ends become `<br>`."""
    blocks = [block.strip() for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))]
    return "\n".join(
        f"<p>{escape(block, quote=False).replace(chr(10), '<br>')}</p>" for block in blocks if block
    )
