"""Shortcodes in the bodies of WordPress posts: `[caption]`, `[gallery]`, `[embed]` and those of plugins.

WordPress replaces them when it shows a page. All of this is linear in the length of the body.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Protocol
from urllib.parse import quote

from ..text.embed_providers import find_embed

# A tag of a shortcode, or of an HTML element whose text an unknown shortcode is a part of. Possessive, so
# that no character is read again for the same bracket; quoted values are limited, so that few are read for
# several brackets.
_TOKEN = re.compile(
    r"\[(?P<close>/?)(?P<name>[A-Za-z][\w-]{0,60}+)"
    r"(?P<attributes>(?:[^\[\]\"']++|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'|[\"'])*+)\]"
    r"|<(?P<html_close>/?)(?P<html>pre|code|script|style|textarea)\b[^<>]*+>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w-]++)\s?=\s?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']++))|\"([^\"]*)\"|([^\s\"']++)")
_QUOTED_VALUE = re.compile(r"\s[\w-]++=[\"']")
_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"']+", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,18}")
# Shortcodes are nested no deeper than this.
_MAX_NAMES = 100
_MEDIA_ATTRIBUTES = ("src", "mp3", "m4a", "ogg", "oga", "wav", "flac", "mp4", "m4v", "webm", "ogv", "mov")


class MediaLibrary(Protocol):
    """The uploaded files of an export, to which shortcodes refer."""

    def files_with(self, numbers: Sequence[str]) -> list[Mapping[str, str]]:
        """Return the files with these numbers that exist.

        Each has `url`, `media_type`, `title`, `alt` and `caption`; what is unknown is empty.
        """
        ...

    def attached_files(self, post: str) -> list[Mapping[str, str]]:
        """Return the files that were uploaded with a post, in the same form."""
        ...


@dataclass(frozen=True, slots=True)
class _Token:
    """A tag of a shortcode. `is_code` tells whether it is inside an element such as `pre`."""

    name: str
    attributes: str
    start: int
    end: int
    is_closing: bool
    is_code: bool


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a shortcode in the post with the number `post`. Unnamed attributes are under `0`, `1`…"""

    attributes: Mapping[str, str]
    content: str | None
    library: MediaLibrary | None
    post: str

    def address(self, *names: str) -> str | None:
        """Return the first web address among attributes and the content."""
        values = [self.attributes[name] for name in (*names, "url", "src", "0") if name in self.attributes]
        for each in (*values, self.content or ""):
            if match := _ADDRESS.search(unescape(each)):
                return match[0]
        return None

    def files(self, kind: str) -> list[Mapping[str, str]]:
        """Return the files that a gallery or a playlist shows: those it names, or all of the post.

        Args:
            kind: the attribute of a file that has the media type, such as `image/`.
        """
        if self.library is None:
            return []
        numbers = _NUMBER.findall(self.attributes.get("ids", "") or self.attributes.get("include", ""))
        found = self.library.files_with(numbers) if numbers else self.library.attached_files(self.post)
        return [each for each in found if each["media_type"].startswith(kind)]


