"""The HTML part as a tree, with paths, snippets and texts of its elements."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import cast

from lxml import etree

from ...text.wrap import visible_text

_MAX_SNIPPET = 160
_NO_TEXT = frozenset({"script", "style", "title", "template", "noscript"})


def tag_of(element: etree._Element) -> str:
    """Return the tag name in lower case, without a namespace."""
    return str(element.tag).rpartition("}")[2].lower()


def line_of(element: etree._Element) -> int:
    """Return the line of the start tag, counted from 1."""
    return cast("int | None", element.sourceline) or 1


class Page:
    """A parsed HTML part.

    Attributes:
        html: its source.
        elements: all elements, in document order.
        head, body: None if missing.
    """

    def __init__(self, html: str) -> None:
        self.html = html
        # The parser stops at NUL and cannot read lone surrogates.
        data = html.replace("\0", "\ufffd").encode("utf-8", "replace")
        parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_pis=True)
        try:
            self.root: etree._Element | None = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError, AssertionError):
            self.root = None
        self.elements = [] if self.root is None else [*self.root.iter(etree.Element)]
        self.head = next((each for each in self.elements if each.tag == "head"), None)
        self.body = next((each for each in self.elements if each.tag == "body"), None)

    @cached_property
    def _numbers(self) -> dict[etree._Element, int]:
        counter: Counter[str] = Counter()
        numbers = {}
        for element in self.elements:
            tag = tag_of(element)
            counter[tag] += 1
            numbers[element] = counter[tag]
        return numbers

    def path(self, element: etree._Element) -> str:
        """Return an XPath that also finds the element in a browser, which adds elements such as `tbody`."""
        tag = tag_of(element)
        # The name is not valid in an XPath.
        return f"(//{tag})[{self._numbers[element]}]" if tag.replace("-", "").isalnum() else f"<{tag}>"

    @staticmethod
    def snippet(element: etree._Element) -> str:
        """Return the start tag of an element."""
        shown = "".join(f' {name!s}="{value!s}"' for name, value in element.attrib.items())
        return f"<{tag_of(element)}{shown}>"[:_MAX_SNIPPET]

    @cached_property
    def _texts(self) -> dict[etree._Element, str]:
        return {}

    def text(self, element: etree._Element) -> str:
        """Return the visible text of an element; that of an image is its alt."""
        if element not in self._texts:
            self._texts[element] = visible_text("".join(_text_parts(element)))
        return self._texts[element]


def _text_parts(element: etree._Element) -> list[str]:
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "start":
            tag = tag_of(node)
            if tag == "img":
                parts.append(node.get("alt") or "")
            elif tag == "br":
                parts.append(" ")
            if tag not in _NO_TEXT:
                parts.append(node.text or "")
        elif node is not element:
            parts.append(node.tail or "")
    return parts
