"""YAML as people write it in front matter: read by libyaml, with line numbers, and repaired line by line.

Dates stay text, so that a wrong date becomes a problem of its record with line and field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_FAST_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_VALUES = 100_000
_MAX_DEPTH = 100
_MAX_REPAIRS = 20


_RESOLVERS: dict[str, list[tuple[str, Callable[[str], object]]]] = {
    first: [(tag, pattern.match) for tag, pattern in pairs if tag != _TIMESTAMP]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Resolver:
    """Chooses the types of values as PyYAML does, without dates, and without types by path."""

    def resolve(self, kind: type, value: str, implicit: Any) -> str:
        if kind is ScalarNode:
            if implicit[0]:
                for tag, match in _RESOLVERS.get(value[:1], ()):
                    if match(value):
                        return tag
            return "tag:yaml.org,2002:str"
        return "tag:yaml.org,2002:seq" if kind is SequenceNode else "tag:yaml.org,2002:map"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing: there are no types by path."""

    def ascend_resolver(self) -> None:
        """Do nothing: there are no types by path."""


class _FastLoader(_Resolver, _FAST_BASE):  # type: ignore[misc]
    """Composes nodes in native code, where PyYAML has it."""


class PlainLoader(_Resolver, yaml.SafeLoader):
    """Composes nodes in Python: where libyaml is missing, and to compare with."""


class FrontMatterError(Exception):
    """The front matter is broken.

    Attributes:
        line: the line in the file, from 1, if known.
    """

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


class _LimitError(FrontMatterError):
    """The front matter is too large in some way. No repair helps."""


@dataclass(frozen=True, slots=True)
class YamlFields:
    """The fields of a mapping in YAML.

    Attributes:
        fields: by name.
        lines: the line of each.
        warnings: what was corrected, each with its line.
    """

    fields: dict[str, Any]
    lines: dict[str, int]
    warnings: list[tuple[str, int | None]] = field(default_factory=list)


def read_yaml(source: str, first: int = 1, *, loader: Any = _FastLoader) -> YamlFields:
    """Return the fields of YAML.

    A line that is not YAML, such as `title: Foo: bar`, is read as it was meant, with a warning.

    Args:
        source: without fences.
        first: the number of its first line.
        loader: the class that composes it.

    Raises:
        FrontMatterError: it is not YAML, or no mapping.
    """
    warnings: list[tuple[str, int | None]] = []
    original: FrontMatterError | None = None
    for _ in range(_MAX_REPAIRS):
        try:
            read = _Reading(first).read(source, loader)
        except _LimitError:
            raise
        except FrontMatterError as error:
            original = original or error
            repaired = _repair(source, error, first)
            if repaired is None:
                raise original from None
            source, line, warning = repaired
            warnings.append((warning, line))
        else:
            return YamlFields(read.fields, read.lines, [*warnings, *read.warnings])
    assert original is not None
    raise original


