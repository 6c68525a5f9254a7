"""The authors and tags of feeds and entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from .links import resolve
from .names import attribute, children
from .text import plain_text

Elements = Mapping[str, Sequence[etree._Element]]

# RSS: `mail@example.org (Name)`, and the forms that occur instead of it.
_ADDRESS = re.compile(r"[^\s<>()\"',;:@]{1,200}@[^\s<>()\"',;:@]{1,200}\.[^\s<>()\"',;:.@]{1,60}")
_NAMES = ("author", "dc:creator", "dc:author")


def read_authors(elements: Elements, *names: str) -> list[dict[str, str]]:
    """Return the distinct authors of a feed or an entry.

    Args:
        names: of elements that name the authors if the usual ones are absent.
    """
    authors: list[dict[str, str]] = []
    for name in _NAMES:
        for each in elements.get(name, ()):
            _add(authors, _author(each))
    for name in names:
        if not authors:
            for each in elements.get(name, ()):
                _add(authors, _author(each))
    return authors


def read_tags(elements: Elements) -> list[dict[str, str]]:
    """Return the distinct categories of an entry, with their vocabularies."""
    tags: dict[tuple[str, str | None], dict[str, str]] = {}
    for each in _tags(elements):
        if each.get("term"):
            tags.setdefault((each["term"], each.get("scheme")), each)
    return list(tags.values())


def _author(element: etree._Element) -> dict[str, str]:
    parts = dict(reversed([(name, child) for name, child in children(element)]))
    if {"name", "email"} & set(parts):
        values: dict[str, str] = {
            name: plain_text(parts[name]) for name in ("name", "email") if name in parts
        }
        page = next((parts[name] for name in ("uri", "url", "homepage") if name in parts), None)
        if page is not None:
            values["url"] = resolve(page, plain_text(page))
        return {name: value for name, value in values.items() if value}
    text = plain_text(element)
    address = _ADDRESS.search(text)
    if address is None:
        return {"name": text} if text else {}
    name = (text[: address.start()] + text[address.end() :]).replace("mailto:", "").strip(" \t\n<>()\"',;:")
    return {"email": address[0], **({"name": name} if name else {})}


def _add(authors: list[dict[str, str]], author: dict[str, str]) -> None:
    """Add an author, or what is new about a known one: RSS has an address here and a name there."""
    if not (author.get("name") or author.get("email")):
        return
    for known in authors:
        if author.get("name", "").casefold() == known.get("name", "").casefold() and author.get("name"):
            for name, value in author.items():
                known.setdefault(name, value)
            return
        if author == known:
            return
    authors.append(author)


def _tags(elements: Elements) -> Iterator[dict[str, str]]:
    inner = [each for outer in elements.get("categories", ()) for each in _grouped(outer).get("category", ())]
    for each in (*elements.get("category", ()), *inner):
        text = plain_text(each)
        term, label = attribute(each, "term") or text, attribute(each, "label")
        scheme = attribute(each, "scheme") or attribute(each, "domain")
        yield _with_values(term=term or label, label=label, scheme=scheme)
    for each in elements.get("dc:subject", ()):
        yield _with_values(term=plain_text(each))
    for outer in (elements, *(_grouped(each) for each in elements.get("media:group", ()))):
        for each in outer.get("media:category", ()):
            yield _with_values(
                term=plain_text(each), label=attribute(each, "label"), scheme=attribute(each, "scheme")
            )
        for name in ("itunes:keywords", "media:keywords"):
            for each in outer.get(name, ()):
                for term in plain_text(each).split(","):
                    yield _with_values(term=term.strip())


def _grouped(element: etree._Element) -> dict[str, list[etree._Element]]:
    grouped: dict[str, list[etree._Element]] = {}
    for name, child in children(element):
        grouped.setdefault(name, []).append(child)
    return grouped


def _with_values(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
