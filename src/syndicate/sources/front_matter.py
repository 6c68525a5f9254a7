"""The fields at the head of a Markdown file.

YAML between lines of `---`, TOML between `+++`, JSON between braces or `;;;`, the fences `---toml` and
`---json` of Eleventy, and the headers of Pelican and MultiMarkdown: `Name: value` without fences.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from .front_matter_yaml import FrontMatterError as FrontMatterError
from .front_matter_yaml import YamlFields, read_yaml

MAX_CHARACTERS = 100_000
"""Of front matter. Real ones have a few thousand; the parsers of long ones take much memory."""
_MAX_DOTS = 40
_MAX_LINE = 20_000

_FENCE = re.compile(r"(---|\+\+\+|;;;)[ \t]*(?:(yaml|yml|toml|json|js)[ \t]*)?\Z", re.IGNORECASE)
_LANGUAGES = {"---": "yaml", "+++": "toml", ";;;": "json"}
_FIELD = re.compile(r"^([A-Za-z_][\w-]*)\s*[:=]", re.MULTILINE)
_HEADER = re.compile(r"([A-Za-z][\w .-]{0,60}?)[ \t]*:(?:[ \t]+|\Z)([^\n]*)\Z")
_TOML_KEY = re.compile(r"^[ \t]*\[{0,2}([^=\n\"'#]*)", re.MULTILINE)
_LISTS = frozenset({"tags", "keywords", "authors"})


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a file.

    Attributes:
        fields: by name.
        lines: the line of each field in the file.
        body: the text after it.
        body_line: the line that the body begins on, from 1.
        warnings: what was corrected, each with its line.
    """

    fields: dict[str, Any]
    lines: dict[str, int]
    body: str
    body_line: int = 1
    warnings: list[tuple[str, int | None]] = field(default_factory=list)


def split_front_matter(text: str, *, headers: bool | None = None) -> FrontMatter:
    """Return the front matter of a text, and the text after it.

    Args:
        text: of a file.
        headers: whether lines of `Name: value` at the beginning are front matter. If None, they are if one
            of the first lines is a title, and all up to the first empty line look like that.

    Raises:
        FrontMatterError: the front matter is not valid, or has no end.
    """
    start = text.find("\n") + 1 if text[:1] == "\n" else 0
    end = text.find("\n", start)
    first_line = text[start:] if end < 0 else text[start:end]
    if fence := _FENCE.match(first_line.rstrip()):
        return _fenced(text, end + 1 if end >= 0 else len(text), fence)
    if text[:1] == "{" and text[:2] not in ("{{", "{%", "{:", "{#", "{/"):
        return _bare_json(text)
    if headers is not False and (read := _headers(text, is_certain=headers is True)):
        return read
    return FrontMatter({}, {}, text)


def _fenced(text: str, start: int, fence: re.Match[str]) -> FrontMatter:
    mark, language = fence[1], (fence[2] or "").lower() or _LANGUAGES[fence[1]]
    first = text.count("\n", 0, start) + 1
    end, after = _find_end(text, start, mark, language)
    if end < 0:
        if mark == "---" and not fence[2] and not _FIELD.match(text, start):
            # A rule (a line across the page), and no front matter.
            return FrontMatter({}, {}, text)
        raise FrontMatterError(f"a line {mark!r} must end it", 1)
    if end - start > MAX_CHARACTERS:
        raise FrontMatterError(f"it has more than {MAX_CHARACTERS:,} characters", 1)
    source = text[start:end]
    body = text[after:]
    body_line = first + text.count("\n", start, after)
    if language == "js":
        source = _without_declarations(source)
    if language in ("yaml", "yml", "js"):
        read: YamlFields = read_yaml(source, first)
        return FrontMatter(read.fields, read.lines, body, body_line, read.warnings)
    parse = _read_toml if language == "toml" else _read_json
    return FrontMatter(parse(source, first), _field_lines(source, first), body, body_line)


def _find_end(text: str, start: int, mark: str, language: str) -> tuple[int, int]:
    """Return where the closing fence begins, and where the text after it begins; -1 if there is none."""
    marks = (mark, "...") if language in ("yaml", "yml") else (mark,)
    place = start
    while 0 <= place < len(text):
        line_end = text.find("\n", place)
        line = text[place:] if line_end < 0 else text[place:line_end]
        if line.startswith(marks) and line.rstrip() in marks:
            return place, len(text) if line_end < 0 else line_end + 1
        if line_end < 0:
            break
        place = line_end + 1
    return -1, -1


