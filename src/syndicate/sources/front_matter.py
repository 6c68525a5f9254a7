"""The fields at the head of a Markdown file: YAML between `---` lines, or TOML between `+++` lines."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

_LANGUAGES = {"---": "yaml", "+++": "toml"}
_FIELD = re.compile(r"^([A-Za-z_][\w-]*)\s*[:=]")


class _Loader(yaml.SafeLoader):
    """Keeps dates as text, so that a wrong date becomes a problem of its record with line and field."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class FrontMatterError(Exception):
    """The front matter is broken.

    Attributes:
        line: the line in the file, from 1, if known.
    """

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


def split_front_matter(text: str) -> tuple[dict[str, Any], dict[str, int], str]:
    """Return the fields of the front matter, the line of each, and the text after it.

    Raises:
        FrontMatterError: the front matter is not valid, or has no end.
    """
    first_line, _, rest = text.partition("\n")
    fence = first_line.rstrip()
    language = _LANGUAGES.get(fence)
    if language is None:
        return {}, {}, text
    end = re.search(rf"^{re.escape(fence)}[ \t]*$\n?", rest, re.MULTILINE)
    if end is None:
        raise FrontMatterError(f"a line {fence!r} must end it", 1)
    source = rest[: end.start()]
    fields = _parse_yaml(source) if language == "yaml" else _parse_toml(source)
    lines: dict[str, int] = {}
    for number, line in enumerate(source.split("\n"), 2):
        if match := _FIELD.match(line):
            lines.setdefault(match[1], number)
    return fields, lines, rest[end.end() :]


def _parse_yaml(text: str) -> dict[str, Any]:
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark and mark.line >= text.count("\n"):
            # The parser notices at the end what was left open. The line where it begins is of more use.
            mark = error.context_mark or mark
        raise FrontMatterError(error.problem or "it is not YAML", mark.line + 2 if mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = str(error).splitlines()[0] if str(error) else "it is not YAML"
        raise FrontMatterError(message, None) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FrontMatterError("it has no fields", 1)
    return {str(name): each for name, each in value.items()}


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        match = re.search(r"at line (\d+)", str(error))
        raise FrontMatterError(str(error), int(match[1]) + 1 if match else None) from None
