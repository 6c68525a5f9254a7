"""HTML in, safe HTML and text out. Pure: nothing here reads files, sockets or clocks."""

from __future__ import annotations

import re
from contextvars import ContextVar
from html import escape
from urllib.parse import urljoin, urlsplit

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

__all__ = [
    "REFERENCE",
    "direction",
    "escape",
    "illegal",
    "illegal_character",
    "illegal_reference",
    "paragraphs",
    "repair",
    "repair_characters",
    "sanitise",
    "summarise",
    "to_text",
]

# Everything outside Char of XML 1.0 (fifth edition, section 2.2), plus U+FFFE and U+FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
REFERENCE = re.compile("&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?")
"""A numeric character reference as HTML reads it: the semicolon may be missing (HTML, 13.2.5.80)."""

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
    _attributes.discard("rel")  # set by the sanitiser itself
_TAGS = (set(nh3.ALLOWED_TAGS) | {"audio", "video", "source", "track", "picture", "section"}) - {
    "map",
    "area",
}
_SCHEMES = {"http", "https", "mailto", "tel"}
# Addresses that the sanitiser takes for text.
_LEFT_OUT = {"poster", "cite"}
_ADDRESS = re.compile(r"[^\s,]\S*")


def repair(text: str) -> str:
    """The text without illegal characters and without references to them, such as `&#1;` and `&#xFFFE;`.

    A reference is repaired as the character itself would be, see `repair_characters`. One that appears only
    when another is taken out becomes U+FFFD. References to legal characters stay as they are.
    """
    if not illegal(text):
        return text
    text = repair_characters(REFERENCE.sub(lambda match: illegal_reference(match) or match[0], text))
    # Removing an inner one may have joined the halves of an outer one: `&#&#1;1;`.
    return REFERENCE.sub(lambda match: "\ufffd" if illegal_reference(match) else match[0], text)


def illegal(text: str) -> bool:
    """Whether `repair` would change the text."""
    if illegal_character(text):
        return True
    # Looking for two characters first: nearly no text has them, and every text of every entry comes here.
    return "&#" in text and any(map(illegal_reference, REFERENCE.finditer(text)))


def illegal_reference(match: re.Match[str]) -> str:
    """The illegal character that a match of `REFERENCE` stands for; empty if it stands for a legal one.

    Beyond the last code point it stands for U+FFFE, which is repaired in the same way.
    """
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    digits = digits.lstrip("0")
    # Python refuses to read a number of thousands of digits.
    code = int(digits or "0", base) if len(digits) <= len("1114111") else 0x110000
    char = chr(code) if code <= 0x10FFFF else "\ufffe"
    return char if _ILLEGAL.match(char) else ""


def repair_characters(text: str) -> str:
    """The text without characters that no XML document may hold (XML 1.0, section 2.2).

    Control characters go, vertical tabs and form feeds become spaces, surrogate halves that belong
    together are joined, and lone ones and U+FFFE/F become U+FFFD.
    """
    if not illegal_character(text):
        return text
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)

    def mend(match: re.Match[str]) -> str:
        char = match[0]
        if char in "\x0b\x0c":
            return " "
        return "" if char < " " else "\ufffd"

    return _ILLEGAL.sub(mend, joined)


_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")


