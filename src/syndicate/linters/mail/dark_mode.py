"""Dark mode support, and style sheets that Gmail drops."""

from __future__ import annotations

import re

from ...model.findings import FindingCollector
from .html_tree import Page, tag_of
from .stylesheets import Sheets

MAX_STYLE_BYTES = 16_384
"""All style sheets that Gmail keeps (caniemail, `html-style`, note 6)."""

MAX_SHEET_LENGTH = 8_192
"""Characters of one style sheet in Gmail apps before 2017."""


def has_scheme(page: Page) -> bool:
    """Whether a `color-scheme` meta declares dark mode."""
    return any(
        tag_of(element) == "meta"
        and (element.get("name") or "").strip().lower() == "color-scheme"
        and "dark" in (element.get("content") or "").lower().split()
        for element in page.elements
    )


def has_dark_styles(sheets: Sheets) -> bool:
    """Whether a style sheet has declarations for dark mode."""
    return any(
        "prefers-color-scheme" in condition and "dark" in condition
        for rule in sheets.rules
        for condition in rule.conditions
        if rule.declarations
    )


def check_sheets(findings: FindingCollector, page: Page, sheets: Sheets) -> None:
    """Check the style sheets as a whole."""
    if not has_scheme(page):
        findings.add("color-scheme-missing", "(//head)[1]")
    if not has_dark_styles(sheets):
        findings.add("dark-styles-missing", "(//head)[1]")
    total = 0
    for element in page.elements:
        if tag_of(element) != "style":
            continue
        text = element.text or ""
        total += len(text.encode("utf-8", "replace"))
        if len(text) > MAX_SHEET_LENGTH:
            findings.add("style-large", page.path(element), f"{len(text):,} characters", element)
        if next(element.iterancestors("body"), None) is not None:
            findings.add("style-in-body", page.path(element), "", element)
    if total > MAX_STYLE_BYTES:
        findings.add("styles-too-large", "(//style)[1]", f"{total:,} bytes")
    for name, prelude, element, line, nested in sheets.at_rules:
        if nested:
            findings.add("style-nested-at-rule", page.path(element), f"@{name} {prelude}", line)
        if name == "import":
            findings.add("stylesheet-external", page.path(element), f"@import {prelude}", line)
    for message, element, line in sheets.errors:
        findings.add("style-invalid", page.path(element), message, line)
    for rule in sheets.rules:
        for each in rule.declarations:
            for address in re.findall(r"(?i)url\(\s*['\"]?\s*([^'\")]*)", each.value):
                if not address.lower().startswith(("https://", "cid:")):
                    findings.add("image-address", page.path(rule.element), address, each.line)
