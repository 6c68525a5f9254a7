"""The documents of Ghost's editors as HTML, for posts without HTML: Lexical, and before Ghost 5 Mobiledoc."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from ..markdown_html import render_markdown

_MAX_DEPTH = 50
_FORMATS = ((1, "strong"), (2, "em"), (4, "s"), (8, "u"), (16, "code"), (32, "sub"), (64, "sup"))
_BLOCKS = {"paragraph": "p", "quote": "blockquote", "aside": "blockquote", "listitem": "li"}


def lexical_to_html(text: str) -> str:
    """Return the HTML of a Lexical document; empty if it is not one."""
    document = _load(text)
    root = document.get("root") if isinstance(document, Mapping) else None
    return _children(root, 0) if isinstance(root, Mapping) else ""


def mobiledoc_to_html(text: str) -> str:
    """Return the HTML of a Mobiledoc document; empty if it is not one."""
    document = _load(text)
    if not isinstance(document, Mapping):
        return ""
    cards, markups, atoms = (_list(document.get(name)) for name in ("cards", "markups", "atoms"))
    html = []
    for section in _list(document.get("sections")):
        match section:
            case [1, str(tag), list(markers), *_] if tag.isalnum():
                html.append(f"<{tag}>{_markers(markers, markups, atoms)}</{tag}>")
            case [2, str(url), *_]:
                html.append(_image({"src": url}))
            case [3, str(tag), list(items), *_] if tag in ("ul", "ol"):
                rows = "".join(
                    f"<li>{_markers(each, markups, atoms)}</li>" for each in items if isinstance(each, list)
                )
                html.append(f"<{tag}>{rows}</{tag}>")
            case [10, int(number), *_] if 0 <= number < len(cards):
                card = cards[number]
                if isinstance(card, list) and len(card) == 2 and isinstance(card[1], Mapping):
                    html.append(_card(str(card[0]), card[1]))
    return "\n".join(each for each in html if each)


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(node: Mapping[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := node.get(name), str) and value), "")


def _children(node: Mapping[str, Any], depth: int) -> str:
    if depth > _MAX_DEPTH:
        return ""
    return "".join(
        _node(each, depth + 1) for each in _list(node.get("children")) if isinstance(each, Mapping)
    )


def _node(node: Mapping[str, Any], depth: int) -> str:
    kind = _text(node, "type").removeprefix("extended-")
    if kind == "text":
        return _formatted(escape(_text(node, "text")), node.get("format"))
    if kind == "linebreak":
        return "<br>"
    if kind == "link":
        return f'<a href="{escape(_text(node, "url"))}">{_children(node, depth)}</a>'
    if kind == "heading":
        tag = _text(node, "tag")
        tag = tag if tag in ("h1", "h2", "h3", "h4", "h5", "h6") else "h2"
        return f"<{tag}>{_children(node, depth)}</{tag}>"
    if kind == "list":
        tag = "ol" if node.get("listType") == "number" else "ul"
        return f"<{tag}>{_children(node, depth)}</{tag}>"
    if kind in _BLOCKS:
        return f"<{_BLOCKS[kind]}>{_children(node, depth)}</{_BLOCKS[kind]}>"
    return _card(kind, node) or _children(node, depth)


def _formatted(text: str, bits: Any) -> str:
    for bit, tag in _FORMATS:
        if isinstance(bits, int) and bits & bit:
            text = f"<{tag}>{text}</{tag}>"
    return text


def _card(kind: str, card: Mapping[str, Any]) -> str:
    """Return the HTML of a card, which both editors have with nearly the same names."""
    match kind:
        case "image":
            return _image(card)
        case "gallery":
            return "".join(_image(each) for each in _list(card.get("images")) if isinstance(each, Mapping))
        case "markdown" | "card-markdown":
            return render_markdown(_text(card, "markdown")).html
        case "html" | "email-cta":
            return _text(card, "html")
        case "codeblock" | "code":
            return f"<pre><code>{escape(_text(card, 'code'))}</code></pre>"
        case "horizontalrule" | "hr" | "divider":
            return "<hr>"
        case "callout":
            return f"<blockquote>{_text(card, 'calloutText')}</blockquote>"
        case "toggle":
            heading, content = _text(card, "heading"), _text(card, "content")
            return f"<details><summary>{heading}</summary>{content}</details>"
        case "embed":
            return _text(card, "html") or _link(_text(card, "url"), _text(card, "url"))
        case "bookmark":
            about = card.get("metadata")
            title = _text(about, "title") if isinstance(about, Mapping) else ""
            return _link(_text(card, "url"), title or _text(card, "title", "url"))
        case "button":
            return _link(_text(card, "buttonUrl"), _text(card, "buttonText"))
        case "video" | "audio":
            source = escape(_text(card, "src"))
            return f'<{kind} src="{source}" controls></{kind}>' if source else ""
        case "file":
            return _link(_text(card, "src"), _text(card, "fileTitle", "fileName", "src"))
    return ""


def _image(card: Mapping[str, Any]) -> str:
    source = _text(card, "src")
    if not source:
        return ""
    image = f'<img src="{escape(source)}" alt="{escape(_text(card, "alt"))}">'
    caption = _text(card, "caption")
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>" if caption else f"<p>{image}</p>"


def _link(url: str, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text or url)}</a></p>' if url else ""


def _markers(markers: list[Any], markups: list[Any], atoms: list[Any]) -> str:
    html, open_tags = [], []
    for marker in markers:
        match marker:
            case [int(kind), list(opened), int(closed), value]:
                for number in opened:
                    tag, attributes = _markup(markups, number)
                    open_tags.append(tag)
                    html.append(f"<{tag}{attributes}>")
                html.append(escape(value) if kind == 0 and isinstance(value, str) else _atom(atoms, value))
                html += [f"</{open_tags.pop()}>" for _ in range(min(closed, len(open_tags)))]
    html += [f"</{tag}>" for tag in reversed(open_tags)]
    return "".join(html)


def _markup(markups: list[Any], number: Any) -> tuple[str, str]:
    match markups[number] if isinstance(number, int) and 0 <= number < len(markups) else None:
        case ["a", ["href", str(url), *_]]:
            return "a", f' href="{escape(url)}"'
        case [str(tag), *_] if tag.isalnum():
            return tag, ""
    return "span", ""


def _atom(atoms: list[Any], number: Any) -> str:
    match atoms[number] if isinstance(number, int) and 0 <= number < len(atoms) else None:
        case ["soft-return", *_]:
            return "<br>"
        case [_, str(text), *_]:
            return escape(text)
    return ""
