"""Find tags: where each begins and ends, its name and its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Syntax = Literal["hugo", "liquid", "output", "component"]

LINE_PREFIX = re.compile(r"([ \t>]*)((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)")
"""What may be in front of the text of a line: marks of quotes, then the marker of a list item."""

# A tag that is longer is no tag. The limit keeps the search linear.
_MAX_TAG = 4_000
_OPENINGS = re.compile(r"\{\{[<%]|\{%|\{\{(?!\{)(?<!\{\{\{)|\{#(?=\s)")
_COMPONENT = re.compile(
    r"<(/?)([A-Z][\w.]{0,60})((?:\s{1,20}(?:[A-Za-z_][\w:-]{0,60}"
    r"(?:=(?:\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'|\{[^{}]{0,2000}(?:\{[^{}]{0,2000}\}[^{}]{0,2000}){0,5}\}))?"
    r"|\{\.\.\.[^{}]{0,200}\})){0,40})\s{0,20}(/?)>"
)
_NAME = re.compile(r"\s*(/?)\s*([\w][\w./-]{0,100})?")
_CALL = re.compile(r"\s*([A-Za-z_][\w:.]{0,100})\((.*)\)\s*\Z", re.DOTALL)
_ARGUMENT = re.compile(
    r"(?:([A-Za-z_][\w.-]{0,60})(?:\s{0,9}=\s{0,9}|:\s{1,9}|:(?=[\"'])))?"
    r"(?:\{?\"((?:[^\"\\]|\\.)*)\"\}?|\{?'((?:[^'\\]|\\.)*)'\}?|\{?`([^`]*)`\}?|\{{1,2}([^{}]*)\}{1,2}|([^\s,\"'`{}]+))",
    re.DOTALL,
)
_RAW_ENDS = {
    "raw": re.compile(r"\{%-?\s{0,9}endraw\s{0,9}-?%\}"),
    "verbatim": re.compile(r"\{%-?\s{0,9}endverbatim\s{0,9}-?%\}"),
    "comment": re.compile(r"\{%-?\s{0,9}endcomment\s{0,9}-?%\}"),
    "highlight": re.compile(r"\{%-?\s{0,9}endhighlight\s{0,9}-?%\}"),
    "codeblock": re.compile(r"\{%-?\s{0,9}endcodeblock\s{0,9}-?%\}"),
    "hugo highlight": re.compile(r"\{\{[<%]\s{0,9}/\s{0,9}highlight\s{0,9}[>%]\}\}"),
    "hugo code": re.compile(r"\{\{[<%]\s{0,9}/\s{0,9}code\s{0,9}[>%]\}\}"),
    "hugo mermaid": re.compile(r"\{\{[<%]\s{0,9}/\s{0,9}mermaid\s{0,9}[>%]\}\}"),
}
"""The ends of the tags that hold text without tags."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag.

    Attributes:
        start: its first character.
        end: the character after it; after its end tag if it has `body`.
        syntax: `output` is `{{ value }}`.
        name: without the slash of an end tag.
        values: the arguments without a name.
        named: the arguments with a name.
        is_closing: whether it is an end tag.
        can_open: whether an end tag may follow.
        body: the text that it holds, if that has no tags.
        source: as written.
    """

    start: int
    end: int
    syntax: Syntax
    name: str
    values: tuple[str, ...] = ()
    named: dict[str, str] = field(default_factory=dict)
    is_closing: bool = False
    can_open: bool = True
    body: str | None = None
    source: str = ""

    def argument(self, *names: str, position: int | None = 0) -> str:
        """Return the first argument with one of the names, or the one at a position; or an empty text."""
        for name in names:
            if value := self.named.get(name):
                return value
        if position is not None and position < len(self.values):
            return self.values[position]
        return ""


def find_tags(text: str, *, components: Literal["lines", "all"]) -> Iterator[Tag]:
    """Yield the tags in their order.

    Args:
        text: Markdown.
        components: where components are looked for: at the beginnings of lines, or everywhere.
    """
    missing: set[str] = set()
    position = 0
    while True:
        opening = _OPENINGS.search(text, position)
        limit = opening.start() if opening else len(text)
        for component in _components(text, position, limit, components):
            position = component.end
            yield component
        if opening is None:
            return
        if position > limit:
            # The braces belong to an argument of the component.
            continue
        tag = _read_tag(text, opening, missing)
        if tag:
            yield tag
            position = tag.end
        else:
            position = opening.end()


def _read_tag(text: str, opening: re.Match[str], missing: set[str]) -> Tag | None:
    start, mark = opening.start(), opening[0]
    closing = {"{{<": ">}}", "{{%": "%}}", "{%": "%}", "{{": "}}", "{#": "#}"}[mark]
    end = text.find(closing, opening.end(), start + _MAX_TAG)
    if end < 0:
        return None
    inner, end = text[opening.end() : end], end + len(closing)
    if mark == "{%" and any(each in inner for each in ("{{<", "{{%", "{%")):
        # It has no end: another tag begins before the end that was found.
        return None
    source = text[start:end]
    if mark == "{#":
        return Tag(start, end, "liquid", "comment", can_open=False, source=source)
    inner = inner.strip().strip("-").strip() if mark in ("{%", "{{") else inner.strip()
    if mark == "{{":
        # `style={{...}}` is an argument of JSX, which nobody is to see.
        is_argument = text[max(0, start - 1) : start] == "="
        return _read_output("" if is_argument else inner, start, end, source)
    is_hugo = mark != "{%"
    name_match = _NAME.match(inner)
    name = (name_match[2] or "") if name_match else ""
    if is_hugo and inner.startswith("/*"):
        return Tag(start, end, "hugo", "/*", body=inner.removeprefix("/*").removesuffix("*/"), source=source)
    if not name:
        return Tag(start, end, "hugo" if is_hugo else "liquid", inner[:40], can_open=False, source=source)
    assert name_match
    rest = inner[name_match.end() :]
    if is_hugo:
        self_closing = rest.rstrip().endswith("/")
        values, named = read_arguments(rest.rstrip().removesuffix("/"))
        tag = Tag(
            start, end, "hugo", name, values, named, bool(name_match[1]), not self_closing, None, source
        )
        return _with_body(text, tag, f"hugo {name}", missing)
    call = _CALL.match(inner)
    if call:
        values, named = read_arguments(call[2])
        return Tag(start, end, "liquid", call[1], values, named, source=source)
    if name.startswith("end") and name != "endless":
        return Tag(start, end, "liquid", name[3:], is_closing=True, source=source)
    values, named = read_arguments(rest)
    tag = Tag(start, end, "liquid", name, values, named, False, True, None, source)
    return _with_body(text, tag, name, missing)


def _with_body(text: str, tag: Tag, kind: str, missing: set[str]) -> Tag:
    ends = _RAW_ENDS.get(kind)
    if ends is None or tag.is_closing or kind in missing:
        return tag
    end = ends.search(text, tag.end)
    if end is None:
        missing.add(kind)
        return tag
    body = text[tag.end : end.start()]
    return Tag(
        tag.start, end.end(), tag.syntax, tag.name, tag.values, tag.named, body=body, source=tag.source
    )


def _read_output(inner: str, start: int, end: int, source: str) -> Tag:
    call = _CALL.match(inner)
    if call and "|" not in inner.partition("(")[0]:
        values, named = read_arguments(call[2])
        return Tag(start, end, "hugo", call[1], values, named, can_open=False, source=source)
    return Tag(start, end, "output", inner, can_open=False, source=source)


def _components(text: str, start: int, end: int, where: Literal["lines", "all"]) -> Iterator[Tag]:
    position = start
    while (position := text.find("<", position, end)) >= 0:
        # The slash of an end tag comes first.
        following = text[position + 1 : position + 3].lstrip("/")[:1]
        match = _COMPONENT.match(text, position) if "A" <= following <= "Z" else None
        if match is None or (where == "lines" and not _begins_line(text, position)):
            position += 1
            continue
        values, named = read_arguments(match[3])
        yield Tag(
            *(match.start(), match.end(), "component", match[2]),
            *(values, named, bool(match[1]), not match[4]),
            source=match[0],
        )
        position = match.end()


def _begins_line(text: str, position: int) -> bool:
    line_start = text.rfind("\n", max(0, position - 200), position) + 1
    return LINE_PREFIX.fullmatch(text, line_start, position) is not None


def read_arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the arguments without and with names of `a "b c" d=e f="g"`, `d: e` and `d={e}`."""
    values: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text[:_MAX_TAG]):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        if match[4] is None and "\\" in value:
            value = re.sub(r"\\(.)", r"\1", value)
        if match[1]:
            named.setdefault(match[1].lower(), value.strip())
        else:
            values.append(value)
    return tuple(values), named
