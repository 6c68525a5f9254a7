"""Source kind `markdown`: one record per Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Literal

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .settings import FileSettings, SourceEnvironment
from .source import RawRecord, Source

_FIRST_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
# The imports and exports of an MDX file. Its components are removed when the HTML is sanitised.
_MDX_MODULE_LINE = re.compile(
    r"^(?:import\s.+\sfrom\s.+|import\s+['\"].+|export\s+(?:const|default|let)\s.+)$\n?", re.MULTILINE
)


class MarkdownSettings(FileSettings):
    """`kind = "markdown"`: Markdown files with YAML or TOML front matter."""

    kind: Literal["markdown"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.file_source(self.one_record_files(environment.base), read_markdown, environment)


def read_markdown(file: TextFile) -> Iterator[RawRecord | Problem]:
    """Yield the record of a file: the front matter's fields, and the text as `content_html`.

    A first heading that equals the title is removed. Without a title in the front matter, it is the title.
    """
    from .front_matter import FrontMatterError, split_front_matter
    from .markdown_html import render_markdown

    try:
        fields, lines, body = split_front_matter(file.text)
    except FrontMatterError as error:
        yield Problem.at(
            replace(file.where, line=error.line),
            f"the front matter is broken: {error}",
            hint="quote a value that contains a colon or begins with a special character",
        )
        return
    if file.path.suffix == ".mdx":
        body = _MDX_MODULE_LINE.sub("", body)
    heading = _FIRST_HEADING.match(body)
    title = fields.get("title")
    if heading and (not title or _without_markup(heading[1]) == _without_markup(str(title))):
        body = body[heading.end() :]
        if not title:
            fields["title"] = _without_markup(heading[1])
    fields["content_html"] = render_markdown(body)
    path = PurePosixPath(file.key).with_suffix("")
    computed = {"path": str(path.parent if path.name == "index" else path), "slug": path.name}
    yield RawRecord(fields, Where(file=str(file.path)), file.key, computed, lines)


def _without_markup(heading: str) -> str:
    return re.sub(r"[*_`\\]", "", heading).strip()