class Shortcodes:
    """Replaces the shortcodes of posts by HTML.

    Attributes:
        unknown: how often shortcodes were removed because their meaning is unknown, by name.
    """

    def __init__(self, library: MediaLibrary | None = None) -> None:
        self.unknown: Counter[str] = Counter()
        self._library = library

    def replace(self, text: str, post: str = "") -> str:
        """Return a body with HTML in place of its shortcodes. `[[name]]` becomes the text `[name]`.

        Args:
            post: the number of the post, whose files a gallery shows.
        """
        if "[" not in text:
            return text
        tokens = _tokens(text)
        return _Replacement(self, text, tokens, _closing_numbers(tokens), post).part(
            0, len(tokens), 0, len(text)
        )

    def html(self, name: str, attributes: str, content: str | None, post: str) -> str:
        """Return the HTML of one shortcode."""
        handler = _HANDLERS.get(name)
        if handler is not None:
            return handler(_Use(_attributes(attributes), content, self._library, post))
        self.unknown[name] += 1
        return content or ""


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The replacement of the shortcodes of one body.

    Attributes:
        closing: the number of the tag that closes an opening one.
    """

    shortcodes: Shortcodes
    text: str
    tokens: Sequence[_Token]
    closing: Sequence[int | None]
    post: str

    def part(self, first: int, stop: int, start: int, end: int) -> str:
        """Return the text from `start` to `end`, which has the tags from number `first` to `stop`.

        Content is replaced by a call of its own. Tags of one name are paired with the next closing one, so
        that the calls are nested no deeper than there are names, which `_MAX_NAMES` limits.
        """
        text, parts, position, number = self.text, [], start, first
        while number < stop:
            token = self.tokens[number]
            closing = self.closing[number]
            if closing is not None and closing >= stop:
                closing = None
            number += 1
            if text[token.start - 1 : token.start] == "[" and text[token.end : token.end + 1] == "]":
                if position < token.start:
                    parts += [text[position : token.start - 1], text[token.start : token.end]]
                    position = token.end + 1
                continue
            if not _is_shortcode(token, text[token.start - 1 : token.start], is_closed=closing is not None):
                continue
            parts.append(text[position : token.start])
            position = token.end
            if token.is_closing:
                continue
            content = None
            if closing is not None:
                inner_end = self.tokens[closing].start
                if token.name in _VERBATIM:
                    content = text[position:inner_end]
                else:
                    content = self.part(number, closing, position, inner_end)
                position, number = self.tokens[closing].end, closing + 1
            parts.append(self.shortcodes.html(token.name, token.attributes, content, self.post))
        parts.append(text[position:end])
        return "".join(parts)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    depth = 0
    for match in _TOKEN.finditer(text):
        if match["html"]:
            depth = max(0, depth - 1 if match["html_close"] else depth + 1)
            continue
        name, attributes, is_closing = match["name"].lower(), match["attributes"], bool(match["close"])
        if not (is_closing and attributes):
            tokens.append(_Token(name, attributes, match.start(), match.end(), is_closing, depth > 0))
    return tokens


def _closing_numbers(tokens: Sequence[_Token]) -> list[int | None]:
    """Return, for each tag, the number of the next closing tag of its name. A closing tag has none."""
    numbers: list[int | None] = [None] * len(tokens)
    next_closing: dict[str, int] = {}
    for number in range(len(tokens) - 1, -1, -1):
        name = tokens[number].name
        if not tokens[number].is_closing:
            numbers[number] = next_closing.get(name)
        elif name in next_closing or len(next_closing) < _MAX_NAMES:
            next_closing[name] = number
    return numbers


def _is_shortcode(token: _Token, before: str, *, is_closed: bool) -> bool:
    """Return whether a bracket is a shortcode. `[sic]`, `[see 1]` and `row[first_row]` are text."""
    if token.name in _HANDLERS:
        return True
    if token.is_code or before.isalnum():
        return False
    return is_closed or token.is_closing or "_" in token.name or bool(_QUOTED_VALUE.search(token.attributes))


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a shortcode (Shortcode API of WordPress). The first value of a name counts."""
    values: dict[str, str] = {}
    unnamed = 0
    for match in _ATTRIBUTE.finditer(text.rstrip("/")):
        name, quoted, single, bare, unnamed_quoted, unnamed_bare = match.groups()
        if name:
            values.setdefault(name.lower(), next(each for each in (quoted, single, bare) if each is not None))
        else:
            values[str(unnamed)] = (unnamed_quoted if unnamed_quoted is not None else unnamed_bare).lstrip(
                "="
            )
            unnamed += 1
    return values


