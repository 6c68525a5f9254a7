"""What a tag becomes: Markdown that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from textwrap import dedent
from typing import Any

from ..markdown_dialects.admonitions import quote_admonition
from .embeds import embed_link, normalized
from .tags import Tag


@dataclass(frozen=True, slots=True)
class PageContext:
    """What tags can refer to: the fields of the front matter."""

    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of a tag.

    Attributes:
        markdown: in its place.
        is_block: whether it consists of paragraphs, so that blank lines go around it.
        is_known: whether it says the same as the tag. If not, the tag is reported.
    """

    markdown: str
    is_block: bool = False
    is_known: bool = True


_ADMONITIONS = frozenset(
    {
        *("admonition", "alert", "callout", "notice", "note", "tip", "info", "warning", "warn", "danger"),
        *("caution", "important", "hint", "error", "success", "attention", "aside", "message", "box"),
        *("blocknote", "highlightbox", "infobox", "important", "example", "question"),
    }
)
_UNTITLED = frozenset({"admonition", "alert", "callout", "notice", "aside", "message", "box"})
_IMAGES = frozenset(
    {
        *("figure", "img", "image", "picture", "photo", "imagefigure", "respimg", "responsiveimage"),
        *(
            "resizeimage",
            "imgproc",
            "imageresp",
            "lazyimg",
            "figureimg",
            "pic",
            "imgcap",
            "thumbnail",
            "themedimage",
        ),
    }
)
_QUOTES = frozenset({"quote", "blockquote", "pullquote", "citation", "epigraph"})
_CODES = frozenset(
    {"highlight", "code", "codeblock", "codeimporter", "prism", "syntax", "mermaid", "console"}
)
_TABS = frozenset({"tab", "tabitem", "codetab", "steps", "step", "card", "panel"})
_DETAILS = frozenset({"details", "expand", "collapse", "spoiler", "accordion", "accordionitem", "fold"})
_TRANSPARENT = frozenset(
    {
        *(
            "tabs",
            "tabpane",
            "codetabs",
            "row",
            "column",
            "columns",
            "col",
            "center",
            "lead",
            "div",
            "section",
        ),
        *("markdown", "markdownify", "md", "rawhtml", "html", "raw", "verbatim", "span", "small", "big"),
        *(
            "unsafe",
            "mdx",
            "fragment",
            "grid",
            "cards",
            "bleed",
            "codegroup",
            "gallery",
            "safehtml",
            "nowrap",
        ),
        *(
            "if",
            "unless",
            "for",
            "comment",
            "capture",
            "else",
            "elsif",
            "elif",
            "case",
            "when",
            "set",
            "assign",
        ),
        *("toc", "tableofcontents", "bundle", "layout", "block", "filter", "with", "autoescape", "summary"),
    }
)
"""Their text is all that there is to show."""
_HIDDEN = frozenset({"comment", "capture", "hint-hidden", "hidden"})
_MEDIA = frozenset({"audio", "video", "mp3", "mp4", "podcast", "html5video", "videojs", "selfhostedvideo"})
_KEYS = frozenset({"kbd", "key", "keys"})
_PARAMETERS = frozenset({"param", "meta", "var"})
_LINKS = frozenset({"button", "link", "linkcard", "a", "btn", "cta", "linkbutton", "herobutton"})
_REFERENCES = frozenset({"ref", "relref", "posturl", "link", "pageref", "internal"})
_LITERAL = re.compile(r"(?:\"([^\"]*)\"|'([^']*)')\s*\Z")
_SITE_ROOT = re.compile(
    r"(?:site|config|SITE|\.Site)\.(?:baseurl|base_url|baseURL|BaseURL|url|github\.url|root)\Z|SITEURL\Z|base_?[uU]rl\Z"
)
_FIELD = re.compile(
    r"(?:page|post|frontmatter|\$frontmatter|article|page\.data|\.Params|\$page)?\.?([A-Za-z_][\w-]*)\Z"
)


