"""The article of a page in `<meta>` and `<link>` elements: OpenGraph, Dublin Core and plain names."""

from __future__ import annotations

from typing import Any

from lxml.html import HtmlElement


def meta_of(tree: HtmlElement) -> dict[str, list[str]]:
    """Return the `<meta>` elements of a page: each name in lower case, to its values in order."""
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        value = (element.get("content") or "").strip()
        if name and value:
            found.setdefault(name.strip().lower(), []).append(value)
    return found


def read_head(tree: HtmlElement, meta: dict[str, list[str]]) -> dict[str, Any]:
    """Return the fields of the article that the elements have."""

    def first(*names: str) -> str | None:
        return next((meta[name][0] for name in names if name in meta), None)

    authors = [
        name
        for key in ("article:author", "author", "dc.creator", "citation_author", "parsely-author")
        for name in meta.get(key, ())
        if "://" not in name
    ]
    keywords = first("keywords", "news_keywords", "parsely-tags") or ""
    image = first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return {
        "title": first("og:title", "twitter:title", "dc.title", "citation_title"),
        "summary": first("og:description", "description", "twitter:description", "dc.description"),
        "published": first(
            *("article:published_time", "og:published_time", "datepublished", "date", "dc.date", "pubdate"),
            *("dcterms.created", "parsely-pub-date"),
        ),
        "updated": first("article:modified_time", "og:updated_time", "datemodified", "last-modified"),
        "authors": list(dict.fromkeys(authors)),
        "tags": meta.get("article:tag") or [each.strip() for each in keywords.split(",") if each.strip()],
        "section": first("article:section"),
        "image": {"url": image, "alt": first("og:image:alt", "twitter:image:alt") or ""} if image else None,
        "language": _language(tree) or first("og:locale"),
        "license": _href(tree, "license"),
        "rights": first("copyright", "dc.rights"),
    }


def canonical_of(tree: HtmlElement, meta: dict[str, list[str]]) -> str | None:
    """Return the address that the page declares as its own."""
    return _href(tree, "canonical") or next(iter(meta.get("og:url", ())), None)


def _href(tree: HtmlElement, rel: str) -> str | None:
    for element in tree.iter("link", "a"):
        if rel in (element.get("rel") or "").lower().split():
            return (element.get("href") or "").strip() or None
    return None


def _language(tree: HtmlElement) -> str | None:
    return next((value for each in tree.iter("html") if (value := (each.get("lang") or "").strip())), None)
