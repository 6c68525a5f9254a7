"""Source kind `wordpress`: the posts of WordPress exports (WXR). Exports may be larger than memory."""

from __future__ import annotations

import mimetypes
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lxml import etree
from pydantic import Field

from ..errors import Where
from ..model import Problem
from ..model.feed import NonEmptyLines
from .character_references import RepairedFile
from .file_source import KnownFiles
from .files import Files
from .settings import FileSettings, SourceEnvironment
from .source import FileRead, RawRecord, Source, UnchangedFiles
from .streamed_files import read_streamed_files
from .wordpress_html import to_html
from .wordpress_shortcodes import Shortcodes

_PUBLIC_STATES = {"publish", "future"}
_NO_DATE = "0000-00-00 00:00:00"


class WordPressSettings(FileSettings):
    """`kind = "wordpress"`: WordPress exports."""

    kind: Literal["wordpress"]
    flavour: Literal["wordpress"] | None = Field(default=None, description="the same as the kind")
    types: NonEmptyLines = Field(default=("post",), description="for wordpress: which types of posts")

    def open(self, environment: SourceEnvironment) -> Source:
        files = self.many_records_files(environment.base)
        return WordPressSource(self.name, files, self.types, self.is_complete, environment.known_files)


@dataclass(frozen=True, slots=True)
class WordPressSource:
    """Published posts from WordPress exports.

    Attributes:
        types: of posts, such as `post` and `page`.
        complete: whether the exports hold every post, so that missing ones were withdrawn.
    """

    name: str
    files: Files
    types: Sequence[str] = ("post",)
    complete: bool = True
    known: KnownFiles | None = None

    def read(self) -> Iterator[RawRecord | Problem | FileRead | UnchangedFiles]:
        """Yield the published posts of all exports; see `Source`."""
        return read_streamed_files(self.files, lambda file: read_export(file.path, self.types), self.known)


def read_export(path: Path, types: Sequence[str] = ("post",)) -> Iterator[RawRecord | Problem]:
    """Yield the published posts of one export, in its order.

    The export is read twice: the files that a post refers to may follow it.

    Args:
        path: of a WXR file of any version.
        types: of posts.
    """
    where = Where(file=str(path))
    try:
        library = _Library.read(path)
        if library.is_repaired:
            yield Problem.at(where, "characters that XML does not allow were removed", severity="warning")
        if not library.is_export:
            yield Problem.at(
                where, "this is not a WordPress export", hint="make one in WordPress under Tools, Export"
            )
            return
        shortcodes = Shortcodes(library)
        not_public: Counter[str] = Counter()
        for item in _iterate(path, "item"):
            if item.text("post_type") not in types:
                continue
            state = "with a password" if item.text("post_password") else item.text("status")
            if state in _PUBLIC_STATES:
                yield _raw_record(item, library, shortcodes, path)
            else:
                not_public[state] += 1
    except etree.XMLSyntaxError as error:
        yield Problem.at(
            Where(file=str(path), line=error.lineno or None),
            f"the export is broken XML: {error.msg}",
            hint="the posts before this line were read; export again",
        )
        return
    except OSError as error:
        yield Problem.at(where, f"the file cannot be read: {error.strerror}", hint="let this user read it")
        return
    if not_public:
        states = ", ".join(f"{count} {state}" for state, count in sorted(not_public.items()))
        yield Problem.at(where, f"posts that are not public were left out: {states}", severity="note")
    if shortcodes.unknown:
        names = ", ".join(f"{count} [{name}]" for name, count in shortcodes.unknown.most_common(20))
        yield Problem.at(
            where,
            f"shortcodes of plugins were removed, and the text between them was kept: {names}",
            severity="note",
        )


class _Element:
    """A copied element. Its children are found by local name: the namespaces differ between versions."""

    def __init__(self, element: etree._Element) -> None:
        self.name = _local_name(element)
        self.own_text = (element.text or "").strip()
        self.line: int | None = element.sourceline  # type: ignore[assignment]  # the stubs know no type
        self._children = [
            (_local_name(child), _namespace(child), child) for child in element if isinstance(child.tag, str)
        ]

    def text(self, name: str, namespace: str = "") -> str:
        """Return the text of the first child of a name whose namespace contains a text."""
        for local_name, own_namespace, child in self._children:
            if local_name == name and namespace in own_namespace:
                return (child.text or "").strip()
        return ""

    def children(self, name: str) -> list[etree._Element]:
        return [child for local_name, _, child in self._children if local_name == name]

    def meta(self) -> dict[str, list[str]]:
        """Return the values of the custom fields."""
        values: dict[str, list[str]] = {}
        for each in self.children("postmeta"):
            pair = {_local_name(child): child.text or "" for child in each}
            values.setdefault(pair.get("meta_key", ""), []).append(pair.get("meta_value", "").strip())
        return values


