"""Jekyll: `_posts`, permalinks of `_config.yml`, categories, authors of `_data`.

The rules are those of Jekyll 4, https://jekyllrb.com/docs/permalinks/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .base import SiteFlavour
from .english_dates import DAYS, MONTHS
from .flavour import Conventions, Page
from .images import image_fields
from .people import find_people
from .site import Site, find_above, relative_path, table, texts
from .slugs import hyphenate, is_letter_mark_or_digit

CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_POST = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)", re.ASCII)
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_TOKEN = re.compile(r":([a-z_]+)")
_LIQUID = re.compile(r"\{\{-?([^{}]{1,500}?)-?\}\}|\{%-?\s*(post_url|link)\s+([^%{}]{1,500}?)\s*-?%\}")
_PRETTY = set("._~!$&'()+,;=@")


@dataclass(frozen=True, slots=True)
class _Post:
    """A post by its path below the root: `news/_posts/2019-05-06-x.md`."""

    collection: str
    path: str
    inner_path: str
    folders: tuple[str, ...]
    day: str | None
    name: str


class Jekyll(SiteFlavour):
    """The conventions of Jekyll."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the file that shows that a folder is a Jekyll site."""
        shown_by = next((folder / name for name in CONFIGS if (folder / name).is_file()), None)
        return shown_by or next((folder / name for name in ("_posts",) if (folder / name).is_dir()), None)

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are posts."""
        folder = "_posts" if (root / "_posts").is_dir() else "**/_posts"
        if next(root.glob(f"{folder}/"), None) is None:
            # A site without posts has collections.
            folder = "**/_*"
        return tuple(f"{folder}/**/*.{ending}" for ending in ("md", "markdown", "mkd", "html"))

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = find_above(start, CONFIGS) or _folder_of_posts(start)
        self._config = site.first_table(CONFIGS)
        url, base = self._config.get("url") or "", self._config.get("baseurl") or ""
        self._address = site.address(
            f"{url}{base}" if isinstance(url, str) and isinstance(base, str) else None
        )
        self._defaults = list(_read_defaults(self._config))
        self._collections = _read_collections(self._config)
        self._posts: dict[Path, _Post | None] = {}
        self._known_people = {**self._read_people(), **table(self._config.get("authors"))}

    def is_post(self, path: Path) -> bool:
        """Return whether a file is a post, or in a collection that has pages."""
        return self._post(path) is not None

    def prepare(self, path: Path, text: str) -> str:
        """Replace Liquid that names addresses, and the separator of excerpts."""
        del path
        separator = self._config.get("excerpt_separator")
        if isinstance(separator, str) and separator.strip() and separator.strip() != "<!--more-->":
            text = text.replace(separator.strip(), "<!--more-->", 1)
        if "{{" in text or "{%" in text:
            text = _LIQUID.sub(self._replace_liquid, text)
        return text

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, date, categories, authors and image of a post."""
        post = self._post(page.path)
        if post is None:
            return None
        defaults = self._default_values(post)
        fields = {**defaults, **page.fields}
        published = self._date(fields.get("date")) or self._date(post.day)
        slug_source = fields.get("slug")
        slug = str(slug_source) if isinstance(slug_source, str | int) else post.name
        categories = list(dict.fromkeys((*post.folders, *_words(fields, "category", "categories"))))
        template, has_own_link = self._template(page.fields, fields, post)
        own: dict[str, Any] = {}
        if published and isinstance(page.fields.get("date"), str | date | datetime):
            own["date"] = published
        # In this order, which is that of `NAMES`, so that categories are not lost beside tags.
        tags = list(dict.fromkeys((*_words(fields, "tag", "tags"), *categories)))
        if tags:
            own["tags"] = tags
        if authors := self._authors(fields):
            own["authors"] = authors
        own |= image_fields(fields, self._image_address)
        fallbacks: dict[str, Any] = {"title": _title_of(slug)}
        if published:
            fallbacks["published"] = published
        if categories:
            fallbacks["section"] = categories[0]
        if language := next(
            iter(texts(fields.get("lang") or self._config.get("lang") or self._config.get("locale"))), None
        ):
            fallbacks["language"] = language.replace("_", "-")
        for name in ("published", "draft", "description", "excerpt", "subtitle"):
            if name in defaults and name not in page.fields:
                own[name] = defaults[name]
        link = self._fill(template, post, published, slug, categories) if template else None
        return Conventions(link, has_own_link, slug, own, fallbacks)

    # The parts of the site

    def _post(self, path: Path) -> _Post | None:
        if path not in self._posts:
            self._posts[path] = self._read_path(path)
        return self._posts[path]

    def _read_path(self, path: Path) -> _Post | None:
        below = relative_path(path, self._site.root)
        if below is None:
            return None
        *folders, name = below.split("/")
        stem = name.rpartition(".")[0]
        if "_posts" in folders:
            at = folders.index("_posts")
            match = _POST.fullmatch(stem)
            if match is None:
                return None
            inner = "/".join((*folders[at + 1 :], match[2]))
            outer = tuple(each for each in folders[:at] if each != self._collections_folder)
            return _Post("posts", below, inner, outer, match[1], match[2])
        collection = next((each[1:] for each in folders if each.startswith("_")), None)
        if collection not in self._collections:
            return None
        at = folders.index(f"_{collection}")
        match = _POST.fullmatch(stem)
        inner = "/".join((*folders[at + 1 :], stem))
        return _Post(collection, below, inner, (), match[1] if match else None, match[2] if match else stem)

    @cached_property
    def _collections_folder(self) -> str:
        folder = self._config.get("collections_dir")
        return folder.strip("/") if isinstance(folder, str) else ""

    @cached_property
    def _zone(self) -> tzinfo:
        name = self._config.get("timezone")
        try:
            return ZoneInfo(name) if isinstance(name, str) else self._site.timezone
        except (ValueError, OSError, KeyError):
            self._site.report(f"there is no time zone {name}", hint="the time zone of [site] is used")
            return self._site.timezone

    def _date(self, value: Any) -> datetime | None:
        """Return a date in the site's time zone. A time without a zone is UTC for Ruby's YAML."""
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d?-\d\d?", value.strip()):
            year, month, day = value.strip().split("-")
            value = f"{year}-{month:0>2}-{day:0>2}"
            has_time = False
        else:
            has_time = isinstance(value, str | datetime)
        # A date without seconds is text for Ruby, which reads it as local time.
        is_timestamp = isinstance(value, datetime) or (
            isinstance(value, str)
            and re.match(r"\d{4}-\d\d?-\d\d?(?:[Tt]|\s+)\d\d?:\d\d:\d\d", value.strip())
        )
        moment = self._site.date(value, UTC if has_time and is_timestamp else self._zone)
        return moment.astimezone(self._zone) if moment else None

    def _default_values(self, post: _Post) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for path, kind, given in self._defaults:
            if kind in ("", post.collection) and _is_in_scope(post.path, path):
                values.update(given)
        return values

    def _template(
        self, own: Mapping[str, Any], fields: Mapping[str, Any], post: _Post
    ) -> tuple[str | None, bool]:
        permalink = own.get("permalink")
        if isinstance(permalink, str) and permalink.strip():
            return _STYLES.get(permalink, permalink), True
        for given in (fields.get("permalink"), self._collections.get(post.collection, {}).get("permalink")):
            if isinstance(given, str) and given:
                return _STYLES.get(given, given), False
        style = self._config.get("permalink")
        style = style if isinstance(style, str) and style else "date"
        if post.collection != "posts":
            template = _STYLES.get(style, style)
            ending = (
                "/" if template.endswith("/") else ":output_ext" if template.endswith(":output_ext") else ""
            )
            return f"/:collection/:path{ending}", False
        return _STYLES.get(style, style), False

    def _fill(
        self, template: str, post: _Post, published: datetime | None, slug: str, categories: Sequence[str]
    ) -> str | None:
        values = {
            "categories": "/".join(dict.fromkeys(each.lower() for each in categories)),
            "slugified_categories": "/".join(dict.fromkeys(map(_slugify, categories))),
            "title": hyphenate(slug, lambda each: each in _PRETTY or is_letter_mark_or_digit(each)),
            "slug": _slugify(slug),
            "name": _slugify(post.inner_path.rpartition("/")[2]),
            "basename": post.inner_path.rpartition("/")[2],
            "path": post.inner_path,
            "collection": post.collection,
            "output_ext": ".html",
            **(_date_tokens(published) if published else {}),
        }
        if missing := [each for each in _TOKEN.findall(template) if each not in values]:
            if published is None and missing[0] in _date_tokens(datetime(2000, 1, 1)):  # noqa: DTZ001 - names only
                return None
            self._site.report(
                f"the permalink {template} has :{missing[0]}, which is not known",
                hint='write link = "..." for the source',
            )
            return None
        path = _TOKEN.sub(lambda match: values[match[1]], template)
        return self._address.page(path.removesuffix("index.html") if path.endswith("/index.html") else path)

    def _authors(self, fields: Mapping[str, Any]) -> list[dict[str, str]]:
        for given in (fields.get("authors"), fields.get("author"), self._config.get("author")):
            if people := find_people(given, self._known_people):
                return people
        return []

    def _read_people(self) -> dict[str, Any]:
        folder = self._config.get("data_dir")
        data = folder if isinstance(folder, str) else "_data"
        return self._site.first_table([f"{data}/authors{ending}" for ending in (".yml", ".yaml", ".json")])

    def _image_address(self, address: str) -> str | None:
        prefix = self._address.path
        return self._address.file(
            address if address.startswith(f"{prefix}/") and prefix else address.lstrip("/")
        )

    # Liquid

    def _replace_liquid(self, match: re.Match[str]) -> str:
        if match[2]:
            return self._linked(match[3].strip()) or match[0]
        expression, *filters = (part.strip() for part in match[1].split("|"))
        value = self._liquid_value(expression)
        for each in filters:
            if value is None:
                break
            name, _, argument = (part.strip() for part in each.partition(":"))
            if name == "prepend":
                start = self._liquid_value(argument)
                value = None if start is None else start + value
            elif name == "append":
                end = self._liquid_value(argument)
                value = None if end is None else value + end
            elif name == "absolute_url":
                value = self._address.page(value) if "://" not in value else value
            elif name == "relative_url":
                value = f"{self._address.path}/{value.lstrip('/')}"
            elif name not in ("escape", "uri_escape", "strip", "xml_escape"):
                value = None
        return match[0] if value is None else value

    def _liquid_value(self, expression: str) -> str | None:
        if len(expression) > 1 and expression[0] == expression[-1] and expression[0] in "\"'":
            return expression[1:-1]
        base = (self._address.base or "").rstrip("/")
        if expression == "site.baseurl":
            return self._address.path
        if expression == "site.url":
            return base.removesuffix(self._address.path) if self._address.path else base
        return None

    def _linked(self, target: str) -> str | None:
        """Return the address of another page of the site, by its path or, for a post, by its name."""
        target = target.strip("\"'")
        names = [target] if "." in target else [f"{target}.md", f"{target}.markdown", f"{target}.html"]
        for name in names:
            for path in (self._site.root / name, self._site.root / "_posts" / name):
                if (post := self._post(path)) and path.is_file():
                    return self._link_of(path, post)
        return None

    def _link_of(self, path: Path, post: _Post) -> str | None:
        del post
        from ..front_matter import FrontMatterError, split_front_matter

        text = self._site.read_text(path)
        if text is None:
            return None
        try:
            fields = split_front_matter(text).fields
        except FrontMatterError:
            return None
        found = self.conventions(Page(path, fields))
        return found.link if found else None


