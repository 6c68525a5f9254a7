"""Source kind `markdown`: one record per Markdown file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from pydantic import Field

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .flavoured_settings import FlavouredSettings
from .markdown_dialects.options import DEFAULT_OPTIONS, MarkdownOptions
from .path_dates import date_in_file_path
from .path_variables import path_variables
from .settings import SourceEnvironment
from .source import RawRecord, Source

_MAX_NAMED = 8


class MarkdownSettings(FlavouredSettings):
    """`kind = "markdown"`: Markdown files with front matter."""

    kind: Literal["markdown"]
    markdown: MarkdownOptions = Field(default=DEFAULT_OPTIONS, description="the dialect of the texts")

    def open(self, environment: SourceEnvironment) -> Source:
        read = partial(
            read_markdown, options=self.markdown, headers=True if self.flavour == "pelican" else None
        )
        return self.flavoured_source(environment, read)


def read_markdown(
    file: TextFile, options: MarkdownOptions = DEFAULT_OPTIONS, *, headers: bool | None = None
) -> Iterator[RawRecord | Problem]:
    """Yield the record of a file: the front matter's fields, and the text as `content_html`.

    A first heading that equals the title is removed. Without a title in the front matter, it is the title.

    Args:
        file: its text.
        options: the dialect.
        headers: whether front matter is `Name: value` without fences; None recognises it.
    """
    from .front_matter import FrontMatterError, split_front_matter
    from .markdown_text import read_text

    try:
        front_matter = split_front_matter(file.text, headers=headers)
    except FrontMatterError as error:
        yield Problem.at(
            replace(file.where, line=error.line),
            f"the front matter is broken: {error}",
            hint="quote a value that contains a colon or begins with a special character",
        )
        return
    fields, lines = front_matter.fields, front_matter.lines
    for message, line in front_matter.warnings:
        where = replace(file.where, line=line)
        yield Problem.at(where, f"front matter: {message}", severity="warning", hint="correct the line")
    text = read_text(front_matter, options, is_mdx=file.path.suffix == ".mdx")
    if text.shortcodes:
        yield _shortcode_note(file, text.shortcodes)
    if text.title and not fields.get("title"):
        fields["title"] = text.title
    fields["content_html"] = text.html
    fields["content_markdown"] = text.markdown
    fallbacks = file_fallbacks(file)
    if text.summary:
        fallbacks["summary"] = text.summary
    yield RawRecord(
        fields,
        Where(file=str(file.path)),
        file.key,
        computed=path_variables(file.key),
        fallbacks=fallbacks,
        lines=lines,
    )


def file_fallbacks(file: TextFile) -> dict[str, Any]:
    """Return what the path of a file tells about its article."""
    published = date_in_file_path(file.path, file.key)
    return {} if published is None else {"published": published}


def _shortcode_note(file: TextFile, shortcodes: Sequence[tuple[str, int]]) -> Problem:
    """Name the shortcodes of which only the text is left."""
    named = dict(reversed(shortcodes))
    shown = ", ".join(f"{name} (line {named[name]})" for name in reversed(list(named)[-_MAX_NAMED:]))
    more = f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else ""
    return Problem.at(
        replace(file.where, line=shortcodes[0][1]),
        f"shortcodes that only the site knows were removed: {shown}{more}",
        severity="note",
        hint="the text within them is kept; markdown = { shortcodes = false } leaves all as they are",
    )
