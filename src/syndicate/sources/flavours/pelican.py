"""Pelican: `pelicanconf.py` is read as text and never run.

The rules are those of Pelican 4, https://docs.getpelican.com/en/latest/settings.html.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from .base import SiteFlavour, existing_folders
from .flavour import Conventions, Page
from .images import image_fields
from .people import find_people
from .site import Site, find_above, relative_path, texts
from .slugs import transliterate

CONFIGS = ("pelicanconf.py", "publishconf.py")
_FIELD = re.compile(r"\{(\w+)(?::([^{}]{0,40}))?\}")
_MARK = re.compile(r"(?:\{|\|)(static|attach|filename|photo)(?:\}|\|)(/?)([^\s)\"'>#]{1,500})")
_DASHES = str.maketrans({"\u2013": "-", "\u2014": "--"})
_NAME_WITH_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[-_]?(.*)", re.ASCII)


class Pelican(SiteFlavour):
    """The conventions of Pelican."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is a Pelican site."""
        return next((folder / name for name in CONFIGS if (folder / name).is_file()), None)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are articles."""
        return existing_folders(root, ("content",), ("md", "markdown"))

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = find_above(start, CONFIGS) or start
        self._settings: dict[str, Any] = {}
        for name in CONFIGS:
            text = site.read_text(site.root / name)
            if text is not None:
                self._settings.update(_read_settings(text))
        self._address = site.address(self._settings.get("SITEURL"))
        folder = self._settings.get("PATH")
        self._content = site.root / (folder.strip("/") if isinstance(folder, str) else "content")
        pages = self._settings.get("PAGE_PATHS", ["pages"])
        self._pages = tuple(texts(pages))

    def is_post(self, path: Path) -> bool:
        """Return whether a file is an article and not a page of the site."""
        below = relative_path(path, self._content)
        return below is None or not any(
            below.startswith(f"{each.strip('/')}/") for each in self._pages if each
        )

    def prepare(self, path: Path, text: str) -> str:
        """Replace {static}, {attach} and {filename} by addresses."""
        if "{static}" not in text and "{attach}" not in text and "|" not in text and "{filename}" not in text:
            return text
        return _MARK.sub(lambda match: self._marked(path, match), text)

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, language, category, tags, authors and image of an article."""
        fields = {str(name).lower(): value for name, value in page.fields.items()}
        below = relative_path(page.path, self._content) or page.path.name
        stem = page.path.stem
        match = _NAME_WITH_DATE.fullmatch(stem)
        published = self._site.date(_first(fields.get("date")), self._zone) or (
            self._site.date(match[1], self._zone) if match else None
        )
        language = next(iter(texts(fields.get("lang"))), None)
        default_language = next(iter(texts(self._settings.get("DEFAULT_LANG"))), None)
        folder = below.rpartition("/")[0].rpartition("/")[2]
        uses_folder = self._settings.get("USE_FOLDER_AS_CATEGORY", True)
        category = next(iter(texts(fields.get("category"))), None) or (
            folder if uses_folder and folder else None
        )
        tags = [
            part.strip() for each in texts(fields.get("tags")) for part in each.split(",") if part.strip()
        ]
        own: dict[str, Any] = {name: value for name, value in fields.items() if name not in page.fields}
        authors = texts(fields.get("authors") or fields.get("author"))
        if not authors and (people := find_people(self._settings.get("AUTHOR"), {})):
            own["authors"] = people
        elif authors:
            own["authors"] = [part.strip() for each in authors for part in each.split(";") if part.strip()]
        if category or tags:
            own["tags"] = list(dict.fromkeys([*tags, *([category] if category else [])]))
        own |= image_fields(fields, lambda address: self._image_address(page.path, address))
        if published and fields.get("date"):
            own["date"] = published
        slug = self._slug(fields, stem)
        url = next(iter(texts(fields.get("url"))), None)
        fallbacks: dict[str, Any] = {
            "section": category,
            "language": language or default_language,
            "published": published,
        }
        link = self._link(url, slug, published, language, default_language, category, fields)
        return Conventions(
            link, url is not None, slug, own, {name: value for name, value in fallbacks.items() if value}
        )

    @cached_property
    def _zone(self) -> tzinfo:
        name = self._settings.get("TIMEZONE")
        try:
            return ZoneInfo(name) if isinstance(name, str) else self._site.timezone
        except (ValueError, OSError, KeyError):
            return self._site.timezone

    def _slug(self, fields: Mapping[str, Any], stem: str) -> str | None:
        own = next(iter(texts(fields.get("slug"))), None)
        if own:
            return own
        pattern = self._settings.get("FILENAME_METADATA")
        match = _NAME_WITH_DATE.fullmatch(stem)
        if isinstance(pattern, str) and "(?P<slug>" in pattern:
            # The expression itself is not run. What is usual in it is known.
            return match[2] if match and "(?P<date>" in pattern else stem
        if self._settings.get("SLUGIFY_SOURCE") == "basename":
            return _slugify(stem)
        title = next(iter(texts(fields.get("title"))), None)
        slug = _slugify(title) if title else None
        return slug if slug and slug.isascii() else None

    def _link(
        self,
        url: str | None,
        slug: str | None,
        published: datetime | None,
        language: str | None,
        default_language: str | None,
        category: str | None,
        fields: Mapping[str, Any],
    ) -> str | None:
        is_translation = (
            language is not None and default_language is not None and language != default_language
        )
        name, usual = (
            ("ARTICLE_LANG_URL", "{slug}-{lang}.html") if is_translation else ("ARTICLE_URL", "{slug}.html")
        )
        template = url or self._settings.get(name, usual)
        if not isinstance(template, str):
            return None
        values = {
            **{key: value for key, value in fields.items() if isinstance(value, str)},
            "slug": slug,
            "lang": language or default_language,
            "category": _slugify(category or str(self._settings.get("DEFAULT_CATEGORY") or "misc")),
            "author": _slugify(next(iter(texts(fields.get("author") or self._settings.get("AUTHOR"))), "")),
            "date": published,
        }
        missing = [key for key, _ in _FIELD.findall(template) if values.get(key) is None]
        if missing:
            if missing[0] == "slug":
                self._site.report(
                    "articles have no link, because their titles have letters that are not Latin",
                    hint='give them a Slug, or write link = "..." for the source',
                )
            elif missing[0] != "date":
                self._site.report(
                    f"{name} has {{{missing[0]}}}, which is not known",
                    hint='write link = "..." for the source',
                )
            return None
        path = _FIELD.sub(lambda match: _format(values[match[1]], match[2]), template)
        return self._address.page(path.removesuffix("index.html"))

    def _image_address(self, path: Path, address: str) -> str:
        match = _MARK.fullmatch(address)
        return self._marked(path, match) if match else self._address.file(address)

    def _marked(self, path: Path, match: re.Match[str]) -> str:
        """Return the address that a link such as {static}/images/x.png leads to."""
        kind, is_from_root, target = match.groups()
        folder = self._content if is_from_root else path.parent
        found = relative_path(Path(_normal(folder / unquote(target))), Path(_normal(self._content)))
        if kind == "filename":
            linked = self._content / found if found else None
            link = self._link_of(linked) if linked is not None and linked.is_file() else None
            return link or match[0]
        if kind == "attach" and not is_from_root:
            return target.removeprefix("./")
        return self._address.file(found or target)

    def _link_of(self, path: Path) -> str | None:
        text = self._site.read_text(path)
        if text is None or path.suffix not in (".md", ".markdown"):
            return None
        from ..front_matter import FrontMatterError, split_front_matter

        try:
            fields = split_front_matter(text).fields or _read_headers(text)
        except FrontMatterError:
            return None
        found = self.conventions(Page(path, fields))
        return found.link if found else None


def _read_settings(text: str) -> dict[str, Any]:
    """Return the settings of a Python file that are plain values."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    values: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper():
                try:
                    values[target.id] = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    values.pop(target.id, None)
    return values


def _read_headers(text: str) -> dict[str, Any]:
    """Return the fields before the first blank line: `Title: A walk`."""
    head = text[:20_000].lstrip("\n").split("\n\n", 1)[0]
    return {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in head.splitlines())
        if colon and name.strip().isidentifier()
    }


def _slugify(text: str) -> str:
    """Return the slug of a text by Pelican's own rules: letters, digits and hyphens."""
    text = transliterate(text.translate(_DASHES))
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip()).lower()


def _format(value: Any, form: str) -> str:
    try:
        return format(value, form) if isinstance(value, datetime) and form else str(value)
    except ValueError:
        return str(value)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _normal(path: Path) -> str:
    parts: list[str] = []
    for each in path.parts:
        if each == ".." and len(parts) > 1:
            parts.pop()
        elif each != ".":
            parts.append(each)
    return str(Path(*parts))