class _Reading:
    """Builds the values of one document. Written for speed: a general constructor takes twice the time."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._values = 0
        self._built: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._has_aliases = False
        self._loader: Any = None
        self.warnings: list[tuple[str, int | None]] = []

    def read(self, source: str, loader: Any) -> YamlFields:
        first = self._first
        self._has_aliases = "*" in source
        try:
            self._loader = loader(source)
            try:
                node = self._loader.get_single_node()
                if node is None:
                    return YamlFields({}, {})
                if not isinstance(node, MappingNode):
                    raise FrontMatterError("it has no fields", max(1, first - 1))
                lines: dict[str, int] = {}
                fields = self._mapping(node, 0, lines)
            finally:
                self._loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            if mark and mark.line >= source.count("\n"):
                # The parser notices at the end what was left open. The line where it begins is of more use.
                mark = error.context_mark or mark
            line = mark.line + first if mark else None
            raise FrontMatterError(error.problem or "it is not YAML", line) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            message = str(error).splitlines()[0] if str(error) else "it is not YAML"
            raise FrontMatterError(message, None) from None
        return YamlFields(fields, lines, self.warnings)

    def _value(self, node: Node, depth: int) -> Any:
        if node.__class__ is ScalarNode:
            self._values += 1
            build = _SCALARS.get(node.tag)
            if build is None:
                return self._other(node)
            try:
                return build(node.value)
            except (ValueError, OverflowError):
                return self._other(node)
        if not self._has_aliases:
            return self._collection(node, depth)
        key = id(node)
        if key in self._built:
            # An alias: the same value again. Its size counts each time, so that a few lines cannot describe
            # more values than memory holds.
            self._values += self._sizes.get(key, _MAX_VALUES)
            if self._values > _MAX_VALUES:
                raise _LimitError(f"it has more than {_MAX_VALUES:,} values", self._line(node))
            return self._built[key]
        self._built[key] = None
        before = self._values
        value = self._built[key] = self._collection(node, depth)
        self._sizes[key] = self._values - before
        return value

    def _collection(self, node: Node, depth: int) -> Any:
        self._values += 1
        if depth > _MAX_DEPTH:
            raise _LimitError("it is nested too deeply", self._line(node))
        if isinstance(node, SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self._value(each, depth + 1) for each in node.value]
        if isinstance(node, MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, depth + 1, None)
        return self._other(node)

    def _mapping(self, node: MappingNode, depth: int, lines: dict[str, int] | None) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            if key_node.__class__ is not ScalarNode:
                raise FrontMatterError("the name of a field is not text", self._line(key_node))
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.append(self._value(value_node, depth))
                continue
            name = key_node.value
            if name in fields:
                self.warnings.append(
                    (f"the field {name!r:.80} is there twice; the last one counts", self._line(key_node))
                )
            fields[name] = self._value(value_node, depth)
            if lines is not None:
                lines[name] = self._line(key_node)
        for value in merged:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    fields = {**each, **fields}
        return fields

    def _other(self, node: Node) -> Any:
        """Build what is rare as the loader does."""
        self._values += 1
        try:
            return self._loader.construct_object(node, deep=True)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # The constructors of PyYAML are not made for values such as `!!int` without a number.
            message = str(error) if isinstance(error, ValueError) else "the value does not fit its type"
            raise FrontMatterError(message, self._line(node)) from None

    def _line(self, node: Node) -> int:
        line: int = node.start_mark.line
        return line + self._first


_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}


def _integer(text: str) -> int:
    if not text.isdecimal() or (text[0] == "0" and len(text) > 1):
        raise ValueError
    return int(text)


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": lambda text: text,
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:bool": lambda text: _BOOLEANS[text.lower()],
    "tag:yaml.org,2002:int": _integer,
}


# Repairs

_PAIR = re.compile(r"([ \t]*(?:-[ \t]+)?)([A-Za-z_][\w .-]{0,80}?)[ \t]*:[ \t]+(\S[^\n]*)")
_ITEM = re.compile(r"([ \t]*)-[ \t]+(\S[^\n]*)")
_NEEDS_QUOTES = re.compile(
    r"[@`%*&!|>{\[\]},?]|.*(?::[ \t]|:\Z|[ \t]#)|\"[^\"]*\"[ \t]*[^\s#]|'[^']*'[ \t]*[^\s#]"
)


def _repair(source: str, error: FrontMatterError, first: int) -> tuple[str, int, str] | None:
    """Return the text with one line corrected, the line's number, and what was wrong; None if unclear."""
    lines = source.split("\n")
    if "\t" in source:
        for index, line in enumerate(lines):
            indent = line[: len(line) - len(line.lstrip())]
            if "\t" in indent:
                lines = [
                    each[: len(each) - len(each.lstrip())].replace("\t", "  ") + each.lstrip()
                    for each in lines
                ]
                return "\n".join(lines), first + index, "tabs indent this line; YAML wants spaces"
    if error.line is None:
        return None
    # The parser may notice a line later.
    for index in (error.line - first, error.line - first - 1):
        if 0 <= index < len(lines) and (quoted := _quoted_line(lines, index)) is not None:
            lines[index] = quoted
            return "\n".join(lines), first + index, "the value needs quotes; it was read as text"
    return None


def _quoted_line(lines: list[str], index: int) -> str | None:
    """Return the line with its value in quotes, if that has what YAML takes for syntax."""
    line = lines[index]
    match = _PAIR.fullmatch(line.rstrip())
    if match:
        start, value = f"{match[1]}{match[2]}: ", match[3]
    elif item := _ITEM.fullmatch(line.rstrip()):
        start, value = f"{item[1]}- ", item[2]
    else:
        return None
    if not _NEEDS_QUOTES.match(value) or (value[0] in "[{" and _is_open(value)):
        return None
    if value.startswith("!") and not re.match(r"!\s", value):
        # A tag asks for more than text.
        return None
    if re.match(r"\*[\w-]+\Z|&\w", value):
        # An anchor, or a reference to one.
        return None
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if value[0] in "|>\"'" and following[:1] in (" ", "\t") and value.count(value[0]) < 2:
        return None
    text = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
    return start + "'" + text.replace("'", "''") + "'"


def _is_open(value: str) -> bool:
    """Whether a list or mapping in one line goes on in the next."""
    return value.count("[") != value.count("]") or value.count("{") != value.count("}")
