"""The article of a page in JSON-LD, with the vocabulary of schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urldefrag

_MAX_DEPTH = 20


def read_json_ld(scripts: Iterable[str], url: str | None) -> dict[str, Any]:
    """Return the fields of the article that a page describes; empty if it describes none.

    Args:
        scripts: the texts of the `application/ld+json` elements; a broken one is skipped.
        url: of the page, to choose among several articles.
    """
    nodes = [node for script in scripts for node in _iterate_nodes(_parse(script))]
    articles = [node for node in nodes if _is_article(node)]
    if not articles:
        return {}
    own = [each for each in articles if url and url in _addresses(each)]
    article = (own or articles)[0]
    by_id = {str(node["@id"]): node for node in nodes if node.get("@id") and len(node) > 1}

    def resolve(value: Any) -> list[Any]:
        return [
            by_id.get(str(each.get("@id")), each) if isinstance(each, Mapping) else each
            for each in (value if isinstance(value, list) else [value])
            if each
        ]

    people = resolve(article.get("author")) if article.get("author") else resolve(article.get("creator"))
    return {
        "title": _text(article.get("headline")) or _text(article.get("name")),
        "summary": _text(article.get("description")),
        "published": _text(article.get("datePublished")),
        "updated": _text(article.get("dateModified")),
        "authors": [author for each in people if (author := _author(each))],
        "tags": _tags(article.get("keywords")),
        "section": next(
            (text for each in resolve(article.get("articleSection")) if (text := _text(each))), None
        ),
        "image": next((image for each in resolve(article.get("image")) if (image := _image(each))), None),
        "language": _language(article.get("inLanguage")),
        "license": next((link for each in resolve(article.get("license")) if (link := _link(each))), None),
        "rights": _text(article.get("copyrightNotice")),
    }


def _parse(script: str) -> Any:
    try:
        # Not strict: line breaks in strings are a common mistake.
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


def _iterate_nodes(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _iterate_nodes(each, depth + 1)


def _is_article(node: Mapping[str, Any]) -> bool:
    kinds = node.get("@type")
    names = [str(each).rpartition("/")[2] for each in (kinds if isinstance(kinds, list) else [kinds])]
    return any(name.endswith(("Article", "Posting")) or name in ("Report", "Review") for name in names)


def _addresses(node: Mapping[str, Any]) -> set[str]:
    main = node.get("mainEntityOfPage")
    found = [node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, Mapping) else main]
    return {urldefrag(each).url for each in found if isinstance(each, str)}


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = next((each for each in value if isinstance(each, str)), None)
    if isinstance(value, Mapping):
        value = value.get("@value")
    return unescape(value).strip() or None if isinstance(value, str) else None


def _link(value: Any) -> str | None:
    return _text(value.get("url") or value.get("@id")) if isinstance(value, Mapping) else _text(value)


def _author(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        name = _text(value)
        return {"name": name} if name and "://" not in name else None
    name, url = _text(value.get("name")), _text(value.get("url"))
    return {"name": name, **({"url": url} if url else {})} if name else None


def _image(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        url = _text(value)
        return {"url": url} if url else None
    url = _text(value.get("url")) or _text(value.get("contentUrl"))
    return {"url": url, "alt": _text(value.get("caption")) or ""} if url else None


def _tags(value: Any) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    texts = (_text(each.get("name")) if isinstance(each, Mapping) else _text(each) for each in given)
    return [text for text in texts if text]


def _language(value: Any) -> str | None:
    return (
        _text(value.get("alternateName") or value.get("name")) if isinstance(value, Mapping) else _text(value)
    )
