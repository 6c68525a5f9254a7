"""The HTML part as a tree, with names for its places."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import cast

from lxml import etree

from ...text.wrap import visible_text

_SHOWN = 160
_NO_TEXT = frozenset({"script", "style", "title", "template", "noscript"})


def tag_of(element: etree._Element) -> str:
    """An element's name, in small letters and without a prefix's namespace."""
    return str(element.tag).rpartition("}")[2].lower()


def line_of(element: etree._Element) -> int:
    """The line of the source that an element starts on, counted from 1."""
    return cast("int | None", element.sourceline) or 1


class Page:
    """A parsed HTML part.

    Attributes:
        html: its source.
        elements: every element, in the order of the source.
        head, body: theirs, as far as there are any.
    """

    def __init__(self, html: str) -> None:
        self.html = html
        # The parser takes NUL for the end, and has no name for half a character.
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
        """An XPath that finds the element here and in a browser, which adds elements such as `tbody`."""
        tag = tag_of(element)
        # A name that no path may hold stands for itself.
        return f"(//{tag})[{self._numbers[element]}]" if tag.replace("-", "").isalnum() else f"<{tag}>"

    @staticmethod
    def snippet(element: etree._Element) -> str:
        """The element's start tag."""
        shown = "".join(f' {name!s}="{value!s}"' for name, value in element.attrib.items())
        return f"<{tag_of(element)}{shown}>"[:_SHOWN]

    @cached_property
    def _texts(self) -> dict[etree._Element, str]:
        return {}

    def text(self, element: etree._Element) -> str:
        """What is to be read in an element; an image is read as its alt."""
        if element not in self._texts:
            self._texts[element] = visible_text("".join(_read(element)))
        return self._texts[element]


def _read(element: etree._Element) -> list[str]:
    read: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "start":
            tag = tag_of(node)
            if tag == "img":
                read.append(node.get("alt") or "")
            elif tag == "br":
                read.append(" ")
            if tag not in _NO_TEXT:
                read.append(node.text or "")
        elif node is not element:
            read.append(node.tail or "")
    return read
