"""Forms as links to the page that has them."""

from __future__ import annotations

import re

from .html_regions import Change, Region, shorten_name, words_of
from .html_tokens import Tag, iterate_tags, read_attributes

FORM_LINK = Change("form became a link", "forms became links")
CHECKBOX_TEXT = Change("checkbox became a character", "checkboxes became characters")

_TEXT_BLOCKS = frozenset(
    {"p", "ul", "ol", "table", "img", "figure", "blockquote", "pre", "article", "video", "iframe"}
)
_HEADINGS = frozenset({"legend", "h1", "h2", "h3", "h4", "h5", "h6", "label"})
_HIDDEN = re.compile(r"type\s*=\s*[\"']?hidden", re.IGNORECASE)
_FIELDS = frozenset({"input", "select", "textarea", "button"})


def convert_form(region: Region) -> str:
    """Return a form as a link to the article's page, after what it says beside its fields."""
    names = {
        tag.name
        for tag in iterate_tags(region.inner)
        if not tag.is_end and not (tag.name == "input" and _HIDDEN.search(tag.attributes))
    }
    if not names & _FIELDS:
        return region.convert_inner()
    content = region.convert_inner() if names & _TEXT_BLOCKS else ""
    name = _name(region)
    address = region.base or region.address(("action",))
    if not address:
        return content or name
    region.changes.add(FORM_LINK)
    return content + region.link(address, name)


def _name(region: Region) -> str:
    if region.name:
        return region.name
    for tag in iterate_tags(region.inner):
        if tag.name in _HEADINGS and not tag.is_end:
            if words := _words_until_end(region.inner, tag):
                return words
            break
    for tag in iterate_tags(region.inner):
        attributes = read_attributes(tag.attributes)
        is_button = tag.name == "input" and attributes.get("type", "").lower() in ("submit", "button")
        if is_button and (value := shorten_name(attributes.get("value", ""))):
            return value
        if tag.name == "button" and not tag.is_end:
            if words := _words_until_end(region.inner, tag):
                return words
            break
    for tag in iterate_tags(region.inner):
        if tag.name == "input" and (
            hint := shorten_name(read_attributes(tag.attributes).get("placeholder", ""))
        ):
            return hint
    return "Form"


def _words_until_end(html: str, tag: Tag) -> str:
    end = re.compile(rf"</{tag.name}\b", re.IGNORECASE).search(html, tag.end)
    return words_of(html[tag.end : end.start()]) if end else ""


def convert_input(region: Region) -> str | None:
    """Return a checkbox of a task list as a character; other fields are left to the sanitizer."""
    attributes = region.attributes
    if attributes.get("type", "").lower() != "checkbox":
        return None
    region.changes.add(CHECKBOX_TEXT)
    return "☑ " if "checked" in attributes else "☐ "
