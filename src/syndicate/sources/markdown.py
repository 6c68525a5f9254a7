"""Source kind `markdown`: one record per Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .flavoured_settings import FlavouredSettings
from .path_dates import date_in_file_path, date_in_permalink
from .path_variables import path_variables
from .settings import SourceEnvironment
from .source import RawRecord, Source

_FIRST_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
# The imports and exports of an MDX file. Its components are removed when the HTML is sanitised.
_MDX_MODULE_LINE = re.compile(
    r"^(?:import\s.+\sfrom\s.+|import\s+['\"].+|export\s+(?:const|default|let)\s.+)$\n?", re.MULTILINE
)
# Fields of front matter that are the address of the article, or a part of it.
_PERMALINKS = ("path", "permalink", "url", "slug")


class MarkdownSettings(FlavouredSettings):
    """`kind = "markdown"`: Markdown files with YAML or TOML front matter."""

    kind: Literal["markdown"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.flavoured_source(environment, read_markdown)


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
    yield RawRecord(
        fields,
        Where(file=str(file.path)),
        file.key,
        computed=path_variables(file.key),
        fallbacks=file_fallbacks(file, fields),
        lines=lines,
    )


def file_fallbacks(file: TextFile, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the path of a file, or a permalink in its front matter, tells about its article."""
    published = date_in_file_path(file.path, file.key)
    if published is None:
        permalinks = (fields.get(name) for name in _PERMALINKS)
        # A whole URL may be that of another site.
        own = (each for each in permalinks if isinstance(each, str) and "://" not in each)
        found = (date_in_permalink(each) for each in own)
        published = next((each for each in found if each), None)
    return {} if published is None else {"published": published}


def _without_markup(heading: str) -> str:
    return re.sub(r"[*_`\\]", "", heading).strip()
