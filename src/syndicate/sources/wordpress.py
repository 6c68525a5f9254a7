"""WordPress exports (WXR files), read item by item: they may be larger than memory."""

from __future__ import annotations

import mimetypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from ..errors import Where
from ..model import Problem
from .files import Files
from .references import repair_references
from .source import RawRecord

_PUBLIC = {"publish", "future"}
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
# A reference that is longer than this is none that anybody has written.
_LONGEST = 32
_ZERO = "0000-00-00 00:00:00"
# Blocks that stand by themselves, as the editor without blocks knew them.
_BLOCK = re.compile(
    r"<(?:address|article|aside|blockquote|dd|div|dl|dt|fieldset|figcaption|figure|footer|h[1-6]|header|hr|li|"
    r"main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul|audio|video|script|style|iframe)\b|</",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"<(pre|script|style|table)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CAPTION = re.compile(
    r"\[(?:wp_)?caption\b[^\]]*\](.*?(?:<img[^>]*>(?:\s*</a>)?))(.*?)\[/(?:wp_)?caption\]", re.DOTALL
)
_EMBED = re.compile(r"\[embed\b[^\]]*\]\s*(https?://[^\s\[\]<>\"]+)\s*\[/embed\]")
_MEDIA = re.compile(
    r"\[(audio|video)\b[^\]]*?\b(?:src|mp3|m4a|ogg|wav|mp4|webm)=[\"'](https?://[^\"'<>]+)[\"'][^\]]*\]"
)
_REST = re.compile(r"\[/?(?:gallery|playlist|audio|video|embed)\b[^\]]*\]")


@dataclass(frozen=True, slots=True)
class WordPressSource:
    """Published posts from WordPress exports.

    Attributes:
        name: what reports and the store call it.
        files: the exports.
        types: of posts, such as `post` and `page`.
        complete: whether the exports hold everything, so that what is missing was withdrawn.
    """

    name: str
    files: Files
    types: Sequence[str] = ("post",)
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        """Every published post of every export; see `Source`."""
        for found in self.files.paths():
            if isinstance(found, Problem):
                yield found
            else:
                yield from read_export(found[0], self.types)


def read_export(path: Path, types: Sequence[str] = ("post",)) -> Iterator[RawRecord | Problem]:
    """The published posts of one export, in its order.

    It is read twice: the files that posts refer to may come after them.

    Args:
        path: of a WXR file, of any version.
        types: of posts.
    """
    where = Where(file=str(path))
    try:
        library = _Library.of(path)
        if library.mended:
            yield Problem.at(where, "characters that no XML may hold were taken out", severity="warning")
        if not library.export:
            yield Problem.at(where, "not a WordPress export", hint="make one under Tools, Export")
            return
        left: Counter[str] = Counter()
        for item in _elements(path, "item"):
            if item.text("post_type") not in types:
                continue
            state = "with a password" if item.text("post_password") else item.text("status")
            if state in _PUBLIC:
                yield _record(item, library, path)
            else:
                left[state] += 1
    except etree.XMLSyntaxError as error:
        yield Problem.at(
            Where(file=str(path), line=error.lineno or None),
            f"the export is broken XML: {error.msg}",
            hint="the posts before it were taken; export again",
        )
        return
    except OSError as error:
        yield Problem.at(
            where, f"the file cannot be read: {error.strerror}", hint="give this user the right to"
        )
        return
    if left:
        states = ", ".join(f"{count} {state}" for state, count in sorted(left.items()))
        yield Problem.at(where, f"left out, for they are not public: {states}", severity="note")


