"""What stands within a line: emoji codes, marked text, wikilinks, attribute lists, addresses, formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from unicodedata import category
from urllib.parse import quote

from ...model.slug import slug
from ...text.illegal_characters import CHARACTER_REFERENCE, illegal_reference
from .edits import Edit, apply_edits
from .options import MarkdownOptions
from .source_map import Ranges, SourceMap, map_source

REFERENCE_MARK = "\ue0f1"
"""Stands for the `&` of a reference to an illegal character until the HTML is there."""

_MARK_IN_URL = quote(REFERENCE_MARK)
_PUNCTUATION = re.compile(r"[\\`*_{}\[\]<>()#+.!|~$^&:=\"'-]")
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|bmp|tiff?)$", re.IGNORECASE)
_MEDIA_NAME = re.compile(r"\.(?:mp3|ogg|wav|m4a|flac|mp4|webm|mov|pdf)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InlineConstruct:
    """A construct within a line.

    Attributes:
        marks: `punctuation_marks` without any of these has no such construct.
        find: returns where it is in a text and what takes its place.
        in_links: whether it may be in the text of a link.
        in_html: whether it may be between `<` and `>`.
    """

    marks: tuple[bytes, ...]
    find: Callable[[str, MarkdownOptions], Iterable[Edit]]
    is_enabled: Callable[[MarkdownOptions], bool] = lambda _options: True
    in_links: bool = True
    in_html: bool = False


def _matches(
    pattern: str, replace: Callable[[re.Match[str], MarkdownOptions], str | None]
) -> Callable[[str, MarkdownOptions], Iterator[Edit]]:
    """Return a function that finds a construct by a pattern. What `replace` has no answer for stays."""
    compiled = re.compile(pattern)

    def find(text: str, options: MarkdownOptions) -> Iterator[Edit]:
        for match in compiled.finditer(text):
            if (replacement := replace(match, options)) is not None:
                yield match.start(), match.end(), replacement

    return find


def rewrite_inline(text: str, options: MarkdownOptions, marks: bytes) -> str:
    """Return the text with the constructs as CommonMark and HTML. Those in code stay as they are.

    Args:
        text: Markdown.
        options: the dialect.
        marks: the punctuation of the text.
    """
    found = [
        (construct, edit)
        for construct in CONSTRUCTS
        if any(map(marks.__contains__, construct.marks)) and construct.is_enabled(options)
        for edit in construct.find(text, options)
    ]
    has_math = b"$" in marks and options.math != "off"
    if not found and not has_math:
        return text
    source_map = map_source(text)
    edits = list(_math_edits(text, source_map, options)) if has_math else []
    code = Ranges([*source_map.code(), *((start, end) for start, end, _ in edits)])
    html, links = Ranges(source_map.html), Ranges(source_map.links)
    for construct, edit in found:
        place = edit[0]
        if place in code or (not construct.in_html and place in html):
            continue
        if not construct.in_links and (place in links or _defines_link(text, place)):
            continue
        edits.append(edit)
    return apply_edits(text, edits) if edits else text


def _defines_link(text: str, place: int) -> bool:
    """Whether the text before is `[label]:`, as in a definition of a link."""
    line_start = text.rfind("\n", max(0, place - 1000), place) + 1
    return text[line_start:place].rstrip().endswith("]:")


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _PUNCTUATION.sub(lambda match: "\\" + match[0], text)


def code_span(text: str) -> str:
    """Return a code span with the text (CommonMark 0.31, section 6.1)."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


# Emoji


def _emoji(match: re.Match[str], _options: MarkdownOptions) -> str | None:
    import emoji

    text = emoji.emojize(emoji.emojize(match[0], language="alias"), language="en")
    return None if text == match[0] else text


# Emphasis in Chinese, Japanese and Korean

_STRONG = re.compile(r"\*\*(?<![\\*]\*\*)([^*\s](?:[^*\n]{0,400}[^*\s])?)\*\*(?!\*)")
_CJK = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def _emphasis_beside_cjk(text: str, _options: MarkdownOptions) -> Iterator[Edit]:
    """Find `**注意：**文字`, which CommonMark does not read as strong.

    Its rules look for spaces around words (CommonMark 0.31, section 6.2), and these languages have none.
    """
    if text.isascii():
        return
    for match in _STRONG.finditer(text):
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        first, last = match[1][0], match[1][-1]
        is_unread = (_is_mark(last) and _CJK.match(after) and not _is_mark(after)) or (
            _is_mark(first) and _CJK.match(before) and not _is_mark(before)
        )
        if is_unread:
            yield match.start(), match.end(), f"<strong>{match[1]}</strong>"


def _is_mark(character: str) -> bool:
    return category(character)[0] in "PS"


# Marked, raised and lowered text