def _field_lines(source: str, first: int) -> dict[str, int]:
    lines: dict[str, int] = {}
    for number, line in enumerate(source.split("\n"), first):
        if match := _FIELD.match(line):
            lines.setdefault(match[1], number)
    return lines


_DECLARATION = re.compile(
    r"^(?:export[ \t]{1,9})?(?:const|let|var)[ \t]{1,9}(\w{1,80})[ \t]{0,9}=[ \t]{0,9}", re.MULTILINE
)
_STATEMENT_END = re.compile(r";[ \t]{0,9}$", re.MULTILINE)


def _without_declarations(source: str) -> str:
    """Return the variables or the object of Eleventy's JavaScript as YAML, which has its literals too."""
    return _STATEMENT_END.sub("", _DECLARATION.sub(r"\1: ", source))


# TOML


def _read_toml(source: str, first: int) -> dict[str, Any]:
    for match in _TOML_KEY.finditer(source):
        if match[1].count(".") > _MAX_DOTS:
            line = first + source.count("\n", 0, match.start())
            raise FrontMatterError(f"a key has more than {_MAX_DOTS} parts", line)
    try:
        return tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        place = re.search(r"at line (\d+)", message)
        raise FrontMatterError(message, int(place[1]) + first - 1 if place else None) from None


# JSON


def _read_json(source: str, first: int) -> dict[str, Any]:
    source = source.strip()
    if not source:
        return {}
    try:
        # Hugo's older files leave out the braces between `;;;`.
        value = json.loads(source if source.startswith("{") else f"{{{source}}}")
    except json.JSONDecodeError as error:
        raise FrontMatterError(error.msg, first + error.lineno - 1) from None
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"it is not JSON: {error}", first) from None
    if not isinstance(value, dict):
        raise FrontMatterError("it has no fields", first)
    return value


_JSON_DECODER = json.JSONDecoder()


def _bare_json(text: str) -> FrontMatter:
    """JSON at the beginning of the file, as Hugo reads it: up to the brace that closes the first one."""
    try:
        value, end = _JSON_DECODER.raw_decode(text[: MAX_CHARACTERS + 1])
    except (ValueError, RecursionError) as error:
        if not re.match(r"\{\s*\"[^\"\n]*\"\s*:", text):
            return FrontMatter({}, {}, text)
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise FrontMatterError("it is not valid JSON", line) from None
    if not isinstance(value, dict) or (rest := text[end : end + 1]) not in ("", "\n", " ", "\r"):
        return FrontMatter({}, {}, text)
    del rest
    lines: dict[str, int] = {}
    for match in re.finditer(r'^[ \t]*"([A-Za-z_][\w-]*)"\s*:', text[:end], re.MULTILINE):
        lines.setdefault(match[1], text.count("\n", 0, match.start(1)) + 1)
    body = text[end:].removeprefix("\n")
    return FrontMatter(value, lines, body, text.count("\n", 0, len(text) - len(body)) + 1)


# Headers of Pelican and MultiMarkdown


def _headers(text: str, *, is_certain: bool) -> FrontMatter | None:
    """Return the headers in front of the first empty line; None if these lines are no headers.

    A line that is indented goes on with the one before. Names are in lower case, as in Pelican.
    """
    block = text[:MAX_CHARACTERS].lstrip("\n")
    skipped = len(text) - len(text.lstrip("\n"))
    end = block.find("\n\n")
    block = block[:end] if end >= 0 else block
    if not is_certain and not re.search(r"^title[ \t]*:", block, re.IGNORECASE | re.MULTILINE):
        return None
    texts: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    name = ""
    size = 0
    for number, line in enumerate(block.split("\n"), skipped + 1):
        match = _HEADER.match(line) if len(line) < _MAX_LINE else None
        if name and line[:1] in " \t" and line.strip():
            texts[name].append(line.strip())
        elif match:
            name = re.sub(r"[ .]", "_", match[1].strip().lower())
            texts.setdefault(name, []).append(match[2].strip())
            lines.setdefault(name, number)
        elif is_certain and texts:
            break
        else:
            return None
        size += len(line) + 1
    if not texts:
        return None
    fields: dict[str, Any] = {name: " ".join(parts).strip() for name, parts in texts.items()}
    for key in _LISTS & fields.keys():
        separator = ";" if ";" in fields[key] else ","
        fields[key] = [each.strip() for each in fields[key].split(separator) if each.strip()]
    after = min(skipped + size, len(text))
    body = text[after:].removeprefix("\n")
    return FrontMatter(fields, lines, body, text.count("\n", 0, len(text) - len(body)) + 1)
