"""Hugo: permalinks, page bundles, languages, images.

The rules are those of Hugo 0.168: https://gohugo.io/configuration/permalinks/ and
https://gohugo.io/content-management/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..front_matter import FrontMatterError, split_front_matter
from .base import SiteFlavour, existing_folders
from .flavour import Conventions, Page
from .hugo_config import find_config, lower_names, read_config
from .hugo_permalinks import Permalink, PermalinkError, name_in_path, sanitize_path
from .images import read_front_image
from .people import find_people
from .site import Site, SiteAddress, find_above, folders_above, relative_path, table, texts

_CONTENT_ENDINGS = {".md", ".markdown", ".mdown", ".html", ".htm", ".adoc", ".rst", ".org", ".pandoc"}
_REFERENCE = re.compile(
    r"\{\{[<%]\s*(rel)?ref\s+(?:path=)?[\"']?([^\s\"'<>%{}]{1,500})[\"']?[^<>%{}]{0,100}[>%]\}\}"
)
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif")
# Hugo's own templates take the first of these from a bundle.
_BUNDLE_IMAGES = ("feature", "cover", "thumbnail")
_DATES = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")


@dataclass(frozen=True, slots=True)
class _Content:
    """A file of content.

    Attributes:
        folders: below the folder of content; for a bundle without its own.
        name: without ending and language; of a bundle, its folder's.
        language: a key of the configuration.
        bundle: the folder of a page bundle.
    """

    folders: tuple[str, ...]
    name: str
    language: str
    bundle: Path | None


class Hugo(SiteFlavour):
    """The conventions of Hugo."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is a Hugo site."""
        return find_config(folder)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are pages."""
        return existing_folders(root, ("content",), ("md", "markdown", "html"))

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = next((each for each in folders_above(start) if find_config(each)), None) or (
            find_above(start, ("content", "archetypes")) or start
        )
        self._config = read_config(site)
        self._languages = {name: table(each) for name, each in table(self._config.get("languages")).items()}
        default = self._config.get("defaultcontentlanguage")
        self._default_language = default.lower() if isinstance(default, str) and default else "en"
        self._base = site.address(self._config.get("baseurl"))
        self._addresses: dict[str, SiteAddress] = {}
        self._permalinks = self._read_permalinks()
        self._bundles: dict[Path, bool] = {}
        self._sections: dict[Path, bool] = {}
        self._people = self._read_people()
        self._index: dict[str, Path] | None = None

    def is_post(self, path: Path) -> bool:
        """Return whether a file is a regular page: neither the page of a section nor a part of a bundle."""
        content = self._content(path)
        if content is None or path.name.startswith("_index."):
            return False
        if content.bundle is not None:
            return bool(content.name) and not self._is_in_bundle(path.parent.parent)
        return not self._is_in_bundle(path.parent)

    def prepare(self, path: Path, text: str) -> str:
        """Replace references to other pages by their addresses."""
        if "ref " not in text or "{{" not in text:
            return text
        return _REFERENCE.sub(lambda match: self._reference(path, match[2]) or match[0], text)

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, language, translations, taxonomies, authors and image of a page."""
        content = self._content(page.path)
        fields = lower_names(dict(page.fields))
        if content is None or _is_hidden(fields):
            return None
        published, slug = self._date_and_slug(fields, page.path, content)
        permalink = self._permalink(content, fields, published, slug)
        address = self._address(content.language)
        link = self._link(content, fields, permalink)
        fallbacks: dict[str, Any] = {"language": self._language_tag(content.language)}
        # Hugo does not distinguish `Title` from `title`.
        own: dict[str, Any] = {name: value for name, value in fields.items() if name not in page.fields}
        if published:
            fallbacks["published"] = published
        tags, categories = self._terms(fields, "tag"), self._terms(fields, "category")
        if tags or categories:
            own["tags"] = list(dict.fromkeys((*tags, *categories)))
        if categories:
            fallbacks["section"] = categories[0]
        if authors := self._authors(fields):
            own["authors"] = authors
        if link:
            resolve = _ImageAddress(address, content.bundle, link)
            if image := read_front_image(page.fields, resolve):
                own["image"] = image
            elif bundle_image := resolve.of_bundle():
                fallbacks["image"] = bundle_image
        if alternates := self._alternates(page.path, content):
            fallbacks["alternates"] = alternates
        return Conventions(link, "url" in fields, slug or content.name, own, fallbacks)

    # Files

    @cached_property
    def _folders(self) -> list[tuple[Path, str]]:
        """The folders of content with their languages, the innermost first."""
        main = self._config.get("contentdir")
        content = main if isinstance(main, str) and main else "content"
        if not self._config and not (self._site.root / content).is_dir():
            # Some keep the content in a repository of its own.
            content = "."
        found = [
            (self._site.root / each["contentdir"], name)
            for name, each in self._languages.items()
            if isinstance(each.get("contentdir"), str)
        ]
        if self._default_language not in (name for _, name in found):
            found.append((self._site.root / content, self._default_language))
        mounts = table(self._config.get("module")).get("mounts")
        for each in mounts if isinstance(mounts, list) else ():
            source, target = table(each).get("source"), table(each).get("target")
            if isinstance(source, str) and target == "content":
                language = table(each).get("lang")
                found.append((self._site.root / source, str(language or self._default_language).lower()))
        return sorted(found, key=lambda each: len(each[0].parts), reverse=True)

    def _content(self, path: Path) -> _Content | None:
        for folder, language in self._folders:
            below = relative_path(path, folder)
            if below is not None and path.suffix in _CONTENT_ENDINGS:
                *folders, name = below.split("/")
                stem, _, ending = name.rpartition(".")[0].rpartition(".")
                if stem and ending.lower() in self._languages:
                    language = ending.lower()
                else:
                    stem = name.rpartition(".")[0]
                if stem == "index":
                    return _Content(
                        tuple(folders[:-1]), folders[-1] if folders else "", language, path.parent
                    )
                return _Content(tuple(folders), stem, language, None)
        return None

    def _is_in_bundle(self, folder: Path) -> bool:
        """Return whether a folder, or one above, is a page bundle, whose other files are its resources."""
        found = self._bundles.get(folder)
        if found is None:
            if any(folder == root for root, _ in self._folders) or folder == folder.parent:
                found = False
            else:
                names = ["index", *(f"index.{language}" for language in self._languages)]
                endings = (".md", ".html", ".markdown")
                found = any((folder / f"{name}{ending}").exists() for name in names for ending in endings)
                found = found or self._is_in_bundle(folder.parent)
            self._bundles[folder] = found
        return found

    def _is_section(self, folder: Path) -> bool:
        found = self._sections.get(folder)
        if found is None:
            names = ["_index", *(f"_index.{language}" for language in self._languages)]
            found = self._sections[folder] = any(
                (folder / f"{name}{ending}").exists() for name in names for ending in (".md", ".html")
            )
        return found

    def _section_names(self, content: _Content) -> tuple[str, ...]:
        """Return the sections that a page is in: the first folder, and those with a page of their own."""
        root = next(folder for folder, _ in self._folders if (folder / "/".join(content.folders)).is_dir())
        for count in range(len(content.folders), 1, -1):
            if self._is_section(root.joinpath(*content.folders[:count])):
                return content.folders[:count]
        return content.folders[:1]

    # Links

    def _read_permalinks(self) -> dict[str, Permalink]:
        given = table(self._config.get("permalinks"))
        patterns = {**given, **table(given.get("page"))}
        found = {}
        for section, pattern in patterns.items():
            if isinstance(pattern, str):
                try:
                    found[section] = Permalink(pattern, self._keeps_case)
                except PermalinkError as error:
                    self._site.report(str(error), hint='write link = "..." for the source')
        return found

    @property
    def _keeps_case(self) -> bool:
        return self._config.get("disablepathtolower") is True

    def _address(self, language: str) -> SiteAddress:
        """Return the address that pages of a language are below."""
        if language not in self._addresses:
            own = self._languages.get(language, {}).get("baseurl")
            if isinstance(own, str) and "://" in own:
                address = SiteAddress(own if own.endswith("/") else f"{own}/")
            elif self._has_own_folder(language):
                address = SiteAddress(self._base.page(f"{language}/"))
            else:
                address = self._base
            self._addresses[language] = address
        return self._addresses[language]

    def _has_own_folder(self, language: str) -> bool:
        if len(self._languages) < 2 and self._config.get("defaultcontentlanguageinsubdir") is not True:
            return False
        if language != self._default_language:
            return True
        return self._config.get("defaultcontentlanguageinsubdir") is True

    def _permalink(
        self, content: _Content, fields: Mapping[str, Any], published: datetime | None, slug: str | None
    ) -> str:
        """Return the path of a page below the address of its language."""
        name = slug or content.name
        section = content.folders[0].lower() if content.folders else ""
        pattern = self._permalinks.get(section) if section else self._permalinks.get("/")
        own = fields.get("url")
        if isinstance(own, str) and ":" in own and "://" not in own:
            try:
                pattern = Permalink(own, self._keeps_case, is_literal=True)
            except PermalinkError as error:
                self._site.report(str(error), hint="correct url")
        elif isinstance(own, str) and own:
            return own
        if pattern is None:
            folders = map(name_in_path, content.folders)
            last = slug or name_in_path(name)
            return sanitize_path("/".join((*folders, last)), keeps_case=self._keeps_case)
        title = fields.get("title")
        return pattern.fill(
            published=published,
            title=title if isinstance(title, str) else "",
            slug=slug or "",
            name=content.name,
            sections=self._section_names(content) if content.folders else (),
        )

    def _link(self, content: _Content, fields: Mapping[str, Any], path: str) -> str | None:
        if "://" in path:
            return path
        address = self._address(content.language)
        if isinstance(fields.get("url"), str) and path.startswith("/"):
            # Below the site's address, without the language.
            address = (
                self._base
                if "://" not in str(self._languages.get(content.language, {}).get("baseurl"))
                else address
            )
        if "url" in fields and not path.endswith("/") and "." in path.rpartition("/")[2]:
            return address.page(path.removesuffix("index.html"))
        ugly = self._config.get("uglyurls")
        if isinstance(ugly, Mapping):
            ugly = ugly.get(content.folders[0].lower()) if content.folders else False
        if ugly is True and "url" not in fields:
            return address.page(f"{path.rstrip('/')}.html")
        return address.page(f"{path.rstrip('/')}/")

    def _reference(self, page: Path, target: str) -> str | None:
        """Return the address of another page as `ref` finds it: by its path, or by its unique name."""
        target, _, anchor = target.partition("#")
        if not target:
            return f"#{anchor}"
        found = self._find_page(page, target)
        content = self._content(found) if found else None
        if found is None or content is None:
            return None
        link = self._link_of(found, content)
        return f"{link}#{anchor}" if link and anchor else link

    def _find_page(self, page: Path, target: str) -> Path | None:
        if self._index is None:
            self._index = self._make_index()
        name = re.sub(r"(?:/?_?index)?\.(?:md|html)$", "", target.strip("/")).lower()
        if not target.startswith("/"):
            for folder, _ in self._folders:
                below = relative_path(page.parent, folder)
                for start in (below, below.rpartition("/")[0] if below else None):
                    if start is not None and (
                        found := self._index.get(f"{start}/{name}".lower().lstrip("./"))
                    ):
                        return found
        return self._index.get(name)

    def _make_index(self) -> dict[str, Path]:
        by_path: dict[str, Path] = {}
        by_name: dict[str, Path | None] = {}
        folder = self._folders[-1][0]
        for path in sorted(folder.rglob("*.md")):
            content = self._content(path)
            if content is None or content.language != self._default_language:
                continue
            by_path.setdefault("/".join((*content.folders, content.name)).lower(), path)
            by_name[content.name.lower()] = None if content.name.lower() in by_name else path
        return {**{name: path for name, path in by_name.items() if path}, **by_path}

    def _link_of(self, path: Path, content: _Content) -> str | None:
        try:
            text = path.read_text(encoding="utf-8-sig")[:200_000]
            fields = lower_names(split_front_matter(text).fields)
        except (OSError, UnicodeDecodeError, FrontMatterError):
            return None
        if _is_hidden(fields) or fields.get("draft") is True:
            return None
        published, slug = self._date_and_slug(fields, path, content)
        return self._link(content, fields, self._permalink(content, fields, published, slug))

    # Fields

    @cached_property
    def _zone(self) -> tzinfo:
        name = self._config.get("timezone")
        try:
            return ZoneInfo(name) if isinstance(name, str) and name else self._site.timezone
        except (ValueError, OSError, KeyError):
            return self._site.timezone

    def _date_and_slug(
        self, fields: Mapping[str, Any], path: Path, content: _Content
    ) -> tuple[datetime | None, str | None]:
        slug = fields.get("slug")
        slug = str(slug) if isinstance(slug, str | int) and slug != "" else None
        given = table(self._config.get("frontmatter")).get("date")
        order = [str(each).lower() for each in given] if isinstance(given, list) else [":default"]
        for name in order:
            if name == ":filename":
                day, rest = _split_name(content.name)
                if day and (moment := self._site.date(day, self._zone)):
                    return moment, slug or rest or None
                continue
            for each in _DATES if name == ":default" else (name,):
                if moment := self._site.date(fields.get(each), self._zone):
                    return moment, slug
        del path
        return None, slug

    def _language_tag(self, language: str) -> str:
        own = self._languages.get(language, {})
        code = own.get("locale") or own.get("languagecode")
        if not code and language == self._default_language:
            code = self._config.get("locale") or self._config.get("languagecode")
        return str(code or language).replace("_", "-")

    def _terms(self, fields: Mapping[str, Any], singular: str) -> list[str]:
        plural = table(self._config.get("taxonomies")).get(singular)
        name = plural if isinstance(plural, str) else {"tag": "tags", "category": "categories"}[singular]
        value = fields.get(name.lower())
        # Hugo reads a text with commas as one term.
        return texts(value)

    def _authors(self, fields: Mapping[str, Any]) -> list[Any]:
        known = self._people
        for name in ("authors", "author"):
            if people := find_people(fields.get(name), known):
                return people
        for place in (table(self._config.get("params")), self._config):
            if people := find_people(place.get("author"), known):
                return people
        return []

    def _read_people(self) -> dict[str, Any]:
        people: dict[str, Any] = {}
        data = self._site.root / "data"
        for ending in (".toml", ".yaml", ".yml", ".json"):
            for name in ("authors", "author"):
                people |= self._site.read_table(data / f"{name}{ending}")
                for path in sorted((data / name).glob(f"*{ending}")):
                    people[path.stem] = self._site.read_table(path)
        return people

    def _alternates(self, path: Path, content: _Content) -> list[dict[str, Any]]:
        found = []
        for language, other in self._translations(path, content):
            other_content = self._content(other)
            link = self._link_of(other, other_content) if other_content else None
            if link:
                found.append({"url": link, "language": self._language_tag(language)})
        return found

    def _translations(self, path: Path, content: _Content) -> Iterator[tuple[str, Path]]:
        if len(self._languages) < 2:
            return
        stem = "index" if content.bundle else content.name
        own = next((folder for folder, _ in self._folders if path.is_relative_to(folder)), path.parent)
        below = path.parent.relative_to(own)
        by_language = {language: folder for folder, language in self._folders}
        for language in self._languages:
            if language == content.language:
                continue
            names = [path.parent / f"{stem}.{language}{path.suffix}"]
            if language == self._default_language:
                names.append(path.parent / f"{stem}{path.suffix}")
            if language in by_language and by_language[language] != own:
                names.append(by_language[language] / below / f"{stem}{path.suffix}")
            for name in names:
                if name != path and name.is_file():
                    yield language, name
                    break


