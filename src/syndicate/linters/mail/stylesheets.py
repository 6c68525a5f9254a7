"""Parsed style sheets and style attributes: rules, selectors, conditions, declarations."""

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
# Deeper than any mail program reads.
_MAX_DEPTH = 20
# Each part of a selector is an XPath axis, and the time to evaluate it grows with each of them.
_MAX_PARTS = 10


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property with its value as it is written."""

    name: str
    value: str
    important: bool
    line: int


@dataclass(frozen=True, slots=True)
class Match:
    """A selector: its XPath, None if it matches nothing, and its specificity."""

    find: etree.XPath | None
    specificity: tuple[int, int, int]


@dataclass(slots=True)
class StyleRule:
    """The declarations for the elements that a selector matches.

    Attributes:
        conditions: the at-rules around it, the outermost first, such as `@media print`.
        line: in the document.
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
    """The content of the `<style>` elements of a page.

    Attributes:
        at_rules: name, prelude, `<style>` element, line, and whether it is inside another at-rule.
        errors: message, `<style>` element and line.
    """

    rules: list[StyleRule] = field(default_factory=list)
    at_rules: list[tuple[str, str, etree._Element, int, bool]] = field(default_factory=list)
    errors: list[tuple[str, etree._Element, int]] = field(default_factory=list)


def declarations_of(text: str) -> tuple[Declaration, ...]:
    """Return the declarations of a `style` attribute."""
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
    """Return the selectors of a list; None if it is invalid.

    A selector that depends on user action, or that has so many parts that evaluation is slow, matches
    nothing.
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
        if path.count("::") > _MAX_PARTS:
            return Match(None, specificity)
        return Match(etree.XPath(path), specificity)
    except (SelectorError, etree.XPathError, ValueError, RecursionError, NotImplementedError):
        return Match(None, specificity)


def read_sheets(page: Page) -> Sheets:
    """Parse the `<style>` elements of a page."""
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
            sheets.errors.append(("it is nested too deeply", element, start + 1))
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
            sheets.errors.append((node.message, element, line))
        elif node.type == "qualified-rule":
            _rule(sheets, node, element, start, conditions, is_nested=False)
        elif node.type == "at-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            name = node.lower_at_keyword
            sheets.at_rules.append((name, prelude, element, line, nested))
            if node.content is not None and name in ("media", "supports", "layer", "container"):
                inner = tinycss2.parse_rule_list(node.content, True, True)
                if len(conditions) < _MAX_DEPTH:
                    _read(sheets, inner, element, start, (*conditions, f"@{name} {prelude}"), nested=True)


def _rule(
    sheets: Sheets,
    node: Any,
    element: etree._Element,
    start: int,
    conditions: tuple[str, ...],
    *,
    is_nested: bool,
) -> None:
    selector = tinycss2.serialize(node.prelude).strip()
    line = start + int(node.source_line)
    contents = tinycss2.parse_blocks_contents(node.content, True, True)
    matches = matches_of(selector)
    if matches is None and not is_nested:
        sheets.errors.append((f"{selector} is not a selector", element, line))
    sheets.rules.append(
        StyleRule(
            selector,
            matches or (),
            conditions,
            tuple(_declarations(contents, start)),
            element,
            line,
            nested=is_nested,
        )
    )
    for each in contents:
        if each.type == "error":
            sheets.errors.append((each.message, element, start + int(each.source_line)))
        elif each.type == "qualified-rule" and len(conditions) < _MAX_DEPTH:
            _rule(sheets, each, element, start, (*conditions, f"@nested {selector}"), is_nested=True)
