"""Markdown to HTML."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.entity import entity

from ..text.illegal_characters import CHARACTER_REFERENCE, illegal_reference
from ..text.sanitize import sanitize


def _entity(state: StateInline, silent: bool) -> bool:
    """Parse an entity, but keep a reference to an illegal character: it is reported with its record."""
    match = CHARACTER_REFERENCE.match(state.src, state.pos)
    character = illegal_reference(match) if match else ""
    if not match or not character:
        return entity(state, silent)
    if not silent:
        state.push("text_special", "", 0).content = character
    state.pos = match.end()
    return True


_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MARKDOWN.inline.ruler.at("entity", _entity)


def render_markdown(text: str) -> str:
    """Return the HTML of Markdown text (CommonMark, with tables and strikethrough). It is not sanitised."""
    html: str = _MARKDOWN.render(text)
    return html


def from_markdown(text: str, base: str | None = None) -> str:
    """Return the sanitised HTML of Markdown text.

    Args:
        text: without front matter.
        base: the URL that relative addresses are relative to; without one they are removed.
    """
    return sanitize(render_markdown(text), base)
