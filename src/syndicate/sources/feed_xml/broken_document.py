"""Documents that are not well-formed XML: each entry is parsed alone, so that a fault costs one entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from html.entities import html5
from typing import Any

from lxml import etree

from ...text.illegal_characters import repair_text
from .document import Outline, is_entry
from .names import DEFAULT_NAMESPACES

_ROOT = re.compile(
    r"<(?P<name>(?P<prefix>[A-Za-z][\w.-]*+:)?(?:rss|feed|rdf|channel))(?=[\s>])[^<>]*+>", re.IGNORECASE
)
_BOUNDARY = re.compile(
    r"<!\[CDATA\[|<(?P<close>/?)(?P<prefix>[A-Za-z][\w.-]*+:)?(?:item|entry|liveitem)(?=[\s/>])[^<>]*+>",
    re.IGNORECASE,
)
# References that XML does not know, and bare ampersands.
_AMPERSAND = re.compile(r"&(?!#[0-9]{1,9};|#[xX][0-9A-Fa-f]{1,9};|(?:lt|gt|amp|quot|apos);)(\w{1,40};)?")
# The elements with text that may be HTML, which some authors do not escape.
_TEXT_ELEMENT = re.compile(
    r"<(?P<name>title|description|summary|content|content:encoded|itunes:summary)(?=[\s>])[^<>]*+>",
    re.IGNORECASE,
)
_XHTML_TYPE = re.compile(r"""\btype\s?=\s?["'](?:xhtml|application/xhtml\+xml)["']""", re.IGNORECASE)
_PREFIX = re.compile(r"<([A-Za-z][\w.-]*+):")
_DECLARED_PREFIX = re.compile(r"\bxmlns:([\w.-]{1,100})\s?=")
_DOCTYPE = re.compile("<!DOCTYPE", re.IGNORECASE)
_INSTRUCTION = re.compile(r"<\?[^<>]*+>")
_MAX_PREFIXES = 100


class BrokenDocument:
    """A document that is cut into its entries at their tags.

    Attributes:
        outline: what it says besides its entries.
        truncated: how many entries have no end. They are left out.
        damaged: how many entries of those asked for so far could be read in part only.
    """

    def __init__(self, text: str) -> None:
        text = _without_comments(repair_text(text))
        text = _INSTRUCTION.sub("", _without_doctype(text))
        root = _ROOT.search(text)
        self.truncated = self.damaged = 0
        self._name = root["name"] if root else "feed"
        self._opening = _with_prefixes(root[0] if root else "<feed>", text)
        self._texts, rest = self._split(text, (root["prefix"] or "").lower() if root else "")
        tree = self._parse(rest[rest.index(root[0]) + len(root[0]) :]) if root and root[0] in rest else None
        self.outline = Outline(tree, len(self._texts))

    def entries(self) -> Iterator[etree._Element]:
        """Yield the entries that have an end, in their order."""
        for text in self._texts:
            root = self._parse(text)
            yield from () if root is None else filter(is_entry, list(root.iter()))

    def _split(self, text: str, root_prefix: str) -> tuple[list[str], str]:
        """Return the entries, and the text without them."""
        prefixes = {"", "rss:", "atom:", "podcast:", root_prefix}
        entries: list[str] = []
        outside: list[str] = []
        position = scan = 0
        start: int | None = None
        while match := _BOUNDARY.search(text, scan):
            scan = match.end()
            if match["close"] is None:
                end = text.find("]]>", scan)
                if end < 0:
                    break
                scan = end + 3
            elif (match["prefix"] or "").lower() not in prefixes or match[0].endswith("/>"):
                continue
            elif not match["close"]:
                if start is None:
                    outside.append(text[position : match.start()])
                else:
                    # An entry begins in an entry: the end of the first one is missing.
                    self.truncated += 1
                start = match.start()
            elif start is not None:
                entries.append(text[start : match.end()])
                start, position = None, match.end()
        if start is None:
            outside.append(text[position:])
        else:
            self.truncated += 1
        return entries, "".join(outside)

    def _parse(self, text: str) -> etree._Element | None:
        """Return the root element of the document with this text alone in it."""
        for repair in (str, _repair_references, _escape_markup):
            text = repair(text)
            try:
                return etree.fromstring(self._wrapped(text), _parser(recover=False))
            except etree.XMLSyntaxError:
                continue
        self.damaged += 1
        try:
            return etree.fromstring(self._wrapped(text), _parser(recover=True))
        except etree.XMLSyntaxError:
            return None

    def _wrapped(self, text: str) -> bytes:
        end = f"</{self._name}>"
        return f"{self._opening}{text.rstrip().removesuffix(end)}{end}".encode("utf-8", "replace")


def _parser(*, recover: bool) -> etree.XMLParser:
    options: dict[str, Any] = {"resolve_entities": "internal"}
    return etree.XMLParser(
        **options,
        recover=recover,
        encoding="utf-8",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _with_prefixes(opening: str, text: str) -> str:
    """Return the tag of the root with a declaration of each prefix that the document uses."""
    used: dict[str, None] = {}
    for match in _PREFIX.finditer(text):
        if match[1] not in used and len(used) < _MAX_PREFIXES:
            used[match[1]] = None
    declared = {*_DECLARED_PREFIX.findall(opening), "xml"}
    known = {prefix.lower(): uri for prefix, uri in DEFAULT_NAMESPACES.items()}
    more = [
        f' xmlns:{prefix}="{known.get(prefix.lower(), "urn:undeclared:" + prefix)}"'
        for prefix in used
        if prefix not in declared
    ]
    return opening.removesuffix(">") + "".join(more) + ">"


def _without_doctype(text: str) -> str:
    """Return a text without its document type, whose entities are not used here."""
    start = _DOCTYPE.search(text)
    if start is None:
        return text
    end = text.find(">", start.end())
    if (subset := text.find("[", start.end(), max(end, 0))) >= 0:
        end = text.find(">", text.find("]", subset))
    return text[: start.start()] + text[end + 1 :] if end >= 0 else text


def _without_comments(text: str) -> str:
    """Return a text without comments. One without an end stays."""
    return _outside_sections(text, _remove_comments)


def _remove_comments(text: str) -> str:
    parts = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[position:start])
        position = end + 3
    return "".join([*parts, text[position:]])


def _outside_sections(text: str, change: Callable[[str], str]) -> str:
    """Return a text with its CDATA sections as they are, and the text between them changed."""
    parts = []
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0 and (end := text.find("]]>", start)) >= 0:
        parts += [change(text[position:start]), text[start : end + 3]]
        position = end + 3
    return "".join([*parts, change(text[position:])])


def _repair_references(text: str) -> str:
    """Return a text with characters in place of HTML's names for them, and with bare ampersands escaped."""

    def replacement(match: re.Match[str]) -> str:
        characters = html5.get(match[1] or "")
        return escape(characters) if characters else f"&amp;{match[1] or ''}"

    return _outside_sections(text, lambda part: _AMPERSAND.sub(replacement, part))


def _escape_markup(text: str) -> str:
    """Return an entry in which the markup in titles and texts is escaped, as it should have been."""
    parts = []
    position = scan = 0
    without_end: set[str] = set()
    while match := _TEXT_ELEMENT.search(text, scan):
        scan = match.end()
        name = match["name"]
        if name in without_end or match[0].endswith("/>"):
            continue
        end = text.find(f"</{name}", scan)
        if end < 0:
            without_end.add(name)
            continue
        inner = text[scan:end]
        if "<" in inner and "<![CDATA[" not in inner:
            tag = _XHTML_TYPE.sub('type="html"', match[0])
            parts += [text[position : match.start()], tag, inner.replace("<", "&lt;").replace(">", "&gt;")]
            position = end
        scan = end
    return "".join([*parts, text[position:]])
