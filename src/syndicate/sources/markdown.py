"""Markdown files with YAML (`---`) or TOML (`+++`) front matter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.entity import entity

from ..errors import Where
from ..model import Problem
from ..text.characters import CHARACTER_REFERENCE, illegal_reference
from ..text.html import sanitize
from .files import TextFile
from .source import RawRecord

_FENCES = {"---": "yaml", "+++": "toml"}
_FIELD = re.compile(r"^([A-Za-z_][\w-]*)\s*[:=]")
_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
# The module lines that MDX files begin with; their components go when the HTML is sanitised.
_MODULE = re.compile(
    r"^(?:import\s.+\sfrom\s.+|import\s+['\"].+|export\s+(?:const|default|let)\s.+)$\n?", re.MULTILINE
)


def _reference(state: StateInline, silent: bool) -> bool:
    """As `entity`, but a reference to an illegal character gives that character: it is reported later."""
    match = CHARACTER_REFERENCE.match(state.src, state.pos)
    char = illegal_reference(match) if match else ""
    if not match or not char:
        return entity(state, silent)
    if not silent:
        state.push("text_special", "", 0).content = char
    state.pos = match.end()
    return True


_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MARKDOWN.inline.ruler.at("entity", _reference)


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: a wrong one then costs its record, with line and field."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _FrontMatterError(Exception):
    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


def from_markdown(text: str, base: str | None = None) -> str:
    """Markdown as safe HTML (CommonMark, with tables and strikethrough).

    Args:
        text: without front matter.
        base: what relative addresses are relative to; without one these are dropped.
    """
    return sanitize(_MARKDOWN.render(text), base)


def read_markdown(file: TextFile) -> Iterator[RawRecord | Problem]:
    """One record a file: the front matter's fields, and the text as `content_html`.

    A first heading that repeats the title goes; where the front matter has no title it is the title.
    """
    try:
        yield _record(file)
    except _FrontMatterError as error:
        yield Problem.at(
            replace(file.where, line=error.line),
            f"the front matter is broken: {error}",
            hint="quote a value that holds a colon or begins with a special character",
        )


def _record(file: TextFile) -> RawRecord:
    fields, lines, body = split_front_matter(file.text)
    if file.path.suffix == ".mdx":
        body = _MODULE.sub("", body)
    heading = _HEADING.match(body)
    title = fields.get("title")
    if heading and (not title or _plain(heading[1]) == _plain(str(title))):
        body = body[heading.end() :]
        if not title:
            fields["title"] = _plain(heading[1])
    fields["content_html"] = _MARKDOWN.render(body)
    path = PurePosixPath(file.key).with_suffix("")
    own = {"path": str(path.parent if path.name == "index" else path), "slug": path.name}
    return RawRecord(fields, Where(file=str(file.path)), file.key, own, lines)


def split_front_matter(text: str) -> tuple[dict[str, Any], dict[str, int], str]:
    """Part a text into the fields of its front matter, the line of each, and the rest.

    Raises:
        _FrontMatterError: it is not valid, or never ends.
    """
    first, _, rest = text.partition("\n")
    kind = _FENCES.get(first.rstrip())
    if kind is None:
        return {}, {}, text
    matter, fence, body = _until(rest, first.rstrip())
    if not fence:
        raise _FrontMatterError(f"no line {first.rstrip()!r} ends it", 1)
    fields = _yaml(matter) if kind == "yaml" else _toml(matter)
    lines: dict[str, int] = {}
    for number, line in enumerate(matter.split("\n"), 2):
        if match := _FIELD.match(line):
            lines.setdefault(match[1], number)
    return fields, lines, body


def _until(text: str, fence: str) -> tuple[str, bool, str]:
    match = re.search(rf"^{re.escape(fence)}[ \t]*$\n?", text, re.MULTILINE)
    return (text[: match.start()], True, text[match.end() :]) if match else (text, False, "")


def _yaml(text: str) -> dict[str, Any]:
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark and mark.line >= text.count("\n"):
            # What was left open is where it began, and not at the end of all.
            mark = error.context_mark or mark
        raise _FrontMatterError(error.problem or "not YAML", mark.line + 2 if mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _FrontMatterError(str(error).splitlines()[0] if str(error) else "not YAML", None) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _FrontMatterError("it holds no fields", 1)
    return {str(name): each for name, each in value.items()}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        match = re.search(r"at line (\d+)", str(error))
        raise _FrontMatterError(str(error), int(match[1]) + 1 if match else None) from None


def _plain(heading: str) -> str:
    return re.sub(r"[*_`\\]", "", heading).strip()
