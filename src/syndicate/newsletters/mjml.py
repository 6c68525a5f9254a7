"""MJML to HTML with mrml. Errors that mrml ignores or reports without a line are found here first."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mjml import mjml2html

from ..errors import TemplateError, Where
from ..text.sanitize import VOID_ELEMENTS
from .template_sandbox import BODY_MARK, LINE_MARK, suggest
from .themes import Theme

_IN_COLUMN = (
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-social mj-spacer mj-table mj-text"
)
COMPONENTS: dict[str, tuple[str, ...]] = {
    "mjml": ("",),
    "mj-head": ("mjml",),
    "mj-body": ("mjml",),
    **dict.fromkeys(
        ["mj-attributes", "mj-breakpoint", "mj-font", "mj-preview", "mj-style", "mj-title"], ("mj-head",)
    ),
    "mj-all": ("mj-attributes",),
    "mj-class": ("mj-attributes",),
    "mj-wrapper": ("mj-body",),
    "mj-section": ("mj-body", "mj-wrapper"),
    "mj-hero": ("mj-body", "mj-wrapper"),
    "mj-group": ("mj-section",),
    "mj-column": ("mj-section", "mj-group"),
    **dict.fromkeys(_IN_COLUMN.split(), ("mj-column", "mj-hero")),
    "mj-accordion-element": ("mj-accordion",),
    "mj-accordion-text": ("mj-accordion-element",),
    "mj-accordion-title": ("mj-accordion-element",),
    "mj-carousel-image": ("mj-carousel",),
    "mj-navbar-link": ("mj-navbar",),
    "mj-social-element": ("mj-social",),
    "mj-raw": ("mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"),
}
"""The components of mrml, and the parents that each may have."""

_WITH_TEXT = frozenset(
    {
        *("mj-title", "mj-preview", "mj-style", "mj-raw", "mj-text", "mj-table", "mj-button"),
        *("mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text"),
    }
)
_INSIDE_TEXT = "put it inside <mj-text> or <mj-raw>"
_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w.:-]*)((?:\s+[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^'"]*'))?)*)\s*(/?)>"""
)
_ATTRIBUTE = re.compile(r"""(?<![^\s=<>"'/])([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# mrml keeps the last one of these and loses the others.
_ONCE = frozenset({"mj-head", "mj-body", "mj-title", "mj-preview", "mj-accordion-title", "mj-accordion-text"})
# The attributes that MJML takes addresses from.
_ADDRESSES = (
    *("href", "src", "background-url", "srcset", "thumbnails-src", "base-url", "left-icon", "right-icon"),
    *("icon-wrapped-url", "icon-unwrapped-url"),
)
_ADDRESS = re.compile(r"(?:https?|mailto|cid|tel):")


@dataclass
class _OpenElement:
    """An element that is not closed yet, and the components in it."""

    name: str
    where: Where
    children: set[str] = field(default_factory=set)


@dataclass
class _Document:
    """A rendered template without marks, and the template line of each offset."""

    main: Where
    text: str = ""
    offsets: list[int] = field(default_factory=list)
    lines: list[Where] = field(default_factory=list)

    def where(self, offset: int) -> Where:
        """Return the template line that wrote the text at an offset."""
        at = bisect_right(self.offsets, offset) - 1
        return self.lines[at] if at >= 0 else self.main


def _remove_marks(marked: str, theme: Theme) -> _Document:
    document = _Document(Where(file=theme.files.get(theme.template.name or "")))
    # The indentation of templates would be a tenth of the mail.
    pieces = re.sub(r"(?<![ \t\r])[ \t\r]*\n\s*", "\n", marked).strip().split(LINE_MARK)
    length = 0
    for index, piece in enumerate(pieces):
        if index % 2:
            name, _, line = piece.rpartition(":")
            if not line.isdecimal():
                raise _forged_marks(theme)
            document.offsets.append(length)
            document.lines.append(Where(file=theme.files.get(name, name), line=int(line)))
        else:
            length += len(piece)
    document.text = "".join(pieces[::2])
    return document


def _check_component(name: str, attributes: str, parent: str, where: Where) -> None:
    if name == "mj-include":
        raise TemplateError("mj-include is not supported", where=where, hint='use {% include "file.mjml" %}')
    if name not in COMPONENTS:
        raise TemplateError(f"there is no MJML component {name}", where=where, hint=suggest(name, COMPONENTS))
    if name == "mj-style" and re.search(r"\binline\b", attributes):
        raise TemplateError(
            "mj-style inline is not supported", where=where, hint="remove inline, or use style attributes"
        )
    if parent != "mj-attributes" and parent not in COMPONENTS[name]:
        parents = " or ".join(f"<{each}>" if each else "the top level" for each in COMPONENTS[name])
        raise TemplateError(
            f"{name} is {f'in <{parent}>' if parent else 'at the top level'}, where MJML ignores it",
            where=where,
            hint=f"move it to {parents}",
        )


def _check_not_dropped(name: str, attributes: str, parent: _OpenElement | None, where: Where) -> None:
    """Raise a TemplateError for what mrml drops without an error."""
    if parent and name in _ONCE and parent.name != "mj-attributes":
        if name in parent.children:
            raise TemplateError(
                f"<{parent.name}> has a second {name}, and MJML drops the first",
                where=where,
                hint="merge the two",
            )
        parent.children.add(name)
    for attribute, *values in _ATTRIBUTE.findall(attributes):
        address = next(filter(None, values), "")
        if attribute not in (*_ADDRESSES, "alt", "title", "name") and _ADDRESS.match(address):
            raise TemplateError(
                f"{name} has no attribute {attribute}, so MJML drops the address in it",
                where=where,
                hint=suggest(attribute, _ADDRESSES),
            )


def _check(document: _Document) -> None:
    """Raise a TemplateError for the first error that mrml ignores or reports badly.

    mrml passes unknown components through, closes an element with the end tag of another, drops what has a
    wrong parent, and reports other errors by their byte offset in the rendered document.
    """
    text = document.text
    opened: list[_OpenElement] = []
    body = False
    at = text.find("<")
    if at != 0:
        raise TemplateError(
            "the theme does not render to an MJML document",
            where=document.where(0),
            hint="start it with <mjml>",
        )
    while at >= 0:
        where = document.where(at)
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0 or "--" in text[at + 4 : end]:
                raise TemplateError(
                    "MJML cannot read this comment",
                    where=where,
                    hint="end it with --> and use no -- inside",
                )
            at = text.find("<", end)
            continue
        parent = opened[-1].name if opened else ""
        loose = text[text.rfind(">", 0, at) + 1 : at].strip()
        if loose and parent in COMPONENTS and parent not in _WITH_TEXT:
            raise TemplateError(
                f"there is text in <{parent}>, where MJML drops or misplaces it",
                where=where,
                hint=_INSIDE_TEXT,
            )
        tag = _TAG.match(text, at)
        if tag is None or BODY_MARK in tag[0]:
            raise TemplateError(
                f"MJML cannot read {text[at : at + 40].splitlines()[0]!r}",
                where=where,
                hint='write attributes as name="value", and a plain < as &lt;',
            )
        closing, name, attributes, empty = tag.groups()
        if closing:
            if parent != name:
                inner = f"<{parent}> of {opened[-1].where} is open" if opened else "no element is open"
                raise TemplateError(f"</{name}> does not belong here: {inner}", where=where)
            opened.pop()
        else:
            if name == "mjml" or name.startswith("mj-"):
                _check_component(name, attributes, parent, where)
                _check_not_dropped(name, attributes, opened[-1] if opened else None, where)
                body = body or (name, parent) == ("mj-body", "mjml")
            elif not parent or (parent in COMPONENTS and parent not in _WITH_TEXT):
                raise TemplateError(
                    f"<{name}> is {f'in <{parent}>' if parent else 'at the top'}, where only MJML can be",
                    where=where,
                    hint=_INSIDE_TEXT if parent else "start the theme with <mjml>",
                )
            if not empty and name not in VOID_ELEMENTS:
                opened.append(_OpenElement(name, where))
        at = text.find("<", tag.end())
    if opened:
        last = opened[-1]
        raise TemplateError(f"<{last.name}> is never closed", where=last.where, hint=f"add </{last.name}>")
    if not body:
        raise TemplateError(
            "there is no mj-body, so the edition would be empty",
            where=document.where(0),
            hint="add one to <mjml>",
        )


def _compile(document: _Document, theme: Theme) -> str:
    try:
        # By default mrml links style sheets of the web fonts that it finds.
        return mjml2html(document.text, fonts={})
    except ValueError as error:
        position = re.search(r" at position (\d+):\d+", str(error))
        where = Where(file=theme.files.get(theme.template.name or "", theme.name))
        if position:
            before = document.text.encode()[: int(position[1])]
            where = document.where(len(before.decode(errors="ignore")))
        message = re.sub(r" in root template.*", "", str(error))
        raise TemplateError(f"MJML rejects the theme: {message}", where=where) from None


def to_html(marked: str, theme: Theme, bodies: Sequence[str]) -> str:
    """Return the HTML of a rendered theme with its bodies.

    Args:
        marked: the MJML, with marks for lines and bodies.
        bodies: HTML that replaces marks after MJML, by the number in the mark.

    Raises:
        TemplateError: the MJML has an error.
    """
    document = _remove_marks(marked, theme)
    _check(document)
    # mrml accepts no control characters, so a word that occurs nowhere else replaces them.
    suffix = 0
    while (word := f"body{suffix}at") in document.text:
        suffix += 1
    marks = re.compile(f"{word}([0-9]+)end")
    document.text = re.sub(f"{BODY_MARK}([0-9]+){BODY_MARK}", rf"{word}\1end", document.text)
    compiled = _compile(document, theme)
    if marks.findall(document.text) != marks.findall(compiled):
        raise TemplateError(
            "MJML drops a body that the theme shows",
            where=Where(file=theme.files.get(theme.template.name or "", theme.name)),
            hint=_INSIDE_TEXT,
        )
    if any(int(number) >= len(bodies) for number in marks.findall(compiled)):
        raise _forged_marks(theme)
    return marks.sub(lambda match: bodies[int(match[1])], compiled)


def _forged_marks(theme: Theme) -> TemplateError:
    return TemplateError(
        "the theme writes control characters",
        where=Where(file=theme.files.get(theme.template.name or "", theme.name)),
        hint="remove \\x01 and \\x02 from its expressions",
    )
