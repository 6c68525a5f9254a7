"""Style sheets and style attributes, read: rules, their selectors, their conditions, their declarations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import tinycss2
from cssselect import HTMLTranslator, SelectorError
from cssselect import parse as parse_selectors
from cssselect.parser import Selector
from lxml import etree

from .html_tree import Page, line_of, tag_of

_TRANSLATOR = HTMLTranslator()
# A rule in a rule in a rule is deeper than any mail program goes.
_DEEPEST = 20
# A selector has an axis of XPath for each of its parts, and each is a look from every element at all in it.
_MOST_PARTS = 10


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property with its value, as it is written."""

    name: str
    value: str
    important: bool
    line: int


@dataclass(frozen=True, slots=True)
class Match:
    """One selector: what it finds, and how specific it is."""

    find: etree.XPath | None
    specificity: tuple[int, int, int]


@dataclass(slots=True)
class StyleRule:
    """Declarations, for the elements that a selector finds, where its conditions hold.

    Attributes:
        conditions: the at-rules that it stands in, from the outside in, such as `@media print`.
        line: of the document.
    """

    selector: str
    matches: tuple[Match, ...]
    conditions: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    element: etree._Element
    line: int
    nested: bool = False


@dataclass(slots=True)
class Sheets:
    """Everything that the `<style>` elements of a page say.

    Attributes:
        at_rules: name, what stands behind it, the `<style>` element, the line, and whether it stands in
            another.
        faults: what could not be read, with element and line.
    """

    rules: list[StyleRule] = field(default_factory=list)
    at_rules: list[tuple[str, str, etree._Element, int, bool]] = field(default_factory=list)
    faults: list[tuple[str, etree._Element, int]] = field(default_factory=list)


def declarations_of(text: str) -> tuple[Declaration, ...]:
    """The declarations of a `style` attribute."""
    return _attribute(text.strip())


@lru_cache(maxsize=2048)
def _attribute(text: str) -> tuple[Declaration, ...]:
    try:
        return tuple(_declarations(tinycss2.parse_blocks_contents(text, True, True), 0))
    except RecursionError:
        return ()


def _declarations(nodes: Sequence[Any], line: int) -> Iterator[Declaration]:
    for node in nodes:
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            yield Declaration(node.lower_name, value, node.important, line + node.source_line)


@lru_cache(maxsize=1024)
def matches_of(selector: str) -> tuple[Match, ...] | None:
    """What a list of selectors finds; none if it is not one.

    A selector that only a person with a pointer or a browser can fulfil finds nothing; nor does one with so
    many parts that looking for it would take long.
    """
    try:
        return tuple(map(_match, parse_selectors(selector)))
    except (SelectorError, RecursionError, ValueError, TypeError):
        return None


def _match(selector: Selector) -> Match:
    specificity = selector.specificity()
    if selector.pseudo_element is not None:
        return Match(None, specificity)
    try:
        path = _TRANSLATOR.selector_to_xpath(selector)
        if path.count("::") > _MOST_PARTS:
            return Match(None, specificity)
        return Match(etree.XPath(path), specificity)
    except (SelectorError, etree.XPathError, ValueError, RecursionError, NotImplementedError):
        return Match(None, specificity)


def read_sheets(page: Page) -> Sheets:
    """Read the `<style>` elements of a page."""
    sheets = Sheets()
    for element in page.elements:
        if tag_of(element) != "style":
            continue
        media = (element.get("media") or "").strip()
        start = line_of(element) - 1
        try:
            nodes = tinycss2.parse_stylesheet(element.text or "", True, True)
            _read(sheets, nodes, element, start, (f"@media {media}",) if media else ())
        except RecursionError:
            sheets.faults.append(("it is nested too deeply", element, start + 1))
    return sheets


def _read(
    sheets: Sheets,
    nodes: Sequence[Any],
    element: etree._Element,
    start: int,
    conditions: tuple[str, ...],
    *,
    nested: bool = False,
) -> None:
    for node in nodes:
        line = start + int(node.source_line)
        if node.type == "error":
            sheets.faults.append((node.message, element, line))
        elif node.type == "qualified-rule":
            _rule(sheets, node, element, start, conditions, within=False)
        elif node.type == "at-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            name = node.lower_at_keyword
            sheets.at_rules.append((name, prelude, element, line, nested))
            if node.content is not None and name in ("media", "supports", "layer", "container"):
                inner = tinycss2.parse_rule_list(node.content, True, True)
                if len(conditions) < _DEEPEST:
                    _read(sheets, inner, element, start, (*conditions, f"@{name} {prelude}"), nested=True)


def _rule(
    sheets: Sheets,
    node: Any,
    element: etree._Element,
    start: int,
    conditions: tuple[str, ...],
    *,
    within: bool,
) -> None:
    selector = tinycss2.serialize(node.prelude).strip()
    line = start + int(node.source_line)
    contents = tinycss2.parse_blocks_contents(node.content, True, True)
    matches = matches_of(selector)
    if matches is None and not within:
        sheets.faults.append((f"{selector} is not a selector", element, line))
    sheets.rules.append(
        StyleRule(
            selector,
            matches or (),
            conditions,
            tuple(_declarations(contents, start)),
            element,
            line,
            nested=within,
        )
    )
    for each in contents:
        if each.type == "error":
            sheets.faults.append((each.message, element, start + int(each.source_line)))
        elif each.type == "qualified-rule" and len(conditions) < _DEEPEST:
            _rule(sheets, each, element, start, (*conditions, f"@nested {selector}"), within=True)