def _element(tag: str) -> Callable[[re.Match[str], MarkdownOptions], str]:
    return lambda match, _options: f"<{tag}>{match[1]}</{tag}>"


# Links


def wikilink_address(page: str, options: MarkdownOptions) -> str | None:
    """Return the address of a page that a wikilink names, if the config has a template for it."""
    if not isinstance(options.wikilinks, str) or not page:
        return None
    path = "/".join(slug(part) for part in page.split("/"))
    return options.wikilinks.replace("{page}", path).replace("{slug}", path.rpartition("/")[2])


_WIKILINK = re.compile(r"\[\[(?<!\\\[\[)([^\[\]|\n]{1,500})(?:\|([^\[\]\n]{0,500}))?\]\]")


def _wikilinks(text: str, options: MarkdownOptions) -> Iterator[Edit]:
    for match in _WIKILINK.finditer(text):
        target, label = match[1].strip().removesuffix("\\"), (match[2] or "").strip()
        if target and not match[1][0].isspace():
            is_embedded = text[max(0, match.start() - 1) : match.start()] == "!"
            yield match.start() - is_embedded, match.end(), _wikilink(target, label, options, is_embedded)


def _wikilink(target: str, label: str, options: MarkdownOptions, is_embedded: bool) -> str:
    if is_embedded and (_IMAGE_NAME.search(target) or _MEDIA_NAME.search(target)):
        # Obsidian writes the width of an image where others have its text.
        text = "" if re.fullmatch(r"\d+(?:x\d+)?", label) else label
        mark = "!" if _IMAGE_NAME.search(target) else ""
        return f"{mark}[{escape_markdown(text or ('' if mark else target))}](<{target}>)"
    page, _, heading = target.partition("#")
    text = label or (f"{page} > {heading}" if page and heading else page or heading.lstrip("^"))
    address = wikilink_address(page, options)
    return f"[{escape_markdown(text)}](<{address}>)" if address else escape_markdown(text)


_TRAILING = re.compile(r"(?:[?!.,:*_~'\"]|&[A-Za-z0-9]{1,30};)$")


def trim_url(url: str) -> str:
    """Return a bare address without the punctuation of the sentence (GitHub's autolinks, section 6.9)."""
    surplus = url.count(")") - url.count("(")
    square = url.count("]") - url.count("[")
    while url:
        if url[-1] == ")" and surplus > 0:
            surplus -= 1
        elif url[-1] == "]" and square > 0:
            square -= 1
        elif (match := _TRAILING.search(url, max(0, len(url) - 32))) is None:
            break
        else:
            url = url[: match.start()]
            continue
        url = url[:-1]
    return url


_URL_CHARACTERS = r"[^\s<>|`\\\"，。；：！？、（）【】「」『』《》“”‘’…]{0,2000}"
# The scheme is in front of what the pattern finds: so the search is one for a fixed text.
_URL = re.compile(
    rf"://(?:(?<=(https)://)|(?<=(http)://)|(?<=(ftp)://))[A-Za-z0-9\[\u00a1-\uffff]{_URL_CHARACTERS}"
)
_WWW = re.compile(rf"www\.[A-Za-z0-9-]{_URL_CHARACTERS}")
_NOT_BEFORE_URL = re.compile(r"[A-Za-z0-9_/.@=&\"'\[<`\\-]", re.ASCII)


def _bare_urls(text: str, _options: MarkdownOptions) -> Iterator[Edit]:
    for match in _URL.finditer(text):
        start = match.start() - len(next(filter(None, match.groups())))
        if _may_begin_url(text, start):
            url = trim_url(text[start : match.end()])
            if url.partition("://")[2]:
                yield start, start + len(url), f"<{url}>"
    if "www." in text:
        for match in _WWW.finditer(text):
            url = trim_url(match[0])
            if "." in url[4:].strip(".") and _may_begin_url(text, match.start()):
                yield match.start(), match.start() + len(url), f"[{escape_markdown(url)}](<http://{url}>)"


def _may_begin_url(text: str, place: int) -> bool:
    before = text[max(0, place - 2) : place]
    if before.endswith("("):
        return before != "]("
    return not before or not _NOT_BEFORE_URL.match(before[-1])


_DOMAIN = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@/:-]|\.[A-Za-z0-9])", re.ASCII)
_LOCAL_PART = re.compile(r"(?<![\w.+/@:<=-])[A-Za-z0-9][\w.+-]{0,63}\Z", re.ASCII)


def _emails(text: str, _options: MarkdownOptions) -> Iterator[Edit]:
    for match in _DOMAIN.finditer(text):
        window = max(0, match.start() - 66)
        if local := _LOCAL_PART.search(text[window : match.start()]):
            start = window + local.start()
            yield start, match.end(), f"<{text[start : match.end()]}>"


# Attribute lists