def replace_tag(tag: Tag, content: str | None, context: PageContext) -> Replacement:
    """Return what a tag becomes.

    Args:
        tag: the tag.
        content: the text up to its end tag, in which tags are replaced already; None without an end tag.
        context: what it can refer to.
    """
    if tag.syntax == "output":
        return _output(tag, context)
    if tag.name == "/*":
        return _plain_form(tag)
    name = normalized(tag.name)
    values = tag
    if tag.syntax == "liquid" and name in (
        "include",
        "includerelative",
        "includecached",
        "render",
        "partial",
    ):
        if not tag.values:
            return Replacement(content or "", is_known=False)
        # Jekyll includes a file with named arguments: the file's name is the name of the tag.
        name = normalized(tag.values[0])
        values = Tag(
            tag.start, tag.end, tag.syntax, tag.values[0], tag.values[1:], tag.named, source=tag.source
        )
    if link := embed_link(name, values):
        return Replacement(link + (f"\n\n{content.strip()}" if content and content.strip() else ""))
    if tag.body is not None and name in ("raw", "verbatim"):
        return Replacement(tag.body)
    if name in _HIDDEN:
        return Replacement("")
    for names, replace in _REPLACEMENTS:
        if name in names and (replacement := replace(name, values, content, context)) is not None:
            return replacement
    if content is not None:
        is_known = name in _TRANSPARENT
        return Replacement(_block_text(content) if "\n" in content else content, "\n" in content, is_known)
    return Replacement("", is_known=name in _TRANSPARENT)


def _plain_form(tag: Tag) -> Replacement:
    """`{{</* youtube id */>}}` is how Hugo prints a shortcode (Hugo, Shortcodes, Escape)."""
    first, last = tag.source[:3], tag.source[-3:]
    return Replacement(f"{first}{tag.body}{last}")


def _block_text(content: str) -> str:
    return dedent(content.strip("\n")).strip("\n")


