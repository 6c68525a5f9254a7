"""Docusaurus: the posts of its blog, with `authors.yml` and `tags.yml`.

The rules are those of Docusaurus 3, https://docusaurus.io/docs/blog.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .base import SiteFlavour, existing_folders
from .flavour import Conventions, Page
from .images import image_fields
from .javascript import read_block, read_text_value, read_word, without_comments
from .people import find_people
from .site import Site, find_above, relative_path, table

CONFIGS = tuple(f"docusaurus.config.{ending}" for ending in ("js", "ts", "mjs", "cjs", "mts"))
_DATED = re.compile(r"(.*?)(\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(.*)", re.ASCII)
_TRUNCATE = re.compile(r"<!--\s*truncate\s*-->|\{/\*\s*truncate\s*\*/\}")
_LANGUAGE_FOLDER = re.compile(r"i18n/([^/]+)/docusaurus-plugin-content-blog/(.+)")


class Docusaurus(SiteFlavour):
    """The conventions of Docusaurus's blog."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is a Docusaurus site."""
        return next((folder / name for name in CONFIGS if (folder / name).is_file()), None)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are posts."""
        return existing_folders(root, ("blog", "website/blog"), ("md", "mdx"))

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        nested = start / "website"
        site.root = find_above(start, CONFIGS) or (nested if self.recognise(nested) else start)
        path = self.recognise(site.root)
        config = without_comments(site.read_text(path) or "") if path else ""
        blog = read_block(config, "blog")
        url, base = read_text_value(config, "url"), read_text_value(config, "baseUrl")
        if path and base is None:
            site.report(
                "baseUrl is not a plain text",
                file=path,
                hint='if it is not /, write link = "..." for the source',
            )
        self._address = site.address(f"{(url or '').rstrip('/')}{base or '/'}")
        self._folder = site.root / (read_text_value(blog, "path") or "blog").removeprefix("./")
        route = read_text_value(blog, "routeBasePath")
        self._route = "blog" if route is None else route.strip("/")
        self._has_slash = read_word(config, "trailingSlash") == "true"
        self._language = read_text_value(config, "defaultLocale") or None
        self._people = site.first_table(
            [
                f"{relative_path(self._folder, site.root) or 'blog'}/authors.{each}"
                for each in ("yml", "yaml", "json")
            ]
        )
        self._tags = site.first_table(
            [f"{relative_path(self._folder, site.root) or 'blog'}/tags.{each}" for each in ("yml", "yaml")]
        )

    def is_post(self, path: Path) -> bool:
        """Return whether a file is a post and not a part of one, which begins with an underscore."""
        _, below = self._below(path)
        return path.suffix in (".md", ".mdx") and not any(each.startswith("_") for each in below.split("/"))

    def prepare(self, path: Path, text: str) -> str:
        """Replace the mark that ends the excerpt by the usual one."""
        del path
        return _TRUNCATE.sub("<!--more-->", text, count=1) if "truncate" in text else text

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, language, tags, authors and image of a post."""
        if page.fields.get("unlisted") is True:
            return None
        language, below = self._below(page.path)
        name = re.sub(r"(?:/index)?\.mdx?$", "", below)
        match = _DATED.fullmatch(name)
        day = match and "-".join(f"{int(part):02}" for part in re.split("[-/]", match[2]))
        published = self._site.date(page.fields.get("date")) or (self._site.date(day) if day else None)
        slug = page.fields.get("slug")
        has_own_link = isinstance(slug, str) and slug.startswith("/")
        if not isinstance(slug, str) or not slug:
            slug = f"{match[2].replace('-', '/')}/{match[1]}{match[3]}" if match else name
        folder = f"{language}/" if language and language != self._language else ""
        link = self._address.page(
            f"{folder}{self._route}/{slug}".rstrip("/") + ("/" if self._has_slash else "")
        )
        own: dict[str, Any] = {}
        if tags := self._tag_names(page.fields.get("tags")):
            own["tags"] = tags
        if authors := self._authors(page.fields):
            own["authors"] = authors
        own |= image_fields(page.fields, self._image_address)
        fallbacks = {"published": published, "language": language or self._language}
        text = (match[3] if match else name).rpartition("/")[2]
        return Conventions(
            link, has_own_link, text or None, own, {each: value for each, value in fallbacks.items() if value}
        )

    def _below(self, path: Path) -> tuple[str | None, str]:
        """Return the language of a post, if it is a translation, and its path in the folder of the blog."""
        below = relative_path(path, self._folder)
        if below is not None:
            return None, below
        match = _LANGUAGE_FOLDER.fullmatch(relative_path(path, self._site.root) or "")
        return (match[1], match[2]) if match else (None, path.name)

    def _image_address(self, address: str) -> str | None:
        if address.startswith("/"):
            return self._address.file(address.lstrip("/"))
        if address.startswith("."):
            self._site.report(
                "Docusaurus gives new names to images beside posts, so their addresses are not known",
                hint="put the images into static/, if readers of feeds are to see them",
            )
            return None
        return self._address.file(address)

    def _tag_names(self, value: Any) -> list[str]:
        names = []
        for each in value if isinstance(value, list) else ():
            if isinstance(each, Mapping):
                label = each.get("label")
            else:
                label = table(self._tags.get(str(each))).get("label") or each
            if isinstance(label, str | int) and str(label).strip():
                names.append(str(label).strip())
        return names

    def _authors(self, fields: Mapping[str, Any]) -> list[dict[str, str]]:
        if people := find_people(fields.get("authors"), self._people):
            return people
        name = fields.get("author") or fields.get("authorName")
        if isinstance(name, str) and name.strip():
            url = fields.get("author_url") or fields.get("authorURL")
            return find_people({"name": name, "url": url}, {})
        return []
