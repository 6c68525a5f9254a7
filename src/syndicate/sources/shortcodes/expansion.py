"""Replace the tags of a Markdown text, outside of code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyromark

from ..markdown_dialects.source_map import Ranges, map_source
from .replacements import PageContext, Replacement, replace_tag
from .tags import LINE_PREFIX, Tag, find_tags

_MAX_DEPTH = 20
_MAX_SHOWN = 60
_MAX_COUNTED = 50
_MODULE_LINE = re.compile(
    r"^(?:import\s[^\n]{1,500}\sfrom\s[^\n]{1,500}|import\s{1,9}['\"][^\n]{1,500}"
    r"|export\s{1,9}(?:const|default|let)\s[^\n]{0,1000})$\n?",
    re.MULTILINE,
)
# In a file that is not MDX, only what no text looks like.
_SURE_MODULE_LINE = re.compile(
    r"^import\s{1,9}[\w{}*,$ ]{1,300}\sfrom\s{1,9}(?:'[^'\n]{1,300}'|\"[^\"\n]{1,300}\");?[ \t]*$\n?",
    re.MULTILINE,
)
_EXPRESSION = re.compile(r"(?<![\\{$])\{(?!/\*|[.#:])[^{}\n]{1,500}\}(?!\})")


@dataclass(frozen=True, slots=True)
class ExpandedText:
    """Text whose tags are replaced.

    Attributes:
        text: Markdown.
        unknown: the tags of which only the text is left, each with its line in the text, from 1.
    """

    text: str
    unknown: list[tuple[str, int]] = field(default_factory=list)


def expand_shortcodes(text: str, context: PageContext, *, is_mdx: bool = False) -> ExpandedText:
    """Return the text with tags replaced by what they stand for, or removed.

    Tags in code stay, but for `{% raw %}` and Hugo's escaped shortcodes, which nobody is to see.
    """
    # A search for one character takes no time, and most texts have neither.
    if not is_mdx and "{" not in text and "<" not in text:
        return ExpandedText(text)
    tags = list(find_tags(text, components="all" if is_mdx else "lines"))
    expressions = list(_EXPRESSION.finditer(text)) if is_mdx and "{" in text else []
    if not tags and not expressions:
        return ExpandedText(text)
    expansion = _Expansion(text, context, tags)
    result = expansion.expand()
    if expressions:
        result = _without_expressions(result, expansion)
    return ExpandedText(result, expansion.unknown)


def without_module_lines(text: str, *, is_mdx: bool = False) -> str:
    """Return the text without the imports and exports of MDX, which Docusaurus has in `.md` files too."""
    if not is_mdx and not text.lstrip().startswith("import "):
        return text
    pattern = _MODULE_LINE if is_mdx else _SURE_MODULE_LINE
    matches = list(pattern.finditer(text))
    if not matches:
        return text
    code = Ranges(map_source(text).code())
    # The line ends stay, so that the lines of problems are right.
    return pattern.sub(lambda match: match[0] if match.start() in code else "\n" * match[0].count("\n"), text)


def _without_expressions(text: str, expansion: _Expansion) -> str:
    source_map = map_source(text)
    kept = Ranges([*source_map.code(), *source_map.math()])

    def remove(match: re.Match[str]) -> str:
        literal = re.fullmatch(r"\{\s*(?:'([^']*)'|\"([^\"]*)\"|`([^`$]*)`)\s*\}", match[0])
        if match.start() in kept:
            return match[0]
        if literal:
            return next(group for group in literal.groups() if group is not None)
        expansion.report(match[0], match.start())
        return ""

    return _EXPRESSION.sub(remove, text)


class _Expansion:
    def __init__(self, text: str, context: PageContext, tags: Iterable[Tag]) -> None:
        self._text = text
        self._context = context
        self.unknown: list[tuple[str, int]] = []
        source_map = map_source(text)
        self._code = Ranges([*source_map.code_spans, *source_map.fences()])
        self._indented = Ranges(source_map.indented_code)
        self._math = Ranges(source_map.math())
        self._html_blocks = Ranges(source_map.html_blocks)
        self._comments = Ranges(each for each in source_map.html if text.startswith("<!--", each[0]))
        self._tags = self._outside_code(list(tags))

    def _outside_code(self, tags: list[Tag]) -> list[Tag]:
        """Indented tags within others are no code: sites indent them to show how they are nested."""
        closed = Counter((tag.syntax, tag.name) for tag in tags if tag.is_closing)
        open_tags: Counter[tuple[str, str]] = Counter()
        kept = []
        end = 0
        for tag in tags:
            if tag.start < end:
                continue
            key = (tag.syntax, tag.name)
            if tag.start in self._code or (tag.start in self._indented and not any(open_tags.values())):
                if tag.name in ("raw", "/*") and tag.body is not None:
                    kept.append(tag)
                    end = tag.end
                continue
            if tag.syntax in ("output", "component") and tag.start in self._math:
                continue
            if tag.start in self._comments:
                continue
            if tag.is_closing:
                closed[key] -= 1
                if open_tags[key]:
                    open_tags[key] -= 1
            elif tag.can_open and tag.body is None and closed[key] > open_tags[key]:
                open_tags[key] += 1
            kept.append(tag)
            end = tag.end
        return kept

    def expand(self) -> str:
        """Return the text with all tags replaced."""
        partners = self._pairs()
        frames: list[tuple[Tag | None, list[str]]] = [(None, [])]
        position = 0
        for index, tag in enumerate(self._tags):
            frames[-1][1].append(self._text[position : tag.start])
            position = tag.end
            if index in partners:
                frames.append((tag, []))
            elif tag.is_closing:
                if index in self._closing:
                    opening, parts = frames.pop()
                    assert opening is not None
                    self._place(opening, "".join(parts), tag, frames[-1][1])
                elif tag.syntax != "component":
                    self.report(tag.source, tag.start)
            else:
                self._place(tag, None, tag, frames[-1][1])
        frames[-1][1].append(self._text[position:])
        return "".join(frames[0][1])

    def _pairs(self) -> set[int]:
        """Return the indexes of the tags that have an end tag, and note those of the end tags."""
        openings: set[int] = set()
        self._closing: set[int] = set()
        stack: list[tuple[str, str, int]] = []
        waiting: Counter[tuple[str, str]] = Counter()
        for index, tag in enumerate(self._tags):
            if tag.is_closing:
                # Zola closes every tag by `{% end %}`.
                is_any = tag.syntax == "liquid" and not tag.name
                if not is_any and not waiting[tag.syntax, tag.name]:
                    continue
                while stack:
                    syntax, name, opening = stack.pop()
                    waiting[syntax, name] -= 1
                    if (syntax, name) == (tag.syntax, tag.name) or (is_any and syntax == "liquid"):
                        openings.add(opening)
                        self._closing.add(index)
                        break
            elif tag.can_open and tag.body is None and tag.syntax != "output":
                stack.append((tag.syntax, tag.name, index))
                waiting[tag.syntax, tag.name] += 1
        return self._within_depth(openings)

    def _within_depth(self, openings: set[int]) -> set[int]:
        """Return the openings without those that are nested too deeply: these only disappear."""
        kept: set[int] = set()
        stack: list[bool] = []
        for index in range(len(self._tags)):
            if index in openings:
                is_kept = sum(stack) < _MAX_DEPTH if len(stack) < _MAX_DEPTH else False
                stack.append(is_kept)
                if is_kept:
                    kept.add(index)
            elif index in self._closing and not stack.pop():
                self._closing.discard(index)
        return kept

    def _place(self, tag: Tag, content: str | None, last: Tag, parts: list[str]) -> None:
        replacement = replace_tag(tag, content, self._context)
        if not replacement.is_known:
            self.report(tag.source, tag.start)
        parts.append(self._fitted(replacement, tag, last))

    def _fitted(self, replacement: Replacement, tag: Tag, last: Tag) -> str:
        """Put blank lines around blocks, and indent them like the line that the tag is on."""
        if not replacement.is_block:
            return self._inline(replacement.markdown, tag)
        line_start = self._text.rfind("\n", max(0, tag.start - 500), tag.start) + 1
        before = self._text[line_start : tag.start]
        indent = LINE_PREFIX.match(before)
        assert indent is not None
        prefix = indent[1] + " " * len(indent[2])
        # A list item begins with the block itself.
        lead = "" if indent[2] else f"\n{prefix}"
        if indent.end() < len(before):
            lead = f"\n{prefix.rstrip()}\n{prefix}"
        markdown = replacement.markdown.replace("\n", f"\n{prefix}") if prefix else replacement.markdown
        is_end_of_line = self._text[last.end : last.end + 1] in ("", "\n")
        return f"{lead}{markdown}\n{prefix.rstrip()}" + ("" if is_end_of_line else f"\n{prefix}")

    def _inline(self, markdown: str, tag: Tag) -> str:
        """Return HTML where Markdown is not read, such as for an image in a `<figure>`."""
        # A component can be a block itself, and nothing of that remains.
        if not markdown.startswith(("[", "![", "`")) or tag.start - 1 not in self._html_blocks:
            return markdown
        return pyromark.html(markdown).strip().removeprefix("<p>").removesuffix("</p>")

    def report(self, source: str, place: int) -> None:
        """Note a tag of which only the text is left."""
        source = " ".join(source.split())
        shown = source if len(source) <= _MAX_SHOWN else f"{source[: _MAX_SHOWN - 3]}..."
        # Counting the lines of thousands of tags would be slow.
        line = (
            self._text.count("\n", 0, place) + 1 if len(self.unknown) < _MAX_COUNTED else self.unknown[-1][1]
        )
        self.unknown.append((shown, line))
