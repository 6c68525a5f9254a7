"""A small tree of a formula or a drawing. Its depth is limited; its size is that of its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

from .html_tokens import VOID_ELEMENTS, iterate_tags, read_attributes

_MAX_DEPTH = 60


@dataclass
class Node:
    """An element: its content is nodes and texts in their order."""

    name: str
    written_attributes: str = ""
    content: list[Node | str] = field(default_factory=list)

    @cached_property
    def attributes(self) -> dict[str, str]:
        return read_attributes(self.written_attributes)

    @property
    def children(self) -> list[Node]:
        return [each for each in self.content if isinstance(each, Node)]

    @property
    def text(self) -> str:
        """All words in it, on one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.content:
            if isinstance(each, str):
                yield each
            elif each.name not in ("script", "style"):
                yield from each._texts()

    def descendants(self) -> Iterator[Node]:
        """Yield every element in it, in the order of the source."""
        for child in self.children:
            yield child
            yield from child.descendants()


def parse_markup(markup: str) -> Node:
    """Return the tree of markup; elements that are nested too deep become part of their parent."""
    root = Node("")
    stack = [root]
    position = 0
    for tag in iterate_tags(markup):
        if text := markup[position : tag.start]:
            stack[-1].content.append(unescape(text))
        name = tag.name.rpartition(":")[2]
        position = tag.end
        if tag.is_end:
            for depth in range(len(stack) - 1, 0, -1):
                if stack[depth].name == name:
                    del stack[depth:]
                    break
            continue
        node = Node(name, tag.attributes)
        if len(stack) <= _MAX_DEPTH:
            stack[-1].content.append(node)
            if not markup[tag.start : tag.end].endswith("/>") and name not in VOID_ELEMENTS:
                stack.append(node)
        if name in ("title", "style", "script", "textarea"):
            # Their content is part of the tag.
            start = markup.find(">", tag.start) + 1
            if 0 < start < tag.end:
                node.content.append(unescape(markup[start : tag.end]))
    if text := markup[position:]:
        stack[-1].content.append(unescape(text))
    return root