def _folder_of_posts(start: Path) -> Path:
    for folder in (start, *start.parents):
        if folder.name == "_posts":
            return folder.parent
    return start


def _read_defaults(config: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, type and values of each scope, the least specific first."""
    given = config.get("defaults")
    scopes = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    found = []
    for each in scopes:
        scope = table(each, "scope")
        path, kind = scope.get("path") or "", scope.get("type") or ""
        if isinstance(path, str) and isinstance(kind, str):
            kind = {"post": "posts", "page": "pages", "draft": "drafts"}.get(kind, kind)
            found.append((path.strip("/"), kind, table(each, "values")))
    return iter(sorted(found, key=lambda each: (len(each[0]), bool(each[1]))))


def _read_collections(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the collections whose files become pages, and that of the posts."""
    given = table(config.get("collections"))
    shown = {name: table(value) for name, value in given.items() if table(value).get("output") is True}
    return {"posts": table(given.get("posts")), **shown}


def _is_in_scope(path: str, scope: str) -> bool:
    if not scope:
        return True
    parts, wanted = path.split("/"), scope.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatchcase, parts, wanted))


def _words(fields: Mapping[str, Any], singular: str, plural: str) -> list[str]:
    """Return the values of a taxonomy. In the plural, text is a list of words."""
    if one := texts(fields.get(singular)):
        return one
    many = fields.get(plural)
    return (
        many.split()
        if isinstance(many, str) and "," not in many
        else [
            each
            for text in texts(many)
            for each in ([part.strip() for part in text.split(",")] if isinstance(many, str) else [text])
            if each
        ]
    )


def _slugify(text: str) -> str:
    return hyphenate(text, is_letter_mark_or_digit).lower()


def _title_of(slug: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in slug.replace("_", "-").split("-") if word) or slug


def _date_tokens(day: datetime) -> dict[str, str]:
    iso_year, iso_week, weekday = day.isocalendar()
    month, name = MONTHS[day.month - 1], DAYS[weekday - 1]
    return {
        "year": f"{day.year:04}",
        "short_year": f"{day.year % 100:02}",
        "month": f"{day.month:02}",
        "i_month": str(day.month),
        "short_month": month[:3],
        "long_month": month,
        "day": f"{day.day:02}",
        "i_day": str(day.day),
        "y_day": f"{(day.replace(tzinfo=None) - datetime(day.year, 1, 1)) // timedelta(days=1) + 1:03}",  # noqa: DTZ001
        "w_year": str(iso_year),
        "week": f"{iso_week:02}",
        "w_day": str(weekday),
        "short_day": name[:3],
        "long_day": name,
        "hour": f"{day.hour:02}",
        "minute": f"{day.minute:02}",
        "second": f"{day.second:02}",
    }
