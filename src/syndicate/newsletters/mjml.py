"""MJML to HTML, through mrml, which is quick and tells little: what it would pass over is told here. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mjml import mjml2html

from ..errors import TemplateError, Where
from ..text.html import VOID_ELEMENTS
from .sandbox import BODY, LINE, suggest
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
"""The components that mrml knows, and the elements that each may stand in."""

_WORDS = frozenset(
    {
        *("mj-title", "mj-preview", "mj-style", "mj-raw", "mj-text", "mj-table", "mj-button"),
        *("mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text"),
    }
)
_PLACE = "its place is inside <mj-text> or <mj-raw>"
_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w.:-]*)((?:\s+[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^'"]*'))?)*)\s*(/?)>"""
)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# Of these mrml keeps the last one, and what the others hold is lost.
_ONCE = frozenset({"mj-head", "mj-body", "mj-title", "mj-preview", "mj-accordion-title", "mj-accordion-text"})
# Where MJML takes an address from; from any other attribute it takes nothing.
_ADDRESSES = (
    *("href", "src", "background-url", "srcset", "thumbnails-src", "base-url", "left-icon", "right-icon"),
    *("icon-wrapped-url", "icon-unwrapped-url"),
)
_ADDRESS = re.compile(r"(?:https?|mailto|cid|tel):")


@dataclass
class _Open:
    """An element that is not closed yet, and the components that it holds."""

    name: str
    where: Where
    held: set[str] = field(default_factory=set)


@dataclass
class _Document:
    """A rendered template without its marks, and the places that they told of."""

    main: Where
    text: str = ""
    offsets: list[int] = field(default_factory=list)
    places: list[Where] = field(default_factory=list)

    def where(self, offset: int) -> Where:
        """The line of the template that wrote what stands there."""
        at = bisect_right(self.offsets, offset) - 1
        return self.places[at] if at >= 0 else self.main


def _unmarked(marked: str, theme: Theme) -> _Document:
    document = _Document(Where(file=theme.files.get(theme.template.name or "")))
    # Indentation is the template's own: it would fill a tenth of the mail.
    pieces = re.sub(r"[ \t\r]*\n\s*", "\n", marked).strip().split(LINE)
    length = 0
    for index, piece in enumerate(pieces):
        if index % 2:
            name, _, line = piece.rpartition(":")
            if not line.isdecimal():
                raise _forged(theme)
            document.offsets.append(length)
            document.places.append(Where(file=theme.files.get(name, name), line=int(line)))
        else:
            length += len(piece)
    document.text = "".join(pieces[::2])
    return document


def _check_component(name: str, attributes: str, parent: str, where: Where) -> None:
    if name == "mj-include":
        raise TemplateError(
            "mj-include does not work here", where=where, hint='use {% include "file.mjml" %}'
        )
    if name not in COMPONENTS:
        raise TemplateError(f"there is no MJML component {name}", where=where, hint=suggest(name, COMPONENTS))
    if name == "mj-style" and re.search(r"\binline\b", attributes):
        raise TemplateError(
            "mj-style cannot be inlined here", where=where, hint="leave out inline, or use style attributes"
        )
    if parent != "mj-attributes" and parent not in COMPONENTS[name]:
        places = " or ".join(f"<{place}>" if place else "the top" for place in COMPONENTS[name])
        raise TemplateError(
            f"{name} stands {f'in <{parent}>' if parent else 'at the top'}, where MJML does not look for it",
            where=where,
            hint=f"its place is {places}",
        )


def _check_kept(name: str, attributes: str, parent: _Open | None, where: Where) -> None:
    """Raise a TemplateError for what mrml would drop without a word."""
    if parent and name in _ONCE and parent.name != "mj-attributes":
        if name in parent.held:
            raise TemplateError(
                f"there is a second {name} in <{parent.name}>, and MJML drops the first",
                where=where,
                hint="join the two",
            )
        parent.held.add(name)
    for attribute, *values in _ATTRIBUTE.findall(attributes):
        address = next(filter(None, values), "")
        if attribute not in (*_ADDRESSES, "alt", "title", "name") and _ADDRESS.match(address):
            raise TemplateError(
                f"{name} has no attribute {attribute}, and MJML drops the address in it",
                where=where,
                hint=suggest(attribute, _ADDRESSES),
            )