def _nothing(_match: re.Match[str], _options: MarkdownOptions) -> str:
    return ""


def _first_group(match: re.Match[str], _options: MarkdownOptions) -> str:
    return match[1]


# References to illegal characters


def _illegal(match: re.Match[str], _options: MarkdownOptions) -> str | None:
    return REFERENCE_MARK + match[0][1:] if illegal_reference(match) else None


# Formulas

_MONEY = re.compile(r"\d[\d.,]*(?:[^\\^_{}=+<>]*)")
_TEX = re.compile(r"[\\^_{}=]")


def _math_edits(text: str, source_map: SourceMap, options: MarkdownOptions) -> Iterator[Edit]:
    for start, end in source_map.display_math:
        body = text[start + 2 : end - 2].strip("\n")
        is_alone = text[max(0, start - 1) : start] in ("", "\n") and text[end : end + 1] in ("", "\n")
        if is_alone and options.math == "code" and "```" not in body:
            yield start, end, f"```\n{body}\n```"
        else:
            yield start, end, _formula(text[start:end], options)
    for start, end in source_map.inline_math:
        body = text[start + 1 : end - 1]
        # `$5-$10` and `5$ or 6$` are sums of money.
        if text[end : end + 1].isalnum() or (_MONEY.fullmatch(body) and not body.strip().isalnum()):
            continue
        yield start, end, _formula(text[start:end], options)


def _formula(source: str, options: MarkdownOptions) -> str:
    if options.math == "text":
        return escape_markdown(source)
    return code_span(" ".join(source.strip("$").split()))


def _bracketed_formula(match: re.Match[str], options: MarkdownOptions) -> str | None:
    body = match[1] or match[2] or ""
    return _formula(f"${body.strip()}$", options) if _TEX.search(body) else None


CONSTRUCTS = (
    InlineConstruct((b"&#",), _matches(CHARACTER_REFERENCE.pattern, _illegal), in_html=True),
    InlineConstruct(
        (b"::", b":_", b":+", b":-"),
        _matches(r":(?<![\w:/\\]:)(?:[a-z0-9_+-]{1,40}::){0,20}[a-z0-9_+-]{1,40}:(?![\w:/])", _emoji),
        lambda options: options.emoji,
        in_html=True,
    ),
    InlineConstruct((b"**",), _emphasis_beside_cjk),
    # A colon at the beginning of a line would begin a definition even without the space after it.
    InlineConstruct((b"\n:",), _matches(r":(?<=\n:)(?=\S)", lambda _match, _options: "\\:")),
    InlineConstruct(
        (b"==",),
        _matches(r"==(?<![\w=!<>\\/-]==)(?=[^\s=])([^=\n]{1,1000})(?<!\s)==(?![\w=])", _element("mark")),
    ),
    InlineConstruct(
        (b"^",), _matches(r"\^(?<=[A-Za-z0-9)\]]\^)([A-Za-z0-9+−-]{1,20})\^(?!\^)", _element("sup"))
    ),
    InlineConstruct((b"~",), _matches(r"~(?<=[A-Za-z]~)([A-Za-z0-9+−-]{1,20})~(?!~)", _element("sub"))),
    InlineConstruct((b"[[",), _wikilinks, lambda options: bool(options.wikilinks)),
    # Kramdown's lists of attributes, and those of Pandoc after a link, an image or code.
    InlineConstruct((b"{:",), _matches(r"\{:(?<![\\{]\{:)[^{}\n]{0,500}\}", _nothing)),
    InlineConstruct(
        (b"]{",),
        _matches(r"\[(?<![!\\\]]\[)([^\[\]\n]{1,500})\]\{[.#][^{}\n]{0,500}\}", _first_group),
    ),
    InlineConstruct(
        (b"){", b"`{", b"]{"),
        _matches(r"\{(?<=[)\]`]\{)(?:[.#][^{}\n]{0,500}|[A-Za-z-]{1,50}=[^{}\n]{0,500})\}", _nothing),
    ),
    InlineConstruct((b"://", b"www"), _bare_urls, lambda options: options.bare_urls, in_links=False),
    InlineConstruct((b"@",), _emails, lambda options: options.bare_urls, in_links=False),
    InlineConstruct(
        (b"\\(", b"\\["),
        _matches(r"\\(?<!\\\\)(?:\((?=\S)([^\n]{1,300}?)\\\)|\[([^\[\]]{1,2000}?)\\\])", _bracketed_formula),
        lambda options: options.math != "off",
    ),
)
"""All constructs within a line. Each is found in linear time."""


def restore_references(html: str) -> str:
    """Return HTML in which the references to illegal characters are back."""
    if REFERENCE_MARK in html or _MARK_IN_URL in html:
        return html.replace(REFERENCE_MARK, "&").replace(_MARK_IN_URL, "&")
    return html