def _caption(use: _Use) -> str:
    """Return a figure. The image comes first, in a link or not; the rest is its caption."""
    content = use.content or ""
    lower = content.lower()
    image = lower.find("<img")
    image_end = lower.find(">", image) + 1 if image >= 0 else 0
    if image_end == 0:
        return content
    rest = content[image_end:]
    if rest.lstrip()[:4].lower() == "</a>":
        image_end += len(rest) - len(rest.lstrip()) + 4
    caption = content[image_end:].strip() or use.attributes.get("caption", "")
    return f"\n\n<figure>{content[:image_end]}<figcaption>{caption}</figcaption></figure>\n\n"


def _gallery(use: _Use) -> str:
    figures = [
        f'<figure><img src="{escape(each["url"])}" alt="{escape(each["alt"])}">'
        + (f"<figcaption>{escape(each['caption'])}</figcaption>" if each["caption"] else "")
        + "</figure>"
        for each in use.files("image/")
    ]
    return "\n\n" + "\n\n".join(figures) + "\n\n" if figures else ""


def _playlist(use: _Use) -> str:
    kind = "video" if use.attributes.get("type", "").lower() == "video" else "audio"
    entries = [
        f'<li><a href="{escape(each["url"])}">{escape(each["title"] or each["url"])}</a></li>'
        for each in use.files(f"{kind}/")
    ]
    return f"\n\n<ul>{''.join(entries)}</ul>\n\n" if entries else ""


def _player(element: str) -> Callable[[_Use], str]:
    def html(use: _Use) -> str:
        url = use.address(*_MEDIA_ATTRIBUTES)
        if url is None:
            return use.content or ""
        poster = _ADDRESS.fullmatch(use.attributes.get("poster", ""))
        more = f' poster="{escape(poster[0])}"' if poster else ""
        return f'\n\n<{element} src="{escape(url)}"{more} controls></{element}>\n\n'

    return html


def _link(template: str = "") -> Callable[[_Use], str]:
    """Return a handler that links to the address of a shortcode.

    Args:
        template: makes an address from the number or name that a shortcode may have instead.
    """

    def html(use: _Use) -> str:
        url = use.address("href", "link")
        own_name = use.attributes.get("id") or use.attributes.get("0") or use.content or ""
        if url is None and template and own_name.strip():
            url = template.format(quote(own_name.strip(), safe="/@"))
        return link_to(url) if url else use.content or ""

    return html


def link_to(url: str) -> str:
    """Return a link to an embedded page, with the name of its site if that is known."""
    embed = find_embed(url)
    return f'<a href="{escape(url)}">{escape(embed.label if embed else url)}</a>'


def _code(use: _Use) -> str:
    # The editor escapes code or not, depending on its version.
    code = unescape(use.content or "").strip("\n")
    return f"\n\n<pre><code>{escape(code, quote=False)}</code></pre>\n\n" if code else ""


def _content(use: _Use) -> str:
    return use.content or ""


def _nothing(use: _Use) -> str:
    del use
    return ""


_VERBATIM = {"code", "sourcecode", "highlight"}

_HANDLERS: dict[str, Callable[[_Use], str]] = {
    **dict.fromkeys(("caption", "wp_caption"), _caption),
    **dict.fromkeys(_VERBATIM, _code),
    "gallery": _gallery,
    "playlist": _playlist,
    "audio": _player("audio"),
    **dict.fromkeys(("video", "wpvideo"), _player("video")),
    **dict.fromkeys(
        ("embed", "embedyt", "soundcloud", "instagram", "facebook", "googlemaps", "spotify"), _link()
    ),
    **dict.fromkeys(("youtube", "youtube_sc"), _link("https://www.youtube.com/watch?v={}")),
    "vimeo": _link("https://vimeo.com/{}"),
    **dict.fromkeys(("dailymotion", "dailymotion-channel"), _link("https://www.dailymotion.com/video/{}")),
    **dict.fromkeys(("tweet", "twitter"), _link("https://x.com/i/status/{}")),
    "gist": _link("https://gist.github.com/{}"),
    "ted": _link("https://www.ted.com/talks/{}"),
    **dict.fromkeys(("latex", "blockquote"), _content),
    **dict.fromkeys(("contact-form", "contact-form-7", "contact-field", "archives", "sitemap"), _nothing),
}
