"""Astro: content collections, whose pages are found in `src/pages`.

The rules are those of Astro 5, https://docs.astro.build/en/guides/content-collections/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ..path_dates import date_in_file_path, name_without_date
from .base import SiteFlavour
from .flavour import Conventions, Page
from .images import image_fields
from .javascript import read_block, read_text_value, read_word, without_comments
from .people import find_people
from .site import Site, find_above, relative_path, texts
from .slugs import is_letter_mark_or_digit

CONFIGS = tuple(f"astro.config.{ending}" for ending in ("mjs", "js", "ts", "mts", "cjs"))
_CONTENT_CONFIGS = tuple(
    f"src/{name}.{ending}"
    for name in ("content.config", "content/config")
    for ending in ("ts", "js", "mjs", "mts")
)
_COLLECTION = re.compile(r"\bgetCollection(?:<[^<>]{0,80}>)?\(\s*[\"'](\w[\w-]*)[\"']")
_LOADER = re.compile(r"(?:const|let|var)\s+(\w+)\s*=\s*defineCollection\(")
_EXPORTED = re.compile(r"(?<![\w-])([\w-]+)[\"']?\s*:\s*(\w+)")
_BASE = re.compile(r"base:\s*[\"'`]([^\"'`\n]{1,300})[\"'`]")
_POSTS = ("blog", "posts", "post", "articles", "news", "notes", "journal", "writing")
_MAX_PAGE = 200_000
_DATES = {"[year]": "%Y", "[month]": "%m", "[day]": "%d"}


class Astro(SiteFlavour):
    """The conventions of Astro's content collections."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is an Astro site."""
        return next((folder / name for name in CONFIGS if (folder / name).is_file()), None)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are posts."""
        collections = dict(_read_collections(Site(root)))
        names = [name for name in _POSTS if name in collections] or list(collections)
        folders = [relative_path(collections[name], root) for name in names] or ["src/pages"]
        existing = [each for each in dict.fromkeys(folders) if each and (root / each).is_dir()]
        return tuple(f"{each}/**/*.{ending}" for each in existing for ending in ("md", "mdx")) or ("**/*.md",)

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = find_above(start, CONFIGS) or start
        path = self.recognise(site.root)
        config = without_comments(site.read_text(path) or "") if path else ""
        base = read_text_value(config, "base") or ""
        url = read_text_value(config, "site") or ""
        self._address = site.address(f"{url.rstrip('/')}/{base.strip('/')}" if url else base)
        self._has_slash = read_word(config, "trailingSlash") != "never"
        self._folders = dict(_read_collections(site))
        self._routes = self._find_routes()

    def is_post(self, path: Path) -> bool:
        """Return whether a file is content. Names that begin with an underscore are left out."""
        below = relative_path(path, self._site.root) or path.name
        return path.suffix in (".md", ".mdx") and not any(each.startswith("_") for each in below.split("/"))

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, tags, authors and image of a post."""
        collection, folder = self._collection(page.path)
        identifier = self._identifier(page.path, folder, page.fields.get("slug"))
        own: dict[str, Any] = {}
        fallbacks: dict[str, Any] = {}
        names = ("date", "pubDate", "pubDatetime", "publishDate", "publishedAt", "published")
        published = next((each for name in names if (each := self._site.date(page.fields.get(name)))), None)
        if published := published or self._site.date(date_in_file_path(page.path, page.path.name)):
            fallbacks["published"] = published
        link = self._link(collection, identifier, published, page.path)
        names = ("updated", "updatedDate", "modDatetime", "lastUpdated", "updatedAt", "modified")
        if updated := next(
            (each for name in names if (each := self._site.date(page.fields.get(name)))), None
        ):
            fallbacks["updated"] = updated
        categories = texts(page.fields.get("categories")) or texts(page.fields.get("category"))
        if tags := list(dict.fromkeys([*texts(page.fields.get("tags")), *categories])):
            own["tags"] = tags
        if categories:
            fallbacks["section"] = categories[0]
        if authors := find_people(page.fields.get("authors") or page.fields.get("author"), {}):
            own["authors"] = authors
        own |= image_fields(page.fields, self._image_address)
        return Conventions(link, False, identifier.rpartition("/")[2] or None, own, fallbacks)

    def _collection(self, path: Path) -> tuple[str, Path]:
        matching = [(name, folder) for name, folder in self._folders.items() if path.is_relative_to(folder)]
        return max(matching, key=lambda each: len(each[1].parts)) if matching else ("", path.parent)

    def _find_routes(self) -> dict[str, str | None]:
        """Return the path that the pages of each collection begin with; None if there are several."""
        routes: dict[str, str | None] = {}
        pages = self._site.root / "src" / "pages"
        for path in sorted(pages.rglob("*.astro")) if pages.is_dir() else ():
            below = relative_path(path, pages) or ""
            parts = below.removesuffix(".astro").split("/")
            if parts[-1] == "index":
                parts.pop()
            # A page with other variables shows lists, or languages.
            *others, last = parts or [""]
            if (
                not last.startswith("[")
                or "page" in last
                or any(each[0] == "[" and each not in _DATES for each in others)
            ):
                continue
            self._site.files.append(path)
            try:
                text = path.read_text(encoding="utf-8-sig")[:_MAX_PAGE]
            except (OSError, UnicodeDecodeError):
                continue
            route = "/".join(others)
            # A page may get its collection from a function elsewhere. Then the name of its folder tells.
            named = {
                name for name, folder in self._folders.items() if others and others[-1] in (name, folder.name)
            }
            for collection in set(_COLLECTION.findall(text)) or named:
                routes[collection] = route if routes.get(collection, route) == route else None
        return routes

    def _identifier(self, path: Path, folder: Path, slug: Any) -> str:
        if isinstance(slug, str) and slug.strip():
            return slug.strip().strip("/")
        below = (relative_path(path, folder) or path.name).rpartition(".")[0]
        parts = [_github_slug(part) for part in below.split("/")]
        return "/".join(parts[:-1] if parts[-1] == "index" and len(parts) > 1 else parts)

    def _link(self, collection: str, identifier: str, published: datetime | None, path: Path) -> str | None:
        route = self._routes.get(collection)
        if route is not None and "[" in route:
            # A page for each day: the name of the file needs no date.
            identifier = name_without_date(identifier)
            for name, form in _DATES.items() if published else ():
                route = route.replace(name, f"{published:{form}}")
            if "[" in route:
                return None
        if route is None:
            why = "has no page of its own" if collection not in self._routes else "has several pages"
            self._site.report(
                f"the collection {collection or path.parent.name} {why} in src/pages, so links are not known",
                hint='write link = "https://.../{slug}/" for the source',
            )
            return None
        return self._address.page(f"{route}/{identifier}" + ("/" if self._has_slash else ""))

    def _image_address(self, address: str) -> str | None:
        if address.startswith("/"):
            return self._address.file(address.lstrip("/"))
        self._site.report(
            "Astro gives new names to images of src/, so their addresses are not known",
            hint="put the images of posts into public/, if readers of feeds are to see them",
        )
        return None


def _read_collections(site: Site) -> Iterator[tuple[str, Path]]:
    """Yield the collections with their folders: the folders of `src/content`, then those of the config."""
    content = site.root / "src" / "content"
    if content.is_dir():
        yield from ((each.name, each) for each in sorted(content.iterdir()) if each.is_dir())
    for path in _CONTENT_CONFIGS:
        text = without_comments(site.read_text(site.root / path) or "")
        exported: dict[str, str] = {
            variable: name for name, variable in _EXPORTED.findall(read_block(text, "collections"))
        }
        starts = [(match.start(), match[1]) for match in _LOADER.finditer(text)]
        for number, (start, variable) in enumerate(starts, 1):
            end = starts[number][0] if number < len(starts) else len(text)
            if base := _BASE.search(text, start, end):
                yield exported.get(variable, variable), site.root / base[1].removeprefix("./").strip("/")


def _github_slug(text: str) -> str:
    """Return a slug as GitHub makes it of headings: each space is a hyphen, marks are dropped."""
    kept = (each for each in text.lower() if each in "-_ " or is_letter_mark_or_digit(each))
    return "".join(kept).replace(" ", "-")
