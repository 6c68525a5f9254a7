"""Obsidian: notes of a vault, with wikilinks and properties.

The rules are those of https://help.obsidian.md/links and https://help.obsidian.md/publish/permalinks.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..path_dates import date_in_file_path, name_without_date
from .base import SiteFlavour
from .flavour import Conventions, Page
from .images import image_fields
from .site import Site, SiteAddress, find_above, relative_path, texts

_WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n|#]{0,500})(#[^\[\]\n|]{0,500})?(?:\|([^\[\]\n]{0,500}))?\]\]")
_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp"}
_MEDIA = {".mp3", ".m4a", ".ogg", ".wav", ".flac", ".mp4", ".webm", ".mov", ".pdf"}
_COMMENT = re.compile(r"%%[^%]{0,20000}%%")
_MAX_FILES = 200_000
_CODE = re.compile(
    r"(?m)^(?:```|~~~)[^\n]*\n(?:(?:.*?\n)??(?:```|~~~)[ \t]*$|.*)|`[^`\n]{1,1000}`", re.DOTALL
)


class Obsidian(SiteFlavour):
    """The conventions of Obsidian and Obsidian Publish."""

    @staticmethod
    def recognise(folder: Path) -> Path | None:
        """Return the folder that shows that a folder is a vault."""
        return folder / ".obsidian" if (folder / ".obsidian").is_dir() else None

    @staticmethod
    def patterns(root: Path) -> tuple[str, ...]:
        """Return which files are notes."""
        del root
        return ("**/*.md",)

    def __init__(self, start: Path, site: Site) -> None:
        super().__init__(start, site)
        site.root = find_above(start, (".obsidian",)) or start
        self._address = site.address()
        templates = site.read_table(site.root / ".obsidian" / "templates.json").get("folder")
        self._templates = (
            templates.strip("/") if isinstance(templates, str) and templates.strip("/") else "Templates"
        )
        self._index: dict[str, Path] | None = None

    def is_post(self, path: Path) -> bool:
        """Return whether a file is a note and not a template."""
        below = relative_path(path, self._site.root)
        return below is None or not below.startswith(f"{self._templates}/")

    def prepare(self, path: Path, text: str) -> str:
        """Replace wikilinks and embedded files by Markdown, and remove comments; code stays."""
        del path
        if "[[" not in text and "%%" not in text:
            return text
        end = _end_of_properties(text)
        parts = [text[:end]]
        for code in _CODE.finditer(text, end):
            parts += [self._replace(text[end : code.start()]), code[0]]
            end = code.end()
        return "".join((*parts, self._replace(text[end:])))

    def conventions(self, page: Page) -> Conventions | None:
        """Return link, title, date, tags and image of a note."""
        if page.fields.get("publish") is False or str(page.fields.get("publish")).casefold() == "false":
            return None
        below = relative_path(page.path, self._site.root) or page.path.name
        permalink = next(iter(texts(page.fields.get("permalink"))), None)
        own = {
            name: _without_brackets(value)
            for name, value in page.fields.items()
            if name not in ("content_html", "content_markdown") and "[[" in str(value)[:2000]
        }
        tags = (
            [
                each
                for name in ("tags", "tag")
                for text in texts(page.fields.get(name))
                for each in re.split(r"[,\s]+", text)
            ]
            if isinstance(page.fields.get("tags") or page.fields.get("tag"), str)
            else texts(page.fields.get("tags"))
        )
        if tags := [each.lstrip("#") for each in tags if each.strip("# ")]:
            own["tags"] = list(dict.fromkeys(tags))
        own |= image_fields(page.fields, self._image_address)
        fallbacks: dict[str, Any] = {"title": name_without_date(page.path.stem)}
        found = self._site.date(page.fields.get("date") or page.fields.get("created")) or date_in_file_path(
            page.path, below
        )
        if found:
            fallbacks["published"] = found
        return Conventions(self._link(page.path, permalink), permalink is not None, None, own, fallbacks)

    def _link(self, path: Path, permalink: str | None) -> str:
        if permalink:
            return self._address.page(permalink)
        below = (relative_path(path, self._site.root) or path.name).removesuffix(".md")
        # Obsidian Publish writes a space as a plus sign.
        return self._address.page(below.replace(" ", "+"))

    def _replace(self, text: str) -> str:
        return _WIKILINK.sub(self._markdown_of, _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text))

    def _markdown_of(self, match: re.Match[str]) -> str:
        is_embedded, target, anchor, shown = match[1], match[2].strip(), match[3] or "", match[4]
        if not target:
            return _escape(shown or anchor.lstrip("#"))
        found = self._find(target)
        suffix = Path(target).suffix.lower()
        if suffix in _IMAGES:
            # After the bar stand the size, or words.
            alt = "" if shown is None or re.fullmatch(r"\d+(?:x\d+)?", shown.strip()) else shown
            return f"![{_escape(alt)}](<{self._file_address(found, target)}>)"
        label = _escape(shown or target.rpartition("/")[2])
        if suffix in _MEDIA:
            return f"[{label}](<{self._file_address(found, target)}>)"
        if found is None:
            return label
        return (
            f"[{label}](<{self._link(found, self._permalink_of(found))}>)" if is_embedded or found else label
        )

    def _file_address(self, found: Path | None, target: str) -> str:
        below = relative_path(found, self._site.root) if found else None
        return SiteAddress(self._address.base).page(below or target)

    def _image_address(self, address: str) -> str | None:
        match = _WIKILINK.fullmatch(address.strip())
        name = match[2].strip() if match else address
        return self._file_address(self._find(name), name)

    def _permalink_of(self, path: Path) -> str | None:
        from ..front_matter import FrontMatterError, split_front_matter

        try:
            fields = split_front_matter(path.read_text(encoding="utf-8-sig")).fields
        except (OSError, UnicodeDecodeError, FrontMatterError):
            return None
        return next(iter(texts(fields.get("permalink"))), None)

    def _find(self, target: str) -> Path | None:
        """Return the file that a wikilink means: by its path in the vault, or by its name."""
        if self._index is None:
            self._index = self._make_index()
        name = target.strip("/").casefold()
        return self._index.get(name) or self._index.get(name.rpartition("/")[2])

    def _make_index(self) -> dict[str, Path]:
        index: dict[str, Path] = {}
        files = 0
        for path in sorted(self._site.root.rglob("*"), key=lambda each: (len(each.parts), str(each))):
            below = relative_path(path, self._site.root) or ""
            if below.startswith(".") or "/." in below or not path.is_file():
                continue
            files += 1
            if files > _MAX_FILES:
                break
            name = below.removesuffix(".md").casefold()
            index.setdefault(name, path)
            index.setdefault(name.rpartition("/")[2], path)
        return index


def _end_of_properties(text: str) -> int:
    match = re.compile(r"^---[ \t]*$\n?", re.MULTILINE).search(text, 4) if text.startswith("---\n") else None
    return match.end() if match else 0


def _without_brackets(value: Any) -> Any:
    """Return a property with the words of its wikilinks."""
    if isinstance(value, list):
        return [_without_brackets(each) for each in value]
    if isinstance(value, str):
        return _WIKILINK.sub(lambda match: match[4] or match[2].rpartition("/")[2], value)
    return value


def _escape(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text)
