"""What stands within a line: emoji codes, marked text, wikilinks, attribute lists, addresses, formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    """A construct that a pattern finds.

    Attributes:
        marks: a text without any of these does not have it.
        replace: returns what takes its place; None leaves it as it is.
        in_links: whether it may be in the text of a link.
        in_html: whether it may be between `<` and `>`.
    """

    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str], MarkdownOptions], str | None]
    is_enabled: Callable[[MarkdownOptions], bool] = lambda options: True
    in_links: bool = True
    in_html: bool = False


def rewrite_inline(text: str, options: MarkdownOptions) -> str:
    """Return the text with the constructs as CommonMark and HTML. Those in code stay as they are."""
    found = [
        (construct, match, replacement)
        for construct in CONSTRUCTS
        if any(mark in text for mark in construct.marks) and construct.is_enabled(options)
        for match in construct.pattern.finditer(text)
        if (replacement := construct.replace(match, options)) is not None
    ]
    has_math = "$" in text and options.math != "off"
    if not found and not has_math:
        return text
    source_map = map_source(text)
    edits = list(_math_edits(text, source_map, options)) if has_math else []
    code = Ranges([*source_map.code(), *((start, end) for start, end, _ in edits)])
    html, links = Ranges(source_map.html), Ranges(source_map.links)
    for construct, match, replacement in found:
        place = match.start()
        if place in code or (not construct.in_html and place in html):
            continue
        if not construct.in_links and (place in links or _defines_link(text, place)):
            continue
        edits.append((place, match.end(), replacement))
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

    character = emoji.emojize(match[0], language="alias")
    return None if character == match[0] else character


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


def _wikilink(match: re.Match[str], options: MarkdownOptions) -> str | None:
    target, label = match[2].strip().removesuffix("\\"), (match[3] or "").strip()
    if not target or match[2][0].isspace():
        return None
    if match[1] and (_IMAGE_NAME.search(target) or _MEDIA_NAME.search(target)):
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


def _bare_url(match: re.Match[str], _options: MarkdownOptions) -> str | None:
    url = trim_url(match[0])
    rest = match[0][len(url) :]
    if url.startswith("www."):
        host = url[4:]
        return f"[{escape_markdown(url)}](<http://{url}>){rest}" if "." in host.strip(".") else None
    return f"<{url}>{rest}" if url.partition("://")[2] else None


def _email(match: re.Match[str], _options: MarkdownOptions) -> str | None:
    return f"<{match[0]}>"


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
        if text[end : end + 1].isalnum() or _MONEY.fullmatch(body) and not body.strip().isalnum():
            continue
        yield start, end, _formula(text[start:end], options)


def _formula(source: str, options: MarkdownOptions) -> str:
    if options.math == "text":
        return escape_markdown(source)
    return code_span(" ".join(source.strip("$").split()))


def _bracketed_formula(match: re.Match[str], options: MarkdownOptions) -> str | None:
    body = match[1] or match[2] or ""
    return _formula(f"${body.strip()}$", options) if _TEX.search(body) else None


_BEFORE_URL = r"(?<![A-Za-z0-9_/.@=&\"'(\[<`\\-])"
_AFTER_OPENING = r"|(?<=[^\]]\()"
_URL_CHARACTER = r"[^\s<>|`\\\"，。；：！？、（）【】「」『』《》“”‘’…]"
_URL = rf"(?:https?|ftp)://[A-Za-z0-9\[\u00a1-\uffff]{_URL_CHARACTER}{{0,2000}}|www\.[A-Za-z0-9-]{_URL_CHARACTER}{{0,2000}}"

CONSTRUCTS = (
    InlineConstruct(("&#",), CHARACTER_REFERENCE, _illegal, in_html=True),
    InlineConstruct(
        (":",),
        re.compile(r":(?<![\w:/\\]:)([a-z0-9_+-]{1,40}):(?![\w:/])"),
        _emoji,
        lambda options: options.emoji,
    ),
    # A colon at the beginning of a line would begin a definition even without the space after it.
    InlineConstruct(("\n:",), re.compile(r"(?<=\n):(?=[^\s:])"), lambda match, options: "\\:"),
    InlineConstruct(
        ("==",),
        re.compile(r"==(?<![\w=!<>\\/-]==)(?=[^\s=])([^=\n]{1,1000})(?<!\s)==(?![\w=])"),
        _element("mark"),
    ),
    InlineConstruct(
        ("^",), re.compile(r"\^(?<=[A-Za-z0-9)\]]\^)([A-Za-z0-9+−-]{1,20})\^(?!\^)"), _element("sup")
    ),
    InlineConstruct(("~",), re.compile(r"~(?<=[A-Za-z]~)([A-Za-z0-9+−-]{1,20})~(?!~)"), _element("sub")),
    InlineConstruct(
        ("[[",),
        re.compile(r"(!?)\[\[(?<!\\\[\[)([^\[\]|\n]{1,500})(?:\|([^\[\]\n]{0,500}))?\]\]"),
        _wikilink,
        lambda options: bool(options.wikilinks),
        in_links=True,
    ),
    # Kramdown's lists of attributes, and those of Pandoc after a link, an image or code.
    InlineConstruct(("{:",), re.compile(r"\{:(?<![\\{]\{:)[^{}\n]{0,500}\}"), _nothing),
    InlineConstruct(
        ("]{",), re.compile(r"\[(?<![!\\\]]\[)([^\[\]\n]{1,500})\]\{[.#][^{}\n]{0,500}\}"), _first_group
    ),
    InlineConstruct(
        ("){", "`{", "]{"),
        re.compile(r"\{(?<=[)\]`]\{)(?:[.#][^{}\n]{0,500}|[A-Za-z-]{1,50}=[^{}\n]{0,500})\}"),
        _nothing,
    ),
    InlineConstruct(
        ("://", "www."),
        re.compile(rf"(?:{_BEFORE_URL}{_AFTER_OPENING})(?:{_URL})"),
        _bare_url,
        lambda options: options.bare_urls,
        in_links=False,
    ),
    InlineConstruct(
        ("@",),
        re.compile(
            r"(?<![\w.+/@:<=-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}"
            r"(?![\w@/:-]|\.[A-Za-z0-9])",
            re.ASCII,
        ),
        _email,
        lambda options: options.bare_urls,
        in_links=False,
    ),
    InlineConstruct(
        ("\\(", "\\["),
        re.compile(r"(?<!\\)\\\((?=\S)([^\n]{1,300}?)\\\)|(?<!\\)\\\[([^\[\]]{1,2000}?)\\\]"),
        _bracketed_formula,
        lambda options: options.math != "off",
    ),
)
"""All constructs within a line. Each pattern is linear."""


def restore_references(html: str) -> str:
    """Return HTML in which the references to illegal characters are back."""
    if REFERENCE_MARK in html or _MARK_IN_URL in html:
        return html.replace(REFERENCE_MARK, "&").replace(_MARK_IN_URL, "&")
    return html