def illegal_character(text: str) -> bool:
    """Whether `repair_characters` would change the text; asked of every text, hence not by a pattern."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    if len(data.translate(None, _CONTROLS)) != len(data):
        return True
    return not text.isascii() and ("\ufffe" in text or "\uffff" in text)


def _absolute(url: str, base: str | None) -> str | None:
    try:
        full = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(full)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return full if parts.netloc else None
    return full if parts.scheme in _SCHEMES else None


def _srcset(value: str, base: str | None) -> str | None:
    """The candidates with absolute addresses; a comma may also stand inside an address (HTML, 4.8.4.2)."""
    candidates = []
    place = 0
    while match := _ADDRESS.search(value, place):
        address, size, place = match[0], "", match.end()
        if not address.endswith(","):
            end = value.find(",", place)
            end = len(value) if end < 0 else end
            size, place = value[place:end].strip(), end
        full = _absolute(address.rstrip(","), base)
        if full:
            candidates.append(f"{full} {size}".strip())
    return ", ".join(candidates) or None


# The page that the HTML at hand stood on. The cleaner is built once and asks for it: to build one for each
# page takes as long as to clean its HTML.
_BASE: ContextVar[str | None] = ContextVar("base", default=None)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "srcset":
        return _srcset(value, _BASE.get())
    if name in _LEFT_OUT:
        return _absolute(value, _BASE.get())
    if name == "class" and not value.startswith("language-"):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes=_SCHEMES,
    url_relative=lambda url: _absolute(url, _BASE.get()),
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "form"},
    link_rel=None,
)


def sanitise(html: str, base: str | None = None) -> str:
    """Safe, balanced HTML in which every address is absolute.

    Args:
        html: a fragment from anywhere.
        base: the page that it stood on, for its relative addresses; without one these are dropped.
    """
    token = _BASE.set(base)
    try:
        return repair(_CLEANER.clean(repair(html))).strip()
    finally:
        _BASE.reset(token)


_CSS = STRICT_CSS_PROFILE.copy()
_CSS["li"] = HtmlElement(display=Display.block, padding_inline=2)
for _name in ("dd", "dt", "figcaption", "summary"):
    _CSS[_name] = HtmlElement(display=Display.block)
_CONFIG = ParserConfig(css=_CSS, display_images=False)


def to_text(html: str) -> str:
    """The words of a piece of HTML, in lines and paragraphs, without markup."""
    if not html.strip():
        return ""
    text = get_text(f"<div>{html}</div>", _CONFIG)
    lines = [line.rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_ENOUGH = 10_000
# A sentence may end in these; scripts that use no space after them are among them.
# Chinese and Japanese marks have their space in themselves.
_BEHIND_WIDE = re.compile(r"(?<=[、。！？，；：」』）]) (?!·)")
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？｡]|[؟।](?=\s)")


def summarise(html: str, limit: int = 280) -> str:
    """The beginning of the running text, cut after a sentence or else after a word.

    Args:
        html: the body.
        limit: how many characters at the most.
    """
    # The beginning of a long article is enough, and parsing all of it is what costs.
    if len(html) > _ENOUGH:
        html = html[: html.find("</p>", _ENOUGH) + 4] if "</p>" in html[_ENOUGH:] else html
    prose = re.sub(r"(?is)<(pre|table|figure|h[1-6])\b.*?</\1>", " ", html)
    text = _run_on(to_text(prose)) or _run_on(to_text(html))
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: limit + 1]) if match.end() <= limit]
    if ends and ends[-1] >= limit // 3:
        return head[: ends[-1]].strip()
    space = head.rfind(" ", limit // 2)
    return (head[:space] if space > 0 else head[: limit - 1]).rstrip(" ,;:—–-") + "…"


def _run_on(text: str) -> str:
    """Text as one line, the items of lists parted by dots instead of bullets."""
    line = re.sub(r"\s+", " ", re.sub(r"(?m)^\s*\* ", "· ", text)).strip().removeprefix("· ")
    return _BEHIND_WIDE.sub("", line)


def paragraphs(text: str) -> str:
    """Plain text as HTML: blank lines part paragraphs, other line ends are kept."""
    blocks = [block.strip() for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))]
    return "\n".join(
        f"<p>{escape(block, quote=False).replace(chr(10), '<br>')}</p>" for block in blocks if block
    )


_RTL_LANGUAGES = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]
)
_RTL_SCRIPTS = frozenset(["adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"])


def direction(language: str) -> str:
    """`rtl` or `ltr`, by the script of a BCP 47 tag if it names one, else by the language."""
    first, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    rtl = scripts[0] in _RTL_SCRIPTS if scripts else first in _RTL_LANGUAGES
    return "rtl" if rtl else "ltr"