class _ImageAddress:
    """Returns the addresses of the images that a page names: those of its bundle, or of the site."""

    def __init__(self, address: SiteAddress, bundle: Path | None, link: str) -> None:
        self._address = address
        self._bundle = bundle
        self._link = link

    def __call__(self, name: str) -> str | None:
        if self._bundle is not None and not name.startswith("/") and (self._bundle / name).is_file():
            return SiteAddress(self._link).file(name)
        return self._address.file(name)

    def of_bundle(self) -> str | None:
        """Return the address of the image that shows by its name that it stands for the bundle."""
        if self._bundle is None:
            return None
        try:
            names = sorted(
                each.name for each in self._bundle.iterdir() if each.suffix.lower() in _IMAGE_ENDINGS
            )
        except OSError:
            return None
        for part in _BUNDLE_IMAGES:
            for name in names:
                if part in name.lower():
                    return SiteAddress(self._link).file(name)
        return None


def _is_hidden(fields: Mapping[str, Any]) -> bool:
    build = {**table(fields.get("_build")), **table(fields.get("build"))}
    return (
        fields.get("headless") is True
        or build.get("render") in ("never", False, "link")
        or build.get("list") in ("never", False)
    )


def _split_name(name: str) -> tuple[date | None, str]:
    try:
        return date.fromisoformat(name[:10]), name[10:].strip(" -_")
    except ValueError:
        return None, ""
