"""Eleventy: permalinks in front matter and in the data of folders.

The rules are those of Eleventy 3, https://www.11ty.dev/docs/permalinks/.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from .base import SiteFlavour, existing_folders
from .flavour import Conventions, Page
from .images import image_fields
from .javascript import read_block, read_text_value, without_comments
from .people import find_people
from .site import Site, SiteAddress, find_above, relative_path, texts
from .slugs import ascii_slug

CONFIGS = (
    *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")),
    *(".eleventy.js", ".eleventy.cjs", ".eleventy.mjs"),
)
_FOLDERS = (
    "posts",
    "_posts",
    "blog",
    "articles",
    "content/blog",
    "content/posts",
    "content/articles",
    "content",
)
_DATED = re.compile(r".*?\d{4}-\d{2}-\d{2}-(.*)", re.ASCII | re.DOTALL)
_EXPRESSION = re.compile(r"\{\{-?([^{}]{1,300})-?\}\}")
_PERMALINK_OF_FUNCTION = re.compile(
    r"permalink\s*(?::\s*(?:async\s+)?(?:function\s*)?)?\([^()]{0,200}\)\s*(?:=>\s*)?\{?\s*(?:return\s*)?([\"'`])([^\"'`\n]{0,300})\1"
)
_LIST = re.compile(r"\btags\s*:\s*(?:\[([^\]\[]{0,500})\]|([\"'`][^\"'`\n]{0,100}[\"'`]))")
_ENDINGS = (".11tydata.json", ".11tydata.js", ".11tydata.mjs", ".11tydata.cjs", ".json")
_DATA_FILES = ("site", "metadata", "meta", "config", "settings")
_LAYOUT_FOLDERS = {"_includes", "_layouts", "_data", "node_modules", "includes", "layouts"}


class Eleventy(SiteFlavour):
    """The conventions of Eleventy."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is an Eleventy site."""
        return next((folder / name for name in CONFIGS if (folder / name).is_file()), None)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are posts."""
        folders = [*_FOLDERS, *(f"src/{each}" for each in _FOLDERS), "src"]
        return existing_folders(root, folders)

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = find_above(start, CONFIGS) or start
        path = self.recognise(site.root)
        config = without_comments(site.read_text(path) or "") if path else ""
        folder = read_text_value(read_block(config, "dir"), "input") or _argument(config, "setInputDirectory")
        self._input = site.root / (folder or ".").strip("/").removeprefix("./")
        data = (
            read_text_value(read_block(config, "dir"), "data")
            or _argument(config, "setDataDirectory")
            or "_data"
        )
        self._globals = {
            name: values
            for name in _DATA_FILES
            if (values := site.read_table(self._input / data / f"{name}.json"))
        }
        addresses = (
            values.get(name) for values in self._globals.values() for name in ("url", "baseUrl", "base_url")
        )
        self._address = site.address(next((each for each in addresses if isinstance(each, str)), None))
        self._folder_data: dict[Path, dict[str, Any]] = {}

    @property
    def configuration_files(self) -> Sequence[Path]:
        """The config, and the data of all folders and files."""
        found = list(self._site.files)
        for folder, folders, files in os.walk(self._input):
            folders[:] = sorted(each for each in folders if each[0] != "." and each not in _LAYOUT_FOLDERS)
            pages = {name.rpartition(".")[0] for name in files if name.endswith((".md", ".html"))}
            stems = {Path(folder).name, *pages}
            found += [
                Path(folder, name)
                for name in sorted(files)
                if name.endswith(_ENDINGS) and name.partition(".")[0] in stems
            ]
        return found

    def is_post(self, path: Path) -> bool:
        """Return whether a file is content, and not a layout or data."""
        below = relative_path(path, self._input)
        if below is None or below.casefold() == "readme.md":
            return False
        return _LAYOUT_FOLDERS.isdisjoint(below.split("/")[:-1])

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, tags, authors and image of a post."""
        data = {**self._data_of(page.path.parent), **self._data_of_file(page.path)}
        tags = [each for values in (data.get("tags"), page.fields.get("tags")) for each in texts(values)]
        fields = {**data, **page.fields}
        permalink = fields.get("permalink")
        if permalink is False or fields.get("eleventyExcludeFromCollections") is True:
            return None
        published = self._site.date(fields.get("date")) or self._date_in_path(page.path)
        slug = self._slug(page.path)
        own: dict[str, Any] = {}
        # A tag of the folder's data, such as `posts`, names a collection.
        collections = set(texts(data.get("tags")))
        own_tags = [each for each in dict.fromkeys(tags) if each not in collections]
        if own_tags or "tags" in page.fields:
            own["tags"] = [
                *own_tags,
                *(each for each in texts(fields.get("categories")) if each not in own_tags),
            ]
        for values in (fields, *self._globals.values()):
            if people := find_people(values.get("authors") or values.get("author"), {}):
                own["authors"] = people
                break
        link = self._link(
            permalink, page.path, {**fields, "title": page.fields.get("title")}, published, slug
        )

        def image_address(address: str) -> str | None:
            # An image beside the post is relative to the address of the post, as it is for a browser.
            if link and not address.startswith("/") and (page.path.parent / address).is_file():
                return SiteAddress(link).file(address)
            return self._address.file(address)

        own |= image_fields(page.fields, image_address)
        for name in ("draft", "description", "lang"):
            if name in data and name not in page.fields:
                own[name] = data[name]
        fallbacks = {"published": published} if published else {}
        return Conventions(link, "permalink" in page.fields, slug or None, own, fallbacks)

    # Paths

    def _slug(self, path: Path) -> str:
        name = _without_date(path.stem)
        if name == "index":
            return _without_date(path.parent.name) if path.parent != self._input else ""
        return name

    def _stem_path(self, path: Path) -> str:
        below = relative_path(path.parent, self._input) or ""
        return "/".join(
            ["", *(each for each in below.split("/") if each not in ("", ".")), _without_date(path.stem)]
        )

    def _date_in_path(self, path: Path) -> datetime | None:
        match = re.search(r"\d{4}-\d{2}-\d{2}", relative_path(path, self._input) or path.name, re.ASCII)
        return self._site.date(match[0]) if match else None

    def _link(
        self, permalink: Any, path: Path, fields: Mapping[str, Any], published: datetime | None, slug: str
    ) -> str | None:
        if isinstance(permalink, str) and permalink.strip():
            values = {
                **self._globals,
                **fields,
                "page": {
                    "fileSlug": slug,
                    "filePathStem": self._stem_path(path),
                    "date": published,
                    "inputPath": f"./{relative_path(path, self._site.root) or path.name}",
                },
            }
            filled = _fill(permalink, values)
            if filled is None:
                self._site.report(
                    f"the permalink {permalink:.200} is not understood",
                    hint='write link = "..." for the source',
                )
                return None
            return self._address.page(re.sub(r"(?:^|(?<=/))index\.html$", "", filled.strip()))
        # The date stays in an address without a permalink.
        below = relative_path(path.parent, self._input) or ""
        parts = [each for each in below.split("/") if each not in ("", ".")]
        if path.stem != "index" and (not parts or parts[-1] != path.stem):
            parts.append(path.stem)
        return self._address.page("/".join((*parts, "")))

    # The data cascade

    def _data_of(self, folder: Path) -> dict[str, Any]:
        """Return the data of a folder and those above it, the nearest last."""
        found = self._folder_data.get(folder)
        if found is None:
            above = (
                self._data_of(folder.parent)
                if folder != self._input and folder.is_relative_to(self._input)
                else {}
            )
            found = {**above, **self._read_data(folder / folder.name)}
            self._folder_data[folder] = found
        return found

    def _data_of_file(self, path: Path) -> dict[str, Any]:
        return self._read_data(path.with_suffix(""))

    def _read_data(self, stem: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for ending in reversed(_ENDINGS):
            path = stem.with_name(f"{stem.name}{ending}")
            if ending.endswith("json"):
                if path.is_file():
                    data |= self._site.read_table(path)
            elif text := self._site.read_text(path):
                data |= _read_javascript(text)
        return data


def _argument(config: str, name: str) -> str | None:
    match = re.search(rf"""\b{name}\(\s*["'`]([^"'`\n]{{1,200}})["'`]""", config)
    return match[1] if match else None


def _without_date(name: str) -> str:
    match = _DATED.fullmatch(name)
    return match[1] if match else name


def _read_javascript(text: str) -> dict[str, Any]:
    text = without_comments(text)
    data: dict[str, Any] = {}
    permalink = read_text_value(text, "permalink")
    if permalink is None and (match := _PERMALINK_OF_FUNCTION.search(text)):
        permalink = re.sub(r"\$\{([^{}]{1,200})\}", r"{{\1}}", match[2])
    if permalink is not None:
        data["permalink"] = permalink
    elif re.search(r"\bpermalink\b", text):
        data["permalink"] = "{{ a function of the data file }}"
    if match := _LIST.search(text):
        data["tags"] = re.findall(r"[\"'`]([^\"'`]{1,100})[\"'`]", match[1] or match[2])
    return data


def _fill(permalink: str, values: Mapping[str, Any]) -> str | None:
    """Return a permalink with its expressions filled in; None if one of them is not understood."""
    if "{%" in permalink:
        return None
    parts: list[str] = []
    end = 0
    for match in _EXPRESSION.finditer(permalink):
        value = _evaluate(match[1], values)
        if value is None:
            return None
        parts += [permalink[end : match.start()], value]
        end = match.end()
    text = "".join((*parts, permalink[end:]))
    return None if "{{" in text or "${" in text else text


def _evaluate(expression: str, values: Mapping[str, Any]) -> str | None:
    name, *filters = (part.strip() for part in expression.split("|"))
    value = _value(name, values)
    for each in filters:
        value = _apply(each, value)
    if (
        isinstance(value, datetime | Mapping)
        or value is None
        or (isinstance(value, bool | Sequence) and not isinstance(value, str))
    ):
        return None
    return str(value)


def _value(name: str, values: Any) -> Any:
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        return name[1:-1]
    for part in name.removeprefix("data.").split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _apply(call: str, value: Any) -> Any:
    name, *arguments = re.split(r"[:(]\s*", call.rstrip(") "), maxsplit=1)
    argument = arguments[0].strip().strip("\"'") if arguments else ""
    if name in ("slug", "slugify") and isinstance(value, str):
        slug = ascii_slug(value)
        return slug if slug.isascii() else None
    if name == "date" and isinstance(value, datetime) and "%" in argument:
        return value.strftime(argument) if re.fullmatch(r"(?:[^%]|%[YmdyHMSjeb-])*", argument) else None
    if name in ("downcase", "lower") and isinstance(value, str):
        return value.lower()
    return value if name in ("safe", "url", "trim", "strip") else None
