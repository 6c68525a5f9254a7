"""Which dialect of Markdown a source is written in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...model.base import Frozen


class MarkdownOptions(Frozen):
    """`markdown = { ... }` of a source: what is more than Markdown in its texts."""

    smart: bool = Field(default=False, description='whether quotes, dashes and "..." become typographic ones')
    math: Literal["code", "text", "off"] = Field(
        default="code",
        description="what `$x$` and `$$x$$` become: code, the text as written, or nothing special",
    )
    emoji: bool = Field(default=True, description="whether `:tada:` becomes the character")
    bare_urls: bool = Field(default=True, description="whether an address in the text becomes a link")
    wikilinks: bool | str = Field(
        default=True,
        description="whether `[[page|text]]` becomes its text; or a link template with {page} or {slug}",
    )
    admonitions: bool = Field(
        default=True, description="whether `> [!NOTE]`, `:::note` and `!!! note` become quotes with a title"
    )
    shortcodes: bool = Field(
        default=True, description="whether shortcodes, Liquid tags and components are replaced or removed"
    )
    fold: str | None = Field(
        default=None, description="a line that ends the summary, besides `<!--more-->`; such as `---`"
    )


DEFAULT_OPTIONS = MarkdownOptions()
"""What is unambiguous is on."""
