"""The fields of articles that a format cannot carry; they are reported."""

from __future__ import annotations

from collections.abc import Iterator

from ..extensions import extensions
from ..model import Article, Format, Problem
from .document import Entry
from .entry_fields import extension_errors

_FORMAT_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def unsupported_fields(format: Format, entry: Entry) -> list[Problem]:  # noqa: A002
    """Return a note on each field of an entry that a format cannot carry.

    Raises:
        FeedError: the code of an extension failed.
    """
    article = entry.article
    fields = list(_CORE_FIELDS[format](article))
    for extension in extensions():
        if entry.podcast or not extension.podcast_only:
            with extension_errors(extension, article.id):
                fields += extension.unsupported_fields(article, format)
    return [
        Problem(
            message=f"{_FORMAT_NAMES[format]} cannot carry {field}; it is left out of that format",
            severity="note",
            field=field,
        )
        for field in fields
    ]


def _rss(article: Article) -> Iterator[str]:
    if any(tag.label for tag in article.tags):
        yield "tags.label"
    if any(author.url for author in article.authors):
        yield "authors.url"
    if len(article.authors) > 1 and _has_named_address(article):
        yield "authors.email"
    if any(each.url for each in article.contributors):
        yield "contributors.url"
    if any(each.email and each.name for each in article.contributors):
        yield "contributors.email"
    for name in ("home", "id", "updated") if article.origin else ():
        if getattr(article.origin, name):
            yield f"origin.{name}"


def _atom(_article: Article) -> Iterator[str]:
    return iter(())


def _json(article: Article) -> Iterator[str]:
    if any(tag.label for tag in article.tags):
        yield "tags.label"
    if any(tag.scheme for tag in article.tags):
        yield "tags.scheme"
    if _has_named_address(article):
        yield "authors.email"
    if article.origin:
        yield "origin"


def _has_named_address(article: Article) -> bool:
    # An author without a name is called by the address, so the address is shown.
    return any(author.email and author.name for author in article.authors)


_CORE_FIELDS = {"rss": _rss, "atom": _atom, "json": _json}
