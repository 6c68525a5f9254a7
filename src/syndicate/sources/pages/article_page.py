"""One HTML page as a record: its body by trafilatura, its fields from what the page says of itself."""

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
from ...text.characters import repair_text
from ...text.html_to_text import to_text
from ..dates import read_date
from ..source import RawRecord
from .images import prepare_images, restored
from .json_ld import read_linked
from .meta_tags import canonical_of, meta_of, read_head
from .microformats import read_micro

_NAMES = (
    *("title", "summary", "authors", "tags", "section", "language", "published", "updated", "image"),
    *("license", "rights"),
)
# What they log is not news to whoever reads the report.
for _name in ("trafilatura", "htmldate", "bs4.dammit"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_HEADING = re.compile(r"\A\s*<h[1-3]>(.*?)</h[1-3]>", re.DOTALL)


def read_page(
    data: bytes, *, where: Where, key: str, url: str | None = None, charset: str | None = None
) -> RawRecord | Problem:
    """The article of a page.

    Each field comes from the first of these that has it: JSON-LD, OpenGraph and `<meta>`, microformats,
    trafilatura's own search. A date that cannot be read is passed over for that of the next.

    Args:
        data: the page.
        where: for messages.
        key: what finds the page again.
        url: where it was fetched from in the end; none for a file.
        charset: as the server has it.
    """
    text = UnicodeDammit(
        data, known_definite_encodings=[charset] if charset else [], user_encodings=["utf-8"], is_html=True
    ).unicode_markup
    repaired = repair_text(text or "")
    try:
        # The text may declare the encoding that it was in.
        tree = fromstring(repaired.encode(), parser=HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return Problem.at(where, "the page is empty, or no HTML", hint="is it a page with an article?")
    try:
        record = _read(tree, repaired, where, key, url)
    except Exception as error:
        # Whatever several parsers may stumble over in what somebody made to that end.
        return Problem.at(
            where, f"the page cannot be read: {error!r:.200}", hint="is it a page with an article?"
        )
    return replace(record, is_repaired=repaired != text) if isinstance(record, RawRecord) else record


def _read(tree: HtmlElement, text: str, where: Where, key: str, url: str | None) -> RawRecord | Problem:
    meta = meta_of(tree)
    given = next((each.get("href") for each in tree.iter("base") if each.get("href")), None)
    canonical = canonical_of(tree, meta)
    link, elsewhere = _links(canonical, url)
    base = _joined(url or link, given)
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
    html = _html(document.body) if document is not None else ""
    fields = _first_of(
        read_linked(scripts, link or url), read_head(tree, meta), read_micro(text, base), _guessed(document)
    )
    if not to_text(html).strip() and not fields.get("summary"):
        return Problem.at(where, "no article was found on the page", hint="is it a page with an article?")
    fields["content_html"] = _without_title(html, str(fields.get("title", "")))
    fields["image"] = _absolute(fields.get("image"), base)
    fields |= {"link": link, "canonical": elsewhere, "meta": {name: each[0] for name, each in meta.items()}}
    path = PurePosixPath(urlsplit(url).path if url else key)
    own = {"path": str(path.parent / path.stem).strip("/"), "slug": path.stem}
    kept = {name: value for name, value in fields.items() if value}
    return RawRecord(kept, where, key, own)


def _links(canonical: str | None, url: str | None) -> tuple[str | None, str | None]:
    """Where the page is, and where it stood first if that is on another host."""
    try:
        full = urljoin(url or "", canonical or "")
        parts = urlsplit(full)
        host, scheme, _ = parts.hostname, parts.scheme, parts.port
    except ValueError:
        return url, None
    if scheme not in ("http", "https") or not host or not canonical:
        return url, None
    if url is None or _bare(host) == _bare(urlsplit(url).hostname or ""):
        return full, None
    return url, full


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _first_of(*found: Mapping[str, Any]) -> dict[str, Any]:
    """Each field from the first that has it and, if it is a date, has one that can be read."""
    fields: dict[str, Any] = {}
    for name in _NAMES:
        for each in found:
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


def _guessed(document: Any) -> dict[str, Any]:
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


def _html(body: Any) -> str:
    """The body as HTML; what the converter would forget is named before."""
    if body is None:
        return ""
    for each in list(body.iter("list")):
        if (each.get("rend") or "").startswith("ol"):
            each.tag = "ol"
            each.attrib.clear()
    for each in list(body.iter("code")):
        parent = each.getparent()
        if "\n" not in "".join(each.itertext()) or (parent is not None and parent.tag == "pre"):
            # The name that the converter makes `pre` of is for blocks.
            each.tag = "span" if parent is not None and parent.tag == "pre" else "tt"
    converted = convert_to_html(body)
    inner = converted[0] if len(converted) else converted
    text: str = "".join(tostring(each, encoding="unicode") for each in inner)
    return restored(text.replace("<tt>", "<code>").replace("</tt>", "</code>"))


def _without_title(html: str, title: str) -> str:
    heading = _HEADING.match(html)
    if heading and _plain(heading[1]) == _plain(title):
        return html[heading.end() :]
    return html


def _plain(text: str) -> str:
    return " ".join(to_text(text).split()).casefold()


def _absolute(image: Any, base: str | None) -> Any:
    url = _joined(base, image.get("url")) if isinstance(image, Mapping) else None
    return {**image, "url": url} if url else None


def _joined(base: str | None, url: str | None) -> str | None:
    try:
        return urljoin(base or "", url or "") or None
    except ValueError:
        return base
