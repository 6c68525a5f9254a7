"""Source kind `medium`: the posts of Medium exports."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Literal

from lxml import etree, html
from pydantic import Field

from ...errors import Where
from ...model import Problem
from ...text.illegal_characters import needs_repair
from ..path_dates import date_in_file_path, name_without_date
from ..settings import SourceEnvironment
from ..source import RawRecord, Source
from .archive import Export, ExportFile, find_exports
from .settings import ExportSettings, ExportSource, describe_hidden

_FOLDER = "posts"
_DRAFT = "draft_"
_KEY = re.compile(r"-([0-9a-f]{8,12})\Z")


class MediumSettings(ExportSettings):
    """`kind = "medium"`: Medium exports, as ZIP archives or folders."""

    kind: Literal["medium"]
    flavour: Literal["medium"] | None = Field(default=None, description="the same as the kind")

    def open(self, environment: SourceEnvironment) -> Source:
        files = self.many_records_files(environment.base)
        read = partial(
            _read_all, partial(find_exports, files, self.max_bytes, _FOLDER), self.link is not None
        )
        return ExportSource(self.name, read, self.is_complete)


def _read_all(exports: Any, has_link_template: bool) -> Iterator[RawRecord | Problem]:
    for export in exports():
        if isinstance(export, Problem):
            yield export
        else:
            yield from read_medium(export, has_link_template)


def read_medium(export: Export, has_link_template: bool = False) -> Iterator[RawRecord | Problem]:
    """Yield the published posts of an export.

    Args:
        has_link_template: whether the config makes the links; otherwise they lead to Medium, or to the
            address that Medium has as the canonical one.
    """
    hidden: Counter[str] = Counter()
    where = Where(file=str(export.path))
    is_export = False
    # Somebody may have put one export into another.
    seen: set[str | None] = set()
    for file in export.read((".html",)):
        if isinstance(file, Problem):
            yield file
            continue
        path = PurePosixPath(file.name)
        if path.parent.name not in ("", _FOLDER):
            continue
        if path.name.startswith(_DRAFT):
            is_export = True
            hidden["drafts"] += 1
            continue
        record = _read_post(file, has_link_template)
        if record is not None and record.key not in seen:
            is_export = True
            seen.add(record.key)
            yield record
    if not is_export:
        hint = "give the ZIP archive of Medium's settings, Download your information, or its folder"
        yield Problem.at(where, "this is not a Medium export: it has no posts", hint=hint)
    yield from describe_hidden(hidden, where)


def _read_post(file: ExportFile, has_link_template: bool) -> RawRecord | None:
    text = file.data.decode("utf-8-sig", "replace")
    try:
        document = html.document_fromstring(text.replace("\0", ""))
    except (etree.ParserError, ValueError):
        return None
    body = _first(document, "e-content")
    if body is None:
        return None
    title = _text(_first(document, "p-name")) or _text(document.find(".//title"))
    for repeated in body.iter("h1", "h2", "h3"):
        if "graf--title" in _classes(repeated) and _text(repeated) == title:
            repeated.drop_tree()
            break
    time = _first(document, "dt-published")
    canonical, author = _first(document, "p-canonical"), _first(document, "p-author")
    own = next((each.getparent() for each in document.iter("time") if "dt-published" in _classes(each)), None)
    stem = PurePosixPath(file.name).stem
    slug = name_without_date(stem)
    key = _KEY.search(stem)
    link = _address(canonical) or _address(own)
    image = next((each for each in body.iter("img") if each.get("src")), None)
    fields: dict[str, Any] = {
        "id": _address(own),
        "title": title,
        "slug": slug.lower(),
        "link": None if has_link_template else link,
        "canonical": _address(canonical) if has_link_template else None,
        "content_html": _inner_html(body),
        "summary": _text(_first(document, "p-summary")),
        "authors": [{"name": _text(author), **({"url": url} if (url := _address(author)) else {})}]
        if author is not None and _text(author)
        else None,
        "published": time.get("datetime") if time is not None else None,
        "image": {"url": image.get("src"), "alt": image.get("alt") or ""} if image is not None else None,
    }
    fallback = date_in_file_path(PurePosixPath(file.name), file.name)
    return RawRecord(
        {name: value for name, value in fields.items() if value},
        file.where,
        key[1] if key else file.name,
        computed={"slug": slug.lower()},
        fallbacks={"published": fallback} if fallback else {},
        is_repaired=needs_repair(text),
        plain_fields=("title", "summary"),
    )


def _classes(element: html.HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _first(document: html.HtmlElement, name: str) -> html.HtmlElement | None:
    return next((each for each in document.iter(etree.Element) if name in _classes(each)), None)


def _text(element: html.HtmlElement | None) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""


def _address(element: html.HtmlElement | None) -> str | None:
    address = element.get("href") if element is not None else None
    return address if address and address.startswith(("http://", "https://")) else None


def _inner_html(element: html.HtmlElement) -> str:
    parts = [html.tostring(each, encoding="unicode") for each in element]
    return (element.text or "") + "".join(parts)
