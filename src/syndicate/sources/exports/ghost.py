"""Source kind `ghost`: the posts of Ghost exports (JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import Field

from ...errors import Where
from ...model import Problem
from ...model.feed import NonEmptyLines
from ..files import TextFile
from ..settings import FileSettings, SourceEnvironment
from ..source import RawRecord, Source
from .ghost_documents import lexical_to_html, mobiledoc_to_html
from .settings import describe_hidden

_PUBLIC_STATES = {"published", "scheduled"}
_URL_MARK = "__GHOST_URL__"
_WRONG_FILE = "this is not a Ghost export"
_HINT = "make one in Ghost under Settings, Export"


class GhostSettings(FileSettings):
    """`kind = "ghost"`: Ghost exports."""

    kind: Literal["ghost"]
    flavour: Literal["ghost"] | None = Field(default=None, description="the same as the kind")
    types: NonEmptyLines = Field(default=("post",), description="for ghost: post, page or both")

    def open(self, environment: SourceEnvironment) -> Source:
        read = partial(
            read_ghost, home=environment.home, types=self.types, has_link_template=self.link is not None
        )
        return self.file_source(self.many_records_files(environment.base), read, environment)


def read_ghost(
    file: TextFile,
    *,
    home: str | None = None,
    types: tuple[str, ...] = ("post",),
    has_link_template: bool = False,
) -> Iterator[RawRecord | Problem]:
    """Yield the public posts of an export. What only members may read is left out.

    Args:
        home: the address of the site; an export does not have it.
        types: `post`, `page`.
        has_link_template: whether the config makes the links.
    """
    try:
        document = json.loads(file.text)
    except (ValueError, RecursionError) as error:
        yield Problem.at(file.where, f"the export is broken JSON: {error}", hint=_HINT)
        return
    data = _data(document)
    if data is None:
        yield Problem.at(file.where, _WRONG_FILE, hint=_HINT)
        return
    library = _Library.of(data)
    hidden: Counter[str] = Counter()
    for number, post in enumerate(_rows(data, "posts"), 1):
        where = replace(file.where, id=str(post.get("slug") or f"#{number}"))
        if _type(post) not in types:
            continue
        if state := _hidden_state(post):
            hidden[state] += 1
            continue
        yield _raw_record(post, library, where, home, has_link_template)
    yield from describe_hidden(hidden, file.where)


def _data(document: Any) -> Mapping[str, Any] | None:
    if isinstance(document, Mapping):
        databases = document.get("db")
        if isinstance(databases, list) and databases and isinstance(databases[0], Mapping):
            document = databases[0]
        data = document.get("data")
        if isinstance(data, Mapping) and isinstance(data.get("posts"), list):
            return data
    return None


def _rows(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name)
    return [each for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []


@dataclass(frozen=True, slots=True)
class _Library:
    """What posts refer to, by the number of the post."""

    tags: Mapping[str, list[str]]
    authors: Mapping[str, list[dict[str, str]]]
    users: Mapping[str, dict[str, str]]
    meta: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> _Library:
        # An internal tag begins with # and is not shown.
        tags = {
            str(each.get("id")): str(each.get("name"))
            for each in _rows(data, "tags")
            if each.get("name")
            and each.get("visibility") != "internal"
            and not str(each["name"]).startswith("#")
        }
        # The export has mail addresses too. They are not meant for publication.
        users = {str(each.get("id")): _person(each) for each in _rows(data, "users") if each.get("name")}
        return cls(
            _joined(_rows(data, "posts_tags"), "tag_id", tags),
            _joined(_rows(data, "posts_authors"), "author_id", users),
            users,
            {str(each.get("post_id")): each for each in _rows(data, "posts_meta")},
        )


def _person(user: Mapping[str, Any]) -> dict[str, str]:
    website = user.get("website")
    name = {"name": str(user["name"])}
    return {**name, "url": website} if isinstance(website, str) and website.startswith("http") else name


def _joined(rows: list[Mapping[str, Any]], name: str, values: Mapping[Any, Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in sorted(rows, key=_order):
        if (value := values.get(str(row.get(name)))) is not None:
            found.setdefault(str(row.get("post_id")), []).append(value)
    return found


def _order(row: Mapping[str, Any]) -> int:
    order = row.get("sort_order")
    return order if isinstance(order, int) else 0


def _type(post: Mapping[str, Any]) -> str:
    kind = post.get("type")
    return kind if isinstance(kind, str) else "page" if post.get("page") else "post"


def _hidden_state(post: Mapping[str, Any]) -> str | None:
    status = str(post.get("status") or "published")
    if status not in _PUBLIC_STATES:
        return "only mailed" if status == "sent" else status
    visibility = str(post.get("visibility") or "public")
    return None if visibility == "public" else f"for {visibility}"


def _raw_record(
    post: Mapping[str, Any], library: _Library, where: Where, home: str | None, has_link_template: bool
) -> RawRecord:
    number, slug = str(post.get("id")), post.get("slug")
    meta = library.meta.get(number, {})
    image = post.get("feature_image") or post.get("image")
    alt = post.get("feature_image_alt") or meta.get("feature_image_alt")
    authors = library.authors.get(number) or [
        library.users[each] for each in (str(post.get("author_id")),) if each in library.users
    ]
    tags = library.tags.get(number, [])
    fields: dict[str, Any] = {
        "id": post.get("id"),
        "title": post.get("title"),
        "slug": slug,
        "link": urljoin(home, f"{slug}/") if home and slug and not has_link_template else None,
        "canonical": post.get("canonical_url") or meta.get("canonical_url"),
        "content_html": _html(post),
        "summary": post.get("custom_excerpt") or post.get("meta_description") or meta.get("meta_description"),
        "authors": authors,
        "tags": tags,
        "section": next(iter(tags), None),
        "language": post.get("locale") or post.get("language"),
        "published": _moment(post.get("published_at") or post.get("created_at")),
        "updated": _moment(post.get("updated_at")),
        "image": {"url": image, **({"alt": alt} if alt else {})} if image else None,
        "featured": post.get("featured"),
        "uuid": post.get("uuid"),
    }
    present = {name: _with_home(value, home) for name, value in fields.items() if value}
    key = str(post.get("uuid") or post.get("id") or slug)
    return RawRecord(present, where, key, plain_fields=("title",))


def _html(post: Mapping[str, Any]) -> str | None:
    for name, convert in (("html", None), ("lexical", lexical_to_html), ("mobiledoc", mobiledoc_to_html)):
        text = post.get(name)
        if isinstance(text, str) and text.strip():
            html = convert(text) if convert else text
            if html:
                return html
    return None


def _with_home(value: Any, home: str | None) -> Any:
    """Return a value with the address of the site in place of Ghost's mark for it."""
    if isinstance(value, str):
        return value.replace(_URL_MARK, (home or "").rstrip("/")) if _URL_MARK in value else value
    if isinstance(value, Mapping):
        return {name: _with_home(each, home) for name, each in value.items()}
    return value


def _moment(value: Any) -> Any:
    """Return a date as the records module reads it: old exports have milliseconds, all are UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value