class _Item:
    """One element, with its children by local name: the namespaces differ between versions."""

    def __init__(self, element: etree._Element) -> None:
        self.line: int | None = element.sourceline  # type: ignore[assignment]  # the stubs know no type
        self.children = [
            (_local(child), _space(child), child) for child in element if isinstance(child.tag, str)
        ]

    def text(self, name: str, space: str = "") -> str:
        for local, namespace, child in self.children:
            if local == name and space in namespace:
                return (child.text or "").strip()
        return ""

    def all(self, name: str) -> list[etree._Element]:
        return [child for local, _, child in self.children if local == name]

    def meta(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.all("postmeta"):
            pair = {_local(child): child.text or "" for child in each}
            found.setdefault(pair.get("meta_key", ""), []).append(pair.get("meta_value", "").strip())
        return found


@dataclass(slots=True)
class _Library:
    """What posts refer to: people by login, files by number."""

    export: bool = False
    mended: bool = False
    language: str = ""
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> _Library:
        found = cls()
        for item in _elements(path, "item", "author", "wxr_version", "language", library=found):
            match item.name:
                case "wxr_version":
                    found.export = True
                case "language":
                    found.language = found.language or item.own
                case "author":
                    found._meet(item)
                case _ if item.text("post_type") == "attachment":
                    found._file(item)
        return found

    def _meet(self, item: _Element) -> None:
        login = item.text("author_login")
        whole = f"{item.text('author_first_name')} {item.text('author_last_name')}".strip()
        if login:
            # Addresses of people are not for feeds; the export has them for whoever imports it.
            self.people[login] = {"name": item.text("author_display_name") or whole or login}

    def _file(self, item: _Element) -> None:
        url = item.text("attachment_url") or item.text("guid")
        number = item.text("post_id")
        alt = next(iter(item.meta().get("_wp_attachment_image_alt", ())), "")
        self.files[number] = {"url": url, "title": item.text("title"), "alt": alt}
        self.below.setdefault(item.text("post_parent"), []).append(number)


class _Element(_Item):
    """An item with the name and the text of its own element."""

    def __init__(self, element: etree._Element) -> None:
        super().__init__(element)
        self.name = _local(element)
        self.own = (element.text or "").strip()


class _Clean:
    """A file without the illegal characters, and references to them, that WordPress lets into its exports.

    Source: XML 1.0, section 2.2.
    """

    def __init__(self, file: BinaryIO, library: _Library | None) -> None:
        self._file = file
        self._library = library
        self._rest = b""

    def read(self, size: int) -> bytes:
        # What is left of a piece must not be nothing: that would be the end.
        while data := self._file.read(size):
            if clean := self._clean(self._whole(data)):
                return clean
        rest, self._rest = self._rest, b""
        return self._clean(rest)

    def _whole(self, data: bytes) -> bytes:
        """What has been read so far, without a reference at the end that the next piece may complete."""
        data = self._rest + data
        start = data.rfind(b"&", -_LONGEST)
        end = len(data) if start < 0 or b";" in data[start:] else start
        self._rest = data[end:]
        return data[:end]

    def _clean(self, data: bytes) -> bytes:
        clean = repair_references(data.translate(None, _CONTROLS), cdata=True)
        if clean != data and self._library is not None:
            self._library.mended = True
        return clean


def _elements(path: Path, *names: str, library: _Library | None = None) -> Iterator[_Element]:
    with path.open("rb") as file:
        yield from _parsed(_Clean(file, library), names)


def _parsed(file: _Clean, names: Iterable[str]) -> Iterator[_Element]:
    found = etree.iterparse(
        file,
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in found:
        parent = element.getparent()
        if parent is None or _local(parent) != "channel":
            continue
        yield _Element(element)
        element.clear()
        while element.getprevious() is not None:
            del parent[0]


def _record(item: _Element, library: _Library, path: Path) -> RawRecord:
    meta = item.meta()
    number = item.text("post_id")
    terms = [each for each in item.all("category") if (each.text or "").strip()]
    categories = [(each.text or "").strip() for each in terms if each.get("domain") in ("category", None)]
    tags = [(each.text or "").strip() for each in terms if each.get("domain") in ("post_tag", "tag")]
    login = item.text("creator")
    guid = item.text("guid")
    fields: dict[str, Any] = {
        "id": guid,
        "title": item.text("title"),
        "link": item.text("link"),
        "slug": item.text("post_name"),
        "content_html": to_html(item.text("encoded", "/content/")),
        "summary": item.text("encoded", "/excerpt/"),
        "authors": [library.people.get(login, {"name": login})] if login else None,
        "tags": list(dict.fromkeys([*categories, *tags])),
        "section": next(iter(categories), None),
        "categories": categories,
        "published": _moment(item, "post_date"),
        "updated": _moment(item, "post_modified"),
        "language": library.language,
        "image": _image(meta, library),
        "attachments": [*_enclosures(meta), *_attached(number, library)],
        "meta": {name: values[0] for name, values in meta.items()},
        "post_id": number,
        "post_type": item.text("post_type"),
    }
    where = Where(file=str(path), line=item.line, id=guid or number)
    kept = {name: value for name, value in fields.items() if value}
    return RawRecord(kept, where, guid or f"{path.name}#{number}")


def _moment(item: _Element, name: str) -> str | None:
    gmt = item.text(f"{name}_gmt")
    if gmt and gmt != _ZERO:
        return f"{gmt.replace(' ', 'T')}+00:00"
    local = item.text(name)
    return local if local and local != _ZERO else None


def _image(meta: dict[str, list[str]], library: _Library) -> dict[str, str] | None:
    found = library.files.get(next(iter(meta.get("_thumbnail_id", ())), ""))
    return {"url": found["url"], "alt": found["alt"]} if found and found["url"] else None


def _enclosures(meta: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What podcasters attach: URL, length and type on three lines."""
    found = []
    for value in meta.get("enclosure", ()):
        url, length, kind, *_ = [*(line.strip() for line in value.splitlines()), "", "", ""]
        if url:
            given = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
            found.append({"url": url, "length": given, "type": kind or None})
    return found


def _attached(number: str, library: _Library) -> list[dict[str, Any]]:
    """The files that were uploaded with a post; pictures are in its text."""
    files = [library.files[each] for each in library.below.get(number, ())]
    return [
        {"url": file["url"], "title": file["title"]}
        for file in files
        if file["url"] and not (mimetypes.guess_type(file["url"])[0] or "").startswith("image/")
    ]


def to_html(text: str) -> str:
    """The body of a post as HTML: paragraphs where the editor left blank lines, and no short codes.

    Args:
        text: as the export has it.
    """
    text = text.replace("\r\n", "\n")
    text = _CAPTION.sub(
        lambda m: f"\n\n<figure>{m[1]}<figcaption>{m[2].strip()}</figcaption></figure>\n\n", text
    )
    text = _EMBED.sub(lambda m: f'<a href="{escape(m[1])}">{escape(m[1])}</a>', text)
    text = _MEDIA.sub(lambda m: f'\n\n<{m[1]} src="{escape(m[2])}" controls></{m[1]}>\n\n', text)
    text = _REST.sub("", text)
    if "<!-- wp:" in text or re.search(r"<p\b", text, re.IGNORECASE):
        return text
    whole: list[str] = []

    def kept(match: re.Match[str]) -> str:
        whole.append(match[0])
        return f"\n\n\0{len(whole) - 1}\0\n\n"

    parts = re.split(r"\n\s*\n", _WHOLE.sub(kept, text.replace("\0", "")))
    made = "\n".join(_paragraph(part.strip()) for part in parts if part.strip())
    return re.sub(r"\0(\d+)\0", lambda m: whole[int(m[1])], made)


def _paragraph(part: str) -> str:
    if part.startswith("\0") or _BLOCK.match(part):
        return part
    return f"<p>{part.replace(chr(10), '<br>' + chr(10))}</p>"


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _space(element: etree._Element) -> str:
    return etree.QName(element).namespace or ""
