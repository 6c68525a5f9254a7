"""Zola: paths, dates in file names, languages.

The rules are those of Zola 0.22, https://www.getzola.org/documentation/content/page/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..front_matter import FrontMatterError, split_front_matter
from .base import SiteFlavour, existing_folders
from .flavour import Conventions, Page
from .images import image_fields
from .people import find_people
from .site import Site, SiteAddress, folders_above, relative_path, table, texts
from .slugs import ascii_slug

CONFIGS = ("zola.toml", "config.toml")
_DATED = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:T[\d:.Z+-]+)?(?:\s?[_-](.+))?", re.ASCII
)
_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_INTERNAL_LINK = re.compile(r"\]\(@/([^\s()]{1,500}?\.md)(#[^\s()]{0,200})?\)")


@dataclass(frozen=True, slots=True)
class _File:
    """A page by its path: `folders` below the content, `name` without ending and language."""

    folders: tuple[str, ...]
    name: str
    language: str
    is_bundle: bool


class Zola(SiteFlavour):
    """The conventions of Zola."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is a Zola site."""
        for name in CONFIGS:
            try:
                path = folder / name
                if path.is_file() and re.search(
                    r"^[ \t]*base_url\s*=", path.read_text(encoding="utf-8-sig"), re.MULTILINE
                ):
                    return path
            except (OSError, UnicodeDecodeError):
                continue
        return None

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are pages."""
        return existing_folders(root, ("content",))

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = next((each for each in folders_above(start) if self.recognise(each)), start)
        config = site.first_table(CONFIGS)
        self._content = site.root / "content"
        self._address = site.address(config.get("base_url"))
        default = config.get("default_language")
        self._language = default if isinstance(default, str) else "en"
        self._languages = set(table(config.get("languages"))) - {self._language}
        slugify = table(config.get("slugify"))
        self._slugs = str(slugify.get("paths") or "on")
        self._keeps_dates = slugify.get("paths_keep_dates") is True
        self._author = config.get("author") or table(config.get("extra")).get("author")

    def is_post(self, path: Path) -> bool:
        """Return whether a file is a page and not that of a section."""
        return (
            path.suffix == ".md"
            and path.is_relative_to(self._content)
            and not path.name.startswith("_index.")
        )

    def prepare(self, path: Path, text: str) -> str:
        """Replace internal links, which begin with @/, by addresses."""
        del path
        return _INTERNAL_LINK.sub(self._internal_link, text) if "](@/" in text else text

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, language, translations, taxonomies, authors and image of a page."""
        file = self._file(page.path)
        match = _DATED.match(self._dated_name(page.path, file))
        published = self._site.date(page.fields.get("date")) or (match and self._site.date(match[1]))
        if not published:
            # Only pages with a date are in Zola's feeds.
            return None
        slug = self._slug(page.path, page.fields, file)
        link = self._link(page.path, page.fields, file)
        taxonomies = table(page.fields.get("taxonomies"))
        categories = texts(taxonomies.get("categories")) or texts(page.fields.get("categories"))
        tags = [*texts(taxonomies.get("tags")), *texts(page.fields.get("tags")), *categories]
        own: dict[str, Any] = {}
        if tags:
            own["tags"] = list(dict.fromkeys(tags))
        extra = table(page.fields.get("extra"))
        for given in (
            page.fields.get("authors"),
            taxonomies.get("authors"),
            extra.get("author"),
            self._author,
        ):
            if people := find_people(given, {}):
                own["authors"] = people
                break
        base = SiteAddress(link) if file.is_bundle and link else self._address
        own |= image_fields(page.fields, base.file)
        fallbacks: dict[str, Any] = {"published": published, "language": file.language}
        if categories:
            fallbacks["section"] = categories[0]
        if alternates := self._alternates(page.path, file):
            fallbacks["alternates"] = alternates
        return Conventions(link, "path" in page.fields, slug, own, fallbacks)

    def _file(self, path: Path) -> _File:
        below = relative_path(path, self._content) or path.name
        *folders, name = below.split("/")
        stem, language = name.removesuffix(".md"), self._language
        first, _, rest = stem.partition(".")
        if rest in self._languages:
            stem, language = first, rest
        is_bundle = stem == "index" and bool(folders)
        return _File(tuple(folders[:-1] if is_bundle else folders), stem, language, is_bundle)

    def _dated_name(self, path: Path, file: _File) -> str:
        return path.parent.name if file.name == "index" else file.name

    def _slug(self, path: Path, fields: Mapping[str, Any], file: _File) -> str | None:
        name = self._dated_name(path, file)
        match = _DATED.fullmatch(name)
        if match and match[2] and not self._keeps_dates:
            name = match[2]
        own = fields.get("slug")
        name = own if isinstance(own, str) and own else name
        if self._slugs == "off":
            return name
        if self._slugs == "safe":
            return _UNSAFE.sub("", name.rstrip(" ."))
        slug = ascii_slug(name)
        return slug if slug.isascii() else None

    def _link(self, path: Path, fields: Mapping[str, Any], file: _File) -> str | None:
        own = fields.get("path")
        if isinstance(own, str) and own.strip():
            return self._address.page(f"{own.strip().rstrip('/')}/")
        slug = self._slug(path, fields, file)
        if slug is None:
            self._site.report(
                "how Zola writes a file name in Latin letters is not known",
                file=path,
                hint='give the page a slug or a path, or write link = "..." for the source',
            )
            return None
        language = () if file.language == self._language else (file.language,)
        if file.name == "index" and not file.is_bundle:
            return self._address.page("/".join((*language, "")))
        return self._address.page("/".join((*language, *file.folders, slug, "")))

    def _alternates(self, path: Path, file: _File) -> list[dict[str, str]]:
        found = []
        for language in sorted({self._language, *self._languages} - {file.language}):
            name = file.name if language == self._language else f"{file.name}.{language}"
            other = path.with_name(f"{name}.md")
            link = self._link_of(other) if self._languages else None
            if link:
                found.append({"url": link, "language": language})
        return found

    def _link_of(self, path: Path) -> str | None:
        try:
            fields = split_front_matter(path.read_text(encoding="utf-8-sig")).fields
        except (OSError, UnicodeDecodeError, FrontMatterError):
            return None
        return None if fields.get("draft") is True else self._link(path, fields, self._file(path))

    def _internal_link(self, match: re.Match[str]) -> str:
        path = self._content / match[1]
        if path.name.startswith("_index."):
            return f"]({self._address.page(match[1].rpartition('/')[0] + '/')}{match[2] or ''})"
        link = self._link_of(path) if path.resolve().is_relative_to(self._content.resolve()) else None
        return f"]({link}{match[2] or ''})" if link else match[0]
