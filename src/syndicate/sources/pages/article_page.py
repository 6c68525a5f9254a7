"""One HTML page as a record. trafilatura finds the body; most fields are metadata of the page."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4.dammit import UnicodeDammit
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, fromstring, tostring
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_to_html

from ...errors import Where
from ...model import Problem
from ...text.html_to_text import to_text
from ...text.illegal_characters import repair_text
from ..dates import read_date
from ..source import RawRecord
from .images import prepare_images, restore_addresses
from .json_ld import read_json_ld
from .meta_tags import canonical_of, meta_of, read_head
from .microformats import read_h_entry

_FIELDS = (
    *("title", "summary", "authors", "tags", "section", "language", "published", "updated", "image"),
    *("license", "rights"),
)
# The report says what is wrong with a page. Log lines of these libraries would repeat it.
for _name in ("trafilatura", "htmldate", "bs4.dammit"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_NO_ARTICLE_HINT = "use the URL of a page with an article"
_FIRST_HEADING = re.compile(r"\A\s*<h[1-3]>(.*?)</h[1-3]>", re.DOTALL)


def read_page(
    data: bytes, *, where: Where, key: str, url: str | None = None, charset: str | None = None
) -> RawRecord | Problem:
    """Return the article of a page.

    Each field comes from the first of these that has it: JSON-LD, OpenGraph and `<meta>`, microformats,
    trafilatura. A date that cannot be read counts as missing.

    Args:
        where: for messages.
        key: identifies the page in its source.
        url: where it was fetched from, after redirects; None for a file.
        charset: from the server.
    """
    text = UnicodeDammit(
        data, known_definite_encodings=[charset] if charset else [], user_encodings=["utf-8"], is_html=True
    ).unicode_markup
    repaired = repair_text(text or "")
    try:
        # The text may declare an encoding that it no longer has.
        tree = fromstring(repaired.encode(), parser=HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return Problem.at(where, "the page is empty or not HTML", hint=_NO_ARTICLE_HINT)
    try:
        record = _read(tree, repaired, where, key, url)
    except Exception as error:  # The page is from outside, and can make the parsers raise anything.
        return Problem.at(where, f"the page cannot be read: {error!r:.200}", hint=_NO_ARTICLE_HINT)
    return replace(record, is_repaired=repaired != text) if isinstance(record, RawRecord) else record


def _read(tree: HtmlElement, text: str, where: Where, key: str, url: str | None) -> RawRecord | Problem:
    meta = meta_of(tree)
    base_element = next((each.get("href") for each in tree.iter("base") if each.get("href")), None)
    link, canonical = _links(canonical_of(tree, meta), url)
    base = _absolute_url(url or link, base_element)
    scripts = [
        each.text or ""
        for each in tree.iter("script")
        if (each.get("type") or "").lower() == "application/ld+json"
    ]
    for each in list(tree.iter("base")):
        each.drop_tree()
    prepare_images(tree, base)
    if base:
        tree.make_links_absolute(base, resolve_base_href=False, handle_failures="ignore")
    document: Any = bare_extraction(
        tree,
        url=base,
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        favor_recall=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    html = _to_html(document.body) if document is not None else ""
    fields = _merge(
        read_json_ld(scripts, link or url),
        read_head(tree, meta),
        read_h_entry(text, base),
        _read_extracted(document),
    )
    if not to_text(html).strip() and not fields.get("summary"):
        return Problem.at(where, "no article was found on the page", hint=_NO_ARTICLE_HINT)
    fields["content_html"] = _without_title(html, str(fields.get("title", "")))
    fields["image"] = _with_absolute_url(fields.get("image"), base)
    fields |= {"link": link, "canonical": canonical, "meta": {name: each[0] for name, each in meta.items()}}
    path = PurePosixPath(urlsplit(url).path if url else key)
    computed = {"path": str(path.parent / path.stem).strip("/"), "slug": path.stem}
    present = {name: value for name, value in fields.items() if value}
    return RawRecord(present, where, key, computed)


def _links(canonical: str | None, url: str | None) -> tuple[str | None, str | None]:
    """Return the link of the page, and its canonical address if that is on another host.

    Args:
        canonical: from the page.
        url: where it was fetched from.
    """
    try:
        absolute = urljoin(url or "", canonical or "")
        parts = urlsplit(absolute)
        host, scheme, _ = parts.hostname, parts.scheme, parts.port
    except ValueError:
        return url, None
    if scheme not in ("http", "https") or not host or not canonical:
        return url, None
    if url is None or _without_www(host) == _without_www(urlsplit(url).hostname or ""):
        return absolute, None
    return url, absolute


def _without_www(host: str) -> str:
    return host.removeprefix("www.")


def _merge(*candidates: Mapping[str, Any]) -> dict[str, Any]:
    """Return each field from the first candidate that has it; a date only if it can be read."""
    fields: dict[str, Any] = {}
    for name in _FIELDS:
        for each in candidates:
            value = each.get(name)
            if value and (name not in ("published", "updated") or _is_date(value)):
                fields[name] = value
                break
    return fields


def _is_date(value: Any) -> bool:
    try:
        read_date(value, UTC)
    except ValueError:
        return False
    return True


def _read_extracted(document: Any) -> dict[str, Any]:
    """Return the fields that trafilatura found."""
    if document is None:
        return {}
    authors = [{"name": name.strip()} for name in (document.author or "").split(";") if name.strip()]
    return {
        "title": document.title,
        "summary": document.description,
        "authors": authors,
        "tags": list(document.tags or ()),
        "section": next(iter(document.categories or ()), None),
        "published": document.date,
        "image": {"url": document.image} if document.image else None,
        "license": document.license,
        "language": document.language,
    }


def _to_html(body: Any) -> str:
    """Return the body as HTML, with the ordered lists and inline code that trafilatura's converter loses."""
    if body is None:
        return ""
    for each in list(body.iter("list")):
        if (each.get("rend") or "").startswith("ol"):
            each.tag = "ol"
            each.attrib.clear()
    for each in list(body.iter("code")):
        parent = each.getparent()
        if "\n" not in "".join(each.itertext()) or (parent is not None and parent.tag == "pre"):
            # The converter makes `pre` of each `code`, so inline code is renamed before.
            each.tag = "span" if parent is not None and parent.tag == "pre" else "tt"
    converted = convert_to_html(body)
    inner = converted[0] if len(converted) else converted
    text: str = "".join(tostring(each, encoding="unicode") for each in inner)
    return restore_addresses(text.replace("<tt>", "<code>").replace("</tt>", "</code>"))


def _without_title(html: str, title: str) -> str:
    heading = _FIRST_HEADING.match(html)
    if heading and _comparable(heading[1]) == _comparable(title):
        return html[heading.end() :]
    return html


def _comparable(text: str) -> str:
    return " ".join(to_text(text).split()).casefold()


def _with_absolute_url(image: Any, base: str | None) -> Any:
    url = _absolute_url(base, image.get("url")) if isinstance(image, Mapping) else None
    return {**image, "url": url} if url else None


def _absolute_url(base: str | None, url: str | None) -> str | None:
    try:
        return urljoin(base or "", url or "") or None
    except ValueError:
        return base