def _check(document: _Document) -> None:
    """Raise a TemplateError for the first fault that mrml would not tell of, or not well.

    mrml passes unknown components through, closes one element with the end tag of another, drops what
    stands in the wrong place, and tells of other faults by a byte offset into a text that nobody has seen.
    """
    text = document.text
    opened: list[_Open] = []
    body = False
    at = text.find("<")
    if at != 0:
        raise TemplateError(
            "a theme must give an MJML document", where=document.where(0), hint="it starts with <mjml>"
        )
    while at >= 0:
        where = document.where(at)
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0 or "--" in text[at + 4 : end]:
                raise TemplateError(
                    "a comment that MJML cannot read",
                    where=where,
                    hint="end it with --> and have no -- inside",
                )
            at = text.find("<", end)
            continue
        parent = opened[-1].name if opened else ""
        loose = text[text.rfind(">", 0, at) + 1 : at].strip()
        if loose and parent in COMPONENTS and parent not in _WORDS:
            raise TemplateError(
                f"text stands in <{parent}>, where MJML drops or misplaces it",
                where=where,
                hint=_PLACE,
            )
        tag = _TAG.match(text, at)
        if tag is None or BODY in tag[0]:
            raise TemplateError(
                f"MJML cannot read {text[at : at + 40].splitlines()[0]!r}",
                where=where,
                hint='write attributes as name="value", and a plain < as &lt;',
            )
        closing, name, attributes, empty = tag.groups()
        if closing:
            if parent != name:
                inner = f"<{parent}> of {opened[-1].where} is still open" if opened else "nothing is open"
                raise TemplateError(f"</{name}> does not belong here: {inner}", where=where)
            opened.pop()
        else:
            if name == "mjml" or name.startswith("mj-"):
                _check_component(name, attributes, parent, where)
                _check_kept(name, attributes, opened[-1] if opened else None, where)
                body = body or (name, parent) == ("mj-body", "mjml")
            elif not parent or (parent in COMPONENTS and parent not in _WORDS):
                raise TemplateError(
                    f"<{name}> stands {f'in <{parent}>' if parent else 'at the top'}, where only MJML may",
                    where=where,
                    hint=_PLACE if parent else "a theme starts with <mjml>",
                )
            if not empty and name not in VOID_ELEMENTS:
                opened.append(_Open(name, where))
        at = text.find("<", tag.end())
    if opened:
        last = opened[-1]
        raise TemplateError(f"<{last.name}> is never closed", where=last.where, hint=f"add </{last.name}>")
    if not body:
        raise TemplateError(
            "there is no mj-body, and the letter would be empty",
            where=document.where(0),
            hint="put one into <mjml>",
        )


def _compiled(document: _Document, theme: Theme) -> str:
    try:
        # Without this mrml links the stylesheets of web fonts that it finds named.
        return mjml2html(document.text, fonts={})
    except ValueError as error:
        position = re.search(r" at position (\d+):\d+", str(error))
        where = Where(file=theme.files.get(theme.template.name or "", theme.name))
        if position:
            before = document.text.encode()[: int(position[1])]
            where = document.where(len(before.decode(errors="ignore")))
        message = re.sub(r" in root template.*", "", str(error))
        raise TemplateError(f"MJML refuses the theme: {message}", where=where) from None


def to_html(marked: str, theme: Theme, bodies: Sequence[str]) -> str:
    """The HTML of a rendered theme, with the bodies put in.

    Args:
        marked: what Jinja2 made of the theme, with marks for lines and bodies.
        theme: names the files.
        bodies: HTML that is not for MJML, by the number in its mark.

    Raises:
        TemplateError: the MJML is wrong.
    """
    document = _unmarked(marked, theme)
    _check(document)
    # mrml takes no control characters. A word that stands nowhere else does as well.
    turn = 0
    while (word := f"body{turn}at") in document.text:
        turn += 1
    marks = re.compile(f"{word}([0-9]+)end")
    document.text = re.sub(f"{BODY}([0-9]+){BODY}", rf"{word}\1end", document.text)
    compiled = _compiled(document, theme)
    if marks.findall(document.text) != marks.findall(compiled):
        raise TemplateError(
            "MJML loses a body that the theme shows",
            where=Where(file=theme.files.get(theme.template.name or "", theme.name)),
            hint=_PLACE,
        )
    if any(int(number) >= len(bodies) for number in marks.findall(compiled)):
        raise _forged(theme)
    return marks.sub(lambda match: bodies[int(match[1])], compiled)


def _forged(theme: Theme) -> TemplateError:
    return TemplateError(
        "control characters stand in what the theme writes",
        where=Where(file=theme.files.get(theme.template.name or "", theme.name)),
        hint="take \\x01 and \\x02 out of its expressions",
    )