@dataclass(slots=True)
class _Library:
    """What posts refer to: authors by login, files by the number of their post."""

    is_export: bool = False
    is_repaired: bool = False
    language: str = ""
    authors: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)

    def files_with(self, numbers: Sequence[str]) -> list[Mapping[str, str]]:
        """Return the files with these numbers that exist; see `MediaLibrary`."""
        return [self.files[each] for each in numbers if each in self.files]

    def attached_files(self, post: str) -> list[Mapping[str, str]]:
        """Return the files that were uploaded with a post; see `MediaLibrary`."""
        return self.files_with(self.attached.get(post, ()))

    @classmethod
    def read(cls, path: Path) -> _Library:
        library = cls()
        for item in _iterate(path, "item", "author", "wxr_version", "language", library=library):
            match item.name:
                case "wxr_version":
                    library.is_export = True
                case "language":
                    library.language = library.language or item.own_text
                case "author":
                    library._add_author(item)
                case _ if item.text("post_type") == "attachment":
                    library._add_file(item)
        return library

    def _add_author(self, item: _Element) -> None:
        login = item.text("author_login")
        full_name = f"{item.text('author_first_name')} {item.text('author_last_name')}".strip()
        if login:
            # The export has mail addresses too. They are not meant for publication.
            self.authors[login] = {"name": item.text("author_display_name") or full_name or login}

    def _add_file(self, item: _Element) -> None:
        url = item.text("attachment_url") or item.text("guid")
        number = item.text("post_id")
        alt = next(iter(item.meta().get("_wp_attachment_image_alt", ())), "")
        self.files[number] = {
            "url": url,
            "media_type": mimetypes.guess_type(url)[0] or "",
            "title": item.text("title"),
            "alt": alt,
            "caption": item.text("encoded", "/excerpt/"),
        }
        self.attached.setdefault(item.text("post_parent"), []).append(number)


def _iterate(path: Path, *names: str, library: _Library | None = None) -> Iterator[_Element]:
    with path.open("rb") as file:
        repaired = RepairedFile(file)
        yield from _parse(repaired, names)
        if library is not None:
            library.is_repaired = repaired.is_repaired


def _parse(file: RepairedFile, names: Iterable[str]) -> Iterator[_Element]:
    events = etree.iterparse(
        file,
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in events:
        parent = element.getparent()
        if parent is None or _local_name(parent) != "channel":
            continue
        yield _Element(element)
        # Free the memory of what was read.
        element.clear()
        while element.getprevious() is not None:
            del parent[0]


def _raw_record(item: _Element, library: _Library, shortcodes: Shortcodes, path: Path) -> RawRecord:
    meta = item.meta()
    number = item.text("post_id")
    terms = [each for each in item.children("category") if (each.text or "").strip()]
    categories = [(each.text or "").strip() for each in terms if each.get("domain") in ("category", None)]
    tags = [(each.text or "").strip() for each in terms if each.get("domain") in ("post_tag", "tag")]
    login = item.text("creator")
    guid = item.text("guid")
    fields: dict[str, Any] = {
        "id": guid,
        "title": item.text("title"),
        "link": item.text("link"),
        "slug": item.text("post_name"),
        "content_html": to_html(item.text("encoded", "/content/"), shortcodes, number),
        "summary": item.text("encoded", "/excerpt/"),
        "authors": [library.authors.get(login, {"name": login})] if login else None,
        "tags": list(dict.fromkeys([*categories, *tags])),
        "section": next(iter(categories), None),
        "categories": categories,
        "published": _date(item, "post_date"),
        "updated": _date(item, "post_modified"),
        "language": library.language,
        "image": _featured_image(meta, library),
        "attachments": [*_enclosures(meta), *_attached_files(number, library)],
    }
    extra = {
        "meta": {name: values[0] for name, values in meta.items()},
        "post_id": number,
        "post_type": item.text("post_type"),
    }
    where = Where(file=str(path), line=item.line, id=guid or number)
    present = {name: value for name, value in fields.items() if value}
    return RawRecord(present, where, guid or f"{path.name}#{number}", extra=extra)


def _date(item: _Element, name: str) -> str | None:
    utc = item.text(f"{name}_gmt")
    if utc and utc != _NO_DATE:
        return f"{utc.replace(' ', 'T')}+00:00"
    local = item.text(name)
    return local if local and local != _NO_DATE else None


def _featured_image(meta: dict[str, list[str]], library: _Library) -> dict[str, str] | None:
    file = library.files.get(next(iter(meta.get("_thumbnail_id", ())), ""))
    return {"url": file["url"], "alt": file["alt"]} if file and file["url"] else None


def _enclosures(meta: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the enclosures of a podcast. The value has three lines: URL, length, media type."""
    enclosures = []
    for value in meta.get("enclosure", ()):
        url, length, media_type, *_ = [*(line.strip() for line in value.splitlines()), "", "", ""]
        if url:
            size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
            enclosures.append({"url": url, "length": size, "type": media_type or None})
    return enclosures


def _attached_files(number: str, library: _Library) -> list[dict[str, Any]]:
    """Return the files that were uploaded with a post, without images: those are in its text."""
    return [
        {"url": file["url"], "title": file["title"]}
        for file in library.attached_files(number)
        if file["url"] and not file["media_type"].startswith("image/")
    ]


def _local_name(element: etree._Element) -> str:
    # Not etree.QName: it refuses names with a prefix that the document does not declare.
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2]


def _namespace(element: etree._Element) -> str:
    tag = str(element.tag)
    return tag[1 : tag.index("}")] if tag.startswith("{") else ""