def _admonition(name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    if content is None:
        text = tag.argument("text", "content", "message", position=None)
        if not text:
            return None
        content = text
    title = tag.argument("title", "heading", "header", position=None)
    kind = tag.argument("type", "kind", "level", "color", "style", position=None)
    words = [value for value in tag.values if value]
    if name in _UNTITLED:
        if not kind and words and re.fullmatch(r"[a-z]{1,20}", words[0]):
            kind = words.pop(0)
        if kind in ("primary", "secondary", "default", "light", "dark") or not re.fullmatch(
            r"[A-Za-z -]{1,20}", kind
        ):
            kind = "admonition"
    else:
        kind = name
    return Replacement(quote_admonition(kind, title or next(iter(words), ""), _block_text(content)), True)


def _image(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    source = tag.argument("src", "link_src", "image_path", "path", "url", "file", "image", "name", "filename")
    if not source and (themed := re.search(r"['\"]([^'\"\s]+)['\"]", tag.argument("sources", position=None))):
        source = themed[1]
    if not re.search(r"[./]", source):
        return None
    caption = tag.argument("caption", "title", position=None) or (content or "").strip()
    if not caption and len(tag.values) > 2:
        caption = tag.values[2]
    alt = tag.argument("alt", position=None) or (tag.values[1] if len(tag.values) > 1 else "")
    link = tag.argument("link", "href", position=None)
    text = alt or ("" if caption else tag.argument("caption", position=None))
    image = f"![{_inline(text)}](<{source}>)"
    if re.match(r"\S+\Z", link) and not link.endswith(("true", "false")):
        image = f"[{image}](<{link}>)"
    credit = tag.argument("attr", "attribution", "credit", position=None)
    if credit_link := tag.argument("attrlink", "attr_link", position=None):
        credit = f"[{_inline(credit or credit_link)}](<{credit_link}>)"
    caption = " ".join(" ".join(each.split()) for each in (caption, credit) if each)
    if not caption:
        return Replacement(image)
    lines = ("<figure>", "", image, "", "<figcaption>", "", caption, "", "</figcaption>", "</figure>")
    return Replacement("\n".join(lines), True)


def _inline(text: str) -> str:
    return re.sub(r"[\[\]\\\n]", " ", text).strip()


def _quote(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    content = content if content is not None else tag.argument("text", "quote")
    if not content:
        return None
    lines = _block_text(content).split("\n")
    author = tag.argument("author", "cite", "by", "attribution", position=None)
    place = tag.argument("source", "link", "url", position=None)
    if place.startswith("http"):
        author = f"[{_inline(author or place)}](<{place}>)"
    elif place:
        author = f"{author}, {place}" if author else place
    if author:
        lines += ["", f"— {author}"]
    return Replacement("\n".join(f"> {line}".rstrip() for line in lines), True)


def _code(name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    body = tag.body if tag.body is not None else content
    if body is None:
        return None
    language = "mermaid" if name == "mermaid" else tag.argument("lang", "language", "lexer")
    language = language.split()[0] if re.match(r"[\w+#.-]+", language) else ""
    if "\n" not in body:
        marks = "`" * (max((len(run) for run in re.findall("`+", body)), default=0) + 1)
        pad = " " if body.strip().startswith("`") or body.strip().endswith("`") else ""
        return Replacement(f"{marks}{pad}{body.strip()}{pad}{marks}") if body.strip() else Replacement("")
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return Replacement(f"{fence}{language}\n{body.strip(chr(10)).rstrip()}\n{fence}", True)


def _tab(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    if content is None:
        return None
    title = tag.argument("name", "title", "label", "header", "tabname", "value")
    text = _block_text(content)
    return Replacement(f"**{_inline(title)}**\n\n{text}" if title and title != "true" else text, True)


def _details(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    if content is None:
        return None
    title = tag.argument("summary", "title", "label", "header")
    if title in ("open", "true", "false", "..."):
        title = ""
    summary = f"<summary>{escape(title, quote=False)}</summary>\n" if title else ""
    return Replacement(f"<details>\n{summary}\n{_block_text(content)}\n\n</details>", True)


def _key(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    keys = content or tag.argument("key", "mac", "win", "linux")
    return Replacement(f"<kbd>{escape(keys, quote=False)}</kbd>") if keys else None


def _media(name: str, tag: Tag, _content: str | None, _context: PageContext) -> Replacement | None:
    if link := embed_link("youtube", tag):
        return Replacement(link)
    source = tag.argument("src", "url", "file", "mp3", "mp4", "webm", "path", "link")
    if not re.fullmatch(r"[^\s\"<>]+", source):
        return None
    kind = "audio" if name in ("audio", "mp3", "podcast") else "video"
    return Replacement(f'<{kind} src="{escape(source)}" controls></{kind}>', True)


def _link(_name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    address = tag.argument("href", "url", "link", "to", "relref", "ref")
    if tag.syntax == "liquid" and content is None:
        return None
    if not re.fullmatch(r"[^\s<>]+", address):
        return None
    text = (content or "").strip() or tag.argument("text", "title", "label", position=1) or address
    return Replacement(f"[{_inline(text)}](<{address}>)")


def _reference(name: str, tag: Tag, content: str | None, _context: PageContext) -> Replacement | None:
    page = tag.argument("path", "page")
    if not page or content is not None:
        return None
    if name in ("ref", "relref") and not re.search(r"\s", page):
        path, mark, anchor = page.partition("#")
        path = re.sub(r"(?:/?(?:_?index))?\.(?:[a-z]{2}\.)?mdx?$", "", path)
        return Replacement((path + "/" if path else "") + mark + anchor)
    # An address that nobody knows: the sanitizer keeps the words of the link.
    return Replacement(f"unknown-page:{page.split()[0]}", is_known=False)


def _parameter(_name: str, tag: Tag, _content: str | None, context: PageContext) -> Replacement | None:
    value = _field_value(tag.argument("name"), context)
    return Replacement(value) if value is not None else None


def _output(tag: Tag, context: PageContext) -> Replacement:
    """`{{ value | filter: argument }}`: a text, the site's root, or a field of the front matter."""
    expression, *filters = map(str.strip, tag.name.split("|"))
    if not expression:
        return Replacement("", is_known=not tag.name)
    if literal := _LITERAL.match(expression):
        return Replacement(literal[1] if literal[1] is not None else literal[2] or "")
    if _SITE_ROOT.match(expression):
        return Replacement("")
    if (found := _FIELD.match(expression)) and (value := _field_value(found[1], context)) is not None:
        return Replacement(value)
    del filters
    return Replacement("", is_known=False)


def _field_value(name: str, context: PageContext) -> str | None:
    params = context.fields.get("params") or context.fields.get("extra")
    value = context.fields.get(name)
    if value is None and isinstance(params, Mapping):
        value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return None
    return str(value)


_Replace = Callable[[str, Tag, str | None, PageContext], Replacement | None]
_REPLACEMENTS: tuple[tuple[frozenset[str], _Replace], ...] = (
    (_ADMONITIONS, _admonition),
    (_IMAGES, _image),
    (_QUOTES, _quote),
    (_CODES, _code),
    (_TABS, _tab),
    (_DETAILS, _details),
    (_MEDIA, _media),
    (_LINKS, _link),
    (_REFERENCES, _reference),
    (_KEYS, _key),
    (_PARAMETERS, _parameter),
)
